SELECT begin_document_content($1, $2, $3) AS "document_content_id!"
