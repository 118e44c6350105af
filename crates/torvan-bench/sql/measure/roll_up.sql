SELECT count(*), trim_scale(sum(t.quantity))::text
  FROM (SELECT e.child_part_id, sum(e.quantity_total) AS quantity
          FROM explode_structure(ARRAY[$1::bigint], ARRAY[1::numeric]) e
         WHERE e.child_part_id IS NOT NULL GROUP BY e.child_part_id) t
