SELECT b.bom_id, u.build_number AS "build_number?", o.order_number AS "order_number?", b.revision, b.state,
       format('%s version %s', s.family_code, s.version) AS "rule_set!", b.catalogue_as_of, b.content_hash,
       b.line_count AS lines, b.leaf_count AS leaves, b.unresolved_count AS unresolved, b.uncosted_count AS uncosted,
       b.total_cost AS "cost: Number", b.total_weight_kg AS "weight_kg: Number", b.total_labour_hours AS "labour_hours: Number",
       (SELECT p.login FROM users p WHERE p.user_id = b.created_by) AS created_by, b.created_at,
       (SELECT p.login FROM users p WHERE p.user_id = b.submitted_by) AS submitted_by, b.submitted_at,
       (SELECT p.login FROM users p WHERE p.user_id = b.decided_by) AS decided_by, b.decided_at, b.decision_note,
       (SELECT p.login FROM users p WHERE p.user_id = b.released_by) AS released_by, b.released_at
  FROM require_bom($1) k
  JOIN boms b ON b.bom_id = k.bom_id
  JOIN rule_sets s ON s.rule_set_id = b.rule_set_id
  LEFT JOIN builds u ON u.build_id = b.build_id
  LEFT JOIN orders o ON o.order_id = u.order_id
