-- Rule sets: what is checked before one is released, release, copies.

CREATE OR REPLACE FUNCTION check_rule_set(p_rule_set_id bigint) RETURNS TABLE (rule_code text, finding text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('configuration_rule:read');
  RETURN QUERY
    SELECT * FROM check_rule_names(p_rule_set_id)
    UNION ALL
    SELECT * FROM check_rule_forms(p_rule_set_id)
    UNION ALL
    SELECT * FROM check_rule_data(p_rule_set_id);
END;
$$;
COMMENT ON FUNCTION check_rule_set(bigint) IS 'Mistakes in a rule set that would make a rule silently not fire, or fail when it runs.';

CREATE OR REPLACE FUNCTION check_rule_names(p_rule_set_id bigint) RETURNS TABLE (rule_code text, finding text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
  WITH names AS (
    SELECT r.rule_code, r.rule_type, r.stage, r.for_each, name
      FROM configuration_rules r CROSS JOIN LATERAL unnest(r.reads) AS name
     WHERE r.rule_set_id = p_rule_set_id AND r.is_active
    UNION ALL
    SELECT 'P.' || concat_ws('.', nullif(d.list_code, ''), d.parameter_code), NULL, NULL, NULL, 'p.' || m[1]
      FROM configuration_parameters d CROSS JOIN LATERAL regexp_matches(concat_ws(' ', d.visible_when, d.required_when), '\$\."([^"]+)"', 'g') AS m
     WHERE d.rule_set_id = p_rule_set_id
    UNION ALL
    SELECT 'P.' || concat_ws('.', nullif(d.list_code, ''), d.parameter_code), NULL, NULL, ('$."' || d.list_code || '"[*]')::jsonpath, 'e.' || m[1]
      FROM configuration_parameters d CROSS JOIN LATERAL regexp_matches(concat_ws(' ', d.visible_when, d.required_when), '\$"e"\."([^"]+)"', 'g') AS m
     WHERE d.rule_set_id = p_rule_set_id
  )
  SELECT n.rule_code, format('reads %s, which is not defined', n.name)
    FROM names n
   WHERE NOT CASE left(n.name, 2)
     WHEN 'p.' THEN EXISTS (SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.list_code = '' AND d.parameter_code = substr(n.name, 3))
     WHEN 'v.' THEN n.rule_type IS DISTINCT FROM 'NORMALISATION' AND EXISTS (
                      SELECT FROM configuration_rules o
                       WHERE o.rule_set_id = p_rule_set_id AND o.is_active AND o.rule_type = 'DERIVATION' AND o.derived_name = substr(n.name, 3)
                         AND (n.rule_type <> 'DERIVATION' OR o.stage < n.stage))
     ELSE EXISTS (SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.parameter_code = substr(n.name, 3)
                     AND d.list_code = substring(n.for_each::text FROM '"([a-z0-9_]+)"')) END
  UNION ALL
  SELECT e.rule_code, format('reads %s of an element, which is not defined', m[1])
    FROM (SELECT r.rule_code, x.expression
            FROM configuration_rules r
            CROSS JOIN LATERAL unnest(ARRAY[r.condition::text, r.quantity::text] || r.expressions::text[]) AS x (expression)
           WHERE r.rule_set_id = p_rule_set_id AND r.is_active) e
    CROSS JOIN LATERAL regexp_matches(e.expression, '(?:@|\]|\))\."([^"]+)"', 'g') AS m
   WHERE NOT EXISTS (
     SELECT FROM configuration_parameters d
      WHERE d.rule_set_id = p_rule_set_id AND d.list_code <> '' AND d.parameter_code = m[1]
        AND (e.expression !~ '\$\."' OR e.expression LIKE '%$."' || d.list_code || '"%'))
  UNION ALL
  SELECT r.rule_code, format('sets %s, which is not defined', k)
    FROM configuration_rules r CROSS JOIN LATERAL jsonb_object_keys(r.assign) AS k
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.rule_type = 'NORMALISATION' AND NOT EXISTS (
     SELECT FROM configuration_parameters d
      WHERE d.rule_set_id = p_rule_set_id AND d.parameter_code = k AND d.list_code = coalesce(substring(r.for_each::text FROM '"([a-z0-9_]+)"'), ''));
END;
$$;
COMMENT ON FUNCTION check_rule_names(bigint) IS 'Names in rules and predicates of a rule set which nothing defines.';

CREATE OR REPLACE FUNCTION check_rule_forms(p_rule_set_id bigint) RETURNS TABLE (rule_code text, finding text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
  SELECT r.rule_code, format('runs over the list %s, which is not defined', r.for_each)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.for_each IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id AND d.value_type = 'LIST' AND d.parameter_code = substring(r.for_each::text FROM '"([a-z0-9_]+)"'))
  UNION ALL
  SELECT r.rule_code, format('is a %s rule%s, which cannot run over a list', r.rule_type, CASE WHEN r.component_group IS NOT NULL THEN ' that counts a group' ELSE '' END)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.for_each IS NOT NULL
     AND (r.rule_type IN ('DERIVATION', 'REPLACEMENT', 'PRICING') OR (r.rule_type = 'VALIDATION' AND r.component_group IS NOT NULL))
  UNION ALL
  SELECT r.rule_code, format('has {%s} in its code or note: write {p.name}, {e.name} or {v.name}', m[1])
    FROM configuration_rules r CROSS JOIN LATERAL regexp_matches(concat_ws(' ', r.component_code, r.line_note), '\{([^}]*)\}', 'g') AS m
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND m[1] !~ '^[pev]\.[a-z0-9_]+$'
  UNION ALL
  SELECT r.rule_code, format('message %s has no text in %s', r.message_key, wanted.language)
    FROM configuration_rules r CROSS JOIN (VALUES ('EN'), ('FR')) AS wanted (language)
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.message_key IS NOT NULL AND NOT EXISTS (
     SELECT FROM translations t WHERE t.entity = 'message' AND t.translation_key = r.message_key AND t.language = wanted.language)
  UNION ALL
  SELECT r.rule_code, format('counts the group %s, which no rule selects', r.component_group)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.rule_type = 'VALIDATION' AND r.component_group IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_rules s
      WHERE s.rule_set_id = p_rule_set_id AND s.is_active AND s.rule_type = 'COMPONENT_SELECTION' AND s.component_group = r.component_group);
END;
$$;
COMMENT ON FUNCTION check_rule_forms(bigint) IS 'Rules of a rule set that have a form in which they cannot work.';

CREATE OR REPLACE FUNCTION check_rule_data(p_rule_set_id bigint) RETURNS TABLE (rule_code text, finding text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
  SELECT r.rule_code, format('look-up table %s is empty', r.lookup_code)
    FROM configuration_rules r
   WHERE r.rule_set_id = p_rule_set_id AND r.is_active AND r.lookup_code IS NOT NULL AND NOT EXISTS (
     SELECT FROM configuration_lookups l WHERE l.rule_set_id = p_rule_set_id AND l.lookup_code = r.lookup_code)
  UNION ALL
  SELECT a.lookup_code::text, format('has two values for %s', coalesce(a.key_text, greatest(a.key_from, b.key_from)::text))
    FROM configuration_lookups a
    JOIN configuration_lookups b
      ON b.rule_set_id = a.rule_set_id AND b.lookup_code = a.lookup_code AND b.configuration_lookup_id > a.configuration_lookup_id
     AND (b.key_text = a.key_text OR (b.key_from <= a.key_to AND a.key_from <= b.key_to))
   WHERE a.rule_set_id = p_rule_set_id;
END;
$$;
COMMENT ON FUNCTION check_rule_data(bigint) IS 'Look-up tables of a rule set that are empty or have two values for one key.';

CREATE OR REPLACE FUNCTION refuse_rule_mistakes(p_rule_set_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  mistakes text;
BEGIN
  SELECT string_agg(format('%s %s', c.rule_code, c.finding), '; ') INTO mistakes FROM check_rule_set(p_rule_set_id) c;
  IF mistakes IS NOT NULL THEN
    RAISE EXCEPTION 'The rule set has mistakes: %.', mistakes USING ERRCODE = 'TV022', HINT = 'SELECT * FROM check_rule_set(…) lists them.';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_rule_mistakes(bigint) IS 'Raises TV022 with the findings of check_rule_set, if there are any.';

CREATE OR REPLACE FUNCTION release_rule_set(p_rule_set_id bigint, p_note text DEFAULT NULL, p_content_hash text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  chosen rule_sets;
BEGIN
  PERFORM require_permission('configuration_rule:activate');
  SELECT * INTO chosen FROM rule_sets WHERE rule_set_id = p_rule_set_id FOR UPDATE;
  IF chosen.rule_set_id IS NULL THEN
    RAISE EXCEPTION 'There is no rule set %.', shown(p_rule_set_id) USING ERRCODE = 'TV004', COLUMN = 'rule_set_id', HINT = 'SELECT * FROM rule_sets lists them.';
  END IF;
  IF chosen.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Rule set % version % is already %.', chosen.family_code, chosen.version, lower(chosen.state)
      USING ERRCODE = 'TV009', HINT = 'Copy it with copy_rule_set and release the copy.';
  END IF;
  PERFORM require_seen_content('rule_sets', p_rule_set_id, p_content_hash);
  PERFORM refuse_rule_mistakes(p_rule_set_id);
  IF NOT differs_from_compared(p_rule_set_id) THEN
    RAISE EXCEPTION 'Rule set % version % says the same as the version in force: there is nothing to sign.', chosen.family_code, chosen.version
      USING ERRCODE = 'TV009', HINT = 'Change the draft first, or remove it.';
  END IF;
  UPDATE rule_sets SET state = 'SUPERSEDED' WHERE family_code = chosen.family_code AND state = 'RELEASED';
  UPDATE rule_sets SET state = 'RELEASED', released_at = now(), released_by = current_actor(), note = coalesce(p_note, note) WHERE rule_set_id = p_rule_set_id;
  -- What is delivered with the product is released by nobody.
  IF current_user_id() IS NOT NULL THEN
    PERFORM sign('rule_sets', p_rule_set_id, 'released', p_note);
  END IF;
END;
$$;
COMMENT ON FUNCTION release_rule_set(bigint, text, text) IS
  'Puts a draft rule set in force, signed by whoever releases it; the former one stays for the configurations made with it. A draft that differs in nothing is refused (TV009). p_content_hash is what the signer saw (content_to_sign): where the set is another now, nothing is released (TV012).';

CREATE OR REPLACE FUNCTION create_rule_set(p_family_code text, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  family product_families;
  made bigint;
BEGIN
  PERFORM require_permission('configuration_rule:create');
  PERFORM require_reason(p_note);
  -- One after the other: of two at once each gets its own number.
  SELECT * INTO family FROM product_families f WHERE f.family_code = upper(btrim(p_family_code)) FOR NO KEY UPDATE;
  IF family.family_code IS NULL THEN
    RAISE EXCEPTION 'There is no product family "%".', shown(p_family_code) USING ERRCODE = 'TV004', COLUMN = 'family_code', HINT = 'SELECT family_code, name FROM product_families lists them.';
  END IF;
  INSERT INTO rule_sets (family_code, version, note, created_by)
  VALUES (family.family_code, (SELECT coalesce(max(o.version), 0) + 1 FROM rule_sets o WHERE o.family_code = family.family_code), p_note, current_actor())
  RETURNING rule_set_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION create_rule_set(text, text) IS 'An empty draft of the rules of a family, with the next version number; copy_rule_set begins with what there is.';

CREATE OR REPLACE FUNCTION copy_rule_set(p_rule_set_id bigint, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  copy_id bigint;
BEGIN
  PERFORM require_permission('configuration_rule:create');
  PERFORM require_reason(p_note);
  INSERT INTO rule_sets (family_code, version, note, created_by)
  SELECT s.family_code, (SELECT max(o.version) + 1 FROM rule_sets o WHERE o.family_code = s.family_code), p_note, current_actor()
    FROM rule_sets s WHERE s.rule_set_id = p_rule_set_id
  RETURNING rule_set_id INTO copy_id;
  IF copy_id IS NULL THEN
    RAISE EXCEPTION 'There is no rule set %.', shown(p_rule_set_id) USING ERRCODE = 'TV004', COLUMN = 'rule_set_id', HINT = 'SELECT * FROM rule_sets lists them.';
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
