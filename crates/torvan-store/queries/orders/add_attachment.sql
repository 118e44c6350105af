SELECT add_attachment($1, $2, $3, $4, $5, $6, $7, $8) AS "order_attachment_id!"
