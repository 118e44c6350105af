SELECT provider_code AS "provider_code!", name AS "name!" FROM sign_in_providers()
