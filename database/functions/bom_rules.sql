-- Rules: normalise parameters, check them against their definitions, derive values, validate, select components.
--
-- The functions here know jsonpath, templates and look-up tables; they know no product. What a sink is stands in
-- configuration_parameters, configuration_rules and configuration_lookups (seed/reference_rules_mdrd.sql).

CREATE OR REPLACE FUNCTION released_rule_set(p_family text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  found bigint;
BEGIN
  SELECT rule_set_id INTO found FROM rule_sets WHERE family_code = p_family AND state = 'RELEASED';
  RETURN found;
END;
$$;
COMMENT ON FUNCTION released_rule_set(text) IS 'The rule set in force for a family; null if it cannot be configured.';

CREATE OR REPLACE FUNCTION canonical_item_code(p_code text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public
AS $$
  SELECT coalesce(a.assembly_code, p.part_number)
    FROM item_codes ic
    LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id
    LEFT JOIN parts p ON p.part_id = ic.part_id
   WHERE ic.item_code IN (upper(btrim(p_code)), regexp_replace(upper(btrim(p_code)), '^ASSY-', ''))
   ORDER BY ic.item_code = upper(btrim(p_code)) DESC
   LIMIT 1
$$;
COMMENT ON FUNCTION canonical_item_code(text) IS 'The item''s own code for any code it is known by, in any case, with or without the ASSY- prefix; null if nothing has it.';

CREATE OR REPLACE FUNCTION normalise_value(p_type text, p_choices text[], p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  word text;
BEGIN
  IF jsonb_typeof(p_value) = 'number' THEN
    RETURN to_jsonb(trim_scale((p_value #>> '{}')::numeric));
  END IF;
  IF jsonb_typeof(p_value) IS DISTINCT FROM 'string' THEN
    RETURN p_value;
  END IF;
  word := btrim(p_value #>> '{}');
  IF word = '' THEN
    RETURN NULL;
  END IF;
  RETURN to_jsonb(CASE p_type
    WHEN 'CHOICE' THEN CASE WHEN upper(word) = ANY (p_choices) THEN upper(word) ELSE word END
    WHEN 'ITEM' THEN coalesce(canonical_item_code(word), upper(word))
    ELSE word END);
END;
$$;
COMMENT ON FUNCTION normalise_value(text, text[], jsonb) IS 'One value in its standard form: numbers without trailing zeros, choices and codes in upper case, empty text as nothing. Types are not changed.';

CREATE OR REPLACE FUNCTION normalise_object(p_rule_set_id bigint, p_list text, p_object jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  given jsonb;
  filled jsonb;
BEGIN
  SELECT jsonb_object_agg(n.key, n.value) FILTER (WHERE n.value IS NOT NULL AND jsonb_typeof(n.value) <> 'null')
    INTO given
    FROM (SELECT e.key, CASE
            WHEN d.value_type = 'LIST' AND jsonb_typeof(e.value) = 'array' THEN
              coalesce((SELECT jsonb_agg(CASE jsonb_typeof(x.value) WHEN 'object' THEN normalise_object(p_rule_set_id, e.key, x.value) ELSE x.value END ORDER BY x.ordinality)
                          FROM jsonb_array_elements(e.value) WITH ORDINALITY AS x), '[]')
            ELSE normalise_value(d.value_type, d.choices, e.value) END AS value
            FROM jsonb_each(p_object) AS e
            LEFT JOIN configuration_parameters d
              ON d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND d.parameter_code = e.key) n;
  given := coalesce(given, '{}');
  SELECT jsonb_object_agg(d.parameter_code, d.default_value) INTO filled
    FROM configuration_parameters d
   WHERE d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND d.default_value IS NOT NULL AND NOT given ? d.parameter_code;
  RETURN coalesce(filled, '{}') || given;
END;
$$;
COMMENT ON FUNCTION normalise_object(bigint, text, jsonb) IS 'Parameters of the sink (p_list empty) or of one list element in standard form, defaults filled in; unknown keys stay, to be reported.';

CREATE OR REPLACE FUNCTION normalise_parameters(p_rule_set_id bigint, p_parameters jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  normal jsonb := normalise_object(p_rule_set_id, '', p_parameters);
  hit record;
BEGIN
  FOR hit IN
    SELECT r.stage, r.priority, r.assign, x.list, x.place
      FROM configuration_rules r
      CROSS JOIN LATERAL (
        SELECT NULL::text AS list, NULL::integer AS place, NULL::jsonb AS element WHERE r.for_each IS NULL
        UNION ALL
        SELECT substring(r.for_each::text FROM '"([a-z0-9_]+)"'), (q.n - 1)::integer, q.e
          FROM jsonb_path_query(normal, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL
      ) x
     WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'NORMALISATION' AND r.is_active
       AND jsonb_path_match(normal, r.condition, jsonb_build_object('e', x.element, 'i', x.place), true)
     ORDER BY r.stage, r.priority, x.place
  LOOP
    normal := CASE
      WHEN hit.list IS NULL THEN jsonb_strip_nulls(normal || hit.assign)
      ELSE jsonb_set(normal, ARRAY[hit.list, hit.place::text], jsonb_strip_nulls((normal #> ARRAY[hit.list, hit.place::text]) || hit.assign)) END;
  END LOOP;
  RETURN normal;
END;
$$;
COMMENT ON FUNCTION normalise_parameters(bigint, jsonb) IS 'Parameters in standard form: values by their definitions, then the NORMALISATION rules (a custom size equal to a stock size becomes the stock size).';

CREATE OR REPLACE FUNCTION check_parameters(p_rule_set_id bigint, p_parameters jsonb) RETURNS rule_violation[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  found rule_violation[];
BEGIN
  WITH definitions AS MATERIALIZED (
    SELECT * FROM configuration_parameters WHERE rule_set_id = p_rule_set_id
  ), scopes AS MATERIALIZED (
    SELECT '' AS list, '' AS path, p_parameters AS object, NULL::integer AS place, 0 AS list_position
    UNION ALL
    SELECT d.parameter_code, '/' || d.parameter_code || '/' || (x.ordinality - 1), x.value, (x.ordinality - 1)::integer, d.position
      FROM definitions d CROSS JOIN LATERAL jsonb_array_elements(
             CASE jsonb_typeof(p_parameters -> d.parameter_code) WHEN 'array' THEN p_parameters -> d.parameter_code ELSE '[]' END) WITH ORDINALITY AS x
     WHERE d.value_type = 'LIST'
  ), slots AS MATERIALIZED (
    SELECT s.path || '/' || d.parameter_code AS path, d.*, s.place, s.list_position, s.object -> d.parameter_code AS value,
           jsonb_typeof(s.object -> d.parameter_code) AS json_type,
           (d.visible_when IS NULL OR coalesce(jsonb_path_match(p_parameters, d.visible_when, jsonb_build_object('e', s.object), true), false)) AS is_visible,
           (d.is_required OR coalesce(jsonb_path_match(p_parameters, d.required_when, jsonb_build_object('e', s.object), true), false)) AS must_be
      FROM scopes s JOIN definitions d ON d.list_code = s.list
     WHERE jsonb_typeof(s.object) = 'object'
  ), judged AS (
    SELECT v.*, CASE
        WHEN v.value IS NULL AND v.is_visible AND v.must_be THEN CASE WHEN v.choices IS NULL THEN 'parameter.required' ELSE 'parameter.required_choice' END
        WHEN v.value IS NULL THEN NULL
        WHEN NOT v.is_visible AND v.value IS DISTINCT FROM v.default_value THEN 'parameter.not_applicable'
        WHEN v.value_type IN ('INTEGER', 'DECIMAL') AND v.json_type <> 'number' THEN 'parameter.number'
        WHEN v.value_type = 'BOOLEAN' AND v.json_type <> 'boolean' THEN 'parameter.boolean'
        WHEN v.value_type IN ('CHOICE', 'TEXT', 'ITEM') AND v.json_type <> 'string' THEN 'parameter.text'
        WHEN v.value_type = 'LIST' AND v.json_type <> 'array' THEN 'parameter.list'
        WHEN v.value_type = 'CHOICE' AND v.value #>> '{}' <> ALL (v.choices) THEN 'parameter.choice'
        WHEN v.value_type = 'LIST' THEN CASE
          WHEN jsonb_array_length(v.value) < v.minimum THEN 'parameter.too_few'
          WHEN jsonb_array_length(v.value) > v.maximum THEN 'parameter.too_many' END
        WHEN v.value_type IN ('INTEGER', 'DECIMAL') THEN CASE
          WHEN v.value_type = 'INTEGER' AND (v.value #>> '{}')::numeric % 1 <> 0 THEN 'parameter.integer'
          WHEN (v.value #>> '{}')::numeric < v.minimum THEN 'parameter.minimum'
          WHEN (v.value #>> '{}')::numeric > v.maximum THEN 'parameter.maximum'
          WHEN (v.value #>> '{}')::numeric <> round((v.value #>> '{}')::numeric, 4) THEN 'parameter.precision' END
        WHEN v.value_type = 'TEXT' AND length(v.value #>> '{}') < v.minimum THEN 'parameter.too_short'
        WHEN v.value_type = 'TEXT' AND length(v.value #>> '{}') > v.maximum THEN 'parameter.too_long'
        WHEN v.value_type = 'ITEM' THEN check_item(v.value #>> '{}', v.choices, v.item_category_code)
        END AS message_key
      FROM slots v
  ), unknown AS (
    SELECT s.path || '/' || k.key AS path, s.list_position, s.place, k.key, near.parameter_code AS suggestion
      FROM scopes s
      CROSS JOIN LATERAL jsonb_object_keys(CASE jsonb_typeof(s.object) WHEN 'object' THEN s.object ELSE '{}' END) AS k (key)
      LEFT JOIN LATERAL (
        SELECT d.parameter_code FROM definitions d
         WHERE d.list_code = s.list AND similarity(d.parameter_code, k.key) > 0.3
         ORDER BY similarity(d.parameter_code, k.key) DESC LIMIT 1) near ON true
     WHERE NOT EXISTS (SELECT FROM definitions d WHERE d.list_code = s.list AND d.parameter_code = k.key)
  ), findings AS (
    SELECT ROW('P.' || j.parameter_code, 'ERROR', j.path, j.message_key, jsonb_strip_nulls(jsonb_build_object(
             'label', j.label, 'value', j.value, 'minimum', j.minimum, 'maximum', j.maximum, 'choices', to_jsonb(j.choices),
             'unit', j.unit_code, 'category', j.item_category_code, 'count', CASE j.json_type WHEN 'array' THEN jsonb_array_length(j.value) END,
             'place', j.place + 1, 'condition', j.visible_when::text)))::rule_violation AS finding,
           j.list_position, j.place, j.position
      FROM judged j WHERE j.message_key IS NOT NULL
    UNION ALL
    SELECT ROW('P.' || u.key, 'ERROR', u.path, CASE WHEN u.suggestion IS NULL THEN 'parameter.unknown' ELSE 'parameter.unknown_near' END,
             jsonb_strip_nulls(jsonb_build_object('key', u.key, 'suggestion', u.suggestion)))::rule_violation,
           u.list_position, u.place, 9999
      FROM unknown u
    UNION ALL
    SELECT ROW('P.' || s.list, 'ERROR', s.path, 'parameter.object', jsonb_build_object('value', s.object))::rule_violation, s.list_position, s.place, 0
      FROM scopes s WHERE jsonb_typeof(s.object) <> 'object'
  )
  SELECT array_agg(f.finding ORDER BY f.list_position, f.place, f.position) INTO found FROM findings f;
  RETURN coalesce(found, '{}');
END;
$$;
COMMENT ON FUNCTION check_parameters(bigint, jsonb) IS
  'Parameters against their definitions: missing, unknown, of the wrong type, outside their range, not applicable. Rules run only on what passes, since a mistyped value makes a condition silently false.';

CREATE OR REPLACE FUNCTION check_item(p_code text, p_choices text[], p_category text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  item record;
BEGIN
  IF p_choices IS NOT NULL AND p_code <> ALL (p_choices) THEN
    RETURN 'parameter.choice';
  END IF;
  SELECT a.assembly_id, coalesce(a.is_orderable, p.is_orderable) AS is_orderable, coalesce(a.lifecycle, p.lifecycle) AS lifecycle,
         (c.category_code = p_category OR EXISTS (
            SELECT FROM assembly_listings l JOIN subcategories ls USING (subcategory_id) JOIN categories lc USING (category_id)
             WHERE l.assembly_id = a.assembly_id AND lc.category_code = p_category)) AS in_category
    INTO item
    FROM item_codes ic
    LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id
    LEFT JOIN parts p ON p.part_id = ic.part_id
    LEFT JOIN subcategories s ON s.subcategory_id = a.subcategory_id
    LEFT JOIN categories c ON c.category_id = s.category_id
   WHERE ic.item_code = p_code;
  RETURN CASE
    WHEN NOT FOUND THEN 'parameter.item_unknown'
    WHEN item.lifecycle = 'OBSOLETE' THEN 'parameter.item_obsolete'
    WHEN NOT item.is_orderable THEN 'parameter.item_not_orderable'
    WHEN p_category IS NOT NULL AND item.in_category IS NOT TRUE THEN 'parameter.item_category' END;
END;
$$;
COMMENT ON FUNCTION check_item(text, text[], text) IS 'Message key if an item code may not be chosen (unknown, obsolete, not orderable, of another category), else null.';

CREATE OR REPLACE FUNCTION derive_values(p_rule_set_id bigint, p_parameters jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  derived jsonb := '{}';
  found jsonb;
  current_stage integer;
BEGIN
  FOR current_stage IN
    SELECT DISTINCT stage FROM configuration_rules
     WHERE rule_set_id = p_rule_set_id AND rule_type = 'DERIVATION' AND is_active ORDER BY stage
  LOOP
    SELECT jsonb_object_agg(one.derived_name, one.value) INTO found
      FROM (SELECT r.derived_name, CASE WHEN r.lookup_code IS NULL THEN a.value ELSE (
                     SELECT to_jsonb(l.value) FROM configuration_lookups l
                      WHERE l.rule_set_id = p_rule_set_id AND l.lookup_code = r.lookup_code
                        AND CASE WHEN l.key_text IS NULL THEN jsonb_typeof(a.value) = 'number' AND (a.value #>> '{}')::numeric BETWEEN l.key_from AND l.key_to
                                 ELSE l.key_text = plain_text(a.value) END
                      LIMIT 1) END AS value
              FROM configuration_rules r
              CROSS JOIN LATERAL (
                SELECT array_agg(q.value ORDER BY x.n, q.n) AS list
                  FROM unnest(r.expressions) WITH ORDINALITY AS x (path, n)
                  CROSS JOIN LATERAL jsonb_path_query(p_parameters, x.path, jsonb_build_object('v', derived), true) WITH ORDINALITY AS q (value, n)
              ) g
              CROSS JOIN LATERAL (SELECT aggregate_values(r.aggregate, g.list) AS value) a
             WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'DERIVATION' AND r.is_active AND r.stage = current_stage
               AND jsonb_path_match(p_parameters, r.condition, jsonb_build_object('v', derived), true)) one
     WHERE one.value IS NOT NULL;
    derived := derived || coalesce(found, '{}');
  END LOOP;
  RETURN derived;
END;
$$;
COMMENT ON FUNCTION derive_values(bigint, jsonb) IS 'The values that DERIVATION rules make of the parameters, stage by stage; what finds nothing is absent.';

CREATE OR REPLACE FUNCTION aggregate_values(p_aggregate text, p_list jsonb[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public
AS $$
BEGIN
  CASE p_aggregate
    WHEN 'count' THEN RETURN to_jsonb(coalesce(cardinality(p_list), 0));
    WHEN 'first' THEN RETURN p_list[1];
    WHEN 'all' THEN RETURN to_jsonb(p_list);
    WHEN 'repeated' THEN RETURN (SELECT jsonb_agg(d.x ORDER BY d.x) FROM (SELECT x FROM unnest(p_list) AS x GROUP BY x HAVING count(*) > 1) d);
    ELSE
      RETURN (SELECT to_jsonb(trim_scale(CASE p_aggregate WHEN 'sum' THEN coalesce(sum(n), 0) WHEN 'min' THEN min(n) WHEN 'max' THEN max(n) END))
                FROM (SELECT (x #>> '{}')::numeric AS n FROM unnest(p_list) AS x WHERE jsonb_typeof(x) = 'number') numbers);
  END CASE;
END;
$$;
COMMENT ON FUNCTION aggregate_values(text, jsonb[]) IS 'What jsonpath cannot compute over several values: count, sum, min, max, first, all, and the values that are repeated.';

CREATE OR REPLACE FUNCTION rule_values(p_reads text[], p_parameters jsonb, p_element jsonb, p_derived jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public
AS $$
  SELECT coalesce(jsonb_object_agg(name, CASE left(name, 2)
           WHEN 'p.' THEN p_parameters -> substr(name, 3)
           WHEN 'e.' THEN p_element -> substr(name, 3)
           ELSE p_derived -> substr(name, 3) END), '{}')
    FROM unnest(p_reads) AS name
$$;
COMMENT ON FUNCTION rule_values(text[], jsonb, jsonb, jsonb) IS 'The values which a rule looked at, by name (p., e., v.).';

CREATE OR REPLACE FUNCTION evaluate_rules(p_rule_set_id bigint, p_parameters jsonb) RETURNS configuration_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  result configuration_result;
  uncovered rule_violation[];
BEGIN
  result.rule_set_id := p_rule_set_id;
  result.parameters := normalise_parameters(p_rule_set_id, p_parameters);
  result.violations := check_parameters(p_rule_set_id, result.parameters);
  result.derived := derive_values(p_rule_set_id, result.parameters);

  SELECT array_agg(ROW(l.priority, l.component_group, l.code, l.code, l.quantity, l.custom_kind, l.dimensions, l.note, l.provenance)::bom_top_line ORDER BY l.priority, l.code)
    INTO result.top_lines
    FROM (SELECT fired.code, min(fired.priority) AS priority, (array_agg(fired.component_group ORDER BY fired.priority))[1] AS component_group,
                 sum(fired.quantity) AS quantity, min(fired.custom_kind) AS custom_kind, (array_agg(fired.dimensions))[1] AS dimensions,
                 string_agg(DISTINCT fired.note, '; ') AS note,
                 jsonb_agg(jsonb_build_object('rule', fired.rule_code, 'rule_id', fired.configuration_rule_id, 'title', fired.title, 'condition', fired.condition::text,
                   'place', fired.place, 'quantity', fired.quantity, 'values', fired.seen) ORDER BY fired.priority, fired.place) AS provenance
            FROM (SELECT r.configuration_rule_id, r.rule_code, r.title, r.priority, r.component_group, r.custom_kind, r.condition, x.place, v.seen,
                         upper(fill_template(r.component_code, v.seen)) AS code,
                         fill_template(r.line_note, v.seen) AS note,
                         trim_scale((jsonb_path_query_first(result.parameters, r.quantity, x.vars, true) #>> '{}')::numeric) AS quantity,
                         CASE WHEN r.custom_kind IS NOT NULL THEN rule_dimensions(r.expressions, result.parameters, x.vars) END AS dimensions
                    FROM configuration_rules r
                    CROSS JOIN LATERAL (
                      SELECT NULL::integer AS place, NULL::jsonb AS element, jsonb_build_object('v', result.derived) AS vars WHERE r.for_each IS NULL
                      UNION ALL
                      SELECT (q.n - 1)::integer, q.e, jsonb_build_object('v', result.derived, 'e', q.e, 'i', q.n - 1)
                        FROM jsonb_path_query(result.parameters, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL
                    ) x
                    CROSS JOIN LATERAL (SELECT rule_values(r.reads, result.parameters, x.element, result.derived) AS seen OFFSET 0) v
                   WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'COMPONENT_SELECTION' AND r.is_active
                     AND jsonb_path_match(result.parameters, r.condition, x.vars, true)) fired
           WHERE fired.quantity > 0
           GROUP BY fired.code) l;

  SELECT array_agg(ROW(r.inside_code, r.replaced_code, c.code, c.code, r.custom_kind,
           rule_dimensions(r.expressions, result.parameters, jsonb_build_object('v', result.derived)),
           jsonb_build_array(jsonb_build_object('rule', r.rule_code, 'rule_id', r.configuration_rule_id, 'title', r.title, 'condition', r.condition::text, 'quantity', 1, 'values', v.seen)))::bom_replacement
           ORDER BY r.priority)
    INTO result.replacements
    FROM configuration_rules r
    CROSS JOIN LATERAL (SELECT rule_values(r.reads, result.parameters, NULL, result.derived) AS seen) v
    CROSS JOIN LATERAL (SELECT upper(fill_template(r.component_code, v.seen)) AS code) c
   WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'REPLACEMENT' AND r.is_active
     AND jsonb_path_match(result.parameters, r.condition, jsonb_build_object('v', result.derived), true);

  SELECT result.violations || coalesce(array_agg(ROW(r.rule_code, r.severity, replace(r.message_path, '{i}', coalesce(x.place::text, '')), r.message_key,
           jsonb_strip_nulls(rule_values(r.reads, result.parameters, x.element, result.derived)) || jsonb_build_object('place', x.place + 1))::rule_violation
           ORDER BY r.priority, x.place), '{}')
    INTO result.violations
    FROM configuration_rules r
    CROSS JOIN LATERAL (
      SELECT NULL::integer AS place, NULL::jsonb AS element, jsonb_build_object('v', result.derived) AS vars WHERE r.for_each IS NULL
      UNION ALL
      SELECT (q.n - 1)::integer, q.e, jsonb_build_object('v', result.derived, 'e', q.e, 'i', q.n - 1)
        FROM jsonb_path_query(result.parameters, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL
    ) x
   WHERE r.rule_set_id = p_rule_set_id AND r.rule_type IN ('VALIDATION', 'COMPATIBILITY') AND r.is_active AND r.component_group IS NULL
     AND jsonb_path_match(result.parameters, r.condition, x.vars, true);

  IF NOT has_errors(result.violations) THEN
    SELECT array_agg(ROW(r.rule_code, r.severity, r.message_path, r.message_key,
             rule_values(r.reads, result.parameters, NULL, result.derived) || jsonb_build_object('expected', c.expected, 'count', c.counted))::rule_violation ORDER BY r.priority)
      INTO uncovered
      FROM configuration_rules r
      CROSS JOIN LATERAL (
        SELECT (jsonb_path_query_first(result.parameters, r.quantity, jsonb_build_object('v', result.derived), true) #>> '{}')::numeric AS expected,
               coalesce((SELECT sum(l.quantity) FROM unnest(result.top_lines) l WHERE l.component_group = r.component_group), 0) AS counted
      ) c
     WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'VALIDATION' AND r.is_active AND r.component_group IS NOT NULL
       AND jsonb_path_match(result.parameters, r.condition, jsonb_build_object('v', result.derived), true)
       AND c.counted IS DISTINCT FROM c.expected;
    result.violations := result.violations || coalesce(uncovered, '{}');
  END IF;

  SELECT coalesce(sum((jsonb_path_query_first(result.parameters, r.quantity, jsonb_build_object('v', result.derived), true) #>> '{}')::numeric), 0)
    INTO result.price
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'PRICING' AND r.is_active
     AND jsonb_path_match(result.parameters, r.condition, jsonb_build_object('v', result.derived), true);
  RETURN result;
END;
$$;
COMMENT ON FUNCTION evaluate_rules(bigint, jsonb) IS 'Everything a rule set says about parameters: their normal form, derived values, violations, top lines with provenance, replacements, priced rules.';

CREATE OR REPLACE FUNCTION rule_dimensions(p_expressions jsonpath[], p_parameters jsonb, p_vars jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public
AS $$
  SELECT jsonb_agg(jsonb_path_query_first(p_parameters, x.path, p_vars, true) ORDER BY x.n)
    FROM unnest(p_expressions) WITH ORDINALITY AS x (path, n)
$$;
COMMENT ON FUNCTION rule_dimensions(jsonpath[], jsonb, jsonb) IS 'Dimensions of a custom part, in the order of the rule''s expressions.';

CREATE OR REPLACE FUNCTION has_errors(p_violations rule_violation[]) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public
AS $$ SELECT EXISTS (SELECT FROM unnest(p_violations) v WHERE v.severity = 'ERROR') $$;
COMMENT ON FUNCTION has_errors(rule_violation[]) IS 'True if a violation blocks release.';

CREATE OR REPLACE FUNCTION violations_json(p_violations rule_violation[], p_language text) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('rule', v.rule, 'severity', lower(v.severity), 'path', v.path,
           'message', message_text(v.message_key, v."values", p_language)) ORDER BY v.severity, n), '[]')
    FROM unnest(p_violations) WITH ORDINALITY AS v (rule, severity, path, message_key, "values", n)
$$;
COMMENT ON FUNCTION violations_json(rule_violation[], text) IS 'Violations in words, errors first: [{rule, severity, path, message}].';

CREATE OR REPLACE FUNCTION check_rule_set(p_rule_set_id bigint) RETURNS TABLE (rule_code text, finding text)
LANGUAGE sql STABLE ROWS 10
SET search_path = pg_catalog, public
AS $$
  SELECT r.rule_code, format('reads %s, which is not defined', name)
    FROM configuration_rules r CROSS JOIN LATERAL unnest(r.reads) AS name
   WHERE r.rule_set_id = p_rule_set_id AND NOT CASE left(name, 2)
     WHEN 'p.' THEN EXISTS (SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.list_code = '' AND d.parameter_code = substr(name, 3))
     WHEN 'v.' THEN EXISTS (SELECT FROM configuration_rules o WHERE o.rule_set_id = p_rule_set_id AND o.rule_type = 'DERIVATION' AND o.derived_name = substr(name, 3)
                               AND (r.rule_type <> 'DERIVATION' OR o.stage < r.stage))
     ELSE EXISTS (SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.parameter_code = substr(name, 3)
                     AND d.list_code = substring(r.for_each::text FROM '"([a-z0-9_]+)"')) END
  UNION ALL
  SELECT r.rule_code, format('runs over the list %s, which is not defined', r.for_each)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.for_each IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.value_type = 'LIST' AND d.parameter_code = substring(r.for_each::text FROM '"([a-z0-9_]+)"'))
  UNION ALL
  SELECT r.rule_code, format('message %s has no text in %s', r.message_key, language)
    FROM configuration_rules r CROSS JOIN (VALUES ('EN'), ('FR')) AS wanted (language)
   WHERE r.rule_set_id = p_rule_set_id AND r.message_key IS NOT NULL AND NOT EXISTS (
     SELECT FROM translations t WHERE t.entity = 'message' AND t.translation_key = r.message_key AND t.language = wanted.language)
  UNION ALL
  SELECT r.rule_code, format('look-up table %s is empty', r.lookup_code)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.lookup_code IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_lookups l WHERE l.rule_set_id = p_rule_set_id AND l.lookup_code = r.lookup_code)
  UNION ALL
  SELECT r.rule_code, format('counts the group %s, which no rule selects', r.component_group)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'VALIDATION' AND r.component_group IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_rules s WHERE s.rule_set_id = p_rule_set_id AND s.rule_type = 'COMPONENT_SELECTION' AND s.component_group = r.component_group)
$$;
COMMENT ON FUNCTION check_rule_set(bigint) IS 'Mistakes in a rule set that would make a rule silently not fire: names that are not defined, missing messages, empty look-up tables.';

CREATE OR REPLACE FUNCTION release_rule_set(p_rule_set_id bigint, p_note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  chosen rule_sets;
  mistakes text;
BEGIN
  PERFORM require_permission('configuration_rule:activate');
  SELECT * INTO chosen FROM rule_sets WHERE rule_set_id = p_rule_set_id FOR UPDATE;
  IF chosen.rule_set_id IS NULL THEN
    RAISE EXCEPTION 'There is no rule set %.', p_rule_set_id USING ERRCODE = 'TV004', HINT = 'SELECT * FROM rule_sets lists them.';
  END IF;
  IF chosen.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Rule set % version % is already %.', chosen.family_code, chosen.version, lower(chosen.state)
      USING ERRCODE = 'TV009', HINT = 'Copy it with copy_rule_set and release the copy.';
  END IF;
  SELECT string_agg(format('%s %s', c.rule_code, c.finding), '; ') INTO mistakes FROM check_rule_set(p_rule_set_id) c;
  IF mistakes IS NOT NULL THEN
    RAISE EXCEPTION 'The rule set has mistakes: %.', mistakes USING ERRCODE = 'TV022', HINT = 'SELECT * FROM check_rule_set(…) lists them.';
  END IF;
  UPDATE rule_sets SET state = 'SUPERSEDED' WHERE family_code = chosen.family_code AND state = 'RELEASED';
  UPDATE rule_sets SET state = 'RELEASED', released_at = now(), released_by = current_actor(), note = coalesce(p_note, note) WHERE rule_set_id = p_rule_set_id;
END;
$$;
COMMENT ON FUNCTION release_rule_set(bigint, text) IS 'Puts a draft rule set in force; the former one stays for the configurations made with it.';

CREATE OR REPLACE FUNCTION copy_rule_set(p_rule_set_id bigint, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  copy_id bigint;
BEGIN
  PERFORM require_permission('configuration_rule:create');
  INSERT INTO rule_sets (family_code, version, note, created_by)
  SELECT s.family_code, (SELECT max(o.version) + 1 FROM rule_sets o WHERE o.family_code = s.family_code), p_note, current_actor()
    FROM rule_sets s WHERE s.rule_set_id = p_rule_set_id
  RETURNING rule_set_id INTO copy_id;
  IF copy_id IS NULL THEN
    RAISE EXCEPTION 'There is no rule set %.', p_rule_set_id USING ERRCODE = 'TV004', HINT = 'SELECT * FROM rule_sets lists them.';
  END IF;
  INSERT INTO configuration_parameters (rule_set_id, list_code, parameter_code, value_type, unit_code, minimum, maximum, choices, default_value, suggested_value,
         is_required, required_when, visible_when, item_category_code, group_code, position, label, help)
  SELECT copy_id, list_code, parameter_code, value_type, unit_code, minimum, maximum, choices, default_value, suggested_value,
         is_required, required_when, visible_when, item_category_code, group_code, position, label, help
    FROM configuration_parameters WHERE rule_set_id = p_rule_set_id;
  INSERT INTO configuration_lookups (rule_set_id, lookup_code, key_text, key_from, key_to, value)
  SELECT copy_id, lookup_code, key_text, key_from, key_to, value FROM configuration_lookups WHERE rule_set_id = p_rule_set_id;
  INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, stage, priority, title, for_each, condition, quantity, component_code, component_group,
         custom_kind, inside_code, replaced_code, line_note, derived_name, expressions, aggregate, lookup_code, assign, severity, message_key, message_path, source, is_active)
  SELECT copy_id, rule_code, rule_type, stage, priority, title, for_each, condition, quantity, component_code, component_group,
         custom_kind, inside_code, replaced_code, line_note, derived_name, expressions, aggregate, lookup_code, assign, severity, message_key, message_path, source, is_active
    FROM configuration_rules WHERE rule_set_id = p_rule_set_id;
  RETURN copy_id;
END;
$$;
COMMENT ON FUNCTION copy_rule_set(bigint, text) IS 'A draft copy of a rule set with the next version number.';
