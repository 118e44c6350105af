INSERT INTO orders (order_number, customer_id, po_number, sales_person, want_date, language, quantity)
SELECT generate_order_number(), $1, format('BENCH-%s-%s', $4::text, n), 'Benchmark', current_date + 60, 'EN', $3::integer
  FROM generate_series(1, $2::bigint) AS n
RETURNING order_id
