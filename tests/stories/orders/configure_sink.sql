-- What somebody who configures a sink sees at once: what choices select, which are impossible and why, which one step helps, what
-- mends a mistake; and saving, unless somebody else saved meanwhile.
SELECT testing.act('sample.sales');
CREATE FUNCTION pg_temp.sink(p_changes jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$ SELECT '{"model": "T2-B2", "width_in": 30, "length_in": 72, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
  "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}, {"type": "E_SINK", "size": "30X20X10"}],
  "faucets": [{"type": "WRIST_BLADE", "placement": "BASIN_2"}, {"type": "PRE_RINSE", "placement": "BETWEEN_2_3"}]}'::jsonb || p_changes $$;
CREATE FUNCTION pg_temp.choice(p_sink jsonb, p_path text, p_value text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql STABLE
AS $$ SELECT c FROM jsonb_array_elements(configure_sink(p_sink) -> 'choices') c WHERE c ->> 'path' = p_path AND c ->> 'value' IS NOT DISTINCT FROM p_value $$;

-- Each choice names what it selects.
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/0/type', 'E_SINK') ->> 'code', 'T2-BSN-ESK-KIT', 'the kit of an E-Sink');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/0/basin_light', 'true') ->> 'code', 'T2-OA-BASIN-LIGHT-EDR-KIT', 'the light of an E-Drain');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/leg_adjustment', 'FIXED_HEIGHT') ->> 'code', 'T2-DL27-FH-KIT', 'the fixed kit of the chosen column');
SELECT testing.ok(pg_temp.choice(pg_temp.sink(), '/basins/0/type', 'E_SINK') ->> 'short_code' IS NOT NULL, 'with its short code');

-- What is impossible says why; where one step helps, it is named.
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/faucets/1/placement', 'BASIN_2') ->> 'rule', 'V05', 'a place that is taken');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/faucets/1/placement', 'BASIN_3') ->> 'rule', 'V04', 'a place that does not exist');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/-') #>> '{mend,value}', 'T2-B3', 'a third basin needs the model for it');
SELECT testing.same(pg_temp.choice(pg_temp.sink('{"leg_model": "LC1"}'), '/leg_adjustment', 'FIXED_HEIGHT') -> 'mend', '{"path": "/leg_model", "value": "DL27"}'::jsonb, 'fixed height needs another column');
SELECT testing.same(pg_temp.choice(pg_temp.sink('{"model": "T2-B3"}'), '/basins/-') ->> 'severity', NULL, 'a third basin on a T2-B3 is possible');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/0/size', '24X20X10') ->> 'severity', 'warning', 'a deep bowl warns');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/0/type', 'E_SINK_DI') ->> 'at', '/faucets', 'a DI basin would need a gooseneck too many');

-- What mends a mistake.
SELECT testing.ok(pg_temp.choice(pg_temp.sink(), '/faucets/1/placement', 'BETWEEN_1_2') -> 'clears' ? 'V04/faucets/1/placement', 'a free place mends the one that does not exist');
SELECT testing.ok(pg_temp.choice(pg_temp.sink(), '/basins/1/size', '30X20X8') -> 'clears' ? 'V11/basins/1/size', 'a shallow bowl mends the deep one');
SELECT testing.same(pg_temp.choice(pg_temp.sink(), '/basins/1/size', '24X20X10') -> 'clears', NULL::jsonb, 'another deep one does not');

-- It is the preview: the same lines and findings; the costs of the lines are the cost of all.
SELECT testing.same((SELECT jsonb_agg(l -> 'code') FROM jsonb_array_elements(configure_sink(pg_temp.sink()) -> 'top_level') l),
                    (SELECT jsonb_agg(l -> 'code') FROM jsonb_array_elements(preview_sink(pg_temp.sink()) -> 'top_level') l), 'lines');
SELECT testing.same((SELECT jsonb_agg(v - 'key') FROM jsonb_array_elements(configure_sink(pg_temp.sink()) -> 'violations') v), preview_sink(pg_temp.sink()) -> 'violations', 'findings');
SELECT testing.ok(configure_sink('{"model": "T2-B2", "basins": [{}]}') -> 'violations' @> '[{"path": "/basins/0/type", "key": "parameter.required_choice"}]', 'what is only open says so');
SELECT testing.ok(configure_sink('{"model": "T2-B2"}') -> 'violations' @> '[{"path": "/basins", "key": "parameter.required_list"}]', 'a list too');
SELECT testing.ok(abs((SELECT sum((l ->> 'cost')::numeric) FROM jsonb_array_elements(configure_sink(pg_temp.sink()) -> 'top_level') l)
                      - (configure_sink(pg_temp.sink()) #>> '{totals,cost}')::numeric) < 0.01, 'the lines cost what all costs');
-- A value that another choice made meaningless goes with it.
SELECT testing.same(configure_sink(pg_temp.sink('{"pegboard_type": "SOLID"}')) #> '{parameters,pegboard_type}', NULL::jsonb, 'no board, no surface');
-- Only the groups that are asked for, and what stands at a finding.
SELECT testing.ok(NOT EXISTS (SELECT FROM jsonb_array_elements(configure_sink(pg_temp.sink(), '{legs}') -> 'choices') c WHERE c ->> 'path' LIKE '/basins/0/%'), 'no basins');
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(configure_sink(pg_temp.sink(), '{legs}') -> 'choices') c WHERE c ->> 'path' = '/faucets/1/placement'), 'what mends the finding');
-- An empty sink has choices too.
SELECT testing.ok(jsonb_array_length(configure_sink('{}') -> 'choices') > 10, 'a beginning');
SELECT testing.refused($$SELECT configure_sink('{"family": "ENDOSCOPE"}')$$, 'TV022', 'not released');

-- Costs are for those who may see them; some may not look at all.
SELECT testing.act('sample.technician');
SELECT testing.ok(NOT has_permission('price:read'), 'a technician sees no prices');
SELECT testing.ok(NOT has_permission('configuration:read') OR configure_sink(pg_temp.sink()) #> '{totals,cost}' IS NULL, 'and no cost');

-- Saving: the version that it is based on must still be the present one.
SELECT testing.act('sample.sales');
SELECT create_order(p_customer_code => 'STELMO', p_po_number => 'PO-CFG', p_sales_person => 'sample.sales', p_want_date => current_date + 60, p_build_numbers => '{CFG-1}') AS made \gset
SELECT build_id AS build FROM builds WHERE build_number = 'CFG-1' \gset
SELECT testing.same(sink_to_configure(:build) #>> '{usual,leg_model}', 'DL27', 'a new build begins with the usual values');
SELECT testing.ok((sink_to_configure(:build) ->> 'is_open')::boolean, 'it can be configured');
SELECT save_build_configuration(:build, pg_temp.sink()) AS first \gset
SELECT testing.same(sink_to_configure(:build) ->> 'configuration_id', :'first', 'it is the present one');
SELECT testing.refused(format('SELECT save_build_configuration(%s, ''{}'')', :build), 'TV012', 'changed meanwhile');
SELECT save_build_configuration(:build, pg_temp.sink('{"length_in": 73}'), :first) AS second \gset
SELECT testing.refused(format('SELECT save_build_configuration(%s, ''{}'', %s)', :build, :first), 'TV012', 'version 2');
SELECT testing.refused('SELECT sink_to_configure(999999)', 'TV004', 'no build');
SELECT testing.ok(NOT (sink_to_configure((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001')) ->> 'is_open')::boolean, 'a build in production cannot be configured');

-- What is not saved yet is kept for the one who chose it, until they save it or give it up.
SELECT keep_configuration_draft(:build, pg_temp.sink('{"length_in": 80}'), :second, 'basins');
SELECT testing.same(sink_to_configure(:build) #>> '{draft,parameters,length_in}', '80', 'it is there again');
SELECT testing.same(sink_to_configure(:build) #>> '{draft,based_on}', :'second', 'with the version that it began with');
SELECT keep_configuration_draft(:build, pg_temp.sink('{"length_in": "about six"}'), 999999, repeat('x', 60));
SELECT testing.same(sink_to_configure(:build) #>> '{draft,parameters,length_in}', 'about six', 'mistakes and all');
SELECT testing.same(sink_to_configure(:build) #>> '{draft,based_on}', NULL, 'a version that is none of the build''s is none');
SELECT testing.act('sample.admin');
SELECT testing.same(sink_to_configure(:build) -> 'draft', 'null'::jsonb, 'nobody else sees it');
SELECT drop_configuration_draft(:build);
SELECT testing.act('sample.sales');
SELECT testing.ok(sink_to_configure(:build) -> 'draft' <> 'null', 'and nobody else gives it up');
SELECT drop_configuration_draft(:build);
SELECT testing.same(sink_to_configure(:build) -> 'draft', 'null'::jsonb, 'given up');
SELECT keep_configuration_draft(:build, pg_temp.sink('{"length_in": 81}'), :second);
SELECT save_build_configuration(:build, pg_temp.sink('{"length_in": 81}'), :second) AS third \gset
SELECT testing.same(sink_to_configure(:build) -> 'draft', 'null'::jsonb, 'saved');
SELECT testing.refused('SELECT keep_configuration_draft(999999, ''{}'')', 'TV004', 'no build');
SELECT testing.refused(format('SELECT keep_configuration_draft(%s, ''[]'')', :build), 'TV022', 'must be a JSON object');
SELECT testing.refused(format('SELECT keep_configuration_draft(%s, ''{}'')', (SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001')), 'TV009', 'in phase PRODUCTION');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT keep_configuration_draft(%s, ''{}'')', :build), '42501', 'has no permission');

-- Messages count in the plural of their language.
SELECT testing.same(choose_plurals('{n} {n|basin|basins} and {v.m|is|are}', '{"n": 1, "v.m": 0}', 'EN'), '{n} basin and are', 'English');
SELECT testing.same(choose_plurals('{n} {n|bassin|bassins}', '{"n": 0}', 'FR'), '{n} bassin', 'French says nought as one');
SELECT testing.same(choose_plurals('{n|a|b} {x|y', '{"n": "|"}', 'EN'), 'b {x|y', 'what is no plural stays');
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(preview_sink(pg_temp.sink('{"model": "T2-B1"}')) -> 'violations') v WHERE v ->> 'message' LIKE 'Model T2-B1 does not go with 2 basins:%'), 'two basins');

-- What could be added to a list says before why it does not go; what fits says nothing, wherever it would stand.
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT string_agg(concat_ws(' ', item_code, severity, rule), ', ' ORDER BY item_code) FROM item_objections(pg_temp.sink('{"pegboard": false}'), 'accessories', '{T2-OHL-INSTRO-KIT,T-OA-MLIGHT-PB-KIT,T2-OA-SC-2020-SS,ACC-BIN-RAIL-24}')),
  'T-OA-MLIGHT-PB-KIT warning C04, T2-OA-SC-2020-SS warning C09, T2-OHL-INSTRO-KIT error C01', 'objections');
SELECT testing.same((SELECT string_agg(item_code || ': ' || message, ', ') FROM item_objections(pg_temp.sink('{"accessories": [{"code": "T-OA-MLIGHT-PB-KIT", "quantity": 1}]}'), 'accessories', '{T2-OHL-INSTRO-KIT}', 'FR')),
  (SELECT 'T2-OHL-INSTRO-KIT: ' || (v ->> 'message') FROM jsonb_array_elements(configure_sink(pg_temp.sink('{"accessories": [{"code": "T2-OHL-INSTRO-KIT", "quantity": 1}]}'), '{none}', 'FR') -> 'violations') v WHERE v ->> 'rule' = 'C01'), 'behind what is chosen, in the words of the finding');
SELECT testing.same((SELECT count(*) FROM item_objections(pg_temp.sink(), 'accessories', '{}')), 0::bigint, 'of nothing');
SELECT testing.refused('SELECT * FROM item_objections(''{"model": "T2-B1"}'', ''accessories'', array_fill(''X''::text, ARRAY[501]))', 'TV022', '501 items');
SELECT testing.refused('SELECT * FROM item_objections(''[]'', ''accessories'', ''{X}'')', 'TV022');
-- A rule that looks at the whole list judges each as if it came alone.
RESET SESSION AUTHORIZATION;
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO configuration_rules OVERRIDING SYSTEM VALUE
SELECT (jsonb_populate_record(NULL::configuration_rules, to_jsonb(r) || '{"configuration_rule_id": 999999999, "rule_code": "X99", "for_each": "$.accessories[*]", "condition": "$.accessories.size() > 2"}')).*
  FROM configuration_rules r WHERE r.rule_code = 'C02' AND r.rule_set_id = released_rule_set('MDRD');
SET LOCAL session_replication_role = origin;
SELECT set_config('torvan.user_id', (SELECT user_id::text FROM users WHERE login = 'sample.sales'), true) \g /dev/null
SELECT testing.same((SELECT count(*) FROM item_objections(pg_temp.sink(), 'accessories', '{ACC-BIN-RAIL-24,ACC-BIN-RAIL-24,ACC-BIN-RAIL-24,ACC-BIN-RAIL-24}')), 0::bigint, 'one is no third');
SELECT testing.same((SELECT count(*) FROM item_objections(pg_temp.sink('{"accessories": [{"code": "ACC-BIN-RAIL-24", "quantity": 1}, {"code": "ACC-BIN-RAIL-24", "quantity": 1}]}'), 'accessories', '{ACC-BIN-RAIL-24}') WHERE rule = 'X99'), 1::bigint, 'a third is');
ROLLBACK;
