-- Views of production: load and key figures.

CREATE VIEW v_capacity_load WITH (security_invoker = true) AS
SELECT c.* FROM capacity_load() c;
COMMENT ON VIEW v_capacity_load IS 'Load of each resource for this week and the eleven after it (capacity_load). Of the resources and tasks that who asks may read; torvan_readonly and torvan_auditor read all.';

CREATE VIEW v_open_predecessors WITH (security_invoker = true) AS
SELECT d.production_task_id, d.predecessor_id, p.build_id, p.sequence, p.sequence_label
  FROM production_task_dependencies d JOIN production_tasks p ON p.production_task_id = d.predecessor_id
 WHERE p.is_current AND p.state NOT IN ('COMPLETED', 'CANCELLED');
COMMENT ON VIEW v_open_predecessors IS 'Tasks that must be finished before another starts, and are not yet.';

CREATE VIEW v_task_intervals WITH (security_invoker = true) AS
SELECT i.build_id, i.production_task_id, i.user_id, i.recorded_at AS started_at, i.ended_at, i.ended_by,
       round((extract(epoch FROM coalesce(i.ended_at, clock_timestamp()) - i.recorded_at) / 60)::numeric, 2) AS minutes
  FROM (SELECT t.*, lead(t.recorded_at) OVER w AS ended_at, lead(t.action) OVER w AS ended_by
          FROM production_task_times t WINDOW w AS (PARTITION BY t.production_task_id ORDER BY t.production_task_time_id)) i
 WHERE i.action = 'START';
COMMENT ON VIEW v_task_intervals IS 'Intervals of work on tasks: who, from when to when, ended by what; open while somebody works.';

CREATE VIEW v_production_kpis WITH (security_invoker = true) AS
WITH zone AS (
  SELECT site_time_zone() AS name
), weeks AS (
  SELECT w::date AS week_start, (w::date::timestamp AT TIME ZONE z.name) AS begins, ((w::date + 7)::timestamp AT TIME ZONE z.name) AS ends
    FROM zone z CROSS JOIN generate_series(date_trunc('week', site_today()::timestamp) - interval '11 weeks', date_trunc('week', site_today()::timestamp), interval '1 week') w
)
SELECT w.week_start, to_char(w.week_start, 'IYYY-"W"IW') AS iso_week,
       d.tasks_completed, d.planned_minutes, d.actual_minutes, CASE WHEN d.planned_minutes > 0 THEN round(100.0 * d.actual_minutes / d.planned_minutes, 1) END AS actual_percent_of_planned,
       (SELECT count(DISTINCT h.build_id) FROM build_status_history h
         WHERE h.from_phase = 'PRODUCTION' AND h.to_phase = 'QUALITY_CONTROL' AND h.created_at >= w.begins AND h.created_at < w.ends) AS builds_finished,
       d.tasks_completed_late,
       CASE WHEN a.minutes > 0 THEN round(100.0 * d.actual_minutes / a.minutes, 1) END AS utilisation_percent,
       n.tasks_late AS tasks_late_now, n.tasks_blocked AS tasks_blocked_now, n.tasks_running AS tasks_running_now
  FROM weeks w
  CROSS JOIN LATERAL (
    SELECT count(*) AS tasks_completed, coalesce(sum(t.planned_minutes), 0) AS planned_minutes, coalesce(sum(t.actual_minutes), 0) AS actual_minutes,
           count(*) FILTER (WHERE t.completed_at > t.planned_end) AS tasks_completed_late
      FROM production_tasks t WHERE t.completed_at >= w.begins AND t.completed_at < w.ends) d
  CROSS JOIN LATERAL (
    SELECT sum(60 * r.capacity * hours_in(calendar_hours(r.resource_calendar_id, w.begins, least(w.ends, greatest(now(), w.begins))))) AS minutes
      FROM production_resources r WHERE r.is_active AND r.resource_class = 'PERSON_POOL') a
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.planned_end < now()) AS tasks_late, count(*) FILTER (WHERE t.state = 'BLOCKED') AS tasks_blocked, count(*) FILTER (WHERE t.worker_id IS NOT NULL) AS tasks_running
      FROM production_tasks t WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED')) n ON w.ends > now()
 WHERE (SELECT has_permission('report:read') OR is_reader());
COMMENT ON VIEW v_production_kpis IS
  'Key figures of production for the last twelve weeks: tasks completed, planned against actual minutes, builds finished, tasks completed after their planned end, '
  'utilisation (actual minutes of the working minutes of all people so far); for this week also what is late, blocked and running now. Rows for people with report:read and for connections of torvan_readonly and torvan_auditor.';


CREATE VIEW v_order_boms WITH (security_invoker = true) AS
SELECT b.order_id, b.build_number, b.bom_id AS current_bom_id, m.bom_id, m.build_id, m.configuration_id, m.revision, m.state, m.rule_set_id, m.catalogue_as_of, m.content_hash,
       m.line_count, m.unresolved_count, m.total_weight_kg, m.supersedes_bom_id, m.created_by, m.created_at, m.decided_by, m.decided_at, m.released_by, m.released_at
  FROM boms m JOIN builds b ON b.build_id = m.build_id;
COMMENT ON VIEW v_order_boms IS 'BOMs of the sinks of orders, all revisions; current_bom_id is the one that the sink has.';

CREATE VIEW v_boms WITH (security_invoker = true) AS
SELECT m.bom_id, m.configuration_id, m.build_id, b.build_number, b.order_id, o.order_number, m.revision, m.state, b.bom_id IS NOT DISTINCT FROM m.bom_id OR m.build_id IS NULL AS is_present, m.rule_set_id,
       m.catalogue_as_of, m.structure_version, m.content_hash, m.line_count, m.leaf_count, m.unresolved_count, m.total_weight_kg, m.total_labour_hours, m.uncosted_count, m.supersedes_bom_id,
       m.created_by, m.created_at, m.submitted_by, m.submitted_at, m.decided_by, m.decided_at, m.decision_note, m.released_by, m.released_at, m.is_sample
  FROM boms m LEFT JOIN builds b ON b.build_id = m.build_id LEFT JOIN orders o ON o.order_id = b.order_id;
COMMENT ON VIEW v_boms IS 'BOMs with the build and the order that they are of; is_present: it is the one that its build has.';

CREATE VIEW v_outsourced_lines WITH (security_invoker = true) AS
SELECT l.outsourced_line_id, l.build_id, b.build_number, b.order_id, o.order_number, l.bom_id, l.line_number, l.item_code, l.item_name, l.component_group, l.quantity, l.quantity_received,
       l.supplier_id, s.supplier_code, s.name AS supplier_name, l.state, l.is_proposed, l.expected_on, l.tracking_number, l.notes, l.flag_reason, l.state_reason, l.ordered_on, l.received_on,
       l.received_by, l.row_version, l.created_by, l.created_at, l.updated_at
  FROM outsourced_lines l
  LEFT JOIN builds b ON b.build_id = l.build_id
  LEFT JOIN orders o ON o.order_id = b.order_id
  LEFT JOIN suppliers s ON s.supplier_id = l.supplier_id;
COMMENT ON VIEW v_outsourced_lines IS 'Outsourced lines with the numbers of their build and order and with the external shop; its name is for whoever may see suppliers.';
