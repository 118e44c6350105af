SELECT count(*) AS lines, coalesce(max(l.depth), 0) AS depth
  FROM bom_line_items l JOIN assemblies p ON p.assembly_id = l.parent_assembly_id
 WHERE l.bom_id = $1 AND p.assembly_code LIKE 'BENCH-%'
