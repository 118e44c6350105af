-- The outbox: events to the systems that want them. The business transaction only writes outbox_events; the worker does the rest.

CREATE OR REPLACE FUNCTION event_matches(p_event_type text, p_patterns text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT p_event_type = ANY (p_patterns) OR split_part(p_event_type, '.', 1) || '.*' = ANY (p_patterns) OR '*' = ANY (p_patterns) $$;
COMMENT ON FUNCTION event_matches(text, text[]) IS 'True if an event is among names, subject.* and *.';

CREATE OR REPLACE FUNCTION record_image(p_table text, p_key bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  key_column text := (
    SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = to_regclass(format('public.%I', p_table)) AND i.indisprimary AND i.indnkeyatts = 1 AND a.atttypid = 'bigint'::regtype);
  image jsonb;
BEGIN
  IF key_column IS NOT NULL THEN
    EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE t.%I = $1', p_table, key_column) INTO image USING p_key;
  END IF;
  RETURN image;
END;
$$;
COMMENT ON FUNCTION record_image(text, bigint) IS 'A record of any table with a single key as JSON, or null.';

CREATE OR REPLACE FUNCTION order_of_record(p_subject_type text, p_subject_id bigint, p_payload jsonb) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  image jsonb := p_payload;
BEGIN
  IF p_subject_type = 'orders' THEN
    RETURN p_subject_id;
  END IF;
  IF p_subject_type = 'builds' THEN
    image := image || jsonb_build_object('build_id', p_subject_id);
  ELSIF NOT (coalesce(jsonb_typeof(image -> 'order_id'), '') = 'number' OR coalesce(jsonb_typeof(image -> 'build_id'), '') = 'number') THEN
    image := coalesce(record_image(p_subject_type, p_subject_id), '{}');
  END IF;
  IF jsonb_typeof(image -> 'order_id') = 'number' THEN
    RETURN (SELECT o.order_id FROM orders o WHERE o.order_id = (image -> 'order_id')::bigint);
  END IF;
  RETURN (SELECT b.order_id FROM builds b WHERE jsonb_typeof(image -> 'build_id') = 'number' AND b.build_id = (image -> 'build_id')::bigint);
END;
$$;
COMMENT ON FUNCTION order_of_record(text, bigint, jsonb) IS 'The order an event is about: from its subject, its payload (order_id, build_id), or these columns of its subject; null for none.';

CREATE OR REPLACE FUNCTION process_outbox(p_limit integer DEFAULT 1000) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  taken bigint[];
  made integer;
BEGIN
  PERFORM require_worker('external_system:retry'), require_limit(p_limit);
  -- One at a time, so that each system's deliveries are made in the order of the events.
  IF NOT pg_try_advisory_xact_lock(hashtext('torvan process_outbox')) THEN
    RETURN 0;
  END IF;
  SELECT array_agg(w.outbox_event_id) INTO taken
    FROM (SELECT e.outbox_event_id FROM outbox_events e WHERE e.processed_at IS NULL ORDER BY e.outbox_event_id LIMIT p_limit) w;
  IF taken IS NULL THEN
    RETURN 0;
  END IF;
  INSERT INTO outbox_deliveries (outbox_event_id, external_system_id, subject_type, subject_id, attempt_limit)
  SELECT e.outbox_event_id, s.external_system_id, e.subject_type, e.subject_id, s.max_attempts
    FROM outbox_events e
    JOIN external_systems s ON s.is_active AND s.direction <> 'IN' AND event_matches(e.event_type, s.event_types)
    LEFT JOIN webhook_endpoints w ON w.external_system_id = s.external_system_id
   -- The bell of somebody's page is no matter of other systems.
   WHERE e.outbox_event_id = ANY (taken) AND w.disabled_at IS NULL AND e.event_type <> 'notification.made'
     AND (w.customer_id IS NULL OR w.customer_id = (SELECT o.customer_id FROM orders o WHERE o.order_id = order_of_record(e.subject_type, e.subject_id, e.payload)))
   ORDER BY e.outbox_event_id, s.external_system_id
  ON CONFLICT (outbox_event_id, external_system_id) DO NOTHING;
  GET DIAGNOSTICS made = ROW_COUNT;
  -- Under the lock, which is held until this is committed: places are seen in their order.
  UPDATE outbox_events e SET processed_at = clock_timestamp(), stream_position = coalesce(e.stream_position, placed.position)
    FROM (SELECT t.outbox_event_id, nextval('outbox_stream_positions') AS position FROM unnest(taken) WITH ORDINALITY AS t (outbox_event_id, n) ORDER BY t.n) placed
   WHERE e.outbox_event_id = placed.outbox_event_id;
  PERFORM pg_notify('torvan_events', '');
  IF made > 0 THEN
    PERFORM pg_notify('torvan_outbox', made::text);
  END IF;
  RETURN cardinality(taken);
END;
$$;
COMMENT ON FUNCTION process_outbox(integer) IS
  'Makes a delivery of each waiting event for each active system that wants it, gives each its place in the stream of events, and returns how many it took. Two at once are harmless: the second does nothing. '
  'Notifies torvan_events, and torvan_outbox if deliveries were made.';

CREATE OR REPLACE FUNCTION claim_deliveries(p_system_code text, p_limit integer DEFAULT 20, p_lease interval DEFAULT interval '2 minutes')
RETURNS TABLE (outbox_delivery_id bigint, attempt integer, message_id uuid, event_type text, subject_type text, subject_id bigint, payload jsonb, happened_at timestamptz, external_id text)
LANGUAGE plpgsql VOLATILE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  now_at timestamptz := clock_timestamp();
  is_probe boolean := EXISTS (SELECT FROM external_system_health h WHERE h.external_system_id = system.external_system_id AND h.circuit_state <> 'CLOSED');
BEGIN
  PERFORM require_worker('external_system:retry');
  IF p_lease NOT BETWEEN interval '1 second' AND interval '4 minutes' OR p_limit NOT BETWEEN 1 AND 1000 THEN
    RAISE EXCEPTION 'The lease is %, the limit %.', shown(p_lease), shown(p_limit) USING ERRCODE = 'TV022', HINT = 'Lease from one second to four minutes, limit from 1 to 1000.';
  END IF;
  IF is_probe THEN
    UPDATE external_system_health h SET circuit_state = 'HALF_OPEN', retry_at = now_at + p_lease
     WHERE h.external_system_id = system.external_system_id AND h.circuit_state <> 'CLOSED' AND h.retry_at <= now_at;
  END IF;
  IF NOT system.is_active OR (is_probe AND NOT FOUND) THEN
    RETURN;
  END IF;
  RETURN QUERY
    WITH due AS (
      SELECT d.outbox_delivery_id FROM outbox_deliveries d
       WHERE d.external_system_id = system.external_system_id AND d.state IN ('PENDING', 'FAILED')
         AND (d.next_attempt_at <= now_at OR (is_probe AND d.next_attempt_at > now_at + interval '5 minutes'))
         AND NOT (system.keeps_order AND EXISTS (
               SELECT FROM outbox_deliveries e
                WHERE e.external_system_id = d.external_system_id AND e.state IN ('PENDING', 'FAILED')
                  AND e.subject_type = d.subject_type AND e.subject_id = d.subject_id AND e.outbox_event_id < d.outbox_event_id))
       ORDER BY d.next_attempt_at, d.outbox_delivery_id
       LIMIT CASE WHEN is_probe THEN 1 ELSE p_limit END
       FOR NO KEY UPDATE SKIP LOCKED),
    taken AS (
      -- A probe of a system that is down does not use up an attempt; a delivery that killed its workers too often is given up.
      UPDATE outbox_deliveries d
         SET attempts = d.attempts + 1, attempt_limit = d.attempt_limit + is_probe::integer, next_attempt_at = now_at + p_lease,
             state = CASE WHEN d.attempts >= d.attempt_limit AND NOT is_probe THEN 'DEAD' ELSE d.state END,
             finished_at = CASE WHEN d.attempts >= d.attempt_limit AND NOT is_probe THEN now_at END,
             last_error = CASE WHEN d.attempts >= d.attempt_limit AND NOT is_probe THEN coalesce(d.last_error, 'no worker ever came back with a result') ELSE d.last_error END
        FROM due WHERE d.outbox_delivery_id = due.outbox_delivery_id RETURNING d.*)
    SELECT t.outbox_delivery_id, t.attempts, t.message_id, e.event_type, t.subject_type, t.subject_id, e.payload, e.created_at, x.external_id
      FROM taken t
      JOIN outbox_events e ON e.outbox_event_id = t.outbox_event_id
      LEFT JOIN external_ids x ON x.external_system_id = t.external_system_id AND x.table_name = t.subject_type AND x.internal_id = t.subject_id
     WHERE t.state <> 'DEAD'
     ORDER BY t.outbox_event_id;
END;
$$;
COMMENT ON FUNCTION claim_deliveries(text, integer, interval) IS
  'Takes deliveries for a system that are due; nobody else gets them while the lease runs. Send each, then record_delivery_result. A worker that dies leaves them to the next one.';

CREATE OR REPLACE FUNCTION record_delivery_result(
  p_outbox_delivery_id bigint, p_attempt integer, p_status integer DEFAULT NULL, p_error text DEFAULT NULL, p_external_id text DEFAULT NULL, p_details jsonb DEFAULT '{}'
) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  delivery outbox_deliveries;
  problem text := coalesce(nullif(btrim(p_error), ''), CASE WHEN p_status NOT BETWEEN 200 AND 299 THEN 'answer ' || p_status END);
BEGIN
  PERFORM require_worker('external_system:retry');
  SELECT * INTO delivery FROM outbox_deliveries d WHERE d.outbox_delivery_id = p_outbox_delivery_id FOR NO KEY UPDATE;
  IF delivery.outbox_delivery_id IS NULL THEN
    RAISE EXCEPTION 'There is no delivery %.', shown(p_outbox_delivery_id) USING ERRCODE = 'TV004', COLUMN = 'outbox_delivery_id', HINT = 'SELECT * FROM outbox_deliveries lists them.';
  END IF;
  IF p_attempt IS NULL OR p_attempt NOT BETWEEN 1 AND delivery.attempts THEN
    RAISE EXCEPTION 'Delivery % had % attempt(s), not %.', shown(p_outbox_delivery_id), delivery.attempts, coalesce(p_attempt, 0) USING ERRCODE = 'TV022', HINT = 'Give the attempt that claim_deliveries returned.';
  END IF;
  INSERT INTO sync_log (external_system_id, object_code, direction, outbox_delivery_id, external_id, state, attempt, started_at, finished_at, request_sha256, request_bytes,
                        response_code, response_sha256, response_bytes, records, error, correlation_id)
  SELECT delivery.external_system_id, e.event_type, 'OUT', delivery.outbox_delivery_id, p_external_id, CASE WHEN problem IS NULL THEN 'DONE' ELSE 'FAILED' END, p_attempt,
         coalesce((p_details ->> 'started_at')::timestamptz, now_at), now_at, p_details ->> 'request_sha256', (p_details ->> 'request_bytes')::bigint,
         p_status, p_details ->> 'response_sha256', (p_details ->> 'response_bytes')::bigint, 1, problem, p_details ->> 'correlation_id'
    FROM outbox_events e WHERE e.outbox_event_id = delivery.outbox_event_id
  ON CONFLICT (outbox_delivery_id, attempt) WHERE outbox_delivery_id IS NOT NULL DO NOTHING;
  IF NOT FOUND THEN
    RETURN delivery.state;
  END IF;
  IF problem IS NULL THEN
    RETURN settle_delivery(delivery, p_external_id);
  END IF;
  -- The word of a worker whose lease was over counts only when it is good news.
  IF delivery.state IN ('DONE', 'DEAD') OR p_attempt < delivery.attempts THEN
    RETURN delivery.state;
  END IF;
  IF p_status = 410 THEN
    RETURN disable_gone_system(delivery);
  END IF;
  -- A refusal of this one message says nothing against the system.
  IF coalesce(p_status, 500) >= 500 OR p_status IN (408, 429) OR p_status BETWEEN 300 AND 399 THEN
    PERFORM note_exchange(delivery.external_system_id, problem);
  END IF;
  RETURN fail_delivery(delivery, problem, make_interval(secs => least(coalesce((p_details ->> 'retry_after')::integer, 0), 86400)));
END;
$$;
COMMENT ON FUNCTION record_delivery_result(bigint, integer, integer, text, text, jsonb) IS
  'Says how an attempt went: 2xx (or neither status nor error) is success, 410 switches the receiver off, all else, redirects too, is tried again after a growing wait. '
  'p_details: started_at, request_sha256, request_bytes, response_sha256, response_bytes, correlation_id, retry_after (seconds). Returns the state; saying it twice changes nothing.';

CREATE OR REPLACE FUNCTION settle_delivery(p_delivery outbox_deliveries, p_external_id text) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE outbox_deliveries SET state = 'DONE', finished_at = clock_timestamp(), last_error = NULL WHERE outbox_delivery_id = p_delivery.outbox_delivery_id AND state <> 'DONE';
  IF p_external_id IS NOT NULL THEN
    PERFORM link_external_id(s.system_code, p_delivery.subject_type, p_delivery.subject_id, p_external_id) FROM external_systems s WHERE s.external_system_id = p_delivery.external_system_id;
  END IF;
  PERFORM note_exchange(p_delivery.external_system_id, NULL);
  RETURN 'DONE';
END;
$$;
COMMENT ON FUNCTION settle_delivery(outbox_deliveries, text) IS 'A delivery arrived.';

CREATE OR REPLACE FUNCTION fail_delivery(p_delivery outbox_deliveries, p_error text, p_at_least interval) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  is_dead boolean := p_delivery.attempts >= p_delivery.attempt_limit OR p_delivery.created_at < now_at - interval '7 days';
  code text := (SELECT s.system_code FROM external_systems s WHERE s.external_system_id = p_delivery.external_system_id);
BEGIN
  UPDATE outbox_deliveries
     SET state = CASE WHEN is_dead THEN 'DEAD' ELSE 'FAILED' END, finished_at = CASE WHEN is_dead THEN now_at END, last_error = left(p_error, 2000),
         next_attempt_at = now_at + greatest(retry_delay(attempts), p_at_least)
   WHERE outbox_delivery_id = p_delivery.outbox_delivery_id;
  IF is_dead THEN
    PERFORM raise_alert('delivery_given_up.' || code, 'WARNING', format('A message to %s was given up', code), jsonb_build_object('outbox_delivery_id', p_delivery.outbox_delivery_id, 'error', left(p_error, 500)));
    RETURN 'DEAD';
  END IF;
  RETURN 'FAILED';
END;
$$;
COMMENT ON FUNCTION fail_delivery(outbox_deliveries, text, interval) IS 'A delivery failed: it waits for its next attempt, or is given up after its last one or seven days.';

CREATE OR REPLACE FUNCTION disable_gone_system(p_delivery outbox_deliveries) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  code text := (SELECT s.system_code FROM external_systems s WHERE s.external_system_id = p_delivery.external_system_id);
BEGIN
  UPDATE external_systems SET is_active = false WHERE external_system_id = p_delivery.external_system_id;
  UPDATE webhook_endpoints SET disabled_at = clock_timestamp(), disabled_reason = 'it answered 410 (gone)' WHERE external_system_id = p_delivery.external_system_id AND disabled_at IS NULL;
  UPDATE outbox_deliveries SET state = 'DEAD', finished_at = clock_timestamp(), last_error = 'answer 410: the receiver is gone'
   WHERE outbox_delivery_id IN (SELECT d.outbox_delivery_id FROM outbox_deliveries d WHERE d.external_system_id = p_delivery.external_system_id AND d.state IN ('PENDING', 'FAILED')
                                 ORDER BY d.outbox_delivery_id FOR NO KEY UPDATE SKIP LOCKED);
  PERFORM raise_alert('external_system.' || code, 'WARNING', format('%s is gone and was switched off', code), jsonb_build_object('answer', 410));
  RETURN 'DEAD';
END;
$$;
COMMENT ON FUNCTION disable_gone_system(outbox_deliveries) IS 'The receiver said that it is gone: it is switched off, and what waited for it is given up.';

CREATE OR REPLACE FUNCTION replay_delivery(p_outbox_delivery_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  delivery outbox_deliveries;
  system external_systems;
BEGIN
  PERFORM require_person('external_system:retry'), require_reason(p_reason);
  SELECT * INTO delivery FROM outbox_deliveries d WHERE d.outbox_delivery_id = p_outbox_delivery_id FOR NO KEY UPDATE;
  SELECT * INTO system FROM external_systems s WHERE s.external_system_id = delivery.external_system_id;
  IF delivery.outbox_delivery_id IS NULL OR NOT system.is_active THEN
    RAISE EXCEPTION 'Delivery % cannot be sent again.', shown(p_outbox_delivery_id) USING ERRCODE = CASE WHEN delivery.outbox_delivery_id IS NULL THEN 'TV004' ELSE 'TV009' END,
      HINT = 'Name a delivery of outbox_deliveries whose system is switched on.';
  END IF;
  UPDATE outbox_deliveries SET state = 'PENDING', finished_at = NULL, next_attempt_at = clock_timestamp(), attempt_limit = attempts + system.max_attempts, created_at = clock_timestamp()
   WHERE outbox_delivery_id = p_outbox_delivery_id;
  IF NOT EXISTS (SELECT FROM outbox_deliveries d WHERE d.external_system_id = system.external_system_id AND d.state = 'DEAD') THEN
    PERFORM resolve_alert('delivery_given_up.' || system.system_code);
  END IF;
  PERFORM emit_event('external_system.delivery_replayed', 'external_systems', system.external_system_id, jsonb_build_object('outbox_delivery_id', p_outbox_delivery_id, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION replay_delivery(bigint, text) IS 'Sends a delivery again, whatever became of it: same message identity, so that the receiver can tell; with a reason, by an Administrator.';
