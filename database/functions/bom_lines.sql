-- BOM: the lines of a configuration, looked up in the catalogue and exploded, and what they add up to.

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
EXCEPTION WHEN invalid_parameter_value THEN
  RAISE EXCEPTION 'This is not the provenance of a line: %.', shown(left(p_provenance::text, 100)) USING ERRCODE = 'TV022', COLUMN = 'provenance', HINT = 'Give the column provenance of bom_line_items.';
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
