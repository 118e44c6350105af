SELECT cancel_build($1, $2) AS done
