-- Who cancels what is not yet submitted: a draft its maker, its sales person and the Administrator; in configuration Sales.
\ir ../_shop.sql
SELECT testing.person('other.sales', 'SALES_MANAGER') \g /dev/null
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-C-1', 'sample.sales', current_date + 60, 'EN', '{C-1,C-1B}') AS own \gset
SELECT create_order('STELMO', 'PO-C-2', 'other.sales', current_date + 60, 'EN', '{C-2}') AS hers \gset
SELECT create_order('STELMO', 'PO-C-3', 'sample.sales', current_date + 60, 'EN', '{C-3}') AS third \gset
SELECT create_order('STELMO', 'PO-C-4', 'sample.sales', current_date + 60, 'EN', '{C-4}') AS fourth \gset
SELECT testing.act('other.sales');
SELECT testing.refused(format('SELECT cancel_order(%s, ''not wanted'')', :own), '42501', 'is a draft of');
SELECT testing.refused(format('SELECT cancel_build(build_id, ''not wanted'') FROM builds WHERE build_number = ''C-1B'''), '42501', 'is a draft of');
SELECT testing.same((cancel_order(:hers, 'not wanted')).state, 'CANCELLED', 'the sales person of a draft');
SELECT testing.act(login), testing.refused(format('SELECT cancel_order(%s, ''not wanted'')', :own), '42501', 'order:cancel_draft')
  FROM unnest('{sample.production,sample.quality,sample.service}'::text[]) login;
SELECT testing.act('sample.sales');
SELECT cancel_build(build_id, 'one is enough') FROM builds WHERE build_number = 'C-1B';
SELECT testing.same((cancel_order(:own, 'not wanted')).state, 'CANCELLED', 'who made it');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT cancel_order(%s, '' '')', :third), 'TV022', 'reason');
SELECT testing.same((cancel_order(:third, 'double entry')).state, 'CANCELLED', 'the Administrator, any draft');
-- In configuration it is the work of Sales, not of one person; the Administrator cancels from approval on.
SELECT testing.act('sample.sales');
SELECT transition_order(:fourth, 'CONFIGURATION') \g /dev/null
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT cancel_order(%s, ''not wanted'')', :fourth), '42501', 'order:cancel_draft');
SELECT testing.act('other.sales');
SELECT testing.same((cancel_order(:fourth, 'not wanted')).state, 'CANCELLED', 'another Sales Manager');
