-- Saved views belong to whoever saved them, are seen by the roles they are shared with, and come back when they were taken away by mistake.
SELECT testing.act('sample.sales');
SELECT save_view('/orders', '  Late and mine ', 'view=late&q=mercy') AS own \gset
SELECT testing.same((SELECT concat_ws('|', name, query, cardinality(shared_with)) FROM saved_views WHERE saved_view_id = :own), 'Late and mine|view=late&q=mercy|0', 'what was saved');
SELECT save_view('/orders', 'For the shop', 'phase=PRODUCTION', '{assembly_technician,QC_INSPECTOR,QC_INSPECTOR}') AS shared \gset
SELECT testing.same((SELECT shared_with FROM saved_views WHERE saved_view_id = :shared), '{ASSEMBLY_TECHNICIAN,QC_INSPECTOR}'::text[], 'each role once');
SELECT testing.refused($$SELECT save_view('/orders', 'late AND mine')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT save_view('/orders', ' ')$$, 'TV022', 'no name');
SELECT testing.refused($$SELECT save_view('/orders', repeat('x', 61))$$, 'TV022', '61 characters');
SELECT testing.refused($$SELECT save_view('orders', 'x')$$, 'TV022', 'no list');
SELECT testing.refused($$SELECT save_view('/orders', 'x', E'a=1\nb')$$, 'TV022', 'cannot be kept');
SELECT testing.refused($$SELECT save_view('/orders', 'x', '', '{NOBODY}')$$, 'TV004', 'no role NOBODY');

-- As the server sees them.
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT array_agg(name) FROM saved_views), '{For the shop}'::text[], 'what a technician sees');
SELECT testing.refused(format('SELECT remove_view(%s)', :shared), '42501', 'belongs to');
SELECT testing.refused(format('SELECT update_view(%s, ''mine'')', :own), 'TV004', 'no view');
SELECT testing.refused($$SELECT save_view('/orders', 'To all', '', '{SALES_MANAGER}')$$, '42501', 'saved_view:share');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT count(*) FROM saved_views), 0::bigint, 'what others do not see');
SELECT testing.act('sample.sales');
SELECT update_view(:shared, 'For all of the shop', NULL, '{PRODUCTION_MANAGER}', 1);
SELECT testing.refused(format('SELECT update_view(%s, ''x'', NULL, NULL, 1)', :shared), 'TV012', 'meanwhile');
SELECT testing.same((SELECT concat_ws('|', name, query, shared_with[1], row_version) FROM saved_views WHERE saved_view_id = :shared), 'For all of the shop|phase=PRODUCTION|PRODUCTION_MANAGER|2', 'what stays and what changes');
SELECT remove_view(:own);
SELECT testing.same((SELECT count(*) FROM saved_views), 1::bigint, 'what is left');
SELECT testing.refused(format('SELECT remove_view(%s)', :own), 'TV004', 'no view');
SELECT save_view('/orders', 'Late and mine') AS other \gset
SELECT testing.refused(format('SELECT restore_view(%s)', :own), 'TV009', 'another view of that name');
SELECT remove_view(:other), restore_view(:own);
SELECT testing.same((SELECT query FROM saved_views WHERE name = 'Late and mine'), 'view=late&q=mercy', 'what is back');

SELECT testing.refused(format('SELECT remove_view(%s, 1)', :own), 'TV012', 'meanwhile');
SELECT remove_view(:own, (SELECT row_version FROM saved_views WHERE saved_view_id = :own));
SELECT restore_view(:own);

-- A role that was lent counts while it is lent: not when whoever lent it is away.
RESET SESSION AUTHORIZATION;
SELECT testing.act('sample.production');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '5 days', 'holiday') AS lent \gset
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.service');
SELECT testing.same((SELECT array_agg(name) FROM saved_views), '{For all of the shop}'::text[], 'what who stands in sees');
RESET SESSION AUTHORIZATION;
SELECT testing.nobody();
SELECT disable_user('sample.production', 'on leave');
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.service');
SELECT testing.same((SELECT count(*) FROM saved_views), 0::bigint, 'what is seen while the lender is away');
SELECT testing.refused(format('SELECT update_view(%s, ''mine'')', :shared), 'TV004', 'no view');
RESET SESSION AUTHORIZATION;
SELECT testing.nobody();
SELECT enable_user('sample.production', 'back');

-- No more than 50 of one list, saved or brought back.
SELECT testing.act('sample.sales');
SELECT remove_view(:own);
SELECT save_view('/orders', 'View ' || n) FROM generate_series(1, 49) n \g /dev/null
SELECT testing.refused($$SELECT save_view('/orders', 'One more')$$, 'TV009', '50 views');
SELECT testing.refused(format('SELECT restore_view(%s)', :own), 'TV009', '50 views');

-- What was taken away goes after a day, whoever it was and whatever they do.
UPDATE saved_views SET removed_at = removed_at - interval '2 days' WHERE removed_at IS NOT NULL;
SELECT testing.refused(format('SELECT restore_view(%s)', :own), 'TV004', 'no view');
SELECT testing.nobody();
SELECT testing.same(purge_saved_views(), 2, 'what was removed for good');
SELECT testing.same((SELECT count(*) FROM saved_views WHERE removed_at IS NOT NULL), 0::bigint, 'what is left of it');
