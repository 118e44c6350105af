-- A content is whole or not there: wrong size, wrong hash or wrong type is refused and nothing of it can be reached.
SELECT testing.act('sample.quality');
SELECT convert_to(repeat('0123456789abcdef', 100000), 'UTF8') AS body \gset
-- In pieces, in any order, a piece twice.
SELECT begin_document_content(octet_length(:'body'::bytea), encode(sha256(:'body'::bytea), 'hex'), 'text/plain') AS content_id \gset
SELECT append_document_chunk(:content_id, 2, substr(:'body'::bytea, 1048577));
SELECT testing.refused(format('SELECT finish_document_content(%s)', :content_id), 'TV022', 'of 1600000 bytes');
SELECT testing.refused(format('SELECT add_document_version(create_document(%L, %L), %s, %L)', 'Early', 'OTHER', :content_id, 'a.txt'), 'TV009', 'not stored completely');
SELECT append_document_chunk(:content_id, 1, substr(:'body'::bytea, 1, 1048576));
SELECT testing.same(append_document_chunk(:content_id, 1, substr(:'body'::bytea, 1, 1048576)), 1600000::bigint, 'the same piece again changes nothing');
SELECT testing.refused(format('SELECT append_document_chunk(%s, 1, %L)', :content_id, '\x00'), 'TV009', 'there already');
SELECT testing.refused(format('SELECT append_document_chunk(%s, 3, %L)', :content_id, '\x00'), 'TV022', 'longer than');
SELECT finish_document_content(:content_id);
SELECT testing.same(finish_document_content(:content_id), :content_id::bigint, 'finishing twice is harmless');
SELECT testing.refused(format('SELECT append_document_chunk(%s, 3, %L)', :content_id, '\x00'), 'TV009', 'there already');
SELECT testing.refused(format('UPDATE document_contents SET sha256 = repeat(%L, 64) WHERE document_content_id = %s', '0', :content_id), 'TV003', 'does not change');
SELECT testing.refused(format('UPDATE document_chunks SET content = %L WHERE document_content_id = %s', '\x00', :content_id), 'TV003', 'do not change');
SELECT testing.refused(format('DELETE FROM document_chunks WHERE document_content_id = %s', :content_id), 'TV003', 'do not change');
SELECT testing.refused(format('INSERT INTO document_chunks VALUES (%s, 9, %L)', :content_id, '\x00'), 'TV003', 'do not change');
SELECT add_document_version(create_document('Long text', 'OTHER'), :content_id, 'long.txt') AS version_id \gset
SELECT testing.same((SELECT encode(sha256(string_agg(content, '' ORDER BY chunk_number)), 'hex') FROM read_document_content(:version_id)), encode(sha256(:'body'::bytea), 'hex'), 'what is read is what was sent');
SELECT testing.same((SELECT count(*) FROM read_document_content(:version_id)), 2::bigint, 'two pieces');

-- Wrong hash.
SELECT begin_document_content(3, encode(sha256('abc'), 'hex'), 'text/plain') AS content_id \gset
SELECT append_document_chunk(:content_id, 1, 'abd');
SELECT testing.refused(format('SELECT finish_document_content(%s)', :content_id), 'TV022', 'not what was announced');
SELECT testing.refused(format('SELECT attach_content((SELECT min(order_id) FROM orders), %L, %L, %s)', 'PHOTO', 'a.txt', :content_id), 'TV009', 'not stored completely');
SELECT testing.nobody();
SELECT testing.refused(format('INSERT INTO order_attachments (order_id, attachment_kind, file_name, content_id) SELECT min(order_id), %L, %L, %s FROM orders', 'PHOTO', 'a.txt', :content_id), 'TV009', 'not stored completely');
SELECT testing.act('sample.quality');
-- A hole in the middle.
SELECT begin_document_content(4, encode(sha256('abcd'), 'hex'), 'text/plain') AS content_id \gset
SELECT append_document_chunk(:content_id, 1, 'ab'), append_document_chunk(:content_id, 3, 'cd');
SELECT testing.refused(format('SELECT finish_document_content(%s)', :content_id), 'TV022', 'in 2 piece');

-- Sizes, types, names.
SELECT testing.refused($$SELECT begin_document_content(0, repeat('0', 64), 'text/plain')$$, 'TV022', 'size');
SELECT testing.refused($$SELECT begin_document_content(26214401, repeat('0', 64), 'text/plain')$$, 'TV022', 'size');
SELECT testing.refused($$SELECT begin_document_content(2147483648, repeat('0', 64), 'text/plain')$$, 'TV022', 'size');
SELECT testing.refused($$SELECT begin_document_content(1, 'xyz', 'text/plain')$$, 'TV022', 'SHA-256');
SELECT testing.refused(format('SELECT store_content(%L, %L)', t, '<html>'::bytea), 'TV022', 'not stored') FROM unnest(ARRAY['text/html', 'image/svg+xml', 'application/javascript', 'application/x-msdownload', 'application/xhtml+xml', '']) t;
SELECT testing.refused(format('SELECT store_content(%L, %L)', t, '<script>alert(1)</script>'::bytea), 'TV022', 'content is not') FROM unnest(ARRAY['application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'application/zip']) t;
SELECT testing.refused($$SELECT store_content('text/csv', '\x61006200')$$, 'TV022', 'content is not');
SELECT testing.ok(store_content('application/pdf', '%PDF-1.7'::bytea) > 0, 'a PDF');
SELECT testing.ok(store_content('IMAGE/PNG', '\x89504e470d0a1a0a00'::bytea) > 0, 'a PNG');
SELECT testing.refused(format('SELECT store_document(%L, %L, %L, %L, %L)', 'Names', 'OTHER', n, 'text/plain', 'x'::bytea), 'TV022', 'file name')
  FROM unnest(ARRAY['../etc/passwd', 'a/b.txt', 'C:\x.txt', '..', '.', '.bashrc', 'a.', '', 'CON', 'nul.txt', 'LPT1.pdf', E'a\nb', E'a\u202Efdp.exe', E'\u200Ba', E'a\u2066b', 'a:b', 'a?b', 'a*b', 'a|b', repeat('é', 128)]) n;
SELECT testing.ok(store_document('Names', 'OTHER', 'Dessin évier n° 3 (v2).txt', 'text/plain', 'x'::bytea) > 0, 'an honest name');

-- An upload belongs to who began it.
SELECT begin_document_content(1, encode(sha256('x'), 'hex'), 'text/plain') AS content_id \gset
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT append_document_chunk(%s, 1, %L)', :content_id, 'x'::bytea), 'TV004', 'no upload');
SELECT testing.refused(format('SELECT finish_document_content(%s)', :content_id), 'TV004', 'no upload');
SELECT testing.act('sample.service');
SELECT testing.refused($$SELECT begin_document_content(1, repeat('0', 64), 'text/plain')$$, '42501', 'document:create');
-- Twenty at a time.
SELECT testing.act('sample.sales');
SELECT begin_document_content(1, encode(sha256('x'), 'hex'), 'text/plain') FROM generate_series(1, 20);
SELECT testing.refused($$SELECT begin_document_content(1, repeat('0', 64), 'text/plain')$$, 'TV009', 'under way');

-- Files of orders with their content.
SELECT testing.act('sample.quality');
SELECT min(order_id) AS order_id, min(build_id) AS build_id FROM builds \gset
SELECT add_attachment_content(:order_id, 'PHOTO', 'finding.jpg', 'image/jpeg', '\xffd8ffe000'::bytea, :build_id, 'scratch') AS file_id \gset
SELECT testing.same((SELECT byte_size || ' ' || sha256 || ' ' || version FROM order_attachments WHERE order_attachment_id = :file_id), '5 ' || encode(sha256('\xffd8ffe000'), 'hex') || ' 1', 'size and hash are computed');
SELECT testing.same((SELECT string_agg(content, '') FROM read_attachment_content(:file_id)), '\xffd8ffe000'::bytea, 'its content');
SELECT add_attachment_content(:order_id, 'SINK_DRAWING', 'sink.pdf', 'application/pdf', '%PDF-1.7'::bytea) AS drawing_id \gset
SELECT testing.same(add_attachment(:order_id, 'PHOTO', 'elsewhere.jpg', 'image/jpeg', 5, repeat('0', 64)) > 0, true, 'a file kept elsewhere, as before');
SELECT testing.refused(format('UPDATE order_attachments SET content_id = NULL WHERE order_attachment_id = %s', :file_id), 'TV003', 'does not change');
SELECT testing.act('sample.service');
SELECT testing.same((SELECT count(*) FROM read_attachment_content(:file_id)), 1::bigint, 'Customer Service sees photos');
SELECT testing.refused(format('SELECT * FROM read_attachment_content(%s)', :drawing_id), '42501', 'read_drawing');
SELECT testing.refused(format('SELECT add_attachment_content(%s, %L, %L, %L, %L)', :order_id, 'PHOTO', 'x.jpg', 'image/jpeg', '\xffd8ff'), '42501', 'order_attachment:create');

-- The sweep takes what was left unfinished and what nothing refers to, and only that.
SELECT testing.nobody();
SELECT testing.same(sweep_document_contents(), 0, 'all is young');
ALTER TABLE document_contents DISABLE TRIGGER _050_fixed;
UPDATE document_contents SET last_chunk_at = now() - interval '11 minutes', stored_at = stored_at - interval '61 minutes';
ALTER TABLE document_contents ENABLE TRIGGER _050_fixed;
SELECT testing.same(sweep_document_contents(), (SELECT 20 + 3 + 2), 'unfinished and unused');
SELECT testing.same((SELECT count(*) FROM document_contents), (SELECT count(*) FROM document_versions) + 2, 'what is referred to stays');
SELECT testing.same((SELECT count(*) FROM document_chunks WHERE document_content_id NOT IN (SELECT document_content_id FROM document_contents)), 0::bigint, 'no piece is left behind');
SELECT testing.ok((SELECT bool_and(is_right) FROM verify_document_contents()), 'hashes are right');
ALTER TABLE document_chunks DISABLE TRIGGER _050_fixed;
UPDATE document_chunks SET content = set_byte(content, 0, 0) WHERE document_content_id = (SELECT content_id FROM order_attachments WHERE order_attachment_id = :file_id);
ALTER TABLE document_chunks ENABLE TRIGGER _050_fixed;
SELECT testing.same((SELECT count(*) FROM verify_document_contents() WHERE NOT is_right), 1::bigint, 'a changed byte is found');
