-- Drafts of configurations: what somebody chose and did not save stays theirs until they save it or give it up.

CREATE OR REPLACE FUNCTION keep_configuration_draft(p_build_id bigint, p_parameters jsonb, p_based_on bigint DEFAULT NULL, p_step text DEFAULT '') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('configuration:create');
  build record;
BEGIN
  PERFORM require_plain_parameters(p_parameters);
  -- No lock on the order: every change of a form comes here, and saving looks again.
  SELECT b.build_number, b.phase, may_be_configured(b.phase) AND b.state = 'ACTIVE' AND o.state = 'ACTIVE' AS is_open INTO build
    FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id AND sees_build(b.build_id);
  IF build IS NULL THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  ELSIF NOT build.is_open THEN
    RAISE EXCEPTION 'Build % cannot be configured in phase %.', build.build_number, build.phase USING ERRCODE = 'TV009', HINT = 'Return the order to CONFIGURATION first, with a reason.';
  END IF;
  INSERT INTO configuration_drafts (build_id, user_id, based_on, parameters, step)
  VALUES (p_build_id, person, (SELECT c.configuration_id FROM configurations c WHERE c.configuration_id = p_based_on AND c.build_id = p_build_id), p_parameters, left(coalesce(p_step, ''), 40))
  ON CONFLICT (build_id, user_id) DO UPDATE SET based_on = EXCLUDED.based_on, parameters = EXCLUDED.parameters, step = EXCLUDED.step, updated_at = clock_timestamp();
END;
$$;
COMMENT ON FUNCTION keep_configuration_draft(bigint, jsonb, bigint, text) IS
  'Keeps what the acting person has chosen for a build and not saved yet, in the place of what was kept before: the parameters, the version that they began with, the step that they are at.';

CREATE OR REPLACE FUNCTION drop_configuration_draft(p_build_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('configuration:create');
BEGIN
  DELETE FROM configuration_drafts d WHERE d.build_id = p_build_id AND d.user_id = person;
END;
$$;
COMMENT ON FUNCTION drop_configuration_draft(bigint) IS 'Gives up what the acting person has chosen for a build and not saved.';
