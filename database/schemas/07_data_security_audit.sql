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

-- Privacy, retention, data quality ---------------------------------------------------------------------------------------------
--
-- Identity and record are apart: regulated rows hold a meaningless number, what it stands for is encrypted in the tables pii_*.

CREATE TABLE retention_classes (
  retention_class text COLLATE "C" PRIMARY KEY CHECK (retention_class ~ '^[A-Z][A-Z_]*$'),
  class_number integer NOT NULL UNIQUE,
  title text NOT NULL,
  examples text NOT NULL,
  purpose text NOT NULL,
  legal_basis text NOT NULL,
  keep_for interval CHECK (keep_for > interval '0'),
  keep_rule text NOT NULL,
  at_erasure text NOT NULL,
  erasure_treatment text NOT NULL CHECK (erasure_treatment IN ('ERASE', 'PSEUDONYMISE', 'KEEP', 'NOT_PERSONAL')),
  at_end text NOT NULL,
  is_regulated boolean NOT NULL
);
COMMENT ON TABLE retention_classes IS 'How long what kind of data is kept and what becomes of it: each column of the database belongs to one class.';
COMMENT ON COLUMN retention_classes.retention_class IS 'Code of the class.';
COMMENT ON COLUMN retention_classes.class_number IS 'Number of the class in the retention schedule.';
COMMENT ON COLUMN retention_classes.title IS 'Name shown to people.';
COMMENT ON COLUMN retention_classes.examples IS 'What belongs to it.';
COMMENT ON COLUMN retention_classes.purpose IS 'What the data is kept for.';
COMMENT ON COLUMN retention_classes.legal_basis IS 'Why it may, or must, be kept.';
COMMENT ON COLUMN retention_classes.keep_for IS 'Shortest period it is kept for; null: while it is used.';
COMMENT ON COLUMN retention_classes.keep_rule IS 'The period in words, with the event at which it starts.';
COMMENT ON COLUMN retention_classes.at_erasure IS 'What becomes of it when a person asks to be erased.';
COMMENT ON COLUMN retention_classes.erasure_treatment IS 'The same for the program: ERASE, PSEUDONYMISE (where the row can still be written), KEEP or NOT_PERSONAL.';
COMMENT ON COLUMN retention_classes.at_end IS 'What becomes of it at the end of the period.';
COMMENT ON COLUMN retention_classes.is_regulated IS 'True if its destruction must be signed by a second person.';

-- Here and not in seed/: each deployment classifies the columns before any seed file runs.
INSERT INTO retention_classes (class_number, retention_class, title, examples, purpose, legal_basis, keep_for, keep_rule, at_erasure, erasure_treatment, at_end, is_regulated) VALUES
  (1, 'DEVICE_RECORD', 'Device record', 'order lines, configurations, BOMs, lots, tasks, inspections, release, shipment', 'proof of how each device was made and released',
   'ISO 13485 4.2.5 and 7.5.1, MDR 10(8), 21 CFR 820; GDPR 6(1)(c), 17(3)(b)', interval '15 years',
   'lifetime of the device, at least 2 years from release and 10 years after the last device of its kind', 'stays; contact persons become role and organisation', 'PSEUDONYMISE', 'signed destruction, certificate kept', true),
  (2, 'SIGNATURE', 'Signatures and audit trail', 'signer, meaning, time, hash; audit rows', 'proof of who approved, changed or released what',
   '21 CFR 11.10(e), 11.50, 11.70; GDPR 17(3)(b)', interval '15 years', 'as long as the record signed or audited', 'the printed name of the signer stays, e-mail and phone go', 'KEEP', 'signed destruction of whole months, certificate kept', true),
  (3, 'SERVICE_RECORD', 'Complaints and service', 'complainant, address, phone, service orders', 'complaint handling, traceability in the field',
   '21 CFR 820.35, ISO 13485 8.2.2; GDPR 6(1)(c), 17(3)(b)', interval '15 years', 'as the device record', 'restricted, not erased, until the period ends', 'KEEP', 'signed deletion', true),
  (4, 'COMMERCIAL', 'Commercial records', 'orders as contracts, customers, invoices', 'performance of the contract, tax',
   'commercial and tax law of the plant; GDPR 6(1)(b) and (c)', interval '10 years', '7 to 10 years by country, from delivery', 'the contact person is pseudonymised', 'PSEUDONYMISE', 'deletion', false),
  (5, 'CONTACT', 'Customer contacts', 'names, mails, phones, notes about people', 'contact with the customer', 'GDPR 6(1)(b) and (f), or consent', interval '24 months',
   'until the purpose ends, and 24 months', 'deleted, key destroyed', 'ERASE', 'deletion', false),
  (6, 'STAFF', 'Staff accounts', 'profile, preferences, second factor', 'access to the system', 'GDPR 6(1)(b), 88', interval '90 days',
   'employment and 90 days', 'deleted but for the printed name on signatures; the login stays as a keyed hash, so that it is never given again', 'ERASE', 'deletion', false),
  (7, 'SECURITY', 'Security events, sessions', 'sign-ins, addresses, user agents, reads of personal data', 'security of the system', 'GDPR 6(1)(f), 32', interval '13 months',
   '13 months; network addresses in full 90 days', 'not extended', 'KEEP', 'deletion', false),
  (8, 'ATTACHMENT', 'Attachments', 'photos, certificates, mails', 'part of the record they belong to', 'as the record they belong to', interval '15 years',
   'as the record they belong to', 'of a device record: kept without metadata; else deleted', 'PSEUDONYMISE', 'signed deletion', true),
  (9, 'TRANSIENT', 'Passing data', 'exports, reports, queues, bodies of notifications, findings', 'operation', 'GDPR 6(1)(f)', interval '30 days',
   '30 days, or until it is made anew', 'deleted', 'ERASE', 'deletion', false),
  (10, 'BACKUP', 'Backups', 'dumps, write-ahead log', 'recovery after a loss', 'GDPR 6(1)(f), 32', interval '30 days',
   '30 days', 'run out on schedule; erasures are repeated after a restore', 'KEEP', 'run out', false),
  (11, 'REFERENCE', 'Reference data', 'catalogue, rules, templates, settings', 'operation', 'no personal data', NULL, 'while it is used', 'not touched', 'NOT_PERSONAL', 'stays', false),
  (12, 'SYSTEM', 'System', 'deployments, counters', 'operation', 'no personal data', NULL, 'while it is used', 'not touched', 'NOT_PERSONAL', 'stays', false);

CREATE TABLE column_classifications (
  table_name text COLLATE "C" NOT NULL,
  column_name text COLLATE "C" NOT NULL,
  data_class text NOT NULL CHECK (data_class IN ('TECHNICAL', 'BUSINESS', 'PERSONAL', 'SECRET')),
  personal_kind text CHECK (personal_kind IN ('NAME', 'EMAIL', 'PHONE', 'ADDRESS', 'IP', 'FREE_TEXT', 'LOGIN', 'PHOTO', 'PSEUDONYM')),
  purpose text NOT NULL,
  legal_basis text NOT NULL,
  retention_class text COLLATE "C" NOT NULL REFERENCES retention_classes ON DELETE RESTRICT,
  keep_for interval,
  PRIMARY KEY (table_name, column_name),
  CHECK ((data_class = 'PERSONAL') = (personal_kind IS NOT NULL))
);
CREATE INDEX column_classifications_retention_class_idx ON column_classifications (retention_class);
COMMENT ON TABLE column_classifications IS 'Every column of every table: what kind of data it holds, what for, on which legal basis, how long. Written by each deployment from the access lists.';
COMMENT ON COLUMN column_classifications.table_name IS 'The table.';
COMMENT ON COLUMN column_classifications.column_name IS 'The column.';
COMMENT ON COLUMN column_classifications.data_class IS 'TECHNICAL, BUSINESS, PERSONAL or SECRET.';
COMMENT ON COLUMN column_classifications.personal_kind IS 'For personal data its kind; PSEUDONYM is the number of a person.';
COMMENT ON COLUMN column_classifications.purpose IS 'What the data is kept for.';
COMMENT ON COLUMN column_classifications.legal_basis IS 'Why it may be kept.';
COMMENT ON COLUMN column_classifications.retention_class IS 'Class of retention.';
COMMENT ON COLUMN column_classifications.keep_for IS 'Shortest period of the class; null: while it is used.';

-- 53 bits, so that every reader of JSON gets the same number. Says nothing about who, when or how many.
CREATE FUNCTION random_subject_id() RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT ('x' || encode(gen_random_bytes(8), 'hex'))::bit(64)::bigint & 9007199254740991 $$;
COMMENT ON FUNCTION random_subject_id() IS 'A random number for a person.';

CREATE TABLE subjects (
  subject_id bigint PRIMARY KEY DEFAULT random_subject_id() CHECK (subject_id > 0),
  subject_kind text NOT NULL CHECK (subject_kind IN ('CONTACT', 'STAFF', 'PORTAL')),
  is_restricted boolean NOT NULL DEFAULT false,
  restriction_reason text,
  purpose_ended_on date,
  erased_at timestamptz,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (NOT is_restricted OR restriction_reason IS NOT NULL)
);
CREATE INDEX subjects_created_by_idx ON subjects (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX subjects_purpose_ended_on_idx ON subjects (purpose_ended_on) WHERE purpose_ended_on IS NOT NULL AND erased_at IS NULL;
COMMENT ON TABLE subjects IS 'People about whom personal data is kept, as meaningless numbers. A number outlives the erasure of what it stood for.';
COMMENT ON COLUMN subjects.subject_id IS 'Random number, the only name of the person elsewhere.';
COMMENT ON COLUMN subjects.subject_kind IS 'CONTACT (of a customer), STAFF or PORTAL (a customer''s user).';
COMMENT ON COLUMN subjects.is_restricted IS 'True hides the person from normal use (GDPR 18).';
COMMENT ON COLUMN subjects.restriction_reason IS 'Why it is restricted.';
COMMENT ON COLUMN subjects.purpose_ended_on IS 'Day on which the purpose ended or consent was withdrawn; the period of retention starts here.';
COMMENT ON COLUMN subjects.erased_at IS 'When the person was erased.';
COMMENT ON COLUMN subjects.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN subjects.created_by IS 'Who made the row.';
COMMENT ON COLUMN subjects.created_at IS 'When the row was made.';
COMMENT ON COLUMN subjects.updated_at IS 'When the row was last changed.';

CREATE TABLE pii_contacts (
  subject_id bigint PRIMARY KEY REFERENCES subjects ON DELETE RESTRICT,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT,
  role_at_customer text NOT NULL CHECK (role_at_customer IN ('PURCHASING', 'PROJECT', 'CLINICAL', 'TECHNICAL', 'RECEIVING', 'BILLING', 'OTHER')),
  name_ciphertext bytea,
  email_ciphertext bytea,
  phone_ciphertext bytea,
  job_title_ciphertext bytea,
  email_index bytea,
  phone_index bytea,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pii_contacts_customer_id_idx ON pii_contacts (customer_id);
CREATE INDEX pii_contacts_email_index_idx ON pii_contacts (email_index) WHERE email_index IS NOT NULL;
CREATE INDEX pii_contacts_phone_index_idx ON pii_contacts (phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX pii_contacts_created_by_idx ON pii_contacts (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE pii_contacts IS 'Contact persons of customers, encrypted under a key of their own. After an erasure role and organisation remain.';
COMMENT ON COLUMN pii_contacts.subject_id IS 'The person.';
COMMENT ON COLUMN pii_contacts.customer_id IS 'The organisation.';
COMMENT ON COLUMN pii_contacts.role_at_customer IS 'PURCHASING, PROJECT, CLINICAL, TECHNICAL, RECEIVING, BILLING or OTHER.';
COMMENT ON COLUMN pii_contacts.name_ciphertext IS 'Name, encrypted; null after an erasure.';
COMMENT ON COLUMN pii_contacts.email_ciphertext IS 'E-mail address, encrypted.';
COMMENT ON COLUMN pii_contacts.phone_ciphertext IS 'Phone number, plus sign and digits only, encrypted.';
COMMENT ON COLUMN pii_contacts.job_title_ciphertext IS 'Title at the customer, encrypted.';
COMMENT ON COLUMN pii_contacts.email_index IS 'Blind index of the e-mail address: equal for equal addresses, says nothing without the key.';
COMMENT ON COLUMN pii_contacts.phone_index IS 'Blind index of the phone number.';
COMMENT ON COLUMN pii_contacts.created_by IS 'Who made the row.';
COMMENT ON COLUMN pii_contacts.created_at IS 'When the row was made.';
COMMENT ON COLUMN pii_contacts.updated_at IS 'When the row was last changed.';

CREATE TABLE pii_users (
  subject_id bigint PRIMARY KEY REFERENCES subjects ON DELETE RESTRICT,
  user_id bigint NOT NULL UNIQUE REFERENCES users ON DELETE RESTRICT,
  email_ciphertext bytea,
  phone_ciphertext bytea,
  email_index bytea,
  phone_index bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pii_users_email_index_idx ON pii_users (email_index) WHERE email_index IS NOT NULL;
CREATE INDEX pii_users_phone_index_idx ON pii_users (phone_index) WHERE phone_index IS NOT NULL;
COMMENT ON TABLE pii_users IS 'How to reach users, encrypted under a key of their own. Their printed name is in users, because signatures need it.';
COMMENT ON COLUMN pii_users.subject_id IS 'The person.';
COMMENT ON COLUMN pii_users.user_id IS 'The user.';
COMMENT ON COLUMN pii_users.email_ciphertext IS 'E-mail address, encrypted; null after an erasure.';
COMMENT ON COLUMN pii_users.phone_ciphertext IS 'Phone number, encrypted.';
COMMENT ON COLUMN pii_users.email_index IS 'Blind index of the e-mail address.';
COMMENT ON COLUMN pii_users.phone_index IS 'Blind index of the phone number.';
COMMENT ON COLUMN pii_users.created_at IS 'When the row was made.';
COMMENT ON COLUMN pii_users.updated_at IS 'When the row was last changed.';

CREATE TABLE pii_addresses (
  pii_address_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id bigint NOT NULL REFERENCES subjects ON DELETE RESTRICT,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT,
  address_kind text NOT NULL DEFAULT 'SHIP_TO' CHECK (address_kind IN ('SHIP_TO', 'BILL_TO', 'SITE')),
  country_code text COLLATE "C" NOT NULL CHECK (country_code ~ '^[A-Z]{2}$'),
  recipient_ciphertext bytea,
  address_ciphertext bytea,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pii_addresses_subject_id_idx ON pii_addresses (subject_id);
CREATE INDEX pii_addresses_customer_id_idx ON pii_addresses (customer_id);
CREATE INDEX pii_addresses_created_by_idx ON pii_addresses (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE pii_addresses IS 'Where goods and papers go, with the person who receives them; encrypted under that person''s key.';
COMMENT ON COLUMN pii_addresses.pii_address_id IS 'Key.';
COMMENT ON COLUMN pii_addresses.subject_id IS 'The person who receives.';
COMMENT ON COLUMN pii_addresses.customer_id IS 'The organisation.';
COMMENT ON COLUMN pii_addresses.address_kind IS 'SHIP_TO, BILL_TO or SITE.';
COMMENT ON COLUMN pii_addresses.country_code IS 'Country, two letters.';
COMMENT ON COLUMN pii_addresses.recipient_ciphertext IS 'Name on the label, encrypted; null after an erasure.';
COMMENT ON COLUMN pii_addresses.address_ciphertext IS 'Lines of the address, encrypted.';
COMMENT ON COLUMN pii_addresses.created_by IS 'Who made the row.';
COMMENT ON COLUMN pii_addresses.created_at IS 'When the row was made.';
COMMENT ON COLUMN pii_addresses.updated_at IS 'When the row was last changed.';

CREATE TABLE pii_access_log (
  pii_access_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id bigint NOT NULL,
  action text NOT NULL CHECK (action IN ('VIEW', 'SEARCH', 'EXPORT', 'PREVIEW', 'ERASE')),
  fields text[] NOT NULL,
  reason text,
  actor_id bigint,
  actor text NOT NULL,
  request_id text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX pii_access_log_subject_id_idx ON pii_access_log (subject_id, created_at);
CREATE INDEX pii_access_log_created_at_idx ON pii_access_log (created_at);
COMMENT ON TABLE pii_access_log IS 'Who read which person''s data, append-only. Keys without references: the log outlives what it points to.';
COMMENT ON COLUMN pii_access_log.pii_access_id IS 'Key.';
COMMENT ON COLUMN pii_access_log.subject_id IS 'The person whose data was read.';
COMMENT ON COLUMN pii_access_log.action IS 'VIEW, SEARCH, EXPORT, PREVIEW (of an erasure) or ERASE.';
COMMENT ON COLUMN pii_access_log.fields IS 'What was shown.';
COMMENT ON COLUMN pii_access_log.reason IS 'Reason given by the reader.';
COMMENT ON COLUMN pii_access_log.actor_id IS 'The user who read.';
COMMENT ON COLUMN pii_access_log.actor IS 'Login of the reader, or the database role.';
COMMENT ON COLUMN pii_access_log.request_id IS 'Request of the server.';
COMMENT ON COLUMN pii_access_log.created_at IS 'When.';

CREATE TABLE pii_findings (
  pii_finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  table_name text COLLATE "C" NOT NULL,
  column_name text COLLATE "C" NOT NULL,
  record_key text COLLATE "C" NOT NULL,
  pii_kind text NOT NULL CHECK (pii_kind IN ('EMAIL', 'PHONE', 'CARD', 'NATIONAL_ID', 'IP')),
  masked_sample text NOT NULL,
  confidence numeric(3, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ACCEPTED', 'DISMISSED', 'GONE')),
  note text,
  found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by bigint REFERENCES users ON DELETE RESTRICT,
  decided_at timestamptz,
  UNIQUE (table_name, column_name, record_key, pii_kind, masked_sample)
);
CREATE INDEX pii_findings_decided_by_idx ON pii_findings (decided_by) WHERE decided_by IS NOT NULL;
COMMENT ON TABLE pii_findings IS 'Personal data found where none is expected: masked, so that the list does not become another place of it.';
COMMENT ON COLUMN pii_findings.pii_finding_id IS 'Key.';
COMMENT ON COLUMN pii_findings.table_name IS 'Where it was found: table.';
COMMENT ON COLUMN pii_findings.column_name IS 'Column.';
COMMENT ON COLUMN pii_findings.record_key IS 'Key of the row.';
COMMENT ON COLUMN pii_findings.pii_kind IS 'EMAIL, PHONE, CARD, NATIONAL_ID or IP.';
COMMENT ON COLUMN pii_findings.masked_sample IS 'What was found, masked.';
COMMENT ON COLUMN pii_findings.confidence IS 'How sure, 0 to 1.';
COMMENT ON COLUMN pii_findings.state IS 'OPEN, ACCEPTED (belongs there), DISMISSED (is none) or GONE (a later scan did not find it).';
COMMENT ON COLUMN pii_findings.note IS 'Why it was accepted or dismissed.';
COMMENT ON COLUMN pii_findings.found_at IS 'When it was first found.';
COMMENT ON COLUMN pii_findings.decided_by IS 'Who decided.';
COMMENT ON COLUMN pii_findings.decided_at IS 'When it was decided.';

CREATE TABLE privacy_requests (
  privacy_request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_kind text NOT NULL CHECK (request_kind IN ('EXPORT', 'ERASE', 'RECTIFY', 'RESTRICT')),
  law text NOT NULL DEFAULT 'GDPR' CHECK (law IN ('GDPR', 'CCPA')),
  subject_id bigint NOT NULL REFERENCES subjects ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'RECEIVED' CHECK (state IN ('RECEIVED', 'VERIFIED', 'DONE', 'REFUSED')),
  received_on date NOT NULL,
  due_on date NOT NULL CHECK (due_on > received_on),
  note text,
  opened_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  identity_method text,
  identity_checked_by bigint REFERENCES users ON DELETE RESTRICT,
  identity_checked_at timestamptz,
  signature_id bigint REFERENCES signatures ON DELETE RESTRICT,
  closed_by bigint REFERENCES users ON DELETE RESTRICT,
  closed_at timestamptz,
  outcome jsonb,
  CHECK (state NOT IN ('VERIFIED', 'DONE') OR (identity_checked_at IS NOT NULL AND identity_method IS NOT NULL)),
  CHECK ((state IN ('DONE', 'REFUSED')) = (closed_at IS NOT NULL))
);
CREATE INDEX privacy_requests_subject_id_idx ON privacy_requests (subject_id);
CREATE INDEX privacy_requests_open_idx ON privacy_requests (due_on) WHERE state IN ('RECEIVED', 'VERIFIED');
CREATE INDEX privacy_requests_opened_by_idx ON privacy_requests (opened_by);
CREATE INDEX privacy_requests_identity_checked_by_idx ON privacy_requests (identity_checked_by) WHERE identity_checked_by IS NOT NULL;
CREATE INDEX privacy_requests_signature_id_idx ON privacy_requests (signature_id) WHERE signature_id IS NOT NULL;
CREATE INDEX privacy_requests_closed_by_idx ON privacy_requests (closed_by) WHERE closed_by IS NOT NULL;
COMMENT ON TABLE privacy_requests IS 'What people ask about their data: export, erasure, correction, restriction; each with its clock.';
COMMENT ON COLUMN privacy_requests.privacy_request_id IS 'Key.';
COMMENT ON COLUMN privacy_requests.request_kind IS 'EXPORT, ERASE, RECTIFY or RESTRICT.';
COMMENT ON COLUMN privacy_requests.law IS 'GDPR (30 days) or CCPA (45 days).';
COMMENT ON COLUMN privacy_requests.subject_id IS 'The person.';
COMMENT ON COLUMN privacy_requests.state IS 'RECEIVED, VERIFIED (identity checked), DONE or REFUSED.';
COMMENT ON COLUMN privacy_requests.received_on IS 'Day on which it came.';
COMMENT ON COLUMN privacy_requests.due_on IS 'Day by which it must be answered.';
COMMENT ON COLUMN privacy_requests.note IS 'What was asked, without personal data; the reason of a refusal.';
COMMENT ON COLUMN privacy_requests.opened_by IS 'Who took it in.';
COMMENT ON COLUMN privacy_requests.opened_at IS 'When it was taken in.';
COMMENT ON COLUMN privacy_requests.identity_method IS 'How it was made sure that the person is who they say.';
COMMENT ON COLUMN privacy_requests.identity_checked_by IS 'Who made sure.';
COMMENT ON COLUMN privacy_requests.identity_checked_at IS 'When that was.';
COMMENT ON COLUMN privacy_requests.signature_id IS 'Signature of the second person, for an erasure.';
COMMENT ON COLUMN privacy_requests.closed_by IS 'Who carried it out or refused it.';
COMMENT ON COLUMN privacy_requests.closed_at IS 'When it was closed.';
COMMENT ON COLUMN privacy_requests.outcome IS 'What was done and what remains with its legal basis and end; no personal data.';

CREATE TABLE erasure_ledger (
  erasure_ledger_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_hash bytea NOT NULL,
  scope text NOT NULL CHECK (scope IN ('SUBJECT', 'LOGIN')),
  erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (scope, subject_hash)
);
COMMENT ON TABLE erasure_ledger IS 'Who was erased, as keyed hashes only; append-only. A copy is kept outside the database and replayed after a restore.';
COMMENT ON COLUMN erasure_ledger.erasure_ledger_id IS 'Key.';
COMMENT ON COLUMN erasure_ledger.subject_hash IS 'Keyed hash of the number of the person, or of the login.';
COMMENT ON COLUMN erasure_ledger.scope IS 'SUBJECT, or LOGIN (a login that is never given again).';
COMMENT ON COLUMN erasure_ledger.erased_at IS 'When.';

CREATE TABLE legal_holds (
  legal_hold_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope_kind text NOT NULL CHECK (scope_kind IN ('SUBJECT', 'CUSTOMER', 'ORDER', 'BUILD', 'CLASS')),
  scope_id bigint,
  scope_class text COLLATE "C" REFERENCES retention_classes ON DELETE RESTRICT,
  scope_code text COLLATE "C" NOT NULL CHECK (scope_code <> ''),
  reason text NOT NULL CHECK (length(btrim(reason)) >= 3),
  hold_until date,
  placed_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  placed_signature_id bigint REFERENCES signatures ON DELETE RESTRICT,
  released_by bigint REFERENCES users ON DELETE RESTRICT,
  released_at timestamptz,
  release_reason text,
  release_signature_id bigint REFERENCES signatures ON DELETE RESTRICT,
  CHECK ((scope_kind = 'CLASS') = (scope_class IS NOT NULL) AND (scope_kind = 'CLASS') = (scope_id IS NULL)),
  CHECK ((released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL))
);
CREATE INDEX legal_holds_in_force_idx ON legal_holds (scope_kind, scope_id) WHERE released_at IS NULL;
CREATE INDEX legal_holds_scope_class_idx ON legal_holds (scope_class) WHERE scope_class IS NOT NULL;
CREATE INDEX legal_holds_placed_by_idx ON legal_holds (placed_by);
CREATE INDEX legal_holds_placed_signature_id_idx ON legal_holds (placed_signature_id) WHERE placed_signature_id IS NOT NULL;
CREATE INDEX legal_holds_released_by_idx ON legal_holds (released_by) WHERE released_by IS NOT NULL;
CREATE INDEX legal_holds_release_signature_id_idx ON legal_holds (release_signature_id) WHERE release_signature_id IS NOT NULL;
COMMENT ON TABLE legal_holds IS 'What must not be deleted, erased or archived, whatever else says so, until the hold is released or runs out.';
COMMENT ON COLUMN legal_holds.legal_hold_id IS 'Key.';
COMMENT ON COLUMN legal_holds.scope_kind IS 'SUBJECT, CUSTOMER, ORDER, BUILD (each with everything below it) or CLASS (a whole retention class).';
COMMENT ON COLUMN legal_holds.scope_id IS 'Key of the record; null for CLASS.';
COMMENT ON COLUMN legal_holds.scope_class IS 'The retention class, for CLASS.';
COMMENT ON COLUMN legal_holds.scope_code IS 'What it is placed on, as people call it: order number, customer code, build number, number of the person, or retention class.';
COMMENT ON COLUMN legal_holds.reason IS 'Why, for example the number of a case.';
COMMENT ON COLUMN legal_holds.hold_until IS 'Last day of the hold; null: until it is released.';
COMMENT ON COLUMN legal_holds.placed_by IS 'Who placed it.';
COMMENT ON COLUMN legal_holds.placed_at IS 'When it was placed.';
COMMENT ON COLUMN legal_holds.placed_signature_id IS 'Signature of the placing.';
COMMENT ON COLUMN legal_holds.released_by IS 'Who released it.';
COMMENT ON COLUMN legal_holds.released_at IS 'When it was released.';
COMMENT ON COLUMN legal_holds.release_reason IS 'Why it was released.';
COMMENT ON COLUMN legal_holds.release_signature_id IS 'Signature of the release.';

CREATE TABLE data_retention_policies (
  policy_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  policy_code text COLLATE "C" NOT NULL UNIQUE CHECK (policy_code ~ '^[A-Z][A-Z0-9_]*$'),
  title text NOT NULL,
  retention_class text COLLATE "C" NOT NULL REFERENCES retention_classes ON DELETE RESTRICT,
  table_name text COLLATE "C",
  action text NOT NULL CHECK (action IN ('DELETE', 'ARCHIVE', 'ANONYMISE', 'DROP_PARTITION', 'ERASE', 'EXTERNAL')),
  keep_for interval NOT NULL CHECK (keep_for > interval '0'),
  start_event text NOT NULL,
  start_expression text,
  due_condition text NOT NULL DEFAULT 'true',
  anonymised_columns text[] NOT NULL DEFAULT '{}',
  batch_size integer NOT NULL DEFAULT 1000 CHECK (batch_size BETWEEN 1 AND 100000),
  legal_basis text NOT NULL,
  requires_signature boolean NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  last_run_at timestamptz,
  last_status text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((action = 'EXTERNAL') OR table_name IS NOT NULL),
  CHECK (action IN ('EXTERNAL', 'DROP_PARTITION') OR start_expression IS NOT NULL),
  CHECK ((action = 'ANONYMISE') = (anonymised_columns <> '{}'))
);
CREATE INDEX data_retention_policies_retention_class_idx ON data_retention_policies (retention_class);
COMMENT ON TABLE data_retention_policies IS 'How long rows of a table are kept, from when on, and what becomes of them then. Only the owner of the database writes here.';
COMMENT ON COLUMN data_retention_policies.policy_id IS 'Key.';
COMMENT ON COLUMN data_retention_policies.policy_code IS 'Natural code.';
COMMENT ON COLUMN data_retention_policies.title IS 'What it does, in words.';
COMMENT ON COLUMN data_retention_policies.retention_class IS 'Class of the data.';
COMMENT ON COLUMN data_retention_policies.table_name IS 'The table; rows that stand on its rows go with them. A table that does not exist has nothing due.';
COMMENT ON COLUMN data_retention_policies.action IS 'DELETE, ARCHIVE (encrypted copy, then delete), ANONYMISE (empty the columns), DROP_PARTITION (whole months), ERASE (the person, with the key) or EXTERNAL (done outside the database).';
COMMENT ON COLUMN data_retention_policies.keep_for IS 'Period, from the start event.';
COMMENT ON COLUMN data_retention_policies.start_event IS 'The start event in words.';
COMMENT ON COLUMN data_retention_policies.start_expression IS 'SQL expression over the row t: when the period starts; null: has not started.';
COMMENT ON COLUMN data_retention_policies.due_condition IS 'SQL condition over the row t: which rows the policy is about.';
COMMENT ON COLUMN data_retention_policies.anonymised_columns IS 'ANONYMISE: the columns to empty.';
COMMENT ON COLUMN data_retention_policies.batch_size IS 'Most rows of the table per run.';
COMMENT ON COLUMN data_retention_policies.legal_basis IS 'Why the period is as it is.';
COMMENT ON COLUMN data_retention_policies.requires_signature IS 'True if a run waits for a signed approval. Always true for regulated classes.';
COMMENT ON COLUMN data_retention_policies.is_active IS 'False: not run.';
COMMENT ON COLUMN data_retention_policies.last_run_at IS 'When it last ran.';
COMMENT ON COLUMN data_retention_policies.last_status IS 'How the last run ended.';
COMMENT ON COLUMN data_retention_policies.updated_at IS 'When the row was last changed.';

CREATE TABLE retention_runs (
  retention_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  policy_id bigint NOT NULL REFERENCES data_retention_policies ON DELETE RESTRICT,
  status text NOT NULL CHECK (status IN ('running', 'done', 'dry_run', 'awaiting_signature', 'approved', 'held', 'refused', 'failed')),
  cutoff timestamptz NOT NULL,
  due_count bigint NOT NULL DEFAULT 0 CHECK (due_count >= 0),
  held_count bigint NOT NULL DEFAULT 0 CHECK (held_count >= 0),
  done_count bigint NOT NULL DEFAULT 0 CHECK (done_count >= 0),
  certificate jsonb,
  certificate_hash text COLLATE "C" CHECK (certificate_hash ~ '^[0-9a-f]{64}$'),
  message text,
  approved_by bigint REFERENCES users ON DELETE RESTRICT,
  approved_at timestamptz,
  signature_id bigint REFERENCES signatures ON DELETE RESTRICT,
  requested_by bigint REFERENCES users ON DELETE RESTRICT,
  actor text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  CHECK ((certificate IS NULL) = (certificate_hash IS NULL)),
  CHECK ((approved_at IS NULL) = (approved_by IS NULL))
);
CREATE INDEX retention_runs_policy_id_idx ON retention_runs (policy_id, retention_run_id DESC);
CREATE UNIQUE INDEX retention_runs_waiting_idx ON retention_runs (policy_id) WHERE status IN ('awaiting_signature', 'approved');
CREATE INDEX retention_runs_approved_by_idx ON retention_runs (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX retention_runs_signature_id_idx ON retention_runs (signature_id) WHERE signature_id IS NOT NULL;
CREATE INDEX retention_runs_requested_by_idx ON retention_runs (requested_by) WHERE requested_by IS NOT NULL;
COMMENT ON TABLE retention_runs IS 'Runs of retention policies. The certificate of a destruction says how many rows of which table went and the hash of what they were.';
COMMENT ON COLUMN retention_runs.retention_run_id IS 'Key.';
COMMENT ON COLUMN retention_runs.policy_id IS 'The policy.';
COMMENT ON COLUMN retention_runs.status IS 'done, dry_run, awaiting_signature, approved (the next run carries it out), held, refused or failed; running only inside its own transaction.';
COMMENT ON COLUMN retention_runs.cutoff IS 'Rows whose period started before this are due.';
COMMENT ON COLUMN retention_runs.due_count IS 'Rows found due.';
COMMENT ON COLUMN retention_runs.held_count IS 'Rows of them under a legal hold, left alone.';
COMMENT ON COLUMN retention_runs.done_count IS 'Rows of the table dealt with.';
COMMENT ON COLUMN retention_runs.certificate IS 'What went: counts and SHA-256 per table, approver, archive.';
COMMENT ON COLUMN retention_runs.certificate_hash IS 'SHA-256 of the certificate.';
COMMENT ON COLUMN retention_runs.message IS 'Why it was refused or failed.';
COMMENT ON COLUMN retention_runs.approved_by IS 'Who signed the destruction; not the person who asked for it.';
COMMENT ON COLUMN retention_runs.approved_at IS 'When it was signed.';
COMMENT ON COLUMN retention_runs.signature_id IS 'The signature.';
COMMENT ON COLUMN retention_runs.requested_by IS 'Who asked for the run.';
COMMENT ON COLUMN retention_runs.actor IS 'Login or database role that ran it.';
COMMENT ON COLUMN retention_runs.created_at IS 'When it began.';
COMMENT ON COLUMN retention_runs.finished_at IS 'When it ended.';

CREATE TABLE archives (
  archive_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  archive_code text COLLATE "C" NOT NULL UNIQUE,
  policy_id bigint REFERENCES data_retention_policies ON DELETE RESTRICT,
  retention_class text COLLATE "C" NOT NULL REFERENCES retention_classes ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'STORED' CHECK (state IN ('STORED', 'RESTORED')),
  manifest jsonb NOT NULL,
  row_count bigint NOT NULL CHECK (row_count > 0),
  content_hash text COLLATE "C" NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  keep_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  restored_at timestamptz,
  restored_by bigint REFERENCES users ON DELETE RESTRICT
);
CREATE INDEX archives_policy_id_idx ON archives (policy_id) WHERE policy_id IS NOT NULL;
CREATE INDEX archives_retention_class_idx ON archives (retention_class);
CREATE INDEX archives_restored_by_idx ON archives (restored_by) WHERE restored_by IS NOT NULL;
-- verify_signature looks here for a record that is not in its table.
CREATE INDEX archives_signatures_idx ON archives USING gin ((manifest -> 'signatures') jsonb_path_ops);
COMMENT ON TABLE archives IS 'Rows taken out of the tables and kept as encrypted lines of JSON, with a manifest of what is inside.';
COMMENT ON COLUMN archives.archive_id IS 'Key.';
COMMENT ON COLUMN archives.archive_code IS 'Natural code.';
COMMENT ON COLUMN archives.policy_id IS 'The policy that made it.';
COMMENT ON COLUMN archives.retention_class IS 'Class of the data.';
COMMENT ON COLUMN archives.state IS 'STORED, or RESTORED (the rows are back in their tables).';
COMMENT ON COLUMN archives.manifest IS 'Format, release, tables with columns, counts and SHA-256 of their lines; keys of the top rows; keys of the signatures that were given to rows inside.';
COMMENT ON COLUMN archives.row_count IS 'Rows inside.';
COMMENT ON COLUMN archives.content_hash IS 'SHA-256 of the lines before encryption.';
COMMENT ON COLUMN archives.keep_until IS 'End of its own period.';
COMMENT ON COLUMN archives.created_at IS 'When it was made.';
COMMENT ON COLUMN archives.restored_at IS 'When it was last put back.';
COMMENT ON COLUMN archives.restored_by IS 'Who put it back.';

CREATE TABLE archive_contents (
  archive_content_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  archive_id bigint NOT NULL REFERENCES archives ON DELETE RESTRICT,
  piece integer NOT NULL CHECK (piece >= 1),
  content bytea NOT NULL,
  UNIQUE (archive_id, piece)
);
COMMENT ON TABLE archive_contents IS 'Content of archives in pieces: lines {"table": …, "row": …}, encrypted under the data key.';
COMMENT ON COLUMN archive_contents.archive_content_id IS 'Key.';
COMMENT ON COLUMN archive_contents.archive_id IS 'The archive.';
COMMENT ON COLUMN archive_contents.piece IS 'Number of the piece, from 1.';
COMMENT ON COLUMN archive_contents.content IS 'Encrypted lines.';

CREATE TABLE data_quality_rules (
  data_quality_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_code text COLLATE "C" NOT NULL UNIQUE CHECK (rule_code ~ '^[A-Z][A-Z0-9_]*$'),
  domain text NOT NULL CHECK (domain IN ('INVENTORY', 'ORDERS', 'BOM', 'IDENTITY', 'PRODUCTION', 'QUALITY', 'STOCK', 'INTEGRATION', 'GOVERNANCE')),
  severity text NOT NULL CHECK (severity IN ('ERROR', 'WARNING', 'NOTE')),
  description text NOT NULL,
  mend text NOT NULL,
  required_tables text[] NOT NULL,
  check_query text NOT NULL CHECK (check_query ~* '^\s*(SELECT|WITH)\s' AND check_query !~ ';'),
  is_active boolean NOT NULL DEFAULT true,
  last_run_at timestamptz,
  last_status text NOT NULL DEFAULT 'not_run' CHECK (last_status IN ('not_run', 'passed', 'violated', 'not_applicable', 'failed')),
  last_violations bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE data_quality_rules IS 'What must hold over the data, beside what constraints already enforce. Only the owner of the database writes here.';
COMMENT ON COLUMN data_quality_rules.data_quality_rule_id IS 'Key.';
COMMENT ON COLUMN data_quality_rules.rule_code IS 'Natural code.';
COMMENT ON COLUMN data_quality_rules.domain IS 'Part of the database it is about.';
COMMENT ON COLUMN data_quality_rules.severity IS 'ERROR (must be mended), WARNING or NOTE.';
COMMENT ON COLUMN data_quality_rules.description IS 'What must hold.';
COMMENT ON COLUMN data_quality_rules.mend IS 'How to mend what breaks it.';
COMMENT ON COLUMN data_quality_rules.required_tables IS 'Tables it looks at; where one does not exist the rule does not apply.';
COMMENT ON COLUMN data_quality_rules.check_query IS 'Query whose first column is the key of each record that breaks the rule.';
COMMENT ON COLUMN data_quality_rules.is_active IS 'False: not run.';
COMMENT ON COLUMN data_quality_rules.last_run_at IS 'When it last ran.';
COMMENT ON COLUMN data_quality_rules.last_status IS 'not_run, passed, violated, not_applicable or failed (the query itself).';
COMMENT ON COLUMN data_quality_rules.last_violations IS 'How many records broke it at the last run.';
COMMENT ON COLUMN data_quality_rules.created_at IS 'When the rule was made.';

CREATE TABLE data_quality_runs (
  data_quality_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  data_quality_rule_id bigint NOT NULL REFERENCES data_quality_rules ON DELETE RESTRICT,
  status text NOT NULL CHECK (status IN ('passed', 'violated', 'not_applicable', 'failed')),
  violations bigint,
  sample_keys text[] NOT NULL DEFAULT '{}',
  message text,
  duration_ms numeric(14, 3) NOT NULL,
  actor text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX data_quality_runs_rule_idx ON data_quality_runs (data_quality_rule_id, data_quality_run_id DESC);
CREATE INDEX data_quality_runs_created_at_idx ON data_quality_runs (created_at);
COMMENT ON TABLE data_quality_runs IS 'History of the data quality rules.';
COMMENT ON COLUMN data_quality_runs.data_quality_run_id IS 'Key.';
COMMENT ON COLUMN data_quality_runs.data_quality_rule_id IS 'The rule.';
COMMENT ON COLUMN data_quality_runs.status IS 'passed, violated, not_applicable or failed.';
COMMENT ON COLUMN data_quality_runs.violations IS 'How many records broke it.';
COMMENT ON COLUMN data_quality_runs.sample_keys IS 'Keys of the first of them, at most 20.';
COMMENT ON COLUMN data_quality_runs.message IS 'Why it failed or does not apply.';
COMMENT ON COLUMN data_quality_runs.duration_ms IS 'How long it took, in milliseconds.';
COMMENT ON COLUMN data_quality_runs.actor IS 'Login or database role that ran it.';
COMMENT ON COLUMN data_quality_runs.created_at IS 'When.';
