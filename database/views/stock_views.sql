-- Stock and service parts as people read them; with the reader's rights.

CREATE OR REPLACE VIEW v_stock_levels WITH (security_invoker = true) AS
  SELECT coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, s.location_code, s.location_kind,
         t.lot_number, t.expires_on, coalesce(t.is_blocked, false) AS is_blocked, trim_scale(l.quantity) AS quantity, coalesce(a.unit_code, p.unit_code) AS unit_code, l.updated_at,
         l.stock_level_id
    FROM stock_levels l
    JOIN stock_locations s USING (stock_location_id)
    LEFT JOIN stock_lots t USING (stock_lot_id)
    LEFT JOIN assemblies a ON a.assembly_id = l.assembly_id
    LEFT JOIN parts p ON p.part_id = l.part_id
   WHERE l.quantity > 0;
COMMENT ON VIEW v_stock_levels IS 'What lies where, by lot; stock_level_id tells the rows apart.';

CREATE OR REPLACE VIEW v_stock_balances WITH (security_invoker = true) AS
  SELECT coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, trim_scale(b.on_hand) AS on_hand, trim_scale(b.available) AS available,
         trim_scale(b.reserved) AS reserved, trim_scale(b.available - b.reserved) AS free, trim_scale(b.reorder_point) AS reorder_point,
         b.available - b.reserved < b.reorder_point AS is_below_reorder_point, coalesce(a.unit_code, p.unit_code) AS unit_code, b.item_key
    FROM stock_balances b
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id;
COMMENT ON VIEW v_stock_balances IS 'Each item: what is there, what of it builds may use, what is promised, what is free.';

CREATE OR REPLACE VIEW v_stock_lots WITH (security_invoker = true) AS
  SELECT t.stock_lot_id, coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, t.lot_number, t.supplier_lot_number, t.received_on, t.expires_on,
         (SELECT trim_scale(coalesce(sum(l.quantity), 0)) FROM stock_levels l WHERE l.stock_lot_id = t.stock_lot_id) AS quantity, coalesce(a.unit_code, p.unit_code) AS unit_code,
         t.is_blocked, t.blocked_reason, t.assembly_id, t.part_id, t.created_at
    FROM stock_lots t
    LEFT JOIN assemblies a ON a.assembly_id = t.assembly_id
    LEFT JOIN parts p ON p.part_id = t.part_id;
COMMENT ON VIEW v_stock_lots IS 'Lots of items, and how much of each is still there.';

-- The balance stands between: a move and a reservation name their item by its key.
CREATE OR REPLACE VIEW v_stock_moves WITH (security_invoker = true) AS
  SELECT m.stock_move_id, m.move_kind, coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, trim_scale(m.quantity) AS quantity,
         coalesce(a.unit_code, p.unit_code) AS unit_code, f.location_code AS from_location_code, t.location_code AS to_location_code, l.lot_number, c.build_number, m.reference, m.reason,
         m.moved_by, m.created_at, m.item_key, m.stock_lot_id, m.from_location_id, m.to_location_id, m.build_id, m.is_sample
    FROM stock_moves m
    JOIN stock_balances b ON b.item_key = m.item_key
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id
    LEFT JOIN stock_locations f ON f.stock_location_id = m.from_location_id
    LEFT JOIN stock_locations t ON t.stock_location_id = m.to_location_id
    LEFT JOIN stock_lots l ON l.stock_lot_id = m.stock_lot_id
    LEFT JOIN builds c ON c.build_id = m.build_id;
COMMENT ON VIEW v_stock_moves IS 'Moves of stock with the codes of what was moved, from where, to where and for which build.';

CREATE OR REPLACE VIEW v_stock_reservations WITH (security_invoker = true) AS
  SELECT r.stock_reservation_id, coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, c.build_number, c.order_id,
         trim_scale(r.quantity_required) AS quantity_required, trim_scale(r.quantity_reserved) AS quantity_reserved, trim_scale(r.quantity_issued) AS quantity_issued,
         CASE r.state WHEN 'OPEN' THEN trim_scale(greatest(r.quantity_required - r.quantity_reserved - r.quantity_issued, 0)) ELSE 0 END AS quantity_short, coalesce(a.unit_code, p.unit_code) AS unit_code, r.state, r.build_id, r.item_key,
         r.created_at, r.updated_at
    FROM stock_reservations r
    JOIN stock_balances b ON b.item_key = r.item_key
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN parts p ON p.part_id = b.part_id
    LEFT JOIN builds c ON c.build_id = r.build_id;
COMMENT ON VIEW v_stock_reservations IS 'What is promised to builds, what they have been issued, and what they are short of.';

CREATE OR REPLACE VIEW v_service_parts WITH (security_invoker = true) AS
  SELECT a.assembly_code AS item_code, a.name, a.description, a.assembly_type AS item_type, a.unit_code, a.lead_time_days
    FROM assemblies a WHERE a.lifecycle = 'ACTIVE' AND a.is_orderable AND a.assembly_type IN ('SERVICE_PART', 'KIT')
  UNION ALL
  SELECT p.part_number, p.name, p.description, 'PART', p.unit_code, p.lead_time_days
    FROM parts p WHERE p.lifecycle = 'ACTIVE' AND p.is_orderable AND NOT p.is_custom;
COMMENT ON VIEW v_service_parts IS 'What Customer Service may order: active service parts, orderable kits and parts, without prices.';

CREATE OR REPLACE VIEW v_service_order_items WITH (security_invoker = true) AS
  SELECT i.service_order_item_id, i.service_order_id, i.assembly_id, i.part_id, coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name,
         i.quantity_requested, i.quantity_approved, coalesce(a.unit_code, p.unit_code) AS unit_code, i.note
    FROM service_order_items i LEFT JOIN assemblies a USING (assembly_id) LEFT JOIN parts p USING (part_id);
COMMENT ON VIEW v_service_order_items IS 'Items of orders for service parts with their codes and names.';

CREATE OR REPLACE VIEW v_shortages WITH (security_invoker = true) AS
  SELECT s.item_code COLLATE "C" AS item_code, s.item_name, s.quantity_short, s.quantity_available, coalesce(a.unit_code, p.unit_code) AS unit_code,
         s.builds, cardinality(string_to_array(s.builds, ', ')) AS build_count, s.first_want_date,
         CASE WHEN s.first_want_date IS NULL THEN 'NO_DATE' WHEN s.first_want_date < site_today() THEN 'LATE'
              WHEN s.first_want_date <= site_today() + 7 THEN 'DUE_SOON' ELSE 'LATER' END AS urgency
    FROM shortages() s
    LEFT JOIN item_codes i ON i.item_code = s.item_code COLLATE "C"
    LEFT JOIN assemblies a ON a.assembly_id = i.assembly_id
    LEFT JOIN parts p ON p.part_id = i.part_id;
COMMENT ON VIEW v_shortages IS 'What is missing over all builds in sight: each item with the builds that wait for it and how urgent it is.';
COMMENT ON COLUMN v_shortages.item_code IS 'Code of the item.';
COMMENT ON COLUMN v_shortages.item_name IS 'Its name.';
COMMENT ON COLUMN v_shortages.quantity_short IS 'What is required beyond what is reserved and issued.';
COMMENT ON COLUMN v_shortages.quantity_available IS 'What is free in stock.';
COMMENT ON COLUMN v_shortages.unit_code IS 'Unit of the quantities.';
COMMENT ON COLUMN v_shortages.builds IS 'Numbers of the builds that wait, those wanted first in front.';
COMMENT ON COLUMN v_shortages.build_count IS 'How many builds wait.';
COMMENT ON COLUMN v_shortages.first_want_date IS 'The earliest day for which an order of these builds is wanted.';
COMMENT ON COLUMN v_shortages.urgency IS 'LATE (the day is past), DUE_SOON (within a week), LATER or NO_DATE.';
