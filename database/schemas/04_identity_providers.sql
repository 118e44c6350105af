-- Sign-in through OpenID Connect: which providers, and which subject there is which account here.

CREATE TABLE identity_providers (
  identity_provider_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider_code text COLLATE "C" NOT NULL UNIQUE CHECK (provider_code ~ '^[A-Z][A-Z0-9_-]{0,39}$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  issuer_url text COLLATE "C" NOT NULL CHECK (issuer_url ~ '^(https://[a-z0-9.-]+(:[1-9][0-9]{0,4})?|http://127\.0\.0\.1:[1-9][0-9]{0,4})(/[A-Za-z0-9._~/-]*)?$'),
  client_id text NOT NULL CHECK (btrim(client_id) <> '' AND length(client_id) <= 255),
  sealed_secret bytea CHECK (octet_length(sealed_secret) BETWEEN 28 AND 1024),
  key_id text COLLATE "C" CHECK (key_id <> ''),
  mfa_acr text[] NOT NULL DEFAULT '{}' CHECK (array_position(mfa_acr, NULL) IS NULL),
  mfa_amr text[] NOT NULL DEFAULT '{}' CHECK (array_position(mfa_amr, NULL) IS NULL),
  email_domains text[] NOT NULL DEFAULT '{}' CHECK (array_position(email_domains, NULL) IS NULL AND array_to_string(email_domains, ' ') ~ '^([a-z0-9-]+(\.[a-z0-9-]+)+( |$))*$'),
  required_claim text CHECK (btrim(required_claim) <> ''),
  required_value text CHECK (btrim(required_value) <> ''),
  is_for_administrators boolean NOT NULL DEFAULT false,
  is_enabled boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((sealed_secret IS NULL) = (key_id IS NULL)),
  CHECK ((required_claim IS NULL) = (required_value IS NULL))
);
COMMENT ON TABLE identity_providers IS 'Providers of identities (OpenID Connect) through which people may sign in instead of giving their password.';
COMMENT ON COLUMN identity_providers.identity_provider_id IS 'Key.';
COMMENT ON COLUMN identity_providers.provider_code IS 'Natural code, for example ENTRA; in lower case it is part of the address to which the provider sends people back.';
COMMENT ON COLUMN identity_providers.name IS 'Name shown at the sign-in.';
COMMENT ON COLUMN identity_providers.issuer_url IS 'Issuer, exactly as the provider writes it; its host, and those of the addresses that it names, must be in allowed_hosts.';
COMMENT ON COLUMN identity_providers.client_id IS 'Name under which the provider knows this installation.';
COMMENT ON COLUMN identity_providers.sealed_secret IS 'The client''s secret, encrypted by the server; SQL sees only these bytes. Null for a client without one.';
COMMENT ON COLUMN identity_providers.key_id IS 'Key of the server which opens it.';
COMMENT ON COLUMN identity_providers.mfa_acr IS 'Values of the claim acr that say that a second factor was given; empty: none does.';
COMMENT ON COLUMN identity_providers.mfa_amr IS 'Values of the claim amr of which one says that a second factor was given, for example mfa; empty: none does.';
COMMENT ON COLUMN identity_providers.email_domains IS 'Domains of which the claim email must have one; empty: the claim is not looked at.';
COMMENT ON COLUMN identity_providers.required_claim IS 'Claim that must be there, for example groups; null: none.';
COMMENT ON COLUMN identity_providers.required_value IS 'Value which that claim must have, or have among others.';
COMMENT ON COLUMN identity_providers.is_for_administrators IS 'True if Administrators may sign in through it as well; otherwise they give their password.';
COMMENT ON COLUMN identity_providers.is_enabled IS 'False: nobody signs in through it, and it is not shown.';
COMMENT ON COLUMN identity_providers.created_at IS 'When the row was made.';
COMMENT ON COLUMN identity_providers.updated_at IS 'When the row was last changed.';

CREATE TABLE user_identities (
  user_identity_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  identity_provider_id bigint NOT NULL REFERENCES identity_providers ON DELETE RESTRICT,
  subject text COLLATE "C" NOT NULL CHECK (subject <> '' AND length(subject) <= 255),
  linked_by bigint REFERENCES users ON DELETE SET NULL,
  linked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (identity_provider_id, subject),
  UNIQUE (user_id, identity_provider_id)
);
CREATE INDEX user_identities_linked_by_idx ON user_identities (linked_by) WHERE linked_by IS NOT NULL;
COMMENT ON TABLE user_identities IS 'Which subject of a provider is which account. Made by an Administrator or by the person while signed in; never by an e-mail address that happens to be the same.';
COMMENT ON COLUMN user_identities.user_identity_id IS 'Key.';
COMMENT ON COLUMN user_identities.user_id IS 'The account.';
COMMENT ON COLUMN user_identities.identity_provider_id IS 'The provider.';
COMMENT ON COLUMN user_identities.subject IS 'The claim sub: the provider''s own key of that person, which it never gives to another.';
COMMENT ON COLUMN user_identities.linked_by IS 'Who linked it: the person or an Administrator; null for the database''s owner.';
COMMENT ON COLUMN user_identities.linked_at IS 'When it was linked.';

CREATE TABLE used_sign_in_states (
  state_hash text COLLATE "C" PRIMARY KEY CHECK (state_hash ~ '^[0-9a-f]{64}$'),
  used_at timestamptz NOT NULL
);
COMMENT ON TABLE used_sign_in_states IS 'Ways to a provider and back that were used: none works twice. Kept for an hour, longer than one lives.';
COMMENT ON COLUMN used_sign_in_states.state_hash IS 'SHA-256 of the state that the provider gave back.';
COMMENT ON COLUMN used_sign_in_states.used_at IS 'When it was used.';

ALTER TABLE user_sessions ADD COLUMN identity_provider_id bigint REFERENCES identity_providers ON DELETE RESTRICT;
CREATE INDEX user_sessions_identity_provider_id_idx ON user_sessions (identity_provider_id) WHERE identity_provider_id IS NOT NULL;
COMMENT ON COLUMN user_sessions.identity_provider_id IS 'The provider through which the person signed in; null after a password.';

CREATE TYPE provider_settings AS (identity_provider_id bigint, provider_code text, issuer_url text, client_id text, sealed_secret bytea, key_id text, asks_for_email boolean);
COMMENT ON TYPE provider_settings IS 'What the server needs to send somebody to a provider: see identity_providers. asks_for_email: the claim email is looked at.';
