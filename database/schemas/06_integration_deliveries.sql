-- Exchange with other systems, message by message: events on their way out, messages that came in, and who is who on both sides.

CREATE TABLE outbox_deliveries (
  outbox_delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  outbox_event_id bigint NOT NULL REFERENCES outbox_events ON DELETE CASCADE,
  external_system_id bigint NOT NULL REFERENCES external_systems ON DELETE RESTRICT,
  message_id uuid NOT NULL DEFAULT gen_random_uuid(),
  subject_type text COLLATE "C" NOT NULL,
  subject_id bigint NOT NULL,
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DONE', 'FAILED', 'DEAD')),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  attempt_limit integer NOT NULL CHECK (attempt_limit >= 1),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  UNIQUE (outbox_event_id, external_system_id),
  CHECK ((state IN ('DONE', 'DEAD')) = (finished_at IS NOT NULL))
);
CREATE INDEX outbox_deliveries_due_idx ON outbox_deliveries (external_system_id, next_attempt_at) WHERE state IN ('PENDING', 'FAILED');
CREATE INDEX outbox_deliveries_order_idx ON outbox_deliveries (external_system_id, subject_type, subject_id, outbox_event_id) WHERE state IN ('PENDING', 'FAILED');
CREATE INDEX outbox_deliveries_external_system_id_idx ON outbox_deliveries (external_system_id, outbox_delivery_id DESC);
CREATE INDEX outbox_deliveries_dead_idx ON outbox_deliveries (external_system_id) WHERE state = 'DEAD';
COMMENT ON TABLE outbox_deliveries IS 'Each event for each system that wants it: at least once, until it has arrived or was given up.';
COMMENT ON COLUMN outbox_deliveries.outbox_delivery_id IS 'Key.';
COMMENT ON COLUMN outbox_deliveries.outbox_event_id IS 'The event.';
COMMENT ON COLUMN outbox_deliveries.external_system_id IS 'The system that is told.';
COMMENT ON COLUMN outbox_deliveries.message_id IS 'Identity of the message, the same at each attempt, by which the receiver knows it again.';
COMMENT ON COLUMN outbox_deliveries.subject_type IS 'Table of the record, as in the event.';
COMMENT ON COLUMN outbox_deliveries.subject_id IS 'Key of the record, as in the event.';
COMMENT ON COLUMN outbox_deliveries.state IS 'PENDING, DONE, FAILED (will be tried again) or DEAD (given up).';
COMMENT ON COLUMN outbox_deliveries.attempts IS 'Attempts begun.';
COMMENT ON COLUMN outbox_deliveries.attempt_limit IS 'Number of attempts after which it is given up.';
COMMENT ON COLUMN outbox_deliveries.next_attempt_at IS 'When it is tried next; while a worker has it, when another may take it over.';
COMMENT ON COLUMN outbox_deliveries.last_error IS 'Why the last attempt failed.';
COMMENT ON COLUMN outbox_deliveries.created_at IS 'When it was made.';
COMMENT ON COLUMN outbox_deliveries.finished_at IS 'When it arrived or was given up.';

CREATE TABLE webhook_endpoints (
  webhook_endpoint_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  external_system_id bigint NOT NULL UNIQUE REFERENCES external_systems ON DELETE RESTRICT,
  customer_id bigint REFERENCES customers ON DELETE RESTRICT,
  secret bytea CHECK (looks_encrypted(secret)),
  previous_secret bytea CHECK (looks_encrypted(previous_secret)),
  previous_valid_until timestamptz,
  rotated_at timestamptz,
  disabled_at timestamptz,
  disabled_reason text,
  CHECK ((previous_secret IS NULL) = (previous_valid_until IS NULL)),
  CHECK (previous_secret IS NULL OR secret IS NOT NULL),
  CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE INDEX webhook_endpoints_customer_id_idx ON webhook_endpoints (customer_id) WHERE customer_id IS NOT NULL;
COMMENT ON TABLE webhook_endpoints IS 'Receivers of webhooks (Standard Webhooks 1.0.0): what a system of kind WEBHOOK has beside its address and events.';
COMMENT ON COLUMN webhook_endpoints.webhook_endpoint_id IS 'Key.';
COMMENT ON COLUMN webhook_endpoints.external_system_id IS 'The system; address and event filter are there.';
COMMENT ON COLUMN webhook_endpoints.customer_id IS 'The customer whose endpoint it is: it is told of this customer''s orders only.';
COMMENT ON COLUMN webhook_endpoints.secret IS 'Ciphertext of the signing secret, context webhook_endpoints|secret|key.';
COMMENT ON COLUMN webhook_endpoints.previous_secret IS 'Ciphertext of the secret before; messages are signed with both during a rotation.';
COMMENT ON COLUMN webhook_endpoints.previous_valid_until IS 'End of the rotation.';
COMMENT ON COLUMN webhook_endpoints.rotated_at IS 'When the secret was last changed.';
COMMENT ON COLUMN webhook_endpoints.disabled_at IS 'When it was switched off; null while it is in use.';
COMMENT ON COLUMN webhook_endpoints.disabled_reason IS 'Why it was switched off, for example an answer 410 (gone).';

CREATE TABLE external_ids (
  external_system_id bigint NOT NULL REFERENCES external_systems ON DELETE RESTRICT,
  table_name text COLLATE "C" NOT NULL CHECK (table_name ~ '^[a-z][a-z_]*$'),
  internal_id bigint NOT NULL,
  external_id text COLLATE "C" NOT NULL CHECK (btrim(external_id) <> ''),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (external_system_id, table_name, internal_id),
  UNIQUE (external_system_id, table_name, external_id)
);
COMMENT ON TABLE external_ids IS 'Which record here is which record in another system; unique both ways.';
COMMENT ON COLUMN external_ids.external_system_id IS 'The other system.';
COMMENT ON COLUMN external_ids.table_name IS 'Table of the record here.';
COMMENT ON COLUMN external_ids.internal_id IS 'Its key here.';
COMMENT ON COLUMN external_ids.external_id IS 'Its identity there.';
COMMENT ON COLUMN external_ids.created_at IS 'When both were found to be the same.';

CREATE TABLE inbound_messages (
  inbound_message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  external_system_id bigint NOT NULL REFERENCES external_systems ON DELETE RESTRICT,
  message_id text COLLATE "C" NOT NULL CHECK (length(message_id) BETWEEN 1 AND 200),
  object_code text COLLATE "C" NOT NULL,
  sent_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body_sha256 text COLLATE "C" NOT NULL CHECK (body_sha256 ~ '^[0-9a-f]{64}$'),
  body_bytes bigint NOT NULL CHECK (body_bytes >= 0),
  payload jsonb,
  state text NOT NULL DEFAULT 'RECEIVED' CHECK (state IN ('RECEIVED', 'DONE', 'FAILED', 'DEAD')),
  times_received integer NOT NULL DEFAULT 1 CHECK (times_received >= 1),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  finished_at timestamptz,
  UNIQUE (external_system_id, message_id),
  CHECK ((state IN ('DONE', 'DEAD')) = (finished_at IS NOT NULL))
);
CREATE INDEX inbound_messages_due_idx ON inbound_messages (external_system_id, next_attempt_at) WHERE state IN ('RECEIVED', 'FAILED');
CREATE INDEX inbound_messages_received_at_idx ON inbound_messages USING brin (received_at);
COMMENT ON TABLE inbound_messages IS 'Messages of other systems: each taken once, however often it is sent.';
COMMENT ON COLUMN inbound_messages.inbound_message_id IS 'Key.';
COMMENT ON COLUMN inbound_messages.external_system_id IS 'The sender.';
COMMENT ON COLUMN inbound_messages.message_id IS 'The sender''s identity of the message; the same identity with another body is refused.';
COMMENT ON COLUMN inbound_messages.object_code IS 'What it is about: an object of external_system_objects.';
COMMENT ON COLUMN inbound_messages.sent_at IS 'The sender''s time, at most five minutes from ours.';
COMMENT ON COLUMN inbound_messages.received_at IS 'When it first came.';
COMMENT ON COLUMN inbound_messages.body_sha256 IS 'SHA-256 of the body, hexadecimal.';
COMMENT ON COLUMN inbound_messages.body_bytes IS 'Size of the body in bytes.';
COMMENT ON COLUMN inbound_messages.payload IS 'The body, where it is JSON.';
COMMENT ON COLUMN inbound_messages.state IS 'RECEIVED, DONE, FAILED (will be tried again) or DEAD (given up).';
COMMENT ON COLUMN inbound_messages.times_received IS 'How often it came.';
COMMENT ON COLUMN inbound_messages.attempts IS 'Attempts to handle it.';
COMMENT ON COLUMN inbound_messages.next_attempt_at IS 'When it is handled next; while a worker has it, when another may take it over.';
COMMENT ON COLUMN inbound_messages.last_error IS 'Why the last attempt failed.';
COMMENT ON COLUMN inbound_messages.finished_at IS 'When it was handled or given up.';

ALTER TABLE sync_log
  ADD FOREIGN KEY (outbox_delivery_id) REFERENCES outbox_deliveries ON DELETE SET NULL,
  ADD FOREIGN KEY (inbound_message_id) REFERENCES inbound_messages ON DELETE SET NULL;
