SELECT is_allowed AS "is_allowed!", retry_after_seconds AS "retry_after_seconds!" FROM may_attempt_provider($1, $2, ($3::text)::inet)
