SELECT count(decrypt_value(cipher, context)) FROM bench.secrets WHERE n <= $1::integer
