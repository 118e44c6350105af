-- The stream of events: places in the order in which events can be seen, given once; and of which records somebody may hear.
SELECT process_outbox(100000);
SELECT coalesce(max(stream_position), 0) AS before FROM outbox_events \gset
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-STREAM', 'sample.sales', current_date + 30, 'EN', '{STREAM-1}') AS order_id \gset
SELECT build_id FROM builds WHERE order_id = :order_id \gset
SELECT max(user_id) FILTER (WHERE login = 'sample.sales') AS sales, max(user_id) FILTER (WHERE login = 'sample.admin') AS admin FROM users \gset
SELECT testing.nobody();
SELECT testing.same((SELECT count(*) FROM streamed_events(:before)), 0::bigint, 'what was not passed on is not in the stream');
SELECT process_outbox();
SELECT testing.same((SELECT string_agg(event_type || ' ' || subject_type || ' ' || subject_id, ', ' ORDER BY stream_position) FROM streamed_events(:before)), 'order.created orders ' || :order_id, 'now it is');

-- An event with a smaller key that is seen later comes later.
UPDATE outbox_events SET processed_at = NULL, stream_position = NULL WHERE outbox_event_id = (SELECT min(outbox_event_id) FROM outbox_events);
SELECT process_outbox();
SELECT testing.same((SELECT array_agg(outbox_event_id ORDER BY stream_position DESC) FROM outbox_events) [1], (SELECT min(outbox_event_id) FROM outbox_events), 'the last to be seen is the last of the stream');

-- A place is given once: passed on anew it stays, and after all rows have left by retention it does not come again.
SELECT stream_position AS place FROM outbox_events WHERE subject_type = 'orders' AND subject_id = :order_id \gset
UPDATE outbox_events SET processed_at = NULL WHERE subject_type = 'orders' AND subject_id = :order_id;
SELECT process_outbox();
SELECT testing.same((SELECT stream_position FROM outbox_events WHERE subject_type = 'orders' AND subject_id = :order_id), :place::bigint, 'the same place');
SELECT max(stream_position) AS last FROM outbox_events \gset
DELETE FROM outbox_events;
SELECT emit_event('order.created', 'orders', :order_id, '{}');
SELECT process_outbox();
SELECT testing.ok((SELECT stream_position FROM outbox_events) > :last, 'greater than any that was');
SELECT testing.same((SELECT count(*) FROM streamed_events()), 1::bigint, 'the latest ones');
SELECT testing.refused('SELECT * FROM streamed_events(0, 0)', 'TV022', 'limit');

-- Through the server: the stream is its own business, a person's only with the permission; records are shown by row security.
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.nobody();
SELECT testing.same((SELECT count(*) FROM streamed_events()), 1::bigint, 'the server reads places and kinds');
SELECT testing.same((SELECT count(*) FROM outbox_events), 0::bigint, 'and not what they say');
SELECT testing.same((SELECT count(*) FROM visible_subjects('{orders}', ARRAY[:order_id])), 0::bigint, 'nobody sees nothing');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT * FROM streamed_events()', '42501', 'external_system:read');
CREATE FUNCTION pg_temp.seen(p_login text, p_subjects text[], p_keys bigint[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM testing.act(p_login);
  RETURN (SELECT coalesce(string_agg(v.subject_type || ' ' || v.subject_id, ', ' ORDER BY v.subject_type, v.subject_id), '-') FROM visible_subjects(p_subjects, p_keys) v);
END;
$$;
-- The new order is in DRAFT: no business of the shop. Subjects without a table, of a table that nobody reads, or gone are never seen.
SELECT testing.same(pg_temp.seen(login, ARRAY['orders', 'builds', 'orders', 'subjects', 'nothing', 'system_alerts; DROP', 'orders'], ARRAY[:order_id, :build_id, 999999999, 1, 1, 1, :order_id]), expected, login)
  FROM (VALUES ('sample.sales', 'builds ' || :build_id || ', orders ' || :order_id), ('sample.production', 'builds ' || :build_id || ', orders ' || :order_id), ('sample.technician', '-')) AS t (login, expected);
SELECT testing.same(pg_temp.seen('sample.technician', '{builds}', '{1}'), 'builds 1', 'a technician sees a sink in the shop');
SELECT testing.same(pg_temp.seen('sample.sales', '{users,users}', ARRAY[:sales, :admin]), 'users ' || :sales, 'of accounts only one''s own');
