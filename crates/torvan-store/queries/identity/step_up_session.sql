SELECT step_up_session($1, $2)::text AS done
