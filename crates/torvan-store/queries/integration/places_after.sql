SELECT document_content_id, storage, object_key, byte_size, sha256, NULL::bytea[] AS "pieces: Vec<Vec<u8>>"
  FROM document_contents WHERE stored_at IS NOT NULL AND document_content_id > $1 AND ($2::text IS NULL OR storage <> $2)
 ORDER BY document_content_id LIMIT 500
