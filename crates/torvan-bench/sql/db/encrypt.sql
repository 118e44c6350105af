SELECT count(encrypt_value('jane.doe.' || n || '@example.org', 'bench|value|' || n)) FROM generate_series(1, $1::integer) n
