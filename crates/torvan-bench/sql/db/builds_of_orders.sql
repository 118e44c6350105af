SELECT b.build_id, b.build_number, b.phase FROM builds b
 WHERE b.order_id IN (SELECT o.order_id FROM orders o ORDER BY o.created_at DESC, o.order_id DESC LIMIT 50)
