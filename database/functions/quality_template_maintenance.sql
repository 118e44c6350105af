-- Checklist templates: revise, edit the draft, check it, publish it.

CREATE OR REPLACE FUNCTION lock_draft_process(p_process_id bigint) RETURNS qc_processes
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_processes;
BEGIN
  SELECT * INTO found FROM qc_processes p WHERE p.qc_process_id = p_process_id FOR UPDATE;
  IF found.qc_process_id IS NULL THEN
    RAISE EXCEPTION 'There is no checklist template %.', shown(p_process_id) USING ERRCODE = 'TV004', COLUMN = 'process_id', HINT = 'SELECT qc_process_id, process_code, version, state FROM qc_processes lists them.';
  END IF;
  IF found.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Checklist % version % is % and cannot be changed.', found.process_code, found.version, lower(found.state)
      USING ERRCODE = 'TV003', HINT = format('SELECT revise_process(%L, ''what changes''); then change and publish the copy.', found.process_code);
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_draft_process(bigint) IS 'Locks a template that may still be changed; raises TV003 for a published one.';

CREATE OR REPLACE FUNCTION revise_process(p_process_code text, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('checklist_template:update');
  former qc_processes;
  made qc_processes;
BEGIN
  PERFORM require_reason(p_note);
  SELECT * INTO former FROM qc_processes p WHERE p.process_code = upper(btrim(p_process_code)) ORDER BY p.version DESC LIMIT 1 FOR UPDATE;
  IF former.qc_process_id IS NULL OR former.state = 'DRAFT' THEN
    RAISE EXCEPTION '%', CASE WHEN former.qc_process_id IS NULL THEN format('There is no checklist "%s".', shown(p_process_code)) ELSE format('Version %s of checklist %s is a draft already.', former.version, former.process_code) END
      USING ERRCODE = CASE WHEN former.qc_process_id IS NULL THEN 'TV004' ELSE 'TV009' END, HINT = 'SELECT qc_process_id, process_code, version, state FROM qc_processes lists them. A draft is changed, published or discarded.';
  END IF;
  INSERT INTO qc_processes (process_code, version, gate_code, family_code, title, document_code, document_revision, note, created_by)
  VALUES (former.process_code, former.version + 1, former.gate_code, former.family_code, former.title, former.document_code, former.document_revision, btrim(p_note), person)
  RETURNING * INTO made;
  INSERT INTO qc_process_items (qc_process_id, item_code, sheet_row, section_code, position, scope, answer_type, item_text, applies_when, na_by_hand_when, is_mandatory, unit_code, quantity_each,
         quantity_factor, tolerance_low, tolerance_high, is_pair, max_difference, number_rule, date_rule, is_multiple, photo_rule, prefill, serial_source, verified_by, depends_on, expands_over, may_be_waived, category_code)
  SELECT made.qc_process_id, item_code, sheet_row, section_code, position, scope, answer_type, item_text, applies_when, na_by_hand_when, is_mandatory, unit_code, quantity_each,
         quantity_factor, tolerance_low, tolerance_high, is_pair, max_difference, number_rule, date_rule, is_multiple, photo_rule, prefill, serial_source, verified_by, depends_on, expands_over, may_be_waived, category_code
    FROM qc_process_items i WHERE i.qc_process_id = former.qc_process_id ORDER BY i.position;
  INSERT INTO qc_process_item_choices (qc_process_item_id, choice_code, position, label, offered_when, right_when, required_when, needs_note)
  SELECT n.qc_process_item_id, c.choice_code, c.position, c.label, c.offered_when, c.right_when, c.required_when, c.needs_note
    FROM qc_process_item_choices c JOIN qc_process_items o USING (qc_process_item_id) JOIN qc_process_items n ON n.qc_process_id = made.qc_process_id AND n.item_code = o.item_code
   WHERE o.qc_process_id = former.qc_process_id;
  INSERT INTO translations (entity, translation_key, language, body)
  SELECT t.entity, format('%s/%s/%s', made.process_code, made.version, i.item_code), t.language, t.body
    FROM qc_process_items i JOIN translations t ON t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', former.process_code, former.version, i.item_code)
   WHERE i.qc_process_id = former.qc_process_id;
  RETURN made.qc_process_id;
END;
$$;
COMMENT ON FUNCTION revise_process(text, text) IS 'A draft copy of a checklist with the next version number; returns its key.';

CREATE OR REPLACE FUNCTION save_process_item(p_process_id bigint, p_item jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  template qc_processes;
  item qc_process_items;
  wanted_choices jsonb := p_item -> 'choices';
  unknown text;
BEGIN
  PERFORM require_person('checklist_template:update');
  template := lock_draft_process(p_process_id);
  IF jsonb_typeof(p_item) IS DISTINCT FROM 'object' OR coalesce(p_item ->> 'item_code', '') = '' THEN
    RAISE EXCEPTION 'The item must be a JSON object with its item_code.' USING ERRCODE = 'TV022', COLUMN = 'item', HINT = 'For example {"item_code": "P2.18", "section_code": "P2", "scope": "SINK", "answer_type": "PASS_FAIL", "item_text": "…", "texts": {"FR": "…"}}.';
  END IF;
  SELECT string_agg(k, ', ') INTO unknown FROM jsonb_object_keys(p_item) k
   WHERE k IN ('qc_process_item_id', 'qc_process_id') OR (k NOT IN ('choices', 'texts') AND k NOT IN (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'public.qc_process_items'::regclass AND a.attnum > 0));
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'An item has no %.', unknown USING ERRCODE = 'TV022', HINT = 'The keys are the columns of qc_process_items, with choices (list) and texts ({"FR": "…"}).';
  END IF;
  SELECT * INTO item FROM qc_process_items i WHERE i.qc_process_id = p_process_id AND i.item_code = p_item ->> 'item_code';
  IF item.qc_process_item_id IS NULL THEN
    item := new_process_item(p_process_id, p_item);
  ELSE
    wanted_choices := coalesce(wanted_choices, (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.position) FROM qc_process_item_choices c WHERE c.qc_process_item_id = item.qc_process_item_id));
    DELETE FROM qc_process_items WHERE qc_process_item_id = item.qc_process_item_id;
  END IF;
  item := jsonb_populate_record(item, p_item - '{choices,texts}'::text[]);
  INSERT INTO qc_process_items OVERRIDING SYSTEM VALUE SELECT item.*;
  INSERT INTO qc_process_item_choices (qc_process_item_id, choice_code, position, label, offered_when, right_when, required_when, needs_note)
  SELECT item.qc_process_item_id, c.choice_code, n, coalesce(c.label, c.choice_code), c.offered_when, c.right_when, c.required_when, coalesce(c.needs_note, false)
    FROM jsonb_array_elements(coalesce(wanted_choices, '[]')) WITH ORDINALITY AS x (body, n) CROSS JOIN LATERAL jsonb_populate_record(NULL::qc_process_item_choices, x.body) c;
  INSERT INTO translations (entity, translation_key, language, body)
  SELECT 'checklist_item', format('%s/%s/%s', template.process_code, template.version, item.item_code), upper(t.key), t.value FROM jsonb_each_text(coalesce(p_item -> 'texts', '{}')) t
  ON CONFLICT (entity, translation_key, language) DO UPDATE SET body = excluded.body;
  RETURN item.qc_process_item_id;
EXCEPTION WHEN syntax_error OR invalid_text_representation OR check_violation OR not_null_violation OR foreign_key_violation OR unique_violation OR invalid_parameter_value OR numeric_value_out_of_range THEN
  RAISE EXCEPTION 'Item % is not right: %.', p_item ->> 'item_code', SQLERRM USING ERRCODE = 'TV022', COLUMN = 'item', HINT = 'Look at the comments of qc_process_items for what each column takes; conditions are jsonpath, for example $.pegboard == true.';
END;
$$;
COMMENT ON FUNCTION save_process_item(bigint, jsonb) IS
  'Adds an item to a draft checklist or changes the one with its item_code. Keys: columns of qc_process_items; choices: [{"choice_code", "label", "offered_when", "right_when", "required_when", "needs_note"}]; texts: {"FR": "…"}.';

CREATE OR REPLACE FUNCTION new_process_item(p_process_id bigint, p_item jsonb) RETURNS qc_process_items
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item qc_process_items;
BEGIN
  item.qc_process_item_id := nextval(pg_get_serial_sequence('public.qc_process_items', 'qc_process_item_id'));
  item.qc_process_id := p_process_id;
  item.sheet_row := p_item ->> 'item_code';
  item.position := (SELECT coalesce(max(i.position), 0) + 10 FROM qc_process_items i WHERE i.qc_process_id = p_process_id);
  item.scope := 'SINK';
  item.is_mandatory := true;
  item.quantity_factor := 1;
  item.is_pair := false;
  item.is_multiple := false;
  item.photo_rule := 'NEVER';
  item.verified_by := '{}';
  item.depends_on := '{}';
  item.may_be_waived := true;
  RETURN item;
END;
$$;
COMMENT ON FUNCTION new_process_item(bigint, jsonb) IS 'An item with the values it has unless something else is said.';

CREATE OR REPLACE FUNCTION remove_process_item(p_process_id bigint, p_item_code text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  template qc_processes;
BEGIN
  PERFORM require_person('checklist_template:update');
  template := lock_draft_process(p_process_id);
  DELETE FROM qc_process_items i WHERE i.qc_process_id = p_process_id AND i.item_code = upper(btrim(p_item_code));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Checklist % version % has no item %.', template.process_code, template.version, shown(p_item_code) USING ERRCODE = 'TV004', COLUMN = 'item_code', HINT = 'SELECT item_code, item_text FROM qc_process_items lists them.';
  END IF;
  DELETE FROM translations t WHERE t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', template.process_code, template.version, upper(btrim(p_item_code)));
END;
$$;
COMMENT ON FUNCTION remove_process_item(bigint, text) IS 'Takes an item out of a draft checklist.';

CREATE OR REPLACE FUNCTION discard_draft_process(p_process_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  template qc_processes;
BEGIN
  PERFORM require_person('checklist_template:update');
  template := lock_draft_process(p_process_id);
  DELETE FROM translations t USING qc_process_items i
   WHERE i.qc_process_id = p_process_id AND t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', template.process_code, template.version, i.item_code);
  DELETE FROM qc_processes WHERE qc_process_id = p_process_id;
END;
$$;
COMMENT ON FUNCTION discard_draft_process(bigint) IS 'Deletes a draft checklist that nobody wants.';

CREATE OR REPLACE FUNCTION checklist_expressions(p_process_id bigint) RETURNS TABLE (item_code text, expression text)
LANGUAGE sql STABLE ROWS 200
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT i.item_code::text, x.e::text FROM qc_process_items i CROSS JOIN LATERAL unnest(ARRAY[i.applies_when, i.na_by_hand_when, i.quantity_each, i.tolerance_low, i.tolerance_high]) AS x (e)
   WHERE i.qc_process_id = p_process_id AND x.e IS NOT NULL
  UNION ALL
  SELECT i.item_code::text, x.e::text FROM qc_process_items i JOIN qc_process_item_choices c USING (qc_process_item_id) CROSS JOIN LATERAL unnest(ARRAY[c.offered_when, c.right_when, c.required_when]) AS x (e)
   WHERE i.qc_process_id = p_process_id AND x.e IS NOT NULL
$$;
COMMENT ON FUNCTION checklist_expressions(bigint) IS 'Every expression of a template over the parameters of a configuration.';

CREATE OR REPLACE FUNCTION check_process(p_process_id bigint) RETURNS TABLE (item_code text, finding text)
LANGUAGE sql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH template AS (SELECT * FROM qc_processes p WHERE p.qc_process_id = p_process_id),
  items AS (SELECT i.* FROM qc_process_items i WHERE i.qc_process_id = p_process_id),
  known AS (SELECT d.list_code, d.parameter_code FROM template p JOIN rule_sets s ON s.family_code = p.family_code AND s.state = 'RELEASED' JOIN configuration_parameters d USING (rule_set_id)),
  expressions AS (SELECT * FROM checklist_expressions(p_process_id))
  SELECT '-', 'has no items' WHERE NOT EXISTS (SELECT FROM items)
  UNION ALL
  SELECT i.item_code, 'offers no choices' FROM items i WHERE i.answer_type = 'CHOICE' AND NOT EXISTS (SELECT FROM qc_process_item_choices c WHERE c.qc_process_item_id = i.qc_process_item_id)
  UNION ALL
  SELECT i.item_code, 'counts nothing: give quantity_each' FROM items i WHERE i.answer_type = 'COUNT' AND i.quantity_each IS NULL AND i.expands_over IS NULL
  UNION ALL
  SELECT i.item_code, format('depends on %s, which is not before it', d) FROM items i CROSS JOIN LATERAL unnest(i.depends_on) d
   WHERE NOT EXISTS (SELECT FROM items o WHERE o.item_code = d AND o.position < i.position)
  UNION ALL
  SELECT i.item_code, format('is verified by %s, which is not defined', v) FROM items i CROSS JOIN LATERAL unnest(i.verified_by) v WHERE NOT EXISTS (SELECT FROM workflow_guards g WHERE g.guard_code = v)
  UNION ALL
  SELECT i.item_code, format('has no text in %s', l.language) FROM template p CROSS JOIN items i CROSS JOIN (VALUES ('FR')) AS l (language)
   WHERE NOT EXISTS (SELECT FROM translations t WHERE t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', p.process_code, p.version, i.item_code) AND t.language = l.language)
  UNION ALL
  SELECT e.item_code, format('reads %s, which is not defined', m[1]) FROM expressions e CROSS JOIN LATERAL regexp_matches(e.expression, '\$\."([^"]+)"', 'g') m
   WHERE NOT EXISTS (SELECT FROM known k WHERE k.list_code = '' AND k.parameter_code = m[1])
  UNION ALL
  SELECT e.item_code, format('reads %s of a basin, which is not defined', m[1]) FROM expressions e CROSS JOIN LATERAL regexp_matches(e.expression, '\$"b"\."([^"]+)"', 'g') m
   WHERE m[1] NOT IN ('number', 'width_in', 'length_in', 'depth_in') AND NOT EXISTS (SELECT FROM known k WHERE k.list_code = 'basins' AND k.parameter_code = m[1])
  UNION ALL
  SELECT e.item_code, format('reads %s of an element, which is not defined', m[1]) FROM expressions e CROSS JOIN LATERAL regexp_matches(e.expression, '(?:@|\]|\))\."([^"]+)"', 'g') m
   WHERE NOT EXISTS (SELECT FROM known k WHERE k.list_code <> '' AND k.parameter_code = m[1])
$$;
COMMENT ON FUNCTION check_process(bigint) IS 'Mistakes of a checklist template that would make an item silently wrong: unknown names in expressions, missing choices, texts, quantities.';

CREATE OR REPLACE FUNCTION refuse_process_mistakes(p_process_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  mistakes text;
BEGIN
  SELECT string_agg(format('%s %s', c.item_code, c.finding), '; ') INTO mistakes FROM check_process(p_process_id) c;
  IF mistakes IS NOT NULL THEN
    RAISE EXCEPTION 'The checklist has mistakes: %.', left(mistakes, 2000) USING ERRCODE = 'TV022', HINT = format('SELECT * FROM check_process(%s) lists them.', p_process_id);
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_process_mistakes(bigint) IS 'Raises TV022 with the findings of check_process, if there are any.';

CREATE OR REPLACE FUNCTION publish_process(p_process_id bigint, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('checklist_template:publish');
  template qc_processes := lock_draft_process(p_process_id);
  started timestamptz := clock_timestamp();
  signature bigint;
BEGIN
  PERFORM require_reason(p_note);
  PERFORM refuse_process_mistakes(p_process_id);
  UPDATE qc_processes SET state = 'SUPERSEDED', effective_to = started WHERE family_code = template.family_code AND gate_code = template.gate_code AND state = 'RELEASED';
  UPDATE qc_processes SET state = 'RELEASED', effective_from = started, released_by = person, note = concat_ws(E'\n', nullif(note, ''), btrim(p_note)) WHERE qc_process_id = p_process_id;
  signature := sign('qc_processes', p_process_id, 'released', p_note);
  PERFORM emit_event('checklist.template_changed', 'qc_processes', p_process_id, jsonb_build_object('process_code', template.process_code, 'version', template.version, 'gate', template.gate_code, 'note', p_note,
    'open_builds', (SELECT coalesce(jsonb_agg(q.build_id ORDER BY q.build_id), '[]') FROM qc_inspections q WHERE q.gate_code = template.gate_code AND q.state IN ('DRAFT', 'IN_PROGRESS'))));
  RETURN signature;
END;
$$;
COMMENT ON FUNCTION publish_process(bigint, text) IS
  'Puts a draft checklist in force, signed; the former version is superseded, and open inspections keep the version they began with. The note says what changed and who was consulted. Returns the key of the signature.';

CREATE OR REPLACE FUNCTION canonical_qc_processes(p_process_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('code', p.process_code, 'version', p.version, 'gate', p.gate_code, 'family', p.family_code, 'document', p.document_code, 'revision', p.document_revision,
    'items', (SELECT jsonb_agg((to_jsonb(i) - '{qc_process_id,qc_process_item_id}'::text[]) || jsonb_build_object(
                'choices', (SELECT jsonb_agg(to_jsonb(c) - '{qc_process_item_choice_id,qc_process_item_id}'::text[] ORDER BY c.position) FROM qc_process_item_choices c WHERE c.qc_process_item_id = i.qc_process_item_id),
                'texts', (SELECT jsonb_object_agg(t.language, t.body) FROM translations t WHERE t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', p.process_code, p.version, i.item_code))) ORDER BY i.position)
                FROM qc_process_items i WHERE i.qc_process_id = p.qc_process_id))
    FROM qc_processes p WHERE p.qc_process_id = p_process_id
$$;
COMMENT ON FUNCTION canonical_qc_processes(bigint) IS 'What a signature on a checklist template is bound to: its items with choices and texts.';
