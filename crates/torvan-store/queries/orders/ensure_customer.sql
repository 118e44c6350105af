SELECT c.name AS "on_file?", CASE WHEN c.customer_id IS NULL THEN create_customer($1, $2, $3) END AS made
  FROM (SELECT upper(btrim($1::text)) AS customer_code) w
  LEFT JOIN customers c ON c.customer_code = w.customer_code
