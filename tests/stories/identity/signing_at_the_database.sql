-- Signatures at psql (assurance.md B): given inside the act, bound to the content, flagged, never changed; both switches; the door is noted.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-SIGN', 'sample.sales', current_date + 30, 'EN', '{SIG-1,SIG-2}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
  "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}', build_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT generate_order_boms(:order_id) \g /dev/null
SELECT submit_bom(bom_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT bom_id AS first_bom FROM builds WHERE build_number = 'SIG-1' \gset
SELECT bom_id AS second_bom FROM builds WHERE build_number = 'SIG-2' \gset

-- The door: noted once per transaction and person; switched off it is shut.
SELECT count(*) AS uses FROM security_events WHERE event_type = 'DATABASE_DOOR_USED' \gset
BEGIN;
SELECT begin_as('sample.production', 'look'), begin_as('sample.production', 'look'), begin_as('sample.quality', 'look') \g /dev/null
COMMIT;
SELECT testing.same((SELECT count(*) - :uses FROM security_events WHERE event_type = 'DATABASE_DOOR_USED'), 2::bigint, 'uses of the door');
SELECT testing.same((SELECT door || ' ' || database_role || ' ' || (details ->> 'reason') FROM security_events WHERE event_type = 'DATABASE_DOOR_USED' ORDER BY security_event_id DESC LIMIT 1), 'DATABASE torvan_user look', 'who and why');
BEGIN READ ONLY;
SELECT begin_as('sample.production', 'only reading') \g /dev/null
COMMIT;
SELECT testing.nobody();
SELECT set_security_setting('database_door', 'false', 'only through the server');
SELECT testing.refused($$SELECT begin_as('sample.production')$$, '42501', 'switched off');
SELECT set_security_setting('database_door', 'true', 'needed for a repair');

-- A signature at psql, and none without the door.
SELECT set_config('torvan.user_id', user_id::text, false) FROM users WHERE login = 'sample.production' \g /dev/null
SELECT testing.refused('SELECT approve_bom(' || :first_bom || ')', 'TV011', 'fresh proof');
SELECT testing.act('sample.production');
SELECT testing.nobody();
SELECT set_security_setting('database_signing', 'false', 'only through the server');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT approve_bom(' || :first_bom || ')', '42501', 'Signing at psql is switched off');
SELECT testing.same((SELECT state FROM boms WHERE bom_id = :first_bom), 'SUBMITTED', 'not signed, not done');
SELECT testing.nobody();
SELECT set_security_setting('database_signing', 'true', 'server is down');
SELECT set_security_setting('identity_verification_at_database', 'true', 'strict site');
UPDATE users SET identity_verified_by = NULL, identity_verified_on = NULL WHERE login = 'sample.production';
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT approve_bom(' || :first_bom || ')', 'TV009', 'not verified');
SELECT testing.act('sample.admin');
SELECT verify_identity('sample.production', 'passport seen');
SELECT testing.act('sample.production');
SELECT approve_bom(:first_bom, 'Checked against drawing.');
SELECT signature_id AS signature FROM signatures WHERE record_type = 'boms' AND record_id = :first_bom \gset
SELECT testing.same((SELECT concat_ws(' | ', meaning, printed_name, acting_for, reason, method, is_signed_at_database::text) FROM v_signatures WHERE signature_id = :signature),
  'approved | Pat Production (sample) | Checked against drawing. | DATABASE | true', 'what is shown');
SELECT testing.ok((SELECT wording ~ '^Approved by Pat Production \(sample\) as Production Manager on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, signed at the database\. Reason: Checked against drawing\.$' FROM v_signatures WHERE signature_id = :signature), 'in one line');
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'as it was signed');
SELECT testing.same((SELECT string_agg(concat_ws(' | ', meaning, printed_name, signer_role, reason, status, edition), '; ') FROM record_signatures('boms', :first_bom)),
  'approved | Pat Production (sample) | PRODUCTION_MANAGER | Checked against drawing. | VALID', 'what stands on the record');
SET timezone = 'Asia/Kathmandu';
SET bytea_output = 'escape';
SET intervalstyle = 'iso_8601';
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'in a session with other settings');
RESET timezone;
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'signature.given' AND subject_id = :signature), 'the signer is told');
SELECT testing.ok(EXISTS (SELECT FROM audit_log WHERE table_name = 'signatures' AND record_key = :'signature' AND operation = 'INSERT'), 'in the audit trail');
SELECT reject_bom(:second_bom, 'wrong legs');
SELECT testing.same((SELECT meaning || ': ' || reason FROM signatures WHERE record_type = 'boms' AND record_id = :second_bom), 'rejected: wrong legs', 'a rejection is signed');

-- What it means, and on what.
SELECT testing.refused($$SELECT sign('orders', 1, 'liked')$$, 'TV022', 'liked');
SELECT testing.refused($$SELECT sign('orders', 1, 'rejected')$$, 'TV022', 'reason');
SELECT testing.refused($$SELECT sign('orders', 999999, 'approved')$$, 'TV004', '999999');
SELECT testing.refused($$SELECT sign('no_table', 1, 'approved')$$, 'TV004', 'no_table');
SELECT testing.refused($$SELECT sign('user_credentials', 1, 'approved')$$, 'TV004', 'user_credentials');
SELECT testing.nobody();
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV010', 'needs a person');
SELECT create_user('without.role', 'Without Role') \g /dev/null
SELECT testing.act('without.role');
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV009', 'not verified');
SELECT testing.act('sample.admin');
SELECT verify_identity('without.role', 'passport seen');
SELECT testing.act('without.role');
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, '42501', 'no role in which to sign');
SELECT testing.nobody();

-- Never changed, removed or copied; a copy made past the rules does not verify.
SELECT testing.refused('UPDATE signatures SET meaning = ''released''', 'TV003', 'never changed');
SELECT testing.refused('DELETE FROM signatures', 'TV003', 'never changed');
SELECT testing.refused('TRUNCATE signatures CASCADE', 'TV003', 'not truncated');
SELECT testing.refused($$INSERT INTO signatures (record_type, record_id, meaning, signer_id, printed_name, signer_role, method, content_keys, content_hash, row_hash)
  SELECT record_type, record_id + 1, meaning, signer_id, printed_name, signer_role, method, content_keys, content_hash, row_hash FROM signatures LIMIT 1$$, 'TV009', 'written or copied');
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
INSERT INTO signatures (record_type, record_id, meaning, reason, signer_id, printed_name, signer_role, method, content_keys, content_hash, signed_at, row_hash)
  SELECT record_type, :second_bom, meaning, reason, signer_id, printed_name, signer_role, method, content_keys, content_hash, signed_at, row_hash FROM signatures WHERE signature_id = :signature RETURNING signature_id AS copy \gset
SELECT testing.ok(bool_and(signature_row_hash(s) = s.row_hash AND signature_row_hash(jsonb_populate_record(s, '{"signer_role": "ADMINISTRATOR"}')) <> s.row_hash), 'another role is another signature') FROM signatures s WHERE s.signature_id = :signature;
UPDATE signatures SET printed_name = 'Somebody Else' WHERE signature_id = (SELECT signature_id FROM signatures WHERE record_id = :second_bom AND meaning = 'rejected');
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT status FROM verify_signature(:copy)), 'FORGED', 'a copy');
SELECT testing.same((SELECT status FROM verify_signature((SELECT signature_id FROM signatures WHERE record_id = :second_bom AND meaning = 'rejected'))), 'FORGED', 'another name');
SELECT testing.same((SELECT status FROM verify_signature(987654)), 'NOT_FOUND', 'no signature');

-- Release and later life of the BOM change nothing of what was signed; one sign of one line does.
SELECT testing.act('sample.production');
SELECT release_bom(:first_bom);
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'after the release');
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
CREATE TEMP TABLE changes (what text, statement text);
INSERT INTO changes VALUES
  ('a quantity', 'UPDATE bom_line_items SET quantity_total = quantity_total + 1 WHERE bom_id = :b AND line_number = 3'),
  ('a quantity written otherwise', 'UPDATE bom_line_items SET quantity_per = quantity_per + 0.0001 WHERE bom_id = :b AND line_number = 5'),
  ('a code', 'UPDATE bom_line_items SET item_code = item_code || ''X'' WHERE bom_id = :b AND line_number = 7'),
  ('a note', 'UPDATE bom_line_items SET note = ''changed'' WHERE bom_id = :b AND line_number = 1'),
  ('a line less', 'DELETE FROM bom_line_items WHERE bom_id = :b AND line_number = (SELECT max(line_number) FROM bom_line_items WHERE bom_id = :b)'),
  ('the revision', 'UPDATE boms SET revision = revision + 7 WHERE bom_id = :b'),
  ('the hash', 'UPDATE boms SET content_hash = repeat(''0'', 64) WHERE bom_id = :b'),
  ('the configuration', 'UPDATE configurations SET parameters_hash = ''x'' WHERE configuration_id = (SELECT configuration_id FROM boms WHERE bom_id = :b)'),
  ('the build number', 'UPDATE builds SET build_number = ''OTHER'' WHERE build_number = ''SIG-1''');
SELECT set_config('story.bom', :'first_bom', false), set_config('story.signature', :'signature', false) \g /dev/null
DO $$
DECLARE
  change record;
  found text;
BEGIN
  FOR change IN SELECT * FROM changes LOOP
    BEGIN
      EXECUTE replace(change.statement, ':b', current_setting('story.bom'));
      SELECT status INTO found FROM verify_signature(current_setting('story.signature')::bigint);
      RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZ001';
    EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
      PERFORM testing.same(found, 'SUPERSEDED', change.what);
    END;
  END LOOP;
END;
$$;
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'changes undone');

-- An order: what was ordered, its sinks and its papers; not its phase, notes or photos.
SELECT testing.act('sample.production');
SELECT sign('orders', 1, 'approved') AS signature \gset
SELECT add_order_note(1, 'looks fine') \g /dev/null
SELECT add_attachment(1, 'PHOTO', 'photo.jpg', 'image/jpeg') \g /dev/null
SELECT hold_order(1, 'PARTS', 'faucet is late') \g /dev/null
SELECT resume_order(1, 'faucet is here') \g /dev/null
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'after notes, photos and a hold');
BEGIN;
SELECT add_attachment(1, 'SINK_DRAWING', 'SAMPLE-001.pdf', 'application/pdf', NULL, NULL, 1) \g /dev/null
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'SUPERSEDED', 'another version of a drawing');
ROLLBACK;
BEGIN;
SELECT update_order(1, '{"want_date": "2099-01-01"}') \g /dev/null
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'SUPERSEDED', 'another date');
ROLLBACK;
SELECT testing.act('sample.service');
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'NOT_FOUND', 'for who may not see signatures');
SELECT testing.same((SELECT count(*) FROM record_signatures('boms', :first_bom)), 0::bigint, 'nor on the record');

-- A drawing: the file, not the note on it.
SELECT testing.act('sample.production');
SELECT add_attachment(1, 'SINK_DRAWING', 'SAMPLE-001.pdf', 'application/pdf', 5, repeat('a', 64), 1) AS drawing \gset
SELECT approve_attachment(:drawing);
SELECT signature_id AS signature FROM signatures WHERE record_type = 'order_attachments' AND record_id = :drawing AND meaning = 'approved' \gset
UPDATE order_attachments SET note = 'seen' WHERE order_attachment_id = :drawing;
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'after a note');
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
UPDATE order_attachments SET sha256 = repeat('b', 64) WHERE order_attachment_id = :drawing;
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'SUPERSEDED', 'another file under the same name');

-- A table without a canonical form of its own: its whole row, also what is empty.
SELECT testing.act('sample.production');
SELECT sign('order_notes', (SELECT max(order_note_id) FROM order_notes), 'reviewed') AS signature \gset
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'a row');
UPDATE order_notes SET build_id = 1 WHERE order_note_id = (SELECT max(order_note_id) FROM order_notes);
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'SUPERSEDED', 'an empty field filled');
DELETE FROM order_notes;
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'RECORD_MISSING', 'a row that is gone');

-- Signatures of sample records go with them, those of real ones stay.
SELECT testing.nobody();
SELECT remove_sample_data() \g /dev/null
SELECT testing.same((SELECT string_agg(DISTINCT record_type, ',') FROM signatures WHERE record_id NOT IN (:first_bom, :second_bom)), 'order_notes', 'left, since nobody knows any more whose it was');
SELECT testing.same((SELECT status FROM verify_signature((SELECT min(signature_id) FROM signatures WHERE record_type = 'boms' AND record_id = :first_bom))), 'VALID', 'a real one');
