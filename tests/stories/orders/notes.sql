-- Notes of an order: everybody writes, the author changes, Administrator and Production Manager pin and mark urgent, the Administrator takes away.
SELECT order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.service');
SELECT add_order_note(:order_id, 'Customer called') AS note \gset
SELECT testing.refused(format('SELECT add_order_note(%s, ''Look at this'', NULL, true)', :order_id), '42501', 'order_note:pin');
SELECT testing.refused(format('SELECT mark_order_note(%s, true)', :note), '42501', 'order_note:pin');
SELECT testing.refused(format('SELECT delete_order_note(%s, ''mine'')', :note), '42501', 'order_note:delete');
SELECT update_order_note(:note, 'Customer called about the date');
SELECT testing.refused(format('SELECT update_order_note(%s, '' '')', :note), 'TV022', 'empty');
SELECT testing.same((SELECT (body, is_urgent, is_pinned)::text FROM order_notes WHERE order_note_id = :note), '("Customer called about the date",f,f)', 'changed by its author');

SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT update_order_note(%s, ''Nobody called'')', :note), '42501', 'another person');
SELECT testing.refused(format('SELECT add_order_note(%s, ''Look at this'', NULL, true)', :order_id), '42501', 'order_note:pin');

SELECT testing.act('sample.production');
SELECT add_order_note(:order_id, 'Drawing changed', NULL, true) AS urgent \gset
SELECT mark_order_note(:note, p_is_pinned => true);
SELECT testing.same((SELECT (is_urgent, is_pinned)::text FROM order_notes WHERE order_note_id = :note), '(f,t)', 'pinned, not urgent');
SELECT mark_order_note(:note, false, true);
SELECT testing.same((SELECT (is_urgent, is_pinned)::text FROM order_notes WHERE order_note_id = :note), '(t,f)', 'urgent, not pinned');
SELECT testing.refused(format('SELECT delete_order_note(%s, ''settled'')', :urgent), '42501', 'order_note:delete');

-- A technician asks for a hold by an urgent note, which is theirs to write in no other way.
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT add_order_note(%s, ''Bolts are missing'', NULL, true)', :order_id), '42501', 'order_note:pin');
SELECT request_hold((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'), 'bolts are missing') AS wish \gset
SELECT testing.ok((SELECT is_urgent FROM order_notes WHERE order_note_id = :wish), 'a wish for a hold is urgent');

SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT delete_order_note(%s, NULL)', :note), 'TV022', 'reason');
SELECT testing.refused('SELECT delete_order_note(-1, ''settled'')', 'TV004', 'no note');
SELECT testing.refused('SELECT mark_order_note(NULL, true)', 'TV004', 'no note');
SELECT delete_order_note(:note, 'settled by telephone');
SELECT testing.same((SELECT count(*) FROM order_notes WHERE order_note_id = :note), 0::bigint, 'taken away');
SELECT testing.nobody();
SELECT testing.same((SELECT (reason, old_values ->> 'body')::text FROM audit_log WHERE table_name = 'order_notes' AND record_key = :'note' AND operation = 'DELETE'),
  '("settled by telephone","Customer called about the date")', 'the trail keeps what it said and why it went');
