-- Rules: derive values, select components, check what does not go together, find gaps.
--
-- The functions here know jsonpath, templates and look-up tables; they know no product. What a sink is stands in
-- configuration_parameters, configuration_rules and configuration_lookups (seed/reference_rules_mdrd.sql).
-- They look only at values which passed their check (bom_parameters.sql). Rules are fetched in a sub-select with OFFSET 0,
-- so that the planner never tries a condition on a rule of another type, which sees other variables.

CREATE OR REPLACE FUNCTION released_rule_set(p_family text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found bigint;
BEGIN
  SELECT rule_set_id INTO found FROM rule_sets WHERE family_code = p_family AND state = 'RELEASED';
  RETURN found;
END;
$$;
COMMENT ON FUNCTION released_rule_set(text) IS 'The rule set in force for a family; null if it cannot be configured.';

CREATE OR REPLACE FUNCTION derive_values(p_rule_set_id bigint, p_parameters jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  derived jsonb := '{}';
  vars jsonb;
  found jsonb;
  current_stage integer;
BEGIN
  FOR current_stage IN
    SELECT DISTINCT stage FROM configuration_rules
     WHERE rule_set_id = p_rule_set_id AND rule_type = 'DERIVATION' AND is_active ORDER BY stage
  LOOP
    vars := jsonb_build_object('v', derived);
    SELECT jsonb_object_agg(one.derived_name, one.value ORDER BY one.priority) FILTER (WHERE one.value IS NOT NULL) INTO found
      FROM (SELECT r.derived_name, r.priority,
                   CASE WHEN r.lookup_code IS NULL THEN aggregate_values(r.aggregate, r.expressions, p_parameters, vars)
                        ELSE look_up(p_rule_set_id, r.lookup_code, aggregate_values(r.aggregate, r.expressions, p_parameters, vars)) END AS value
              FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'DERIVATION' AND r.is_active OFFSET 0) r
             WHERE r.stage = current_stage AND jsonb_path_match(p_parameters, r.condition, vars, true)
            OFFSET 0) one;
    derived := derived || coalesce(found, '{}');
  END LOOP;
  RETURN derived;
END;
$$;
COMMENT ON FUNCTION derive_values(bigint, jsonb) IS 'The values that DERIVATION rules make of the parameters, stage by stage; what finds nothing is absent.';

CREATE OR REPLACE FUNCTION aggregate_values(p_aggregate text, p_expressions jsonpath[], p_parameters jsonb, p_vars jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  list jsonb := '[]';
  path jsonpath;
BEGIN
  FOREACH path IN ARRAY p_expressions LOOP
    list := list || jsonb_path_query_array(p_parameters, path, p_vars, true);
  END LOOP;
  CASE p_aggregate
    WHEN 'count' THEN RETURN to_jsonb(jsonb_array_length(list));
    WHEN 'first' THEN RETURN list -> 0;
    WHEN 'all' THEN RETURN nullif(list, '[]');
    WHEN 'repeated' THEN RETURN (SELECT jsonb_agg(d.x ORDER BY d.x) FROM (SELECT x FROM jsonb_array_elements(list) AS x GROUP BY x HAVING count(*) > 1) d);
    ELSE
      RETURN (SELECT to_jsonb(trim_scale(CASE p_aggregate WHEN 'sum' THEN coalesce(sum(n), 0) WHEN 'min' THEN min(n) WHEN 'max' THEN max(n) END))
                FROM (SELECT (x #>> '{}')::numeric AS n FROM jsonb_array_elements(list) AS x WHERE jsonb_typeof(x) = 'number') numbers);
  END CASE;
END;
$$;
COMMENT ON FUNCTION aggregate_values(text, jsonpath[], jsonb, jsonb) IS
  'What jsonpath cannot compute over the results of several paths: count, sum, min, max, first, all, and the values that are repeated.';

CREATE OR REPLACE FUNCTION look_up(p_rule_set_id bigint, p_lookup_code text, p_key jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT to_jsonb(l.value) FROM configuration_lookups l
     WHERE l.rule_set_id = p_rule_set_id AND l.lookup_code = p_lookup_code
       AND CASE WHEN l.key_text IS NULL THEN jsonb_typeof(p_key) = 'number' AND (p_key #>> '{}')::numeric BETWEEN l.key_from AND l.key_to
                ELSE l.key_text = plain_text(p_key) END
     LIMIT 1);
END;
$$;
COMMENT ON FUNCTION look_up(bigint, text, jsonb) IS 'Value of a key in a look-up table of a rule set; null if the table does not have it.';

CREATE OR REPLACE FUNCTION rule_values(p_reads text[], p_parameters jsonb, p_element jsonb, p_derived jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  seen jsonb := '{}';
  name text;
BEGIN
  FOREACH name IN ARRAY p_reads LOOP
    seen := seen || jsonb_build_object(name, CASE left(name, 2)
      WHEN 'p.' THEN p_parameters -> substr(name, 3)
      WHEN 'e.' THEN p_element -> substr(name, 3)
      ELSE p_derived -> substr(name, 3) END);
  END LOOP;
  RETURN seen;
END;
$$;
COMMENT ON FUNCTION rule_values(text[], jsonb, jsonb, jsonb) IS 'The values which a rule looked at, by name (p., e., v.); null for what was not given.';

CREATE OR REPLACE FUNCTION evaluate_rules(p_rule_set_id bigint, p_parameters jsonb) RETURNS configuration_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  result configuration_result;
  unusable text[] := '{}';
  usable jsonb;
  lines bom_top_line[];
BEGIN
  result.rule_set_id := p_rule_set_id;
  result.parameters := normalise_parameters(p_rule_set_id, p_parameters);
  result.violations := check_parameters(p_rule_set_id, result.parameters);
  usable := result.parameters;
  IF cardinality(result.violations) > 0 THEN
    unusable := unusable_paths(result.violations);
    usable := usable_parameters(p_rule_set_id, result.parameters, unusable);
  END IF;
  result.derived := derive_values(p_rule_set_id, usable);
  lines := select_components(p_rule_set_id, usable, result.derived);
  result.top_lines := array(SELECT l FROM unnest(lines) l WHERE l.quantity > 0);
  result.replacements := select_replacements(p_rule_set_id, usable, result.derived);
  result.price := sum_prices(p_rule_set_id, usable, result.derived);
  result.violations := result.violations || check_rules(p_rule_set_id, usable, result.derived, unusable);
  IF NOT has_errors(result.violations) THEN
    result.violations := result.violations || find_gaps(p_rule_set_id, usable, result.derived, lines);
  END IF;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION evaluate_rules(bigint, jsonb) IS 'Everything a rule set says about parameters: their normal form, derived values, violations, top lines with provenance, replacements, priced rules.';

CREATE OR REPLACE FUNCTION select_components(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb) RETURNS bom_top_line[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sink_vars jsonb := jsonb_build_object('v', p_derived);
  lines bom_top_line[];
BEGIN
  WITH fired AS MATERIALIZED (
    SELECT r.*, x.place, x.vars, rule_values(r.reads, p_parameters, x.element, p_derived) AS seen
      FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'COMPONENT_SELECTION' AND r.is_active OFFSET 0) r
      CROSS JOIN LATERAL (
        SELECT NULL::integer AS place, NULL::jsonb AS element, sink_vars AS vars WHERE r.for_each IS NULL
        UNION ALL
        SELECT (q.n - 1)::integer, q.e, sink_vars || jsonb_build_object('e', q.e, 'i', q.n - 1)
          FROM jsonb_path_query(p_parameters, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL AND q.e <> '{}'
      ) x
     WHERE jsonb_path_match(p_parameters, r.condition, x.vars, true)
  ), filled AS MATERIALIZED (
    SELECT f.*, upper(fill_template(f.component_code, f.seen)) AS code, fill_template(f.line_note, f.seen) AS note,
           json_number(jsonb_path_query_first(p_parameters, f.quantity, f.vars, true)) AS pieces
      FROM fired f
  ), complete AS MATERIALIZED (
    SELECT f.*, CASE WHEN f.code !~ '\{[PEV]\.[A-Z0-9_]+\}' AND f.pieces >= 0 THEN trim_scale(f.pieces) END AS counted FROM filled f
  )
  SELECT array_agg(ROW(l.priority, l.component_group, l.code, l.code, l.quantity, l.custom_kind, l.dimensions, l.note, l.provenance)::bom_top_line ORDER BY l.priority, l.code)
    INTO lines
    FROM (SELECT c.code, min(c.priority) AS priority, (array_agg(c.component_group ORDER BY c.priority))[1] AS component_group,
                 sum(c.counted) AS quantity, min(c.custom_kind) AS custom_kind, string_agg(DISTINCT c.note, '; ') AS note,
                 (array_agg(CASE WHEN c.custom_kind IS NOT NULL THEN rule_dimensions(c.expressions, p_parameters, c.vars) END))[1] AS dimensions,
                 jsonb_agg(jsonb_build_object('rule', c.rule_code, 'rule_id', c.configuration_rule_id, 'title', c.title, 'group', c.component_group,
                   'condition', c.condition::text, 'place', c.place, 'quantity', c.counted, 'values', c.seen) ORDER BY c.priority, c.place) AS provenance
            FROM complete c
           GROUP BY c.code, c.counted IS NULL) l;
  RETURN coalesce(lines, '{}');
END;
$$;
COMMENT ON FUNCTION select_components(bigint, jsonb, jsonb) IS
  'Lines that the rules select, those with one code summed, each with its provenance. The quantity is null where a code or quantity could not be worked out.';

CREATE OR REPLACE FUNCTION json_number(p_value jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(p_value) = 'number' THEN
    RETURN (p_value #>> '{}')::numeric;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION json_number(jsonb) IS 'A JSON number as a number; null for anything else.';

CREATE OR REPLACE FUNCTION rule_dimensions(p_expressions jsonpath[], p_parameters jsonb, p_vars jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT jsonb_agg(jsonb_path_query_first(p_parameters, x.path, p_vars, true) ORDER BY x.n)
            FROM unnest(p_expressions) WITH ORDINALITY AS x (path, n));
END;
$$;
COMMENT ON FUNCTION rule_dimensions(jsonpath[], jsonb, jsonb) IS 'Dimensions of a custom part, in the order of the rule''s expressions.';

CREATE OR REPLACE FUNCTION select_replacements(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb) RETURNS bom_replacement[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sink_vars jsonb := jsonb_build_object('v', p_derived);
  swaps bom_replacement[];
BEGIN
  SELECT array_agg(ROW(f.inside_code, f.replaced_code, f.code, f.code, f.custom_kind, rule_dimensions(f.expressions, p_parameters, sink_vars),
           jsonb_build_array(jsonb_build_object('rule', f.rule_code, 'rule_id', f.configuration_rule_id, 'title', f.title, 'condition', f.condition::text, 'quantity', 1, 'values', f.seen)))::bom_replacement
           ORDER BY f.priority)
    INTO swaps
    FROM (SELECT s.*, upper(fill_template(s.component_code, s.seen)) AS code
            FROM (SELECT r.*, rule_values(r.reads, p_parameters, NULL, p_derived) AS seen
                    FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'REPLACEMENT' AND r.is_active OFFSET 0) r
                   WHERE jsonb_path_match(p_parameters, r.condition, sink_vars, true) OFFSET 0) s) f
   WHERE f.code !~ '\{[PEV]\.[A-Z0-9_]+\}';
  RETURN coalesce(swaps, '{}');
END;
$$;
COMMENT ON FUNCTION select_replacements(bigint, jsonb, jsonb) IS 'Components that the rules replace inside an assembly.';

CREATE OR REPLACE FUNCTION sum_prices(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb) RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sink_vars jsonb := jsonb_build_object('v', p_derived);
BEGIN
  RETURN (
    SELECT coalesce(sum(json_number(jsonb_path_query_first(p_parameters, r.quantity, sink_vars, true))), 0)
      FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'PRICING' AND r.is_active OFFSET 0) r
     WHERE jsonb_path_match(p_parameters, r.condition, sink_vars, true));
END;
$$;
COMMENT ON FUNCTION sum_prices(bigint, jsonb, jsonb) IS 'What the PRICING rules add to the list prices.';

CREATE OR REPLACE FUNCTION check_rules(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb, p_unusable text[], p_rules bigint[] DEFAULT NULL) RETURNS rule_violation[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sink_vars jsonb := jsonb_build_object('v', p_derived);
  found rule_violation[];
BEGIN
  SELECT array_agg(ROW(r.rule_code, r.severity, replace(r.message_path, '{i}', coalesce(x.place::text, '')), r.message_key,
           message_values(rule_values(r.reads, p_parameters, x.element, p_derived)) || jsonb_build_object('place', x.place + 1))::rule_violation
           ORDER BY r.priority, x.place)
    INTO found
    FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type IN ('VALIDATION', 'COMPATIBILITY') AND r.is_active
             AND (p_rules IS NULL OR r.configuration_rule_id = ANY (p_rules)) OFFSET 0) r
    CROSS JOIN LATERAL (
      SELECT NULL::integer AS place, NULL::jsonb AS element, sink_vars AS vars WHERE r.for_each IS NULL
      UNION ALL
      SELECT (q.n - 1)::integer, q.e, sink_vars || jsonb_build_object('e', q.e, 'i', q.n - 1)
        FROM jsonb_path_query(p_parameters, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL AND q.e <> '{}'
    ) x
   WHERE r.component_group IS NULL
     AND jsonb_path_match(p_parameters, r.condition, x.vars, true)
     AND NOT (p_unusable && read_paths(r.reads, r.for_each, x.place));
  RETURN coalesce(found, '{}');
END;
$$;
COMMENT ON FUNCTION check_rules(bigint, jsonb, jsonb, text[], bigint[]) IS
  'What the VALIDATION and COMPATIBILITY rules find, or those of them that are named. A rule that reads a value which failed its own check is silent: that value is reported already.';

CREATE OR REPLACE FUNCTION read_paths(p_reads text[], p_for_each jsonpath, p_place integer) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  list text := substring(p_for_each::text FROM '"([a-z0-9_]+)"');
BEGIN
  RETURN array(SELECT CASE left(name, 2) WHEN 'p.' THEN '/' || substr(name, 3) ELSE concat('/', list, '/', p_place, '/', substr(name, 3)) END
                 FROM unnest(p_reads) AS name WHERE left(name, 2) IN ('p.', 'e.'));
END;
$$;
COMMENT ON FUNCTION read_paths(text[], jsonpath, integer) IS 'JSON pointers of the values that a rule reads.';

CREATE OR REPLACE FUNCTION message_values(p_values jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(jsonb_object_agg(v.key, CASE WHEN v.value = 'null' THEN '"–"' ELSE shown_value(v.value) END), '{}') FROM jsonb_each(p_values) v);
END;
$$;
COMMENT ON FUNCTION message_values(jsonb) IS 'Values as a message shows them: a dash for what was not given, long ones cut.';

CREATE OR REPLACE FUNCTION find_gaps(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb, p_lines bom_top_line[]) RETURNS rule_violation[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sink_vars jsonb := jsonb_build_object('v', p_derived);
  gaps rule_violation[];
BEGIN
  WITH counted AS MATERIALIZED (
    SELECT p.value ->> 'group' AS component_group, sum(json_number(p.value -> 'quantity')) AS pieces
      FROM unnest(p_lines) l CROSS JOIN LATERAL jsonb_array_elements(l.provenance) p
     GROUP BY 1
  ), uncovered AS (
    SELECT r.rule_code, r.severity, r.message_path, r.message_key, r.priority,
           message_values(rule_values(r.reads, p_parameters, NULL, p_derived) || jsonb_build_object('group', r.component_group, 'expected', w.expected, 'count', w.pieces)) AS seen
      FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'VALIDATION' AND r.is_active OFFSET 0) r
      LEFT JOIN counted c ON c.component_group = r.component_group
      CROSS JOIN LATERAL (SELECT coalesce(c.pieces, 0) AS pieces, json_number(jsonb_path_query_first(p_parameters, r.quantity, sink_vars, true)) AS expected) w
     WHERE r.component_group IS NOT NULL
       AND jsonb_path_match(p_parameters, r.condition, sink_vars, true)
       AND w.pieces IS DISTINCT FROM w.expected
    UNION ALL
    SELECT p.value ->> 'rule', 'ERROR', '', 'rule.incomplete', l.priority, jsonb_build_object('rule', p.value ->> 'rule', 'code', l.item_code)
      FROM unnest(p_lines) l CROSS JOIN LATERAL jsonb_array_elements(l.provenance) p
     WHERE l.quantity IS NULL
  )
  SELECT array_agg(ROW(u.rule_code, u.severity, u.message_path, u.message_key, u.seen)::rule_violation ORDER BY u.priority) INTO gaps FROM uncovered u;
  RETURN coalesce(gaps, '{}');
END;
$$;
COMMENT ON FUNCTION find_gaps(bigint, jsonb, jsonb, bom_top_line[]) IS
  'Gaps of the rule set, which are errors and never a shorter BOM: a group that no rule or more than one covers, a line whose code or quantity could not be worked out.';

CREATE OR REPLACE FUNCTION has_errors(p_violations rule_violation[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN EXISTS (SELECT FROM unnest(p_violations) v WHERE v.severity = 'ERROR'); END; $$;
COMMENT ON FUNCTION has_errors(rule_violation[]) IS 'True if a violation blocks release.';

CREATE OR REPLACE FUNCTION violations_json(p_violations rule_violation[], p_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg(jsonb_build_object('rule', v.rule, 'severity', lower(v.severity), 'path', v.path,
             'message', message_text(v.message_key, translated_label(v."values", p_language), p_language)) ORDER BY v.severity, n)
      FROM unnest(p_violations) WITH ORDINALITY AS v (rule, severity, path, message_key, "values", n)), '[]');
END;
$$;
COMMENT ON FUNCTION violations_json(rule_violation[], text) IS 'Violations in words, errors first: [{rule, severity, path, message}].';

CREATE OR REPLACE FUNCTION translated_label(p_values jsonb, p_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  translated text;
BEGIN
  SELECT t.body INTO translated FROM translations t
   WHERE t.entity = 'parameter' AND t.translation_key = p_values ->> 'parameter' AND t.language = p_language;
  RETURN CASE WHEN translated IS NULL THEN p_values ELSE p_values || jsonb_build_object('label', translated) END;
END;
$$;
COMMENT ON FUNCTION translated_label(jsonb, text) IS 'The values of a message with the parameter''s label in the language of the message.';
