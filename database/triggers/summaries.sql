-- Keeps order_summaries in step with orders, builds and customers, and writes what changed as deltas of the counters.
--
-- The summary row is where concurrent changes of one order meet: its lock makes the deltas exact also when builds and phase change at
-- once. Hash and merge joins are off because a plan made for a bulk change would read a million rows for every later single one.

CREATE OR REPLACE FUNCTION tg_orders__summarise_new() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
  -- Shared, against a change of the customer's name at the same time, which would miss this order.
  PERFORM FROM customers c WHERE c.customer_id IN (SELECT n.customer_id FROM new_rows n) ORDER BY c.customer_id FOR SHARE;
  INSERT INTO order_summaries (order_id, created_on, want_date, phase, state, phase_entered_at, delivered_on, document)
  SELECT n.order_id, site_date(n.created_at), n.want_date, n.phase, n.state, n.phase_entered_at, n.delivered_on,
         order_document(n.order_number, n.po_number, n.project_name, n.sales_person, n.notes, c.customer_code, c.name)
    FROM new_rows n JOIN customers c ON c.customer_id = n.customer_id;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_orders__summarise_new() IS 'Makes the summary of new orders.';

CREATE OR REPLACE FUNCTION tg_orders__summarise_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  changed bigint[];
BEGIN
  IF (SELECT count(*) FROM new_rows) > 1 THEN
    PERFORM FROM order_summaries s WHERE s.order_id IN (SELECT n.order_id FROM new_rows n) ORDER BY s.order_id FOR NO KEY UPDATE;
  END IF;
  UPDATE order_summaries s
     SET phase = n.phase, state = n.state, want_date = n.want_date, phase_entered_at = n.phase_entered_at, delivered_on = n.delivered_on
    FROM new_rows n
   WHERE s.order_id = n.order_id
     AND (s.phase, s.state, s.want_date, s.phase_entered_at, s.delivered_on) IS DISTINCT FROM (n.phase, n.state, n.want_date, n.phase_entered_at, n.delivered_on);
  -- By grouping, not by joining: without hash joins, a join of both images would take the square of their number.
  changed := array(
    SELECT t.order_id
      FROM (SELECT o.order_id, o.order_number, o.po_number, o.project_name, o.sales_person, o.notes, o.customer_id FROM old_rows o
            UNION
            SELECT n.order_id, n.order_number, n.po_number, n.project_name, n.sales_person, n.notes, n.customer_id FROM new_rows n) t
     GROUP BY t.order_id HAVING count(*) > 1);
  IF cardinality(changed) > 0 THEN
    PERFORM write_order_documents(changed);
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_orders__summarise_changed() IS 'Carries phase, state, dates and words of changed orders into their summaries.';

CREATE OR REPLACE FUNCTION tg_builds__count() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
  -- Steps of a build that do not change its state leave here.
  CASE TG_OP
    WHEN 'INSERT' THEN
      UPDATE order_summaries s SET build_count = s.build_count + c.n
        FROM (SELECT b.order_id, count(*) FILTER (WHERE b.state = 'ACTIVE') AS n FROM new_rows b GROUP BY b.order_id ORDER BY b.order_id) c
       WHERE s.order_id = c.order_id AND c.n <> 0;
    WHEN 'DELETE' THEN
      UPDATE order_summaries s SET build_count = s.build_count - c.n
        FROM (SELECT b.order_id, count(*) FILTER (WHERE b.state = 'ACTIVE') AS n FROM old_rows b GROUP BY b.order_id ORDER BY b.order_id) c
       WHERE s.order_id = c.order_id AND c.n <> 0;
    ELSE
      UPDATE order_summaries s SET build_count = s.build_count + c.n
        FROM (SELECT b.order_id, sum(b.n) AS n
                FROM (SELECT n.order_id, count(*) AS n FROM new_rows n WHERE n.state = 'ACTIVE' GROUP BY n.order_id
                      UNION ALL
                      SELECT o.order_id, -count(*) FROM old_rows o WHERE o.state = 'ACTIVE' GROUP BY o.order_id) b
               GROUP BY b.order_id HAVING sum(b.n) <> 0 ORDER BY b.order_id) c
       WHERE s.order_id = c.order_id;
  END CASE;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_builds__count() IS 'Keeps the number of active builds of each order.';

CREATE OR REPLACE FUNCTION tg_customers__rename_in_summaries() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  renamed bigint[] := array(
    SELECT t.customer_id
      FROM (SELECT o.customer_id, o.name, o.customer_code FROM old_rows o UNION SELECT n.customer_id, n.name, n.customer_code FROM new_rows n) t
     GROUP BY t.customer_id HAVING count(*) > 1);
BEGIN
  IF cardinality(renamed) > 0 THEN
    PERFORM write_order_documents(array(SELECT o.order_id FROM orders o WHERE o.customer_id = ANY (renamed) ORDER BY o.order_id));
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_customers__rename_in_summaries() IS 'Lets orders be found by the new name of their customer.';

CREATE OR REPLACE FUNCTION tg_order_summaries__count() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    INSERT INTO order_summary_deltas (order_id, created_on, want_date, phase, state, orders, builds, entered_seconds, delivered_on)
    SELECT o.order_id, o.created_on, o.want_date, o.phase, o.state, -1, -o.build_count, -extract(epoch FROM o.phase_entered_at)::bigint, o.delivered_on FROM old_rows o;
  END IF;
  IF TG_OP IN ('UPDATE', 'INSERT') THEN
    INSERT INTO order_summary_deltas (order_id, created_on, want_date, phase, state, orders, builds, entered_seconds, delivered_on, has_new_words)
    SELECT n.order_id, n.created_on, n.want_date, n.phase, n.state, 1, n.build_count, extract(epoch FROM n.phase_entered_at)::bigint, n.delivered_on, TG_OP = 'INSERT' FROM new_rows n;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_order_summaries__count() IS 'Writes the difference that a changed summary makes to the counters.';

CREATE TRIGGER _400_summarise AFTER INSERT ON orders REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_orders__summarise_new();
CREATE TRIGGER _400_summarise_changed AFTER UPDATE ON orders REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_orders__summarise_changed();
CREATE TRIGGER _400_count_new AFTER INSERT ON builds REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_builds__count();
CREATE TRIGGER _400_count_changed AFTER UPDATE ON builds REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_builds__count();
CREATE TRIGGER _400_count_gone AFTER DELETE ON builds REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_builds__count();
CREATE TRIGGER _400_rename_in_summaries AFTER UPDATE ON customers REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_customers__rename_in_summaries();
CREATE TRIGGER _400_count_new AFTER INSERT ON order_summaries REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_order_summaries__count();
CREATE TRIGGER _400_count_changed AFTER UPDATE ON order_summaries REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_order_summaries__count();
CREATE TRIGGER _400_count_gone AFTER DELETE ON order_summaries REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_order_summaries__count();
