-- Notifications: from events by rules and preferences to one row per person and channel, and on to the worker that sends them.

CREATE OR REPLACE FUNCTION people_at_work(p_order_id bigint, p_build_id bigint, p_only_open boolean) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF to_regclass('public.production_tasks') IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE
    'SELECT DISTINCT t.assignee_id FROM builds b JOIN production_tasks t USING (build_id)
      WHERE b.order_id = $1 AND (b.build_id = $2 OR $2 IS NULL) AND t.assignee_id IS NOT NULL AND t.state <> ''CANCELLED'' AND (t.state <> ''COMPLETED'' OR NOT $3)'
    USING p_order_id, p_build_id, p_only_open;
END;
$$;
COMMENT ON FUNCTION people_at_work(bigint, bigint, boolean) IS 'People with tasks on an order, or on one of its builds: all, or those with open ones.';

CREATE OR REPLACE FUNCTION notification_recipients(p_rule notification_rules, p_event outbox_events, p_order_id bigint) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  named bigint := (SELECT (p_event.payload ->> k.key)::bigint FROM (VALUES ('assignee_id', 1), ('user_id', 2)) AS k (key, n)
                    WHERE p_event.payload ->> k.key ~ '^[0-9]{1,18}$' AND (k.key = 'assignee_id') = (p_rule.recipient = 'ASSIGNEE') ORDER BY k.n LIMIT 1);
BEGIN
  CASE p_rule.recipient
    WHEN 'ROLE' THEN
      RETURN QUERY SELECT ur.user_id FROM roles r JOIN user_roles ur ON ur.role_id = r.role_id AND ur.valid_from <= now() AND (ur.valid_to IS NULL OR ur.valid_to > now())
                    WHERE r.role_code = p_rule.role_code;
    WHEN 'ORDER_CREATOR' THEN
      RETURN QUERY SELECT p FROM orders o CROSS JOIN LATERAL unnest(ARRAY[o.created_by, o.sales_person_id]) p WHERE o.order_id = p_order_id AND p IS NOT NULL;
    WHEN 'ASSIGNEE' THEN
      RETURN QUERY SELECT named WHERE named IS NOT NULL
             UNION SELECT people_at_work(p_order_id, build_of_event(p_event), false) WHERE named IS NULL;
    WHEN 'OPEN_WORK' THEN
      RETURN QUERY SELECT people_at_work(p_order_id, NULL, true);
    WHEN 'AUTHOR' THEN
      RETURN QUERY SELECT (record_image(p_event.subject_type, p_event.subject_id) ->> 'created_by')::bigint;
    WHEN 'USER' THEN
      RETURN QUERY SELECT coalesce(named, CASE WHEN p_event.subject_type = 'users' THEN p_event.subject_id END);
  END CASE;
END;
$$;
COMMENT ON FUNCTION notification_recipients(notification_rules, outbox_events, bigint) IS 'Whom a rule means for an event; may hold a person twice, or people who are no longer active.';

CREATE OR REPLACE FUNCTION event_types() RETURNS SETOF text
LANGUAGE sql IMMUTABLE ROWS 125
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT unnest(ARRAY[
    'api_token.created', 'api_token.revoked', 'archive.restored', 'audit.tampering_found', 'bom.approved', 'bom.changed',
    'bom.changed_by_hand', 'bom.rejected', 'bom.released', 'bom.submitted', 'build.assembly_begun', 'build.assigned',
    'build.final_qc_failed', 'build.final_qc_passed', 'build.packed', 'build.packing_finished', 'build.parts_sent', 'build.pre_qc_failed',
    'build.ready_for_final_qc', 'build.ready_for_pre_qc', 'build.ready_for_production', 'build.ready_for_test',
    'build.released_to_packaging', 'build.returned_to_production', 'build.returned_to_quality', 'build.rework_finished',
    'build.serials_captured', 'build.tasks_generated', 'build.test_failed', 'build.test_passed', 'checklist.approved',
    'checklist.template_changed', 'custom_part.retired', 'document.approved', 'document.changed', 'document.rejected', 'document.submitted',
    'document.withdrawn', 'external_system.activated', 'external_system.credentials_given', 'external_system.credentials_withdrawn',
    'external_system.deactivated', 'external_system.delivery_replayed', 'external_system.host_allowed', 'external_system.host_withdrawn',
    'external_system.secret_renewed', 'inspection.completed', 'inspection.failed', 'inspection.passed', 'inspection.reopened',
    'inspection.started', 'inspection.taken_over', 'inspection.voided', 'inspection.waived', 'legal_hold.placed', 'legal_hold.released',
    'nonconformity.closed', 'nonconformity.disposed', 'nonconformity.reported', 'nonconformity.reworked', 'nonconformity.verified',
    'notification.broadcast', 'order.advance', 'order.cancel', 'order.change', 'order.change_proposed', 'order.change_rejected', 'order.created',
    'order.due_soon', 'order.hold', 'order.hold_requested', 'order.overdue', 'order.resume', 'order.return', 'outsourced_line.cancelled',
    'outsourced_line.delayed', 'outsourced_line.ordered', 'outsourced_line.received', 'outsourced_line.sent', 'portal.message_received',
    'portal.message_sent', 'privacy.closed', 'privacy.erased', 'privacy.requested', 'privacy.restriction_lifted', 'retention.approved',
    'retention.done', 'rework.created', 'rework.finished', 'service_order.approved', 'service_order.cancelled', 'service_order.ordered', 'service_order.received', 'service_order.rejected',
    'service_order.submitted', 'shipment.corrected', 'shipment.delivered', 'shipment.dispatched', 'shipment.planned', 'shipment.ready',
    'shipment.returned', 'signature.given', 'stock.shortage', 'system.alert_raised', 'system.alert_resolved', 'task.assigned',
    'task.blocked', 'task.cancelled', 'task.completed', 'user.disabled', 'user.enabled', 'user.identity_linked', 'user.locked',
    'user.mfa_reset', 'user.recovery_begun', 'user.recovery_code_used', 'user.role_delegated', 'user.role_ended', 'user.role_granted',
    'user.throttled', 'work_instruction.released', 'workflow.change_proposed', 'workflow.change_rejected', 'workflow.change_withdrawn',
    'workflow.changed'
  ])
$$;
COMMENT ON FUNCTION event_types() IS 'Kinds of events that happen here, of which a rule of notifications may tell.';

CREATE OR REPLACE FUNCTION build_of_event(p_event outbox_events) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT CASE WHEN p_event.subject_type = 'builds' THEN p_event.subject_id WHEN jsonb_typeof(p_event.payload -> 'build_id') = 'number' THEN (p_event.payload ->> 'build_id')::bigint END $$;
COMMENT ON FUNCTION build_of_event(outbox_events) IS 'The build an event is about, from its subject or its payload; null for none.';

CREATE OR REPLACE FUNCTION digest_time(p_frequency text, p_at timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- The plant's full hour, its morning at seven, its Monday morning at seven; always after the instant given.
  SELECT CASE p_frequency
           WHEN 'HOURLY' THEN date_trunc('hour', p_at) + interval '1 hour'
           WHEN 'DAILY' THEN (date_trunc('day', l.local - interval '7 hours') + interval '1 day 7 hours') AT TIME ZONE l.zone
           WHEN 'WEEKLY' THEN (date_trunc('week', l.local - interval '7 hours') + interval '7 days 7 hours') AT TIME ZONE l.zone
           ELSE p_at END
    FROM (SELECT z.zone, p_at AT TIME ZONE z.zone AS local FROM (SELECT coalesce(site_setting('time_zone') #>> '{}', 'UTC') AS zone) z) l
$$;
COMMENT ON FUNCTION digest_time(text, timestamptz) IS 'When a notification of that frequency is sent: at once, at the next full hour, at seven in the plant''s morning, or then on Monday.';

CREATE OR REPLACE FUNCTION deliver_notifications(p_limit integer DEFAULT 1000) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  event outbox_events;
  made integer := 0;
BEGIN
  PERFORM require_worker('external_system:retry'), require_limit(p_limit);
  FOR event IN
    WITH waiting AS (
      SELECT e.outbox_event_id FROM outbox_events e WHERE e.notified_at IS NULL ORDER BY e.outbox_event_id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE outbox_events e SET notified_at = clock_timestamp() FROM waiting w WHERE e.outbox_event_id = w.outbox_event_id RETURNING e.*
  LOOP
    IF EXISTS (SELECT FROM notification_rules r WHERE r.event_type = event.event_type AND r.is_active AND event.payload @> r.condition) THEN
      -- An event of which no notification can be made must not hold up all others.
      BEGIN
        made := made + notify_of_event(event);
      EXCEPTION WHEN data_exception OR integrity_constraint_violation OR raise_exception OR syntax_error_or_access_rule_violation THEN
        PERFORM raise_alert('notifications.event', 'WARNING', 'An event could not be told to anybody', jsonb_build_object('outbox_event_id', event.outbox_event_id, 'event_type', event.event_type, 'error', SQLERRM));
      END;
    END IF;
  END LOOP;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION deliver_notifications(integer) IS 'Makes notifications of waiting events by the rules, once each even if several run at once, and returns how many.';

CREATE OR REPLACE FUNCTION notify_of_event(p_event outbox_events) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made integer;
  shown bigint[];
BEGIN
  WITH subject AS (
    SELECT o.order_id, p_event.payload || jsonb_strip_nulls(jsonb_build_object('order_number', o.order_number, 'customer', c.name, 'build_number', b.build_number,
             'actor_name', coalesce((SELECT u.display_name FROM users u WHERE u.login = p_event.payload ->> 'actor'), 'TORVAN'),
             'person_name', (SELECT u.display_name FROM users u WHERE p_event.subject_type = 'users' AND u.user_id = p_event.subject_id))) AS given
      FROM (SELECT order_of_record(p_event.subject_type, p_event.subject_id, p_event.payload) AS order_id) found
      LEFT JOIN orders o USING (order_id)
      LEFT JOIN customers c USING (customer_id)
      LEFT JOIN builds b ON b.order_id = o.order_id AND b.build_id = build_of_event(p_event)),
  meant AS (
    -- One message per person: that of the most urgent rule; the channels of all.
    SELECT DISTINCT ON (u.user_id, ch.channel) u.user_id, u.language, ch.channel, r.message_key, r.is_mandatory,
           max(notification_rank(r.priority)) OVER (PARTITION BY u.user_id) AS rank, s.order_id, s.given
      FROM subject s
      JOIN notification_rules r ON r.event_type = p_event.event_type AND r.is_active AND p_event.payload @> r.condition
      CROSS JOIN LATERAL notification_recipients(r, p_event, s.order_id) AS p (user_id)
      JOIN users u ON u.user_id = p.user_id AND u.is_active AND (r.tells_actor OR u.login IS DISTINCT FROM p_event.payload ->> 'actor')
      CROSS JOIN LATERAL unnest(r.channels) AS ch (channel)
     ORDER BY u.user_id, ch.channel, notification_rank(r.priority) DESC, r.notification_rule_id),
  wanted AS (
    SELECT m.*, CASE WHEN m.rank = 3 OR m.channel = 'IN_APP' THEN 'IMMEDIATE' ELSE coalesce(w.frequency, 'IMMEDIATE') END AS frequency
      FROM meant m
      LEFT JOIN LATERAL (
        SELECT n.is_wanted, n.frequency FROM notification_preferences n
         WHERE n.user_id = m.user_id AND n.channel = m.channel AND n.event_type IN (p_event.event_type, '*') ORDER BY n.event_type = '*' LIMIT 1) w ON true
     WHERE m.is_mandatory OR coalesce(w.is_wanted, m.channel = 'IN_APP' OR (m.channel = 'EMAIL' AND site_setting('email_by_default') = 'true'))),
  written AS (
  INSERT INTO notifications (user_id, channel, dedupe_key, event_type, subject_type, subject_id, order_id, title, body, priority, frequency, state, sent_at, due_at)
  SELECT w.user_id, w.channel, 'event:' || p_event.outbox_event_id, p_event.event_type, p_event.subject_type, p_event.subject_id, w.order_id,
         message_text('notification.' || w.message_key || '.title', w.given, w.language), message_text('notification.' || w.message_key || '.body', w.given, w.language),
         (ARRAY['NORMAL', 'HIGH', 'URGENT'])[w.rank], w.frequency,
         CASE w.channel WHEN 'IN_APP' THEN 'SENT' ELSE 'PENDING' END, CASE w.channel WHEN 'IN_APP' THEN now() END, digest_time(w.frequency)
    FROM wanted w ORDER BY w.user_id, w.channel
  ON CONFLICT (dedupe_key, user_id, channel) DO NOTHING
  RETURNING notification_id, channel)
  SELECT count(*), coalesce(array_agg(w.notification_id ORDER BY w.notification_id) FILTER (WHERE w.channel = 'IN_APP'), '{}') INTO made, shown FROM written w;
  -- Whoever has a page open sees the bell ring. Nobody is told of it in turn.
  INSERT INTO outbox_events (event_type, subject_type, subject_id, payload, notified_at)
  SELECT 'notification.made', 'notifications', n, '{}', clock_timestamp() FROM unnest(shown) n;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION notify_of_event(outbox_events) IS 'Makes the notifications of one event: each person once per channel, in their language, as they prefer. Who acted is not told of it, unless a rule says so.';

CREATE OR REPLACE FUNCTION notification_rank(p_priority text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT array_position(ARRAY['NORMAL', 'HIGH', 'URGENT'], p_priority) $$;
COMMENT ON FUNCTION notification_rank(text) IS 'Order of priorities, 1 (NORMAL) to 3 (URGENT).';

CREATE OR REPLACE FUNCTION claim_notifications(p_channel text DEFAULT 'EMAIL', p_limit integer DEFAULT 500, p_lease interval DEFAULT interval '2 minutes')
RETURNS TABLE (notification_ids bigint[], user_id bigint, login text, language text, frequency text, priority text, title text, body text)
LANGUAGE plpgsql VOLATILE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
BEGIN
  PERFORM require_worker('external_system:retry');
  -- One at a time, so that no digest is torn in two.
  IF NOT pg_try_advisory_xact_lock(hashtext('torvan claim_notifications'), hashtext(upper(p_channel))) THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH due AS (
      SELECT n.notification_id FROM notifications n
       WHERE n.channel = upper(p_channel) AND n.state IN ('PENDING', 'FAILED') AND n.due_at <= now_at
       ORDER BY n.due_at, n.notification_id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED),
    taken AS (
      UPDATE notifications n SET attempts = n.attempts + 1, due_at = now_at + p_lease FROM due WHERE n.notification_id = due.notification_id RETURNING n.*)
    SELECT array_agg(t.notification_id ORDER BY t.notification_id), t.user_id, u.login, u.language, t.frequency, (ARRAY['NORMAL', 'HIGH', 'URGENT'])[max(notification_rank(t.priority))],
           CASE WHEN count(*) = 1 THEN min(t.title) ELSE message_text('notification.digest.title', jsonb_build_object('count', count(*)), u.language) END,
           CASE WHEN count(*) = 1 THEN min(t.body) ELSE string_agg('- ' || t.title || E'\n  ' || t.body, E'\n' ORDER BY notification_rank(t.priority) DESC, t.notification_id) END
      FROM taken t JOIN users u USING (user_id)
     GROUP BY t.user_id, u.login, u.language, t.frequency, CASE t.frequency WHEN 'IMMEDIATE' THEN t.notification_id END
     ORDER BY max(notification_rank(t.priority)) DESC, min(t.notification_id);
END;
$$;
COMMENT ON FUNCTION claim_notifications(text, integer, interval) IS
  'Takes what is due on a channel: single messages, and digests gathered per person. Nobody else gets them while the lease runs; send each, then record_notification_result.';

CREATE OR REPLACE FUNCTION record_notification_result(p_notification_ids bigint[], p_error text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  problem text := left(nullif(btrim(p_error), ''), 2000);
  changed integer;
BEGIN
  PERFORM require_worker('external_system:retry');
  PERFORM FROM notifications n WHERE n.notification_id = ANY (p_notification_ids) ORDER BY n.notification_id FOR NO KEY UPDATE;
  UPDATE notifications n
     SET state = CASE WHEN problem IS NULL THEN 'SENT' WHEN n.attempts >= 8 THEN 'DEAD' ELSE 'FAILED' END, sent_at = CASE WHEN problem IS NULL THEN now_at END,
         last_error = problem, due_at = CASE WHEN problem IS NULL THEN n.due_at ELSE now_at + retry_delay(n.attempts) END
   WHERE n.notification_id = ANY (p_notification_ids) AND n.state IN ('PENDING', 'FAILED');
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION record_notification_result(bigint[], text) IS 'Says that notifications were sent, or why not: they are tried again up to eight times. Returns how many changed.';

CREATE OR REPLACE FUNCTION mark_notification_read(p_notification_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE notifications SET read_at = coalesce(read_at, clock_timestamp()) WHERE notification_id = p_notification_id AND user_id = require_person('notification:read_own') AND channel = 'IN_APP';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no notification % of yours.', shown(p_notification_id) USING ERRCODE = 'TV004', COLUMN = 'notification_id', HINT = 'SELECT * FROM my_notifications() lists them.';
  END IF;
END;
$$;
COMMENT ON FUNCTION mark_notification_read(bigint) IS 'Notes that the acting person has read one of their notifications.';

CREATE OR REPLACE FUNCTION mark_all_notifications_read() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  marked integer;
BEGIN
  UPDATE notifications SET read_at = clock_timestamp() WHERE user_id = require_person('notification:read_own') AND channel = 'IN_APP' AND read_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END;
$$;
COMMENT ON FUNCTION mark_all_notifications_read() IS 'Notes that the acting person has read all their notifications; returns how many.';

CREATE OR REPLACE FUNCTION my_notifications(p_only_unread boolean DEFAULT true, p_before bigint DEFAULT NULL, p_limit integer DEFAULT 50) RETURNS SETOF notifications
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('notification:read_own');
BEGIN
  RETURN QUERY
    SELECT n.* FROM notifications n
     WHERE n.user_id = person AND n.channel = 'IN_APP' AND (n.read_at IS NULL OR NOT p_only_unread) AND n.notification_id < coalesce(p_before, 9223372036854775807)
     ORDER BY n.notification_id DESC LIMIT least(greatest(p_limit, 1), 500);
END;
$$;
COMMENT ON FUNCTION my_notifications(boolean, bigint, integer) IS 'Notifications of the acting person, the latest first; p_before: the key from which to go on.';

CREATE OR REPLACE FUNCTION set_notification_preference(p_event_type text, p_channel text, p_is_wanted boolean, p_frequency text DEFAULT 'IMMEDIATE') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('notification:read_own');
BEGIN
  IF p_event_type <> '*' AND NOT EXISTS (SELECT FROM notification_rules r WHERE r.event_type = p_event_type) THEN
    RAISE EXCEPTION 'Nobody is told of "%".', shown(p_event_type) USING ERRCODE = 'TV004', COLUMN = 'event_type', HINT = 'SELECT DISTINCT event_type FROM notification_rules lists the events, * stands for all.';
  END IF;
  INSERT INTO notification_preferences (user_id, event_type, channel, is_wanted, frequency)
  VALUES (person, p_event_type, upper(p_channel), p_is_wanted, CASE upper(p_channel) WHEN 'IN_APP' THEN 'IMMEDIATE' ELSE upper(p_frequency) END)
  ON CONFLICT (user_id, event_type, channel) DO UPDATE SET is_wanted = excluded.is_wanted, frequency = excluded.frequency;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The preference is not right: channel "%", frequency "%".', shown(p_channel), shown(p_frequency)
    USING ERRCODE = 'TV022', HINT = 'Channel IN_APP, EMAIL or WEBHOOK; wanted true or false; IMMEDIATE, HOURLY, DAILY or WEEKLY.';
END;
$$;
COMMENT ON FUNCTION set_notification_preference(text, text, boolean, text) IS 'What the acting person wants to be told by a channel and how often; * for every event without a row of its own.';

CREATE OR REPLACE FUNCTION broadcast_notification(p_title text, p_body text, p_role_codes text[] DEFAULT NULL, p_priority text DEFAULT 'NORMAL') RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('notification:broadcast');
  sending text := 'broadcast:' || gen_random_uuid();
  told integer;
BEGIN
  IF btrim(coalesce(p_title, '')) = '' OR btrim(coalesce(p_body, '')) = '' OR notification_rank(upper(p_priority)) IS NULL
     OR EXISTS (SELECT FROM unnest(p_role_codes) c WHERE c NOT IN (SELECT r.role_code FROM roles r)) THEN
    RAISE EXCEPTION 'The message is not right: title "%", priority "%", roles %.', shown(p_title), shown(p_priority), shown(p_role_codes)
      USING ERRCODE = 'TV022', HINT = 'Give title and text; NORMAL, HIGH or URGENT; roles by their codes, or none for everybody.';
  END IF;
  INSERT INTO notifications (user_id, channel, dedupe_key, event_type, subject_type, subject_id, title, body, priority, state, sent_at)
  SELECT u.user_id, 'IN_APP', sending, 'notification.broadcast', 'users', person, btrim(p_title), btrim(p_body), upper(p_priority), 'SENT', now()
    FROM users u
   WHERE u.is_active AND (to_jsonb(u) ->> 'customer_id') IS NULL
     AND EXISTS (SELECT FROM user_roles ur JOIN roles r USING (role_id) WHERE ur.user_id = u.user_id AND ur.valid_from <= now() AND (ur.valid_to IS NULL OR ur.valid_to > now())
                    AND (p_role_codes IS NULL OR r.role_code = ANY (p_role_codes)))
   ORDER BY u.user_id;
  GET DIAGNOSTICS told = ROW_COUNT;
  PERFORM emit_event('notification.broadcast', 'users', person, jsonb_build_object('title', p_title, 'recipients', told));
  RETURN told;
END;
$$;
COMMENT ON FUNCTION broadcast_notification(text, text, text[], text) IS 'Tells everybody of the plant, or those with one of some roles, something; returns how many.';
