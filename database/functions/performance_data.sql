-- Test data for measurements: the steps of generate_performance_test_data() (testing/performance_tests.sql).
--
-- Rows are written past the triggers that guard people's work (an order begins as a draft, history is written by the workflow) and past
-- the audit triggers; one DIGEST row per table and run stands in the audit trail instead. Only these functions do so: they switch the
-- triggers off inside their transaction, which locks the tables against other writers, and on again before its end.
-- What is abridged: a build has at most two history rows (made, reached its phase); configuration, BOM and lines exist for 1 % of the
-- builds, so orders past CONFIGURATION would not pass the guards of their phase again; the other domains (tasks, inspections) stay empty.

CREATE OR REPLACE FUNCTION require_database_owner(p_what text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT is_database_owner() OR current_user_id() IS NOT NULL THEN
    RAISE EXCEPTION 'Only the owner of the database may %.', p_what USING ERRCODE = '42501', HINT = 'Connect as torvan_user with psql, acting for nobody.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_database_owner(text) IS 'Raises 42501 unless the owner of the database acts, for nobody else.';

CREATE OR REPLACE FUNCTION performance_tables() RETURNS TABLE (table_name text, place integer)
LANGUAGE sql IMMUTABLE ROWS 15
SET search_path = pg_catalog, public, pg_temp
AS $$
  VALUES ('users', 1), ('customers', 2), ('parts', 3), ('item_codes', 4), ('orders', 5), ('order_items', 6), ('builds', 7), ('order_status_history', 8),
         ('build_status_history', 9), ('order_metrics', 10), ('configurations', 11), ('boms', 12), ('bom_line_items', 13), ('order_summaries', 14), ('shop_builds', 15)
$$;
COMMENT ON FUNCTION performance_tables() IS 'Tables that hold test data.';

CREATE OR REPLACE FUNCTION switch_performance_triggers(p_on boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  seen record;
BEGIN
  IF NOT p_on THEN
    DROP TABLE IF EXISTS pg_temp.performance_triggers;
    CREATE TEMPORARY TABLE performance_triggers ON COMMIT DROP AS
      SELECT t.tgrelid::regclass AS holder, t.tgname FROM pg_trigger t JOIN performance_tables() p ON t.tgrelid = to_regclass('public.' || p.table_name)
       WHERE NOT t.tgisinternal AND t.tgenabled = 'O' ORDER BY p.place, t.tgname;
  END IF;
  FOR seen IN EXECUTE 'SELECT holder, tgname FROM pg_temp.performance_triggers' LOOP
    EXECUTE format('ALTER TABLE %s %s TRIGGER %I', seen.holder, CASE WHEN p_on THEN 'ENABLE' ELSE 'DISABLE' END, seen.tgname);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION switch_performance_triggers(boolean) IS 'Switches the triggers of the tables of test data off, and those again on; both within one transaction, so that an error switches them on too.';

CREATE OR REPLACE FUNCTION lift_performance_indexes(p_new_orders bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  seen record;
  lifted integer := 0;
BEGIN
  DROP TABLE IF EXISTS pg_temp.performance_lifted;
  CREATE TEMPORARY TABLE performance_lifted (place integer, statement text) ON COMMIT DROP;
  -- Worth it only if most of each table is new.
  IF p_new_orders < 50000 OR p_new_orders < (SELECT greatest(c.reltuples, 0) FROM pg_class c WHERE c.oid = 'public.orders'::regclass) THEN
    RETURN 0;
  END IF;
  FOR seen IN
    SELECT 2 AS place, format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS takes, format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) AS brings
      FROM pg_constraint k JOIN performance_tables() p ON k.conrelid = to_regclass('public.' || p.table_name) WHERE k.contype = 'f' AND p.place >= 5
    UNION ALL
    SELECT 1, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN performance_tables() p ON i.indrelid = to_regclass('public.' || p.table_name)
     WHERE p.place >= 5 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
     ORDER BY place DESC
  LOOP
    EXECUTE seen.takes;
    EXECUTE 'INSERT INTO pg_temp.performance_lifted VALUES ($1, $2)' USING seen.place, seen.brings;
    lifted := lifted + 1;
  END LOOP;
  RETURN lifted;
END;
$$;
COMMENT ON FUNCTION lift_performance_indexes(bigint) IS
  'Before much test data: takes away foreign keys and indexes of its tables, which restore_performance_indexes makes again from their definitions. Until the end of the transaction nobody else can use these tables.';

CREATE OR REPLACE FUNCTION restore_performance_indexes() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET maintenance_work_mem = '256MB'
AS $$
DECLARE
  statement text;
BEGIN
  FOR statement IN EXECUTE 'SELECT l.statement FROM pg_temp.performance_lifted l ORDER BY l.place' LOOP
    EXECUTE statement;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION restore_performance_indexes() IS 'Makes the foreign keys and indexes again; a row that breaks one ends everything.';

CREATE OR REPLACE FUNCTION make_performance_people(p_run bigint, p_customers integer, p_users integer, p_parts integer) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saints CONSTANT text[] := '{Mary,Luke,Joseph,Anne,Vincent,Elizabeth,Michael,Catherine,Francis,Paul,Thomas,Margaret,Andrew,Helen,Martin,Rita}';
  kinds CONSTANT text[] := '{General Hospital,Medical Center,University Hospital,Clinic,Health Centre,Hôpital général,Surgical Institute,Veterans Hospital}';
  places CONSTANT text[] := '{Toronto,Boston,Montréal,Ottawa,Chicago,Denver,Vancouver,Halifax,Detroit,Buffalo,Calgary,Seattle,Winnipeg,Atlanta,Québec,Dallas}';
  families CONSTANT text[] := '{Martin,Tremblay,Nguyen,Garcia,Cohen,Okafor,Novak,Larsen,Rossi,Yamada,Silva,Dubois,Schmidt,Murphy,Kowalski,Haddad}';
  things CONSTANT text[] := '{Bracket,Screw,Panel,Valve,Hose,Bearing,Gasket,Sensor,Hinge,Plate,Fitting,Clamp,Switch,Cover,Spacer,Tube}';
BEGIN
  INSERT INTO users (login, display_name, initials)
  SELECT format('perf.%s.%s', p_run, n), format('%s %s (test %s)', saints[1 + n % 16], families[1 + n / 16 % 16], n), left(saints[1 + n % 16], 1) || left(families[1 + n / 16 % 16], 1)
    FROM generate_series(1, p_users) n;
  INSERT INTO customers (customer_code, name, notes)
  SELECT format('PERF-%s-%s', p_run, n), format('Saint %s %s %s %s', saints[1 + n % 16], kinds[1 + n / 16 % 8], places[1 + n / 128 % 16], n), 'test data'
    FROM generate_series(1, p_customers) n;
  INSERT INTO parts (part_number, name, description, standard_cost, weight_kg)
  SELECT format('PERF-%s-P%s', p_run, lpad(n::text, 6, '0')), format('%s M%s x %s', things[1 + n % 16], 3 + n / 16 % 10, 5 + n / 160 % 95), 'test data', 1 + n % 500, 0.01 * (1 + n % 300)
    FROM generate_series(1, p_parts) n;
  INSERT INTO item_codes (item_code, code_kind, part_id)
  SELECT p.part_number, 'PRIMARY', p.part_id FROM parts p WHERE p.part_number >= format('PERF-%s-P', p_run) COLLATE "C" AND p.part_number < format('PERF-%s-Q', p_run) COLLATE "C";
END;
$$;
COMMENT ON FUNCTION make_performance_people(bigint, integer, integer, integer) IS 'Users (without roles and passwords: they can do nothing), customers and parts of a run.';

CREATE OR REPLACE FUNCTION plan_performance_orders(p_run bigint, p_first bigint, p_orders integer, p_customers integer, p_users integer) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET work_mem = '256MB'
AS $$
DECLARE
  projects CONSTANT text[] := '{Sterile processing renewal,New decontamination room,Endoscopy suite,Operating theatre 4,Emergency wing,Replacement of old sinks,Central supply upgrade,Ward renovation,Research laboratory,Dental department,Pilot line,Agrandissement de la stérilisation,Outpatient surgery,Maternity expansion,Campus east,Framework contract}';
  remarks CONSTANT text[] := '{Deliver to the loading dock.,Call before delivery.,Height as agreed with the nurses.,Colour of the pegboard to be confirmed.,Water connection on the left.,Second unit follows next year.,Same as the last order.,Check drain position with facilities.}';
BEGIN
  DROP TABLE IF EXISTS pg_temp.performance_orders;
  DROP TABLE IF EXISTS pg_temp.performance_people;
  DROP TABLE IF EXISTS pg_temp.performance_customers;
  CREATE TEMPORARY TABLE performance_people ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY u.user_id)::integer AS n, u.user_id, u.login, u.display_name, array_to_tsvector(plain_words(u.display_name)) AS words
      FROM users u WHERE u.login LIKE format('perf.%s.%%', p_run);
  CREATE TEMPORARY TABLE performance_customers ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY c.customer_id)::integer AS n, c.customer_id, array_to_tsvector(plain_words(c.customer_code || ' ' || c.name)) AS words
      FROM customers c WHERE c.customer_code LIKE format('PERF-%s-%%', p_run);
  PERFORM setseed(0.42);
  -- Materialized, since each mention of a step would compute it anew. Days from one phase to the next, longer for one order in eight; the phase is the last one that was reached by now.
  CREATE TEMPORARY TABLE performance_orders ON COMMIT DROP AS
    WITH drawn AS (
      SELECT p_first + i AS number, now() - interval '1095 days' * (1 - (i + random()) / p_orders) AS created_at,
             (0.4 + random() * 1.2) * CASE WHEN random() < 0.125 THEN 5 + random() * 35 ELSE 1 END AS pace, random() AS fate,
             1 + floor(random() * 6)::integer AS doom, (ARRAY[1, 1, 1, 1, 2, 2, 3, 5])[1 + floor(random() * 8)::integer] AS quantity,
             1 + floor(random() * p_customers)::integer AS buyer, 1 + floor(random() * p_users)::integer AS seller, 30 + floor(random() * 60)::integer AS wanted_in,
             1 + floor(random() * 16)::integer AS project, 1 + floor(random() * 20)::integer AS remark, 10000 + floor(random() * 90000)::integer AS po
        FROM generate_series(0, p_orders - 1) i
    ), timed AS MATERIALIZED (
      SELECT d.*, array(SELECT d.created_at + make_interval(secs => d.pace * day * 86400) FROM unnest(ARRAY[0, 0.5, 2, 3.5, 16, 18, 19, 23]) WITH ORDINALITY AS s (day, n) ORDER BY n) AS at
        FROM drawn d
    ), reached AS MATERIALIZED (
      SELECT t.*, (SELECT count(*)::integer FROM unnest(t.at) a WHERE a <= now()) AS by_now FROM timed t
    ), placed AS MATERIALIZED (
      SELECT r.*, CASE WHEN r.fate < 0.03 THEN least(r.by_now, r.doom) ELSE r.by_now END AS step,
             CASE WHEN r.fate < 0.03 THEN 'CANCELLED' WHEN r.fate < 0.08 AND r.by_now BETWEEN 2 AND 7 THEN 'ON_HOLD' ELSE 'ACTIVE' END AS state
        FROM reached r
    )
    SELECT p.number, nextval('public.orders_order_id_seq') AS order_id, p.created_at, p.at, p.step, p.state, p.quantity,
           (ARRAY['DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED'])[p.step] AS phase,
           CASE WHEN p.state <> 'ACTIVE' THEN p.at[p.step] + (least(CASE WHEN p.step < 8 THEN p.at[p.step + 1] END, now()) - p.at[p.step]) / 2 END AS state_at,
           c.customer_id, s.user_id AS seller_id, s.login AS seller_login, s.display_name AS seller, a.user_id AS approver_id, a.login AS approver_login,
           (p.created_at AT TIME ZONE 'UTC')::date + p.wanted_in AS want_date, projects[p.project] AS project_name, remarks[p.remark] AS notes, format('PO-%s-%s', p.po, p.number) AS po_number,
           c.words || s.words || array_to_tsvector(array(SELECT DISTINCT w FROM unnest(ARRAY[p.po::text, lpad(p.number::text, 8, '0'), p.number::text]
             || array(SELECT m[1] FROM regexp_matches(p.number::text, '^[0-9]{2,}$') m)) w)) AS words
      FROM placed p
      JOIN performance_customers c ON c.n = p.buyer
      JOIN performance_people s ON s.n = p.seller
      JOIN performance_people a ON a.n = 1 + p.seller % p_users
     ORDER BY p.number;
  ANALYZE pg_temp.performance_orders;
END;
$$;
COMMENT ON FUNCTION plan_performance_orders(bigint, bigint, integer, integer, integer) IS
  'Draws the orders of a run: made over the last three years, each as far as its pace brought it, 3 % cancelled, 5 % of the open ones on hold; drawn with a fixed seed.';

CREATE OR REPLACE FUNCTION write_performance_orders(p_run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET work_mem = '256MB'
AS $$
DECLARE
  phases CONSTANT text[] := '{DRAFT,CONFIGURATION,APPROVAL,PRODUCTION,QUALITY_CONTROL,PACKAGING,SHIPPING,DELIVERED}';
BEGIN
  INSERT INTO orders (order_id, order_number, customer_id, po_number, project_name, sales_person, sales_person_id, want_date, quantity, notes, phase, phase_entered_at,
                      state, state_reason, state_changed_at, hold_kind, held_by, accessories_reviewed_by, accessories_reviewed_at, submitted_by, submitted_at, approved_by, approved_at,
                      carrier, tracking_number, dispatched_on, delivered_on, row_version, created_by, created_at, updated_at)
  OVERRIDING SYSTEM VALUE
  SELECT p.order_id, 'PERF-' || lpad(p.number::text, 8, '0'), p.customer_id, p.po_number, p.project_name, p.seller, p.seller_id, p.want_date, p.quantity, p.notes, p.phase, p.at[p.step],
         p.state, CASE WHEN p.state <> 'ACTIVE' THEN 'test data' END, p.state_at, CASE p.state WHEN 'ON_HOLD' THEN 'GENERAL' END, CASE p.state WHEN 'ON_HOLD' THEN p.approver_id END,
         CASE WHEN p.step >= 3 THEN p.seller_id END, CASE WHEN p.step >= 3 THEN p.at[3] END, CASE WHEN p.step >= 3 THEN p.seller_id END, CASE WHEN p.step >= 3 THEN p.at[3] END,
         CASE WHEN p.step >= 4 THEN p.approver_id END, CASE WHEN p.step >= 4 THEN p.at[4] END,
         CASE WHEN p.step = 8 THEN 'Test Carrier' END, CASE WHEN p.step = 8 THEN 'T' || p.number END, CASE WHEN p.step = 8 THEN site_date(p.at[7]) END, CASE WHEN p.step = 8 THEN site_date(p.at[8]) END,
         p.step + (p.state <> 'ACTIVE')::integer, p.seller_id, p.created_at, coalesce(p.state_at, p.at[p.step])
    FROM performance_orders p ORDER BY p.number;

  INSERT INTO order_status_history (order_id, action, from_phase, to_phase, from_state, to_state, reason, changed_by, changed_by_name, row_version, time_in_phase, created_at)
  SELECT p.order_id, CASE WHEN n = 1 THEN 'CREATE' WHEN n > p.step THEN CASE p.state WHEN 'CANCELLED' THEN 'CANCEL' ELSE 'HOLD' END ELSE 'ADVANCE' END,
         CASE WHEN n > p.step THEN p.phase WHEN n > 1 THEN phases[n - 1] END, phases[least(n, p.step)], CASE WHEN n > 1 THEN 'ACTIVE' END, CASE WHEN n > p.step THEN p.state ELSE 'ACTIVE' END,
         CASE WHEN n > p.step THEN 'test data' END, CASE WHEN n < 4 THEN p.seller_id ELSE p.approver_id END, CASE WHEN n < 4 THEN p.seller_login ELSE p.approver_login END, n,
         CASE WHEN n > 1 AND n <= p.step THEN p.at[n] - p.at[n - 1] END, CASE WHEN n > p.step THEN p.state_at ELSE p.at[n] END
    FROM performance_orders p CROSS JOIN generate_series(1, 9) n WHERE n <= p.step + (p.state <> 'ACTIVE')::integer;

  INSERT INTO order_metrics (order_id, phase, entered_at, left_at, hours_in_phase, hold_started_at)
  SELECT p.order_id, phases[n], p.at[n], e.left_at, coalesce(extract(epoch FROM e.left_at - p.at[n]) / 3600, 0), CASE WHEN n = p.step AND p.state = 'ON_HOLD' THEN p.state_at END
    FROM performance_orders p CROSS JOIN generate_series(1, 8) n
    CROSS JOIN LATERAL (SELECT CASE WHEN n < p.step THEN p.at[n + 1] WHEN p.state = 'CANCELLED' THEN p.state_at END AS left_at) e
   WHERE n <= p.step;
END;
$$;
COMMENT ON FUNCTION write_performance_orders(bigint) IS 'Writes the planned orders with their history (row_version = number of history rows) and the time in each phase.';

CREATE OR REPLACE FUNCTION write_performance_builds(p_run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET work_mem = '256MB'
AS $$
DECLARE
  parts bigint[] := array(SELECT p.part_id FROM parts p WHERE p.part_number >= format('PERF-%s-P', p_run) COLLATE "C" AND p.part_number < format('PERF-%s-Q', p_run) COLLATE "C" ORDER BY p.part_id);
BEGIN
  DROP TABLE IF EXISTS pg_temp.performance_builds;
  CREATE TEMPORARY TABLE performance_builds ON COMMIT DROP AS
    SELECT p.order_id, p.number, p.phase, p.state, p.step, p.created_at, p.at[p.step] AS entered_at, p.seller_id, p.approver_id, i AS place,
           nextval('public.order_items_order_item_id_seq') AS order_item_id, nextval('public.builds_build_id_seq') AS build_id,
           CASE WHEN p.step >= 3 AND (p.number * 3 + i * 37) % 100 = 0 AND cardinality(parts) > 0 THEN nextval('public.configurations_configuration_id_seq') END AS configuration_id,
           CASE WHEN p.step >= 3 AND (p.number * 3 + i * 37) % 100 = 0 AND cardinality(parts) > 0 THEN nextval('public.boms_bom_id_seq') END AS bom_id
      FROM performance_orders p CROSS JOIN generate_series(1, 5) i WHERE i <= p.quantity ORDER BY p.number, i;
  ANALYZE pg_temp.performance_builds;
  INSERT INTO order_items (order_item_id, order_id, position) OVERRIDING SYSTEM VALUE
  SELECT b.order_item_id, b.order_id, b.place FROM performance_builds b;
  -- Builds and BOMs point to each other: the build learns its BOM when that is there.
  INSERT INTO builds (build_id, order_id, order_item_id, build_number, phase, state, row_version, created_at, updated_at) OVERRIDING SYSTEM VALUE
  SELECT b.build_id, b.order_id, b.order_item_id, format('PERF-%s-%s', b.number, b.place), b.phase, CASE b.state WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'ACTIVE' END,
         1 + (b.step > 1)::integer, b.created_at, b.entered_at
    FROM performance_builds b;
  INSERT INTO build_status_history (build_id, from_phase, to_phase, changed_by, row_version, created_at)
  SELECT b.build_id, CASE v WHEN 2 THEN 'DRAFT' END, CASE v WHEN 1 THEN 'DRAFT' ELSE b.phase END, b.seller_id, v, CASE v WHEN 1 THEN b.created_at ELSE b.entered_at END
    FROM performance_builds b CROSS JOIN generate_series(1, 2) v WHERE v = 1 OR b.step > 1;

  INSERT INTO configurations (configuration_id, build_id, family_code, rule_set_id, parameters, parameters_hash, is_valid, created_by, created_at) OVERRIDING SYSTEM VALUE
  SELECT b.configuration_id, b.build_id, r.family_code, r.rule_set_id, '{"language": "EN"}', encode(sha256('{"language": "EN"}'), 'hex'), true, b.seller_id, b.created_at
    FROM performance_builds b CROSS JOIN (SELECT rs.family_code, rs.rule_set_id FROM rule_sets rs WHERE rs.family_code = 'MDRD' ORDER BY rs.state = 'RELEASED' DESC, rs.version DESC LIMIT 1) r
   WHERE b.bom_id IS NOT NULL;
  INSERT INTO boms (bom_id, configuration_id, build_id, revision, state, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count,
                    created_by, created_at, submitted_by, submitted_at, decided_by, decided_at, released_by, released_at) OVERRIDING SYSTEM VALUE
  SELECT b.bom_id, c.configuration_id, b.build_id, 1, CASE WHEN b.step >= 4 THEN 'RELEASED' ELSE 'SUBMITTED' END, c.rule_set_id, b.created_at, 1, encode(sha256(b.bom_id::text::bytea), 'hex'),
         least(140, cardinality(parts)), least(140, cardinality(parts)), 0, b.seller_id, b.created_at, b.seller_id, b.entered_at, CASE WHEN b.step >= 4 THEN b.approver_id END,
         CASE WHEN b.step >= 4 THEN b.entered_at END, CASE WHEN b.step >= 4 THEN b.approver_id END, CASE WHEN b.step >= 4 THEN b.entered_at END
    FROM performance_builds b JOIN configurations c ON c.configuration_id = b.configuration_id;
  -- Parts step through the list from a place of its own per BOM, so that a part is in some BOMs and not in all.
  INSERT INTO bom_line_items (bom_id, line_number, part_id, item_code, specification_code, item_name, depth, quantity_per, quantity_total, unit_code, unit_cost, is_leaf, component_group)
  SELECT b.bom_id, n, p.part_id, p.part_number, p.part_number, p.name, 0, 1 + n % 4, 1 + n % 4, p.unit_code, p.standard_cost, true, 'test'
    FROM performance_builds b CROSS JOIN generate_series(1, least(140, cardinality(parts))) n
    JOIN parts p ON p.part_id = parts[1 + (b.bom_id * 7919 + n * (1 + cardinality(parts) / 141)) % cardinality(parts)]
   WHERE b.bom_id IS NOT NULL;
  UPDATE builds t SET configuration_id = b.configuration_id, bom_id = b.bom_id FROM performance_builds b WHERE b.bom_id IS NOT NULL AND t.build_id = b.build_id;
  INSERT INTO shop_builds (build_id, order_id, customer_id, has_free_work)
  SELECT b.build_id, b.order_id, o.customer_id, true
    FROM performance_builds b JOIN orders o ON o.order_id = b.order_id WHERE is_in_shop(b.phase, CASE b.state WHEN 'CANCELLED' THEN 'CANCELLED' ELSE 'ACTIVE' END);
END;
$$;
COMMENT ON FUNCTION write_performance_builds(bigint) IS 'Writes lines and builds of the planned orders; 1 % of the builds with configuration, BOM and 140 lines.';

CREATE OR REPLACE FUNCTION write_performance_summaries(p_run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET work_mem = '256MB'
AS $$
BEGIN
  -- The words of a text that many orders share are looked up, not cut out a million times.
  DROP TABLE IF EXISTS pg_temp.performance_texts;
  CREATE TEMPORARY TABLE performance_texts ON COMMIT DROP AS
    SELECT t.body, array_to_tsvector(plain_words(t.body)) AS words
      FROM (SELECT p.project_name AS body FROM performance_orders p UNION SELECT p.notes FROM performance_orders p WHERE p.notes IS NOT NULL) t;
  INSERT INTO order_summaries (order_id, created_on, want_date, phase, state, phase_entered_at, build_count, delivered_on, document)
  SELECT p.order_id, site_date(p.created_at), p.want_date, p.phase, p.state, p.at[p.step], CASE p.state WHEN 'CANCELLED' THEN 0 ELSE p.quantity END, CASE WHEN p.step = 8 THEN site_date(p.at[8]) END,
         p.words || t.words || coalesce(n.words, '')
    FROM performance_orders p JOIN performance_texts t ON t.body = p.project_name LEFT JOIN performance_texts n ON n.body = p.notes;
  INSERT INTO order_summary_rollup AS r (day, phase, state, orders, builds, entered_seconds, wanted_orders, wanted_builds)
  SELECT c.day, c.phase, c.state, sum(c.orders), sum(c.builds), sum(c.entered_seconds), sum(c.wanted_orders), sum(c.wanted_builds)
    FROM (SELECT s.created_on AS day, s.phase, s.state, count(*) AS orders, sum(s.build_count) AS builds, sum(extract(epoch FROM s.phase_entered_at)::bigint) AS entered_seconds, 0 AS wanted_orders, 0 AS wanted_builds
            FROM order_summaries s JOIN performance_orders p USING (order_id) GROUP BY s.created_on, s.phase, s.state
          UNION ALL
          SELECT s.want_date, s.phase, s.state, 0, 0, 0, count(*), sum(s.build_count)
            FROM order_summaries s JOIN performance_orders p USING (order_id) WHERE s.want_date IS NOT NULL GROUP BY s.want_date, s.phase, s.state) c
   GROUP BY c.day, c.phase, c.state
  ON CONFLICT (day, phase, state) DO UPDATE
     SET orders = r.orders + excluded.orders, builds = r.builds + excluded.builds, entered_seconds = r.entered_seconds + excluded.entered_seconds,
         wanted_orders = r.wanted_orders + excluded.wanted_orders, wanted_builds = r.wanted_builds + excluded.wanted_builds;
  INSERT INTO order_delivery_rollup AS r (day, delivered, on_time, late, days_late, lead_days)
  SELECT s.delivered_on, count(*), count(*) FILTER (WHERE s.delivered_on <= s.want_date), count(*) FILTER (WHERE s.delivered_on > s.want_date),
         coalesce(sum(s.delivered_on - s.want_date) FILTER (WHERE s.delivered_on > s.want_date), 0), sum(s.delivered_on - s.created_on)
    FROM order_summaries s JOIN performance_orders p USING (order_id) WHERE s.delivered_on IS NOT NULL GROUP BY s.delivered_on
  ON CONFLICT (day) DO UPDATE
     SET delivered = r.delivered + excluded.delivered, on_time = r.on_time + excluded.on_time, late = r.late + excluded.late,
         days_late = r.days_late + excluded.days_late, lead_days = r.lead_days + excluded.lead_days;
  PERFORM total_order_summaries(true);
  INSERT INTO order_words (word)
  SELECT DISTINCT w FROM (SELECT t.words FROM performance_texts t UNION ALL SELECT p.words FROM performance_people p UNION ALL SELECT c.words FROM performance_customers c) x
    CROSS JOIN LATERAL unnest(tsvector_to_array(x.words)) w WHERE w ~ '^[[:alpha:]]{4,}$'
  ON CONFLICT (word) DO NOTHING;
END;
$$;
COMMENT ON FUNCTION write_performance_summaries(bigint) IS 'Writes summaries, counters and words of the planned orders.';
