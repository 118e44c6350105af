-- Orders: making them, what they may do next, and doing it.
--
-- Lock order: an order's row first, then its builds in build_id order, then BOMs. Batch work sorts orders by order_id.

CREATE OR REPLACE FUNCTION require_reason(p_reason text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF length(btrim(coalesce(p_reason, ''))) < 3 THEN
    RAISE EXCEPTION 'A reason is needed for this step.' USING ERRCODE = 'TV022', HINT = 'Say why, in at least three characters.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_reason(text) IS 'Raises TV022 unless a reason of at least three characters is given.';

CREATE OR REPLACE FUNCTION require_order(p_order_id bigint) RETURNS orders
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found orders;
BEGIN
  SELECT * INTO found FROM orders WHERE order_id = p_order_id;
  IF found.order_id IS NULL THEN
    RAISE EXCEPTION 'There is no order %.', p_order_id USING ERRCODE = 'TV004', HINT = 'SELECT order_id, order_number, phase FROM orders lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_order(bigint) IS 'An order by its key, or an error.';

CREATE OR REPLACE FUNCTION lock_order(p_order_id bigint, p_expected_version integer) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found orders;
BEGIN
  PERFORM require_order(p_order_id);
  SELECT * INTO found FROM orders WHERE order_id = p_order_id FOR NO KEY UPDATE;
  IF p_expected_version IS NOT NULL AND p_expected_version <> found.row_version THEN
    RAISE EXCEPTION 'Order % was changed meanwhile: it is at version %, you saw %.', found.order_number, found.row_version, p_expected_version
      USING ERRCODE = 'TV012', HINT = format('It is now in phase %s, %s. Look at it again, then decide.', found.phase, found.state);
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_order(bigint, integer) IS 'Locks an order; raises TV012 if it is no longer at the version the caller saw.';

CREATE OR REPLACE FUNCTION open_order(p_order_id bigint) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_config('torvan.workflow_step', p_order_id::text, true) $$;
COMMENT ON FUNCTION open_order(bigint) IS 'Lets the workflow''s functions write what nobody writes directly, until close_order. No proof against the owner of the database; the audit trail shows what the owner does.';

CREATE OR REPLACE FUNCTION close_order() RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_config('torvan.workflow_step', '', true) $$;
COMMENT ON FUNCTION close_order() IS 'Ends what open_order began.';

CREATE OR REPLACE FUNCTION create_customer(p_code text, p_name text, p_language text DEFAULT 'EN') RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_permission('customer:create');
  IF length(btrim(coalesce(p_name, ''))) < 3 THEN
    RAISE EXCEPTION 'The customer''s name needs at least three characters.' USING ERRCODE = 'TV022', HINT = 'Give the organisation''s full name.';
  END IF;
  IF btrim(coalesce(p_code, '')) = '' THEN
    RAISE EXCEPTION 'The customer needs a code.' USING ERRCODE = 'TV022', HINT = 'Give a short code, for example STMARY.';
  END IF;
  PERFORM require_document_language(p_language);
  INSERT INTO customers (customer_code, name, language, created_by) VALUES (upper(btrim(p_code)), btrim(p_name), upper(p_language), current_user_id())
  RETURNING customer_id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'There is a customer with the code % already.', upper(btrim(p_code)) USING ERRCODE = 'TV009', HINT = 'Use it, or choose another code.';
END;
$$;
COMMENT ON FUNCTION create_customer(text, text, text) IS 'Makes a customer and returns its key.';

CREATE OR REPLACE FUNCTION require_document_language(p_language text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF upper(coalesce(p_language, '')) NOT IN ('EN', 'FR', 'ES') THEN
    RAISE EXCEPTION 'The language is "%".', coalesce(p_language, '') USING ERRCODE = 'TV022', HINT = 'Choose EN, FR or ES.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_document_language(text) IS 'Raises TV022 unless the language is EN, FR or ES.';

CREATE OR REPLACE FUNCTION site_today() RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT (now() AT TIME ZONE coalesce(site_setting('time_zone') #>> '{}', 'UTC'))::date $$;
COMMENT ON FUNCTION site_today() IS 'Today''s date at the plant.';

CREATE OR REPLACE FUNCTION require_want_date(p_want_date date) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_want_date <= site_today() OR NOT isfinite(p_want_date) THEN
    RAISE EXCEPTION 'The want date % is not in the future.', p_want_date USING ERRCODE = 'TV022', HINT = 'Give a date after today.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_want_date(date) IS 'Raises TV022 unless the date, where one is given, lies after today at the plant.';

CREATE OR REPLACE FUNCTION require_form(p_po_number text, p_project_name text, p_sales_person text, p_quantity integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  short text := (SELECT string_agg(f.name, ', ') FROM (VALUES ('PO number', p_po_number), ('project name', p_project_name), ('sales person', p_sales_person)) AS f (name, value)
                  WHERE btrim(f.value) <> '' AND length(btrim(f.value)) < 3);
BEGIN
  IF short IS NOT NULL THEN
    RAISE EXCEPTION 'Too short: %; at least three characters are needed.', short USING ERRCODE = 'TV022', HINT = 'Write it out, or leave it empty for now.';
  END IF;
  IF p_quantity < 1 THEN
    RAISE EXCEPTION 'The quantity is %; at least 1 is needed.', p_quantity USING ERRCODE = 'TV022', HINT = 'Give the number of sinks.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_form(text, text, text, integer) IS 'Raises TV022 naming the fields of the order form that are too short (product.md section 2).';

CREATE OR REPLACE FUNCTION create_order(
  p_customer_code text, p_po_number text, p_sales_person text, p_want_date date, p_language text DEFAULT 'EN',
  p_build_numbers text[] DEFAULT '{}', p_project_name text DEFAULT NULL, p_notes text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  buyer customers;
  made orders;
  number text;
BEGIN
  PERFORM require_permission('order:create');
  PERFORM require_document_language(p_language), require_form(p_po_number, p_project_name, p_sales_person, NULL), require_want_date(p_want_date);
  SELECT * INTO buyer FROM customers WHERE customer_code = upper(btrim(p_customer_code));
  IF buyer.customer_id IS NULL THEN
    RAISE EXCEPTION 'There is no customer "%".', p_customer_code USING ERRCODE = 'TV004', HINT = 'Make the customer first, or correct the code.';
  END IF;
  IF EXISTS (SELECT FROM orders o WHERE o.customer_id = buyer.customer_id AND upper(btrim(o.po_number)) = upper(btrim(p_po_number)) AND o.state <> 'CANCELLED') THEN
    RAISE EXCEPTION 'Customer % has an order with the PO number % already.', buyer.customer_code, p_po_number USING ERRCODE = 'TV009', HINT = 'Add sinks to that order, or correct the number.';
  END IF;
  INSERT INTO orders (order_number, customer_id, po_number, project_name, sales_person, sales_person_id, want_date, language, notes, quantity, created_by)
  VALUES (generate_order_number(), buyer.customer_id, nullif(btrim(p_po_number), ''), nullif(btrim(p_project_name), ''), nullif(btrim(p_sales_person), ''),
          (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_sales_person))), p_want_date, upper(p_language), p_notes,
          nullif(cardinality(p_build_numbers), 0), current_user_id())
  RETURNING * INTO made;
  INSERT INTO order_status_history (order_id, action, to_phase, to_state, changed_by, changed_by_name, row_version)
  VALUES (made.order_id, 'CREATE', made.phase, made.state, current_user_id(), current_actor(), made.row_version);
  INSERT INTO order_metrics (order_id, phase, entered_at) VALUES (made.order_id, made.phase, made.created_at);
  FOREACH number IN ARRAY coalesce(p_build_numbers, '{}') LOOP
    PERFORM insert_build(made, number);
  END LOOP;
  PERFORM emit_event('order.created', 'orders', made.order_id, jsonb_build_object('order_number', made.order_number));
  RETURN made.order_id;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'Customer % has an order with the PO number % already.', p_customer_code, p_po_number USING ERRCODE = 'TV009', HINT = 'Add sinks to that order, or correct the number.';
END;
$$;
COMMENT ON FUNCTION create_order(text, text, text, date, text, text[], text, text) IS
  'Makes an order in DRAFT with its builds and returns its key. The sales person is a login or a name.';

CREATE OR REPLACE FUNCTION update_order(p_order_id bigint, p_changes jsonb, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  before orders := lock_order(p_order_id, p_expected_version);
  wanted orders;
  unknown text;
BEGIN
  PERFORM require_permission(CASE WHEN before.phase IN ('DRAFT', 'CONFIGURATION') THEN 'order:update' ELSE 'order:update_approved' END);
  PERFORM require_active(before);
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The changes must be a JSON object.' USING ERRCODE = 'TV022', HINT = 'For example {"want_date": "2027-01-31"}.';
  END IF;
  SELECT string_agg(k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(p_changes) k
   WHERE k NOT IN ('po_number', 'project_name', 'sales_person', 'want_date', 'language', 'quantity', 'notes');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'These fields of an order cannot be changed here: %.', unknown
      USING ERRCODE = 'TV022', HINT = 'Change po_number, project_name, sales_person, want_date, language, quantity or notes.';
  END IF;
  IF before.phase NOT IN ('DRAFT', 'CONFIGURATION') AND p_changes ?| ARRAY['language', 'quantity'] THEN
    RAISE EXCEPTION 'Language and quantity of order % are fixed since its submission.', before.order_number
      USING ERRCODE = 'TV009', HINT = 'Return the order to CONFIGURATION first, with a reason.';
  END IF;
  wanted := jsonb_populate_record(before, p_changes);
  PERFORM require_document_language(wanted.language), require_form(wanted.po_number, wanted.project_name, wanted.sales_person, wanted.quantity);
  IF p_changes ? 'want_date' THEN
    PERFORM require_want_date(wanted.want_date);
  END IF;
  UPDATE orders SET po_number = nullif(btrim(wanted.po_number), ''), project_name = nullif(btrim(wanted.project_name), ''), sales_person = nullif(btrim(wanted.sales_person), ''),
         sales_person_id = (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(wanted.sales_person))), want_date = wanted.want_date,
         language = upper(wanted.language), quantity = wanted.quantity, notes = wanted.notes
   WHERE order_id = p_order_id;
  RETURN note_order_change(before, 'changed: ' || (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(p_changes) k));
EXCEPTION
  WHEN invalid_datetime_format OR datetime_field_overflow OR invalid_text_representation OR numeric_value_out_of_range THEN
    RAISE EXCEPTION 'A value among % cannot be read.', p_changes USING ERRCODE = 'TV022', HINT = 'A date is written YYYY-MM-DD, the quantity is a whole number.';
  WHEN unique_violation THEN
    RAISE EXCEPTION 'The customer has an order with this PO number already.' USING ERRCODE = 'TV009', HINT = 'Correct the number.';
END;
$$;
COMMENT ON FUNCTION update_order(bigint, jsonb, integer) IS
  'Changes fields of the order form: {"want_date": "2027-01-31", "quantity": 2}. Language and quantity are fixed once the order is submitted.';

CREATE OR REPLACE FUNCTION insert_build(p_order orders, p_build_number text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item bigint;
  made bigint;
BEGIN
  IF upper(btrim(coalesce(p_build_number, ''))) !~ '^[A-Z0-9][A-Z0-9._/-]*$' THEN
    RAISE EXCEPTION 'The build number "%" is not right.', coalesce(p_build_number, '') USING ERRCODE = 'TV022', HINT = 'Use letters, digits and . _ / -, beginning with a letter or digit.';
  END IF;
  INSERT INTO order_items (order_id, position, family_code, quantity)
  SELECT p_order.order_id, coalesce(max(i.position), 0) + 1, p_order.family_code, 1 FROM order_items i WHERE i.order_id = p_order.order_id
  RETURNING order_item_id INTO item;
  INSERT INTO builds (order_id, order_item_id, build_number, phase) VALUES (p_order.order_id, item, upper(btrim(p_build_number)), p_order.phase) RETURNING build_id INTO made;
  INSERT INTO build_status_history (build_id, to_phase, changed_by, row_version) VALUES (made, p_order.phase, current_user_id(), 1);
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The build number % is taken.', upper(btrim(p_build_number)) USING ERRCODE = 'TV009', HINT = 'Build numbers are unique over all orders and never used again: choose another.';
END;
$$;
COMMENT ON FUNCTION insert_build(orders, text) IS 'Writes a build with its order line and history.';

CREATE OR REPLACE FUNCTION add_build(p_order_id bigint, p_build_number text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holder orders := lock_order(p_order_id, NULL);
  made bigint;
BEGIN
  PERFORM require_permission('order:update');
  IF holder.phase NOT IN ('DRAFT', 'CONFIGURATION') OR holder.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Order % takes no more builds: it is %.', holder.order_number, lower(CASE holder.state WHEN 'ACTIVE' THEN 'in phase ' || holder.phase ELSE holder.state END)
      USING ERRCODE = 'TV009', HINT = 'Builds are fixed once the order is submitted; return it to CONFIGURATION first.';
  END IF;
  made := insert_build(holder, p_build_number);
  UPDATE orders o SET quantity = greatest(o.quantity, (SELECT count(*) FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE')) WHERE o.order_id = p_order_id;
  PERFORM note_order_change(holder, 'build added: ' || upper(btrim(p_build_number)));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION add_build(bigint, text) IS 'Adds one sink with its build number to an order that is not yet submitted.';

CREATE OR REPLACE FUNCTION note_order_change(p_order orders, p_what text) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN apply_order_step(p_order, 'CHANGE', p_order.phase, p_order.state, p_what);
END;
$$;
COMMENT ON FUNCTION note_order_change(orders, text) IS 'Counts a change of the form, the builds or the shipment as a version of the order, with its history row.';

CREATE OR REPLACE FUNCTION run_guard(p_guard text, p_order_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  result guard_result;
BEGIN
  IF to_regprocedure(format('public.%I(bigint)', 'guard_' || p_guard)) IS NULL THEN
    RETURN ROW(true, 'not checked yet: ' || (SELECT g.title FROM workflow_guards g WHERE g.guard_code = p_guard), NULL)::guard_result;
  END IF;
  EXECUTE format('SELECT (g).* FROM (SELECT public.%I($1) AS g OFFSET 0) s', 'guard_' || p_guard) INTO result USING p_order_id;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION run_guard(text, bigint) IS 'Runs guard_<p_guard> for an order. A guard whose function does not exist yet holds and says that it was not checked.';

CREATE OR REPLACE FUNCTION order_next_actions(p_order_id bigint)
RETURNS TABLE (action text, to_phase text, title text, permission text, is_allowed boolean, is_ready boolean, blockers jsonb, unchecked text[])
LANGUAGE plpgsql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := require_order(p_order_id);
BEGIN
  RETURN QUERY
    SELECT r.action, r.to_phase, r.title, r.permission, has_permission(r.permission), current.state = 'ACTIVE' AND cardinality(b.list) = 0,
           CASE WHEN current.state <> 'ACTIVE' THEN jsonb_build_array(jsonb_build_object('guard', 'order_active', 'message', 'the order is ' || lower(replace(current.state, '_', ' ')), 'link', 'order')) ELSE '[]' END || to_jsonb(b.list),
           array(SELECT g.title FROM unnest(r.guards) WITH ORDINALITY AS asked (code, n) JOIN workflow_guards g ON g.guard_code = asked.code
                  WHERE to_regprocedure(format('public.%I(bigint)', 'guard_' || asked.code)) IS NULL ORDER BY asked.n)
      FROM order_workflow_rules r
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(jsonb_strip_nulls(jsonb_build_object('guard', g.code, 'message', o.message, 'link', o.link)) ORDER BY g.n), '{}') AS list
          FROM unnest(r.guards) WITH ORDINALITY AS g (code, n)
          CROSS JOIN LATERAL run_guard(g.code, p_order_id) o
         WHERE NOT o.ok) b
     WHERE r.from_phase = current.phase AND r.is_active
     ORDER BY r.action, phase_position(r.to_phase) DESC;
END;
$$;
COMMENT ON FUNCTION order_next_actions(bigint) IS 'The steps an order may take from where it is, whether the acting user may take them, what still blocks each, in words, and which guards are declared but cannot be checked yet.';

CREATE OR REPLACE FUNCTION transition_order(p_order_id bigint, p_to_phase text, p_reason text DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
  rule order_workflow_rules;
  person bigint;
  failed text[];
  step text;
BEGIN
  PERFORM require_active(current);
  SELECT * INTO rule FROM order_workflow_rules r WHERE r.from_phase = current.phase AND r.to_phase = upper(btrim(p_to_phase)) AND r.is_active;
  IF rule.order_workflow_rule_id IS NULL THEN
    RAISE EXCEPTION 'Order % cannot go from % to %.', current.order_number, current.phase, coalesce(p_to_phase, 'nothing')
      USING ERRCODE = 'TV009', HINT = coalesce('Possible from here: ' || (SELECT string_agg(r.to_phase, ', ' ORDER BY phase_position(r.to_phase)) FROM order_workflow_rules r WHERE r.from_phase = current.phase AND r.is_active) || '. No phase can be skipped.', 'This is the last phase.');
  END IF;
  person := require_person(rule.permission);
  IF rule.requires_reason THEN
    PERFORM require_reason(p_reason);
  END IF;
  PERFORM require_other_person(person, array_remove(ARRAY[CASE rule.separate_from WHEN 'SUBMITTER' THEN current.submitted_by WHEN 'CREATOR' THEN current.created_by END], NULL), 'take this step');
  SELECT array_agg(format('%s: %s', g.code, o.message) ORDER BY g.n) INTO failed
    FROM unnest(rule.guards) WITH ORDINALITY AS g (code, n) CROSS JOIN LATERAL run_guard(g.code, p_order_id) o WHERE NOT o.ok;
  IF failed IS NOT NULL THEN
    RAISE EXCEPTION 'Order % cannot go to %: %.', current.order_number, rule.to_phase, array_to_string(failed, '; ')
      USING ERRCODE = 'TV024', HINT = 'order_next_actions(order_id) lists each open point with where to mend it.';
  END IF;
  current := apply_order_step(current, rule.action, rule.to_phase, 'ACTIVE', p_reason);
  FOREACH step IN ARRAY rule.automatic_actions LOOP
    EXECUTE format('SELECT public.%I($1)', 'action_' || step) USING p_order_id;
  END LOOP;
  SELECT * INTO current FROM orders WHERE order_id = p_order_id;
  RETURN current;
END;
$$;
COMMENT ON FUNCTION transition_order(bigint, text, text, integer) IS
  'Moves an order with all its builds one step along the workflow (or back), if rule, permission, separation of duties and every guard allow it; writes history, metrics and outbox in the same transaction. '
  'p_expected_version: the row_version the caller saw.';

CREATE OR REPLACE FUNCTION require_active(p_order orders) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_order.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Order % is %.', p_order.order_number, lower(replace(p_order.state, '_', ' '))
      USING ERRCODE = 'TV009', HINT = CASE p_order.state WHEN 'ON_HOLD' THEN 'Resume it first: ' || coalesce(p_order.state_reason, '') ELSE 'A cancelled order stays cancelled.' END;
  END IF;
END;
$$;
COMMENT ON FUNCTION require_active(orders) IS 'Raises TV009 for an order on hold or cancelled.';

CREATE OR REPLACE FUNCTION apply_order_step(p_order orders, p_action text, p_phase text, p_state text, p_reason text) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  changed orders;
BEGIN
  PERFORM open_order(p_order.order_id);
  UPDATE orders SET phase = p_phase, state = p_state, row_version = row_version + 1,
         phase_entered_at = CASE WHEN p_phase = phase THEN phase_entered_at ELSE now_at END,
         state_changed_at = CASE WHEN p_state = state THEN state_changed_at ELSE now_at END,
         state_reason = CASE WHEN p_state = 'ACTIVE' THEN NULL WHEN p_state = state THEN state_reason ELSE p_reason END,
         hold_kind = CASE WHEN p_state = 'ON_HOLD' THEN hold_kind END,
         held_by = CASE WHEN p_state = 'ON_HOLD' THEN held_by END
   WHERE order_id = p_order.order_id
  RETURNING * INTO changed;
  INSERT INTO order_status_history (order_id, action, from_phase, to_phase, from_state, to_state, reason, changed_by, changed_by_name, row_version, time_in_phase)
  VALUES (p_order.order_id, p_action, p_order.phase, p_phase, p_order.state, p_state, nullif(btrim(p_reason), ''), current_user_id(), current_actor(), changed.row_version,
          CASE WHEN p_phase <> p_order.phase THEN now_at - p_order.phase_entered_at END);
  PERFORM note_order_metrics(p_order, p_phase, p_state, now_at);
  IF p_phase <> p_order.phase THEN
    WITH moved AS (
      UPDATE builds SET phase = p_phase, sub_state = NULL, row_version = row_version + 1
       WHERE order_id = p_order.order_id AND state = 'ACTIVE' RETURNING build_id, row_version)
    INSERT INTO build_status_history (build_id, from_phase, to_phase, reason, changed_by, row_version)
    SELECT m.build_id, p_order.phase, p_phase, nullif(btrim(p_reason), ''), current_user_id(), m.row_version FROM moved m ORDER BY m.build_id;
  END IF;
  PERFORM close_order();
  PERFORM emit_event('order.' || lower(p_action), 'orders', p_order.order_id, jsonb_strip_nulls(jsonb_build_object(
    'order_number', p_order.order_number, 'from_phase', p_order.phase, 'to_phase', p_phase, 'from_state', p_order.state, 'to_state', p_state,
    'reason', p_reason, 'row_version', changed.row_version)));
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION apply_order_step(orders, text, text, text, text) IS 'The one place that writes phase and state of an order: row, history, metrics, builds and outbox together.';

CREATE OR REPLACE FUNCTION note_order_metrics(p_before orders, p_phase text, p_state text, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE order_metrics m
     SET hours_on_hold = m.hours_on_hold + CASE WHEN m.hold_started_at IS NOT NULL AND p_state <> 'ON_HOLD' THEN extract(epoch FROM p_at - m.hold_started_at) / 3600 ELSE 0 END,
         hold_started_at = CASE WHEN p_state = 'ON_HOLD' THEN coalesce(m.hold_started_at, p_at) END,
         hours_in_phase = m.hours_in_phase + CASE WHEN p_phase <> p_before.phase OR p_state = 'CANCELLED' THEN extract(epoch FROM p_at - m.entered_at) / 3600 ELSE 0 END,
         left_at = CASE WHEN p_phase <> p_before.phase OR p_state = 'CANCELLED' THEN p_at END
   WHERE m.order_id = p_before.order_id AND m.phase = p_before.phase;
  IF p_phase <> p_before.phase THEN
    INSERT INTO order_metrics (order_id, phase, entered_at) VALUES (p_before.order_id, p_phase, p_at)
    ON CONFLICT (order_id, phase) DO UPDATE SET visits = order_metrics.visits + 1, entered_at = p_at, left_at = NULL;
  END IF;
END;
$$;
COMMENT ON FUNCTION note_order_metrics(orders, text, text, timestamptz) IS 'Keeps order_metrics: the time in each phase, and how much of it on hold.';

CREATE OR REPLACE FUNCTION hold_order(p_order_id bigint, p_kind text, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
  person bigint := require_person('order:hold');
BEGIN
  PERFORM require_active(current);
  PERFORM require_reason(p_reason);
  IF current.phase IN ('DRAFT', 'DELIVERED') THEN
    RAISE EXCEPTION 'An order in phase % is not put on hold.', current.phase USING ERRCODE = 'TV009', HINT = 'Hold is for CONFIGURATION to SHIPPING.';
  END IF;
  IF upper(coalesce(p_kind, '')) NOT IN ('GENERAL', 'QUALITY', 'PARTS') THEN
    RAISE EXCEPTION 'The kind of hold is "%".', coalesce(p_kind, '') USING ERRCODE = 'TV022', HINT = 'Choose GENERAL, QUALITY or PARTS.';
  END IF;
  UPDATE orders SET hold_kind = upper(p_kind), held_by = person WHERE order_id = p_order_id;
  RETURN apply_order_step(current, 'HOLD', current.phase, 'ON_HOLD', p_reason);
END;
$$;
COMMENT ON FUNCTION hold_order(bigint, text, text, integer) IS 'Puts an order on hold (GENERAL, QUALITY or PARTS) with a reason; it keeps its phase and goes no further until it is resumed.';

CREATE OR REPLACE FUNCTION resume_order(p_order_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
BEGIN
  IF current.state <> 'ON_HOLD' THEN
    RAISE EXCEPTION 'Order % is not on hold.', current.order_number USING ERRCODE = 'TV009', HINT = 'There is nothing to resume.';
  END IF;
  PERFORM require_reason(p_reason);
  PERFORM require_person(CASE WHEN current.hold_kind = 'QUALITY' AND current.held_by = current_user_id() THEN 'order:resume_quality' ELSE 'order:resume' END);
  RETURN apply_order_step(current, 'RESUME', current.phase, 'ACTIVE', p_reason);
END;
$$;
COMMENT ON FUNCTION resume_order(bigint, text, integer) IS 'Ends a hold with a reason; a QC Inspector only the quality hold that they set.';

CREATE OR REPLACE FUNCTION cancel_order(p_order_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
BEGIN
  IF current.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Order % is cancelled already.', current.order_number USING ERRCODE = 'TV009', HINT = 'Its history says by whom and why.';
  END IF;
  IF current.phase = 'DELIVERED' OR current.dispatched_on IS NOT NULL THEN
    RAISE EXCEPTION 'Order % is dispatched and cannot be cancelled.', current.order_number USING ERRCODE = 'TV009', HINT = 'Use a return.';
  END IF;
  PERFORM require_person(CASE WHEN current.phase IN ('DRAFT', 'CONFIGURATION') THEN 'order:cancel_draft' ELSE 'order:cancel' END);
  PERFORM require_reason(p_reason);
  PERFORM drop_builds(array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id), p_reason);
  RETURN apply_order_step(current, 'CANCEL', current.phase, 'CANCELLED', p_reason);
END;
$$;
COMMENT ON FUNCTION cancel_order(bigint, text, integer) IS 'Cancels an order that is not dispatched; numbers and history stay, build numbers are never used again.';

CREATE OR REPLACE FUNCTION drop_builds(p_build_ids bigint[], p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  FOR build IN SELECT * FROM builds b WHERE b.build_id = ANY (p_build_ids) ORDER BY b.build_id LOOP
    PERFORM open_order(build.order_id);
    UPDATE builds SET state = 'CANCELLED', row_version = row_version + 1 WHERE build_id = build.build_id;
    PERFORM close_order();
    UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = build.build_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
    INSERT INTO build_status_history (build_id, from_phase, to_phase, reason, changed_by, row_version)
    VALUES (build.build_id, build.phase, build.phase, 'cancelled: ' || p_reason, current_user_id(), build.row_version + 1);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION drop_builds(bigint[], text) IS 'Cancels builds with their open BOMs and writes their history.';

CREATE OR REPLACE FUNCTION cancel_build(p_build_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  holder orders;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  IF build.build_id IS NULL THEN
    RAISE EXCEPTION 'There is no build %.', p_build_id USING ERRCODE = 'TV004', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  holder := lock_order(build.order_id, NULL);
  PERFORM require_person(CASE WHEN holder.phase IN ('DRAFT', 'CONFIGURATION') THEN 'order:cancel_draft' ELSE 'order:cancel' END);
  PERFORM require_reason(p_reason);
  PERFORM require_active(holder);
  IF holder.dispatched_on IS NOT NULL THEN
    RAISE EXCEPTION 'Build % is dispatched and cannot be cancelled.', build.build_number USING ERRCODE = 'TV009', HINT = 'Use a return.';
  END IF;
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  IF build.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Build % is cancelled already.', build.build_number USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  IF NOT EXISTS (SELECT FROM builds b WHERE b.order_id = build.order_id AND b.state = 'ACTIVE' AND b.build_id <> p_build_id) THEN
    RAISE EXCEPTION 'Build % is the last one of order %.', build.build_number, holder.order_number USING ERRCODE = 'TV009', HINT = 'Cancel the order.';
  END IF;
  PERFORM drop_builds(ARRAY[p_build_id], p_reason);
  UPDATE orders SET quantity = greatest(quantity - 1, 1) WHERE order_id = build.order_id;
  PERFORM note_order_change(holder, 'build cancelled: ' || build.build_number);
END;
$$;
COMMENT ON FUNCTION cancel_build(bigint, text) IS 'Takes one sink out of an order; its build number is never used again.';

CREATE OR REPLACE FUNCTION record_shipment(p_order_id bigint, p_carrier text, p_tracking_number text, p_dispatched_on date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
BEGIN
  PERFORM require_person('shipment:dispatch');
  PERFORM require_active(current);
  IF current.phase <> 'SHIPPING' THEN
    RAISE EXCEPTION 'Order % is in phase %, not SHIPPING.', current.order_number, current.phase USING ERRCODE = 'TV009', HINT = 'Finish packing first.';
  END IF;
  IF btrim(coalesce(p_carrier, '')) = '' OR btrim(coalesce(p_tracking_number, '')) = '' OR p_dispatched_on IS NULL THEN
    RAISE EXCEPTION 'Carrier, tracking number and dispatch date are all needed.' USING ERRCODE = 'TV022', HINT = 'Give all three.';
  END IF;
  PERFORM open_order(p_order_id);
  UPDATE orders SET carrier = btrim(p_carrier), tracking_number = btrim(p_tracking_number), dispatched_on = p_dispatched_on WHERE order_id = p_order_id;
  PERFORM close_order();
  PERFORM note_order_change(current, 'shipment recorded');
END;
$$;
COMMENT ON FUNCTION record_shipment(bigint, text, text, date) IS 'Records carrier, tracking number and dispatch date of an order in SHIPPING.';

CREATE OR REPLACE FUNCTION record_delivery(p_order_id bigint, p_delivered_on date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
BEGIN
  PERFORM require_person('shipment:deliver');
  IF p_delivered_on IS NULL OR current.dispatched_on IS NULL OR p_delivered_on < current.dispatched_on THEN
    RAISE EXCEPTION 'The delivery date must be the dispatch date or later.' USING ERRCODE = 'TV022', HINT = coalesce('Dispatched on ' || current.dispatched_on, 'Record the shipment first.');
  END IF;
  PERFORM open_order(p_order_id);
  UPDATE orders SET delivered_on = p_delivered_on WHERE order_id = p_order_id;
  PERFORM close_order();
  PERFORM note_order_change(current, 'delivery recorded');
END;
$$;
COMMENT ON FUNCTION record_delivery(bigint, date) IS 'Records the date of delivery.';

CREATE OR REPLACE FUNCTION review_accessories(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
  person bigint := require_person('order:update');
BEGIN
  PERFORM require_active(current);
  PERFORM open_order(p_order_id);
  UPDATE orders SET accessories_reviewed_by = person, accessories_reviewed_at = clock_timestamp() WHERE order_id = p_order_id;
  PERFORM close_order();
END;
$$;
COMMENT ON FUNCTION review_accessories(bigint) IS 'Notes that the acting user reviewed the accessories of the order with the customer''s wishes.';

CREATE OR REPLACE FUNCTION add_order_note(p_order_id bigint, p_body text, p_build_id bigint DEFAULT NULL, p_is_urgent boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_order(p_order_id), require_permission('order_note:create'), require_build_of_order(p_order_id, p_build_id);
  IF btrim(coalesce(p_body, '')) = '' THEN
    RAISE EXCEPTION 'The note is empty.' USING ERRCODE = 'TV022', HINT = 'Write something.';
  END IF;
  INSERT INTO order_notes (order_id, build_id, body, is_urgent, created_by) VALUES (p_order_id, p_build_id, p_body, coalesce(p_is_urgent, false), current_user_id())
  RETURNING order_note_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION add_order_note(bigint, text, bigint, boolean) IS 'Adds a note to an order or to one of its builds.';

CREATE OR REPLACE FUNCTION require_build_of_order(p_order_id bigint, p_build_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_build_id IS NOT NULL AND NOT EXISTS (SELECT FROM builds b WHERE b.build_id = p_build_id AND b.order_id = p_order_id) THEN
    RAISE EXCEPTION 'Build % does not belong to order %.', p_build_id, p_order_id USING ERRCODE = 'TV022', HINT = 'Name a build of this order, or none.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_build_of_order(bigint, bigint) IS 'Raises TV022 if a build is named that is not one of the order''s.';

CREATE OR REPLACE FUNCTION add_attachment(
  p_order_id bigint, p_kind text, p_file_name text, p_media_type text DEFAULT 'application/octet-stream', p_byte_size bigint DEFAULT NULL,
  p_sha256 text DEFAULT NULL, p_build_id bigint DEFAULT NULL, p_note text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  earlier order_attachments;
  made bigint;
BEGIN
  PERFORM lock_order(p_order_id, NULL), require_permission('order_attachment:create'), require_build_of_order(p_order_id, p_build_id);
  SELECT * INTO earlier FROM order_attachments a
   WHERE a.order_id = p_order_id AND a.build_id IS NOT DISTINCT FROM p_build_id AND a.attachment_kind = upper(p_kind) AND a.file_name = btrim(p_file_name)
   ORDER BY a.version DESC LIMIT 1;
  IF earlier.order_attachment_id IS NOT NULL THEN
    PERFORM require_permission('order_attachment:replace');
  END IF;
  INSERT INTO order_attachments (order_id, build_id, attachment_kind, file_name, media_type, byte_size, sha256, version, replaces_id, note, created_by)
  VALUES (p_order_id, p_build_id, upper(p_kind), btrim(p_file_name), lower(p_media_type), p_byte_size, lower(p_sha256), coalesce(earlier.version, 0) + 1, earlier.order_attachment_id, p_note, current_user_id())
  RETURNING order_attachment_id INTO made;
  RETURN made;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'The attachment is not right: kind "%", file "%".', p_kind, p_file_name
    USING ERRCODE = 'TV022', HINT = 'Kinds: PO_DOCUMENT, ORDER_CONFIRMATION, SINK_DRAWING, CUSTOM_PART_DRAWING, PHOTO, OTHER. A file name without a path; a SHA-256 of 64 hexadecimal digits.';
END;
$$;
COMMENT ON FUNCTION add_attachment(bigint, text, text, text, bigint, text, bigint, text) IS 'Records a file of an order or build; the same name and kind again is its next version, which must be approved anew.';

CREATE OR REPLACE FUNCTION approve_attachment(p_order_attachment_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('order_attachment:approve');
BEGIN
  UPDATE order_attachments SET approved_by = person, approved_at = clock_timestamp() WHERE order_attachment_id = p_order_attachment_id AND approved_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no attachment % that waits for approval.', p_order_attachment_id USING ERRCODE = 'TV004', HINT = 'SELECT * FROM order_attachments WHERE approved_at IS NULL lists them.';
  END IF;
END;
$$;
COMMENT ON FUNCTION approve_attachment(bigint) IS 'Approves a drawing or document of an order.';
