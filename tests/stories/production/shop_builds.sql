-- Builds in the shop and their free work are kept in step with builds and tasks by whatever changes them; what a technician sees follows.
\ir ../_shop.sql
\ir ../_shop_floor.sql
CREATE FUNCTION pg_temp.free_of(p_build bigint) RETURNS text LANGUAGE sql AS $$ SELECT coalesce((SELECT has_free_work::text FROM shop_builds WHERE build_id = p_build), 'not in the shop') $$;
CREATE FUNCTION pg_temp.seen_by(p_login text, p_build bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM testing.act(p_login);
  RETURN EXISTS (SELECT FROM visible_builds() v WHERE v = p_build) AND sees_build(p_build);
END $$;
SELECT testing.nobody();
SELECT testing.person('other.technician', 'ASSEMBLY_TECHNICIAN') \g /dev/null
SELECT user_id AS holder FROM users WHERE login = 'sample.technician' \gset
SELECT testing.order_in('STELMO', 'FREE-0', 'DRAFT') AS order_id \gset
SELECT min(build_id) AS build FROM builds WHERE order_id = :order_id \gset
SELECT testing.same(pg_temp.free_of(:build), 'not in the shop', 'a draft');
SELECT testing.same(pg_temp.seen_by('sample.technician', :build), false, 'a draft is not seen');

-- Into the shop, and out of it.
SELECT testing.order_in('STELMO', 'FREE-1', 'PRODUCTION') AS order_id \gset
SELECT min(build_id) AS build, max(build_id) AS second FROM builds WHERE order_id = :order_id \gset
SELECT testing.same(pg_temp.free_of(:build), 'true', 'in production without tasks');
SELECT testing.same(pg_temp.seen_by('sample.technician', :build), true, 'and seen');
SELECT testing.act('sample.production');
SELECT cancel_build(:second, 'not wanted') \g /dev/null
SELECT testing.same(pg_temp.free_of(:second), 'not in the shop', 'cancelled');
SELECT testing.same(fill_shop_builds(), 0::bigint, 'nothing to mend');

-- Tasks: the sample's sink, whose tasks follow from its configuration.
SELECT build_id AS build FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.same(pg_temp.free_of(:build), 'true', 'nobody has a task');
UPDATE production_tasks SET assignee_id = :holder WHERE build_id = :build AND sequence <= 100;
SELECT testing.same(pg_temp.free_of(:build), 'true', 'some are free');
UPDATE production_tasks SET assignee_id = :holder WHERE build_id = :build;
SELECT testing.same(pg_temp.free_of(:build), 'false', 'all are somebody''s');
SELECT testing.same(pg_temp.seen_by('other.technician', :build), false, 'not seen by who has none of them');
SELECT testing.same(pg_temp.seen_by('sample.technician', :build), true, 'seen by who has them');
SELECT production_task_id AS task FROM production_tasks WHERE build_id = :build AND is_current AND state = 'PENDING' ORDER BY sequence LIMIT 1 \gset
SELECT testing.act('sample.production');
SELECT assign_task(:task, NULL);
SELECT testing.same(pg_temp.free_of(:build), 'true', 'one went back into the pool');
SELECT testing.same(pg_temp.seen_by('other.technician', :build), true, 'seen again');
SELECT testing.act('sample.production');
SELECT cancel_task(:task, 'not needed');
SELECT testing.same(pg_temp.free_of(:build), 'false', 'what is cancelled is not free');
SELECT restore_task(:task, 'needed after all');
SELECT testing.same(pg_temp.free_of(:build), 'true', 'restored');
SELECT assign_task(:task, 'sample.technician');
SELECT testing.same(fill_shop_builds(), 0::bigint, 'nothing to mend');

-- Rows that were written past the triggers are found anew.
SELECT testing.nobody();
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
UPDATE production_tasks SET assignee_id = NULL WHERE production_task_id = :task;
UPDATE builds SET phase = 'SHIPPING' WHERE build_number = 'SAMPLE-002';
RESET session_replication_role;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same(fill_shop_builds(), 2::bigint, 'two were not right');
SELECT testing.same(pg_temp.free_of(:build), 'true', 'mended');
SELECT testing.same(fill_shop_builds(), 0::bigint, 'and stay so');

-- A hold keeps records, not places in the shop: a sink under it still leaves.
SELECT order_id, order_number FROM builds JOIN orders USING (order_id) WHERE build_id = :build \gset
SELECT testing.act('sample.admin');
SELECT place_hold('ORDER', :'order_number', 'dispute about a delivery') \g /dev/null
SELECT testing.nobody();
SELECT testing.act('sample.production');
SELECT hold_order(:order_id, 'GENERAL', 'dispute') \g /dev/null
SELECT resume_order(:order_id, 'goes on') \g /dev/null
SELECT cancel_build(:build, 'not wanted');
SELECT testing.same(pg_temp.free_of(:build), 'not in the shop', 'gone, and nobody was stopped');
SELECT testing.nobody();

-- People of customers see theirs only, and nothing of the shop.
SELECT create_user('customer.person', 'Cora Customer', NULL, 'EN', 'PORTAL', 'STELMO') \g /dev/null
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('customer.person');
SELECT testing.same((SELECT count(*) FROM shop_builds), 0::bigint, 'a person of a customer reads no places in the shop');
SELECT testing.ok((SELECT count(*) FROM builds) > 0 AND NOT EXISTS (SELECT FROM builds b JOIN orders o USING (order_id) JOIN customers c USING (customer_id) WHERE c.customer_code <> 'STELMO'), 'only sinks of their own');
SELECT testing.act('sample.technician');
SELECT testing.ok((SELECT count(*) FROM shop_builds) > 0, 'a technician looks builds up');
