SELECT append_document_chunk($1, $2, $3) AS "bytes_received!"
