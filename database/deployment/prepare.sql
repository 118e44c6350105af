-- First statements of the main transaction: takes down what the plan will make anew, in the order in which one stands on another.
SET LOCAL search_path = public;
SET LOCAL lock_timeout = '15s';
SET LOCAL statement_timeout = 0;

DO $prepare$
DECLARE
  statement text;
  dropped oid;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_temp.deployment_plan WHERE run AND kind = 'replaceable')
     OR NOT EXISTS (SELECT FROM public.schema_fingerprints) THEN
    RETURN;
  END IF;

  -- What was changed by hand since the last deployment stays a finding after this one.
  INSERT INTO pg_temp.deployment_drift
  SELECT kind, identity, change, origin, expected_hash, actual_hash FROM public.v_schema_drift;

  CREATE TEMPORARY TABLE deployment_drops ON COMMIT DROP AS
  SELECT object.kind, object.identity, object.object_oid
    FROM public.schema_objects() object
    JOIN public.schema_fingerprints known USING (kind, identity)
   WHERE known.origin = 'replaceable';

  -- Partitions are no objects of a release, but triggers of their own stand on functions of it.
  INSERT INTO pg_temp.deployment_drops
  SELECT 'trigger', quote_ident(relname) || '.' || quote_ident(tgname), pg_trigger.oid
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
   WHERE relnamespace = 'public'::regnamespace AND relispartition AND NOT tgisinternal AND tgparentid = 0;

  -- A function on which a table, an index or a constraint stands is replaced in place.
  DELETE FROM pg_temp.deployment_drops USING pg_depend standing
   WHERE kind = 'function'
     AND standing.refclassid = 'pg_proc'::regclass AND standing.refobjid = object_oid
     AND standing.classid NOT IN ('pg_proc'::regclass, 'pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass);

  FOR statement IN
    SELECT drops FROM (
      SELECT 1 AS turn, format('DROP POLICY %I ON public.%I', polname, relname) AS drops
        FROM pg_temp.deployment_drops
        JOIN pg_policy ON pg_policy.oid = object_oid JOIN pg_class ON pg_class.oid = polrelid
       WHERE kind = 'policy'
      UNION ALL
      SELECT 2, format('DROP TRIGGER %I ON public.%I', tgname, relname)
        FROM pg_temp.deployment_drops
        JOIN pg_trigger ON pg_trigger.oid = object_oid JOIN pg_class ON pg_class.oid = tgrelid
       WHERE kind = 'trigger'
    ) AS single ORDER BY turn
  LOOP
    EXECUTE statement;
  END LOOP;

  -- Views, functions and types stand on each other in any order: take what nothing else in the list stands on, until it is empty.
  -- What was made by hand on top of them is not in the list and stops the drop with its name.
  CREATE TEMPORARY TABLE deployment_edges ON COMMIT DROP AS
  SELECT DISTINCT coalesce(rule.ev_class, dependent_type.typrelid, standing.objid) AS upper_oid,
                  coalesce(nullif(row_type.typrelid, 0), nullif(element_type.typrelid, 0), element_type.oid, standing.refobjid) AS lower_oid
    FROM pg_depend standing
    LEFT JOIN pg_rewrite rule ON standing.classid = 'pg_rewrite'::regclass AND rule.oid = standing.objid
    LEFT JOIN pg_type dependent_type ON standing.classid = 'pg_type'::regclass AND dependent_type.oid = standing.objid
                                    AND dependent_type.typrelid <> 0
    LEFT JOIN pg_type row_type ON standing.refclassid = 'pg_type'::regclass AND row_type.oid = standing.refobjid
    LEFT JOIN pg_type element_type ON element_type.oid = row_type.typelem AND row_type.typcategory = 'A'
   WHERE standing.deptype IN ('n', 'a', 'i');

  LOOP
    SELECT format('DROP %s %s', CASE kind WHEN 'function' THEN 'ROUTINE' ELSE upper(kind) END,
                  CASE kind WHEN 'function' THEN object_oid::regprocedure::text
                            WHEN 'type' THEN 'public.' || identity
                            ELSE object_oid::regclass::text END),
           object_oid
      INTO statement, dropped
      FROM pg_temp.deployment_drops candidate
     WHERE kind IN ('view', 'materialized view', 'function', 'type')
       AND NOT EXISTS (SELECT FROM pg_temp.deployment_edges edge
                         JOIN pg_temp.deployment_drops upper_drop ON upper_drop.object_oid = edge.upper_oid
                        WHERE edge.lower_oid = candidate.object_oid AND edge.upper_oid <> candidate.object_oid)
     ORDER BY object_oid DESC LIMIT 1;
    EXIT WHEN statement IS NULL;
    EXECUTE statement;
    DELETE FROM pg_temp.deployment_drops WHERE object_oid = dropped;
  END LOOP;

  IF EXISTS (SELECT FROM pg_temp.deployment_drops WHERE kind IN ('view', 'materialized view', 'function', 'type')) THEN
    RAISE EXCEPTION 'functions, views or types stand on each other in a circle: %',
      (SELECT string_agg(identity, ', ') FROM pg_temp.deployment_drops
        WHERE kind IN ('view', 'materialized view', 'function', 'type'));
  END IF;
END
$prepare$;
