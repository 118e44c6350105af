SELECT EXISTS (SELECT FROM encryption_keys) AS "has_keys!"
