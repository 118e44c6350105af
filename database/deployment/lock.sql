-- One deployment at a time in a database. The lock belongs to the session and goes with it.
DO $lock$
DECLARE
  holder record;
BEGIN
  IF pg_try_advisory_lock(hashtext('torvan'), hashtext('deployment')) THEN
    RETURN;
  END IF;

  SELECT pid INTO holder FROM pg_locks
   WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND classid::bigint = (hashtext('torvan')::bigint & 4294967295)
     AND objid::bigint = (hashtext('deployment')::bigint & 4294967295)
   LIMIT 1;
  RAISE EXCEPTION 'deployment refused: another deployment runs in this database (server process %); mend: wait until it has ended',
    coalesce(holder.pid::text, 'unknown')
    USING ERRCODE = 'lock_not_available';
END
$lock$;
