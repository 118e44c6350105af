-- A day on the shop floor: who gets a task, who may start it and when, what stops it, and that all of it is recorded.
CREATE FUNCTION pg_temp.step(p_build text, p_sub_state text, p_phase text DEFAULT 'PRODUCTION') RETURNS void LANGUAGE plpgsql AS $$
DECLARE b builds; BEGIN
  SELECT * INTO b FROM builds WHERE build_number = p_build;
  PERFORM open_order(b.order_id); UPDATE builds SET phase = p_phase, sub_state = p_sub_state WHERE build_id = b.build_id; PERFORM close_order();
END $$;
CREATE FUNCTION pg_temp.task(p_label text, p_build text DEFAULT 'SAMPLE-001') RETURNS bigint LANGUAGE sql AS $$
  SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = p_build AND sequence_label = p_label AND t.is_current $$;
CREATE FUNCTION pg_temp.state(p_label text, p_build text DEFAULT 'SAMPLE-001') RETURNS text LANGUAGE sql AS $$
  SELECT state FROM production_tasks WHERE production_task_id = pg_temp.task(p_label, p_build) $$;
-- A second technician, who only knows mechanics, and a third, who was sent away.
INSERT INTO users (login, display_name) VALUES ('story.two', 'Second Technician'), ('story.gone', 'Third Technician');
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login LIKE 'story.%' AND r.role_code = 'ASSEMBLY_TECHNICIAN';
INSERT INTO user_skills (user_id, skill_id, level, valid_from) SELECT u.user_id, s.skill_id, 2, '2026-01-01' FROM users u, skills s WHERE u.login LIKE 'story.%' AND s.skill_code = 'MECHANICAL';
UPDATE users SET account_state = 'DISABLED', state_reason = 'left' WHERE login = 'story.gone';

-- Nobody does anything before the build is ready; unpacking may begin.
SELECT pg_temp.step('SAMPLE-001', 'PRE_QC_READY');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT take_task(pg_temp.task(''20''))', 'TV009', 'cannot be worked on while the build is in PRODUCTION PRE_QC_READY');
SELECT take_task(pg_temp.task('10'));
SELECT testing.ok((SELECT ok FROM builds b, build_guard_technician_assigned(b.build_id) WHERE b.build_number = 'SAMPLE-001'), 'somebody has the first task');
SELECT start_task(pg_temp.task('10'));
SELECT testing.same((SELECT worker_id FROM production_tasks WHERE production_task_id = pg_temp.task('10')), current_user_id(), 'who is working');

-- Two people, one task: the second is told by whom it is taken.
SELECT testing.act('story.two');
SELECT testing.refused('SELECT take_task(pg_temp.task(''10''))', 'TV009', 'is taken by Terry Technician');
SELECT testing.refused('SELECT complete_task(pg_temp.task(''10''))', '42501', 'is not assigned to story.two');
SELECT testing.refused('SELECT pause_task(pg_temp.task(''10''))', '42501', 'is not assigned to story.two');
SELECT testing.refused('SELECT block_task(pg_temp.task(''10''), ''no parts'', ''PARTS'')', '42501', 'is not assigned to story.two');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''10''), ''story.two'')', '42501', 'production_task:assign');
SELECT pg_temp.step('SAMPLE-001', 'READY');
SELECT take_task(pg_temp.task('20'));
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', 'TV009', 'cannot be worked on while the build is in PRODUCTION READY');
SELECT testing.refused('SELECT take_task(pg_temp.task(''70.1''))', 'TV009', 'has no valid skill PLUMBING at level 2');
SELECT pg_temp.step('SAMPLE-001', 'IN_ASSEMBLY');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', 'TV009', 'waits for 10');

-- One running task per person; the setting lifts it.
SELECT testing.act('sample.technician');
SELECT pg_temp.step('SAMPLE-002', 'IN_ASSEMBLY');
SELECT take_task(pg_temp.task('10', 'SAMPLE-002'));
SELECT testing.refused('SELECT start_task(pg_temp.task(''10'', ''SAMPLE-002''))', 'TV009', 'is working on task 10 of build SAMPLE-001 already');
UPDATE site_settings SET value = 'false' WHERE setting_code = 'one_running_task';
SELECT start_task(pg_temp.task('10', 'SAMPLE-002'));
SELECT pause_task(pg_temp.task('10', 'SAMPLE-002'), 'lunch');
UPDATE site_settings SET value = 'true' WHERE setting_code = 'one_running_task';
SELECT testing.refused('SELECT pause_task(pg_temp.task(''10'', ''SAMPLE-002''))', 'TV009', 'is not running');
SELECT testing.refused('SELECT start_task(pg_temp.task(''10''))', 'TV009', 'is running already');

-- Completing asks the minutes; the captured time stands in for them.
SELECT testing.refused('SELECT complete_task(pg_temp.task(''10''), -1)', 'TV022', 'actual minutes are -1');
SELECT testing.same(complete_task(pg_temp.task('10'), 17), 17, 'stated minutes');
SELECT testing.refused('SELECT complete_task(pg_temp.task(''10''))', 'TV009', 'cannot go from COMPLETED to COMPLETED');
SELECT start_task(pg_temp.task('10', 'SAMPLE-002'));
SELECT testing.same(complete_task(pg_temp.task('10', 'SAMPLE-002')), 1, 'captured minutes, rounded up');
SELECT testing.same((SELECT string_agg(action, ' ' ORDER BY production_task_time_id) FROM production_task_times WHERE production_task_id = pg_temp.task('10', 'SAMPLE-002')), 'START PAUSE START COMPLETE', 'what was recorded');
SELECT testing.same((SELECT count(*) FROM v_task_intervals WHERE production_task_id = pg_temp.task('10', 'SAMPLE-002') AND ended_at IS NOT NULL), 2::bigint, 'two intervals of work');
SELECT testing.refused('UPDATE production_task_times SET recorded_at = now()', 'TV003', 'append-only');
SELECT testing.refused('DELETE FROM production_task_times', 'TV003', 'append-only');

-- Assignment by the Production Manager: qualified and active people only, not under somebody's hands.
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''30''), ''nobody.here'')', 'TV004', 'no user "nobody.here"');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''30''), ''story.gone'')', 'TV009', 'is not an active user');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''30''), ''sample.sales'')', 'TV009', 'may not work on tasks');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''70.1''), ''story.two'')', 'TV009', 'has no valid skill PLUMBING');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''30''), ''story.two'', 7)', 'TV012', 'it is at version 1, you saw 7');
SELECT assign_task(pg_temp.task('30'), 'story.two');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'task.assigned' AND subject_id = pg_temp.task('30')), 1::bigint, 'the assignee hears of it');
SELECT assign_task(pg_temp.task('30'), NULL);
SELECT testing.same((SELECT assignee_id FROM production_tasks WHERE production_task_id = pg_temp.task('30')), NULL::bigint, 'back in the pool');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', '42501', 'production_task:start');
SELECT testing.refused('SELECT assign_task(pg_temp.task(''10''), ''story.two'')', 'TV009', 'is completed');
SELECT testing.same(assign_build((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'), 'sample.technician'), 22, 'all free tasks but packing: 25 less 10, 20 and 160');

-- A skill runs out.
UPDATE user_skills SET valid_to = '2026-01-31' WHERE user_id = (SELECT user_id FROM users WHERE login = 'story.two');
SELECT testing.act('story.two');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', 'TV009', 'has no valid skill MECHANICAL');
UPDATE user_skills SET valid_to = NULL WHERE user_id = (SELECT user_id FROM users WHERE login = 'story.two');
SELECT start_task(pg_temp.task('20'));

-- Blocked for parts: reported at once; work goes on when it is lifted.
SELECT testing.refused('SELECT block_task(pg_temp.task(''20''), ''  '')', 'TV022', 'reason');
SELECT testing.refused('SELECT block_task(pg_temp.task(''20''), ''no gauge'', ''WEATHER'')', 'TV022', 'kind of block is "WEATHER"');
SELECT block_task(pg_temp.task('20'), 'drawing sheet 2 is missing', 'PARTS');
SELECT testing.same(pg_temp.state('20'), 'BLOCKED', 'blocked');
SELECT testing.same((SELECT string_agg(event_type, ' ' ORDER BY outbox_event_id) FROM outbox_events WHERE subject_id = pg_temp.task('20') AND subject_type = 'production_tasks'), 'task.assigned task.blocked stock.shortage', 'who must hear of it does');
SELECT testing.refused('SELECT block_task(pg_temp.task(''20''), ''again'')', 'TV009', 'cannot go from BLOCKED to BLOCKED');
SELECT unblock_task(pg_temp.task('20'));
SELECT testing.same(pg_temp.state('20'), 'IN_PROGRESS', 'it had been begun');
SELECT testing.refused('SELECT unblock_task(pg_temp.task(''20''))', 'TV009', 'is not blocked');
SELECT start_task(pg_temp.task('20'));

-- The order goes on hold: clocks stop, nothing starts.
SELECT testing.act('sample.production');
SELECT hold_order((SELECT order_id FROM builds WHERE build_number = 'SAMPLE-001'), 'PARTS', 'casters are missing');
SELECT testing.same((SELECT count(*) FROM production_tasks WHERE worker_id IS NOT NULL), 0::bigint, 'nobody works on a held order');
SELECT testing.act('story.two');
SELECT testing.refused('SELECT start_task(pg_temp.task(''20''))', 'TV009', 'is on hold');
SELECT testing.refused('SELECT complete_task(pg_temp.task(''20''), 5)', 'TV009', 'is on hold');
SELECT testing.act('sample.production');
SELECT resume_order((SELECT order_id FROM builds WHERE build_number = 'SAMPLE-001'), 'casters came');
SELECT testing.act('story.two');
SELECT start_task(pg_temp.task('20'));
SELECT complete_task(pg_temp.task('20'), 15);

-- Reopening: own, with a reason.
SELECT testing.refused('SELECT reopen_task(pg_temp.task(''20''), '''')', 'TV022', 'reason');
SELECT reopen_task(pg_temp.task('20'), 'one size not written down');
SELECT testing.same(pg_temp.state('20'), 'IN_PROGRESS', 'reopened');
SELECT testing.refused('SELECT reopen_task(pg_temp.task(''20''), ''again'')', 'TV009', 'is not completed');
SELECT testing.same((SELECT state FROM production_tasks WHERE production_task_id = pg_temp.task('10')), 'COMPLETED', 'what came before stays');
SELECT testing.refused('SELECT reopen_task(pg_temp.task(''10''), ''not mine'')', '42501', 'is not assigned to story.two');
SELECT complete_task(pg_temp.task('20'), 16);

-- Cancelling is for the Production Manager, frees what waits, and can be taken back.
SELECT testing.refused('SELECT cancel_task(pg_temp.task(''30''), ''legs came fitted'')', '42501', 'production_task:cancel');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT cancel_task(pg_temp.task(''10''), ''done anyway'')', 'TV009', 'cannot go from COMPLETED to CANCELLED');
SELECT cancel_task(pg_temp.task('30'), 'legs came fitted');
SELECT testing.same(open_predecessors(pg_temp.task('40')), '{}'::text[], 'casters need not wait for legs that came fitted');
SELECT testing.refused('SELECT restore_task(pg_temp.task(''10''), ''mistake'')', 'TV009', 'is not cancelled');
SELECT restore_task(pg_temp.task('30'), 'they did not');
SELECT testing.same(open_predecessors(pg_temp.task('40')), '{30}'::text[], 'they wait again');

-- The test begins at its step, packing in its phase.
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT start_task(pg_temp.task(''150''))', 'TV009', 'cannot be worked on');
SELECT pg_temp.step('SAMPLE-001', 'EOL_READY');
SELECT testing.refused('SELECT start_task(pg_temp.task(''150''))', 'TV009', 'waits for 140');
SELECT testing.refused('SELECT take_task(pg_temp.task(''160''))', 'TV009', 'cannot be worked on');
SELECT pg_temp.step('SAMPLE-001', NULL, 'PACKAGING');
SELECT take_task(pg_temp.task('160'));

-- A person who is not there.
SELECT testing.nobody();
SELECT testing.refused('SELECT start_task(pg_temp.task(''30''))', 'TV010', 'needs a person');
SELECT testing.refused('SELECT start_task(0)', 'TV004', 'no production task 0');
