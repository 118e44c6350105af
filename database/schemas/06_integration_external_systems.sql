-- Integration and the audit trail: what other systems must hear of, what is exchanged with them, controlled documents, what people
-- are told, and who changed what. What goes with these tables is in the other files 06_integration_*.sql.

-- Never from the greatest position that is there: rows leave by retention, and a position is given once.
CREATE SEQUENCE outbox_stream_positions;
COMMENT ON SEQUENCE outbox_stream_positions IS 'Places in the stream of events, in the order in which they can be seen (process_outbox).';

CREATE TABLE outbox_events (
  outbox_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_type text COLLATE "C" NOT NULL CHECK (event_type ~ '^[a-z_]+\.[a-z_]+$'),
  subject_type text COLLATE "C" NOT NULL,
  subject_id bigint NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at timestamptz,
  notified_at timestamptz,
  stream_position bigint
);
CREATE UNIQUE INDEX outbox_events_stream_idx ON outbox_events (stream_position) WHERE stream_position IS NOT NULL;
CREATE INDEX outbox_events_waiting_idx ON outbox_events (outbox_event_id) WHERE processed_at IS NULL;
CREATE INDEX outbox_events_untold_idx ON outbox_events (outbox_event_id) WHERE notified_at IS NULL;
COMMENT ON TABLE outbox_events IS 'What happened, for other systems: written in the same transaction as the change, read by the worker.';
COMMENT ON COLUMN outbox_events.outbox_event_id IS 'Key.';
COMMENT ON COLUMN outbox_events.event_type IS 'subject.verb, for example order.advanced.';
COMMENT ON COLUMN outbox_events.subject_type IS 'Table of the record.';
COMMENT ON COLUMN outbox_events.subject_id IS 'Key of the record.';
COMMENT ON COLUMN outbox_events.payload IS 'The event.';
COMMENT ON COLUMN outbox_events.created_at IS 'When it happened.';
COMMENT ON COLUMN outbox_events.processed_at IS 'When it was passed on to its subscribers (process_outbox); null while it waits.';
COMMENT ON COLUMN outbox_events.notified_at IS 'When notifications were made of it (deliver_notifications); null while it waits.';
COMMENT ON COLUMN outbox_events.stream_position IS 'Place in the stream of events: given when it is passed on, so that what was committed late comes late and nobody who goes on from a place misses it. Null while it waits.';

-- Used by constraints, hence part of the baseline.
CREATE FUNCTION looks_encrypted(p_value bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Format byte, key, vector and check code are longer than this; a quarter of the bytes of any ciphertext is not printable.
  IF length(p_value) < 29 OR get_byte(p_value, 0) > 31 THEN
    RETURN false;
  END IF;
  RETURN (SELECT count(*) FILTER (WHERE get_byte(p_value, n) NOT BETWEEN 32 AND 126) * 4 >= count(*) FROM generate_series(0, length(p_value) - 1) n);
END;
$$;
COMMENT ON FUNCTION looks_encrypted(bytea) IS 'False for a value that is plainly a readable text or too short to be a ciphertext: a guard against secrets stored in clear by mistake.';

CREATE FUNCTION url_target(p_url text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  -- One way of writing each address: no person before the host, no brackets, no number in octal, hexadecimal or one piece.
  SELECT CASE
    WHEN p_url ~ '^file:///[A-Za-z0-9][A-Za-z0-9._/-]*$' AND p_url !~ '(//.*//|/\.|/$)' THEN substr(p_url, 8)
    WHEN length(m[1]) <= 253 AND (
           m[1] ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$'
           OR m[1] ~ '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$')
         AND coalesce(m[2]::integer, 443) BETWEEN 1 AND 65535 THEN m[1] || ':' || coalesce(m[2], '443')
    END
    FROM (SELECT regexp_match(p_url, '^https://([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?(?:/[A-Za-z0-9._~!$&''()*+,;=:@%/?-]*)?$')) AS a (m)
$$;
COMMENT ON FUNCTION url_target(text) IS 'Where an address leads: host:port of an https address, the path of a file address; null for every other or doubtful way of writing one.';

CREATE TABLE allowed_hosts (
  allowed_host_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target text COLLATE "C" NOT NULL CHECK (target ~ '^([a-z0-9.-]+:[0-9]+|/[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9_-])$'),
  may_be_private boolean NOT NULL DEFAULT false,
  reason text NOT NULL CHECK (btrim(reason) <> ''),
  is_active boolean NOT NULL DEFAULT true,
  allowed_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  withdrawn_by bigint REFERENCES users ON DELETE RESTRICT,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  CHECK (is_active = (withdrawn_at IS NULL)),
  CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
CREATE UNIQUE INDEX allowed_hosts_target_idx ON allowed_hosts (target) WHERE is_active;
CREATE INDEX allowed_hosts_allowed_by_idx ON allowed_hosts (allowed_by);
CREATE INDEX allowed_hosts_withdrawn_by_idx ON allowed_hosts (withdrawn_by) WHERE withdrawn_by IS NOT NULL;
COMMENT ON TABLE allowed_hosts IS 'Where the system may connect to. Nothing else is ever called; each row is signed by the Administrator who allowed it.';
COMMENT ON COLUMN allowed_hosts.allowed_host_id IS 'Key.';
COMMENT ON COLUMN allowed_hosts.target IS 'host:port of https addresses, or a folder below which files may be exchanged.';
COMMENT ON COLUMN allowed_hosts.may_be_private IS 'True if the host may have a private or loopback address; otherwise the server refuses to connect to one.';
COMMENT ON COLUMN allowed_hosts.reason IS 'Why it is allowed.';
COMMENT ON COLUMN allowed_hosts.is_active IS 'False once it is withdrawn.';
COMMENT ON COLUMN allowed_hosts.allowed_by IS 'Who allowed it.';
COMMENT ON COLUMN allowed_hosts.created_at IS 'When it was allowed.';
COMMENT ON COLUMN allowed_hosts.withdrawn_by IS 'Who withdrew it.';
COMMENT ON COLUMN allowed_hosts.withdrawn_at IS 'When it was withdrawn.';
COMMENT ON COLUMN allowed_hosts.withdrawn_reason IS 'Why it was withdrawn.';

CREATE TABLE external_systems (
  external_system_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system_code text COLLATE "C" NOT NULL UNIQUE CHECK (system_code ~ '^[A-Z][A-Z0-9_-]*$'),
  system_kind text NOT NULL CHECK (system_kind IN ('ERP', 'DOCUMENTS', 'SHIPPING', 'PORTAL', 'EMAIL', 'WEBHOOK', 'GENERIC')),
  name text NOT NULL CHECK (btrim(name) <> ''),
  base_url text COLLATE "C" NOT NULL CHECK (url_target(base_url) IS NOT NULL),
  direction text NOT NULL DEFAULT 'BOTH' CHECK (direction IN ('IN', 'OUT', 'BOTH')),
  credentials bytea CHECK (looks_encrypted(credentials)),
  credential_scheme text CHECK (credential_scheme IN ('BEARER', 'BASIC', 'HEADER', 'CLIENT', 'KEYS')),
  credentials_given_at timestamptz,
  has_credentials boolean GENERATED ALWAYS AS (credentials IS NOT NULL) STORED,
  settings jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
  event_types text[] COLLATE "C" NOT NULL DEFAULT '{}' CHECK (array_position(event_types, NULL) IS NULL),
  keeps_order boolean NOT NULL DEFAULT true,
  max_attempts integer NOT NULL DEFAULT 14 CHECK (max_attempts BETWEEN 1 AND 100),
  is_active boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (credential_scheme IS NULL OR credentials IS NOT NULL),
  -- The Authorization header, the user's password and the like are credentials; they do not belong among the settings.
  CHECK (NOT jsonb_path_exists(settings, '$.** ? (@.type() == "object").keyvalue().key ? (@ like_regex "pass(word|wd|phrase)|secret|token|api_?key|credential|private_?key" flag "i")'))
);
COMMENT ON TABLE external_systems IS 'Other systems with which data is exchanged. A webhook of a customer is one as well.';
COMMENT ON COLUMN external_systems.external_system_id IS 'Key.';
COMMENT ON COLUMN external_systems.system_code IS 'Natural code, upper case, for example ERP.';
COMMENT ON COLUMN external_systems.system_kind IS 'ERP, DOCUMENTS, SHIPPING, PORTAL, EMAIL, WEBHOOK or GENERIC.';
COMMENT ON COLUMN external_systems.name IS 'Name shown to people.';
COMMENT ON COLUMN external_systems.base_url IS 'Its address, https or file; host and port, or the folder, must be in allowed_hosts.';
COMMENT ON COLUMN external_systems.direction IS 'IN, OUT or BOTH, seen from here.';
COMMENT ON COLUMN external_systems.credentials IS 'Ciphertext of its credentials, context external_systems|credentials|key; never in clear.';
COMMENT ON COLUMN external_systems.credential_scheme IS 'How it is proved who asks: BEARER (a token), BASIC (user and password), HEADER (name and value), CLIENT (OAuth 2.0 client and secret) or KEYS (access key and secret key); null: not at all, or only the ciphertext tells.';
COMMENT ON COLUMN external_systems.credentials_given_at IS 'When they were given last; null: none.';
COMMENT ON COLUMN external_systems.has_credentials IS 'Whether it has credentials.';
COMMENT ON COLUMN external_systems.settings IS 'What the connector needs beside the credentials, JSON.';
COMMENT ON COLUMN external_systems.event_types IS 'Events it is told of: names, subject.* for all of a subject, or * for all.';
COMMENT ON COLUMN external_systems.keeps_order IS 'True: an event is only sent when all earlier ones of the same record have arrived or were given up.';
COMMENT ON COLUMN external_systems.max_attempts IS 'Attempts after which a delivery is given up.';
COMMENT ON COLUMN external_systems.is_active IS 'False: nothing is sent to it and nothing taken from it.';
COMMENT ON COLUMN external_systems.created_at IS 'When the row was made.';
COMMENT ON COLUMN external_systems.updated_at IS 'When the row was last changed.';

CREATE TABLE external_system_health (
  external_system_id bigint PRIMARY KEY REFERENCES external_systems ON DELETE CASCADE,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_error text,
  consecutive_failures integer NOT NULL DEFAULT 0 CHECK (consecutive_failures >= 0),
  circuit_state text NOT NULL DEFAULT 'CLOSED' CHECK (circuit_state IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
  retry_at timestamptz,
  CHECK ((circuit_state = 'CLOSED') = (retry_at IS NULL))
);
COMMENT ON TABLE external_system_health IS 'How each connection does, kept by record_delivery_result and finish_sync: computed from sync_log.';
COMMENT ON COLUMN external_system_health.external_system_id IS 'The system.';
COMMENT ON COLUMN external_system_health.last_success_at IS 'Last exchange that worked, to the minute.';
COMMENT ON COLUMN external_system_health.last_failure_at IS 'Last exchange that failed.';
COMMENT ON COLUMN external_system_health.last_error IS 'What went wrong then.';
COMMENT ON COLUMN external_system_health.consecutive_failures IS 'Failures since the last success.';
COMMENT ON COLUMN external_system_health.circuit_state IS 'CLOSED: normal. OPEN: it failed too often, nothing is sent until retry_at. HALF_OPEN: one attempt is under way.';
COMMENT ON COLUMN external_system_health.retry_at IS 'When the next attempt is made; null while the circuit is closed.';

CREATE TABLE external_system_objects (
  external_system_object_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system_kind text NOT NULL CHECK (system_kind IN ('ERP', 'DOCUMENTS', 'SHIPPING', 'PORTAL', 'EMAIL', 'WEBHOOK', 'GENERIC')),
  object_code text COLLATE "C" NOT NULL CHECK (object_code ~ '^[a-z][a-z_]*$'),
  title text NOT NULL CHECK (btrim(title) <> ''),
  direction text NOT NULL CHECK (direction IN ('IN', 'OUT', 'BOTH')),
  master text NOT NULL CHECK (master IN ('TORVAN', 'EXTERNAL')),
  way text NOT NULL CHECK (btrim(way) <> ''),
  UNIQUE (system_kind, object_code)
);
COMMENT ON TABLE external_system_objects IS 'What is exchanged with each kind of system, which way, and whose data is the truth.';
COMMENT ON COLUMN external_system_objects.external_system_object_id IS 'Key.';
COMMENT ON COLUMN external_system_objects.system_kind IS 'Kind of system.';
COMMENT ON COLUMN external_system_objects.object_code IS 'Natural code, for example confirmed_orders.';
COMMENT ON COLUMN external_system_objects.title IS 'What it is, shown to people.';
COMMENT ON COLUMN external_system_objects.direction IS 'IN, OUT or BOTH, seen from here.';
COMMENT ON COLUMN external_system_objects.master IS 'Whose data wins when both differ: TORVAN or EXTERNAL.';
COMMENT ON COLUMN external_system_objects.way IS 'How it travels.';

CREATE TABLE sync_log (
  sync_log_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  external_system_id bigint NOT NULL REFERENCES external_systems ON DELETE RESTRICT,
  object_code text COLLATE "C" NOT NULL,
  direction text NOT NULL CHECK (direction IN ('IN', 'OUT')),
  outbox_delivery_id bigint,
  inbound_message_id bigint,
  external_id text COLLATE "C",
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'FAILED')),
  attempt integer NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  request_sha256 text COLLATE "C" CHECK (request_sha256 ~ '^[0-9a-f]{64}$'),
  request_bytes bigint CHECK (request_bytes >= 0),
  response_code integer,
  response_sha256 text COLLATE "C" CHECK (response_sha256 ~ '^[0-9a-f]{64}$'),
  response_bytes bigint CHECK (response_bytes >= 0),
  records integer CHECK (records >= 0),
  error text,
  correlation_id text COLLATE "C",
  CHECK ((state = 'RUNNING') = (finished_at IS NULL)),
  CHECK (state <> 'FAILED' OR error IS NOT NULL)
);
CREATE INDEX sync_log_external_system_id_idx ON sync_log (external_system_id, sync_log_id DESC);
CREATE UNIQUE INDEX sync_log_outbox_delivery_id_idx ON sync_log (outbox_delivery_id, attempt) WHERE outbox_delivery_id IS NOT NULL;
CREATE INDEX sync_log_inbound_message_id_idx ON sync_log (inbound_message_id, attempt) WHERE inbound_message_id IS NOT NULL;
CREATE INDEX sync_log_running_idx ON sync_log (started_at) WHERE state = 'RUNNING';
CREATE INDEX sync_log_started_at_idx ON sync_log USING brin (started_at);
COMMENT ON TABLE sync_log IS 'One row per attempt to exchange something with another system. What was sent is kept as hash and size only.';
COMMENT ON COLUMN sync_log.sync_log_id IS 'Key.';
COMMENT ON COLUMN sync_log.external_system_id IS 'The system.';
COMMENT ON COLUMN sync_log.object_code IS 'What was exchanged: an object of external_system_objects, or the event''s name.';
COMMENT ON COLUMN sync_log.direction IS 'IN or OUT, seen from here.';
COMMENT ON COLUMN sync_log.outbox_delivery_id IS 'The delivery it was an attempt of.';
COMMENT ON COLUMN sync_log.inbound_message_id IS 'The message it was an attempt to handle.';
COMMENT ON COLUMN sync_log.external_id IS 'Identity of the record in the other system.';
COMMENT ON COLUMN sync_log.state IS 'RUNNING, DONE or FAILED.';
COMMENT ON COLUMN sync_log.attempt IS 'Number of the attempt, from 1.';
COMMENT ON COLUMN sync_log.started_at IS 'When it began.';
COMMENT ON COLUMN sync_log.finished_at IS 'When it ended.';
COMMENT ON COLUMN sync_log.request_sha256 IS 'SHA-256 of the request''s body, hexadecimal.';
COMMENT ON COLUMN sync_log.request_bytes IS 'Size of the request''s body in bytes.';
COMMENT ON COLUMN sync_log.response_code IS 'HTTP status of the answer; null where there was none.';
COMMENT ON COLUMN sync_log.response_sha256 IS 'SHA-256 of the answer''s body, hexadecimal.';
COMMENT ON COLUMN sync_log.response_bytes IS 'Size of the answer''s body in bytes.';
COMMENT ON COLUMN sync_log.records IS 'Number of records exchanged.';
COMMENT ON COLUMN sync_log.error IS 'What went wrong.';
COMMENT ON COLUMN sync_log.correlation_id IS 'Found again in the logs of both sides.';

CREATE SEQUENCE document_number_sequence;
COMMENT ON SEQUENCE document_number_sequence IS 'Source of document numbers; a rolled-back document leaves a gap.';

CREATE TABLE documents (
  document_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_number text COLLATE "C" NOT NULL UNIQUE CHECK (document_number = upper(btrim(document_number)) AND document_number ~ '^[A-Z0-9][A-Z0-9._/-]*$'),
  title text NOT NULL CHECK (btrim(title) <> ''),
  document_kind text NOT NULL CHECK (document_kind IN ('PROCEDURE', 'WORK_INSTRUCTION', 'DRAWING', 'SPECIFICATION', 'MANUAL', 'PURCHASE_ORDER', 'ORDER_CONFIRMATION',
    'BOM_EXPORT', 'CHECKLIST_RECORD', 'TEST_RECORD', 'CERTIFICATE', 'DEVICE_HISTORY', 'PACKING_LIST', 'LABEL', 'SHIPPING_PAPER', 'PROOF_OF_DELIVERY', 'PHOTO', 'OTHER')),
  language text NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'FR', 'ES')),
  owner_domain text NOT NULL DEFAULT 'QUALITY' CHECK (owner_domain IN ('SALES', 'ENGINEERING', 'PRODUCTION', 'QUALITY', 'SHIPPING', 'SERVICE', 'ADMINISTRATION')),
  access_level text NOT NULL DEFAULT 'PUBLIC_TO_STAFF' CHECK (access_level IN ('PUBLIC_TO_STAFF', 'PRODUCTION', 'QUALITY', 'COMMERCIAL', 'CONFIDENTIAL', 'CUSTOMER')),
  customer_id bigint REFERENCES customers ON DELETE RESTRICT,
  order_id bigint REFERENCES orders ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint REFERENCES parts ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'WITHDRAWN')),
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (access_level <> 'CUSTOMER' OR customer_id IS NOT NULL)
);
CREATE INDEX documents_customer_id_idx ON documents (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX documents_order_id_idx ON documents (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX documents_build_id_idx ON documents (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX documents_assembly_id_idx ON documents (assembly_id) WHERE assembly_id IS NOT NULL;
CREATE INDEX documents_part_id_idx ON documents (part_id) WHERE part_id IS NOT NULL;
CREATE INDEX documents_created_by_idx ON documents (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE documents IS 'Controlled documents. What a document says is in its versions.';
COMMENT ON COLUMN documents.document_id IS 'Key.';
COMMENT ON COLUMN documents.document_number IS 'Number, upper case, given or DOC-nnnnnn.';
COMMENT ON COLUMN documents.title IS 'Title shown to people.';
COMMENT ON COLUMN documents.document_kind IS 'What it is (workflow.md section 7), for example WORK_INSTRUCTION or DRAWING.';
COMMENT ON COLUMN documents.language IS 'Its language: EN, FR or ES.';
COMMENT ON COLUMN documents.owner_domain IS 'Who looks after it: SALES, ENGINEERING, PRODUCTION, QUALITY, SHIPPING, SERVICE or ADMINISTRATION.';
COMMENT ON COLUMN documents.access_level IS 'Who may read it: PUBLIC_TO_STAFF, PRODUCTION, QUALITY, COMMERCIAL, CONFIDENTIAL, or CUSTOMER (staff for customers, and that customer).';
COMMENT ON COLUMN documents.customer_id IS 'The customer it is about.';
COMMENT ON COLUMN documents.order_id IS 'The order it is about.';
COMMENT ON COLUMN documents.build_id IS 'The build it is about.';
COMMENT ON COLUMN documents.assembly_id IS 'The assembly it is about.';
COMMENT ON COLUMN documents.part_id IS 'The part it is about.';
COMMENT ON COLUMN documents.state IS 'ACTIVE or WITHDRAWN.';
COMMENT ON COLUMN documents.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN documents.created_by IS 'Who made it.';
COMMENT ON COLUMN documents.created_at IS 'When it was made.';
COMMENT ON COLUMN documents.updated_at IS 'When the row was last changed.';

CREATE TABLE audit_log (
  audit_log_id bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  table_name text COLLATE "C" NOT NULL,
  operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'DIGEST', 'EXPORT')),
  record_key text COLLATE "C" NOT NULL,
  old_values jsonb,
  new_values jsonb,
  actor_id bigint DEFAULT nullif(current_setting('torvan.user_id', true), '')::bigint,
  actor text NOT NULL,
  database_role text NOT NULL DEFAULT session_user,
  session_id bigint DEFAULT nullif(current_setting('torvan.session_id', true), '')::bigint,
  request_id text DEFAULT nullif(current_setting('torvan.request_id', true), ''),
  door text DEFAULT nullif(current_setting('torvan.door', true), ''),
  application_name text DEFAULT nullif(current_setting('application_name'), ''),
  reason text DEFAULT nullif(current_setting('torvan.reason', true), ''),
  PRIMARY KEY (audit_log_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX audit_log_record_idx ON audit_log (table_name, record_key, audit_log_id);
-- What a person changed, newest first.
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id, audit_log_id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_log_created_at_idx ON audit_log USING brin (created_at);
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
COMMENT ON TABLE audit_log IS 'Every change of every business table: who, when, old and new values. Partitioned by month, append-only.';
COMMENT ON TABLE audit_log_default IS 'Rows for which no month''s partition exists; should stay empty.';
COMMENT ON COLUMN audit_log.audit_log_id IS 'Key, with created_at.';
COMMENT ON COLUMN audit_log.created_at IS 'When.';
COMMENT ON COLUMN audit_log.transaction_id IS 'Transaction of the change.';
COMMENT ON COLUMN audit_log.table_name IS 'Table of the change.';
COMMENT ON COLUMN audit_log.operation IS 'INSERT, UPDATE, DELETE, DIGEST for lines that can be generated again, or EXPORT of the trail itself.';
COMMENT ON COLUMN audit_log.record_key IS 'Primary key of the record; several columns joined by a slash.';
COMMENT ON COLUMN audit_log.old_values IS 'UPDATE: the changed columns before; DELETE: the whole row.';
COMMENT ON COLUMN audit_log.new_values IS 'UPDATE: the changed columns after; INSERT: the whole row; DIGEST: count and SHA-256 of the lines.';
COMMENT ON COLUMN audit_log.actor_id IS 'The user, if one was set.';
COMMENT ON COLUMN audit_log.actor IS 'The user''s login, or the database role where none was set.';
COMMENT ON COLUMN audit_log.database_role IS 'Database role of the connection.';
COMMENT ON COLUMN audit_log.session_id IS 'Session of the user at the server; null for work at psql.';
COMMENT ON COLUMN audit_log.request_id IS 'Request of the server, found again in its log.';
COMMENT ON COLUMN audit_log.door IS 'DATABASE where the owner acted for a person with begin_as; null for the server.';
COMMENT ON COLUMN audit_log.application_name IS 'Program of the connection, as it calls itself.';
COMMENT ON COLUMN audit_log.reason IS 'Reason given by the person.';

CREATE TABLE notifications (
  notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('IN_APP', 'EMAIL', 'WEBHOOK')),
  dedupe_key text COLLATE "C" NOT NULL,
  event_type text COLLATE "C" NOT NULL,
  subject_type text COLLATE "C",
  subject_id bigint,
  order_id bigint REFERENCES orders ON DELETE CASCADE,
  title text NOT NULL,
  body text NOT NULL,
  priority text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('NORMAL', 'HIGH', 'URGENT')),
  frequency text NOT NULL DEFAULT 'IMMEDIATE' CHECK (frequency IN ('IMMEDIATE', 'HOURLY', 'DAILY', 'WEEKLY')),
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'SENT', 'FAILED', 'DEAD')),
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  read_at timestamptz,
  UNIQUE (dedupe_key, user_id, channel),
  CHECK ((state = 'SENT') = (sent_at IS NOT NULL))
);
CREATE INDEX notifications_user_id_idx ON notifications (user_id, notification_id DESC) WHERE channel = 'IN_APP';
CREATE INDEX notifications_unread_idx ON notifications (user_id, notification_id DESC) WHERE channel = 'IN_APP' AND read_at IS NULL;
CREATE INDEX notifications_recipient_idx ON notifications (user_id) WHERE channel <> 'IN_APP';
CREATE INDEX notifications_order_id_idx ON notifications (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX notifications_due_idx ON notifications (channel, due_at) WHERE state IN ('PENDING', 'FAILED');
COMMENT ON TABLE notifications IS 'What people are told: one row per person, channel and event.';
COMMENT ON COLUMN notifications.notification_id IS 'Key.';
COMMENT ON COLUMN notifications.user_id IS 'Who is told.';
COMMENT ON COLUMN notifications.channel IS 'IN_APP, EMAIL or WEBHOOK.';
COMMENT ON COLUMN notifications.dedupe_key IS 'The same key makes no second notification for the same person and channel.';
COMMENT ON COLUMN notifications.event_type IS 'The event.';
COMMENT ON COLUMN notifications.subject_type IS 'Table of the record it is about.';
COMMENT ON COLUMN notifications.subject_id IS 'Key of the record it is about.';
COMMENT ON COLUMN notifications.order_id IS 'The order it is about.';
COMMENT ON COLUMN notifications.title IS 'Title, in the recipient''s language.';
COMMENT ON COLUMN notifications.body IS 'Text, in the recipient''s language.';
COMMENT ON COLUMN notifications.priority IS 'NORMAL, HIGH or URGENT.';
COMMENT ON COLUMN notifications.frequency IS 'IMMEDIATE, or the digest it goes into.';
COMMENT ON COLUMN notifications.state IS 'PENDING, SENT (for IN_APP from the start), FAILED (will be tried again) or DEAD.';
COMMENT ON COLUMN notifications.due_at IS 'When it is to be sent; while a worker has it, when it may be taken again.';
COMMENT ON COLUMN notifications.attempts IS 'Attempts to send it.';
COMMENT ON COLUMN notifications.last_error IS 'Why the last attempt failed.';
COMMENT ON COLUMN notifications.created_at IS 'When it was made.';
COMMENT ON COLUMN notifications.sent_at IS 'When it was sent.';
COMMENT ON COLUMN notifications.read_at IS 'When it was read.';
