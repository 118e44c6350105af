-- A technician who sees one sink of an order does not act on its other sink, which belongs to a colleague.
\ir ../_shop.sql
SELECT build_id AS mine, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS other FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.nobody();
SELECT testing.person('other.technician', 'ASSEMBLY_TECHNICIAN') AS colleague \gset
SELECT user_id AS me FROM users WHERE login = 'sample.technician' \gset
UPDATE production_tasks SET assignee_id = CASE build_id WHEN :other THEN :colleague::bigint ELSE :me END WHERE build_id IN (:mine, :other);
INSERT INTO stock_locations (location_code, name) VALUES ('T-MAIN', 'Main store');
SELECT item_code_of(item_key) AS code FROM build_needs((SELECT bom_id FROM builds WHERE build_id = :other)) LIMIT 1 \gset
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM builds WHERE order_id = :order_id), 1::bigint, 'one sink of the order is in sight');
SELECT testing.refused(format('SELECT transition_build(%s, ''READY'')', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT build_next_actions(%s)', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT request_hold(%s, ''parts missing'')', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT issue_stock(%s, %L, 1, ''T-MAIN'')', :other, :'code'), 'TV004', 'no build');
SELECT testing.refused(format('SELECT issue_pick_list(%s)', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT return_stock(%s, %L, 1, ''T-MAIN'', ''not needed'')', :other, :'code'), 'TV004', 'no build');
SELECT testing.refused(format('SELECT start_inspection(%s, ''PRODUCTION'')', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT report_nonconformity(%s, ''OTHER'', ''MINOR'', ''scratch'')', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT take_build(%s)', :other), 'TV004', 'no build');
SELECT testing.refused(format('SELECT capture_serial(%s, ''CONTROL_BOX'', ''SN-9'')', :other), 'TV004', 'no build');
-- What a change does to the BOM is for those who see BOMs: not for Customer Service.
RESET SESSION AUTHORIZATION;
SELECT testing.act('sample.production');
SELECT propose_order_change(:mine, '{"length_in": 72}', 'shorter wall') AS change \gset
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.same((SELECT count(*) FROM order_changes), 1::bigint, 'production sees the change');
SELECT testing.act('sample.service');
SELECT testing.same((SELECT count(*) FROM order_changes), 0::bigint, 'Customer Service does not');
