SELECT 1 AS "asked!" FROM announce_object($1, $2, $3)
