SELECT add_build($1, $2) AS "build_id!"
