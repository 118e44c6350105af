-- A deployment that ended without writing its outcome (psql stops at an error, a client may be killed) is settled here:
-- the sequence survived the rollback and names the step. Does nothing while a deployment runs.
DO $settle$
BEGIN
  IF to_regclass('public.deployment_log') IS NULL
     OR NOT pg_try_advisory_lock(hashtext('torvan'), hashtext('deployment')) THEN
    RETURN;
  END IF;

  UPDATE public.deployment_log SET
    status = CASE WHEN reached.file IS NULL THEN 'interrupted' ELSE 'failed' END,
    finished_at = clock_timestamp(),
    failed_file = reached.file,
    message = coalesce('failed at ' || reached.file || ', everything rolled back; the reason was shown to whoever deployed, deploy again to see it',
                       'interrupted before its first file, nothing was changed')
  FROM (SELECT dangling.deployment_id, dangling.details -> 'files' ->> (progress.last_value - 1)::integer AS file
          FROM public.deployment_log dangling, public.deploy_progress progress
         WHERE dangling.status = 'started' AND progress.last_value > 0
        UNION ALL
        SELECT dangling.deployment_id, NULL
          FROM public.deployment_log dangling, public.deploy_progress progress
         WHERE dangling.status = 'started' AND progress.last_value = 0) AS reached
  WHERE deployment_log.deployment_id = reached.deployment_id;

  PERFORM pg_advisory_unlock(hashtext('torvan'), hashtext('deployment'));
END
$settle$;
