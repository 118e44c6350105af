INSERT INTO audit_log (table_name, operation, record_key, old_values, new_values, actor)
SELECT 'customers', 'UPDATE', n::text, '{"notes": "before"}', '{"notes": "after"}', 'benchmark' FROM generate_series(1, $1) n
