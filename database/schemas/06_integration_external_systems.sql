-- Integration and the audit trail: what other systems must hear of, and who changed what.

CREATE TABLE outbox_events (
  outbox_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_type text COLLATE "C" NOT NULL CHECK (event_type ~ '^[a-z_]+\.[a-z_]+$'),
  subject_type text COLLATE "C" NOT NULL,
  subject_id bigint NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at timestamptz
);
CREATE INDEX outbox_events_waiting_idx ON outbox_events (outbox_event_id) WHERE processed_at IS NULL;
COMMENT ON TABLE outbox_events IS 'What happened, for other systems: written in the same transaction as the change, read by the worker.';
COMMENT ON COLUMN outbox_events.outbox_event_id IS 'Key.';
COMMENT ON COLUMN outbox_events.event_type IS 'subject.verb, for example order.advanced.';
COMMENT ON COLUMN outbox_events.subject_type IS 'Table of the record.';
COMMENT ON COLUMN outbox_events.subject_id IS 'Key of the record.';
COMMENT ON COLUMN outbox_events.payload IS 'The event.';
COMMENT ON COLUMN outbox_events.created_at IS 'When it happened.';
COMMENT ON COLUMN outbox_events.processed_at IS 'When it was passed on; null while it waits.';

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
