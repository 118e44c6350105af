SELECT redeem_setup_code($1, $2, $3, $4, ($5::text)::inet) AS user_session_id
