-- Ends the deployment's hold; a session that goes on must not keep others out.
DO $unlock$
BEGIN
  PERFORM pg_advisory_unlock(hashtext('torvan'), hashtext('deployment'));
END
$unlock$;
