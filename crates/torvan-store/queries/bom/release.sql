SELECT release_bom($1) AS done
