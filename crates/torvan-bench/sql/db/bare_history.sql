INSERT INTO bench.order_status_history (order_id, action, from_phase, to_phase, to_state, changed_by_name, row_version)
SELECT order_id, 'ADVANCE', 'DRAFT', phase, state, 'benchmark', row_version FROM bench.orders WHERE order_id = $1
