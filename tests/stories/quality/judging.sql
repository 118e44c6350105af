-- Each type of answer, judged right and wrong, to the edge of its tolerance.
\ir _checklists.sql
SELECT testing.make_build('JUDGE-1', testing.sink('T2-B2', '[{"type": "E_SINK", "size": "24X20X8"}, {"type": "E_DRAIN", "size": "24X20X8"}]', '{"leg_model": "DL14", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "SEISMIC_FEET", "faucets": [{"type": "WRIST_BLADE", "placement": "BETWEEN_1_2"}]}')) AS build \gset
SELECT repeat('ab', 32) AS photo \gset
CREATE FUNCTION pg_temp.judge(p_inspection bigint, p_item text, p_basin integer, p_answer jsonb, p_note text DEFAULT NULL, p_photos text[] DEFAULT '{}') RETURNS text
LANGUAGE sql AS $$ SELECT record_inspection_result(p_inspection, p_item, p_basin, p_answer, p_note, p_photos) $$;

SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'CLP.T2.001.1') AS pre \gset
-- pass or fail, with a photo on fail
SELECT testing.same(pg_temp.judge(:pre, 'P1.01', NULL, 'true'), 'PASS', 'true'), testing.same(pg_temp.judge(:pre, 'p1.01', NULL, '"pass"'), 'PASS', 'in words'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.01'', NULL, ''false'')', :pre), 'TV022', 'a photo is missing'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.01'', NULL, ''false'', NULL, ''{my photo}'')', :pre), 'TV022', 'not named by its hash'),
       testing.same(pg_temp.judge(:pre, 'P1.01', NULL, 'false', 'too short', ARRAY[:'photo']), 'FAIL', 'false'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.01'', NULL, ''"maybe"'')', :pre), 'TV022', 'neither pass nor fail'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.01'', NULL, ''{"pass": true, "value": 3}'')', :pre), 'TV022', 'takes no number'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.01'', NULL, NULL)', :pre), 'TV022', 'there is no answer'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.06'', NULL, ''true'')', :pre), 'TV004', 'no item'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P9.99'', NULL, ''true'')', :pre), 'TV004', 'no item'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.H3'', NULL, ''"QQ"'')', :pre), 'TV022', 'given by signing');
SELECT testing.same((SELECT count(*) FROM qc_inspection_item_history h JOIN qc_inspection_items i USING (qc_inspection_item_id) WHERE i.qc_inspection_id = :pre AND i.item_code = 'P1.01'), 1::bigint, 'the answer before the correction is kept');
-- a choice must be one of those offered, and agree with the configuration
SELECT testing.same(pg_temp.judge(:pre, 'P1.05', NULL, '"SEISMIC_FEET"'), 'PASS', 'the feet ordered'), testing.same(pg_temp.judge(:pre, 'P1.05', NULL, '"LEVELING_CASTERS"'), 'FAIL', 'other feet'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.05'', NULL, ''"WHEELS"'')', :pre), 'TV022', 'not one of the choices'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.05'', NULL, ''["SEISMIC_FEET", "LEVELING_CASTERS"]'')', :pre), 'TV022', 'not one of the choices'),
       testing.same(pg_temp.judge(:pre, 'P1.09', 1, '"CENTRE"'), 'PASS', 'drain in the centre'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.09'', 1, ''"OTHER"'')', :pre), 'TV022', 'has to be explained'),
       testing.same(pg_temp.judge(:pre, 'P1.09', 1, '"OTHER"', 'left rear'), 'PASS', 'drain elsewhere, explained');
-- places of faucets: several, those that exist, those configured
SELECT testing.same((SELECT choices FROM qc_inspection_items WHERE qc_inspection_id = :pre AND item_code = 'P1.10' AND basin_number = 1), '{CENTRE,BETWEEN_1_2,NONE}'::text[], 'places at basin 1 of two'),
       testing.same(pg_temp.judge(:pre, 'P1.10', 1, '["BETWEEN_1_2"]'), 'PASS', 'the configured place'), testing.same(pg_temp.judge(:pre, 'P1.10', 1, '["CENTRE"]'), 'FAIL', 'another place'),
       testing.same(pg_temp.judge(:pre, 'P1.10', 1, '["BETWEEN_1_2", "CENTRE"]'), 'FAIL', 'one too many'), testing.same(pg_temp.judge(:pre, 'P1.10', 1, '"NONE"'), 'FAIL', 'none at all'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.10'', 2, ''"BETWEEN_2_3"'')', :pre), 'TV022', 'not one of the choices');
-- numbers: binding, or only for the record; units
SELECT testing.same((SELECT (result, answer_number, answered_by_system)::text FROM qc_inspection_items WHERE qc_inspection_id = :pre AND item_code = 'P1.H2'), '(PASS,2.0000,t)', 'the number of basins is filled in'),
       testing.same(pg_temp.judge(:pre, 'P1.H2', NULL, '3'), 'FAIL', 'three basins of two'), testing.same(pg_temp.judge(:pre, 'P1.H2', NULL, '2'), 'PASS', 'two basins'),
       testing.same(pg_temp.judge(:pre, 'P1.11.1', NULL, '83.5'), 'PASS', 'a measurement without tolerance'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''-83.5'')', :pre), 'TV022', 'cannot be measured'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''{"value": -1, "unit": "foot"}'')', :pre), 'TV022', 'cannot be measured'),
       testing.same(pg_temp.judge(:pre, 'P1.11.1', NULL, '{"value": 2133.6, "unit": "millimetre"}'), 'PASS', 'in millimetres');
SELECT testing.same((SELECT (answer_number, expected_quantity)::text FROM qc_inspection_items WHERE qc_inspection_id = :pre AND item_code = 'P1.11.1'), '(84.0000,84.0000)', 'converted to inches'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''{"value": 3, "unit": "kilogram"}'')', :pre), 'TV022', 'the unit is kilogram'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''"84"'')', :pre), 'TV022', 'not a number'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''1.00001'')', :pre), 'TV022', 'cannot be kept'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.11.1'', NULL, ''1e300'')', :pre), 'TV022', 'cannot be kept');
-- text and photo
SELECT testing.same(pg_temp.judge(:pre, 'P1.H1', NULL, '"J-77"'), 'PASS', 'a text'), testing.refused(format('SELECT record_inspection_result(%s, ''P1.H1'', NULL, ''"  "'')', :pre), 'TV022', 'a text is needed'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P1.12'')', :pre), 'TV022', 'a photo is missing'), testing.same(pg_temp.judge(:pre, 'P1.12', NULL, NULL, NULL, ARRAY[:'photo']), 'PASS', 'a photo');

-- the lifter's button depends on the leg kit
SELECT testing.place(:build, 'PRODUCTION', 'IN_ASSEMBLY'), testing.act('sample.technician');
SELECT start_inspection(:build, 'PRODUCTION') AS clp \gset
SELECT testing.same(pg_temp.judge(:clp, 'P2.04', NULL, '"DPF1C"'), 'PASS', 'DL14 has the programmable button'), testing.same(pg_temp.judge(:clp, 'P2.04', NULL, '"DPF1K"'), 'FAIL', 'and only that');

-- the test sheet: tolerances at their edges, order of tests, serials, dates
SELECT testing.place(:build, 'PRODUCTION', 'EOL_READY');
SELECT start_inspection(:build, 'CLT.T2.001') AS eol \gset
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''K2B'', 1, ''40'')', :eol), 'TV009', 'K2B (basin 1) comes after K1A (basin 1), K1B (basin 1)'),
       testing.refused(format('SELECT record_inspection_result(%s, ''K1A'', 1, ''{"value": 20, "reference": 20}'')', :eol), 'TV009', 'comes after C1.01');
SELECT record_inspection_results(:eol, testing.right_answers(:eol, '{K1A,K1B,K2A,K2B,K2C,K3A,K3B,K5A}'));
SELECT testing.same(pg_temp.judge(:eol, 'K1A', 1, '{"value": 22, "reference": 20}'), 'PASS', '2 degrees apart'), testing.same(pg_temp.judge(:eol, 'K1A', 1, '{"value": 22.0001, "reference": 20}'), 'FAIL', 'a little more'),
       testing.same(pg_temp.judge(:eol, 'K1A', 1, '{"value": 17.9999, "reference": 20}'), 'FAIL', 'a little less'), testing.same(pg_temp.judge(:eol, 'K1A', 1, '{"value": 18, "reference": 20}'), 'PASS', '2 degrees below'),
       testing.refused(format('SELECT record_inspection_result(%s, ''K1A'', 1, ''20'')', :eol), 'TV022', 'the reference is missing'),
       testing.refused(format('SELECT record_inspection_result(%s, ''K1B'', 1, ''true'')', :eol), 'TV022', 'the measured number is missing'),
       testing.same(pg_temp.judge(:eol, 'K1B', 1, '{"pass": true, "value": 40.2}'), 'PASS', 'volume at the mark');
SELECT testing.same(pg_temp.judge(:eol, 'K2B', 1, n::text::jsonb), CASE WHEN n BETWEEN 36 AND 44 THEN 'PASS' ELSE 'FAIL' END, 'bottom fill at ' || n) FROM unnest(ARRAY[35.9999, 36, 40, 44, 44.0001]) n;
SELECT testing.same(pg_temp.judge(:eol, 'K2C', 1, n::text::jsonb), CASE WHEN n BETWEEN 38 AND 42 THEN 'PASS' ELSE 'FAIL' END, 'basin at ' || n) FROM unnest(ARRAY[37.9999, 42.0001, 38, 42, 40]) n;
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''K2B'', 1, ''{"value": 104, "unit": "fahrenheit"}'')', :eol), 'TV022', 'the unit is fahrenheit'),
       testing.refused(format('SELECT record_inspection_result(%s, ''K2B'', 1, ''{"value": 40, "reference": 40}'')', :eol), 'TV022', 'takes no reference'),
       testing.same(pg_temp.judge(:eol, 'D2B', 2, '{"pass": true, "value": 12, "unit": "second"}'), 'PASS', 'with the seconds'), testing.same(pg_temp.judge(:eol, 'D2B', 2, 'true'), 'PASS', 'without'),
       testing.same(pg_temp.judge(:eol, 'T0.1', 1, '" ts7-0042 "'), 'PASS', 'a serial');
SELECT testing.same((SELECT answer_text FROM qc_inspection_items WHERE qc_inspection_id = :eol AND item_code = 'T0.1' AND basin_number = 1), 'TS7-0042', 'as on the label'),
       testing.refused(format('SELECT record_inspection_result(%s, ''T0.1'', 1, ''"<script>"'')', :eol), 'TV022', 'not a serial'),
       testing.same(pg_temp.judge(:eol, 'T0.H5', NULL, to_jsonb(site_today())), 'PASS', 'calibration due today'), testing.same(pg_temp.judge(:eol, 'T0.H5', NULL, to_jsonb(site_today() - 1)), 'FAIL', 'calibration due yesterday'),
       testing.refused(format('SELECT record_inspection_result(%s, ''T0.H5'', NULL, ''"2027-02-30"'')', :eol), 'TV022', 'not a day'), testing.refused(format('SELECT record_inspection_result(%s, ''T0.H5'', NULL, ''"tomorrow"'')', :eol), 'TV022', 'not a date');
-- a repeated calibration repeats the tests that stand on it
SELECT pg_temp.judge(:eol, 'K1A', 1, '{"value": 20, "reference": 20}');
SELECT testing.same((SELECT array_agg(item_code::text ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :eol AND basin_number = 1 AND is_applicable AND result = 'OPEN'), '{K2A,K2B,K2C,K3A,K3B,K5A}'::text[], 'K2 is repeated after K1A');

-- many at once: all or none
SELECT testing.refused(format('SELECT record_inspection_results(%s, ''[{"item": "K3A", "basin": 1, "answer": true}, {"item": "K3B", "basin": 1, "answer": 5}]'')', :eol), 'TV022', 'K3B (basin 1)');
SELECT testing.same((SELECT result FROM qc_inspection_items WHERE qc_inspection_id = :eol AND item_code = 'K3A' AND basin_number = 1), 'OPEN', 'nothing of it was kept'),
       testing.refused(format('SELECT record_inspection_results(%s, ''{}'')', :eol), 'TV022', 'a list of objects'),
       testing.refused(format('SELECT record_inspection_results(%s, ''[{"item": "K3A", "basin": "x"}]'')', :eol), 'TV022', 'a list of objects');
