-- A changed configuration: what it leaves alone stays with its work and times, what it changes is new, what it drops is cancelled with the reason.
CREATE FUNCTION pg_temp.phase(p_build bigint, p_phase text, p_sub_state text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM open_order(b.order_id) FROM builds b WHERE b.build_id = p_build; UPDATE builds SET phase = p_phase, sub_state = p_sub_state WHERE build_id = p_build; PERFORM close_order();
END $$;
CREATE FUNCTION pg_temp.change(p_build bigint, p_more jsonb) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE bom bigint;
BEGIN
  PERFORM pg_temp.phase(p_build, 'CONFIGURATION');
  PERFORM begin_as('sample.sales');
  PERFORM save_configuration(c.parameters || p_more, p_build) FROM builds b JOIN configurations c USING (configuration_id) WHERE b.build_id = p_build;
  bom := generate_bom((SELECT configuration_id FROM builds WHERE build_id = p_build));
  PERFORM submit_bom(bom);
  PERFORM begin_as('sample.production');
  PERFORM attach_custom_part_drawing(r.custom_number, 'D') FROM custom_parts_registry r WHERE r.state = 'NEEDS_DRAWING';
  PERFORM approve_bom(bom);
  PERFORM pg_temp.phase(p_build, 'PRODUCTION', 'IN_ASSEMBLY');
  RETURN generate_production_tasks(p_build);
END $$;
CREATE FUNCTION pg_temp.labels(p_build bigint, p_state text, p_current boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(sequence_label, ' ' ORDER BY sequence, element_number, production_task_id), '') FROM production_tasks WHERE build_id = p_build AND state = p_state AND is_current = p_current $$;
SELECT build_id AS build FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT pg_temp.phase(:build, 'PRODUCTION', 'IN_ASSEMBLY');
SELECT testing.act('sample.production');
SELECT testing.same(generate_production_tasks(:build), 0, 'nothing new for the same configuration');
SELECT assign_build(:build, 'sample.technician');
SELECT testing.act('sample.technician');
DO $story$ DECLARE t bigint; BEGIN
  FOR t IN SELECT production_task_id FROM production_tasks p JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label IN ('10', '20', '30', '40', '70.1', '70.2', '71.2') ORDER BY sequence, element_number LOOP
    PERFORM start_task(t), complete_task(t, 11);
  END LOOP;
END $story$;
SELECT start_task(production_task_id) FROM production_tasks WHERE build_id = :build AND sequence_label = '72.1';
SELECT cancel_task(production_task_id, 'customer brings it') FROM production_tasks, LATERAL testing.act('sample.production') WHERE build_id = :build AND sequence_label = '85.2';
SELECT production_task_id AS basin_one FROM production_tasks WHERE build_id = :build AND sequence_label = '70.1' \gset
SELECT production_task_id AS basin_two FROM production_tasks WHERE build_id = :build AND sequence_label = '70.2' \gset

-- Another bowl in basin 2, no P-trap, faucets in the other order, one sprayer less.
SELECT pg_temp.change(:build, '{"basins": [{"type": "E_SINK", "size": "24X20X8", "basin_light": true}, {"type": "E_DRAIN", "size": "20X20X8"}],
  "faucets": [{"type": "PRE_RINSE", "placement": "BASIN_1"}, {"type": "WRIST_BLADE", "placement": "BETWEEN_1_2"}], "sprayers": [{"type": "AIR_ROSETTE", "location": "RIGHT_SIDE"}]}') AS made \gset
SELECT testing.same(:made, 7, 'new: 70.2 with the other bowl; unpacking, serials, cleaning, checklist, test, packing because the BOM is another');
SELECT testing.same(pg_temp.labels(:build, 'COMPLETED'), '20 30 40 70.1 71.2', 'work that still holds');
SELECT testing.same((SELECT actual_minutes FROM production_tasks WHERE production_task_id = :basin_one), 11, 'with its minutes');
SELECT testing.same(pg_temp.labels(:build, 'COMPLETED', false), '10 70.2', 'work on record that no longer counts');
SELECT testing.same((SELECT state_reason FROM production_tasks WHERE production_task_id = :basin_two), 'no longer asked for by configuration version 2', 'and why');
SELECT testing.same(pg_temp.labels(:build, 'IN_PROGRESS'), '72.1', 'what is being worked on goes on');
SELECT testing.same((SELECT worker_id IS NOT NULL FROM production_tasks WHERE build_id = :build AND sequence_label = '72.1'), true, 'without a pause');
SELECT testing.same(pg_temp.labels(:build, 'CANCELLED', false), '73.2 85.1 110 120 140 150 160', 'the P-trap and the water sprayer are dropped, closing tasks are made anew');
SELECT testing.same(pg_temp.labels(:build, 'CANCELLED'), '85.1', 'what a person cancelled stays cancelled, under its new number');
SELECT testing.same((SELECT string_agg(sequence_label || ' ' || title, '; ' ORDER BY sequence_label) FROM production_tasks WHERE build_id = :build AND sequence = 80 AND is_current),
  '80.1 Fit faucet 1: pre rinse, basin 1; 80.2 Fit faucet 2: wrist blade, between 1 2', 'faucets are the same tasks in another order');
SELECT testing.same((SELECT count(DISTINCT configuration_id) FROM production_tasks WHERE build_id = :build AND is_current), 1::bigint, 'all stand on the new configuration');
SELECT testing.same((SELECT string_agg(sequence_label, ' ' ORDER BY sequence, element_number) FROM production_tasks WHERE build_id = :build AND is_current),
  (SELECT string_agg(sequence_label, ' ' ORDER BY sequence, element_number) FROM wanted_tasks(:build)), 'exactly the tasks that are wanted');
SELECT testing.same((SELECT string_agg(p.sequence_label, ' ' ORDER BY p.sequence, p.element_number) FROM production_task_dependencies d JOIN production_tasks t USING (production_task_id) JOIN production_tasks p ON p.production_task_id = d.predecessor_id
   WHERE t.build_id = :build AND t.sequence = 90 AND t.is_current), '70.1 70.2 71.2 72.1 74.1', 'the order of work follows');
SELECT testing.act('sample.production');
SELECT testing.same(generate_production_tasks(:build), 0, 'and again nothing new');
SELECT testing.refused('SELECT restore_task(' || production_task_id || ', ''back'')', 'TV009', 'no longer in force') FROM production_tasks WHERE build_id = :build AND sequence_label = '73.2';
SELECT testing.refused('SELECT reopen_task(' || :basin_two || ', ''back'')', 'TV009', 'no longer in force');
SELECT testing.refused('UPDATE production_tasks SET title = ''x'' WHERE production_task_id = ' || :basin_two, 'TV003', 'no longer in force');

-- Only the length changes, the body stays: the measuring is to be done again, nothing else but what any new BOM asks for.
SELECT testing.same(pg_temp.change(:build, '{"length_in": 85}'), 1, 'the BOM is equal, so only the body is measured again');
SELECT testing.same((SELECT string_agg(sequence_label || ' ' || state, ', ' ORDER BY sequence) FROM production_tasks WHERE build_id = :build AND sequence IN (20, 30) AND is_current), '20 PENDING, 30 COMPLETED', 'measure anew, legs stay');
