-- BOM: previews, trees, reasons, comparisons.

CREATE OR REPLACE FUNCTION previewed(p_rule_set_id bigint, p_parameters jsonb, p_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  result configuration_result := evaluate_rules(p_rule_set_id, p_parameters);
  lines bom_line[] := bom_lines(result, now());
  found rule_violation[] := result.violations || catalogue_violations(lines, result);
BEGIN
  RETURN jsonb_build_object(
    'valid', NOT has_errors(found),
    'violations', violations_json(found, p_language),
    'top_level', coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('code', l.item_code, 'name', l.item_name, 'quantity', trim_scale(l.quantity_total), 'unit', l.unit_code,
                   'note', l.note, 'because', because_text(l.provenance))) ORDER BY l.line_number) FROM unnest(lines) l WHERE l.depth = 0), '[]'),
    'leaf_totals', leaf_totals(lines),
    'unresolved', coalesce((SELECT jsonb_agg(DISTINCT l.item_code) FROM unnest(lines) l WHERE l.is_unresolved), '[]'),
    'custom_parts', custom_parts_json(result),
    'totals', bom_totals(lines, result.price) - CASE WHEN has_permission('price:read') THEN '{}' ELSE '{cost,price,uncosted}'::text[] END,
    'content_hash', bom_content_hash(lines),
    'parameters', result.parameters);
END;
$$;
COMMENT ON FUNCTION previewed(bigint, jsonb, text) IS 'What a set of rules makes of the parameters of one sink; whoever calls it has checked who asks.';

CREATE OR REPLACE FUNCTION preview_sink(p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  family text;
  rules bigint;
BEGIN
  PERFORM require_permission('configuration:read'), require_plain_parameters(p_parameters);
  family := configuration_family(p_parameters);
  rules := released_rule_set(family);
  IF rules IS NULL THEN
    RETURN jsonb_build_object('valid', false, 'top_level', '[]'::jsonb, 'leaf_totals', '{}'::jsonb, 'unresolved', '[]'::jsonb,
      'violations', violations_json(ARRAY[ROW('S1', 'ERROR', '/family', 'family.not_released',
        jsonb_build_object('family', shown_value(to_jsonb(family)), 'released', released_families()))::rule_violation], p_language));
  END IF;
  RETURN previewed(rules, p_parameters, p_language);
END;
$$;
COMMENT ON FUNCTION preview_sink(jsonb, text) IS 'What the BOM of one sink would be: violations, top lines with reasons, totals of the leaves; cost and price only for those who may see them. Stores nothing and spends no number.';

CREATE OR REPLACE FUNCTION validate_sink(p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS TABLE (rule text, severity text, path text, message text)
LANGUAGE sql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT v ->> 'rule', v ->> 'severity', v ->> 'path', v ->> 'message' FROM jsonb_array_elements(preview_sink(p_parameters, p_language) -> 'violations') AS v
$$;
COMMENT ON FUNCTION validate_sink(jsonb, text) IS 'Everything the rules and the catalogue have against the parameters of a sink that is not saved; no row means that it could be released.';

CREATE OR REPLACE FUNCTION explain_sink(p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS TABLE (code text, name text, quantity numeric, unit text, note text, because text)
LANGUAGE sql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l ->> 'code', l ->> 'name', (l ->> 'quantity')::numeric, l ->> 'unit', l ->> 'note', l ->> 'because'
    FROM jsonb_array_elements(preview_sink(p_parameters, p_language) -> 'top_level') AS l
$$;
COMMENT ON FUNCTION explain_sink(jsonb, text) IS 'The top lines that a sink would have, each with the rule and the parameters that it comes from. Stores nothing.';

CREATE OR REPLACE FUNCTION simulate_rules(p_rule_set_id bigint, p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('configuration_rule:simulate'), require_plain_parameters(p_parameters);
  IF NOT EXISTS (SELECT FROM rule_sets s WHERE s.rule_set_id = p_rule_set_id) THEN
    RAISE EXCEPTION 'There is no rule set %.', shown(p_rule_set_id) USING ERRCODE = 'TV004', HINT = 'SELECT rule_set_id, family_code, version, state FROM rule_sets lists them.';
  END IF;
  RETURN previewed(p_rule_set_id, p_parameters, p_language);
END;
$$;
COMMENT ON FUNCTION simulate_rules(bigint, jsonb, text) IS 'As preview_sink, by any set of rules, a draft or a former one: what it would make of these parameters. Stores nothing.';

CREATE OR REPLACE FUNCTION custom_parts_json(p_result configuration_result) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg(DISTINCT jsonb_build_object('code', c.specification_code, 'kind', c.custom_kind, 'name', custom_part_name(c.custom_kind, c.dimensions)))
      FROM (SELECT t.specification_code, t.custom_kind, t.dimensions FROM unnest(p_result.top_lines) t WHERE t.custom_kind IS NOT NULL
            UNION ALL SELECT r.specification_code, r.custom_kind, r.dimensions FROM unnest(p_result.replacements) r WHERE r.custom_kind IS NOT NULL) c), '[]');
END;
$$;
COMMENT ON FUNCTION custom_parts_json(configuration_result) IS 'The custom parts that a configuration needs: [{code, kind, name}].';

CREATE OR REPLACE FUNCTION preview_bom(p_document jsonb, p_message_language text DEFAULT 'EN') RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  language jsonb;
  sinks jsonb;
  repeated text[];
BEGIN
  PERFORM refuse_document(p_document);
  language := coalesce(p_document -> 'language', '"EN"');
  SELECT array_agg(b) INTO repeated
    FROM (SELECT upper(btrim(s ->> 'build_number')) AS b FROM jsonb_array_elements(p_document -> 'sinks') s WHERE s ? 'build_number' GROUP BY 1 HAVING count(*) > 1) r;
  SELECT jsonb_agg(preview_document_sink(s.value, (s.n - 1)::integer, language, coalesce(repeated, '{}'), p_message_language) ORDER BY s.n) INTO sinks
    FROM jsonb_array_elements(p_document -> 'sinks') WITH ORDINALITY AS s (value, n);
  RETURN jsonb_build_object(
    'valid', NOT (sinks @? '$[*] ? (@.valid == false)'),
    'language', language,
    'sinks', sinks,
    'order', jsonb_build_object(
      'sinks', jsonb_array_length(sinks),
      'top_level', coalesce((SELECT jsonb_agg(jsonb_build_object('code', t.code, 'quantity', t.quantity) ORDER BY t.code COLLATE "C")
                     FROM (SELECT l.value ->> 'code' AS code, trim_scale(sum((l.value ->> 'quantity')::numeric)) AS quantity
                             FROM jsonb_array_elements(sinks) s CROSS JOIN LATERAL jsonb_array_elements(s.value -> 'top_level') l GROUP BY 1) t), '[]'),
      'leaf_totals', coalesce((SELECT jsonb_object_agg(t.code, t.quantity)
                       FROM (SELECT l.key AS code, trim_scale(sum((l.value #>> '{}')::numeric)) AS quantity
                               FROM jsonb_array_elements(sinks) s CROSS JOIN LATERAL jsonb_each(s.value -> 'leaf_totals') l GROUP BY 1) t), '{}'),
      'unresolved', coalesce((SELECT jsonb_agg(DISTINCT u.value) FROM jsonb_array_elements(sinks) s CROSS JOIN LATERAL jsonb_array_elements(s.value -> 'unresolved') u), '[]'),
      'cost', (SELECT sum((s.value #>> '{totals,cost}')::numeric) FROM jsonb_array_elements(sinks) s),
      'weight_kg', (SELECT sum((s.value #>> '{totals,weight_kg}')::numeric) FROM jsonb_array_elements(sinks) s),
      'labour_hours', (SELECT sum((s.value #>> '{totals,labour_hours}')::numeric) FROM jsonb_array_elements(sinks) s)));
END;
$$;
COMMENT ON FUNCTION preview_bom(jsonb, text) IS 'Preview of a whole document {"language", "sinks": [{"build_number", "family", …parameters}]}: one result per sink and the sum of the order.';

CREATE OR REPLACE FUNCTION preview_document_sink(p_sink jsonb, p_place integer, p_language jsonb, p_repeated text[], p_message_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  seen jsonb;
  number text := upper(btrim(p_sink ->> 'build_number'));
  extra rule_violation[] := '{}';
BEGIN
  IF jsonb_typeof(p_sink -> 'build_number') NOT IN ('string', 'null') OR number !~ '^[A-Z0-9][A-Z0-9._/-]*$' THEN
    extra := extra || ROW('P.build_number', 'ERROR', '/build_number', 'build_number.form', jsonb_build_object('value', p_sink -> 'build_number'))::rule_violation;
  END IF;
  IF number = ANY (p_repeated) THEN
    extra := extra || ROW('P.build_number', 'ERROR', '/build_number', 'build_number.repeated', jsonb_build_object('value', number))::rule_violation;
  END IF;
  seen := preview_sink(jsonb_build_object('language', p_language) || (p_sink - 'build_number'), p_message_language);
  RETURN jsonb_build_object('build_number', number) || seen || jsonb_build_object(
    'valid', (seen -> 'valid')::boolean AND cardinality(extra) = 0,
    'violations', (SELECT coalesce(jsonb_agg(v.value || jsonb_build_object('path', CASE v.value ->> 'path'
                             WHEN '/language' THEN CASE WHEN p_sink ? 'language' THEN '/sinks/' || p_place || '/language' ELSE '/language' END
                             ELSE '/sinks/' || p_place || (v.value ->> 'path') END) ORDER BY v.n), '[]')
                     FROM jsonb_array_elements(violations_json(extra, p_message_language) || (seen -> 'violations')) WITH ORDINALITY AS v (value, n)));
END;
$$;
COMMENT ON FUNCTION preview_document_sink(jsonb, integer, jsonb, text[], text) IS 'One sink of a preview document: its build number, then preview_sink; paths count from the document.';

CREATE OR REPLACE FUNCTION refuse_document(p_document jsonb) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  unknown text;
  wrong bigint;
BEGIN
  IF jsonb_typeof(p_document) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The document must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'document', HINT = 'Give {"language": "EN", "sinks": [{…}]}.';
  END IF;
  SELECT string_agg('/' || k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(p_document) k WHERE k NOT IN ('language', 'sinks');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'Unknown key at %.', unknown USING ERRCODE = 'TV022', HINT = 'A document has the keys language and sinks; parameters belong into a sink.';
  END IF;
  IF jsonb_typeof(p_document -> 'sinks') IS DISTINCT FROM 'array' OR jsonb_array_length(p_document -> 'sinks') = 0 THEN
    RAISE EXCEPTION 'At /sinks a list with at least one sink is expected.' USING ERRCODE = 'TV022', COLUMN = 'document', HINT = 'Give {"language": "EN", "sinks": [{"model": "T2-B1", …}]}.';
  END IF;
  SELECT s.n - 1 INTO wrong FROM jsonb_array_elements(p_document -> 'sinks') WITH ORDINALITY AS s (value, n) WHERE jsonb_typeof(s.value) <> 'object' LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'At /sinks/% an object is expected.', wrong USING ERRCODE = 'TV022', HINT = 'Each sink is an object of parameters.';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_document(jsonb) IS 'Raises TV022 with the path if a preview document does not have the form of one.';

CREATE OR REPLACE FUNCTION require_bom(p_bom_id bigint) RETURNS boms
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms;
BEGIN
  PERFORM require_permission('bom:read');
  SELECT * INTO bom FROM boms WHERE bom_id = p_bom_id;
  IF bom.bom_id IS NULL OR NOT sees_build(bom.build_id) THEN
    RAISE EXCEPTION 'There is no BOM %.', shown(p_bom_id) USING ERRCODE = 'TV004', COLUMN = 'bom_id', HINT = 'SELECT bom_id, build_id, revision, state FROM boms lists them.';
  END IF;
  RETURN bom;
END;
$$;
COMMENT ON FUNCTION require_bom(bigint) IS 'A BOM by its key; an error, the same one, if there is none or the acting person may not see its build.';

CREATE OR REPLACE FUNCTION indented_bom(p_bom_id bigint, p_max_depth integer DEFAULT 3, p_max_lines integer DEFAULT 5000)
RETURNS TABLE (line_path text, depth integer, item_code text, item_name text, quantity_per numeric, quantity_extended numeric, unit_code text, is_leaf boolean, because text)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_bom(p_bom_id), require_limit(p_max_lines);
  RETURN QUERY
  WITH RECURSIVE tree AS (
    SELECT lpad(l.line_number::text, 6, '0') AS sort_path, l.line_number::text AS line_path, 0 AS depth, l.assembly_id, l.item_code, l.item_name,
           l.quantity_per, l.quantity_per::numeric AS extended, l.unit_code, l.is_leaf, l.provenance
      FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.parent_assembly_id IS NULL
    UNION ALL
    SELECT t.sort_path || '.' || lpad(l.line_number::text, 6, '0'), t.line_path || '.' || l.line_number, t.depth + 1, l.assembly_id, l.item_code, l.item_name,
           l.quantity_per, (t.extended * l.quantity_per)::numeric(18, 4), l.unit_code, l.is_leaf, l.provenance
      FROM tree t JOIN bom_line_items l ON l.bom_id = p_bom_id AND l.parent_assembly_id = t.assembly_id
     WHERE t.depth < p_max_depth
  ), shown AS (
    SELECT * FROM tree LIMIT p_max_lines
  )
  SELECT s.line_path, s.depth, s.item_code, s.item_name, s.quantity_per, s.extended, s.unit_code, s.is_leaf, because_text(s.provenance)
    FROM shown s ORDER BY s.sort_path;
END;
$$;
COMMENT ON FUNCTION indented_bom(bigint, integer, integer) IS
  'A BOM as an indented tree, down to a depth and a number of lines: shared sub-assemblies appear under each of their parents, so the whole tree may be far larger than the BOM.';

CREATE OR REPLACE FUNCTION bom_leaf_totals(p_bom_id bigint) RETURNS TABLE (item_code text, item_name text, quantity numeric, unit_code text, unit_cost numeric, is_unresolved boolean)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  with_cost boolean := has_permission('price:read');
BEGIN
  PERFORM require_bom(p_bom_id);
  RETURN QUERY
    SELECT l.item_code, min(l.item_name), trim_scale(sum(l.quantity_total)), min(l.unit_code), min(l.unit_cost) FILTER (WHERE with_cost), bool_or(l.is_unresolved)
      FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.is_leaf GROUP BY l.item_code ORDER BY l.item_code;
END;
$$;
COMMENT ON FUNCTION bom_leaf_totals(bigint) IS 'Flat totals of a BOM: every item without components, once; costs only for those who may see them. Their costs are those of parts alone: bom_cost_parts has what else makes up total_cost.';

CREATE OR REPLACE FUNCTION bom_cost_parts(p_bom_id bigint) RETURNS TABLE (parts_cost numeric, assemblies_cost numeric, scrap_cost numeric, total_cost numeric)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms := require_bom(p_bom_id);
  parts numeric;
  assemblies numeric;
BEGIN
  PERFORM require_permission('price:read');
  SELECT coalesce(sum(l.quantity_total * l.unit_cost) FILTER (WHERE l.is_leaf), 0)::numeric(18, 4), coalesce(sum(l.quantity_total * l.unit_cost) FILTER (WHERE NOT l.is_leaf), 0)::numeric(18, 4)
    INTO parts, assemblies FROM bom_line_items l WHERE l.bom_id = p_bom_id;
  RETURN QUERY SELECT parts, assemblies, (bom.total_cost - parts - assemblies)::numeric(18, 4), bom.total_cost;
END;
$$;
COMMENT ON FUNCTION bom_cost_parts(bigint) IS 'What makes up total_cost of a BOM: the items without components (bom_leaf_totals), the own cost of assemblies (work, coating, what is bought whole), and what is lost as scrap.';

CREATE OR REPLACE FUNCTION explain_bom_line(p_bom_id bigint, p_line_number integer) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms := require_bom(p_bom_id);
  line bom_line_items;
  tops jsonb;
BEGIN
  SELECT * INTO line FROM bom_line_items WHERE bom_id = p_bom_id AND line_number = p_line_number;
  IF line.bom_id IS NULL THEN
    RAISE EXCEPTION 'BOM % has no line %.', shown(p_bom_id), shown(p_line_number) USING ERRCODE = 'TV004', HINT = format('Its lines run from 1 to %s.', bom.line_count);
  END IF;
  WITH RECURSIVE upward AS (
    SELECT line.parent_assembly_id AS assembly_id, line.line_number
    UNION
    SELECT l.parent_assembly_id, l.line_number
      FROM upward u JOIN bom_line_items l ON l.bom_id = p_bom_id AND l.assembly_id = u.assembly_id
     WHERE u.assembly_id IS NOT NULL
  )
  SELECT jsonb_agg(jsonb_build_object('line', l.line_number, 'code', l.item_code, 'quantity', trim_scale(l.quantity_total), 'because', because_text(l.provenance),
           'manual', CASE WHEN l.is_manual THEN true END,
           'rules', (SELECT jsonb_agg(p || jsonb_build_object('source', r.source, 'by', (SELECT u.login FROM users u WHERE u.user_id = (p ->> 'by')::bigint))) FROM jsonb_array_elements(l.provenance) p
                       LEFT JOIN configuration_rules r ON r.configuration_rule_id = (p ->> 'rule_id')::bigint)) ORDER BY l.line_number)
    INTO tops
    FROM (SELECT DISTINCT u.line_number FROM upward u) u
    JOIN bom_line_items l ON l.bom_id = p_bom_id AND l.line_number = u.line_number AND l.provenance IS NOT NULL;
  RETURN jsonb_strip_nulls(jsonb_build_object('bom_id', p_bom_id, 'line', line.line_number, 'code', line.item_code, 'name', line.item_name,
    'quantity', trim_scale(line.quantity_total), 'quantity_per', trim_scale(line.quantity_per), 'unit', line.unit_code,
    'parent', (SELECT a.assembly_code FROM assemblies a WHERE a.assembly_id = line.parent_assembly_id),
    'rule_set', (SELECT format('%s version %s', s.family_code, s.version) FROM rule_sets s WHERE s.rule_set_id = bom.rule_set_id),
    'reasons', tops));
END;
$$;
COMMENT ON FUNCTION explain_bom_line(bigint, integer) IS 'Why a line is in a BOM: the rules of the top lines it comes from, their conditions, and the values that met them; of a line added by hand who did it, when and why.';

CREATE OR REPLACE FUNCTION compare_boms(p_bom_a bigint, p_bom_b bigint)
RETURNS TABLE (change text, parent_code text, item_code text, item_name text, quantity_a numeric, quantity_b numeric, unit_code text, cost_a numeric, cost_b numeric)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  with_cost boolean := has_permission('price:read');
  bom_a boms;
  bom_b boms;
BEGIN
  PERFORM require_permission('bom:compare');
  bom_a := require_bom(p_bom_a);
  bom_b := require_bom(p_bom_b);
  RETURN QUERY
  WITH a AS (SELECT l.*, p.assembly_code AS parent, c.own_cost * l.quantity_total AS cost
               FROM bom_line_items l LEFT JOIN assemblies p ON p.assembly_id = l.parent_assembly_id LEFT JOIN (SELECT r.* FROM bom_rolled_costs(bom_a) r WHERE with_cost) c USING (line_number) WHERE l.bom_id = p_bom_a),
       b AS (SELECT l.*, p.assembly_code AS parent, c.own_cost * l.quantity_total AS cost
               FROM bom_line_items l LEFT JOIN assemblies p ON p.assembly_id = l.parent_assembly_id LEFT JOIN (SELECT r.* FROM bom_rolled_costs(bom_b) r WHERE with_cost) c USING (line_number) WHERE l.bom_id = p_bom_b)
  SELECT CASE WHEN a.bom_id IS NULL THEN 'added' WHEN b.bom_id IS NULL THEN 'removed' ELSE 'changed' END,
         coalesce(a.parent, b.parent), coalesce(b.item_code, a.item_code), coalesce(b.item_name, a.item_name), a.quantity_per, b.quantity_per, coalesce(b.unit_code, a.unit_code), a.cost::numeric(18, 4), b.cost::numeric(18, 4)
    FROM a FULL JOIN b ON b.specification_code = a.specification_code AND coalesce(b.parent, '') = coalesce(a.parent, '') AND b.is_manual = a.is_manual
   WHERE a.bom_id IS NULL OR b.bom_id IS NULL OR a.quantity_per <> b.quantity_per OR a.note IS DISTINCT FROM b.note OR a.item_code <> b.item_code
   ORDER BY coalesce(a.parent, b.parent) COLLATE "C" NULLS FIRST, 1, coalesce(b.item_code, a.item_code);
END;
$$;
COMMENT ON FUNCTION compare_boms(bigint, bigint) IS 'Lines added, removed or changed from BOM a to BOM b, by parent and item; a line added by hand is compared with one added by hand. cost_a and cost_b are what the line itself costs in all, without what is below it, scrap included; for those who may see costs.';

CREATE OR REPLACE FUNCTION export_bom(p_bom_id bigint, p_limit integer DEFAULT NULL, p_after integer DEFAULT NULL)
RETURNS TABLE (line_number integer, depth integer, parent_code text, item_code text, specification_code text, item_name text, quantity_per numeric, quantity_total numeric,
  unit_code text, scrap_percent numeric, own_unit_cost numeric, own_cost numeric, unit_cost numeric, cost numeric, component_group text, is_leaf boolean, is_manual boolean, is_unresolved boolean, note text, because text,
  build_number text, revision integer, state text, signatures text, after integer)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  with_cost boolean := has_permission('price:read');
  bom boms;
  stamps text;
BEGIN
  PERFORM require_permission('bom:export'), require_limit(p_limit);
  bom := require_bom(p_bom_id);
  stamps := signature_stamps('boms', p_bom_id);
  RETURN QUERY
    SELECT l.line_number, l.depth, a.assembly_code::text, l.item_code::text, l.specification_code::text, l.item_name, trim_scale(l.quantity_per), trim_scale(l.quantity_total),
           l.unit_code::text, trim_scale(c.scrap_percent), CASE WHEN with_cost THEN l.unit_cost END, (c.own_cost * l.quantity_total)::numeric(18, 4), c.cost::numeric(18, 4), (c.cost * l.quantity_total)::numeric(18, 4), l.component_group, l.is_leaf, l.is_manual, l.is_unresolved, l.note, because_text(l.provenance),
           b.build_number::text, bom.revision, bom.state, stamps, l.line_number
      FROM bom_line_items l LEFT JOIN assemblies a ON a.assembly_id = l.parent_assembly_id LEFT JOIN builds b ON b.build_id = bom.build_id
      LEFT JOIN (SELECT r.* FROM bom_rolled_costs(bom) r WHERE with_cost) c USING (line_number)
     WHERE l.bom_id = p_bom_id AND l.line_number > coalesce(p_after, 0) ORDER BY l.line_number LIMIT p_limit;
END;
$$;
COMMENT ON FUNCTION export_bom(bigint, integer, integer) IS 'Every line of a BOM with parent, quantities and reason, to be taken along as a file, or p_limit of them after a line (the column after of the last row); costs (as in bom_branches; own_cost of all lines adds up to total_cost) only for those who may see them. Each line says of which build, revision and state the file is, and who signed it, so that a file that is taken along cannot pass for another.';
