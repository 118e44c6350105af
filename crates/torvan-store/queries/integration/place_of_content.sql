SELECT document_content_id, storage, object_key, byte_size, sha256 FROM document_contents WHERE document_content_id = $1
