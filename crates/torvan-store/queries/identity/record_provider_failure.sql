SELECT record_provider_failure($1, $2, ($3::text)::inet)::text AS nothing
