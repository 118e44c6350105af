-- Exchange: runs of a connector, messages that come in, records known on both sides, and receivers of webhooks.

CREATE OR REPLACE FUNCTION begin_sync(p_system_code text, p_object_code text, p_direction text, p_correlation_id text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  made bigint;
BEGIN
  PERFORM require_worker('external_system:retry');
  IF NOT system.is_active THEN
    RAISE EXCEPTION 'System % is switched off.', system.system_code USING ERRCODE = 'TV009', HINT = 'activate_external_system switches it on.';
  END IF;
  IF NOT EXISTS (SELECT FROM external_system_objects o WHERE o.system_kind = system.system_kind AND o.object_code = p_object_code AND o.direction IN (p_direction, 'BOTH')) THEN
    RAISE EXCEPTION 'System % does not exchange % in the direction %.', system.system_code, shown(p_object_code), shown(p_direction)
      USING ERRCODE = 'TV022', HINT = 'SELECT object_code, direction FROM external_system_objects WHERE system_kind = ''' || system.system_kind || ''' lists what it does.';
  END IF;
  INSERT INTO sync_log (external_system_id, object_code, direction, correlation_id) VALUES (system.external_system_id, p_object_code, p_direction, p_correlation_id)
  RETURNING sync_log_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION begin_sync(text, text, text, text) IS 'Begins a run of a connector (a poll, an import, an export of files) and returns the key of its row in sync_log.';

CREATE OR REPLACE FUNCTION finish_sync(p_sync_log_id bigint, p_records integer, p_error text DEFAULT NULL, p_details jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  problem text := nullif(btrim(p_error), '');
  done sync_log;
BEGIN
  PERFORM require_worker('external_system:retry');
  UPDATE sync_log SET state = CASE WHEN problem IS NULL THEN 'DONE' ELSE 'FAILED' END, finished_at = clock_timestamp(), records = p_records, error = problem,
         external_id = p_details ->> 'external_id', request_sha256 = p_details ->> 'request_sha256', request_bytes = (p_details ->> 'request_bytes')::bigint,
         response_code = (p_details ->> 'response_code')::integer, response_sha256 = p_details ->> 'response_sha256', response_bytes = (p_details ->> 'response_bytes')::bigint
   WHERE sync_log_id = p_sync_log_id AND state = 'RUNNING' RETURNING * INTO done;
  IF done.sync_log_id IS NULL THEN
    RAISE EXCEPTION 'There is no run % under way.', shown(p_sync_log_id) USING ERRCODE = 'TV004', COLUMN = 'sync_log_id', HINT = 'SELECT * FROM sync_log WHERE state = ''RUNNING'' lists them.';
  END IF;
  PERFORM note_exchange(done.external_system_id, problem);
END;
$$;
COMMENT ON FUNCTION finish_sync(bigint, integer, text, jsonb) IS 'Ends a run of a connector with its number of records, or with what went wrong.';

CREATE OR REPLACE FUNCTION link_external_id(p_system_code text, p_table text, p_internal_id bigint, p_external_id text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  known external_ids;
BEGIN
  PERFORM require_worker('external_system:update');
  IF record_image(p_table, p_internal_id) IS NULL OR btrim(coalesce(p_external_id, '')) = '' THEN
    RAISE EXCEPTION 'There is no record % of %, or its identity in % is missing.', shown(p_internal_id), shown(p_table), system.system_code USING ERRCODE = 'TV004', HINT = 'Name a table, a key in it and the identity in the other system.';
  END IF;
  INSERT INTO external_ids (external_system_id, table_name, internal_id, external_id) VALUES (system.external_system_id, p_table, p_internal_id, btrim(p_external_id)) ON CONFLICT DO NOTHING;
  SELECT * INTO known FROM external_ids x
   WHERE x.external_system_id = system.external_system_id AND x.table_name = p_table AND (x.internal_id = p_internal_id OR x.external_id = btrim(p_external_id))
     AND (x.internal_id, x.external_id) <> (p_internal_id, btrim(p_external_id)) LIMIT 1;
  IF known.external_id IS NOT NULL THEN
    RAISE EXCEPTION 'Record % of % is not % in %: % is known as %.', shown(p_internal_id), shown(p_table), shown(p_external_id), system.system_code, known.internal_id, known.external_id
      USING ERRCODE = 'TV009', HINT = 'Find out which of the two is right; an Administrator removes the other with unlink_external_id.';
  END IF;
END;
$$;
COMMENT ON FUNCTION link_external_id(text, text, bigint, text) IS 'Notes that a record here and one in another system are the same. Saying it again changes nothing; saying otherwise is refused.';

CREATE OR REPLACE FUNCTION unlink_external_id(p_system_code text, p_table text, p_internal_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
BEGIN
  PERFORM require_person('external_system:update'), require_reason(p_reason);
  DELETE FROM external_ids WHERE external_system_id = system.external_system_id AND table_name = p_table AND internal_id = p_internal_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Record % of % is not known in %.', shown(p_internal_id), shown(p_table), system.system_code USING ERRCODE = 'TV004', HINT = 'There is nothing to undo.';
  END IF;
END;
$$;
COMMENT ON FUNCTION unlink_external_id(text, text, bigint, text) IS 'Takes back what link_external_id noted, with a reason.';

CREATE OR REPLACE FUNCTION receive_message(p_system_code text, p_message_id text, p_sent_at timestamptz, p_object_code text, p_body text)
RETURNS TABLE (inbound_message_id bigint, is_new boolean, state text)
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  hash text := encode(sha256(convert_to(p_body, 'UTF8')), 'hex');
  known inbound_messages;
BEGIN
  PERFORM require_worker('external_system:retry');
  IF NOT system.is_active OR system.direction = 'OUT' THEN
    RAISE EXCEPTION 'Nothing is taken from %.', system.system_code USING ERRCODE = 'TV009', HINT = 'It must be switched on, with the direction IN or BOTH.';
  END IF;
  IF p_message_id IS NULL OR length(p_message_id) NOT BETWEEN 1 AND 200 OR p_body IS NULL OR octet_length(p_body) > 26214400 THEN
    RAISE EXCEPTION 'The message has no identity of 1 to 200 characters, or no body of at most 25 MiB.' USING ERRCODE = 'TV022', HINT = 'The sender has to mend it.';
  END IF;
  IF p_sent_at IS NULL OR p_sent_at NOT BETWEEN clock_timestamp() - interval '5 minutes' AND clock_timestamp() + interval '5 minutes' THEN
    RAISE EXCEPTION 'Message % of % was sent at %: more than five minutes from now.', shown(p_message_id), system.system_code, shown(p_sent_at)
      USING ERRCODE = 'TV022', HINT = 'Sign and send it again; compare the clocks of both sides.';
  END IF;
  INSERT INTO inbound_messages AS m (external_system_id, message_id, object_code, sent_at, body_sha256, body_bytes, payload)
  VALUES (system.external_system_id, p_message_id, p_object_code, p_sent_at, hash, octet_length(p_body), json_or_text(p_body))
  ON CONFLICT ON CONSTRAINT inbound_messages_external_system_id_message_id_key DO UPDATE SET times_received = m.times_received + 1
  RETURNING m.* INTO known;
  IF known.body_sha256 <> hash THEN
    RAISE EXCEPTION 'Message % of % came before with another body.', shown(p_message_id), system.system_code USING ERRCODE = 'TV009', HINT = 'A new message needs a new identity.';
  END IF;
  RETURN QUERY SELECT known.inbound_message_id, known.times_received = 1, known.state;
END;
$$;
COMMENT ON FUNCTION receive_message(text, text, timestamptz, text, text) IS
  'Takes a message whose signature the server has checked: once, however often it comes. Stale ones (five minutes) and the same identity with another body are refused.';

CREATE OR REPLACE FUNCTION json_or_text(p_body text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN p_body::jsonb;
EXCEPTION WHEN data_exception OR statement_too_complex THEN
  RETURN to_jsonb(p_body);
END;
$$;
COMMENT ON FUNCTION json_or_text(text) IS 'A text as JSON: as it reads, or as one string where it is no JSON.';

CREATE OR REPLACE FUNCTION claim_inbound_messages(p_system_code text, p_limit integer DEFAULT 20, p_lease interval DEFAULT interval '2 minutes') RETURNS SETOF inbound_messages
LANGUAGE plpgsql VOLATILE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  now_at timestamptz := clock_timestamp();
BEGIN
  PERFORM require_worker('external_system:retry');
  RETURN QUERY
    WITH due AS (
      SELECT m.inbound_message_id FROM inbound_messages m
       WHERE m.external_system_id = system.external_system_id AND m.state IN ('RECEIVED', 'FAILED') AND m.next_attempt_at <= now_at
       ORDER BY m.next_attempt_at, m.inbound_message_id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE inbound_messages m SET attempts = m.attempts + 1, next_attempt_at = now_at + p_lease FROM due WHERE m.inbound_message_id = due.inbound_message_id RETURNING m.*;
END;
$$;
COMMENT ON FUNCTION claim_inbound_messages(text, integer, interval) IS 'Takes messages that wait to be handled; nobody else gets them while the lease runs. Handle each, then finish_inbound_message in the same transaction.';

CREATE OR REPLACE FUNCTION finish_inbound_message(p_inbound_message_id bigint, p_records integer DEFAULT 1, p_error text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  problem text := nullif(btrim(p_error), '');
  message inbound_messages;
BEGIN
  PERFORM require_worker('external_system:retry');
  SELECT * INTO message FROM inbound_messages m WHERE m.inbound_message_id = p_inbound_message_id FOR NO KEY UPDATE;
  IF message.inbound_message_id IS NULL OR message.attempts = 0 THEN
    RAISE EXCEPTION 'Message % is not being handled.', shown(p_inbound_message_id) USING ERRCODE = 'TV004', COLUMN = 'inbound_message_id', HINT = 'Take it with claim_inbound_messages first.';
  END IF;
  -- Its effects must not happen twice: who comes late with a success rolls back.
  IF message.state IN ('DONE', 'DEAD') THEN
    RAISE EXCEPTION 'Message % was handled by another worker.', shown(p_inbound_message_id) USING ERRCODE = 'TV009', HINT = 'Roll back what was done for it.';
  END IF;
  INSERT INTO sync_log (external_system_id, object_code, direction, inbound_message_id, external_id, state, attempt, finished_at, request_sha256, request_bytes, records, error)
  VALUES (message.external_system_id, message.object_code, 'IN', message.inbound_message_id, message.message_id, CASE WHEN problem IS NULL THEN 'DONE' ELSE 'FAILED' END, message.attempts, now_at,
          message.body_sha256, message.body_bytes, p_records, problem);
  UPDATE inbound_messages m
     SET state = CASE WHEN problem IS NULL THEN 'DONE' WHEN message.attempts >= 10 THEN 'DEAD' ELSE 'FAILED' END,
         finished_at = CASE WHEN problem IS NULL OR message.attempts >= 10 THEN now_at END, last_error = left(problem, 2000), next_attempt_at = now_at + retry_delay(message.attempts)
   WHERE m.inbound_message_id = p_inbound_message_id RETURNING m.* INTO message;
  IF message.state = 'DEAD' THEN
    PERFORM raise_alert('message_given_up.' || s.system_code, 'WARNING', format('A message of %s was given up', s.system_code), jsonb_build_object('inbound_message_id', message.inbound_message_id, 'error', left(problem, 500)))
       FROM external_systems s WHERE s.external_system_id = message.external_system_id;
  END IF;
  RETURN message.state;
END;
$$;
COMMENT ON FUNCTION finish_inbound_message(bigint, integer, text) IS 'Ends the handling of a message: done, or to be tried again, up to ten times. Returns its state.';

CREATE OR REPLACE FUNCTION create_webhook_endpoint(p_code text, p_name text, p_url text, p_event_types text[], p_customer_code text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system bigint;
  buyer customers;
  made bigint;
BEGIN
  PERFORM require_permission('external_system:update');
  IF EXISTS (SELECT FROM external_systems s WHERE s.system_code = upper(btrim(p_code))) THEN
    RAISE EXCEPTION 'There is a system % already.', shown(upper(btrim(p_code))) USING ERRCODE = 'TV009', HINT = 'Choose another code.';
  END IF;
  IF p_customer_code IS NOT NULL THEN
    SELECT * INTO buyer FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code));
    IF buyer.customer_id IS NULL THEN
      RAISE EXCEPTION 'There is no customer "%".', shown(p_customer_code) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'Correct the code, or leave it out for a receiver of the plant''s own.';
    END IF;
  END IF;
  system := save_external_system(p_code, 'WEBHOOK', p_name, p_url, 'OUT', '{}', p_event_types);
  INSERT INTO webhook_endpoints (external_system_id, customer_id) VALUES (system, buyer.customer_id) RETURNING webhook_endpoint_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION create_webhook_endpoint(text, text, text, text[], text) IS
  'Makes a receiver of webhooks, switched off, and returns its key; make its secret with renew_webhook_secret, then activate_external_system. With a customer it hears of that customer''s orders only.';

CREATE OR REPLACE FUNCTION rotate_webhook_secret(p_webhook_endpoint_id bigint, p_secret bytea, p_overlap interval DEFAULT interval '24 hours') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('external_system:update'), require_ciphertext(p_secret);
  IF p_secret IS NULL OR p_overlap NOT BETWEEN interval '0' AND interval '30 days' THEN
    RAISE EXCEPTION 'The new secret is missing, or the overlap of % is not between nothing and 30 days.', shown(p_overlap) USING ERRCODE = 'TV022', COLUMN = 'overlap', HINT = 'Give the ciphertext of the new secret.';
  END IF;
  UPDATE webhook_endpoints w
     SET previous_secret = CASE WHEN p_overlap > interval '0' THEN w.secret END, previous_valid_until = CASE WHEN p_overlap > interval '0' AND w.secret IS NOT NULL THEN clock_timestamp() + p_overlap END,
         secret = p_secret, rotated_at = clock_timestamp()
   WHERE w.webhook_endpoint_id = p_webhook_endpoint_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no webhook endpoint %.', shown(p_webhook_endpoint_id) USING ERRCODE = 'TV004', COLUMN = 'webhook_endpoint_id', HINT = 'SELECT * FROM webhook_endpoints lists them.';
  END IF;
END;
$$;
COMMENT ON FUNCTION rotate_webhook_secret(bigint, bytea, interval) IS 'Gives a receiver a new secret (ciphertext); for a while messages are signed with the old one as well, so that none is refused.';

CREATE OR REPLACE FUNCTION renew_webhook_secret(p_system_code text, p_overlap_hours integer DEFAULT 24) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  made text := 'whsec_' || encode(gen_random_bytes(32), 'base64');
  endpoint_id bigint;
BEGIN
  PERFORM require_permission('external_system:update'), require_step_up();
  IF system.system_kind <> 'WEBHOOK' THEN
    RAISE EXCEPTION 'System % is no receiver of webhooks.', system.system_code USING ERRCODE = 'TV009', COLUMN = 'system_code', HINT = 'give_system_credentials gives it credentials.';
  END IF;
  IF p_overlap_hours IS NULL OR p_overlap_hours NOT BETWEEN 0 AND 720 THEN
    RAISE EXCEPTION 'The overlap of % hours is not between 0 and 720.', shown(p_overlap_hours) USING ERRCODE = 'TV022', COLUMN = 'overlap_hours', HINT = 'For so long messages are signed with the old secret as well.';
  END IF;
  INSERT INTO webhook_endpoints (external_system_id) VALUES (system.external_system_id) ON CONFLICT (external_system_id) DO NOTHING;
  SELECT w.webhook_endpoint_id INTO endpoint_id FROM webhook_endpoints w WHERE w.external_system_id = system.external_system_id FOR NO KEY UPDATE;
  PERFORM rotate_webhook_secret(endpoint_id, encrypt_value(made, encryption_context('webhook_endpoints', 'secret', endpoint_id::text)), make_interval(hours => p_overlap_hours));
  PERFORM emit_event('external_system.secret_renewed', 'external_systems', system.external_system_id, jsonb_build_object('overlap_hours', p_overlap_hours));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION renew_webhook_secret(text, integer) IS
  'Makes a secret of 32 random bytes for a receiver of webhooks and returns it, once: whsec_ and the bytes in Base64 (Standard Webhooks 1.0.0). For p_overlap_hours '
  'messages are signed with the old one as well. Needs the encryption keys.';

CREATE OR REPLACE FUNCTION webhook_secrets(p_webhook_endpoint_id bigint) RETURNS TABLE (is_current boolean, secret bytea)
LANGUAGE plpgsql STABLE ROWS 2
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('external_system:update');
  RETURN QUERY
    SELECT true, w.secret FROM webhook_endpoints w WHERE w.webhook_endpoint_id = p_webhook_endpoint_id AND w.secret IS NOT NULL AND w.disabled_at IS NULL
    UNION ALL
    SELECT false, w.previous_secret FROM webhook_endpoints w WHERE w.webhook_endpoint_id = p_webhook_endpoint_id AND w.previous_valid_until > clock_timestamp() AND w.disabled_at IS NULL;
END;
$$;
COMMENT ON FUNCTION webhook_secrets(bigint) IS 'The ciphertexts of the secrets to sign with now: one, or two during a rotation.';

CREATE OR REPLACE FUNCTION webhook_signature(p_message_id text, p_timestamp bigint, p_body text, p_secret bytea) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT 'v1,' || encode(hmac(convert_to(p_message_id || '.' || p_timestamp || '.' || p_body, 'UTF8'), p_secret, 'sha256'), 'base64') $$;
COMMENT ON FUNCTION webhook_signature(text, bigint, text, bytea) IS 'The signature of a message (Standard Webhooks 1.0.0, symmetric); time in seconds since 1970, the secret as bytes. To compare with what a receiver computes.';

CREATE OR REPLACE FUNCTION system_connection(p_system_code text) RETURNS TABLE (external_system_id bigint, base_url text, may_be_private boolean, credentials bytea, settings jsonb, webhook_endpoint_id bigint)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
BEGIN
  PERFORM require_worker('external_system:update');
  IF NOT system.is_active OR NOT is_allowed_url(system.base_url) THEN
    RAISE EXCEPTION 'There is no connection to %.', system.system_code USING ERRCODE = 'TV009', HINT = 'It must be switched on and its host allowed.';
  END IF;
  RETURN QUERY
    SELECT system.external_system_id, system.base_url,
           coalesce((SELECT h.may_be_private FROM allowed_hosts h WHERE h.is_active AND h.target = url_target(system.base_url)), false),
           system.credentials, system.settings, (SELECT w.webhook_endpoint_id FROM webhook_endpoints w WHERE w.external_system_id = system.external_system_id);
END;
$$;
COMMENT ON FUNCTION system_connection(text) IS 'What the worker needs to connect: address, whether it may be a private one, ciphertext of the credentials, settings. Refused when switched off or no longer allowed.';
