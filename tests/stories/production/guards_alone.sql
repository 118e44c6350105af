-- Each guard of production holds for a build that has everything and fails alone when its one point is taken away.
CREATE FUNCTION pg_temp.failing(p_build bigint) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(g.code, ' ' ORDER BY g.code), 'none') FROM (
    SELECT 'outsourcing_stated' AS code, (build_guard_outsourcing_stated(p_build)).ok UNION ALL SELECT 'outsourcing_ordered', (build_guard_outsourcing_ordered(p_build)).ok
    UNION ALL SELECT 'outsourcing_received', (build_guard_outsourcing_received(p_build)).ok UNION ALL SELECT 'technician_assigned', (build_guard_technician_assigned(p_build)).ok
    UNION ALL SELECT 'tasks_finished', (build_guard_tasks_finished(p_build)).ok UNION ALL SELECT 'serials_captured', (build_guard_serials_captured(p_build)).ok) g WHERE NOT g.ok $$;
SELECT build_id AS build FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.same(pg_temp.failing(:build), 'outsourcing_received serials_captured tasks_finished technician_assigned', 'the sample sink as it is shipped');
DO $$ DECLARE b builds; BEGIN
  SELECT * INTO b FROM builds WHERE build_number = 'SAMPLE-002';
  PERFORM open_order(b.order_id); UPDATE builds SET sub_state = 'IN_ASSEMBLY' WHERE build_id = b.build_id; PERFORM close_order();
END $$;
SELECT testing.act('sample.production');
SELECT update_outsourced_line(outsourced_line_id, '{"state": "ORDERED"}'), receive_outsourced_line(outsourced_line_id, quantity) FROM outsourced_lines WHERE build_id = :build ORDER BY outsourced_line_id;
SELECT testing.same(pg_temp.failing(:build), 'serials_captured tasks_finished technician_assigned', 'everything is back');
SELECT assign_build(:build, 'sample.technician');
SELECT testing.same(pg_temp.failing(:build), 'serials_captured tasks_finished', 'somebody is on it');
SELECT testing.act('sample.quality');
SELECT capture_serial(:build, 'TOUCHSCREEN', 'T', 1, p_software_version => '1'), capture_serial(:build, 'VALVE_PLATE', 'V', 1), capture_serial(:build, 'CONTROL_BOX', 'C', p_qe_code => 'E', p_qfu_code => 'F');
SELECT testing.same(pg_temp.failing(:build), 'tasks_finished', 'all units are known');
SELECT testing.act('sample.technician');
DO $story$ DECLARE task bigint; BEGIN
  FOR task IN SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-002' AND t.start_gate IN ('RECEIVING', 'ASSEMBLY') ORDER BY t.sequence LOOP
    PERFORM start_task(task), complete_task(task, 10);
  END LOOP;
END $story$;
SELECT testing.same(pg_temp.failing(:build), 'none', 'a build that may go to its test');
-- Now take one thing at a time away, and put it back.
SELECT production_task_id AS task FROM production_tasks WHERE build_id = :build AND sequence_label = '130' \gset
SELECT reopen_task(:task, 'label crooked');
SELECT testing.same(pg_temp.failing(:build), 'tasks_finished', 'a task taken up again');
SELECT start_task(:task), complete_task(:task, 5);
SELECT testing.same(pg_temp.failing(:build), 'none', 'finished again');
SELECT build_serial_id AS serial FROM build_serials WHERE build_id = :build AND serial_kind_code = 'VALVE_PLATE' \gset
UPDATE build_serials SET removed_at = now(), removed_by = captured_by, removal_kind = 'REPLACED', removal_reason = 'story' WHERE build_serial_id = :serial;
SELECT testing.same(pg_temp.failing(:build), 'serials_captured', 'a unit taken out');
SELECT capture_serial(:build, 'VALVE_PLATE', 'V2', 1);
UPDATE user_skills SET valid_to = '2025-12-31' WHERE user_id = current_user_id();
UPDATE production_tasks SET state = 'IN_PROGRESS', completed_at = NULL, actual_minutes = NULL WHERE production_task_id = :task;
SELECT testing.same(pg_temp.failing(:build), 'tasks_finished technician_assigned', 'an open task whose assignee is no longer qualified');
SELECT testing.ok((SELECT message LIKE '%(130 Logo, labels) is assigned to Terry Technician (sample), who has no valid skill MECHANICAL at level 1' FROM build_guard_technician_assigned(:build)), 'the guard says who lacks what');
