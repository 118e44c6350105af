SELECT sealed_secret AS "sealed_secret!", key_id AS "key_id!" FROM totp_secret($1, $2)
