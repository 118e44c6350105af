-- A rejection, its rework, and the inspection after it: findings, what is carried over, no first pass.
\ir _checklists.sql
SELECT testing.make_build('REWORK-1', testing.sink('T2-B2', '[{"type": "E_SINK", "size": "24X20X8"}, {"type": "E_DRAIN", "size": "24X20X8"}]')) AS build \gset
SELECT repeat('cd', 32) AS photo \gset
SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'PRE_PRODUCTION') AS first \gset
SELECT record_inspection_results(:first, testing.right_answers(:first, '{P1.04,P1.06}'));
SELECT testing.refused(format('SELECT complete_inspection(%s)', :first), 'TV009', 'is not complete: P1.04, P1.06 (basin 1), P1.06 (basin 2)');
SELECT record_inspection_result(:first, 'P1.04', NULL, 'false', 'faucet hole 20 mm off', ARRAY[:'photo']), record_inspection_result(:first, 'P1.06', 1, 'true'), record_inspection_result(:first, 'P1.06', 2, 'true');
SELECT testing.refused(format('SELECT complete_inspection(%s)', :first), 'TV009', 'has failed items: P1.04'),
       testing.refused(format('SELECT reject_inspection(%s, ''UGLY'')', :first), 'TV022', 'no reason "UGLY"'),
       testing.refused(format('SELECT reject_inspection(%s, ''DIMENSIONAL'', ''HUGE'')', :first), 'TV022', 'severity is "HUGE"'),
       testing.refused(format('SELECT reject_inspection(%s, ''DIMENSIONAL'', NULL, ''[{"item": "P1.04"}]'')', :first), 'TV022', 'each with a description'),
       testing.refused(format('SELECT reject_inspection(%s, ''DIMENSIONAL'', NULL, ''[{"item": "P1.77", "description": "no such item"}]'')', :first), 'TV004', 'no item P1.77');
SELECT cardinality(reject_inspection(:first, 'DIMENSIONAL', NULL, jsonb_build_array(jsonb_build_object('item', 'P1.04', 'description', 'faucet hole 20 mm off', 'affects', '["P1.01"]'::jsonb),
    jsonb_build_object('description', 'a sticker is missing', 'category', 'DOCUMENTATION_MISSING', 'photos', jsonb_build_array(:'photo'))))) AS findings \gset
SELECT testing.same(:findings, 2, 'findings');
SELECT testing.same((SELECT (state, first_pass, reject_category, reject_severity)::text FROM qc_inspections WHERE qc_inspection_id = :first), '(REJECTED,f,DIMENSIONAL,MAJOR)', 'the first attempt'),
       testing.same((SELECT array_agg((n.category_code, n.severity, n.needs_rework, n.state, n.affected_items)::text ORDER BY n.nonconformity_id) FROM nonconformities n WHERE n.build_id = :build),
         '{"(DIMENSIONAL,MAJOR,t,IN_REWORK,{P1.01})","(DOCUMENTATION_MISSING,MINOR,f,OPEN,{})"}'::text[], 'what it found'),
       testing.same((SELECT count(*) FROM nonconformities WHERE build_id = :build AND nonconformity_number ~ '^NCR-\d{4}-\d{6}$'), 2::bigint, 'numbered'),
       testing.same((SELECT array_agg((s.meaning, s.record_type)::text) FROM signatures s WHERE s.record_type = 'qc_inspections' AND s.record_id = :first), '{"(rejected,qc_inspections)"}'::text[], 'signed'),
       testing.same((SELECT payload ->> 'gate' FROM outbox_events WHERE event_type = 'inspection.failed' AND subject_id = :first), 'PRE_PRODUCTION', 'told to others'),
       testing.same((SELECT (result, answer_text)::text FROM qc_inspection_items WHERE qc_inspection_id = :first AND item_code = 'P1.H3'), '(FAIL,QQ)', 'initials of the inspector'),
       testing.ok((build_guard_pre_production_rejected(:build)).ok, 'rejected'), testing.ok(NOT (build_guard_rework_recorded(:build)).ok, 'rework not yet recorded'), testing.ok(NOT (build_guard_pre_production_passed(:build)).ok, 'not passed');
SELECT testing.refused(format('SELECT start_inspection(%s, ''PRE_PRODUCTION'')', :build), 'TV009', 'once its rework is recorded');

SELECT nonconformity_id AS finding FROM nonconformities WHERE build_id = :build AND needs_rework \gset
SELECT testing.refused(format('SELECT record_rework(%s, ''welded anew'')', :finding), '42501', 'nonconformity:rework'), testing.refused(format('SELECT verify_nonconformity(%s)', :finding), 'TV009', 'is in rework');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT record_rework(%s, '' '')', :finding), 'TV022', 'reason');
SELECT record_rework(:finding, 'welded anew and drilled to the drawing');
SELECT testing.same((SELECT state FROM nonconformities WHERE nonconformity_id = :finding), 'REWORKED', 'after the rework'), testing.ok((build_guard_rework_recorded(:build)).ok, 'rework recorded'),
       testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'build.rework_finished' AND subject_id = :build), 1::bigint, 'quality control hears of it'),
       testing.refused(format('SELECT close_nonconformity(%s, ''done'')', :finding), 'TV009', 'is reworked'), testing.refused(format('SELECT verify_nonconformity(%s)', :finding), '42501', 'nonconformity:close');

SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'PRE_PRODUCTION') AS second \gset
SELECT testing.same((SELECT (attempt, previous_inspection_id)::text FROM qc_inspections WHERE qc_inspection_id = :second), format('(2,%s)', :first), 'the second attempt'),
       testing.same((SELECT array_agg(item_code::text ORDER BY position) FROM qc_inspection_items WHERE qc_inspection_id = :second AND is_applicable AND is_mandatory AND result = 'OPEN'), '{P1.H3,P1.01,P1.04}'::text[], 'failed and affected items are inspected again'),
       testing.same((SELECT count(*) FROM qc_inspection_items n JOIN qc_inspection_items o ON o.qc_inspection_item_id = n.carried_from_id WHERE n.qc_inspection_id = :second AND o.qc_inspection_id = :first AND n.item_code = o.item_code AND n.answered_at = o.answered_at),
         (SELECT count(*) FROM qc_inspection_items WHERE qc_inspection_id = :first AND is_applicable AND result IN ('PASS', 'NA') AND item_code NOT IN ('P1.H2', 'P1.H3', 'P1.01')), 'the others are carried over, with their time');
SELECT record_inspection_results(:second, testing.right_answers(:second));
SELECT complete_inspection(:second);
SELECT testing.same((SELECT (state, first_pass)::text FROM qc_inspections WHERE qc_inspection_id = :second), '(PASSED,f)', 'passed, not at first'),
       testing.same((SELECT array_agg((n.state, n.verified_in_id)::text ORDER BY nonconformity_id) FROM nonconformities n WHERE build_id = :build), ARRAY[format('(VERIFIED,%s)', :second), format('(VERIFIED,%s)', :second)], 'the findings are verified by it'),
       testing.ok((build_guard_pre_production_passed(:build)).ok, 'passed'), testing.ok(NOT (build_guard_pre_production_rejected(:build)).ok, 'no longer rejected'), testing.ok((build_guard_nonconformities_closed(:build)).ok, 'nothing is open');
SELECT close_nonconformity(:finding, 'verified at the second inspection');
SELECT testing.same((SELECT state FROM nonconformities WHERE nonconformity_id = :finding), 'CLOSED', 'closed'),
       testing.refused(format('SELECT start_inspection(%s, ''PRE_PRODUCTION'')', :build), 'TV009', 'is done'),
       testing.refused(format('SELECT reject_inspection(%s, ''OTHER'')', :second), 'TV003', 'takes no more answers');

-- A failed test: what depends on it is repeated, the rest is not.
SELECT testing.place(:build, 'PRODUCTION', 'EOL_RUNNING'), testing.act('sample.technician');
SELECT start_inspection(:build, 'END_OF_LINE') AS eol \gset
SELECT record_inspection_results(:eol, testing.right_answers(:eol, '{K2A,K2B,K2C,K1A}'));
SELECT record_inspection_result(:eol, 'K1A', 1, '{"value": 25, "reference": 20}');
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''K2A'', 1, ''true'')', :eol), 'TV009', 'comes after K1A');
SELECT (reject_inspection(:eol, 'ELECTRICAL'))[1] AS probe \gset
SELECT testing.ok((build_guard_end_of_line_failed(:build)).ok, 'the test failed'), testing.same((SELECT (category_code, severity)::text FROM nonconformities WHERE nonconformity_id = :probe), '(ELECTRICAL,CRITICAL)', 'its finding');
SELECT record_rework(:probe, 'probe replaced');
SELECT start_inspection(:build, 'END_OF_LINE') AS again \gset
SELECT testing.same((SELECT array_agg(item_code::text ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :again AND is_applicable AND result = 'OPEN'), '{K1A,K2A,K2B,K2C}'::text[], 'the failed test and those after it');
SELECT record_inspection_results(:again, testing.right_answers(:again));
SELECT complete_inspection(:again);
SELECT testing.ok((build_guard_end_of_line_passed(:build)).ok, 'the test passed'), testing.same((SELECT state FROM nonconformities WHERE nonconformity_id = :probe), 'REWORKED', 'its builder does not verify it'),
       testing.ok(NOT (build_guard_nonconformities_closed(:build)).ok, 'quality control has to');
SELECT testing.act('sample.quality');
SELECT verify_nonconformity(:probe);
SELECT testing.ok((build_guard_nonconformities_closed(:build)).ok, 'quality control did');

-- A changed configuration: what it leaves alone is carried over.
SELECT testing.act('sample.technician'), testing.place(:build, 'PRODUCTION', 'EOL_RUNNING');
DO $$
DECLARE
  b builds;
BEGIN
  SELECT * INTO b FROM builds WHERE build_number = 'REWORK-1';
  PERFORM begin_as('sample.sales', 'story'), testing.place(b.build_id, 'CONFIGURATION');
  PERFORM save_configuration(jsonb_set((SELECT parameters FROM configurations WHERE configuration_id = b.configuration_id), '{basins,1,basin_light}', 'true'), b.build_id);
  PERFORM testing.place(b.build_id, 'PRODUCTION', 'EOL_RUNNING');
END;
$$;
SELECT testing.act('sample.technician');
SELECT testing.same((build_guard_end_of_line_passed(:build)).message, 'the end-of-line test was made for an earlier configuration (begin it again; unaffected answers are carried over)', 'the test is out of date');
SELECT start_inspection(:build, 'END_OF_LINE') AS lit \gset
SELECT testing.same((SELECT array_agg(item_code::text || ' ' || coalesce(basin_number, 0) ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :lit AND is_applicable AND result = 'OPEN'), '{"D3B 2"}'::text[], 'only the new light is tested');
