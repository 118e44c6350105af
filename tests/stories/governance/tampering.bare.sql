-- Whoever passes the triggers by, superuser included, is found: each change of one byte, each deletion, insertion, exchange or re-dating
-- of a sealed row and each change of a seal is detected and located; clean rows raise no alarm.
SELECT testing.settle();
SELECT seal_audit();
UPDATE site_settings SET description = 'one' WHERE setting_code = 'legal_name';
SELECT testing.settle();
SELECT seal_audit();
BEGIN;
UPDATE site_settings SET description = 'rolled back' WHERE setting_code = 'legal_name';
ROLLBACK;
SELECT set_config('torvan.request_id', 'req-1', false), set_config('torvan.session_id', '77', false);
UPDATE site_settings SET description = 'number ' || n FROM generate_series(1, 3) AS n WHERE setting_code = 'legal_name';
INSERT INTO units SELECT 'story' || chr(96 + n), 'Story ' || n, 'COUNT', n FROM generate_series(1, 26) AS n;
UPDATE units SET name = name || ' changed' WHERE unit_code LIKE 'story%';
DELETE FROM units WHERE unit_code LIKE 'story%';
SELECT set_config('torvan.request_id', '', false), set_config('torvan.session_id', '', false);
SELECT testing.settle();
SELECT seal_audit();
UPDATE site_settings SET description = 'last' WHERE setting_code = 'legal_name';
SELECT testing.settle();
SELECT seal_audit();
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'a trail that nobody touched');
SELECT testing.same((verify_audit() ->> 'rows')::bigint, (SELECT count(*) FROM audit_log), 'every row is under a seal');
SELECT testing.same((SELECT count(*) FROM audit_seals), 4::bigint, 'seals');
SELECT encode(seal_hash, 'hex') AS anchor FROM audit_seals WHERE audit_seal_id = 4 \gset

RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;

-- Runs a statement behind the system's back, verifies, takes the statement back, and returns what was found.
CREATE FUNCTION testing.found(p_statement text, p_anchor bytea DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  changed bigint;
  result jsonb;
BEGIN
  BEGIN
    EXECUTE p_statement;
    GET DIAGNOSTICS changed = ROW_COUNT;
    result := CASE WHEN changed > 0 THEN verify_audit(NULL, NULL, CASE WHEN p_anchor IS NOT NULL THEN 4 END, p_anchor) -> 'findings' END;
    RAISE EXCEPTION USING ERRCODE = 'UNDO1';
  EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
    IF result IS NULL THEN
      RAISE EXCEPTION 'nothing was changed by: %', p_statement;
    END IF;
    RETURN result;
  END;
END;
$$;

-- The row that was meant, alone, in its seal, and for a change the group of columns.
CREATE FUNCTION testing.located(p_statement text, p_row bigint, p_kind text, p_detail text DEFAULT '') RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  findings jsonb := testing.found(p_statement);
BEGIN
  IF jsonb_array_length(findings) <> 1 OR (findings -> 0 ->> 'row')::bigint <> p_row OR findings -> 0 ->> 'kind' <> p_kind OR position(p_detail IN findings -> 0 ->> 'detail') = 0
     OR (findings -> 0 ->> 'seal')::bigint <> (SELECT audit_seal_id FROM audit_seals WHERE row_ids @> p_row) THEN
    RAISE EXCEPTION '% should be found as % of row %, and was found as %', p_statement, p_kind, p_row, findings;
  END IF;
  RETURN 1;
END;
$$;

-- One change in every column of rows of every seal. The rows are drawn by a fixed seed, so that a failure comes again.
SELECT setseed(0.4242);
CREATE TEMP TABLE drawn AS
  SELECT s.audit_seal_id, d.id FROM audit_seals s
    CROSS JOIN LATERAL (SELECT a.audit_log_id AS id FROM audit_log a WHERE s.row_ids @> a.audit_log_id ORDER BY random() LIMIT CASE WHEN s.row_count > 10 THEN 6 ELSE 1 END) d;
CREATE TEMP TABLE changes (column_name text, new_value text, kind text, detail text);
INSERT INTO changes VALUES
  ('created_at', 'created_at + interval ''1 microsecond''', 'row moved', 'when'), ('created_at', 'created_at - interval ''1 second''', 'row moved', 'when'),
  ('created_at', 'created_at + interval ''40 days''', 'row moved', 'when'), ('transaction_id', '(transaction_id::text::bigint - 1)::text::xid8', 'row changed', 'who'),
  ('table_name', 'overlay(table_name PLACING ''x'' FROM 1)', 'row changed', 'what'), ('operation', 'CASE operation WHEN ''DELETE'' THEN ''INSERT'' ELSE ''DELETE'' END', 'row changed', 'what'),
  ('record_key', 'record_key || '' ''', 'row changed', 'what'), ('old_values', 'coalesce(old_values, ''{}'') || ''{"x": 1}''', 'row changed', 'what'),
  ('new_values', 'coalesce(new_values, ''{}'') || ''{"x": 1}''', 'row changed', 'what'), ('old_values', 'CASE WHEN old_values IS NULL THEN ''null''::jsonb END', 'row changed', 'what'),
  ('actor_id', 'coalesce(actor_id, 0) + 1', 'row changed', 'who'), ('actor', 'actor || ''.''', 'row changed', 'who'), ('database_role', 'upper(database_role)', 'row changed', 'who'),
  ('session_id', 'coalesce(session_id, 0) + 1', 'row changed', 'who'), ('request_id', 'coalesce(request_id, '''') || ''0''', 'row changed', 'who'), ('door', 'CASE WHEN door IS NULL THEN '''' END', 'row changed', 'who'),
  ('application_name', 'coalesce(application_name, '''') || '' ''', 'row changed', 'who'), ('reason', 'coalesce(reason, '''') || '' ''', 'row changed', 'who');
SELECT testing.same((SELECT count(DISTINCT column_name)::integer FROM changes), (SELECT count(*)::integer - 1 FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0 AND NOT attisdropped), 'every column but the key is changed');
SELECT testing.ok(sum(testing.located(format('UPDATE audit_log SET %I = %s WHERE audit_log_id = %s', c.column_name, c.new_value, d.id), d.id, c.kind, c.detail)) > 240, 'changes of columns, each found and located')
  FROM drawn d CROSS JOIN changes c;
-- One letter in each place of a row's values.
SELECT testing.ok(sum(testing.located(format('UPDATE audit_log SET new_values = overlay(new_values::text PLACING ''y'' FROM %s)::jsonb WHERE audit_log_id = %s', p, a.audit_log_id), a.audit_log_id, 'row changed', 'what')) > 10, 'letters')
  FROM (SELECT * FROM audit_log WHERE table_name = 'units' AND operation = 'UPDATE' LIMIT 1) a, generate_series(2, length(a.new_values::text)) AS p
 WHERE substr(a.new_values::text, p, 1) ~ '[a-xz]';

-- Deleted, doubled, added, exchanged.
SELECT sum(testing.located(format('DELETE FROM audit_log WHERE audit_log_id = %s', id), id, 'row missing')) FROM drawn;
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(testing.found(format('INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(a, ''{"created_at": "2024-01-05"}'')).* FROM audit_log a WHERE audit_log_id = %s', id))) f
                           WHERE f ->> 'kind' = 'row doubled' AND (f ->> 'row')::bigint = id), 'a second row with the key of row ' || id) FROM drawn;
SELECT min(n) AS gap FROM generate_series(1, (SELECT max(audit_log_id) FROM audit_log)) AS n WHERE NOT EXISTS (SELECT FROM audit_log WHERE audit_log_id = n) \gset
SELECT testing.same(testing.found('INSERT INTO audit_log (audit_log_id, table_name, operation, record_key, actor) OVERRIDING SYSTEM VALUE VALUES (' || n || ', ''orders'', ''UPDATE'', ''1'', ''sample.admin'')') #>> '{0,kind}', 'row added', 'a row added at ' || n)
  FROM unnest(ARRAY[:gap, 0, -5]) AS n;
SELECT testing.ok((SELECT array_agg((f ->> 'row')::bigint ORDER BY (f ->> 'row')::bigint) FROM jsonb_array_elements(testing.found(format('WITH p AS (SELECT * FROM audit_log WHERE audit_log_id IN (%s, %s)) UPDATE audit_log a SET (table_name, record_key, old_values, new_values, operation) = (SELECT p.table_name, p.record_key, p.old_values, p.new_values, p.operation FROM p WHERE p.audit_log_id <> a.audit_log_id) WHERE a.audit_log_id IN (%1$s, %2$s)', x.id, y.id))) f)
  = ARRAY[least(x.id, y.id), greatest(x.id, y.id)], format('rows %s and %s exchanged', x.id, y.id))
  FROM drawn x JOIN drawn y ON x.id < y.id AND (x.audit_seal_id, y.audit_seal_id) IN ((1, 1), (1, 3), (3, 3));
SELECT testing.same(jsonb_array_length(testing.found('DELETE FROM audit_log WHERE audit_log_id > (SELECT max(audit_log_id) - 5 FROM audit_log)')), 5, 'the tail cut off');

-- Seals: one bit in every column; a seal gone, in the middle or the last; the last rows and their seal; the state.
SELECT testing.ok(testing.found(format('UPDATE audit_seals SET %s WHERE audit_seal_id = %s', c, n)) @> jsonb_build_array(jsonb_build_object('seal', n)), format('seal %s with %s', n, c))
  FROM generate_series(1, 4) AS n, unnest(ARRAY['first_position = first_position + 1', 'month = month + 31', 'row_ids = row_ids + int8multirange(int8range(100000000, 100000001))', 'leaves = set_bit(leaves, 3, 1 - get_bit(leaves, 3))',
    'leaves = leaves || decode(repeat(''00'', 12), ''hex''), row_count = row_count + 1', 'first_created_at = first_created_at - interval ''1 microsecond''', 'last_created_at = last_created_at + interval ''1 microsecond''', 'merkle_root = set_bit(merkle_root, 9, 1 - get_bit(merkle_root, 9))',
    'previous_hash = set_bit(previous_hash, 200, 1 - get_bit(previous_hash, 200))', 'sealed_at = sealed_at + interval ''1 day''', 'seal_hash = set_bit(seal_hash, 0, 1 - get_bit(seal_hash, 0))']) AS c;
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(testing.found('DELETE FROM audit_seals WHERE audit_seal_id = ' || n)) f WHERE f ->> 'kind' = 'seal missing'), 'without seal ' || n) FROM generate_series(1, 4) AS n;
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(testing.found('WITH gone AS (DELETE FROM audit_log a USING audit_seals s WHERE s.audit_seal_id = 4 AND s.row_ids @> a.audit_log_id) DELETE FROM audit_seals WHERE audit_seal_id = 4')) f WHERE f ->> 'kind' = 'seal missing'), 'the last seal with its rows');
SELECT testing.ok(EXISTS (SELECT FROM jsonb_array_elements(testing.found('UPDATE audit_seal_state SET last_seal_id = 2, last_hash = (SELECT seal_hash FROM audit_seals WHERE audit_seal_id = 2)')) f WHERE f ->> 'kind' = 'seal missing'), 'a state of earlier');

-- A row is changed and the whole chain written anew, without a flaw: inside the database nothing can show it.
CREATE FUNCTION testing.rewrite_chain() RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  seal audit_seals;
  before bytea := decode(repeat('00', 32), 'hex');
BEGIN
  UPDATE audit_log SET actor = 'sample.quality' WHERE audit_log_id = (SELECT max(audit_log_id) FROM audit_log WHERE table_name = 'site_settings');
  FOR seal IN SELECT * FROM audit_seals ORDER BY audit_seal_id LOOP
    SELECT string_agg(substr(x.leaf, 1, 4) || substr(x.what, 1, 4) || substr(timestamptz_send(x.created_at), 5), '' ORDER BY x.audit_log_id), merkle_root(string_agg(x.leaf, '' ORDER BY x.audit_log_id)) INTO seal.leaves, seal.merkle_root
      FROM (SELECT l.*, sha256('\x00'::bytea || l.what || l.circumstances) AS leaf FROM v_audit_leaves l WHERE seal.row_ids @> l.audit_log_id) x;
    seal.previous_hash := before;
    before := audit_seal_hash(seal);
    UPDATE audit_seals SET leaves = seal.leaves, merkle_root = seal.merkle_root, previous_hash = seal.previous_hash, seal_hash = before WHERE audit_seal_id = seal.audit_seal_id;
  END LOOP;
  UPDATE audit_seal_state SET last_hash = before;
  RETURN 1;
END;
$$;
SELECT testing.same(testing.found('SELECT testing.rewrite_chain()'), '[]'::jsonb, 'a chain written anew, with nothing outside to compare it with');
SELECT testing.same(testing.found('SELECT testing.rewrite_chain()', decode(:'anchor', 'hex')) #>> '{0,kind}', 'anchor differs', 'the same with the hash that was written down outside');
SELECT testing.same(testing.found('SELECT 1', decode(:'anchor', 'hex')), '[]'::jsonb, 'the anchor fits the true chain');

-- With an AUDIT key outside the database, the signature shows it too.
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
CREATE TEMP TABLE key_file AS SELECT line FROM generate_key_file('{AUDIT}');
SELECT register_encryption_keys(), use_encryption_keys(false);
SELECT testing.settle();
SELECT seal_audit();
SELECT testing.same((verify_audit() ->> 'signed_up_to')::bigint, 5::bigint, 'signed by the AUDIT key');
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'clean with its signature');
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
SELECT testing.same(testing.found('SELECT testing.rewrite_chain()') #>> '{0,kind}', 'signature wrong', 'a chain written anew by somebody without the key');

-- And nothing of all this was left behind.
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same(verify_audit() -> 'findings', '[]'::jsonb, 'the trail after all attempts were taken back');
