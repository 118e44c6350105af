SELECT user_id, password_hash, can_sign_in, has_second_factor FROM sign_in_account($1)
