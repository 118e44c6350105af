SELECT store_content($1, $2) AS "document_content_id!"
