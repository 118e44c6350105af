-- Tokens of programs, and what a request of the server knows once it has entered.

CREATE TABLE api_tokens (
  api_token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  name text NOT NULL CHECK (btrim(name) <> ''),
  token_hash text COLLATE "C" NOT NULL UNIQUE CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  scopes text[] COLLATE "C" NOT NULL CHECK (cardinality(scopes) > 0 AND array_position(scopes, NULL) IS NULL AND array_to_string(scopes, ',') ~ '^[a-z_]+:[a-z_]+(,[a-z_]+:[a-z_]+)*$'),
  made_by bigint REFERENCES users ON DELETE SET NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL CHECK (isfinite(expires_at)),
  last_used_at timestamptz,
  refused_at timestamptz,
  revoked_at timestamptz,
  revoked_by bigint REFERENCES users ON DELETE SET NULL,
  revoke_reason text CHECK (btrim(revoke_reason) <> ''),
  CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL)
);
CREATE INDEX api_tokens_user_id_idx ON api_tokens (user_id, api_token_id DESC);
CREATE INDEX api_tokens_made_by_idx ON api_tokens (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX api_tokens_revoked_by_idx ON api_tokens (revoked_by) WHERE revoked_by IS NOT NULL;
COMMENT ON TABLE api_tokens IS 'Tokens of programs: each acts as one account, within its scopes, until a day. A token never signs and opens nothing that asks for a fresh proof of identity. The token itself is known only to the program.';
COMMENT ON COLUMN api_tokens.api_token_id IS 'Key.';
COMMENT ON COLUMN api_tokens.user_id IS 'The account it acts as: SERVICE, or STAFF for a program of that person.';
COMMENT ON COLUMN api_tokens.name IS 'What uses it, in words, for example "label printer of packing".';
COMMENT ON COLUMN api_tokens.token_hash IS 'SHA-256 of the token, which has 256 random bits.';
COMMENT ON COLUMN api_tokens.scopes IS 'Permissions it is narrowed to: it may do what both its account may and its scopes name.';
COMMENT ON COLUMN api_tokens.made_by IS 'Who had it made; null for the database''s owner.';
COMMENT ON COLUMN api_tokens.made_at IS 'When it was made.';
COMMENT ON COLUMN api_tokens.expires_at IS 'From this instant on it is worth nothing; at most security_settings.api_token_days after it was made.';
COMMENT ON COLUMN api_tokens.last_used_at IS 'Last use, exact to a minute; null before the first.';
COMMENT ON COLUMN api_tokens.refused_at IS 'When its use after its end was last noted as a security event: once an hour at most.';
COMMENT ON COLUMN api_tokens.revoked_at IS 'From this instant on it is worth nothing, before its day.';
COMMENT ON COLUMN api_tokens.revoked_by IS 'Who revoked it; null for the database itself or its owner.';
COMMENT ON COLUMN api_tokens.revoke_reason IS 'Why it was revoked.';

CREATE TYPE request_state AS (
  user_session_id bigint, user_id bigint, login text, display_name text, language text, kind text, customer_id bigint, session_kind text,
  restricted_to text, is_stepped_up boolean, mfa_state text, idle_ends_at timestamptz, expires_at timestamptz, api_token_id bigint, is_allowed boolean
);
COMMENT ON TYPE request_state IS 'Who makes a request: the fields of session_state (session_kind TOKEN for a program''s token, which has no session), the token, and whether the permission asked for is there.';

CREATE INDEX security_events_refused_idx ON security_events (actor_id, occurred_at) WHERE event_type = 'PERMISSION_REFUSED' AND actor_id IS NOT NULL;
