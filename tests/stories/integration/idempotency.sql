-- Exactly once (assurance.md R6): the same request again gets the same answer and has no second effect; keys belong to account and route.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(convert_to(p_text, 'UTF8')) $$;
GRANT EXECUTE ON FUNCTION pg_temp.h(text) TO torvan_app;
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))$$, 'TV010', 'Nobody acts');
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', '', pg_temp.h('a'))$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', NULL, pg_temp.h('a'))$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', repeat('k', 256), pg_temp.h('a'))$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', E'k\n1', pg_temp.h('a'))$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', 'clé', pg_temp.h('a'))$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT finish_idempotent('POST /orders', 'clé', pg_temp.h('a'), 201, NULL, NULL)$$, 'TV022', 'key is not right');
SELECT testing.refused($$SELECT begin_idempotent('', 'k-1', pg_temp.h('a'))$$, 'TV022', 'Route or hash');
SELECT testing.refused($$SELECT begin_idempotent('POST /orders', 'k-1', 'short')$$, 'TV022', 'Route or hash');

-- New, done, and again: byte by byte the same answer.
BEGIN;
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'NEW', 'the first');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'NEW', 'the same transaction has the key');
SELECT finish_idempotent('POST /orders', 'k-1', pg_temp.h('a'), 201, 'application/json', '\x7b00ff7d', '{"location": "/orders/1"}');
COMMIT;
SELECT testing.same((SELECT concat_ws(' ', outcome, status, content_type, body, headers ->> 'location') FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'REPLAY 201 application/json \x7b00ff7d /orders/1', 'the answer again');
SELECT testing.same((SELECT concat_ws(' ', outcome, status) FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('b'))), 'MISMATCH', 'the same key for another request');
SELECT testing.refused($$SELECT finish_idempotent('POST /orders', 'k-1', pg_temp.h('a'), 201, NULL, NULL)$$, 'TV009', 'in the meantime');

-- Another route, another key and another person are other requests.
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /boms', 'k-1', pg_temp.h('a'))), 'NEW', 'another route');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-2', pg_temp.h('a'))), 'NEW', 'another key');
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'NEW', 'another person');

-- What was undone leaves its key free; an answer without a body is kept too.
SELECT testing.act('sample.sales');
BEGIN;
SELECT outcome FROM begin_idempotent('POST /orders', 'k-3', pg_temp.h('a')) \g /dev/null
SELECT finish_idempotent('POST /orders', 'k-3', pg_temp.h('a'), 201, NULL, NULL);
ROLLBACK;
BEGIN;
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-3', pg_temp.h('b'))), 'NEW', 'undone');
SELECT finish_idempotent('POST /orders', 'k-3', pg_temp.h('b'), 204, NULL, NULL);
COMMIT;
SELECT testing.same((SELECT concat_ws(' ', outcome, status, content_type IS NULL AND body IS NULL, headers) FROM begin_idempotent('POST /orders', 'k-3', pg_temp.h('b'))), 'REPLAY 204 t {}', 'without a body');
SELECT testing.refused($$SELECT finish_idempotent('POST /orders', 'k-4', pg_temp.h('a'), 42, NULL, NULL)$$, 'TV022', 'answer to keep');
SELECT testing.refused($$SELECT finish_idempotent('POST /orders', 'k-4', pg_temp.h('a'), NULL, NULL, NULL)$$, 'TV022', 'answer to keep');
SELECT testing.refused($$SELECT finish_idempotent('POST /orders', 'k-4', pg_temp.h('a'), 200, NULL, NULL, '[]')$$, 'TV022', 'answer to keep');

-- Nobody reads the answers but by their key.
SELECT testing.refused('SELECT * FROM idempotency_keys', '42501', 'permission denied');
SELECT testing.refused($$SELECT idempotent_answer(1, 'POST /orders', 'k-1', pg_temp.h('a'))$$, '42501', 'permission denied');

-- Who lost rights since gets the former answer no more, and nothing is done a second time.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'REPLAY', 'before');
SELECT testing.act('sample.admin');
SELECT grant_permission('CUSTOMER_SERVICE', 'bom:read', 'test') \g /dev/null
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'MISMATCH', 'the permissions of a role changed since');
DELETE FROM idempotency_keys;
SELECT finish_idempotent('POST /orders', 'k-1', pg_temp.h('a'), 201, NULL, NULL), finish_idempotent('POST /orders', 'k-3', pg_temp.h('b'), 204, NULL, NULL);
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'REPLAY', 'an answer of after the change');
SELECT testing.act('sample.admin');
SELECT revoke_role('sample.sales', 'SALES_MANAGER', 'moved') \g /dev/null
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT outcome FROM begin_idempotent('POST /orders', 'k-1', pg_temp.h('a'))), 'MISMATCH', 'a role ended since');

-- Kept for seven days.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.nobody();
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log WHERE table_name = 'idempotency_keys'), 'bodies are not copied into the trail');
SELECT set_config('torvan.clock_offset', '6 days 23 hours', false) \g /dev/null
SELECT testing.same(purge_idempotency_keys(), 0, 'before seven days');
SELECT set_config('torvan.clock_offset', '7 days 1 minute', false) \g /dev/null
SELECT testing.same(purge_idempotency_keys(), 2, 'after seven days');
