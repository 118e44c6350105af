SELECT use_encryption_key($1, $2)::text AS done
