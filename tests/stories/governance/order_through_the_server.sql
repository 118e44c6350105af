-- An order walks to production through the server's role, by the right people and by no others.
\ir ../_shop.sql
-- Only the guards of orders, configurations and BOMs are asked here: production and quality have stories of their own.
ALTER TABLE order_workflow_rules DISABLE TRIGGER _050_released;
UPDATE order_workflow_rules SET product_guards = '{}', guards = ARRAY(SELECT g FROM unnest(guards) WITH ORDINALITY AS a (g, n)
  WHERE g IN ('customer_active', 'po_number_given', 'sales_person_named', 'want_date_ahead', 'family_released', 'builds_numbered', 'configurations_valid', 'boms_current', 'boms_resolved',
              'po_document_attached', 'accessories_reviewed', 'boms_approved', 'drawings_approved', 'custom_parts_drawn', 'shipment_recorded') ORDER BY n);
ALTER TABLE order_workflow_rules ENABLE TRIGGER _050_released;

SET SESSION AUTHORIZATION torvan_app;
CREATE FUNCTION pg_temp.refused_for(p_logins text, p_statement text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  login text;
  code text;
BEGIN
  FOREACH login IN ARRAY string_to_array(p_logins, ' ') LOOP
    PERFORM testing.act('sample.' || login);
    code := NULL;
    BEGIN
      EXECUTE p_statement;
    EXCEPTION WHEN OTHERS THEN
      code := SQLSTATE;
    END;
    -- Technicians do not know orders outside the shop.
    IF code IS DISTINCT FROM '42501' AND NOT (code = 'TV004' AND login = 'technician') THEN
      RAISE EXCEPTION '% as % ended with %', p_statement, login, coalesce(code, 'success');
    END IF;
  END LOOP;
END
$$;

SELECT pg_temp.refused_for('production quality technician service', $$SELECT create_customer('WALK', 'Walk Hospital')$$);
SELECT testing.act('sample.sales');
SELECT create_customer('WALK', 'Walk Hospital') AS customer_id \gset
SELECT pg_temp.refused_for('production quality technician service', $$SELECT create_order('WALK', 'PO-1', 'sample.sales', current_date + 30)$$);
SELECT testing.act('sample.sales');
SELECT create_order('WALK', 'PO-1', 'sample.sales', current_date + 30, 'EN', '{WALK-1}') AS order_id \gset
SELECT build_id FROM builds WHERE order_id = :order_id \gset
SELECT pg_temp.refused_for('service', format('SELECT add_attachment(%s, ''PO_DOCUMENT'', ''po.pdf'')', :order_id));
SELECT testing.act('sample.sales');
SELECT add_attachment(:order_id, 'PO_DOCUMENT', 'po.pdf');
SELECT pg_temp.refused_for('production quality technician service', format('SELECT update_order(%s, ''{"project_name": "New wing"}'')', :order_id));
SELECT pg_temp.refused_for('production quality technician service', format('SELECT transition_order(%s, ''CONFIGURATION'')', :order_id));
SELECT testing.act('sample.sales');
SELECT update_order(:order_id, '{"project_name": "New wing"}');
SELECT transition_order(:order_id, 'CONFIGURATION');
\set sink '{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}'
SELECT pg_temp.refused_for('production quality technician service', format('SELECT save_configuration(%L, %s)', :'sink', :build_id));
SELECT testing.act('sample.sales');
SELECT save_configuration(:'sink', :build_id) AS configuration_id \gset
SELECT pg_temp.refused_for('quality technician service', format('SELECT generate_bom(%s)', :configuration_id));
SELECT testing.act('sample.sales');
SELECT generate_bom(:configuration_id) AS bom_id \gset
SELECT testing.ok((SELECT count(*) > 50 FROM bom_line_items WHERE bom_id = :bom_id), 'the lines are read by who made them');
SELECT testing.same((SELECT count(*) FROM validate_configuration(:configuration_id) WHERE severity = 'error'), 0::bigint, 'findings');
SELECT review_accessories(:order_id);
SELECT testing.same((SELECT is_allowed AND is_ready FROM order_next_actions(:order_id) WHERE to_phase = 'APPROVAL'), true, 'the next step is ready');
SELECT pg_temp.refused_for('production quality technician service', format('SELECT transition_order(%s, ''APPROVAL'')', :order_id));
SELECT testing.act('sample.sales');
SELECT transition_order(:order_id, 'APPROVAL');

SELECT pg_temp.refused_for('sales quality technician service', format('SELECT approve_bom(%s)', :bom_id));
SELECT pg_temp.refused_for('sales quality technician service', format('SELECT transition_order(%s, ''PRODUCTION'')', :order_id));
SELECT testing.act('sample.production');
SELECT testing.prove();
SELECT approve_bom(:bom_id, 'checked');
SELECT add_attachment(:order_id, 'SINK_DRAWING', 'WALK-1.pdf', 'application/pdf', NULL, NULL, :build_id) AS drawing \gset
SELECT pg_temp.refused_for('sales technician service', format('SELECT approve_attachment(%s)', :drawing));
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM orders WHERE order_id = :order_id), 0::bigint, 'the shop does not know it yet');
SELECT testing.act('sample.production');
SELECT testing.prove();
SELECT approve_attachment(:drawing);
SELECT testing.prove();
SELECT transition_order(:order_id, 'PRODUCTION');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'PRODUCTION', 'now it does');
SELECT pg_temp.refused_for('sales technician service', format('SELECT hold_order(%s, ''PARTS'', ''no pump'')', :order_id));
SELECT pg_temp.refused_for('sales technician service quality', format('SELECT cancel_order(%s, ''no more'')', :order_id));
SELECT testing.act('sample.quality');
SELECT testing.prove();
SELECT hold_order(:order_id, 'QUALITY', 'scratched bowl');
SELECT resume_order(:order_id, 'bowl replaced');
SELECT testing.same((SELECT string_agg(DISTINCT actor, ' ' ORDER BY actor) FROM outbox_events, LATERAL (SELECT payload ->> 'actor' AS actor) a WHERE subject_type = 'orders' AND subject_id = :order_id), NULL::text, 'events are not read by an inspector');
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT string_agg(DISTINCT payload ->> 'actor', ' ' ORDER BY payload ->> 'actor') FROM outbox_events WHERE subject_type = 'orders' AND subject_id = :order_id),
  'sample.production sample.quality sample.sales', 'who acted');
SELECT testing.same((SELECT string_agg(DISTINCT database_role, ' ') FROM audit_log WHERE table_name = 'orders' AND record_key = :'order_id'), 'torvan_app', 'the trail names the server''s role');

-- Nobody: every function that writes is refused before it does anything.
SELECT testing.nobody();
DO $$
DECLARE
  call text;
BEGIN
  FOREACH call IN ARRAY ARRAY[
    $q$create_customer('NOBODY', 'Nobody Hospital')$q$, $q$create_order('WALK', 'PO-2', 'sample.sales', current_date + 30)$q$, 'new_assembly_revision(''T2-BODY-48-60-HA'')', 'release_assembly_revision(1)',
    'withdraw_assembly_revision(1)', 'import_catalogue(''{}'')', 'save_configuration(''{}'')', 'attach_custom_part_drawing(''720.215.001'', ''x'')', 'release_rule_set(1)', 'copy_rule_set(1, ''x'')', 'approve_attachment(1)'] LOOP
    PERFORM testing.refused('SELECT ' || call, CASE WHEN call LIKE 'attach%' OR call LIKE 'approve%' THEN 'TV010' ELSE '42501' END);
  END LOOP;
  FOREACH call IN ARRAY ARRAY[
    'update_order(1, ''{"notes": "x"}'')', 'add_build(1, ''NOBODY-1'')', 'rename_build(1, ''NOBODY-1'')', 'transition_order(1, ''QUALITY_CONTROL'')', 'hold_order(1, ''PARTS'', ''because'')', 'resume_order(1, ''because'')', 'cancel_order(1, ''because'')',
    'record_shipment(1, ''a'', ''b'', current_date)', 'record_delivery(1, current_date)', 'review_accessories(1)', 'add_order_note(1, ''x'')', 'add_attachment(1, ''PHOTO'', ''a.jpg'')', 'cancel_build(1, ''because'')',
    'generate_bom(1)', 'generate_order_boms(1)', 'submit_bom(1)', 'approve_bom(1)', 'reject_bom(1, ''because'')', 'release_bom(1)'] LOOP
    BEGIN
      EXECUTE 'SELECT ' || call;
    EXCEPTION WHEN SQLSTATE 'TV004' OR SQLSTATE 'TV010' OR insufficient_privilege THEN
      CONTINUE;
    END;
    RAISE EXCEPTION '% was not refused', call;
  END LOOP;
  -- Each function in the lists that writes orders, catalogue or BOMs was tried.
  PERFORM testing.ok(NOT has_function_privilege('begin_as(text, text)', 'EXECUTE'), 'begin_as');
END
$$;
SELECT testing.refused('SELECT begin_as(''sample.admin'')', '42501', 'permission denied for function begin_as');
SELECT testing.refused('SELECT open_order(1)', '42501');
SELECT testing.refused('SELECT remove_sample_data()', '42501');

-- The settings of the workflow are only settings.
SELECT testing.act('sample.production');
SET torvan.workflow_step = '1';
SET torvan.removing_samples = 'on';
SELECT testing.refused('UPDATE orders SET phase = ''DELIVERED'' WHERE order_id = 1', '42501', 'permission denied for table orders');
SELECT testing.refused('UPDATE builds SET phase = ''DELIVERED'' WHERE order_id = 1', '42501', 'permission denied for table builds');
SELECT testing.refused('DELETE FROM order_status_history', '42501');
SELECT testing.refused('UPDATE boms SET state = ''APPROVED'' WHERE bom_id = 1', '42501');
SELECT testing.refused('INSERT INTO user_roles (user_id, role_id) VALUES (5, 1)', '42501');
SELECT testing.refused('INSERT INTO role_permissions SELECT 5, permission_code FROM permissions', '42501');
SELECT testing.refused('INSERT INTO signatures (record_type, record_id, meaning, signer_id, printed_name, method, content_hash) VALUES (''orders'', 1, ''approved'', 1, ''x'', ''PASSWORD'', repeat(''0'', 64))', '42501');
SELECT testing.refused('DELETE FROM audit_log', '42501');
SELECT testing.refused('ALTER TABLE orders DISABLE TRIGGER ALL', '42501');
SELECT testing.refused('ALTER TABLE orders DISABLE ROW LEVEL SECURITY', '42501');
SELECT testing.refused('SET session_replication_role = replica', '42501');
SELECT testing.refused('SET ROLE torvan_user', '42501');
SET row_security = off;
SELECT testing.refused('SELECT count(*) FROM orders', '42501', 'affected by row-level security');
RESET row_security;
