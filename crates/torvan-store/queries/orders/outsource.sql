SELECT b.build_number AS "build_number!", stated.lines AS "lines!"
  FROM (SELECT s.build_id, s.build_number FROM builds s
         WHERE s.order_id = $1 AND s.state = 'ACTIVE' AND ($2::bigint IS NULL OR s.build_id = $2) ORDER BY s.build_id) b
  CROSS JOIN LATERAL (
    SELECT propose_outsourced_lines(b.build_id) AS lines WHERE $3
    UNION ALL
    SELECT 0 FROM state_no_outsourcing(b.build_id, $4) WHERE NOT $3) stated
