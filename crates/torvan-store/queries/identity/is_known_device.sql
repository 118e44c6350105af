SELECT is_known_device($1, $2) AS "is_known!"
