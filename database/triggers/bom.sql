-- Rules of integrity of configuration and BOM which hold at every door.

CREATE OR REPLACE FUNCTION require_rule_parts(p_rule configuration_rules) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  missing text;
BEGIN
  IF p_rule.rule_code !~ '^[A-Z][A-Z0-9.]*$' THEN
    RAISE EXCEPTION 'The code of a rule is "%".', shown(p_rule.rule_code) USING ERRCODE = 'TV022', COLUMN = 'rule_code', HINT = 'Capitals, figures and dots, a capital first: R45, R04.BODY.';
  END IF;
  SELECT p.part INTO missing
    FROM (VALUES
      (1, 'COMPONENT_SELECTION', 'component_code', p_rule.component_code), (2, 'REPLACEMENT', 'inside_code', p_rule.inside_code), (3, 'REPLACEMENT', 'replaced_code', p_rule.replaced_code),
      (4, 'REPLACEMENT', 'component_code', p_rule.component_code), (5, 'DERIVATION', 'derived_name', p_rule.derived_name), (6, 'DERIVATION', 'expressions', p_rule.expressions::text),
      (7, 'DERIVATION', 'aggregate', p_rule.aggregate), (8, 'VALIDATION', 'severity', p_rule.severity), (9, 'VALIDATION', 'message_key', p_rule.message_key),
      (10, 'VALIDATION', 'message_path', p_rule.message_path), (11, 'COMPATIBILITY', 'severity', p_rule.severity), (12, 'COMPATIBILITY', 'message_key', p_rule.message_key),
      (13, 'COMPATIBILITY', 'message_path', p_rule.message_path), (14, 'NORMALISATION', 'assign', p_rule.assign::text)) AS p (n, rule_type, part, given)
   WHERE p.rule_type = p_rule.rule_type AND p.given IS NULL
   ORDER BY p.n LIMIT 1;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'Rule %: a % rule needs %.', p_rule.rule_code, lower(replace(p_rule.rule_type, '_', ' ')), missing
      USING ERRCODE = 'TV022', COLUMN = missing, HINT = format('Give %s, or choose another kind of rule.', missing);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_rule_parts(configuration_rules) IS 'Raises TV022 and names the part that a rule of its type cannot do without.';

CREATE OR REPLACE FUNCTION tg_configuration_rules__prepare() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wording text;
  vars jsonb := CASE WHEN NEW.rule_type <> 'NORMALISATION' THEN '{"v": {}}' ELSE '{}' END::jsonb || CASE WHEN NEW.for_each IS NOT NULL THEN '{"e": {}, "i": 0}' ELSE '{}' END::jsonb;
  variable text;
  sources text := concat_ws(' ', NEW.condition::text, NEW.quantity::text, array_to_string(NEW.expressions::text[], ' '));
BEGIN
  PERFORM require_draft_rule_set(NEW.rule_set_id), require_rule_parts(NEW);
  IF NEW.for_each IS NOT NULL AND NEW.for_each::text !~ '^\$\."[a-z0-9_]+"\[\*\]$' THEN
    RAISE EXCEPTION 'Rule %: for_each is %, which is not a list.', NEW.rule_code, NEW.for_each
      USING ERRCODE = 'TV022', COLUMN = 'for_each', HINT = 'Write $.name[*] and put filters into the condition.';
  END IF;
  SELECT string_agg(body, ' ') INTO wording FROM translations WHERE entity = 'message' AND translation_key = NEW.message_key;
  SELECT coalesce(array_agg(DISTINCT name ORDER BY name), '{}') INTO NEW.reads
    FROM (SELECT 'p.' || m[1] AS name FROM regexp_matches(sources, '\$\."([^"]+)"', 'g') m
          UNION ALL SELECT 'e.' || m[1] FROM regexp_matches(sources, '\$"e"\."([^"]+)"', 'g') m
          UNION ALL SELECT 'v.' || m[1] FROM regexp_matches(sources, '\$"v"\."([^"]+)"', 'g') m
          UNION ALL SELECT m[1] FROM regexp_matches(concat_ws(' ', NEW.component_code, NEW.line_note, wording), '\{([pev]\.[a-z0-9_]+)\}', 'g') m) found;
  -- A dry run finds unknown variables, and what is no predicate: it would never hold, and the rule never fire.
  PERFORM jsonb_path_match('{}', NEW.condition, vars, false),
          jsonb_path_query_first('{}', NEW.quantity, vars, true);
  PERFORM jsonb_path_query_first('{}', x.path, vars, true) FROM unnest(NEW.expressions) AS x (path);
  RETURN NEW;
EXCEPTION
  WHEN undefined_object THEN
    variable := '$' || substring(SQLERRM FROM '"[^"]+"');
    RAISE EXCEPTION 'Rule %: %.', NEW.rule_code, SQLERRM
      USING ERRCODE = 'TV022',
            COLUMN = CASE WHEN strpos(NEW.condition::text, variable) > 0 THEN 'condition' WHEN strpos(NEW.quantity::text, variable) > 0 THEN 'quantity' ELSE 'expressions' END,
            HINT = 'Variables are $v (derived values; not while parameters are normalised) and, in a rule that runs over a list, $e (element) and $i (its place); $ is the parameters.';
  WHEN singleton_sql_json_item_required THEN
    RAISE EXCEPTION 'Rule %: the condition % is neither true nor false.', NEW.rule_code, NEW.condition
      USING ERRCODE = 'TV022', COLUMN = 'condition', HINT = 'Write a predicate, for example $.pegboard == true or exists($.width_in).';
END;
$$;
COMMENT ON FUNCTION tg_configuration_rules__prepare() IS 'Dry-runs a rule when it is stored and notes what it reads; refuses changes to a released rule set.';

CREATE OR REPLACE FUNCTION require_draft_rule_set(p_rule_set_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  owner_set rule_sets;
BEGIN
  -- Locked, so that a release waits for the change, and the change for the release: what is signed is what is in force.
  SELECT * INTO owner_set FROM rule_sets WHERE rule_set_id = p_rule_set_id FOR SHARE;
  IF owner_set.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Rule set % version % is % and cannot be changed.', owner_set.family_code, owner_set.version, lower(owner_set.state)
      USING ERRCODE = 'TV003', HINT = format('SELECT copy_rule_set(%s, ''what changes''); then change and release the copy.', p_rule_set_id);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_draft_rule_set(bigint) IS 'Raises TV003 unless the rule set is a draft.';

CREATE OR REPLACE FUNCTION tg_rule_set_content__draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM require_draft_rule_set(OLD.rule_set_id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM require_draft_rule_set(NEW.rule_set_id);
    RETURN NEW;
  END IF;
  RETURN OLD;
END;
$$;
COMMENT ON FUNCTION tg_rule_set_content__draft_only() IS 'Parameters, look-ups and rules change only in a draft rule set.';

CREATE OR REPLACE FUNCTION tg_rule_sets__immutable() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state = 'DRAFT' THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A rule set begins as a draft.' USING ERRCODE = 'TV009', HINT = 'Insert it as DRAFT and release it with release_rule_set.';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'DRAFT' AND NEW.state = 'RELEASED' THEN
    PERFORM refuse_rule_mistakes(OLD.rule_set_id);
  END IF;
  IF TG_OP = 'DELETE' AND OLD.state = 'DRAFT' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.state, NEW.state) IN (('DRAFT', 'DRAFT'), ('DRAFT', 'RELEASED'), ('RELEASED', 'SUPERSEDED'))
     AND (OLD.family_code, OLD.version) = (NEW.family_code, NEW.version) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Rule set % version % is % and cannot be changed.', OLD.family_code, OLD.version, lower(OLD.state)
    USING ERRCODE = 'TV003', HINT = 'Copy it with copy_rule_set, change the copy and release it.';
END;
$$;
COMMENT ON FUNCTION tg_rule_sets__immutable() IS 'A released rule set is never changed or deleted, only superseded.';

CREATE OR REPLACE FUNCTION tg_configurations__immutable() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- A preset that is deleted is forgotten by its configurations, which stay.
  IF NEW.product_variant_id IS NULL AND to_jsonb(NEW) - 'product_variant_id' = to_jsonb(OLD) - 'product_variant_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'A saved configuration is not changed (configuration %).', OLD.configuration_id
    USING ERRCODE = 'TV003', HINT = 'Save the changed parameters with save_configuration: they become the next version.';
END;
$$;
COMMENT ON FUNCTION tg_configurations__immutable() IS 'Configurations are versions: written once.';

CREATE OR REPLACE FUNCTION tg_boms__begin_as_draft() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'A BOM begins as a draft, not as %.', lower(NEW.state) USING ERRCODE = 'TV009', HINT = 'Make it with generate_bom, then submit and approve it.';
END;
$$;
COMMENT ON FUNCTION tg_boms__begin_as_draft() IS 'No BOM comes into being approved.';

CREATE OR REPLACE FUNCTION tg_boms__states() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  decisions CONSTANT text[] := '{state,submitted_by,submitted_at,decided_by,decided_at,decision_note,released_by,released_at,is_sample}';
  signers CONSTANT text[] := '{submitted_by,submitted_at,decided_by,decided_at,decision_note,released_by,released_at}';
  signer bigint;
BEGIN
  IF OLD.is_sample AND removing_samples() THEN
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - decisions <> to_jsonb(OLD) - decisions THEN
    RAISE EXCEPTION 'What a BOM was generated from, and what came of it, cannot be changed (BOM %).', OLD.bom_id
      USING ERRCODE = 'TV003', HINT = 'Generate a new revision.';
  END IF;
  IF EXISTS (SELECT FROM unnest(signers) c WHERE to_jsonb(OLD) -> c <> 'null' AND to_jsonb(OLD) -> c <> to_jsonb(NEW) -> c) THEN
    RAISE EXCEPTION 'Who submitted, decided or released BOM % does not change.', OLD.bom_id USING ERRCODE = 'TV003', HINT = 'Generate a new revision.';
  END IF;
  IF OLD.state = NEW.state OR NEW.state = 'SUPERSEDED' AND OLD.state <> 'SUPERSEDED' THEN
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('DRAFT', 'SUBMITTED'), ('SUBMITTED', 'APPROVED'), ('SUBMITTED', 'REJECTED'), ('APPROVED', 'RELEASED')) THEN
    RAISE EXCEPTION 'BOM % is % and cannot become %.', OLD.bom_id, lower(OLD.state), lower(NEW.state)
      USING ERRCODE = 'TV009', HINT = 'DRAFT → SUBMITTED → APPROVED → RELEASED; SUBMITTED → REJECTED; a new revision supersedes.';
  END IF;
  signer := CASE NEW.state WHEN 'SUBMITTED' THEN NEW.submitted_by WHEN 'RELEASED' THEN NEW.released_by ELSE NEW.decided_by END;
  IF signer IS NULL OR signer IS DISTINCT FROM current_user_id() THEN
    RAISE EXCEPTION 'BOM % becomes % only in the name of the person who acts.', OLD.bom_id, lower(NEW.state)
      USING ERRCODE = 'TV010', HINT = 'Use submit_bom, approve_bom, reject_bom or release_bom after begin_as.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_boms__states() IS 'The states of a BOM and their order (workflow.md section 4), and what never changes.';

CREATE OR REPLACE FUNCTION tg_bom_line_items__draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  fixed record;
BEGIN
  -- One BOM after the other by its key: a join would be planned as a search through all BOMs for those that left DRAFT.
  SELECT t.bom_id, b.state INTO fixed
    FROM (SELECT DISTINCT bom_id FROM touched) t
    CROSS JOIN LATERAL (SELECT k.state FROM boms k WHERE k.bom_id = t.bom_id OFFSET 0) b
   WHERE b.state <> 'DRAFT' LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'The lines of BOM % cannot be changed: it is %.', fixed.bom_id, lower(fixed.state)
      USING ERRCODE = 'TV003', HINT = 'Generate a new revision; compare_boms shows the difference.';
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_bom_line_items__draft_only() IS 'Lines of a BOM that has left DRAFT are immutable.';

CREATE OR REPLACE FUNCTION tg_boms__delete_draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF OLD.state = 'DRAFT' OR (OLD.is_sample AND removing_samples()) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'BOM % is % and is kept for ever.', OLD.bom_id, lower(OLD.state) USING ERRCODE = 'TV003', HINT = 'Only a draft can be deleted.';
END;
$$;
COMMENT ON FUNCTION tg_boms__delete_draft_only() IS 'A BOM that was submitted is a record.';

CREATE OR REPLACE FUNCTION tg_custom_parts_registry__permanent() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'RETIRED' AND NEW.state <> 'RETIRED' THEN
    RAISE EXCEPTION 'Custom part % is retired for ever.', OLD.custom_number
      USING ERRCODE = 'TV003', HINT = 'The same dimensions get a new number with the next BOM that needs them.';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.custom_number, OLD.part_id, OLD.custom_kind, OLD.specification_code, OLD.dimensions)
       IS NOT DISTINCT FROM (NEW.custom_number, NEW.part_id, NEW.custom_kind, NEW.specification_code, NEW.dimensions) THEN
    NEW.updated_at := now();
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Custom part % keeps its number and dimensions for ever.', OLD.custom_number
    USING ERRCODE = 'TV003', HINT = 'Retire it with retire_custom_part instead.';
END;
$$;
COMMENT ON FUNCTION tg_custom_parts_registry__permanent() IS 'A 700-series number is never given to something else.';

CREATE OR REPLACE FUNCTION tg_parts__custom_permanent() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'Custom part % keeps its number and specification for ever.', OLD.part_number
    USING ERRCODE = 'TV003', HINT = 'Retire it with retire_custom_part instead.';
END;
$$;
COMMENT ON FUNCTION tg_parts__custom_permanent() IS 'The part of a 700-series number stays what its registry entry says.';

CREATE TRIGGER _100_prepare BEFORE INSERT OR UPDATE ON configuration_rules FOR EACH ROW EXECUTE FUNCTION tg_configuration_rules__prepare();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON configuration_rules FOR EACH ROW EXECUTE FUNCTION tg_rule_set_content__draft_only();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON configuration_parameters FOR EACH ROW EXECUTE FUNCTION tg_rule_set_content__draft_only();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON configuration_lookups FOR EACH ROW EXECUTE FUNCTION tg_rule_set_content__draft_only();
CREATE TRIGGER _050_immutable BEFORE INSERT OR UPDATE OR DELETE ON rule_sets FOR EACH ROW EXECUTE FUNCTION tg_rule_sets__immutable();
CREATE TRIGGER _050_immutable BEFORE UPDATE ON configurations FOR EACH ROW EXECUTE FUNCTION tg_configurations__immutable();
CREATE TRIGGER _050_begin_as_draft BEFORE INSERT ON boms FOR EACH ROW WHEN (NEW.state <> 'DRAFT') EXECUTE FUNCTION tg_boms__begin_as_draft();
CREATE TRIGGER _050_states BEFORE UPDATE ON boms FOR EACH ROW EXECUTE FUNCTION tg_boms__states();
CREATE TRIGGER _060_delete_draft_only BEFORE DELETE ON boms FOR EACH ROW EXECUTE FUNCTION tg_boms__delete_draft_only();
CREATE TRIGGER _050_draft_only_insert AFTER INSERT ON bom_line_items REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_bom_line_items__draft_only();
CREATE TRIGGER _050_draft_only_update AFTER UPDATE ON bom_line_items REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_bom_line_items__draft_only();
CREATE TRIGGER _051_draft_only_update AFTER UPDATE ON bom_line_items REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_bom_line_items__draft_only();
CREATE TRIGGER _050_draft_only_delete AFTER DELETE ON bom_line_items REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_bom_line_items__draft_only();
CREATE TRIGGER _050_permanent BEFORE UPDATE OR DELETE ON custom_parts_registry FOR EACH ROW EXECUTE FUNCTION tg_custom_parts_registry__permanent();
CREATE TRIGGER _050_custom_permanent BEFORE UPDATE ON parts FOR EACH ROW
  WHEN (OLD.is_custom AND (OLD.part_number <> NEW.part_number OR OLD.is_custom <> NEW.is_custom OR OLD.specification_code IS DISTINCT FROM NEW.specification_code))
  EXECUTE FUNCTION tg_parts__custom_permanent();
