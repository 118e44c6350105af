-- Data quality: rules as queries, run one by one, each with its history.
--
-- A rule is written by the owner of the database only. It runs in a function that is not VOLATILE: the server refuses every
-- statement in it that would change a row.

CREATE OR REPLACE FUNCTION quality_violations(p_query text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  result jsonb;
BEGIN
  EXECUTE format('SELECT jsonb_build_object(''violations'', count(*), ''keys'', coalesce(jsonb_agg(v.key ORDER BY v.key) FILTER (WHERE v.n <= 20), ''[]'')) '
                 'FROM (SELECT q.key::text COLLATE "C" AS key, row_number() OVER (ORDER BY q.key::text COLLATE "C") AS n FROM (%s) AS q (key)) v', p_query) INTO result;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION quality_violations(text) IS 'Runs the query of a rule: how many keys it returns, and the first 20. Refuses to change anything.';

CREATE OR REPLACE FUNCTION run_data_quality_rule(p_rule data_quality_rules) RETURNS data_quality_runs
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  began timestamptz := clock_timestamp();
  made data_quality_runs;
  missing text := (SELECT string_agg(t, ', ') FROM unnest(p_rule.required_tables) t WHERE to_regclass('public.' || quote_ident(t)) IS NULL);
  found jsonb;
BEGIN
  made.data_quality_rule_id := p_rule.data_quality_rule_id;
  made.sample_keys := '{}';
  IF missing IS NOT NULL THEN
    made.status := 'not_applicable';
    made.message := 'not installed: ' || missing;
  ELSE
    BEGIN
      found := quality_violations(p_rule.check_query);
      made.violations := (found ->> 'violations')::bigint;
      made.sample_keys := array(SELECT jsonb_array_elements_text(found -> 'keys'));
      made.status := CASE made.violations WHEN 0 THEN 'passed' ELSE 'violated' END;
    EXCEPTION WHEN OTHERS THEN
      made.status := 'failed';
      made.message := SQLSTATE || ' ' || SQLERRM;
    END;
  END IF;
  INSERT INTO data_quality_runs (data_quality_rule_id, status, violations, sample_keys, message, duration_ms, actor)
  VALUES (made.data_quality_rule_id, made.status, made.violations, made.sample_keys, made.message, round(extract(epoch FROM clock_timestamp() - began) * 1000, 3), current_actor())
  RETURNING * INTO made;
  UPDATE data_quality_rules SET last_run_at = made.created_at, last_status = made.status, last_violations = made.violations WHERE data_quality_rule_id = p_rule.data_quality_rule_id;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION run_data_quality_rule(data_quality_rules) IS 'Runs one rule and writes its history. A query that fails is the outcome failed, not an error.';

CREATE OR REPLACE FUNCTION run_data_quality_rules(p_rule_code text DEFAULT NULL)
RETURNS TABLE (rule_code text, domain text, severity text, status text, violations bigint, sample_keys text[], description text, mend text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  rule data_quality_rules;
  ran data_quality_runs;
BEGIN
  PERFORM require_permission('data_quality:run');
  IF p_rule_code IS NOT NULL AND NOT EXISTS (SELECT FROM data_quality_rules r WHERE r.rule_code = upper(btrim(p_rule_code))) THEN
    RAISE EXCEPTION 'There is no data quality rule "%".', shown(p_rule_code) USING ERRCODE = 'TV004', COLUMN = 'rule_code', HINT = 'SELECT rule_code, description FROM data_quality_rules lists them.';
  END IF;
  -- A named rule runs even when it is not active: somebody tries it.
  FOR rule IN SELECT r.* FROM data_quality_rules r WHERE r.rule_code = upper(btrim(p_rule_code)) OR (p_rule_code IS NULL AND r.is_active) ORDER BY r.data_quality_rule_id FOR NO KEY UPDATE LOOP
    ran := run_data_quality_rule(rule);
    RETURN QUERY SELECT rule.rule_code, rule.domain, rule.severity, ran.status, ran.violations, ran.sample_keys, rule.description, rule.mend;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION run_data_quality_rules(text) IS 'Runs the active data quality rules, or the one named, and returns what each found.';

CREATE OR REPLACE FUNCTION tg_stored_sql__owner_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
  IF is_database_owner() OR (TG_OP = 'UPDATE' AND to_jsonb(NEW) - free = to_jsonb(OLD) - free) THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'Rows of % hold SQL; only the owner of the database writes them.', TG_TABLE_NAME USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
END;
$$;
COMMENT ON FUNCTION tg_stored_sql__owner_only() IS 'Queries and expressions that are stored in rows come from the owner of the database. Argument: columns that anyone with the permission may write through functions.';
