-- Verification of the audit trail against its seals, and what it finds:
--   row changed     a row is not what was sealed: what (table, operation, key, old or new values), when (time) or who (person, role,
--                   session, request, door, program, reason, transaction)
--   row missing     a sealed row is gone            row moved       a sealed row now claims another time
--   row doubled     a second row has its key        row added       a row that no seal knows stands among sealed ones
--   seal changed    a seal does not hash to its own hash            chain broken    a seal does not continue the one before
--   seal missing    a number is missing, or the last ones are       root differs    rows and seal differ though no single row shows
--   signature wrong made with an AUDIT key that is here, and differs
--   anchor differs  the chain is another one than the anchor says: it was written anew
-- and as a suspicion only, for clocks may jump:
--   dated strangely rows that claim to be older than the seal before by more than a day, or younger than their seal
-- Whoever owns the database can write the whole chain anew, without a flaw. Only a hash that was written down outside shows that:
-- give it as p_anchor_seal and p_anchor_hash; the server compares signatures and its file of anchors.

CREATE OR REPLACE FUNCTION audit_finding(p_seal bigint, p_kind text, p_detail text, p_row bigint DEFAULT NULL) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT jsonb_strip_nulls(jsonb_build_object('seal', p_seal, 'kind', p_kind, 'row', p_row, 'detail', p_detail)) $$;
COMMENT ON FUNCTION audit_finding(bigint, text, text, bigint) IS 'A finding of a verification.';

CREATE OR REPLACE FUNCTION audit_row_findings(p_seal audit_seals) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
AS $$
BEGIN
  RETURN QUERY
    WITH expected AS (
      SELECT k.id, substr(p_seal.leaves, (12 * (row_number() OVER (ORDER BY k.id) - 1) + 1)::integer, 12) AS short
        FROM unnest(p_seal.row_ids) AS r, generate_series(lower(r), upper(r) - 1) AS k (id)
    ), hashed AS (
      SELECT l.audit_log_id AS id, l.created_at, l.what, l.circumstances
        FROM unnest(p_seal.row_ids) AS r JOIN v_audit_leaves l ON l.audit_log_id >= lower(r) AND l.audit_log_id < upper(r)
    ), found AS (
      SELECT h.id, h.created_at, substr(sha256('\x00'::bytea || h.what || h.circumstances), 1, 4) AS leaf, substr(h.what, 1, 4) AS what,
             substr(timestamptz_send(h.created_at), 5) AS clock, count(*) OVER (PARTITION BY h.id) AS times
        FROM hashed h
    )
    SELECT audit_finding(p_seal.audit_seal_id,
             CASE WHEN f.id IS NULL THEN 'row missing' WHEN f.times > 1 THEN 'row doubled' WHEN f.clock <> substr(e.short, 9, 4) THEN 'row moved' ELSE 'row changed' END,
             CASE WHEN f.id IS NULL THEN format('written between %s and %s', p_seal.first_created_at, p_seal.last_created_at)
                  WHEN f.times > 1 THEN format('one of %s rows with this key, of %s', f.times, f.created_at)
                  ELSE concat_ws(', ', CASE WHEN f.clock <> substr(e.short, 9, 4) THEN 'when: it says ' || f.created_at END, CASE WHEN f.what <> substr(e.short, 5, 4) THEN 'what' END,
                                       CASE WHEN f.what = substr(e.short, 5, 4) AND f.clock = substr(e.short, 9, 4) THEN 'who' END) END, e.id)
      FROM expected e LEFT JOIN found f ON f.id = e.id
     WHERE f.id IS NULL OR f.times > 1 OR f.leaf || f.what || f.clock <> e.short ORDER BY e.id;
END;
$$;
COMMENT ON FUNCTION audit_row_findings(audit_seals) IS 'The rows of a seal that are not what was sealed.';

CREATE OR REPLACE FUNCTION audit_seal_findings(p_from bigint, p_to bigint) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
SET max_parallel_workers_per_gather = 0
SET work_mem = '64MB'
SET "TimeZone" = 'UTC'
AS $$
DECLARE
  bad record;
  seal audit_seals;
BEGIN
  RETURN QUERY
    SELECT f.finding
      FROM (SELECT s.*, audit_seal_hash(s) AS own_hash, lag(s.audit_seal_id) OVER w AS before_id, lag(s.seal_hash) OVER w AS before_hash, lag(s.first_position + s.row_count) OVER w AS before_end,
                   lag(s.sealed_at) OVER w AS before_at
              FROM audit_seals s WHERE s.audit_seal_id BETWEEN p_from - 1 AND p_to WINDOW w AS (ORDER BY s.audit_seal_id)) s
      CROSS JOIN LATERAL (
        SELECT audit_finding(s.audit_seal_id, 'seal changed', format('made at %s', s.sealed_at)) WHERE s.own_hash <> s.seal_hash
        UNION ALL
        SELECT audit_finding(s.audit_seal_id, 'seal missing', format('after seal %s', coalesce(s.before_id, p_from - 1))) WHERE coalesce(s.before_id, 0) <> s.audit_seal_id - 1
        UNION ALL
        SELECT audit_finding(s.audit_seal_id, 'chain broken', 'it does not continue the seal before it')
         WHERE coalesce(s.before_id, 0) = s.audit_seal_id - 1 AND (coalesce(s.before_hash, decode(repeat('00', 32), 'hex')) <> s.previous_hash OR coalesce(s.before_end, 1) <> s.first_position)
        UNION ALL
        SELECT audit_finding(s.audit_seal_id, 'dated strangely', format('rows from %s to %s, sealed at %s', s.first_created_at, s.last_created_at, s.sealed_at))
         WHERE s.first_created_at < s.before_at - interval '1 day' OR s.last_created_at > s.sealed_at + interval '1 minute') AS f (finding)
     WHERE s.audit_seal_id >= p_from ORDER BY s.audit_seal_id;
  FOR bad IN
    SELECT s.audit_seal_id, found.merkle_root IS NOT DISTINCT FROM s.merkle_root AS rows_are_right
      FROM audit_seals s LEFT JOIN (
        SELECT b.audit_seal_id, string_agg(substr(b.leaf, 1, 4) || substr(b.what, 1, 4) || substr(timestamptz_send(b.created_at), 5), ''::bytea) AS leaves,
               merkle_root(string_agg(b.leaf, ''::bytea)) AS merkle_root
          FROM (SELECT h.audit_seal_id, h.audit_log_id, h.created_at, h.what, sha256('\x00'::bytea || h.what || h.circumstances) AS leaf
                  FROM (SELECT k.audit_seal_id, l.*
                          FROM audit_seals k CROSS JOIN unnest(k.row_ids) AS r
                          JOIN v_audit_leaves l ON l.audit_log_id >= lower(r) AND l.audit_log_id < upper(r) AND l.created_at BETWEEN k.first_created_at AND k.last_created_at
                         WHERE k.audit_seal_id BETWEEN p_from AND p_to OFFSET 0) h ORDER BY h.audit_seal_id, h.audit_log_id) b
         GROUP BY b.audit_seal_id) found USING (audit_seal_id)
     WHERE s.audit_seal_id BETWEEN p_from AND p_to AND NOT EXISTS (SELECT FROM audit_retired_months m WHERE m.month = s.month)
       AND (found.leaves, found.merkle_root) IS DISTINCT FROM (s.leaves, s.merkle_root)
     ORDER BY s.audit_seal_id
  LOOP
    IF bad.rows_are_right THEN
      RETURN NEXT audit_finding(bad.audit_seal_id, 'seal changed', 'its leaves are not those of its rows');
      CONTINUE;
    END IF;
    SELECT * INTO seal FROM audit_seals s WHERE s.audit_seal_id = bad.audit_seal_id;
    RETURN QUERY SELECT f FROM audit_row_findings(seal) AS f;
    IF NOT FOUND THEN
      RETURN NEXT audit_finding(bad.audit_seal_id, 'root differs', 'the rows do not hash to the root of the seal');
    END IF;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION audit_seal_findings(bigint, bigint) IS 'Verifies some seals, their chain and their rows.';

CREATE OR REPLACE FUNCTION audit_added_rows(p_from bigint, p_to bigint) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET "TimeZone" = 'UTC'
AS $$
DECLARE
  state audit_seal_state;
  low bigint;
  high bigint;
  sealed int8multirange;
BEGIN
  SELECT * INTO state FROM audit_seal_state;
  SELECT min(lower(s.row_ids)), max(upper(s.row_ids)) INTO low, high FROM audit_seals s WHERE s.audit_seal_id BETWEEN p_from AND p_to;
  -- What lies beyond sealed_up_to and began after the last draining is only waiting for its seal.
  IF p_to = state.last_seal_id THEN
    high := greatest(high, state.sealed_up_to + 1);
  END IF;
  IF p_from = 1 THEN
    low := -9223372036854775808;
  END IF;
  sealed := (SELECT range_agg(s.row_ids) FROM audit_seals s WHERE upper(s.row_ids) > low AND lower(s.row_ids) < high);
  RETURN QUERY
    SELECT audit_finding(NULL, 'row added', format('%s of %s %s, written at %s', a.operation, a.table_name, a.record_key, a.created_at), a.audit_log_id)
      FROM audit_log a
     WHERE a.audit_log_id >= low AND a.audit_log_id < high AND NOT sealed @> a.audit_log_id
       AND (a.audit_log_id <= state.sealed_up_to OR a.transaction_id < state.drained_before)
     ORDER BY a.audit_log_id LIMIT 1000;
  RETURN QUERY
    SELECT audit_finding(NULL, 'row doubled', format('%s rows with this key, of %s and %s', count(*), min(a.created_at), max(a.created_at)), a.audit_log_id)
      FROM audit_log a WHERE a.audit_log_id >= low AND a.audit_log_id < high GROUP BY a.audit_log_id HAVING count(*) > 1 ORDER BY a.audit_log_id LIMIT 1000;
END;
$$;
COMMENT ON FUNCTION audit_added_rows(bigint, bigint) IS 'Rows among those of the seals that no seal knows, or that stand there twice.';

CREATE OR REPLACE FUNCTION audit_signature_findings(p_from bigint, p_to bigint) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT audit_finding(g.audit_seal_id, 'signature wrong', 'AUDIT key ' || g.key_name)
      FROM audit_seal_signatures g JOIN audit_seals s USING (audit_seal_id)
     WHERE g.audit_seal_id BETWEEN p_from AND p_to AND g.method = 'HMAC' AND coalesce(current_setting('torvan.key_' || g.key_name, true), '') <> ''
       AND g.signature <> hmac('torvan audit seal '::bytea || s.seal_hash, substr(key_material(g.key_name), 35, 32), 'sha256')
     ORDER BY g.audit_seal_id;
  RETURN QUERY
    SELECT audit_finding(n.audit_seal_id, 'anchor differs', format('%s holds another hash of it', n.place))
      FROM audit_anchors n LEFT JOIN audit_seals s USING (audit_seal_id)
     WHERE n.audit_seal_id BETWEEN p_from AND p_to AND n.seal_hash IS DISTINCT FROM s.seal_hash ORDER BY n.audit_seal_id;
END;
$$;
COMMENT ON FUNCTION audit_signature_findings(bigint, bigint) IS 'Signatures by AUDIT keys that this transaction has, and anchors recorded here, that do not fit their seals.';

CREATE OR REPLACE FUNCTION audit_verdict(p_from_seal bigint, p_to_seal bigint, p_anchor_seal bigint, p_anchor_hash bytea) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state audit_seal_state;
  first_seal bigint;
  last_seal bigint;
  window_from bigint;
  window_to bigint;
  signed_to bigint;
  findings jsonb := '[]';
  suspicions jsonb;
BEGIN
  SELECT * INTO state FROM audit_seal_state;
  first_seal := greatest(coalesce(p_from_seal, 1), 1);
  last_seal := least(coalesce(p_to_seal, state.last_seal_id), state.last_seal_id);
  window_from := first_seal;
  -- Seals are looked at some at a time: about 100,000 rows.
  WHILE window_from <= last_seal LOOP
    window_to := coalesce((SELECT min(s.audit_seal_id) FROM audit_seals s
                            WHERE s.audit_seal_id BETWEEN window_from AND window_from + 1000
                              AND s.first_position >= 100000 + (SELECT k.first_position FROM audit_seals k WHERE k.audit_seal_id >= window_from ORDER BY k.audit_seal_id LIMIT 1)), window_from + 1000);
    window_to := least(window_to, last_seal);
    findings := findings || coalesce((SELECT jsonb_agg(f) FROM audit_seal_findings(window_from, window_to) AS f), '[]');
    window_from := window_to + 1;
  END LOOP;
  IF last_seal >= first_seal THEN
    findings := findings || coalesce((SELECT jsonb_agg(f) FROM audit_added_rows(first_seal, last_seal) AS f), '[]') || coalesce((SELECT jsonb_agg(f) FROM audit_signature_findings(first_seal, last_seal) AS f), '[]');
  END IF;
  IF p_to_seal IS NULL AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_seal_id = state.last_seal_id AND s.seal_hash = state.last_hash) AND state.last_seal_id > 0
     OR (SELECT max(s.audit_seal_id) FROM audit_seals s) > state.last_seal_id THEN
    findings := findings || audit_finding(state.last_seal_id, 'seal missing', 'the latest seal is not the one that was made last');
  END IF;
  IF p_anchor_seal IS NOT NULL AND NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_seal_id = p_anchor_seal AND s.seal_hash = p_anchor_hash) THEN
    findings := findings || audit_finding(p_anchor_seal, 'anchor differs', 'the seal that was written down outside is not in this chain');
  END IF;
  suspicions := jsonb_path_query_array(findings, '$[*] ? (@.kind == "dated strangely")');
  findings := jsonb_path_query_array(findings, '$[*] ? (@.kind != "dated strangely")');
  signed_to := (SELECT max(g.audit_seal_id) FROM audit_seal_signatures g);
  RETURN jsonb_build_object(
    'sound', findings = '[]', 'first_seal', first_seal, 'last_seal', last_seal,
    'rows', (SELECT coalesce(sum(s.row_count), 0) FROM audit_seals s WHERE s.audit_seal_id BETWEEN first_seal AND last_seal AND NOT EXISTS (SELECT FROM audit_retired_months m WHERE m.month = s.month)),
    'retired_rows', (SELECT coalesce(sum(s.row_count), 0) FROM audit_seals s WHERE s.audit_seal_id BETWEEN first_seal AND last_seal AND EXISTS (SELECT FROM audit_retired_months m WHERE m.month = s.month)),
    'signed_up_to', signed_to, 'seals_are_unsigned', last_seal > 0 AND signed_to IS NULL, 'last_hash', encode(state.last_hash, 'hex'),
    'first_bad_seal', (SELECT min((f ->> 'seal')::bigint) FROM jsonb_array_elements(findings) AS f), 'findings', findings, 'suspicions', suspicions);
END;
$$;
COMMENT ON FUNCTION audit_verdict(bigint, bigint, bigint, bytea) IS 'What verify_audit returns, for whoever may ask.';

CREATE OR REPLACE FUNCTION verify_audit(p_from_seal bigint DEFAULT NULL, p_to_seal bigint DEFAULT NULL, p_anchor_seal bigint DEFAULT NULL, p_anchor_hash bytea DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('audit:read');
  RETURN audit_verdict(p_from_seal, p_to_seal, p_anchor_seal, p_anchor_hash);
END;
$$;
COMMENT ON FUNCTION verify_audit(bigint, bigint, bigint, bytea) IS 'Verifies the audit trail against its seals (all, or some) and an anchor: {"sound": true, …}, or what was found, seal by seal and row by row.';
