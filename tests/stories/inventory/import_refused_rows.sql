-- A refused import counts the rows that errors stand against, not those that are good; what is wrong says what is right.
SELECT testing.act('sample.admin');
SELECT import_catalogue('{"parts": [
  {"source": "parts.csv", "location": "line 2", "code": "IMP-REF-1", "name": "Good one", "unit": "each"},
  {"source": "parts.csv", "location": "line 3", "code": "IMP-REF-2", "name": " ", "unit": "each"},
  {"source": "parts.csv", "location": "line 4", "code": "IMP-REF-3", "name": "Heavy one", "unit": "each", "weight_kg": "heavy"}]}') AS session \gset
SELECT testing.same(state, 'REFUSED', 'two of three are wrong') FROM import_sessions WHERE import_session_id = :session;
SELECT testing.same((summary #>> '{parts,read}')::integer, 3, 'three are read'), testing.same((summary #>> '{parts,refused}')::integer, 2, 'two are refused')
  FROM import_sessions WHERE import_session_id = :session;
SELECT testing.same(array_agg(f.message ORDER BY f.location), ARRAY['The name of IMP-REF-2 is missing: give a name.',
                    'The weight kg of IMP-REF-3 is "heavy": give a number from 0 with at most 4 decimals.'], 'what is right is said')
  FROM import_findings f WHERE f.import_session_id = :session AND f.severity = 'ERROR';
SELECT testing.same(array_agg(r.outcome ORDER BY r.import_row_id), '{HELD,REFUSED,REFUSED}', 'each row says what becomes of it; the good one is held') FROM import_rows r WHERE r.import_session_id = :session;
SELECT testing.same((summary #>> '{parts,held}')::integer, 1, 'the one that is held is counted') FROM import_sessions WHERE import_session_id = :session;

-- Rows of a document that says nothing of where they stand are told apart by their place in it.
SELECT import_catalogue('{"parts": [{"code": "IMP-REF-4", "name": "Good one", "unit": "each"}, {"code": "IMP-REF-5", "name": " "}]}') AS session \gset
SELECT testing.same(string_agg(concat_ws(' ', r.source, r.location, r.outcome), ', ' ORDER BY r.import_row_id), 'document /parts/0 HELD, document /parts/1 REFUSED', 'the one that is wrong, and no other')
  FROM import_rows r WHERE r.import_session_id = :session;
SELECT testing.same(string_agg(f.source || ' ' || f.location, ', '), 'document /parts/1', 'and its finding') FROM import_findings f WHERE f.import_session_id = :session AND f.severity = 'ERROR';
