-- Every column of every table has a class, a purpose, a legal basis and a period; the record of processing is made from it.
SELECT testing.same((SELECT string_agg(table_name || '.' || column_name, ', ') FROM v_unclassified_columns), NULL::text, 'columns without a class');
SELECT testing.same((SELECT count(*) FROM column_classifications k WHERE to_regclass('public.' || k.table_name) IS NULL), 0::bigint, 'classes of tables that do not exist');
SELECT testing.same((SELECT string_agg(retention_class, ' ' ORDER BY class_number) FROM retention_classes WHERE class_number <= 10),
  'DEVICE_RECORD SIGNATURE SERVICE_RECORD COMMERCIAL CONTACT STAFF SECURITY ATTACHMENT TRANSIENT BACKUP', 'the ten classes of the schedule');

-- Single columns, by class.
SELECT testing.same((SELECT data_class || ' ' || personal_kind || ' ' || retention_class FROM column_classifications WHERE (table_name, column_name) = ('pii_contacts', 'email_ciphertext')), 'PERSONAL EMAIL CONTACT', 'address of a contact');
SELECT testing.same((SELECT data_class FROM column_classifications WHERE (table_name, column_name) = ('subject_keys', 'wrapped_key')), 'SECRET', 'key of a person');
SELECT testing.same((SELECT data_class || ' ' || personal_kind FROM column_classifications WHERE (table_name, column_name) = ('orders', 'approved_by')), 'PERSONAL PSEUDONYM', 'the number of a user');
SELECT testing.same((SELECT data_class FROM column_classifications WHERE (table_name, column_name) = ('orders', 'created_at')), 'TECHNICAL', 'a stamp');
SELECT testing.same((SELECT data_class FROM column_classifications WHERE (table_name, column_name) = ('orders', 'want_date')), 'BUSINESS', 'a date of the order');
SELECT testing.ok((SELECT bool_and(keep_for = interval '15 years') FROM column_classifications WHERE table_name = 'orders'), 'the period of a device record');

-- A new table is found out at once, and no longer when it is gone.
CREATE TABLE loose_ends (loose_end_id bigint PRIMARY KEY, remark text);
SELECT testing.same((SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM v_unclassified_columns WHERE table_name = 'loose_ends'), 'loose_end_id remark', 'a table nobody classified');
SELECT * FROM run_data_quality_rules('COLUMN_UNCLASSIFIED') \g /dev/null
SELECT testing.same((SELECT last_status || ' ' || last_violations FROM data_quality_rules WHERE rule_code = 'COLUMN_UNCLASSIFIED'), 'violated 2', 'the rule sees it too');

-- A list that names it classifies it; what a list says wrongly stops the deployment.
SELECT testing.refused('SELECT classify_columns()', 'TV009', 'only there during a deployment');
BEGIN;
CREATE TEMP TABLE table_access AS SELECT k.table_name, min(k.retention_class) AS retention_class,
  coalesce(array_agg(k.column_name || ':' || k.personal_kind) FILTER (WHERE k.personal_kind IS NOT NULL), '{}') AS personal,
  coalesce(array_agg(k.column_name::text) FILTER (WHERE k.data_class = 'SECRET'), '{}') AS secret FROM column_classifications k GROUP BY k.table_name;
SELECT testing.same(classify_columns(), 0, 'the same lists again change nothing');
INSERT INTO table_access VALUES ('loose_ends', 'CONTACT', '{remark:FREE_TEXT}', '{}');
SELECT testing.same(classify_columns(), 2, 'columns of the new table');
SELECT testing.same((SELECT purpose FROM column_classifications WHERE (table_name, column_name) = ('loose_ends', 'remark')), 'contact with the customer', 'its purpose');
SELECT testing.same((SELECT count(*) FROM v_unclassified_columns), 0::bigint, 'nothing is left');
UPDATE table_access SET personal = '{remark:SECRET_DIARY}', retention_class = 'FOR_EVER' WHERE table_name = 'loose_ends';
SELECT testing.refused('SELECT classify_columns()', 'TV022', 'loose_ends has the unknown retention class FOR_EVER; loose_ends names "remark:SECRET_DIARY"');
UPDATE table_access SET personal = '{diary:NAME}', retention_class = 'CONTACT' WHERE table_name = 'loose_ends';
SELECT testing.refused('SELECT classify_columns()', 'TV022', 'loose_ends names "diary:NAME"');
DELETE FROM table_access WHERE table_name = 'loose_ends';
DROP TABLE loose_ends;
SELECT testing.same(classify_columns(), 2, 'what is gone is no longer classified');
ROLLBACK;

-- The record of processing names what contacts are kept for, and which columns.
SELECT testing.ok((SELECT kinds_of_data LIKE '%EMAIL%' AND kept LIKE '%24 months%' AND 'pii_contacts.email_ciphertext' = ANY (columns) AND legal_basis <> '' FROM v_processing_register WHERE category = 'Customer contacts'), 'record of processing of contacts');
SELECT testing.same((SELECT count(*) FROM v_processing_register WHERE people = '' OR recipients = '' OR purpose = '' OR at_erasure = ''), 0::bigint, 'gaps in the record of processing');
