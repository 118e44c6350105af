-- Reading quality records: packing list, result for customer service, canonical form for signatures, key figures.

CREATE OR REPLACE FUNCTION packing_list(p_build_id bigint, p_language text DEFAULT 'EN')
RETURNS TABLE (item_code text, item_text text, expected_quantity numeric, packed_quantity numeric, unit_code text, state text)
LANGUAGE plpgsql STABLE ROWS 25
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  packing qc_inspections := latest_inspection(p_build_id, 'PACKING');
  build builds;
  sink configurations;
BEGIN
  PERFORM require_permission('packing_list:read'), require_visible_build(p_build_id);
  IF packing.qc_inspection_id IS NOT NULL THEN
    RETURN QUERY
      SELECT i.item_code::text, packing_text(i.qc_process_item_id, i.item_code, i.item_text, p_language), i.expected_quantity, i.answer_number, i.unit_code::text,
             CASE WHEN i.result = 'NA' THEN 'NOT_APPLICABLE' WHEN i.result = 'OPEN' THEN 'OPEN' WHEN i.result = 'PASS' THEN 'PACKED'
                  WHEN i.answer_number < i.expected_quantity THEN 'SHORT' ELSE 'TOO_MANY' END
        FROM qc_inspection_items i WHERE i.qc_inspection_id = packing.qc_inspection_id ORDER BY i.position;
    RETURN;
  END IF;
  SELECT * INTO build FROM builds b WHERE b.build_id = p_build_id;
  SELECT * INTO sink FROM configurations c WHERE c.configuration_id = build.configuration_id;
  IF sink.configuration_id IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT r.item_code, packing_text(r.qc_process_item_id, r.item_code, r.item_text, p_language), r.expected_quantity, NULL::numeric, r.unit_code, CASE WHEN r.is_applicable THEN 'OPEN' ELSE 'NOT_APPLICABLE' END
      FROM checklist_rows((released_process('PACKING', sink.family_code)).qc_process_id, sink.parameters, build.bom_id) r ORDER BY r.item_position;
END;
$$;
COMMENT ON FUNCTION packing_list(bigint, text) IS
  'What is packed with a build: expected quantities by configuration and BOM, packed ones as counted, and the state OPEN, PACKED, SHORT, TOO_MANY or NOT_APPLICABLE. Before packing begins: what will be asked for.';

CREATE OR REPLACE FUNCTION packing_text(p_process_item_id bigint, p_item_code text, p_text text, p_language text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- For a line of the BOM the text goes on with code and name, as the catalogue has them.
  SELECT CASE WHEN upper(p_language) = 'EN' THEN p_text
              WHEN strpos(p_item_code, ':') = 0 THEN checklist_text(p_process_item_id, upper(p_language))
              ELSE checklist_text(p_process_item_id, upper(p_language)) || substr(p_text, length(checklist_text(p_process_item_id, 'EN')) + 1) END
$$;
COMMENT ON FUNCTION packing_text(bigint, text, text, text) IS 'Text of a packing item in a language.';

CREATE OR REPLACE FUNCTION inspection_sheet(p_inspection_id bigint, p_language text DEFAULT 'EN')
RETURNS TABLE (section_code text, section_title text, item_code text, basin_number integer, item_text text, answer_type text, photo_rule text, unit_code text, is_applicable boolean,
  is_mandatory boolean, may_be_na_by_hand boolean, expected_quantity numeric, tolerance_low numeric, tolerance_high numeric, max_difference numeric, choices jsonb, result text, answer jsonb,
  note text, na_reason text, answered_by text, answered_at timestamptz, is_carried_over boolean, is_waived boolean, photos text[])
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT FROM qc_inspections q WHERE q.qc_inspection_id = p_inspection_id) THEN
    RAISE EXCEPTION 'There is no inspection %.', shown(p_inspection_id) USING ERRCODE = 'TV004', COLUMN = 'inspection_id', HINT = 'SELECT qc_inspection_id, gate_code, state FROM qc_inspections lists them.';
  END IF;
  RETURN QUERY
    SELECT p.section_code::text, coalesce(s.body, p.section_code), i.item_code::text, i.basin_number, packing_text(i.qc_process_item_id, i.item_code, i.item_text, p_language), p.answer_type, p.photo_rule,
           i.unit_code::text, i.is_applicable, i.is_mandatory, i.may_be_na_by_hand, i.expected_quantity, i.tolerance_low, i.tolerance_high, i.max_difference,
           (SELECT jsonb_agg(jsonb_build_object('code', c.choice_code, 'label', coalesce(t.body, c.label), 'needs_note', c.needs_note) ORDER BY c.position)
              FROM qc_process_item_choices c LEFT JOIN translations t ON t.entity = 'checklist_choice' AND t.translation_key = c.choice_code AND t.language = upper(p_language)
             WHERE c.qc_process_item_id = i.qc_process_item_id AND c.choice_code = ANY (i.choices)),
           i.result, nullif(jsonb_strip_nulls(jsonb_build_object('pass', i.answer_boolean, 'value', i.answer_number, 'reference', i.reference_number, 'text', i.answer_text, 'choices', to_jsonb(i.answer_choices), 'date', i.answer_date)), '{}'),
           i.note, i.na_reason, u.display_name, i.answered_at, i.carried_from_id IS NOT NULL, i.waived_at IS NOT NULL,
           array(SELECT x.sha256::text FROM qc_inspection_photos x WHERE x.qc_inspection_item_id = i.qc_inspection_item_id ORDER BY x.qc_inspection_photo_id)
      FROM qc_inspection_items i
      JOIN qc_process_items p USING (qc_process_item_id)
      LEFT JOIN translations s ON s.entity = 'checklist_section' AND s.translation_key = p.section_code AND s.language = upper(p_language)
      LEFT JOIN users u ON u.user_id = i.answered_by
     WHERE i.qc_inspection_id = p_inspection_id
     ORDER BY i.position;
END;
$$;
COMMENT ON FUNCTION inspection_sheet(bigint, text) IS 'A checklist as people fill it in and read it, in a language: blocks, items with what is expected, choices, answers, who and when.';

CREATE OR REPLACE FUNCTION build_quality_results(p_build_id bigint) RETURNS TABLE (gate_code text, title text, attempts bigint, result text, completed_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 6
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT has_permission('inspection:read') THEN
    PERFORM require_permission('inspection:read_result');
  END IF;
  PERFORM require_visible_build(p_build_id);
  RETURN QUERY
    SELECT g.gate_code::text, g.title, count(q.qc_inspection_id), coalesce((latest_inspection(p_build_id, g.gate_code)).state, 'NOT_BEGUN'), max(q.completed_at)
      FROM qc_gates g LEFT JOIN qc_inspections q ON q.gate_code = g.gate_code AND q.build_id = p_build_id AND q.state <> 'VOID'
     GROUP BY g.gate_code, g.title, g.position ORDER BY g.position;
END;
$$;
COMMENT ON FUNCTION build_quality_results(bigint) IS 'The result of each gate of a build without its details, for customer service.';

CREATE OR REPLACE FUNCTION canonical_qc_inspections(p_inspection_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object(
    'build_number', b.build_number, 'gate', q.gate_code, 'attempt', q.attempt, 'inspector_id', q.inspector_id, 'started_at', extract(epoch FROM q.started_at),
    'template', jsonb_build_object('code', p.process_code, 'version', p.version, 'document', p.document_code, 'revision', p.document_revision),
    'configuration', c.parameters_hash, 'bom', m.content_hash, 'first_pass', q.first_pass,
    'reject_category', q.reject_category, 'reject_severity', q.reject_severity, 'decision_note', q.decision_note,
    'items', (
      SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'item', i.item_code, 'basin', i.basin_number, 'text', i.item_text, 'applies', i.is_applicable, 'unit', i.unit_code, 'expected', i.expected_quantity,
               'low', i.tolerance_low, 'high', i.tolerance_high, 'difference', i.max_difference, 'right', to_jsonb(i.right_choices),
               'result', i.result, 'na_reason', i.na_reason, 'boolean', i.answer_boolean, 'number', i.answer_number, 'reference', i.reference_number, 'words', i.answer_text,
               'choices', to_jsonb(i.answer_choices), 'date', i.answer_date, 'note', i.note, 'by', i.answered_by, 'at', extract(epoch FROM i.answered_at),
               'carried_from', i.carried_from_id, 'waived_at', extract(epoch FROM i.waived_at),
               'photos', (SELECT jsonb_agg(x.sha256 ORDER BY x.sha256) FROM qc_inspection_photos x WHERE x.qc_inspection_item_id = i.qc_inspection_item_id))) ORDER BY i.position)
        FROM qc_inspection_items i WHERE i.qc_inspection_id = q.qc_inspection_id))
    FROM qc_inspections q JOIN builds b USING (build_id) JOIN qc_processes p USING (qc_process_id) JOIN configurations c ON c.configuration_id = q.configuration_id LEFT JOIN boms m ON m.bom_id = q.bom_id
   WHERE q.qc_inspection_id = p_inspection_id
$$;
COMMENT ON FUNCTION canonical_qc_inspections(bigint) IS
  'What a signature on an inspection is bound to: template version, configuration, BOM, every item with its answer and the hashes of its photos. Approval and reopening are not part of it: they are acts of their own.';

CREATE OR REPLACE FUNCTION canonical_nonconformities(p_nonconformity_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT to_jsonb(n) - 'updated_at' || jsonb_build_object('photos', (SELECT jsonb_agg(x.sha256 ORDER BY x.sha256) FROM qc_inspection_photos x WHERE x.nonconformity_id = n.nonconformity_id))
    FROM nonconformities n WHERE n.nonconformity_id = p_nonconformity_id
$$;
COMMENT ON FUNCTION canonical_nonconformities(bigint) IS 'What a signature on a nonconformity is bound to: the whole record with the hashes of its photos.';

CREATE OR REPLACE FUNCTION defect_pareto(p_from date DEFAULT NULL, p_to date DEFAULT NULL)
RETURNS TABLE (category_code text, title text, findings bigint, critical bigint, major bigint, minor bigint, share_percent numeric, cumulative_percent numeric)
LANGUAGE sql STABLE ROWS 10
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH counted AS (
    SELECT c.category_code, c.title, c.position, count(*) AS findings, count(*) FILTER (WHERE n.severity = 'CRITICAL') AS critical,
           count(*) FILTER (WHERE n.severity = 'MAJOR') AS major, count(*) FILTER (WHERE n.severity = 'MINOR') AS minor
      FROM nonconformities n JOIN nonconformity_categories c USING (category_code)
     WHERE n.reported_at >= coalesce(p_from, '-infinity')::timestamp AT TIME ZONE site_time_zone() AND n.reported_at < coalesce(p_to + 1, 'infinity')::timestamp AT TIME ZONE site_time_zone()
     GROUP BY c.category_code, c.title, c.position)
  SELECT k.category_code::text, k.title, k.findings, k.critical, k.major, k.minor, round(100.0 * k.findings / sum(k.findings) OVER (), 1),
         round(100.0 * sum(k.findings) OVER (ORDER BY k.findings DESC, k.position) / sum(k.findings) OVER (), 1)
    FROM counted k ORDER BY k.findings DESC, k.position
$$;
COMMENT ON FUNCTION defect_pareto(date, date) IS 'Findings by reason, the most frequent first, with shares; both days (at the plant) included, null for open ends.';

CREATE OR REPLACE FUNCTION decided_inspections(p_since timestamptz, p_until timestamptz) RETURNS TABLE (gate_code text, completed_at timestamptz, is_first boolean, has_passed boolean)
LANGUAGE sql STABLE ROWS 1000
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT q.gate_code::text, q.completed_at,
         q.attempt = 1 OR NOT EXISTS (SELECT FROM qc_inspections e WHERE e.build_id = q.build_id AND e.gate_code = q.gate_code AND e.attempt < q.attempt AND e.state <> 'VOID'), q.state <> 'REJECTED'
    -- Gate by gate, so that each is found by its index.
    FROM qc_gates g
    CROSS JOIN LATERAL (
      SELECT i.build_id, i.gate_code, i.attempt, i.state, i.completed_at FROM qc_inspections i
       WHERE i.gate_code = g.gate_code AND i.state IN ('COMPLETED', 'APPROVED', 'PASSED', 'REJECTED') AND i.completed_at >= p_since AND i.completed_at < p_until) q
$$;
COMMENT ON FUNCTION decided_inspections(timestamptz, timestamptz) IS 'Inspections decided in a span: gate, when, whether it was the build''s first at that gate, and whether it passed. What first-pass yields are counted from.';

CREATE OR REPLACE FUNCTION quality_kpis(p_from date DEFAULT NULL, p_to date DEFAULT NULL)
RETURNS TABLE (month date, gate_code text, first_inspections bigint, passed_first_time bigint, first_pass_yield_percent numeric, rejections bigint, reinspections bigint)
LANGUAGE sql STABLE ROWS 80
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH decided AS MATERIALIZED (
    SELECT q.gate_code, q.is_first, q.has_passed, date_trunc('month', q.completed_at AT TIME ZONE 'UTC')::date AS month
      FROM decided_inspections(coalesce(p_from, '-infinity')::timestamp AT TIME ZONE 'UTC', coalesce(p_to + 1, 'infinity')::timestamp AT TIME ZONE 'UTC') q)
  SELECT d.month, d.gate_code, count(*) FILTER (WHERE d.is_first), count(*) FILTER (WHERE d.is_first AND d.has_passed),
         round(100.0 * count(*) FILTER (WHERE d.is_first AND d.has_passed) / nullif(count(*) FILTER (WHERE d.is_first), 0), 1),
         count(*) FILTER (WHERE NOT d.has_passed), count(*) FILTER (WHERE NOT d.is_first)
    FROM decided d GROUP BY d.month, d.gate_code ORDER BY d.month, d.gate_code
$$;
COMMENT ON FUNCTION quality_kpis(date, date) IS
  'Per month (UTC) and gate: builds inspected for the first time, how many of them passed at once (first-pass yield), rejections, and inspections after the first. Both days included, null for open ends.';
