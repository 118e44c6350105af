-- Key figures of quality, from the records themselves.

CREATE OR REPLACE VIEW v_quality_kpis WITH (security_invoker = true) AS
SELECT k.month, k.gate_code, k.first_inspections, k.passed_first_time, k.first_pass_yield_percent, k.rejections, k.reinspections
  FROM quality_kpis((now() - interval '13 months')::date) k;
COMMENT ON VIEW v_quality_kpis IS 'Quality by month and gate over the last thirteen months: see quality_kpis. Of the inspections that who asks may read; torvan_readonly and torvan_auditor read all.';

CREATE OR REPLACE VIEW v_open_nonconformities WITH (security_invoker = true) AS
SELECT n.nonconformity_id, n.nonconformity_number, n.build_id, b.build_number, n.category_code, n.severity, n.state, n.description, n.reported_at,
       extract(day FROM now() - n.reported_at)::integer AS age_days,
       CASE WHEN n.reported_at > now() - interval '2 days' THEN '0-2' WHEN n.reported_at > now() - interval '7 days' THEN '3-7'
            WHEN n.reported_at > now() - interval '30 days' THEN '8-30' ELSE '31+' END AS age_group
  FROM nonconformities n JOIN builds b USING (build_id)
 WHERE n.state NOT IN ('VERIFIED', 'CLOSED');
COMMENT ON VIEW v_open_nonconformities IS 'Findings that are not verified, with their age in days.';
