-- Identity: who may do what. People have roles, roles have permissions; a permission is resource:action.

CREATE TABLE users (
  user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text COLLATE "C" NOT NULL UNIQUE CHECK (login = lower(btrim(login)) AND login ~ '^[a-z0-9][a-z0-9._@-]*$'),
  display_name text NOT NULL CHECK (btrim(display_name) <> ''),
  initials text CHECK (btrim(initials) <> ''),
  language text NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'FR', 'ES')),
  kind text NOT NULL DEFAULT 'STAFF' CHECK (kind IN ('STAFF', 'PORTAL', 'SERVICE')),
  customer_id bigint REFERENCES customers ON DELETE RESTRICT,
  account_state text NOT NULL DEFAULT 'ACTIVE' CHECK (account_state IN ('ACTIVE', 'DISABLED', 'LOCKED')),
  state_reason text,
  state_changed_at timestamptz,
  is_active boolean NOT NULL GENERATED ALWAYS AS (account_state = 'ACTIVE') STORED,
  expires_at timestamptz,
  must_change_password boolean NOT NULL DEFAULT false,
  password_changed_at timestamptz,
  mfa_enrolled_at timestamptz,
  identity_verified_by bigint REFERENCES users ON DELETE RESTRICT,
  identity_verified_on date,
  last_sign_in_at timestamptz,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'PORTAL') = (customer_id IS NOT NULL)),
  CHECK (account_state = 'ACTIVE' OR btrim(state_reason) <> ''),
  CHECK ((identity_verified_by IS NULL) = (identity_verified_on IS NULL)),
  CHECK (identity_verified_by <> user_id)
);
CREATE INDEX users_customer_id_idx ON users (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX users_identity_verified_by_idx ON users (identity_verified_by) WHERE identity_verified_by IS NOT NULL;
COMMENT ON TABLE users IS 'Accounts: people of the plant, people of customers, and programs. A row alone lets nobody sign in. E-mail addresses and telephone numbers live apart, with their own protection.';
COMMENT ON COLUMN users.user_id IS 'Key.';
COMMENT ON COLUMN users.login IS 'Name at sign-in, lower case, never used again for another account (login_registry).';
COMMENT ON COLUMN users.display_name IS 'Printed name.';
COMMENT ON COLUMN users.initials IS 'Initials on checklists.';
COMMENT ON COLUMN users.language IS 'Language of pages and messages.';
COMMENT ON COLUMN users.kind IS 'STAFF (a person of the plant), PORTAL (a person of one customer, outside the roles of the plant) or SERVICE (a program; it never signs).';
COMMENT ON COLUMN users.customer_id IS 'The customer of a PORTAL account.';
COMMENT ON COLUMN users.account_state IS 'ACTIVE, DISABLED (until somebody enables it) or LOCKED (by an Administrator, after an incident).';
COMMENT ON COLUMN users.state_reason IS 'Why it is disabled or locked.';
COMMENT ON COLUMN users.state_changed_at IS 'When account_state last changed.';
COMMENT ON COLUMN users.is_active IS 'True while account_state is ACTIVE; false takes every permission away.';
COMMENT ON COLUMN users.expires_at IS 'From this instant on the account has no permission; null for no end.';
COMMENT ON COLUMN users.must_change_password IS 'True if the next sign-in leads only to a new password.';
COMMENT ON COLUMN users.password_changed_at IS 'When the password was last set; null while there is none, so that nobody can sign in.';
COMMENT ON COLUMN users.mfa_enrolled_at IS 'When the second factor in use was confirmed; null while there is none.';
COMMENT ON COLUMN users.identity_verified_by IS 'Second person who verified the identity; needed before signing (21 CFR 11.100).';
COMMENT ON COLUMN users.identity_verified_on IS 'Day on which the identity was verified.';
COMMENT ON COLUMN users.last_sign_in_at IS 'Last complete sign-in through the server.';
COMMENT ON COLUMN users.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN users.created_at IS 'When the row was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row was last changed.';

CREATE TABLE login_registry (
  login_hash text COLLATE "C" PRIMARY KEY CHECK (login_hash ~ '^[0-9a-f]{64}$'),
  user_id bigint NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE login_registry IS 'Every login that ever existed, as a hash, append-only: it outlives the account and its erasure, so that no login ever names a second person.';
COMMENT ON COLUMN login_registry.login_hash IS 'SHA-256 of the login.';
COMMENT ON COLUMN login_registry.user_id IS 'The account it named, also when that is gone (hence no foreign key).';
COMMENT ON COLUMN login_registry.registered_at IS 'When the login was first used.';

CREATE TABLE roles (
  role_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  role_code text COLLATE "C" NOT NULL UNIQUE CHECK (role_code ~ '^[A-Z][A-Z_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text NOT NULL,
  parent_role_id bigint REFERENCES roles ON DELETE RESTRICT CHECK (parent_role_id <> role_id),
  has_short_idle boolean NOT NULL DEFAULT false,
  is_for_programs boolean NOT NULL DEFAULT false
);
CREATE INDEX roles_parent_role_id_idx ON roles (parent_role_id) WHERE parent_role_id IS NOT NULL;
COMMENT ON TABLE roles IS 'The six roles of the plant and any further ones; a role reports to its parent in the chart of the plant.';
COMMENT ON COLUMN roles.role_id IS 'Key.';
COMMENT ON COLUMN roles.role_code IS 'Natural code, for example SALES_MANAGER.';
COMMENT ON COLUMN roles.name IS 'Name shown to people.';
COMMENT ON COLUMN roles.description IS 'What the role does.';
COMMENT ON COLUMN roles.parent_role_id IS 'The role above it. Permissions are not inherited: each role''s are listed in role_permissions.';
COMMENT ON COLUMN roles.has_short_idle IS 'True if sessions of its people end after the shorter idle time (security_settings.idle_minutes_short).';
COMMENT ON COLUMN roles.is_for_programs IS 'True for a role that only SERVICE accounts may have; the others are for people.';

CREATE TABLE permissions (
  permission_code text COLLATE "C" PRIMARY KEY CHECK (permission_code ~ '^[a-z_]+:[a-z_]+$'),
  description text NOT NULL,
  is_kept_from_administrator boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE permissions IS 'What can be permitted: resource:action (workflow.md section 5).';
COMMENT ON COLUMN permissions.permission_code IS 'resource:action, for example bom:approve.';
COMMENT ON COLUMN permissions.description IS 'What it allows.';
COMMENT ON COLUMN permissions.is_kept_from_administrator IS 'True for what the role Administrator can never be given: signing for others and releasing what others inspected.';

CREATE TABLE role_permissions (
  role_id bigint NOT NULL REFERENCES roles ON DELETE CASCADE,
  permission_code text COLLATE "C" NOT NULL REFERENCES permissions ON DELETE CASCADE,
  PRIMARY KEY (role_id, permission_code)
);
CREATE INDEX role_permissions_permission_code_idx ON role_permissions (permission_code);
COMMENT ON TABLE role_permissions IS 'Which role has which permission.';
COMMENT ON COLUMN role_permissions.role_id IS 'The role.';
COMMENT ON COLUMN role_permissions.permission_code IS 'The permission.';

CREATE TABLE user_roles (
  user_role_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  role_id bigint NOT NULL REFERENCES roles ON DELETE RESTRICT,
  valid_from timestamptz NOT NULL DEFAULT now(),
  valid_to timestamptz CHECK (valid_to >= valid_from),
  granted_by bigint REFERENCES users ON DELETE RESTRICT,
  delegated_by bigint REFERENCES users ON DELETE RESTRICT CHECK (delegated_by <> user_id),
  may_sign boolean NOT NULL DEFAULT true,
  grant_reason text,
  ended_by bigint REFERENCES users ON DELETE RESTRICT,
  end_reason text,
  is_sample boolean NOT NULL DEFAULT false,
  CONSTRAINT user_roles_no_overlap EXCLUDE USING gist (user_id WITH =, role_id WITH =, coalesce(delegated_by, 0) WITH =, tstzrange(valid_from, valid_to) WITH &&),
  CHECK (delegated_by IS NOT NULL OR may_sign),
  CHECK (delegated_by IS NULL OR (valid_to IS NOT NULL AND btrim(grant_reason) <> ''))
);
CREATE INDEX user_roles_user_id_idx ON user_roles (user_id, role_id);
CREATE INDEX user_roles_role_id_idx ON user_roles (role_id);
CREATE INDEX user_roles_granted_by_idx ON user_roles (granted_by) WHERE granted_by IS NOT NULL;
CREATE INDEX user_roles_delegated_by_idx ON user_roles (delegated_by, role_id) WHERE delegated_by IS NOT NULL;
CREATE INDEX user_roles_ended_by_idx ON user_roles (ended_by) WHERE ended_by IS NOT NULL;
COMMENT ON TABLE user_roles IS 'Roles of a person, own or delegated, each from when until when. A grant ends by its date or by moving that date forward; it is never deleted.';
COMMENT ON COLUMN user_roles.user_role_id IS 'Key.';
COMMENT ON COLUMN user_roles.user_id IS 'The person.';
COMMENT ON COLUMN user_roles.role_id IS 'The role.';
COMMENT ON COLUMN user_roles.valid_from IS 'First instant at which it holds.';
COMMENT ON COLUMN user_roles.valid_to IS 'First instant at which it no longer holds; null for open. Equal to valid_from: it never held.';
COMMENT ON COLUMN user_roles.granted_by IS 'Who gave it; null for the database''s owner.';
COMMENT ON COLUMN user_roles.delegated_by IS 'For a delegation: whose own role it is. It holds only as long as that person has the role.';
COMMENT ON COLUMN user_roles.may_sign IS 'For a delegation: whether the person may sign in it, which must be granted expressly; always true for an own role.';
COMMENT ON COLUMN user_roles.grant_reason IS 'Why it was given.';
COMMENT ON COLUMN user_roles.ended_by IS 'Who ended it before its date.';
COMMENT ON COLUMN user_roles.end_reason IS 'Why it was ended before its date.';
COMMENT ON COLUMN user_roles.is_sample IS 'True for rows of the shipped sample data.';

ALTER TABLE customers ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE orders
  ADD FOREIGN KEY (sales_person_id) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (held_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (accessories_reviewed_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (submitted_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (approved_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE order_changes
  ADD FOREIGN KEY (proposed_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (decided_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE workflow_rule_changes
  ADD FOREIGN KEY (proposed_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (decided_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE stock_moves ADD FOREIGN KEY (moved_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE service_orders
  ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (decided_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (ordered_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (received_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE build_status_history ADD FOREIGN KEY (changed_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE order_status_history ADD FOREIGN KEY (changed_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE order_attachments
  ADD FOREIGN KEY (approved_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE order_notes ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE configurations ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE boms
  ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (submitted_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (decided_by) REFERENCES users ON DELETE RESTRICT,
  ADD FOREIGN KEY (released_by) REFERENCES users ON DELETE RESTRICT;
ALTER TABLE custom_parts_registry ADD FOREIGN KEY (created_by) REFERENCES users ON DELETE RESTRICT;

CREATE TABLE user_credentials (
  user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  password_hash text COLLATE "C" NOT NULL CHECK (password_hash ~ '^\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$')
);
COMMENT ON TABLE user_credentials IS 'Password hashes, apart from the accounts so that no reader of those ever sees them. An account without a row cannot sign in.';
COMMENT ON COLUMN user_credentials.user_id IS 'The account.';
COMMENT ON COLUMN user_credentials.password_hash IS 'Argon2id hash in PHC form, made by the server; SQL never sees a password.';

CREATE TABLE password_history (
  password_history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  password_hash text COLLATE "C" NOT NULL CHECK (password_hash ~ '^\$argon2id\$'),
  replaced_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX password_history_user_id_idx ON password_history (user_id, password_history_id DESC);
COMMENT ON TABLE password_history IS 'Hashes of former passwords, as many as security_settings.password_history says; the server compares.';
COMMENT ON COLUMN password_history.password_history_id IS 'Key.';
COMMENT ON COLUMN password_history.user_id IS 'The account.';
COMMENT ON COLUMN password_history.password_hash IS 'Argon2id hash in PHC form.';
COMMENT ON COLUMN password_history.replaced_at IS 'When another password took its place.';

CREATE TABLE setup_codes (
  setup_code_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('BOOTSTRAP', 'INVITATION', 'RESET')),
  code_hash text COLLATE "C" NOT NULL UNIQUE CHECK (code_hash ~ '^[0-9a-f]{64}$'),
  made_by bigint REFERENCES users ON DELETE SET NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX setup_codes_user_id_idx ON setup_codes (user_id, setup_code_id DESC);
CREATE INDEX setup_codes_made_by_idx ON setup_codes (made_by) WHERE made_by IS NOT NULL;
COMMENT ON TABLE setup_codes IS 'One-time codes with which a person sets an own password; nobody sets a password for another.';
COMMENT ON COLUMN setup_codes.setup_code_id IS 'Key.';
COMMENT ON COLUMN setup_codes.user_id IS 'The account.';
COMMENT ON COLUMN setup_codes.purpose IS 'BOOTSTRAP (first or recovered Administrator), INVITATION (new account) or RESET (password forgotten).';
COMMENT ON COLUMN setup_codes.code_hash IS 'SHA-256 of the code, which has 150 random bits.';
COMMENT ON COLUMN setup_codes.made_by IS 'Who had it made; null for the database''s owner.';
COMMENT ON COLUMN setup_codes.made_at IS 'When it was made.';
COMMENT ON COLUMN setup_codes.expires_at IS 'From this instant on it is worth nothing.';
COMMENT ON COLUMN setup_codes.used_at IS 'When it was used; it works once.';
COMMENT ON COLUMN setup_codes.revoked_at IS 'When another code or a change of the account made it worthless.';

CREATE TABLE user_sessions (
  user_session_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  token_hash text COLLATE "C" NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  session_kind text NOT NULL DEFAULT 'WEB' CHECK (session_kind IN ('WEB', 'API', 'SETUP')),
  mfa_state text NOT NULL CHECK (mfa_state IN ('NOT_REQUIRED', 'PENDING', 'ENROL', 'PASSED')),
  opened_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  stepped_up_at timestamptz,
  signing_proved_at timestamptz,
  device_hash text COLLATE "C" CHECK (device_hash ~ '^[0-9a-f]{64}$'),
  device_label text,
  client_address inet,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('SIGNED_OUT', 'IDLE', 'EXPIRED', 'REVOKED', 'TOO_MANY', 'RIGHTS_REDUCED', 'ACCOUNT', 'PASSWORD_CHANGED', 'SETUP_DONE')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX user_sessions_user_id_idx ON user_sessions (user_id, user_session_id DESC);
CREATE INDEX user_sessions_open_idx ON user_sessions (user_id, last_seen_at) WHERE ended_at IS NULL;
COMMENT ON TABLE user_sessions IS 'Sessions of the server. The token itself is known only to the browser.';
COMMENT ON COLUMN user_sessions.user_session_id IS 'Key.';
COMMENT ON COLUMN user_sessions.user_id IS 'The account.';
COMMENT ON COLUMN user_sessions.token_hash IS 'SHA-256 of the token, which has 256 random bits.';
COMMENT ON COLUMN user_sessions.session_kind IS 'WEB, API, or SETUP (opened by a setup code; only for an own password and second factor).';
COMMENT ON COLUMN user_sessions.mfa_state IS 'NOT_REQUIRED, PENDING (the code is still to be given), ENROL (a second factor is still to be set up) or PASSED.';
COMMENT ON COLUMN user_sessions.opened_at IS 'When it began.';
COMMENT ON COLUMN user_sessions.last_seen_at IS 'Last use, exact to five seconds.';
COMMENT ON COLUMN user_sessions.expires_at IS 'End, whatever happens.';
COMMENT ON COLUMN user_sessions.stepped_up_at IS 'When the person last proved again who they are since signing in, for acts that ask for it.';
COMMENT ON COLUMN user_sessions.signing_proved_at IS 'When the person last gave all parts of their credentials for a signature.';
COMMENT ON COLUMN user_sessions.device_hash IS 'SHA-256 of the device''s own random cookie.';
COMMENT ON COLUMN user_sessions.device_label IS 'Browser and system, for the person''s list of sessions.';
COMMENT ON COLUMN user_sessions.client_address IS 'Network address at the beginning.';
COMMENT ON COLUMN user_sessions.ended_at IS 'When it ended.';
COMMENT ON COLUMN user_sessions.end_reason IS 'SIGNED_OUT, IDLE, EXPIRED, REVOKED, TOO_MANY, RIGHTS_REDUCED, ACCOUNT, PASSWORD_CHANGED or SETUP_DONE.';

CREATE TYPE session_state AS (
  user_session_id bigint, user_id bigint, login text, display_name text, language text, kind text, customer_id bigint, session_kind text,
  restricted_to text, is_stepped_up boolean, mfa_state text, idle_ends_at timestamptz, expires_at timestamptz
);
COMMENT ON TYPE session_state IS 'A live session and whose it is. restricted_to: MFA, ENROL, PASSWORD or SETUP while only that step is open; null when the person may work.';

CREATE TABLE mfa_totp (
  mfa_totp_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  sealed_secret bytea NOT NULL CHECK (octet_length(sealed_secret) BETWEEN 28 AND 1024),
  key_id text COLLATE "C" NOT NULL CHECK (key_id <> ''),
  is_confirmed boolean NOT NULL DEFAULT false,
  last_used_step bigint,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (user_id, is_confirmed)
);
COMMENT ON TABLE mfa_totp IS 'Authenticators that show a code every 30 seconds: per account one in use and one being set up.';
COMMENT ON COLUMN mfa_totp.mfa_totp_id IS 'Key.';
COMMENT ON COLUMN mfa_totp.user_id IS 'The account.';
COMMENT ON COLUMN mfa_totp.sealed_secret IS 'The secret, encrypted by the server; SQL sees only these bytes.';
COMMENT ON COLUMN mfa_totp.key_id IS 'Key of the server which opens it.';
COMMENT ON COLUMN mfa_totp.is_confirmed IS 'True for the one in use; false until its first code was given.';
COMMENT ON COLUMN mfa_totp.last_used_step IS 'Time step (seconds since 1970 divided by 30) of the last code accepted: no code works twice.';
COMMENT ON COLUMN mfa_totp.made_at IS 'When it was set up.';

CREATE TABLE recovery_codes (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  code_hash text COLLATE "C" NOT NULL CHECK (code_hash ~ '^[0-9a-f]{64}$'),
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE recovery_codes IS 'Codes for the day on which the authenticator is lost; each works once.';
COMMENT ON COLUMN recovery_codes.user_id IS 'The account.';
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256 of the code.';
COMMENT ON COLUMN recovery_codes.used_at IS 'When it was used.';

CREATE TABLE login_attempts (
  attempt_key text COLLATE "C" PRIMARY KEY CHECK (attempt_key ~ '^(ADDRESS|DEVICE|LOGIN|MFA):[0-9a-f]{64}$'),
  failed_at timestamptz[] NOT NULL DEFAULT '{}',
  last_success_at timestamptz,
  blocked_until timestamptz
);
COMMENT ON TABLE login_attempts IS 'Guesses of the last 24 hours, counted per login (LOGIN: from strangers, DEVICE: from known devices), per network address (ADDRESS) and per second factor (MFA). Logins that do not exist are counted alike.';
COMMENT ON COLUMN login_attempts.attempt_key IS 'What is counted, and the SHA-256 of whom.';
COMMENT ON COLUMN login_attempts.failed_at IS 'When each guess of the last 24 hours was let through; a right one is taken out again.';
COMMENT ON COLUMN login_attempts.last_success_at IS 'Last right guess; the waiting time grows with the wrong ones since then.';
COMMENT ON COLUMN login_attempts.blocked_until IS 'Until when no further guess is let through.';

CREATE TYPE attempt_gate AS (is_allowed boolean, retry_after_seconds integer);
COMMENT ON TYPE attempt_gate IS 'Whether a guess may be looked at, and if not, after how many seconds the next one may.';

CREATE TABLE security_settings (
  setting_code text COLLATE "C" PRIMARY KEY CHECK (setting_code ~ '^[a-z][a-z0-9_]*$'),
  number_value integer,
  switch_value boolean,
  minimum integer,
  maximum integer,
  unit text,
  description text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(number_value, switch_value) = 1),
  CHECK (number_value IS NULL OR (minimum IS NOT NULL AND maximum IS NOT NULL AND unit IS NOT NULL)),
  CONSTRAINT security_settings_in_range CHECK (number_value BETWEEN minimum AND maximum)
);
COMMENT ON TABLE security_settings IS 'Limits and switches of security: each a number inside its range, or a switch.';
COMMENT ON COLUMN security_settings.setting_code IS 'Name of the setting.';
COMMENT ON COLUMN security_settings.number_value IS 'Value of a number.';
COMMENT ON COLUMN security_settings.switch_value IS 'Value of a switch.';
COMMENT ON COLUMN security_settings.minimum IS 'Smallest number allowed.';
COMMENT ON COLUMN security_settings.maximum IS 'Largest number allowed.';
COMMENT ON COLUMN security_settings.unit IS 'Unit of the number.';
COMMENT ON COLUMN security_settings.description IS 'What it does.';
COMMENT ON COLUMN security_settings.updated_at IS 'When it was last changed.';

CREATE TABLE security_event_types (
  event_type text COLLATE "C" PRIMARY KEY CHECK (event_type ~ '^[A-Z][A-Z_]*$'),
  severity text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ALARM')),
  source text NOT NULL CHECK (source IN ('DATABASE', 'SERVER')),
  description text NOT NULL
);
COMMENT ON TABLE security_event_types IS 'The catalogue of security events.';
COMMENT ON COLUMN security_event_types.event_type IS 'Name of the event.';
COMMENT ON COLUMN security_event_types.severity IS 'INFO, WARNING or ALARM.';
COMMENT ON COLUMN security_event_types.source IS 'DATABASE (written by the function that does it) or SERVER (only the server knows; record_security_event).';
COMMENT ON COLUMN security_event_types.description IS 'What happened.';

CREATE TABLE security_events (
  security_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event_type text COLLATE "C" NOT NULL REFERENCES security_event_types ON DELETE RESTRICT,
  actor_id bigint,
  actor text NOT NULL,
  subject_id bigint,
  user_session_id bigint,
  door text COLLATE "C" NOT NULL CHECK (door IN ('DATABASE', 'SERVER')),
  database_role text NOT NULL DEFAULT session_user,
  client_address inet,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(details) = 'object')
);
CREATE INDEX security_events_event_type_idx ON security_events (event_type, security_event_id DESC);
CREATE INDEX security_events_subject_idx ON security_events (subject_id, security_event_id DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX security_events_actor_idx ON security_events (actor_id, security_event_id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX security_events_occurred_at_idx ON security_events USING brin (occurred_at);
COMMENT ON TABLE security_events IS 'What happened to accounts, sessions, roles, rights, settings and doors; append-only. No keys into accounts: it outlives them.';
COMMENT ON COLUMN security_events.security_event_id IS 'Key.';
COMMENT ON COLUMN security_events.occurred_at IS 'When.';
COMMENT ON COLUMN security_events.event_type IS 'What.';
COMMENT ON COLUMN security_events.actor_id IS 'Who did it, if an account.';
COMMENT ON COLUMN security_events.actor IS 'Login of who did it, or the database role.';
COMMENT ON COLUMN security_events.subject_id IS 'Whose account it is about.';
COMMENT ON COLUMN security_events.user_session_id IS 'Session in which it happened.';
COMMENT ON COLUMN security_events.door IS 'DATABASE (the owner at psql) or SERVER.';
COMMENT ON COLUMN security_events.database_role IS 'Database role of the connection.';
COMMENT ON COLUMN security_events.client_address IS 'Network address of the client, where the server knows it.';
COMMENT ON COLUMN security_events.request_id IS 'Request of the server, found again in its log.';
COMMENT ON COLUMN security_events.details IS 'What else is known; never a password, token or code.';

CREATE TABLE signing_proofs (
  signing_proof_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_session_id bigint NOT NULL REFERENCES user_sessions ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  proof_hash text COLLATE "C" NOT NULL UNIQUE CHECK (proof_hash ~ '^[0-9a-f]{64}$'),
  method text NOT NULL CHECK (method IN ('PASSWORD', 'PASSWORD_MFA', 'AUTHENTICATOR')),
  expires_at timestamptz NOT NULL,
  used_in xid8
);
CREATE INDEX signing_proofs_user_session_id_idx ON signing_proofs (user_session_id);
CREATE INDEX signing_proofs_user_id_idx ON signing_proofs (user_id);
COMMENT ON TABLE signing_proofs IS 'Fresh proofs of identity for one act each: the server asks for the credentials again, then the act may be signed.';
COMMENT ON COLUMN signing_proofs.signing_proof_id IS 'Key.';
COMMENT ON COLUMN signing_proofs.user_session_id IS 'The session in which it was given; it ends with it.';
COMMENT ON COLUMN signing_proofs.user_id IS 'Who gave it.';
COMMENT ON COLUMN signing_proofs.proof_hash IS 'SHA-256 of the proof, which has 256 random bits.';
COMMENT ON COLUMN signing_proofs.method IS 'PASSWORD, PASSWORD_MFA or AUTHENTICATOR.';
COMMENT ON COLUMN signing_proofs.expires_at IS 'From this instant on it is worth nothing.';
COMMENT ON COLUMN signing_proofs.used_in IS 'Transaction that used it: all signatures of one act are given in one transaction, and no other may use it.';

CREATE TABLE signatures (
  signature_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_type text COLLATE "C" NOT NULL CHECK (record_type ~ '^[a-z][a-z_]*$'),
  record_id bigint NOT NULL,
  meaning text NOT NULL CHECK (meaning IN ('authored', 'reviewed', 'approved', 'inspected', 'released', 'rejected', 'waived', 'confirmed', 'destroyed')),
  reason text CHECK (btrim(reason) <> ''),
  signer_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  printed_name text NOT NULL CHECK (btrim(printed_name) <> ''),
  signer_role text COLLATE "C" NOT NULL CHECK (signer_role ~ '^[A-Z][A-Z_]*$'),
  acting_for_id bigint REFERENCES users ON DELETE RESTRICT CHECK (acting_for_id <> signer_id),
  acting_for_name text,
  method text NOT NULL CHECK (method IN ('DATABASE', 'PASSWORD', 'PASSWORD_MFA', 'AUTHENTICATOR')),
  user_session_id bigint,
  content_keys text[] NOT NULL CHECK (cardinality(content_keys) > 0),
  content_hash text COLLATE "C" NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  row_hash text COLLATE "C" NOT NULL CHECK (row_hash ~ '^[0-9a-f]{64}$'),
  CHECK (meaning NOT IN ('rejected', 'waived', 'destroyed') OR reason IS NOT NULL),
  CHECK ((acting_for_id IS NULL) = (acting_for_name IS NULL)),
  CHECK ((method = 'DATABASE') = (user_session_id IS NULL))
);
CREATE INDEX signatures_record_idx ON signatures (record_type, record_id, signature_id);
CREATE INDEX signatures_signer_id_idx ON signatures (signer_id, signed_at DESC);
CREATE INDEX signatures_acting_for_id_idx ON signatures (acting_for_id) WHERE acting_for_id IS NOT NULL;
COMMENT ON TABLE signatures IS 'Electronic signatures, append-only: who signed what with which meaning, bound to the content by its hash.';
COMMENT ON COLUMN signatures.signature_id IS 'Key.';
COMMENT ON COLUMN signatures.record_type IS 'Table of the signed record.';
COMMENT ON COLUMN signatures.record_id IS 'Key of the signed record.';
COMMENT ON COLUMN signatures.meaning IS 'What the signature means: authored, reviewed, approved, inspected, released, rejected, waived, confirmed or destroyed.';
COMMENT ON COLUMN signatures.reason IS 'Why; needed for rejected, waived and destroyed.';
COMMENT ON COLUMN signatures.signer_id IS 'Who signed.';
COMMENT ON COLUMN signatures.printed_name IS 'Name of the signer at that time.';
COMMENT ON COLUMN signatures.signer_role IS 'Code of the role that gave the right to the act, at that time; printed with the name.';
COMMENT ON COLUMN signatures.acting_for_id IS 'Whose delegated role the signer acted in.';
COMMENT ON COLUMN signatures.acting_for_name IS 'Name of that person at that time; printed with the signature.';
COMMENT ON COLUMN signatures.method IS 'DATABASE (at psql: the database login is the proof), PASSWORD, PASSWORD_MFA or AUTHENTICATOR.';
COMMENT ON COLUMN signatures.user_session_id IS 'Session of the server in which it was given, also when that is gone (hence no foreign key); null at psql.';
COMMENT ON COLUMN signatures.content_keys IS 'Fields of the canonical form that were signed: fields which later releases add do not touch it.';
COMMENT ON COLUMN signatures.content_hash IS 'SHA-256 of the canonical form of the record when it was signed.';
COMMENT ON COLUMN signatures.signed_at IS 'When.';
COMMENT ON COLUMN signatures.row_hash IS 'SHA-256 over this row: a signature that was copied to another record, person, meaning or time no longer agrees with it.';
