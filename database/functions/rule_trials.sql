-- Rules as people look at them: those of a set beside the ones in force, and what a set makes of one sink, rule by rule.

CREATE OR REPLACE FUNCTION compared_rule_set(p_rule_set_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  chosen rule_sets;
BEGIN
  SELECT * INTO chosen FROM rule_sets s WHERE s.rule_set_id = p_rule_set_id;
  IF chosen.rule_set_id IS NULL THEN
    RAISE EXCEPTION 'There is no rule set %.', shown(p_rule_set_id) USING ERRCODE = 'TV004', COLUMN = 'rule_set_id', HINT = 'SELECT rule_set_id, family_code, version, state FROM rule_sets lists them.';
  END IF;
  RETURN (
    SELECT s.rule_set_id FROM rule_sets s
     WHERE s.family_code = chosen.family_code AND s.rule_set_id <> chosen.rule_set_id AND s.state IN ('RELEASED', 'SUPERSEDED')
       AND (chosen.state = 'DRAFT' OR s.version < chosen.version)
     ORDER BY s.state = 'RELEASED' DESC, s.version DESC LIMIT 1);
END;
$$;
COMMENT ON FUNCTION compared_rule_set(bigint) IS 'The set that a set is compared with: for a draft the one in force, for another one its predecessor; null for the first of its family.';

CREATE OR REPLACE FUNCTION differs_from_compared(p_rule_set_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  base bigint := compared_rule_set(p_rule_set_id);
BEGIN
  RETURN base IS NULL OR rule_set_hash(p_rule_set_id) <> rule_set_hash(base);
END;
$$;
COMMENT ON FUNCTION differs_from_compared(bigint) IS 'True if a set differs from the one it is compared with (compared_rule_set) in any rule, parameter or look-up; also where there is none to compare with.';

CREATE OR REPLACE FUNCTION rule_set_differs(p_rule_set_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('configuration_rule:read');
  RETURN differs_from_compared(p_rule_set_id);
END;
$$;
COMMENT ON FUNCTION rule_set_differs(bigint) IS 'Whether a draft differs from the version in force in any rule, parameter or look-up: without a difference there is nothing to release. Of another set: whether it differs from its predecessor.';

CREATE OR REPLACE FUNCTION rule_content(p_rule configuration_rules) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT to_jsonb(p_rule) - ARRAY['configuration_rule_id', 'rule_set_id', 'reads']
$$;
COMMENT ON FUNCTION rule_content(configuration_rules) IS 'What a rule says, whichever set it stands in.';

CREATE OR REPLACE FUNCTION rule_outcome(p_rule configuration_rules) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE p_rule.rule_type
    WHEN 'COMPONENT_SELECTION' THEN p_rule.component_code
    WHEN 'REPLACEMENT' THEN p_rule.replaced_code || ' → ' || p_rule.component_code
    WHEN 'DERIVATION' THEN 'v.' || p_rule.derived_name
    WHEN 'NORMALISATION' THEN p_rule.assign::text
    WHEN 'PRICING' THEN p_rule.quantity::text
    ELSE p_rule.message_key END
$$;
COMMENT ON FUNCTION rule_outcome(configuration_rules) IS 'What comes of a rule that fires, in a word: an item, a value, a message.';

CREATE OR REPLACE FUNCTION rules_of_set(p_rule_set_id bigint, p_words text DEFAULT NULL, p_rule_type text DEFAULT NULL, p_only_changed boolean DEFAULT false)
RETURNS TABLE (configuration_rule_id bigint, rule_code text, rule_type text, title text, stage integer, priority integer, for_each text, condition text, outcome text,
               severity text, is_active boolean, change text, finding text)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  base bigint := compared_rule_set(p_rule_set_id);
BEGIN
  PERFORM require_permission('configuration_rule:read');
  RETURN QUERY
  WITH own AS MATERIALIZED (
    SELECT r AS rule, rule_content(r) AS content FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id
  ), theirs AS MATERIALIZED (
    SELECT r AS rule, rule_content(r) AS content FROM configuration_rules r WHERE r.rule_set_id = base
  ), compared AS (
    SELECT CASE WHEN o.content IS NULL THEN t.rule ELSE o.rule END AS rule,
           CASE WHEN base IS NULL THEN NULL WHEN t.content IS NULL THEN 'ADDED' WHEN o.content IS NULL THEN 'REMOVED' WHEN o.content <> t.content THEN 'CHANGED' END AS change
      FROM own o FULL JOIN theirs t ON (t.rule).rule_code = (o.rule).rule_code
  ), found AS (
    SELECT c.rule_code, string_agg(c.finding, '; ') AS finding FROM check_rule_set(p_rule_set_id) c GROUP BY c.rule_code
  )
  SELECT (c.rule).configuration_rule_id, (c.rule).rule_code, (c.rule).rule_type, (c.rule).title, (c.rule).stage, (c.rule).priority, (c.rule).for_each::text, (c.rule).condition::text,
         rule_outcome(c.rule), (c.rule).severity, (c.rule).is_active, c.change, CASE WHEN c.change IS DISTINCT FROM 'REMOVED' THEN f.finding END
    FROM compared c LEFT JOIN found f ON f.rule_code = (c.rule).rule_code
   WHERE (p_rule_type IS NULL OR (c.rule).rule_type = p_rule_type)
     AND (NOT coalesce(p_only_changed, false) OR c.change IS NOT NULL)
     AND NOT EXISTS (
       SELECT FROM regexp_split_to_table(lower(btrim(p_words)), '\s+') AS word
        WHERE strpos(lower(concat_ws(' ', (c.rule).rule_code, (c.rule).title, (c.rule).condition::text, (c.rule).component_code, (c.rule).component_group, (c.rule).inside_code,
                (c.rule).replaced_code, (c.rule).derived_name, (c.rule).message_key)), word) = 0)
   ORDER BY array_position(ARRAY['NORMALISATION', 'DERIVATION', 'COMPONENT_SELECTION', 'REPLACEMENT', 'PRICING', 'VALIDATION', 'COMPATIBILITY'], (c.rule).rule_type),
         (c.rule).priority, (c.rule).rule_code;
END;
$$;
COMMENT ON FUNCTION rules_of_set(bigint, text, text, boolean) IS
  'The rules of a set in the order in which they work: those that hold every word, of a type, or only those that differ from the set they are compared with (change: ADDED, CHANGED, REMOVED); finding: what the check has against them.';

CREATE OR REPLACE FUNCTION tried_outcome(p_rule configuration_rules, p_values jsonb, p_parameters jsonb, p_vars jsonb) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_strip_nulls(CASE p_rule.rule_type
    WHEN 'COMPONENT_SELECTION' THEN jsonb_build_object('code', upper(fill_template(p_rule.component_code, p_values)), 'quantity', jsonb_path_query_first(p_parameters, p_rule.quantity, p_vars, true))
    WHEN 'REPLACEMENT' THEN jsonb_build_object('code', upper(fill_template(p_rule.component_code, p_values)), 'replaced', p_rule.replaced_code, 'inside', p_rule.inside_code)
    WHEN 'DERIVATION' THEN jsonb_build_object('name', p_rule.derived_name, 'value', p_vars -> 'v' -> p_rule.derived_name)
    WHEN 'NORMALISATION' THEN jsonb_build_object('assign', p_rule.assign::text)
    WHEN 'PRICING' THEN jsonb_build_object('amount', jsonb_path_query_first(p_parameters, p_rule.quantity, p_vars, true))
    ELSE jsonb_build_object('severity', p_rule.severity) END)
$$;
COMMENT ON FUNCTION tried_outcome(configuration_rules, jsonb, jsonb, jsonb) IS 'What a rule that fires makes of these parameters.';

CREATE OR REPLACE FUNCTION rules_tried(p_rule_set_id bigint, p_given jsonb, p_result configuration_result)
RETURNS TABLE (rule jsonb, is_fired boolean, rule_order integer, rule_priority integer, rule_place integer)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  faults rule_violation[] := check_parameters(p_rule_set_id, p_result.parameters);
  usable jsonb := CASE WHEN cardinality(faults) > 0 THEN usable_parameters(p_rule_set_id, p_result.parameters, unusable_paths(faults)) ELSE p_result.parameters END;
  sink_vars jsonb := jsonb_build_object('v', p_result.derived);
BEGIN
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT s.r, x.place, x.vars, x.element, CASE (s.r).rule_type WHEN 'NORMALISATION' THEN p_given ELSE usable END AS parameters
      FROM (SELECT o AS r FROM configuration_rules o WHERE o.rule_set_id = p_rule_set_id AND o.is_active OFFSET 0) s
      CROSS JOIN LATERAL (
        SELECT NULL::integer AS place, NULL::jsonb AS element, sink_vars AS vars WHERE (s.r).for_each IS NULL
        UNION ALL
        SELECT (q.n - 1)::integer, q.e, sink_vars || jsonb_build_object('e', q.e, 'i', q.n - 1)
          FROM jsonb_path_query(CASE (s.r).rule_type WHEN 'NORMALISATION' THEN p_given ELSE usable END, (s.r).for_each, '{}', true) WITH ORDINALITY AS q (e, n)
         WHERE (s.r).for_each IS NOT NULL AND q.e <> '{}'
      ) x
  ), answered AS MATERIALIZED (
    SELECT a.r, a.place, a.vars, a.parameters, rule_values((a.r).reads, a.parameters, a.element, p_result.derived) AS seen,
           CASE WHEN (a.r).rule_type = 'VALIDATION' AND (a.r).component_group IS NOT NULL THEN EXISTS (SELECT FROM unnest(p_result.violations) v WHERE v.rule = (a.r).rule_code)
                ELSE coalesce(jsonb_path_match(a.parameters, (a.r).condition, a.vars, true), false) END AS holds
      FROM asked a
  )
  SELECT jsonb_build_object('rule_id', (a.r).configuration_rule_id, 'rule', (a.r).rule_code, 'type', (a.r).rule_type, 'title', (a.r).title, 'place', a.place, 'for_each', (a.r).for_each::text,
           'condition', (a.r).condition::text, 'fired', a.holds, 'values', a.seen, 'outcome', CASE WHEN a.holds THEN tried_outcome(a.r, a.seen, a.parameters, a.vars) END),
         a.holds,
         array_position(ARRAY['NORMALISATION', 'DERIVATION', 'COMPONENT_SELECTION', 'REPLACEMENT', 'PRICING', 'VALIDATION', 'COMPATIBILITY'], (a.r).rule_type), (a.r).priority, a.place
    FROM answered a;
END;
$$;
COMMENT ON FUNCTION rules_tried(bigint, jsonb, configuration_result) IS
  'Every active rule of a set with the values it looked at, whether it fired and what came of it; a rule that runs over a list once for each element. A coverage check fires when it finds a gap.';

CREATE OR REPLACE FUNCTION changed_lines(p_here jsonb, p_there jsonb) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('code', coalesce(h.value ->> 'code', t.value ->> 'code'), 'name', coalesce(h.value ->> 'name', t.value ->> 'name'),
           'quantity', h.value -> 'quantity', 'was', t.value -> 'quantity', 'because', coalesce(h.value ->> 'because', t.value ->> 'because'),
           'change', CASE WHEN t.value IS NULL THEN 'ADDED' WHEN h.value IS NULL THEN 'REMOVED' ELSE 'CHANGED' END))
           ORDER BY coalesce(h.value ->> 'code', t.value ->> 'code') COLLATE "C"), '[]')
    FROM jsonb_array_elements(p_here) h FULL JOIN jsonb_array_elements(p_there) t ON t.value ->> 'code' = h.value ->> 'code'
   WHERE h.value -> 'quantity' IS DISTINCT FROM t.value -> 'quantity'
$$;
COMMENT ON FUNCTION changed_lines(jsonb, jsonb) IS 'Top lines of two previews that differ: [{code, name, quantity, was, because, change}].';

CREATE OR REPLACE FUNCTION try_rules(p_rule_set_id bigint, p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  base bigint := compared_rule_set(p_rule_set_id);
  here jsonb;
  there jsonb;
BEGIN
  PERFORM require_permission('configuration_rule:simulate'), require_plain_parameters(p_parameters);
  here := previewed(p_rule_set_id, p_parameters, p_language);
  there := CASE WHEN base IS NOT NULL THEN previewed(base, p_parameters, p_language) END;
  RETURN jsonb_build_object(
    'valid', here -> 'valid', 'violations', here -> 'violations', 'top_level', here -> 'top_level', 'parameters', here -> 'parameters', 'content_hash', here -> 'content_hash',
    'rules', (SELECT jsonb_agg(t.rule ORDER BY t.rule_order, t.rule_priority, t.rule_place) FROM rules_tried(p_rule_set_id, p_parameters, evaluate_rules(p_rule_set_id, p_parameters)) t),
    'against', (SELECT jsonb_build_object('rule_set_id', s.rule_set_id, 'version', s.version, 'state', s.state,
                  'lines', changed_lines(here -> 'top_level', there -> 'top_level'),
                  'violations_new', (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements(here -> 'violations') v WHERE NOT there -> 'violations' @> jsonb_build_array(v.value)),
                  'violations_gone', (SELECT coalesce(jsonb_agg(v.value), '[]') FROM jsonb_array_elements(there -> 'violations') v WHERE NOT here -> 'violations' @> jsonb_build_array(v.value)))
                  FROM rule_sets s WHERE s.rule_set_id = base));
END;
$$;
COMMENT ON FUNCTION try_rules(bigint, jsonb, text) IS
  'As simulate_rules, and rule by rule: which fired and which not, with the values each looked at, and what differs from the set that this one is compared with. Stores nothing.';
