-- Task templates: expressions are tried when stored, the order of work goes forward, minutes belong to the Production Manager.
SELECT testing.refused('UPDATE task_templates SET condition = ''$.pegboard'' WHERE template_code = ''PEGBOARD''', 'TV022', 'is neither true nor false');
SELECT testing.refused('UPDATE task_templates SET condition = ''$e.type == "E_DRAIN"'' WHERE template_code = ''PEGBOARD''', 'TV022', 'cannot be read');
SELECT testing.refused('UPDATE task_templates SET for_each = ''$.basins[*] ? (@.p_trap == true)'' WHERE template_code = ''P_TRAP''', 'TV022', 'is not a list');
SELECT testing.refused('INSERT INTO task_template_dependencies SELECT t.task_template_id, p.task_template_id FROM task_templates t, task_templates p WHERE t.template_code = ''LEGS'' AND p.template_code = ''FEET''', 'TV022', 'lower sequence');
SELECT testing.refused('UPDATE task_templates SET sequence = 35 WHERE template_code = ''BASIN''', 'TV022', 'breaks an order of work');
SELECT testing.refused('UPDATE serial_requirements SET condition = ''$.nothing'' WHERE position = 40', 'TV022', 'is neither true nor false');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT set_template_minutes(''LEGS'', 50)', '42501', 'production_task:update');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT set_template_minutes(''LEGS'', -5)', 'TV022', 'minutes are -5');
SELECT testing.refused('SELECT set_template_minutes(''WINGS'', 5)', 'TV004', 'no task template "WINGS"');
SELECT testing.same(set_template_minutes('legs', 50), 2, 'both sample sinks follow');
SELECT testing.same((SELECT string_agg(DISTINCT planned_minutes::text, ' ') FROM production_tasks WHERE sequence = 30), '50', 'the new value');
-- All rows of checklists.md section 7 with their minutes.
SELECT testing.same((SELECT string_agg(DISTINCT sequence || ':' || CASE template_code WHEN 'LEGS' THEN 45 ELSE planned_minutes END, ' ') FROM task_templates),
  '100:20 10:15 110:10 120:30 130:10 140:15 150:90 160:45 20:15 30:45 40:30 50:60 60:45 70:90 71:60 72:75 73:30 74:20 80:45 85:30 90:90 95:0', 'sequences and minutes');
