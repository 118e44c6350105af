-- People live apart: encrypted, found by keyed hash, read only by who may, each read written down; without keys the functions say so.
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT add_contact(''STELMO'', ''PURCHASING'', ''Anna Kowalska'')', 'TV030', 'key is not in this transaction');
SELECT testing.nobody();
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);

SELECT testing.act('sample.sales');
SELECT add_contact('stelmo', 'purchasing', 'Anna Kowalska', 'Anna.Kowalska@stelmo.example', '+1 (416) 555-0142', 'Buyer') AS anna \gset
SELECT add_contact('STELMO', 'CLINICAL', 'Bruno Meyer', 'bruno@stelmo.example', '416-555-0199') AS bruno \gset
SELECT testing.refused('SELECT add_contact(''NOBODY'', ''PURCHASING'', ''X Y'')', 'TV004', 'NOBODY');
SELECT testing.refused('SELECT add_contact(''STELMO'', ''BOSS'', ''X Y'')', 'TV022', 'BOSS');
SELECT testing.refused('SELECT add_contact(''STELMO'', ''OTHER'', ''  '')', 'TV022', 'needs a name');
SELECT testing.ok(position('nonsense' IN testing.refused('SELECT add_contact(''STELMO'', ''OTHER'', ''X Y'', ''nonsense'')', 'TV022', 'e-mail address')) = 0, 'an error does not repeat what was given');
SELECT testing.refused('SELECT add_contact(''STELMO'', ''OTHER'', ''X Y'', NULL, ''12'')', 'TV022', 'phone number');
SELECT testing.same((SELECT concat_ws('|', customer_code, role_at_customer, name, email, phone, job_title) FROM contact_of(:anna)), 'STELMO|PURCHASING|Anna Kowalska|Anna.Kowalska@stelmo.example|+14165550142|Buyer', 'in clear');
SELECT testing.same((SELECT subject_id FROM find_contact_by_email(' ANNA.kowalska@STELMO.example ')), :anna::bigint, 'found by address, case and spaces aside');
SELECT testing.same((SELECT subject_id FROM find_contact_by_phone('001 416 555 0142')), :anna::bigint, 'found by number, however written');
SELECT testing.same((SELECT count(*) FROM find_contact_by_email('nobody@stelmo.example')), 0::bigint, 'unknown address');
SELECT testing.same((SELECT string_agg(name, ', ' ORDER BY name) FROM contacts_of_customer('STELMO')), 'Anna Kowalska, Bruno Meyer', 'all contacts of a customer');
SELECT update_contact(:anna, '{"phone": "+1 416 555 0143", "role": "BILLING"}');
SELECT testing.same((SELECT phone || ' ' || role_at_customer FROM contact_of(:anna)), '+14165550143 BILLING', 'changed');
SELECT testing.same((SELECT count(*) FROM find_contact_by_phone('+1 416 555 0142')), 0::bigint, 'no longer found by the old number');
SELECT testing.refused(format('SELECT update_contact(%s, ''{"salary": 1}'')', :anna), 'TV022', 'an object with name');
SELECT testing.refused(format('SELECT update_contact(%s, ''{"name": " "}'')', :anna), 'TV022', 'needs a name');
SELECT testing.refused('SELECT update_contact(4711, ''{"name": "X Y"}'')', 'TV004', 'no person 4711');
SELECT add_address(:anna, 'ca', 'Anna Kowalska', E'Dock 4\n100 Hospital Road\nToronto') AS address \gset
SELECT testing.same((SELECT recipient || '|' || split_part(address, E'\n', 2) || '|' || country_code FROM addresses_of(:anna)), 'Anna Kowalska|100 Hospital Road|CA', 'address');

-- Numbers say nothing: random, far apart.
SELECT testing.ok(:anna::bigint BETWEEN 1 AND 9007199254740991 AND abs(:anna::bigint - :bruno::bigint) > 1000, 'numbers of people are random');

-- Who may: customer:read are A S P C; contact data is changed by A S C.
SELECT testing.act('sample.service');
SELECT testing.same((SELECT name FROM contact_of(:anna)), 'Anna Kowalska', 'customer service reads');
SELECT update_contact(:bruno, '{"job_title": "Head of sterile processing"}');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT job_title FROM contact_of(:bruno)), 'Head of sterile processing', 'production reads');
SELECT testing.refused(format('SELECT update_contact(%s, ''{"job_title": "x"}'')', :bruno), '42501', 'customer:update_contact');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT * FROM contact_of(%s)', :anna), '42501', 'customer:read');
SELECT testing.refused('SELECT * FROM find_contact_by_email(''bruno@stelmo.example'')', '42501', 'customer:read');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT * FROM addresses_of(%s)', :anna), '42501', 'customer:read');

-- Users: each their own, an Administrator those of all.
SELECT testing.act('sample.technician');
SELECT set_user_contact((SELECT user_id FROM users WHERE login = 'sample.technician'), 'terry@plant.example', '416 555 0177') AS terry \gset
SELECT testing.same((SELECT email FROM user_contact_of((SELECT user_id FROM users WHERE login = 'sample.technician'))), 'terry@plant.example', 'own address');
SELECT testing.refused('SELECT set_user_contact((SELECT user_id FROM users WHERE login = ''sample.sales''), ''x@plant.example'')', '42501', 'user:update');
SELECT testing.refused('SELECT * FROM user_contact_of((SELECT user_id FROM users WHERE login = ''sample.sales''))', '42501', 'user:read');
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT phone FROM user_contact_of((SELECT user_id FROM users WHERE login = 'sample.technician'))), '4165550177', 'an Administrator sees it');

-- Reads equal log: one row per person and read, with reader and fields.
SELECT testing.same((SELECT string_agg(action || ' ' || n, ', ' ORDER BY action) FROM (SELECT action, count(*) AS n FROM who_saw_subject(:anna) GROUP BY action) x WHERE action <> 'CHANGE'), 'SEARCH 2, VIEW 5', 'reads of Anna');
SELECT testing.same((SELECT count(*) FROM who_saw_subject(:anna) WHERE actor = 'sample.service' AND action = 'VIEW' AND 'email' = ANY (fields)), 1::bigint, 'who, and what');
SELECT testing.same((SELECT count(*) FROM who_saw_subject(:anna, now() + interval '1 minute')), 0::bigint, 'a later period');
SELECT testing.ok((SELECT count(*) > 8 FROM who_saw_subject(NULL, now() - interval '1 hour', now() + interval '1 hour')), 'all people of a period');
SELECT testing.ok((SELECT count(*) > 0 FROM who_saw_subject(:anna) WHERE action = 'CHANGE' AND actor = 'sample.sales'), 'changes count too');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT * FROM who_saw_subject(%s)', :anna), '42501', 'privacy:read');
SELECT testing.nobody();
SELECT testing.refused('DELETE FROM pii_access_log', 'TV003', 'append-only');
SELECT testing.refused('UPDATE pii_access_log SET actor = ''nobody''', 'TV003', 'append-only');

-- Nothing in clear, in any text of any table, trail included; no hash either in the trail.
SELECT testing.same((SELECT string_agg(table_name || '.' || column_name, ', ') FROM find_traces(ARRAY['kowalska', 'anna\.', '555.?014[23]', 'bruno', 'terry@', 'hospital road', '5550177'])), NULL::text, 'traces in clear');
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name = 'pii_contacts' AND coalesce(new_values, old_values) ?| ARRAY['email_index', 'phone_index']), 0::bigint, 'hashes in the trail');
SELECT testing.ok((SELECT bool_and(position('Kowalska' IN encode(name_ciphertext, 'escape')) = 0) FROM pii_contacts), 'bytes are no text');

-- Without the keys, or with a value moved to another row, nothing is read.
SELECT testing.refused(format('UPDATE pii_contacts SET name_ciphertext = (SELECT name_ciphertext FROM pii_contacts WHERE subject_id = %s) WHERE subject_id = %s; SELECT * FROM contact_of(%s)', :anna, :bruno, :bruno), 'TV031');
SELECT forget_encryption_keys();
SELECT testing.refused(format('SELECT * FROM contact_of(%s)', :anna), 'TV030');
SELECT testing.refused('SELECT * FROM find_contact_by_email(''bruno@stelmo.example'')', 'TV030', 'index key');
