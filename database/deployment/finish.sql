-- Last statements of the main transaction: prove the new steps, write the ledger, the fingerprint and the outcome.
DO $finish$
DECLARE
  step pg_temp.deployment_plan;
  holds boolean;
  object_name text;
  this_deployment constant bigint := current_setting('torvan.deployment_id')::bigint;
  ran integer;
  catalogue_hash text;
BEGIN
  PERFORM setval('public.deploy_progress', (SELECT count(*) + 1 FROM pg_temp.deployment_plan));
  SELECT count(*) INTO ran FROM pg_temp.deployment_plan WHERE run;
  IF ran = 0 THEN
    UPDATE public.deployment_log SET status = 'succeeded', finished_at = clock_timestamp(), message = 'nothing to do, everything is as in this release'
     WHERE deployment_id = this_deployment;
    RETURN;
  END IF;

  SET CONSTRAINTS ALL IMMEDIATE;

  FOR step IN SELECT * FROM pg_temp.deployment_plan WHERE run AND verify_query IS NOT NULL ORDER BY position LOOP
    EXECUTE step.verify_query INTO holds;
    IF holds IS NOT TRUE THEN
      RAISE EXCEPTION '% ran, but its verify query does not hold: %', step.file, step.verify_query;
    END IF;
  END LOOP;

  INSERT INTO public.schema_migrations (version, kind, file, sha256, verify_query)
  SELECT version, kind, file, sha256, verify_query FROM pg_temp.deployment_plan
   WHERE run AND kind NOT IN ('replaceable', 'index') ORDER BY position
  ON CONFLICT (version) DO NOTHING;

  DELETE FROM public.deployed_files gone
   WHERE NOT EXISTS (SELECT FROM pg_temp.deployment_plan wanted WHERE wanted.file = gone.file);
  INSERT INTO public.deployed_files (file, kind, sha256)
  SELECT file, kind, sha256 FROM pg_temp.deployment_plan WHERE run AND kind IN ('replaceable', 'index') ORDER BY position
  ON CONFLICT (file) DO UPDATE SET sha256 = excluded.sha256, kind = excluded.kind, applied_at = excluded.applied_at;

  -- Materialized views were filled before the data came; the planner knows nothing of it either.
  IF EXISTS (SELECT FROM pg_temp.deployment_plan WHERE run AND kind IN ('reference', 'amendment', 'sample')) THEN
    FOR object_name IN
      SELECT oid::regclass::text FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'm' ORDER BY oid
    LOOP
      EXECUTE 'REFRESH MATERIALIZED VIEW ' || object_name;
    END LOOP;
    FOR object_name IN
      SELECT oid::regclass::text FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')
         AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
       ORDER BY oid
    LOOP
      EXECUTE 'ANALYZE ' || object_name;
    END LOOP;
  END IF;

  CREATE TEMPORARY TABLE deployment_former ON COMMIT DROP AS SELECT * FROM public.schema_fingerprints;
  DELETE FROM public.schema_fingerprints;
  INSERT INTO public.schema_fingerprints (kind, identity, origin, definition_hash, deployment_id)
  SELECT object.kind, object.identity,
         CASE
           WHEN object.kind NOT IN ('function', 'view', 'materialized view', 'trigger', 'policy', 'type') THEN 'baseline'
           WHEN NOT EXISTS (SELECT FROM pg_temp.deployment_permanent) THEN coalesce(former.origin, 'baseline')
           WHEN former.origin = 'replaceable' THEN 'replaceable'
           WHEN EXISTS (SELECT FROM pg_temp.deployment_permanent permanent WHERE permanent.object_oid = object.object_oid) THEN 'baseline'
           ELSE 'replaceable'
         END,
         object.definition_hash, this_deployment
    FROM public.schema_objects() object
    LEFT JOIN pg_temp.deployment_former former USING (kind, identity);

  -- Changes by hand that this deployment did not overwrite stay visible as drift.
  DELETE FROM public.schema_fingerprints recorded USING pg_temp.deployment_drift drift
   WHERE drift.change = 'added' AND recorded.kind = drift.kind AND recorded.identity = drift.identity
     AND recorded.definition_hash = drift.actual_hash;
  UPDATE public.schema_fingerprints recorded SET definition_hash = drift.expected_hash
    FROM pg_temp.deployment_drift drift
   WHERE drift.change = 'changed' AND recorded.kind = drift.kind AND recorded.identity = drift.identity
     AND recorded.definition_hash = drift.actual_hash;
  INSERT INTO public.schema_fingerprints (kind, identity, origin, definition_hash, deployment_id)
  SELECT kind, identity, origin, expected_hash, this_deployment FROM pg_temp.deployment_drift
   WHERE change = 'removed' AND origin = 'baseline'
  ON CONFLICT (kind, identity) DO NOTHING;

  SELECT encode(sha256(convert_to(string_agg(kind || ' ' || identity || ' ' || definition_hash, E'\n'
                                             ORDER BY kind COLLATE "C", identity COLLATE "C"), 'UTF8')), 'hex')
    INTO catalogue_hash FROM public.schema_fingerprints;
  UPDATE public.deployment_log SET
    status = 'succeeded', finished_at = clock_timestamp(),
    message = format('%s files run', ran)
              || CASE WHEN role_mode = 'single' THEN '; single-role mode: row security does not bind the owner, run roles.sql as a superuser and deploy again' ELSE '' END,
    details = details || jsonb_build_object('fingerprint', catalogue_hash)
   WHERE deployment_id = this_deployment;
END
$finish$;
