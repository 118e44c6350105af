SELECT is_allowed AS "is_allowed!", may_be_private AS "may_be_private!" FROM provider_address($1)
