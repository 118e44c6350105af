-- What a person who configures a sink sees at once: the preview, what each choice selects, which choices are impossible and why,
-- and which one change mends a mistake. Nothing here knows a product: alternatives are tried with the rules themselves.

CREATE OR REPLACE FUNCTION short_code(p_item_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT coalesce((SELECT min(s.item_code) FROM item_codes s WHERE s.assembly_id = c.assembly_id AND s.code_kind = 'SHORT'),
                    (SELECT min(s.item_code) FROM item_codes s WHERE s.part_id = c.part_id AND s.code_kind = 'SHORT'))
      FROM item_codes c WHERE c.item_code = p_item_code);
END;
$$;
COMMENT ON FUNCTION short_code(text) IS 'The short code of an item, the first one if it has several; null if it has none.';

CREATE OR REPLACE FUNCTION parameter_checks(p_rule_set_id bigint) RETURNS TABLE (list_code text, parameter_code text, rules bigint[], is_derived boolean)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE definitions AS MATERIALIZED (
    SELECT d.list_code AS list, d.parameter_code AS code, d.value_type, '%"' || d.list_code || '"%' AS names_list, '%"' || d.parameter_code || '"%' AS names_it
      FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id
  ), derivations AS MATERIALIZED (
    SELECT r.derived_name, r.reads, concat(r.expressions::text, r.condition::text) AS says FROM configuration_rules r
     WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'DERIVATION' AND r.is_active
  ), touched AS (
    SELECT d.list, d.code, v.derived_name FROM definitions d JOIN derivations v ON replace(v.says, '\"', '"') LIKE d.names_it AND (d.list = '' OR replace(v.says, '\"', '"') LIKE d.names_list)
    UNION
    SELECT t.list, t.code, v.derived_name FROM touched t JOIN derivations v ON 'v.' || t.derived_name = ANY (v.reads)
  ), checks AS MATERIALIZED (
    SELECT r.configuration_rule_id, r.reads, r.severity, r.message_path, r.for_each::text AS each, r.condition::text AS says FROM configuration_rules r
     WHERE r.rule_set_id = p_rule_set_id AND r.rule_type IN ('VALIDATION', 'COMPATIBILITY') AND r.is_active AND r.component_group IS NULL
  ), found AS (
    SELECT d.list, d.code, c.configuration_rule_id, t.derived_name IS NOT NULL AS is_derived
      FROM definitions d CROSS JOIN checks c
      LEFT JOIN touched t ON t.list = d.list AND t.code = d.code AND 'v.' || t.derived_name = ANY (c.reads)
     WHERE (c.severity = 'ERROR' OR c.message_path = '/' || CASE d.list WHEN '' THEN '' ELSE d.list || '/{i}/' END || d.code)
       AND (t.derived_name IS NOT NULL
            OR (d.list = '' AND 'p.' || d.code = ANY (c.reads))
            OR (d.list <> '' AND (('e.' || d.code = ANY (c.reads) AND c.each LIKE d.names_list) OR ('p.' || d.list = ANY (c.reads) AND c.says LIKE d.names_it))))
  )
  SELECT f.list, f.code, array_agg(DISTINCT f.configuration_rule_id), bool_or(f.is_derived) FROM found f GROUP BY f.list, f.code;
END;
$$;
COMMENT ON FUNCTION parameter_checks(bigint) IS
  'For each parameter the checks that its value can decide: those that find errors anywhere, and those that report at itself; and whether they look at derived values which it feeds.';

CREATE OR REPLACE FUNCTION sink_alternatives(p_rule_set_id bigint, p_parameters jsonb)
RETURNS TABLE (path text, list_code text, parameter_code text, group_code text, value jsonb, changed jsonb, element jsonb, rules bigint[], is_derived boolean)
LANGUAGE plpgsql STABLE ROWS 80
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
  WITH definitions AS MATERIALIZED (
    SELECT d.*, k.rules, k.is_derived
      FROM configuration_parameters d LEFT JOIN parameter_checks(p_rule_set_id) k ON k.list_code = d.list_code AND k.parameter_code = d.parameter_code
     WHERE d.rule_set_id = p_rule_set_id
  ), scopes AS MATERIALIZED (
    SELECT '' AS list, '{}'::text[] AS steps, p_parameters AS object
    UNION ALL
    SELECT d.parameter_code, ARRAY[d.parameter_code, (x.ordinality - 1)::text], x.value
      FROM definitions d CROSS JOIN LATERAL jsonb_array_elements(
             CASE jsonb_typeof(p_parameters -> d.parameter_code) WHEN 'array' THEN p_parameters -> d.parameter_code ELSE '[]' END) WITH ORDINALITY AS x
     WHERE d.value_type = 'LIST' AND x.ordinality <= d.maximum AND jsonb_typeof(x.value) = 'object'
  )
  SELECT '/' || array_to_string(s.steps || d.parameter_code, '/'), d.list_code, d.parameter_code, d.group_code, c.value,
         jsonb_set(p_parameters, s.steps || d.parameter_code, c.value), CASE WHEN s.list <> '' THEN s.object || jsonb_build_object(d.parameter_code, c.value) END, d.rules, d.is_derived
    FROM scopes s JOIN definitions d ON d.list_code = s.list
    CROSS JOIN LATERAL (
      SELECT to_jsonb(choice) AS value FROM unnest(d.choices) AS choice WHERE d.value_type IN ('CHOICE', 'ITEM')
      UNION ALL SELECT 'true' WHERE d.value_type = 'BOOLEAN') c
   WHERE d.group_code <> 'order'
  UNION ALL
  SELECT '/' || d.parameter_code || '/-', '', d.parameter_code, d.group_code, NULL,
         p_parameters || jsonb_build_object(d.parameter_code, coalesce(p_parameters -> d.parameter_code, '[]') || jsonb_build_array(coalesce(n.element, '{}'))), NULL, NULL, true
    FROM definitions d
    CROSS JOIN LATERAL (SELECT jsonb_object_agg(e.parameter_code, e.default_value) AS element FROM definitions e WHERE e.list_code = d.parameter_code AND e.default_value IS NOT NULL) n
   WHERE d.value_type = 'LIST' AND d.list_code = '' AND d.maximum < 20 AND jsonb_typeof(coalesce(p_parameters -> d.parameter_code, '[]')) = 'array';
END;
$$;
COMMENT ON FUNCTION sink_alternatives(bigint, jsonb) IS
  'Every single change that a person could choose: each choice of each parameter, each switch on, one more element of each short list (path ends in -); with the parameters after it and the checks that it can decide (null: all).';

CREATE OR REPLACE FUNCTION selected_code(p_rule_set_id bigint, p_list text, p_parameter text, p_changed jsonb, p_element jsonb, p_derived jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    SELECT r.component_code
      FROM (SELECT * FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'COMPONENT_SELECTION' AND r.is_active
               AND (CASE p_list WHEN '' THEN 'p.' ELSE 'e.' END || p_parameter) = ANY (r.reads) OFFSET 0) r
     WHERE CASE p_list WHEN '' THEN r.for_each IS NULL ELSE r.for_each::text LIKE '%"' || p_list || '"%' END
       AND strpos(r.component_code, '{') = 0
       AND jsonb_path_match(p_changed, r.condition, jsonb_build_object('v', p_derived, 'e', p_element, 'i', 0), true)
     ORDER BY r.priority LIMIT 1);
END;
$$;
COMMENT ON FUNCTION selected_code(bigint, text, text, jsonb, jsonb, jsonb) IS 'The item that a choice selects by the first rule which reads it, for a person who chooses; null if it selects none by itself.';

CREATE OR REPLACE FUNCTION sink_mend(p_rule_set_id bigint, p_changed jsonb, p_rule text, p_path text, p_found rule_violation[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  tried record;
  mended jsonb;
BEGIN
  FOR tried IN
    SELECT d.parameter_code, to_jsonb(c.choice) AS value
      FROM configuration_rules r
      JOIN configuration_parameters d ON d.rule_set_id = p_rule_set_id AND d.list_code = '' AND 'p.' || d.parameter_code = ANY (r.reads) AND d.value_type = 'CHOICE'
      CROSS JOIN LATERAL unnest(d.choices) WITH ORDINALITY AS c (choice, n)
     WHERE r.rule_set_id = p_rule_set_id AND r.rule_code = p_rule AND '/' || d.parameter_code <> p_path
       AND to_jsonb(c.choice) IS DISTINCT FROM p_changed -> d.parameter_code
     ORDER BY d.position, c.n
  LOOP
    mended := p_changed || jsonb_build_object(tried.parameter_code, tried.value);
    IF NOT EXISTS (SELECT FROM unnest(check_rules(p_rule_set_id, mended, derive_values(p_rule_set_id, mended), '{}')) v
                    WHERE v.severity = 'ERROR' AND NOT EXISTS (SELECT FROM unnest(p_found) f WHERE f.rule = v.rule AND f.path = v.path)) THEN
      RETURN jsonb_build_object('path', '/' || tried.parameter_code, 'value', tried.value);
    END IF;
  END LOOP;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION sink_mend(bigint, jsonb, text, text, rule_violation[]) IS 'The one other choice which makes a blocked alternative possible: {path, value}; null if no single step does.';

CREATE OR REPLACE FUNCTION sink_choices(p_rule_set_id bigint, p_parameters jsonb, p_derived jsonb, p_found rule_violation[], p_groups text[], p_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN (
    WITH offered AS MATERIALIZED (
      SELECT a.*, p_parameters #> string_to_array(substr(a.path, 2), '/') AS present FROM sink_alternatives(p_rule_set_id, p_parameters) a
       WHERE p_groups IS NULL OR a.group_code = ANY (p_groups) OR a.path IN (SELECT f.path FROM unnest(p_found) f)
    ), tried AS MATERIALIZED (
      SELECT a.*, CASE WHEN a.value IS NULL OR (a.rules IS NOT NULL AND a.value IS DISTINCT FROM a.present)
                       THEN check_rules(p_rule_set_id, a.changed, CASE WHEN a.is_derived THEN derive_values(p_rule_set_id, a.changed) ELSE p_derived END, '{}', a.rules) END AS after
        FROM offered a
    ), judged AS MATERIALIZED (
      SELECT t.*, selected_code(p_rule_set_id, t.list_code, t.parameter_code, t.changed, t.element, p_derived) AS code, w.finding
        FROM tried t
        LEFT JOIN LATERAL (
          SELECT ROW(v.rule, v.severity, v.path, v.message_key, v."values")::rule_violation AS finding
            FROM unnest(t.after) AS v
           WHERE (v.path = t.path AND v.severity = 'ERROR') OR NOT EXISTS (SELECT FROM unnest(p_found) f WHERE f.rule = v.rule AND f.path = v.path)
           ORDER BY v.severity, v.path <> t.path LIMIT 1) w ON true
    )
    SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
             'path', j.path, 'value', j.value, 'code', j.code, 'short_code', short_code(j.code),
             'rule', (j.finding).rule, 'severity', lower((j.finding).severity), 'key', (j.finding).message_key, 'at', (j.finding).path,
             'message', violations_json(ARRAY[j.finding], p_language) #>> '{0,message}',
             'mend', CASE WHEN (j.finding).severity = 'ERROR' THEN sink_mend(p_rule_set_id, j.changed, (j.finding).rule, j.path, p_found) END,
             -- Of the findings that its checks decide, those that this choice takes away.
             'clears', (SELECT jsonb_agg(f.rule || f.path) FROM unnest(p_found) f
                         WHERE j.finding IS NULL AND j.after IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(j.after) v WHERE v.rule = f.rule AND v.path = f.path)
                           AND (j.rules IS NULL OR EXISTS (SELECT FROM configuration_rules r WHERE r.configuration_rule_id = ANY (j.rules) AND r.rule_code = f.rule)))))), '[]')
      FROM judged j);
END;
$$;
COMMENT ON FUNCTION sink_choices(bigint, jsonb, jsonb, rule_violation[], text[], text) IS
  'Every alternative with the item that it selects, the mistake or warning that it would bring, the other step that would allow it, and the findings that it would clear.';

CREATE OR REPLACE FUNCTION item_objections(p_parameters jsonb, p_list text, p_codes text[], p_language text DEFAULT 'EN') RETURNS TABLE (item_code text, severity text, rule text, message text)
LANGUAGE plpgsql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  rules bigint;
  checks bigint[];
  whole_checks bigint[];
  present jsonb;
  held integer;
  tried jsonb;
  all_at_once rule_violation[];
BEGIN
  PERFORM require_permission('configuration:read'), require_plain_parameters(p_parameters);
  IF cardinality(p_codes) > 500 THEN
    RAISE EXCEPTION 'Objections to % items are asked for at once.', cardinality(p_codes) USING ERRCODE = 'TV022', COLUMN = 'codes', HINT = 'Ask for at most 500.';
  END IF;
  rules := require_rule_set(configuration_family(p_parameters));
  SELECT coalesce(array_agg(r.configuration_rule_id) FILTER (WHERE NOT l.looks_around), '{}'), array_agg(r.configuration_rule_id) FILTER (WHERE l.looks_around) INTO checks, whole_checks
    FROM configuration_rules r CROSS JOIN LATERAL (SELECT coalesce(r.condition::text LIKE '%"' || p_list || '"%', false)) AS l (looks_around)
   WHERE r.rule_set_id = rules AND r.rule_type IN ('VALIDATION', 'COMPATIBILITY') AND r.is_active AND r.component_group IS NULL AND r.for_each::text LIKE '%"' || p_list || '"%';
  present := CASE jsonb_typeof(p_parameters -> p_list) WHEN 'array' THEN p_parameters -> p_list ELSE '[]' END;
  held := jsonb_array_length(present);
  -- All at once behind what is chosen: each is judged at its own place. A rule that looks at the whole list judges each alone.
  tried := p_parameters || jsonb_build_object(p_list, present || coalesce((SELECT jsonb_agg(jsonb_build_object('code', c.code, 'quantity', 1) ORDER BY c.n) FROM unnest(p_codes) WITH ORDINALITY AS c (code, n)), '[]'));
  all_at_once := check_rules(rules, tried, derive_values(rules, p_parameters), '{}', checks);
  RETURN QUERY
    SELECT DISTINCT ON (c.n) c.code, lower(v.severity), v.rule, violations_json(ARRAY[ROW(v.rule, v.severity, v.path, v.message_key, v."values")::rule_violation], p_language) #>> '{0,message}'
      FROM unnest(p_codes) WITH ORDINALITY AS c (code, n)
      JOIN LATERAL (
        SELECT a.rule, a.severity, a.path, a.message_key, a."values" FROM unnest(all_at_once) a WHERE a.path = format('/%s/%s/code', p_list, held + c.n - 1)
        UNION ALL
        SELECT o.rule, o.severity, o.path, o.message_key, o."values"
          FROM (SELECT p_parameters || jsonb_build_object(p_list, present || jsonb_build_array(jsonb_build_object('code', c.code, 'quantity', 1))) AS parameters WHERE whole_checks IS NOT NULL) alone
          CROSS JOIN LATERAL unnest(check_rules(rules, alone.parameters, derive_values(rules, alone.parameters), '{}', whole_checks)) o
         WHERE o.path = format('/%s/%s/code', p_list, held)) v ON true
     ORDER BY c.n, v.severity;
END;
$$;
COMMENT ON FUNCTION item_objections(jsonb, text, text[], text) IS
  'Of items that could be added to a list of a configuration (accessories, drawers), those that the rules object to: severity (error, warning), rule, and the reason in words. Stores nothing.';

CREATE OR REPLACE FUNCTION line_costs(p_lines bom_line[]) RETURNS TABLE (line_number integer, cost numeric)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
  WITH RECURSIVE lines AS MATERIALIZED (
    SELECT l.line_number, l.parent_assembly_id, l.assembly_id, l.depth, l.quantity_per, l.unit_cost, l.scrap_percent FROM unnest(p_lines) l
  ), walk AS (
    SELECT l.line_number AS top, l.assembly_id, l.quantity_per::numeric AS quantity, l.unit_cost, l.scrap_percent FROM lines l WHERE l.depth = 0
    UNION ALL
    SELECT w.top, l.assembly_id, w.quantity * l.quantity_per, l.unit_cost, l.scrap_percent FROM walk w JOIN lines l ON l.parent_assembly_id = w.assembly_id
  )
  SELECT w.top, sum(w.quantity * (1 + w.scrap_percent / 100) * w.unit_cost)::numeric(18, 4) FROM walk w GROUP BY w.top;
END;
$$;
COMMENT ON FUNCTION line_costs(bom_line[]) IS 'Cost of each top line with everything below it, as bom_totals counts it.';

CREATE OR REPLACE FUNCTION keyed_violations(p_violations rule_violation[], p_language text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg((violations_json(ARRAY[r.v], p_language) -> 0) || jsonb_build_object('key', u.message_key) ORDER BY u.severity, u.n)
      FROM unnest(p_violations) WITH ORDINALITY AS u (rule, severity, path, message_key, "values", n)
      CROSS JOIN LATERAL (SELECT ROW(u.rule, u.severity, u.path, u.message_key, u."values")::rule_violation AS v) r), '[]');
END;
$$;
COMMENT ON FUNCTION keyed_violations(rule_violation[], text) IS 'Violations in words, each with the key of its message, so that a page tells what is only not chosen yet from what is wrong.';

CREATE OR REPLACE FUNCTION configure_sink(p_parameters jsonb, p_groups text[] DEFAULT NULL, p_language text DEFAULT 'EN') RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  rules bigint;
  result configuration_result;
  usable jsonb;
  gone text;
  kept jsonb;
  lines bom_line[];
  found rule_violation[];
  with_cost boolean := has_permission('price:read');
BEGIN
  PERFORM require_permission('configuration:read'), require_plain_parameters(p_parameters);
  rules := require_rule_set(configuration_family(p_parameters));
  result := evaluate_rules(rules, p_parameters);
  kept := result.parameters;
  FOR gone IN SELECT v.path FROM unnest(result.violations) v WHERE v.message_key = 'parameter.not_applicable' LOOP
    kept := kept #- string_to_array(substr(gone, 2), '/');
  END LOOP;
  IF kept <> result.parameters THEN
    result := evaluate_rules(rules, kept);
  END IF;
  usable := usable_parameters(rules, result.parameters, unusable_paths(array(SELECT v FROM unnest(result.violations) v WHERE v.message_key LIKE 'parameter.%')));
  lines := bom_lines(result, now());
  found := result.violations || catalogue_violations(lines, result);
  RETURN jsonb_build_object(
    'valid', NOT has_errors(found),
    'parameters', result.parameters,
    'violations', keyed_violations(found, p_language),
    'top_level', coalesce((
      SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('code', l.item_code, 'short_code', short_code(l.item_code), 'name', l.item_name, 'group', l.component_group,
               'quantity', trim_scale(l.quantity_total), 'unit', l.unit_code, 'note', l.note, 'because', because_text(l.provenance), 'cost', c.cost, 'unresolved', nullif(l.is_unresolved, false),
               'places', (SELECT jsonb_agg(p -> 'place') FROM jsonb_array_elements(l.provenance) p WHERE p ->> 'place' IS NOT NULL))) ORDER BY l.line_number)
        FROM unnest(lines) l LEFT JOIN line_costs(CASE WHEN with_cost THEN lines END) c ON c.line_number = l.line_number WHERE l.depth = 0), '[]'),
    'totals', bom_totals(lines, result.price) - CASE WHEN with_cost THEN '{}' ELSE '{cost,price,uncosted}'::text[] END,
    'choices', sink_choices(rules, usable, result.derived, result.violations, p_groups, p_language));
END;
$$;
COMMENT ON FUNCTION configure_sink(jsonb, text[], text) IS
  'Everything a person who configures a sink sees at once: violations, top lines with reasons and short codes, totals, and of every choice what it selects, whether it is possible, why not, and what would mend it. Values that an earlier choice made meaningless are left out of the parameters. Choices of the named groups of parameters, of all if none are named, and those at a finding. Stores nothing.';

CREATE OR REPLACE FUNCTION save_build_configuration(p_build_id bigint, p_parameters jsonb, p_based_on bigint DEFAULT NULL, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('configuration:create'), require_configurable_build(p_build_id);
  PERFORM require_configured_as(p_build_id, p_based_on);
  DELETE FROM configuration_drafts d WHERE d.build_id = p_build_id AND d.user_id = current_user_id();
  RETURN save_configuration(p_parameters, p_build_id, NULL, NULL, nullif(btrim(p_note), ''));
END;
$$;
COMMENT ON FUNCTION save_build_configuration(bigint, jsonb, bigint, text) IS
  'Saves parameters as the next version of a build''s configuration, unless somebody saved another one since the one that it is based on (null: there was none); what the acting person had not saved is saved by it. Returns the key.';

CREATE OR REPLACE FUNCTION sink_to_configure(p_build_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  head jsonb;
BEGIN
  PERFORM require_permission('configuration:read');
  SELECT jsonb_build_object('build_id', b.build_id, 'build_number', b.build_number, 'phase', b.phase, 'order_id', o.order_id, 'order_number', o.order_number,
           'customer', cu.name, 'family', o.family_code, 'want_date', o.want_date, 'language', o.language, 'bom_id', b.bom_id,
           'bom_state', (SELECT m.state FROM boms m WHERE m.bom_id = b.bom_id AND m.configuration_id = b.configuration_id), 'may_submit_bom', has_permission('bom:submit'),
           'is_open', may_be_configured(b.phase) AND b.state = 'ACTIVE' AND o.state = 'ACTIVE',
           'may_save', has_permission('configuration:create'), 'may_copy', has_permission('configuration:copy'), 'may_make_bom', has_permission('bom:create'),
           'configuration_id', c.configuration_id, 'version', c.version, 'saved_at', c.created_at, 'saved_by', person_name(c.created_by), 'parameters', c.parameters,
           'usual', CASE WHEN c.configuration_id IS NULL THEN (
             SELECT jsonb_object_agg(d.parameter_code, d.suggested_value) FROM configuration_parameters d
              WHERE d.rule_set_id = released_rule_set(o.family_code) AND d.list_code = '' AND d.suggested_value IS NOT NULL AND d.group_code IN ('sink', 'legs')) END,
           'versions', (SELECT count(*) FROM configurations v WHERE v.build_id = b.build_id),
           'draft', (SELECT jsonb_build_object('parameters', d.parameters, 'based_on', d.based_on, 'step', d.step, 'at', d.updated_at)
                       FROM configuration_drafts d WHERE d.build_id = b.build_id AND d.user_id = current_user_id()))
    INTO head
    FROM builds b JOIN orders o USING (order_id) JOIN customers cu USING (customer_id) LEFT JOIN configurations c ON c.configuration_id = b.configuration_id
   WHERE b.build_id = p_build_id AND sees_build(b.build_id);
  IF head IS NULL THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  RETURN head;
END;
$$;
COMMENT ON FUNCTION sink_to_configure(bigint) IS
  'A build as somebody who configures it begins: its order, its present configuration or the usual values, what the acting person chose and did not save, and whether the acting person can save a next version now.';
