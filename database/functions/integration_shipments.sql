-- Shipments: planned, dispatched, delivered. The order's own shipment columns follow in the same transaction.
--
-- Lock order: the order first (lock_order), then its shipments in their key's order.

CREATE OR REPLACE FUNCTION lock_shipment(p_shipment_id bigint, p_states text[]) RETURNS shipments
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found shipments;
BEGIN
  SELECT * INTO found FROM shipments s WHERE s.shipment_id = p_shipment_id;
  IF found.shipment_id IS NULL THEN
    RAISE EXCEPTION 'There is no shipment %.', shown(p_shipment_id) USING ERRCODE = 'TV004', COLUMN = 'shipment_id', HINT = 'SELECT * FROM v_order_shipments lists them.';
  END IF;
  PERFORM FROM orders o WHERE o.order_id = found.order_id FOR NO KEY UPDATE;
  SELECT * INTO found FROM shipments s WHERE s.shipment_id = p_shipment_id FOR NO KEY UPDATE;
  IF found.state <> ALL (p_states) THEN
    RAISE EXCEPTION 'Shipment % is %.', found.shipment_number, lower(replace(found.state, '_', ' ')) USING ERRCODE = 'TV009', HINT = 'This step is for ' || array_to_string(p_states, ', ') || '.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_shipment(bigint, text[]) IS 'Locks the order of a shipment and the shipment, which must be in one of the states.';

CREATE OR REPLACE FUNCTION partial_shipment_allowed() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(site_setting('partial_shipment') = 'true', false) $$;
COMMENT ON FUNCTION partial_shipment_allowed() IS 'True if sinks of an order may leave before the others (site_settings.partial_shipment).';

CREATE OR REPLACE FUNCTION create_shipment(
  p_order_id bigint, p_build_ids bigint[] DEFAULT NULL, p_carrier text DEFAULT NULL, p_service text DEFAULT NULL, p_packages jsonb DEFAULT '[]'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holder orders := lock_order(p_order_id, NULL);
  person bigint := require_person('shipment:create');
BEGIN
  PERFORM require_active(holder);
  IF phase_position(holder.phase) NOT BETWEEN phase_position('PRODUCTION') AND phase_position('SHIPPING') THEN
    RAISE EXCEPTION 'Order % is in phase %.', holder.order_number, holder.phase USING ERRCODE = 'TV009', HINT = 'Shipments are planned from PRODUCTION to SHIPPING.';
  END IF;
  RETURN insert_shipment(holder, p_build_ids, p_carrier, p_service, p_packages);
END;
$$;
COMMENT ON FUNCTION create_shipment(bigint, bigint[], text, text, jsonb) IS
  'Plans a shipment of builds of an order (all that are in none yet, unless some are named) and returns its key. p_packages: [{"weight_kg": 180, "length_mm": 2400, "width_mm": 900, "height_mm": 1300, "content": "crate"}].';

CREATE OR REPLACE FUNCTION insert_shipment(p_order orders, p_build_ids bigint[], p_carrier text, p_service text, p_packages jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free bigint[] := array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE'
                            AND NOT EXISTS (SELECT FROM shipment_builds s WHERE s.build_id = b.build_id AND NOT s.is_void) ORDER BY b.build_id);
  wanted bigint[] := array(SELECT DISTINCT b FROM unnest(coalesce(p_build_ids, free)) b ORDER BY b);
  made bigint;
BEGIN
  IF cardinality(wanted) = 0 OR NOT wanted <@ free THEN
    RAISE EXCEPTION 'These builds of order % cannot be put into a shipment.', p_order.order_number USING ERRCODE = 'TV009', HINT = 'Each must be an active build of the order that is in no other shipment.';
  END IF;
  IF wanted <> free AND NOT partial_shipment_allowed() THEN
    RAISE EXCEPTION 'Order % is shipped as a whole.', p_order.order_number USING ERRCODE = 'TV009', HINT = 'Ship all its builds, or let the plant allow partial shipments (site_settings.partial_shipment).';
  END IF;
  INSERT INTO shipments (shipment_number, order_id, carrier, service, created_by)
  VALUES ('SHP-' || lpad(nextval('shipment_number_sequence')::text, 6, '0'), p_order.order_id, nullif(btrim(p_carrier), ''), nullif(btrim(p_service), ''), current_user_id())
  RETURNING shipment_id INTO made;
  INSERT INTO shipment_builds (shipment_id, build_id) SELECT made, b FROM unnest(wanted) b;
  PERFORM set_shipment_packages(made, p_packages);
  PERFORM emit_event('shipment.planned', 'shipments', made, jsonb_build_object('order_id', p_order.order_id, 'order_number', p_order.order_number, 'builds', to_jsonb(wanted)));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION insert_shipment(orders, bigint[], text, text, jsonb) IS 'Writes a shipment with its builds and packages; without the partial switch it must hold every build left.';

CREATE OR REPLACE FUNCTION set_shipment_packages(p_shipment_id bigint, p_packages jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  shipment shipments := lock_shipment(p_shipment_id, '{PLANNED,READY}');
BEGIN
  PERFORM require_permission('shipment:create');
  IF jsonb_typeof(coalesce(p_packages, '[]')) <> 'array' THEN
    RAISE EXCEPTION 'The packages must be a list.' USING ERRCODE = 'TV022', COLUMN = 'packages', HINT = 'For example [{"weight_kg": 180, "length_mm": 2400, "width_mm": 900, "height_mm": 1300}].';
  END IF;
  DELETE FROM shipment_packages WHERE shipment_id = p_shipment_id;
  INSERT INTO shipment_packages (shipment_id, order_id, package_number, content, weight_kg, length_mm, width_mm, height_mm, tracking_number)
  SELECT p_shipment_id, shipment.order_id, p.n, nullif(btrim(r.content), ''), r.weight_kg, r.length_mm, r.width_mm, r.height_mm, nullif(btrim(r.tracking_number), '')
    FROM jsonb_array_elements(p_packages) WITH ORDINALITY AS p (item, n)
    CROSS JOIN LATERAL jsonb_to_record(p.item) AS r (content text, weight_kg numeric, length_mm numeric, width_mm numeric, height_mm numeric, tracking_number text);
EXCEPTION WHEN check_violation OR not_null_violation OR invalid_text_representation OR numeric_value_out_of_range OR invalid_parameter_value THEN
  RAISE EXCEPTION 'A package is not right: %', shown(p_packages) USING ERRCODE = 'TV022', COLUMN = 'packages', HINT = 'Each needs weight_kg above 0, and length_mm, width_mm, height_mm all or none.';
END;
$$;
COMMENT ON FUNCTION set_shipment_packages(bigint, jsonb) IS 'Replaces the packages of a shipment that has not left.';

CREATE OR REPLACE FUNCTION mark_shipment_ready(p_shipment_id bigint, p_label_document_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  shipment shipments := lock_shipment(p_shipment_id, '{PLANNED,READY}');
BEGIN
  PERFORM require_person('shipment:create');
  IF p_label_document_id IS NOT NULL THEN
    PERFORM require_document(p_label_document_id);
  END IF;
  UPDATE shipments SET state = 'READY', label_document_id = coalesce(p_label_document_id, label_document_id) WHERE shipment_id = p_shipment_id;
  PERFORM emit_event('shipment.ready', 'shipments', p_shipment_id, jsonb_build_object('order_id', shipment.order_id, 'shipment_number', shipment.shipment_number));
END;
$$;
COMMENT ON FUNCTION mark_shipment_ready(bigint, bigint) IS 'Notes that a shipment is packed and its label there.';

CREATE OR REPLACE FUNCTION dispatch_shipment(p_shipment_id bigint, p_carrier text DEFAULT NULL, p_tracking_number text DEFAULT NULL, p_dispatched_on date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  shipment shipments := lock_shipment(p_shipment_id, '{PLANNED,READY}');
  holder orders := lock_order(shipment.order_id, NULL);
  waiting text;
BEGIN
  PERFORM require_person('shipment:dispatch'), require_active(holder);
  SELECT string_agg(b.build_number, ', ' ORDER BY b.build_id) INTO waiting
    FROM shipment_builds s JOIN builds b USING (build_id) WHERE s.shipment_id = p_shipment_id AND NOT s.is_void AND b.phase <> 'SHIPPING';
  IF waiting IS NOT NULL THEN
    RAISE EXCEPTION 'Not yet in SHIPPING: %.', waiting USING ERRCODE = 'TV009', HINT = 'Finish packing first.';
  END IF;
  SELECT string_agg(format('%s of %s', n.nonconformity_number, b.build_number), ', ' ORDER BY n.nonconformity_id) INTO waiting
    FROM shipment_builds s JOIN builds b USING (build_id) JOIN nonconformities n USING (build_id)
   WHERE s.shipment_id = p_shipment_id AND NOT s.is_void AND n.severity IN ('MAJOR', 'CRITICAL') AND n.state NOT IN ('VERIFIED', 'CLOSED');
  IF waiting IS NOT NULL THEN
    RAISE EXCEPTION 'Open findings: %.', waiting USING ERRCODE = 'TV009', HINT = 'Record the rework and have quality control verify it before the sink leaves.';
  END IF;
  IF NOT partial_shipment_allowed() AND EXISTS (
       SELECT FROM builds b WHERE b.order_id = holder.order_id AND b.state = 'ACTIVE' AND b.phase <> 'DELIVERED'
          AND NOT EXISTS (SELECT FROM shipment_builds s JOIN shipments h USING (shipment_id) WHERE s.build_id = b.build_id AND NOT s.is_void
                             AND (h.shipment_id = p_shipment_id OR h.state IN ('DISPATCHED', 'IN_TRANSIT', 'DELIVERED')))) THEN
    RAISE EXCEPTION 'Order % is shipped as a whole.', holder.order_number USING ERRCODE = 'TV009', HINT = 'Ship all its builds, or let the plant allow partial shipments (site_settings.partial_shipment).';
  END IF;
  PERFORM write_dispatch(shipment, holder, coalesce(p_carrier, shipment.carrier), coalesce(p_tracking_number, shipment.tracking_number), coalesce(p_dispatched_on, site_today()));
END;
$$;
COMMENT ON FUNCTION dispatch_shipment(bigint, text, text, date) IS 'Dispatches a shipment whose builds are all in SHIPPING: carrier, tracking number, date (today at the plant unless given).';

CREATE OR REPLACE FUNCTION write_dispatch(p_shipment shipments, p_order orders, p_carrier text, p_tracking_number text, p_dispatched_on date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF btrim(coalesce(p_carrier, '')) = '' OR btrim(coalesce(p_tracking_number, '')) = '' OR p_dispatched_on IS NULL THEN
    RAISE EXCEPTION 'Carrier, tracking number and dispatch date are all needed.' USING ERRCODE = 'TV022', HINT = 'Give all three.';
  END IF;
  UPDATE shipments SET state = CASE WHEN state IN ('PLANNED', 'READY') THEN 'DISPATCHED' ELSE state END, carrier = btrim(p_carrier), tracking_number = btrim(p_tracking_number),
         dispatched_on = p_dispatched_on, dispatched_at = clock_timestamp(), dispatched_by = current_user_id()
   WHERE shipment_id = p_shipment.shipment_id;
  PERFORM open_order(p_order.order_id);
  UPDATE orders o SET carrier = btrim(p_carrier), tracking_number = btrim(p_tracking_number),
         dispatched_on = (SELECT max(s.dispatched_on) FROM shipments s WHERE s.order_id = o.order_id AND s.state IN ('DISPATCHED', 'IN_TRANSIT', 'DELIVERED'))
   WHERE o.order_id = p_order.order_id;
  PERFORM close_order();
  PERFORM note_order_change(p_order, 'shipment recorded');
  PERFORM emit_event(CASE WHEN p_shipment.state IN ('PLANNED', 'READY') THEN 'shipment.dispatched' ELSE 'shipment.corrected' END, 'shipments', p_shipment.shipment_id, jsonb_build_object(
    'order_id', p_order.order_id, 'order_number', p_order.order_number, 'shipment_number', p_shipment.shipment_number, 'carrier', btrim(p_carrier), 'tracking_number', btrim(p_tracking_number),
    'dispatched_on', p_dispatched_on, 'builds', (SELECT jsonb_agg(b.build_number ORDER BY b.build_id) FROM shipment_builds s JOIN builds b USING (build_id) WHERE s.shipment_id = p_shipment.shipment_id AND NOT s.is_void)));
END;
$$;
COMMENT ON FUNCTION write_dispatch(shipments, orders, text, text, date) IS 'Writes the dispatch of a shipment, or its correction, and the order''s columns with it.';

CREATE OR REPLACE FUNCTION record_shipment(p_order_id bigint, p_carrier text, p_tracking_number text, p_dispatched_on date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
  known shipments[];
  made bigint;
BEGIN
  PERFORM require_person('shipment:dispatch');
  PERFORM require_active(current);
  IF current.phase <> 'SHIPPING' THEN
    RAISE EXCEPTION 'Order % is in phase %, not SHIPPING.', current.order_number, current.phase USING ERRCODE = 'TV009', HINT = 'Finish packing first.';
  END IF;
  known := array(SELECT s FROM shipments s WHERE s.order_id = p_order_id AND s.state IN ('PLANNED', 'READY', 'DISPATCHED', 'IN_TRANSIT') ORDER BY s.shipment_id);
  IF cardinality(known) > 1 THEN
    RAISE EXCEPTION 'Order % has % shipments.', current.order_number, cardinality(known) USING ERRCODE = 'TV009', HINT = 'Use dispatch_shipment for each.';
  END IF;
  IF cardinality(known) = 1 AND known[1].state IN ('DISPATCHED', 'IN_TRANSIT') THEN
    PERFORM write_dispatch(known[1], current, p_carrier, p_tracking_number, p_dispatched_on);
    RETURN;
  END IF;
  IF btrim(coalesce(p_carrier, '')) = '' OR btrim(coalesce(p_tracking_number, '')) = '' OR p_dispatched_on IS NULL THEN
    RAISE EXCEPTION 'Carrier, tracking number and dispatch date are all needed.' USING ERRCODE = 'TV022', HINT = 'Give all three.';
  END IF;
  made := coalesce(known[1].shipment_id, insert_shipment(current, NULL, p_carrier, NULL, '[]'));
  PERFORM dispatch_shipment(made, p_carrier, p_tracking_number, p_dispatched_on);
END;
$$;
COMMENT ON FUNCTION record_shipment(bigint, text, text, date) IS
  'Records carrier, tracking number and dispatch date of an order in SHIPPING: dispatches its planned shipment, or one of all builds; a second call before delivery corrects them.';

CREATE OR REPLACE FUNCTION update_shipment_tracking(p_shipment_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('shipment:dispatch'), lock_shipment(p_shipment_id, '{DISPATCHED}');
  UPDATE shipments SET state = 'IN_TRANSIT' WHERE shipment_id = p_shipment_id;
END;
$$;
COMMENT ON FUNCTION update_shipment_tracking(bigint) IS 'Notes that the carrier has a dispatched shipment under way.';

CREATE OR REPLACE FUNCTION record_shipment_delivery(p_shipment_id bigint, p_delivered_on date, p_delivery_document_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  shipment shipments := lock_shipment(p_shipment_id, '{DISPATCHED,IN_TRANSIT,DELIVERED}');
BEGIN
  PERFORM require_person('shipment:deliver');
  IF p_delivery_document_id IS NOT NULL THEN
    PERFORM require_document(p_delivery_document_id);
  END IF;
  PERFORM write_delivery(lock_order(shipment.order_id, NULL), ARRAY[p_shipment_id], p_delivered_on, p_delivery_document_id);
END;
$$;
COMMENT ON FUNCTION record_shipment_delivery(bigint, date, bigint) IS 'Records the delivery of one shipment, with its proof.';

CREATE OR REPLACE FUNCTION record_delivery(p_order_id bigint, p_delivered_on date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
  known bigint[] := array(SELECT s.shipment_id FROM shipments s WHERE s.order_id = p_order_id AND s.state IN ('DISPATCHED', 'IN_TRANSIT') ORDER BY s.shipment_id);
BEGIN
  PERFORM require_person('shipment:deliver');
  IF cardinality(known) = 0 THEN
    known := array(SELECT s.shipment_id FROM shipments s WHERE s.order_id = p_order_id AND s.state = 'DELIVERED' ORDER BY s.shipment_id);
    IF cardinality(known) > 1 THEN
      RAISE EXCEPTION 'Order % has % delivered shipments.', current.order_number, cardinality(known) USING ERRCODE = 'TV009', HINT = 'Correct one of them with record_shipment_delivery.';
    END IF;
  END IF;
  PERFORM write_delivery(current, known, p_delivered_on, NULL);
END;
$$;
COMMENT ON FUNCTION record_delivery(bigint, date) IS 'Records the date of delivery of all that is under way of an order; when nothing is, corrects that of its one delivered shipment.';

CREATE OR REPLACE FUNCTION write_delivery(p_order orders, p_shipment_ids bigint[], p_delivered_on date, p_delivery_document_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  latest date := (SELECT max(s.dispatched_on) FROM shipments s WHERE s.shipment_id = ANY (p_shipment_ids));
  arrived shipments;
BEGIN
  IF p_delivered_on IS NULL OR latest IS NULL OR p_delivered_on < latest THEN
    RAISE EXCEPTION 'The delivery date must be the dispatch date or later.' USING ERRCODE = 'TV022', COLUMN = 'delivered_on', HINT = coalesce('Dispatched on ' || latest, 'Record the shipment first.');
  END IF;
  FOR arrived IN SELECT * FROM shipments s WHERE s.shipment_id = ANY (p_shipment_ids) ORDER BY s.shipment_id FOR NO KEY UPDATE LOOP
    UPDATE shipments SET state = 'DELIVERED', delivered_on = p_delivered_on, delivery_recorded_by = current_user_id(), delivery_document_id = coalesce(p_delivery_document_id, delivery_document_id)
     WHERE shipment_id = arrived.shipment_id;
    PERFORM emit_event(CASE arrived.state WHEN 'DELIVERED' THEN 'shipment.corrected' ELSE 'shipment.delivered' END, 'shipments', arrived.shipment_id, jsonb_build_object('order_id', p_order.order_id, 'order_number', p_order.order_number,
      'shipment_number', arrived.shipment_number, 'delivered_on', p_delivered_on));
  END LOOP;
  -- The order is delivered when the last of its sinks is.
  PERFORM open_order(p_order.order_id);
  UPDATE orders o SET delivered_on = CASE WHEN NOT EXISTS (
           SELECT FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' AND b.phase <> 'DELIVERED'
              AND NOT EXISTS (SELECT FROM shipment_builds s JOIN shipments h USING (shipment_id) WHERE s.build_id = b.build_id AND NOT s.is_void AND h.state = 'DELIVERED'))
         THEN (SELECT max(s.delivered_on) FROM shipments s WHERE s.order_id = o.order_id AND s.state = 'DELIVERED') END
   WHERE o.order_id = p_order.order_id;
  PERFORM close_order();
  PERFORM note_order_change(p_order, 'delivery recorded');
END;
$$;
COMMENT ON FUNCTION write_delivery(orders, bigint[], date, bigint) IS 'Writes the delivery of shipments, and of the order once all its builds have arrived.';

CREATE OR REPLACE FUNCTION return_shipment(p_shipment_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  shipment shipments := lock_shipment(p_shipment_id, '{DISPATCHED,IN_TRANSIT,DELIVERED}');
  holder orders := lock_order(shipment.order_id, NULL);
  again bigint[] := array(SELECT b.build_id FROM shipment_builds s JOIN builds b USING (build_id) WHERE s.shipment_id = p_shipment_id AND b.phase <> 'DELIVERED' ORDER BY b.build_id);
BEGIN
  PERFORM require_person('shipment:dispatch'), require_reason(p_reason);
  UPDATE shipments SET state = 'RETURNED', ended_reason = btrim(p_reason) WHERE shipment_id = p_shipment_id;
  -- A sink that is DELIVERED is finished and keeps its record: what came back of it is a matter of service.
  IF cardinality(again) > 0 THEN
    UPDATE shipment_builds SET is_void = true WHERE shipment_id = p_shipment_id AND build_id = ANY (again);
    PERFORM open_order(holder.order_id);
    UPDATE orders o SET delivered_on = NULL, (carrier, tracking_number, dispatched_on) = (
             SELECT max(last.carrier), max(last.tracking_number), max(last.dispatched_on)
               FROM (SELECT s.* FROM shipments s WHERE s.order_id = o.order_id AND s.state IN ('DISPATCHED', 'IN_TRANSIT', 'DELIVERED') ORDER BY s.dispatched_on DESC, s.shipment_id DESC LIMIT 1) last)
     WHERE o.order_id = holder.order_id;
    PERFORM close_order();
    PERFORM note_order_change(holder, 'shipment returned: ' || btrim(p_reason));
  END IF;
  PERFORM emit_event('shipment.returned', 'shipments', p_shipment_id, jsonb_build_object('order_id', shipment.order_id, 'order_number', holder.order_number, 'shipment_number', shipment.shipment_number, 'reason', p_reason,
    'ship_again', (SELECT coalesce(jsonb_agg(b.build_number ORDER BY b.build_id), '[]') FROM builds b WHERE b.build_id = ANY (again))));
END;
$$;
COMMENT ON FUNCTION return_shipment(bigint, text) IS 'Notes that a shipment came back; its builds may be shipped anew, but for those that are DELIVERED: they keep their record.';

CREATE OR REPLACE FUNCTION cancel_shipment(p_shipment_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM lock_shipment(p_shipment_id, '{PLANNED,READY}'), require_person('shipment:create'), require_reason(p_reason);
  UPDATE shipment_builds SET is_void = true WHERE shipment_id = p_shipment_id;
  UPDATE shipments SET state = 'CANCELLED', ended_reason = btrim(p_reason) WHERE shipment_id = p_shipment_id;
END;
$$;
COMMENT ON FUNCTION cancel_shipment(bigint, text) IS 'Gives up a planned shipment; its builds may be put into another.';
