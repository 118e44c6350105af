-- Service-part orders: a cart without prices, decided by procurement, never by its author.
SELECT testing.act('sample.service');
SELECT item_code AS kit FROM v_service_parts WHERE item_type = 'KIT' ORDER BY 1 LIMIT 1 \gset
SELECT item_code AS part FROM v_service_parts WHERE item_type = 'PART' ORDER BY 1 LIMIT 1 \gset
SELECT testing.ok(NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'v_service_parts' AND column_name ~ 'cost|price'), 'no price in the service catalogue');
SELECT create_service_order(p_build_number => 'sample-001', p_note => 'worn strainer') AS cart \gset
SELECT testing.same((SELECT c.customer_code FROM service_orders s JOIN customers c USING (customer_id) WHERE service_order_id = :cart), 'STELMO', 'customer of the sink');
SELECT testing.ok((SELECT service_order_number ~ '^SVC-[0-9]{4}-[0-9]{6}$' FROM service_orders WHERE service_order_id = :cart), 'its number');
SELECT testing.refused('SELECT create_service_order(''NOBODY'')', 'TV004', 'NOBODY');
SELECT testing.refused('SELECT create_service_order(p_build_number => ''NO-1'')', 'TV004', 'NO-1');
SELECT testing.refused(format('SELECT submit_service_order(%s)', :cart), 'TV009', 'is empty');
SELECT set_service_order_item(:cart, :'kit', 3);
SELECT set_service_order_item(:cart, :'part', 2);
SELECT testing.refused(format('SELECT set_service_order_item(%s, %L, 0.5)', :cart, :'kit'), 'TV022', 'quantity');
SELECT testing.refused(format('SELECT set_service_order_item(%s, %L, 1)', :cart, (SELECT assembly_code FROM assemblies WHERE assembly_type = 'COMPLEX' ORDER BY 1 LIMIT 1)), 'TV022', 'cannot be ordered');
SELECT set_service_order_item(:cart, :'part', 0);
SELECT testing.same((SELECT count(*) FROM service_order_items WHERE service_order_id = :cart), 1::bigint, 'items after one was taken out');

SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT submit_service_order(%s)', :cart), '42501', 'belongs to');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT create_service_order()', '42501', 'service_order:create');
SELECT testing.act('sample.service');
SELECT submit_service_order(:cart);
SELECT testing.refused(format('SELECT set_service_order_item(%s, %L, 4)', :cart, :'kit'), 'TV009', 'pending approval');
SELECT testing.refused('UPDATE service_order_items SET quantity_requested = 9', 'TV003', 'fixed');
SELECT testing.refused(format('UPDATE service_orders SET state = ''APPROVED'' WHERE service_order_id = %s', :cart), 'TV009', 'not written directly');
SELECT testing.refused(format('SELECT decide_service_order(%s, true)', :cart), '42501', 'service_order:approve');

SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT decide_service_order(%s, true, ''{"%s": 5}'', ''fewer'')', :cart, :'kit'), 'TV022', 'cannot be approved');
SELECT testing.refused(format('SELECT decide_service_order(%s, true, ''{"%s": 1}'')', :cart, :'kit'), 'TV022', 'reason');
SELECT testing.refused(format('SELECT decide_service_order(%s, false)', :cart), 'TV022', 'reason');
SELECT testing.refused(format('SELECT ship_service_order(%s)', :cart), 'TV009', 'pending approval');
SELECT decide_service_order(:cart, true, format('{"%s": 1}', :'kit')::jsonb, 'only one in store');
SELECT testing.same((SELECT quantity_approved FROM service_order_items WHERE service_order_id = :cart), 1::numeric(18, 4), 'approved quantity');
SELECT ship_service_order(:cart);
SELECT testing.refused(format('SELECT receive_service_order(%s)', :cart), '42501', 'service_order:receive');
SELECT testing.act('sample.service');
SELECT receive_service_order(:cart);
SELECT testing.same((SELECT state || ' ' || row_version FROM service_orders WHERE service_order_id = :cart), 'RECEIVED 5', 'at the end');
SELECT testing.same((SELECT string_agg(event_type, ' ' ORDER BY outbox_event_id) FROM outbox_events WHERE subject_type = 'service_orders' AND subject_id = :cart),
  'service_order.submitted service_order.approved service_order.ordered service_order.received', 'what was told');

-- Nobody decides their own cart, whatever roles they have.
SELECT testing.act('sample.admin');
SELECT create_service_order(p_note => 'own cart') AS own \gset
SELECT set_service_order_item(:own, :'kit', 1);
SELECT submit_service_order(:own);
SELECT testing.refused(format('SELECT decide_service_order(%s, true)', :own), 'TV025', 'their own');
SELECT cancel_service_order(:own);
SELECT testing.refused(format('SELECT cancel_service_order(%s)', :own), 'TV009', 'cancelled');
