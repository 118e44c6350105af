-- Builds go their own way from PRODUCTION on: steps, their order, who may take them, what holds them back; the order follows the slowest.
\ir ../_shop_floor.sql
SELECT order_id AS ord FROM orders WHERE is_sample \gset
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.same((SELECT string_agg(sub_state, ',') FROM builds WHERE order_id = :ord), 'PLANNING,PLANNING', 'where production begins');

-- Nothing is skipped, written directly, or moved by an old view.
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT transition_build(%s, ''IN_ASSEMBLY'')', :a), 'TV009', 'cannot go from PRODUCTION/PLANNING');
SELECT testing.refused(format('SELECT transition_build(%s, ''PACKAGING'')', :a), 'TV009', 'cannot go');
SELECT testing.refused(format('SELECT transition_build(%s, ''DELIVERED'')', :a), 'TV009', 'cannot go');
SELECT testing.refused('SELECT transition_build(987654, ''READY'')', 'TV004', 'no build 987654');
SELECT testing.refused(format('SELECT transition_build(%s, ''PRE_QC_READY'', NULL, 99)', :a), 'TV012', 'changed meanwhile');
SELECT testing.refused(format('UPDATE builds SET sub_state = ''READY'' WHERE build_id = %s', :a), 'TV009', 'not written directly');
SELECT testing.refused(format('UPDATE builds SET phase = ''DELIVERED'', sub_state = ''DELIVERED'' WHERE build_id = %s', :a), 'TV009', 'not written directly');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT transition_build(%s, ''PRE_QC_READY'')', :a), '42501', 'build:plan');
SELECT testing.nobody();
SELECT testing.refused(format('SELECT transition_build(%s, ''PRE_QC_READY'')', :a), 'TV010', 'person');

-- One sink overtakes the other; the order waits for the slower.
SELECT testing.same(testing.bring_build(:a, 'QUALITY_CONTROL'), 'QUALITY_CONTROL/READY', 'the first sink');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :ord), 'PRODUCTION', 'the order while the second is behind');
SELECT testing.act('sample.production');
SELECT testing.ok((SELECT blockers::text LIKE '%SAMPLE-002 is PLANNING, not EOL_PASSED%' FROM order_next_actions(:ord) WHERE action = 'ADVANCE'), 'the order names the sink that is behind');
SELECT testing.refused(format('SELECT transition_order(%s, ''QUALITY_CONTROL'')', :ord), 'TV024', 'SAMPLE-002 is PLANNING');
SELECT testing.nobody();
SELECT testing.bring_build(:b, 'PRODUCTION/EOL_PASSED');
SELECT testing.act('sample.technician');
SELECT testing.same((transition_order(:ord, 'QUALITY_CONTROL')).phase, 'QUALITY_CONTROL', 'transition_order moves the builds that are in its phase');
SELECT testing.same((SELECT string_agg(phase || '/' || sub_state, ' ') FROM builds WHERE order_id = :ord), 'QUALITY_CONTROL/READY QUALITY_CONTROL/READY', 'both sinks');

-- Who built it does not release it, whatever roles they have.
SELECT testing.nobody();
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'sample.technician' AND r.role_code = 'QC_INSPECTOR';
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT transition_build(%s, ''IN_INSPECTION'')', :a), 'TV025', 'their own');
SELECT testing.nobody();

-- A hold of the order stops each of its builds.
SELECT testing.act('sample.quality');
SELECT hold_order(:ord, 'QUALITY', 'scratched bowl');
SELECT testing.refused(format('SELECT transition_build(%s, ''IN_INSPECTION'')', :a), 'TV009', 'on hold');
SELECT testing.ok((SELECT bool_and(NOT is_ready) FROM build_next_actions(:a)), 'no step is ready while on hold');
SELECT resume_order(:ord, 'bowl replaced');

-- A build that is taken out no longer holds the order back.
SELECT testing.nobody();
SELECT testing.bring_build(:a, 'PACKAGING');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :ord), 'QUALITY_CONTROL', 'the order waits for the second sink');
SELECT testing.act('sample.production');
SELECT cancel_build(:b, 'customer wants one sink');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :ord), 'PACKAGING', 'the order goes on with the first');
SELECT testing.same((SELECT count(*) FROM production_tasks WHERE build_id = :b AND state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED')), 0::bigint, 'open tasks of the cancelled sink');
SELECT testing.same((SELECT count(*) FROM qc_inspections WHERE build_id = :b AND state IN ('DRAFT', 'IN_PROGRESS')), 0::bigint, 'open inspections of the cancelled sink');
SELECT testing.refused(format('SELECT transition_build(%s, ''IN_INSPECTION'')', :b), 'TV009', 'is cancelled');

-- Every step in history is one of the rules, and versions count the steps.
SELECT testing.same((SELECT count(*) FROM build_status_history h WHERE h.from_phase = h.to_phase AND h.from_sub_state <> h.to_sub_state
   AND NOT EXISTS (SELECT FROM build_workflow_rules r WHERE (r.phase, r.from_sub_state, r.to_sub_state) = (h.to_phase, h.from_sub_state, h.to_sub_state))), 0::bigint, 'steps that no rule allows');
SELECT testing.same((SELECT count(*) FROM builds b WHERE b.row_version <> (SELECT count(*) FROM build_status_history h WHERE h.build_id = b.build_id)), 0::bigint, 'builds whose version is not the number of their history rows');
