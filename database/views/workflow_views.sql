-- The workflow as one list: steps of orders from phase to phase, and steps of builds inside a phase.

CREATE OR REPLACE VIEW v_workflow_rules WITH (security_invoker = true) AS
  SELECT 'ORDER-' || r.order_workflow_rule_id AS rule_key, 'ORDER'::text AS rule_kind, r.order_workflow_rule_id, NULL::bigint AS build_workflow_rule_id, r.from_phase, NULL::text COLLATE "C" AS from_sub_state, r.to_phase, r.entry_sub_state AS to_sub_state,
         r.action, r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, r.target_hours, r.is_active,
         r.product_title, r.product_guards, r.product_requires_reason, r.product_separate_from, r.product_signature_meaning, r.is_optional, r.row_version,
         (SELECT c.workflow_rule_change_id FROM workflow_rule_changes c WHERE c.order_workflow_rule_id = r.order_workflow_rule_id AND c.state = 'PROPOSED') AS open_change_id,
         array(SELECT o.role_code FROM role_permissions p JOIN roles o USING (role_id) WHERE p.permission_code = r.permission ORDER BY o.role_id) AS role_codes
    FROM order_workflow_rules r
  UNION ALL
  SELECT 'BUILD-' || r.build_workflow_rule_id, 'BUILD', NULL, r.build_workflow_rule_id, r.phase, r.from_sub_state, r.phase, r.to_sub_state,
         'WITHIN', r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, NULL, r.is_active,
         r.product_title, r.product_guards, r.product_requires_reason, r.product_separate_from, r.product_signature_meaning, r.is_optional, r.row_version,
         (SELECT c.workflow_rule_change_id FROM workflow_rule_changes c WHERE c.build_workflow_rule_id = r.build_workflow_rule_id AND c.state = 'PROPOSED'),
         array(SELECT o.role_code FROM role_permissions p JOIN roles o USING (role_id) WHERE p.permission_code = r.permission ORDER BY o.role_id)
    FROM build_workflow_rules r;
COMMENT ON VIEW v_workflow_rules IS
  'Every step of the workflow: of orders (rule_kind ORDER, action ADVANCE or RETURN) and of builds inside a phase (rule_kind BUILD, action WITHIN). rule_key tells them apart, product_… is what the product asks for; open_change_id the change that waits, for those who may see it; role_codes the roles whose people may take the step.';

CREATE OR REPLACE VIEW v_workflow_rule_changes WITH (security_invoker = true) AS
  SELECT c.workflow_rule_change_id, r.rule_key, r.rule_kind, c.order_workflow_rule_id, c.build_workflow_rule_id, r.title AS step_title, r.product_title, r.from_phase, r.from_sub_state, r.to_phase, r.to_sub_state,
         c.state, c.from_version, r.row_version AS rule_version, c.former_values, c.new_values, c.reason, c.proposed_by, person_name(c.proposed_by) AS proposed_by_name, c.proposed_at,
         c.decided_by, person_name(c.decided_by) AS decided_by_name, c.decided_at, c.decision_note
    FROM workflow_rule_changes c
    JOIN v_workflow_rules r ON r.rule_key = coalesce('ORDER-' || c.order_workflow_rule_id, 'BUILD-' || c.build_workflow_rule_id);
COMMENT ON VIEW v_workflow_rule_changes IS 'Changes of the workflow with the step that each is about and the names of who proposed and decided it. Where rule_version is another than from_version, one that waits is out of date.';
