-- Dashboards: what waits for somebody, what is late, and weekly figures; each in one statement.

CREATE OR REPLACE FUNCTION dashboard_figures(p_figures text[], p_weeks integer DEFAULT 12) RETURNS TABLE (figure text, week date, amount numeric)
LANGUAGE plpgsql STABLE ROWS 60
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  weeks integer := least(greatest(coalesce(p_weeks, 12), 1), 53);
  today date := site_today();
  since date := date_trunc('week', site_today()::timestamp)::date - 7 * (weeks - 1);
  zone text := site_time_zone();
  person bigint := current_user_id();
BEGIN
  IF has_permission('report:read') THEN
    IF p_figures && '{orders_entered,builds_finished,orders_delivered}' THEN
      RETURN QUERY
        SELECT f.name, t.step, f.value FROM report_throughput(since, today, 'WEEK') t
          CROSS JOIN LATERAL (VALUES ('orders_entered', t.orders_entered::numeric), ('builds_finished', t.builds_finished::numeric), ('orders_delivered', t.orders_delivered::numeric)) AS f (name, value)
         WHERE f.name = ANY (p_figures);
    END IF;
    IF p_figures && '{on_time_percent,lead_days}' THEN
      RETURN QUERY
        SELECT f.name, t.step, f.value FROM report_on_time_delivery(since, today, 'WEEK') t
          CROSS JOIN LATERAL (VALUES ('on_time_percent', t.on_time_percent), ('lead_days', t.average_lead_days)) AS f (name, value)
         WHERE f.name = ANY (p_figures);
    END IF;
    IF p_figures && '{first_pass_percent,inspections,rejections}' THEN
      RETURN QUERY
        SELECT f.name, t.step, f.value FROM report_first_pass_yield(since, today, 'WEEK') t
          CROSS JOIN LATERAL (VALUES ('first_pass_percent', t.first_pass_percent), ('inspections', (t.first_inspections + t.reinspections)::numeric), ('rejections', t.rejections::numeric)) AS f (name, value)
         WHERE f.name = ANY (p_figures);
    END IF;
    IF p_figures && '{hours_booked}' THEN
      RETURN QUERY
        SELECT 'hours_booked', s.step,
               (SELECT round(coalesce(sum(t.actual_minutes), 0) / 60.0, 1) FROM production_tasks t
                 WHERE t.completed_at >= s.first_day::timestamp AT TIME ZONE zone AND t.completed_at < (s.last_day + 1)::timestamp AT TIME ZONE zone)
          FROM report_steps(since, today, 'WEEK') s;
    END IF;
  END IF;
  IF p_figures && '{own_tasks,own_hours}' AND person IS NOT NULL AND (has_permission('report:read_own') OR has_permission('report:read')) THEN
    RETURN QUERY
      SELECT f.name, s.step, f.value FROM report_steps(since, today, 'WEEK') s
        CROSS JOIN LATERAL (
          SELECT count(*)::numeric AS tasks, round(coalesce(sum(t.actual_minutes), 0) / 60.0, 1) AS hours FROM production_tasks t
           WHERE t.completed_by = person AND t.completed_at >= s.first_day::timestamp AT TIME ZONE zone AND t.completed_at < (s.last_day + 1)::timestamp AT TIME ZONE zone) d
        CROSS JOIN LATERAL (VALUES ('own_tasks', d.tasks), ('own_hours', d.hours)) AS f (name, value)
       WHERE f.name = ANY (p_figures);
  END IF;
  IF p_figures && '{service_orders_made,service_orders_received}' AND has_permission('service_order:read') THEN
    RETURN QUERY
      WITH made AS (
        SELECT date_trunc('week', site_date(o.created_at)::timestamp)::date AS step, count(*) AS orders FROM service_orders o WHERE o.created_at >= since::timestamp AT TIME ZONE zone GROUP BY 1
      ), received AS (
        SELECT date_trunc('week', site_date(o.received_at)::timestamp)::date AS step, count(*) AS orders FROM service_orders o WHERE o.received_at >= since::timestamp AT TIME ZONE zone GROUP BY 1
      )
      SELECT f.name, s.step, f.value FROM report_steps(since, today, 'WEEK') s LEFT JOIN made m ON m.step = s.step LEFT JOIN received r ON r.step = s.step
        CROSS JOIN LATERAL (VALUES ('service_orders_made', coalesce(m.orders, 0)::numeric), ('service_orders_received', coalesce(r.orders, 0)::numeric)) AS f (name, value)
       WHERE f.name = ANY (p_figures);
  END IF;
  IF p_figures && '{sign_ins,refusals}' AND has_permission('audit:read') THEN
    RETURN QUERY
      SELECT f.name, s.step, count(e.*)::numeric FROM report_steps(since, today, 'WEEK') s
        CROSS JOIN (VALUES ('sign_ins', '{SIGNED_IN}'::text[]), ('refusals', '{SIGN_IN_FAILED,PERMISSION_REFUSED}')) AS f (name, types)
        LEFT JOIN security_events e ON e.event_type = ANY (f.types)
         AND e.occurred_at >= s.first_day::timestamp AT TIME ZONE zone AND e.occurred_at < (s.last_day + 1)::timestamp AT TIME ZONE zone
       WHERE f.name = ANY (p_figures) GROUP BY f.name, s.step;
  END IF;
  IF p_figures && '{alerts_opened}' AND has_permission('system_alert:read') THEN
    RETURN QUERY
      SELECT 'alerts_opened', s.step, count(a.*)::numeric FROM report_steps(since, today, 'WEEK') s
        LEFT JOIN system_alerts a ON a.opened_at >= s.first_day::timestamp AT TIME ZONE zone AND a.opened_at < (s.last_day + 1)::timestamp AT TIME ZONE zone
       GROUP BY s.step;
  END IF;
END;
$$;
COMMENT ON FUNCTION dashboard_figures(text[], integer) IS
  'Figures of the last weeks, one row per figure and week (its Monday; this week so far is the last): orders_entered, builds_finished, orders_delivered, on_time_percent, lead_days, first_pass_percent, inspections, '
  'rejections and hours_booked for those with report:read; own_tasks and own_hours; service_orders_made, service_orders_received; sign_ins, refusals; alerts_opened. What the person may not know has no rows.';

CREATE OR REPLACE FUNCTION late_orders(p_limit integer DEFAULT 10, p_only_own boolean DEFAULT false)
RETURNS TABLE (order_id bigint, order_number text, customer_name text, phase text, state text, want_date date, days_late integer, owner_id bigint, owner_initials text, blocker text, blocked_by text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  today date := site_today();
  seller bigint := CASE WHEN p_only_own THEN current_user_id() END;
  page bigint[];
BEGIN
  page := array(
    SELECT o.order_id FROM orders o
     WHERE o.state <> 'CANCELLED' AND o.phase <> 'DELIVERED' AND coalesce(o.want_date, 'infinity') < today
       AND (sight.keys IS NULL OR o.order_id = ANY (sight.keys) OR sight.looks_up AND EXISTS (SELECT FROM shop_builds v WHERE v.order_id = o.order_id AND v.has_free_work OFFSET 0)) AND (seller IS NULL OR o.sales_person_id = seller)
     ORDER BY coalesce(o.want_date, 'infinity'), o.order_id LIMIT least(greatest(coalesce(p_limit, 10), 1), 100));
  RETURN QUERY
    SELECT o.order_id, o.order_number, c.name, o.phase, o.state, o.want_date, today - o.want_date, f.owner_id, f.owner_initials, f.blocker, f.blocked_by
      FROM orders o JOIN customers c ON c.customer_id = o.customer_id LEFT JOIN order_row_facts(page, true) f ON f.order_id = o.order_id
     WHERE o.order_id = ANY (page) ORDER BY o.want_date, o.order_id;
END;
$$;
COMMENT ON FUNCTION late_orders(integer, boolean) IS 'Open orders past their want date, the latest first: by how many days, who has each, and what blocks it (order_row_facts); all in sight, or those that the acting person sells.';

CREATE OR REPLACE FUNCTION hands_of(p_permission text) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF current_user_id() IS NULL OR NOT has_permission(p_permission) THEN
    RETURN NULL;
  END IF;
  RETURN array_remove(ARRAY[current_user_id(), (grant_in_use(p_permission)).delegated_by], NULL);
END;
$$;
COMMENT ON FUNCTION hands_of(text) IS 'The acting person, and the one in whose delegated role they have the permission: whose own work they may not approve. Null without the permission.';

-- A statement for each kind, so that what is not asked for, or not the person's to decide, is neither run nor planned.
CREATE OR REPLACE FUNCTION approvals_open(p_kind text, p_record_id bigint) RETURNS TABLE (kind text, record_id bigint, order_id bigint, since timestamptz, is_signed boolean)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  person bigint := current_user_id();
  hands bigint[];
BEGIN
  hands := hands_in(p_kind, 'ORDER', 'order:approve');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'ORDER', o.order_id, o.order_id, o.phase_entered_at, true
        FROM orders o WHERE o.phase = 'APPROVAL' AND o.state = 'ACTIVE' AND (p_record_id IS NULL OR o.order_id = p_record_id) AND (o.submitted_by = ANY (hands)) IS NOT TRUE;
  END IF;
  IF hands_in(p_kind, 'INSPECTED', 'inspection:release') IS NOT NULL THEN
    RETURN QUERY
      SELECT 'INSPECTED', o.order_id, o.order_id, o.phase_entered_at, true
        FROM orders o WHERE o.phase = 'QUALITY_CONTROL' AND o.state = 'ACTIVE' AND (p_record_id IS NULL OR o.order_id = p_record_id)
         AND EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' AND b.phase = 'QUALITY_CONTROL' AND b.sub_state = 'PASSED')
         AND NOT EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' AND (b.phase, b.sub_state) IS DISTINCT FROM ('QUALITY_CONTROL', 'PASSED'));
  END IF;
  IF hands_in(p_kind, 'PACKED', 'packing_list:confirm') IS NOT NULL THEN
    RETURN QUERY
      SELECT 'PACKED', o.order_id, o.order_id, o.phase_entered_at, true
        FROM orders o WHERE o.phase = 'PACKAGING' AND o.state = 'ACTIVE' AND (p_record_id IS NULL OR o.order_id = p_record_id)
         AND EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' AND b.phase = 'PACKAGING' AND b.sub_state = 'PACKED')
         AND NOT EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE' AND (b.phase, b.sub_state) IS DISTINCT FROM ('PACKAGING', 'PACKED'));
  END IF;
  hands := hands_in(p_kind, 'BOM', 'bom:approve');
  IF hands IS NOT NULL THEN
    -- As approve_bom has it: the present one of its build in an active order, or one without a build.
    RETURN QUERY
      SELECT 'BOM', m.bom_id, b.order_id, m.submitted_at, true
        FROM boms m LEFT JOIN builds b ON b.build_id = m.build_id LEFT JOIN orders o ON o.order_id = b.order_id
       WHERE m.state = 'SUBMITTED' AND (p_record_id IS NULL OR m.bom_id = p_record_id)
         AND (m.build_id IS NULL OR b.bom_id = m.bom_id AND b.configuration_id = m.configuration_id AND b.state = 'ACTIVE' AND o.state = 'ACTIVE')
         AND NOT bom_approval_barred(m) && hands
         AND NOT EXISTS (SELECT FROM order_changes c WHERE c.to_bom_id = m.bom_id AND c.state = 'PROPOSED');
  END IF;
  hands := hands_in(p_kind, 'CHANGE', 'bom:approve');
  IF hands IS NOT NULL THEN
    -- Also of a build that is held or gone: what no longer fits is rejected.
    RETURN QUERY
      SELECT 'CHANGE', c.order_change_id, b.order_id, c.proposed_at, true
        FROM order_changes c JOIN builds b ON b.build_id = c.build_id
       WHERE c.state = 'PROPOSED' AND (p_record_id IS NULL OR c.order_change_id = p_record_id) AND c.proposed_by <> ALL (hands);
  END IF;
  IF hands_in(p_kind, 'DRAWING', 'order_attachment:approve') IS NOT NULL THEN
    RETURN QUERY
      SELECT 'DRAWING', a.order_attachment_id, a.order_id, a.created_at, true
        FROM order_attachments a JOIN orders o ON o.order_id = a.order_id
       WHERE a.attachment_kind = 'SINK_DRAWING' AND a.approved_at IS NULL AND (p_record_id IS NULL OR a.order_attachment_id = p_record_id)
         AND o.state = 'ACTIVE' AND o.phase IN ('CONFIGURATION', 'APPROVAL', 'PRODUCTION')
         AND NOT EXISTS (SELECT FROM order_attachments n WHERE n.replaces_id = a.order_attachment_id);
  END IF;
  IF coalesce(p_kind, 'CHECKLIST') = 'CHECKLIST' THEN
    RETURN QUERY
      WITH gates AS MATERIALIZED (SELECT g.gate_code, hands_of(g.approve_permission) AS hands FROM qc_gates g WHERE g.approve_permission IS NOT NULL)
      SELECT 'CHECKLIST', i.qc_inspection_id, b.order_id, i.completed_at, true
        FROM gates g JOIN qc_inspections i ON i.gate_code = g.gate_code JOIN builds b ON b.build_id = i.build_id
       WHERE g.hands IS NOT NULL AND i.state = 'COMPLETED' AND (p_record_id IS NULL OR i.qc_inspection_id = p_record_id) AND b.state = 'ACTIVE' AND NOT checklist_authors(i) && g.hands;
  END IF;
  hands := hands_in(p_kind, 'FINDING', 'nonconformity:close');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'FINDING', n.nonconformity_id, b.order_id, coalesce(n.reworked_at, n.disposed_at), false
        FROM nonconformities n JOIN builds b ON b.build_id = n.build_id
       WHERE (n.state = 'REWORKED' OR n.state = 'OPEN' AND n.disposition IS NOT NULL AND NOT n.needs_rework) AND (p_record_id IS NULL OR n.nonconformity_id = p_record_id)
         AND (n.disposition = 'USE_AS_IS' AND n.disposed_by = ANY (hands)) IS NOT TRUE AND NOT is_own_work(person, n.build_id);
  END IF;
  hands := hands_in(p_kind, 'DOCUMENT', 'document:approve');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'DOCUMENT', v.document_version_id, d.order_id, v.submitted_at, true
        FROM document_versions v JOIN documents d ON d.document_id = v.document_id
       WHERE v.state = 'IN_REVIEW' AND (p_record_id IS NULL OR v.document_version_id = p_record_id)
         AND (v.created_by = ANY (hands) OR v.submitted_by = ANY (hands)) IS NOT TRUE AND may_read_document(d.access_level, d.document_kind, d.customer_id);
  END IF;
  hands := hands_in(p_kind, 'SERVICE_ORDER', 'service_order:approve');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'SERVICE_ORDER', s.service_order_id, NULL::bigint, s.submitted_at, false
        FROM service_orders s WHERE s.state = 'PENDING_APPROVAL' AND (p_record_id IS NULL OR s.service_order_id = p_record_id) AND s.created_by <> ALL (hands);
  END IF;
  hands := hands_in(p_kind, 'RETENTION', 'retention:approve');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'RETENTION', r.retention_run_id, NULL::bigint, r.created_at, true
        FROM retention_runs r WHERE r.status = 'awaiting_signature' AND (p_record_id IS NULL OR r.retention_run_id = p_record_id) AND (r.requested_by = ANY (hands)) IS NOT TRUE;
  END IF;
  hands := hands_in(p_kind, 'ERASURE', 'privacy:approve');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'ERASURE', p.privacy_request_id, NULL::bigint, p.identity_checked_at, true
        FROM privacy_requests p
       WHERE p.request_kind = 'ERASE' AND p.state = 'VERIFIED' AND (p_record_id IS NULL OR p.privacy_request_id = p_record_id)
         AND (p.opened_by = ANY (hands) OR p.identity_checked_by = ANY (hands)) IS NOT TRUE;
  END IF;
  hands := hands_in(p_kind, 'WORKFLOW', 'workflow_rule:release');
  IF hands IS NOT NULL THEN
    RETURN QUERY
      SELECT 'WORKFLOW', w.workflow_rule_change_id, NULL::bigint, w.proposed_at, true
        FROM workflow_rule_changes w WHERE w.state = 'PROPOSED' AND (p_record_id IS NULL OR w.workflow_rule_change_id = p_record_id) AND w.proposed_by <> ALL (hands);
  END IF;
END;
$$;
COMMENT ON FUNCTION approvals_open(text, bigint) IS 'What waits for the acting person''s decision, whether or not they see its order; of one kind, or one record of it, where they are named.';

CREATE OR REPLACE FUNCTION hands_in(p_wanted text, p_kind text, p_permission text) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN CASE WHEN coalesce(p_wanted, p_kind) = p_kind THEN hands_of(p_permission) END; END $$;
COMMENT ON FUNCTION hands_in(text, text, text) IS 'As hands_of, null also where another kind of approvals is asked for.';

CREATE OR REPLACE FUNCTION approvals_found(p_kind text, p_record_id bigint) RETURNS TABLE (kind text, record_id bigint, order_id bigint, since timestamptz, is_signed boolean)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF sees_all_orders() THEN
    RETURN QUERY SELECT f.* FROM approvals_open(upper(btrim(p_kind)), p_record_id) f;
  ELSE
    RETURN QUERY SELECT f.* FROM approvals_open(upper(btrim(p_kind)), p_record_id) f WHERE f.order_id IS NULL OR sees_order(f.order_id);
  END IF;
END;
$$;
COMMENT ON FUNCTION approvals_found(text, bigint) IS 'For approvals_waiting and approvals_by_kind: what waits for the acting person, without its words; of one kind, or one record of it, where they are named.';

CREATE OR REPLACE FUNCTION approvals_by_kind() RETURNS TABLE (kind text, waiting bigint)
LANGUAGE sql STABLE ROWS 13
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT f.kind, count(*) FROM approvals_found(NULL, NULL) f GROUP BY f.kind ORDER BY f.kind $$;
COMMENT ON FUNCTION approvals_by_kind() IS 'How much of each kind waits for the acting person (approvals_waiting).';

CREATE OR REPLACE FUNCTION approvals_waiting(p_limit integer DEFAULT 50, p_kind text DEFAULT NULL, p_record_id bigint DEFAULT NULL)
RETURNS TABLE (kind text, record_id bigint, order_id bigint, label text, subject text, detail text, waits_since timestamptz, is_signed boolean, total bigint, kinds jsonb)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    WITH found AS MATERIALIZED (SELECT f.* FROM approvals_found(p_kind, p_record_id) f),
    page AS MATERIALIZED (SELECT f.* FROM found f ORDER BY f.since, f.kind, f.record_id LIMIT least(greatest(coalesce(p_limit, 50), 1), 200)),
    counted AS MATERIALIZED (SELECT sum(k.waiting)::bigint AS total, jsonb_object_agg(k.kind, k.waiting) AS kinds FROM (SELECT f.kind, count(*) AS waiting FROM found f GROUP BY f.kind) k)
    SELECT p.kind, p.record_id, p.order_id,
           CASE p.kind WHEN 'BOM' THEN (SELECT b.build_number FROM boms m JOIN builds b ON b.build_id = m.build_id WHERE m.bom_id = p.record_id)
                       WHEN 'CHANGE' THEN (SELECT b.build_number FROM order_changes c JOIN builds b ON b.build_id = c.build_id WHERE c.order_change_id = p.record_id)
                       WHEN 'CHECKLIST' THEN (SELECT b.build_number FROM qc_inspections i JOIN builds b ON b.build_id = i.build_id WHERE i.qc_inspection_id = p.record_id)
                       WHEN 'DRAWING' THEN (SELECT a.file_name FROM order_attachments a WHERE a.order_attachment_id = p.record_id)
                       WHEN 'FINDING' THEN (SELECT n.nonconformity_number FROM nonconformities n WHERE n.nonconformity_id = p.record_id)
                       WHEN 'DOCUMENT' THEN (SELECT d.document_number FROM document_versions v JOIN documents d ON d.document_id = v.document_id WHERE v.document_version_id = p.record_id)
                       WHEN 'SERVICE_ORDER' THEN (SELECT s.service_order_number FROM service_orders s WHERE s.service_order_id = p.record_id)
                       WHEN 'RETENTION' THEN (SELECT y.policy_code FROM retention_runs r JOIN data_retention_policies y ON y.policy_id = r.policy_id WHERE r.retention_run_id = p.record_id)
                       WHEN 'ERASURE' THEN p.record_id::text
                       WHEN 'WORKFLOW' THEN (SELECT coalesce(o.title, b.title) FROM workflow_rule_changes w LEFT JOIN order_workflow_rules o USING (order_workflow_rule_id) LEFT JOIN build_workflow_rules b USING (build_workflow_rule_id) WHERE w.workflow_rule_change_id = p.record_id)
                       ELSE o.order_number END,
           CASE p.kind WHEN 'DOCUMENT' THEN (SELECT d.title FROM document_versions v JOIN documents d ON d.document_id = v.document_id WHERE v.document_version_id = p.record_id)
                       WHEN 'SERVICE_ORDER' THEN (SELECT c.name FROM service_orders s JOIN customers c ON c.customer_id = s.customer_id WHERE s.service_order_id = p.record_id)
                       WHEN 'RETENTION' THEN (SELECT y.title FROM retention_runs r JOIN data_retention_policies y ON y.policy_id = r.policy_id WHERE r.retention_run_id = p.record_id)
                       ELSE c.name END,
           CASE p.kind WHEN 'BOM' THEN (SELECT m.revision::text FROM boms m WHERE m.bom_id = p.record_id)
                       WHEN 'DOCUMENT' THEN (SELECT v.version::text FROM document_versions v WHERE v.document_version_id = p.record_id)
                       WHEN 'CHANGE' THEN (SELECT c.reason FROM order_changes c WHERE c.order_change_id = p.record_id)
                       WHEN 'WORKFLOW' THEN (SELECT w.reason FROM workflow_rule_changes w WHERE w.workflow_rule_change_id = p.record_id)
                       WHEN 'CHECKLIST' THEN (SELECT i.gate_code FROM qc_inspections i WHERE i.qc_inspection_id = p.record_id)
                       WHEN 'FINDING' THEN (SELECT n.severity FROM nonconformities n WHERE n.nonconformity_id = p.record_id)
                       WHEN 'RETENTION' THEN (SELECT r.due_count::text FROM retention_runs r WHERE r.retention_run_id = p.record_id)
                       WHEN 'SERVICE_ORDER' THEN (SELECT count(*)::text FROM service_order_items i WHERE i.service_order_id = p.record_id)
                       WHEN 'ORDER' THEN (SELECT count(*)::text FROM builds b WHERE b.order_id = p.order_id AND b.state = 'ACTIVE')
                       WHEN 'INSPECTED' THEN (SELECT count(*)::text FROM builds b WHERE b.order_id = p.order_id AND b.state = 'ACTIVE')
                       WHEN 'PACKED' THEN (SELECT count(*)::text FROM builds b WHERE b.order_id = p.order_id AND b.state = 'ACTIVE') END,
           p.since, p.is_signed, t.total, t.kinds
      FROM page p CROSS JOIN counted t LEFT JOIN orders o ON o.order_id = p.order_id LEFT JOIN customers c ON c.customer_id = o.customer_id
     ORDER BY p.since, p.kind, p.record_id;
END;
$$;
COMMENT ON FUNCTION approvals_waiting(integer, text, bigint) IS
  'What waits for the approval or signature of the acting person, the oldest first, and nothing that separation of duties keeps from them. Kinds: ORDER (approve for production), INSPECTED (release to packaging), PACKED (confirm packing), BOM, CHANGE, '
  'DRAWING, CHECKLIST, FINDING (verify a rework), DOCUMENT, SERVICE_ORDER, RETENTION, ERASURE, WORKFLOW (release a change of a step). detail: revision, version, reason, gate, severity, or how many builds, items or rows; total: how many there are in all; kinds: how many of each kind. Of one kind, or one record of it, where they are named.';

CREATE OR REPLACE FUNCTION days_in_production(p_limit integer DEFAULT 24) RETURNS TABLE (build_id bigint, order_id bigint, build_number text, finished_on date, days numeric)
LANGUAGE plpgsql STABLE ROWS 24
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('report:read');
  RETURN QUERY
    SELECT l.build_id, b.order_id, b.build_number, site_date(l.finished_at), round((extract(epoch FROM l.finished_at - s.began_at) / 86400)::numeric, 1)
      FROM (SELECT h.build_id, h.created_at AS finished_at FROM build_status_history h
             WHERE h.from_phase = 'PRODUCTION' AND h.to_phase = 'QUALITY_CONTROL' ORDER BY h.created_at DESC, h.build_id DESC LIMIT least(greatest(coalesce(p_limit, 24), 1), 200)) l
      JOIN builds b ON b.build_id = l.build_id
      -- A build that came back to production is counted from its last coming.
      CROSS JOIN LATERAL (SELECT max(h.created_at) AS began_at FROM build_status_history h
                           WHERE h.build_id = l.build_id AND h.to_phase = 'PRODUCTION' AND h.from_phase IS DISTINCT FROM 'PRODUCTION' AND h.created_at < l.finished_at) s
     WHERE s.began_at IS NOT NULL ORDER BY l.finished_at, l.build_id;
END;
$$;
COMMENT ON FUNCTION days_in_production(integer) IS 'The builds that left production last, the earliest first: the day, and how many calendar days each was in production.';

CREATE OR REPLACE FUNCTION inspections_waiting(p_limit integer DEFAULT 20)
RETURNS TABLE (build_id bigint, order_id bigint, build_number text, order_number text, customer_name text, gate_code text, is_begun boolean, waits_since timestamptz, want_date date, total bigint)
LANGUAGE plpgsql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('inspection:read');
  RETURN QUERY
    WITH found AS MATERIALIZED (
      SELECT b.build_id, b.order_id, b.build_number, b.sub_state_entered_at AS since, CASE b.phase WHEN 'PRODUCTION' THEN 'PRE_PRODUCTION' ELSE 'FINAL' END AS gate, b.sub_state = 'IN_INSPECTION' AS is_begun
        FROM builds b
       WHERE (b.phase, b.sub_state) IN (('PRODUCTION', 'PRE_QC_READY'), ('QUALITY_CONTROL', 'READY'), ('QUALITY_CONTROL', 'IN_INSPECTION')) AND b.state = 'ACTIVE' AND sees_all_orders()
    ), page AS (SELECT f.*, count(*) OVER () AS total FROM found f ORDER BY f.since, f.build_id LIMIT least(greatest(coalesce(p_limit, 20), 1), 200))
    SELECT p.build_id, p.order_id, p.build_number, o.order_number, c.name, p.gate, p.is_begun, p.since, o.want_date, p.total
      FROM page p JOIN orders o ON o.order_id = p.order_id JOIN customers c ON c.customer_id = o.customer_id ORDER BY p.since, p.build_id;
END;
$$;
COMMENT ON FUNCTION inspections_waiting(integer) IS 'Builds that wait for quality control or are inspected now, the longest waiting first: gate (PRE_PRODUCTION or FINAL), since when, when they are wanted; total: how many there are. Of those who see all orders.';
