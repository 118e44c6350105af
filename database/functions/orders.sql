-- Orders: the order form and its builds.
--
-- Lock order: an order's row first, then its builds in build_id order, then BOMs. Batch work sorts orders by order_id.

CREATE OR REPLACE FUNCTION require_reason(p_reason text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF length(btrim(coalesce(p_reason, ''))) < 3 THEN
    RAISE EXCEPTION 'A reason is needed for this step.' USING ERRCODE = 'TV022', COLUMN = 'reason', HINT = 'Say why, in at least three characters.';
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
  IF found.order_id IS NULL OR NOT sees_order(p_order_id) THEN
    RAISE EXCEPTION 'There is no order %.', shown(p_order_id) USING ERRCODE = 'TV004', COLUMN = 'order_id', HINT = 'SELECT order_id, order_number, phase FROM orders lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_order(bigint) IS 'An order by its key; an error, the same one, if there is none or the acting person may not see it.';

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
    RAISE EXCEPTION 'Order % was changed meanwhile: it is at version %, you saw %.', found.order_number, found.row_version, shown(p_expected_version)
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
    RAISE EXCEPTION 'The customer''s name needs at least three characters.' USING ERRCODE = 'TV022', COLUMN = 'name', HINT = 'Give the organisation''s full name.';
  END IF;
  IF btrim(coalesce(p_code, '')) = '' THEN
    RAISE EXCEPTION 'The customer needs a code.' USING ERRCODE = 'TV022', COLUMN = 'code', HINT = 'Give a short code, for example STMARY.';
  END IF;
  PERFORM require_document_language(p_language), require_short('code', p_code, 40), require_short('name', p_name, 300);
  INSERT INTO customers (customer_code, name, language, created_by) VALUES (upper(btrim(p_code)), btrim(p_name), upper(p_language), current_user_id())
  RETURNING customer_id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'There is a customer with the code % already.', shown(upper(btrim(p_code))) USING ERRCODE = 'TV009', HINT = 'Use it, or choose another code.';
END;
$$;
COMMENT ON FUNCTION create_customer(text, text, text) IS 'Makes a customer and returns its key.';

CREATE OR REPLACE FUNCTION require_document_language(p_language text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF upper(coalesce(p_language, '')) NOT IN ('EN', 'FR', 'ES') THEN
    RAISE EXCEPTION 'The language is "%".', shown(p_language) USING ERRCODE = 'TV022', COLUMN = 'language', HINT = 'Choose EN, FR or ES.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_document_language(text) IS 'Raises TV022 unless the language is EN, FR or ES.';

CREATE OR REPLACE FUNCTION site_time_zone() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(site_setting('time_zone') #>> '{}', 'UTC') $$;
COMMENT ON FUNCTION site_time_zone() IS 'Time zone of the plant.';

CREATE OR REPLACE FUNCTION site_today() RETURNS date
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT (now() AT TIME ZONE site_time_zone())::date $$;
COMMENT ON FUNCTION site_today() IS 'Today''s date at the plant.';

CREATE OR REPLACE FUNCTION time_zones() RETURNS SETOF text
LANGUAGE sql STABLE ROWS 450
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT z.name FROM pg_timezone_names z
   WHERE z.name = 'UTC' OR z.name ~ '^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/'
   ORDER BY z.name
$$;
COMMENT ON FUNCTION time_zones() IS 'Time zones that the plant can be in, by region and city.';

CREATE OR REPLACE FUNCTION plant_time(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT to_char(p_at AT TIME ZONE site_time_zone(), 'YYYY-MM-DD"T"HH24:MI') $$;
COMMENT ON FUNCTION plant_time(timestamptz) IS 'An instant as the clocks of the plant show it, to the minute, in the form of a field for date and time.';

CREATE OR REPLACE FUNCTION plant_instant(p_time text) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  zone constant text := site_time_zone();
  shown_there timestamp;
  instant timestamptz;
BEGIN
  IF p_time !~ '^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$' THEN
    RAISE EXCEPTION '"%" is no date and time.', shown(p_time) USING ERRCODE = 'TV022', COLUMN = 'time', HINT = 'Write it as 2026-12-31T08:00.';
  END IF;
  shown_there := p_time::timestamp;
  instant := shown_there AT TIME ZONE zone;
  IF instant AT TIME ZONE zone <> shown_there THEN
    RAISE EXCEPTION 'The clocks in % never show %: they are put forward past it.', zone, replace(p_time, 'T', ' ')
      USING ERRCODE = 'TV022', COLUMN = 'time', HINT = 'Choose a time before or after that hour.';
  END IF;
  RETURN instant;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  RAISE EXCEPTION '"%" is no date and time.', shown(p_time) USING ERRCODE = 'TV022', COLUMN = 'time', HINT = 'The calendar has no such day or hour.';
END;
$$;
COMMENT ON FUNCTION plant_instant(text) IS
  'The instant at which the clocks of the plant show a date and time (YYYY-MM-DDThh:mm). A time that they show twice is taken as the later one; one that they never show is refused.';

CREATE OR REPLACE FUNCTION require_want_date(p_want_date date) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT isfinite(p_want_date) OR p_want_date > '2999-12-31' THEN
    RAISE EXCEPTION 'The want date % is no day of delivery.', shown(p_want_date) USING ERRCODE = 'TV022', COLUMN = 'want_date', HINT = 'Give a date after today, up to 2999-12-31.';
  ELSIF p_want_date <= site_today() THEN
    RAISE EXCEPTION 'The want date % is not in the future.', shown(p_want_date) USING ERRCODE = 'TV022', COLUMN = 'want_date', HINT = 'Give a date after today.';
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
    RAISE EXCEPTION 'Too short: %; at least three characters are needed.', short USING ERRCODE = 'TV022', COLUMN = replace(lower(short), ' ', '_'), HINT = 'Write it out, or leave it empty for now.';
  END IF;
  PERFORM require_short('PO number', p_po_number, 100), require_short('project name', p_project_name, 300), require_short('sales person', p_sales_person, 200);
  IF p_quantity < 1 THEN
    RAISE EXCEPTION 'The quantity is %; at least 1 is needed.', shown(p_quantity) USING ERRCODE = 'TV022', COLUMN = 'quantity', HINT = 'Give the number of sinks.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_form(text, text, text, integer) IS 'Raises TV022 naming the fields of the order form that are too short (product.md section 2).';

CREATE OR REPLACE FUNCTION customer_named(p_customer_code text) RETURNS customers
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found customers;
BEGIN
  SELECT * INTO found FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code));
  IF found.customer_id IS NULL THEN
    RAISE EXCEPTION 'There is no customer "%".', shown(p_customer_code) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'Make the customer first, or correct the code.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION customer_named(text) IS 'The customer with this code; raises TV004 if there is none.';

CREATE OR REPLACE FUNCTION order_form_faults(p_customer_code text, p_po_number text, p_sales_person text, p_want_date date DEFAULT NULL, p_project_name text DEFAULT NULL)
RETURNS TABLE (field text, message text, hint text)
LANGUAGE plpgsql STABLE ROWS 2
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('order:create');
  FOREACH field IN ARRAY '{customer_code,po_number,sales_person,want_date,project_name}'::text[] LOOP
    BEGIN
      CASE field
        WHEN 'customer_code' THEN PERFORM customer_named(p_customer_code) WHERE btrim(p_customer_code) <> '';
        WHEN 'po_number' THEN PERFORM require_form(p_po_number, NULL, NULL, NULL);
        WHEN 'sales_person' THEN PERFORM require_form(NULL, NULL, p_sales_person, NULL);
        WHEN 'want_date' THEN PERFORM require_want_date(p_want_date);
        ELSE PERFORM require_form(NULL, p_project_name, NULL, NULL);
      END CASE;
    EXCEPTION WHEN SQLSTATE 'TV004' OR SQLSTATE 'TV022' THEN
      GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
      RETURN NEXT;
    END;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION order_form_faults(text, text, text, date, text) IS
  'What create_order would refuse of each of these fields by itself, all of it at once: field, message, hint. What is left empty is not judged; whether the order is there already it says itself.';

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
  buyer := customer_named(p_customer_code);
  IF EXISTS (SELECT FROM orders o WHERE o.customer_id = buyer.customer_id AND upper(btrim(o.po_number)) = upper(btrim(p_po_number)) AND o.state <> 'CANCELLED') THEN
    RAISE EXCEPTION 'Customer % has an order with the PO number % already.', buyer.customer_code, shown(p_po_number) USING ERRCODE = 'TV009', COLUMN = 'po_number', HINT = 'Add sinks to that order, or correct the number.';
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
  RAISE EXCEPTION 'Customer % has an order with the PO number % already.', shown(p_customer_code), shown(p_po_number) USING ERRCODE = 'TV009', COLUMN = 'po_number', HINT = 'Add sinks to that order, or correct the number.';
END;
$$;
COMMENT ON FUNCTION create_order(text, text, text, date, text, text[], text, text) IS
  'Makes an order in DRAFT with its builds and returns its key. The sales person is a login or a name.';

CREATE OR REPLACE FUNCTION update_order(p_order_id bigint, p_changes jsonb, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  told text;
  before orders := lock_order(p_order_id, p_expected_version);
  wanted orders;
  unknown text;
BEGIN
  PERFORM require_permission(CASE WHEN before.phase IN ('DRAFT', 'CONFIGURATION') THEN 'order:update' ELSE 'order:update_approved' END);
  PERFORM require_active(before);
  IF before.phase = 'DELIVERED' THEN
    RAISE EXCEPTION 'Order % is delivered and stays as it is.', before.order_number USING ERRCODE = 'TV009', HINT = 'Write a note: add_order_note.';
  END IF;
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The changes must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'For example {"want_date": "2027-01-31"}.';
  END IF;
  SELECT string_agg(k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(p_changes) k
   WHERE k NOT IN ('po_number', 'project_name', 'sales_person', 'want_date', 'language', 'quantity', 'notes');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'These fields of an order cannot be changed here: %.', unknown
      USING ERRCODE = 'TV022', COLUMN = unknown, HINT = 'Change po_number, project_name, sales_person, want_date, language, quantity or notes.';
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
  -- Old and new values stand with it, each in a line, except those that may hold what is personal: a name, free text.
  told := (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(p_changes) k)
    || coalesce((SELECT string_agg(format(E'\n%s: %s → %s', k, coalesce(regexp_replace(b ->> k, '\s+', ' ', 'g'), '–'), coalesce(regexp_replace(w ->> k, '\s+', ' ', 'g'), '–')), '' ORDER BY k)
                   FROM jsonb_object_keys(p_changes) k, to_jsonb(before) b, to_jsonb(wanted) w
                  WHERE k IN ('po_number', 'project_name', 'want_date', 'language', 'quantity') AND b ->> k IS DISTINCT FROM w ->> k), '');
  RETURN note_order_change(before, 'changed: ' || told);
EXCEPTION
  WHEN invalid_datetime_format OR datetime_field_overflow OR invalid_text_representation OR numeric_value_out_of_range THEN
    RAISE EXCEPTION 'A value among % cannot be read.', shown(p_changes) USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'A date is written YYYY-MM-DD, the quantity is a whole number.';
  WHEN unique_violation THEN
    RAISE EXCEPTION 'The customer has an order with this PO number already.' USING ERRCODE = 'TV009', COLUMN = 'po_number', HINT = 'Correct the number.';
END;
$$;
COMMENT ON FUNCTION update_order(bigint, jsonb, integer) IS
  'Changes fields of the order form: {"want_date": "2027-01-31", "quantity": 2}. Language and quantity are fixed once the order is submitted.';

CREATE OR REPLACE FUNCTION require_build_number(p_build_number text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF upper(btrim(coalesce(p_build_number, ''))) !~ '^[A-Z0-9][A-Z0-9._/-]*$' THEN
    RAISE EXCEPTION 'The build number "%" is not right.', shown(p_build_number) USING ERRCODE = 'TV022', COLUMN = 'build_number', HINT = 'Use letters, digits and . _ / -, beginning with a letter or digit.';
  END IF;
  PERFORM require_short('build number', p_build_number, 60);
  RETURN upper(btrim(p_build_number));
END;
$$;
COMMENT ON FUNCTION require_build_number(text) IS 'A build number as it is kept; raises TV022 for one that cannot be.';

CREATE OR REPLACE FUNCTION insert_build(p_order orders, p_build_number text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  number CONSTANT text := require_build_number(p_build_number);
  item bigint;
  made bigint;
BEGIN
  INSERT INTO order_items (order_id, position, family_code, quantity)
  SELECT p_order.order_id, coalesce(max(i.position), 0) + 1, p_order.family_code, 1 FROM order_items i WHERE i.order_id = p_order.order_id
  RETURNING order_item_id INTO item;
  INSERT INTO builds (order_id, order_item_id, build_number, phase) VALUES (p_order.order_id, item, number, p_order.phase) RETURNING build_id INTO made;
  INSERT INTO build_status_history (build_id, to_phase, changed_by, row_version) VALUES (made, p_order.phase, current_user_id(), 1);
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The build number % is taken.', number USING ERRCODE = 'TV009', COLUMN = 'build_number', HINT = 'Build numbers are unique over all orders, those of sinks that were taken out too: choose another.';
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

CREATE OR REPLACE FUNCTION require_renamable_build(p_build builds) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_build.phase NOT IN ('DRAFT', 'CONFIGURATION') THEN
    RAISE EXCEPTION 'The build number % is fixed: the build is in phase %.', p_build.build_number, p_build.phase
      USING ERRCODE = 'TV009', HINT = 'Build numbers are fixed once the order is submitted; return it to CONFIGURATION first.';
  END IF;
  IF EXISTS (SELECT FROM boms m JOIN signatures s ON s.record_type = 'boms' AND s.record_id = m.bom_id WHERE m.build_id = p_build.build_id) THEN
    RAISE EXCEPTION 'The build number % is fixed: a BOM was signed under it.', p_build.build_number
      USING ERRCODE = 'TV009', HINT = 'Take the build out of the order, and add it under the right number.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_renamable_build(builds) IS 'Raises TV009 for a build whose number is fixed: its order was submitted, or a BOM was signed under it.';

CREATE OR REPLACE FUNCTION build_to_rename(p_build_id bigint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  PERFORM require_permission('order:update'), require_visible_build(p_build_id);
  build := require_build(p_build_id);
  PERFORM require_live_build(build), require_renamable_build(build);
  RETURN build.build_number;
END;
$$;
COMMENT ON FUNCTION build_to_rename(bigint) IS 'The number of a build that can be corrected now (rename_build); raises what would keep it from that, before anybody types another.';

CREATE OR REPLACE FUNCTION rename_build(p_build_id bigint, p_build_number text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id, p_expected_version);
  number text;
BEGIN
  PERFORM require_permission('order:update');
  number := require_build_number(p_build_number);
  PERFORM require_renamable_build(build);
  IF number = build.build_number THEN
    RETURN;
  END IF;
  PERFORM open_order(build.order_id);
  UPDATE builds SET build_number = number, row_version = row_version + 1 WHERE build_id = p_build_id;
  PERFORM close_order();
  PERFORM note_order_change(require_order(build.order_id), format('build number corrected: %s to %s', build.build_number, number));
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The build number % is taken.', number USING ERRCODE = 'TV009', COLUMN = 'build_number', HINT = 'Build numbers are unique over all orders, those of sinks that were taken out too: choose another.';
END;
$$;
COMMENT ON FUNCTION rename_build(bigint, text, integer) IS
  'Corrects the number of a build while its order is not submitted. A number that another build has or had, also one that was taken out, is refused; the former number is free again. p_expected_version: the row_version of the build that the caller saw.';

CREATE OR REPLACE FUNCTION note_order_change(p_order orders, p_what text) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN apply_order_step(p_order, 'CHANGE', p_order.phase, p_order.state, p_what);
END;
$$;
COMMENT ON FUNCTION note_order_change(orders, text) IS 'Counts a change of the form, the builds or the shipment as a version of the order, with its history row.';

CREATE OR REPLACE FUNCTION update_site_settings(p_values jsonb, p_before jsonb DEFAULT '{}') RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  asked record;
  present site_settings;
  changed integer := 0;
BEGIN
  PERFORM require_permission('setting:update');
  IF jsonb_typeof(p_values) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The settings are not a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'values', HINT = 'For example {"legal_name": "TORVAN Medical Systems"}.';
  END IF;
  FOR asked IN SELECT e.key, e.value FROM jsonb_each(p_values) e ORDER BY e.key LOOP
    SELECT * INTO present FROM site_settings s WHERE s.setting_code = asked.key FOR UPDATE;
    IF present.setting_code IS NULL THEN
      RAISE EXCEPTION 'There is no setting "%".', shown(left(asked.key, 100)) USING ERRCODE = 'TV004', COLUMN = 'values', HINT = 'SELECT setting_code, value, description FROM site_settings lists them.';
    ELSIF p_before -> asked.key <> present.value THEN
      RAISE EXCEPTION 'The setting % was changed meanwhile: it is % now.', asked.key, left(present.value::text, 200) USING ERRCODE = 'TV012', COLUMN = asked.key, HINT = 'Look at it again, then change it.';
    END IF;
    IF present.value <> asked.value THEN
      UPDATE site_settings SET value = asked.value WHERE setting_code = asked.key;
      changed := changed + 1;
    END IF;
  END LOOP;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION update_site_settings(jsonb, jsonb) IS 'Changes settings of the plant, all or none: {"code": value}. p_before: the values that were seen; one that was changed meanwhile is refused. Returns how many changed.';
