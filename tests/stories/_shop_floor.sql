-- The shop floor for stories and tests that are about something else: brings the sinks of an order through production, quality
-- control and packing, every step by the sample person whose job it is, with right answers everywhere. Included with \ir.
DO $$ BEGIN IF to_regnamespace('testing') IS NULL THEN CREATE SCHEMA testing; END IF; END $$;

CREATE OR REPLACE FUNCTION testing.right_answers(p_inspection_id bigint, p_except text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('item', i.item_code, 'basin', i.basin_number,
           'photos', CASE WHEN p.photo_rule = 'ALWAYS' OR p.answer_type = 'PHOTO' THEN jsonb_build_array(encode(sha256('a photo'), 'hex')) END,
           'answer', CASE p.answer_type
             WHEN 'PASS_FAIL' THEN CASE p.number_rule WHEN 'REQUIRED' THEN '{"pass": true, "value": 40}'::jsonb ELSE 'true' END
             WHEN 'CHOICE' THEN coalesce(to_jsonb(i.required_choices), to_jsonb(i.right_choices[1]))
             WHEN 'TEXT' THEN '"text"'
             WHEN 'SERIAL' THEN '"SN-1"'
             WHEN 'DATE' THEN to_jsonb(site_today() + 1)
             WHEN 'COUNT' THEN to_jsonb(i.expected_quantity)
             WHEN 'NUMBER' THEN CASE WHEN p.is_pair THEN '{"value": 20, "reference": 20.5}'::jsonb
                                     ELSE to_jsonb(coalesce((i.tolerance_low + i.tolerance_high) / 2, i.expected_quantity, 7)) END
             END)) ORDER BY p.position), '[]')
    FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
   WHERE i.qc_inspection_id = p_inspection_id AND i.result IN ('OPEN', 'FAIL') AND p.answer_type <> 'SIGNATURE' AND p.verified_by = '{}' AND i.item_code <> ALL (p_except)
$$;
COMMENT ON FUNCTION testing.right_answers(bigint, text[]) IS 'Right answers for every item of an inspection that has none yet, in their order.';

CREATE OR REPLACE FUNCTION testing.do_gate(p_build_id bigint, p_gate text, p_login text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM begin_as(p_login, 'test');
  made := start_inspection(p_build_id, p_gate);
  PERFORM record_inspection_results(made, testing.right_answers(made));
  PERFORM complete_inspection(made);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION testing.do_gate(bigint, text, text) IS 'A checklist from beginning to signature, everything right.';

CREATE OR REPLACE FUNCTION testing.do_tasks(p_build_id bigint, p_gates text[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks;
  done integer := 0;
BEGIN
  PERFORM begin_as('sample.technician', 'test');
  LOOP
    SELECT t.* INTO task FROM production_tasks t
     WHERE t.build_id = p_build_id AND t.is_current AND t.state = 'PENDING' AND t.start_gate = ANY (p_gates) AND open_predecessors(t.production_task_id) = '{}'
     ORDER BY t.sequence, t.production_task_id LIMIT 1;
    EXIT WHEN task.production_task_id IS NULL;
    IF task.assignee_id IS DISTINCT FROM current_user_id() THEN
      PERFORM take_task(task.production_task_id);
    END IF;
    PERFORM start_task(task.production_task_id, array(
      SELECT min(o.tool_code) FROM task_template_tools w JOIN tools o USING (tool_kind_code) WHERE w.task_template_id = task.task_template_id AND o.is_active GROUP BY w.tool_kind_code));
    PERFORM complete_task(task.production_task_id, greatest(task.planned_minutes, 1));
    done := done + 1;
  END LOOP;
  RETURN done;
END;
$$;
COMMENT ON FUNCTION testing.do_tasks(bigint, text[]) IS 'Every task of a build that may be done now, in its order.';

CREATE OR REPLACE FUNCTION testing.scan_serials(p_build_id bigint) RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(capture_serial(p_build_id, r.serial_kind_code, format('SN-%s-%s-%s', p_build_id, r.serial_kind_code, coalesce(r.basin_number, 0)), r.basin_number,
           p_software_version => CASE WHEN r.needs_software_version THEN '4.2.1' END, p_qe_code => CASE WHEN r.needs_plant_codes THEN 'QE-1' END,
           p_qfu_code => CASE WHEN r.needs_plant_codes THEN 'QFU-1' END))
    FROM required_serials(p_build_id) r WHERE NOT r.is_captured
$$;
COMMENT ON FUNCTION testing.scan_serials(bigint) IS 'Captures every serial number that a build still needs.';

CREATE OR REPLACE FUNCTION testing.step(p_build_id bigint, p_login text, p_to text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM begin_as(p_login, 'test');
  PERFORM transition_build(p_build_id, p_to, 'test');
END;
$$;
COMMENT ON FUNCTION testing.step(bigint, text, text) IS 'One step of a build by a person.';

CREATE OR REPLACE FUNCTION testing.bring_build(p_build_id bigint, p_to text) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place text;
BEGIN
  LOOP
    SELECT b.phase || '/' || coalesce(b.sub_state, '') INTO place FROM builds b WHERE b.build_id = p_build_id;
    EXIT WHEN p_to IN (place, split_part(place, '/', 1));
    CASE place
      WHEN 'PRODUCTION/PLANNING' THEN
        PERFORM begin_as('sample.production', 'test');
        PERFORM cancel_outsourced_line(l.outsourced_line_id, 'made here') FROM outsourced_lines l WHERE l.build_id = p_build_id AND l.state NOT IN ('RECEIVED', 'CANCELLED');
        PERFORM testing.step(p_build_id, 'sample.production', 'PRE_QC_READY');
      WHEN 'PRODUCTION/PRE_QC_READY' THEN
        IF NOT (run_build_guard('drawings_approved', p_build_id)).ok THEN
          PERFORM begin_as('sample.production', 'test');
          PERFORM approve_attachment(add_attachment(b.order_id, 'SINK_DRAWING', b.build_number || '.pdf', 'application/pdf', p_build_id => p_build_id)) FROM builds b WHERE b.build_id = p_build_id;
        END IF;
        PERFORM testing.do_gate(p_build_id, 'PRE_PRODUCTION', 'sample.quality');
        PERFORM testing.step(p_build_id, 'sample.quality', 'READY');
      WHEN 'PRODUCTION/READY' THEN
        PERFORM begin_as('sample.technician', 'test');
        PERFORM take_build(p_build_id);
        PERFORM testing.do_tasks(p_build_id, '{RECEIVING}');
        PERFORM testing.step(p_build_id, 'sample.technician', 'IN_ASSEMBLY');
      WHEN 'PRODUCTION/IN_ASSEMBLY' THEN
        PERFORM begin_as('sample.technician', 'test');
        PERFORM testing.scan_serials(p_build_id);
        PERFORM testing.do_gate(p_build_id, 'PRODUCTION', 'sample.technician');
        PERFORM testing.do_tasks(p_build_id, '{ASSEMBLY,REWORK}');
        PERFORM testing.step(p_build_id, 'sample.technician', 'EOL_READY');
      WHEN 'PRODUCTION/EOL_READY' THEN
        PERFORM testing.step(p_build_id, 'sample.technician', 'EOL_RUNNING');
      WHEN 'PRODUCTION/EOL_RUNNING' THEN
        PERFORM testing.do_gate(p_build_id, 'END_OF_LINE', 'sample.technician');
        PERFORM testing.do_tasks(p_build_id, '{END_OF_LINE}');
        PERFORM testing.step(p_build_id, 'sample.technician', 'EOL_PASSED');
      WHEN 'PRODUCTION/EOL_PASSED' THEN PERFORM testing.step(p_build_id, 'sample.technician', 'QUALITY_CONTROL');
      WHEN 'QUALITY_CONTROL/READY' THEN PERFORM testing.step(p_build_id, 'sample.quality', 'IN_INSPECTION');
      WHEN 'QUALITY_CONTROL/IN_INSPECTION' THEN
        PERFORM testing.do_gate(p_build_id, 'FINAL', 'sample.quality');
        PERFORM testing.step(p_build_id, 'sample.quality', 'PASSED');
      WHEN 'QUALITY_CONTROL/PASSED' THEN PERFORM testing.step(p_build_id, 'sample.quality', 'PACKAGING');
      WHEN 'PACKAGING/IN_PACKING' THEN
        PERFORM testing.do_gate(p_build_id, 'PACKING', 'sample.technician');
        PERFORM testing.do_tasks(p_build_id, '{PACKING}');
        PERFORM testing.step(p_build_id, 'sample.technician', 'PACKED');
      WHEN 'PACKAGING/PACKED' THEN
        PERFORM testing.do_gate(p_build_id, 'PACKING_CONFIRMATION', 'sample.quality');
        PERFORM testing.step(p_build_id, 'sample.quality', 'SHIPPING');
      ELSE RAISE EXCEPTION 'no way on from %', place;
    END CASE;
  END LOOP;
  RETURN place;
END;
$$;
COMMENT ON FUNCTION testing.bring_build(bigint, text) IS 'Brings a build from PRODUCTION on to a phase, or to a step of it (PRODUCTION/IN_ASSEMBLY); nothing more is done there.';

CREATE OR REPLACE FUNCTION testing.bring_order(p_order_id bigint, p_to text) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build bigint;
BEGIN
  FOR build IN SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id LOOP
    PERFORM testing.bring_build(build, p_to);
  END LOOP;
  PERFORM set_config('torvan.user_id', '', true);
  RETURN (SELECT o.phase FROM orders o WHERE o.order_id = p_order_id);
END;
$$;
COMMENT ON FUNCTION testing.bring_order(bigint, text) IS 'Brings every build of an order to a phase or step; returns the phase of the order.';
