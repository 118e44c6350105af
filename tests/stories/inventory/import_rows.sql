-- An import is gone on with until it is taken in or given up: each check replaces what the last one said of the rows, nothing is
-- taken in that the check did not show, and its files are kept so long.
SELECT testing.act('sample.admin');
SELECT store_content('text/csv', convert_to('code,name', 'UTF8')) AS content \gset
SELECT import_catalogue('{"categories": [{"source": "c.csv", "location": "line 2", "code": "IR-1", "name": "Racks"}],
  "subcategories": [{"source": "s.csv", "location": "line 2", "category": "IR-1", "code": "IR-1-1", "name": "Steel racks"}],
  "assemblies": [{"source": "a.csv", "location": "line 2", "code": "IR-RACK", "name": "Rack", "subcategory": "IR-1-1", "states_components": "true"}],
  "parts": [{"source": "p.csv", "location": "line 2", "code": "IR-BOLT", "name": "Bolt", "weight_kg": "0.1"},
            {"source": "p.csv", "location": "line 3", "code": "IR-NUT", "name": "Nut"}],
  "components": [{"source": "k.csv", "location": "line 2", "parent": "IR-RACK", "child": "IR-BOLT", "quantity": "4"},
                 {"source": "k.csv", "location": "line 3", "parent": "IR-RACK", "child": "IR-NUT", "quantity": "4"}],
  "codes": [{"source": "n.csv", "location": "line 2", "code": "IR-B", "item": "IR-BOLT", "kind": "SHORT"}]}', '[]', true) AS first \gset
SELECT testing.same(array_agg(r.outcome ORDER BY r.import_row_id), array_fill('NEW'::text, ARRAY[8]), 'all are new') FROM import_rows r WHERE r.import_session_id = :first;
SELECT testing.same(array_agg(concat_ws('|', r.row_kind, r.source, r.location, r.item_code, r.place_code, r.label) ORDER BY r.import_row_id),
                    '{categories|c.csv|line 2|IR-1|Racks,"subcategories|s.csv|line 2|IR-1-1|IR-1|Steel racks",assemblies|a.csv|line 2|IR-RACK|IR-1-1|Rack,parts|p.csv|line 2|IR-BOLT|Bolt,parts|p.csv|line 3|IR-NUT|Nut,components|k.csv|line 2|IR-BOLT|IR-RACK|4,components|k.csv|line 3|IR-NUT|IR-RACK|4,codes|n.csv|line 2|IR-B|IR-BOLT|SHORT}'::text[],
                    'each row is named') FROM import_rows r WHERE r.import_session_id = :first;

-- What changes is told, from what to what.
\set again '{"categories": [{"source": "c.csv", "location": "line 2", "code": "IR-1", "name": "Shelves"}], "subcategories": [{"source": "s.csv", "location": "line 2", "category": "IR-1", "code": "IR-1-1", "name": "Steel racks"}], "assemblies": [{"source": "a.csv", "location": "line 2", "code": "IR-RACK", "name": "Rack", "subcategory": "IR-1-1", "list_price": "120.50", "states_components": "true"}], "parts": [{"source": "p.csv", "location": "line 2", "code": "IR-BOLT", "name": "Bolt", "weight_kg": "0.2", "type": "MATERIAL"}, {"source": "p.csv", "location": "line 3", "code": "IR-NUT", "name": "Nut"}], "components": [{"source": "k.csv", "location": "line 2", "parent": "IR-RACK", "child": "IR-BOLT", "quantity": "6"}, {"source": "k.csv", "location": "line 3", "parent": "IR-RACK", "child": "IR-NUT", "quantity": "4"}], "codes": [{"source": "n.csv", "location": "line 2", "code": "IR-B", "item": "IR-BOLT", "kind": "SHORT", "origin": "old list"}]}'
SELECT import_catalogue(:'again', jsonb_build_array(jsonb_build_object('name', 'p.csv', 'content', :content))) AS session \gset
SELECT testing.same(array_agg(r.outcome ORDER BY r.import_row_id), '{CHANGED,UNCHANGED,CHANGED,CHANGED,UNCHANGED,CHANGED,UNCHANGED,CHANGED}', 'what becomes of each') FROM import_rows r WHERE r.import_session_id = :session;
SELECT testing.same(array_agg(r.changes::text ORDER BY r.import_row_id),
                    ARRAY['{"name": ["Racks", "Shelves"]}', '{"list_price": [null, 120.50]}', '{"part_type": ["COMPONENT", "MATERIAL"], "weight_kg": [0.1000, 0.2000]}', '{"quantity": [4.0000, 6.0000]}', '{"source": [null, "old list"]}'],
                    'what changes, from what to what') FROM import_rows r WHERE r.import_session_id = :session AND r.outcome = 'CHANGED';
SELECT testing.ok(bool_and(r.changes = '{}'), 'nothing of what is as it was') FROM import_rows r WHERE r.import_session_id = :session AND r.outcome <> 'CHANGED';
SELECT testing.same((SELECT weight_kg FROM parts WHERE part_number = 'IR-BOLT'), 0.1000, 'a check changes nothing');
SELECT testing.same((SELECT count(*)::integer FROM import_contents WHERE import_session_id = :session), 1, 'its file is kept');

-- The catalogue changes meanwhile: what was not shown is not taken in.
UPDATE parts SET weight_kg = 0.15 WHERE part_number = 'IR-BOLT';
SELECT testing.same(import_catalogue(:'again', jsonb_build_array(jsonb_build_object('name', 'p.csv', 'content', :content)), true, :session), :session::bigint, 'the same import goes on');
SELECT testing.same(state, 'PREVIEWED', 'it is shown again first') FROM import_sessions WHERE import_session_id = :session;
SELECT testing.same((SELECT weight_kg FROM parts WHERE part_number = 'IR-BOLT'), 0.1500, 'nothing is taken in');
SELECT testing.same(array_agg(f.message), ARRAY['The catalogue or a file is no longer what the last check saw, so nothing is taken in yet. Look at the rows again, then take everything in.'], 'and says why')
  FROM import_findings f WHERE f.import_session_id = :session;
SELECT testing.same((SELECT changes #>> '{weight_kg,0}' FROM import_rows WHERE import_session_id = :session AND item_code = 'IR-BOLT' AND row_kind = 'parts'), '0.1500', 'the rows are those of now');
SELECT testing.same((SELECT count(*)::integer FROM import_rows WHERE import_session_id = :session), 8, 'in place of those before');

-- A check with an error refuses all; a taking in of what a refusal showed is shown first.
SELECT import_catalogue('{"parts": [{"source": "p.csv", "location": "line 2", "code": "IR-BOLT", "name": " "}]}', jsonb_build_array(jsonb_build_object('name', 'p.csv', 'content', :content)), false, :session) AS same \gset
SELECT testing.same(state, 'REFUSED', 'a row is wrong') FROM import_sessions WHERE import_session_id = :session;
SELECT import_catalogue(:'again', jsonb_build_array(jsonb_build_object('name', 'p.csv', 'content', :content)), true, :session) AS same \gset
SELECT testing.same(state, 'PREVIEWED', 'nobody saw these rows yet') FROM import_sessions WHERE import_session_id = :session;

-- Another person goes on with it, with the same file; of a file that is no import's nobody else learns.
SELECT store_content('text/csv', convert_to('code,note', 'UTF8')) AS own \gset
INSERT INTO role_permissions (role_id, permission_code) SELECT role_id, 'catalogue:import' FROM user_roles JOIN users USING (user_id) WHERE login = 'sample.production';
SELECT testing.act('sample.production');
SELECT testing.ok(EXISTS (SELECT FROM import_content_place(:content)), 'the file of an import is there for whoever imports');
SELECT testing.ok(NOT EXISTS (SELECT FROM import_content_place(:own)), 'another file is not');
SELECT testing.refused(format('SELECT import_catalogue(''{"parts": []}'', ''[{"content": %s}]'')', :own), 'TV004', 'no upload');
SELECT import_catalogue(:'again', jsonb_build_array(jsonb_build_object('name', 'p.csv', 'content', :content)), true, :session) AS same \gset
SELECT testing.same(state, 'COMMITTED', 'what was shown is taken in') FROM import_sessions WHERE import_session_id = :session;
SELECT testing.same((SELECT weight_kg FROM parts WHERE part_number = 'IR-BOLT'), 0.2000, 'now it is');
SELECT testing.same((SELECT count(*)::integer FROM import_contents WHERE import_session_id = :session), 0, 'its file is let go');
SELECT testing.ok(NOT EXISTS (SELECT FROM document_contents WHERE document_content_id = :content), 'and is gone');

-- What has ended is not gone on with.
SELECT testing.refused(format('SELECT import_catalogue(%L, p_import_session_id => %s)', '{"parts": []}', :session), 'TV009', 'COMMITTED');
SELECT testing.refused(format('SELECT withdraw_import(%s)', :session), 'TV009', 'COMMITTED');
SELECT testing.refused('SELECT withdraw_import(0)', 'TV004', 'no import 0');
SELECT testing.refused('SELECT withdraw_import(NULL)', 'TV004', 'no import');
SELECT testing.refused('SELECT import_catalogue(''{"parts": []}'', p_import_session_id => 0)', 'TV004', 'no import 0');
SELECT import_catalogue('{"parts": []}') AS other \gset
SELECT withdraw_import(:other);
SELECT testing.same(state, 'WITHDRAWN', 'it is given up') FROM import_sessions WHERE import_session_id = :other;
SELECT testing.refused(format('SELECT import_catalogue(%L, p_import_session_id => %s)', '{"parts": []}', :other), 'TV009', 'WITHDRAWN');

-- Sources are a list, and name only files of one's own or of the import.
SELECT testing.refused('SELECT import_catalogue(''{"parts": []}'', ''{"name": "p.csv"}'')', 'TV022', 'not a list');
SELECT testing.refused('SELECT import_catalogue(''{"parts": []}'', ''[{"content": 987654321}]'')', 'TV004', 'no upload');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT withdraw_import(1)', '42501');

-- What a price was is for those with price:read, of an import too.
SELECT testing.act('sample.admin');
SELECT import_catalogue('{"parts": [{"code": "IR-BOLT", "name": "Bolt", "standard_cost": "1.25"}, {"code": "IR-NUT", "name": "Hex nut"}]}') AS priced \gset
INSERT INTO role_permissions (role_id, permission_code) SELECT role_id, 'catalogue:import' FROM user_roles JOIN users USING (user_id) WHERE login = 'sample.technician';
SELECT testing.same(count(*), 0::bigint, 'a technician has no price:read') FROM role_permissions JOIN user_roles USING (role_id) JOIN users USING (user_id) WHERE login = 'sample.technician' AND permission_code = 'price:read';
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.admin');
SELECT testing.same(string_agg(r.item_code, ' ' ORDER BY r.item_code), 'IR-BOLT IR-NUT', 'whoever reads prices sees both') FROM import_rows r WHERE r.import_session_id = :priced;
SELECT testing.act('sample.technician');
SELECT testing.same(string_agg(r.item_code, ' '), 'IR-NUT', 'who does not read prices sees none') FROM import_rows r WHERE r.import_session_id = :priced;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM import_rows), 0::bigint, 'who imports nothing sees no row'), testing.same((SELECT count(*) FROM import_contents), 0::bigint, 'and no file');
RESET SESSION AUTHORIZATION;
