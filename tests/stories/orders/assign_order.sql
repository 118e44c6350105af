-- An order is given to who sells it until its approval, and in the shop to who is qualified for its tasks.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-GIVEN-1', 'sample.sales', site_today() + 60, 'EN', '{GIVEN-1}') AS draft \gset
SELECT testing.same(assign_order(:draft, ' SAMPLE.ADMIN '), 0, 'no task is given before the approval');
SELECT testing.same((SELECT concat_ws('|', sales_person, u.login) FROM orders o JOIN users u ON u.user_id = o.sales_person_id WHERE o.order_id = :draft), 'sample.admin|sample.admin', 'who has it');
SELECT testing.refused(format('SELECT assign_order(%s, ''nobody'')', :draft), 'TV004', 'no person');
SELECT testing.refused(format('SELECT assign_order(%s, ''sample.sales'', 1)', :draft), 'TV012', 'version');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT assign_order(%s, ''sample.technician'')', :draft), '42501|TV004', '');

-- The sample order is in the shop.
SELECT min(o.order_id) AS made FROM orders o WHERE o.phase = 'PRODUCTION' \gset
SELECT testing.act('sample.production');
SELECT count(*) AS free FROM production_tasks t JOIN builds b USING (build_id) JOIN users u ON u.login = 'sample.technician'
 WHERE b.order_id = :made AND t.is_current AND t.state IN ('PENDING', 'BLOCKED') AND t.worker_id IS NULL AND t.start_gate <> 'PACKING' AND t.assignee_id IS DISTINCT FROM u.user_id
   AND missing_qualification(u.user_id, t.skill_id, t.skill_level) IS NULL \gset
SELECT testing.ok(:free > 0, 'there is work to give');
SELECT testing.same(assign_order(:made, 'sample.technician'), :free, 'how many tasks were given');
SELECT testing.refused(format('SELECT assign_order(%s, ''sample.technician'')', :made), 'TV009', 'no waiting task');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events e WHERE e.event_type = 'build.assigned' AND (e.payload ->> 'order_id')::bigint = :made), 'it is told');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT assign_order(%s, ''sample.technician'')', :made), '42501', 'production_task:assign');
