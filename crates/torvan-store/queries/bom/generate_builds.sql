-- Builds are taken in the order of their keys, so that two callers never wait for each other.
SELECT w.build_number AS "build_number!", w.build_id AS "build_id?",
       CASE WHEN w.configuration_id IS NOT NULL THEN generate_bom(w.configuration_id) END AS bom_id
  FROM (SELECT n.build_number, b.build_id, b.configuration_id
          FROM (SELECT DISTINCT upper(btrim(g)) AS build_number FROM unnest($1::text[]) AS g) n
          LEFT JOIN builds b ON b.build_number = n.build_number
         ORDER BY b.build_id NULLS FIRST, n.build_number
        OFFSET 0) w
