SELECT content AS "content!" FROM read_attachment_content($1) ORDER BY chunk_number
