-- An installation without sample data has what production needs: templates, working times, resources, instructions; tools and people come from the plant.
SELECT testing.same((SELECT count(*) FROM task_templates), 26::bigint, 'templates');
SELECT testing.same((SELECT count(*) FROM task_template_dependencies), 40::bigint, 'what comes after what');
SELECT testing.same((SELECT count(*) FROM task_templates t WHERE NOT EXISTS (SELECT FROM work_instructions i WHERE i.instruction_code = t.instruction_code AND i.state = 'RELEASED')), 0::bigint, 'each has a released instruction');
SELECT testing.same((SELECT count(*) FROM task_templates t WHERE NOT EXISTS (SELECT FROM production_resources r WHERE (r.resource_class, r.resource_group) = (t.resource_class, t.resource_group))), 0::bigint, 'and a place');
SELECT testing.same((SELECT count(*) FROM task_templates t WHERE NOT EXISTS (SELECT FROM production_resource_skills s WHERE s.skill_id = t.skill_id)), 0::bigint, 'and people who can do it');
SELECT testing.same((SELECT count(*) FROM tools), 0::bigint, 'no tool is invented');
SELECT testing.same((SELECT count(*) FROM serial_requirements), 5::bigint, 'serial numbers');
SELECT testing.same((schedule_builds() ->> 'tasks')::integer, 0, 'nothing to plan');
