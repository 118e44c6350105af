-- What waits for somebody: nothing of their own making, the oldest first, gone once it is decided.
SELECT testing.act('sample.service');
SELECT create_service_order(p_note => 'story') AS cart \gset
SELECT set_service_order_item(:cart, (SELECT min(item_code) FROM v_service_parts), 1);
SELECT submit_service_order(:cart);
SELECT testing.same((SELECT count(*) FROM approvals_waiting() WHERE kind = 'SERVICE_ORDER'), 0::bigint, 'one does not approve the own cart');

SELECT testing.act('sample.production');
SELECT testing.same((SELECT format('%s %s %s %s', kind, record_id, is_signed, total) FROM approvals_waiting(50, 'service_order')), format('SERVICE_ORDER %s f 1', :cart), 'the cart waits');
SELECT decide_service_order(:cart, true);
SELECT testing.same((SELECT count(*) FROM approvals_waiting(50, 'SERVICE_ORDER')), 0::bigint, 'it was decided');

SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-APPROVALS', 'sample.sales', current_date + 30, 'EN', '{APPROVALS-1}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION');
SELECT build_id FROM builds WHERE order_id = :order_id \gset
SELECT save_configuration((SELECT parameters FROM configurations ORDER BY configuration_id LIMIT 1), :build_id);
SELECT count(*) FROM generate_order_boms(:order_id);
SELECT add_attachment(:order_id, 'PO_DOCUMENT', 'po.pdf');
SELECT review_accessories(:order_id);
SELECT add_attachment(:order_id, 'SINK_DRAWING', 'sink.pdf', p_build_id => :build_id) AS drawing \gset
SELECT transition_order(:order_id, 'APPROVAL');
SELECT testing.same((SELECT count(*) FROM approvals_waiting()), 0::bigint, 'nothing of it waits for who submitted it');

SELECT testing.act('sample.production');
SELECT testing.same((SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM approvals_waiting() WHERE order_id = :order_id), 'BOM DRAWING ORDER', 'an order, its BOM and its drawing wait');
SELECT testing.same((SELECT label FROM approvals_waiting(10, 'BOM')), 'APPROVALS-1', 'a BOM by its build');
SELECT testing.ok((SELECT bool_and(waits_since >= before) FROM (SELECT waits_since, lag(waits_since, 1, '-infinity') OVER () AS before FROM approvals_waiting()) x), 'the oldest first');
SELECT testing.same((SELECT count(*) FROM approvals_waiting(10, 'BOM', -1)), 0::bigint, 'one record is asked for');
SELECT hold_order(:order_id, 'GENERAL', 'a story');
SELECT testing.same((SELECT count(*) FROM approvals_waiting(10, 'BOM') WHERE order_id = :order_id), 0::bigint, 'a BOM of an order on hold cannot be approved');
SELECT resume_order(:order_id, 'goes on');
SELECT testing.same((SELECT string_agg(kind || ' ' || waiting, ', ') FROM approvals_by_kind()), 'BOM 1, DRAWING 1, ORDER 1', 'how much of each');
SELECT approve_bom((SELECT record_id FROM approvals_waiting(10, 'BOM')));
SELECT approve_attachment(:drawing);
SELECT testing.same((SELECT string_agg(kind, ' ') FROM approvals_waiting() WHERE order_id = :order_id), 'ORDER', 'the order is left');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM approvals_waiting()), 0::bigint, 'nothing waits for a technician');
SELECT testing.nobody();
SELECT testing.same((SELECT count(*) FROM approvals_waiting()), 0::bigint, 'nor for nobody');

-- Late orders, with what blocks them.
SELECT testing.act('sample.production');
SELECT testing.same((SELECT count(*) FROM late_orders()), 0::bigint, 'none is late');
SELECT testing.nobody();
UPDATE orders SET want_date = site_today() - 3 WHERE order_id = :order_id;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT format('%s %s %s', order_id, days_late, owner_initials IS NOT NULL) FROM late_orders(10, true)), format('%s 3 t', :order_id), 'one is, by three days');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM late_orders()), 0::bigint, 'out of sight of a technician until it is in the shop');
