-- BOM: from a configuration to stored lines, and back to the reasons.

CREATE OR REPLACE FUNCTION bom_lines(p_result configuration_result, p_as_of timestamptz) RETURNS bom_line[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  lines bom_line[];
BEGIN
  WITH top AS MATERIALIZED (
    SELECT t.*, ic.assembly_id, coalesce(ic.part_id, c.part_id) AS part_id
      FROM unnest(p_result.top_lines) WITH ORDINALITY
           AS t (priority, component_group, item_code, specification_code, quantity, custom_kind, dimensions, note, provenance, n)
      LEFT JOIN item_codes ic ON ic.item_code = t.item_code AND t.custom_kind IS NULL
      LEFT JOIN custom_parts_registry c ON c.custom_number = t.item_code AND t.custom_kind IS NOT NULL
  ), replacing AS MATERIALIZED (
    SELECT r.*, ic.assembly_id AS inside_id, c.part_id
      FROM unnest(p_result.replacements) WITH ORDINALITY
           AS r (inside_code, replaced_code, item_code, specification_code, custom_kind, dimensions, provenance, n)
      JOIN item_codes ic ON ic.item_code = r.inside_code
      LEFT JOIN custom_parts_registry c ON c.custom_number = r.item_code
  ), edges AS MATERIALIZED (
    SELECT x.*, x.ordinality AS n
      FROM explode_structure(
             (SELECT array_agg(t.assembly_id ORDER BY t.n) FROM top t WHERE t.assembly_id IS NOT NULL),
             (SELECT array_agg(t.quantity ORDER BY t.n) FROM top t WHERE t.assembly_id IS NOT NULL),
             p_as_of,
             coalesce((SELECT array_agg(r.inside_id ORDER BY r.n) FROM replacing r), '{}'),
             coalesce((SELECT array_agg(r.replaced_code ORDER BY r.n) FROM replacing r), '{}')) WITH ORDINALITY AS x
  ), all_lines AS (
    SELECT 0 AS depth, t.n AS place, NULL::bigint AS parent_assembly_id, t.assembly_id, t.part_id, t.item_code, t.specification_code, t.custom_kind, t.dimensions,
           t.quantity AS quantity_per, t.quantity AS quantity_total, NULL::text AS unit_code, 0::numeric AS scrap_percent, t.component_group, t.note, t.provenance
      FROM top t
    UNION ALL
    SELECT e.depth, e.n, e.parent_assembly_id, CASE WHEN e.replaced_by IS NULL THEN e.child_assembly_id END,
           CASE WHEN e.replaced_by IS NULL THEN e.child_part_id ELSE r.part_id END,
           r.item_code, r.specification_code, r.custom_kind, r.dimensions,
           e.quantity_per, e.quantity_total, e.unit_code, e.scrap_percent, NULL, e.note, r.provenance
      FROM edges e LEFT JOIN replacing r ON r.n = e.replaced_by
  )
  SELECT array_agg(ROW(l.line_number, l.parent_assembly_id, pa.assembly_code, l.assembly_id, l.part_id,
           coalesce(a.assembly_code, p.part_number, l.item_code),
           coalesce(CASE WHEN l.custom_kind IS NOT NULL THEN l.specification_code END, p.specification_code, a.assembly_code, p.part_number, l.specification_code),
           coalesce(a.name, p.name, CASE WHEN l.custom_kind IS NOT NULL THEN custom_part_name(l.custom_kind, l.dimensions) ELSE 'not in the catalogue' END),
           l.depth, l.quantity_per, l.quantity_total, coalesce(l.unit_code, a.unit_code, p.unit_code, 'each'),
           coalesce(a.standard_cost, p.standard_cost), l.scrap_percent, coalesce(a.weight_kg, p.weight_kg), a.labour_hours, coalesce(a.list_price, p.list_price),
           l.assembly_id IS NULL OR l.assembly_id NOT IN (SELECT e.parent_assembly_id FROM edges e),
           a.assembly_id IS NULL AND p.part_id IS NULL AND l.custom_kind IS NULL,
           coalesce(a.lifecycle, p.lifecycle) = 'OBSOLETE', l.component_group, l.note, l.provenance)::bom_line ORDER BY l.line_number)
    INTO lines
    FROM (SELECT n.*, row_number() OVER (ORDER BY n.depth, n.place)::integer AS line_number FROM all_lines n) l
    LEFT JOIN assemblies a ON a.assembly_id = l.assembly_id
    LEFT JOIN parts p ON p.part_id = l.part_id
    LEFT JOIN assemblies pa ON pa.assembly_id = l.parent_assembly_id;
  RETURN coalesce(lines, '{}');
EXCEPTION WHEN numeric_value_out_of_range THEN
  RAISE EXCEPTION 'A quantity is too large to be stored (14 digits before the point).' USING ERRCODE = 'TV022', HINT = 'Check the quantities of the rules.';
END;
$$;
COMMENT ON FUNCTION bom_lines(configuration_result, timestamptz) IS
  'The graph of a configuration: top lines looked up in the catalogue, exploded, custom panel in place of the stock panel inside the generic kit. An unknown code stays as an unresolved line.';

CREATE OR REPLACE FUNCTION custom_part_name(p_kind text, p_dimensions jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN format('Custom %s %s in', CASE p_kind WHEN 'BASIN' THEN 'basin' ELSE 'pegboard panel' END,
    (SELECT string_agg(plain_text(e), ' x ' ORDER BY n) FROM jsonb_array_elements(p_dimensions) WITH ORDINALITY AS d (e, n)));
END;
$$;
COMMENT ON FUNCTION custom_part_name(text, jsonb) IS 'Name of a custom part, for example Custom basin 26 x 22 x 9 in.';

CREATE OR REPLACE FUNCTION bom_content_hash(p_lines bom_line[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT encode(sha256(convert_to(coalesce(string_agg(entry, E'\n' ORDER BY entry), ''), 'UTF8')), 'hex')
      FROM (SELECT concat_ws(E'\t', coalesce(l.parent_code, ''), l.specification_code, trim_scale(l.quantity_per), CASE WHEN l.depth = 0 THEN l.note END) COLLATE "C" AS entry
              FROM unnest(p_lines) l) entries);
END;
$$;
COMMENT ON FUNCTION bom_content_hash(bom_line[]) IS
  'SHA-256 over the sorted lines parent, specification code, quantity per parent, and the note that rules put on a line (a colour). Numbers given to custom parts, cost and time stay out, so that equal content has an equal hash everywhere.';

CREATE OR REPLACE FUNCTION catalogue_violations(p_lines bom_line[], p_result configuration_result) RETURNS rule_violation[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  found rule_violation[];
BEGIN
  WITH doubtful AS MATERIALIZED (
    SELECT l.item_code, l.specification_code, l.parent_code, l.depth, l.provenance, l.is_unresolved, l.is_obsolete, l.line_number
      FROM unnest(p_lines) l WHERE l.is_unresolved OR l.is_obsolete OR (l.depth > 0 AND l.provenance IS NOT NULL)
  )
  SELECT array_agg(ROW(f.rule, f.severity, '', f.message_key, f.seen)::rule_violation ORDER BY f.severity, f.n) INTO found
    FROM (
      SELECT coalesce(d.provenance #>> '{0,rule}', 'CATALOGUE') AS rule, 'ERROR' AS severity, 'bom.unresolved' AS message_key,
             jsonb_build_object('code', shown_value(to_jsonb(d.item_code))) AS seen, d.line_number AS n
        FROM doubtful d WHERE d.is_unresolved
      UNION ALL
      SELECT coalesce(d.provenance #>> '{0,rule}', 'CATALOGUE'), 'WARNING', 'bom.obsolete', jsonb_build_object('code', d.item_code), d.line_number
        FROM doubtful d WHERE d.is_obsolete AND d.depth = 0
      UNION ALL
      SELECT r.provenance #>> '{0,rule}', 'ERROR', 'bom.nothing_to_replace',
             jsonb_build_object('inside', r.inside_code, 'replaced', r.replaced_code), 0
        FROM unnest(p_result.replacements) r
       WHERE NOT EXISTS (SELECT FROM doubtful d WHERE d.parent_code = canonical_item_code(r.inside_code) AND d.specification_code = r.specification_code)
    ) f;
  RETURN coalesce(found, '{}');
END;
$$;
COMMENT ON FUNCTION catalogue_violations(bom_line[], configuration_result) IS 'What the catalogue has against the lines: codes that name nothing, obsolete items, a kit without the component to be replaced.';

CREATE OR REPLACE FUNCTION because_text(p_provenance jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT string_agg(concat(one.rule, ' ', one.title, one.seen, CASE WHEN one.times > 1 THEN ' ×' || one.times END), '; ' ORDER BY one.n)
      FROM (SELECT p.value ->> 'rule' AS rule, p.value ->> 'title' AS title, count(*) AS times, min(p.n) AS n,
                   (SELECT ' (' || string_agg(concat(replace(substr(v.key, 3), '_', ' '), ' ', v.value #>> '{}'), ', ' ORDER BY v.key COLLATE "C") || ')'
                      FROM jsonb_each(p.value -> 'values') v WHERE jsonb_typeof(v.value) NOT IN ('null', 'array', 'object')) AS seen
              FROM jsonb_array_elements(p_provenance) WITH ORDINALITY AS p (value, n)
             GROUP BY 1, 2, 5) one);
END;
$$;
COMMENT ON FUNCTION because_text(jsonb) IS 'Provenance in one line: rule, what it says, the values that met it.';

CREATE OR REPLACE FUNCTION leaf_totals(p_lines bom_line[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT coalesce(jsonb_object_agg(t.code, t.quantity), '{}')
      FROM (SELECT l.item_code AS code, trim_scale(sum(l.quantity_total)) AS quantity FROM unnest(p_lines) l WHERE l.is_leaf GROUP BY l.item_code) t);
END;
$$;
COMMENT ON FUNCTION leaf_totals(bom_line[]) IS 'Total quantity of every item without components: {code: quantity}.';

CREATE OR REPLACE FUNCTION bom_totals(p_lines bom_line[], p_price numeric) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object(
      'lines', count(*),
      'leaves', count(DISTINCT l.item_code) FILTER (WHERE l.is_leaf),
      'unresolved', count(*) FILTER (WHERE l.is_unresolved),
      'uncosted', count(DISTINCT l.item_code) FILTER (WHERE l.is_leaf AND l.unit_cost IS NULL),
      'cost', sum(l.quantity_total * (1 + l.scrap_percent / 100) * l.unit_cost)::numeric(18, 4),
      'price', (coalesce(sum(l.quantity_total * l.list_price) FILTER (WHERE l.depth = 0), 0) + p_price)::numeric(18, 2),
      'weight_kg', coalesce(sum(l.quantity_total * l.weight_kg), 0)::numeric(18, 4),
      'labour_hours', coalesce(sum(l.quantity_total * l.labour_hours), 0)::numeric(18, 4))
      FROM unnest(p_lines) l);
EXCEPTION WHEN numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The cost, price, weight or hours of the BOM are too large to be stored (14 digits before the point).'
    USING ERRCODE = 'TV022', HINT = 'Check the quantities, costs and weights of the items; a unit may be wrong.';
END;
$$;
COMMENT ON FUNCTION bom_totals(bom_line[], numeric) IS 'Counts, cost (scrap included), price, weight and hours of a BOM.';

CREATE OR REPLACE FUNCTION allocate_custom_part(p_kind text, p_specification text, p_dimensions jsonb) RETURNS custom_parts_registry
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  custom custom_parts_registry;
  number text;
  made_part bigint;
BEGIN
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification;
  IF FOUND THEN
    RETURN custom;
  END IF;
  -- Sessions that need new parts wait for each other here: one lock for all, since several taken in turn could deadlock.
  PERFORM pg_advisory_xact_lock(hashtextextended('torvan custom parts', 0));
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification;
  IF FOUND THEN
    RETURN custom;
  END IF;
  number := next_custom_number();
  INSERT INTO parts (part_number, name, part_type, is_custom, specification_code, description)
  VALUES (number, custom_part_name(p_kind, p_dimensions), 'CUSTOM', true, p_specification, 'Made to order from its drawing.')
  RETURNING part_id INTO made_part;
  -- Under REPEATABLE READ the part may have been made by a session that this snapshot does not see: then the conflict makes
  -- this statement fail as a serialization failure, which callers repeat, and not as a duplicate key.
  INSERT INTO custom_parts_registry (custom_number, part_id, custom_kind, specification_code, dimensions, created_by)
  VALUES (number, made_part, p_kind, p_specification, p_dimensions, current_user_id())
  ON CONFLICT (custom_kind, specification_code) DO NOTHING
  RETURNING * INTO custom;
  RETURN custom;
END;
$$;
COMMENT ON FUNCTION allocate_custom_part(text, text, jsonb) IS
  'The custom part of a kind and specification: the one there is, or a new one with the next number of the 700 series (product.md section 5). Safe under concurrency; numbers are never used again.';

CREATE OR REPLACE FUNCTION next_custom_number() RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  number text;
BEGIN
  LOOP
    SELECT '720.215.' || lpad(n::text, greatest(3, length(n::text)), '0') INTO number FROM nextval('custom_part_number_sequence') AS n;
    -- An imported catalogue may hold numbers given before.
    EXIT WHEN NOT EXISTS (SELECT FROM item_codes WHERE item_code = number);
  END LOOP;
  RETURN number;
END;
$$;
COMMENT ON FUNCTION next_custom_number() IS 'The next free number of the 700 series: 720.215.001 and on, four digits after 999.';

CREATE OR REPLACE FUNCTION number_custom_parts(p_result configuration_result) RETURNS configuration_result
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  numbered configuration_result := p_result;
  line bom_top_line;
  swap bom_replacement;
  i integer;
BEGIN
  FOR i IN 1 .. coalesce(cardinality(p_result.top_lines), 0) LOOP
    line := p_result.top_lines[i];
    CONTINUE WHEN line.custom_kind IS NULL;
    line.item_code := (allocate_custom_part(line.custom_kind, line.specification_code, line.dimensions)).custom_number;
    numbered.top_lines[i] := line;
  END LOOP;
  FOR i IN 1 .. coalesce(cardinality(p_result.replacements), 0) LOOP
    swap := p_result.replacements[i];
    CONTINUE WHEN swap.custom_kind IS NULL;
    swap.item_code := (allocate_custom_part(swap.custom_kind, swap.specification_code, swap.dimensions)).custom_number;
    numbered.replacements[i] := swap;
  END LOOP;
  RETURN numbered;
END;
$$;
COMMENT ON FUNCTION number_custom_parts(configuration_result) IS 'Gives every custom part of a configuration its number.';

CREATE OR REPLACE FUNCTION save_configuration(
  p_parameters jsonb, p_build_id bigint DEFAULT NULL, p_variant_code text DEFAULT NULL, p_parent_configuration_id bigint DEFAULT NULL, p_note text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  variant product_variants;
  wanted jsonb;
  family text;
  rules bigint;
  result configuration_result;
  saved bigint;
BEGIN
  PERFORM require_permission('configuration:create');
  PERFORM require_plain_parameters(p_parameters);
  IF p_variant_code IS NOT NULL THEN
    SELECT * INTO variant FROM product_variants WHERE variant_code = upper(btrim(p_variant_code)) AND is_active;
    IF variant.product_variant_id IS NULL THEN
      RAISE EXCEPTION 'There is no product variant "%".', p_variant_code USING ERRCODE = 'TV004', HINT = 'SELECT variant_code, name FROM product_variants WHERE is_active lists them.';
    END IF;
  END IF;
  wanted := coalesce(variant.parameters, '{}') || p_parameters || build_language(p_build_id);
  IF p_parent_configuration_id IS NOT NULL THEN
    PERFORM require_configuration(p_parent_configuration_id);
  END IF;
  family := configuration_family(wanted);
  rules := require_rule_set(family);
  result := evaluate_rules(rules, wanted);
  IF p_build_id IS NOT NULL THEN
    PERFORM require_configurable_build(p_build_id);
  END IF;
  INSERT INTO configurations (build_id, version, parent_configuration_id, product_variant_id, family_code, rule_set_id, parameters, parameters_hash, is_valid, violations, note, created_by)
  VALUES (p_build_id, coalesce((SELECT max(c.version) + 1 FROM configurations c WHERE c.build_id = p_build_id), 1),
          coalesce(p_parent_configuration_id, (SELECT b.configuration_id FROM builds b WHERE b.build_id = p_build_id)),
          variant.product_variant_id, family, rules, result.parameters, encode(sha256(convert_to(result.parameters::text, 'UTF8')), 'hex'),
          NOT has_errors(result.violations), violations_json(result.violations, 'EN'), p_note, current_user_id())
  RETURNING configuration_id INTO saved;
  IF p_build_id IS NOT NULL THEN
    PERFORM take_configuration(p_build_id, saved);
  END IF;
  RETURN saved;
END;
$$;
COMMENT ON FUNCTION save_configuration(jsonb, bigint, text, bigint, text) IS
  'Saves parameters (over those of a product variant, if one is named) as a new configuration, for a build as its next version. Mistakes are kept with it; they block the BOM, not the saving.';

CREATE OR REPLACE FUNCTION take_configuration(p_build_id bigint, p_configuration_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE builds SET configuration_id = p_configuration_id, bom_id = NULL WHERE build_id = p_build_id;
  UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = p_build_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
  -- Whoever reviewed the accessories reviewed another configuration.
  UPDATE orders o SET accessories_reviewed_by = NULL, accessories_reviewed_at = NULL
    FROM builds b WHERE b.build_id = p_build_id AND o.order_id = b.order_id AND o.accessories_reviewed_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION take_configuration(bigint, bigint) IS 'Makes a configuration the present one of its build: BOMs that are not yet approved and the review of accessories no longer hold.';

CREATE OR REPLACE FUNCTION build_language(p_build_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce((SELECT jsonb_build_object('language', o.language) FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id), '{}')
$$;
COMMENT ON FUNCTION build_language(bigint) IS 'The language of a build''s order as a parameter: it belongs to the order (product.md section 2), whatever a preset or a copied configuration says.';

CREATE OR REPLACE FUNCTION released_families() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN (SELECT string_agg(family_code, ', ' ORDER BY family_code) FROM rule_sets WHERE state = 'RELEASED'); END; $$;
COMMENT ON FUNCTION released_families() IS 'Families that can be configured, for messages.';

CREATE OR REPLACE FUNCTION configuration_family(p_parameters jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN coalesce(nullif(upper(btrim(p_parameters ->> 'family')), ''), 'MDRD'); END; $$;
COMMENT ON FUNCTION configuration_family(jsonb) IS 'Family that parameters are for; MDRD when they do not say.';

CREATE OR REPLACE FUNCTION require_rule_set(p_family text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found bigint := released_rule_set(p_family);
BEGIN
  IF found IS NULL THEN
    RAISE EXCEPTION 'The family "%" is not released for configuration.', p_family
      USING ERRCODE = 'TV022', HINT = format('Families that can be configured: %s.', released_families());
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_rule_set(text) IS 'The rule set in force for a family; an error names the families that have one.';

CREATE OR REPLACE FUNCTION require_configurable_build(p_build_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  holder orders;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  IF build.build_id IS NULL THEN
    RAISE EXCEPTION 'There is no build %.', p_build_id USING ERRCODE = 'TV004', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  holder := lock_order(build.order_id, NULL);
  SELECT * INTO build FROM builds WHERE build_id = p_build_id FOR NO KEY UPDATE;
  IF holder.state <> 'ACTIVE' OR build.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Build % cannot be configured: it is %.', build.build_number, lower(CASE build.state WHEN 'ACTIVE' THEN holder.state ELSE build.state END)
      USING ERRCODE = 'TV009', HINT = 'Resume the order first.';
  END IF;
  IF build.phase NOT IN ('DRAFT', 'CONFIGURATION') THEN
    RAISE EXCEPTION 'Build % cannot be configured in phase %.', build.build_number, build.phase
      USING ERRCODE = 'TV009', HINT = 'Return the order to CONFIGURATION first, with a reason.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_configurable_build(bigint) IS 'Locks a build, its order first, and refuses it unless its order is active and not yet submitted (workflow.md section 4, change after approval).';

CREATE OR REPLACE FUNCTION validate_configuration(p_configuration_id bigint, p_language text DEFAULT 'EN')
RETURNS TABLE (rule text, severity text, path text, message text)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved configurations := require_configuration(p_configuration_id);
  result configuration_result := evaluate_rules(saved.rule_set_id, saved.parameters);
  lines bom_line[] := bom_lines(result, now());
BEGIN
  RETURN QUERY
    SELECT v ->> 'rule', v ->> 'severity', v ->> 'path', v ->> 'message'
      FROM jsonb_array_elements(violations_json(result.violations || catalogue_violations(lines, result), p_language)) AS v;
END;
$$;
COMMENT ON FUNCTION validate_configuration(bigint, text) IS 'Everything the rules and the catalogue have against a configuration now; no row means that it can be released.';

CREATE OR REPLACE FUNCTION require_configuration(p_configuration_id bigint) RETURNS configurations
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved configurations;
BEGIN
  SELECT * INTO saved FROM configurations WHERE configuration_id = p_configuration_id;
  IF saved.configuration_id IS NULL THEN
    RAISE EXCEPTION 'There is no configuration %.', p_configuration_id USING ERRCODE = 'TV004', HINT = 'SELECT configuration_id, parameters FROM configurations lists them.';
  END IF;
  RETURN saved;
END;
$$;
COMMENT ON FUNCTION require_configuration(bigint) IS 'A configuration by its key, or an error.';

CREATE OR REPLACE FUNCTION require_present_configuration(p_configuration configurations) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_configuration.build_id;
  IF build.configuration_id IS DISTINCT FROM p_configuration.configuration_id THEN
    RAISE EXCEPTION 'Configuration % (version %) is not the present one of build %.', p_configuration.configuration_id, p_configuration.version, build.build_number
      USING ERRCODE = 'TV009', HINT = format('The present one is %s.', coalesce(build.configuration_id::text, 'missing: save it first'));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_present_configuration(configurations) IS 'Raises TV009 for a configuration which its build no longer has.';

CREATE OR REPLACE FUNCTION generate_bom(p_configuration_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  saved configurations;
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
  PERFORM require_permission('bom:create');
  saved := require_configuration(p_configuration_id);
  IF saved.build_id IS NULL THEN
    PERFORM FROM configurations WHERE configuration_id = p_configuration_id FOR UPDATE;
  ELSE
    PERFORM require_configurable_build(saved.build_id), require_present_configuration(saved);
  END IF;
  result := evaluate_rules(saved.rule_set_id, saved.parameters);
  PERFORM refuse_violations(result.violations);
  result := number_custom_parts(result);
  lines := bom_lines(result, as_of);
  found := catalogue_violations(lines, result);
  PERFORM refuse_violations(array(SELECT v FROM unnest(found) v WHERE v.message_key <> 'bom.unresolved'));
  totals := bom_totals(lines, result.price);
  before := latest_bom(p_configuration_id, saved.build_id);

  INSERT INTO boms (configuration_id, build_id, revision, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count,
         uncosted_count, total_cost, total_price, total_weight_kg, total_labour_hours, supersedes_bom_id, created_by)
  VALUES (p_configuration_id, saved.build_id, coalesce(before.revision, 0) + 1, saved.rule_set_id, as_of, structure, bom_content_hash(lines),
         (totals ->> 'lines')::integer, (totals ->> 'leaves')::integer, (totals ->> 'unresolved')::integer, (totals ->> 'uncosted')::integer,
         (totals ->> 'cost')::numeric, (totals ->> 'price')::numeric, (totals ->> 'weight_kg')::numeric, (totals ->> 'labour_hours')::numeric,
         before.bom_id, current_user_id())
  RETURNING * INTO made;
  INSERT INTO bom_line_items (bom_id, line_number, parent_assembly_id, assembly_id, part_id, item_code, specification_code, item_name, depth, quantity_per, quantity_total,
         unit_code, unit_cost, is_leaf, is_unresolved, component_group, note, provenance)
  SELECT made.bom_id, l.line_number, l.parent_assembly_id, l.assembly_id, l.part_id, l.item_code, l.specification_code, l.item_name, l.depth, l.quantity_per, l.quantity_total,
         l.unit_code, l.unit_cost, l.is_leaf, l.is_unresolved, l.component_group, l.note, l.provenance
    FROM unnest(lines) l;
  IF before.bom_id IS NOT NULL THEN
    PERFORM supersede_open_boms(made);
  END IF;
  UPDATE builds SET bom_id = made.bom_id WHERE build_id = saved.build_id;
  RETURN made.bom_id;
END;
$$;
COMMENT ON FUNCTION generate_bom(bigint) IS
  'Generates and stores the BOM of a configuration as the next revision and returns its key. Refuses a configuration with errors; an unknown code stays as a flagged line and blocks approval.';

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
