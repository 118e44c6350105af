-- Who has an order: until it is approved whoever sells it, then whoever works on its builds.

CREATE OR REPLACE FUNCTION give_order_tasks(p_order_id bigint, p_taker bigint, p_giver bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build record;
  changed integer;
  given integer := 0;
BEGIN
  FOR build IN SELECT b.* FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id FOR NO KEY UPDATE LOOP
    PERFORM t.production_task_id FROM production_tasks t WHERE t.build_id = build.build_id ORDER BY t.production_task_id FOR NO KEY UPDATE;
    UPDATE production_tasks t SET assignee_id = p_taker, assigned_by = p_giver, assigned_at = clock_timestamp()
     WHERE t.build_id = build.build_id AND t.is_current AND t.state IN ('PENDING', 'BLOCKED') AND t.worker_id IS NULL AND t.start_gate <> 'PACKING'
       AND t.assignee_id IS DISTINCT FROM p_taker AND missing_qualification(p_taker, t.skill_id, t.skill_level) IS NULL;
    GET DIAGNOSTICS changed = ROW_COUNT;
    given := given + changed;
    IF changed > 0 THEN
      PERFORM emit_event('build.assigned', 'builds', build.build_id,
        jsonb_build_object('order_id', p_order_id, 'build_number', build.build_number, 'assignee_id', p_taker, 'tasks', changed));
    END IF;
  END LOOP;
  RETURN given;
END;
$$;
COMMENT ON FUNCTION give_order_tasks(bigint, bigint, bigint) IS 'Gives the tasks of an order''s builds that wait (but packing) to a person, as far as they are qualified and nobody works on them; returns how many.';

CREATE OR REPLACE FUNCTION assign_order(p_order_id bigint, p_login text, p_expected_version integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
  taker users;
  given integer;
BEGIN
  SELECT * INTO taker FROM users u WHERE u.login = lower(btrim(p_login)) AND u.kind = 'STAFF' AND u.account_state = 'ACTIVE';
  IF taker.user_id IS NULL THEN
    RAISE EXCEPTION 'There is no person "%" who can take an order.', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'Give the login of somebody whose account is active.';
  END IF;
  IF current.phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL') THEN
    PERFORM update_order(p_order_id, jsonb_build_object('sales_person', taker.login));
    RETURN 0;
  END IF;
  PERFORM require_active(current);
  IF current.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Order % is in % and is not given to anybody any more.', current.order_number, current.phase USING ERRCODE = 'TV009', HINT = 'An order is assigned until it is packed.';
  END IF;
  given := give_order_tasks(p_order_id, taker.user_id, require_person('production_task:assign'));
  IF given = 0 THEN
    RAISE EXCEPTION 'Order % has no waiting task for which % is qualified.', current.order_number, taker.display_name USING ERRCODE = 'TV009', COLUMN = 'login', HINT = 'Choose somebody with the skills, or let the tasks that run be finished.';
  END IF;
  RETURN given;
END;
$$;
COMMENT ON FUNCTION assign_order(bigint, text, integer) IS
  'Gives an order to a person: until its approval as who sells it (0 is returned), in the shop the waiting tasks of its builds for which they are qualified (how many is returned).';
