-- Tools: out of calibration they are not used, and what is used is recorded with its calibration.
CREATE FUNCTION pg_temp.task(p_label text) RETURNS bigint LANGUAGE sql AS $$
  SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = p_label $$;
DO $$ DECLARE b builds; BEGIN
  SELECT * INTO b FROM builds WHERE build_number = 'SAMPLE-001';
  PERFORM open_order(b.order_id); UPDATE builds SET sub_state = 'IN_ASSEMBLY' WHERE build_id = b.build_id; PERFORM close_order();
END $$;
SELECT testing.act('sample.technician');
SELECT take_build((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'));
SELECT start_task(pg_temp.task('10'));
SELECT testing.same((SELECT count(*) FROM production_task_tools), 0::bigint, 'unpacking needs no calibrated tool');
SELECT complete_task(pg_temp.task('10'), 15);

-- The only calipers are out of calibration since yesterday.
UPDATE tools SET calibration_due = site_today() - 1, calibrated_on = site_today() - 366 WHERE tool_code = 'CP-01';
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', 'TV009', 'needs a calipers in calibration, and there is none');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''), ''{cp-01}'')', 'TV009', 'Tool CP-01 must not be used: its calibration ended on');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''), ''{CP-99}'')', 'TV004', 'There is no tool "CP-99"');
SELECT testing.same((SELECT state FROM production_tasks WHERE production_task_id = pg_temp.task('20')), 'PENDING', 'refused means not begun');

-- The last day still counts; one that fits is recorded by itself.
UPDATE tools SET calibration_due = site_today() WHERE tool_code = 'CP-01';
SELECT start_task(pg_temp.task('20'));
SELECT testing.same((SELECT string_agg(t.tool_code || ' ' || u.calibration_due, '; ') FROM production_task_tools u JOIN tools t USING (tool_id) WHERE u.production_task_id = pg_temp.task('20')), 'CP-01 ' || site_today(), 'the tool used');
SELECT complete_task(pg_temp.task('20'), 15);

-- Two that fit: say which.
INSERT INTO tools (tool_code, tool_kind_code, name, calibration_due) VALUES ('TW-02', 'TORQUE_WRENCH', 'Another one', site_today() + 1), ('TW-03', 'TORQUE_WRENCH', 'Never calibrated', NULL);
SELECT testing.refused('SELECT start_task(pg_temp.task(''30''))', 'TV022', 'say which one is used');
SELECT testing.refused('SELECT start_task(pg_temp.task(''30''), ''{TW-03}'')', 'TV009', 'it has no calibration');
SELECT start_task(pg_temp.task('30'), '{TW-02}');
SELECT pause_task(pg_temp.task('30'));
SELECT start_task(pg_temp.task('30'));
SELECT testing.same((SELECT count(*) FROM production_task_tools WHERE production_task_id = pg_temp.task('30')), 1::bigint, 'after a pause it is the same tool');
SELECT testing.refused('DELETE FROM production_task_tools', 'TV003', 'append-only');
