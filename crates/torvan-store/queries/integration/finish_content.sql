SELECT finish_document_content($1) AS "document_content_id!"
