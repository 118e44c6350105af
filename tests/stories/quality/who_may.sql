-- Who may inspect: by gate, never one's own work, one person's record at a time.
\ir _checklists.sql
SELECT testing.make_build('WHO-1', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS build \gset
SELECT testing.colleague('other.quality', 'QC_INSPECTOR'), testing.colleague('other.technician', 'ASSEMBLY_TECHNICIAN'), testing.colleague('both', 'QC_INSPECTOR'), testing.colleague('assistant', 'ASSEMBLY_TECHNICIAN');
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'both' AND r.role_code = 'ASSEMBLY_TECHNICIAN';

SELECT testing.nobody();
SELECT testing.refused(format('SELECT start_inspection(%s, ''PRE_PRODUCTION'')', :build), 'TV010', 'needs a person');
CREATE TEMP TABLE doors (gate text, phase text, sub_state text, may text);
INSERT INTO doors VALUES ('PRE_PRODUCTION', 'PRODUCTION', 'PRE_QC_READY', 'sample.quality'), ('PRODUCTION', 'PRODUCTION', 'IN_ASSEMBLY', 'sample.technician'), ('END_OF_LINE', 'PRODUCTION', 'EOL_READY', 'sample.technician'),
  ('FINAL', 'QUALITY_CONTROL', 'READY', 'sample.quality'), ('PACKING', 'PACKAGING', 'IN_PACKING', 'sample.technician'), ('PACKING_CONFIRMATION', 'PACKAGING', 'PACKED', 'sample.quality');
DO $$
DECLARE
  door record;
  person text;
  elsewhere text;
  sink bigint := (SELECT build_id FROM builds WHERE build_number = 'WHO-1');
BEGIN
  FOR door IN SELECT * FROM doors LOOP
    PERFORM testing.place(sink, door.phase, door.sub_state);
    FOREACH person IN ARRAY ARRAY['sample.admin', 'sample.sales', 'sample.production', 'sample.quality', 'sample.technician', 'sample.service'] LOOP
      PERFORM testing.act(person);
      IF person <> door.may THEN
        PERFORM testing.refused(format('SELECT start_inspection(%s, %L)', sink, door.gate), '42501', 'has no permission');
      END IF;
    END LOOP;
    PERFORM testing.act(door.may);
    PERFORM testing.place(sink, CASE door.phase WHEN 'PRODUCTION' THEN 'QUALITY_CONTROL' ELSE 'PRODUCTION' END);
    PERFORM testing.refused(format('SELECT start_inspection(%s, %L)', sink, door.gate), 'TV009', 'is done in phase ' || door.phase);
    elsewhere := (SELECT s.sub_state FROM build_sub_states s JOIN qc_gates g USING (phase) WHERE g.gate_code = door.gate AND s.sub_state <> ALL (g.sub_states) ORDER BY s.position LIMIT 1);
    -- The gates of packing take in every step of their phase.
    PERFORM testing.same(elsewhere IS NULL, door.gate = 'PACKING_CONFIRMATION', 'steps of the phase where ' || door.gate || ' is not done');
    IF elsewhere IS NOT NULL THEN
      PERFORM testing.place(sink, door.phase, elsewhere);
      PERFORM testing.refused(format('SELECT start_inspection(%s, %L)', sink, door.gate), 'TV009', 'is done in step');
    END IF;
  END LOOP;
END;
$$;

-- One person's record; another takes it over with a reason.
SELECT testing.place(:build, 'PRODUCTION', 'IN_ASSEMBLY'), testing.act('sample.technician');
SELECT start_inspection(:build, 'PRODUCTION') AS clp \gset
SELECT testing.refused(format('SELECT start_inspection(%s, ''PRODUCTION'')', :build), 'TV009', 'is open already');
SELECT record_inspection_results(:clp, testing.right_answers(:clp, '{P2.06,P2.10}'));
SELECT testing.act('both');
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''P2.06'', NULL, ''true'')', :clp), '42501', 'is the work of'), testing.refused(format('SELECT take_over_inspection(%s, '''')', :clp), 'TV022', 'reason');
SELECT take_over_inspection(:clp, 'shift change');
SELECT record_inspection_result(:clp, 'P2.06', NULL, 'true');
SELECT testing.act('other.technician');
SELECT take_over_inspection(:clp, 'shift change'), record_inspection_result(:clp, 'P2.10', NULL, 'true');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT approve_checklist(%s)', :clp), 'TV009', 'cannot be approved'), testing.refused(format('SELECT complete_inspection(%s)', :clp), '42501', 'production_checklist:sign');
SELECT testing.act('other.technician');
SELECT testing.refused(format('SELECT reject_inspection(%s, ''OTHER'', NULL, ''[{"description": "all of it"}]'')', :clp), 'TV009', 'is not rejected');
SELECT complete_inspection(:clp);
SELECT testing.same((SELECT state FROM qc_inspections WHERE qc_inspection_id = :clp), 'COMPLETED', 'signed by its author'), testing.ok((build_guard_production_checklist_signed(:build)).ok, 'signed'), testing.refused(format('SELECT approve_checklist(%s)', :clp), '42501', 'production_checklist:approve');
SELECT testing.act('both');
SELECT testing.refused(format('SELECT approve_checklist(%s)', :clp), 'TV025', 'may not approve this checklist');
SELECT testing.act('sample.quality');
SELECT approve_checklist(:clp, 'complete');
SELECT testing.same((SELECT (state, approved_by = current_user_id())::text FROM qc_inspections WHERE qc_inspection_id = :clp), '(APPROVED,t)', 'approved by another'),
       testing.same((SELECT array_agg(meaning ORDER BY signature_id) FROM signatures WHERE record_type = 'qc_inspections' AND record_id = :clp), '{authored,approved}'::text[], 'two signatures');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT reopen_inspection(%s, ''second thoughts'')', :clp), 'TV009', 'cannot be reopened');

-- A builder does not inspect: who answered the production checklist, even one item of it, or reworked something.
SELECT testing.place(:build, 'QUALITY_CONTROL', 'READY'), testing.act('both');
SELECT testing.ok(has_worked_on_build(current_user_id(), :build), 'took part in the checklist'), testing.refused(format('SELECT start_inspection(%s, ''FINAL'')', :build), 'TV025', 'does not do its final inspection');
SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'FINAL') AS final \gset
SELECT testing.act('both');
SELECT testing.refused(format('SELECT take_over_inspection(%s, ''I can do it'')', :final), 'TV025', 'worked on build'), testing.refused(format('SELECT record_inspection_result(%s, ''Q1.01'', NULL, ''true'')', :final), 'TV025', 'worked on build');
-- Nor does one sign who became a builder meanwhile.
SELECT testing.act('sample.quality');
SELECT record_inspection_results(:final, testing.right_answers(:final));
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'sample.quality' AND r.role_code = 'ASSEMBLY_TECHNICIAN';
SELECT report_nonconformity(:build, 'CLEANLINESS', 'a fingerprint') AS smear \gset
SELECT record_rework(:smear, 'wiped it off');
SELECT testing.refused(format('SELECT complete_inspection(%s)', :final), 'TV025', 'worked on build'), testing.refused(format('SELECT verify_nonconformity(%s)', :smear), 'TV025', 'does not clear its findings');

-- Who packed does not confirm.
SELECT testing.place(:build, 'PACKAGING', 'IN_PACKING'), testing.act('both');
SELECT testing.do_all(:build, 'PACKING', 'both');
SELECT testing.refused(format('SELECT start_inspection(%s, ''PACKING_CONFIRMATION'')', :build), 'TV025', 'confirmation of the packing');
SELECT testing.do_all(:build, 'PACKING_CONFIRMATION', 'other.quality');
SELECT testing.ok((build_guard_packing_confirmed(:build)).ok, 'confirmed by another');

-- On hold nothing is recorded; a cancelled build has no open inspections.
SELECT testing.make_build('WHO-2', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS second \gset
SELECT testing.act('other.quality');
SELECT start_inspection(:second, 'PRE_PRODUCTION') AS pre \gset
SELECT hold_order((SELECT order_id FROM builds WHERE build_id = :second), 'QUALITY', 'waiting for a drawing');
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''P1.02'', NULL, ''true'')', :pre), 'TV009', 'on hold');
SELECT resume_order((SELECT order_id FROM builds WHERE build_id = :second), 'drawing is here');
SELECT testing.act('sample.production');
SELECT cancel_order((SELECT order_id FROM builds WHERE build_id = :second), 'customer withdrew');
SELECT testing.same((SELECT (state, void_reason)::text FROM qc_inspections WHERE qc_inspection_id = :pre), '(VOID,"the build was cancelled")', 'open inspection of a cancelled build');

-- Customer service sees results, not the sheets.
SELECT testing.act('sample.service');
SELECT testing.same((SELECT array_agg(r.gate_code || ' ' || r.result ORDER BY r.gate_code) FROM build_quality_results(:build) r WHERE r.result <> 'NOT_BEGUN'), '{"FINAL IN_PROGRESS","PACKING COMPLETED","PACKING_CONFIRMATION PASSED","PRODUCTION APPROVED"}'::text[], 'results'),
       testing.same((SELECT count(*) FROM build_quality_results(:build)), 6::bigint, 'gates');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT build_quality_results(%s)', :build), '42501', 'inspection:read_result');
