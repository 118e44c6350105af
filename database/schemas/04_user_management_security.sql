-- Identity: who may do what. People have roles, roles have permissions; a permission is resource:action.

CREATE TABLE users (
  user_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  login text COLLATE "C" NOT NULL UNIQUE CHECK (login = lower(btrim(login)) AND login ~ '^[a-z0-9][a-z0-9._@-]*$'),
  display_name text NOT NULL CHECK (btrim(display_name) <> ''),
  initials text CHECK (btrim(initials) <> ''),
  language text NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'FR', 'ES')),
  is_active boolean NOT NULL DEFAULT true,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE users IS 'People who use the system. A row alone lets nobody sign in.';
COMMENT ON COLUMN users.user_id IS 'Key.';
COMMENT ON COLUMN users.login IS 'Name at sign-in, lower case, never used again for another person.';
COMMENT ON COLUMN users.display_name IS 'Printed name.';
COMMENT ON COLUMN users.initials IS 'Initials on checklists.';
COMMENT ON COLUMN users.language IS 'Language of pages and messages.';
COMMENT ON COLUMN users.is_active IS 'False takes every permission away.';
COMMENT ON COLUMN users.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN users.created_at IS 'When the row was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row was last changed.';

CREATE TABLE roles (
  role_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  role_code text COLLATE "C" NOT NULL UNIQUE CHECK (role_code ~ '^[A-Z][A-Z_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text NOT NULL,
  parent_role_id bigint REFERENCES roles ON DELETE RESTRICT CHECK (parent_role_id <> role_id)
);
CREATE INDEX roles_parent_role_id_idx ON roles (parent_role_id) WHERE parent_role_id IS NOT NULL;
COMMENT ON TABLE roles IS 'The six roles of the plant and any further ones; a role reports to its parent in the chart of the plant.';
COMMENT ON COLUMN roles.role_id IS 'Key.';
COMMENT ON COLUMN roles.role_code IS 'Natural code, for example SALES_MANAGER.';
COMMENT ON COLUMN roles.name IS 'Name shown to people.';
COMMENT ON COLUMN roles.description IS 'What the role does.';
COMMENT ON COLUMN roles.parent_role_id IS 'The role above it. Permissions are not inherited: each role''s are listed in role_permissions.';

CREATE TABLE permissions (
  permission_code text COLLATE "C" PRIMARY KEY CHECK (permission_code ~ '^[a-z_]+:[a-z_]+$'),
  description text NOT NULL
);
COMMENT ON TABLE permissions IS 'What can be permitted: resource:action (workflow.md section 5).';
COMMENT ON COLUMN permissions.permission_code IS 'resource:action, for example bom:approve.';
COMMENT ON COLUMN permissions.description IS 'What it allows.';

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
  valid_to timestamptz CHECK (valid_to > valid_from),
  granted_by bigint REFERENCES users ON DELETE RESTRICT,
  is_sample boolean NOT NULL DEFAULT false
);
CREATE INDEX user_roles_user_id_idx ON user_roles (user_id, role_id);
CREATE INDEX user_roles_role_id_idx ON user_roles (role_id);
CREATE INDEX user_roles_granted_by_idx ON user_roles (granted_by) WHERE granted_by IS NOT NULL;
COMMENT ON TABLE user_roles IS 'Roles of a person, each from when until when.';
COMMENT ON COLUMN user_roles.user_role_id IS 'Key.';
COMMENT ON COLUMN user_roles.user_id IS 'The person.';
COMMENT ON COLUMN user_roles.role_id IS 'The role.';
COMMENT ON COLUMN user_roles.valid_from IS 'First instant at which it holds.';
COMMENT ON COLUMN user_roles.valid_to IS 'First instant at which it no longer holds; null for open.';
COMMENT ON COLUMN user_roles.granted_by IS 'Who gave it.';
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

CREATE TABLE signatures (
  signature_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_type text COLLATE "C" NOT NULL CHECK (record_type ~ '^[a-z][a-z_]*$'),
  record_id bigint NOT NULL,
  meaning text NOT NULL CHECK (meaning IN ('authored', 'reviewed', 'approved', 'inspected', 'released', 'rejected', 'waived', 'confirmed', 'destroyed')),
  reason text,
  signer_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  printed_name text NOT NULL CHECK (btrim(printed_name) <> ''),
  method text NOT NULL CHECK (method IN ('DATABASE', 'PASSWORD', 'PASSWORD_MFA')),
  content_hash text COLLATE "C" NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX signatures_record_idx ON signatures (record_type, record_id, signature_id);
CREATE INDEX signatures_signer_id_idx ON signatures (signer_id, signed_at DESC);
COMMENT ON TABLE signatures IS 'Electronic signatures, append-only: who signed what with which meaning, bound to the content by its hash.';
COMMENT ON COLUMN signatures.signature_id IS 'Key.';
COMMENT ON COLUMN signatures.record_type IS 'Table of the signed record.';
COMMENT ON COLUMN signatures.record_id IS 'Key of the signed record.';
COMMENT ON COLUMN signatures.meaning IS 'What the signature means: authored, reviewed, approved, inspected, released, rejected, waived, confirmed or destroyed.';
COMMENT ON COLUMN signatures.reason IS 'Why, where the act asks for a reason.';
COMMENT ON COLUMN signatures.signer_id IS 'Who signed.';
COMMENT ON COLUMN signatures.printed_name IS 'Name of the signer at that time.';
COMMENT ON COLUMN signatures.method IS 'DATABASE (at psql: the database login is the proof), PASSWORD or PASSWORD_MFA.';
COMMENT ON COLUMN signatures.content_hash IS 'SHA-256 of the canonical form of the record when it was signed.';
COMMENT ON COLUMN signatures.signed_at IS 'When.';
