SELECT record_shipment($1, $2, $3, $4) AS done
