-- Every permission is asked for by a function, a policy, a view, a step of the workflow or a gate: one that nothing asks for would promise what it does not hold.
SELECT testing.same((
  WITH asked (body) AS (
    SELECT f.prosrc FROM pg_proc f WHERE f.pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat(pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid)) FROM pg_policy y
    UNION ALL SELECT v.definition FROM pg_views v WHERE v.schemaname = 'public'
    UNION ALL SELECT quote_literal(r.permission) FROM order_workflow_rules r
    UNION ALL SELECT quote_literal(r.permission) FROM build_workflow_rules r
    UNION ALL SELECT concat_ws(',', quote_literal(g.start_permission), quote_literal(g.record_permission), quote_literal(g.sign_permission), quote_literal(g.reject_permission),
                     quote_literal(g.approve_permission), quote_literal(g.void_permission)) FROM qc_gates g)
  SELECT string_agg(p.permission_code, ', ' ORDER BY p.permission_code) FROM permissions p
   WHERE NOT EXISTS (SELECT FROM asked a WHERE strpos(a.body, quote_literal(p.permission_code)) > 0)), NULL, 'permissions that nothing asks for');
