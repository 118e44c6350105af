-- A sink whose end-of-line test is signed before its test task is completed is not stuck: the task can still be finished, and then it is handed over.
\ir ../_shop_floor.sql
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.bring_build(:a, 'PRODUCTION/EOL_RUNNING');
SELECT testing.do_gate(:a, 'END_OF_LINE', 'sample.technician') \g /dev/null
SELECT testing.step(:a, 'sample.technician', 'EOL_PASSED');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT transition_build(%s, ''QUALITY_CONTROL'')', :a), 'TV024', 'tasks_finished');
SELECT testing.ok(testing.do_tasks(:a, '{END_OF_LINE}') > 0, 'the test tasks are done now');
SELECT testing.act('sample.technician');
SELECT testing.same((transition_build(:a, 'QUALITY_CONTROL')).phase, 'QUALITY_CONTROL', 'handed over');
