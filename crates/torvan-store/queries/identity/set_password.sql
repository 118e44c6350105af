SELECT set_password($1, $2, $3)::text AS done
