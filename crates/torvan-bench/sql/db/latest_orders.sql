SELECT order_id, order_number, phase, state, want_date FROM orders ORDER BY created_at DESC, order_id DESC LIMIT 50
