-- Governance: classification of every column, keys, seals of the audit trail, personal data, retention, data quality, monitoring.

-- Encryption and the audit trail ----------------------------------------------------------------------------------------------

CREATE TABLE encryption_keys (
  encryption_key_id smallint PRIMARY KEY CHECK (encryption_key_id > 0),
  purpose text COLLATE "C" NOT NULL CHECK (purpose IN ('DATA', 'INDEX', 'AUDIT')),
  state text COLLATE "C" NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'DECRYPT_ONLY', 'RETIRED')),
  check_value bytea NOT NULL CHECK (octet_length(check_value) = 32),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  replaced_at timestamptz,
  retired_at timestamptz,
  CHECK ((state = 'ACTIVE') = (replaced_at IS NULL)),
  CHECK ((state = 'RETIRED') = (retired_at IS NOT NULL))
);
CREATE UNIQUE INDEX encryption_keys_active_idx ON encryption_keys (purpose) WHERE state = 'ACTIVE';
COMMENT ON TABLE encryption_keys IS 'Which keys exist, for what, and how to tell the right one. The keys themselves are never in the database.';
COMMENT ON COLUMN encryption_keys.encryption_key_id IS 'Number of the key in the key file; stands in front of every value encrypted with it.';
COMMENT ON COLUMN encryption_keys.purpose IS 'DATA encrypts values, INDEX makes blind indexes, AUDIT marks seals of the audit trail.';
COMMENT ON COLUMN encryption_keys.state IS 'ACTIVE (one per purpose), DECRYPT_ONLY (reads while values move to the active key), RETIRED (nothing stands on it any more).';
COMMENT ON COLUMN encryption_keys.check_value IS 'HMAC-SHA256 of a constant under the key: tells the right key from a wrong one, tells nothing else.';
COMMENT ON COLUMN encryption_keys.created_at IS 'When it was registered.';
COMMENT ON COLUMN encryption_keys.replaced_at IS 'When a newer key of its purpose became active.';
COMMENT ON COLUMN encryption_keys.retired_at IS 'When it was retired.';

CREATE TABLE encrypted_columns (
  table_name text COLLATE "C" NOT NULL,
  column_name text COLLATE "C" NOT NULL,
  scheme text COLLATE "C" NOT NULL CHECK (scheme IN ('DATA', 'SUBJECT')),
  subject_column text COLLATE "C",
  index_column text COLLATE "C",
  index_purpose text COLLATE "C",
  data_key_id smallint REFERENCES encryption_keys ON DELETE RESTRICT,
  index_key_id smallint REFERENCES encryption_keys ON DELETE RESTRICT,
  reached bigint,
  PRIMARY KEY (table_name, column_name),
  CHECK ((scheme = 'SUBJECT') = (subject_column IS NOT NULL)),
  CHECK ((index_column IS NULL) = (index_purpose IS NULL))
);
CREATE INDEX encrypted_columns_data_key_id_idx ON encrypted_columns (data_key_id) WHERE data_key_id IS NOT NULL;
CREATE INDEX encrypted_columns_index_key_id_idx ON encrypted_columns (index_key_id) WHERE index_key_id IS NOT NULL;
COMMENT ON TABLE encrypted_columns IS 'Columns that hold encrypted values, for rotation and for checks. The context of a value is table|column|primary key.';
COMMENT ON COLUMN encrypted_columns.table_name IS 'The table; its primary key is one bigint column.';
COMMENT ON COLUMN encrypted_columns.column_name IS 'The bytea column.';
COMMENT ON COLUMN encrypted_columns.scheme IS 'DATA: under the active data key (encrypt_value); SUBJECT: under the key of its person (encrypt_for_subject).';
COMMENT ON COLUMN encrypted_columns.subject_column IS 'SUBJECT: the column with the key of the person.';
COMMENT ON COLUMN encrypted_columns.index_column IS 'The bytea column with the blind index of the value, if it has one.';
COMMENT ON COLUMN encrypted_columns.index_purpose IS 'The purpose given to blind_index for it.';
COMMENT ON COLUMN encrypted_columns.data_key_id IS 'The data key under which every value of the column is known to be; null before the first rotation.';
COMMENT ON COLUMN encrypted_columns.index_key_id IS 'The index key under which every blind index of the column is known to be; null before the first rotation.';
COMMENT ON COLUMN encrypted_columns.reached IS 'Primary key up to which a rotation has come; null when none is under way.';

CREATE TABLE subject_keys (
  subject_id bigint PRIMARY KEY,
  wrapped_key bytea CHECK (octet_length(wrapped_key) > 64),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  shredded_at timestamptz,
  CHECK ((wrapped_key IS NULL) = (shredded_at IS NOT NULL))
);
COMMENT ON TABLE subject_keys IS 'One data key per person, wrapped by the active data key. Left out of ordinary dumps (pg_dump --exclude-table-data=subject_keys) and backed up by itself with a short life, so that a shredded key is gone.';
COMMENT ON COLUMN subject_keys.subject_id IS 'The person the key belongs to; no foreign key, because the table is restored by itself.';
COMMENT ON COLUMN subject_keys.wrapped_key IS 'The 64 bytes of the person''s key, encrypted; null once shredded.';
COMMENT ON COLUMN subject_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN subject_keys.shredded_at IS 'When the key was destroyed: everything under it can no longer be read.';
