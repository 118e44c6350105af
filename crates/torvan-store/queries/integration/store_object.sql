SELECT store_content_object($1, $2, $3, $4, $5, $6) AS "document_content_id!"
