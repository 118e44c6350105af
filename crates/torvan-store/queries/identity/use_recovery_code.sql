SELECT use_recovery_code($1, $2, $3) AS "is_right!"
