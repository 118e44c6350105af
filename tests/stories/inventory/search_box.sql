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
