-- The audit trail as people read it: field by field, with roles of that time, reasons for changes of approved data, and a signed review.
SELECT order_id FROM orders WHERE approved_at IS NOT NULL LIMIT 1 \gset

-- A change of approved data needs a reason; what the workflow moves, and drafts, do not.
SELECT testing.act('sample.admin');
SELECT set_config('torvan.reason', '', false);
SELECT testing.refused('UPDATE orders SET project_name = ''Wing B'' WHERE order_id = ' || :order_id, 'TV022', 'needs a reason (change of orders)');
SELECT set_config('torvan.reason', '   ', false);
SELECT testing.refused('UPDATE orders SET project_name = ''Wing B'' WHERE order_id = ' || :order_id, 'TV022', 'needs a reason');
SELECT set_config('torvan.reason', 'customer wrote on 3 March', false);
SELECT set_config('torvan.request_id', 'req-42', false), set_config('torvan.session_id', '9', false);
UPDATE orders SET project_name = 'Wing B', po_number = 'PO-NEW' WHERE order_id = :order_id;
SELECT set_config('torvan.reason', '', false), set_config('torvan.request_id', '', false), set_config('torvan.session_id', '', false);
SELECT testing.act('sample.sales');
SELECT set_config('torvan.reason', '', false);
SELECT create_order('STELMO', 'PO-DRAFT', 'sample.sales', current_date + 30) AS draft \gset
UPDATE orders SET project_name = 'no reason needed' WHERE order_id = :draft;
SELECT testing.nobody();
SELECT testing.refused('UPDATE orders SET notes = ''by hand'' WHERE order_id = ' || :order_id, 'TV022', 'needs a reason');
SELECT testing.refused('UPDATE order_attachments SET note = ''x'' WHERE approved_at IS NOT NULL', 'TV022', 'order_attachments');

-- Field by field, with the person, the roles of that time, reason, session and request.
SELECT testing.same((SELECT string_agg(concat_ws('|', actor, person, roles, field, old_value, new_value, reason, session_id, request_id, door), E'\n' ORDER BY field) FROM v_audit_trail WHERE request_id = 'req-42' AND field <> 'updated_at'),
  (SELECT format(E'sample.admin|%1$s|ADMINISTRATOR|po_number|%2$s|PO-NEW|customer wrote on 3 March|9|req-42|DATABASE\nsample.admin|%1$s|ADMINISTRATOR|project_name|%3$s|Wing B|customer wrote on 3 March|9|req-42|DATABASE',
     u.display_name, a.old_values ->> 'po_number', a.old_values ->> 'project_name') FROM users u, audit_log a WHERE u.login = 'sample.admin' AND a.request_id = 'req-42'), 'the change, field by field');
SELECT testing.same((SELECT count(DISTINCT audit_log_id) FROM audit_trail_of('orders', :'order_id')), (SELECT count(*) FROM audit_log WHERE table_name = 'orders' AND record_key = :'order_id'), 'everything that happened to the order');
SELECT testing.same((SELECT operation FROM audit_trail_of('orders', :'order_id') LIMIT 1), 'INSERT', 'from its beginning');
SELECT testing.ok((SELECT count(*) > 0 FROM v_audit_trail WHERE actor = 'sample.production' AND created_at > now() - interval '1 day' AND field = 'approved_at'), 'by person, time and field');
-- Roles are those of the time, not of today.
SELECT count(*) AS rows_before FROM v_audit_trail WHERE request_id = 'req-42' AND roles = 'ADMINISTRATOR' \gset
INSERT INTO user_roles (user_id, role_id) SELECT user_id, role_id FROM users, roles WHERE login = 'sample.admin' AND role_code = 'QC_INSPECTOR';
SELECT testing.same((SELECT count(*) FROM v_audit_trail WHERE request_id = 'req-42' AND roles = 'ADMINISTRATOR'), :rows_before::bigint, 'a role of today does not count for yesterday');
SELECT testing.same((SELECT door = 'DATABASE' AND application_name = 'psql' AND database_role = 'torvan_user' FROM audit_log WHERE request_id = 'req-42'), true, 'door, program and database role');

-- What changed after approval: the change with its reason, not the approval and not the phases.
SELECT testing.same((SELECT string_agg(concat_ws('|', actor, table_name, fields, reason), ';') FROM changed_after_approval() WHERE record_key = :'order_id' AND table_name = 'orders'),
  'sample.admin|orders|po_number, project_name|customer wrote on 3 March', 'changes after approval');
SELECT testing.same((SELECT count(*) FROM changed_after_approval(p_to => now() - interval '1 year')), 0::bigint, 'of a year ago');

-- A review is signed by a person who may, over a period that is over.
SELECT testing.refused('SELECT sign_audit_review(now() - interval ''1 day'', now(), ''fine'')', 'TV010', 'needs a person');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT sign_audit_review(now() - interval ''1 day'', now(), ''fine'')', '42501', 'audit:review');
SELECT testing.refused('SELECT * FROM audit_trail_of(''orders'', ''1'')', '42501', 'audit:read');
SELECT testing.refused('SELECT * FROM changed_after_approval()', '42501', 'audit:read');
SELECT testing.refused('SELECT verify_audit()', '42501', 'audit:read');
SELECT testing.refused('SELECT * FROM export_audit(1, 1)', '42501', 'audit:export');
SELECT testing.act('sample.admin');
SELECT testing.settle();
SELECT seal_audit();
SELECT testing.refused('SELECT sign_audit_review(now(), now() + interval ''1 day'', ''fine'')', 'TV022', 'period that is over');
SELECT testing.refused('SELECT sign_audit_review(now() - interval ''1 day'', now(), '' '')', 'TV022', 'note');
SELECT sign_audit_review(now() - interval '1 day', now(), 'One change after approval, with its reason.') AS review \gset
SELECT testing.same((SELECT count(*) FROM signatures WHERE record_type = 'audit_reviews' AND record_id = :review AND meaning = 'reviewed'), 1::bigint, 'signed');
SELECT testing.same((SELECT r.seal_hash = s.seal_hash AND r.row_count > 0 FROM audit_reviews r JOIN audit_seals s ON s.audit_seal_id = r.last_seal_id WHERE audit_review_id = :review), true, 'bound to the seal of that time');
SELECT testing.refused('UPDATE audit_reviews SET note = ''x''', 'TV003', 'append-only');

-- An export says what was exported, and its lines hash to the seal: computed here from the lines alone.
CREATE TEMP TABLE lines AS SELECT l::jsonb AS line, n FROM export_audit(1, 1) WITH ORDINALITY AS e (l, n);
SELECT testing.same((SELECT record_key FROM audit_log WHERE operation = 'EXPORT' AND actor = 'sample.admin'), 'seals 1 to 1', 'the export is in the trail');
SELECT testing.same((SELECT count(*) FROM lines), 1 + (SELECT row_count::bigint FROM audit_seals WHERE audit_seal_id = 1), 'a line for the seal and for each row');
CREATE FUNCTION pg_temp.piece(p_type integer, p_value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE
AS $$ SELECT int4send(p_type) || CASE WHEN p_value IS NULL THEN int4send(-1) ELSE int4send(length(p_value)) || p_value END $$;
CREATE TEMP TABLE recomputed AS
  SELECT n, sha256('\x00'::bytea || sha256(int4send(5) || pg_temp.piece(25, convert_to(r ->> 'table_name', 'UTF8')) || pg_temp.piece(25, convert_to(r ->> 'operation', 'UTF8')) || pg_temp.piece(25, convert_to(r ->> 'record_key', 'UTF8'))
           || pg_temp.piece(3802, '\x01'::bytea || convert_to(r ->> 'old_values', 'UTF8')) || pg_temp.piece(3802, '\x01'::bytea || convert_to(r ->> 'new_values', 'UTF8')))
         || int4send(11) || pg_temp.piece(20, int8send((r ->> 'audit_log_id')::bigint)) || pg_temp.piece(1184, int8send((extract(epoch FROM (r ->> 'created_at')::timestamptz - '2000-01-01Z') * 1000000)::bigint))
         || pg_temp.piece(5069, int8send((r ->> 'transaction_id')::bigint)) || pg_temp.piece(20, int8send((r ->> 'actor_id')::bigint)) || pg_temp.piece(25, convert_to(r ->> 'actor', 'UTF8')) || pg_temp.piece(25, convert_to(r ->> 'database_role', 'UTF8'))
         || pg_temp.piece(20, int8send((r ->> 'session_id')::bigint)) || pg_temp.piece(25, convert_to(r ->> 'request_id', 'UTF8')) || pg_temp.piece(25, convert_to(r ->> 'door', 'UTF8')) || pg_temp.piece(25, convert_to(r ->> 'application_name', 'UTF8'))
         || pg_temp.piece(25, convert_to(r ->> 'reason', 'UTF8'))) AS leaf
    FROM (SELECT n, line -> 'row' AS r FROM lines WHERE line ? 'row') x;
SELECT testing.same((SELECT encode(merkle_root(string_agg(leaf, '' ORDER BY n)), 'hex') FROM recomputed), (SELECT line #>> '{seal,merkle_root}' FROM lines WHERE line ? 'seal'), 'the root, from the documented bytes');
-- The Merkle tree is that of RFC 6962, whose splitting at powers of two is written out here for five leaves.
SELECT testing.same(merkle_root(a || b || c || d || e), sha256('\x01' || sha256('\x01' || sha256('\x01' || a || b) || sha256('\x01' || c || d)) || e), 'five leaves')
  FROM (SELECT sha256('a') AS a, sha256('b') AS b, sha256('c') AS c, sha256('d') AS d, sha256('e') AS e) x;
