-- Key figures come from the records: first-pass yield, findings by reason, inspections after the first, open findings.
\ir _checklists.sql
SELECT testing.make_build('KPI-1', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS good, testing.make_build('KPI-2', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS bad, testing.make_build('KPI-3', testing.sink('T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8"}]')) AS worse \gset
SELECT testing.do_all(:good, 'PRE_PRODUCTION', 'sample.quality');
SELECT testing.act('sample.quality');
SELECT start_inspection(:bad, 'PRE_PRODUCTION') AS first, start_inspection(:worse, 'PRE_PRODUCTION') AS other \gset
SELECT (reject_inspection(:first, 'DIMENSIONAL', NULL, '[{"description": "too long"}, {"description": "too wide"}, {"description": "paper missing", "category": "DOCUMENTATION_MISSING"}]'))[1] AS finding, reject_inspection(:other, 'DOCUMENTATION_MISSING', 'MAJOR', '[{"description": "drawing missing"}]') \gset
SELECT testing.act('sample.technician');
SELECT record_rework(n.nonconformity_id, 'cut') FROM nonconformities n WHERE n.build_id = :bad AND n.needs_rework;
-- Reworked findings wait for quality control, and not for whoever worked on the build.
SELECT testing.same((SELECT count(*) FROM approvals_waiting(50, 'FINDING')), 0::bigint, 'nothing waits for a technician');
SELECT testing.act('sample.quality');
SELECT testing.same((SELECT count(*) FROM approvals_waiting(50, 'FINDING')), (SELECT count(*) FROM nonconformities WHERE build_id = :bad AND state = 'REWORKED'), 'reworked findings wait'),
       testing.ok((SELECT count(*) FROM approvals_waiting(50, 'FINDING')) > 0, 'there are some'),
       testing.same((SELECT waiting FROM approvals_by_kind() WHERE kind = 'FINDING'), (SELECT count(*) FROM approvals_waiting(50, 'FINDING')), 'counted by kind');
SELECT testing.act('sample.technician');
SELECT testing.do_all(:bad, 'PRE_PRODUCTION', 'sample.quality');
SELECT testing.same((SELECT (first_inspections, passed_first_time, first_pass_yield_percent, rejections, reinspections)::text FROM v_quality_kpis WHERE gate_code = 'PRE_PRODUCTION'), '(3,1,33.3,2,1)', 'three builds, one good at once'),
       testing.same((SELECT array_agg((p.category_code, p.findings, p.major, p.minor, p.share_percent, p.cumulative_percent)::text) FROM defect_pareto() p), '{"(DIMENSIONAL,2,2,0,50.0,50.0)","(DOCUMENTATION_MISSING,2,1,1,50.0,100.0)"}'::text[], 'findings by reason'),
       testing.same((SELECT count(*) FROM defect_pareto('2001-01-01', '2001-12-31')), 0::bigint, 'in another time'), testing.same((SELECT sum(findings) FROM defect_pareto((now() - interval '2 days')::date, (now() + interval '2 days')::date)), 4::numeric, 'in this time'),
       testing.same((SELECT array_agg((build_number, severity, age_days, age_group)::text) FROM v_open_nonconformities), '{"(KPI-3,MAJOR,0,0-2)"}'::text[], 'what is open');

-- Reports and dashboards count from the same inspections.
SELECT testing.act('sample.production');
SELECT testing.same((SELECT (sum(first_inspections), sum(passed_first_time), sum(rejections), sum(reinspections))::text FROM report_first_pass_yield(NULL, NULL, 'WEEK', 'PRE_PRODUCTION')), '(3,1,2,1)', 'the report'),
       testing.same((SELECT amount FROM dashboard_figures('{first_pass_percent}') ORDER BY week DESC LIMIT 1), 33.3, 'the figure of this week'),
       testing.same((SELECT amount FROM dashboard_figures('{inspections}') ORDER BY week DESC LIMIT 1), 4::numeric, 'all inspections of this week');
