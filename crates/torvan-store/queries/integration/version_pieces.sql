SELECT content AS "content!" FROM read_document_content($1) ORDER BY chunk_number
