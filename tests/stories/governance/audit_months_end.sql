-- Months of the audit trail: dropped whole after their period, signed, never while a record they describe lives or a hold is in force.
SELECT policy_id AS policy FROM data_retention_policies WHERE policy_code = 'AUDIT_TRAIL' \gset
SELECT order_id FROM orders \gset
CREATE TABLE audit_log_1999_01 PARTITION OF audit_log FOR VALUES FROM ('1999-01-01T00:00:00Z') TO ('1999-02-01T00:00:00Z');
CREATE TABLE audit_log_1999_02 PARTITION OF audit_log FOR VALUES FROM ('1999-02-01T00:00:00Z') TO ('1999-03-01T00:00:00Z');
INSERT INTO audit_log (created_at, table_name, operation, record_key, new_values, actor)
SELECT '1999-01-10T00:00:00Z'::timestamptz, 'orders', 'INSERT', '-' || n, '{}'::jsonb, 'former' FROM generate_series(1, 5) n
UNION ALL SELECT '1999-02-10T00:00:00Z', 'orders', 'UPDATE', :'order_id', '{}', 'former';

-- Other transactions of the cluster may still hold the seals up.
DO $$
BEGIN
  FOR attempt IN 1 .. 100 LOOP
    PERFORM seal_audit();
    EXIT WHEN (SELECT sum(s.row_count) FROM audit_seals s WHERE s.month < '2000-01-01') = 6;
    PERFORM pg_sleep(0.1);
  END LOOP;
END;
$$;

SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'held'), 'dry_run 2 1', 'one month describes a living order') FROM execute_retention_policy(:policy, true) a;
SELECT a ->> 'run' AS run FROM execute_retention_policy(:policy) a WHERE a ->> 'status' = 'awaiting_signature' \gset
SELECT testing.act('sample.quality');
SELECT approve_retention_run(:run, 'older than everything they describe');
SELECT place_hold('ORDER', (SELECT order_number FROM orders WHERE order_id = :order_id), 'case 22') AS hold_id \gset
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'held'), 'held 2', 'no month goes while a hold is in force') FROM execute_retention_policy(:policy) a;
SELECT release_hold(:hold_id, 'case 22 is over');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'done', a ->> 'held', a ->> 'remaining'), 'done 1 1 0', 'carried out') FROM execute_retention_policy(:policy) a;
SELECT testing.ok(to_regclass('public.audit_log_1999_01') IS NULL AND to_regclass('public.audit_log_1999_02') IS NOT NULL, 'the month without living records went, the other stays');
SELECT testing.same((SELECT certificate #>> '{partitions,audit_log_1999_01,rows}' FROM retention_runs WHERE policy_id = :policy AND certificate IS NOT NULL), '5', 'certificate');
SELECT testing.ok((SELECT certificate #>> '{partitions,audit_log_1999_01,merkle_root}' = (SELECT encode(m.merkle_root, 'hex') FROM audit_retired_months m WHERE m.month = '1999-01-01' AND m.destroyed_at IS NOT NULL) FROM retention_runs WHERE policy_id = :policy AND certificate IS NOT NULL), 'root over its seals');
-- Only that the other rows of this story claim to be from 1999.
SELECT testing.same((SELECT count(*) FROM jsonb_array_elements(verify_audit() -> 'findings') f WHERE f ->> 'kind' <> 'dated strangely'), 0::bigint, 'the trail still verifies without the month');
SELECT testing.same((SELECT new_values #>> '{destroyed,partition}' FROM audit_log WHERE table_name = 'audit_log' AND operation = 'DIGEST'), 'audit_log_1999_01', 'the trail says that it went');
SELECT testing.nobody();
SELECT testing.refused('DELETE FROM audit_log', 'TV003', 'append-only');
