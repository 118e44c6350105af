-- The workflow as one list: steps of orders from phase to phase, and steps of builds inside a phase.

CREATE OR REPLACE VIEW v_workflow_rules WITH (security_invoker = true) AS
  SELECT 'ORDER'::text AS rule_kind, r.order_workflow_rule_id, NULL::bigint AS build_workflow_rule_id, r.from_phase, NULL::text COLLATE "C" AS from_sub_state, r.to_phase, r.entry_sub_state AS to_sub_state,
         r.action, r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, r.target_hours, r.is_active,
         r.product_title, r.product_guards, r.product_requires_reason, r.product_separate_from, r.product_signature_meaning, r.is_optional, r.row_version,
         (SELECT c.workflow_rule_change_id FROM workflow_rule_changes c WHERE c.order_workflow_rule_id = r.order_workflow_rule_id AND c.state = 'PROPOSED') AS open_change_id
    FROM order_workflow_rules r
  UNION ALL
  SELECT 'BUILD', NULL, r.build_workflow_rule_id, r.phase, r.from_sub_state, r.phase, r.to_sub_state,
         'WITHIN', r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, NULL, r.is_active,
         r.product_title, r.product_guards, r.product_requires_reason, r.product_separate_from, r.product_signature_meaning, r.is_optional, r.row_version,
         (SELECT c.workflow_rule_change_id FROM workflow_rule_changes c WHERE c.build_workflow_rule_id = r.build_workflow_rule_id AND c.state = 'PROPOSED')
    FROM build_workflow_rules r;
COMMENT ON VIEW v_workflow_rules IS
  'Every step of the workflow: of orders (rule_kind ORDER, action ADVANCE or RETURN) and of builds inside a phase (rule_kind BUILD, action WITHIN). product_… is what the product asks for; open_change_id the change that waits, for those who may see it.';
