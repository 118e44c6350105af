SELECT content FROM document_chunks WHERE document_content_id = $1 ORDER BY chunk_number
