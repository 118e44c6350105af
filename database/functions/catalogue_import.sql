-- Taking a catalogue in. Whoever reads the files hands over one JSON document of rows; what the rows mean, which of them are
-- wrong and how they change the catalogue is decided here, so that every way in judges alike.
--
-- The document holds arrays of objects; every row has source (file) and location (line or JSON pointer), all values are text:
--   categories     code, name, description, position
--   subcategories  category, code, name, description, position
--   assemblies     code, name, description, category, subcategory, type, is_orderable, is_kit, status, unit, manufacturer,
--                  manufacturer_part_number, standard_cost, list_price, weight_kg, lead_time_days, labour_hours,
--                  attributes (object), states_components ("true": its components in this document are all it has)
--   parts          the same without category, subcategory, is_kit, labour_hours and states_components
--   components     parent, child, quantity, unit, scrap_percent, position, is_optional, substitute_group, note
--   proposals      as components: content proposed as a draft beside the one in force
--   doubts         code, part, why: cells of a proposal that engineering must settle
--   listings       subcategory, code, position: further places where an assembly is listed
--   codes          code, item, kind (SHORT or ALIAS), origin, subcategory: further names of an item
--   findings       what the reader had to say already
--
-- Order: stage the rows in temporary tables, judge them, merge them inside one subtransaction. An error anywhere undoes the
-- merge and leaves only the session with its rows and findings; a preview undoes it too.

CREATE OR REPLACE FUNCTION stored_rows() RETURNS TABLE (row_kind text, n bigint, content jsonb)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT s.kind, s.n, jsonb_build_object('name', c.name, 'description', c.description, 'position', c.position, 'is_sample', c.is_sample)
      FROM staged_place s JOIN categories c ON c.category_code = s.code WHERE s.kind = 'categories'
    UNION ALL
    SELECT s.kind, s.n, jsonb_build_object('category_code', c.category_code, 'name', b.name, 'description', b.description, 'position', b.position, 'is_sample', b.is_sample)
      FROM staged_place s JOIN subcategories b ON b.subcategory_code = s.code JOIN categories c USING (category_id) WHERE s.kind = 'subcategories'
    UNION ALL
    SELECT i.kind, i.n, to_jsonb(a) - '{assembly_id,subcategory_id,created_at,updated_at}'::text[] || jsonb_build_object('subcategory_code', b.subcategory_code)
      FROM staged_item i JOIN assemblies a ON a.assembly_code = i.code JOIN subcategories b USING (subcategory_id) WHERE i.kind = 'assemblies'
    UNION ALL
    SELECT i.kind, i.n, to_jsonb(p) - '{part_id,created_at,updated_at}'::text[]
      FROM staged_item i JOIN parts p ON p.part_number = i.code WHERE i.kind = 'parts'
    UNION ALL
    SELECT c.kind, c.n, to_jsonb(x) - '{assembly_component_id,assembly_revision_id,child_assembly_id,child_part_id}'::text[]
      FROM staged_component c
      JOIN item_codes child ON child.item_code = c.child
      JOIN (SELECT parent.item_code, effective_revision_id(parent.assembly_id) AS in_force_id
              FROM item_codes parent WHERE parent.item_code IN (SELECT p.parent FROM staged_component p) AND parent.assembly_id IS NOT NULL) r ON r.item_code = c.parent
      JOIN assembly_components x ON x.assembly_revision_id = r.in_force_id AND (x.child_assembly_id = child.assembly_id OR x.child_part_id = child.part_id)
     WHERE c.kind = 'components'
    UNION ALL
    SELECT 'codes', c.n, jsonb_build_object('item_code', coalesce(a.assembly_code, p.part_number), 'code_kind', ic.code_kind, 'source', ic.source, 'is_sample', ic.is_sample)
      FROM staged_code c JOIN item_codes ic ON ic.item_code = c.code
      LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id LEFT JOIN parts p ON p.part_id = ic.part_id;
END;
$$;
COMMENT ON FUNCTION stored_rows() IS 'What the database holds of the staged rows at this moment; read before and after the merge, it says what the merge changed.';

CREATE OR REPLACE FUNCTION import_changes(p_before jsonb, p_after jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value)), '{}')
    FROM jsonb_each(p_after) a JOIN jsonb_each(p_before) b USING (key) WHERE a.value <> b.value
$$;
COMMENT ON FUNCTION import_changes(jsonb, jsonb) IS 'Columns whose value differs, each with [before, after].';

CREATE OR REPLACE FUNCTION import_outcomes(p_before jsonb, p_is_refused boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    WITH said AS (
      SELECT 1 AS part, p.kind, p.n, p.source, p.location, p.code, p.category_code AS place, p.name AS label, p.outcome FROM staged_place p
      UNION ALL SELECT 2, i.kind, i.n, i.source, i.location, i.code, i.subcategory, i.name, i.outcome FROM staged_item i
      UNION ALL SELECT 3, c.kind, c.n, c.source, c.location, c.child, c.parent, concat_ws(' ', c.quantity, c.unit), c.outcome FROM staged_component c
      UNION ALL SELECT 4, 'listings', l.n, l.source, l.location, l.code, l.subcategory, NULL, l.outcome FROM staged_listing l
      UNION ALL SELECT 5, 'codes', c.n, c.source, c.location, c.code, coalesce(c.target, c.item), c.kind, c.outcome FROM staged_code c),
    wrong AS (SELECT DISTINCT f.source, f.location FROM staged_finding f WHERE f.severity = 'ERROR'),
    changed AS (
      SELECT b.row_kind, b.n, import_changes(b.content, a.content) AS changes
        FROM jsonb_to_recordset(p_before) AS b (row_kind text, n bigint, content jsonb) JOIN stored_rows() a USING (row_kind, n)
       WHERE NOT p_is_refused)
    SELECT coalesce(jsonb_agg(jsonb_build_object(
             'row_kind', s.kind, 'source', s.source, 'location', s.location, 'item_code', s.code, 'place_code', s.place,
             'label', nullif(btrim(s.label), ''), 'changes', CASE s.outcome WHEN 'changed' THEN coalesce(c.changes, '{}') ELSE '{}' END,
             'outcome', CASE WHEN NOT p_is_refused THEN upper(coalesce(s.outcome, 'refused')) WHEN w.source IS NULL THEN 'HELD' ELSE 'REFUSED' END)
             ORDER BY s.part, s.n), '[]')
      FROM said s
      LEFT JOIN wrong w ON w.source = s.source AND w.location = s.location
      LEFT JOIN changed c ON c.row_kind = s.kind AND c.n = s.n AND s.outcome = 'changed');
END;
$$;
COMMENT ON FUNCTION import_outcomes(jsonb, boolean) IS
  'The staged rows as import_rows keeps them. p_before: stored_rows() as it was before the merge. Of a refused import, which stores none of them, '
  'those that an error stands against are REFUSED and all others HELD.';

CREATE OR REPLACE FUNCTION import_summary(p_rows jsonb) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_object_agg(k.row_kind, jsonb_build_object(
           'read', k.read, 'new', k.new, 'changed', k.changed, 'unchanged', k.unchanged, 'folded', k.folded, 'refused', k.refused, 'held', k.held)), '{}')
    FROM (SELECT r.row_kind, count(*) AS read,
                 count(*) FILTER (WHERE r.outcome = 'NEW') AS new, count(*) FILTER (WHERE r.outcome = 'CHANGED') AS changed,
                 count(*) FILTER (WHERE r.outcome = 'UNCHANGED') AS unchanged, count(*) FILTER (WHERE r.outcome = 'FOLDED') AS folded,
                 count(*) FILTER (WHERE r.outcome = 'REFUSED') AS refused, count(*) FILTER (WHERE r.outcome = 'HELD') AS held
            FROM jsonb_to_recordset(p_rows) AS r (row_kind text, outcome text) GROUP BY r.row_kind) k
$$;
COMMENT ON FUNCTION import_summary(jsonb) IS 'Counts of the rows of an import (import_outcomes) by kind and outcome.';

CREATE OR REPLACE FUNCTION report_merge_error(p_sqlstate text, p_message text, p_hint text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', coalesce(c.source, 'database'), coalesce(c.location, '-'), CASE WHEN c.n IS NOT NULL THEN 'child' END, c.child_given,
         CASE WHEN p_sqlstate = 'TV001' THEN 'a structure without cycles' END, concat_ws(' ', p_message, p_hint)
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN LATERAL (
      SELECT * FROM staged_component s
       WHERE p_sqlstate = 'TV001' AND position(s.parent || ' → ' || s.child IN p_message) > 0
       ORDER BY s.n LIMIT 1) c ON true;
END;
$$;
COMMENT ON FUNCTION report_merge_error(text, text, text) IS 'Turns a rule that the database kept during the merge into a finding, for a cycle at the row that closes it.';

CREATE OR REPLACE FUNCTION open_import(p_import_session_id bigint) RETURNS import_sessions
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found import_sessions;
BEGIN
  SELECT * INTO found FROM import_sessions s WHERE s.import_session_id = p_import_session_id FOR UPDATE;
  IF found.import_session_id IS NULL THEN
    RAISE EXCEPTION 'There is no import %.', shown(p_import_session_id) USING ERRCODE = 'TV004', COLUMN = 'import_session_id', HINT = 'SELECT import_session_id, state FROM import_sessions lists them.';
  END IF;
  IF found.state IN ('COMMITTED', 'WITHDRAWN') THEN
    RAISE EXCEPTION 'Import % is %.', p_import_session_id, found.state USING ERRCODE = 'TV009', COLUMN = 'import_session_id', HINT = 'Begin a new import with the files.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION open_import(bigint) IS 'An import that can be gone on with, locked; raises TV004 where there is none and TV009 where it has ended.';

CREATE OR REPLACE FUNCTION rows_of_import(p_import_session_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(to_jsonb(r) - '{import_row_id,import_session_id}'::text[] ORDER BY r.import_row_id), '[]')
    FROM import_rows r WHERE r.import_session_id = p_import_session_id
$$;
COMMENT ON FUNCTION rows_of_import(bigint) IS 'What the last check of an import said of its rows, in the shape of import_outcomes.';

CREATE OR REPLACE FUNCTION keep_import_contents(p_import_session_id bigint, p_sources jsonb, p_is_over boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  named bigint[] := array(SELECT DISTINCT (s.value ->> 'content')::numeric::bigint FROM jsonb_array_elements(p_sources) s
                           WHERE jsonb_typeof(s.value -> 'content') = 'number' AND (s.value ->> 'content')::numeric BETWEEN 1 AND 9223372036854775807);
BEGIN
  -- A file that another person stored is known already from this import, or it is not theirs to name.
  PERFORM require_stored_content(c.id) FROM unnest(named) AS c (id)
    WHERE NOT EXISTS (SELECT FROM import_contents k WHERE k.import_session_id = p_import_session_id AND k.document_content_id = c.id);
  DELETE FROM import_contents k WHERE k.import_session_id = p_import_session_id AND (p_is_over OR k.document_content_id <> ALL (named));
  INSERT INTO import_contents (import_session_id, document_content_id)
  SELECT p_import_session_id, c.id FROM unnest(named) AS c (id) WHERE NOT p_is_over ORDER BY c.id ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION keep_import_contents(bigint, jsonb, boolean) IS 'Keeps the stored files that the sources of an import name for as long as it can be gone on with, and lets go of them when it is over.';

CREATE OR REPLACE FUNCTION keep_import(p_import_session_id bigint, p_state text, p_sources jsonb, p_rows jsonb, p_findings jsonb, p_began timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  session_id bigint := p_import_session_id;
BEGIN
  IF session_id IS NULL THEN
    INSERT INTO import_sessions (import_kind, created_by, created_at) VALUES ('CATALOGUE', current_actor(), p_began) RETURNING import_session_id INTO session_id;
  END IF;
  UPDATE import_sessions s
     SET state = p_state, sources = p_sources, summary = import_summary(p_rows), finished_at = clock_timestamp()
   WHERE s.import_session_id = session_id;
  DELETE FROM import_findings f WHERE f.import_session_id = session_id;
  INSERT INTO import_findings (import_session_id, severity, source, location, field, found, expected, message)
  SELECT session_id, f.severity, coalesce(f.source, 'document'), coalesce(f.location, '-'), f.field, f.found, f.expected, f.message
    FROM jsonb_to_recordset(p_findings) AS f (severity text, source text, location text, field text, found text, expected text, message text);
  DELETE FROM import_rows r WHERE r.import_session_id = session_id;
  INSERT INTO import_rows (import_session_id, row_kind, source, location, item_code, place_code, label, outcome, changes)
  SELECT session_id, r.row_kind, r.source, r.location, r.item_code, r.place_code, r.label, r.outcome, r.changes
    FROM ROWS FROM (jsonb_to_recordset(p_rows) AS (row_kind text, source text, location text, item_code text, place_code text, label text, outcome text, changes jsonb)) WITH ORDINALITY AS
         r (row_kind, source, location, item_code, place_code, label, outcome, changes, ordinal)
   ORDER BY r.ordinal;
  PERFORM keep_import_contents(session_id, p_sources, p_state = 'COMMITTED');
  RETURN session_id;
END;
$$;
COMMENT ON FUNCTION keep_import(bigint, text, jsonb, jsonb, jsonb, timestamptz) IS 'Writes what a check or a taking in made of an import, in place of what an earlier check said; a new import where none is named.';

CREATE OR REPLACE FUNCTION import_catalogue(p_document jsonb, p_sources jsonb DEFAULT '[]', p_commit boolean DEFAULT false, p_import_session_id bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  began timestamptz := clock_timestamp();
  sources jsonb := coalesce(nullif(p_sources, 'null'), '[]');
  seen jsonb;
  before jsonb;
  has_errors boolean;
  is_undone boolean := false;
  is_stale boolean := false;
  rows jsonb;
  findings jsonb;
  error_state text;
  error_message text;
  error_hint text;
BEGIN
  PERFORM require_permission('catalogue:import');
  PERFORM require_catalogue_document(p_document);
  IF jsonb_typeof(sources) <> 'array' THEN
    RAISE EXCEPTION 'The sources of an import are not a list.' USING ERRCODE = 'TV022', COLUMN = 'sources', HINT = 'For example [{"name": "parts.csv", "rows": 12}].';
  END IF;
  IF p_import_session_id IS NOT NULL THEN
    PERFORM open_import(p_import_session_id);
    seen := rows_of_import(p_import_session_id);
  END IF;
  PERFORM stage_catalogue(located_document(p_document));
  PERFORM judge_codes();
  PERFORM judge_values();
  PERFORM judge_places();
  PERFORM judge_identities();
  PERFORM judge_references();
  has_errors := EXISTS (SELECT FROM staged_finding f WHERE f.severity = 'ERROR');

  IF NOT has_errors THEN
    BEGIN
      PERFORM lock_structure();
      before := (SELECT jsonb_agg(to_jsonb(r)) FROM stored_rows() r);
      PERFORM merge_places();
      PERFORM clear_the_way();
      PERFORM merge_assemblies();
      PERFORM merge_parts();
      PERFORM merge_names();
      PERFORM merge_contents();
      rows := import_outcomes(before, false);
      findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
      -- Nothing is taken in that nobody has seen: the catalogue may have changed since the check, or a file.
      is_stale := p_commit AND rows <> seen;
      -- Not TV000: PL/pgSQL takes a code that ends in 000 for its whole class.
      IF NOT p_commit OR is_stale THEN
        RAISE EXCEPTION 'preview' USING ERRCODE = 'TV099';
      END IF;
    EXCEPTION
      WHEN SQLSTATE 'TV099' THEN
        is_undone := true;
      WHEN SQLSTATE 'TV001' OR SQLSTATE 'TV002' OR SQLSTATE 'TV003' OR SQLSTATE 'TV009' OR SQLSTATE 'TV022'
           OR integrity_constraint_violation OR data_exception THEN
        GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT, error_hint = PG_EXCEPTION_HINT;
        PERFORM report_merge_error(error_state, error_message, error_hint);
        has_errors := true;
    END;
  END IF;
  IF has_errors THEN
    rows := import_outcomes(NULL, true);
    findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
  END IF;
  IF is_stale THEN
    findings := coalesce(findings, '[]') || jsonb_build_object('severity', 'WARNING', 'source', 'database',
      'message', 'The catalogue or a file is no longer what the last check saw, so nothing is taken in yet. Look at the rows again, then take everything in.');
  END IF;
  RETURN keep_import(p_import_session_id, CASE WHEN has_errors THEN 'REFUSED' WHEN is_undone THEN 'PREVIEWED' ELSE 'COMMITTED' END, sources, rows, findings, began);
END;
$$;
COMMENT ON FUNCTION import_catalogue(jsonb, jsonb, boolean, bigint) IS
  'Imports a catalogue document: judges it, and merges it when p_commit is true and there is no error. Returns the key of its row in '
  'import_sessions, whose state is COMMITTED, PREVIEWED or REFUSED; import_rows has what becomes of each row, import_findings what there is '
  'to say. p_import_session_id goes on with an earlier check: what it said is replaced, and what is not as it said is not taken in.';

CREATE OR REPLACE FUNCTION withdraw_import(p_import_session_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('catalogue:import');
  PERFORM open_import(p_import_session_id);
  UPDATE import_sessions s SET state = 'WITHDRAWN', finished_at = clock_timestamp() WHERE s.import_session_id = p_import_session_id;
  PERFORM keep_import_contents(p_import_session_id, '[]', true);
END;
$$;
COMMENT ON FUNCTION withdraw_import(bigint) IS 'Gives up an import that was not taken in; its files are let go, what was said of its rows stays.';

CREATE OR REPLACE FUNCTION import_content_place(p_document_content_id bigint)
RETURNS TABLE (document_content_id bigint, storage text, object_key text, byte_size bigint, sha256 text, pieces bytea[])
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('catalogue:import');
  RETURN QUERY
    SELECT p.* FROM document_contents c CROSS JOIN LATERAL place_of_content(c.document_content_id) p
     WHERE c.document_content_id = p_document_content_id AND c.stored_at IS NOT NULL
       AND (c.created_by = current_user_id() OR EXISTS (SELECT FROM import_contents k WHERE k.document_content_id = c.document_content_id));
END;
$$;
COMMENT ON FUNCTION import_content_place(bigint) IS 'Where a content lies that the acting person stored, or that is the file of an import which can be gone on with (place_of_content); nothing where it is another one''s, or gone.';
