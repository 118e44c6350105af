-- Composite indexes of the orders.

-- search_orders, one phase, newest first: WHERE phase = $1 ORDER BY created_at DESC, order_id DESC.
CREATE INDEX IF NOT EXISTS orders_phase_created_at_idx ON orders (phase, created_at DESC, order_id DESC);

-- search_orders, by want date: ORDER BY coalesce(want_date, 'infinity'), order_id; and WHERE coalesce(want_date, 'infinity') >= $1.
CREATE INDEX IF NOT EXISTS orders_want_date_idx ON orders (coalesce(want_date, 'infinity'), order_id) INCLUDE (want_date, created_at);

-- search_orders, one sales person, newest first: WHERE sales_person = $1 ORDER BY created_at DESC, order_id DESC.
CREATE INDEX IF NOT EXISTS orders_sales_person_idx ON orders (sales_person, created_at DESC, order_id DESC);

-- search_orders, beginning of a PO number: WHERE upper(btrim(po_number)) >= $1 AND upper(btrim(po_number)) < $2.
CREATE INDEX IF NOT EXISTS orders_po_prefix_idx ON orders ((upper(btrim(po_number)) COLLATE "C")) WHERE po_number IS NOT NULL;

-- search_orders, one phase by want date: WHERE phase = $1 ORDER BY coalesce(want_date, 'infinity'), order_id.
CREATE INDEX IF NOT EXISTS orders_phase_want_date_idx ON orders (phase, coalesce(want_date, 'infinity'), order_id);

-- Customers offered or listed by name: ORDER BY name, customer_id LIMIT $1.
CREATE INDEX IF NOT EXISTS customers_name_idx ON customers (name, customer_id);
