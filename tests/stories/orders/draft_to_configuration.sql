-- An order form: who may make it, and that it goes on only when it is complete.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-STORY', 'sample.sales', current_date + 30, 'EN', '{STORY-1}') AS order_id \gset
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'DRAFT', 'a new order');
SELECT testing.refused('SELECT transition_order(' || :order_id || ', ''PRODUCTION'')', 'TV009', 'cannot go from DRAFT to PRODUCTION');
UPDATE orders SET po_number = NULL WHERE order_id = :order_id;
SELECT testing.refused('SELECT transition_order(' || :order_id || ', ''CONFIGURATION'')', 'TV024', 'po_number_given');
UPDATE orders SET po_number = 'PO-STORY' WHERE order_id = :order_id;
SELECT transition_order(:order_id, 'CONFIGURATION');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'CONFIGURATION', 'after its first step');

SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT create_order(''STELMO'', ''PO-X'', ''sample.sales'', current_date + 30)', '42501', 'order:create');
