SELECT open_session_by_identity($1, $2, $3, $4, $5, ($6::text)::inet) AS user_session_id
