-- Production: taking the sample data away.

CREATE OR REPLACE FUNCTION remove_sample_production(p_builds bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  DELETE FROM production_task_tools WHERE build_id = ANY (p_builds);
  DELETE FROM production_task_times WHERE build_id = ANY (p_builds);
  DELETE FROM production_tasks WHERE build_id = ANY (p_builds);
  -- Newest first, so that no row is deleted before the one that replaced it.
  PERFORM delete_sample_serials(p_builds);
  DELETE FROM outsourced_lines WHERE build_id = ANY (p_builds);
  DELETE FROM outsourcing_statements WHERE build_id = ANY (p_builds);
  DELETE FROM user_skills WHERE is_sample OR user_id IN (SELECT u.user_id FROM users u WHERE u.is_sample);
END;
$$;
COMMENT ON FUNCTION remove_sample_production(bigint[]) IS 'Deletes tasks, serial numbers and outsourced lines of sample builds, and the skills of sample people.';

CREATE OR REPLACE FUNCTION delete_sample_serials(p_builds bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  serial bigint;
BEGIN
  FOR serial IN SELECT s.build_serial_id FROM build_serials s WHERE s.build_id = ANY (p_builds) ORDER BY s.build_serial_id DESC LOOP
    DELETE FROM build_serials WHERE build_serial_id = serial;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION delete_sample_serials(bigint[]) IS 'Deletes serial numbers of sample builds, each before the one it replaced.';

CREATE OR REPLACE FUNCTION remove_sample_resources() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  doomed bigint;
  removed integer := 0;
BEGIN
  FOR doomed IN SELECT s.supplier_id FROM suppliers s WHERE s.is_sample ORDER BY s.supplier_id LOOP
    BEGIN
      DELETE FROM suppliers WHERE supplier_id = doomed;
      removed := removed + 1;
    EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
      UPDATE suppliers SET is_sample = false WHERE supplier_id = doomed;
    END;
  END LOOP;
  FOR doomed IN SELECT t.tool_id FROM tools t WHERE t.is_sample ORDER BY t.tool_id LOOP
    BEGIN
      DELETE FROM tools WHERE tool_id = doomed;
      removed := removed + 1;
    EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
      UPDATE tools SET is_sample = false WHERE tool_id = doomed;
    END;
  END LOOP;
  RETURN removed;
END;
$$;
COMMENT ON FUNCTION remove_sample_resources() IS 'Deletes sample suppliers and tools; those that real records name are kept as ordinary data.';
