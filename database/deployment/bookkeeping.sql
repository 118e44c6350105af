-- What a deployment writes about itself. Made once, outside the main transaction, so that a failed deployment leaves its trace.
DO $bookkeeping$
BEGIN
  IF to_regclass('public.deployment_log') IS NOT NULL THEN
    RETURN;
  END IF;

  CREATE TABLE public.deployment_log (
    deployment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL,
    status text NOT NULL CHECK (status IN ('started', 'succeeded', 'failed', 'interrupted')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    database_user text NOT NULL DEFAULT current_user,
    server_version text NOT NULL DEFAULT current_setting('server_version'),
    sample_data boolean NOT NULL,
    role_mode text NOT NULL CHECK (role_mode IN ('single', 'separate')),
    failed_file text,
    message text,
    details jsonb NOT NULL DEFAULT '{}',
    CHECK ((status = 'started') = (finished_at IS NULL))
  );
  COMMENT ON TABLE public.deployment_log IS 'Every deployment of this database: begun, by whom, with what outcome';
  COMMENT ON COLUMN public.deployment_log.deployment_id IS 'Key of the deployment';
  COMMENT ON COLUMN public.deployment_log.version IS 'Release that was deployed';
  COMMENT ON COLUMN public.deployment_log.status IS 'started, succeeded, failed (at failed_file) or interrupted (ended before its first file)';
  COMMENT ON COLUMN public.deployment_log.created_at IS 'When the deployment began';
  COMMENT ON COLUMN public.deployment_log.finished_at IS 'When its outcome was written; empty while it runs';
  COMMENT ON COLUMN public.deployment_log.database_user IS 'Database user that deployed';
  COMMENT ON COLUMN public.deployment_log.server_version IS 'Version of the PostgreSQL server';
  COMMENT ON COLUMN public.deployment_log.sample_data IS 'Whether the sample data was wanted';
  COMMENT ON COLUMN public.deployment_log.role_mode IS 'separate: roles.sql has been run; single: the owner is the only role, row security does not bind it';
  COMMENT ON COLUMN public.deployment_log.failed_file IS 'File in which a failed deployment ended';
  COMMENT ON COLUMN public.deployment_log.message IS 'Outcome in words';
  COMMENT ON COLUMN public.deployment_log.details IS 'Files of the plan, those that were run, fingerprint of the catalogue';
  CREATE INDEX deployment_log_created_at_idx ON public.deployment_log (created_at DESC);

  CREATE TABLE public.schema_migrations (
    version text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('baseline', 'migration', 'reference', 'amendment', 'sample')),
    file text NOT NULL UNIQUE,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    verify_query text
  );
  COMMENT ON TABLE public.schema_migrations IS 'Ledger of the files that are applied once and never changed afterwards';
  COMMENT ON COLUMN public.schema_migrations.version IS 'Name of the step: the file without folder and ending';
  COMMENT ON COLUMN public.schema_migrations.kind IS 'baseline, migration (tables), reference (data of every installation), amendment (change of data), sample';
  COMMENT ON COLUMN public.schema_migrations.file IS 'Path under database/';
  COMMENT ON COLUMN public.schema_migrations.sha256 IS 'SHA-256 of the file as applied';
  COMMENT ON COLUMN public.schema_migrations.applied_at IS 'When it was applied';
  COMMENT ON COLUMN public.schema_migrations.verify_query IS 'Query that returns true as long as the step holds';

  CREATE TABLE public.deployed_files (
    file text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('replaceable', 'index')),
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  COMMENT ON TABLE public.deployed_files IS 'Files that are run again when they change: functions, views, triggers, grants, indexes';
  COMMENT ON COLUMN public.deployed_files.file IS 'Path under database/';
  COMMENT ON COLUMN public.deployed_files.kind IS 'replaceable or index';
  COMMENT ON COLUMN public.deployed_files.sha256 IS 'SHA-256 of the file as last run';
  COMMENT ON COLUMN public.deployed_files.applied_at IS 'When it was last run';

  CREATE TABLE public.schema_fingerprints (
    kind text NOT NULL,
    identity text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('baseline', 'replaceable')),
    definition_hash text NOT NULL,
    deployment_id bigint NOT NULL REFERENCES public.deployment_log ON DELETE RESTRICT,
    PRIMARY KEY (kind, identity)
  );
  CREATE INDEX schema_fingerprints_deployment_id_idx ON public.schema_fingerprints (deployment_id);
  COMMENT ON TABLE public.schema_fingerprints IS 'The catalogue as the last deployment left it; v_schema_drift compares it with the present';
  COMMENT ON COLUMN public.schema_fingerprints.kind IS 'Kind of object: table, column, function, policy ...';
  COMMENT ON COLUMN public.schema_fingerprints.identity IS 'Name of the object, with table or arguments';
  COMMENT ON COLUMN public.schema_fingerprints.origin IS 'baseline: kept for good; replaceable: dropped and made anew by the next change of a release';
  COMMENT ON COLUMN public.schema_fingerprints.definition_hash IS 'SHA-256 of the definition and its grants';
  COMMENT ON COLUMN public.schema_fingerprints.deployment_id IS 'Deployment that wrote the row';

  CREATE SEQUENCE public.deploy_progress MINVALUE 0;
  COMMENT ON SEQUENCE public.deploy_progress IS 'Step of the running deployment; survives its rollback and so names the file that failed';
END
$bookkeeping$;
