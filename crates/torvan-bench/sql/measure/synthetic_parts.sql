SELECT substr(l.item_code, 9)::bigint AS part, trim_scale(sum(l.quantity_total))::text AS quantity
  FROM bom_line_items l
 WHERE l.bom_id = $1 AND l.item_code LIKE 'BENCH-P-%'
 GROUP BY l.item_code ORDER BY l.item_code
