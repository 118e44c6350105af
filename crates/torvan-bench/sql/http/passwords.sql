INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, $1 FROM users WHERE login LIKE 'bench.%'
