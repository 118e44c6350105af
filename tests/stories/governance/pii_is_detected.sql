-- Personal data in free texts is found and masked: at least 95 % of a corpus of planted cases, and what only looks like it is left alone.
CREATE TEMP TABLE corpus (kind text, body text);
INSERT INTO corpus VALUES
  ('EMAIL', 'Please send it to anna.kowalska@stelmo.example today'), ('EMAIL', 'cc: J_O''Brien+torvan@health.gov.uk'), ('EMAIL', 'mail <bruno@clinic-west.co>'), ('EMAIL', 'écrire à françois.côté@hôpital.example.ca'),
  ('EMAIL', 'ANNA@STELMO.EXAMPLE'), ('EMAIL', 'contact=anna@x.io;'), ('EMAIL', 'anna (at) stelmo (dot) example'), ('EMAIL', 'bruno[at]clinic.org'), ('EMAIL', 'Scan_anna.k@stelmo.example.pdf'), ('EMAIL', 'a.b@sub.domain.museum, thanks'),
  ('PHONE', 'Call 416-555-0142 before noon'), ('PHONE', '(416) 555-0142'), ('PHONE', 'tel. 416.555.0142'), ('PHONE', '1-800-555-0199 ext 12'), ('PHONE', '+1 416 555 0142'), ('PHONE', '+14165550142'), ('PHONE', '+44 20 7946 0958'),
  ('PHONE', '+33 1 70 18 99 00'), ('PHONE', '01 70 18 99 00'), ('PHONE', '0170189900'), ('PHONE', '06.12.34.56.78 le matin'), ('PHONE', '+34 912 345 678'), ('PHONE', 'Llamar al 612 34 56 78'), ('PHONE', '+49 (0)30 1234567'), ('PHONE', '0049 30 1234567'),
  ('PHONE', 'mobile: 4165550142'), ('PHONE', 'Phone 555 0142'), ('PHONE', 'tél: 514 555 0142'), ('PHONE', 'fax 4165550143'), ('PHONE', '416 555 0142'),
  ('CARD', 'card 4111 1111 1111 1111 exp 12/27'), ('CARD', '5500-0000-0000-0004'), ('CARD', '340000000000009'), ('CARD', '6011000000000004'), ('CARD', '30569309025904'), ('CARD', 'paid with 4012888888881881'), ('CARD', '2223003122003222'),
  ('NATIONAL_ID', 'SSN 123-45-6789'), ('NATIONAL_ID', '078-05-1120'), ('NATIONAL_ID', 'SIN 130 692 544'), ('NATIONAL_ID', 'NAS 193-456-787'), ('NATIONAL_ID', 'NIR 1 84 12 76 451 089 46'), ('NATIONAL_ID', '184127645108946'), ('NATIONAL_ID', 'NI AB 12 34 56 C'),
  ('NATIONAL_ID', 'DNI 12345678Z'), ('NATIONAL_ID', 'NIE X1234567L'), ('NATIONAL_ID', 'dni 00000000-T'),
  ('IP', 'from 192.168.17.42'), ('IP', 'host 10.0.0.1:8080'), ('IP', '203.0.113.7 was refused'), ('IP', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'), ('IP', 'at 2001:db8::1'), ('IP', 'fe80::1ff:fe23:4567:890a');
-- Words of the plant that must not be taken for personal data.
INSERT INTO corpus SELECT NULL, b FROM unnest(ARRAY[
  'TRV-2026-000123', 'PO-48817', 'Part 720.215.001 replaces 720.215.014', '709.82 and 721.709.14', 'T2-BODY-48-60-HA', 'T2-ADW-BASIN26X22X9', '24X20X8', '2026-01-31', '31.01.2026 14:30', '2026-11-25T19:14:53.152Z', '12:30:45',
  'SAMPLE-001.pdf', 'Rev. 3.2.1', '84 in x 30 in x 36 in', '1234567', 'serial 00123456', 'lot 2026-04-117', 'torque 12.5 Nm, 3.3 bar', '100-240 V, 50/60 Hz', 'ISO 13485:2016 4.2.5', '21 CFR 820.35', 'IEC 61010-1',
  'QE 4711, QFU 0815', 'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'DL27 with height 34-44', '3 x 1/2" NPT', 'Two sinks for the decontamination room.', 'meet @ dock 4', '$1,234,567.89', '14 123 456 units', 'CLQ.T2.001 section A',
  '1Z999AA10123456784', '9400 1118 9922 3033 0056 12', '4111 1111 1111 1112', '130 692 545', '720.215.1000 and 720.215.1001', 'std::string', 'version 10.2.4-beta', 'Item 300-12-0000', 'order 2026000123', 'QTY 10000000', '000-12-3456']) b;

CREATE TEMP TABLE judged AS SELECT c.kind, c.body, f.kinds FROM corpus c LEFT JOIN LATERAL (SELECT array_agg(DISTINCT pii_kind) AS kinds FROM find_pii(c.body)) f ON true;
SELECT testing.same((SELECT string_agg(body, ' | ') FROM judged WHERE kind IS NOT NULL AND kinds IS NULL), NULL::text, 'missed cases');
SELECT testing.ok((SELECT avg((kind = ANY (kinds))::integer) >= 0.95 FROM judged WHERE kind IS NOT NULL), 'recall of at least 95 per cent, kind included');
SELECT testing.same((SELECT string_agg(body || ' taken for ' || kinds::text, ' | ') FROM judged WHERE kind IS NULL AND kinds IS NOT NULL), NULL::text, 'false alarms');
SELECT format('recall %s %%, precision %s %% of %s texts', round(100 * avg((kind = ANY (kinds))::integer) FILTER (WHERE kind IS NOT NULL), 1),
              round(100.0 * count(*) FILTER (WHERE kind = ANY (kinds)) / count(*) FILTER (WHERE kinds IS NOT NULL), 1), count(*)) FROM judged;

SELECT testing.same(mask_pii('Anna, anna@stelmo.example or +1 416 555 0142, from 203.0.113.7.'), 'Anna, [email] or [phone], from [ip].', 'masked text');
SELECT testing.same(mask_pii('nothing here'), 'nothing here', 'a text without');
SELECT testing.ok(mask_pii(NULL) IS NULL, 'null stays null');
SELECT testing.same(mask_sample('EMAIL', 'anna@stelmo.example') || ' ' || mask_sample('CARD', '4111 1111 1111 1111'), 'a***@s***.example ***11', 'samples');

-- Planted in the tables, found with table, column and key; masked in the list; decisions hold over scans.
SELECT testing.act('sample.sales');
SELECT order_id FROM orders \gset
SELECT add_order_note(:order_id, 'Ask Anna, anna.kowalska@stelmo.example') AS note_id \gset
SELECT add_attachment(:order_id, 'OTHER', 'scan 416-555-0142.pdf', 'application/pdf') AS file_id \gset
SELECT testing.refused('SELECT * FROM detect_pii()', '42501', 'privacy:detect');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT * FROM detect_pii(''no_such_table'')', 'TV004', 'no_such_table');
SELECT testing.same((SELECT string_agg(concat_ws(' ', table_name, column_name, record_key, pii_kind, masked_sample), ', ' ORDER BY table_name) FROM detect_pii()),
  format('order_attachments file_name %s PHONE ***42, order_notes body %s EMAIL a***@s***.example', :file_id, :note_id), 'found in all tables');
SELECT testing.same((SELECT count(*) FROM detect_pii('order_notes')), 1::bigint, 'found in one table');
SELECT testing.same((SELECT count(*) FROM pii_findings), 2::bigint, 'a second scan finds the same');
SELECT testing.refused('SELECT decide_pii_finding(1, ''MAYBE'', ''why not'')', 'TV022', 'MAYBE');
SELECT testing.refused('SELECT decide_pii_finding(4711, ''DISMISSED'', ''why not'')', 'TV004', '4711');
SELECT decide_pii_finding(pii_finding_id, 'DISMISSED', 'a number of the plant') FROM pii_findings WHERE table_name = 'order_attachments';
SELECT testing.same((SELECT count(*) FROM detect_pii()), 1::bigint, 'what was dismissed is not shown again');
UPDATE order_notes SET body = 'Ask Anna' WHERE order_note_id = :note_id;
SELECT testing.same((SELECT count(*) FROM detect_pii()), 0::bigint, 'what was mended is gone');
SELECT testing.same((SELECT state FROM pii_findings WHERE table_name = 'order_notes'), 'GONE', 'its state');
UPDATE order_notes SET body = 'anna.kowalska@stelmo.example again' WHERE order_note_id = :note_id;
SELECT testing.same((SELECT count(*) FROM detect_pii('order_notes')), 1::bigint, 'what comes back is open again');
SELECT testing.same((SELECT count(*) FROM detect_pii('customers')), 0::bigint, 'another table');
-- The number of a person here is no card, though it looks like one; another such number is.
INSERT INTO subjects (subject_id, subject_kind) VALUES (4012888888881881, 'CONTACT');
UPDATE order_notes SET body = 'about 4012888888881881' WHERE order_note_id = :note_id;
SELECT testing.same((SELECT count(*) FROM detect_pii('order_notes')), 0::bigint, 'a person of ours');
UPDATE order_notes SET body = 'about 4111111111111111' WHERE order_note_id = :note_id;
SELECT testing.same((SELECT string_agg(pii_kind, ' ') FROM detect_pii('order_notes')), 'CARD', 'a card');
-- The trail repeats every text: scanned only when it is named.
SELECT testing.ok((SELECT count(*) > 0 FROM detect_pii('audit_log')), 'the trail, when named');
