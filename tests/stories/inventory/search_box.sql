-- The search box of lists: words anywhere in code or name, without accents, and only what the person may see.

SELECT testing.same(word_patterns('  Hôpital  50% a_b '), ARRAY['%hopital%', '%50\%%', '%a\_b%'], 'each word is a pattern; signs of LIKE stand for themselves');
SELECT testing.same(word_patterns('   '), ARRAY[]::text[], 'blanks are no word');
SELECT testing.same(bare_text('Évier À Ÿ'), 'evier a y', 'accents and capitals are no matter');

SELECT testing.act('sample.sales');
SELECT create_customer('SEARCH-1', 'Hôpital Saint-Élie') AS customer \gset
SELECT testing.same((SELECT array_agg(found_by_words) FROM found_by_words('customers', 'elie hopital')), ARRAY[:customer::bigint], 'all words, in any order');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('customers', 'elie nowhere')), 'every word counts');
SELECT testing.ok(:customer IN (SELECT found_by_words('customers', 'search-1')), 'the code counts too');
SELECT testing.ok(EXISTS (SELECT FROM found_by_words('builds', 'ample-00')), 'builds by any part of their number');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('builds', '%')), 'a sign of LIKE finds only itself');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('users', 'sample')), 'no other table is looked in');

SELECT testing.act('sample.service');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('builds', 'zzz')), 'nothing is nothing');
SELECT testing.act('sample.sales');
SELECT testing.ok(:customer IN (SELECT found_by_words('customers', 'ch')), 'two letters are looked for in the code');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('customers', ' ')), 'blanks find nothing');
SELECT testing.ok(EXISTS (SELECT FROM found_by_words('builds', 'sa')), 'two letters begin a build number');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('builds', 'mp')), 'and are not looked for within it');
SELECT testing.ok(:customer IN (SELECT found_by_words('customers', 'ital')), 'three are looked for anywhere');

-- Only what the person may see.
SELECT testing.act('sample.technician');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('builds', 'ample-00') f WHERE f IS NOT NULL AND f NOT IN (SELECT build_id FROM builds)), 'no build out of sight');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('customers', 'search-1')), 'no customer of nobody''s work');
SELECT testing.act('sample.admin');
SELECT create_user('portal.stelmo', 'Pia Portal', NULL, 'EN', 'PORTAL', 'STELMO') \g /dev/null
SELECT testing.act('portal.stelmo');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('builds', 'ample-00') f WHERE f NOT IN (SELECT build_id FROM builds)), 'a portal finds what is its customer''s');
SELECT testing.ok(NOT EXISTS (SELECT FROM found_by_words('parts', 'basin')), 'and nothing of the catalogue');

-- Too many for a list of keys: the rows themselves are looked at.
SELECT testing.nobody();
INSERT INTO customers (customer_code, name) SELECT 'MANY-' || g, 'Numerous clinic' FROM generate_series(1, 5000) g;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM found_by_words('customers', 'numerous')), 5000::bigint, 'as many as are named');
SELECT testing.nobody();
INSERT INTO customers (customer_code, name) VALUES ('MANY-MORE', 'Numerous clinic');
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT array_agg(f) FROM found_by_words('customers', 'numerous') f), ARRAY[NULL::bigint], 'one more: nothing is named, and that is told');
SELECT testing.same((SELECT count(*) FROM found_by_words('customers', 'numerous more')), 1::bigint, 'a further word makes them few');
