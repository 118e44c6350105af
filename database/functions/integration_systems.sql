-- Connections to other systems: where may be connected to, what each system is, and how it does.

CREATE OR REPLACE FUNCTION require_worker(p_permission text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- The server's worker acts for nobody: its work (passing on what happened) is nobody's decision.
  IF current_user_id() IS NOT NULL THEN
    PERFORM require_permission(p_permission);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_worker(text) IS 'Lets the worker through, which acts for nobody, and of people those with the permission.';

CREATE OR REPLACE FUNCTION require_system(p_system_code text) RETURNS external_systems
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found external_systems;
BEGIN
  PERFORM require_worker('external_system:read');
  SELECT * INTO found FROM external_systems s WHERE s.system_code = upper(btrim(p_system_code));
  IF found.external_system_id IS NULL THEN
    RAISE EXCEPTION 'There is no external system "%".', shown(p_system_code) USING ERRCODE = 'TV004', COLUMN = 'system_code', HINT = 'SELECT system_code, name FROM external_systems lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_system(text) IS 'An external system by its code, or an error; for who may see them, and the worker.';

CREATE OR REPLACE FUNCTION is_allowed_url(p_url text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- A folder allows what lies below it; of a host, exactly the one with its port.
  SELECT EXISTS (
    SELECT FROM allowed_hosts h
     WHERE h.is_active AND (h.target = url_target(p_url) OR (h.target LIKE '/%' AND starts_with(url_target(p_url), h.target || '/'))))
$$;
COMMENT ON FUNCTION is_allowed_url(text) IS 'True if the address is written in the one accepted way and its host and port, or its folder, is in allowed_hosts.';

CREATE OR REPLACE FUNCTION allow_host(p_url text, p_reason text, p_may_be_private boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('external_system:update');
  made bigint;
BEGIN
  PERFORM require_reason(p_reason);
  IF url_target(p_url) IS NULL THEN
    RAISE EXCEPTION 'The address "%" cannot be allowed.', shown(p_url)
      USING ERRCODE = 'TV022', COLUMN = 'url', HINT = 'Write https://host or https://host:port in lower case, without user name, or file:///folder.';
  END IF;
  INSERT INTO allowed_hosts (target, may_be_private, reason, allowed_by) VALUES (url_target(p_url), coalesce(p_may_be_private, false), btrim(p_reason), person)
  RETURNING allowed_host_id INTO made;
  PERFORM sign('allowed_hosts', made, 'approved', p_reason);
  PERFORM emit_event('external_system.host_allowed', 'allowed_hosts', made, jsonb_build_object('target', url_target(p_url), 'may_be_private', p_may_be_private, 'reason', p_reason));
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION '% is allowed already.', url_target(p_url) USING ERRCODE = 'TV009', COLUMN = 'url', HINT = 'Withdraw it first to allow it in another way.';
END;
$$;
COMMENT ON FUNCTION allow_host(text, text, boolean) IS 'Allows connections to the host and port of an https address, or to a folder (file:///folder); signed by an Administrator. Returns its key.';

CREATE OR REPLACE FUNCTION withdraw_host(p_allowed_host_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('external_system:update');
  switched_off integer;
BEGIN
  PERFORM require_reason(p_reason);
  UPDATE allowed_hosts SET is_active = false, withdrawn_by = person, withdrawn_at = clock_timestamp(), withdrawn_reason = btrim(p_reason)
   WHERE allowed_host_id = p_allowed_host_id AND is_active;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no allowed host %.', shown(p_allowed_host_id) USING ERRCODE = 'TV004', COLUMN = 'allowed_host_id', HINT = 'SELECT * FROM allowed_hosts WHERE is_active lists them.';
  END IF;
  UPDATE external_systems SET is_active = false WHERE is_active AND NOT is_allowed_url(base_url);
  GET DIAGNOSTICS switched_off = ROW_COUNT;
  PERFORM emit_event('external_system.host_withdrawn', 'allowed_hosts', p_allowed_host_id, jsonb_build_object('reason', p_reason, 'systems_switched_off', switched_off));
  RETURN switched_off;
END;
$$;
COMMENT ON FUNCTION withdraw_host(bigint, text) IS 'Withdraws an allowed host and switches off the systems that used it; returns how many.';

CREATE OR REPLACE FUNCTION save_external_system(
  p_code text, p_kind text, p_name text, p_base_url text, p_direction text DEFAULT 'BOTH', p_settings jsonb DEFAULT '{}', p_event_types text[] DEFAULT '{}'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved bigint;
BEGIN
  PERFORM require_permission('external_system:update');
  PERFORM require_event_types(p_event_types);
  INSERT INTO external_systems (system_code, system_kind, name, base_url, direction, settings, event_types)
  VALUES (upper(btrim(p_code)), upper(p_kind), btrim(p_name), p_base_url, upper(p_direction), coalesce(p_settings, '{}'), coalesce(p_event_types, '{}'))
  ON CONFLICT (system_code) DO UPDATE
    SET name = excluded.name, base_url = excluded.base_url, direction = excluded.direction, settings = excluded.settings, event_types = excluded.event_types
  RETURNING external_system_id INTO saved;
  INSERT INTO external_system_health (external_system_id) VALUES (saved) ON CONFLICT DO NOTHING;
  RETURN saved;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'System "%" is not right: kind "%", address "%", direction "%".', shown(p_code), shown(p_kind), shown(p_base_url), shown(p_direction)
    USING ERRCODE = 'TV022', HINT = 'Code in letters, digits, _ and -; kind ERP, DOCUMENTS, SHIPPING, PORTAL, EMAIL, WEBHOOK or GENERIC; an https or file address; IN, OUT or BOTH; secrets do not belong among the settings.';
END;
$$;
COMMENT ON FUNCTION save_external_system(text, text, text, text, text, jsonb, text[]) IS
  'Makes or changes a connection and returns its key. A new one is switched off: give its credentials, then activate_external_system.';

CREATE OR REPLACE FUNCTION create_external_system(
  p_system_code text, p_system_kind text, p_name text, p_base_url text, p_direction text DEFAULT 'BOTH', p_event_types text[] DEFAULT '{}', p_settings jsonb DEFAULT '{}'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('external_system:update');
  -- Of two who choose the same code at once the second waits here, and is told.
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('external system ' || upper(btrim(p_system_code))));
  IF EXISTS (SELECT FROM external_systems s WHERE s.system_code = upper(btrim(p_system_code))) THEN
    RAISE EXCEPTION 'There is a system "%" already.', shown(p_system_code) USING ERRCODE = 'TV009', COLUMN = 'system_code', HINT = 'Choose another code, or change that one with update_external_system.';
  END IF;
  RETURN save_external_system(p_system_code, p_system_kind, p_name, p_base_url, p_direction, p_settings, p_event_types);
END;
$$;
COMMENT ON FUNCTION create_external_system(text, text, text, text, text, text[], jsonb) IS
  'Makes a connection that is not there yet and returns its key. It is switched off: give its credentials, then activate_external_system.';

CREATE OR REPLACE FUNCTION update_external_system(p_system_code text, p_changes jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
BEGIN
  PERFORM require_permission('external_system:update');
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' OR EXISTS (SELECT FROM jsonb_object_keys(p_changes) k WHERE k NOT IN ('name', 'base_url', 'direction', 'event_types', 'settings', 'keeps_order', 'max_attempts')) THEN
    RAISE EXCEPTION 'These changes of a system are not possible: %.', CASE jsonb_typeof(p_changes) WHEN 'object' THEN (SELECT string_agg(shown(k), ', ') FROM jsonb_object_keys(p_changes) k) ELSE 'no object' END USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'Change name, base_url, direction, event_types, settings, keeps_order or max_attempts.';
  END IF;
  SELECT * INTO system FROM external_systems s WHERE s.external_system_id = system.external_system_id FOR NO KEY UPDATE;
  system := jsonb_populate_record(system, p_changes);
  PERFORM require_event_types(system.event_types);
  UPDATE external_systems s SET name = btrim(system.name), base_url = system.base_url, direction = upper(system.direction), event_types = system.event_types, settings = system.settings,
         keeps_order = system.keeps_order, max_attempts = system.max_attempts,
         -- Its credentials go to no other host unless somebody says so again.
         is_active = s.is_active AND url_target(system.base_url) = url_target(s.base_url)
   WHERE s.external_system_id = system.external_system_id;
EXCEPTION WHEN check_violation OR not_null_violation OR invalid_text_representation OR numeric_value_out_of_range THEN
  -- What was typed is not shown: it may hold a secret.
  RAISE EXCEPTION 'System % cannot be changed so: %.', shown(p_system_code), (SELECT string_agg(k, ', ') FROM jsonb_object_keys(p_changes) k)
    USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'A name; an https or file address; IN, OUT or BOTH; 1 to 100 attempts; settings as an object without secrets.';
END;
$$;
COMMENT ON FUNCTION update_external_system(text, jsonb) IS 'Changes a connection: {"max_attempts": 5}. Its code and kind stay; one that moves to another host is switched off.';

CREATE OR REPLACE FUNCTION require_event_types(p_event_types text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM unnest(p_event_types) t WHERE t !~ '^(\*|[a-z_]+\.(\*|[a-z_]+))$') THEN
    RAISE EXCEPTION 'An event among % is not right.', shown(p_event_types) USING ERRCODE = 'TV022', COLUMN = 'event_types', HINT = 'Write subject.verb, subject.* or *.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_event_types(text[]) IS 'Raises TV022 for a filter of events that can match nothing.';

CREATE OR REPLACE FUNCTION set_system_credentials(p_code text, p_credentials bytea) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_code);
BEGIN
  PERFORM require_permission('external_system:update');
  PERFORM require_ciphertext(p_credentials);
  UPDATE external_systems SET credentials = p_credentials, credential_scheme = NULL, credentials_given_at = CASE WHEN p_credentials IS NOT NULL THEN clock_timestamp() END WHERE external_system_id = system.external_system_id;
END;
$$;
COMMENT ON FUNCTION set_system_credentials(text, bytea) IS
  'Stores the ciphertext of a system''s credentials (made by the server, or by encrypt_value(…, ''external_systems|credentials|KEY'')); null takes them away.';

CREATE OR REPLACE FUNCTION require_ciphertext(p_value bytea) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT looks_encrypted(p_value) THEN
    RAISE EXCEPTION 'The value is not encrypted.' USING ERRCODE = 'TV022', HINT = 'Encrypt it first; take this one for seen by others and change it at its source.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_ciphertext(bytea) IS 'Raises TV022 for a secret that seems to be in clear.';

CREATE OR REPLACE FUNCTION require_credentials(p_scheme text, p_account text, p_secret text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_scheme IS NULL OR p_scheme NOT IN ('BEARER', 'BASIC', 'HEADER', 'CLIENT', 'KEYS') THEN
    RAISE EXCEPTION 'There is no scheme of credentials "%".', shown(p_scheme) USING ERRCODE = 'TV022', COLUMN = 'scheme', HINT = 'BEARER (a token), BASIC (user and password), HEADER (name and value), CLIENT (OAuth 2.0 client and secret) or KEYS (access key and secret key).';
  END IF;
  -- What was typed is not shown: it is a secret, or stands beside one.
  IF coalesce(length(p_secret), 0) NOT BETWEEN 1 AND 4096 OR p_secret ~ '[[:cntrl:]]' THEN
    RAISE EXCEPTION 'The secret is missing, longer than 4096 characters, or has characters that cannot be sent.' USING ERRCODE = 'TV022', COLUMN = 'secret', HINT = 'Give it in one line, as the other system shows it.';
  END IF;
  IF (p_account IS NULL) <> (p_scheme = 'BEARER') OR length(p_account) > 200 OR p_account ~ '[[:cntrl:]]' THEN
    RAISE EXCEPTION 'Credentials % do not go with this account.', p_scheme USING ERRCODE = 'TV022', COLUMN = 'account', HINT = 'BEARER has none; BASIC needs the user, HEADER the name of the header, CLIENT the client, KEYS the access key.';
  END IF;
  IF p_scheme = 'HEADER' AND p_account !~ '^[A-Za-z0-9!#$%&''*+.^_`|~-]+$' OR p_scheme = 'BASIC' AND p_account ~ ':' THEN
    RAISE EXCEPTION 'This account cannot be sent by %.', p_scheme USING ERRCODE = 'TV022', COLUMN = 'account', HINT = 'The name of a header has letters, digits and -; a user of BASIC has no colon.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_credentials(text, text, text) IS 'Raises TV022 for credentials that cannot be used, without showing them.';

CREATE OR REPLACE FUNCTION give_system_credentials(p_system_code text, p_scheme text, p_secret text, p_account text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
  wanted text := upper(btrim(p_scheme));
  named text := nullif(btrim(p_account), '');
BEGIN
  PERFORM require_permission('external_system:update'), require_step_up();
  IF system.system_kind = 'WEBHOOK' THEN
    RAISE EXCEPTION 'System % is a receiver of webhooks: it has a secret to sign with, no credentials.', system.system_code USING ERRCODE = 'TV009', COLUMN = 'system_code', HINT = 'renew_webhook_secret makes it one.';
  END IF;
  PERFORM require_credentials(wanted, named, p_secret);
  UPDATE external_systems s
     SET credential_scheme = wanted, credentials_given_at = clock_timestamp(),
         credentials = encrypt_value(jsonb_build_object('scheme', wanted, 'account', named, 'secret', p_secret)::text,
                                     encryption_context('external_systems', 'credentials', s.external_system_id::text))
   WHERE s.external_system_id = system.external_system_id;
  PERFORM emit_event('external_system.credentials_given', 'external_systems', system.external_system_id, jsonb_build_object('scheme', wanted));
END;
$$;
COMMENT ON FUNCTION give_system_credentials(text, text, text, text) IS
  'Encrypts and stores the credentials of a system in place of earlier ones: BEARER (token), BASIC (account: user), HEADER (account: name of the header), '
  'CLIENT (OAuth 2.0, account: client) or KEYS (account: access key). The ciphertext is that of {"scheme", "account", "secret"}. Needs the encryption keys.';

CREATE OR REPLACE FUNCTION withdraw_system_credentials(p_system_code text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_system_code);
BEGIN
  PERFORM require_permission('external_system:update'), require_reason(p_reason);
  UPDATE external_systems s SET credentials = NULL, credential_scheme = NULL, credentials_given_at = NULL WHERE s.external_system_id = system.external_system_id AND s.credentials IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'System % has no credentials.', system.system_code USING ERRCODE = 'TV009', COLUMN = 'system_code', HINT = 'give_system_credentials gives it some.';
  END IF;
  PERFORM emit_event('external_system.credentials_withdrawn', 'external_systems', system.external_system_id, jsonb_build_object('reason', p_reason));
END;
$$;
COMMENT ON FUNCTION withdraw_system_credentials(text, text) IS 'Takes the credentials of a system away; what it is sent then goes without.';

CREATE OR REPLACE FUNCTION activate_external_system(p_code text, p_is_active boolean, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  system external_systems := require_system(p_code);
BEGIN
  PERFORM require_permission('external_system:update'), require_reason(p_reason);
  IF p_is_active AND system.system_kind = 'WEBHOOK' AND NOT EXISTS (SELECT FROM webhook_endpoints w WHERE w.external_system_id = system.external_system_id AND w.secret IS NOT NULL) THEN
    RAISE EXCEPTION 'Webhook % has no secret to sign with.', system.system_code USING ERRCODE = 'TV009', HINT = 'Give it one with renew_webhook_secret.';
  END IF;
  UPDATE external_systems SET is_active = p_is_active WHERE external_system_id = system.external_system_id;
  UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL WHERE external_system_id = system.external_system_id AND p_is_active;
  UPDATE external_system_health SET consecutive_failures = 0, circuit_state = 'CLOSED', retry_at = NULL WHERE external_system_id = system.external_system_id AND p_is_active;
  PERFORM emit_event(CASE WHEN p_is_active THEN 'external_system.activated' ELSE 'external_system.deactivated' END, 'external_systems', system.external_system_id,
    jsonb_build_object('system_code', system.system_code, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION activate_external_system(text, boolean, text) IS 'Switches a connection on or off. Events that happen while it is off are not sent to it later.';

CREATE OR REPLACE FUNCTION retry_delay(p_attempt integer, p_jitter numeric DEFAULT random()::numeric) RETURNS interval
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT make_interval(secs => (least(5 * power(4::numeric, least(p_attempt, 10) - 1), 43200) * (0.75 + 0.5 * p_jitter))::double precision)
$$;
COMMENT ON FUNCTION retry_delay(integer, numeric) IS 'Wait after a failed attempt: 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, 6 h, then 12 h, each give or take a quarter, so that many do not come at once.';

CREATE OR REPLACE FUNCTION note_exchange(p_external_system_id bigint, p_error text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  code text := (SELECT s.system_code FROM external_systems s WHERE s.external_system_id = p_external_system_id);
  health external_system_health;
BEGIN
  INSERT INTO external_system_health (external_system_id) VALUES (p_external_system_id) ON CONFLICT DO NOTHING;
  IF p_error IS NULL THEN
    -- Most successes change nothing, so that many workers do not queue at this row.
    SELECT * INTO health FROM external_system_health h WHERE h.external_system_id = p_external_system_id
       AND (h.consecutive_failures > 0 OR h.circuit_state <> 'CLOSED' OR h.last_success_at IS NULL OR h.last_success_at < now_at - interval '1 minute') FOR NO KEY UPDATE;
    IF FOUND THEN
      UPDATE external_system_health SET last_success_at = now_at, consecutive_failures = 0, circuit_state = 'CLOSED', retry_at = NULL WHERE external_system_id = p_external_system_id;
    END IF;
    IF health.circuit_state <> 'CLOSED' THEN
      PERFORM resolve_alert('external_system.' || code);
      -- What waited for the system goes now. A lease is shorter than five minutes, so that nothing under way is sent twice.
      UPDATE outbox_deliveries SET next_attempt_at = now_at
       WHERE outbox_delivery_id IN (SELECT d.outbox_delivery_id FROM outbox_deliveries d
                                     WHERE d.external_system_id = p_external_system_id AND d.state IN ('PENDING', 'FAILED') AND d.next_attempt_at > now_at + interval '5 minutes'
                                       FOR NO KEY UPDATE SKIP LOCKED);
    END IF;
    RETURN;
  END IF;
  -- Once the circuit is open, what was under way before and fails now says nothing new.
  UPDATE external_system_health h SET last_failure_at = now_at, last_error = left(p_error, 2000), consecutive_failures = h.consecutive_failures + (h.circuit_state <> 'OPEN')::integer
   WHERE h.external_system_id = p_external_system_id RETURNING * INTO health;
  IF health.circuit_state <> 'OPEN' AND health.consecutive_failures >= 5 THEN
    UPDATE external_system_health h SET circuit_state = 'OPEN', retry_at = now_at + least(retry_delay(h.consecutive_failures - 3), interval '15 minutes')
     WHERE h.external_system_id = p_external_system_id RETURNING * INTO health;
    PERFORM raise_alert('external_system.' || code, 'WARNING', format('%s does not answer', code), jsonb_build_object('failures', health.consecutive_failures, 'error', left(p_error, 500)));
  END IF;
END;
$$;
COMMENT ON FUNCTION note_exchange(bigint, text) IS
  'Keeps the health of a connection. After five failures in a row its circuit opens: one attempt at a time, after at most 15 minutes each, until one works; then all that waited goes.';
