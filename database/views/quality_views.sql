-- Key figures of quality, from the records themselves.

CREATE OR REPLACE VIEW v_quality_kpis WITH (security_invoker = true) AS
WITH decided AS (
  SELECT q.build_id, q.gate_code, q.state, q.completed_at,
         row_number() OVER (PARTITION BY q.build_id, q.gate_code ORDER BY q.attempt) AS place
    FROM qc_inspections q
   WHERE q.state IN ('COMPLETED', 'APPROVED', 'PASSED', 'REJECTED'))
SELECT date_trunc('month', d.completed_at AT TIME ZONE 'UTC')::date AS month, d.gate_code,
       count(*) FILTER (WHERE d.place = 1) AS first_inspections,
       count(*) FILTER (WHERE d.place = 1 AND d.state <> 'REJECTED') AS passed_first_time,
       round(100.0 * count(*) FILTER (WHERE d.place = 1 AND d.state <> 'REJECTED') / nullif(count(*) FILTER (WHERE d.place = 1), 0), 1) AS first_pass_yield_percent,
       count(*) FILTER (WHERE d.state = 'REJECTED') AS rejections,
       count(*) FILTER (WHERE d.place > 1) AS reinspections
  FROM decided d
 GROUP BY 1, 2;
COMMENT ON VIEW v_quality_kpis IS 'Per month (UTC) and gate: builds inspected for the first time, how many of them passed at once (first-pass yield), rejections, and inspections after the first.';

CREATE OR REPLACE VIEW v_open_nonconformities WITH (security_invoker = true) AS
SELECT n.nonconformity_id, n.nonconformity_number, n.build_id, b.build_number, n.category_code, n.severity, n.state, n.description, n.reported_at,
       extract(day FROM now() - n.reported_at)::integer AS age_days,
       CASE WHEN n.reported_at > now() - interval '2 days' THEN '0-2' WHEN n.reported_at > now() - interval '7 days' THEN '3-7'
            WHEN n.reported_at > now() - interval '30 days' THEN '8-30' ELSE '31+' END AS age_group
  FROM nonconformities n JOIN builds b USING (build_id)
 WHERE n.state NOT IN ('VERIFIED', 'CLOSED');
COMMENT ON VIEW v_open_nonconformities IS 'Findings that are not verified, with their age in days.';
