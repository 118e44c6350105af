-- The test sheet shows the serial numbers that were captured, and takes no others.
\ir _checklists.sql
SELECT testing.make_build('SERIAL-1', testing.sink('T2-B1', '[{"type": "E_SINK", "size": "24X20X8"}]')) AS build \gset
SELECT testing.capture_serials(:build, 'sample.quality'), testing.place(:build, 'PRODUCTION', 'EOL_READY'), testing.act('sample.technician');
SELECT start_inspection(:build, 'END_OF_LINE') AS eol, to_regclass('public.build_serials') IS NOT NULL AS captured \gset
SELECT testing.same((SELECT count(*) FROM qc_inspection_items i WHERE i.qc_inspection_id = :eol AND i.item_code LIKE 'T0._%' AND i.item_code NOT LIKE 'T0.H%' AND i.result = 'PASS' AND i.answered_by_system),
  CASE WHEN :'captured'::boolean THEN 9 ELSE 0 END::bigint, 'serials, codes and version are there');
\if :captured
SELECT testing.same((SELECT array_agg(item_code || '=' || answer_text ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :eol AND item_code IN ('T0.1', 'T0.2', 'T0.4.2')), ARRAY['T0.1=TOUCHSCREEN-' || :build || '-1', 'T0.2=2.1', 'T0.4.2=QE1'], 'as they were captured'),
       testing.refused(format('SELECT record_inspection_result(%s, ''T0.1'', 1, ''"OTHER-1"'')', :eol), 'TV022', 'it is captured as TOUCHSCREEN');
\endif
SELECT record_inspection_results(:eol, testing.right_answers(:eol)), complete_inspection(:eol);
SELECT testing.ok((build_guard_end_of_line_passed(:build)).ok, 'tested');
