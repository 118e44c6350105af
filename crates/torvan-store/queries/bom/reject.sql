SELECT reject_bom($1, $2) AS done
