-- Work instructions: a draft changes, a released version never does; tasks begin with the version in force.
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT draft_work_instruction(''WI-10'', ''Unpack'', ''Text'')', '42501', 'work_instruction:update');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT draft_work_instruction(''10'', ''Unpack'', ''Text'')', 'TV022', 'needs a code');
SELECT draft_work_instruction('wi-10', 'Unpack with care', 'Unpack with care.') AS draft \gset
SELECT testing.same((SELECT instruction_code || ' ' || version || ' ' || state FROM work_instructions WHERE work_instruction_id = :draft), 'WI-10 2 DRAFT', 'the next version');
SELECT testing.refused('SELECT draft_work_instruction(''WI-10'', ''Unpack'', ''Text'')', 'TV009', 'has a draft already');
UPDATE work_instructions SET body = 'Unpack with great care.' WHERE work_instruction_id = :draft;
SELECT testing.refused('SELECT release_work_instruction(' || :draft || ')', 'TV025', 'may not release this instruction');
SELECT testing.act('sample.admin');
SELECT release_work_instruction(:draft);
SELECT testing.same((SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM work_instructions WHERE instruction_code = 'WI-10'), '1 SUPERSEDED, 2 RELEASED', 'one in force');
SELECT testing.same((SELECT count(*) FROM signatures WHERE record_type = 'work_instructions' AND record_id = :draft AND meaning = 'approved'), 1::bigint, 'signed');
SELECT testing.refused('SELECT release_work_instruction(' || :draft || ')', 'TV009', 'is released already');
SELECT testing.refused('UPDATE work_instructions SET body = ''other'' WHERE work_instruction_id = ' || :draft, 'TV003', 'does not change');
SELECT testing.refused('UPDATE work_instructions SET state = ''RELEASED'' WHERE instruction_code = ''WI-10'' AND version = 1', 'TV003', 'does not change');
SELECT testing.refused('DELETE FROM work_instructions WHERE work_instruction_id = ' || :draft, 'TV003', 'is kept');
-- A task generated with version 1 and not yet begun begins with version 2.
SELECT production_task_id AS task FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '10' \gset
SELECT testing.act('sample.technician');
SELECT take_task(:task);
SELECT start_task(:task);
SELECT testing.same((SELECT work_instruction_id FROM production_tasks WHERE production_task_id = :task), :draft::bigint, 'the version in force at the start');
