-- Stock: movements of material. What is promised to builds: stock_reservations.sql.
--
-- Every movement is a row of stock_moves; levels and balances follow in the same transaction.
-- Lock order: the order and its builds first, then rows of stock_balances by item_key: all that a transaction will touch in one call
-- of lock_balances, since a second call for lower keys would cross another transaction's.

CREATE OR REPLACE FUNCTION item_key_of(p_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT CASE WHEN i.assembly_id IS NOT NULL THEN 'A' || i.assembly_id ELSE 'P' || i.part_id END FROM require_item(p_code) i);
END;
$$;
COMMENT ON FUNCTION item_key_of(text) IS 'Key of an item in stock_balances by any of its codes, or an error.';

CREATE OR REPLACE FUNCTION item_code_of(p_item_key text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN p_item_key LIKE 'A%' THEN (SELECT a.assembly_code FROM assemblies a WHERE a.assembly_id = substr(p_item_key, 2)::bigint)
              ELSE (SELECT p.part_number FROM parts p WHERE p.part_id = substr(p_item_key, 2)::bigint) END;
END;
$$;
COMMENT ON FUNCTION item_code_of(text) IS 'Own code of the item with a key of stock_balances.';

CREATE OR REPLACE FUNCTION lock_balances(p_item_keys text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO stock_balances (item_key, assembly_id, part_id)
  SELECT k, CASE WHEN k LIKE 'A%' THEN substr(k, 2)::bigint END, CASE WHEN k LIKE 'P%' THEN substr(k, 2)::bigint END
    FROM (SELECT DISTINCT u.k COLLATE "C" AS k FROM unnest(p_item_keys) u (k)) keys ORDER BY k
  ON CONFLICT (item_key) DO NOTHING;
  PERFORM FROM stock_balances b WHERE b.item_key = ANY (p_item_keys) ORDER BY b.item_key FOR UPDATE;
END;
$$;
COMMENT ON FUNCTION lock_balances(text[]) IS 'Locks the balances of items in the order of their keys, making those that are missing.';

CREATE OR REPLACE FUNCTION require_location(p_location_code text) RETURNS stock_locations
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found stock_locations;
BEGIN
  SELECT * INTO found FROM stock_locations l WHERE l.location_code = upper(btrim(p_location_code)) AND l.is_active;
  IF found.stock_location_id IS NULL THEN
    RAISE EXCEPTION 'There is no active location "%".', shown(p_location_code) USING ERRCODE = 'TV004', COLUMN = 'location_code', HINT = 'SELECT location_code, name FROM stock_locations WHERE is_active lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_location(text) IS 'An active location by its code, or an error.';

CREATE OR REPLACE FUNCTION require_lot(p_item_key text, p_lot_number text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found bigint;
BEGIN
  IF p_lot_number IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT l.stock_lot_id INTO found FROM stock_lots l
   WHERE l.lot_number = upper(btrim(p_lot_number))
     AND CASE WHEN l.assembly_id IS NOT NULL THEN 'A' || l.assembly_id ELSE 'P' || l.part_id END = p_item_key;
  IF found IS NULL THEN
    RAISE EXCEPTION 'There is no lot "%" of %.', shown(p_lot_number), item_code_of(p_item_key) USING ERRCODE = 'TV004', COLUMN = 'lot_number', HINT = 'SELECT lot_number, received_on FROM stock_lots lists lots; receive_stock makes new ones.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_lot(text, text) IS 'Key of a lot of an item; null for none; an error for an unknown one.';

CREATE OR REPLACE FUNCTION require_quantity(p_quantity numeric) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (p_quantity > 0 AND p_quantity < 1e9 AND p_quantity = round(p_quantity, 4)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The quantity is %.', shown(p_quantity) USING ERRCODE = 'TV022', COLUMN = 'quantity', HINT = 'Give a quantity above 0 and below a thousand million, with at most four decimals.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_quantity(numeric) IS 'Raises TV022 unless the quantity is above 0, below 1e9 and has at most four decimals.';

CREATE OR REPLACE FUNCTION require_whole(p_item_key text, p_quantity numeric, p_column text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_quantity <> trunc(p_quantity) AND EXISTS (
    SELECT FROM stock_balances b LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id LEFT JOIN parts p ON p.part_id = b.part_id
      JOIN units u ON u.unit_code = coalesce(a.unit_code, p.unit_code)
     WHERE b.item_key = p_item_key AND u.dimension = 'COUNT') THEN
    RAISE EXCEPTION '% is counted in whole units, not in parts such as %.', item_code_of(p_item_key), trim_scale(p_quantity)
      USING ERRCODE = 'TV022', COLUMN = p_column, HINT = 'Give a whole number. What is used in parts has a unit of length, mass or volume in the catalogue.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_whole(text, numeric, text) IS 'Raises TV022 for a part of an item whose unit counts pieces (units.dimension COUNT); the balance of the item exists.';

CREATE OR REPLACE FUNCTION is_usable(p_location_id bigint, p_lot_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM stock_locations l WHERE l.stock_location_id = p_location_id AND l.location_kind <> 'QUARANTINE')
     AND NOT EXISTS (SELECT FROM stock_lots t WHERE t.stock_lot_id = p_lot_id AND t.is_blocked)
$$;
COMMENT ON FUNCTION is_usable(bigint, bigint) IS 'True if what lies there, of that lot, may be used for builds.';

CREATE OR REPLACE FUNCTION write_stock_move(
  p_kind text, p_item_key text, p_lot_id bigint, p_quantity numeric, p_from bigint, p_to bigint, p_build_id bigint, p_reference text, p_reason text
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_quantity(p_quantity), lock_balances(ARRAY[p_item_key]);
  -- A difference that was found may mend a level with parts: then what was counted is whole, which count_stock asks for.
  IF p_kind <> 'COUNT' THEN
    PERFORM require_whole(p_item_key, p_quantity, 'quantity');
  END IF;
  IF p_from IS NOT NULL THEN
    PERFORM change_level(p_item_key, p_from, p_lot_id, -p_quantity);
  END IF;
  IF p_to IS NOT NULL THEN
    PERFORM change_level(p_item_key, p_to, p_lot_id, p_quantity);
  END IF;
  INSERT INTO stock_moves (move_kind, item_key, stock_lot_id, quantity, from_location_id, to_location_id, build_id, reference, reason, moved_by)
  VALUES (p_kind, p_item_key, p_lot_id, p_quantity, p_from, p_to, p_build_id, nullif(btrim(p_reference), ''), nullif(btrim(p_reason), ''), current_user_id())
  RETURNING stock_move_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION write_stock_move(text, text, bigint, numeric, bigint, bigint, bigint, text, text) IS 'The one place that moves material: levels, balance and the move together.';

CREATE OR REPLACE FUNCTION change_level(p_item_key text, p_location_id bigint, p_lot_id bigint, p_quantity numeric) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item stock_balances;
  lies numeric;
BEGIN
  SELECT * INTO item FROM stock_balances b WHERE b.item_key = p_item_key;
  SELECT l.quantity INTO lies FROM stock_levels l
   WHERE (l.assembly_id = item.assembly_id OR l.part_id = item.part_id) AND l.stock_location_id = p_location_id AND l.stock_lot_id IS NOT DISTINCT FROM p_lot_id;
  IF coalesce(lies, 0) + p_quantity < 0 THEN
    RAISE EXCEPTION 'Only % of % lie at %, not %.', trim_scale(coalesce(lies, 0)), item_code_of(p_item_key),
      (SELECT l.location_code FROM stock_locations l WHERE l.stock_location_id = p_location_id), trim_scale(-p_quantity)
      USING ERRCODE = 'TV009', HINT = 'SELECT * FROM v_stock_levels shows what lies where; count_stock corrects a wrong level.';
  END IF;
  INSERT INTO stock_levels (assembly_id, part_id, stock_location_id, stock_lot_id, quantity)
  VALUES (item.assembly_id, item.part_id, p_location_id, p_lot_id, greatest(p_quantity, 0))
  ON CONFLICT (assembly_id, part_id, stock_location_id, stock_lot_id) DO UPDATE SET quantity = stock_levels.quantity + p_quantity, updated_at = now();
  UPDATE stock_balances SET on_hand = on_hand + p_quantity, available = available + CASE WHEN is_usable(p_location_id, p_lot_id) THEN p_quantity ELSE 0 END
   WHERE item_key = p_item_key;
END;
$$;
COMMENT ON FUNCTION change_level(text, bigint, bigint, numeric) IS 'Adds to a level (negative: takes away) and to the balance of the item; refuses to go below 0.';

CREATE OR REPLACE FUNCTION receive_stock(
  p_code text, p_quantity numeric, p_location_code text, p_lot_number text DEFAULT NULL, p_reference text DEFAULT NULL,
  p_supplier_lot_number text DEFAULT NULL, p_expires_on date DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place stock_locations;
  key text;
  made bigint;
BEGIN
  PERFORM require_person('stock:create'), require_quantity(p_quantity);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  IF p_expires_on < site_today() OR NOT isfinite(p_expires_on) THEN
    RAISE EXCEPTION 'The lot expired on %.', shown(p_expires_on) USING ERRCODE = 'TV022', COLUMN = 'expires_on', HINT = 'Correct the date, or do not receive it; leave it out for what does not expire.';
  END IF;
  IF p_expires_on IS NOT NULL AND coalesce(btrim(p_lot_number), '') = '' THEN
    RAISE EXCEPTION 'What expires is received by lot.' USING ERRCODE = 'TV022', COLUMN = 'lot_number', HINT = 'Give the lot number with the expiry date.';
  END IF;
  PERFORM lock_balances(ARRAY[key]);
  IF EXISTS (SELECT FROM stock_lots l JOIN stock_balances b ON b.item_key = key AND (l.assembly_id = b.assembly_id OR l.part_id = b.part_id)
              WHERE l.lot_number = upper(btrim(p_lot_number)) AND l.expires_on IS DISTINCT FROM p_expires_on AND p_expires_on IS NOT NULL) THEN
    RAISE EXCEPTION 'Lot % is known with another expiry date.', shown(upper(btrim(p_lot_number))) USING ERRCODE = 'TV009', HINT = 'Read the label again: one lot has one expiry date. SELECT lot_number, expires_on FROM stock_lots shows it.';
  END IF;
  IF btrim(p_lot_number) <> '' THEN
    INSERT INTO stock_lots (assembly_id, part_id, lot_number, supplier_lot_number, received_on, expires_on)
    SELECT b.assembly_id, b.part_id, upper(btrim(p_lot_number)), nullif(btrim(p_supplier_lot_number), ''), site_today(), p_expires_on FROM stock_balances b WHERE b.item_key = key
    ON CONFLICT (assembly_id, part_id, lot_number) DO NOTHING;
  END IF;
  made := write_stock_move('RECEIPT', key, require_lot(key, nullif(btrim(p_lot_number), '')), p_quantity, NULL, place.stock_location_id, NULL, p_reference, NULL);
  PERFORM serve_reservations(ARRAY[key]);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION receive_stock(text, numeric, text, text, text, text, date) IS 'Receives material into a location, by lot where one is given; builds that wait for it get it, the oldest first.';

CREATE OR REPLACE FUNCTION receive_outsourced_stock(p_line_id bigint, p_quantity numeric, p_location_code text, p_lot_number text DEFAULT NULL, p_reference text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines := receive_outsourced_line(p_line_id, p_quantity);
  place stock_locations := require_location(p_location_code);
  key text := item_key_of(line.item_code);
BEGIN
  PERFORM lock_balances(ARRAY[key]);
  IF btrim(p_lot_number) <> '' THEN
    INSERT INTO stock_lots (assembly_id, part_id, lot_number, received_on)
    SELECT b.assembly_id, b.part_id, upper(btrim(p_lot_number)), site_today() FROM stock_balances b WHERE b.item_key = key
    ON CONFLICT (assembly_id, part_id, lot_number) DO NOTHING;
  END IF;
  PERFORM write_stock_move('RECEIPT', key, require_lot(key, nullif(btrim(p_lot_number), '')), p_quantity, NULL, place.stock_location_id, NULL, p_reference, NULL);
  -- It was made for this very sink.
  RETURN write_issue(require_build(line.build_id), key, require_lot(key, nullif(btrim(p_lot_number), '')), p_quantity, place.stock_location_id);
END;
$$;
COMMENT ON FUNCTION receive_outsourced_stock(bigint, numeric, text, text, text) IS
  'Receives an outsourced line through the store: the line counts as received, and the material is issued to the build it was made for, so that its lot is traced. Returns the key of the issue.';

CREATE OR REPLACE FUNCTION transfer_stock(p_code text, p_quantity numeric, p_from_code text, p_to_code text, p_lot_number text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  source stock_locations;
  target stock_locations;
  key text;
  made bigint;
BEGIN
  PERFORM require_person('stock:create');
  source := require_location(p_from_code);
  target := require_location(p_to_code);
  key := item_key_of(p_code);
  IF source.stock_location_id = target.stock_location_id THEN
    RAISE EXCEPTION 'Both locations are %.', source.location_code USING ERRCODE = 'TV022', COLUMN = 'to_code', HINT = 'Name two different locations.';
  END IF;
  made := write_stock_move('TRANSFER', key, require_lot(key, p_lot_number), p_quantity, source.stock_location_id, target.stock_location_id, NULL, NULL, NULL);
  PERFORM settle_promises(key);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION transfer_stock(text, numeric, text, text, text) IS 'Moves material from one location to another.';

CREATE OR REPLACE FUNCTION count_stock(p_code text, p_location_code text, p_counted numeric, p_reason text, p_lot_number text DEFAULT NULL) RETURNS numeric
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place stock_locations;
  key text;
  lot bigint;
  difference numeric;
BEGIN
  PERFORM require_person('stock:adjust'), require_reason(p_reason);
  IF (p_counted >= 0 AND p_counted < 1e9 AND p_counted = round(p_counted, 4)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The counted quantity is %.', shown(p_counted) USING ERRCODE = 'TV022', COLUMN = 'counted', HINT = 'Give 0 or more, below a thousand million, with at most four decimals.';
  END IF;
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  lot := require_lot(key, p_lot_number);
  PERFORM lock_balances(ARRAY[key]);
  PERFORM require_whole(key, p_counted, 'counted');
  difference := p_counted - coalesce((
    SELECT l.quantity FROM stock_levels l JOIN stock_balances b ON b.item_key = key AND (l.assembly_id = b.assembly_id OR l.part_id = b.part_id)
     WHERE l.stock_location_id = place.stock_location_id AND l.stock_lot_id IS NOT DISTINCT FROM lot), 0);
  IF difference <> 0 THEN
    PERFORM write_stock_move('COUNT', key, lot, abs(difference), CASE WHEN difference < 0 THEN place.stock_location_id END, CASE WHEN difference > 0 THEN place.stock_location_id END, NULL, NULL, p_reason);
    PERFORM settle_promises(key);
  END IF;
  RETURN difference;
END;
$$;
COMMENT ON FUNCTION count_stock(text, text, numeric, text, text) IS 'Sets a level to what was counted, with a reason; returns the difference found.';

CREATE OR REPLACE FUNCTION scrap_stock(p_code text, p_quantity numeric, p_location_code text, p_reason text, p_lot_number text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place stock_locations;
  key text;
  made bigint;
BEGIN
  PERFORM require_person('stock:adjust'), require_reason(p_reason);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  made := write_stock_move('SCRAP', key, require_lot(key, p_lot_number), p_quantity, place.stock_location_id, NULL, NULL, NULL, p_reason);
  PERFORM settle_promises(key);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION scrap_stock(text, numeric, text, text, text) IS 'Takes material out of stock for good, with a reason.';

CREATE OR REPLACE FUNCTION set_lot_blocked(p_code text, p_lot_number text, p_blocked boolean, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  key text;
  lot bigint;
  lies numeric;
BEGIN
  PERFORM require_person('stock:adjust'), require_reason(p_reason);
  IF p_blocked IS NULL OR coalesce(btrim(p_lot_number), '') = '' THEN
    RAISE EXCEPTION 'Lot number and blocked or not are both needed.' USING ERRCODE = 'TV022', COLUMN = CASE WHEN p_blocked IS NULL THEN 'blocked' ELSE 'lot_number' END, HINT = 'Give the lot number, and true to block or false to free.';
  END IF;
  key := item_key_of(p_code);
  lot := require_lot(key, p_lot_number);
  PERFORM lock_balances(ARRAY[key]);
  IF NOT p_blocked AND EXISTS (SELECT FROM stock_lots l WHERE l.stock_lot_id = lot AND l.expires_on < site_today()) THEN
    RAISE EXCEPTION 'Lot % is expired.', shown(p_lot_number) USING ERRCODE = 'TV009', HINT = 'What is expired is scrapped: scrap_stock.';
  END IF;
  UPDATE stock_lots SET is_blocked = p_blocked, blocked_reason = CASE WHEN p_blocked THEN btrim(p_reason) END WHERE stock_lot_id = lot AND is_blocked <> p_blocked;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Lot % is % already.', shown(p_lot_number), CASE WHEN p_blocked THEN 'blocked' ELSE 'free' END USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  SELECT coalesce(sum(l.quantity), 0) INTO lies FROM stock_levels l JOIN stock_locations p USING (stock_location_id) WHERE l.stock_lot_id = lot AND p.location_kind <> 'QUARANTINE';
  UPDATE stock_balances SET available = available + CASE WHEN p_blocked THEN -lies ELSE lies END WHERE item_key = key;
  PERFORM settle_promises(key);
END;
$$;
COMMENT ON FUNCTION set_lot_blocked(text, text, boolean, text) IS 'Blocks a lot for builds, or frees it, with a reason.';
