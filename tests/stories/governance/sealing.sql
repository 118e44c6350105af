-- Seals: what they take and when, months, copies of the database, archives, and that nobody changes them.
SELECT testing.settle();
SELECT seal_audit() ->> 'sealed' AS first_rows \gset
SELECT testing.same(:first_rows::bigint, (SELECT count(*) FROM audit_log), 'the first seal takes all that is there');
SELECT count(*) AS seals FROM audit_seals \gset
SELECT testing.settle();
SELECT testing.same(seal_audit() ->> 'sealed', '0', 'nothing waits');
SELECT testing.same((SELECT count(*) FROM audit_seals), :seals::bigint, 'and no empty seal is made');
SELECT testing.ok(oldest_unsealed() IS NULL, 'nothing is unsealed');

-- A slower transaction: its row has a lower key and is sealed later, in its own seal; the others do not wait for it in vain.
INSERT INTO units SELECT 'story' || chr(96 + n), 'Story', 'COUNT', n FROM generate_series(1, 6) AS n;
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
CREATE TEMP TABLE slow AS SELECT min(audit_log_id) + 2 AS id FROM audit_log WHERE table_name = 'units' AND record_key LIKE 'story%';
CREATE TEMP TABLE its AS SELECT transaction_id FROM audit_log JOIN slow ON audit_log_id = id;
UPDATE audit_log SET transaction_id = '9000000000000000000' WHERE audit_log_id = (SELECT id FROM slow);
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.settle();
SELECT testing.same(seal_audit() ->> 'sealed', '5', 'rows of transactions that have ended');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'a row that waits is no finding');
SELECT testing.ok(oldest_unsealed() IS NOT NULL, 'one row waits');
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE audit_log SET transaction_id = (SELECT transaction_id FROM its) WHERE audit_log_id = (SELECT id FROM slow);
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
UPDATE units SET name = 'Story a' WHERE unit_code = 'storya';
SELECT testing.settle();
SELECT testing.same(seal_audit() ->> 'sealed', '2', 'the slow row and the new one');
SELECT testing.same((SELECT string_agg(row_count || ' at ' || first_position - :first_rows, ', ' ORDER BY audit_seal_id) FROM audit_seals WHERE audit_seal_id > :seals), '5 at 1, 2 at 6', 'positions go on without a gap');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'all is sound');

-- In portions; own open changes are not sealed.
BEGIN;
UPDATE units SET name = 'Story b' WHERE unit_code = 'storyb';
SELECT testing.same(seal_audit() ->> 'sealed', '0', 'the transaction that seals still runs');
-- A later transaction has ended: what was undone counts as one.
SAVEPOINT before_another;
UPDATE units SET name = 'Story c' WHERE unit_code = 'storyc';
ROLLBACK TO before_another;
SELECT testing.same(seal_audit() ->> 'sealed', '0', 'it still runs, though a later one has ended');
COMMIT;
UPDATE units SET name = 'Story ' || unit_code WHERE unit_code LIKE 'story%';
SELECT testing.settle();
SELECT testing.same(seal_audit(4) ->> 'sealed', '4', 'four rows at most');
SELECT testing.settle();
SELECT testing.same(seal_audit(4) ->> 'sealed', '3', 'the rest');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'all is sound');

-- More than one piece, and rows of two months: a seal holds rows of one month.
INSERT INTO audit_log (created_at, table_name, operation, record_key, actor)
SELECT timestamptz '2024-02-10Z' + n * interval '1 second', 'story', 'INSERT', n::text, 'story' FROM generate_series(1, 9000) AS n;
INSERT INTO audit_log (created_at, table_name, operation, record_key, actor) VALUES ('2024-03-31 23:59:59.999999Z', 'story', 'INSERT', '1', 'story'), ('2024-04-01Z', 'story', 'INSERT', '1', 'story');
SELECT testing.same((SELECT count(*) FROM audit_log_default), 9002::bigint, 'rows of months that have no partition');
SELECT testing.same(get_system_health_status() #>> '{checks,audit,status}', 'warning', 'health says so');
SELECT max(audit_seal_id) AS before_months FROM audit_seals \gset
SELECT testing.settle();
SELECT testing.same(seal_audit() ->> 'seals', '4', 'two pieces of February, one of March, one of April');
SELECT testing.same((SELECT string_agg(month || ' ' || row_count, ', ' ORDER BY audit_seal_id) FROM audit_seals WHERE audit_seal_id > :before_months), '2024-02-01 8192, 2024-02-01 808, 2024-03-01 1, 2024-04-01 1', 'seals of months');
SELECT testing.same(ensure_audit_partitions(), 3, 'partitions of three months are made');
SELECT testing.same((SELECT count(*) FROM audit_log_default), 0::bigint, 'the rows went there');
SELECT testing.same((SELECT count(*) FROM audit_log_2024_02), 9000::bigint, 'each in its month');
SELECT testing.same(get_system_health_status() #>> '{checks,audit,status}', 'ok', 'health says so');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'they are still what was sealed');
SELECT testing.ok(verify_audit() -> 'suspicions' @> jsonb_build_array(jsonb_build_object('seal', :before_months + 1, 'kind', 'dated strangely')), 'that they claim to be older than the seals before is said');

-- Nobody changes or removes any of it, in new partitions neither; whoever switches a trigger off is named.
SELECT testing.refused('UPDATE audit_log_2024_02 SET actor = ''nobody'' WHERE record_key = ''7''', 'TV003', 'append-only');
SELECT testing.refused('DELETE FROM audit_log WHERE table_name = ''story''', 'TV003', 'append-only');
SELECT testing.refused('DELETE FROM ' || t, 'TV003', 'append-only') FROM unnest(ARRAY['audit_seals', 'audit_log', 'audit_log_2024_03']) AS t;
SELECT testing.refused('UPDATE audit_seals SET sealed_at = now()', 'TV003', 'append-only');
SELECT testing.refused('TRUNCATE ' || t, 'TV003', 'is not truncated') FROM unnest(ARRAY['audit_log', 'audit_log_2024_02', 'audit_log_default', 'audit_seal_state', 'audit_verifications', 'orders CASCADE']) AS t;
SELECT testing.refused('INSERT INTO audit_log (table_name, operation, record_key, actor) VALUES (''x'', ''READ'', ''1'', ''x'')', '23514');
ALTER TABLE orders DISABLE TRIGGER _800_audit_update;
SELECT testing.same(get_system_health_status() #>> '{checks,audit,reason}', 'changes are not audited of: orders', 'a trigger that is off');
ALTER TABLE orders ENABLE TRIGGER _800_audit_update;
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_gaps()), 'no gap');

-- Signatures and anchors of the server.
SELECT max(audit_seal_id) AS last_seal FROM audit_seals \gset
SELECT testing.same(get_system_health_status() #>> '{checks,audit_signatures,status}', 'warning', 'unsigned seals');
SELECT testing.ok(position('unsigned' IN get_system_health_status() #>> '{checks,audit_signatures,reason}') > 0, 'and health says so');
SELECT testing.refused(format('SELECT record_seal_signature(%s, %L, ''k1'')', :last_seal, '\x00'), 'TV022', '64 bytes');
SELECT testing.refused(format('SELECT record_seal_signature(999, %L, ''k1'')', gen_random_bytes(64)), 'TV004', 'no seal 999');
SELECT record_seal_signature(:last_seal, gen_random_bytes(64), 'k1');
SELECT testing.same(get_system_health_status() #>> '{checks,audit_signatures,status}', 'ok', 'signed seals');
SELECT testing.refused(format('SELECT record_anchor(%s, %L, ''paper'')', :last_seal, gen_random_bytes(32)), 'TV009', 'does not have this hash');
SELECT record_anchor(:last_seal, seal_hash, 'file anchors.log') FROM audit_seals WHERE audit_seal_id = :last_seal;
SELECT testing.same(get_system_health_status() #>> '{checks,audit_anchor,status}', 'ok', 'anchored today');

-- The daily verification leaves its result, raises an event and an alarm where something is wrong.
SELECT testing.same(run_audit_verification() ->> 'sound', 'true', 'sound');
SELECT testing.same(get_system_health_status() #>> '{checks,audit_verification,status}', 'ok', 'verified today');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'audit.tampering_found'), 0::bigint, 'no event');
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE audit_log SET reason = 'another' WHERE table_name = 'story' AND record_key = '77';
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same(run_audit_verification() #>> '{findings,0,kind}', 'row changed', 'a changed row');
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE audit_log SET reason = NULL WHERE table_name = 'story' AND record_key = '77';
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT count(*) FROM audit_verifications WHERE NOT is_sound AND verified_by = 'database:torvan_user'), 1::bigint, 'kept');
SELECT testing.same(get_system_health_status() #>> '{checks,audit_verification,status}', 'critical', 'alarm');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'audit.tampering_found'), 1::bigint, 'event');

-- A month goes to the archive: its seals and a certificate stay, everything else still verifies, and so does the archive.
SELECT testing.refused('SELECT detach_audit_month(current_date, ''retention'')', 'TV009', 'is not over');
SELECT testing.refused('SELECT detach_audit_month(''2020-01-01'', ''retention'')', 'TV004', 'no month 2020-01');
SELECT testing.refused('SELECT detach_audit_month(''2024-04-01'', '' '')', 'TV022', 'reason');
INSERT INTO audit_log (created_at, table_name, operation, record_key, actor) VALUES ('2024-04-02Z', 'story', 'INSERT', '2', 'story');
SELECT testing.refused('SELECT detach_audit_month(''2024-04-01'', ''retention'')', 'TV009', 'has 2 rows, and 1 of them are sealed');
SELECT detach_audit_month('2024-02-15', 'retention rule 7') AS certificate \gset
SELECT testing.same(:'certificate'::jsonb - 'merkle_root', jsonb_build_object('month', '2024-02-01', 'first_seal', :before_months + 1, 'last_seal', :before_months + 2, 'seals', 2, 'rows', 9000, 'archive_table', 'archive.audit_log_2024_02'), 'the certificate');
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name = 'story'), 3::bigint, 'the rows are gone from the trail');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'the rest still verifies');
SELECT testing.same((verify_audit() ->> 'retired_rows')::integer, 9000, 'the verdict counts what was taken out');
SELECT testing.same(verify_audit_archive('2024-02-01') ->> 'sound', 'true', 'the archive verifies');
UPDATE archive.audit_log_2024_02 SET actor = 'nobody' WHERE record_key = '8999';
SELECT testing.same(verify_audit_archive('2024-02-01') -> 'bad_seals', jsonb_build_array(:before_months + 2), 'a change in the archive is found');
UPDATE archive.audit_log_2024_02 SET actor = 'story' WHERE record_key = '8999';
SELECT testing.refused('UPDATE audit_retired_months SET row_count = 1', 'TV003', 'append-only');
SELECT testing.same(destroy_audit_archive('2024-02-01') ->> 'rows', '9000', 'destroyed');
SELECT testing.refused('SELECT verify_audit_archive(''2024-02-01'')', 'TV004', 'no archive');
SELECT testing.ok((SELECT destroyed_at IS NOT NULL AND encode(merkle_root, 'hex') = :'certificate'::jsonb ->> 'merkle_root' FROM audit_retired_months), 'the certificate stays');
SELECT testing.refused('DELETE FROM audit_retired_months', 'TV003', 'append-only');

-- A copy on another server counts transactions from the beginning: rows it brought and rows it writes are sealed all the same.
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE units SET name = 'came unsealed' WHERE unit_code = 'storyb';
UPDATE audit_seal_state SET cluster = 'another', drained_before = '8000000000000000000', next_transaction = '8000000000000000000';
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
INSERT INTO audit_log (transaction_id, table_name, operation, record_key, actor) VALUES ('8000000000000000001', 'story', 'INSERT', 'brought', 'story');
UPDATE units SET name = 'written here' WHERE unit_code = 'storyc';
SELECT testing.settle();
SELECT testing.ok((seal_audit() ->> 'sealed')::integer >= 2, 'sealed after the move');
SELECT testing.ok(oldest_unsealed() IS NULL, 'nothing is left');
UPDATE units SET name = 'later' WHERE unit_code = 'storyd';
SELECT testing.settle();
SELECT testing.same(seal_audit() ->> 'sealed', '1', 'and it goes on');
SELECT testing.same((SELECT max(audit_seal_id) = count(*) FROM audit_seals), true, 'one chain');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'and it is whole');
