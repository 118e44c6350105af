UPDATE builds b SET configuration_id = c.configuration_id
  FROM configurations c
 WHERE b.build_id = ANY ($1::bigint[]) AND c.build_id = b.build_id
