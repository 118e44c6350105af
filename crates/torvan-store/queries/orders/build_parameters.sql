SELECT c.configuration_id, c.parameters::text AS "parameters!"
  FROM builds b
  JOIN configurations c ON c.configuration_id = b.configuration_id
 WHERE b.build_number = upper(btrim($1::text))
