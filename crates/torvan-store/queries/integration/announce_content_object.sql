SELECT 1 AS "asked!" FROM announce_content_object($1, $2, $3, $4, $5, $6)
