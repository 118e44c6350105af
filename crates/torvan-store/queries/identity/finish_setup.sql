SELECT finish_setup($1, $2)::text AS done
