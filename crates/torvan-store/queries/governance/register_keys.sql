SELECT register_encryption_keys() AS "registered!"
