-- A legal hold beats every way in which something could go: direct deletes, cascades, clean-up of samples, retention, erasure.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);
SELECT order_id, order_number, customer_id FROM orders \gset
SELECT build_id, build_number FROM builds ORDER BY build_id LIMIT 1 \gset

-- Who may place one, on what.
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT place_hold(''ORDER'', %L, ''case 17'')', :'order_number'), '42501', 'legal_hold:place');
SELECT testing.nobody();
SELECT testing.refused(format('SELECT place_hold(''ORDER'', %L, ''case 17'')', :'order_number'), 'TV010');
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT place_hold(''ORDER'', ''4711'', ''case 17'')', 'TV004', '4711');
SELECT testing.refused('SELECT place_hold(''CLASS'', ''NO_CLASS'', ''case 17'')', 'TV004', 'NO_CLASS');
SELECT testing.refused(format('SELECT place_hold(''ORDER'', ''%s'', ''case 17'')', :order_id), 'TV004', 'There is no order');
SELECT testing.refused('SELECT place_hold(''PLANET'', ''1'', ''case 17'')', 'TV022', 'PLANET');
SELECT testing.refused(format('SELECT place_hold(''ORDER'', %L, ''x'')', :'order_number'), 'TV022', 'reason');
SELECT testing.refused(format('SELECT place_hold(''ORDER'', %L, ''case 17'', current_date - 2)', :'order_number'), 'TV022', 'is past');

-- Before: everything of the order can go, as far as its own rules allow.
SELECT testing.act('sample.sales');
SELECT add_order_note(:order_id, 'first') AS first_note, add_order_note(:order_id, 'second') AS second_note \gset
SELECT create_order('STELMO', 'PO-OTHER', 'sample.sales', current_date + 30) AS other_order \gset
SELECT add_order_note(:other_order, 'of the other order') AS other_note \gset
SELECT testing.nobody();
DELETE FROM order_notes WHERE order_note_id = :first_note;

SELECT testing.act('sample.quality');
SELECT place_hold('order', lower(:'order_number'), 'case 17 against the plant') AS hold_id \gset
SELECT testing.same((SELECT string_agg(meaning || ' ' || printed_name, ', ') FROM signatures s JOIN legal_holds h ON h.placed_signature_id = s.signature_id AND s.record_id = h.legal_hold_id), 'approved Quinn Quality (sample)', 'placing is signed');
SELECT testing.nobody();

-- Direct and by cascade, on each path from a row to the order.
SELECT testing.refused(format('DELETE FROM order_notes WHERE order_note_id = %s', :second_note), 'TV009', 'case 17 against the plant');
SELECT testing.refused('DELETE FROM order_notes', 'TV009', 'order ' || :'order_number');
SELECT testing.refused('DELETE FROM order_metrics', 'TV009', 'legal hold');
SELECT testing.refused('SELECT set_config(''torvan.removing_samples'', ''on'', true); DELETE FROM order_attachments', 'TV009', 'legal hold');
SELECT testing.refused('SELECT remove_sample_data()', 'TV009', 'legal hold');
ALTER TABLE bom_line_items DISABLE TRIGGER _050_draft_only_delete;
SELECT testing.refused('DELETE FROM bom_line_items l WHERE l.line_number = (SELECT max(x.line_number) FROM bom_line_items x WHERE x.bom_id = l.bom_id)', 'TV009', 'A row of bom_line_items stands under legal hold');
ALTER TABLE bom_line_items ENABLE TRIGGER _050_draft_only_delete;
SELECT testing.same((SELECT count(DISTINCT h.key) FROM held_keys('builds', (SELECT array_agg(build_id) FROM builds)) h), 2::bigint, 'builds of the order');
SELECT testing.same((SELECT count(*) FROM held_keys('boms', (SELECT array_agg(bom_id) FROM boms)) h), (SELECT count(*) FROM boms), 'BOMs of the order');
SELECT testing.same((SELECT count(*) FROM held_keys('configurations', (SELECT array_agg(configuration_id) FROM configurations)) h), (SELECT count(*) FROM configurations WHERE build_id IS NOT NULL), 'configurations of the order');
SELECT testing.refused('SELECT require_no_hold(''builds'', (SELECT array_agg(build_id) FROM builds))', 'TV009', 'of builds stands under legal hold');
-- What is not held goes as before: another order, the same table.
DELETE FROM order_notes WHERE order_note_id = :other_note;
SELECT require_no_hold('orders', ARRAY[:other_order]::bigint[]);
SELECT testing.refused('SELECT require_no_hold(''no_such_table'', ''{1}'')', 'TV022', 'no_such_table');

-- Two holds on one thing: both must be released; a hold that ran out no longer binds.
SELECT testing.act('sample.quality');
SELECT place_hold('BUILD', :'build_number', 'case 18', current_date + 1) AS build_hold \gset
SELECT testing.refused(format('SELECT release_hold(%s, ''over'')', :hold_id), 'TV025', 'release this hold');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT release_hold(4711, ''over'')', 'TV004');
SELECT testing.refused(format('SELECT release_hold(%s, '''')', :hold_id), 'TV022', 'reason');
SELECT release_hold(:hold_id, 'case 17 is over');
SELECT testing.refused(format('SELECT release_hold(%s, ''again'')', :hold_id), 'TV009', 'released already');
SELECT testing.same((SELECT string_agg(s.meaning || ' ' || s.printed_name, ', ') FROM signatures s JOIN legal_holds h ON h.release_signature_id = s.signature_id), 'released Ada Admin (sample)', 'releasing is signed');
SELECT testing.nobody();
DELETE FROM order_notes WHERE order_note_id = :second_note;
SELECT testing.refused('SELECT remove_sample_data()', 'TV009', 'build ' || :'build_number');
ALTER TABLE legal_holds DISABLE TRIGGER _050_kept;
UPDATE legal_holds SET hold_until = current_date - 3 WHERE legal_hold_id = :build_hold;
ALTER TABLE legal_holds ENABLE TRIGGER _050_kept;
SELECT testing.same((SELECT count(*) FROM holds_in_force()), 0::bigint, 'no hold in force');
SELECT testing.same((SELECT sample_keys FROM run_data_quality_rules('HOLD_RAN_OUT')), ARRAY[:'build_hold'], 'what ran out is reported');

-- A hold on a customer reaches its orders and contacts; on a class, every table of it.
SELECT testing.act('sample.sales');
SELECT add_contact('STELMO', 'PURCHASING', 'Anna Kowalska') AS anna \gset
SELECT testing.act('sample.quality');
SELECT place_hold('CUSTOMER', 'stelmo', 'case 19') AS customer_hold \gset
SELECT testing.nobody();
SELECT testing.refused('DELETE FROM pii_contacts', 'TV009', 'customer STELMO');
SELECT testing.refused('DELETE FROM order_metrics', 'TV009', 'case 19');
SELECT testing.refused(format('SELECT require_erasable(%s)', :anna), 'TV009', 'case 19');
SELECT testing.act('sample.admin');
SELECT release_hold(:customer_hold, 'case 19 is over');
SELECT place_hold('CLASS', 'transient', 'inspection of the authority');
SELECT set_user_contact((SELECT user_id FROM users WHERE login = 'sample.sales'), 'sales@plant.example') \g /dev/null
SELECT place_hold('SUBJECT', 'Sample.Sales', 'case 20') AS person_hold \gset
SELECT testing.same((SELECT string_agg(h.scope_code || ' ' || coalesce(h.scope_id::text, h.scope_class), ', ' ORDER BY h.legal_hold_id) FROM legal_holds h WHERE h.scope_kind IN ('CUSTOMER', 'CLASS')),
  format('STELMO %s, TRANSIENT TRANSIENT', :customer_id), 'each by its code and its key');
SELECT testing.same((SELECT h.scope_code = h.scope_id::text FROM legal_holds h JOIN pii_users p ON p.subject_id = h.scope_id JOIN users u USING (user_id) WHERE h.legal_hold_id = :person_hold AND u.login = 'sample.sales'), true, 'a login leads to the number of the person');
SELECT testing.nobody();
INSERT INTO pii_findings (table_name, column_name, record_key, pii_kind, masked_sample, confidence) VALUES ('x', 'x', '1', 'IP', '***42', 0.5);
SELECT testing.refused('DELETE FROM pii_findings', 'TV009', 'TRANSIENT');
DELETE FROM pii_findings WHERE false;

-- A hold is placed and released, nothing else; every table but those of the system heeds it.
SELECT testing.refused('UPDATE legal_holds SET reason = ''none''', 'TV003');
SELECT testing.refused('DELETE FROM legal_holds', 'TV003');
SELECT testing.refused('UPDATE legal_holds SET released_at = NULL, released_by = NULL, release_reason = NULL WHERE released_at IS NOT NULL', 'TV003');
SELECT testing.same((SELECT string_agg(DISTINCT k.table_name, ', ') FROM column_classifications k JOIN pg_class c ON c.oid = to_regclass('public.' || k.table_name) AND c.relkind = 'r' WHERE k.retention_class <> 'SYSTEM'
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = '_700_no_hold')), NULL::text, 'tables that do not heed holds');
