-- Tasks follow from the configuration: their number, minutes, labels and order of work, counted by hand from checklists.md section 7.
SELECT testing.same((SELECT count(*) FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'), 25::bigint, 'tasks of a sink with two basins');
SELECT testing.same((SELECT sum(planned_minutes) FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'), 1055::bigint, 'its planned minutes');
SELECT testing.same((SELECT string_agg(sequence_label, ' ' ORDER BY sequence, element_number) FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'),
  '10 20 30 40 50 60 70.1 70.2 71.2 72.1 73.2 74.1 80.1 80.2 85.1 85.2 90 95 100.1 110 120 130 140 150 160', 'its labels');
SELECT testing.same((SELECT planned_minutes FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '100.1'), 40, 'two rails in one task, 20 minutes each');
SELECT testing.same((SELECT string_agg(sequence_label, ' ' ORDER BY sequence, element_number) FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-002'),
  '10 20 30 40 70.1 72.1 80.1 90 110 120 130 140 150 160', 'one DI basin at fixed height: no board, no lifter, and the gooseneck nobody chose');
SELECT testing.same((SELECT title FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-002' AND sequence_label = '72.1'),
  'E-Sink DI set-up of basin 1: valve plate, emergency stop, touchscreen', 'a DI basin has no dosing port');
SELECT testing.same((SELECT title FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '80.1'), 'Fit faucet 1: wrist blade, between 1 2', 'a title says which one');

-- What waits for what.
CREATE FUNCTION pg_temp.waits(p_build text, p_label text) RETURNS text LANGUAGE sql AS $$
  SELECT array_to_string(open_predecessors(t.production_task_id), ' ') FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = p_build AND t.sequence_label = p_label $$;
SELECT testing.same(pg_temp.waits('SAMPLE-001', '10'), '', 'nothing before unpacking');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '70.2'), '40', 'basins after the feet');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '71.2'), '70.2', 'set-up of a basin after that basin only');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '74.1'), '70.1', 'light of a basin after that basin only');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '80.1'), '70.1 70.2', 'faucets after all basins');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '90'), '70.1 70.2 71.2 72.1 73.2 74.1', 'wiring after everything on basins');
SELECT testing.ok(pg_temp.waits('SAMPLE-001', '85.1') LIKE '%80.1 80.2', 'sprayers after faucets');
SELECT testing.ok(pg_temp.waits('SAMPLE-001', '120') LIKE '%100.1', 'cleaning after accessories');
SELECT testing.same(pg_temp.waits('SAMPLE-002', '120'), '70.1 80.1 90', 'without accessories and sprayers: cleaning after wiring and faucets');
SELECT testing.same(pg_temp.waits('SAMPLE-001', '160'), '150', 'packing after the test');

-- Lines of the BOM that belong to a task.
CREATE FUNCTION pg_temp.lines(p_build text, p_label text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(l.item_code, ' ' ORDER BY l.line_number) FROM production_tasks t JOIN builds b USING (build_id) CROSS JOIN LATERAL task_bom_lines(t.production_task_id) l WHERE b.build_number = p_build AND t.sequence_label = p_label $$;
SELECT testing.same(pg_temp.lines('SAMPLE-001', '70.2'), 'T2-BSN-EDR-KIT T2-ADW-BASIN30X20X8', 'kit and bowl of basin 2');
SELECT testing.same(pg_temp.lines('SAMPLE-001', '80.2'), 'T2-OA-PRE-RINSE-FAUCET-KIT', 'the kit of the second faucet');
SELECT testing.same(pg_temp.lines('SAMPLE-002', '80.1'), 'T2-OA-DI-GOOSENECK-FAUCET-KIT', 'the gooseneck that the rules added');

-- Three basins, one of each type; chosen so that each condition is met once and missed once.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-COUNTS', 'sample.sales', current_date + 30, 'EN', '{COUNTS-1,COUNTS-2}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION');
SELECT save_configuration('{"model": "T2-B3", "length_in": 120, "leg_model": "LC1", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
  "basins": [{"type": "E_DRAIN", "size": "20X20X8", "basin_light": true}, {"type": "E_SINK", "size": "24X20X8"}, {"type": "E_SINK_DI", "size": "24X20X8", "p_trap": true}],
  "sprayers": [{"type": "AIR_TURRET", "location": "LEFT_SIDE", "quantity": 2}],
  "drawers": [{"code": "T2-OA-2D-152012-STACKED-KIT"}],
  "accessories": [{"code": "T2-OA-SC-2020-SS"}, {"code": "T2-OA-CUST-SHELF-HA-LRG", "quantity": 3}]}', (SELECT build_id FROM builds WHERE build_number = 'COUNTS-1'));
SELECT save_configuration('{"model": "T2-B2", "length_in": 72, "leg_model": "DL27", "leg_adjustment": "FIXED_HEIGHT", "feet": "SEISMIC_FEET", "workflow_direction": "LEFT_TO_RIGHT",
  "basins": [{"type": "E_DRAIN", "size": "20X20X8"}, {"type": "E_DRAIN", "size": "20X20X8"}], "sprayers": [{"type": "WATER_ROSETTE", "location": "LEFT_SIDE"}]}', (SELECT build_id FROM builds WHERE build_number = 'COUNTS-2'));
SELECT generate_order_boms(:order_id);
SELECT testing.refused('SELECT generate_production_tasks(' || (SELECT build_id FROM builds WHERE build_number = 'COUNTS-1') || ')', '42501', 'production_task:create');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT generate_production_tasks(' || (SELECT build_id FROM builds WHERE build_number = 'COUNTS-1') || ')', 'TV009', 'no approved configuration and BOM');
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(w.sequence_label, ' ' ORDER BY w.sequence, w.element_number) FROM builds b CROSS JOIN LATERAL wanted_tasks(b.build_id) w WHERE b.build_number = 'COUNTS-1'),
  '10 20 30 40 70.1 70.2 70.3 71.1 72.2 72.3 73.3 74.1 80.1 85.1 85.2 90 95 100.1 100.2 110 120 130 140 150 160', 'three basins, one of each type');
SELECT testing.same((SELECT string_agg(w.title || ' (' || w.planned_minutes || ')', '; ' ORDER BY w.element_number) FROM builds b CROSS JOIN LATERAL wanted_tasks(b.build_id) w WHERE b.build_number = 'COUNTS-1' AND w.sequence = 100),
  'Fit 1 x T2-OA-2D-152012-STACKED-KIT (20); Fit 3 x T2-OA-CUST-SHELF-HA-LRG (60)', 'the drawer and three shelves are fitted, the loose cover is not');
SELECT testing.same((SELECT count(*) FROM builds b CROSS JOIN LATERAL wanted_tasks(b.build_id) w WHERE b.build_number = 'COUNTS-2'), 16::bigint, 'two E-Drain basins, no faucet, one sprayer');
SELECT testing.same((SELECT count(DISTINCT w.content_key) FROM builds b CROSS JOIN LATERAL wanted_tasks(b.build_id) w WHERE b.build_number = 'COUNTS-2'), 16::bigint, 'equal basins are still two');
