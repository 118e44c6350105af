SELECT note_refused_request($1, $2)::text AS done
