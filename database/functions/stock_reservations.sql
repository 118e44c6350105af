-- Stock: what is promised to builds, handed out to them and taken back, and what is short.
--
-- Lock order: see stock.sql.

CREATE OR REPLACE FUNCTION block_expired_lots() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  expired text[] := array(SELECT DISTINCT CASE WHEN l.assembly_id IS NOT NULL THEN 'A' || l.assembly_id ELSE 'P' || l.part_id END FROM stock_lots l WHERE l.expires_on < site_today() AND NOT l.is_blocked);
  blocked integer;
BEGIN
  PERFORM require_worker('stock:adjust'), lock_balances(expired);
  WITH lots AS (
    UPDATE stock_lots l SET is_blocked = true, blocked_reason = 'expired on ' || l.expires_on
     WHERE l.expires_on < site_today() AND NOT l.is_blocked AND CASE WHEN l.assembly_id IS NOT NULL THEN 'A' || l.assembly_id ELSE 'P' || l.part_id END = ANY (expired)
    RETURNING l.stock_lot_id, l.assembly_id, l.part_id
  ), lying AS (
    SELECT t.assembly_id, t.part_id, sum(v.quantity) AS quantity
      FROM lots t JOIN stock_levels v USING (stock_lot_id) JOIN stock_locations p USING (stock_location_id) WHERE p.location_kind <> 'QUARANTINE' GROUP BY t.assembly_id, t.part_id
  ), balances AS (
    UPDATE stock_balances b SET available = b.available - y.quantity FROM lying y WHERE b.assembly_id = y.assembly_id OR b.part_id = y.part_id RETURNING 1
  )
  SELECT count(*) INTO blocked FROM lots;
  PERFORM settle_promises(k) FROM unnest(expired) k;
  RETURN blocked;
END;
$$;
COMMENT ON FUNCTION block_expired_lots() IS 'Blocks lots whose expiry date is past, so that nothing of them is promised or issued; for the worker, daily. Returns how many.';

CREATE OR REPLACE FUNCTION settle_promises(p_item_key text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  excess numeric;
  promise record;
  taken numeric;
BEGIN
  PERFORM lock_balances(ARRAY[p_item_key]);
  excess := (SELECT b.reserved - b.available FROM stock_balances b WHERE b.item_key = p_item_key);
  IF excess <= 0 THEN
    PERFORM serve_reservations(ARRAY[p_item_key]);
    RETURN;
  END IF;
  UPDATE stock_balances SET reserved = reserved - excess WHERE item_key = p_item_key;
  FOR promise IN
    SELECT r.stock_reservation_id, r.quantity_reserved, b.build_id, b.build_number, b.order_id FROM stock_reservations r JOIN builds b USING (build_id)
     WHERE r.item_key = p_item_key AND r.quantity_reserved > 0 ORDER BY r.stock_reservation_id DESC
  LOOP
    taken := least(promise.quantity_reserved, excess);
    UPDATE stock_reservations SET quantity_reserved = quantity_reserved - taken, updated_at = now() WHERE stock_reservation_id = promise.stock_reservation_id;
    PERFORM emit_event('stock.shortage', 'builds', promise.build_id, jsonb_build_object('build_number', promise.build_number, 'order_id', promise.order_id, 'items', 1));
    excess := excess - taken;
    EXIT WHEN excess = 0;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION settle_promises(text) IS 'After a change of what is available of an item: promises what is free to those who wait, or takes back what is no longer there, the youngest promise first, and tells the shortage.';

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

CREATE OR REPLACE FUNCTION build_needs(p_bom_id bigint) RETURNS TABLE (item_key text, quantity numeric)
LANGUAGE sql STABLE ROWS 200
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN l.assembly_id IS NOT NULL THEN 'A' || l.assembly_id ELSE 'P' || l.part_id END, sum(l.quantity_total)
    FROM bom_line_items l
   WHERE l.bom_id = p_bom_id AND l.is_leaf AND NOT l.is_unresolved
   GROUP BY l.assembly_id, l.part_id
  HAVING sum(l.quantity_total) > 0
$$;
COMMENT ON FUNCTION build_needs(bigint) IS 'Items without components of a BOM, each once with its total.';

CREATE OR REPLACE FUNCTION is_material_phase(p_phase text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p_phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') $$;
COMMENT ON FUNCTION is_material_phase(text) IS 'Whether material goes to a build in this phase.';

CREATE OR REPLACE FUNCTION takes_material(p_build_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('stock:read'), require_visible_build(p_build_id);
  RETURN (SELECT (o.state, b.state) = ('ACTIVE', 'ACTIVE') AND is_material_phase(b.phase) FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id);
END;
$$;
COMMENT ON FUNCTION takes_material(bigint) IS 'Whether material can be issued to a build now: from production to packaging, while it and its order are worked on.';

CREATE OR REPLACE FUNCTION require_material_phase(p_build builds) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT is_material_phase(p_build.phase) THEN
    RAISE EXCEPTION 'Build % is in phase %.', p_build.build_number, p_build.phase USING ERRCODE = 'TV009', HINT = 'Material goes to builds from PRODUCTION to PACKAGING.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_material_phase(builds) IS 'Raises TV009 for a build that is not approved yet, or packed.';

CREATE OR REPLACE FUNCTION material_keys(p_build_ids bigint[]) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT array(
    SELECT n.item_key FROM builds b CROSS JOIN LATERAL build_needs(b.bom_id) n WHERE b.build_id = ANY (p_build_ids)
    UNION
    SELECT r.item_key FROM stock_reservations r WHERE r.build_id = ANY (p_build_ids))
$$;
COMMENT ON FUNCTION material_keys(bigint[]) IS 'Items that builds need or have a reservation of: what is locked before any of it is reserved or given back.';

CREATE OR REPLACE FUNCTION reserve_stock(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  keys text[];
  short integer;
BEGIN
  PERFORM require_permission('stock:reserve'), require_material_phase(build);
  keys := material_keys(ARRAY[p_build_id]);
  PERFORM lock_balances(keys);
  INSERT INTO stock_reservations (build_id, item_key, quantity_required)
  SELECT p_build_id, n.item_key, n.quantity FROM build_needs(build.bom_id) n ORDER BY n.item_key
  ON CONFLICT (build_id, item_key) DO UPDATE SET quantity_required = excluded.quantity_required, state = 'OPEN', updated_at = now();
  PERFORM give_back_promises(p_build_id, array(SELECT n.item_key FROM build_needs(build.bom_id) n)), serve_reservations(keys);
  SELECT count(*) INTO short FROM stock_reservations r
   WHERE r.build_id = p_build_id AND r.state = 'OPEN' AND r.quantity_required > r.quantity_issued + r.quantity_reserved;
  IF short > 0 THEN
    PERFORM emit_event('stock.shortage', 'builds', p_build_id, jsonb_build_object('build_number', build.build_number, 'order_id', build.order_id, 'items', short));
  END IF;
  RETURN short;
END;
$$;
COMMENT ON FUNCTION reserve_stock(bigint) IS
  'Reserves what the BOM of a build needs, as far as it is there; returns how many items are short. Repeatable: after a change it reserves the difference, keeps what it has and is still needed, and gives back the rest.';

CREATE OR REPLACE FUNCTION give_back_promises(p_build_id bigint, p_needed_keys text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  closed integer;
BEGIN
  UPDATE stock_balances b SET reserved = b.reserved - r.quantity_reserved + k.kept
    FROM stock_reservations r
    CROSS JOIN LATERAL (SELECT CASE WHEN r.item_key = ANY (p_needed_keys) THEN least(r.quantity_reserved, greatest(r.quantity_required - r.quantity_issued, 0)) ELSE 0 END AS kept) k
   WHERE r.build_id = p_build_id AND r.state = 'OPEN' AND r.item_key = b.item_key AND r.quantity_reserved > k.kept;
  UPDATE stock_reservations SET quantity_reserved = greatest(quantity_required - quantity_issued, 0), updated_at = now()
   WHERE build_id = p_build_id AND state = 'OPEN' AND item_key = ANY (p_needed_keys) AND quantity_reserved > greatest(quantity_required - quantity_issued, 0);
  UPDATE stock_reservations SET quantity_reserved = 0, state = 'CLOSED', updated_at = now()
   WHERE build_id = p_build_id AND state = 'OPEN' AND item_key <> ALL (p_needed_keys);
  GET DIAGNOSTICS closed = ROW_COUNT;
  RETURN closed;
END;
$$;
COMMENT ON FUNCTION give_back_promises(bigint, text[]) IS 'Takes back what a build is promised beyond its need, and everything of items it no longer needs, whose reservations end. The balances are locked already. Returns how many ended.';

CREATE OR REPLACE FUNCTION release_reservations(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM lock_build(p_build_id), require_permission('stock:reserve');
  RETURN end_reservations(ARRAY[p_build_id]);
END;
$$;
COMMENT ON FUNCTION release_reservations(bigint) IS 'Gives back what is promised to a build and not yet issued; other builds get it. Returns how many items.';

CREATE OR REPLACE FUNCTION end_reservations(p_build_ids bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  keys text[] := array(SELECT DISTINCT r.item_key FROM stock_reservations r WHERE r.build_id = ANY (p_build_ids) AND r.state = 'OPEN');
  ended integer;
BEGIN
  PERFORM lock_balances(keys);
  SELECT coalesce(sum(give_back_promises(b, '{}')), 0) INTO ended FROM unnest(p_build_ids) b;
  PERFORM serve_reservations(keys);
  RETURN ended;
END;
$$;
COMMENT ON FUNCTION end_reservations(bigint[]) IS 'Ends the reservations of builds, whose orders are locked: part of cancelling and of leaving the plant, whoever does that.';

CREATE OR REPLACE FUNCTION action_reserve_stock(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  chosen bigint[] := array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id);
  build bigint;
BEGIN
  PERFORM lock_balances(material_keys(chosen));
  FOREACH build IN ARRAY chosen LOOP
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
  PERFORM require_person('stock:issue'), require_quantity(p_quantity), require_material_phase(build);
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
  PERFORM lock_balances(ARRAY[p_item_key]);
  IF NOT is_usable(p_location_id, p_lot_id) OR EXISTS (SELECT FROM stock_lots l WHERE l.stock_lot_id = p_lot_id AND l.expires_on < site_today()) THEN
    RAISE EXCEPTION '% of this lot or place is not available to builds.', item_code_of(p_item_key)
      USING ERRCODE = 'TV009', HINT = 'It is in quarantine, or its lot is blocked or expired; the pick list names what can be taken.';
  END IF;
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
  build builds := lock_build(p_build_id);
  place stock_locations;
  key text;
  lot bigint;
  made bigint;
BEGIN
  PERFORM require_person('stock:issue'), require_quantity(p_quantity), require_reason(p_reason);
  place := require_location(p_location_code);
  key := item_key_of(p_code);
  lot := require_lot(key, p_lot_number);
  PERFORM lock_balances(ARRAY[key]);
  IF p_quantity > (SELECT coalesce(sum(CASE m.move_kind WHEN 'ISSUE' THEN m.quantity ELSE -m.quantity END), 0) FROM stock_moves m
                    WHERE m.build_id = p_build_id AND m.item_key = key AND m.stock_lot_id IS NOT DISTINCT FROM lot) THEN
    RAISE EXCEPTION 'Build % was not given % of % from %.', build.build_number, trim_scale(p_quantity), shown(p_code), coalesce('lot ' || p_lot_number, 'stock without a lot')
      USING ERRCODE = 'TV009', HINT = 'Return it with the lot that was issued: SELECT * FROM stock_moves WHERE build_id = … lists the issues.';
  END IF;
  UPDATE stock_reservations SET quantity_issued = quantity_issued - p_quantity, updated_at = now() WHERE build_id = p_build_id AND item_key = key AND quantity_issued >= p_quantity;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Build % was not given % of %.', build.build_number, trim_scale(p_quantity), shown(p_code) USING ERRCODE = 'TV009', HINT = 'SELECT * FROM pick_list(build_id) shows what was issued.';
  END IF;
  made := write_stock_move('RETURN', key, lot, p_quantity, NULL, place.stock_location_id, p_build_id, NULL, p_reason);
  PERFORM serve_reservations(ARRAY[key]);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION return_stock(bigint, text, numeric, text, text, text) IS 'Takes material back from a build, with a reason.';

CREATE OR REPLACE FUNCTION pick_list(p_build_id bigint)
RETURNS TABLE (item_code text, item_name text, quantity_required numeric, quantity_issued numeric, quantity_reserved numeric, quantity_short numeric,
               location_code text, lot_number text, quantity_to_pick numeric)
LANGUAGE plpgsql STABLE ROWS 200
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('stock:read'), require_visible_build(p_build_id);
  RETURN QUERY
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
     WHERE r.build_id = p_build_id AND (r.state = 'OPEN' OR r.quantity_issued > 0)
     ORDER BY l.location_code NULLS LAST, 1;
END;
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
  PERFORM require_person('stock:issue'), require_material_phase(build);
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
             AND (SELECT has_permission('stock:read')) AND ((SELECT sees_all_orders()) OR (SELECT sees_shop()) AND EXISTS (SELECT FROM shop_builds v WHERE v.build_id = r.build_id AND v.has_free_work OFFSET 0) OR r.build_id IN (SELECT own_builds()))
           GROUP BY r.item_key) s
    JOIN stock_balances b USING (item_key)
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id
   ORDER BY s.want_date, 1
$$;
COMMENT ON FUNCTION shortages(bigint) IS 'What is missing, for one build or over all: item, quantity, the builds that wait, the earliest want date.';
