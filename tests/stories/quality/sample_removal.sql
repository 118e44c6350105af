-- Taking the sample data away takes inspections and findings of sample builds along, and nothing of others.
\ir _checklists.sql
SELECT build_id AS sample FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.make_build('REAL-1', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS real \gset
SELECT testing.place(:sample, 'PRODUCTION', 'PRE_QC_READY'), testing.act('sample.quality');
SELECT testing.do_all(:real, 'PRE_PRODUCTION', 'sample.quality');
SELECT start_inspection(:sample, 'PRE_PRODUCTION') AS first \gset
SELECT record_inspection_result(:first, 'P1.12', NULL, NULL, NULL, ARRAY[repeat('a', 64)]), record_inspection_result(:first, 'P1.02', NULL, 'false'), record_inspection_result(:first, 'P1.02', NULL, 'false', 'corrected');
SELECT reject_inspection(:first, 'DOCUMENTATION_MISSING');
SELECT start_inspection(:sample, 'PRE_PRODUCTION');
SELECT testing.nobody();
SELECT remove_sample_data();
SELECT testing.same((SELECT array_agg(DISTINCT build_id) FROM qc_inspections), ARRAY[:real]::bigint[], 'inspections that stay'), testing.same((SELECT count(*) FROM nonconformities), 0::bigint, 'findings of sample builds'),
       testing.same((SELECT count(*) FROM qc_inspection_item_history), 0::bigint, 'their history'), testing.same((SELECT state FROM qc_inspections), 'PASSED', 'the real one');
