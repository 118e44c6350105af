SELECT end_session($1)::text AS done
