SELECT replace_recovery_codes($1, $2)::text AS done
