-- Seals of the audit trail: a change that passes the triggers by, even by the superuser, is found and located.
--
-- A background worker (or psql: SELECT seal_audit();) seals what no open transaction can add to any more. Writers never wait for it.
--
-- What is hashed, for verifiers outside the database (export_audit gives them the rows):
--   record(…)  the values one after the other as PostgreSQL sends a row in binary: number of columns (4 bytes), then for each column
--              the number of its type (4), its length (4; -1 for null), its bytes. Types: bigint 20 and xid8 5069 (8 bytes), integer 23 (4),
--              text 25 (UTF-8), timestamptz 1184 (8 bytes: microseconds since 2000-01-01 UTC), date 1082 (4: days since 2000-01-01),
--              jsonb 3802 (a byte 1, then its text), bytea 17. Integers are big-endian.
--   what       SHA-256(record(table_name, operation, record_key, old_values, new_values))
--   leaf       SHA-256(0x00, what, record(audit_log_id, created_at, transaction_id, actor_id, actor, database_role, session_id, request_id, door,
--              application_name, reason))
--   node       SHA-256(0x01, left, right), the tree as in RFC 6962, rows in the order of audit_log_id
--   seal       SHA-256(0x02, record(audit_seal_id, first_position, row_count, month, row_ids as text, SHA-256(leaves), first_created_at,
--              last_created_at, merkle_root, previous_hash, sealed_at))
-- Signed, by a key outside the database, are the bytes "torvan audit seal " and the 32 bytes of the seal.

CREATE OR REPLACE VIEW v_audit_leaves WITH (security_invoker = true) AS
SELECT a.audit_log_id, a.created_at, a.transaction_id,
       sha256(record_send(ROW(a.table_name, a.operation, a.record_key, a.old_values, a.new_values))) AS what,
       record_send(ROW(a.audit_log_id, a.created_at, a.transaction_id, a.actor_id, a.actor, a.database_role, a.session_id, a.request_id, a.door, a.application_name, a.reason)) AS circumstances
  FROM audit_log a;
COMMENT ON VIEW v_audit_leaves IS 'What seals hash of every row of the audit trail.';
COMMENT ON COLUMN v_audit_leaves.audit_log_id IS 'Key.';
COMMENT ON COLUMN v_audit_leaves.created_at IS 'When.';
COMMENT ON COLUMN v_audit_leaves.transaction_id IS 'Transaction of the change.';
COMMENT ON COLUMN v_audit_leaves.what IS 'SHA-256 of table, operation, key, old and new values.';
COMMENT ON COLUMN v_audit_leaves.circumstances IS 'Key, time, transaction, person, role, session, request, door, program and reason, as PostgreSQL sends them in binary.';

CREATE OR REPLACE FUNCTION merkle_root(p_leaves bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  level bytea := p_leaves;
  width integer := octet_length(p_leaves) / 32;
BEGIN
  -- The nodes of a level stand in one string: an array would be copied at every step.
  WHILE width > 1 LOOP
    level := (SELECT string_agg(CASE WHEN n + 1 < width THEN sha256('\x01'::bytea || substr(level, n * 32 + 1, 64)) ELSE substr(level, n * 32 + 1, 32) END, ''::bytea ORDER BY n)
                FROM generate_series(0, width - 1, 2) AS n);
    width := (width + 1) / 2;
  END LOOP;
  RETURN level;
END;
$$;
COMMENT ON FUNCTION merkle_root(bytea) IS 'Root of the Merkle tree over leaves of 32 bytes each, which stand one behind the other (RFC 6962).';

CREATE OR REPLACE FUNCTION audit_seal_hash(p_seal audit_seals) RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN sha256('\x02'::bytea || record_send(ROW(p_seal.audit_seal_id, p_seal.first_position, p_seal.row_count, p_seal.month, p_seal.row_ids::text, sha256(p_seal.leaves),
    p_seal.first_created_at, p_seal.last_created_at, p_seal.merkle_root, p_seal.previous_hash, p_seal.sealed_at)));
END;
$$;
COMMENT ON FUNCTION audit_seal_hash(audit_seals) IS 'The hash of a seal over all its other columns.';

CREATE OR REPLACE FUNCTION database_identity() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT format('%s/%s', s.system_identifier, d.oid) FROM pg_control_system() s, pg_database d WHERE d.datname = current_database() $$;
COMMENT ON FUNCTION database_identity() IS 'Tells this database from a copy of it elsewhere.';

CREATE OR REPLACE FUNCTION seal_horizon() RETURNS xid8
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  seen constant pg_snapshot := pg_current_snapshot();
  horizon xid8;
BEGIN
  IF pg_snapshot_xmin(seen) = pg_snapshot_xmax(seen) THEN
    RETURN pg_snapshot_xmax(seen);
  END IF;
  -- Transactions of other databases write nothing here. One that cannot be told (it has just ended, or is prepared) counts as ours.
  SELECT min(x.id) INTO horizon
    FROM pg_snapshot_xip(seen) AS x (id)
   WHERE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                      WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.transactionid::text = (x.id::text::numeric % 4294967296)::text
                        AND a.datid <> (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()));
  -- A snapshot does not name its own transaction, which may yet write.
  RETURN least(coalesce(horizon, pg_snapshot_xmax(seen)), pg_current_xact_id_if_assigned());
END;
$$;
COMMENT ON FUNCTION seal_horizon() IS 'Every transaction of this database before this one has ended: nothing can be added to its rows.';

CREATE OR REPLACE FUNCTION mark_seal(p_seal_id bigint, p_hash bytea) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  material bytea := decode(nullif(current_setting('torvan.key_audit', true), ''), 'hex');
BEGIN
  IF material IS NOT NULL THEN
    INSERT INTO audit_seal_signatures (audit_seal_id, method, key_name, signature)
    VALUES (p_seal_id, 'HMAC', (get_byte(material, 0) << 8 | get_byte(material, 1))::text, hmac('torvan audit seal '::bytea || p_hash, substr(material, 35, 32), 'sha256'));
  END IF;
END;
$$;
COMMENT ON FUNCTION mark_seal(bigint, bytea) IS 'Signs a seal with the AUDIT key, where the transaction has it: for sites without the server.';

CREATE OR REPLACE FUNCTION seal_rows(p_state audit_seal_state, p_before xid8, p_max_rows integer) RETURNS audit_seal_state
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
SET max_parallel_workers_per_gather = 0
SET work_mem = '64MB'
AS $$
DECLARE
  -- What was sealed in the stretch that is looked at: rows of slower transactions lie between.
  done int8multirange := coalesce((SELECT range_agg(s.row_ids) FROM audit_seals s WHERE s.audit_seal_id > p_state.open_from_seal), '{}');
  piece record;
  seal audit_seals;
BEGIN
  FOR piece IN
    SELECT q.month, count(*)::integer AS row_count, range_agg(int8range(q.audit_log_id, q.audit_log_id + 1)) AS row_ids, min(q.created_at) AS first_created_at, max(q.created_at) AS last_created_at,
           string_agg(q.leaf, ''::bytea) AS leaf_hashes, string_agg(substr(q.leaf, 1, 4) || substr(q.what, 1, 4) || substr(timestamptz_send(q.created_at), 5), ''::bytea) AS leaves
      FROM (SELECT w.*, (row_number() OVER (ORDER BY w.audit_log_id) - 1) / 8192 AS part
              FROM (SELECT h.audit_log_id, h.created_at, date_trunc('month', h.created_at AT TIME ZONE 'UTC')::date AS month, h.what, sha256('\x00'::bytea || h.what || h.circumstances) AS leaf
                      FROM (SELECT l.* FROM v_audit_leaves l
                             WHERE l.audit_log_id > p_state.sealed_up_to AND l.transaction_id < p_before AND NOT done @> l.audit_log_id
                             ORDER BY l.audit_log_id LIMIT p_max_rows) h) w
             -- Sorted once, for both aggregates: without parallel workers they take their rows in this order.
             ORDER BY part, w.month, w.audit_log_id) q
     GROUP BY q.part, q.month ORDER BY q.part, q.month
  LOOP
    seal := ROW(p_state.last_seal_id + 1, p_state.last_position + 1, piece.row_count, piece.month, piece.row_ids, piece.leaves, piece.first_created_at, piece.last_created_at,
                merkle_root(piece.leaf_hashes), p_state.last_hash, clock_timestamp(), NULL);
    seal.seal_hash := audit_seal_hash(seal);
    INSERT INTO audit_seals SELECT seal.*;
    p_state.last_seal_id := seal.audit_seal_id;
    p_state.last_position := p_state.last_position + seal.row_count;
    p_state.last_hash := seal.seal_hash;
  END LOOP;
  RETURN p_state;
END;
$$;
COMMENT ON FUNCTION seal_rows(audit_seal_state, xid8, integer) IS 'Seals rows of transactions before one, in pieces of up to 8192 rows of one month; returns the state after it.';

CREATE OR REPLACE FUNCTION seal_audit(p_max_rows integer DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  was audit_seal_state;
  became audit_seal_state;
  is_first_statement constant boolean := pg_current_xact_id_if_assigned() IS NULL;
  most constant integer := coalesce(p_max_rows, 500000);
  last_key bigint;
  horizon xid8;
  moved boolean;
BEGIN
  PERFORM require_limit(p_max_rows);
  IF NOT pg_try_advisory_xact_lock(hashtext('torvan'), hashtext('seal_audit')) THEN
    RETURN jsonb_build_object('sealed', 0, 'busy', true);
  END IF;
  SELECT * INTO was FROM audit_seal_state;
  horizon := seal_horizon();
  moved := was.cluster <> database_identity();
  IF moved THEN
    -- A restored copy: transaction numbers of the rows that came with it say nothing here. All writers have ended once the lock is there.
    LOCK TABLE audit_log IN SHARE MODE;
    horizon := '9223372036854775807';
  ELSIF horizon = was.drained_before THEN
    RETURN jsonb_build_object('sealed', 0, 'last_seal', was.last_seal_id);
  END IF;
  -- In this order: no row that is sealed now has a key beyond last_key.
  SELECT s.last_value INTO last_key FROM audit_log_audit_log_id_seq s;
  became := seal_rows(was, horizon, most);
  IF became.last_seal_id = was.last_seal_id AND NOT moved THEN
    RETURN jsonb_build_object('sealed', 0, 'last_seal', was.last_seal_id);
  END IF;
  IF became.last_position - was.last_position < most AND moved THEN
    became := ROW(1, database_identity(), last_key, became.last_seal_id, last_key, became.last_seal_id, '0', '0', became.last_seal_id, became.last_position, became.last_hash);
  ELSIF became.last_position - was.last_position < most THEN
    became.drained_before := horizon;
    IF horizon >= was.next_transaction THEN
      became.sealed_up_to := was.next_sealed_up_to;
      became.open_from_seal := was.next_open_from_seal;
      IF is_first_statement THEN
        -- Keys up to last_key were given to transactions that have their number already: before one that gets its number now.
        became.next_transaction := pg_current_xact_id();
        became.next_sealed_up_to := last_key;
        became.next_open_from_seal := became.last_seal_id;
      END IF;
    END IF;
  END IF;
  DELETE FROM audit_seal_state;
  INSERT INTO audit_seal_state SELECT became.*;
  IF became.last_seal_id > was.last_seal_id THEN
    PERFORM mark_seal(became.last_seal_id, became.last_hash);
  END IF;
  RETURN jsonb_build_object('sealed', became.last_position - was.last_position, 'seals', became.last_seal_id - was.last_seal_id,
                            'last_seal', became.last_seal_id, 'seal_hash', encode(became.last_hash, 'hex'));
END;
$$;
COMMENT ON FUNCTION seal_audit(integer) IS 'Seals the rows of the audit trail that wait, up to p_max_rows (500,000) of them; does nothing when none waits or another sealer works. Asks for no permission: it takes nothing away and gives nothing out.';
