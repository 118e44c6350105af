SELECT document_content_id AS "document_content_id!", storage AS "storage!", object_key, byte_size AS "byte_size!", sha256 AS "sha256!", pieces
  FROM import_content_place($1)
