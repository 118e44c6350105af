SELECT explain_bom_line(l.bom_id, l.line_number) AS "explanation!: Json<Explanation>"
  FROM bom_line_items l
 WHERE l.bom_id = $1
   AND (upper(btrim($2::text)) IN (l.item_code, l.specification_code) OR l.item_code = canonical_item_code($2))
 ORDER BY l.line_number
