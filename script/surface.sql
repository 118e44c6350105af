-- What the server's role may call and read, in the words of the database itself: one JSON document.
WITH shown AS (
  SELECT c.oid, c.relname, c.relkind FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
     AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege('torvan_app', c.oid, a.attnum, 'SELECT'))
), closed AS (
  -- Closed sets of words: CHECK (column = ANY (…)).
  SELECT k.conrelid, k.conkey[1] AS attnum, array(SELECT m[1] FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') m) AS words
    FROM pg_constraint k WHERE k.contype = 'c' AND cardinality(k.conkey) = 1 AND pg_get_constraintdef(k.oid) ~ '^CHECK \(\(*[a-z_]+ = ANY \(ARRAY\[[^]]*\]\)\)+$'
), broken AS (
  SELECT k.conrelid AS oid, k.conname AS name, CASE k.contype WHEN 'c' THEN 'condition' WHEN 'f' THEN 'reference' WHEN 'x' THEN 'overlap' ELSE 'unique' END AS kind,
         (SELECT jsonb_agg(a.attname ORDER BY n.n) FROM unnest(k.conkey) WITH ORDINALITY n (attnum, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.attnum) AS columns,
         CASE k.contype WHEN 'f' THEN k.confrelid::regclass::text END AS refers_to, pg_get_expr(k.conbin, k.conrelid) AS condition
    FROM pg_constraint k WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0
  UNION ALL
  -- Unique only for some rows: an index without a constraint.
  SELECT i.indrelid, c.relname, 'unique', (SELECT jsonb_agg(a.attname ORDER BY n.n) FROM unnest(i.indkey::smallint[]) WITH ORDINALITY n (attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n.attnum), NULL, NULL
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisunique AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
), sight AS (
  -- How somebody who does not see all orders sees its rows. Views have the rows of such a table.
  SELECT d.table_name AS name, split_part(d.reading, ':', 1) || '_id' AS key FROM table_decisions() d WHERE d.reading ~ '^(build|order):'
  UNION ALL
  VALUES ('v_boms', 'build_id'), ('v_open_nonconformities', 'build_id'), ('v_order_ages', 'order_id'), ('v_order_boms', 'build_id'), ('v_order_shipments', 'order_id'), ('v_stock_reservations', 'build_id')
), relation AS (
  SELECT s.relname AS name, jsonb_build_object(
      'comment', coalesce(obj_description(s.oid, 'pg_class'), ''),
      'key', coalesce((SELECT jsonb_agg(a.attname ORDER BY k.n) FROM pg_constraint p, unnest(p.conkey) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute a ON a.attnum = k.attnum
                        WHERE p.conrelid = s.oid AND p.contype = 'p' AND a.attrelid = s.oid), '[]'),
      'columns', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'nullable', NOT a.attnotnull,
                    'comment', coalesce(col_description(s.oid, a.attnum), ''), 'words', (SELECT to_jsonb(w.words) FROM closed w WHERE w.conrelid = s.oid AND w.attnum = a.attnum LIMIT 1))) ORDER BY a.attnum)
                    FROM pg_attribute a WHERE a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege('torvan_app', s.oid, a.attnum, 'SELECT')
                     AND format_type(a.atttypid, NULL) NOT IN ('bytea', 'tsvector')))
      -- Rules of the table that a value can break, by the name under which a refusal tells them.
      || coalesce((SELECT jsonb_build_object('constraints', jsonb_object_agg(k.name, jsonb_strip_nulls(jsonb_build_object('kind', k.kind, 'columns', k.columns, 'refers_to', k.refers_to, 'condition', k.condition)) ORDER BY k.name COLLATE "C"))
                     FROM broken k WHERE k.oid = s.oid HAVING count(*) > 0), '{}')
      || coalesce((SELECT jsonb_build_object('sight', g.key) FROM sight g WHERE g.name = s.relname), '{}')
      -- What may be written without a function.
      || coalesce((SELECT jsonb_build_object('writes', jsonb_build_object(
                     'insertable', coalesce(jsonb_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.insertable), '[]'),
                     'required', coalesce(jsonb_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.insertable AND a.attnotnull AND NOT a.atthasdef), '[]'),
                     'updatable', coalesce(jsonb_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.updatable), '[]'),
                     'deletable', has_table_privilege('torvan_app', s.oid, 'DELETE'),
                     'permissions', (SELECT jsonb_strip_nulls(jsonb_build_object('insert', d.inserting, 'update', d.updating, 'delete', d.deleting)) FROM table_decisions() d WHERE d.table_name = s.relname),
                     'unread', coalesce(jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'nullable', NOT a.attnotnull, 'comment', coalesce(col_description(s.oid, a.attnum), '')) ORDER BY a.attnum)
                                          FILTER (WHERE (a.insertable OR a.updatable) AND NOT has_column_privilege('torvan_app', s.oid, a.attnum, 'SELECT')), '[]')))
                     FROM (SELECT c.*, has_column_privilege('torvan_app', s.oid, c.attnum, 'INSERT') AS insertable, has_column_privilege('torvan_app', s.oid, c.attnum, 'UPDATE') AS updatable
                             FROM pg_attribute c WHERE c.attrelid = s.oid AND c.attnum > 0 AND NOT c.attisdropped) a
                   HAVING bool_or(a.insertable OR a.updatable) OR has_table_privilege('torvan_app', s.oid, 'DELETE')), '{}') AS described
    FROM shown s
), callable AS (
  SELECT p.*, count(*) OVER (PARTITION BY p.proname) AS overloads FROM pg_proc p
   WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype AND has_function_privilege('torvan_app', p.oid, 'EXECUTE')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), function AS (
  SELECT p.proname AS name, jsonb_build_object(
      'comment', coalesce(obj_description(p.oid, 'pg_proc'), ''),
      'arguments', coalesce((SELECT jsonb_agg(jsonb_build_object('name', p.proargnames[n], 'type', format_type(t, NULL), 'required', n <= p.pronargs - p.pronargdefaults) ORDER BY n)
                      FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS x (t, n)), '[]'),
      'result', jsonb_build_object(
        'kind', CASE WHEN p.prorettype = 'void'::regtype THEN 'none' WHEN p.proretset THEN 'rows' WHEN r.typtype = 'c' THEN 'row' ELSE 'value' END,
        'type', format_type(p.prorettype, NULL),
        'columns', coalesce(
          (SELECT jsonb_agg(jsonb_build_object('name', p.proargnames[n], 'type', format_type(p.proallargtypes[n], NULL), 'nullable', true, 'comment', '') ORDER BY n)
             FROM generate_subscripts(p.proallargtypes, 1) n WHERE p.proargmodes[n] IN ('t', 'o')),
          (SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'nullable', NOT a.attnotnull, 'comment', coalesce(col_description(r.typrelid, a.attnum), '')) ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = r.typrelid AND NOT EXISTS (SELECT FROM shown s WHERE s.oid = r.typrelid) AND a.attnum > 0 AND NOT a.attisdropped AND format_type(a.atttypid, NULL) NOT IN ('bytea', 'tsvector')), '[]'))) AS described
    FROM callable p JOIN pg_type r ON r.oid = p.prorettype WHERE p.overloads = 1
)
SELECT format(E'{\n"permissions": {\n%s\n},\n"functions": {\n%s\n},\n"relations": {\n%s\n}\n}',
  (SELECT string_agg(format('%s: %s', to_json(p.permission_code), to_json(coalesce(p.description, ''))), E',\n' ORDER BY p.permission_code COLLATE "C") FROM permissions p),
  (SELECT string_agg(format('%s: %s', to_json(f.name), f.described), E',\n' ORDER BY f.name COLLATE "C") FROM function f),
  (SELECT string_agg(format('%s: %s', to_json(r.name), r.described), E',\n' ORDER BY r.name COLLATE "C") FROM relation r));
