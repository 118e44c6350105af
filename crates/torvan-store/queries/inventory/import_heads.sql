SELECT DISTINCT ON (h.key) h.key AS "head!", h.value AS "column_name!"
  FROM import_sessions s
 CROSS JOIN LATERAL jsonb_array_elements(s.sources) AS f (source)
 CROSS JOIN LATERAL jsonb_each_text(CASE jsonb_typeof(f.source -> 'heads') WHEN 'object' THEN f.source -> 'heads' ELSE '{}' END) h
 WHERE s.state = 'COMMITTED' AND h.value IS NOT NULL
 ORDER BY h.key, s.import_session_id DESC
