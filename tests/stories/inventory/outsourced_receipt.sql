-- A receipt against an outsourced line: the line is received, and the lot is traced to the sink it was made for.
SELECT testing.act('sample.production');
INSERT INTO stock_locations (location_code, name) VALUES ('T-DOCK', 'Dock');
SELECT l.outsourced_line_id AS line, l.item_code AS code, l.quantity AS quantity, b.build_id AS build
  FROM outsourced_lines l JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' ORDER BY 1 LIMIT 1 \gset
SELECT testing.refused(format('SELECT receive_outsourced_stock(%s, 1, ''T-DOCK'')', :line), 'TV009', 'is pending order');
SELECT update_outsourced_line(:line, jsonb_build_object('supplier', (SELECT min(supplier_code) FROM suppliers), 'expected_on', current_date + 5, 'state', 'ORDERED'));
SELECT testing.refused(format('SELECT receive_outsourced_stock(%s, 99, ''T-DOCK'')', :line), 'TV022', 'quantity received');
SELECT testing.refused(format('SELECT receive_outsourced_stock(%s, 1, ''NOWHERE'')', :line), 'TV004', 'NOWHERE');
SELECT receive_outsourced_stock(:line, :quantity, 'T-DOCK', 'weld-7', 'DN-9');
SELECT testing.same((SELECT state FROM outsourced_lines WHERE outsourced_line_id = :line), 'RECEIVED', 'the line');
SELECT testing.same((SELECT string_agg(m.move_kind || ' ' || coalesce(m.build_id::text, '-'), ', ' ORDER BY m.stock_move_id) FROM stock_moves m JOIN stock_lots t USING (stock_lot_id) WHERE t.lot_number = 'WELD-7'),
  format('RECEIPT -, ISSUE %s', :build), 'in and on to the sink');
SELECT testing.same((SELECT on_hand FROM v_stock_balances WHERE item_code = :'code'), 0::numeric, 'nothing of it lies in the store');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT receive_outsourced_stock(%s, 1, ''T-DOCK'')', :line), '42501', 'outsourced_line:receive');
