-- Templates: a published version never changes; a revision is edited as a draft, checked and published; open inspections keep theirs.
\ir _checklists.sql
SELECT testing.make_build('TEMPLATE-1', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS build, testing.make_build('TEMPLATE-2', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS second \gset
SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'PRE_PRODUCTION') AS open \gset
SELECT qc_process_id AS v1 FROM qc_processes WHERE gate_code = 'PRE_PRODUCTION' \gset
SELECT testing.refused(format('UPDATE qc_process_items SET item_text = ''x'' WHERE qc_process_id = %s', :v1), 'TV003', 'is released'), testing.refused(format('DELETE FROM qc_process_items WHERE qc_process_id = %s', :v1), 'TV003', 'is released'),
       testing.refused(format('INSERT INTO qc_process_items (qc_process_id, item_code, sheet_row, section_code, position, scope, answer_type, item_text) VALUES (%s, ''P1.99'', ''P1.99'', ''P1'', 999, ''SINK'', ''PASS_FAIL'', ''x'')', :v1), 'TV003', 'is released'),
       testing.refused('UPDATE qc_process_item_choices SET label = ''x''', 'TV003', 'is released'), testing.refused(format('UPDATE qc_processes SET title = ''x'' WHERE qc_process_id = %s', :v1), 'TV003', 'is released'),
       testing.refused(format('DELETE FROM qc_processes WHERE qc_process_id = %s', :v1), 'TV003', 'is released'), testing.refused('UPDATE translations SET body = ''x'' WHERE entity = ''checklist_item''', 'TV003', 'text of a published checklist'),
       testing.refused('SELECT revise_process(''CLP.T2.001.1'', ''a new item'')', '42501', 'checklist_template:update');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT revise_process(''CLP.T2.001.1'', '''')', 'TV022', 'reason'), testing.refused('SELECT revise_process(''CLX'', ''a new item'')', 'TV004', 'no checklist "CLX"');
SELECT revise_process('CLP.T2.001.1', 'welds are looked at') AS v2 \gset
SELECT testing.same((SELECT (version, state)::text FROM qc_processes WHERE qc_process_id = :v2), '(2,DRAFT)', 'the draft'), testing.refused('SELECT revise_process(''CLP.T2.001.1'', ''another'')', 'TV009', 'is a draft already'),
       testing.same((SELECT jsonb_agg(to_jsonb(i) - '{qc_process_id,qc_process_item_id}'::text[] ORDER BY i.position) FROM qc_process_items i WHERE qc_process_id = :v2), (SELECT jsonb_agg(to_jsonb(i) - '{qc_process_id,qc_process_item_id}'::text[] ORDER BY i.position) FROM qc_process_items i WHERE qc_process_id = :v1), 'a whole copy'),
       testing.same(canonical_qc_processes(:v2) -> 'items', canonical_qc_processes(:v1) -> 'items', 'with choices and texts');
SELECT save_process_item(:v2, '{"item_code": "P1.13", "section_code": "P1", "scope": "BASIN", "answer_type": "CHOICE", "item_text": "Welds of the basin", "applies_when": "$b.size != \"CUSTOM\"", "photo_rule": "ON_FAIL", "category_code": "SURFACE_DEFECT",
  "choices": [{"choice_code": "GROUND", "label": "Ground"}, {"choice_code": "RAW", "label": "Raw", "right_when": "$.pegboard == true"}]}');
SELECT testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.14", "colour": "red"}'')', :v2), 'TV022', 'An item has no colour'), testing.refused(format('SELECT save_process_item(%s, ''[]'')', :v2), 'TV022', 'with its item_code'),
       testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.14", "section_code": "P1", "answer_type": "GUESS", "item_text": "x"}'')', :v2), 'TV022', 'is not right'),
       testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.14", "section_code": "P1", "answer_type": "PASS_FAIL", "item_text": "x", "applies_when": "$.pegboard =="}'')', :v2), 'TV022', 'is not right'),
       testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.14", "section_code": "P1", "answer_type": "PASS_FAIL", "item_text": "x", "applies_when": "$c.type == 1"}'')', :v2), 'TV022', 'could not find jsonpath variable'),
       testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.14", "section_code": "P1", "answer_type": "PASS_FAIL", "item_text": "x", "applies_when": "$.length_in + 1"}'')', :v2), 'TV022', 'P1.14'),
       testing.refused(format('SELECT publish_process(%s, ''welds'')', :v2), 'TV022', 'P1.13 has no text in FR');
SELECT save_process_item(:v2, '{"item_code": "P1.13", "texts": {"FR": "Soudures du bassin"}, "depends_on": ["P1.12"]}'), save_process_item(:v2, '{"item_code": "P1.04", "applies_when": "$.hight > 3"}');
SELECT testing.refused(format('SELECT publish_process(%s, ''welds'')', :v2), 'TV022', 'P1.04 reads hight, which is not defined');
SELECT save_process_item(:v2, '{"item_code": "P1.04", "applies_when": null}'), remove_process_item(:v2, 'P1.12'), testing.refused(format('SELECT remove_process_item(%s, ''P1.77'')', :v2), 'TV004', 'has no item');
SELECT testing.refused(format('SELECT publish_process(%s, ''welds'')', :v2), 'TV022', 'depends on P1.12, which is not before it');
SELECT save_process_item(:v2, '{"item_code": "P1.13", "depends_on": []}');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT publish_process(%s, ''welds'')', :v2), '42501', 'checklist_template:publish');
SELECT testing.act('sample.admin');
SELECT publish_process(:v2, 'Welds are looked at; Quinn Quality was consulted.');
SELECT testing.same((SELECT array_agg((version, state, effective_to IS NULL)::text ORDER BY version) FROM qc_processes WHERE process_code = 'CLP.T2.001.1'), '{"(1,SUPERSEDED,f)","(2,RELEASED,t)"}'::text[], 'one version is in force'),
       testing.same((SELECT count(*) FROM qc_processes a JOIN qc_processes b ON b.process_code = a.process_code AND b.effective_from = a.effective_to), 1::bigint, 'without a gap'),
       testing.same((SELECT meaning FROM signatures WHERE record_type = 'qc_processes' AND record_id = :v2), 'released', 'signed'), testing.same((SELECT payload -> 'open_builds' FROM outbox_events WHERE event_type = 'checklist.template_changed'), to_jsonb(ARRAY[:build]), 'told to those with open work'),
       testing.refused(format('SELECT save_process_item(%s, ''{"item_code": "P1.13", "item_text": "x"}'')', :v2), 'TV003', 'is released');

SELECT testing.act('sample.quality');
SELECT start_inspection(:second, 'PRE_PRODUCTION') AS later \gset
SELECT testing.same((SELECT array_agg(process_version ORDER BY qc_inspection_id) FROM qc_inspections), '{1,2}'::integer[], 'an open inspection keeps its version'), testing.same((SELECT count(*) FROM qc_inspection_items WHERE item_code = 'P1.13'), 1::bigint, 'the new item is asked in new ones'),
       testing.same((SELECT choices FROM qc_inspection_items WHERE item_code = 'P1.13'), '{GROUND,RAW}'::text[], 'with its choices');
SELECT testing.refused(format('SELECT record_inspection_result(%s, ''P1.13'', 1, ''"RAW"'')', :later), 'TV022', 'a photo is missing');
SELECT record_inspection_results(:open, testing.right_answers(:open)), complete_inspection(:open);
SELECT testing.ok((build_guard_pre_production_passed(:build)).ok, 'and passes with it');
SELECT testing.act('sample.admin');
SELECT revise_process('CLT.T2.001', 'not wanted after all') AS draft \gset
SELECT discard_draft_process(:draft), testing.refused(format('SELECT discard_draft_process(%s)', :v2), 'TV003', 'is released');
SELECT testing.same((SELECT count(*) FROM qc_processes WHERE process_code = 'CLT.T2.001'), 1::bigint, 'the draft is gone'), testing.same((SELECT count(*) FROM translations WHERE translation_key LIKE 'CLT.T2.001/2/%'), 0::bigint, 'with its texts');
