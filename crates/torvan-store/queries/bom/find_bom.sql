SELECT coalesce(
         CASE WHEN $2::integer IS NULL THEN b.bom_id
              ELSE (SELECT r.bom_id FROM boms r WHERE r.build_id = b.build_id AND r.revision = $2) END,
         CASE WHEN b.build_id IS NULL AND $2 IS NULL AND w.name ~ '^[0-9]{1,18}$'
              THEN (SELECT k.bom_id FROM boms k WHERE k.bom_id = w.name::bigint) END) AS bom_id,
       b.build_id IS NOT NULL AS "is_build!"
  FROM (SELECT upper(btrim($1::text)) AS name) w
  LEFT JOIN builds b ON b.build_number = w.name
