-- Requests of people about their data: taken in, identity checked, carried out or refused, each with its clock.

CREATE OR REPLACE FUNCTION open_privacy_request(p_kind text, p_subject_id bigint, p_law text DEFAULT 'GDPR', p_received_on date DEFAULT NULL, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:request');
  law text := upper(btrim(coalesce(p_law, '')));
  received date := coalesce(p_received_on, site_today());
  made bigint;
BEGIN
  PERFORM lock_subject(p_subject_id);
  IF upper(btrim(coalesce(p_kind, ''))) NOT IN ('EXPORT', 'ERASE', 'RECTIFY', 'RESTRICT') OR law NOT IN ('GDPR', 'CCPA') OR received > site_today() THEN
    RAISE EXCEPTION 'The request is not right: %, %, received on %.', shown(p_kind), shown(p_law), received
      USING ERRCODE = 'TV022', HINT = 'Kinds: EXPORT, ERASE, RECTIFY, RESTRICT; laws: GDPR, CCPA; it came today or earlier.';
  ELSIF EXISTS (SELECT FROM find_pii(p_note)) THEN
    RAISE EXCEPTION 'The note holds personal data.' USING ERRCODE = 'TV022', COLUMN = 'note', HINT = 'Leave addresses and numbers out of it: the request outlives an erasure.';
  END IF;
  INSERT INTO privacy_requests (request_kind, law, subject_id, received_on, due_on, note, opened_by)
  VALUES (upper(btrim(p_kind)), law, p_subject_id, received, received + CASE law WHEN 'CCPA' THEN 45 ELSE 30 END, nullif(btrim(p_note), ''), person)
  RETURNING privacy_request_id INTO made;
  PERFORM emit_event('privacy.requested', 'privacy_requests', made, jsonb_build_object('kind', upper(btrim(p_kind))));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION open_privacy_request(text, bigint, text, date, text) IS 'Takes in what a person asks about their data; the answer is due in 30 days (CCPA: 45).';

CREATE OR REPLACE FUNCTION lock_privacy_request(p_privacy_request_id bigint, p_kind text, p_state text) RETURNS privacy_requests
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  request privacy_requests;
BEGIN
  SELECT * INTO request FROM privacy_requests r WHERE r.privacy_request_id = p_privacy_request_id FOR UPDATE;
  IF request.privacy_request_id IS NULL THEN
    RAISE EXCEPTION 'There is no privacy request %.', shown(p_privacy_request_id) USING ERRCODE = 'TV004', COLUMN = 'privacy_request_id', HINT = 'SELECT * FROM privacy_requests WHERE closed_at IS NULL lists the open ones.';
  ELSIF p_kind IS NOT NULL AND request.request_kind <> p_kind THEN
    RAISE EXCEPTION 'Request % asks for %, not for %.', shown(p_privacy_request_id), request.request_kind, shown(p_kind) USING ERRCODE = 'TV009', HINT = 'Open a request of the right kind.';
  ELSIF p_state = 'VERIFIED' AND request.state = 'RECEIVED' THEN
    RAISE EXCEPTION 'The identity behind request % is not checked.', shown(p_privacy_request_id) USING ERRCODE = 'TV024', HINT = 'check_identity(request, how) first: data goes only to whom it is about.';
  ELSIF p_state IS NOT NULL AND request.state <> p_state OR request.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'Request % is %.', shown(p_privacy_request_id), lower(request.state) USING ERRCODE = 'TV009', HINT = 'Open a new request.';
  END IF;
  RETURN request;
END;
$$;
COMMENT ON FUNCTION lock_privacy_request(bigint, text, text) IS 'Locks an open request of a kind and state, or says why not.';

CREATE OR REPLACE FUNCTION canonical_privacy_requests(p_privacy_request_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('privacy_request_id', r.privacy_request_id, 'request_kind', r.request_kind, 'law', r.law, 'subject_id', r.subject_id, 'received_on', r.received_on,
           'identity_method', r.identity_method, 'identity_checked_by', r.identity_checked_by, 'identity_checked_at', r.identity_checked_at AT TIME ZONE 'UTC')
    FROM privacy_requests r WHERE r.privacy_request_id = p_privacy_request_id
$$;
COMMENT ON FUNCTION canonical_privacy_requests(bigint) IS 'What is signed of an erasure: who asked for what, and how that was checked.';

CREATE OR REPLACE FUNCTION check_identity(p_privacy_request_id bigint, p_method text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:handle');
BEGIN
  PERFORM lock_privacy_request(p_privacy_request_id, NULL, 'RECEIVED'), require_reason(p_method);
  UPDATE privacy_requests SET state = 'VERIFIED', identity_method = btrim(p_method), identity_checked_by = person, identity_checked_at = clock_timestamp()
   WHERE privacy_request_id = p_privacy_request_id;
END;
$$;
COMMENT ON FUNCTION check_identity(bigint, text) IS 'Notes how it was made sure that the request comes from the person it is about.';

CREATE OR REPLACE FUNCTION close_privacy_request(p_privacy_request_id bigint, p_state text, p_outcome jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE privacy_requests SET state = p_state, closed_by = current_user_id(), closed_at = clock_timestamp(), outcome = p_outcome WHERE privacy_request_id = p_privacy_request_id;
  PERFORM emit_event('privacy.closed', 'privacy_requests', p_privacy_request_id, jsonb_build_object('state', p_state));
END;
$$;
COMMENT ON FUNCTION close_privacy_request(bigint, text, jsonb) IS 'Closes a request with what was done.';

CREATE OR REPLACE FUNCTION refuse_privacy_request(p_privacy_request_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_person('privacy:handle'), require_reason(p_reason), lock_privacy_request(p_privacy_request_id, NULL, NULL);
  PERFORM close_privacy_request(p_privacy_request_id, 'REFUSED', jsonb_build_object('reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION refuse_privacy_request(bigint, text) IS 'Refuses a request, with the reason told to the person.';

CREATE OR REPLACE FUNCTION rectify_subject(p_privacy_request_id bigint, p_changes jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:handle');
  request privacy_requests := lock_privacy_request(p_privacy_request_id, 'RECTIFY', 'VERIFIED');
BEGIN
  PERFORM update_contact(request.subject_id, p_changes);
  PERFORM close_privacy_request(p_privacy_request_id, 'DONE', jsonb_build_object('corrected', array(SELECT jsonb_object_keys(p_changes) ORDER BY 1)));
END;
$$;
COMMENT ON FUNCTION rectify_subject(bigint, jsonb) IS 'Corrects a contact on request: {"phone": "…"}. What stands in regulated records stays there and is corrected by a new version.';

CREATE OR REPLACE FUNCTION restrict_subject(p_privacy_request_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:handle');
  request privacy_requests := lock_privacy_request(p_privacy_request_id, 'RESTRICT', 'VERIFIED');
BEGIN
  PERFORM lock_subject(request.subject_id);
  UPDATE subjects SET is_restricted = true, restriction_reason = format('privacy request %s', p_privacy_request_id) WHERE subject_id = request.subject_id;
  PERFORM close_privacy_request(p_privacy_request_id, 'DONE', '{"restricted": true}');
END;
$$;
COMMENT ON FUNCTION restrict_subject(bigint) IS 'Hides a person from normal use on request; who handles privacy requests still sees them.';

CREATE OR REPLACE FUNCTION lift_restriction(p_subject_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_person('privacy:handle'), require_reason(p_reason), lock_subject(p_subject_id);
  UPDATE subjects SET is_restricted = false, restriction_reason = NULL WHERE subject_id = p_subject_id AND is_restricted;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The person % is not restricted.', shown(p_subject_id) USING ERRCODE = 'TV009', HINT = 'Nothing is to be done.';
  END IF;
  PERFORM emit_event('privacy.restriction_lifted', 'subjects', p_subject_id, '{}');
END;
$$;
COMMENT ON FUNCTION lift_restriction(bigint, text) IS 'Ends a restriction, with a reason.';
