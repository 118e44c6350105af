-- Stock: receipts, places, lots, promises to builds in the order in which they asked, issues, counts, and what is short.
SELECT testing.act('sample.production');
INSERT INTO stock_locations (location_code, name) VALUES ('T-MAIN', 'Main store'), ('T-LINE', 'Beside the line');
INSERT INTO stock_locations (location_code, name, location_kind) VALUES ('T-QUAR', 'Quarantine', 'QUARANTINE');
SELECT build_id AS first, bom_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS second FROM builds WHERE build_number = 'SAMPLE-002' \gset

-- An item which both sample sinks need.
SELECT a.item_key AS item, item_code_of(a.item_key) AS code, a.quantity AS need1, b.quantity AS need2
  FROM build_needs(:bom_id) a JOIN build_needs((SELECT bom_id FROM builds WHERE build_id = :second)) b USING (item_key)
 WHERE a.item_key LIKE 'P%' ORDER BY a.item_key LIMIT 1 \gset

-- Bad input is refused with the field and the mend.
SELECT testing.refused(format('SELECT receive_stock(%L, 0, ''T-MAIN'')', :'code'), 'TV022', 'quantity is 0');
SELECT testing.refused(format('SELECT receive_stock(%L, 1.00001, ''T-MAIN'')', :'code'), 'TV022', 'quantity is');
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''NOWHERE'')', :'code'), 'TV004', 'NOWHERE');
SELECT testing.refused('SELECT receive_stock(''NO-SUCH-ITEM'', 1, ''T-MAIN'')', 'TV004', 'NO-SUCH-ITEM');
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''T-MAIN'', ''L0'', p_expires_on => current_date - 5)', :'code'), 'TV022', 'expired');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT receive_stock(%L, 1, ''T-MAIN'')', :'code'), '42501', 'stock:create');
SELECT testing.act('sample.production');

-- Approval reserved what the sinks need; with nothing in stock everything is short.
SELECT testing.same((SELECT count(*) FROM stock_reservations WHERE build_id = :first), (SELECT count(*) FROM build_needs(:bom_id)), 'one reservation per item of the BOM');
SELECT testing.same((SELECT sum(quantity_reserved) FROM stock_reservations WHERE build_id IN (:first, :second)), 0::numeric, 'promised while nothing is there');
SELECT testing.ok((SELECT quantity_short = :need1 + :need2 AND builds = 'SAMPLE-001, SAMPLE-002' FROM shortages() WHERE item_code = :'code'), 'both sinks wait for it');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'stock.shortage' AND subject_id = :first), 'a shortage is told');

-- A receipt serves the sink that asked first.
SELECT receive_stock(:'code', :need1, 'T-MAIN', 'LOT-B', 'DN-1');
SELECT testing.same((SELECT quantity_reserved FROM stock_reservations WHERE build_id = :first AND item_key = :'item'), :need1::numeric(18, 4), 'the first sink has its promise');
SELECT testing.same((SELECT quantity_reserved FROM stock_reservations WHERE build_id = :second AND item_key = :'item'), 0::numeric(18, 4), 'the second waits');
SELECT testing.same((SELECT free FROM v_stock_balances WHERE item_code = :'code'), 0::numeric, 'nothing is free');
SELECT testing.refused(format('SELECT issue_stock(%s, %L, 1, ''T-MAIN'', ''LOT-B'')', :second, :'code'), 'TV009', 'promised to other builds');

-- What came earlier or expires earlier is picked first.
SELECT receive_stock(:'code', :need2 + 5, 'T-MAIN', 'LOT-A', 'DN-2', 'S-77', current_date + 30);
SELECT testing.same((SELECT string_agg(lot_number, ',') FROM pick_list(:first) WHERE item_code = :'code'), 'LOT-A', 'the lot that expires goes first');
SELECT testing.same((SELECT quantity_reserved FROM stock_reservations WHERE build_id = :second AND item_key = :'item'), :need2::numeric(18, 4), 'now the second sink has its promise');

-- Quarantine and blocked lots are not available.
SELECT transfer_stock(:'code', :need2 + 5, 'T-MAIN', 'T-QUAR', 'LOT-A');
SELECT testing.same((SELECT string_agg(lot_number, ',') FROM pick_list(:first) WHERE item_code = :'code'), 'LOT-B', 'nothing is picked from quarantine');
SELECT testing.refused(format('SELECT issue_stock(%s, %L, 1, ''T-QUAR'', ''LOT-A'')', :first, :'code'), 'TV009', 'not available');
SELECT transfer_stock(:'code', :need2 + 5, 'T-QUAR', 'T-LINE', 'LOT-A');
SELECT testing.refused(format('SELECT transfer_stock(%L, 1, ''T-LINE'', ''T-LINE'', ''LOT-A'')', :'code'), 'TV022', 'Both locations');
SELECT testing.refused(format('SELECT transfer_stock(%L, 9999, ''T-LINE'', ''T-MAIN'', ''LOT-A'')', :'code'), 'TV009', 'Only');
SELECT set_lot_blocked(:'code', 'LOT-B', true, 'supplier recall');
SELECT testing.same((SELECT string_agg(lot_number, ',') FROM pick_list(:first) WHERE item_code = :'code'), 'LOT-A', 'a blocked lot is not picked');
SELECT set_lot_blocked(:'code', 'LOT-B', false, 'recall withdrawn');
SELECT testing.refused(format('SELECT set_lot_blocked(%L, ''LOT-B'', false, ''again'')', :'code'), 'TV009', 'already');

-- The page of a pick list knows beforehand what issuing would refuse.
SELECT testing.ok(takes_material(:first), 'in production');
BEGIN;
SELECT testing.act('sample.production');
SELECT hold_order((SELECT order_id FROM builds WHERE build_id = :first), 'PARTS', 'story') \g /dev/null
SELECT testing.ok(NOT takes_material(:first), 'on hold');
SELECT testing.refused(format('SELECT issue_pick_list(%s)', :first), 'TV009');
ROLLBACK;
BEGIN;
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-TAKES', 'sample.sales', current_date + 30, 'EN', '{TAKES-1}') \g /dev/null
SELECT testing.ok(NOT takes_material((SELECT build_id FROM builds WHERE build_number = 'TAKES-1')), 'a draft');
ROLLBACK;
SELECT testing.refused('SELECT takes_material(-1)', 'TV004', 'no build');

-- Issue: the technician picks; the reservation is settled; the trace from lot to sink is there.
SELECT testing.act('sample.technician');
SELECT testing.same(issue_pick_list(:first), 1, 'one move: the rest of the BOM is short');
SELECT testing.ok((SELECT (quantity_issued, quantity_reserved) = (quantity_required, 0) FROM stock_reservations WHERE build_id = :first AND item_key = :'item'), 'issued in full');
SELECT testing.same((SELECT string_agg(DISTINCT b.build_number, ',') FROM stock_moves m JOIN stock_lots l USING (stock_lot_id) JOIN builds b ON b.build_id = m.build_id WHERE l.lot_number = 'LOT-A' AND m.move_kind = 'ISSUE'),
  'SAMPLE-001', 'from the lot to the sink');
SELECT testing.refused(format('SELECT return_stock(%s, %L, 9999, ''T-MAIN'', ''too much'')', :first, :'code'), 'TV009', 'was not given');
SELECT testing.refused(format('SELECT return_stock(%s, %L, 1, ''T-MAIN'', '''')', :first, :'code'), 'TV022', 'reason');
SELECT return_stock(:first, :'code', :need1, 'T-MAIN', 'wrong variant', 'LOT-A');
SELECT testing.refused(format('SELECT count_stock(%L, ''T-MAIN'', 3, ''yearly count'')', :'code'), '42501', 'stock:adjust');

-- Counting corrects a level with a reason.
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT count_stock(%L, ''T-MAIN'', 3, '''', ''LOT-B'')', :'code'), 'TV022', 'reason');
SELECT testing.refused(format('SELECT count_stock(%L, ''T-MAIN'', -1, ''yearly count'', ''LOT-B'')', :'code'), 'TV022', 'counted quantity');
SELECT testing.same(count_stock(:'code', 'T-MAIN', 0, 'yearly count', 'LOT-B'), -:need1::numeric, 'difference found');
SELECT testing.same(count_stock(:'code', 'T-MAIN', 0, 'yearly count', 'LOT-B'), 0::numeric, 'counted again');
SELECT scrap_stock(:'code', 1, 'T-LINE', 'dropped', 'LOT-A');

-- Levels and balances are the sums of the moves, to the last digit.
SELECT testing.same((SELECT count(*) FROM stock_balances b
   WHERE b.on_hand <> coalesce((SELECT sum(CASE WHEN m.to_location_id IS NULL THEN -m.quantity WHEN m.from_location_id IS NULL THEN m.quantity ELSE 0 END) FROM stock_moves m WHERE m.item_key = b.item_key), 0)
      OR b.on_hand <> coalesce((SELECT sum(l.quantity) FROM stock_levels l WHERE l.assembly_id = b.assembly_id OR l.part_id = b.part_id), 0)
      OR b.reserved <> coalesce((SELECT sum(r.quantity_reserved) FROM stock_reservations r WHERE r.item_key = b.item_key), 0)), 0::bigint, 'balances that do not add up');
SELECT testing.refused('UPDATE stock_moves SET quantity = 1', 'TV003', 'not changed');
SELECT testing.refused('DELETE FROM stock_moves', 'TV003', 'not changed');

-- A cancelled build gives back what it was promised, and another gets it.
SELECT receive_stock(:'code', :need1 + :need2, 'T-MAIN');
SELECT cancel_build(:first, 'customer wants one sink');
SELECT testing.same((SELECT count(*) FROM stock_reservations WHERE build_id = :first AND (state = 'OPEN' OR quantity_reserved > 0)), 0::bigint, 'promises of a cancelled build');

-- What is counted in pieces comes, goes and is counted whole; what is measured does not have to be.
SELECT testing.act('sample.production');
SELECT part_number AS piece FROM parts WHERE unit_code = 'each' AND lifecycle = 'ACTIVE' ORDER BY part_id LIMIT 1 \gset
SELECT part_number AS length FROM parts WHERE unit_code = 'foot' AND lifecycle = 'ACTIVE' ORDER BY part_id LIMIT 1 \gset
SELECT testing.refused(format('SELECT receive_stock(%L, 2.5, ''T-MAIN'')', :'piece'), 'TV022', 'whole units, not in parts such as 2.5');
SELECT testing.refused(format('SELECT count_stock(%L, ''T-MAIN'', 0.5, ''yearly count'')', :'piece'), 'TV022', 'whole units');
SELECT receive_stock(:'length', 2.5, 'T-LINE');
SELECT testing.same(count_stock(:'length', 'T-LINE', 2.25, 'cut'), -0.25, 'a length is counted in parts');
