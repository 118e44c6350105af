SELECT approve_bom($1, $2) AS done
