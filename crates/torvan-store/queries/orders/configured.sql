SELECT b.build_number, c.configuration_id, c.version,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('rule', v.rule, 'severity', v.severity, 'path', v.path, 'message', v.message)), '[]')
          FROM validate_configuration(c.configuration_id, $2) v) AS "violations!: Json<Vec<Violation>>"
  FROM unnest($1::bigint[]) WITH ORDINALITY AS k (configuration_id, n)
  JOIN configurations c ON c.configuration_id = k.configuration_id
  JOIN builds b ON b.build_id = c.build_id
 ORDER BY k.n
