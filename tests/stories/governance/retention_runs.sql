-- Retention: the contract's statement runs and never raises; dry runs change nothing; batches go on where they stopped; certificates say what went.
SELECT testing.same((SELECT count(*) FROM (SELECT execute_retention_policy(policy_id) AS answer FROM data_retention_policies WHERE is_active = true) x WHERE answer ->> 'status' <> 'nothing_due'), 0::bigint, 'nothing is due in the sample data');
SELECT testing.same((SELECT string_agg(class_number::text, ' ' ORDER BY class_number) FROM retention_classes c WHERE class_number <= 10 AND EXISTS (SELECT FROM data_retention_policies p WHERE p.retention_class = c.retention_class)),
  '1 2 3 4 5 6 7 8 9 10', 'a policy for each of the ten classes');
SELECT testing.same((SELECT string_agg(policy_code, ', ') FROM data_retention_policies p JOIN retention_classes c USING (retention_class) WHERE c.is_regulated AND (NOT requires_signature OR p.keep_for < c.keep_for)), NULL::text, 'regulated ones wait for a signature');

-- A policy shorter than what its records ask for is refused, at writing and at running.
SELECT testing.refused('UPDATE data_retention_policies SET keep_for = interval ''14 years'' WHERE policy_code = ''AUDIT_TRAIL''', 'TV022', 'at least 15 years');
SELECT testing.refused('UPDATE data_retention_policies SET requires_signature = false WHERE policy_code = ''DEVICE_RECORDS''', 'TV022', 'that is signed');
INSERT INTO data_retention_policies (policy_code, title, retention_class, table_name, action, keep_for, start_event, start_expression, legal_basis, requires_signature)
VALUES ('STORY_SLY', 'device records under another name', 'TRANSIENT', 'order_status_history', 'DELETE', interval '1 second', 'x', 't.created_at - interval ''1 hour''', 'none', false);
SELECT testing.same((SELECT execute_retention_policy(policy_id) ->> 'status' FROM data_retention_policies WHERE policy_code = 'STORY_SLY'), 'refused', 'the class of the table counts');

-- Passing data: thirty events taken 40 days ago, seven taken yesterday, five that wait.
INSERT INTO outbox_events (event_type, subject_type, subject_id, payload, created_at, processed_at)
SELECT 'story.old', 'orders', n, '{}'::jsonb, now() - interval '50 days', now() - interval '40 days' FROM generate_series(1, 30) n
UNION ALL SELECT 'story.new', 'orders', n, '{}'::jsonb, now() - interval '2 days', now() - interval '1 day' FROM generate_series(1, 7) n
UNION ALL SELECT 'story.waits', 'orders', n, '{}'::jsonb, now() - interval '90 days', NULL FROM generate_series(1, 5) n;
UPDATE data_retention_policies SET batch_size = 12 WHERE policy_code = 'OUTBOX_EVENTS';
SELECT policy_id AS outbox FROM data_retention_policies WHERE policy_code = 'OUTBOX_EVENTS' \gset

-- Dry run: counts, and not one row of any table changes but its own note.
CREATE TEMP TABLE seen AS SELECT md5(string_agg(e::text, '' ORDER BY outbox_event_id)) AS outbox, (SELECT count(*) FROM audit_log WHERE table_name NOT IN ('retention_runs', 'data_retention_policies')) AS trail FROM outbox_events e;
SELECT testing.same(a ->> 'status' || ' ' || (a ->> 'due') || ' ' || (a ->> 'done') || ' ' || (a ->> 'batch'), 'dry_run 30 0 12', 'dry run') FROM execute_retention_policy(:outbox, true) a;
SELECT testing.same((SELECT md5(string_agg(e::text, '' ORDER BY outbox_event_id)) FROM outbox_events e), (SELECT outbox FROM seen), 'a dry run changes nothing');
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name NOT IN ('retention_runs', 'data_retention_policies')), (SELECT trail FROM seen), 'nor does the trail grow');
SELECT testing.same((SELECT status FROM retention_runs ORDER BY retention_run_id DESC LIMIT 1), 'dry_run', 'the dry run itself is noted');

-- Who may run.
SELECT testing.act('sample.production');
SELECT testing.same(execute_retention_policy(:outbox) ->> 'status', 'refused', 'without retention:execute');
SELECT testing.act('sample.admin');

-- Killed in the middle: nothing went. Then batch after batch until nothing is due; once more changes nothing.
BEGIN;
SELECT testing.same(execute_retention_policy(:outbox) ->> 'done', '12', 'a batch');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'story.old'), 18::bigint, 'inside the transaction');
ROLLBACK;
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'story.old'), 30::bigint, 'rolled back as a whole');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'done', a ->> 'remaining'), 'done 30 12 18', 'first batch') FROM execute_retention_policy(:outbox) a;
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'done', a ->> 'remaining'), 'done 18 12 6', 'second batch') FROM execute_retention_policy(:outbox) a;
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'done', a ->> 'remaining'), 'done 6 6 0', 'last batch') FROM execute_retention_policy(:outbox) a;
SELECT testing.same(execute_retention_policy(:outbox) ->> 'status', 'nothing_due', 'then nothing');
SELECT testing.same((SELECT string_agg(event_type || ' ' || n, ', ' ORDER BY event_type) FROM (SELECT event_type, count(*) AS n FROM outbox_events WHERE event_type LIKE 'story.%' GROUP BY 1) x), 'story.new 7, story.waits 5', 'what is not due stays');

-- The certificate: counts and a hash of what went, itself hashed, never changed.
SELECT testing.same((SELECT sum((certificate #>> '{tables,outbox_events,rows}')::integer) FROM retention_runs WHERE policy_id = :outbox AND status = 'done'), 30::bigint, 'rows on the certificates');
SELECT testing.ok((SELECT bool_and(certificate_hash = encode(sha256(convert_to(certificate::text, 'UTF8')), 'hex') AND certificate #>> '{tables,outbox_events,sha256}' ~ '^[0-9a-f]{64}$' AND certificate ? 'legal_basis') FROM retention_runs WHERE status = 'done'), 'hashes');
SELECT testing.refused('UPDATE retention_runs SET certificate = ''{}'' WHERE status = ''done''', 'TV003');
SELECT testing.refused('DELETE FROM retention_runs', 'TV003');

-- A kept table: its guards are off inside the run only; the trail holds a digest, not the images.
SELECT testing.nobody();
ALTER TABLE pii_access_log DISABLE TRIGGER _050_append_only;
INSERT INTO pii_access_log (subject_id, action, fields, actor, created_at) SELECT n, 'VIEW', '{name}'::text[], 'sample.sales', now() - interval '14 months' FROM generate_series(1, 3) n;
ALTER TABLE pii_access_log ENABLE TRIGGER _050_append_only;
SELECT testing.same(execute_retention_policy(policy_id) ->> 'done', '3', 'old reads') FROM data_retention_policies WHERE policy_code = 'READS_OF_PERSONAL_DATA';
SELECT testing.refused('INSERT INTO pii_access_log (subject_id, action, fields, actor) VALUES (1, ''VIEW'', ''{}'', ''x''); DELETE FROM pii_access_log', 'TV003', 'append-only');
SELECT testing.same((SELECT new_values #>> '{destroyed,rows}' FROM audit_log WHERE table_name = 'pii_access_log'), '3', 'digest in the trail');
SELECT testing.same((SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'O'), 0::bigint, 'every trigger is on again');

-- Held rows stay, the others go; when all are held the answer says so.
INSERT INTO outbox_events (event_type, subject_type, subject_id, payload, processed_at) VALUES ('story.held', 'orders', 1, '{}', now() - interval '60 days');
SELECT testing.act('sample.quality');
SELECT place_hold('CLASS', class_of_table('outbox_events'), 'case 20') AS hold_id \gset
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'held', a ->> 'done'), 'held 1 1 0', 'held') FROM execute_retention_policy(:outbox) a;
SELECT release_hold(:hold_id, 'case 20 is over');
SELECT testing.same(execute_retention_policy(:outbox) ->> 'status', 'done', 'after the hold');

-- Whatever goes wrong is an answer: unknown policies, broken expressions, rows on which others stand, inactive policies.
SELECT testing.same((execute_retention_policy(4711) ->> 'status') || ' ' || (execute_retention_policy(NULL) ->> 'status'), 'refused refused', 'unknown policies');
SELECT testing.nobody();
INSERT INTO data_retention_policies (policy_code, title, retention_class, table_name, action, keep_for, start_event, start_expression, legal_basis, requires_signature, is_active) VALUES
  ('STORY_BROKEN', 'x', 'TRANSIENT', 'outbox_events', 'DELETE', interval '1 day', 'x', 't.no_such_column', 'none', false, true),
  ('STORY_LONGER', 'x', 'COMMERCIAL', 'customers', 'DELETE', interval '1 year', 'x', 't.created_at - interval ''2 years''', 'none', false, true),
  ('STORY_OFF', 'x', 'TRANSIENT', 'outbox_events', 'DELETE', interval '1 day', 'x', 't.created_at', 'none', false, false);
SELECT testing.same((SELECT string_agg(policy_code || ' ' || (execute_retention_policy(policy_id) ->> 'status'), ', ' ORDER BY policy_code) FROM data_retention_policies WHERE policy_code LIKE 'STORY%'),
  'STORY_BROKEN failed, STORY_LONGER failed, STORY_OFF refused, STORY_SLY refused', 'answers');
SELECT testing.ok((SELECT message LIKE '%are kept longer%' FROM retention_runs r JOIN data_retention_policies p USING (policy_id) WHERE policy_code = 'STORY_LONGER' ORDER BY 1 LIMIT 1), 'orders stand on customers and are kept longer');
SELECT testing.same((SELECT count(*) FROM customers), 1::bigint, 'the customer is there');
SELECT testing.same((SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'O'), 0::bigint, 'every trigger is on after a failure too');
SELECT testing.same((SELECT count(*) FROM (SELECT execute_retention_policy(policy_id) AS answer FROM data_retention_policies WHERE is_active = true) x WHERE answer ->> 'status' IS NULL), 0::bigint, 'the contract''s statement runs on, failures or not');
SELECT testing.same((SELECT last_status FROM data_retention_policies WHERE policy_code = 'STORY_BROKEN'), 'failed', 'what it was is kept');

-- Emptying columns instead of rows.
INSERT INTO data_retention_policies (policy_code, title, retention_class, table_name, action, keep_for, start_event, start_expression, due_condition, anonymised_columns, legal_basis, requires_signature)
VALUES ('STORY_EMPTY', 'who read, without who', 'SECURITY', 'pii_access_log', 'ANONYMISE', interval '90 days', 'the read', 't.created_at', 'true', '{actor,actor_id,request_id}', 'GDPR 5', false);
INSERT INTO pii_access_log (subject_id, action, fields, actor, actor_id, created_at) VALUES (9, 'VIEW', '{name}', 'sample.sales', 2, now() - interval '100 days'), (9, 'VIEW', '{name}', 'sample.sales', 2, now());
SELECT testing.same(execute_retention_policy(policy_id) ->> 'done', '1', 'emptied') FROM data_retention_policies WHERE policy_code = 'STORY_EMPTY';
SELECT testing.same((SELECT string_agg(concat_ws(' ', actor, actor_id), ', ' ORDER BY created_at) FROM pii_access_log WHERE subject_id = 9), '(removed), sample.sales 2', 'one emptied, one not');
SELECT testing.same(execute_retention_policy(policy_id) ->> 'status', 'nothing_due', 'once is enough') FROM data_retention_policies WHERE policy_code = 'STORY_EMPTY';
