-- A mistyped build number is corrected until its order is submitted: by who may change the order, never to one that a sink has or had,
-- and not once a BOM was signed under it.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-NUMBERS', 'sample.sales', current_date + 30, 'EN', '{NUMBER-1,NUMBER-2,NUMBER-3}') AS o \gset
SELECT build_id AS one FROM builds WHERE build_number = 'NUMBER-1' \gset
SELECT build_id AS two FROM builds WHERE build_number = 'NUMBER-2' \gset
SELECT build_id AS three FROM builds WHERE build_number = 'NUMBER-3' \gset
SELECT row_version AS seen FROM orders WHERE order_id = :o \gset

-- Who, and what.
SELECT testing.act(login), testing.refused(format('SELECT rename_build(%s, ''NUMBER-9'')', :one), '42501', 'order:update')
  FROM unnest('{sample.production,sample.quality,sample.service}'::text[]) login;
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-9'')', :one), 'TV004', 'no build');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT rename_build(-1, ''NUMBER-9'')', 'TV004', 'no build');
SELECT testing.refused(format('SELECT rename_build(%s, '' '')', :one), 'TV022', 'not right');
SELECT testing.refused(format('SELECT rename_build(%s, ''with space'')', :one), 'TV022', 'not right');
SELECT testing.refused(format('SELECT rename_build(%s, repeat(''9'', 61))', :one), 'TV022');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-9'', 7)', :one), 'TV012', 'changed meanwhile');
SELECT testing.refused(format('SELECT rename_build(%s, ''number-2'')', :one), 'TV009', 'The build number NUMBER-2 is taken.');
SELECT testing.refused(format('SELECT rename_build(%s, ''SAMPLE-001'')', :one), 'TV009', 'is taken');
SELECT rename_build(:one, ' number-1a ', 1);
SELECT testing.same((SELECT format('%s %s', build_number, row_version) FROM builds WHERE build_id = :one), 'NUMBER-1A 2', 'as it is kept, and another version');
SELECT testing.same((SELECT format('%s %s', action, reason) FROM order_status_history WHERE order_id = :o ORDER BY order_status_history_id DESC LIMIT 1), 'CHANGE build number corrected: NUMBER-1 to NUMBER-1A', 'the history tells it');
SELECT testing.same((SELECT row_version FROM orders WHERE order_id = :o), :seen + 1, 'whoever saw the order before is told');
SELECT rename_build(:one, 'NUMBER-1A');
SELECT testing.same((SELECT row_version FROM orders WHERE order_id = :o), :seen + 1, 'the same number changes nothing');

SELECT testing.same(build_to_rename(:one), 'NUMBER-1A', 'it can be corrected still');
SELECT testing.refused('SELECT build_to_rename(-1)', 'TV004', 'no build');

-- The former number was never given to a sink: it is free, so that two that were mixed up can be set right. One that was taken out keeps its number.
SELECT rename_build(:two, 'NUMBER-1'), rename_build(:one, 'NUMBER-2');
SELECT testing.same((SELECT string_agg(build_number, ' ' ORDER BY build_id) FROM builds WHERE order_id = :o), 'NUMBER-2 NUMBER-1 NUMBER-3', 'set right');
-- What a legal hold names keeps its number, and a customer their code.
SELECT testing.act('sample.quality');
SELECT place_hold('BUILD', 'NUMBER-1', 'case 99') AS hold \gset
SELECT place_hold('CUSTOMER', 'STELMO', 'case 99') AS customer_hold \gset
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-4'')', :two), 'TV009', 'stands under legal hold');
SELECT testing.refused('UPDATE customers SET customer_code = ''STELMO2'' WHERE customer_code = ''STELMO''', 'TV009', 'stands under legal hold');
SELECT testing.act('sample.admin');
SELECT release_hold(:hold, 'over'), release_hold(:customer_hold, 'over');
SELECT testing.act('sample.sales');
SELECT rename_build(:two, 'NUMBER-4'), rename_build(:two, 'NUMBER-1');
SELECT cancel_build(:three, 'two are enough');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-3'')', :one), 'TV009', 'is taken');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-4'')', :three), 'TV009', 'is cancelled');

-- In configuration still; its configuration and BOM stay its own. Submitted, no more.
SELECT transition_order(:o, 'CONFIGURATION') \g /dev/null
SELECT save_configuration((SELECT parameters FROM configurations ORDER BY configuration_id LIMIT 1), b.build_id) FROM builds b WHERE b.order_id = :o AND b.state = 'ACTIVE' \g /dev/null
SELECT count(*) FROM generate_order_boms(:o) \g /dev/null
SELECT rename_build(:one, 'NUMBER-5');
SELECT testing.same((SELECT format('%s %s %s', build_number, configuration_id IS NOT NULL, bom_id IS NOT NULL) FROM builds WHERE build_id = :one), 'NUMBER-5 t t', 'with its configuration');
SELECT add_attachment(:o, 'PO_DOCUMENT', 'po.pdf'), review_accessories(:o) \g /dev/null
SELECT transition_order(:o, 'APPROVAL') \g /dev/null
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-6'')', :one), 'TV009', 'is fixed: the build is in phase APPROVAL');
SELECT testing.refused(format('SELECT build_to_rename(%s)', :one), 'TV009', 'is fixed: the build is in phase APPROVAL');

-- Sent back it is open again, but for the sink whose BOM was approved.
SELECT testing.act('sample.production');
SELECT approve_bom(bom_id) FROM builds WHERE build_id = :one \g /dev/null
SELECT transition_order(:o, 'CONFIGURATION', 'numbers are mixed up') \g /dev/null
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT rename_build(%s, ''NUMBER-6'')', :one), 'TV009', 'a BOM was signed under it');
SELECT testing.refused(format('SELECT build_to_rename(%s)', :one), 'TV009', 'a BOM was signed under it');
SELECT rename_build(:two, 'NUMBER-6');
SELECT testing.same((SELECT build_number FROM builds WHERE build_id = :two), 'NUMBER-6', 'the other one');
