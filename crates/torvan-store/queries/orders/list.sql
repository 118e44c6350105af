SELECT o.order_id, o.order_number, o.state, o.phase, floor(extract(epoch FROM now() - o.phase_entered_at) / 86400)::integer AS "days_in_phase!",
       o.want_date, coalesce(o.want_date < current_date AND o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED', false) AS "is_late!",
       c.customer_code, c.name AS customer_name, o.po_number,
       ARRAY(SELECT b.build_number FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' ORDER BY b.build_id) AS "builds!",
       o.created_at
  FROM orders o
  JOIN customers c ON c.customer_id = o.customer_id
 WHERE ($1::text IS NULL OR o.phase = upper($1))
   AND ($2::text IS NULL OR o.state = upper($2))
   AND ($3::text IS NULL OR c.customer_code = upper(btrim($3)))
   AND (NOT $4 OR (o.want_date < current_date AND o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED'))
   AND ($5::text IS NULL
        OR strpos(lower(concat_ws(' ', o.order_number, o.po_number, o.project_name, o.sales_person, c.customer_code, c.name)), lower(btrim($5))) > 0
        OR EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND strpos(b.build_number, upper(btrim($5))) > 0))
   AND ($6::timestamptz IS NULL OR (o.created_at, o.order_id) < ($6, $7::bigint))
 ORDER BY o.created_at DESC, o.order_id DESC
 LIMIT $8
