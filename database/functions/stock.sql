-- Stock: movements of material, what is promised to builds, what is short.
--
-- Every movement is a row of stock_moves; levels and balances follow in the same transaction.
-- Lock order: the order and its build first, then rows of stock_balances by item_key.

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
    RAISE EXCEPTION 'There is no active location "%".', coalesce(p_location_code, '') USING ERRCODE = 'TV004', HINT = 'SELECT location_code, name FROM stock_locations WHERE is_active lists them.';
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
    RAISE EXCEPTION 'There is no lot "%" of %.', p_lot_number, item_code_of(p_item_key) USING ERRCODE = 'TV004', HINT = 'SELECT lot_number, received_on FROM stock_lots lists lots; receive_stock makes new ones.';
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
  IF (p_quantity > 0 AND p_quantity < 1e14 AND p_quantity = round(p_quantity, 4)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The quantity is %.', coalesce(p_quantity::text, 'missing') USING ERRCODE = 'TV022', HINT = 'Give a quantity above 0 with at most four decimals.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_quantity(numeric) IS 'Raises TV022 unless the quantity is above 0 and has at most four decimals.';

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
  IF p_expires_on < site_today() THEN
    RAISE EXCEPTION 'The lot expired on %.', p_expires_on USING ERRCODE = 'TV022', HINT = 'Correct the date, or do not receive it.';
  END IF;
  PERFORM lock_balances(ARRAY[key]);
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
    RAISE EXCEPTION 'Both locations are %.', source.location_code USING ERRCODE = 'TV022', HINT = 'Name two different locations.';
  END IF;
  made := write_stock_move('TRANSFER', key, require_lot(key, p_lot_number), p_quantity, source.stock_location_id, target.stock_location_id, NULL, NULL, NULL);
  PERFORM serve_reservations(ARRAY[key]);
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
  IF (p_counted >= 0 AND p_counted = round(p_counted, 4)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The counted quantity is %.', coalesce(p_counted::text, 'missing') USING ERRCODE = 'TV022', HINT = 'Give 0 or more, with at most four decimals.';
  END IF;
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  lot := require_lot(key, p_lot_number);
  PERFORM lock_balances(ARRAY[key]);
  difference := p_counted - coalesce((
    SELECT l.quantity FROM stock_levels l JOIN stock_balances b ON b.item_key = key AND (l.assembly_id = b.assembly_id OR l.part_id = b.part_id)
     WHERE l.stock_location_id = place.stock_location_id AND l.stock_lot_id IS NOT DISTINCT FROM lot), 0);
  IF difference <> 0 THEN
    PERFORM write_stock_move('COUNT', key, lot, abs(difference), CASE WHEN difference < 0 THEN place.stock_location_id END, CASE WHEN difference > 0 THEN place.stock_location_id END, NULL, NULL, p_reason);
    PERFORM serve_reservations(ARRAY[key]);
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
BEGIN
  PERFORM require_person('stock:adjust'), require_reason(p_reason);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  RETURN write_stock_move('SCRAP', key, require_lot(key, p_lot_number), p_quantity, place.stock_location_id, NULL, NULL, NULL, p_reason);
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
  key := item_key_of(p_code);
  lot := require_lot(key, p_lot_number);
  PERFORM lock_balances(ARRAY[key]);
  UPDATE stock_lots SET is_blocked = p_blocked, blocked_reason = CASE WHEN p_blocked THEN btrim(p_reason) END WHERE stock_lot_id = lot AND is_blocked <> p_blocked;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Lot % is % already.', p_lot_number, CASE WHEN p_blocked THEN 'blocked' ELSE 'free' END USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  SELECT coalesce(sum(l.quantity), 0) INTO lies FROM stock_levels l JOIN stock_locations p USING (stock_location_id) WHERE l.stock_lot_id = lot AND p.location_kind <> 'QUARANTINE';
  UPDATE stock_balances SET available = available + CASE WHEN p_blocked THEN -lies ELSE lies END WHERE item_key = key;
  PERFORM serve_reservations(ARRAY[key]);
END;
$$;
COMMENT ON FUNCTION set_lot_blocked(text, text, boolean, text) IS 'Blocks a lot for builds, or frees it, with a reason.';

CREATE OR REPLACE FUNCTION serve_reservations(p_item_keys text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  served integer;
BEGIN
  PERFORM lock_balances(p_item_keys);
  WITH waiting AS (
    SELECT r.stock_reservation_id, r.item_key, w.missing, b.available - b.reserved AS free,
           coalesce(sum(w.missing) OVER (PARTITION BY r.item_key ORDER BY r.stock_reservation_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
      FROM stock_reservations r JOIN stock_balances b USING (item_key)
      CROSS JOIN LATERAL (SELECT r.quantity_required - r.quantity_issued - r.quantity_reserved AS missing) w
     WHERE r.item_key = ANY (p_item_keys) AND r.state = 'OPEN' AND w.missing > 0 AND b.available > b.reserved
  ), given AS (
    UPDATE stock_reservations r SET quantity_reserved = r.quantity_reserved + least(w.missing, w.free - w.before), updated_at = now()
      FROM waiting w WHERE w.stock_reservation_id = r.stock_reservation_id AND w.free > w.before
    RETURNING r.item_key, least(w.missing, w.free - w.before) AS quantity
  ), promised AS (
    UPDATE stock_balances b SET reserved = b.reserved + g.quantity
      FROM (SELECT given.item_key, sum(given.quantity) AS quantity FROM given GROUP BY given.item_key) g WHERE b.item_key = g.item_key RETURNING 1
  )
  SELECT count(*) INTO served FROM given;
  RETURN served;
END;
$$;
COMMENT ON FUNCTION serve_reservations(text[]) IS 'Promises what is free of some items to the builds that wait for them, the oldest reservation first; returns how many got something.';

CREATE OR REPLACE FUNCTION reserve_stock(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  keys text[];
  short integer;
BEGIN
  PERFORM require_permission('stock:reserve');
  keys := array(SELECT n.item_key FROM build_needs(build.bom_id) n);
  PERFORM lock_balances(keys);
  INSERT INTO stock_reservations (build_id, item_key, quantity_required)
  SELECT p_build_id, n.item_key, n.quantity FROM build_needs(build.bom_id) n ORDER BY n.item_key
  ON CONFLICT (build_id, item_key) DO UPDATE SET quantity_required = excluded.quantity_required, state = 'OPEN', updated_at = now();
  PERFORM serve_reservations(keys);
  SELECT count(*) INTO short FROM stock_reservations r
   WHERE r.build_id = p_build_id AND r.state = 'OPEN' AND r.quantity_required > r.quantity_issued + r.quantity_reserved;
  IF short > 0 THEN
    PERFORM emit_event('stock.shortage', 'builds', p_build_id, jsonb_build_object('build_number', build.build_number, 'order_id', build.order_id, 'items', short));
  END IF;
  RETURN short;
END;
$$;
COMMENT ON FUNCTION reserve_stock(bigint) IS 'Reserves what the BOM of a build needs, as far as it is there; returns how many items are short. Repeatable: after a change it reserves the difference.';

CREATE OR REPLACE FUNCTION build_needs(p_bom_id bigint) RETURNS TABLE (item_key text, quantity numeric)
LANGUAGE sql STABLE ROWS 200
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN l.assembly_id IS NOT NULL THEN 'A' || l.assembly_id ELSE 'P' || l.part_id END, sum(l.quantity_total)
    FROM bom_line_items l
   WHERE l.bom_id = p_bom_id AND l.is_leaf AND NOT l.is_unresolved
   GROUP BY l.assembly_id, l.part_id
$$;
COMMENT ON FUNCTION build_needs(bigint) IS 'Items without components of a BOM, each once with its total.';

CREATE OR REPLACE FUNCTION release_reservations(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  keys text[];
BEGIN
  PERFORM require_permission('stock:reserve');
  PERFORM lock_order(b.order_id, NULL) FROM builds b WHERE b.build_id = p_build_id;
  keys := array(SELECT r.item_key FROM stock_reservations r WHERE r.build_id = p_build_id AND r.state = 'OPEN');
  PERFORM lock_balances(keys);
  UPDATE stock_balances b SET reserved = b.reserved - r.quantity_reserved
    FROM stock_reservations r WHERE r.build_id = p_build_id AND r.state = 'OPEN' AND r.item_key = b.item_key;
  UPDATE stock_reservations SET quantity_reserved = 0, state = 'CLOSED', updated_at = now() WHERE build_id = p_build_id AND state = 'OPEN';
  PERFORM serve_reservations(keys);
  RETURN cardinality(keys);
END;
$$;
COMMENT ON FUNCTION release_reservations(bigint) IS 'Gives back what is promised to a build and not yet issued; other builds get it. Returns how many items.';

CREATE OR REPLACE FUNCTION action_reserve_stock(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build bigint;
BEGIN
  FOR build IN SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id LOOP
    PERFORM reserve_stock(build);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION action_reserve_stock(bigint) IS 'Reserves the material of an approved order.';

CREATE OR REPLACE FUNCTION issue_stock(p_build_id bigint, p_code text, p_quantity numeric, p_location_code text, p_lot_number text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  place stock_locations;
  key text;
BEGIN
  PERFORM require_person('stock:issue'), require_quantity(p_quantity);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  RETURN write_issue(build, key, require_lot(key, p_lot_number), p_quantity, place.stock_location_id);
END;
$$;
COMMENT ON FUNCTION issue_stock(bigint, text, numeric, text, text) IS 'Hands material out to a build; never what is promised to others.';

CREATE OR REPLACE FUNCTION write_issue(p_build builds, p_item_key text, p_lot_id bigint, p_quantity numeric, p_location_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item stock_balances;
  own numeric;
BEGIN
  IF NOT is_usable(p_location_id, p_lot_id) THEN
    RAISE EXCEPTION '% of this lot or place is not available to builds.', item_code_of(p_item_key) USING ERRCODE = 'TV009', HINT = 'It is in quarantine or its lot is blocked; the pick list names what can be taken.';
  END IF;
  PERFORM lock_balances(ARRAY[p_item_key]);
  SELECT * INTO item FROM stock_balances b WHERE b.item_key = p_item_key;
  own := coalesce((SELECT r.quantity_reserved FROM stock_reservations r WHERE r.build_id = p_build.build_id AND r.item_key = p_item_key), 0);
  IF p_quantity > own + greatest(item.available - item.reserved, 0) THEN
    RAISE EXCEPTION 'Of % only % may go to build %: the rest is promised to other builds.', item_code_of(p_item_key), trim_scale(own + greatest(item.available - item.reserved, 0)), p_build.build_number
      USING ERRCODE = 'TV009', HINT = 'Take less, receive more, or release the reservation of another build.';
  END IF;
  INSERT INTO stock_reservations (build_id, item_key, quantity_required, quantity_issued) VALUES (p_build.build_id, p_item_key, p_quantity, p_quantity)
  ON CONFLICT (build_id, item_key) DO UPDATE
    SET quantity_issued = stock_reservations.quantity_issued + p_quantity, quantity_reserved = stock_reservations.quantity_reserved - least(own, p_quantity), updated_at = now();
  UPDATE stock_balances SET reserved = reserved - least(own, p_quantity) WHERE item_key = p_item_key;
  RETURN write_stock_move('ISSUE', p_item_key, p_lot_id, p_quantity, p_location_id, NULL, p_build.build_id, NULL, NULL);
END;
$$;
COMMENT ON FUNCTION write_issue(builds, text, bigint, numeric, bigint) IS 'Issues material to a build and settles its reservation.';

CREATE OR REPLACE FUNCTION return_stock(p_build_id bigint, p_code text, p_quantity numeric, p_location_code text, p_reason text, p_lot_number text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  place stock_locations;
  key text;
  made bigint;
BEGIN
  PERFORM require_person('stock:issue'), require_quantity(p_quantity), require_reason(p_reason), lock_order(build.order_id, NULL);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  PERFORM lock_balances(ARRAY[key]);
  UPDATE stock_reservations SET quantity_issued = quantity_issued - p_quantity, updated_at = now() WHERE build_id = p_build_id AND item_key = key AND quantity_issued >= p_quantity;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Build % was not given % of %.', build.build_number, trim_scale(p_quantity), p_code USING ERRCODE = 'TV009', HINT = 'SELECT * FROM pick_list(build_id) shows what was issued.';
  END IF;
  made := write_stock_move('RETURN', key, require_lot(key, p_lot_number), p_quantity, NULL, place.stock_location_id, p_build_id, NULL, p_reason);
  PERFORM serve_reservations(ARRAY[key]);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION return_stock(bigint, text, numeric, text, text, text) IS 'Takes material back from a build, with a reason.';

CREATE OR REPLACE FUNCTION pick_list(p_build_id bigint)
RETURNS TABLE (item_code text, item_name text, quantity_required numeric, quantity_issued numeric, quantity_reserved numeric, quantity_short numeric,
               location_code text, lot_number text, quantity_to_pick numeric)
LANGUAGE sql STABLE ROWS 200
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(a.assembly_code, p.part_number), coalesce(a.name, p.name), trim_scale(r.quantity_required), trim_scale(r.quantity_issued), trim_scale(r.quantity_reserved),
         trim_scale(greatest(r.quantity_required - r.quantity_issued - r.quantity_reserved, 0)), l.location_code, l.lot_number, trim_scale(least(l.quantity, r.quantity_reserved - l.before))
    FROM stock_reservations r
    JOIN stock_balances b USING (item_key)
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id
    LEFT JOIN LATERAL (
      SELECT s.location_code, t.lot_number, v.quantity,
             coalesce(sum(v.quantity) OVER (ORDER BY t.expires_on, t.received_on, v.stock_level_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM stock_levels v JOIN stock_locations s USING (stock_location_id) LEFT JOIN stock_lots t USING (stock_lot_id)
       WHERE (v.assembly_id = b.assembly_id OR v.part_id = b.part_id) AND v.quantity > 0 AND s.location_kind <> 'QUARANTINE'
         AND t.is_blocked IS NOT TRUE AND (t.expires_on IS NULL OR t.expires_on >= site_today())
    ) l ON l.before < r.quantity_reserved
   WHERE r.build_id = p_build_id AND (r.state = 'OPEN' OR r.quantity_issued > 0) AND has_permission('stock:read') AND sees_build(p_build_id)
   ORDER BY l.location_code NULLS LAST, 1
$$;
COMMENT ON FUNCTION pick_list(bigint) IS 'What to take from where for a build: what expires or came first is taken first; items that are short have no place.';

CREATE OR REPLACE FUNCTION issue_pick_list(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  pick record;
  issued integer := 0;
BEGIN
  PERFORM require_person('stock:issue');
  PERFORM lock_balances(array(SELECT r.item_key FROM stock_reservations r WHERE r.build_id = p_build_id AND r.state = 'OPEN'));
  FOR pick IN SELECT * FROM pick_list(p_build_id) k WHERE k.quantity_to_pick > 0 LOOP
    PERFORM write_issue(build, item_key_of(pick.item_code), require_lot(item_key_of(pick.item_code), pick.lot_number), pick.quantity_to_pick, (require_location(pick.location_code)).stock_location_id);
    issued := issued + 1;
  END LOOP;
  RETURN issued;
END;
$$;
COMMENT ON FUNCTION issue_pick_list(bigint) IS 'Issues everything on the pick list of a build; returns the number of moves.';

CREATE OR REPLACE FUNCTION shortages(p_build_id bigint DEFAULT NULL)
RETURNS TABLE (item_code text, item_name text, quantity_short numeric, quantity_available numeric, builds text, first_want_date date)
LANGUAGE sql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(a.assembly_code, p.part_number), coalesce(a.name, p.name), trim_scale(s.short), trim_scale(greatest(b.available - b.reserved, 0)), s.builds, s.want_date
    FROM (SELECT r.item_key, sum(r.quantity_required - r.quantity_issued - r.quantity_reserved) AS short, string_agg(k.build_number, ', ' ORDER BY o.want_date, k.build_id) AS builds, min(o.want_date) AS want_date
            FROM stock_reservations r JOIN builds k USING (build_id) JOIN orders o USING (order_id)
           WHERE r.state = 'OPEN' AND r.quantity_required > r.quantity_issued + r.quantity_reserved AND (p_build_id IS NULL OR r.build_id = p_build_id)
             AND (SELECT has_permission('stock:read')) AND ((SELECT sees_all_orders()) OR r.build_id IN (SELECT visible_builds()))
           GROUP BY r.item_key) s
    JOIN stock_balances b USING (item_key)
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id
   ORDER BY s.want_date, 1
$$;
COMMENT ON FUNCTION shortages(bigint) IS 'What is missing, for one build or over all: item, quantity, the builds that wait, the earliest want date.';
