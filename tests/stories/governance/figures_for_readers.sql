-- Key figures for those whose work is to read: torvan_readonly and torvan_auditor see them whole, though nobody of the plant acts; people by their permissions.
SELECT schedule_builds() \g /dev/null
CREATE TABLE testing.figures AS
  SELECT 'v_production_kpis' AS view_name, md5(string_agg(k::text, ' ' ORDER BY k.week_start)) AS said, count(*) AS row_count FROM v_production_kpis k
  UNION ALL SELECT 'v_capacity_load', md5(string_agg(c::text, ' ' ORDER BY c.resource_code, c.week_start)), count(*) FROM v_capacity_load c;
GRANT SELECT ON testing.figures TO PUBLIC;
SELECT testing.same((SELECT bool_and(row_count > 10)::text FROM testing.figures), 'true', 'there is something to see');

CREATE FUNCTION testing.sees(p_who text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM testing.same((SELECT md5(string_agg(k::text, ' ' ORDER BY k.week_start)) FROM v_production_kpis k), (SELECT f.said FROM testing.figures f WHERE f.view_name = 'v_production_kpis'), p_who || ': production');
  PERFORM testing.same((SELECT md5(string_agg(c::text, ' ' ORDER BY c.resource_code, c.week_start)) FROM v_capacity_load c), (SELECT f.said FROM testing.figures f WHERE f.view_name = 'v_capacity_load'), p_who || ': load');
  PERFORM count(*) FROM v_quality_kpis;
END;
$$;
GRANT EXECUTE ON FUNCTION testing.sees(text) TO PUBLIC;
SET SESSION AUTHORIZATION torvan_readonly;
SELECT testing.sees('a reader');
SET SESSION AUTHORIZATION torvan_auditor;
SELECT testing.sees('an auditor');

-- The server's role sees nothing for nobody, nor for those without the permission.
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.same((SELECT count(*) FROM v_production_kpis), 0::bigint, 'nobody acts');
BEGIN;
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM v_production_kpis), 0::bigint, 'a technician has no reports');
SELECT testing.act('sample.production');
SELECT testing.ok((SELECT count(*) > 10 FROM v_production_kpis) AND (SELECT count(*) > 10 FROM v_capacity_load), 'the Production Coordinator has');
SELECT count(*) FROM v_quality_kpis;
COMMIT;
