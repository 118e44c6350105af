-- Notifications: who is told of what, how and how often; reminders given and alerts open.

CREATE TABLE notification_rules (
  notification_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_type text COLLATE "C" NOT NULL CHECK (event_type ~ '^[a-z_]+\.[a-z_]+$'),
  condition jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(condition) = 'object'),
  recipient text NOT NULL CHECK (recipient IN ('ROLE', 'ORDER_CREATOR', 'ASSIGNEE', 'OPEN_WORK', 'AUTHOR', 'USER')),
  role_code text COLLATE "C" REFERENCES roles (role_code) ON DELETE CASCADE,
  channels text[] NOT NULL DEFAULT '{IN_APP}' CHECK (channels <@ ARRAY['IN_APP', 'EMAIL', 'WEBHOOK'] AND cardinality(channels) > 0),
  priority text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('NORMAL', 'HIGH', 'URGENT')),
  message_key text COLLATE "C" NOT NULL CHECK (message_key ~ '^[a-z_]+$'),
  tells_actor boolean NOT NULL DEFAULT false,
  is_mandatory boolean NOT NULL DEFAULT false,
  is_active boolean NOT NULL DEFAULT true,
  CHECK ((recipient = 'ROLE') = (role_code IS NOT NULL)),
  UNIQUE NULLS NOT DISTINCT (event_type, condition, recipient, role_code)
);
CREATE INDEX notification_rules_role_code_idx ON notification_rules (role_code) WHERE role_code IS NOT NULL;
COMMENT ON TABLE notification_rules IS 'Who is told of which event, by which channels and how urgently (workflow.md section 6).';
COMMENT ON COLUMN notification_rules.notification_rule_id IS 'Key.';
COMMENT ON COLUMN notification_rules.event_type IS 'The event, a type of outbox_events.';
COMMENT ON COLUMN notification_rules.condition IS 'What the event must hold for the rule to apply, for example {"to_phase": "APPROVAL"}.';
COMMENT ON COLUMN notification_rules.recipient IS 'ROLE, ORDER_CREATOR (and its sales person), ASSIGNEE (who works on the build), OPEN_WORK (everyone with open work on the order), AUTHOR (of the record), USER (the event names them).';
COMMENT ON COLUMN notification_rules.role_code IS 'The role, for ROLE.';
COMMENT ON COLUMN notification_rules.channels IS 'IN_APP, EMAIL, WEBHOOK: what is offered; preferences choose among them.';
COMMENT ON COLUMN notification_rules.priority IS 'NORMAL, HIGH or URGENT; what is urgent never waits for a digest.';
COMMENT ON COLUMN notification_rules.message_key IS 'Messages notification.<key>.title and notification.<key>.body.';
COMMENT ON COLUMN notification_rules.tells_actor IS 'True if the person who acted is told as well.';
COMMENT ON COLUMN notification_rules.is_mandatory IS 'True if preferences cannot silence it.';
COMMENT ON COLUMN notification_rules.is_active IS 'False switches the rule off.';

CREATE TABLE notification_preferences (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  event_type text COLLATE "C" NOT NULL CHECK (event_type ~ '^([a-z_]+\.[a-z_]+|\*)$'),
  channel text NOT NULL CHECK (channel IN ('IN_APP', 'EMAIL', 'WEBHOOK')),
  is_wanted boolean NOT NULL DEFAULT true,
  frequency text NOT NULL DEFAULT 'IMMEDIATE' CHECK (frequency IN ('IMMEDIATE', 'HOURLY', 'DAILY', 'WEEKLY')),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, event_type, channel),
  CHECK (channel <> 'IN_APP' OR frequency = 'IMMEDIATE')
);
COMMENT ON TABLE notification_preferences IS 'What each person wants to be told, by which channel, and how often.';
COMMENT ON COLUMN notification_preferences.user_id IS 'The person.';
COMMENT ON COLUMN notification_preferences.event_type IS 'The event, or * for every event without a row of its own.';
COMMENT ON COLUMN notification_preferences.channel IS 'IN_APP, EMAIL or WEBHOOK.';
COMMENT ON COLUMN notification_preferences.is_wanted IS 'False silences it.';
COMMENT ON COLUMN notification_preferences.frequency IS 'IMMEDIATE, or gathered into an HOURLY, DAILY or WEEKLY digest.';
COMMENT ON COLUMN notification_preferences.updated_at IS 'When the row was last changed.';

CREATE TABLE order_due_notices (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  notice text NOT NULL CHECK (notice IN ('DUE_IN_3', 'DUE_IN_1', 'OVERDUE')),
  about_date date NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, notice, about_date)
);
COMMENT ON TABLE order_due_notices IS 'Reminders of want dates already given, so that each is given once.';
COMMENT ON COLUMN order_due_notices.order_id IS 'The order.';
COMMENT ON COLUMN order_due_notices.notice IS 'DUE_IN_3, DUE_IN_1 or OVERDUE.';
COMMENT ON COLUMN order_due_notices.about_date IS 'The want date; for OVERDUE the day of the reminder.';
COMMENT ON COLUMN order_due_notices.created_at IS 'When it was given.';

CREATE TABLE system_alerts (
  system_alert_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_code text COLLATE "C" NOT NULL CHECK (alert_code ~ '^[a-z0-9][A-Za-z0-9_.-]*$'),
  severity text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'CRITICAL')),
  title text NOT NULL CHECK (btrim(title) <> ''),
  details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object'),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'RESOLVED')),
  times_raised integer NOT NULL DEFAULT 1 CHECK (times_raised >= 1),
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at timestamptz,
  CHECK ((state = 'RESOLVED') = (resolved_at IS NOT NULL))
);
CREATE UNIQUE INDEX system_alerts_open_idx ON system_alerts (alert_code) WHERE state = 'OPEN';
CREATE INDEX system_alerts_opened_at_idx ON system_alerts (opened_at DESC);
COMMENT ON TABLE system_alerts IS 'Troubles of the system itself, told to the Administrators once while they last.';
COMMENT ON COLUMN system_alerts.system_alert_id IS 'Key.';
COMMENT ON COLUMN system_alerts.alert_code IS 'What is wrong, for example performance.order_search; open at most once.';
COMMENT ON COLUMN system_alerts.severity IS 'INFO, WARNING or CRITICAL; the highest while it is open.';
COMMENT ON COLUMN system_alerts.title IS 'What is wrong, in words.';
COMMENT ON COLUMN system_alerts.details IS 'Figures, as last raised.';
COMMENT ON COLUMN system_alerts.state IS 'OPEN or RESOLVED.';
COMMENT ON COLUMN system_alerts.times_raised IS 'How often it was raised while open.';
COMMENT ON COLUMN system_alerts.opened_at IS 'When it was first raised.';
COMMENT ON COLUMN system_alerts.last_raised_at IS 'When it was last raised.';
COMMENT ON COLUMN system_alerts.resolved_at IS 'When it was over.';
