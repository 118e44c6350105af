SELECT set_provider_secret($1, $2, $3, $4)::text AS nothing
