-- Alerts of the system itself, and reminders that time brings.

CREATE OR REPLACE FUNCTION raise_alert(p_code text, p_severity text, p_title text, p_values jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('system_alert:raise');
  RETURN put_alert(p_code, p_severity, p_title, p_values);
END;
$$;
COMMENT ON FUNCTION raise_alert(text, text, text, jsonb) IS 'Raises an alert and tells the Administrators: once while it is open, and again when it grows worse. Returns its key.';

CREATE OR REPLACE FUNCTION put_alert(p_code text, p_severity text, p_title text, p_values jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  earlier system_alerts;
  alert system_alerts;
BEGIN
  IF upper(coalesce(p_severity, '')) NOT IN ('INFO', 'WARNING', 'CRITICAL') OR coalesce(p_code, '') !~ '^[a-z0-9][A-Za-z0-9_.-]*$' OR btrim(coalesce(p_title, '')) = '' THEN
    RAISE EXCEPTION 'The alert is not right: code "%", severity "%".', shown(p_code), shown(p_severity) USING ERRCODE = 'TV022', HINT = 'A code like performance.order_search; INFO, WARNING or CRITICAL; a title.';
  END IF;
  SELECT * INTO earlier FROM system_alerts a WHERE a.alert_code = p_code AND a.state = 'OPEN' FOR NO KEY UPDATE;
  INSERT INTO system_alerts AS a (alert_code, severity, title, details) VALUES (p_code, upper(p_severity), btrim(p_title), coalesce(p_values, '{}'))
  ON CONFLICT (alert_code) WHERE state = 'OPEN' DO UPDATE
    SET last_raised_at = now_at, times_raised = a.times_raised + 1, title = excluded.title, details = excluded.details,
        severity = CASE WHEN alert_rank(excluded.severity) > alert_rank(a.severity) THEN excluded.severity ELSE a.severity END
  RETURNING a.* INTO alert;
  IF alert.times_raised = 1 OR alert.severity <> coalesce(earlier.severity, alert.severity) THEN
    PERFORM emit_event('system.alert_raised', 'system_alerts', alert.system_alert_id,
      jsonb_build_object('alert_code', p_code, 'severity', alert.severity, 'title', alert.title, 'values', alert.details, 'times_raised', alert.times_raised));
  END IF;
  RETURN alert.system_alert_id;
END;
$$;
COMMENT ON FUNCTION put_alert(text, text, text, jsonb) IS 'The one place that writes alerts, for acts which notice trouble in the transaction of whoever acts. Returns the key.';

CREATE OR REPLACE FUNCTION alert_rank(p_severity text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT array_position(ARRAY['INFO', 'WARNING', 'CRITICAL'], p_severity) $$;
COMMENT ON FUNCTION alert_rank(text) IS 'Order of severities, 1 (INFO) to 3 (CRITICAL).';

CREATE OR REPLACE FUNCTION resolve_alert(p_code text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  alert system_alerts;
BEGIN
  PERFORM require_worker('system_alert:raise');
  UPDATE system_alerts SET state = 'RESOLVED', resolved_at = clock_timestamp() WHERE alert_code = p_code AND state = 'OPEN' RETURNING * INTO alert;
  IF alert.system_alert_id IS NOT NULL THEN
    PERFORM emit_event('system.alert_resolved', 'system_alerts', alert.system_alert_id, jsonb_build_object('alert_code', p_code, 'severity', alert.severity, 'title', alert.title));
  END IF;
  RETURN alert.system_alert_id IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION resolve_alert(text) IS 'Closes an open alert; false if there is none.';

CREATE OR REPLACE FUNCTION raise_due_notifications(p_today date DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  today date := coalesce(p_today, site_today());
  late record;
  told integer := 0;
BEGIN
  PERFORM require_worker('notification:broadcast');
  IF NOT isfinite(today) THEN
    RAISE EXCEPTION 'The day is %.', today USING ERRCODE = 'TV022', HINT = 'Give a date, or none for today at the plant.';
  END IF;
  FOR late IN
    WITH waiting AS (
      SELECT o.order_id, o.order_number, o.want_date, CASE WHEN o.want_date < today THEN 'OVERDUE' WHEN o.want_date - today <= 1 THEN 'DUE_IN_1' ELSE 'DUE_IN_3' END AS notice
        FROM orders o
       WHERE o.phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING') AND o.state <> 'CANCELLED' AND o.want_date <= today + 3),
    given AS (
      INSERT INTO order_due_notices (order_id, notice, about_date)
      SELECT w.order_id, w.notice, CASE w.notice WHEN 'OVERDUE' THEN today ELSE w.want_date END FROM waiting w ORDER BY w.order_id
      ON CONFLICT DO NOTHING RETURNING order_id)
    SELECT w.* FROM given JOIN waiting w USING (order_id) ORDER BY w.order_id
  LOOP
    PERFORM emit_event(CASE late.notice WHEN 'OVERDUE' THEN 'order.overdue' ELSE 'order.due_soon' END, 'orders', late.order_id, jsonb_build_object(
      'order_number', late.order_number, 'want_date', late.want_date, 'days_left', greatest(late.want_date - today, 0), 'days_late', greatest(today - late.want_date, 0)));
    told := told + 1;
  END LOOP;
  RETURN told;
END;
$$;
COMMENT ON FUNCTION raise_due_notifications(date) IS
  'Reminds of want dates in three days and in one day, and daily of overdue orders, by the plant''s date; each once, however often it runs. A missed day is made up for. Returns how many.';

CREATE OR REPLACE FUNCTION run_background_work(p_limit integer DEFAULT 1000) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('external_system:retry'), require_limit(p_limit);
  RETURN jsonb_build_object(
    'reminders', raise_due_notifications(),
    'document_versions', apply_document_dates(),
    'expired_lots', block_expired_lots(),
    'events', process_outbox(p_limit),
    'notifications', deliver_notifications(p_limit),
    'contents_swept', sweep_document_contents(),
    'views_gone', purge_saved_views());
END;
$$;
COMMENT ON FUNCTION run_background_work(integer) IS 'What the worker does at each turn, for sites without one: reminders, dates of documents, expired lots, events, notifications, unfinished uploads, views that were taken away. Returns how much of each.';
