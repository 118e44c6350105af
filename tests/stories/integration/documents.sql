-- A controlled document: its author does not approve it, what is approved never changes, and one version is effective at any instant.
SELECT testing.act('sample.quality');
SELECT store_document('Cleaning of basins', 'WORK_INSTRUCTION', 'cleaning.txt', 'text/plain', 'Rinse twice.', 'PRODUCTION', 'EN', '{}', 'WI-100') AS first \gset
SELECT document_id FROM document_versions WHERE document_version_id = :first \gset
SELECT testing.refused(format('SELECT store_document(%L, ''WORK_INSTRUCTION'', ''a.txt'', ''text/plain'', ''x'')', title), 'TV022', 'title') FROM unnest(ARRAY['', '   ', NULL]) title;
SELECT testing.same((SELECT count(*) FROM documents WHERE btrim(title) = ''), 0::bigint, 'no document without a title');
SELECT testing.same((SELECT v.state || ' ' || v.version || ' ' || d.document_number FROM document_versions v JOIN documents d USING (document_id) WHERE v.document_version_id = :first), 'DRAFT 1 WI-100', 'a draft');
SELECT testing.refused(format('SELECT approve_document_version(%s)', :first), 'TV009', 'DRAFT');
SELECT testing.refused(format('SELECT store_document(%L, %L, %L, %L, %L, %L, %L, %L, %L)', 'x', 'WORK_INSTRUCTION', 'b.txt', 'text/plain', 'x', 'PRODUCTION', 'EN', '{}', 'WI-100'), 'TV009', 'no new version');
SELECT submit_document_version(:first);
SELECT testing.refused(format('SELECT approve_document_version(%s)', :first), 'TV025', 'approve this document');
SELECT testing.refused(format('SELECT reject_document_version(%s, %L)', :first, 'no good'), 'TV025', 'reject this document');
SELECT testing.refused(format('UPDATE document_versions SET state = %L, decided_by = created_by, decided_at = now(), effective_from = now() WHERE document_version_id = %s', 'EFFECTIVE', :first), 'TV025', 'author');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT approve_document_version(%s)', :first), '42501', 'document:approve');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT approve_document_version(%s, now() - interval %L)', :first, '1 day'), 'TV022', 'in the past');
SELECT approve_document_version(:first, now(), 'Read and tried.');
SELECT testing.same((SELECT state FROM document_versions WHERE document_version_id = :first), 'EFFECTIVE', 'effective at once');
SELECT testing.same((SELECT meaning || ' ' || printed_name FROM signatures WHERE record_type = 'document_versions' AND record_id = :first), 'approved Pat Production (sample)', 'signed');
SELECT testing.refused(format('SELECT approve_document_version(%s)', :first), 'TV009', 'EFFECTIVE');
SELECT testing.nobody();
SELECT testing.refused(format('UPDATE document_versions SET %s WHERE document_version_id = %s', change, :first), 'TV003') FROM unnest(ARRAY['file_name = ''x.txt''', 'change_note = ''x''', 'decided_at = now()', 'decision_note = NULL',
  'effective_from = effective_from - interval ''1 day''', 'state = ''DRAFT'', decided_by = NULL, decided_at = NULL, effective_from = NULL', 'state = ''APPROVED''', 'sha256 = repeat(''0'', 64)']) change;
SELECT testing.refused(format('DELETE FROM document_versions WHERE document_version_id = %s', :first), 'TV003', 'kept');
SELECT testing.refused(format('UPDATE documents SET document_number = %L WHERE document_id = %s', 'WI-101', :document_id), 'TV003', 'stay');
SELECT testing.refused(format('INSERT INTO document_versions (document_id, version, state, file_name, media_type, byte_size, sha256, document_content_id, created_by, decided_by, decided_at, effective_from)
  SELECT document_id, 9, %L, file_name, media_type, byte_size, sha256, document_content_id, created_by, decided_by, decided_at, now() FROM document_versions WHERE document_version_id = %s', 'EFFECTIVE', :first), 'TV009', 'draft');

-- The next version, from a time to come: until then the first one holds.
SELECT testing.act('sample.quality');
SELECT store_document('ignored', 'OTHER', 'cleaning-2.txt', 'text/plain', 'Rinse three times.', 'PRODUCTION', 'EN', '{}', 'WI-100') AS second \gset
SELECT testing.same((SELECT version FROM document_versions WHERE document_version_id = :second), 2, 'the next number');
SELECT submit_document_version(:second);
SELECT testing.act('sample.production');
SELECT reject_document_version(:second, 'Three times is not enough.');
SELECT testing.act('sample.quality');
SELECT store_document('ignored', 'OTHER', 'cleaning-3.txt', 'text/plain', 'Rinse four times.', 'PRODUCTION', 'EN', '{}', 'WI-100') AS third \gset
SELECT submit_document_version(:third);
SELECT testing.act('sample.production');
SELECT approve_document_version(:third, now() + interval '2 days');
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(state, ' ' ORDER BY version) FROM document_versions WHERE document_id = :document_id), 'EFFECTIVE REJECTED APPROVED', 'states');
SELECT testing.same(effective_version(:document_id), :first::bigint, 'today');
SELECT testing.same(effective_version(:document_id, now() + interval '3 days'), :third::bigint, 'in three days');
SELECT testing.same(effective_version(:document_id, now() - interval '1 day'), NULL::bigint, 'before the first');
SELECT testing.same(apply_document_dates(), 0, 'its time has not come');
-- At no instant are there two, whoever writes.
SELECT testing.refused(format('UPDATE document_versions SET effective_to = NULL WHERE document_version_id = %s', :first), '23P01', 'one_effective');
ALTER TABLE document_versions DISABLE TRIGGER _050_fixed;
UPDATE document_versions SET effective_from = effective_from - interval '10 days', effective_to = effective_to - interval '3 days' WHERE document_version_id = :first;
UPDATE document_versions SET effective_from = effective_from - interval '3 days' WHERE document_version_id = :third;
ALTER TABLE document_versions ENABLE TRIGGER _050_fixed;
SELECT testing.same(effective_version(:document_id), :third::bigint, 'its time has come');
SELECT testing.same(apply_document_dates(), 1, 'and is noted');
SELECT testing.same((SELECT string_agg(state, ' ' ORDER BY version) FROM document_versions WHERE document_id = :document_id), 'SUPERSEDED REJECTED EFFECTIVE', 'states');

-- Withdrawn.
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT withdraw_document(%s, %L)', :document_id, ''), 'TV022', 'reason');
SELECT withdraw_document(:document_id, 'Replaced by WI-200.');
SELECT testing.same(effective_version(:document_id), NULL::bigint, 'none is effective');
SELECT testing.refused(format('SELECT withdraw_document(%s, %L)', :document_id, 'again'), 'TV009', 'withdrawn already');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT store_document(%L, %L, %L, %L, %L, %L, %L, %L, %L)', 'x', 'OTHER', 'b.txt', 'text/plain', 'x', 'PRODUCTION', 'EN', '{}', 'WI-100'), 'TV009', 'no new version');

-- What is wrong with a new one is said.
SELECT testing.refused($$SELECT create_document('X', 'NOVEL')$$, 'TV022', 'not right');
SELECT testing.refused($$SELECT create_document('X', 'OTHER', 'CUSTOMER')$$, 'TV022', 'not right');
SELECT testing.refused($$SELECT create_document('X', 'OTHER', 'QUALITY', 'EN', 'QUALITY', NULL, '{"colour": 1}')$$, 'TV022', 'unknown');
SELECT testing.refused($$SELECT create_document('X', 'OTHER', 'QUALITY', 'EN', 'QUALITY', NULL, '{"part_id": 999999999}')$$, 'TV004', 'does not exist');
SELECT testing.refused($$SELECT create_document('X', 'OTHER', 'QUALITY', 'EN', 'QUALITY', 'WI-100')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT create_document('X', 'OTHER', 'CONFIDENTIAL')$$, 'TV004', 'no document');
SELECT create_document('Certificate', 'CERTIFICATE', 'CUSTOMER', 'FR', 'QUALITY', NULL, jsonb_build_object('build_id', (SELECT min(build_id) FROM builds))) AS certificate \gset
SELECT testing.same((SELECT count(*) FROM documents d JOIN orders o USING (order_id) WHERE d.document_id = :certificate AND d.customer_id = o.customer_id AND d.document_number ~ '^DOC-[0-9]{6}$'), 1::bigint, 'order and customer follow from the build');

-- Title and access level change with a reason, by who may change documents and still sees it afterwards.
SELECT store_document('Latin one', 'OTHER', 'latin.txt', 'text/plain', '\xe9e8'::bytea, 'PUBLIC_TO_STAFF', 'FR', '{}', 'LAT-1') AS latin \gset
SELECT document_id AS latin_document FROM document_versions WHERE document_version_id = :latin \gset
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"access_level": "QUALITY"}', ''), 'TV022', 'reason');
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"document_number": "X"}', 'because'), 'TV022', 'not possible');
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"access_level": "SECRET"}', 'because'), 'TV022', 'cannot be changed');
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"access_level": "CONFIDENTIAL"}', 'because'), 'TV004', 'no document');
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"access_level": "CUSTOMER"}', 'because'), 'TV022', 'cannot be changed');
SELECT update_document(:latin_document, '{"access_level": "QUALITY", "title": "Latin two"}', 'for inspectors only');
SELECT testing.same((SELECT access_level || ' ' || title FROM documents WHERE document_id = :latin_document), 'QUALITY Latin two', 'changed');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT update_document(%s, %L, %L)', :latin_document, '{"title": "x"}', 'because'), 'TV004', 'no document');

-- A refusal says the words that are possible, as the table has them.
SELECT testing.act('sample.quality');
DO $$
DECLARE
  mend text;
BEGIN
  PERFORM create_document('Novel', 'NOVEL', 'QUALITY', 'QUALITY');
  RAISE EXCEPTION 'was taken';
EXCEPTION WHEN SQLSTATE 'TV022' THEN
  GET STACKED DIAGNOSTICS mend = PG_EXCEPTION_HINT;
  PERFORM testing.ok(mend ~ 'Kind: PROCEDURE, .*DRAWING.* Access: PUBLIC_TO_STAFF, .*CUSTOMER.* Language: EN, FR, ES. Owner: SALES, ', mend);
END;
$$;

-- The text of a text file whose bytes the database keeps is found without being given.
SELECT testing.act('sample.quality');
SELECT add_document_version(create_document('Notes of a shift', 'OTHER'), store_content('text/plain', 'The quixotic valve was tightened.'), 'shift.txt') AS shift \gset
SELECT testing.same((SELECT array_agg(title) FROM search_documents('quixotic')), '{Notes of a shift}'::text[], 'found by its own text');
SELECT testing.same((SELECT array_agg(title) FROM search_documents(words)), expected, words)
  FROM (VALUES ('quixo', '{Notes of a shift}'::text[]), ('valve QUIX', '{Notes of a shift}'), ('ti', NULL), ('"valve quix"', NULL), ('"quix', NULL), ('quixotic -tight', '{Notes of a shift}'), ('quix valve', NULL))
       AS t (words, expected);
