-- Parameters: their standard form, and their check against their definitions.
--
-- Nothing here knows a product: what may be given stands in configuration_parameters, what is one thing under two spellings in
-- the NORMALISATION rules (seed/reference_rules_mdrd.sql).

CREATE OR REPLACE FUNCTION require_plain_parameters(p_parameters jsonb) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  strange text;
BEGIN
  IF jsonb_typeof(p_parameters) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'Parameters must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'parameters', HINT = 'For example {"model": "T2-B1", "length_in": 60, …}.';
  END IF;
  -- What is kept or answered has to be readable by every program: no number beyond double precision, no bottomless nesting.
  IF jsonb_path_exists(p_parameters, 'strict $.**{6 to last}') OR jsonb_path_exists(p_parameters, 'strict $.** ? (@.type() == "number" && (@ > 1e15 || @ < -1e15))') THEN
    SELECT '/' || left(json_pointer_step(e.key), 60) INTO strange FROM jsonb_each(p_parameters) e
     WHERE jsonb_path_exists(e.value, 'strict $.**{5 to last}') OR jsonb_path_exists(e.value, 'strict $.** ? (@.type() == "number" && (@ > 1e15 || @ < -1e15))') LIMIT 1;
    RAISE EXCEPTION 'The value at % is nested too deeply or too large a number.', strange USING ERRCODE = 'TV022', HINT = 'Parameters are plain values, or lists of objects with plain values.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_plain_parameters(jsonb) IS 'Raises TV022 unless parameters are an object of plain values and lists.';

CREATE OR REPLACE FUNCTION canonical_item_code(p_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  wanted text := upper(btrim(p_code));
BEGIN
  RETURN (
    SELECT coalesce(a.assembly_code, p.part_number)
      FROM item_codes ic
      LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id
      LEFT JOIN parts p ON p.part_id = ic.part_id
     WHERE ic.item_code IN (wanted, regexp_replace(wanted, '^ASSY-', ''))
     ORDER BY ic.item_code = wanted DESC
     LIMIT 1);
END;
$$;
COMMENT ON FUNCTION canonical_item_code(text) IS 'The item''s own code for any code it is known by, in any case, with or without the ASSY- prefix; null if nothing has it.';

CREATE OR REPLACE FUNCTION normalise_value(p_type text, p_choices text[], p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  word text;
BEGIN
  CASE jsonb_typeof(p_value)
    WHEN 'number' THEN RETURN to_jsonb(trim_scale((p_value #>> '{}')::numeric));
    WHEN 'string' THEN word := btrim(p_value #>> '{}');
    WHEN 'null' THEN RETURN NULL;
    ELSE RETURN p_value;
  END CASE;
  RETURN to_jsonb(CASE
    WHEN word = '' THEN NULL
    WHEN p_type = 'CHOICE' AND upper(word) = ANY (p_choices) THEN upper(word)
    WHEN p_type = 'ITEM' THEN coalesce(canonical_item_code(word), upper(word))
    ELSE word END);
END;
$$;
COMMENT ON FUNCTION normalise_value(text, text[], jsonb) IS 'One value in its standard form: numbers without trailing zeros, choices and codes in upper case, null and empty text as nothing. Types are not changed.';

CREATE OR REPLACE FUNCTION normalise_object(p_rule_set_id bigint, p_list text, p_object jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  given jsonb;
  filled jsonb;
BEGIN
  SELECT jsonb_object_agg(n.key, n.value) FILTER (WHERE n.value IS NOT NULL)
    INTO given
    FROM (SELECT e.key, CASE
            WHEN d.value_type = 'LIST' AND jsonb_typeof(e.value) = 'array' THEN normalise_list(p_rule_set_id, e.key, e.value, d.maximum)
            ELSE normalise_value(d.value_type, d.choices, e.value) END AS value
            FROM jsonb_each(p_object) AS e
            LEFT JOIN configuration_parameters d
              ON d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND d.parameter_code = e.key
          OFFSET 0) n;
  given := coalesce(given, '{}');
  SELECT jsonb_object_agg(d.parameter_code, d.default_value) INTO filled
    FROM configuration_parameters d
   WHERE d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND d.default_value IS NOT NULL AND NOT given ? d.parameter_code;
  RETURN coalesce(filled, '{}') || given;
END;
$$;
COMMENT ON FUNCTION normalise_object(bigint, text, jsonb) IS 'Parameters of the sink (p_list empty) or of one list element in standard form, defaults filled in; unknown keys stay, to be reported.';

CREATE OR REPLACE FUNCTION normalise_list(p_rule_set_id bigint, p_list text, p_elements jsonb, p_maximum numeric) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg(CASE WHEN jsonb_typeof(x.value) = 'object' AND (x.n <= p_maximum) IS NOT FALSE THEN normalise_object(p_rule_set_id, p_list, x.value) ELSE x.value END ORDER BY x.n)
      FROM jsonb_array_elements(p_elements) WITH ORDINALITY AS x (value, n)), '[]');
END;
$$;
COMMENT ON FUNCTION normalise_list(bigint, text, jsonb, numeric) IS 'Elements of a list in standard form. What is beyond the most that the list may hold, or is no object, stays as it is: the check refuses it.';

CREATE OR REPLACE FUNCTION normalise_parameters(p_rule_set_id bigint, p_parameters jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  normal jsonb := normalise_object(p_rule_set_id, '', p_parameters);
  current_stage integer;
  hit record;
BEGIN
  FOR current_stage IN
    SELECT DISTINCT stage FROM configuration_rules
     WHERE rule_set_id = p_rule_set_id AND rule_type = 'NORMALISATION' AND is_active ORDER BY stage
  LOOP
    FOR hit IN
      SELECT r.assign, x.list, x.place
        FROM configuration_rules r
        CROSS JOIN LATERAL (
          SELECT NULL::text AS list, NULL::integer AS place, '{}'::jsonb AS vars WHERE r.for_each IS NULL
          UNION ALL
          SELECT substring(r.for_each::text FROM '"([a-z0-9_]+)"'), (q.n - 1)::integer, jsonb_build_object('e', q.e, 'i', q.n - 1)
            FROM jsonb_path_query(normal, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n)
           WHERE r.for_each IS NOT NULL AND jsonb_typeof(q.e) = 'object'
        ) x
       WHERE r.rule_set_id = p_rule_set_id AND r.rule_type = 'NORMALISATION' AND r.is_active AND r.stage = current_stage
         AND jsonb_path_match(normal, r.condition, x.vars, true)
       ORDER BY r.priority, x.place
    LOOP
      normal := CASE
        WHEN hit.list IS NULL THEN jsonb_strip_nulls(normal || hit.assign)
        ELSE jsonb_set(normal, ARRAY[hit.list, hit.place::text], jsonb_strip_nulls((normal #> ARRAY[hit.list, hit.place::text]) || hit.assign)) END;
    END LOOP;
  END LOOP;
  RETURN normal;
END;
$$;
COMMENT ON FUNCTION normalise_parameters(bigint, jsonb) IS 'Parameters in standard form: values by their definitions, then the NORMALISATION rules (a custom size equal to a stock size becomes the stock size).';

CREATE OR REPLACE FUNCTION check_parameters(p_rule_set_id bigint, p_parameters jsonb) RETURNS rule_violation[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
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
     WHERE d.value_type = 'LIST' AND (x.ordinality <= d.maximum) IS NOT FALSE
  ), slots AS MATERIALIZED (
    SELECT s.path || '/' || d.parameter_code AS path, d.*, s.place, s.list_position, s.object -> d.parameter_code AS value,
           jsonb_typeof(s.object -> d.parameter_code) AS json_type,
           (d.visible_when IS NULL OR coalesce(jsonb_path_match(p_parameters, d.visible_when, jsonb_build_object('e', s.object), true), false)) AS is_visible,
           (d.is_required OR coalesce(jsonb_path_match(p_parameters, d.required_when, jsonb_build_object('e', s.object), true), false)) AS must_be
      FROM scopes s JOIN definitions d ON d.list_code = s.list
     WHERE jsonb_typeof(s.object) = 'object'
  ), judged AS (
    SELECT v.*, CASE
        WHEN v.value IS NULL AND v.is_visible AND v.must_be THEN CASE WHEN v.value_type = 'LIST' THEN 'parameter.required_list' WHEN v.choices IS NULL THEN 'parameter.required' ELSE 'parameter.required_choice' END
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
          WHEN (v.value #>> '{}')::numeric < v.minimum THEN 'parameter.minimum'
          WHEN (v.value #>> '{}')::numeric > v.maximum THEN 'parameter.maximum'
          WHEN v.value_type = 'INTEGER' AND (v.value #>> '{}')::numeric % 1 <> 0 THEN 'parameter.integer'
          WHEN (v.value #>> '{}')::numeric <> round((v.value #>> '{}')::numeric, 4) THEN 'parameter.precision' END
        WHEN v.value_type = 'TEXT' AND length(v.value #>> '{}') < v.minimum THEN 'parameter.too_short'
        WHEN v.value_type = 'TEXT' AND length(v.value #>> '{}') > v.maximum THEN 'parameter.too_long'
        WHEN v.value_type = 'ITEM' THEN check_item(v.value #>> '{}', v.choices, v.item_category_code)
        END AS message_key
      FROM slots v
  ), unknown AS (
    SELECT s.list, s.path || '/' || json_pointer_step(k.key) AS path, s.list_position, s.place, k.key
      FROM scopes s
      CROSS JOIN LATERAL jsonb_object_keys(CASE jsonb_typeof(s.object) WHEN 'object' THEN s.object ELSE '{}' END) AS k (key)
     WHERE (s.list, k.key) NOT IN (SELECT d.list_code, d.parameter_code FROM definitions d)
  ), findings AS (
    SELECT ROW('P.' || j.parameter_code, 'ERROR', j.path, j.message_key, jsonb_strip_nulls(jsonb_build_object(
             'parameter', concat_ws('.', nullif(j.list_code, ''), j.parameter_code), 'label', j.label, 'value', shown_value(j.value),
             'minimum', j.minimum, 'maximum', j.maximum, 'choices', to_jsonb(j.choices), 'unit', j.unit_code, 'category', j.item_category_code,
             'count', CASE j.json_type WHEN 'array' THEN jsonb_array_length(j.value) END, 'place', j.place + 1)))::rule_violation AS finding,
           j.list_position, j.place, j.position
      FROM judged j WHERE j.message_key IS NOT NULL
    UNION ALL
    SELECT ROW('P.' || left(u.key, 60), 'ERROR', u.path, CASE WHEN u.near IS NULL THEN 'parameter.unknown' ELSE 'parameter.unknown_near' END,
             jsonb_strip_nulls(jsonb_build_object('key', shown_value(to_jsonb(u.key)), 'suggestion', u.near)))::rule_violation,
           u.list_position, u.place, 9999
      FROM (SELECT n.*, nearest_parameter(p_rule_set_id, n.list, n.key) AS near FROM unknown n OFFSET 0) u
    UNION ALL
    SELECT ROW('P.' || s.list, 'ERROR', s.path, 'parameter.object', jsonb_build_object('value', shown_value(s.object)))::rule_violation, s.list_position, s.place, 0
      FROM scopes s WHERE jsonb_typeof(s.object) <> 'object'
  )
  SELECT array_agg(f.finding ORDER BY f.list_position, f.place, f.position) INTO found FROM findings f;
  RETURN coalesce(found, '{}');
END;
$$;
COMMENT ON FUNCTION check_parameters(bigint, jsonb) IS
  'Parameters against their definitions: missing, unknown, of the wrong type, outside their range, not applicable. Rules run only on what passes (usable_parameters), since a mistyped value makes a condition silently false.';

CREATE OR REPLACE FUNCTION json_pointer_step(p_key text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN replace(replace(p_key, '~', '~0'), '/', '~1'); END; $$;
COMMENT ON FUNCTION json_pointer_step(text) IS 'A key as a step of a JSON pointer (RFC 6901).';

CREATE OR REPLACE FUNCTION shown_value(p_value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF p_value IN ('null', '""', '[]') THEN
    RETURN to_jsonb(p_value::text);
  ELSIF length(p_value::text) <= 80 THEN
    RETURN p_value;
  END IF;
  RETURN to_jsonb(left(p_value #>> '{}', 79) || '…');
END;
$$;
COMMENT ON FUNCTION shown_value(jsonb) IS 'A refused value as a message quotes it: visible when it is empty, cut when it is long.';

CREATE OR REPLACE FUNCTION nearest_parameter(p_rule_set_id bigint, p_list text, p_key text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT d.parameter_code FROM configuration_parameters d
     WHERE d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND similarity(d.parameter_code, left(p_key, 60)) >= 0.25
     ORDER BY similarity(d.parameter_code, left(p_key, 60)) DESC, d.position LIMIT 1);
END;
$$;
COMMENT ON FUNCTION nearest_parameter(bigint, text, text) IS 'The parameter that someone who wrote an unknown key most likely meant; null if none is near.';

CREATE OR REPLACE FUNCTION check_item(p_code text, p_choices text[], p_category text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
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

CREATE OR REPLACE FUNCTION unusable_paths(p_findings rule_violation[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array(SELECT f.path FROM unnest(p_findings) f
                WHERE f.message_key NOT IN ('parameter.too_few', 'parameter.too_many') AND f.message_key NOT LIKE 'parameter.item\_%');
END;
$$;
COMMENT ON FUNCTION unusable_paths(rule_violation[]) IS 'Paths of the values that rules must not see. The length of a list, and a code that may not be chosen, stay in view.';

CREATE OR REPLACE FUNCTION usable_parameters(p_rule_set_id bigint, p_parameters jsonb, p_unusable text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  usable jsonb;
BEGIN
  SELECT jsonb_object_agg(e.key, CASE WHEN d.value_type = 'LIST' THEN usable_elements(p_rule_set_id, e.key, e.value, d.maximum, p_unusable) ELSE e.value END)
    INTO usable
    FROM jsonb_each(p_parameters) e
    JOIN configuration_parameters d ON d.rule_set_id = p_rule_set_id AND d.list_code = '' AND d.parameter_code = e.key
   WHERE '/' || e.key <> ALL (p_unusable);
  RETURN coalesce(usable, '{}');
END;
$$;
COMMENT ON FUNCTION usable_parameters(bigint, jsonb, text[]) IS 'The parameters without what failed its check: what the rules may look at.';

CREATE OR REPLACE FUNCTION usable_elements(p_rule_set_id bigint, p_list text, p_elements jsonb, p_maximum numeric, p_unusable text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN coalesce((
    SELECT jsonb_agg(coalesce((
             SELECT jsonb_object_agg(e.key, e.value)
               FROM jsonb_each(CASE WHEN jsonb_typeof(x.value) = 'object' AND (x.n <= p_maximum) IS NOT FALSE THEN x.value ELSE '{}' END) e
               JOIN configuration_parameters d ON d.rule_set_id = p_rule_set_id AND d.list_code = p_list AND d.parameter_code = e.key
              WHERE concat('/', p_list, '/', x.n - 1, '/', e.key) <> ALL (p_unusable)), '{}') ORDER BY x.n)
      FROM jsonb_array_elements(p_elements) WITH ORDINALITY AS x (value, n)), '[]');
END;
$$;
COMMENT ON FUNCTION usable_elements(bigint, text, jsonb, numeric, text[]) IS
  'The elements of a list without what failed its check. Their number stays; an element beyond the limit, or one that is no object, is empty, and rules pass over it.';
