-- Partial indexes of orders: each serves the query named above it.

-- fill_shop_builds(), builds in the shop: WHERE state = 'ACTIVE' AND phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING').
CREATE INDEX IF NOT EXISTS builds_in_shop_idx ON builds (order_id, build_id)
  WHERE state = 'ACTIVE' AND phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING');
-- Partial indexes of the orders: the few that people work with among all that were.

-- order_board, one open phase by want date: WHERE phase = $1 AND state <> 'CANCELLED' AND phase <> 'DELIVERED' ORDER BY coalesce(want_date, 'infinity'), order_id.
CREATE INDEX IF NOT EXISTS orders_board_idx ON orders (phase, coalesce(want_date, 'infinity'), order_id) WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED';

-- search_orders, overdue: WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED' AND coalesce(want_date, 'infinity') < $1.
CREATE INDEX IF NOT EXISTS orders_open_want_date_idx ON orders (coalesce(want_date, 'infinity'), order_id) INCLUDE (want_date, created_at) WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED';

-- search_orders, on hold or cancelled: WHERE state = $1 ORDER BY created_at DESC, order_id DESC.
CREATE INDEX IF NOT EXISTS orders_state_idx ON orders (state, created_at DESC, order_id DESC) WHERE state <> 'ACTIVE';

-- v_on_time_delivery, report_time_in_phase: WHERE delivered_on IS NOT NULL AND delivered_on BETWEEN $1 AND $2.
CREATE INDEX IF NOT EXISTS orders_delivered_on_idx ON orders (delivered_on) INCLUDE (want_date, created_at, order_id) WHERE delivered_on IS NOT NULL;
-- report_time_in_phase, which looks at a thousand of very many: AND abs(hashint8(order_id)::bigint) % 16 = 0.
CREATE INDEX IF NOT EXISTS orders_delivered_sample_idx ON orders (delivered_on) INCLUDE (order_id) WHERE delivered_on IS NOT NULL AND abs(hashint8(order_id)::bigint) % 16 = 0;

-- approvals_open: WHERE phase = 'APPROVAL' AND state = 'ACTIVE', counted for the inbox from the index alone.
CREATE INDEX IF NOT EXISTS orders_waiting_for_approval_idx ON orders (phase_entered_at, order_id) INCLUDE (submitted_by) WHERE phase = 'APPROVAL' AND state = 'ACTIVE';

-- search_orders, open orders by age or number: WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED' ORDER BY created_at, order_id; or ORDER BY order_number.
CREATE INDEX IF NOT EXISTS orders_open_created_at_idx ON orders (created_at DESC, order_id DESC) WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED';
CREATE INDEX IF NOT EXISTS orders_open_order_number_idx ON orders (order_number, order_id) WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED';

-- v_order_ages, those that wait longest first: WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED' ORDER BY phase_entered_at, order_id.
CREATE INDEX IF NOT EXISTS orders_open_phase_entered_at_idx ON orders (phase_entered_at, order_id) WHERE state <> 'CANCELLED' AND phase <> 'DELIVERED';

-- v_production_kpis, builds that left production in a week: WHERE from_phase = 'PRODUCTION' AND to_phase = 'QUALITY_CONTROL' AND created_at >= $1 AND created_at < $2.
CREATE INDEX IF NOT EXISTS build_status_history_finished_idx ON build_status_history (created_at, build_id) WHERE from_phase = 'PRODUCTION' AND to_phase = 'QUALITY_CONTROL';

-- dashboard_figures, service orders made and received in the last weeks.
CREATE INDEX IF NOT EXISTS service_orders_created_at_idx ON service_orders (created_at);
CREATE INDEX IF NOT EXISTS service_orders_received_at_idx ON service_orders (received_at) WHERE received_at IS NOT NULL;

-- approvals_found, BOMs that wait for a decision, and drawings that wait for one: the few of all that ever were.
CREATE INDEX IF NOT EXISTS boms_submitted_idx ON boms (submitted_at, bom_id) WHERE state = 'SUBMITTED';
CREATE INDEX IF NOT EXISTS order_attachments_drawing_idx ON order_attachments (created_at, order_attachment_id) WHERE attachment_kind = 'SINK_DRAWING' AND approved_at IS NULL;

-- dashboard_figures, the own finished tasks of a week: WHERE completed_by = $1 AND completed_at >= $2 AND completed_at < $3.
CREATE INDEX IF NOT EXISTS production_tasks_finished_by_idx ON production_tasks (completed_by, completed_at) WHERE completed_by IS NOT NULL;
