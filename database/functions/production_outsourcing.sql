-- Production: lines of a BOM that go to an external shop. Legs and feet kits are proposed; the body and anything else is marked by hand.
--
-- Lock order: order, build, then lines in key order.

CREATE OR REPLACE FUNCTION lock_build_for_outsourcing(p_build_id bigint) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(p_build_id);
BEGIN
  PERFORM require_live_build(build);
  IF build.phase NOT IN ('APPROVAL', 'PRODUCTION') OR build.bom_id IS NULL THEN
    RAISE EXCEPTION 'Outsourcing of build % is not decided in phase %.', build.build_number, build.phase
      USING ERRCODE = 'TV009', HINT = 'It is decided with the BOM, in APPROVAL, and may change in PRODUCTION.';
  END IF;
  RETURN build;
END;
$$;
COMMENT ON FUNCTION lock_build_for_outsourcing(bigint) IS 'Locks a build in whose phase outsourcing may be decided.';

CREATE OR REPLACE FUNCTION insert_outsourced_line(p_build builds, p_line_number integer, p_is_proposed boolean) RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO outsourced_lines (build_id, bom_id, line_number, item_code, item_name, component_group, quantity, is_proposed, created_by)
  SELECT p_build.build_id, l.bom_id, l.line_number, l.item_code, l.item_name, l.component_group, l.quantity_total, p_is_proposed, current_user_id()
    FROM bom_line_items l WHERE l.bom_id = p_build.bom_id AND l.line_number = p_line_number
  RETURNING outsourced_line_id
$$;
COMMENT ON FUNCTION insert_outsourced_line(builds, integer, boolean) IS 'Writes an outsourced line for a line of the build''s BOM.';

CREATE OR REPLACE FUNCTION carry_outsourced_lines(p_build builds) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines;
  twin integer;
  carried integer := 0;
BEGIN
  FOR line IN SELECT * FROM outsourced_lines o WHERE o.build_id = p_build.build_id AND o.bom_id <> p_build.bom_id AND o.state <> 'CANCELLED' ORDER BY o.outsourced_line_id FOR NO KEY UPDATE LOOP
    SELECT l.line_number INTO twin FROM bom_line_items l
     WHERE l.bom_id = p_build.bom_id AND l.item_code = line.item_code AND l.quantity_total = line.quantity
       AND NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.bom_id = l.bom_id AND o.line_number = l.line_number AND o.state <> 'CANCELLED')
     ORDER BY l.line_number LIMIT 1;
    IF twin IS NOT NULL THEN
      UPDATE outsourced_lines SET bom_id = p_build.bom_id, line_number = twin WHERE outsourced_line_id = line.outsourced_line_id;
      carried := carried + 1;
    ELSIF line.state = 'PENDING_ORDER' THEN
      UPDATE outsourced_lines SET state = 'CANCELLED', state_reason = 'no longer in the BOM' WHERE outsourced_line_id = line.outsourced_line_id;
    ELSE
      UPDATE outsourced_lines SET flag_reason = 'no longer in the BOM of the build' WHERE outsourced_line_id = line.outsourced_line_id;
    END IF;
  END LOOP;
  RETURN carried;
END;
$$;
COMMENT ON FUNCTION carry_outsourced_lines(builds) IS 'Moves lines of an earlier BOM to the present one where it has the same item; others are cancelled, or flagged when they are out.';

CREATE OR REPLACE FUNCTION propose_outsourced_lines(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build_for_outsourcing(p_build_id);
  line integer;
  made integer := 0;
BEGIN
  PERFORM require_permission('outsourced_line:create'), carry_outsourced_lines(build);
  IF EXISTS (SELECT FROM outsourcing_statements s WHERE s.build_id = p_build_id AND s.bom_id = build.bom_id AND s.withdrawn_at IS NULL) THEN
    RETURN 0;
  END IF;
  FOR line IN
    SELECT l.line_number FROM bom_line_items l
     WHERE l.bom_id = build.bom_id AND l.depth = 0 AND l.component_group IN ('legs', 'feet')
       AND NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.bom_id = l.bom_id AND o.line_number = l.line_number)
     ORDER BY l.line_number
  LOOP
    PERFORM insert_outsourced_line(build, line, true);
    made := made + 1;
  END LOOP;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION propose_outsourced_lines(bigint) IS 'Marks the legs and feet kits of a build for the external shop, where nobody has decided about them; lines of an earlier BOM are carried over. Returns how many are new.';

CREATE OR REPLACE FUNCTION require_supplier(p_supplier_code text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found suppliers;
BEGIN
  SELECT * INTO found FROM suppliers s WHERE s.supplier_code = upper(btrim(p_supplier_code));
  IF found.supplier_id IS NULL OR NOT found.is_active THEN
    RAISE EXCEPTION 'There is no active supplier "%".', shown(p_supplier_code) USING ERRCODE = 'TV004', COLUMN = 'supplier_code', HINT = 'SELECT supplier_code, name FROM suppliers WHERE is_active lists them.';
  END IF;
  RETURN found.supplier_id;
END;
$$;
COMMENT ON FUNCTION require_supplier(text) IS 'Key of an active supplier, or an error.';

CREATE OR REPLACE FUNCTION mark_outsourced(p_build_id bigint, p_line_number integer, p_supplier_code text DEFAULT NULL, p_expected_on date DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build_for_outsourcing(p_build_id);
  person bigint := require_person('outsourced_line:create');
  shop bigint := CASE WHEN p_supplier_code IS NOT NULL THEN require_supplier(p_supplier_code) END;
  line bigint;
BEGIN
  IF p_expected_on < site_today() THEN
    RAISE EXCEPTION 'The expected date % is past.', shown(p_expected_on) USING ERRCODE = 'TV022', COLUMN = 'expected_on', HINT = 'Give today or a later day.';
  END IF;
  SELECT o.outsourced_line_id INTO line FROM outsourced_lines o WHERE o.bom_id = build.bom_id AND o.line_number = p_line_number AND o.state <> 'CANCELLED' FOR NO KEY UPDATE;
  IF line IS NULL THEN
    line := insert_outsourced_line(build, p_line_number, false);
  ELSIF NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.outsourced_line_id = line AND o.state = 'PENDING_ORDER') THEN
    RAISE EXCEPTION 'Line % of build % is ordered already.', shown(p_line_number), build.build_number USING ERRCODE = 'TV009', HINT = 'update_outsourced_line changes supplier, dates and tracking.';
  END IF;
  IF line IS NULL THEN
    RAISE EXCEPTION 'The BOM of build % has no line %.', build.build_number, shown(p_line_number) USING ERRCODE = 'TV004', COLUMN = 'line_number', HINT = 'SELECT line_number, item_code FROM bom_line_items WHERE bom_id = … lists them.';
  END IF;
  UPDATE outsourced_lines SET supplier_id = coalesce(shop, supplier_id), expected_on = coalesce(p_expected_on, expected_on) WHERE outsourced_line_id = line;
  UPDATE outsourcing_statements SET withdrawn_at = clock_timestamp(), withdrawn_by = person WHERE build_id = p_build_id AND withdrawn_at IS NULL;
  RETURN line;
END;
$$;
COMMENT ON FUNCTION mark_outsourced(bigint, integer, text, date) IS 'Marks a line of the build''s BOM for an external shop, or completes a marked one; withdraws a statement that nothing goes out. Returns its key.';

CREATE OR REPLACE FUNCTION state_no_outsourcing(p_build_id bigint, p_reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build_for_outsourcing(p_build_id);
  person bigint := require_person('outsourced_line:create');
  made bigint;
BEGIN
  IF EXISTS (SELECT FROM outsourced_lines o WHERE o.build_id = p_build_id AND o.state <> 'CANCELLED' AND NOT (o.is_proposed AND o.state = 'PENDING_ORDER')) THEN
    RAISE EXCEPTION 'Build % has outsourced lines.', build.build_number USING ERRCODE = 'TV009', HINT = 'Cancel them first: cancel_outsourced_line(line, reason).';
  END IF;
  PERFORM FROM outsourced_lines o WHERE o.build_id = p_build_id AND o.state = 'PENDING_ORDER' ORDER BY o.outsourced_line_id FOR NO KEY UPDATE;
  UPDATE outsourced_lines SET state = 'CANCELLED', state_reason = 'nothing of the build is outsourced' WHERE build_id = p_build_id AND state = 'PENDING_ORDER';
  UPDATE outsourcing_statements SET withdrawn_at = clock_timestamp(), withdrawn_by = person WHERE build_id = p_build_id AND withdrawn_at IS NULL;
  INSERT INTO outsourcing_statements (build_id, bom_id, reason, stated_by) VALUES (p_build_id, build.bom_id, nullif(btrim(p_reason), ''), person) RETURNING outsourcing_statement_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION state_no_outsourcing(bigint, text) IS 'Records that nothing of the build is outsourced; proposed lines not yet ordered are dropped.';

CREATE OR REPLACE FUNCTION lock_outsourced_line(p_line_id bigint, p_expected_version integer DEFAULT NULL) RETURNS outsourced_lines
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines;
BEGIN
  SELECT * INTO line FROM outsourced_lines o WHERE o.outsourced_line_id = p_line_id;
  IF line.outsourced_line_id IS NULL THEN
    RAISE EXCEPTION 'There is no outsourced line %.', shown(p_line_id) USING ERRCODE = 'TV004', COLUMN = 'line_id', HINT = 'SELECT * FROM outsourced_lines WHERE build_id = … lists them.';
  END IF;
  PERFORM lock_build(line.build_id);
  SELECT * INTO line FROM outsourced_lines o WHERE o.outsourced_line_id = p_line_id FOR NO KEY UPDATE;
  IF p_expected_version <> line.row_version THEN
    RAISE EXCEPTION 'Outsourced line % was changed meanwhile: it is at version %, you saw %.', line.item_code, line.row_version, shown(p_expected_version)
      USING ERRCODE = 'TV012', HINT = 'Look at it again, then decide.';
  END IF;
  RETURN line;
END;
$$;
COMMENT ON FUNCTION lock_outsourced_line(bigint, integer) IS 'Locks the order and build of an outsourced line, then the line.';

CREATE OR REPLACE FUNCTION update_outsourced_line(p_line_id bigint, p_changes jsonb, p_expected_version integer DEFAULT NULL) RETURNS outsourced_lines
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines := lock_outsourced_line(p_line_id, p_expected_version);
  wanted outsourced_lines;
  unknown text;
BEGIN
  PERFORM require_permission('outsourced_line:update');
  SELECT string_agg(k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(CASE jsonb_typeof(p_changes) WHEN 'object' THEN p_changes ELSE '{"?": 1}' END) k
   WHERE k NOT IN ('supplier', 'expected_on', 'tracking_number', 'notes', 'state', 'state_reason');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'These fields of an outsourced line cannot be changed here: %.', unknown
      USING ERRCODE = 'TV022', HINT = 'Give a JSON object with supplier (code), expected_on, tracking_number, notes, state (ORDERED, IN_TRANSIT, DELAYED) or state_reason.';
  END IF;
  wanted := jsonb_populate_record(line, p_changes);
  IF wanted.state <> line.state AND wanted.state NOT IN ('ORDERED', 'IN_TRANSIT', 'DELAYED') THEN
    RAISE EXCEPTION 'The state % is not set here.', wanted.state USING ERRCODE = 'TV022', HINT = 'ORDERED, IN_TRANSIT or DELAYED; receive_outsourced_line and cancel_outsourced_line do the rest.';
  END IF;
  UPDATE outsourced_lines o
     SET supplier_id = CASE WHEN p_changes ? 'supplier' THEN require_supplier(p_changes ->> 'supplier') ELSE o.supplier_id END,
         expected_on = wanted.expected_on, tracking_number = nullif(btrim(wanted.tracking_number), ''), notes = wanted.notes, state = wanted.state, state_reason = wanted.state_reason,
         ordered_on = CASE WHEN wanted.state = 'ORDERED' THEN coalesce(o.ordered_on, site_today()) ELSE o.ordered_on END
   WHERE o.outsourced_line_id = p_line_id RETURNING * INTO wanted;
  IF wanted.state <> line.state THEN
    PERFORM emit_outsourced_event(CASE wanted.state WHEN 'ORDERED' THEN 'outsourced_line.ordered' WHEN 'DELAYED' THEN 'outsourced_line.delayed' ELSE 'outsourced_line.sent' END, wanted);
  END IF;
  RETURN wanted;
EXCEPTION
  WHEN invalid_datetime_format OR datetime_field_overflow THEN
    RAISE EXCEPTION 'A date among % cannot be read.', shown(p_changes) USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'A date is written YYYY-MM-DD.';
  WHEN check_violation THEN
    RAISE EXCEPTION 'Outsourced line % cannot be %: supplier and expected date are needed.', line.item_code, lower(coalesce(p_changes ->> 'state', line.state))
      USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'Give both: {"supplier": "…", "expected_on": "YYYY-MM-DD"}.';
END;
$$;
COMMENT ON FUNCTION update_outsourced_line(bigint, jsonb, integer) IS 'Changes supplier, expected date, tracking, notes or state of an outsourced line: {"state": "ORDERED", "supplier": "SHOP", "expected_on": "2027-01-31"}.';

CREATE OR REPLACE FUNCTION emit_outsourced_event(p_type text, p_line outsourced_lines) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT emit_event(p_type, 'outsourced_lines', p_line.outsourced_line_id, jsonb_strip_nulls(jsonb_build_object('order_id', b.order_id, 'build_id', b.build_id, 'build_number', b.build_number,
    'item_code', p_line.item_code, 'quantity', p_line.quantity, 'quantity_received', p_line.quantity_received, 'state', p_line.state, 'expected_on', p_line.expected_on, 'reason', p_line.state_reason)))
    FROM builds b WHERE b.build_id = p_line.build_id
$$;
COMMENT ON FUNCTION emit_outsourced_event(text, outsourced_lines) IS 'Writes an event about an outsourced line to the outbox.';

CREATE OR REPLACE FUNCTION receive_outsourced_line(p_line_id bigint, p_quantity numeric, p_expected_version integer DEFAULT NULL) RETURNS outsourced_lines
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines := lock_outsourced_line(p_line_id, p_expected_version);
  person bigint := require_person('outsourced_line:receive');
BEGIN
  IF line.state NOT IN ('ORDERED', 'IN_TRANSIT', 'DELAYED') THEN
    RAISE EXCEPTION 'Outsourced line % is %.', line.item_code, lower(replace(line.state, '_', ' '))
      USING ERRCODE = 'TV009', HINT = CASE line.state WHEN 'PENDING_ORDER' THEN 'Record the order first: update_outsourced_line(line, ''{"state": "ORDERED"}'').' ELSE 'There is nothing to receive.' END;
  END IF;
  IF p_quantity IS NULL OR p_quantity <= 0 OR line.quantity_received + p_quantity > line.quantity THEN
    RAISE EXCEPTION 'The quantity received is %.', shown(p_quantity)
      USING ERRCODE = 'TV022', COLUMN = 'quantity', HINT = format('Of %s, %s came already: give more than 0 and at most %s.', trim_scale(line.quantity), trim_scale(line.quantity_received), trim_scale(line.quantity - line.quantity_received));
  END IF;
  UPDATE outsourced_lines o
     SET quantity_received = o.quantity_received + p_quantity,
         state = CASE WHEN o.quantity_received + p_quantity = o.quantity THEN 'RECEIVED' ELSE o.state END,
         received_on = CASE WHEN o.quantity_received + p_quantity = o.quantity THEN site_today() END, received_by = person
   WHERE o.outsourced_line_id = p_line_id RETURNING * INTO line;
  PERFORM emit_outsourced_event('outsourced_line.received', line);
  RETURN line;
END;
$$;
COMMENT ON FUNCTION receive_outsourced_line(bigint, numeric, integer) IS 'Records what came back of an outsourced line; it is RECEIVED once all of it did.';

CREATE OR REPLACE FUNCTION cancel_outsourced_line(p_line_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line outsourced_lines := lock_outsourced_line(p_line_id, p_expected_version);
BEGIN
  PERFORM require_person('outsourced_line:update'), require_reason(p_reason);
  IF line.state IN ('RECEIVED', 'CANCELLED') THEN
    RAISE EXCEPTION 'Outsourced line % is % already.', line.item_code, lower(line.state) USING ERRCODE = 'TV009', HINT = 'There is nothing to cancel.';
  END IF;
  UPDATE outsourced_lines SET state = 'CANCELLED', state_reason = btrim(p_reason) WHERE outsourced_line_id = p_line_id RETURNING * INTO line;
  PERFORM emit_outsourced_event('outsourced_line.cancelled', line);
END;
$$;
COMMENT ON FUNCTION cancel_outsourced_line(bigint, text, integer) IS 'Takes a line back from the external shop, with a reason.';

CREATE OR REPLACE FUNCTION flag_outsourced_lines(p_build_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  open_lines bigint[];
BEGIN
  PERFORM lock_build(p_build_id), require_reason(p_reason);
  IF NOT has_permission('order:cancel') THEN
    PERFORM require_permission('outsourced_line:update');
  END IF;
  open_lines := array(SELECT o.outsourced_line_id FROM outsourced_lines o
                       WHERE o.build_id = p_build_id AND o.state NOT IN ('RECEIVED', 'CANCELLED') ORDER BY o.outsourced_line_id FOR NO KEY UPDATE);
  UPDATE outsourced_lines
     SET state = CASE state WHEN 'PENDING_ORDER' THEN 'CANCELLED' ELSE state END,
         state_reason = CASE state WHEN 'PENDING_ORDER' THEN btrim(p_reason) ELSE state_reason END,
         flag_reason = CASE state WHEN 'PENDING_ORDER' THEN flag_reason ELSE btrim(p_reason) END
   WHERE outsourced_line_id = ANY (open_lines);
  RETURN cardinality(open_lines);
END;
$$;
COMMENT ON FUNCTION flag_outsourced_lines(bigint, text) IS 'When a build is cancelled: lines not yet ordered are cancelled, those that are out are flagged for a call to the shop. Returns how many.';

CREATE OR REPLACE FUNCTION note_late_outsourced_lines() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  late record;
  line outsourced_lines;
  noted integer := 0;
BEGIN
  PERFORM require_permission('outsourced_line:update');
  FOR late IN
    SELECT o.outsourced_line_id FROM outsourced_lines o JOIN builds b ON b.build_id = o.build_id
     WHERE o.state IN ('ORDERED', 'IN_TRANSIT') AND o.expected_on < site_today()
     ORDER BY b.order_id, o.build_id, o.outsourced_line_id
  LOOP
    line := lock_outsourced_line(late.outsourced_line_id);
    CONTINUE WHEN line.state NOT IN ('ORDERED', 'IN_TRANSIT') OR line.expected_on >= site_today();
    UPDATE outsourced_lines SET state = 'DELAYED', state_reason = 'expected on ' || line.expected_on WHERE outsourced_line_id = line.outsourced_line_id RETURNING * INTO line;
    PERFORM emit_outsourced_event('outsourced_line.delayed', line);
    noted := noted + 1;
  END LOOP;
  RETURN noted;
END;
$$;
COMMENT ON FUNCTION note_late_outsourced_lines() IS 'Daily work: outsourced lines whose expected day has passed become DELAYED, and that is reported. Returns how many.';
