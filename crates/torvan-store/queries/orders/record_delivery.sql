SELECT record_delivery($1, $2) AS done
