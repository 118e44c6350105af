SELECT confirm_totp($1, $2, $3, $4) AS "is_confirmed!"
