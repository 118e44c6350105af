-- Signed records do not change, at any door; a correction adds and never overwrites.
\ir _checklists.sql
SELECT testing.make_build('FIXED-1', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS build \gset
SELECT testing.act('sample.quality');
SELECT testing.do_all(:build, 'PRE_PRODUCTION', 'sample.quality') AS pre \gset
SELECT testing.same((SELECT (state, first_pass)::text FROM qc_inspections WHERE qc_inspection_id = :pre), '(PASSED,t)', 'passed at first');
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''P1.02'', NULL, ''true'')', :pre), 'TV003', 'takes no more answers'),
       testing.refused(format('SELECT complete_inspection(%s)', :pre), 'TV003', 'takes no more answers'),
       testing.refused(format('UPDATE qc_inspections SET state = ''REJECTED'' WHERE qc_inspection_id = %s', :pre), 'TV003', 'immutable'),
       testing.refused(format('UPDATE qc_inspections SET inspector_id = 1 WHERE qc_inspection_id = %s', :pre), 'TV003', 'immutable'),
       testing.refused(format('UPDATE qc_inspections SET build_id = build_id - 1 WHERE qc_inspection_id = %s', :pre), 'TV003', 'does not change'),
       testing.refused(format('DELETE FROM qc_inspections WHERE qc_inspection_id = %s', :pre), 'TV003', 'is kept'),
       testing.refused(format('UPDATE qc_inspection_items SET answer_boolean = false WHERE qc_inspection_id = %s', :pre), 'TV003', 'immutable'),
       testing.refused(format('DELETE FROM qc_inspection_items WHERE qc_inspection_id = %s', :pre), 'TV003', 'is kept'),
       testing.refused('UPDATE qc_inspection_photos SET sha256 = repeat(''0'', 64)', 'TV003', 'append-only'),
       testing.refused('TRUNCATE qc_inspection_items CASCADE', 'TV003', 'not truncated');
-- Even inside a step of quality control.
SELECT testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE qc_inspection_items SET answer_boolean = false WHERE qc_inspection_id = %s; END $x$', :build, :pre), 'TV003', 'immutable'),
       testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE qc_inspections SET first_pass = false WHERE qc_inspection_id = %s; END $x$', :build, :pre), 'TV003', 'immutable'),
       testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE qc_inspections SET state = ''APPROVED'' WHERE qc_inspection_id = %s; END $x$', :build, :pre), 'TV003', 'immutable');
-- Open ones are written by their functions only.
SELECT testing.place(:build, 'PRODUCTION', 'IN_ASSEMBLY'), testing.act('sample.technician');
SELECT start_inspection(:build, 'PRODUCTION') AS clp \gset
SELECT testing.refused(format('UPDATE qc_inspection_items SET result = ''PASS'', answered_at = now() WHERE qc_inspection_id = %s', :clp), 'TV009', 'not written directly'),
       testing.refused(format('UPDATE qc_inspections SET state = ''COMPLETED'' WHERE qc_inspection_id = %s', :clp), 'TV009', 'not written directly'),
       testing.refused(format('INSERT INTO qc_inspections (build_id, gate_code, qc_process_id, process_version, attempt, configuration_id, inspector_id) SELECT build_id, gate_code, qc_process_id, 1, 9, configuration_id, inspector_id FROM qc_inspections WHERE qc_inspection_id = %s', :clp), 'TV009', 'not written directly'),
       testing.refused(format('INSERT INTO qc_inspection_photos (build_id, qc_inspection_item_id, sha256, added_by) SELECT build_id, qc_inspection_item_id, repeat(''a'', 64), 1 FROM qc_inspection_items WHERE qc_inspection_id = %s LIMIT 1', :clp), 'TV009', 'not written directly'),
       testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE qc_inspection_items SET tolerance_high = 99 WHERE qc_inspection_id = %s; END $x$', :build, :clp), 'TV003', 'asks for does not change');
SELECT record_inspection_results(:clp, testing.right_answers(:clp));
SELECT complete_inspection(:clp) AS signature \gset
SELECT md5(canonical_qc_inspections(:clp)::text) AS signed \gset

-- Reopened with a reason: the answer of then stays, the content is no longer that of the signature.
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT reopen_inspection(%s, ''a mistake'')', :clp), '42501', 'inspection:reopen');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT reopen_inspection(%s, NULL)', :clp), 'TV022', 'reason'), testing.refused(format('SELECT reopen_inspection(%s, ''a mistake'')', :pre), '42501', 'inspection:reopen');
SELECT reopen_inspection(:clp, 'P2.10 was ticked too early');
SELECT testing.ok(NOT (build_guard_production_checklist_signed(:build)).ok, 'no longer signed');
SELECT record_inspection_result(:clp, 'P2.10', NULL, 'true', 'cleaned again');
SELECT testing.same((SELECT array_agg((h.result, h.note, h.replaced_by = current_user_id())::text) FROM qc_inspection_item_history h JOIN qc_inspection_items i USING (qc_inspection_item_id) WHERE i.qc_inspection_id = :clp AND i.item_code = 'P2.10'), '{"(PASS,,t)"}'::text[], 'the earlier answer'),
       testing.refused('UPDATE qc_inspection_item_history SET note = ''x''', 'TV003', 'append-only'), testing.refused('DELETE FROM qc_inspection_item_history', 'TV003', 'append-only');
SELECT complete_inspection(:clp);
SELECT testing.ok(md5(canonical_qc_inspections(:clp)::text) <> :'signed', 'the content changed'), testing.same((SELECT count(*) FROM signatures WHERE record_type = 'qc_inspections' AND record_id = :clp), 2::bigint, 'signed again');
SELECT md5(canonical_qc_inspections(:clp)::text) AS signed \gset
SELECT testing.act('sample.quality');
SELECT approve_checklist(:clp);
SELECT testing.same(md5(canonical_qc_inspections(:clp)::text), :'signed', 'an approval leaves the signed content alone');

-- Test records are voided by an Administrator, with a reason; a pre-production check that passed is not.
SELECT testing.place(:build, 'PRODUCTION', 'EOL_RUNNING');
SELECT testing.do_all(:build, 'END_OF_LINE', 'sample.technician') AS eol \gset
SELECT testing.refused(format('SELECT void_inspection(%s, ''wrong sink'')', :eol), '42501', 'test_record:void');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT void_inspection(%s, '''')', :eol), 'TV022', 'reason'), testing.refused(format('SELECT void_inspection(%s, ''wrong sink'')', :pre), 'TV009', 'cannot be voided');
SELECT void_inspection(:eol, 'tested on the wrong sink');
SELECT testing.ok(NOT (build_guard_end_of_line_passed(:build)).ok, 'a void test counts for nothing'), testing.refused(format('SELECT void_inspection(%s, ''again'')', :eol), 'TV009', 'cannot be voided'),
       testing.refused(format('UPDATE qc_inspections SET state = ''PASSED'' WHERE qc_inspection_id = %s', :eol), 'TV003', 'immutable');
SELECT testing.act('sample.technician');
SELECT start_inspection(:build, 'END_OF_LINE') AS anew \gset
SELECT testing.same((SELECT (attempt, previous_inspection_id)::text FROM qc_inspections WHERE qc_inspection_id = :anew), '(2,)', 'the next attempt carries nothing over from it');

-- Findings keep what was reported.
SELECT testing.act('sample.quality');
SELECT report_nonconformity(:build, 'SURFACE_DEFECT', 'a scratch on the skirt') AS scratch \gset
SELECT testing.refused(format('UPDATE nonconformities SET severity = ''MINOR'', description = ''nothing'' WHERE nonconformity_id = %s', :scratch), 'TV003', 'keeps what was reported'),
       testing.refused(format('UPDATE nonconformities SET state = ''VERIFIED'' WHERE nonconformity_id = %s', :scratch), 'TV009', 'not written directly'),
       testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE nonconformities SET state = ''CLOSED'' WHERE nonconformity_id = %s; END $x$', :build, :scratch), 'TV009', 'cannot become closed'),
       testing.refused(format('DO $x$ BEGIN PERFORM open_quality(%s); UPDATE nonconformities SET state = ''REWORKED'', reworked_by = 1 WHERE nonconformity_id = %s; END $x$', :build, :scratch), 'TV010', 'in the name of the person'),
       testing.refused(format('DELETE FROM nonconformities WHERE nonconformity_id = %s', :scratch), 'TV003', 'is kept');
