SELECT o.order_number, o.phase, o.state, o.row_version FROM orders o WHERE o.order_id = $1
