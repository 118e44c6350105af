SELECT severity, source, location, field, found, expected, message
  FROM import_findings
 WHERE import_session_id = $1
 ORDER BY CASE severity WHEN 'ERROR' THEN 1 WHEN 'WARNING' THEN 2 ELSE 3 END, import_finding_id
