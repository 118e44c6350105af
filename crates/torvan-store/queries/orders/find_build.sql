SELECT o.order_number,
       (SELECT b.build_id FROM builds b WHERE b.order_id = o.order_id AND b.build_number = upper(btrim($2::text))) AS build_id,
       (SELECT string_agg(b.build_number, ', ' ORDER BY b.build_id) FROM builds b WHERE b.order_id = o.order_id) AS builds
  FROM orders o
 WHERE o.order_id = $1
