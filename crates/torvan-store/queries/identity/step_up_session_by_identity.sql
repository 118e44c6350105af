SELECT step_up_session_by_identity($1, $2, $3, $4) AS "is_right!"
