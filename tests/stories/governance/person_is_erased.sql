-- Erasure of a contact: two people, holds first, then no trace but what is listed with its legal basis; nobody else is touched; a restore
-- does not bring the person back.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);

-- Canaries: the person in every place where somebody could write the name; another person beside.
SELECT testing.act('sample.sales');
SELECT add_contact('STELMO', 'PURCHASING', 'Zenobia Quarkwell', 'zenobia.quarkwell@stelmo.example', '+1 416 555 0142', 'Buyer') AS zenobia \gset
SELECT add_contact('STELMO', 'CLINICAL', 'Bruno Meyer', 'bruno@stelmo.example') AS bruno \gset
SELECT add_address(:zenobia, 'CA', 'Zenobia Quarkwell', E'Dock 4\n100 Hospital Road') \g /dev/null
SELECT order_id FROM orders \gset
SELECT add_order_note(:order_id, 'Zenobia  QUARKWELL wants the lights on the left, call (416) 555-0142; Bruno Meyer agrees') AS note_id \gset
SELECT add_order_note(:order_id, 'Mail to zenobia.quarkwell@stelmo.example bounced') AS second_note \gset
SELECT add_attachment(:order_id, 'OTHER', 'Letter of Zenobia Quarkwell.pdf', 'application/pdf', NULL, NULL, NULL, 'from 416.555.0142') AS file_id \gset
SELECT testing.act('sample.production');
SELECT update_order(:order_id, '{"notes": "Contact: Zenobia Quarkwell"}') \g /dev/null
SELECT sign('orders', :order_id, 'reviewed') \g /dev/null
SELECT testing.nobody();
UPDATE customers SET notes = 'Ask for Zenobia Quarkwell. Not for Zenobia Quarkwellson.' WHERE customer_code = 'STELMO';
INSERT INTO outbox_events (event_type, subject_type, subject_id, payload) VALUES ('mail.sent', 'orders', :order_id, '{"to": "zenobia.quarkwell@stelmo.example", "lines": ["x"]}');
INSERT INTO order_status_history (order_id, action, to_phase, to_state, reason, changed_by_name, row_version) SELECT order_id, 'CHANGE', phase, state, 'asked by Zenobia Quarkwell', 'x', row_version + 100 FROM orders;
SELECT name AS bruno_name FROM contact_of(:bruno) \gset

-- Taking in: who may, and what is checked.
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT open_privacy_request(''ERASE'', %s)', :zenobia), '42501', 'privacy:request');
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT open_privacy_request(''FORGET'', %s)', :zenobia), 'TV022', 'FORGET');
SELECT testing.refused(format('SELECT open_privacy_request(''ERASE'', %s, ''GDPR'', current_date + 3)', :zenobia), 'TV022', 'received on');
SELECT testing.refused('SELECT open_privacy_request(''ERASE'', 4711)', 'TV004', '4711');
SELECT testing.refused(format('SELECT open_privacy_request(''ERASE'', %s, ''GDPR'', NULL, ''mail from a@b.example'')', :zenobia), 'TV022', 'personal data');
SELECT open_privacy_request('erase', :zenobia, 'GDPR', current_date - 5, 'letter of the 3rd') AS request_id \gset
SELECT open_privacy_request('EXPORT', :zenobia, 'CCPA', current_date - 5) AS ccpa_id \gset
SELECT testing.same((SELECT string_agg((due_on - received_on)::text, ' ' ORDER BY privacy_request_id) FROM privacy_requests), '30 45', 'days to answer');
SELECT testing.refused(format('SELECT check_identity(%s, ''knows order number'')', :request_id), '42501', 'privacy:handle');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT erase_subject(%s)', :request_id), 'TV024', 'identity');
SELECT testing.act('sample.admin');
SELECT check_identity(:request_id, 'called back under the known number');
SELECT testing.refused(format('SELECT check_identity(%s, ''again'')', :request_id), 'TV009', 'verified');

-- Preview: place by place, nothing changes.
SELECT testing.same((SELECT string_agg(place || ' ' || row_count, ', ' ORDER BY place) FROM preview_erasure(:zenobia) WHERE place LIKE 'pii%s' AND place NOT LIKE '%user%'), 'pii_addresses 1, pii_contacts 1', 'people');
SELECT testing.ok((SELECT count(*) >= 7 AND bool_and(legal_basis <> '') AND bool_and(remains_until > current_date) FILTER (WHERE what_happens LIKE 'remains%') FROM preview_erasure(:zenobia)), 'places with basis and end');
SELECT testing.same((SELECT name FROM contact_of(:zenobia)), 'Zenobia Quarkwell', 'a preview erases nothing');

-- The second person: not who took it in or checked; a hold wins.
SELECT testing.refused(format('SELECT erase_subject(%s)', :request_id), 'TV025', 'sign this erasure');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT erase_subject(%s)', :request_id), '42501', 'privacy:approve');
SELECT place_hold('SUBJECT', :'zenobia', 'case 23') AS hold_id \gset
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT erase_subject(%s)', :request_id), 'TV009', 'case 23');
SELECT testing.same((SELECT count(*) FROM signatures WHERE record_type = 'privacy_requests'), 0::bigint, 'no signature without the act');
SELECT testing.act('sample.admin');
SELECT release_hold(:hold_id, 'case 23 is over');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT erase_subject(%s)', :ccpa_id), 'TV009', 'asks for EXPORT');
SELECT testing.nobody();
CREATE TEMP TABLE foretold AS SELECT * FROM preview_erasure(:zenobia);
SELECT testing.act('sample.production');
CREATE TEMP TABLE done AS SELECT erase_subject(:request_id) AS outcome;

-- After: not one hit outside what is listed, in any text of any table.
CREATE TEMP TABLE words AS SELECT unnest(ARRAY['quarkwell(?!son)', '(?:\+1 ?)?\(?416\)?[ .-]?555[ .-]?0142']) AS word;
CREATE TEMP TABLE hits AS SELECT f.* FROM words, find_traces(ARRAY[word]) f;
-- Columns that are known to have few values are counted first, and say the same.
ANALYZE order_status_history, orders, order_notes, order_attachments, audit_log, pii_access_log, users;
SELECT testing.ok(EXISTS (SELECT FROM hits h JOIN pg_stats s ON s.schemaname = 'public' AND s.tablename = h.table_name AND s.attname = h.column_name WHERE s.n_distinct BETWEEN 0 AND 1000), 'such a column is among them');
SELECT testing.same((SELECT string_agg(h::text, ' ' ORDER BY h::text) FROM hits h), (SELECT string_agg(f::text, ' ' ORDER BY f::text) FROM words, find_traces(ARRAY[word]) f), 'the same hits');
SELECT testing.same((SELECT string_agg(DISTINCT h.table_name || '.' || h.column_name, ', ' ORDER BY h.table_name || '.' || h.column_name) FROM hits h
  WHERE NOT EXISTS (SELECT FROM done, jsonb_array_elements(outcome -> 'remains') r WHERE r ->> 'table' = h.table_name AND r ->> 'column' = h.column_name)), NULL::text, 'hits outside what is listed');
SELECT testing.same((SELECT string_agg((r ->> 'table') || '.' || (r ->> 'column'), ', ' ORDER BY 1) FROM done, jsonb_array_elements(outcome -> 'remains') r WHERE r ->> 'table' <> 'audit_log'), 'order_attachments.file_name, order_status_history.reason, orders.notes', 'what remains: regulated rows that do not change, and signed ones');
SELECT testing.same((SELECT notes FROM orders WHERE order_id = :order_id), 'Contact: Zenobia Quarkwell', 'a signed order stays as it was signed');
SELECT testing.ok((SELECT bool_and(r ->> 'legal_basis' <> '' AND (r ->> 'remains_until')::date > current_date) FROM done, jsonb_array_elements(outcome -> 'remains') r), 'each with basis and end');
SELECT testing.same((SELECT string_agg(concat_ws('.', r ->> 'table', r ->> 'column') || ': ' || (r ->> 'what_happens'), '; ') FROM done, jsonb_array_elements(outcome -> 'remains') r
  -- Earlier values of what was erased are new on the trail.
  WHERE (r ->> 'table', r ->> 'column') <> ('audit_log', 'old_values') IS NOT FALSE AND NOT EXISTS (SELECT FROM foretold f WHERE (f.place, f.retention_class, f.what_happens, f.legal_basis, f.remains_until)
                      IS NOT DISTINCT FROM (concat_ws('.', r ->> 'table', r ->> 'column'), r ->> 'retention_class', r ->> 'what_happens', r ->> 'legal_basis', (r ->> 'remains_until')::date))),
  NULL::text, 'what remains was foretold in the same words');
SELECT testing.ok(EXISTS (SELECT FROM done, jsonb_array_elements(outcome -> 'remains') r WHERE r ->> 'table' = 'pii_access_log' AND r ->> 'what_happens' = 'remains, as a number without a name'), 'the log of reads is named too');
SELECT testing.same((SELECT body FROM order_notes WHERE order_note_id = :note_id), '[purchasing contact of STELMO] wants the lights on the left, call [purchasing contact of STELMO]; Bruno Meyer agrees', 'a note with role and organisation instead');
SELECT testing.same((SELECT notes FROM customers WHERE customer_code = 'STELMO'), 'Ask for [purchasing contact of STELMO]. Not for Zenobia Quarkwellson.', 'another name that begins alike stays');
SELECT testing.same((SELECT payload ->> 'to' FROM outbox_events WHERE event_type = 'mail.sent'), '[purchasing contact of STELMO]', 'inside JSON too');
SELECT testing.same((SELECT note FROM order_attachments WHERE order_attachment_id = :file_id), 'from [purchasing contact of STELMO]', 'the note of a file');
SELECT testing.same((SELECT concat_ws('|', role_at_customer, customer_code, name, email, is_erased) FROM contact_of(:zenobia)), 'PURCHASING|STELMO|t', 'role and organisation remain');
SELECT testing.same((SELECT count(*) FROM find_contact_by_email('zenobia.quarkwell@stelmo.example')) + (SELECT count(*) FROM find_contact_by_phone('+14165550142')), 0::bigint, 'no longer found');
SELECT testing.same((SELECT count(*) FROM subject_keys WHERE subject_id = :zenobia AND wrapped_key IS NULL), 1::bigint, 'the key is destroyed');
-- The ciphertexts of the trail are still there, and nobody can read them.
SELECT testing.same((SELECT count(*) FROM audit_log a WHERE a.table_name = 'pii_contacts' AND a.record_key = :'zenobia' AND a.old_values ? 'email_ciphertext'
  AND decrypt_for_subject(:zenobia, (a.old_values ->> 'email_ciphertext')::bytea, encryption_context('pii_contacts', 'email_ciphertext', :'zenobia')) IS NOT NULL), 0::bigint, 'ciphertexts in the trail that can be read');
SELECT testing.same((SELECT name FROM contact_of(:bruno)), 'Bruno Meyer', 'another person is untouched');

-- The request is closed, signed, without personal data; the person does not come back.
SELECT testing.same((SELECT state || ' ' || (SELECT s.meaning || ' ' || s.printed_name FROM signatures s WHERE s.signature_id = r.signature_id) FROM privacy_requests r WHERE privacy_request_id = :request_id), 'DONE destroyed Pat Production (sample)', 'signed by the second person');
SELECT testing.refused(format('SELECT erase_subject(%s)', :request_id), 'TV009', 'done');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT update_contact(%s, ''{"name": "Zenobia"}'')', :zenobia), 'TV009', 'was erased');
SELECT testing.refused(format('SELECT open_privacy_request(''EXPORT'', %s)', :zenobia), 'TV009', 'was erased');

-- The ledger: a keyed hash, nothing else; append-only; its key is not retired.
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(scope || ' ' || octet_length(subject_hash), ', ') FROM erasure_ledger), 'SUBJECT 34', 'ledger');
SELECT testing.refused('DELETE FROM erasure_ledger', 'TV003', 'append-only');
SELECT testing.refused('UPDATE erasure_ledger SET erased_at = now()', 'TV003', 'append-only');
CREATE TEMP TABLE key_file AS SELECT line FROM generate_key_file('{INDEX}');
INSERT INTO safe SELECT line FROM key_file;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);
SELECT testing.refused('UPDATE encryption_keys SET state = ''RETIRED'', retired_at = now() WHERE encryption_key_id = 2', 'TV009', 'ledger of erasures');

-- An older backup comes back: the person with the key, the ledger without the row. The copy kept outside erases again.
CREATE TEMP TABLE outside AS SELECT export_erasure_ledger() AS ledger;
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
DELETE FROM erasure_ledger;
DELETE FROM subject_keys WHERE subject_id = :zenobia;
UPDATE subjects SET erased_at = NULL WHERE subject_id = :zenobia;
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT update_contact(:zenobia, '{"name": "Zenobia Quarkwell", "email": "zenobia.quarkwell@stelmo.example"}');
UPDATE customers SET notes = 'Zenobia Quarkwell' WHERE customer_code = 'STELMO';
SELECT testing.same((SELECT name FROM contact_of(:zenobia)), 'Zenobia Quarkwell', 'restored');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT replay_erasures()', '42501');
SELECT testing.nobody();
SELECT testing.same((SELECT replay_erasures(ledger) FROM outside), '{"erased_again": 1, "ledger_rows_added": 1}'::jsonb, 'erased again');
SELECT testing.same((SELECT name FROM contact_of(:zenobia)), NULL::text, 'gone again');
SELECT testing.same((SELECT notes FROM customers WHERE customer_code = 'STELMO'), '[purchasing contact of STELMO]', 'texts too');
SELECT testing.same((SELECT replay_erasures(ledger) FROM outside), '{"erased_again": 0, "ledger_rows_added": 0}'::jsonb, 'a second time nothing is left to do');
SELECT testing.same((SELECT name FROM contact_of(:bruno)), 'Bruno Meyer', 'another person is untouched');
