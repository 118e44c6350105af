-- Quality guards of a build (workflow.md section 4): each is one function that says whether it holds, why not, and where to mend it.

CREATE OR REPLACE FUNCTION inspection_standing(p_build_id bigint, p_gate text, p_states text[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  last qc_inspections := latest_inspection(p_build_id, p_gate);
BEGIN
  IF last.qc_inspection_id IS NULL THEN
    RETURN 'is not begun';
  ELSIF last.state <> ALL (p_states) THEN
    RETURN CASE last.state WHEN 'REJECTED' THEN format('was rejected (inspection %s)', last.qc_inspection_id) ELSE format('is not finished (inspection %s)', last.qc_inspection_id) END;
  ELSIF last.configuration_id IS DISTINCT FROM (SELECT b.configuration_id FROM builds b WHERE b.build_id = p_build_id) THEN
    RETURN 'was made for an earlier configuration (begin it again; unaffected answers are carried over)';
  ELSIF NOT is_of_this_visit(last) THEN
    RETURN 'was done before the build came back (begin it again)';
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION inspection_standing(bigint, text, text[]) IS 'What is missing at a gate: null if the last attempt is in one of the states, made for the present configuration and, where that counts, in the present visit of its phase.';

CREATE OR REPLACE FUNCTION build_guard_pre_production_passed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(s.missing IS NULL, 'the pre-production check ' || s.missing, 'inspections') FROM inspection_standing(p_build_id, 'PRE_PRODUCTION', '{PASSED}') AS s (missing) $$;
COMMENT ON FUNCTION build_guard_pre_production_passed(bigint) IS 'The pre-production check (CLP section 1) is passed and signed.';

CREATE OR REPLACE FUNCTION build_guard_pre_production_rejected(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome((latest_inspection(p_build_id, 'PRE_PRODUCTION')).state = 'REJECTED', 'no rejection of the pre-production check is recorded', 'inspections') $$;
COMMENT ON FUNCTION build_guard_pre_production_rejected(bigint) IS 'The last pre-production check is a recorded rejection.';

CREATE OR REPLACE FUNCTION build_guard_rework_recorded(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH rejection AS (
    SELECT q.qc_inspection_id FROM qc_inspections q WHERE q.build_id = p_build_id AND q.state = 'REJECTED' ORDER BY q.completed_at DESC, q.qc_inspection_id DESC LIMIT 1)
  SELECT guard_outcome(count(r.qc_inspection_id) > 0 AND count(n.nonconformity_id) = 0,
           CASE WHEN count(r.qc_inspection_id) = 0 THEN 'nothing was rejected' ELSE 'rework is not recorded: ' || string_agg(n.nonconformity_number, ', ' ORDER BY n.nonconformity_id) END, 'nonconformities')
    FROM rejection r LEFT JOIN nonconformities n ON n.qc_inspection_id = r.qc_inspection_id AND n.needs_rework AND n.state IN ('OPEN', 'IN_REWORK')
$$;
COMMENT ON FUNCTION build_guard_rework_recorded(bigint) IS 'Every finding of the last rejection that asks for rework is reworked or further.';

CREATE OR REPLACE FUNCTION build_guard_production_checklist_signed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(s.missing IS NULL, 'the production checklist ' || s.missing, 'inspections') FROM inspection_standing(p_build_id, 'PRODUCTION', '{COMPLETED,APPROVED}') AS s (missing) $$;
COMMENT ON FUNCTION build_guard_production_checklist_signed(bigint) IS 'The production checklist (CLP sections 2 and 3) is complete and signed.';

CREATE OR REPLACE FUNCTION build_guard_end_of_line_passed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH test AS (SELECT * FROM latest_inspection(p_build_id, 'END_OF_LINE')),
  expired AS (
    SELECT i.answer_date FROM test t JOIN qc_inspection_items i USING (qc_inspection_id) JOIN qc_process_items p USING (qc_process_item_id)
     WHERE p.date_rule = 'NOT_PAST' AND i.answer_date < (t.completed_at AT TIME ZONE coalesce(site_setting('time_zone') #>> '{}', 'UTC'))::date LIMIT 1)
  SELECT guard_outcome(s.missing IS NULL AND e.answer_date IS NULL,
           'the end-of-line test ' || coalesce(s.missing, format('was made with an instrument whose calibration ended on %s', e.answer_date)), 'inspections')
    FROM inspection_standing(p_build_id, 'END_OF_LINE', '{PASSED}') AS s (missing) LEFT JOIN expired e ON true
$$;
COMMENT ON FUNCTION build_guard_end_of_line_passed(bigint) IS 'All applicable tests of the end-of-line sheet are passed and signed, with a thermometer whose calibration was valid.';

CREATE OR REPLACE FUNCTION build_guard_end_of_line_failed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome((latest_inspection(p_build_id, 'END_OF_LINE')).state = 'REJECTED', 'no failed end-of-line test is recorded', 'inspections') $$;
COMMENT ON FUNCTION build_guard_end_of_line_failed(bigint) IS 'The last end-of-line test ended with a recorded failure.';

CREATE OR REPLACE FUNCTION build_guard_final_inspection_passed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH final AS (SELECT * FROM latest_inspection(p_build_id, 'FINAL'))
  SELECT guard_outcome(coalesce(s.missing, b.own) IS NULL, coalesce('the final inspection ' || s.missing, b.own), 'inspections')
    FROM inspection_standing(p_build_id, 'FINAL', '{PASSED}') AS s (missing)
    LEFT JOIN LATERAL (SELECT 'the final inspection was done by somebody who worked on the build' AS own FROM final f WHERE has_worked_on_build(f.inspector_id, p_build_id)) b ON true
$$;
COMMENT ON FUNCTION build_guard_final_inspection_passed(bigint) IS
  'The final inspection (CLQ A to E) is passed: signed only with hi-pot done, the first-pass flag set and the label applied; its inspector did not work on the build, before or after.';

CREATE OR REPLACE FUNCTION build_guard_final_inspection_rejected(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome((latest_inspection(p_build_id, 'FINAL')).state = 'REJECTED', 'no rejection of the final inspection is recorded', 'inspections') $$;
COMMENT ON FUNCTION build_guard_final_inspection_rejected(bigint) IS 'The last final inspection is a recorded rejection.';

CREATE OR REPLACE FUNCTION build_guard_nonconformities_closed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, 'open findings that are major or critical: ' || string_agg(n.nonconformity_number, ', ' ORDER BY n.nonconformity_id), 'nonconformities')
    FROM nonconformities n WHERE n.build_id = p_build_id AND n.severity IN ('MAJOR', 'CRITICAL') AND n.state NOT IN ('VERIFIED', 'CLOSED')
$$;
COMMENT ON FUNCTION build_guard_nonconformities_closed(bigint) IS 'No major or critical finding of the build is without verification.';

CREATE OR REPLACE FUNCTION build_guard_packing_complete(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(s.missing IS NULL, 'the packing ' || s.missing, 'packing') FROM inspection_standing(p_build_id, 'PACKING', '{COMPLETED}') AS s (missing) $$;
COMMENT ON FUNCTION build_guard_packing_complete(bigint) IS 'Every item of the packing list (CLP section 4) is counted and right.';

CREATE OR REPLACE FUNCTION build_guard_packing_confirmed(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(s.missing IS NULL, 'the confirmation of the packing ' || s.missing, 'packing') FROM inspection_standing(p_build_id, 'PACKING_CONFIRMATION', '{PASSED}') AS s (missing) $$;
COMMENT ON FUNCTION build_guard_packing_confirmed(bigint) IS 'Quality control confirmed the packing (CLQ section F).';
