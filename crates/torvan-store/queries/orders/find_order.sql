SELECT o.order_id
  FROM orders o
 WHERE o.order_number = upper(btrim($1::text))
    OR o.order_id = CASE WHEN btrim($1) ~ '^[0-9]{1,18}$' THEN btrim($1)::bigint END
 ORDER BY o.order_number = upper(btrim($1)) DESC
 LIMIT 1
