-- BOM: from a configuration to a stored revision.

CREATE OR REPLACE FUNCTION generate_bom(p_configuration_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved configurations;
  made bigint;
BEGIN
  PERFORM require_permission('bom:create');
  saved := require_configuration(p_configuration_id);
  IF saved.build_id IS NULL THEN
    PERFORM FROM configurations WHERE configuration_id = p_configuration_id FOR UPDATE;
  ELSE
    PERFORM require_configurable_build(saved.build_id), require_present_configuration(saved);
  END IF;
  made := store_bom(saved);
  UPDATE builds SET bom_id = made WHERE build_id = saved.build_id;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION generate_bom(bigint) IS
  'Generates and stores the BOM of a configuration as the next revision and returns its key. Refuses a configuration with errors; an unknown code stays as a flagged line and blocks approval.';

CREATE OR REPLACE FUNCTION store_bom(p_configuration configurations, p_manual bom_top_line[] DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  result configuration_result;
  lines bom_line[];
  found rule_violation[];
  totals jsonb;
  before boms;
  made boms;
  as_of timestamptz := now();
  -- Read before the explosion: a change that comes between makes the BOM look older, never newer, than it is.
  structure bigint := (SELECT version FROM structure_version);
BEGIN
  result := evaluate_rules(p_configuration.rule_set_id, p_configuration.parameters);
  PERFORM refuse_violations(result.violations);
  result := number_custom_parts(result);
  before := latest_bom(p_configuration.configuration_id, p_configuration.build_id);
  result.top_lines := result.top_lines || coalesce(p_manual, manual_bom_lines(before.bom_id));
  lines := bom_lines(result, as_of);
  found := catalogue_violations(lines, result);
  PERFORM refuse_violations(array(SELECT v FROM unnest(found) v WHERE v.message_key <> 'bom.unresolved'));
  totals := bom_totals(lines, result.price);

  INSERT INTO boms (configuration_id, build_id, revision, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count,
         uncosted_count, total_cost, total_price, total_weight_kg, total_labour_hours, supersedes_bom_id, created_by)
  VALUES (p_configuration.configuration_id, p_configuration.build_id, coalesce(before.revision, 0) + 1, p_configuration.rule_set_id, as_of, structure, bom_content_hash(lines),
         (totals ->> 'lines')::integer, (totals ->> 'leaves')::integer, (totals ->> 'unresolved')::integer, (totals ->> 'uncosted')::integer,
         (totals ->> 'cost')::numeric, (totals ->> 'price')::numeric, (totals ->> 'weight_kg')::numeric, (totals ->> 'labour_hours')::numeric,
         before.bom_id, current_user_id())
  RETURNING * INTO made;
  INSERT INTO bom_line_items (bom_id, line_number, parent_assembly_id, assembly_id, part_id, item_code, specification_code, item_name, depth, quantity_per, quantity_total,
         unit_code, unit_cost, is_leaf, is_unresolved, is_manual, component_group, note, provenance)
  SELECT made.bom_id, l.line_number, l.parent_assembly_id, l.assembly_id, l.part_id, l.item_code, l.specification_code, l.item_name, l.depth, l.quantity_per, l.quantity_total,
         l.unit_code, l.unit_cost, l.is_leaf, l.is_unresolved,
         l.depth = 0 AND coalesce(l.provenance @> '[{"manual": true}]', false), l.component_group, l.note, l.provenance
    FROM unnest(lines) l;
  IF before.bom_id IS NOT NULL THEN
    PERFORM supersede_open_boms(made);
  END IF;
  RETURN made.bom_id;
END;
$$;
COMMENT ON FUNCTION store_bom(configurations, bom_top_line[]) IS
  'Generates and stores the BOM of a configuration as the next revision, with the given manual lines or else those of the revision before; whoever calls it has checked that it may be made.';

-- Here and below one statement for each case: a condition that covers both would have no index and read every BOM there is.
CREATE OR REPLACE FUNCTION latest_bom(p_configuration_id bigint, p_build_id bigint) RETURNS boms
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  latest boms;
BEGIN
  IF p_build_id IS NULL THEN
    SELECT * INTO latest FROM boms WHERE configuration_id = p_configuration_id ORDER BY revision DESC LIMIT 1;
  ELSE
    SELECT * INTO latest FROM boms WHERE build_id = p_build_id ORDER BY revision DESC LIMIT 1;
  END IF;
  RETURN latest;
END;
$$;
COMMENT ON FUNCTION latest_bom(bigint, bigint) IS 'The last revision of a build''s BOM or, for a configuration without a build, of the configuration''s; null if there is none.';

CREATE OR REPLACE FUNCTION supersede_open_boms(p_made boms) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_made.build_id IS NULL THEN
    UPDATE boms SET state = 'SUPERSEDED'
     WHERE configuration_id = p_made.configuration_id AND bom_id <> p_made.bom_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
  ELSE
    UPDATE boms SET state = 'SUPERSEDED'
     WHERE build_id = p_made.build_id AND bom_id <> p_made.bom_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
  END IF;
END;
$$;
COMMENT ON FUNCTION supersede_open_boms(boms) IS 'A new revision takes the place of those not yet approved; an approved one stays in force until the new one is approved.';

CREATE OR REPLACE FUNCTION refuse_violations(p_violations rule_violation[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  errors text[];
BEGIN
  IF NOT has_errors(p_violations) THEN
    RETURN;
  END IF;
  SELECT array_agg(format('%s%s: %s', v.rule, CASE WHEN v.path <> '' THEN ' at ' || v.path ELSE '' END, message_text(v.message_key, v."values", 'EN')) ORDER BY v.n) INTO errors
    FROM unnest(p_violations) WITH ORDINALITY AS v (rule, severity, path, message_key, "values", n) WHERE v.severity = 'ERROR';
  RAISE EXCEPTION 'The configuration has % error(s). %', cardinality(errors), array_to_string(errors[1:3], ' ')
    USING ERRCODE = 'TV023', DETAIL = array_to_string(errors, E'\n'), HINT = 'SELECT * FROM validate_configuration(configuration_id) lists all of them; save a corrected configuration and generate again.';
END;
$$;
COMMENT ON FUNCTION refuse_violations(rule_violation[]) IS 'Raises TV023 with rule, field and mend if any violation is an error.';

CREATE OR REPLACE FUNCTION generate_order_boms(p_order_id bigint) RETURNS TABLE (build_number text, bom_id bigint)
LANGUAGE plpgsql VOLATILE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  -- The order, and with it every build, is locked before the first number of a custom part is taken, which would be held while waiting for another session.
  PERFORM lock_order(p_order_id, NULL);
  FOR build IN SELECT * FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id LOOP
    IF build.configuration_id IS NULL THEN
      RAISE EXCEPTION 'Build % has no configuration.', build.build_number USING ERRCODE = 'TV009', HINT = 'Save its configuration first.';
    END IF;
    RETURN QUERY SELECT build.build_number, generate_bom(build.configuration_id);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION generate_order_boms(bigint) IS 'Generates the BOMs of all active builds of an order in one statement.';
