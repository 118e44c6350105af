-- What else people may ask: everything about them, nothing about others; correction; restriction; and staff who left.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);
SELECT testing.act('sample.sales');
SELECT add_contact('STELMO', 'PURCHASING', 'Zenobia Quarkwell', 'zenobia.quarkwell@stelmo.example', '+1 416 555 0142', 'Buyer') AS zenobia \gset
SELECT add_contact('STELMO', 'CLINICAL', 'Bruno Meyer', 'bruno@stelmo.example', '+1 416 555 0199') AS bruno \gset
SELECT add_address(:zenobia, 'CA', 'Zenobia Quarkwell', 'Dock 4') \g /dev/null
SELECT add_address(:bruno, 'CA', 'Bruno Meyer', 'Dock 17') \g /dev/null
SELECT order_id FROM orders \gset
SELECT add_order_note(:order_id, 'Zenobia Quarkwell (416-555-0142) and Bruno Meyer (bruno@stelmo.example, 416-555-0199) met Pat Production (sample); see sample.technician') \g /dev/null
SELECT add_order_note(:order_id, 'Only about Bruno Meyer') \g /dev/null

-- Export: all of hers, none of others', to the word; not before the identity is checked.
SELECT open_privacy_request('EXPORT', :zenobia) AS export_id \gset
SELECT testing.refused(format('SELECT export_subject(%s)', :export_id), '42501', 'customer:export');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT export_subject(%s)', :export_id), 'TV024', 'identity');
SELECT check_identity(:export_id, 'called back under the known number');
CREATE TEMP TABLE package AS SELECT export_subject(:export_id) AS body;
SELECT testing.same((SELECT concat_ws('|', body #>> '{contact,name}', body #>> '{contact,email}', body #>> '{contact,phone}', body #>> '{contact,job_title}', body #>> '{addresses,0,address}') FROM package),
  'Zenobia Quarkwell|zenobia.quarkwell@stelmo.example|+14165550142|Buyer|Dock 4', 'her data');
SELECT testing.same((SELECT body #>> '{texts,0,text}' FROM package), 'Zenobia Quarkwell (416-555-0142) and [another person] ([email of another person], [phone of another person]) met [another person]; see [another person]', 'a text about several people');
SELECT testing.same((SELECT jsonb_array_length(body -> 'texts') FROM package), 1, 'texts about her');
SELECT testing.same((SELECT count(*) FROM package, unnest(ARRAY['Bruno', 'Meyer', 'bruno@', '555-0199', '5550199', 'Dock 17', 'Pat Production', 'sample.technician']) w WHERE body::text ILIKE '%' || w || '%'), 0::bigint, 'words about others');
SELECT testing.ok((SELECT body #>> '{reads,0,action}' IS NOT NULL AND body ? 'processing' AND body ? 'rights' AND jsonb_array_length(body -> 'trail') > 0 FROM package), 'reads, purposes, rights, trail');
SELECT testing.same((SELECT state || ' ' || (outcome ->> 'sha256' = encode(sha256(convert_to((SELECT body::text FROM package), 'UTF8')), 'hex')) FROM privacy_requests WHERE privacy_request_id = :export_id), 'DONE true', 'closed with the hash of the package');
SELECT testing.ok((SELECT count(*) > 0 FROM who_saw_subject(:zenobia) WHERE action = 'EXPORT' AND actor = 'sample.admin'), 'an export is a read');
SELECT testing.same((SELECT count(*) FROM who_saw_subject(:bruno) WHERE action <> 'CHANGE'), 0::bigint, 'of nobody else');
SELECT testing.refused(format('SELECT export_subject(%s)', :export_id), 'TV009', 'done');

-- Correction.
SELECT open_privacy_request('RECTIFY', :zenobia) AS rectify_id \gset
SELECT testing.refused(format('SELECT rectify_subject(%s, ''{"name": "Zenobia Q."}'')', :rectify_id), 'TV024');
SELECT check_identity(:rectify_id, 'by letter');
SELECT testing.refused(format('SELECT rectify_subject(%s, ''{"shoe_size": 39}'')', :rectify_id), 'TV022');
SELECT rectify_subject(:rectify_id, '{"job_title": "Head of purchasing"}');
SELECT testing.same((SELECT job_title FROM contact_of(:zenobia)), 'Head of purchasing', 'corrected');
SELECT testing.same((SELECT outcome FROM privacy_requests WHERE privacy_request_id = :rectify_id), '{"corrected": ["job_title"]}'::jsonb, 'noted without the value');

-- Restriction: hidden from normal use, not from who handles requests; no reads are noted for what was not shown.
SELECT open_privacy_request('RESTRICT', :zenobia) AS restrict_id \gset
SELECT check_identity(:restrict_id, 'by letter');
SELECT restrict_subject(:restrict_id);
SELECT testing.same((SELECT name || ' ' || is_restricted FROM contact_of(:zenobia)), 'Zenobia Quarkwell true', 'an Administrator still sees her');
SELECT testing.act('sample.sales');
SELECT count(*) AS reads FROM pii_access_log WHERE subject_id = :zenobia \gset
SELECT testing.same((SELECT concat_ws('|', role_at_customer, name, email, phone, is_restricted) FROM contact_of(:zenobia)), 'PURCHASING|t', 'hidden');
SELECT testing.same((SELECT name FROM find_contact_by_email('zenobia.quarkwell@stelmo.example')), NULL::text, 'hidden from a search too');
SELECT testing.same((SELECT concat_ws('|', recipient, address) FROM addresses_of(:zenobia)), '', 'and her address');
SELECT testing.same((SELECT count(*) FROM pii_access_log WHERE subject_id = :zenobia), :reads::bigint, 'nothing was read');
SELECT testing.refused(format('SELECT update_contact(%s, ''{"name": "Z Q"}'')', :zenobia), 'TV009', 'restricted');
SELECT testing.refused(format('SELECT lift_restriction(%s, ''over'')', :zenobia), '42501', 'privacy:handle');
SELECT testing.act('sample.admin');
SELECT lift_restriction(:zenobia, 'objection withdrawn');
SELECT testing.refused(format('SELECT lift_restriction(%s, ''again'')', :zenobia), 'TV009', 'not restricted');
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT name FROM contact_of(:zenobia)), 'Zenobia Quarkwell', 'visible again');

-- A request may be refused, with a reason, and then it is closed; late ones are found.
SELECT open_privacy_request('ERASE', :bruno, 'GDPR', current_date - 40) AS late_id \gset
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT sample_keys FROM run_data_quality_rules('PRIVACY_OVERDUE')), ARRAY[:'late_id'], 'overdue');
SELECT testing.refused(format('SELECT refuse_privacy_request(%s, '''')', :late_id), 'TV022', 'reason');
SELECT refuse_privacy_request(:late_id, 'identity could not be proved');
SELECT testing.refused(format('SELECT check_identity(%s, ''late'')', :late_id), 'TV009', 'refused');
SELECT testing.same((SELECT status FROM run_data_quality_rules('PRIVACY_OVERDUE')), 'passed', 'answered');

-- Retention does the same when the purpose has ended long ago, twenty at a time, without asking anybody.
SELECT testing.act('sample.sales');
SELECT end_contact_purpose(:bruno, current_date - 800);
SELECT end_contact_purpose(:zenobia);
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due', a ->> 'done'), 'done 1 1', 'the one whose purpose ended two years ago') FROM data_retention_policies p, execute_retention_policy(p.policy_id) a WHERE p.policy_code = 'CONTACTS';
SELECT testing.same((SELECT string_agg(coalesce(name, '-'), ', ' ORDER BY role_at_customer) FROM contacts_of_customer('STELMO')), '-, Zenobia Quarkwell', 'he went, she stays');
SELECT testing.same((SELECT count(*) FROM order_notes WHERE body ILIKE '%Bruno%'), 0::bigint, 'and his traces');

-- Staff: not while they work here; then all but the name on what they signed.
SELECT set_user_contact(user_id, login || '@plant.example', '+1 416 555 0' || (170 + user_id)) AS subject_id FROM users WHERE login IN ('sample.production', 'sample.technician') \g /dev/null
SELECT max(subject_id) FILTER (WHERE login = 'sample.production') AS pat, max(subject_id) FILTER (WHERE login = 'sample.technician') AS terry, max(user_id) FILTER (WHERE login = 'sample.technician') AS terry_user FROM pii_users JOIN users USING (user_id) \gset
SELECT testing.act('sample.production');
SELECT sign('orders', :order_id, 'reviewed') \g /dev/null
SELECT testing.nobody();
SELECT testing.refused(format('SELECT erase_person(%s)', :terry), 'TV009', 'active user');
SELECT count(*) > 0 AS has_states FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'account_state' \gset
\if :has_states
UPDATE users SET account_state = 'DISABLED' WHERE login IN ('sample.production', 'sample.technician');
\else
UPDATE users SET is_active = false WHERE login IN ('sample.production', 'sample.technician');
\endif
SELECT erase_person(:terry) AS outcome \gset
SELECT testing.same((SELECT display_name || ' ' || (login ~ '^erased-[0-9]+$') || ' ' || (initials IS NULL) FROM users WHERE user_id = :terry_user), 'Former user true true', 'who signed nothing');
SELECT testing.ok(is_erased_login('sample.technician') AND NOT is_erased_login('sample.service'), 'the login is never given again');
SELECT testing.same((SELECT count(*) FROM find_traces(ARRAY['terry technician', 'sample\.technician@']) f WHERE NOT EXISTS (SELECT FROM jsonb_array_elements((:'outcome'::jsonb) -> 'remains') r WHERE r ->> 'table' = f.table_name AND r ->> 'column' = f.column_name)), 0::bigint, 'hits outside what is listed');
SELECT testing.same((SELECT count(*) FROM pii_users WHERE subject_id = :terry AND num_nonnulls(email_ciphertext, phone_ciphertext, email_index, phone_index) > 0), 0::bigint, 'how to reach them is gone');
SELECT erase_person(:pat) \g /dev/null
SELECT testing.same((SELECT display_name FROM users u JOIN pii_users p USING (user_id) WHERE p.subject_id = :pat), 'Pat Production (sample)', 'the name of who signed stays');
SELECT testing.same((SELECT count(DISTINCT printed_name) FROM signatures WHERE printed_name = 'Pat Production (sample)'), 1::bigint, 'on the signature too');
