-- Builds in the shop, and which of them have work that is free: kept as rows (shop_builds), so that a row policy looks a build up by its
-- key. Found anew for every statement, they cost more than what the statement does as soon as thousands are in the shop.
--
-- Kept by triggers (triggers/production.sql). The row is the last that is locked, after the build and its tasks: whoever changes a task
-- locks the row before looking at the tasks, so that the last of several changes at once sees them all.

CREATE OR REPLACE FUNCTION is_in_shop(p_phase text, p_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT p_state = 'ACTIVE' AND p_phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') $$;
COMMENT ON FUNCTION is_in_shop(text, text) IS 'True for a build that is worked on in the shop, by its phase and state.';

CREATE OR REPLACE FUNCTION has_free_work(p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT NOT EXISTS (SELECT FROM production_tasks t WHERE t.build_id = p_build_id AND t.assignee_id IS NOT NULL)
      OR EXISTS (SELECT FROM production_tasks t WHERE t.build_id = p_build_id AND t.assignee_id IS NULL AND t.state NOT IN ('COMPLETED', 'CANCELLED'))
$$;
COMMENT ON FUNCTION has_free_work(bigint) IS 'True while nobody has a task of the build, or an open task of it has nobody.';

CREATE OR REPLACE FUNCTION keep_shop_builds(p_build_ids bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM FROM shop_builds s WHERE s.build_id = ANY (p_build_ids) ORDER BY s.build_id FOR NO KEY UPDATE;
  IF FOUND THEN
    -- Written also where it stays: a transaction with an older snapshot (REPEATABLE READ) is then refused, and sees it anew.
    UPDATE shop_builds s SET has_free_work = has_free_work(s.build_id) WHERE s.build_id = ANY (p_build_ids);
  END IF;
END;
$$;
COMMENT ON FUNCTION keep_shop_builds(bigint[]) IS 'After a change of their tasks: says anew of those of the builds that are in the shop whether they have free work.';

CREATE OR REPLACE FUNCTION fill_shop_builds() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  changed bigint;
BEGIN
  -- No build comes or goes meanwhile.
  LOCK TABLE shop_builds IN SHARE ROW EXCLUSIVE MODE;
  WITH wanted AS (
    SELECT b.build_id, b.order_id, o.customer_id, has_free_work(b.build_id) AS has_free_work
      FROM builds b JOIN orders o ON o.order_id = b.order_id WHERE b.state = 'ACTIVE' AND b.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')),
  gone AS (
    DELETE FROM shop_builds s WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.build_id = s.build_id) RETURNING s.build_id),
  kept AS (
    INSERT INTO shop_builds AS s SELECT w.build_id, w.order_id, w.customer_id, w.has_free_work FROM wanted w
    ON CONFLICT (build_id) DO UPDATE SET customer_id = excluded.customer_id, has_free_work = excluded.has_free_work
     WHERE (s.customer_id, s.has_free_work) <> (excluded.customer_id, excluded.has_free_work)
    RETURNING s.build_id)
  SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM kept) INTO changed;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION fill_shop_builds() IS 'Finds all builds in the shop anew, after rows were written past the triggers; returns how many rows were not right.';
