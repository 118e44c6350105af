SELECT submit_bom($1) AS done
