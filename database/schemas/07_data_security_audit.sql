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

CREATE TABLE audit_seals (
  audit_seal_id bigint PRIMARY KEY CHECK (audit_seal_id > 0),
  first_position bigint NOT NULL CHECK (first_position > 0),
  row_count integer NOT NULL CHECK (row_count > 0),
  month date NOT NULL,
  row_ids int8multirange NOT NULL,
  leaves bytea NOT NULL CHECK (octet_length(leaves) = 12 * row_count),
  first_created_at timestamptz NOT NULL,
  last_created_at timestamptz NOT NULL,
  merkle_root bytea NOT NULL CHECK (octet_length(merkle_root) = 32),
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seal_hash bytea NOT NULL CHECK (octet_length(seal_hash) = 32)
);
-- Random bytes: compressing them would only cost time.
ALTER TABLE audit_seals ALTER COLUMN leaves SET STORAGE EXTERNAL;
CREATE INDEX audit_seals_month_idx ON audit_seals (month, audit_seal_id);
COMMENT ON TABLE audit_seals IS 'Seals of the audit trail, each over some rows of one month and chained to the one before: what anybody changes behind the system''s back is found and located by verify_audit.';
COMMENT ON COLUMN audit_seals.audit_seal_id IS 'Number of the seal, without gaps.';
COMMENT ON COLUMN audit_seals.first_position IS 'Position of its first row in the order of the seals, which is the order of the trail: clocks and keys may jump.';
COMMENT ON COLUMN audit_seals.row_count IS 'Rows under the seal.';
COMMENT ON COLUMN audit_seals.month IS 'First day of the month (UTC) in which its rows were written.';
COMMENT ON COLUMN audit_seals.row_ids IS 'Keys of its rows (audit_log_id).';
COMMENT ON COLUMN audit_seals.leaves IS '12 bytes for each row in the order of the keys: the first 4 of its leaf, the first 4 of the hash of what changed, the last 4 of its time in microseconds. They locate a change; the root proves it.';
COMMENT ON COLUMN audit_seals.first_created_at IS 'Time of its earliest row.';
COMMENT ON COLUMN audit_seals.last_created_at IS 'Time of its latest row.';
COMMENT ON COLUMN audit_seals.merkle_root IS 'Root of the Merkle tree (RFC 6962, SHA-256) over its rows in the order of the keys.';
COMMENT ON COLUMN audit_seals.previous_hash IS 'seal_hash of the seal before; zeros for the first.';
COMMENT ON COLUMN audit_seals.sealed_at IS 'When it was made.';
COMMENT ON COLUMN audit_seals.seal_hash IS 'SHA-256 over all the other columns.';

CREATE TABLE audit_seal_state (
  audit_seal_state_id smallint PRIMARY KEY DEFAULT 1 CHECK (audit_seal_state_id = 1),
  cluster text NOT NULL,
  sealed_up_to bigint NOT NULL DEFAULT 0,
  open_from_seal bigint NOT NULL DEFAULT 0,
  next_sealed_up_to bigint NOT NULL DEFAULT 0,
  next_open_from_seal bigint NOT NULL DEFAULT 0,
  next_transaction xid8 NOT NULL DEFAULT '0',
  drained_before xid8 NOT NULL DEFAULT '0',
  last_seal_id bigint NOT NULL DEFAULT 0,
  last_position bigint NOT NULL DEFAULT 0,
  last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
COMMENT ON TABLE audit_seal_state IS 'How far the seals have come. One row.';
COMMENT ON COLUMN audit_seal_state.audit_seal_state_id IS 'Always 1.';
COMMENT ON COLUMN audit_seal_state.cluster IS 'Server and database in which the transaction numbers count; after a restore elsewhere they begin anew.';
COMMENT ON COLUMN audit_seal_state.sealed_up_to IS 'Every row up to this key is sealed, or was rolled back.';
COMMENT ON COLUMN audit_seal_state.open_from_seal IS 'Only seals after this one hold keys beyond sealed_up_to.';
COMMENT ON COLUMN audit_seal_state.next_sealed_up_to IS 'What sealed_up_to becomes once every transaction before next_transaction has ended.';
COMMENT ON COLUMN audit_seal_state.next_open_from_seal IS 'What open_from_seal becomes then.';
COMMENT ON COLUMN audit_seal_state.next_transaction IS 'See next_sealed_up_to.';
COMMENT ON COLUMN audit_seal_state.drained_before IS 'Every row of a transaction before this one is sealed.';
COMMENT ON COLUMN audit_seal_state.last_seal_id IS 'The latest seal.';
COMMENT ON COLUMN audit_seal_state.last_position IS 'Rows sealed so far.';
COMMENT ON COLUMN audit_seal_state.last_hash IS 'seal_hash of the latest seal.';
INSERT INTO audit_seal_state (cluster) SELECT format('%s/%s', s.system_identifier, d.oid) FROM pg_control_system() s, pg_database d WHERE d.datname = current_database();

CREATE TABLE audit_seal_signatures (
  audit_seal_id bigint NOT NULL REFERENCES audit_seals ON DELETE RESTRICT,
  method text COLLATE "C" NOT NULL CHECK (method IN ('ED25519', 'HMAC')),
  key_name text COLLATE "C" NOT NULL CHECK (btrim(key_name) <> ''),
  signature bytea NOT NULL CHECK (octet_length(signature) = CASE method WHEN 'ED25519' THEN 64 ELSE 32 END),
  signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (audit_seal_id, method, key_name)
);
COMMENT ON TABLE audit_seal_signatures IS 'Signatures of seals by keys outside the database. The signature of a seal covers all seals before it, through the chain.';
COMMENT ON COLUMN audit_seal_signatures.audit_seal_id IS 'The seal.';
COMMENT ON COLUMN audit_seal_signatures.method IS 'ED25519: by the server''s signing key, over the bytes "torvan audit seal " and seal_hash; HMAC: HMAC-SHA256 of the same bytes under the authentication half of an AUDIT key.';
COMMENT ON COLUMN audit_seal_signatures.key_name IS 'Which key.';
COMMENT ON COLUMN audit_seal_signatures.signature IS 'The signature.';
COMMENT ON COLUMN audit_seal_signatures.signed_at IS 'When.';

CREATE TABLE audit_anchors (
  audit_anchor_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  audit_seal_id bigint NOT NULL REFERENCES audit_seals ON DELETE RESTRICT,
  seal_hash bytea NOT NULL CHECK (octet_length(seal_hash) = 32),
  place text NOT NULL CHECK (btrim(place) <> ''),
  anchored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_anchors_audit_seal_id_idx ON audit_anchors (audit_seal_id);
COMMENT ON TABLE audit_anchors IS 'Which seals were written down outside the database, where. Only what stands there proves that the whole chain was not written anew.';
COMMENT ON COLUMN audit_anchors.audit_anchor_id IS 'Key.';
COMMENT ON COLUMN audit_anchors.audit_seal_id IS 'The seal.';
COMMENT ON COLUMN audit_anchors.seal_hash IS 'Its hash at that time.';
COMMENT ON COLUMN audit_anchors.place IS 'Where it was written down.';
COMMENT ON COLUMN audit_anchors.anchored_at IS 'When.';

CREATE TABLE audit_retired_months (
  month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
  first_seal_id bigint NOT NULL,
  last_seal_id bigint NOT NULL,
  seal_count bigint NOT NULL,
  row_count bigint NOT NULL,
  merkle_root bytea NOT NULL CHECK (octet_length(merkle_root) = 32),
  archive_table text NOT NULL,
  reason text NOT NULL CHECK (btrim(reason) <> ''),
  retired_by text NOT NULL DEFAULT session_user,
  retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  destroyed_at timestamptz,
  CHECK (first_seal_id <= last_seal_id)
);
COMMENT ON TABLE audit_retired_months IS 'Certificates of months of the audit trail that were taken out: their seals stay, so that everything older and newer still verifies.';
COMMENT ON COLUMN audit_retired_months.month IS 'First day of the month.';
COMMENT ON COLUMN audit_retired_months.first_seal_id IS 'First seal over rows of the month.';
COMMENT ON COLUMN audit_retired_months.last_seal_id IS 'Last seal over rows of the month.';
COMMENT ON COLUMN audit_retired_months.seal_count IS 'Seals over rows of the month.';
COMMENT ON COLUMN audit_retired_months.row_count IS 'Rows of the month, all of them sealed and verified when it was taken out.';
COMMENT ON COLUMN audit_retired_months.merkle_root IS 'Root of the Merkle tree over the roots of those seals, in their order.';
COMMENT ON COLUMN audit_retired_months.archive_table IS 'Table in the schema archive to which the rows went.';
COMMENT ON COLUMN audit_retired_months.reason IS 'Why.';
COMMENT ON COLUMN audit_retired_months.retired_by IS 'Database role that did it.';
COMMENT ON COLUMN audit_retired_months.retired_at IS 'When.';
COMMENT ON COLUMN audit_retired_months.destroyed_at IS 'When the rows were destroyed; null while the archive table exists.';

CREATE TABLE audit_verifications (
  audit_verification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_seal_id bigint,
  last_seal_id bigint,
  row_count bigint NOT NULL,
  is_sound boolean NOT NULL,
  result jsonb NOT NULL,
  verified_by text NOT NULL
);
CREATE INDEX audit_verifications_finished_at_idx ON audit_verifications (finished_at);
COMMENT ON TABLE audit_verifications IS 'Every verification of the audit trail and what it found; append-only.';
COMMENT ON COLUMN audit_verifications.audit_verification_id IS 'Key.';
COMMENT ON COLUMN audit_verifications.started_at IS 'When it began.';
COMMENT ON COLUMN audit_verifications.finished_at IS 'When it ended.';
COMMENT ON COLUMN audit_verifications.first_seal_id IS 'First seal that was verified.';
COMMENT ON COLUMN audit_verifications.last_seal_id IS 'Last seal that was verified.';
COMMENT ON COLUMN audit_verifications.row_count IS 'Rows that were verified.';
COMMENT ON COLUMN audit_verifications.is_sound IS 'True if nothing was found.';
COMMENT ON COLUMN audit_verifications.result IS 'What verify_audit returned.';
COMMENT ON COLUMN audit_verifications.verified_by IS 'Who ran it.';

CREATE TABLE audit_reviews (
  audit_review_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_time timestamptz NOT NULL,
  to_time timestamptz NOT NULL CHECK (to_time > from_time),
  row_count bigint NOT NULL,
  last_seal_id bigint NOT NULL,
  seal_hash bytea NOT NULL CHECK (octet_length(seal_hash) = 32),
  note text NOT NULL CHECK (btrim(note) <> ''),
  reviewed_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  reviewed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_reviews_reviewed_by_idx ON audit_reviews (reviewed_by);
CREATE INDEX audit_reviews_to_time_idx ON audit_reviews (to_time);
COMMENT ON TABLE audit_reviews IS 'Reviews of the audit trail, each signed by the person who read it; append-only.';
COMMENT ON COLUMN audit_reviews.audit_review_id IS 'Key.';
COMMENT ON COLUMN audit_reviews.from_time IS 'Beginning of the period.';
COMMENT ON COLUMN audit_reviews.to_time IS 'End of the period, not included.';
COMMENT ON COLUMN audit_reviews.row_count IS 'Rows of the period.';
COMMENT ON COLUMN audit_reviews.last_seal_id IS 'The seal up to which the trail was sealed at that time.';
COMMENT ON COLUMN audit_reviews.seal_hash IS 'Its hash: what was reviewed cannot be changed afterwards without notice.';
COMMENT ON COLUMN audit_reviews.note IS 'What the reviewer found.';
COMMENT ON COLUMN audit_reviews.reviewed_by IS 'The reviewer.';
COMMENT ON COLUMN audit_reviews.reviewed_at IS 'When.';
