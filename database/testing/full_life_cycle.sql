-- An order from DRAFT to DELIVERED with nothing but psql: two sinks, one of them rejected at its final inspection and reworked.
--
--   psql -U torvan_user -d torvan_workflow -f testing/full_life_cycle.sql
--
-- For a database with sample data: the people are those of the sample data, each does what is their job. Every step is a
-- transaction of its own which begins by saying who acts (begin_as). Where somebody tries a short cut, the refusal is shown.
-- The order stays in the database afterwards; run it as often as you like.
\set ON_ERROR_STOP on
\set QUIET on
\pset pager off
\pset footer off
\pset format wrapped
\pset columns 140
SET client_min_messages = warning;

-- Shows how a statement is refused; ends with an error if it is not.
CREATE FUNCTION pg_temp.refused(p_statement text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  hint text;
BEGIN
  BEGIN
    EXECUTE p_statement;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s → %s', SQLSTATE, SQLERRM, hint);
  END;
  RAISE EXCEPTION 'this should have been refused: %', p_statement;
END;
$$;

-- What a careful person answers: right answers for everything that a checklist still asks.
CREATE FUNCTION pg_temp.right_answers(p_inspection_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('item', i.item_code, 'basin', i.basin_number,
           'photos', CASE WHEN p.photo_rule = 'ALWAYS' OR p.answer_type = 'PHOTO' THEN jsonb_build_array(encode(sha256('a photo'), 'hex')) END,
           'answer', CASE p.answer_type
             WHEN 'PASS_FAIL' THEN CASE p.number_rule WHEN 'REQUIRED' THEN '{"pass": true, "value": 40}'::jsonb ELSE 'true' END
             WHEN 'CHOICE' THEN coalesce(to_jsonb(i.required_choices), to_jsonb(i.right_choices[1]))
             WHEN 'TEXT' THEN '"as ordered"'
             WHEN 'SERIAL' THEN '"SN-1"'
             WHEN 'DATE' THEN to_jsonb(current_date + 1)
             WHEN 'COUNT' THEN to_jsonb(i.expected_quantity)
             WHEN 'NUMBER' THEN CASE WHEN p.is_pair THEN '{"value": 20, "reference": 20.5}'::jsonb
                                     ELSE to_jsonb(coalesce((i.tolerance_low + i.tolerance_high) / 2, i.expected_quantity, 7)) END
             END)) ORDER BY p.position), '[]')
    FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
   WHERE i.qc_inspection_id = p_inspection_id AND i.result IN ('OPEN', 'FAIL') AND p.answer_type <> 'SIGNATURE' AND p.verified_by = '{}'
$$;

-- A technician's day: every task of a sink that may be done now, in its order, with calibrated tools where it asks for tools.
CREATE PROCEDURE pg_temp.do_tasks(p_build_id bigint, p_gates text[])
LANGUAGE plpgsql
AS $$
DECLARE
  task production_tasks;
BEGIN
  LOOP
    SELECT t.* INTO task FROM production_tasks t
     WHERE t.build_id = p_build_id AND t.is_current AND t.state = 'PENDING' AND t.start_gate = ANY (p_gates) AND open_predecessors(t.production_task_id) = '{}'
     ORDER BY t.sequence, t.production_task_id LIMIT 1;
    EXIT WHEN task.production_task_id IS NULL;
    PERFORM start_task(task.production_task_id, array(
      SELECT min(o.tool_code) FROM task_template_tools w JOIN tools o USING (tool_kind_code)
       WHERE w.task_template_id = task.task_template_id AND o.is_active GROUP BY w.tool_kind_code));
    PERFORM complete_task(task.production_task_id, greatest(task.planned_minutes, 1));
  END LOOP;
END;
$$;

-- Serial numbers as a scanner reads them off the units.
CREATE FUNCTION pg_temp.scan_serials(p_build_id bigint) RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
  SELECT count(capture_serial(p_build_id, r.serial_kind_code, format('SN-%s-%s-%s', p_build_id, r.serial_kind_code, coalesce(r.basin_number, 0)), r.basin_number,
           p_software_version => CASE WHEN r.needs_software_version THEN '4.2.1' END, p_qe_code => CASE WHEN r.needs_plant_codes THEN 'QE-1' END,
           p_qfu_code => CASE WHEN r.needs_plant_codes THEN 'QFU-1' END, p_capture_method => 'SCAN'))
    FROM required_serials(p_build_id) r WHERE NOT r.is_captured
$$;

SELECT 'LIFE-' || coalesce(max(substr(po_number, 6)::integer), 0) + 1 AS po FROM orders WHERE po_number ~ '^LIFE-[0-9]+$' \gset
SELECT :'po' || '-A' AS first, :'po' || '-B' AS second \gset

\echo
\echo '== DRAFT: Sales takes the order'
BEGIN;
SELECT begin_as('sample.sales', 'order by telephone') AS acting;
SELECT create_order('STELMO', :'po', 'sample.sales', current_date + 90, 'EN', ARRAY[:'first', :'second'], 'Two sinks for the new wing') AS order_id \gset
COMMIT;
SELECT build_id AS a FROM builds WHERE build_number = :'first' \gset
SELECT build_id AS b FROM builds WHERE build_number = :'second' \gset
SELECT order_number, phase, quantity FROM orders WHERE order_id = :order_id;
\echo 'A short cut, straight to production:'
BEGIN;
SELECT begin_as('sample.sales', 'short cut') AS acting;
SELECT pg_temp.refused(format('SELECT transition_order(%s, ''PRODUCTION'')', :order_id)) AS refused;
COMMIT;

\echo '== CONFIGURATION: each sink gets its parameters, then its BOM by rule'
BEGIN;
SELECT begin_as('sample.sales', 'configuration') AS acting;
SELECT (transition_order(:order_id, 'CONFIGURATION')).phase;
SELECT save_configuration('{"length_in": 84}', :a, 'V-B2-MIXED') AS configuration_a, save_configuration('{"length_in": 60}', :b, 'V-B1-BASIC') AS configuration_b;
SELECT * FROM generate_order_boms(:order_id);
\echo 'What still blocks the submission:'
SELECT b ->> 'message' AS blocker FROM order_next_actions(:order_id) n, jsonb_array_elements(n.blockers) b WHERE n.action = 'ADVANCE';
SELECT add_attachment(:order_id, 'PO_DOCUMENT', :'po' || '.pdf', 'application/pdf') AS po_document;
SELECT review_accessories(:order_id);
SELECT (transition_order(:order_id, 'APPROVAL')).phase;
COMMIT;

\echo '== APPROVAL: a second person checks, signs and releases'
BEGIN;
SELECT begin_as('sample.sales', 'short cut') AS acting;
SELECT pg_temp.refused(format('SELECT transition_order(%s, ''PRODUCTION'')', :order_id)) AS refused;
COMMIT;
BEGIN;
SELECT begin_as('sample.production', 'approval') AS acting;
SELECT attach_custom_part_drawing(r.custom_number, 'DRAWING-' || r.custom_number)
  FROM (SELECT DISTINCT c.custom_number FROM custom_parts_registry c JOIN bom_line_items l USING (part_id) JOIN builds b USING (bom_id) WHERE b.order_id = :order_id AND c.state = 'NEEDS_DRAWING') r;
SELECT approve_bom(bom_id, 'checked against drawing and PO') FROM builds WHERE order_id = :order_id ORDER BY build_id;
SELECT approve_attachment(add_attachment(:order_id, 'SINK_DRAWING', build_number || '.pdf', 'application/pdf', p_build_id => build_id)) FROM builds WHERE order_id = :order_id ORDER BY build_id;
\echo 'Nobody has said yet what goes to the external shop:'
SELECT pg_temp.refused(format('SELECT transition_order(%s, ''PRODUCTION'')', :order_id)) AS refused;
SELECT propose_outsourced_lines(:a) AS lines_sent_out_for_a;
SELECT state_no_outsourcing(:b, 'legs and feet from stock') AS statement_for_b;
SELECT (transition_order(:order_id, 'PRODUCTION', 'BOM and drawings agree with the PO')).phase;
COMMIT;
SELECT build_number, phase, sub_state, (SELECT count(*) FROM production_tasks t WHERE t.build_id = b.build_id) AS tasks,
       (SELECT count(*) FROM stock_reservations r WHERE r.build_id = b.build_id) AS items_reserved
  FROM builds b WHERE order_id = :order_id ORDER BY build_id;

\echo '== PRODUCTION: outsourced parts go out and come back'
BEGIN;
SELECT begin_as('sample.production', 'planning') AS acting;
SELECT pg_temp.refused(format('SELECT transition_build(%s, ''AWAITING_EXTERNAL'')', :a)) AS refused;
SELECT (update_outsourced_line(outsourced_line_id, jsonb_build_object('supplier', (SELECT min(supplier_code) FROM suppliers), 'expected_on', current_date + 10, 'state', 'ORDERED'))).state
  FROM outsourced_lines WHERE build_id = :a AND state NOT IN ('RECEIVED', 'CANCELLED') ORDER BY outsourced_line_id;
SELECT (transition_build(:a, 'AWAITING_EXTERNAL')).sub_state;
SELECT (receive_outsourced_line(outsourced_line_id, quantity)).state FROM outsourced_lines WHERE build_id = :a AND state NOT IN ('RECEIVED', 'CANCELLED') ORDER BY outsourced_line_id;
SELECT (transition_build(:a, 'PRE_QC_READY')).sub_state AS a, (transition_build(:b, 'PRE_QC_READY')).sub_state AS b;
COMMIT;

\echo '== PRODUCTION: the pre-production check of quality control'
BEGIN;
SELECT begin_as('sample.quality', 'pre-production check') AS acting;
SELECT pg_temp.refused(format('SELECT transition_build(%s, ''READY'')', :a)) AS refused;
SELECT start_inspection(:a, 'PRE_PRODUCTION') AS check_a, start_inspection(:b, 'PRE_PRODUCTION') AS check_b \gset
\echo 'One answer by hand, then the rest at once:'
SELECT record_inspection_result(:check_a, 'P1.04', NULL, 'true') AS "P1.04";
SELECT record_inspection_results(:check_a, pg_temp.right_answers(:check_a)) AS a, record_inspection_results(:check_b, pg_temp.right_answers(:check_b)) AS b;
SELECT complete_inspection(:check_a) AS signature_a, complete_inspection(:check_b) AS signature_b;
SELECT (transition_build(:a, 'READY')).sub_state AS a, (transition_build(:b, 'READY')).sub_state AS b;
COMMIT;

\echo '== PRODUCTION: a technician takes the sinks and assembles them'
BEGIN;
SELECT begin_as('sample.technician', 'assembly') AS acting;
SELECT take_build(:a) AS tasks_of_a, take_build(:b) AS tasks_of_b;
CALL pg_temp.do_tasks(:a, '{RECEIVING}');
CALL pg_temp.do_tasks(:b, '{RECEIVING}');
SELECT (transition_build(:a, 'IN_ASSEMBLY')).sub_state AS a, (transition_build(:b, 'IN_ASSEMBLY')).sub_state AS b;
\echo 'A task does not begin before its predecessors are done, nor is a sink finished with open tasks:'
SELECT pg_temp.refused(format('SELECT start_task(%s)', (SELECT production_task_id FROM production_tasks WHERE build_id = :a AND sequence_label = '120'))) AS refused;
SELECT pg_temp.refused(format('SELECT transition_build(%s, ''EOL_READY'')', :a)) AS refused;
SELECT start_inspection(:a, 'PRODUCTION') AS list_a, start_inspection(:b, 'PRODUCTION') AS list_b \gset
SELECT pg_temp.scan_serials(:a) AS serials_of_a, pg_temp.scan_serials(:b) AS serials_of_b;
SELECT record_inspection_results(:list_a, pg_temp.right_answers(:list_a)) AS a, record_inspection_results(:list_b, pg_temp.right_answers(:list_b)) AS b;
SELECT complete_inspection(:list_a) AS signature_a, complete_inspection(:list_b) AS signature_b;
CALL pg_temp.do_tasks(:a, '{ASSEMBLY}');
CALL pg_temp.do_tasks(:b, '{ASSEMBLY}');
SELECT (transition_build(:a, 'EOL_READY')).sub_state AS a, (transition_build(:b, 'EOL_READY')).sub_state AS b;
COMMIT;
SELECT b.build_number, count(*) AS tasks, count(*) FILTER (WHERE t.state = 'COMPLETED') AS done, sum(t.actual_minutes) AS minutes
  FROM production_tasks t JOIN builds b USING (build_id) WHERE b.order_id = :order_id GROUP BY b.build_id, b.build_number ORDER BY b.build_id;

\echo '== PRODUCTION: end-of-line test'
BEGIN;
SELECT begin_as('sample.technician', 'end-of-line test') AS acting;
SELECT (transition_build(:a, 'EOL_RUNNING')).sub_state AS a, (transition_build(:b, 'EOL_RUNNING')).sub_state AS b;
SELECT start_inspection(:a, 'END_OF_LINE') AS test_a, start_inspection(:b, 'END_OF_LINE') AS test_b \gset
SELECT record_inspection_results(:test_a, pg_temp.right_answers(:test_a)) AS a, record_inspection_results(:test_b, pg_temp.right_answers(:test_b)) AS b;
SELECT complete_inspection(:test_a) AS signature_a, complete_inspection(:test_b) AS signature_b;
CALL pg_temp.do_tasks(:a, '{END_OF_LINE}');
CALL pg_temp.do_tasks(:b, '{END_OF_LINE}');
SELECT (transition_build(:a, 'EOL_PASSED')).sub_state AS a, (transition_build(:b, 'EOL_PASSED')).sub_state AS b;
\echo 'Sink A goes ahead; the order stays where its slowest sink is:'
SELECT (transition_build(:a, 'QUALITY_CONTROL')).phase AS a, (SELECT phase FROM orders WHERE order_id = :order_id) AS order_before_b;
SELECT (transition_build(:b, 'QUALITY_CONTROL')).phase AS b;
SELECT phase AS order_after_b FROM orders WHERE order_id = :order_id;
\echo 'Who built a sink does not inspect it:'
SELECT pg_temp.refused(format('SELECT start_inspection(%s, ''FINAL'')', :a)) AS refused;
COMMIT;

\echo '== QUALITY_CONTROL: sink A passes, sink B is rejected'
BEGIN;
SELECT begin_as('sample.quality', 'final inspection') AS acting;
SELECT (transition_build(:a, 'IN_INSPECTION')).sub_state AS a, (transition_build(:b, 'IN_INSPECTION')).sub_state AS b;
SELECT start_inspection(:a, 'FINAL') AS final_a, start_inspection(:b, 'FINAL') AS final_b \gset
SELECT record_inspection_results(:final_a, pg_temp.right_answers(:final_a)) AS a;
SELECT complete_inspection(:final_a) AS signature_a;
SELECT record_inspection_result(:final_b, 'Q1.04', NULL, 'false', 'sharp edge at the left corner', ARRAY[encode(sha256('photo of the edge'), 'hex')]) AS "Q1.04";
SELECT pg_temp.refused(format('SELECT complete_inspection(%s)', :final_b)) AS refused;
SELECT reject_inspection(:final_b, 'SURFACE_DEFECT', 'MAJOR', '[{"item": "Q1.04", "description": "sharp edge at the left corner"}]') AS nonconformities;
SELECT (transition_build(:a, 'PASSED')).sub_state AS a, (transition_build(:b, 'REJECTED', 'sharp edge at the left corner')).sub_state AS b;
\echo 'No way round the rejection:'
SELECT pg_temp.refused(format('SELECT transition_build(%s, ''PACKAGING'')', :b)) AS refused;
SELECT (transition_build(:a, 'PACKAGING')).sub_state AS a;
COMMIT;

\echo '== QUALITY_CONTROL: rework of sink B, then inspected again'
BEGIN;
SELECT begin_as('sample.technician', 'rework') AS acting;
SELECT (transition_build(:b, 'REWORK')).sub_state AS b;
SELECT take_task(production_task_id) FROM production_tasks WHERE build_id = :b AND start_gate = 'REWORK' AND state = 'PENDING';
CALL pg_temp.do_tasks(:b, '{REWORK}');
SELECT record_rework(nonconformity_id, 'edge ground and polished') FROM nonconformities WHERE build_id = :b AND state = 'IN_REWORK';
SELECT pg_temp.refused(format('SELECT close_nonconformity(%s, ''looks fine'')', (SELECT nonconformity_id FROM nonconformities WHERE build_id = :b))) AS refused;
SELECT (transition_build(:b, 'READY')).sub_state AS b;
COMMIT;
BEGIN;
SELECT begin_as('sample.quality', 'second inspection') AS acting;
SELECT (transition_build(:b, 'IN_INSPECTION')).sub_state AS b;
SELECT start_inspection(:b, 'FINAL') AS final_b \gset
\echo 'Only what was affected is asked again:'
SELECT count(*) FILTER (WHERE result = 'OPEN') AS open, count(*) FILTER (WHERE carried_from_id IS NOT NULL) AS carried_over FROM qc_inspection_items WHERE qc_inspection_id = :final_b;
SELECT record_inspection_results(:final_b, pg_temp.right_answers(:final_b)) AS b;
SELECT complete_inspection(:final_b) AS signature_b;
SELECT close_nonconformity(nonconformity_id, 'edge checked by hand') FROM nonconformities WHERE build_id = :b AND state <> 'CLOSED';
SELECT attempt, state, first_pass FROM qc_inspections WHERE build_id = :b AND gate_code = 'FINAL' ORDER BY attempt;
SELECT (transition_build(:b, 'PASSED')).sub_state, (transition_build(:b, 'PACKAGING')).sub_state AS b;
COMMIT;

\echo '== PACKAGING: packed by the technician, confirmed by quality control'
BEGIN;
SELECT begin_as('sample.technician', 'packing') AS acting;
SELECT start_inspection(:a, 'PACKING') AS pack_a, start_inspection(:b, 'PACKING') AS pack_b \gset
SELECT record_inspection_results(:pack_a, pg_temp.right_answers(:pack_a)) AS a, record_inspection_results(:pack_b, pg_temp.right_answers(:pack_b)) AS b;
SELECT complete_inspection(:pack_a) AS signature_a, complete_inspection(:pack_b) AS signature_b;
SELECT take_task(production_task_id) FROM production_tasks WHERE build_id IN (:a, :b) AND start_gate = 'PACKING' AND state = 'PENDING' ORDER BY production_task_id;
CALL pg_temp.do_tasks(:a, '{PACKING}');
CALL pg_temp.do_tasks(:b, '{PACKING}');
SELECT (transition_build(:a, 'PACKED')).sub_state AS a, (transition_build(:b, 'PACKED')).sub_state AS b;
SELECT pg_temp.refused(format('SELECT transition_order(%s, ''SHIPPING'')', :order_id)) AS refused;
COMMIT;
BEGIN;
SELECT begin_as('sample.quality', 'confirmation') AS acting;
SELECT start_inspection(:a, 'PACKING_CONFIRMATION') AS confirm_a, start_inspection(:b, 'PACKING_CONFIRMATION') AS confirm_b \gset
SELECT record_inspection_results(:confirm_a, pg_temp.right_answers(:confirm_a)) AS a, record_inspection_results(:confirm_b, pg_temp.right_answers(:confirm_b)) AS b;
SELECT complete_inspection(:confirm_a) AS signature_a, complete_inspection(:confirm_b) AS signature_b;
SELECT (transition_order(:order_id, 'SHIPPING')).phase;
COMMIT;

\echo '== SHIPPING and DELIVERED'
BEGIN;
SELECT begin_as('sample.production', 'dispatch') AS acting;
SELECT pg_temp.refused(format('SELECT transition_order(%s, ''DELIVERED'')', :order_id)) AS refused;
SELECT record_shipment(:order_id, 'Northern Freight', 'NF-' || :order_id, site_today());
COMMIT;
BEGIN;
SELECT begin_as('sample.service', 'delivery confirmed by the customer') AS acting;
SELECT record_delivery(:order_id, site_today());
SELECT (transition_order(:order_id, 'DELIVERED')).phase;
COMMIT;
\echo 'History stays as it is:'
SELECT pg_temp.refused('UPDATE order_status_history SET reason = ''better'' WHERE order_id = ' || :order_id) AS refused;

\echo '== What is on record'
SELECT row_version AS version, action, concat_ws(' → ', from_phase, to_phase) AS step, changed_by_name AS by, reason FROM order_status_history WHERE order_id = :order_id ORDER BY row_version;
SELECT b.build_number, string_agg(h.to_phase || coalesce('/' || h.to_sub_state, ''), ' → ' ORDER BY h.build_status_history_id) AS way
  FROM build_status_history h JOIN builds b USING (build_id) WHERE b.order_id = :order_id GROUP BY b.build_id, b.build_number ORDER BY b.build_id;
SELECT s.printed_name, s.meaning, s.record_type, s.method, s.status
  FROM (SELECT s.*, v.status FROM signatures s CROSS JOIN LATERAL verify_signature(s.signature_id) v
         WHERE (s.record_type = 'orders' AND s.record_id = :order_id) OR (s.record_type = 'builds' AND s.record_id IN (:a, :b))
            OR (s.record_type = 'boms' AND s.record_id IN (SELECT bom_id FROM boms WHERE build_id IN (:a, :b)))
            OR (s.record_type = 'qc_inspections' AND s.record_id IN (SELECT qc_inspection_id FROM qc_inspections WHERE build_id IN (:a, :b)))) s
 ORDER BY s.signature_id;
SELECT phase, visits, round(hours_in_phase, 4) AS hours FROM order_metrics WHERE order_id = :order_id ORDER BY phase_position(phase);
