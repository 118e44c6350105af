-- A custom part is retired: by the Administrator, not while a submitted build needs it, for ever; its dimensions get a new number.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-RETIRE', 'sample.sales', current_date + 60, 'EN', '{RETIRE-1}') AS order_id \gset
SELECT build_id AS build FROM builds WHERE order_id = :order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
  "basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 21, "custom_length_in": 22, "custom_depth_in": 9}]}', :build) AS configuration \gset
SELECT generate_bom(:configuration) AS first \gset
SELECT r.custom_number AS number, r.part_id AS part FROM bom_line_items l JOIN custom_parts_registry r USING (part_id) WHERE l.bom_id = :first \gset
SELECT testing.refused(format('SELECT retire_custom_part(%L, ''wrong drawing'')', :'number'), '42501', 'custom_part:retire');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT retire_custom_part(%L, ''wrong drawing'')', :'number'), '42501', 'custom_part:retire');
SELECT attach_custom_part_drawing(:'number', 'DRAWING-7');
-- By hand on the BOM as well: 700-series numbers can be added.
SELECT add_bom_line(:first, :'number', 1, 'spare bowl') AS second \gset

SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT retire_custom_part(''720.215.998'', ''wrong drawing'')', 'TV004', '720.215.998');
SELECT testing.refused(format('SELECT retire_custom_part(%L, '''')', :'number'), 'TV022', 'reason');
-- A build in production needs its custom part.
SELECT testing.nobody();
BEGIN;
SELECT set_config('torvan.workflow_step', :'order_id', true) \g /dev/null
UPDATE builds SET phase = 'PRODUCTION' WHERE build_id = :build;
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT retire_custom_part(%L, ''wrong drawing'')', :'number'), 'TV009', 'RETIRE-1');
ROLLBACK;
SELECT testing.act('sample.admin');
SELECT retire_custom_part(:'number', 'wrong drawing');
SELECT testing.same((SELECT concat_ws(' ', r.state, r.retirement_reason, p.lifecycle) FROM custom_parts_registry r JOIN parts p USING (part_id) WHERE r.custom_number = :'number'), 'RETIRED wrong drawing OBSOLETE', 'retired');
SELECT testing.refused(format('SELECT retire_custom_part(%L, ''once more'')', :'number'), 'TV009', 'is retired');
SELECT testing.refused(format('UPDATE custom_parts_registry SET state = ''DRAWN'' WHERE custom_number = %L', :'number'), 'TV003', 'retired for ever');
SELECT testing.refused(format('SELECT attach_custom_part_drawing(%L, ''D-8'')', :'number'), 'TV009', 'is retired');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''spare bowl'')', :second, :'number'), 'TV022', 'retired');

-- The BOM that has it is not submitted; generated again it has a new number, and the line by hand asks for a decision.
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT submit_bom(%s)', :second), 'TV009', 'retired: ' || :'number');
SELECT testing.ok(NOT (guard_boms_resolved(:order_id)).ok, 'the order does not pass with it');
SELECT generate_bom(:configuration) AS third \gset
SELECT r.custom_number AS renewed FROM bom_line_items l JOIN custom_parts_registry r USING (part_id) WHERE l.bom_id = :third \gset
SELECT testing.ok(:'renewed' <> :'number', 'a new number for the same dimensions');
SELECT testing.same((SELECT string_agg(concat_ws(' ', c.change, c.item_code), ', ') FROM compare_boms(:second, :third) c WHERE c.item_code = :'renewed'), 'changed ' || :'renewed', 'the comparison shows the other number');
SELECT testing.same((SELECT content_hash FROM boms WHERE bom_id = :third), (SELECT content_hash FROM boms WHERE bom_id = :second), 'the content is what it was');
SELECT testing.refused(format('SELECT submit_bom(%s)', :third), 'TV009', :'number' || ' (RETIRED)');
SELECT line_number AS line FROM bom_line_items WHERE bom_id = :third AND is_manual \gset
SELECT testing.act('sample.production');
SELECT remove_bom_line(:third, :line, 'the bowl is no more') AS fourth \gset
SELECT attach_custom_part_drawing(:'renewed', 'DRAWING-8');
SELECT testing.act('sample.sales');
SELECT submit_bom(:fourth);
SELECT testing.same((SELECT state FROM boms WHERE bom_id = :fourth), 'SUBMITTED', 'goes on');
SELECT testing.ok((guard_boms_resolved(:order_id)).ok AND (guard_custom_parts_drawn(:order_id)).ok, 'nothing holds the order');
