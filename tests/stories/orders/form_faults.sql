-- What is wrong with a new order is told all at once, in the words of create_order, by the same rules.
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT string_agg(f.field || ': ' || f.message, ' | ') FROM order_form_faults('nowhere', 'P1', 'Al', site_today(), 'ab') f),
  format('customer_code: There is no customer "nowhere". | po_number: Too short: PO number; at least three characters are needed. | sales_person: Too short: sales person; at least three characters are needed. | want_date: The want date %s is not in the future. | project_name: Too short: project name; at least three characters are needed.', site_today()), 'each with its field');
SELECT testing.ok((SELECT bool_and(f.hint <> '') FROM order_form_faults('nowhere', 'P1', 'Al', site_today(), 'ab') f), 'each with its mend');
SELECT testing.same((SELECT count(*) FROM order_form_faults('stelmo', 'PO-FAULTS', 'sample.sales', site_today() + 1)), 0::bigint, 'nothing is wrong');
SELECT testing.same((SELECT count(*) FROM order_form_faults('', '', '', NULL, '')), 0::bigint, 'what is empty is not judged');
-- Whatever it tells, create_order refuses with the same words.
SELECT testing.refused(format('SELECT create_order(%L, %L, %L, %L)', 'nowhere', 'PO-FAULTS', 'sample.sales', site_today() + 9), 'TV004', f.message) FROM order_form_faults('nowhere', 'PO-FAULTS', 'sample.sales', site_today() + 9) f;
SELECT testing.refused(format('SELECT create_order(%L, %L, %L, %L)', 'STELMO', 'P1', 'sample.sales', site_today() + 9), 'TV022', f.message) FROM order_form_faults('STELMO', 'P1', 'sample.sales', site_today() + 9) f;
SELECT testing.refused(format('SELECT create_order(%L, %L, %L, %L)', 'STELMO', 'PO-FAULTS', 'sample.sales', site_today()), 'TV022', f.message) FROM order_form_faults('STELMO', 'PO-FAULTS', 'sample.sales', site_today()) f;
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT * FROM order_form_faults(''STELMO'', ''PO-1'', ''sample.sales'', NULL)', '42501', 'order:create');

-- A value of several lines makes no line of its own in the history.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-LINES', 'sample.sales', site_today() + 30) AS lines \gset
SELECT update_order(:lines, jsonb_build_object('po_number', E'PO 1\nwant_date: 2030-01-01 → 2031-01-01')) \g /dev/null
SELECT testing.same((SELECT reason FROM order_status_history WHERE order_id = :lines AND action = 'CHANGE'), E'changed: po_number\npo_number: PO-LINES → PO 1 want_date: 2030-01-01 → 2031-01-01', 'one line for the value');
