-- Service-part orders (workflow.md section 9): Customer Service fills a cart without prices, procurement decides, orders and sends.

CREATE OR REPLACE FUNCTION lock_service_order(p_service_order_id bigint, p_states text[]) RETURNS service_orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found service_orders;
BEGIN
  PERFORM require_permission('service_order:read');
  SELECT * INTO found FROM service_orders WHERE service_order_id = p_service_order_id FOR UPDATE;
  IF found.service_order_id IS NULL THEN
    RAISE EXCEPTION 'There is no service-part order %.', shown(p_service_order_id) USING ERRCODE = 'TV004', COLUMN = 'service_order_id', HINT = 'SELECT service_order_id, service_order_number, state FROM service_orders lists them.';
  END IF;
  IF found.state <> ALL (p_states) THEN
    RAISE EXCEPTION 'Service-part order % is %.', found.service_order_number, lower(replace(found.state, '_', ' '))
      USING ERRCODE = 'TV009', HINT = format('This is possible for one that is %s.', lower(replace(array_to_string(p_states, ' or '), '_', ' ')));
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_service_order(bigint, text[]) IS 'Locks a service-part order that must be in one of the states.';

CREATE OR REPLACE FUNCTION require_own_service_order(p_order service_orders) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_person('service_order:update_own');
  IF p_order.created_by <> current_user_id() THEN
    RAISE EXCEPTION 'Service-part order % belongs to %.', p_order.service_order_number, (SELECT u.display_name FROM users u WHERE u.user_id = p_order.created_by)
      USING ERRCODE = '42501', HINT = 'Only its author changes it before it is submitted.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_own_service_order(service_orders) IS 'Refuses everybody but the author.';

CREATE OR REPLACE FUNCTION create_service_order(p_customer_code text DEFAULT NULL, p_build_number text DEFAULT NULL, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('service_order:create');
  buyer bigint := (SELECT c.customer_id FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code)));
  sink bigint := (SELECT b.build_id FROM builds b WHERE b.build_number = upper(btrim(p_build_number)));
  made bigint;
BEGIN
  IF p_customer_code IS NOT NULL AND buyer IS NULL THEN
    RAISE EXCEPTION 'There is no customer "%".', shown(p_customer_code) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'Correct the code, or leave it out.';
  END IF;
  IF p_build_number IS NOT NULL AND sink IS NULL THEN
    RAISE EXCEPTION 'There is no build "%".', shown(p_build_number) USING ERRCODE = 'TV004', COLUMN = 'build_number', HINT = 'Correct the number, or leave it out.';
  END IF;
  IF sink IS NOT NULL AND NOT sees_build(sink) THEN
    RAISE EXCEPTION 'There is no build "%".', shown(p_build_number) USING ERRCODE = 'TV004', COLUMN = 'build_number', HINT = 'Correct the number, or leave it out.';
  END IF;
  IF buyer <> (SELECT o.customer_id FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = sink) THEN
    RAISE EXCEPTION 'Build % is not one of customer %.', shown(upper(btrim(p_build_number))), shown(upper(btrim(p_customer_code))) USING ERRCODE = 'TV022', HINT = 'Leave the customer out: it is that of the build.';
  END IF;
  INSERT INTO service_orders (service_order_number, customer_id, build_id, note, created_by)
  VALUES (format('SVC-%s-%s', to_char(site_today(), 'YYYY'), lpad(nextval('service_order_number_sequence')::text, 6, '0')),
          coalesce(buyer, (SELECT o.customer_id FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = sink)), sink, nullif(btrim(p_note), ''), person)
  RETURNING service_order_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION create_service_order(text, text, text) IS 'Opens a cart of service parts, for a customer or for one sink; returns its key.';

CREATE OR REPLACE FUNCTION set_service_order_item(p_service_order_id bigint, p_code text, p_quantity numeric, p_note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders := lock_service_order(p_service_order_id, '{DRAFT}');
  item record;
BEGIN
  PERFORM require_own_service_order(cart);
  SELECT * INTO item FROM require_item(p_code);
  IF p_quantity = 0 THEN
    DELETE FROM service_order_items i WHERE i.service_order_id = p_service_order_id AND (i.assembly_id = item.assembly_id OR i.part_id = item.part_id);
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM v_service_parts v WHERE v.item_code = item.item_code) THEN
    RAISE EXCEPTION '% cannot be ordered as a service part.', item.item_code USING ERRCODE = 'TV022', HINT = 'SELECT item_code, name FROM v_service_parts lists active service parts and orderable kits and parts.';
  END IF;
  IF (p_quantity >= 1 AND p_quantity < 1e9 AND p_quantity = round(p_quantity, 4)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The quantity of % is %.', item.item_code, shown(p_quantity) USING ERRCODE = 'TV022', COLUMN = 'quantity', HINT = 'Give at least 1; 0 takes the item out of the cart.';
  END IF;
  INSERT INTO service_order_items (service_order_id, assembly_id, part_id, quantity_requested, note)
  VALUES (p_service_order_id, item.assembly_id, item.part_id, p_quantity, nullif(btrim(p_note), ''))
  ON CONFLICT (service_order_id, assembly_id, part_id) DO UPDATE SET quantity_requested = excluded.quantity_requested, note = excluded.note;
END;
$$;
COMMENT ON FUNCTION set_service_order_item(bigint, text, numeric, text) IS 'Puts an item into the cart with a quantity, or takes it out with 0.';

CREATE OR REPLACE FUNCTION submit_service_order(p_service_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders := lock_service_order(p_service_order_id, '{DRAFT}');
BEGIN
  PERFORM require_own_service_order(cart);
  IF NOT EXISTS (SELECT FROM service_order_items i WHERE i.service_order_id = p_service_order_id) THEN
    RAISE EXCEPTION 'Service-part order % is empty.', cart.service_order_number USING ERRCODE = 'TV009', HINT = 'Put an item into it with set_service_order_item.';
  END IF;
  PERFORM advance_service_order(cart, 'PENDING_APPROVAL', 'service_order.submitted');
END;
$$;
COMMENT ON FUNCTION submit_service_order(bigint) IS 'Submits a cart for approval; from then on its author no longer changes it.';

CREATE OR REPLACE FUNCTION advance_service_order(p_order service_orders, p_state text, p_event_type text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM set_config('torvan.service_step', p_order.service_order_id::text, true);
  UPDATE service_orders SET state = p_state, row_version = row_version + 1,
         submitted_at = CASE WHEN p_state = 'PENDING_APPROVAL' THEN clock_timestamp() ELSE submitted_at END,
         decided_by = CASE WHEN p_state IN ('APPROVED', 'REJECTED') THEN current_user_id() ELSE decided_by END,
         decided_at = CASE WHEN p_state IN ('APPROVED', 'REJECTED') THEN clock_timestamp() ELSE decided_at END,
         decision_note = CASE WHEN p_state IN ('APPROVED', 'REJECTED') THEN p_order.decision_note ELSE decision_note END,
         ordered_by = CASE WHEN p_state = 'ORDERED' THEN current_user_id() ELSE ordered_by END,
         ordered_at = CASE WHEN p_state = 'ORDERED' THEN clock_timestamp() ELSE ordered_at END,
         received_by = CASE WHEN p_state = 'RECEIVED' THEN current_user_id() ELSE received_by END,
         received_at = CASE WHEN p_state = 'RECEIVED' THEN clock_timestamp() ELSE received_at END
   WHERE service_order_id = p_order.service_order_id;
  PERFORM set_config('torvan.service_step', '', true);
  PERFORM emit_event(p_event_type, 'service_orders', p_order.service_order_id, jsonb_strip_nulls(jsonb_build_object('service_order_number', p_order.service_order_number, 'created_by', p_order.created_by, 'reason', p_order.decision_note)));
END;
$$;
COMMENT ON FUNCTION advance_service_order(service_orders, text, text) IS 'The one place that writes the state of a service-part order, with who and when, and tells it.';

CREATE OR REPLACE FUNCTION decide_service_order(p_service_order_id bigint, p_approve boolean, p_quantities jsonb DEFAULT '{}', p_reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('service_order:approve');
  cart service_orders := lock_service_order(p_service_order_id, '{PENDING_APPROVAL}');
  wrong text;
BEGIN
  PERFORM require_other_person(person, ARRAY[cart.created_by], 'decide this service-part order');
  IF p_approve IS NULL THEN
    RAISE EXCEPTION 'Approved or rejected is not said.' USING ERRCODE = 'TV022', COLUMN = 'approve', HINT = 'Give p_approve: true to approve the order, false to reject it.';
  END IF;
  IF jsonb_typeof(p_quantities) <> 'object' THEN
    RAISE EXCEPTION 'The quantities must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'quantities', HINT = 'For example {"T2-OA-SINK-STRAINER": 1}; {} approves what was asked for.';
  END IF;
  IF NOT p_approve OR p_quantities <> '{}' THEN
    PERFORM require_reason(p_reason);
  END IF;
  SELECT string_agg(q.key, ', ' ORDER BY q.key) INTO wrong FROM jsonb_each(coalesce(p_quantities, '{}')) q
   WHERE NOT EXISTS (SELECT FROM service_order_items i LEFT JOIN assemblies a USING (assembly_id) LEFT JOIN parts p USING (part_id)
                      WHERE i.service_order_id = p_service_order_id AND coalesce(a.assembly_code, p.part_number) = q.key
                        AND CASE WHEN jsonb_typeof(q.value) = 'number' THEN (q.value #>> '{}')::numeric BETWEEN 0 AND i.quantity_requested AND (q.value #>> '{}')::numeric = round((q.value #>> '{}')::numeric, 4) END);
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'These quantities cannot be approved: %.', wrong USING ERRCODE = 'TV022', HINT = 'Name items of the order by their own codes, with 0 up to the quantity asked for: {"T2-OA-SINK-STRAINER": 1}.';
  END IF;
  UPDATE service_order_items i SET quantity_approved = CASE WHEN p_approve THEN coalesce((p_quantities ->> coalesce(
           (SELECT a.assembly_code FROM assemblies a WHERE a.assembly_id = i.assembly_id), (SELECT p.part_number FROM parts p WHERE p.part_id = i.part_id)))::numeric, i.quantity_requested) ELSE 0 END
   WHERE i.service_order_id = p_service_order_id;
  IF p_approve AND NOT EXISTS (SELECT FROM service_order_items i WHERE i.service_order_id = p_service_order_id AND i.quantity_approved > 0) THEN
    RAISE EXCEPTION 'Nothing of service-part order % would be approved.', cart.service_order_number USING ERRCODE = 'TV022', HINT = 'Approve something, or reject the order.';
  END IF;
  cart.decision_note := nullif(btrim(p_reason), '');
  PERFORM advance_service_order(cart, CASE WHEN p_approve THEN 'APPROVED' ELSE 'REJECTED' END, CASE WHEN p_approve THEN 'service_order.approved' ELSE 'service_order.rejected' END);
END;
$$;
COMMENT ON FUNCTION decide_service_order(bigint, boolean, jsonb, text) IS 'Approves (also smaller quantities, with a reason) or rejects a submitted service-part order, by someone other than its author.';

CREATE OR REPLACE FUNCTION ship_service_order(p_service_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders := lock_service_order(p_service_order_id, '{APPROVED}');
BEGIN
  PERFORM require_person('service_order:ship');
  PERFORM advance_service_order(cart, 'ORDERED', 'service_order.ordered');
END;
$$;
COMMENT ON FUNCTION ship_service_order(bigint) IS 'Notes that the parts of an approved order are ordered or on their way.';

CREATE OR REPLACE FUNCTION receive_service_order(p_service_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders := lock_service_order(p_service_order_id, '{ORDERED}');
BEGIN
  PERFORM require_person('service_order:receive');
  PERFORM advance_service_order(cart, 'RECEIVED', 'service_order.received');
END;
$$;
COMMENT ON FUNCTION receive_service_order(bigint) IS 'Customer Service confirms that the parts are there.';

CREATE OR REPLACE FUNCTION cancel_service_order(p_service_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders := lock_service_order(p_service_order_id, '{DRAFT,PENDING_APPROVAL}');
BEGIN
  PERFORM require_own_service_order(cart);
  PERFORM advance_service_order(cart, 'CANCELLED', 'service_order.cancelled');
END;
$$;
COMMENT ON FUNCTION cancel_service_order(bigint) IS 'Its author withdraws a service-part order that is not yet decided.';
