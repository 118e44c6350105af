SELECT record_mfa_failure($1)::text AS done
