-- The sample data goes without leaving anything of production behind; what every installation needs stays.
SELECT testing.act('sample.technician');
SELECT take_task((SELECT min(production_task_id) FROM production_tasks));
SELECT start_task((SELECT min(production_task_id) FROM production_tasks));
SELECT capture_serial((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'), 'VALVE_PLATE', 'V-1', 1) AS serial \gset
SELECT replace_serial(:serial, 'V-2', 'leaks');
SELECT testing.nobody();
SELECT remove_sample_data();
-- The sales person stays as the author of a custom part number, which is never given again.
SELECT testing.same((SELECT string_agg(format('%s %s', n.name, n.rows), ', ') FROM (
  SELECT 'tasks' AS name, count(*) AS rows FROM production_tasks UNION ALL SELECT 'times', count(*) FROM production_task_times UNION ALL SELECT 'dependencies', count(*) FROM production_task_dependencies
  UNION ALL SELECT 'serials', count(*) FROM build_serials UNION ALL SELECT 'lines', count(*) FROM outsourced_lines UNION ALL SELECT 'tools', count(*) FROM tools UNION ALL SELECT 'suppliers', count(*) FROM suppliers
  UNION ALL SELECT 'people', count(*) FROM users WHERE login LIKE 'sample.%' AND login <> 'sample.sales') n WHERE n.rows > 0), NULL::text, 'nothing is left');
SELECT testing.same((SELECT count(*) FROM task_templates), 26::bigint, 'the templates stay');
