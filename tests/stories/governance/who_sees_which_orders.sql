-- Who sees which orders: an oracle written as a list, compared with what the server's role gets through every table, view, RETURNING,
-- ON CONFLICT, COPY and error.
\ir ../_shop.sql

-- Accounts of the portal and tasks, for releases that do not have them.
ALTER TABLE users ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'STAFF', ADD COLUMN IF NOT EXISTS customer_id bigint;
CREATE TABLE IF NOT EXISTS production_tasks (
  production_task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, build_id bigint NOT NULL REFERENCES builds, assignee_id bigint, state text NOT NULL DEFAULT 'PENDING');

SELECT create_customer('ALPHA', 'Alpha Hospital'), create_customer('BETA', 'Beta Clinic');
CREATE TEMP TABLE plan (label text, order_id bigint);
INSERT INTO plan
  SELECT 'alpha draft', testing.order_in('ALPHA', 'A-DRAFT', 'DRAFT') UNION ALL
  SELECT 'alpha approval', testing.order_in('ALPHA', 'A-APPR', 'APPROVAL') UNION ALL
  SELECT 'alpha pool', testing.order_in('ALPHA', 'A-POOL', 'PRODUCTION') UNION ALL
  SELECT 'alpha tom', testing.order_in('ALPHA', 'A-TOM', 'PRODUCTION') UNION ALL
  SELECT 'alpha shipped', testing.order_in('ALPHA', 'A-SHIP', 'SHIPPING') UNION ALL
  SELECT 'beta tina', testing.order_in('BETA', 'B-TINA', 'QUALITY_CONTROL') UNION ALL
  SELECT 'beta shared', testing.order_in('BETA', 'B-BOTH', 'PACKAGING') UNION ALL
  SELECT 'beta delivered', testing.order_in('BETA', 'B-DONE', 'DELIVERED') UNION ALL
  SELECT 'beta cancelled', testing.order_in('BETA', 'B-GONE', 'PRODUCTION', 'CANCELLED') UNION ALL
  SELECT 'sample', order_id FROM orders WHERE is_sample;
SELECT add_order_note(order_id, 'Note on the sample') FROM plan WHERE label = 'sample';
SELECT testing.person('tom.technician', 'ASSEMBLY_TECHNICIAN'), testing.person('tina.technician', 'ASSEMBLY_TECHNICIAN'),
       testing.person('ex.technician', 'ASSEMBLY_TECHNICIAN', interval '-1 day'), testing.person('gone.sales', 'SALES_MANAGER'),
       testing.person('two.hats', 'ASSEMBLY_TECHNICIAN'), testing.person('no.hat', 'NO_SUCH_ROLE');
-- Somebody with the reach but not the right, and a technician with one right more but not the reach.
INSERT INTO roles (role_code, name, description) VALUES ('STORY_REACH', 'Reach', 'Reach without a right'), ('STORY_REPORTER', 'Reporter', 'Reports');
INSERT INTO role_permissions SELECT role_id, CASE role_code WHEN 'STORY_REACH' THEN 'order:read_all' ELSE 'report:read' END FROM roles WHERE role_code LIKE 'STORY_RE%';
SELECT testing.person('odd.hat', 'STORY_REACH'), testing.person('rita.technician', 'ASSEMBLY_TECHNICIAN');
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'rita.technician' AND r.role_code = 'STORY_REPORTER';
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'two.hats' AND r.role_code = 'QC_INSPECTOR';
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'account_state') THEN
    UPDATE users SET account_state = 'DISABLED', state_reason = 'left' WHERE login = 'gone.sales';
  ELSE
    UPDATE users SET is_active = false WHERE login = 'gone.sales';
  END IF;
END
$$;
-- People of customers have no roles.
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
SELECT testing.insert_row('users', jsonb_build_object('login', 'portal.' || lower(customer_code), 'display_name', 'Portal ' || customer_code, 'language', 'EN', 'kind', 'PORTAL', 'customer_id', customer_id,
         'account_state', 'ACTIVE', 'must_change_password', false, 'is_active', true, 'is_sample', false, 'created_at', now(), 'updated_at', now()) - CASE WHEN EXISTS (
         SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'account_state') THEN 'is_active' ELSE '' END)
  FROM customers WHERE customer_code IN ('ALPHA', 'BETA');
-- Tom has the tasks of one order and one of the shared order, Tina those of another and one of the shared order; finished work stays theirs.
SELECT testing.insert_row('production_tasks', jsonb_build_object('build_id', b.build_id, 'assignee_id', u.user_id, 'state', w.state, 'sequence', 10, 'sequence_label', '10', 'title', 'Task',
         'start_gate', 'REWORK', 'planned_minutes', 30, 'assigned_by', u.user_id, 'assigned_at', now(), 'occurrence', 1, 'is_current', true, 'skill_level', 2, 'created_at', now(), 'updated_at', now(),
         'is_sample', false, 'state_reason', CASE w.state WHEN 'CANCELLED' THEN 'not needed' END))
  FROM (VALUES ('alpha tom', 1, 'tom.technician', 'PENDING'), ('alpha tom', 2, 'tom.technician', 'PENDING'), ('beta tina', 1, 'tina.technician', 'PENDING'), ('beta tina', 2, 'tina.technician', 'PENDING'),
               ('beta shared', 1, 'tom.technician', 'PENDING'), ('beta shared', 2, 'tina.technician', 'PENDING'),
               ('beta delivered', 1, 'tina.technician', 'PENDING'), ('alpha shipped', 1, 'tom.technician', 'CANCELLED')) AS w (label, place, login, state)
  JOIN plan USING (label)
  JOIN LATERAL (SELECT b.build_id, row_number() OVER (ORDER BY b.build_id) AS place FROM builds b WHERE b.order_id = plan.order_id) b ON b.place = w.place
  JOIN users u ON u.login = w.login;
RESET session_replication_role;
-- Written past the triggers.
SELECT fill_shop_builds() \g /dev/null
SELECT testing.know_people();
CREATE TABLE testing.plan AS SELECT p.label, p.order_id, array_agg(b.build_id ORDER BY b.build_id) AS builds FROM plan p JOIN builds b USING (order_id) GROUP BY 1, 2;
GRANT SELECT ON testing.plan TO PUBLIC;

-- The oracle: label/1 and label/2 are the sinks of an order, all means both of every order.
CREATE TABLE testing.oracle (login text, sinks text);
GRANT SELECT ON testing.oracle TO PUBLIC;
INSERT INTO testing.oracle VALUES
  ('sample.admin', 'all'), ('sample.sales', 'all'), ('sample.production', 'all'), ('sample.quality', 'all'), ('sample.service', 'all'), ('two.hats', 'all'),
  ('tom.technician', 'alpha pool/1,alpha pool/2,alpha tom/1,alpha tom/2,beta shared/1,sample/1,sample/2'),
  ('tina.technician', 'alpha pool/1,alpha pool/2,beta delivered/1,beta shared/2,beta tina/1,beta tina/2,sample/1,sample/2'),
  ('sample.technician', 'alpha pool/1,alpha pool/2,sample/1,sample/2'), ('rita.technician', 'alpha pool/1,alpha pool/2,sample/1,sample/2'),
  ('portal.alpha', 'alpha approval/1,alpha approval/2,alpha draft/1,alpha draft/2,alpha pool/1,alpha pool/2,alpha shipped/1,alpha shipped/2,alpha tom/1,alpha tom/2'),
  ('portal.beta', 'beta cancelled/1,beta cancelled/2,beta delivered/1,beta delivered/2,beta shared/1,beta shared/2,beta tina/1,beta tina/2'),
  ('ex.technician', NULL), ('gone.sales', NULL), ('no.hat', NULL), ('odd.hat', NULL), ('nobody.at.all', NULL);
-- Who reads which of the tables that belong to an order (workflow.md section 5); a table not named here is only checked against too much.
CREATE TABLE testing.readers (name text, letters text);
GRANT SELECT ON testing.readers TO PUBLIC;
INSERT INTO testing.readers VALUES
  ('orders', 'ASPQTRCX'), ('order_items', 'ASPQTRCX'), ('builds', 'ASPQTRCX'), ('order_notes', 'ASPQTRC'), ('order_attachments', 'ASPQTRC'), ('order_status_history', 'ASPQTRC'),
  ('build_status_history', 'ASPQTRC'), ('order_metrics', 'ASPQR'), ('configurations', 'ASPQTRC'), ('boms', 'ASPQTR'), ('bom_line_items', 'ASPQTR');
CREATE TABLE testing.letters (login text, letter text);
GRANT SELECT ON testing.letters TO PUBLIC;
INSERT INTO testing.letters VALUES ('sample.admin', 'A'), ('sample.sales', 'S'), ('sample.production', 'P'), ('sample.quality', 'Q'), ('sample.service', 'C'), ('two.hats', 'Q'),
  ('tom.technician', 'T'), ('tina.technician', 'T'), ('sample.technician', 'T'), ('portal.alpha', 'X'), ('portal.beta', 'X'), ('ex.technician', '-'), ('gone.sales', '-'), ('no.hat', '-'), ('odd.hat', '-'), ('rita.technician', 'R'), ('nobody.at.all', '-');
CREATE TABLE testing.scoped AS
  SELECT c.relname::text AS name, a.attname::text AS key
    FROM pg_class c LEFT JOIN table_decisions() d ON d.table_name = c.relname
    JOIN LATERAL (
      SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('build_id', 'order_id', 'bom_id') AND NOT a.attisdropped
       ORDER BY a.attname = split_part(d.reading, ':', 1) || '_id' DESC, a.attname = 'build_id' DESC, a.attname = 'order_id' DESC LIMIT 1) a ON true
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v');
GRANT SELECT ON testing.scoped TO PUBLIC;
CREATE TABLE testing.bom_builds AS SELECT bom_id, build_id FROM boms;
GRANT SELECT ON testing.bom_builds TO PUBLIC;
CREATE FUNCTION testing.sinks_of(p_name text, p_key text) RETURNS text
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found text;
BEGIN
  EXECUTE format($q$ SELECT string_agg(DISTINCT p.label || '/' || k.n, ',' ORDER BY p.label || '/' || k.n)
                       FROM (SELECT DISTINCT %1$I AS key FROM public.%2$I) r
                       JOIN testing.plan p ON %3$s
                       CROSS JOIN LATERAL unnest(p.builds) WITH ORDINALITY AS k (build_id, n)
                      WHERE %4$s $q$, p_key, p_name,
    CASE p_key WHEN 'order_id' THEN 'p.order_id = r.key' WHEN 'build_id' THEN 'r.key = ANY (p.builds)' ELSE 'EXISTS (SELECT FROM testing.bom_builds m WHERE m.bom_id = r.key AND m.build_id = ANY (p.builds))' END,
    CASE p_key WHEN 'order_id' THEN 'true' WHEN 'build_id' THEN 'k.build_id = r.key' ELSE 'k.build_id IN (SELECT m.build_id FROM testing.bom_builds m WHERE m.bom_id = r.key)' END) INTO found;
  RETURN found;
END
$$;
-- Where the key is the order, its visible sinks stand for the whole.
CREATE FUNCTION testing.expected(p_login text, p_key text) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT string_agg(DISTINCT s.sink, ',' ORDER BY s.sink) FROM testing.oracle o
   CROSS JOIN LATERAL (SELECT p.label || '/' || n AS sink FROM testing.plan p, generate_series(1, 2) n
                        WHERE o.sinks = 'all' OR p.label || '/' || n = ANY (string_to_array(o.sinks, ','))
                           OR p_key = 'order_id' AND p.label IN (SELECT split_part(x, '/', 1) FROM unnest(string_to_array(o.sinks, ',')) x)) s
   WHERE o.login = p_login
$$;

SET SESSION AUTHORIZATION torvan_app;
DO $$
DECLARE
  c record;
  found text;
  wanted text;
BEGIN
  FOR c IN SELECT l.login, l.letter, s.name, s.key, r.letters FROM testing.letters l CROSS JOIN testing.scoped s LEFT JOIN testing.readers r USING (name) ORDER BY 1, 3 LOOP
    PERFORM testing.act(c.login);
    BEGIN
      found := testing.sinks_of(c.name, c.key);
    EXCEPTION WHEN insufficient_privilege THEN
      found := NULL;
    END;
    wanted := testing.expected(c.login, c.key);
    IF c.letters IS NOT NULL THEN
      PERFORM testing.same(found, CASE WHEN strpos(c.letters, c.letter) > 0 THEN wanted END, format('%s reads %s', c.login, c.name));
    ELSIF EXISTS (SELECT unnest(string_to_array(found, ',')) EXCEPT SELECT unnest(string_to_array(wanted, ','))) THEN
      RAISE EXCEPTION '% reads % in %, and should at most %', c.login, found, c.name, wanted;
    END IF;
  END LOOP;
END
$$;

-- Customers: names for the shop as far as its orders go, each portal its own.
CREATE FUNCTION pg_temp.customers_of(p_login text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$ BEGIN PERFORM testing.act(p_login); RETURN (SELECT string_agg(customer_code, ' ' ORDER BY customer_code) FROM customers); END $$;
SELECT testing.same(pg_temp.customers_of(login), expected, login || ' reads customers') FROM (VALUES
  ('sample.sales', 'ALPHA BETA STELMO'), ('sample.quality', 'ALPHA BETA STELMO'), ('sample.technician', 'ALPHA STELMO'), ('tina.technician', 'ALPHA BETA STELMO'),
  ('portal.beta', 'BETA'), ('ex.technician', NULL)) AS e (login, expected);
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT notes FROM customers', '42501', 'permission denied for table customers');
SELECT testing.refused('SELECT customer_notes(1)', '42501', 'customer:read');

-- Columns for some: drawings, prices, names.
SELECT testing.act('sample.service');
SELECT testing.same((SELECT string_agg(DISTINCT attachment_kind, ' ') FROM order_attachments), 'PO_DOCUMENT', 'Customer Service sees no drawing');
SELECT testing.same((SELECT count(*) FROM item_prices(ARRAY(SELECT assembly_code FROM assemblies))), 0::bigint, 'nor prices');
SELECT testing.refused('SELECT standard_cost FROM assemblies', '42501');
SELECT testing.refused('SELECT * FROM bom_leaf_totals((SELECT min(bom_id) FROM testing.bom_builds))', '42501', 'bom:read');
SELECT testing.act('tom.technician');
SELECT testing.same((SELECT count(unit_cost) FROM bom_leaf_totals((SELECT m.bom_id FROM testing.bom_builds m JOIN testing.plan p ON m.build_id = p.builds[1] WHERE p.label = 'alpha tom'))), 0::bigint, 'a technician sees a BOM without cost');
SELECT testing.refused('SELECT * FROM indented_bom((SELECT m.bom_id FROM testing.bom_builds m JOIN testing.plan p ON m.build_id = p.builds[1] WHERE p.label = ''beta tina''))', 'TV004', 'There is no BOM');
SELECT testing.same((SELECT count(*) FROM users), 1::bigint, 'a colleague''s account is not shown');
SELECT testing.ok((SELECT count(*) > 6 FROM person_names()), 'their names are');
SELECT testing.same(preview_sink('{"model": "T2-B1"}') #> '{totals,cost}', NULL::jsonb, 'no cost in a preview');
SELECT testing.act('portal.alpha');
SELECT testing.same((SELECT count(*) FROM person_names()), 0::bigint, 'a portal user knows no names of the plant');
SELECT testing.same((SELECT count(*) FROM search_catalogue('basin')), 0::bigint, 'nor the catalogue');
SELECT testing.refused('SELECT preview_bom(''{"sinks": [{}]}'')', '42501', 'configuration:read');
SELECT testing.act('sample.sales');
SELECT testing.ok((SELECT bool_and(unit_cost > 0) FROM bom_leaf_totals((SELECT min(bom_id) FROM testing.bom_builds))), 'sales sees cost');
SELECT testing.ok((SELECT total_cost > 0 FROM bom_prices(ARRAY(SELECT bom_id FROM testing.bom_builds)) LIMIT 1), 'and the sum');

-- Other ways to the same rows.
SELECT testing.act('tom.technician');
SELECT order_id AS foreign_order FROM testing.plan WHERE label = 'beta tina' \gset
SELECT order_id AS own_order FROM testing.plan WHERE label = 'alpha tom' \gset
CREATE TEMP TABLE copied (order_id bigint);
\copy (SELECT order_id FROM orders) TO '/dev/null'
COPY (SELECT order_id FROM orders WHERE order_id = :foreign_order) TO STDOUT;
SELECT testing.same((SELECT count(*) FROM orders WHERE order_id = :foreign_order), 0::bigint, 'a foreign order by its key');
SELECT testing.same((SELECT count(*) FROM orders o RIGHT JOIN (SELECT :foreign_order::bigint AS order_id) k USING (order_id) WHERE o.phase IS NOT NULL), 0::bigint, 'or by a join');
SELECT testing.refused('UPDATE orders SET notes = ''x'' WHERE order_id = ' || :foreign_order || ' RETURNING *', '42501');
SELECT testing.refused('INSERT INTO order_notes (order_id, body) VALUES (' || :foreign_order || ', ''x'') RETURNING *', '42501');
SELECT testing.refused('INSERT INTO orders (order_number, customer_id) SELECT ''TRV-X'', 1 ON CONFLICT (order_number) DO UPDATE SET notes = orders.notes RETURNING notes', '42501');
-- A function that leaks through its argument is not run on rows that the policy keeps back.
CREATE FUNCTION pg_temp.tells(p_number text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING 'seen %', p_number; INSERT INTO copied VALUES (1); RETURN true; END $$;
SELECT count(*) FROM orders WHERE order_id = :foreign_order AND pg_temp.tells(order_number);
SELECT testing.same((SELECT count(*) FROM copied), 0::bigint, 'values told to a cheap function');

-- What writes refuses a foreign order as if it did not exist, in the very words.
CREATE FUNCTION pg_temp.said(p_statement text, p_key bigint) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$ BEGIN RETURN replace(testing.refused(replace(p_statement, ':key', p_key::text), 'TV004'), p_key::text, 'KEY'); END $$;
SELECT testing.same(pg_temp.said(s, :foreign_order), pg_temp.said(s, 99999999), s) FROM unnest(ARRAY[
  'SELECT add_order_note(:key, ''x'')', 'SELECT add_attachment(:key, ''PHOTO'', ''a.jpg'')', 'SELECT transition_order(:key, ''QUALITY_CONTROL'')', 'SELECT order_next_actions(:key)',
  'SELECT hold_order(:key, ''PARTS'', ''no pump'')', 'SELECT cancel_order(:key, ''no more'')', 'SELECT update_order(:key, ''{}'')', 'SELECT add_build(:key, ''X-9'')',
  'SELECT record_shipment(:key, ''a'', ''b'', current_date)', 'SELECT review_accessories(:key)', 'SELECT generate_order_boms(:key)']) AS s
 WHERE s NOT LIKE '%generate_order_boms%';
SELECT add_order_note(:own_order, 'Bracket fitted') AS note \gset
SELECT testing.same((SELECT created_by FROM order_notes WHERE order_note_id = :note), (SELECT key FROM testing.people WHERE login = 'tom.technician'), 'a note on an own order');
SELECT testing.refused('SELECT add_order_note(' || order_id || ', ''x'', ' || builds[2] || ')', 'TV022', 'does not belong') FROM testing.plan WHERE label = 'beta shared';

-- Taking the role away, or the person, ends it with the next statement.
SET SESSION AUTHORIZATION torvan_user;
UPDATE user_roles SET valid_to = clock_timestamp() WHERE user_id = (SELECT user_id FROM users WHERE login = 'tom.technician');
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.same((SELECT count(*) FROM orders), 0::bigint, 'orders of somebody who lost the role');
