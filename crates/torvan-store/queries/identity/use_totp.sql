SELECT use_totp($1, $2, $3) AS "is_right!"
