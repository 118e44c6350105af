SELECT coalesce(u.build_number, '') AS "build_number!", b.bom_id, b.revision, b.state, b.line_count AS lines, b.leaf_count AS leaves,
       b.unresolved_count AS unresolved, b.uncosted_count AS uncosted, b.total_cost AS "cost: Number",
       b.total_weight_kg AS "weight_kg: Number", b.total_labour_hours AS "labour_hours: Number", b.content_hash
  FROM unnest($1::bigint[]) WITH ORDINALITY AS k (bom_id, n)
  JOIN boms b ON b.bom_id = k.bom_id
  LEFT JOIN builds u ON u.build_id = b.build_id
 ORDER BY k.n
