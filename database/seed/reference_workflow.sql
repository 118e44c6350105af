-- The workflow (workflow.md sections 3 and 4): steps, their permissions and guards.
-- A guard is the function guard_<code>(order_id) where it looks at the order, build_guard_<code>(build_id) where it looks at each build.

INSERT INTO build_sub_states (phase, sub_state, position, title) VALUES
  ('PRODUCTION', 'PLANNING', 1, 'Planning: what goes out, what is made here'),
  ('PRODUCTION', 'AWAITING_EXTERNAL', 2, 'Waiting for outsourced parts'),
  ('PRODUCTION', 'PRE_QC_READY', 3, 'Ready for the pre-production check'),
  ('PRODUCTION', 'PRE_QC_REJECTED', 4, 'Pre-production check rejected'),
  ('PRODUCTION', 'PRE_QC_REWORK', 5, 'Rework before production'),
  ('PRODUCTION', 'READY', 6, 'Ready for assembly'),
  ('PRODUCTION', 'IN_ASSEMBLY', 7, 'In assembly'),
  ('PRODUCTION', 'EOL_READY', 8, 'Ready for the end-of-line test'),
  ('PRODUCTION', 'EOL_RUNNING', 9, 'End-of-line test running'),
  ('PRODUCTION', 'EOL_PASSED', 10, 'End-of-line test passed'),
  ('QUALITY_CONTROL', 'READY', 11, 'Ready for the final inspection'),
  ('QUALITY_CONTROL', 'IN_INSPECTION', 12, 'In final inspection'),
  ('QUALITY_CONTROL', 'REJECTED', 13, 'Final inspection rejected'),
  ('QUALITY_CONTROL', 'REWORK', 14, 'Rework after the final inspection'),
  ('QUALITY_CONTROL', 'PASSED', 15, 'Final inspection passed'),
  ('PACKAGING', 'IN_PACKING', 16, 'Packing'),
  ('PACKAGING', 'PACKED', 17, 'Packed, waiting for confirmation'),
  ('SHIPPING', 'READY_TO_SHIP', 18, 'Ready to ship'),
  ('DELIVERED', 'DELIVERED', 19, 'Delivered');

-- Where a guard can hold first: a plant may ask for it from there on. What only some orders can show stays with its own steps.
INSERT INTO workflow_guards (guard_code, title, description, earliest_phase, earliest_sub_state, is_addable) VALUES
  ('customer_active', 'customer may order', 'customers.is_active', 'DRAFT', NULL, true),
  ('po_number_given', 'PO number given', 'orders.po_number', 'DRAFT', NULL, true),
  ('sales_person_named', 'sales person named', 'orders.sales_person', 'DRAFT', NULL, true),
  ('want_date_ahead', 'want date in the future', 'orders.want_date', 'DRAFT', NULL, false),
  ('family_released', 'family can be configured', 'a released rule set of orders.family_code', 'DRAFT', NULL, true),
  ('builds_numbered', 'quantity equals the build numbers', 'orders.quantity and active builds', 'DRAFT', NULL, true),
  ('configurations_valid', 'every build configured without errors', 'configurations.is_valid of each build', 'CONFIGURATION', NULL, true),
  ('boms_current', 'every BOM made from the present configuration', 'boms.configuration_id equals builds.configuration_id', 'CONFIGURATION', NULL, true),
  ('boms_resolved', 'no unknown code in a BOM', 'boms.unresolved_count', 'CONFIGURATION', NULL, true),
  ('po_document_attached', 'PO document attached', 'order_attachments of kind PO_DOCUMENT', 'DRAFT', NULL, true),
  ('accessories_reviewed', 'accessories reviewed', 'orders.accessories_reviewed_at after the last configuration', 'CONFIGURATION', NULL, true),
  ('boms_approved', 'every BOM approved', 'boms.state', 'APPROVAL', NULL, true),
  ('drawings_approved', 'approved drawing per build', 'order_attachments of kind SINK_DRAWING, approved after the present configuration was saved', 'CONFIGURATION', NULL, true),
  ('custom_parts_drawn', 'custom parts have drawings', 'custom_parts_registry.state', 'CONFIGURATION', NULL, true),
  ('outsourcing_stated', 'outsourced items marked, or none stated', 'outsourced lines of the order', 'APPROVAL', NULL, true),
  ('outsourcing_ordered', 'outsourced lines have supplier and date', 'outsourced lines of each build; legs and feet among them unless none was stated', 'PRODUCTION', 'PLANNING', false),
  ('outsourcing_received', 'outsourced lines received or cancelled', 'outsourced lines of each build', 'PRODUCTION', 'PLANNING', true),
  ('technician_assigned', 'a qualified technician has the first task', 'production tasks, skills and users', 'PRODUCTION', 'PLANNING', true),
  ('pre_production_passed', 'pre-production check passed and signed', 'inspection of each build', 'PRODUCTION', 'PRE_QC_READY', true),
  ('pre_production_rejected', 'pre-production check rejected', 'the last pre-production inspection of each build', 'PRODUCTION', 'PRE_QC_READY', false),
  ('rework_recorded', 'rework recorded', 'nonconformities of the last rejection of each build', 'PRODUCTION', 'PRE_QC_REJECTED', false),
  ('tasks_finished', 'all tasks done, or cancelled with a reason', 'production tasks of each build', 'PRODUCTION', 'IN_ASSEMBLY', true),
  ('serials_captured', 'required serial numbers captured', 'serial numbers of each build', 'PRODUCTION', 'IN_ASSEMBLY', true),
  ('end_of_line_passed', 'end-of-line tests passed', 'test records of each build', 'PRODUCTION', 'EOL_RUNNING', true),
  ('end_of_line_failed', 'end-of-line test failed', 'the last test record of each build', 'PRODUCTION', 'EOL_RUNNING', false),
  ('production_checklist_signed', 'production checklist signed', 'checklist of each build, sections 2 and 3', 'PRODUCTION', 'IN_ASSEMBLY', true),
  ('final_inspection_passed', 'final inspection A to E passed by someone other than the builder', 'inspection of each build', 'QUALITY_CONTROL', 'IN_INSPECTION', true),
  ('final_inspection_rejected', 'final inspection rejected', 'the last final inspection of each build', 'QUALITY_CONTROL', 'IN_INSPECTION', false),
  ('nonconformities_closed', 'no open major or critical nonconformity', 'nonconformities of each build', 'PRODUCTION', 'PLANNING', true),
  ('packing_complete', 'everything packed and counted', 'packing list of each build', 'PACKAGING', 'IN_PACKING', true),
  ('packing_confirmed', 'packing complete and confirmed (section F)', 'packing list and inspection of each build', 'PACKAGING', 'PACKED', true),
  ('builds_together', 'every sink is packed', 'phases of the builds, unless the site ships in parts', 'SHIPPING', NULL, true),
  ('shipment_recorded', 'shipment and delivery recorded', 'carrier, tracking number, dispatch and delivery date of the order', 'SHIPPING', NULL, true);

-- What the product asks for stands beside what is asked for: a plant adds to it and takes nothing of it off (workflow_rules.sql).
INSERT INTO order_workflow_rules (from_phase, to_phase, action, title, permission, guards, requires_reason, separate_from, signature_meaning, exit_sub_states, entry_sub_state, build_event_type, target_hours, automatic_actions,
       is_optional, product_title, product_guards, product_requires_reason, product_separate_from, product_signature_meaning)
SELECT s.from_phase, s.to_phase, s.action, s.title, s.permission, s.guards::text[], s.requires_reason, s.separate_from, s.signature_meaning, s.exit_sub_states::text[], s.entry_sub_state, s.build_event_type, s.target_hours, s.automatic_actions::text[],
       s.is_optional, s.title, s.guards::text[], s.requires_reason, s.separate_from, s.signature_meaning
  FROM (VALUES
  ('DRAFT', 'CONFIGURATION', 'ADVANCE', 'Begin configuration', 'order:update',
   '{customer_active,po_number_given,sales_person_named,want_date_ahead,family_released,builds_numbered}', false, NULL, NULL, '{}', NULL, NULL, 8, '{}', false),
  ('CONFIGURATION', 'APPROVAL', 'ADVANCE', 'Submit for approval', 'order:submit',
   '{builds_numbered,configurations_valid,boms_current,boms_resolved,po_document_attached,accessories_reviewed}', false, NULL, NULL, '{}', NULL, NULL, 24, '{note_submission,submit_boms}', false),
  ('APPROVAL', 'CONFIGURATION', 'RETURN', 'Return to configuration', 'order:return', '{}', true, 'SUBMITTER', NULL, '{}', NULL, NULL, NULL, '{}', false),
  ('APPROVAL', 'PRODUCTION', 'ADVANCE', 'Approve for production', 'order:approve',
   '{boms_current,boms_approved,drawings_approved,custom_parts_drawn,outsourcing_stated}', false, 'SUBMITTER', 'approved', '{}', 'PLANNING', NULL, 16, '{note_approval,release_boms,generate_tasks,reserve_stock}', false),
  ('PRODUCTION', 'QUALITY_CONTROL', 'ADVANCE', 'Hand over to quality control', 'order:finish_production',
   '{pre_production_passed,tasks_finished,serials_captured,end_of_line_passed,production_checklist_signed}', false, NULL, NULL, '{EOL_PASSED}', 'READY', 'build.ready_for_final_qc', 80, '{}', false),
  ('QUALITY_CONTROL', 'PACKAGING', 'ADVANCE', 'Release to packaging', 'inspection:release',
   '{serials_captured,final_inspection_passed,nonconformities_closed}', false, 'BUILDER', 'inspected', '{PASSED}', 'IN_PACKING', 'build.released_to_packaging', 8, '{}', false),
  ('QUALITY_CONTROL', 'PRODUCTION', 'RETURN', 'Reject to rework', 'inspection:reject', '{final_inspection_rejected}', true, NULL, 'rejected', '{REJECTED}', 'IN_ASSEMBLY', 'build.returned_to_production', NULL, '{}', true),
  ('PACKAGING', 'SHIPPING', 'ADVANCE', 'Confirm packing', 'packing_list:confirm', '{packing_confirmed,nonconformities_closed}', false, NULL, 'released', '{PACKED}', 'READY_TO_SHIP', 'build.packed', 8, '{}', false),
  ('PACKAGING', 'QUALITY_CONTROL', 'RETURN', 'Damage or missing item found', 'packing_list:return', '{}', true, NULL, NULL, '{}', 'READY', 'build.returned_to_quality', NULL, '{}', true),
  ('SHIPPING', 'DELIVERED', 'ADVANCE', 'Confirm delivery', 'shipment:deliver', '{builds_together,shipment_recorded}', false, NULL, NULL, '{}', 'DELIVERED', NULL, 72, '{}', false)
  ) AS s (from_phase, to_phase, action, title, permission, guards, requires_reason, separate_from, signature_meaning, exit_sub_states, entry_sub_state, build_event_type, target_hours, automatic_actions, is_optional);

INSERT INTO build_workflow_rules (phase, from_sub_state, to_sub_state, title, permission, guards, requires_reason, separate_from, signature_meaning, event_type,
       is_optional, product_title, product_guards, product_requires_reason, product_separate_from, product_signature_meaning)
SELECT s.phase, s.from_sub_state, s.to_sub_state, s.title, s.permission, s.guards::text[], s.requires_reason, s.separate_from, s.signature_meaning, s.event_type,
       s.is_optional, s.title, s.guards::text[], s.requires_reason, s.separate_from, s.signature_meaning
  FROM (VALUES
  ('PRODUCTION', 'PLANNING', 'AWAITING_EXTERNAL', 'Parts sent to the external shop', 'build:plan', '{outsourcing_ordered}', false, NULL, NULL, 'build.parts_sent', true),
  ('PRODUCTION', 'PLANNING', 'PRE_QC_READY', 'Nothing goes out: ready for the check', 'build:plan', '{outsourcing_received}', false, NULL, NULL, 'build.ready_for_pre_qc', false),
  ('PRODUCTION', 'AWAITING_EXTERNAL', 'PRE_QC_READY', 'Outsourced parts are back', 'build:plan', '{outsourcing_received}', false, NULL, NULL, 'build.ready_for_pre_qc', false),
  ('PRODUCTION', 'PRE_QC_READY', 'READY', 'Release to assembly', 'inspection:release', '{drawings_approved,pre_production_passed}', false, 'BUILDER', 'inspected', 'build.ready_for_production', false),
  ('PRODUCTION', 'PRE_QC_READY', 'PRE_QC_REJECTED', 'Reject before production', 'inspection:reject', '{pre_production_rejected}', true, NULL, NULL, 'build.pre_qc_failed', false),
  ('PRODUCTION', 'PRE_QC_REJECTED', 'PRE_QC_REWORK', 'Begin rework', 'build:rework', '{}', false, NULL, NULL, NULL, false),
  ('PRODUCTION', 'PRE_QC_REWORK', 'PRE_QC_READY', 'Rework done', 'build:rework', '{rework_recorded}', false, NULL, NULL, 'build.ready_for_pre_qc', false),
  ('PRODUCTION', 'READY', 'IN_ASSEMBLY', 'Begin assembly', 'build:begin_assembly', '{technician_assigned}', false, NULL, NULL, 'build.assembly_begun', false),
  ('PRODUCTION', 'IN_ASSEMBLY', 'EOL_READY', 'Assembly finished', 'build:finish_assembly', '{tasks_finished,production_checklist_signed,serials_captured}', false, NULL, NULL, 'build.ready_for_test', false),
  ('PRODUCTION', 'EOL_READY', 'EOL_RUNNING', 'Begin the end-of-line test', 'test_record:create', '{}', false, NULL, NULL, NULL, false),
  ('PRODUCTION', 'EOL_RUNNING', 'EOL_PASSED', 'End-of-line test passed', 'test_record:sign', '{end_of_line_passed}', false, NULL, NULL, 'build.test_passed', false),
  ('PRODUCTION', 'EOL_RUNNING', 'IN_ASSEMBLY', 'End-of-line test failed', 'test_record:create', '{end_of_line_failed}', true, NULL, NULL, 'build.test_failed', false),
  ('QUALITY_CONTROL', 'READY', 'IN_INSPECTION', 'Begin the final inspection', 'inspection:create', '{}', false, 'BUILDER', NULL, NULL, false),
  ('QUALITY_CONTROL', 'IN_INSPECTION', 'PASSED', 'Final inspection passed', 'inspection:release', '{final_inspection_passed,nonconformities_closed}', false, 'BUILDER', NULL, 'build.final_qc_passed', false),
  ('QUALITY_CONTROL', 'IN_INSPECTION', 'REJECTED', 'Final inspection rejected', 'inspection:reject', '{final_inspection_rejected}', true, NULL, NULL, 'build.final_qc_failed', false),
  ('QUALITY_CONTROL', 'REJECTED', 'REWORK', 'Begin rework', 'build:rework', '{}', false, NULL, NULL, NULL, false),
  ('QUALITY_CONTROL', 'REWORK', 'READY', 'Rework done', 'build:rework', '{rework_recorded}', false, NULL, NULL, 'build.rework_finished', false),
  ('PACKAGING', 'IN_PACKING', 'PACKED', 'Everything is packed', 'packing_list:update', '{packing_complete}', false, NULL, NULL, 'build.packing_finished', false)
  ) AS s (phase, from_sub_state, to_sub_state, title, permission, guards, requires_reason, separate_from, signature_meaning, event_type, is_optional);
