SELECT 1 AS "asked!" FROM check_storable($1, $2, $3)
