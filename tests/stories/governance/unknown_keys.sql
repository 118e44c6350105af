-- A reader is told that a key names nothing, instead of being shown no rows: nothing to do and no such thing are two answers.
SELECT build_id AS a, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT * FROM inspection_sheet(999999)', 'TV004', 'There is no inspection 999999.');
SELECT testing.refused('SELECT * FROM inspection_sheet(NULL)', 'TV004', 'There is no inspection (none).');
SELECT testing.refused('SELECT * FROM packing_list(999999)', 'TV004', 'There is no build 999999.');
SELECT testing.refused('SELECT * FROM pick_list(999999)', 'TV004', 'There is no build 999999.');
SELECT testing.refused('SELECT * FROM pick_list(NULL)', 'TV004', 'There is no build (none).');
SELECT testing.refused('SELECT * FROM who_saw_subject(999999)', 'TV004', 'There is no person 999999.');
SELECT testing.refused('SELECT * FROM who_saw_subject(NULL, NULL)', 'TV022', 'The period has no begin.');
SELECT testing.refused('SELECT * FROM who_saw_subject(NULL, now(), NULL)', 'TV022', 'The period has no end.');
SELECT testing.same((SELECT count(*) FROM who_saw_subject(NULL, now() + interval '1 day')), 0::bigint, 'all people, none of them seen tomorrow');
SELECT testing.refused('SELECT * FROM export_audit(999998, 999999)', 'TV004', 'There are no seals 999998 to 999999.');
SELECT testing.refused('SELECT * FROM export_audit(NULL, 1)', 'TV004', 'There are no seals (none) to 1.');
SELECT testing.same((SELECT count(*) FROM audit_log WHERE operation = 'EXPORT'), 0::bigint, 'and nothing was exported');

-- Through the server as well; who may not see stock is told so, and a sink out of sight is as one that does not exist.
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT * FROM inspection_sheet(999999)', 'TV004', 'There is no inspection 999999.');
SELECT testing.refused('SELECT * FROM packing_list(999999)', 'TV004', 'There is no build 999999.');
SELECT testing.refused('SELECT * FROM pick_list(999999)', 'TV004', 'There is no build 999999.');
SELECT testing.ok((SELECT count(*) > 0 FROM pick_list(:a)), 'what is there is listed');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT * FROM pick_list(%s)', :a), '42501', 'stock:read');
