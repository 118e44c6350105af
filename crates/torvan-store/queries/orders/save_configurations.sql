-- Builds are taken in the order of their keys, so that two callers never wait for each other.
SELECT w.build_number AS "build_number!",
       CASE WHEN w.build_id IS NOT NULL THEN save_configuration(w.parameters, w.build_id, $4, $5, $6) END AS configuration_id
  FROM (SELECT upper(btrim(g.build_number)) AS build_number, b.build_id, g.parameters::jsonb AS parameters
          FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS g (build_number, parameters, n)
          LEFT JOIN builds b ON b.build_number = upper(btrim(g.build_number)) AND b.order_id = $1
         ORDER BY b.build_id NULLS FIRST, g.n
        OFFSET 0) w
