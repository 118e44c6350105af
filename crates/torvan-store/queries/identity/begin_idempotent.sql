SELECT outcome AS "outcome!", status, content_type, body, headers FROM begin_idempotent($1, $2, $3)
