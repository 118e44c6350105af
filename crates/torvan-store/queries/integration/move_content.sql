SELECT move_content($1, $2, $3, $4, $5) AS "moved!"
