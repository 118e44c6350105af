SELECT count(*)
  FROM boms b LEFT JOIN (SELECT bom_id, count(*) AS lines FROM bom_line_items GROUP BY bom_id) l USING (bom_id)
 WHERE b.line_count IS DISTINCT FROM l.lines
