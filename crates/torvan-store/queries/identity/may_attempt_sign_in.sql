SELECT is_allowed AS "is_allowed!", retry_after_seconds AS "retry_after_seconds!" FROM may_attempt_sign_in($1, ($2::text)::inet, $3)
