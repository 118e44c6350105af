SELECT record_sign_in_attempt($1, ($2::text)::inet, $3, $4, $5)::text AS done
