SELECT process_outbox($1) AS "taken!"
