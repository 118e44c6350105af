-- Checklist templates: what a template becomes for one configuration.

CREATE OR REPLACE FUNCTION quality_basins(p_parameters jsonb) RETURNS TABLE (basin_number integer, vars jsonb)
LANGUAGE sql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT x.n::integer, jsonb_build_object('b', x.basin || jsonb_strip_nulls(jsonb_build_object('number', x.n,
           'width_in', coalesce(x.basin -> 'custom_width_in', to_jsonb(s.size[1]::numeric)),
           'length_in', coalesce(x.basin -> 'custom_length_in', to_jsonb(s.size[2]::numeric)),
           'depth_in', coalesce(x.basin -> 'custom_depth_in', to_jsonb(s.size[3]::numeric)))))
    FROM jsonb_array_elements(CASE jsonb_typeof(p_parameters -> 'basins') WHEN 'array' THEN p_parameters -> 'basins' ELSE '[]' END) WITH ORDINALITY AS x (basin, n)
    LEFT JOIN LATERAL regexp_match(x.basin ->> 'size', '^([0-9.]+)X([0-9.]+)X([0-9.]+)$') AS s (size) ON true
$$;
COMMENT ON FUNCTION quality_basins(jsonb) IS 'The basins of a configuration, left to right, each as $b for the expressions of a checklist: its parameters with number, width_in, length_in and depth_in.';

CREATE OR REPLACE FUNCTION quality_holds(p_parameters jsonb, p_predicate jsonpath, p_vars jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN coalesce(jsonb_path_match(p_parameters, p_predicate, p_vars, true), false);
END;
$$;
COMMENT ON FUNCTION quality_holds(jsonb, jsonpath, jsonb) IS 'True if a predicate of a checklist holds; what is not there does not.';

CREATE OR REPLACE FUNCTION quality_sum(p_parameters jsonb, p_each jsonpath, p_vars jsonb) RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_each IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT sum(CASE jsonb_typeof(v) WHEN 'number' THEN (v #>> '{}')::numeric ELSE 1 END) FROM jsonb_path_query(p_parameters, p_each, p_vars, true) AS v);
END;
$$;
COMMENT ON FUNCTION quality_sum(jsonb, jsonpath, jsonb) IS 'Sum of what an expression finds: a number counts as itself, anything else as one; null if it finds nothing.';

CREATE OR REPLACE FUNCTION checklist_places(p_process_id bigint, p_parameters jsonb, p_bom_id bigint)
RETURNS TABLE (qc_process_item_id bigint, place integer, vars jsonb, line_code text, line_name text, line_quantity numeric)
LANGUAGE sql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT i.qc_process_item_id, NULL, '{"b": {}}'::jsonb, l.item_code, l.item_name, l.quantity
    FROM qc_process_items i
    LEFT JOIN LATERAL (
      SELECT m.item_code, min(m.item_name) AS item_name, sum(m.quantity_total) AS quantity
        FROM bom_line_items m
       WHERE i.expands_over IS NOT NULL AND m.bom_id = p_bom_id AND m.depth = 0
         AND quality_holds(jsonb_build_object('item_code', m.item_code, 'component_group', m.component_group), i.expands_over, '{}')
       GROUP BY m.item_code) l ON true
   WHERE i.qc_process_id = p_process_id AND i.scope = 'SINK'
  UNION ALL
  SELECT i.qc_process_item_id, b.basin_number, b.vars, NULL, NULL, NULL
    FROM qc_process_items i CROSS JOIN quality_basins(p_parameters) b
   WHERE i.qc_process_id = p_process_id AND i.scope = 'BASIN'
$$;
COMMENT ON FUNCTION checklist_places(bigint, jsonb, bigint) IS 'Where each item of a template stands on a sink: once, once for each basin, or once for each line of the BOM.';

CREATE OR REPLACE FUNCTION checklist_rows(p_process_id bigint, p_parameters jsonb, p_bom_id bigint DEFAULT NULL) RETURNS SETOF qc_checklist_row
LANGUAGE sql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT i.qc_process_item_id, i.item_code || coalesce(':' || x.line_code, ''), i.section_code, x.place,
         (10 * row_number() OVER (ORDER BY i.section_position, x.place NULLS FIRST, i.position, x.line_code))::integer,
         i.scope, i.answer_type, i.item_text || coalesce(': ' || x.line_code || ' ' || x.line_name, ''),
         (i.expands_over IS NULL OR x.line_code IS NOT NULL) AND (i.applies_when IS NULL OR quality_holds(p_parameters, i.applies_when, x.vars)),
         coalesce(quality_holds(p_parameters, i.na_by_hand_when, x.vars), false),
         i.is_mandatory, i.unit_code,
         coalesce(x.line_quantity, i.quantity_factor * quality_sum(p_parameters, i.quantity_each, x.vars)),
         quality_sum(p_parameters, i.tolerance_low, x.vars), quality_sum(p_parameters, i.tolerance_high, x.vars), i.max_difference,
         c.offered, c.is_right, c.required, c.explained
    FROM (SELECT p.*, min(p.position) OVER (PARTITION BY p.section_code) AS section_position FROM qc_process_items p WHERE p.qc_process_id = p_process_id) i
    JOIN checklist_places(p_process_id, p_parameters, p_bom_id) x USING (qc_process_item_id)
    LEFT JOIN LATERAL (
      SELECT array_agg(o.choice_code::text ORDER BY o.position) AS offered,
             array_agg(o.choice_code::text ORDER BY o.position) FILTER (WHERE o.right_when IS NULL OR quality_holds(p_parameters, o.right_when, x.vars)) AS is_right,
             array_agg(o.choice_code::text ORDER BY o.position) FILTER (WHERE o.required_when IS NOT NULL AND quality_holds(p_parameters, o.required_when, x.vars)) AS required,
             array_agg(o.choice_code::text ORDER BY o.position) FILTER (WHERE o.needs_note) AS explained
        FROM qc_process_item_choices o
       WHERE o.qc_process_item_id = i.qc_process_item_id AND (o.offered_when IS NULL OR quality_holds(p_parameters, o.offered_when, x.vars))) c ON true
   ORDER BY 5
$$;
COMMENT ON FUNCTION checklist_rows(bigint, jsonb, bigint) IS
  'A template for one configuration: every item with its basin, whether it applies, expected numbers, tolerances and choices. Items that do not apply are there too.';

CREATE OR REPLACE FUNCTION released_process(p_code text, p_family text) RETURNS qc_processes
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_processes;
BEGIN
  SELECT * INTO found FROM qc_processes p WHERE upper(btrim(p_code)) IN (p.process_code, p.gate_code) AND p.family_code = p_family AND p.state = 'RELEASED';
  IF found.qc_process_id IS NULL THEN
    RAISE EXCEPTION 'There is no released checklist "%" for the family %.', shown(p_code), shown(p_family)
      USING ERRCODE = 'TV004', HINT = coalesce('Released: ' || (SELECT string_agg(format('%s (%s)', p.process_code, p.gate_code), ', ' ORDER BY p.process_code) FROM qc_processes p WHERE p.family_code = p_family AND p.state = 'RELEASED') || '.', 'Publish one with publish_process.');
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION released_process(text, text) IS 'The checklist template in force for a family, by its code or the code of its gate.';

CREATE OR REPLACE FUNCTION checklist_text(p_process_item_id bigint, p_language text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(
    (SELECT t.body FROM translations t WHERE t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', p.process_code, p.version, i.item_code) AND t.language = p_language),
    i.item_text)
    FROM qc_process_items i JOIN qc_processes p USING (qc_process_id) WHERE i.qc_process_item_id = p_process_item_id
$$;
COMMENT ON FUNCTION checklist_text(bigint, text) IS 'Text of an item in a language, English where there is none.';

CREATE OR REPLACE FUNCTION preview_checklist(p_code text, p_parameters jsonb, p_language text DEFAULT 'EN') RETURNS SETOF qc_checklist_row
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  template qc_processes := released_process(p_code, coalesce(p_parameters ->> 'family', 'MDRD'));
  line qc_checklist_row;
BEGIN
  -- Who fills in checklists looks ahead; others have to be readers of the templates.
  IF NOT has_permission('production_checklist:read') THEN
    PERFORM require_permission('checklist_template:read');
  END IF;
  PERFORM require_plain_parameters(p_parameters);
  FOR line IN SELECT * FROM checklist_rows(template.qc_process_id, p_parameters) LOOP
    line.item_text := checklist_text(line.qc_process_item_id, upper(p_language));
    RETURN NEXT line;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION preview_checklist(text, jsonb, text) IS 'The checklist in force (by its code or gate) as it would be for a configuration, in a language. Stores nothing.';
