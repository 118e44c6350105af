-- Taking a catalogue in: the rows of the document in temporary tables (see catalogue_import.sql).

CREATE OR REPLACE FUNCTION number_or_null(p_text text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN length(p_text) <= 40 AND p_text ~ '^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$' THEN p_text::numeric END;
END
$$;
COMMENT ON FUNCTION number_or_null(text) IS 'The number that a text holds, or null when it holds none. No exponents: a spreadsheet''s 6.65E+11 has lost digits.';

CREATE OR REPLACE FUNCTION boolean_or_null(p_text text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN lower(btrim(p_text)) IN ('true', 'yes', 'y', '1') THEN true
              WHEN lower(btrim(p_text)) IN ('false', 'no', 'n', '0') THEN false END;
END
$$;
COMMENT ON FUNCTION boolean_or_null(text) IS 'Yes or no as files write it, or null.';

CREATE OR REPLACE FUNCTION require_catalogue_document(p_document jsonb) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  lists CONSTANT text[] := '{findings,categories,subcategories,assemblies,parts,components,proposals,listings,codes,doubts}';
  wrong text;
BEGIN
  IF jsonb_typeof(p_document) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The catalogue document is not a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'document', HINT = 'For example {"parts": [{"code": "P-1", "name": "Bracket"}]}; torvan import catalog reads files of many forms.';
  END IF;
  SELECT string_agg(d.key, ', ' ORDER BY d.key) INTO wrong FROM jsonb_each(p_document) d WHERE d.key <> ALL (lists) OR jsonb_typeof(d.value) <> 'array';
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'The catalogue document has what it cannot have, or not as a list: %.', left(wrong, 200) USING ERRCODE = 'TV022', HINT = format('It has lists called %s.', array_to_string(lists, ', '));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_catalogue_document(jsonb) IS 'Raises TV022 unless the document is an object of the lists that an import knows.';

CREATE OR REPLACE FUNCTION located_document(p_document jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_object_agg(d.key, CASE d.key WHEN 'findings' THEN d.value ELSE (
           SELECT coalesce(jsonb_agg(CASE jsonb_typeof(r.value) WHEN 'object' THEN jsonb_build_object('source', 'document', 'location', format('/%s/%s', d.key, r.n - 1)) || r.value ELSE r.value END ORDER BY r.n), '[]')
             FROM jsonb_array_elements(d.value) WITH ORDINALITY r (value, n)) END)
    FROM jsonb_each(p_document) d
$$;
COMMENT ON FUNCTION located_document(jsonb) IS 'The document with source and location in each row that has none: "document" and the JSON pointer of the row.';

CREATE OR REPLACE FUNCTION stage_catalogue(p_document jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
  DROP TABLE IF EXISTS pg_temp.staged_finding, pg_temp.staged_place, pg_temp.staged_item, pg_temp.staged_component,
    pg_temp.staged_listing, pg_temp.staged_code, pg_temp.staged_doubt;

  CREATE TEMP TABLE staged_finding ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, f.*
      FROM jsonb_to_recordset(p_document -> 'findings')
        AS f (severity text, source text, location text, field text, found text, expected text, message text);

  CREATE TEMP TABLE staged_place ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, p.*, clean_code(p.given) AS code, clean_code(p.category) AS category_code, NULL::text AS outcome
      FROM (SELECT 'categories' AS kind, c.source, c.location, c.code AS given, NULL::text AS category, c.name, c.description, c.position
              FROM jsonb_to_recordset(p_document -> 'categories')
                AS c (source text, location text, code text, name text, description text, position text)
            UNION ALL
            SELECT 'subcategories', s.source, s.location, s.code, s.category, s.name, s.description, s.position
              FROM jsonb_to_recordset(p_document -> 'subcategories')
                AS s (source text, location text, category text, code text, name text, description text, position text)) p;

  CREATE TEMP TABLE staged_item ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, i.kind, i.source, i.location, i.code AS given, clean_code(i.code) AS clean, bare_code(i.code) AS code,
           nullif(btrim(i.name), '') AS name, nullif(btrim(i.description), '') AS description,
           clean_code(nullif(i.category, '')) AS category, clean_code(nullif(i.subcategory, '')) AS subcategory,
           upper(nullif(btrim(i.type), '')) AS type, nullif(i.is_orderable, '') AS is_orderable, nullif(i.is_kit, '') AS is_kit,
           upper(nullif(btrim(i.status), '')) AS status, lower(nullif(btrim(i.unit), '')) AS unit,
           nullif(btrim(i.manufacturer), '') AS manufacturer, nullif(btrim(i.manufacturer_part_number), '') AS manufacturer_part_number,
           nullif(i.standard_cost, '') AS standard_cost, nullif(i.list_price, '') AS list_price, nullif(i.weight_kg, '') AS weight_kg,
           nullif(i.lead_time_days, '') AS lead_time_days, nullif(i.labour_hours, '') AS labour_hours,
           nullif(i.attributes, '{}') AS attributes, coalesce(i.states_components, 'false') = 'true' AS states_components,
           NULL::text AS outcome
      FROM (SELECT 'assemblies' AS kind, a.*
              FROM jsonb_to_recordset(p_document -> 'assemblies') AS a (
                source text, location text, code text, name text, description text, category text, subcategory text, type text,
                is_orderable text, is_kit text, status text, unit text, manufacturer text, manufacturer_part_number text,
                standard_cost text, list_price text, weight_kg text, lead_time_days text, labour_hours text, attributes jsonb,
                states_components text)
            UNION ALL
            SELECT 'parts', p.*
              FROM jsonb_to_recordset(p_document -> 'parts') AS p (
                source text, location text, code text, name text, description text, category text, subcategory text, type text,
                is_orderable text, is_kit text, status text, unit text, manufacturer text, manufacturer_part_number text,
                standard_cost text, list_price text, weight_kg text, lead_time_days text, labour_hours text, attributes jsonb,
                states_components text)) i;

  CREATE TEMP TABLE staged_component ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, c.kind, c.source, c.location, c.parent AS parent_given, c.child AS child_given,
           bare_code(c.parent) AS parent, bare_code(c.child) AS child, c.quantity, number_or_null(c.quantity) AS quantity_number, lower(nullif(btrim(c.unit), '')) AS unit,
           nullif(c.scrap_percent, '') AS scrap_percent, nullif(c.position, '') AS position, nullif(c.is_optional, '') AS is_optional,
           nullif(btrim(c.substitute_group), '') AS substitute_group, nullif(btrim(c.note), '') AS note,
           NULL::text AS outcome
      FROM (SELECT 'components' AS kind, c.* FROM jsonb_to_recordset(p_document -> 'components') AS c (
                source text, location text, parent text, child text, quantity text, unit text, scrap_percent text, position text,
                is_optional text, substitute_group text, note text)
            UNION ALL
            SELECT 'proposals', p.* FROM jsonb_to_recordset(p_document -> 'proposals') AS p (
                source text, location text, parent text, child text, quantity text, unit text, scrap_percent text, position text,
                is_optional text, substitute_group text, note text)) c;

  CREATE TEMP TABLE staged_listing ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, l.source, l.location, l.code AS given, bare_code(l.code) AS code,
           clean_code(l.subcategory) AS subcategory, l.position, NULL::text AS outcome
      FROM jsonb_to_recordset(p_document -> 'listings')
        AS l (source text, location text, subcategory text, code text, position text);

  CREATE TEMP TABLE staged_code ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, c.source, c.location, c.code AS given, clean_code(c.code) AS code,
           c.item AS item_given, bare_code(c.item) AS item, coalesce(upper(nullif(btrim(c.kind), '')), 'ALIAS') AS kind,
           nullif(btrim(c.origin), '') AS origin, clean_code(nullif(c.subcategory, '')) AS subcategory,
           NULL::text AS target, NULL::text AS outcome
      FROM jsonb_to_recordset(p_document -> 'codes')
        AS c (source text, location text, code text, item text, kind text, origin text, subcategory text);

  CREATE TEMP TABLE staged_doubt ON COMMIT DROP AS
    SELECT d.source, d.location, bare_code(d.code) AS code, bare_code(d.part) AS part, d.why
      FROM jsonb_to_recordset(p_document -> 'doubts') AS d (source text, location text, code text, part text, why text);

  CREATE INDEX ON staged_item (code);
  CREATE INDEX ON staged_component (parent);
  CREATE INDEX ON staged_code (code);
  ANALYZE staged_place; ANALYZE staged_item; ANALYZE staged_component; ANALYZE staged_listing; ANALYZE staged_code;
END;
$$;
COMMENT ON FUNCTION stage_catalogue(jsonb) IS 'Spreads an import document over temporary tables that end with the transaction.';
