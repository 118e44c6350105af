-- Rules of integrity of production which hold at every door.

CREATE OR REPLACE FUNCTION is_sample_build(p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id AND o.is_sample) $$;
COMMENT ON FUNCTION is_sample_build(bigint) IS 'True for a build of a sample order.';

CREATE OR REPLACE FUNCTION tg_production_tasks__states() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  planned CONSTANT text[] := '{planned_start,planned_end,production_resource_id,person_pool_id,wait_cause,wait_detail,updated_at,row_version}';
  fixed CONSTANT text[] := '{build_id,task_template_id,content_key,occurrence,start_gate,sequence,created_by,created_at}';
  waits text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.state, NEW.is_current, NEW.row_version) <> ('PENDING', true, 1) OR NEW.worker_id IS NOT NULL THEN
      RAISE EXCEPTION 'A new task begins as PENDING.' USING ERRCODE = 'TV009', HINT = 'Use generate_production_tasks or create_rework_task, then start_task.';
    END IF;
    RETURN NEW;
  END IF;
  IF EXISTS (SELECT FROM unnest(fixed) c WHERE to_jsonb(OLD) -> c IS DISTINCT FROM to_jsonb(NEW) -> c) THEN
    RAISE EXCEPTION 'What task % is does not change.', task_name(OLD) USING ERRCODE = 'TV003', HINT = 'Cancel it and make another.';
  END IF;
  IF NOT OLD.is_current AND to_jsonb(OLD) - planned <> to_jsonb(NEW) - planned THEN
    RAISE EXCEPTION 'Task % is no longer in force: %.', task_name(OLD), OLD.state_reason USING ERRCODE = 'TV003', HINT = 'Its record stays as it is.';
  END IF;
  IF NEW.state <> OLD.state THEN
    PERFORM require_task_edge(OLD, NEW.state);
    waits := CASE WHEN NEW.state = 'IN_PROGRESS' AND OLD.state <> 'COMPLETED' AND OLD.started_at IS NULL THEN open_predecessors(OLD.production_task_id) END;
    IF cardinality(waits) > 0 THEN
      RAISE EXCEPTION 'Task % waits for %.', task_name(OLD), array_to_string(waits, ', ') USING ERRCODE = 'TV009', HINT = 'These must be completed, or cancelled with a reason.';
    END IF;
  END IF;
  NEW.row_version := OLD.row_version + CASE WHEN to_jsonb(OLD) - planned = to_jsonb(NEW) - planned THEN 0 ELSE 1 END;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_production_tasks__states() IS 'Tasks begin as PENDING, go only along the edges of workflow.md section 4, wait for their predecessors, and keep what they are.';

CREATE OR REPLACE FUNCTION tg_production__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF removing_samples() AND is_sample_build(OLD.build_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'Rows of % are kept.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'Cancel, replace or withdraw instead: the record of the sink stays whole.';
END;
$$;
COMMENT ON FUNCTION tg_production__kept() IS 'Refuses to delete rows of the record of a build; sample builds go with the sample data.';

CREATE OR REPLACE FUNCTION tg_production__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND removing_samples() AND is_sample_build(OLD.build_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'A correction is a new row.';
END;
$$;
COMMENT ON FUNCTION tg_production__append_only() IS 'Refuses to change or delete recorded work and use of tools.';

CREATE OR REPLACE FUNCTION tg_build_serials__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  removal CONSTANT text[] := '{removed_at,removed_by,removal_kind,removal_reason}';
BEGIN
  IF OLD.removed_at IS NOT NULL OR to_jsonb(OLD) - removal <> to_jsonb(NEW) - removal THEN
    RAISE EXCEPTION 'Serial number % is not changed.', coalesce(OLD.serial_number, OLD.batch_number) USING ERRCODE = 'TV003', HINT = 'Use correct_serial for a slip, replace_serial for another unit.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_build_serials__kept() IS 'A captured serial number changes only by being taken out, once.';

CREATE OR REPLACE FUNCTION tg_outsourcing_statements__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF OLD.withdrawn_at IS NOT NULL OR to_jsonb(OLD) - '{withdrawn_at,withdrawn_by}'::text[] <> to_jsonb(NEW) - '{withdrawn_at,withdrawn_by}'::text[] THEN
    RAISE EXCEPTION 'A statement on outsourcing is not changed.' USING ERRCODE = 'TV003', HINT = 'Mark a line, or state it anew.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_outsourcing_statements__kept() IS 'A statement changes only by being withdrawn, once.';

CREATE OR REPLACE FUNCTION tg_outsourced_lines__states() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  after text[] := CASE OLD.state
    WHEN 'PENDING_ORDER' THEN '{ORDERED,CANCELLED}'
    WHEN 'ORDERED' THEN '{IN_TRANSIT,DELAYED,RECEIVED,CANCELLED}'
    WHEN 'IN_TRANSIT' THEN '{DELAYED,RECEIVED,CANCELLED}'
    WHEN 'DELAYED' THEN '{ORDERED,IN_TRANSIT,RECEIVED,CANCELLED}'
    ELSE '{}' END::text[];
BEGIN
  IF NEW.state <> OLD.state AND NOT NEW.state = ANY (after) THEN
    RAISE EXCEPTION 'Outsourced line % cannot go from % to %.', OLD.item_code, OLD.state, NEW.state
      USING ERRCODE = 'TV009', HINT = coalesce('Possible: ' || nullif(array_to_string(after, ', '), '') || '.', 'It is finished; mark the line anew.');
  END IF;
  IF (OLD.build_id, OLD.item_code, OLD.quantity) <> (NEW.build_id, NEW.item_code, NEW.quantity) THEN
    RAISE EXCEPTION 'Build, item and quantity of an outsourced line are fixed.' USING ERRCODE = 'TV003', HINT = 'Cancel it and mark the line anew.';
  END IF;
  NEW.row_version := OLD.row_version + 1;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_outsourced_lines__states() IS 'Outsourced lines go only along their states; RECEIVED and CANCELLED are final.';

CREATE OR REPLACE FUNCTION tg_work_instructions__immutable() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state = 'DRAFT' OR (OLD.is_sample AND removing_samples()) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Instruction % version % is kept.', OLD.instruction_code, OLD.version USING ERRCODE = 'TV003', HINT = 'A new version takes its place.';
  END IF;
  IF OLD.state <> 'DRAFT' AND NOT (OLD.state = 'RELEASED' AND NEW.state = 'SUPERSEDED'
       AND to_jsonb(OLD) - '{state,updated_at}'::text[] = to_jsonb(NEW) - '{state,updated_at}'::text[]) THEN
    RAISE EXCEPTION 'Instruction % version % is % and does not change.', OLD.instruction_code, OLD.version, lower(OLD.state)
      USING ERRCODE = 'TV003', HINT = 'draft_work_instruction makes the next version.';
  END IF;
  IF OLD.state = 'DRAFT' AND (NEW.state = 'SUPERSEDED' OR (OLD.instruction_code, OLD.version) <> (NEW.instruction_code, NEW.version) OR OLD.created_by IS DISTINCT FROM NEW.created_by) THEN
    RAISE EXCEPTION 'Code, version and author of a draft are fixed; it is released with release_work_instruction.' USING ERRCODE = 'TV003', HINT = 'Delete the draft and make another.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_work_instructions__immutable() IS 'Released instructions never change; a superseded one stays superseded.';

CREATE OR REPLACE FUNCTION tg_task_templates__prepare() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  vars jsonb := '{"v": {}}'::jsonb || CASE WHEN NEW.for_each IS NOT NULL THEN '{"e": {}, "i": 0}' ELSE '{}' END::jsonb;
BEGIN
  IF NEW.for_each IS NOT NULL AND NEW.for_each::text !~ '^\$\."[a-z0-9_]+"\[\*\]$' THEN
    RAISE EXCEPTION 'for_each is %, which is not a list.', NEW.for_each USING ERRCODE = 'TV022', HINT = 'Write $.name[*] and put filters into the condition.';
  END IF;
  PERFORM jsonb_path_match('{}', NEW.condition, vars, false);
  IF TG_TABLE_NAME = 'task_templates' THEN
    PERFORM jsonb_path_query_first('{}', NEW.quantity, vars, true);
  END IF;
  RETURN NEW;
EXCEPTION
  WHEN undefined_object THEN
    RAISE EXCEPTION 'An expression cannot be read: %.', SQLERRM USING ERRCODE = 'TV022', HINT = 'Variables are $v and, in a template that runs over a list, $e and $i; $ is the parameters.';
  WHEN singleton_sql_json_item_required THEN
    RAISE EXCEPTION 'The condition % is neither true nor false.', NEW.condition USING ERRCODE = 'TV022', HINT = 'Write a predicate, for example $.pegboard == true.';
END;
$$;
COMMENT ON FUNCTION tg_task_templates__prepare() IS 'Dry-runs the expressions of a template or requirement when it is stored, so that none silently never fires.';

CREATE OR REPLACE FUNCTION tg_task_template_dependencies__forward() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (SELECT p.sequence < t.sequence AND p.family_code = t.family_code FROM task_templates t, task_templates p
       WHERE t.task_template_id = NEW.task_template_id AND p.task_template_id = NEW.predecessor_id) IS NOT TRUE THEN
    RAISE EXCEPTION 'A task comes only after tasks of its family with a lower sequence.' USING ERRCODE = 'TV022', HINT = 'So there are no circles. Change the sequence numbers first.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_task_template_dependencies__forward() IS 'Dependencies point forward along the sequence, hence without circles.';

CREATE OR REPLACE FUNCTION tg_task_templates__fixed_sequence() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM task_template_dependencies d JOIN task_templates t ON t.task_template_id = d.task_template_id JOIN task_templates p ON p.task_template_id = d.predecessor_id
              WHERE NEW.task_template_id IN (d.task_template_id, d.predecessor_id) AND p.sequence >= t.sequence) THEN
    RAISE EXCEPTION 'The sequence % of template % breaks an order of work.', NEW.sequence, NEW.template_code USING ERRCODE = 'TV022', HINT = 'It must lie above its predecessors and below its successors (task_template_dependencies).';
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_task_templates__fixed_sequence() IS 'A changed sequence keeps the dependencies forward.';

CREATE OR REPLACE FUNCTION tg_orders__pause_tasks() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pause_order_tasks(NEW.order_id, 'order on hold');
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_orders__pause_tasks() IS 'When an order goes on hold, the clocks of its running tasks stop.';

CREATE OR REPLACE FUNCTION tg_user_skills__granted_by() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.granted_by := coalesce(current_user_id(), NEW.granted_by);
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_user_skills__granted_by() IS 'Who confirms a skill is who records it; nobody names somebody else.';

CREATE TRIGGER _050_granted_by BEFORE INSERT OR UPDATE OF user_id, skill_id, level, valid_from, valid_to, evidence ON user_skills FOR EACH ROW EXECUTE FUNCTION tg_user_skills__granted_by();
CREATE OR REPLACE FUNCTION tg_builds__shop() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT is_in_shop(NEW.phase, NEW.state) THEN
    DELETE FROM shop_builds s WHERE s.build_id = NEW.build_id;
    RETURN NULL;
  END IF;
  -- Whoever changes one of them waits here, and finds the row afterwards.
  PERFORM FROM production_tasks t WHERE t.build_id = NEW.build_id ORDER BY t.production_task_id FOR NO KEY UPDATE;
  INSERT INTO shop_builds (build_id, order_id, customer_id, has_free_work)
  SELECT NEW.build_id, NEW.order_id, o.customer_id, has_free_work(NEW.build_id) FROM orders o WHERE o.order_id = NEW.order_id
  ON CONFLICT (build_id) DO UPDATE SET customer_id = excluded.customer_id, has_free_work = excluded.has_free_work;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_builds__shop() IS 'Takes a build that comes into the shop into shop_builds, and one that leaves it out of there.';

CREATE OR REPLACE FUNCTION tg_production_tasks__shop() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN
    PERFORM keep_shop_builds(array(SELECT DISTINCT n.build_id FROM new_rows n));
  ELSE
    PERFORM keep_shop_builds(ARRAY[OLD.build_id]);
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_production_tasks__shop() IS 'Says anew whether the builds of changed tasks have free work.';

CREATE OR REPLACE FUNCTION tg_orders__shop() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE shop_builds s SET customer_id = NEW.customer_id WHERE s.order_id = NEW.order_id;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_orders__shop() IS 'Carries another customer of an order into shop_builds.';

CREATE TRIGGER _400_shop_new AFTER INSERT ON builds FOR EACH ROW WHEN (NEW.state = 'ACTIVE' AND NEW.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')) EXECUTE FUNCTION tg_builds__shop();
CREATE TRIGGER _400_shop AFTER UPDATE OF phase, state ON builds FOR EACH ROW
  WHEN ((NEW.state = 'ACTIVE' AND NEW.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')) <> (OLD.state = 'ACTIVE' AND OLD.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')))
  EXECUTE FUNCTION tg_builds__shop();
CREATE TRIGGER _400_shop AFTER UPDATE OF customer_id ON orders FOR EACH ROW WHEN (NEW.customer_id <> OLD.customer_id) EXECUTE FUNCTION tg_orders__shop();
CREATE TRIGGER _400_shop_new AFTER INSERT ON production_tasks REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_production_tasks__shop();
-- Only who has it, and whether it is open while nobody has it, says something of free work.
CREATE TRIGGER _400_shop AFTER UPDATE OF assignee_id, state ON production_tasks FOR EACH ROW
  WHEN ((NEW.assignee_id IS NULL) <> (OLD.assignee_id IS NULL)
        OR NEW.assignee_id IS NULL AND (NEW.state IN ('COMPLETED', 'CANCELLED')) <> (OLD.state IN ('COMPLETED', 'CANCELLED')))
  EXECUTE FUNCTION tg_production_tasks__shop();
CREATE TRIGGER _400_shop_gone AFTER DELETE ON production_tasks FOR EACH ROW EXECUTE FUNCTION tg_production_tasks__shop();
CREATE TRIGGER _050_states BEFORE INSERT OR UPDATE ON production_tasks FOR EACH ROW EXECUTE FUNCTION tg_production_tasks__states();
CREATE TRIGGER _060_kept BEFORE DELETE ON production_tasks FOR EACH ROW EXECUTE FUNCTION tg_production__kept();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON production_task_times FOR EACH ROW EXECUTE FUNCTION tg_production__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON production_task_tools FOR EACH ROW EXECUTE FUNCTION tg_production__append_only();
CREATE TRIGGER _050_kept BEFORE UPDATE ON build_serials FOR EACH ROW EXECUTE FUNCTION tg_build_serials__kept();
CREATE TRIGGER _060_kept BEFORE DELETE ON build_serials FOR EACH ROW EXECUTE FUNCTION tg_production__kept();
CREATE TRIGGER _050_states BEFORE UPDATE ON outsourced_lines FOR EACH ROW EXECUTE FUNCTION tg_outsourced_lines__states();
CREATE TRIGGER _060_kept BEFORE DELETE ON outsourced_lines FOR EACH ROW EXECUTE FUNCTION tg_production__kept();
CREATE TRIGGER _050_kept BEFORE UPDATE ON outsourcing_statements FOR EACH ROW EXECUTE FUNCTION tg_outsourcing_statements__kept();
CREATE TRIGGER _060_kept BEFORE DELETE ON outsourcing_statements FOR EACH ROW EXECUTE FUNCTION tg_production__kept();
CREATE TRIGGER _050_immutable BEFORE UPDATE OR DELETE ON work_instructions FOR EACH ROW EXECUTE FUNCTION tg_work_instructions__immutable();
CREATE TRIGGER _050_prepare BEFORE INSERT OR UPDATE ON task_templates FOR EACH ROW EXECUTE FUNCTION tg_task_templates__prepare();
CREATE TRIGGER _060_fixed_sequence AFTER UPDATE OF sequence ON task_templates FOR EACH ROW EXECUTE FUNCTION tg_task_templates__fixed_sequence();
CREATE TRIGGER _050_prepare BEFORE INSERT OR UPDATE ON serial_requirements FOR EACH ROW EXECUTE FUNCTION tg_task_templates__prepare();
CREATE TRIGGER _050_forward BEFORE INSERT OR UPDATE ON task_template_dependencies FOR EACH ROW EXECUTE FUNCTION tg_task_template_dependencies__forward();
CREATE TRIGGER _500_pause_tasks AFTER UPDATE OF state ON orders FOR EACH ROW WHEN (NEW.state = 'ON_HOLD' AND OLD.state <> 'ON_HOLD') EXECUTE FUNCTION tg_orders__pause_tasks();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON suppliers FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON resource_calendars FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON production_resources FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON tools FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON work_instructions FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON production_tasks FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON outsourced_lines FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();

-- Builds that were in the shop before the triggers were there.
DO $$ BEGIN PERFORM fill_shop_builds(); END $$;
