-- Compares the manifest with the ledger, refuses what must not happen, writes down the plan and the row `started`.
DO $ledger$
DECLARE
  findings text[] := '{}';
  finding text;
BEGIN
  FOR finding IN
    SELECT format('%s was changed after it was applied on %s; mend: restore the file and put the change into a new migration',
                  applied.file, to_char(applied.applied_at, 'YYYY-MM-DD'))
      FROM public.schema_migrations applied
      JOIN pg_temp.deployment_manifest wanted USING (version)
     WHERE wanted.sha256 <> applied.sha256 AND applied.kind <> 'sample'
     ORDER BY wanted.position
  LOOP
    findings := findings || finding;
  END LOOP;

  SELECT format('the database holds steps this release does not know (%s); mend: deploy with the release that made them (%s) or a later one',
                string_agg(version, ', ' ORDER BY version),
                (SELECT log.version FROM public.deployment_log log WHERE status = 'succeeded'
                  ORDER BY deployment_id DESC LIMIT 1))
    INTO finding
    FROM public.schema_migrations applied
   WHERE NOT EXISTS (SELECT FROM pg_temp.deployment_manifest wanted WHERE wanted.version = applied.version)
  HAVING count(*) > 0;
  findings := findings || finding;

  findings := array_remove(findings, NULL);
  IF cardinality(findings) > 0 THEN
    RAISE EXCEPTION 'deployment refused: %', array_to_string(findings, E'\n  and: ');
  END IF;
END
$ledger$;

DROP TABLE IF EXISTS pg_temp.deployment_plan, pg_temp.deployment_permanent, pg_temp.deployment_drift;
CREATE TEMPORARY TABLE deployment_plan (
  position integer PRIMARY KEY, kind text, version text, file text, sha256 text, verify_query text, run boolean NOT NULL
);
CREATE TEMPORARY TABLE deployment_permanent (object_oid oid PRIMARY KEY);
CREATE TEMPORARY TABLE deployment_drift (kind text, identity text, change text, origin text, expected_hash text, actual_hash text);

DO $plan$
DECLARE
  last_success public.deployment_log;
  role_mode constant text := CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'torvan_app')
                                  THEN 'separate' ELSE 'single' END;
  sample_wanted boolean;
  sample_could_come boolean;
  holds_data boolean := false;
  replace_all boolean;
  business_table text;
  new_id bigint;
BEGIN
  SELECT * INTO last_success FROM public.deployment_log WHERE status = 'succeeded' ORDER BY deployment_id DESC LIMIT 1;

  -- Whoever once deployed without samples does not get them by forgetting the switch at the next upgrade.
  sample_wanted := coalesce(nullif(current_setting('torvan.sample_data', true), '') = '1', last_success.sample_data, true);

  -- Asked only while samples could still come: a deployment with nothing to do waits for nobody's lock.
  sample_could_come := sample_wanted AND EXISTS (
    SELECT FROM pg_temp.deployment_manifest wanted
     WHERE wanted.kind = 'sample'
       AND NOT EXISTS (SELECT FROM public.schema_migrations applied WHERE applied.version = wanted.version));
  FOREACH business_table IN ARRAY ARRAY['assemblies', 'parts', 'customers', 'orders'] LOOP
    IF sample_could_come AND NOT holds_data AND to_regclass('public.' || business_table) IS NOT NULL THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', business_table) INTO holds_data;
    END IF;
  END LOOP;

  -- Said when it was asked for by name, and not kept as a wish for the day on which the database is empty.
  IF holds_data AND current_setting('torvan.sample_data', true) = '1' THEN
    RAISE WARNING 'the sample data is not loaded: this database has data of its own; mend: deploy it into an empty database';
  END IF;
  sample_wanted := sample_wanted AND NOT holds_data;

  INSERT INTO pg_temp.deployment_plan
  SELECT wanted.position, wanted.kind, wanted.version, wanted.file, wanted.sha256, wanted.verify_query,
         CASE
           WHEN wanted.kind = 'sample' THEN applied.version IS NULL AND sample_wanted AND NOT holds_data
           WHEN wanted.kind IN ('replaceable', 'index') THEN deployed.sha256 IS DISTINCT FROM wanted.sha256
           ELSE applied.version IS NULL
         END
    FROM pg_temp.deployment_manifest wanted
    LEFT JOIN public.schema_migrations applied USING (version)
    LEFT JOIN public.deployed_files deployed ON deployed.file = wanted.file;

  -- Replaceable files are one unit: tables change only while nothing stands on them, and new roles need their grants.
  SELECT coalesce(current_setting('torvan.replace', true), '') = '1'
         OR last_success.role_mode IS DISTINCT FROM role_mode
         OR EXISTS (SELECT FROM pg_temp.deployment_plan
                     WHERE run AND kind IN ('baseline', 'migration', 'replaceable'))
         OR EXISTS (SELECT FROM public.deployed_files gone
                     WHERE gone.kind = 'replaceable'
                       AND NOT EXISTS (SELECT FROM pg_temp.deployment_manifest wanted WHERE wanted.file = gone.file))
    INTO replace_all;
  -- Indexes of materialized views go down with these.
  UPDATE pg_temp.deployment_plan SET run = true WHERE replace_all AND kind IN ('replaceable', 'index');

  PERFORM setval('public.deploy_progress', 0, false);
  INSERT INTO public.deployment_log (version, status, sample_data, role_mode, details)
  SELECT (SELECT release FROM pg_temp.deployment_release), 'started', sample_wanted, role_mode,
         jsonb_build_object('files', jsonb_agg(file ORDER BY position) || '["deployment/finish.sql"]',
                            'ran', coalesce(jsonb_agg(file ORDER BY position) FILTER (WHERE run), '[]'))
    FROM pg_temp.deployment_plan
  RETURNING deployment_id INTO new_id;
  PERFORM set_config('torvan.deployment_id', new_id::text, false);
END
$plan$;

CREATE OR REPLACE FUNCTION pg_temp.begin_step(step integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE
AS $begin_step$
DECLARE
  planned pg_temp.deployment_plan;
  deferred text;
BEGIN
  SELECT * INTO planned FROM pg_temp.deployment_plan WHERE position = step;
  IF planned.run IS NOT TRUE THEN
    RETURN false;
  END IF;
  PERFORM setval('public.deploy_progress', step);

  -- An ALTER fails on a table with pending deferred events: settle them, then let each constraint be as declared.
  SET CONSTRAINTS ALL IMMEDIATE;
  SELECT string_agg(DISTINCT format('%I.%I', nspname, conname), ', ') INTO deferred
    FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace WHERE condeferred;
  IF deferred IS NOT NULL THEN
    EXECUTE 'SET CONSTRAINTS ' || deferred || ' DEFERRED';
  END IF;

  -- What stands before the first replaceable file is there for good.
  IF planned.kind = 'replaceable' AND NOT EXISTS (SELECT FROM pg_temp.deployment_permanent) THEN
    INSERT INTO pg_temp.deployment_permanent
    SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION SELECT oid FROM pg_type WHERE typnamespace = 'public'::regnamespace
    UNION SELECT pg_trigger.oid FROM pg_trigger
    UNION SELECT pg_policy.oid FROM pg_policy;
  END IF;
  RETURN true;
END
$begin_step$;
