SELECT provider_code AS "code!", issuer_url AS "issuer!", client_id AS "client_id!", sealed_secret, key_id, asks_for_email AS "asks_for_email!" FROM provider_to_ask($1)
