-- What is calculated beforehand, and what shows how fast and how large everything is. Dashboards read the materialized views; the live
-- view beside mv_order_summary is exact at every instant.

CREATE OR REPLACE VIEW v_order_summary_live WITH (security_invoker = true) AS
  SELECT c.day, c.phase, c.state, sum(c.orders)::bigint AS orders, sum(c.builds)::bigint AS builds, sum(c.entered_seconds)::bigint AS entered_seconds,
         sum(c.wanted_orders)::bigint AS wanted_orders, sum(c.wanted_builds)::bigint AS wanted_builds
    FROM (SELECT r.day, r.phase, r.state, r.orders, r.builds, r.entered_seconds, r.wanted_orders, r.wanted_builds FROM order_summary_rollup r
          UNION ALL
          SELECT d.created_on, d.phase, d.state, d.orders, d.builds, d.entered_seconds, 0, 0 FROM order_summary_deltas d
          UNION ALL
          SELECT d.want_date, d.phase, d.state, 0, 0, 0, d.orders, d.builds FROM order_summary_deltas d WHERE d.want_date IS NOT NULL) c
   GROUP BY c.day, c.phase, c.state
  HAVING sum(c.orders) <> 0 OR sum(c.builds) <> 0 OR sum(c.wanted_orders) <> 0 OR sum(c.wanted_builds) <> 0;
COMMENT ON VIEW v_order_summary_live IS
  'Orders by day, phase and state, exact as of now: orders and builds by the day on which the order was made, wanted_orders and wanted_builds by the day on which the customer wants them.';

-- Nothing in it changes by the hour: refreshing writes only rows that differ, and a column with the time of the refresh would be all of them.
-- Both materialized views are re-created with each change of this file; their content is refilled at once.
DROP MATERIALIZED VIEW IF EXISTS mv_order_summary;
CREATE MATERIALIZED VIEW mv_order_summary AS
  SELECT r.day, r.phase, phase_position(r.phase) AS phase_position, r.state, r.orders, r.builds,
         CASE r.state WHEN 'ON_HOLD' THEN r.orders ELSE 0 END AS on_hold_orders,
         r.wanted_orders, r.wanted_builds,
         CASE WHEN r.day < today.day AND r.phase <> 'DELIVERED' AND r.state <> 'CANCELLED' THEN r.wanted_orders ELSE 0 END AS overdue_orders,
         CASE WHEN r.day >= today.day AND r.day <= today.day + 6 AND r.phase <> 'DELIVERED' AND r.state <> 'CANCELLED' THEN r.wanted_orders ELSE 0 END AS due_in_7_days,
         CASE WHEN r.orders > 0 THEN today.day - r.day END AS age_days,
         CASE WHEN r.orders > 0 THEN round((extract(epoch FROM today.day) - r.entered_seconds::numeric / r.orders) / 86400, 1) END AS average_days_in_phase
    -- OFFSET 0: asked once, not for every row.
    FROM v_order_summary_live r CROSS JOIN (SELECT site_today() AS day OFFSET 0) today;
COMMENT ON MATERIALIZED VIEW mv_order_summary IS
  'Orders by day, phase and state as of the last refresh: made on that day (orders, builds, age), and wanted for that day (wanted, overdue, due in 7 days). No money in it.';
-- Refreshing without blocking readers needs it.
CREATE UNIQUE INDEX mv_order_summary_key_idx ON mv_order_summary (day, phase, state);

DROP MATERIALIZED VIEW IF EXISTS mv_inventory_hierarchy;
CREATE MATERIALIZED VIEW mv_inventory_hierarchy AS
  WITH place AS (
    SELECT a.subcategory_id, a.assembly_id, false AS is_listing FROM assemblies a
    UNION ALL
    SELECT l.subcategory_id, l.assembly_id, true
      FROM assembly_listings l JOIN assemblies a USING (assembly_id) WHERE a.subcategory_id <> l.subcategory_id
  )
  SELECT c.category_id, c.category_code, c.name AS category_name, c.position AS category_position,
         coalesce(s.subcategory_id, 0) AS subcategory_id, s.subcategory_code, s.name AS subcategory_name,
         s.position AS subcategory_position,
         coalesce(a.assembly_id, 0) AS assembly_id, a.assembly_code, a.name AS assembly_name, a.lifecycle, a.is_orderable,
         coalesce(place.is_listing, false) AS is_listing, r.revision,
         coalesce(ac.assembly_component_id, 0) AS assembly_component_id, ac.position AS component_position,
         CASE WHEN child.assembly_id IS NOT NULL THEN 'ASSEMBLY' WHEN p.part_id IS NOT NULL THEN 'PART' END AS component_kind,
         coalesce(child.assembly_code, p.part_number) AS component_code, coalesce(child.name, p.name) AS component_name,
         ac.quantity, ac.unit_code
    FROM categories c
    LEFT JOIN subcategories s USING (category_id)
    LEFT JOIN place ON place.subcategory_id = s.subcategory_id
    LEFT JOIN assemblies a ON a.assembly_id = place.assembly_id
    LEFT JOIN assembly_revisions r ON r.assembly_id = a.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
     AND r.effective_from <= now() AND (r.effective_to IS NULL OR r.effective_to > now())
    LEFT JOIN assembly_components ac ON ac.assembly_revision_id = r.assembly_revision_id
    LEFT JOIN assemblies child ON child.assembly_id = ac.child_assembly_id
    LEFT JOIN parts p ON p.part_id = ac.child_part_id;
COMMENT ON MATERIALIZED VIEW mv_inventory_hierarchy IS
  'Category, subcategory, assembly, component as of the last refresh; places without content have one row with 0 below. is_listing marks a place that is not the home.';
-- Refreshing without blocking readers needs it.
CREATE UNIQUE INDEX mv_inventory_hierarchy_key_idx
  ON mv_inventory_hierarchy (category_id, subcategory_id, assembly_id, assembly_component_id);
-- Content of one assembly: SELECT … WHERE assembly_code = $1.
CREATE INDEX mv_inventory_hierarchy_assembly_code_idx ON mv_inventory_hierarchy (assembly_code);

CREATE OR REPLACE VIEW v_order_ages WITH (security_invoker = true) AS
  SELECT o.order_id, o.order_number, o.customer_id, o.phase, o.state, o.phase_entered_at,
         round(extract(epoch FROM now() - o.phase_entered_at) / 3600, 2) AS hours_in_phase,
         greatest(working_hours_between(o.phase_entered_at, now()) - h.hours, 0) AS working_hours_in_phase, h.hours AS working_hours_on_hold,
         r.target_hours,
         -- Working hours are never more than hours: most orders are judged without counting them.
         coalesce(CASE WHEN extract(epoch FROM now() - o.phase_entered_at) / 3600 > r.target_hours
                       THEN greatest(working_hours_between(o.phase_entered_at, now()) - h.hours, 0) > r.target_hours END, false) AS is_over_target,
         o.want_date, o.want_date - (SELECT site_today()) AS days_left, coalesce(o.want_date < (SELECT site_today()), false) AS is_overdue
    FROM orders o
    LEFT JOIN order_workflow_rules r ON r.from_phase = o.phase AND r.action = 'ADVANCE' AND r.is_active
    -- Not by a function: it would ask anew for each order which history the reader may see.
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(working_hours_between(s.created_at, coalesce(s.ended_at, now()))), 0) AS hours
        FROM (SELECT e.action, e.created_at, lead(e.created_at) OVER (ORDER BY e.row_version) AS ended_at
                FROM order_status_history e WHERE e.order_id = o.order_id AND e.action IN ('HOLD', 'RESUME', 'CANCEL', 'RETURN', 'ADVANCE')) s
       WHERE s.action = 'HOLD' AND s.created_at >= o.phase_entered_at) h
   WHERE o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED';
COMMENT ON VIEW v_order_ages IS
  'Open orders: time in the phase (calendar hours; working hours without holds), the target of the workflow in working hours, and the want date. Over target and overdue are flags.';

-- Read from orders_board_idx alone.
CREATE OR REPLACE VIEW v_open_orders WITH (security_invoker = true) AS
  SELECT o.phase, count(*) AS orders FROM orders o WHERE o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED' GROUP BY o.phase;
COMMENT ON VIEW v_open_orders IS 'How many open orders each phase has; a phase without one has no row.';

CREATE OR REPLACE VIEW v_on_time_delivery WITH (security_invoker = true) AS
  SELECT date_trunc('month', o.delivered_on)::date AS month, count(*) AS delivered,
         count(*) FILTER (WHERE o.delivered_on <= o.want_date) AS on_time, count(*) FILTER (WHERE o.delivered_on > o.want_date) AS late,
         round(100.0 * count(*) FILTER (WHERE o.delivered_on <= o.want_date) / nullif(count(o.want_date), 0), 1) AS on_time_percent,
         round(avg(o.delivered_on - o.want_date) FILTER (WHERE o.delivered_on > o.want_date), 1) AS average_days_late
    FROM orders o WHERE o.delivered_on IS NOT NULL GROUP BY date_trunc('month', o.delivered_on);
COMMENT ON VIEW v_on_time_delivery IS 'Deliveries by month: how many came by their want date, in percent of those that had one, and how late the others were.';

-- How large and how busy ---------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW v_slow_queries WITH (security_invoker = true) AS
  SELECT s.query, s.calls, s.total_ms, s.mean_ms, s.max_ms, s.row_count, s.hit_percent FROM slow_statements() s;
COMMENT ON VIEW v_slow_queries IS 'The slowest statements, by their mean time in milliseconds. Empty where pg_stat_statements is not there; get_system_health_status() says so.';

CREATE OR REPLACE VIEW v_table_sizes WITH (security_invoker = true) AS
  SELECT c.relname::text AS table_name, s.size_bytes, s.table_bytes, s.index_bytes, s.row_estimate, pg_size_pretty(s.size_bytes) AS size
    FROM pg_class c
    CROSS JOIN LATERAL (
      SELECT sum(k.table_bytes + k.index_bytes)::bigint AS size_bytes, sum(k.table_bytes)::bigint AS table_bytes, sum(k.index_bytes)::bigint AS index_bytes, sum(k.row_estimate)::bigint AS row_estimate
        FROM (SELECT pg_table_size(t.relid) AS table_bytes, pg_indexes_size(t.relid) AS index_bytes, (SELECT greatest(p.reltuples, 0) FROM pg_class p WHERE p.oid = t.relid) AS row_estimate
                FROM (SELECT c.oid::regclass AS relid WHERE c.relkind <> 'p' UNION ALL SELECT pt.relid FROM pg_partition_tree(c.oid) pt WHERE c.relkind = 'p' AND pt.isleaf) t OFFSET 0) k) s
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition;
COMMENT ON VIEW v_table_sizes IS 'Tables and materialized views with their size in bytes (rows, indexes and long values); a partitioned table with all its partitions.';

CREATE OR REPLACE VIEW v_index_usage WITH (security_invoker = true) AS
  SELECT i.relname::text AS table_name, i.indexrelname::text AS index_name, i.idx_scan, i.idx_tup_read, i.idx_tup_fetch, pg_relation_size(i.indexrelid) AS size_bytes, x.indisunique AS is_unique
    FROM pg_stat_user_indexes i JOIN pg_index x USING (indexrelid) WHERE i.schemaname = 'public';
COMMENT ON VIEW v_index_usage IS 'How often each index was used since the statistics began, entries read and rows fetched through it, size in bytes.';

CREATE OR REPLACE VIEW v_unused_indexes WITH (security_invoker = true) AS
  SELECT i.relname::text AS table_name, i.indexrelname::text AS index_name, pg_relation_size(i.indexrelid) AS size_bytes, pg_get_indexdef(i.indexrelid) AS definition,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.relid AND k.contype = 'f' AND k.conkey[1] = x.indkey[0]) AS serves_foreign_key, d.stats_reset AS counted_since
    FROM pg_stat_user_indexes i JOIN pg_index x USING (indexrelid) CROSS JOIN (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()) d
   WHERE i.schemaname = 'public' AND i.idx_scan = 0 AND NOT x.indisunique;
COMMENT ON VIEW v_unused_indexes IS 'Indexes not used since the statistics began. One that serves a foreign key is needed for deleting; judge after weeks of work, on every replica.';

CREATE OR REPLACE VIEW v_dead_rows WITH (security_invoker = true) AS
  SELECT t.relname::text AS table_name, t.n_live_tup AS live_rows, t.n_dead_tup AS dead_rows, round(100.0 * t.n_dead_tup / nullif(t.n_live_tup + t.n_dead_tup, 0), 1) AS dead_percent,
         greatest(t.last_vacuum, t.last_autovacuum) AS last_vacuum, greatest(t.last_analyze, t.last_autoanalyze) AS last_analyze, t.n_mod_since_analyze AS changes_since_analyze
    FROM pg_stat_user_tables t WHERE t.schemaname = 'public';
COMMENT ON VIEW v_dead_rows IS 'Dead rows of each table, and when it was last vacuumed and analysed.';

CREATE OR REPLACE VIEW v_blocking_locks WITH (security_invoker = true) AS
  SELECT w.pid AS waiting_pid, w.usename::text AS waiting_user, clock_timestamp() - l.waitstart AS waits_for, l.mode AS wanted_lock, l.relation::regclass::text AS table_name, w.query AS waiting_query,
         b.pid AS blocking_pid, b.usename::text AS blocking_user, b.state AS blocking_state, clock_timestamp() - b.xact_start AS blocking_since, b.query AS blocking_query
    FROM pg_locks l JOIN pg_stat_activity w ON w.pid = l.pid
    CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS p (pid)
    LEFT JOIN pg_stat_activity b ON b.pid = p.pid
   WHERE NOT l.granted AND (w.datname = current_database() OR w.datname IS NULL);
COMMENT ON VIEW v_blocking_locks IS 'Who waits for a lock, since when, and who holds it.';

CREATE OR REPLACE VIEW v_performance_metrics WITH (security_invoker = true) AS
  SELECT m.metric_code, m.value, m.unit, m.verdict, m.warning, m.critical, m.contract_target, m.description FROM performance_metrics() m;
COMMENT ON VIEW v_performance_metrics IS 'Every metric as measured now, with its thresholds.';
