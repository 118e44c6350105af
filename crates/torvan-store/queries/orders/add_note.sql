SELECT add_order_note($1, $2, $3, $4) AS "order_note_id!"
