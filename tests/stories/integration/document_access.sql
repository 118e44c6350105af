-- Who reads which document, and finds it by its words in English and French.
-- An Administrator writes one of each access level; another person approves them.
SELECT testing.act('sample.admin');
SELECT store_document('Paper ' || level, CASE level WHEN 'PRODUCTION' THEN 'DRAWING' ELSE 'OTHER' END, level || '.txt', 'text/plain', convert_to('needle in ' || level, 'UTF8'), level, 'EN',
  CASE level WHEN 'CUSTOMER' THEN jsonb_build_object('customer_id', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO')) ELSE '{}' END, 'LEVEL-' || level)
  FROM unnest(ARRAY['PUBLIC_TO_STAFF', 'PRODUCTION', 'QUALITY', 'COMMERCIAL', 'CUSTOMER']) level;
SELECT store_document('Paper CONFIDENTIAL', 'OTHER', 'c.txt', 'text/plain', 'needle in CONFIDENTIAL', 'CONFIDENTIAL', 'EN', '{}', 'LEVEL-CONFIDENTIAL');
SELECT submit_document_version(document_version_id) FROM document_versions;
SELECT testing.same((SELECT string_agg(document_number, ' ' ORDER BY document_number COLLATE "C") FROM search_documents('needle')), 'LEVEL-COMMERCIAL LEVEL-CONFIDENTIAL LEVEL-CUSTOMER LEVEL-PRODUCTION LEVEL-PUBLIC_TO_STAFF LEVEL-QUALITY', 'the author finds them before they are approved');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM search_documents('needle')), 0::bigint, 'drafts of others are found by nobody else');
SELECT testing.refused(format('SELECT * FROM read_document_content(%s)', document_version_id), 'TV004', 'no version') FROM document_versions;
SELECT testing.nobody();
-- There is one Administrator among the samples: a second one approves.
INSERT INTO users (login, display_name) VALUES ('second.admin', 'Second Admin');
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'second.admin' AND r.role_code = 'ADMINISTRATOR';
SELECT testing.act('second.admin');
SELECT approve_document_version(document_version_id) FROM document_versions ORDER BY document_version_id;

CREATE FUNCTION pg_temp.found(p_login text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  level record;
  readable text[] := '{}';
  hits text;
BEGIN
  PERFORM testing.act(p_login);
  SELECT string_agg(s.document_number, ' ' ORDER BY s.document_number COLLATE "C") INTO hits FROM search_documents('needle') s;
  FOR level IN SELECT d.document_number, v.document_version_id FROM documents d JOIN document_versions v USING (document_id) ORDER BY d.document_number COLLATE "C" LOOP
    BEGIN
      PERFORM read_document_content(level.document_version_id);
      readable := readable || level.document_number;
    EXCEPTION WHEN SQLSTATE 'TV004' THEN
      NULL;
    END;
  END LOOP;
  PERFORM testing.same(coalesce(hits, ''), array_to_string(readable, ' '), p_login || ' finds what they may read');
  RETURN replace(coalesce(hits, ''), 'LEVEL-', '');
END;
$$;
SELECT testing.same(pg_temp.found('sample.admin'), 'COMMERCIAL CONFIDENTIAL CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY', 'Administrator');
SELECT testing.same(pg_temp.found('sample.sales'), 'COMMERCIAL CUSTOMER PUBLIC_TO_STAFF', 'Sales Manager');
SELECT testing.same(pg_temp.found('sample.production'), 'COMMERCIAL CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY', 'Production Manager');
SELECT testing.same(pg_temp.found('sample.quality'), 'CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY', 'QC Inspector');
SELECT testing.same(pg_temp.found('sample.technician'), 'CUSTOMER PRODUCTION PUBLIC_TO_STAFF', 'Assembly Technician');
SELECT testing.same(pg_temp.found('sample.service'), 'COMMERCIAL CUSTOMER PUBLIC_TO_STAFF', 'Customer Service');

-- Drawings are not for Customer Service, whatever their level.
SELECT testing.act('sample.production');
SELECT store_document('Sink body', 'DRAWING', 'body.txt', 'text/plain', 'weldment', 'PUBLIC_TO_STAFF', 'EN', '{}', 'DRW-1') AS drawing \gset
SELECT submit_document_version(:drawing);
SELECT testing.act('sample.quality');
SELECT approve_document_version(:drawing);
SELECT testing.act('sample.service');
SELECT testing.same((SELECT count(*) FROM search_documents('weldment')), 0::bigint, 'no drawings');
SELECT testing.refused(format('SELECT * FROM read_document_content(%s)', :drawing), 'TV004', 'no version');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM search_documents('weldment')), 1::bigint, 'technicians see drawings');

-- People of a customer read what is effective and for their customer, and nothing else.
SELECT testing.nobody();
ALTER TABLE users ADD COLUMN IF NOT EXISTS customer_id bigint;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'kind') THEN
    INSERT INTO users (login, display_name, kind, customer_id) SELECT 'portal.' || lower(c.customer_code), 'Portal', 'PORTAL', c.customer_id FROM customers c;
  ELSE
    INSERT INTO users (login, display_name, customer_id) SELECT 'portal.' || lower(c.customer_code), 'Portal', c.customer_id FROM customers c;
  END IF;
END $$;
SELECT testing.same(pg_temp.found('portal.stelmo'), 'CUSTOMER', 'the customer''s own person');
SELECT testing.same(pg_temp.found('portal.other'), '', 'another customer''s person') FROM users WHERE login = 'portal.other';

-- Words: stems, accents, phrases, titles and numbers.
SELECT testing.act('sample.quality');
SELECT store_document('Vérification des robinets', 'PROCEDURE', 'robinets.txt', 'text/plain', convert_to('Les vérins du châssis élèvent l''évier. Serrer les raccords à 25 N·m.', 'UTF8'), 'QUALITY', 'FR', '{}', 'PR-7') AS fr \gset
SELECT store_document('Tightening of faucets', 'PROCEDURE', 'faucets.txt', 'text/plain', 'The lifters raise [slowly] the sink. Tighten all fittings before the leak test.', 'QUALITY', 'EN', '{}', 'PR-8') AS en \gset
SELECT submit_document_version(v) FROM unnest(ARRAY[:fr, :en]) v;
SELECT testing.act('sample.production');
SELECT approve_document_version(v) FROM unnest(ARRAY[:fr, :en]) v;
SELECT testing.same((SELECT string_agg(document_number, ' ') FROM search_documents(words)), expected, words)
  FROM (VALUES ('vérins', 'PR-7'), ('verin', 'PR-7'), ('VERINS chassis', 'PR-7'), ('vérifications', 'PR-7'), ('robinet', 'PR-7'), ('raccord', 'PR-7'), ('PR-7', 'PR-7'),
               ('lifter', 'PR-8'), ('raised', 'PR-8'), ('tightened fitting', 'PR-8'), ('"leak test"', 'PR-8'), ('"test leak"', NULL), ('tightening -leak', NULL), ('faucet', 'PR-8'), ('PR 8', 'PR-8'), ('rob', 'PR-7'), ('verins chas', 'PR-7'), ('fitti', 'PR-8'), ('fitti leak', NULL), ('"raise slowl"', NULL), ('tightening -lea', 'PR-8'),
               ('wombat', NULL), ('', NULL), (''')); DROP TABLE x --', NULL))
       AS t (words, expected);
SELECT testing.ok((SELECT excerpt LIKE '%vérins%' FROM search_documents('verins')), 'an excerpt');
SELECT testing.ok((SELECT excerpt LIKE U&'%\E000lifters\E001 raise [slowly] the \E000sink\E001%' FROM search_documents('lifters sink')), 'what marks a hit is in no text');
-- A document that is renamed is found by its new title.
SELECT testing.nobody();
UPDATE documents SET title = 'Torque of taps' WHERE document_number = 'PR-8';
SELECT testing.act('sample.production');
SELECT testing.same((SELECT string_agg(document_number, ' ') FROM search_documents('taps')), 'PR-8', 'the new title');
