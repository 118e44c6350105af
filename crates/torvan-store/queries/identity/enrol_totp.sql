SELECT enrol_totp($1, $2, $3) AS "mfa_totp_id!"
