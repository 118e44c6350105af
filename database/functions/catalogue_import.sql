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
-- merge and leaves only the session with its findings; a preview undoes it too.

CREATE OR REPLACE FUNCTION import_summary(p_is_refused boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT coalesce(jsonb_object_agg(k.kind, jsonb_build_object(
             'read', k.read, 'new', k.new, 'changed', k.changed, 'unchanged', k.unchanged, 'folded', k.folded, 'refused', k.refused)), '{}')
      FROM (SELECT o.kind, count(*) AS read,
                   count(*) FILTER (WHERE o.outcome = 'new') AS new, count(*) FILTER (WHERE o.outcome = 'changed') AS changed,
                   count(*) FILTER (WHERE o.outcome = 'unchanged') AS unchanged, count(*) FILTER (WHERE o.outcome = 'folded') AS folded,
                   count(*) FILTER (WHERE o.outcome = 'refused') AS refused
              FROM (SELECT r.kind, CASE WHEN NOT p_is_refused THEN r.outcome WHEN (r.source, r.location) IN (SELECT f.source, f.location FROM staged_finding f WHERE f.severity = 'ERROR') THEN 'refused' END AS outcome
                      FROM (SELECT kind, source, location, outcome FROM staged_place
                            UNION ALL SELECT kind, source, location, outcome FROM staged_item
                            UNION ALL SELECT kind, source, location, outcome FROM staged_component
                            UNION ALL SELECT 'listings', source, location, outcome FROM staged_listing
                            UNION ALL SELECT 'codes', source, location, outcome FROM staged_code) r) o
             GROUP BY o.kind) k);
END;
$$;
COMMENT ON FUNCTION import_summary(boolean) IS 'Counts of the staged rows by kind and outcome; of a refused import, which stores none of them, those that an error stands against.';

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

CREATE OR REPLACE FUNCTION import_catalogue(p_document jsonb, p_sources jsonb DEFAULT '[]', p_commit boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  session_id bigint;
  began timestamptz := clock_timestamp();
  has_errors boolean;
  is_undone boolean := false;
  summary jsonb;
  findings jsonb;
  error_state text;
  error_message text;
  error_hint text;
BEGIN
  PERFORM require_permission('catalogue:import');
  PERFORM require_catalogue_document(p_document);
  PERFORM stage_catalogue(p_document);
  PERFORM judge_codes();
  PERFORM judge_values();
  PERFORM judge_places();
  PERFORM judge_identities();
  PERFORM judge_references();
  has_errors := EXISTS (SELECT FROM staged_finding f WHERE f.severity = 'ERROR');

  IF NOT has_errors THEN
    BEGIN
      PERFORM lock_structure();
      PERFORM merge_places();
      PERFORM clear_the_way();
      PERFORM merge_assemblies();
      PERFORM merge_parts();
      PERFORM merge_names();
      PERFORM merge_contents();
      summary := import_summary(false);
      findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
      -- Not TV000: PL/pgSQL takes a code that ends in 000 for its whole class.
      IF NOT p_commit THEN
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
    summary := import_summary(true);
    findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
  END IF;

  INSERT INTO import_sessions (import_kind, state, sources, summary, created_by, created_at, finished_at)
  VALUES ('CATALOGUE', CASE WHEN has_errors THEN 'REFUSED' WHEN is_undone THEN 'PREVIEWED' ELSE 'COMMITTED' END,
          coalesce(p_sources, '[]'), summary, current_actor(), began, clock_timestamp())
  RETURNING import_session_id INTO session_id;
  INSERT INTO import_findings (import_session_id, severity, source, location, field, found, expected, message)
  SELECT session_id, f.severity, coalesce(f.source, 'document'), coalesce(f.location, '-'), f.field, f.found, f.expected, f.message
    FROM jsonb_to_recordset(findings) AS f (severity text, source text, location text, field text, found text, expected text, message text);
  RETURN session_id;
END;
$$;
COMMENT ON FUNCTION import_catalogue(jsonb, jsonb, boolean) IS
  'Imports a catalogue document: judges it, and merges it when p_commit is true and there is no error. Returns the key of its row in '
  'import_sessions, whose state is COMMITTED, PREVIEWED or REFUSED; import_findings has what there is to say.';

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
     WHERE c.document_content_id = p_document_content_id AND c.created_by = current_user_id() AND c.stored_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION import_content_place(bigint) IS 'Where a content lies that the acting person stored for an import (place_of_content); nothing where it is another one''s, or gone.';
