-- Triggers of the inventory: one name space of codes, revisions that keep what was released, a structure without cycles.
--
-- Lock order of everything that changes the structure: structure_version first, then assembly_revisions, then assemblies.
-- Whoever changes assemblies and their components in one transaction calls lock_structure() before its first change.

CREATE OR REPLACE FUNCTION tg_rows__updated_at() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_rows__updated_at() IS 'Stamps a changed row.';

-- Low-level codes are derived: settling them is not a change of the item.
CREATE OR REPLACE TRIGGER _100_updated_at BEFORE UPDATE ON categories
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tg_rows__updated_at();
CREATE OR REPLACE TRIGGER _100_updated_at BEFORE UPDATE ON subcategories
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tg_rows__updated_at();
CREATE OR REPLACE TRIGGER _100_updated_at BEFORE UPDATE ON assemblies
  FOR EACH ROW WHEN (OLD.low_level_code = NEW.low_level_code) EXECUTE FUNCTION tg_rows__updated_at();
CREATE OR REPLACE TRIGGER _100_updated_at BEFORE UPDATE ON parts
  FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE OR REPLACE TRIGGER _100_updated_at BEFORE UPDATE ON product_variants
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tg_rows__updated_at();

-- Codes ------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION tg_assemblies__item_codes() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM refuse_taken_code(NEW.assembly_code);
    UPDATE item_codes SET item_code = NEW.assembly_code, is_sample = NEW.is_sample
     WHERE assembly_id = NEW.assembly_id AND code_kind = 'PRIMARY';
    RETURN NEW;
  END IF;
  INSERT INTO item_codes (item_code, code_kind, assembly_id, is_sample)
  SELECT n.assembly_code, 'PRIMARY', n.assembly_id, n.is_sample FROM new_rows n ORDER BY n.assembly_code;
  RETURN NULL;
EXCEPTION WHEN unique_violation THEN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_taken_code(n.assembly_code) FROM new_rows n JOIN item_codes ic ON ic.item_code = n.assembly_code;
  END IF;
  RAISE;
END;
$$;
COMMENT ON FUNCTION tg_assemblies__item_codes() IS 'Keeps the PRIMARY row of item_codes of each assembly.';

CREATE OR REPLACE FUNCTION tg_parts__item_codes() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM refuse_taken_code(NEW.part_number);
    UPDATE item_codes SET item_code = NEW.part_number, is_sample = NEW.is_sample
     WHERE part_id = NEW.part_id AND code_kind = 'PRIMARY';
    RETURN NEW;
  END IF;
  INSERT INTO item_codes (item_code, code_kind, part_id, is_sample)
  SELECT n.part_number, 'PRIMARY', n.part_id, n.is_sample FROM new_rows n ORDER BY n.part_number;
  RETURN NULL;
EXCEPTION WHEN unique_violation THEN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_taken_code(n.part_number) FROM new_rows n JOIN item_codes ic ON ic.item_code = n.part_number;
  END IF;
  RAISE;
END;
$$;
COMMENT ON FUNCTION tg_parts__item_codes() IS 'Keeps the PRIMARY row of item_codes of each part.';

CREATE OR REPLACE TRIGGER _200_item_codes AFTER INSERT ON assemblies
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_assemblies__item_codes();
CREATE OR REPLACE TRIGGER _210_item_codes BEFORE UPDATE OF assembly_code ON assemblies
  FOR EACH ROW WHEN (OLD.assembly_code <> NEW.assembly_code) EXECUTE FUNCTION tg_assemblies__item_codes();
CREATE OR REPLACE TRIGGER _200_item_codes AFTER INSERT ON parts
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_parts__item_codes();
CREATE OR REPLACE TRIGGER _210_item_codes BEFORE UPDATE OF part_number ON parts
  FOR EACH ROW WHEN (OLD.part_number <> NEW.part_number) EXECUTE FUNCTION tg_parts__item_codes();

-- Revisions --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION tg_assembly_revisions__guard() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.is_sample OR OLD.state IN ('DRAFT', 'WITHDRAWN') THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Revision % of % was released and cannot be deleted.', OLD.revision, assembly_code_of(OLD.assembly_id)
      USING ERRCODE = 'TV003', HINT = 'Make a new revision: SELECT new_assembly_revision(code).';
  END IF;
  IF NEW.assembly_id <> OLD.assembly_id OR NEW.revision <> OLD.revision THEN
    RAISE EXCEPTION 'Revision % of % keeps its assembly and its number.', OLD.revision, assembly_code_of(OLD.assembly_id)
      USING ERRCODE = 'TV003', HINT = 'Make a new revision: SELECT new_assembly_revision(code).';
  END IF;
  IF OLD.effective_from <> NEW.effective_from OR (OLD.effective_to IS NOT NULL AND OLD.effective_to IS DISTINCT FROM NEW.effective_to) THEN
    RAISE EXCEPTION 'From when until when revision % of % was in force does not change.', OLD.revision, assembly_code_of(OLD.assembly_id)
      USING ERRCODE = 'TV003', HINT = 'Release a further revision.';
  END IF;
  IF NEW.state <> OLD.state
     AND (OLD.state, NEW.state) NOT IN (('DRAFT', 'RELEASED'), ('DRAFT', 'WITHDRAWN'), ('RELEASED', 'SUPERSEDED')) THEN
    RAISE EXCEPTION 'Revision % of % is % and cannot become %.', OLD.revision, assembly_code_of(OLD.assembly_id), OLD.state, NEW.state
      USING ERRCODE = 'TV009', HINT = 'A draft is released or withdrawn; a released revision is superseded by the next one.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_assembly_revisions__guard() IS 'Keeps released revisions and the order of their states.';

CREATE OR REPLACE FUNCTION tg_assembly_revisions__lock() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM lock_structure();
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_assembly_revisions__lock() IS 'Counts a change of what is in force as a change of the structure, once per statement.';

CREATE OR REPLACE TRIGGER _050_lock BEFORE UPDATE OF state, effective_from, effective_to ON assembly_revisions
  FOR EACH STATEMENT EXECUTE FUNCTION tg_assembly_revisions__lock();
CREATE OR REPLACE TRIGGER _100_guard BEFORE UPDATE OR DELETE ON assembly_revisions
  FOR EACH ROW EXECUTE FUNCTION tg_assembly_revisions__guard();

-- Structure --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION tg_assembly_components__guard() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  parents bigint[];
  children bigint[];
BEGIN
  -- Updating the one row makes writers of the structure wait for each other; under REPEATABLE READ the later one fails
  -- with 40001 instead of judging by an old picture. An advisory lock would not.
  PERFORM lock_structure();

  IF TG_OP <> 'INSERT' THEN
    PERFORM refuse_kept_revision(o.assembly_revision_id)
       FROM (SELECT DISTINCT assembly_revision_id FROM old_rows) o;
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN NULL;
  END IF;
  PERFORM refuse_kept_revision(n.assembly_revision_id)
     FROM (SELECT DISTINCT assembly_revision_id FROM new_rows) n;

  SELECT array_agg(r.assembly_id), array_agg(n.child_assembly_id)
    INTO parents, children
    FROM new_rows n
    JOIN assembly_revisions r ON r.assembly_revision_id = n.assembly_revision_id
    JOIN assemblies parent ON parent.assembly_id = r.assembly_id
    JOIN assemblies child ON child.assembly_id = n.child_assembly_id
   WHERE child.low_level_code <= parent.low_level_code;
  IF parents IS NOT NULL THEN
    PERFORM settle_low_level_codes(parents, children);
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_assembly_components__guard() IS
  'Refuses changes of revisions that are no longer drafts and refuses cycles; keeps low-level codes.';

CREATE OR REPLACE TRIGGER _100_guard_insert AFTER INSERT ON assembly_components
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_assembly_components__guard();
CREATE OR REPLACE TRIGGER _100_guard_update AFTER UPDATE ON assembly_components
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_assembly_components__guard();
CREATE OR REPLACE TRIGGER _100_guard_delete AFTER DELETE ON assembly_components
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_assembly_components__guard();
