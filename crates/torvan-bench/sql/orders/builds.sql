WITH items AS (
  INSERT INTO order_items (order_id, position)
  SELECT o, n FROM unnest($1::bigint[]) AS o CROSS JOIN generate_series(1, $2::integer) AS n
  RETURNING order_item_id, order_id
), made AS (
  INSERT INTO builds (order_id, order_item_id, build_number)
  SELECT order_id, order_item_id, format('BENCH-%s', order_item_id) FROM items
  RETURNING build_id
)
SELECT build_id FROM made ORDER BY build_id
