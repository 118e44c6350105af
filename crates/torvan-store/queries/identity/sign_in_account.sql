SELECT user_id, password_hash, can_sign_in FROM sign_in_account($1)
