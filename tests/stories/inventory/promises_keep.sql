-- Promises of material hold only what is there: counts, scrap, quarantine and blocked or expired lots take them back; what is no longer needed goes to others.
\ir ../_shop_floor.sql
SELECT testing.act('sample.production');
INSERT INTO stock_locations (location_code, name) VALUES ('T-MAIN', 'Main store');
INSERT INTO stock_locations (location_code, name, location_kind) VALUES ('T-QUAR', 'Quarantine', 'QUARANTINE');
SELECT build_id AS first, bom_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS second FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT a.item_key AS item, item_code_of(a.item_key) AS code, a.quantity AS need1, b.quantity AS need2
  FROM build_needs(:bom_id) a JOIN build_needs((SELECT bom_id FROM builds WHERE build_id = :second)) b USING (item_key)
 WHERE a.item_key LIKE 'P%' ORDER BY a.item_key LIMIT 1 \gset
CREATE VIEW testing.promised AS
  SELECT r.build_id, r.item_key, r.quantity_reserved, b.available, b.reserved FROM public.stock_reservations r JOIN public.stock_balances b USING (item_key);

-- Both sinks have their promise; a count finds less, and the younger promise is taken back.
SELECT receive_stock(:'code', :need1::numeric + :need2, 'T-MAIN', 'LOT-1', p_expires_on => current_date + 30);
SELECT testing.same((SELECT sum(quantity_reserved) FROM testing.promised WHERE item_key = :'item'), :need1::numeric + :need2, 'both are promised theirs');
SELECT count_stock(:'code', 'T-MAIN', :need1, 'yearly count', 'LOT-1');
SELECT testing.same((SELECT quantity_reserved FROM testing.promised WHERE item_key = :'item' AND build_id = :first), :need1::numeric, 'the older promise stands');
SELECT testing.same((SELECT quantity_reserved FROM testing.promised WHERE item_key = :'item' AND build_id = :second), 0::numeric, 'the younger is taken back');
SELECT testing.ok((SELECT quantity_short = :need2 FROM shortages(:second) WHERE item_code = :'code'), 'and shows as short');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'stock.shortage' AND subject_id = :second AND payload ->> 'items' = '1'), 'it is told');
-- Scrap, quarantine and a blocked lot likewise; what comes back is promised again.
SELECT scrap_stock(:'code', 1, 'T-MAIN', 'dropped', 'LOT-1');
SELECT testing.ok((SELECT every(reserved = available AND reserved = :need1::numeric - 1) FROM testing.promised WHERE item_key = :'item'), 'no more is promised than there is after scrap');
SELECT receive_stock(:'code', 1, 'T-MAIN', 'LOT-1');
SELECT transfer_stock(:'code', :need1, 'T-MAIN', 'T-QUAR', 'LOT-1');
SELECT testing.ok((SELECT every(reserved = 0) FROM testing.promised WHERE item_key = :'item'), 'nothing in quarantine is promised');
SELECT transfer_stock(:'code', :need1, 'T-QUAR', 'T-MAIN', 'LOT-1');
SELECT set_lot_blocked(:'code', 'LOT-1', true, 'recall');
SELECT testing.ok((SELECT every(reserved = 0) FROM testing.promised WHERE item_key = :'item'), 'nothing of a blocked lot is promised');
SELECT set_lot_blocked(:'code', 'LOT-1', false, 'recall withdrawn');
SELECT testing.same((SELECT quantity_reserved FROM testing.promised WHERE item_key = :'item' AND build_id = :first), :need1::numeric, 'promised again');

-- A lot has one expiry date; when it is past nothing of it is issued, and the daily work blocks it.
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''T-MAIN'', ''LOT-1'', p_expires_on => current_date + 60)', :'code'), 'TV009', 'another expiry date');
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''T-MAIN'', p_expires_on => current_date + 60)', :'code'), 'TV022', 'by lot');
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''T-MAIN'', ''LOT-2'', p_expires_on => ''infinity'')', :'code'), 'TV022', 'infinity');
SELECT testing.refused(format('SELECT count_stock(%L, ''T-MAIN'', ''NaN'', ''yearly count'')', :'code'), 'TV022', 'counted quantity');
SELECT testing.refused(format('SELECT receive_stock(%L, 1e12, ''T-MAIN'')', :'code'), 'TV022', 'quantity is');
SELECT testing.refused(format('SELECT set_lot_blocked(%L, ''LOT-1'', NULL, ''recall'')', :'code'), 'TV022', 'needed');
SELECT testing.nobody();
UPDATE stock_lots SET received_on = current_date - 40, expires_on = current_date - 2 WHERE lot_number = 'LOT-1';
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT issue_stock(%s, %L, 1, ''T-MAIN'', ''LOT-1'')', :first, :'code'), 'TV009', 'not available');
SELECT testing.nobody();
SELECT testing.same((run_background_work() ->> 'expired_lots')::integer, 1, 'the daily work blocks what expired');
SELECT testing.ok((SELECT is_blocked AND blocked_reason LIKE 'expired on %' FROM stock_lots WHERE lot_number = 'LOT-1'), 'the lot says why');
SELECT testing.ok((SELECT every(reserved = 0 AND available = 0) FROM testing.promised WHERE item_key = :'item'), 'nothing expired is promised or available');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT set_lot_blocked(%L, ''LOT-1'', false, ''still good'')', :'code'), 'TV009', 'expired');
SELECT scrap_stock(:'code', :need1, 'T-MAIN', 'expired', 'LOT-1');

-- Returned is the lot that was issued, no other.
SELECT receive_stock(:'code', :need1, 'T-MAIN', 'LOT-A');
SELECT testing.act('sample.technician');
SELECT issue_pick_list(:first);
SELECT testing.refused(format('SELECT return_stock(%s, %L, 1, ''T-MAIN'', ''wrong variant'')', :first, :'code'), 'TV009', 'stock without a lot');
SELECT testing.refused(format('SELECT return_stock(%s, %L, 1, ''T-MAIN'', ''wrong variant'', ''LOT-1'')', :first, :'code'), 'TV009', 'from lot LOT-1');
SELECT return_stock(:first, :'code', 1, 'T-MAIN', 'wrong variant', 'LOT-A');
SELECT testing.same((SELECT quantity_reserved FROM testing.promised WHERE item_key = :'item' AND build_id = :first), 1::numeric, 'what came back is promised to the same sink');

-- Repeated reserving gives back what is beyond the need, and never passes on what is still needed.
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT release_reservations(-1)', 'TV004', 'no build');
SELECT receive_stock(:'code', :need2, 'T-MAIN', 'LOT-A');
SELECT testing.nobody();
UPDATE stock_reservations SET quantity_required = quantity_required + 5, quantity_reserved = quantity_reserved + 5 WHERE build_id = :first AND item_key = :'item';
UPDATE stock_balances SET reserved = reserved + 5, on_hand = on_hand + 5, available = available + 5 WHERE item_key = :'item';
SELECT testing.act('sample.production');
SELECT reserve_stock(:first) AS short \gset
SELECT testing.same((SELECT quantity_reserved FROM testing.promised WHERE item_key = :'item' AND build_id = :first), 1::numeric, 'only the need stays promised');
SELECT testing.ok((SELECT every(reserved = 1 + :need2::numeric) FROM testing.promised WHERE item_key = :'item'), 'the balance follows');

-- Material goes to builds in production only; a packed sink gives back what it did not need.
SELECT count(*) AS promised_before FROM stock_reservations WHERE build_id = :second AND state = 'OPEN' \gset
SELECT testing.nobody();
SELECT testing.bring_build(:second, 'SHIPPING');
SELECT testing.ok(:promised_before > 0 AND NOT EXISTS (SELECT FROM stock_reservations WHERE build_id = :second AND (state = 'OPEN' OR quantity_reserved > 0)), 'a packed sink holds no promise');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT issue_stock(%s, %L, 1, ''T-MAIN'', ''LOT-A'')', :second, :'code'), 'TV009', 'SHIPPING');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT reserve_stock(%s)', :second), 'TV009', 'SHIPPING');
