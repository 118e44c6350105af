-- Access to the tables and functions of the domain production: see access_begin.sql.

-- Quality control.
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('qc_gates', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('nonconformity_categories', 'everyone', NULL, 'checklist_template:update', NULL, 'REFERENCE', '{}', '{}'),
  ('qc_processes', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('qc_process_items', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('qc_process_item_choices', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('qc_inspections', 'build:production_checklist:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{decision_note:FREE_TEXT,reopen_reason:FREE_TEXT,void_reason:FREE_TEXT,start_reason:FREE_TEXT}', '{}'),
  ('qc_inspection_items', 'build:production_checklist:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{answer_text:FREE_TEXT,note:FREE_TEXT,na_reason:FREE_TEXT}', '{}'),
  ('qc_inspection_item_history', 'build:production_checklist:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{answer_text:FREE_TEXT,note:FREE_TEXT,na_reason:FREE_TEXT}', '{}'),
  ('qc_inspection_photos', 'build:production_checklist:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('qc_waivers', 'build:production_checklist:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{reason:FREE_TEXT}', '{}'),
  ('nonconformities', 'build:nonconformity:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{description:FREE_TEXT,disposition_note:FREE_TEXT,rework_note:FREE_TEXT,close_note:FREE_TEXT}', '{}');
INSERT INTO function_access (function_name, access) VALUES
  ('start_inspection', 'write'), ('take_over_inspection', 'write'), ('record_inspection_result', 'write'), ('record_inspection_results', 'write'), ('mark_not_applicable', 'write'),
  ('complete_inspection', 'write'), ('reject_inspection', 'write'), ('approve_checklist', 'write'), ('reopen_inspection', 'write'), ('void_inspection', 'write'), ('waive_item', 'write'),
  ('report_nonconformity', 'write'), ('dispose_nonconformity', 'write'), ('record_rework', 'write'), ('verify_nonconformity', 'write'), ('close_nonconformity', 'write'),
  ('revise_process', 'write'), ('save_process_item', 'write'), ('remove_process_item', 'write'), ('discard_draft_process', 'write'), ('publish_process', 'write'),
  -- Customer service may see results but not the records, so this one reads with the owner's rights after asking for the permission.
  ('build_quality_results', 'write'),
  ('packing_list', 'read'), ('inspection_sheet', 'read'), ('preview_checklist', 'read'), ('check_process', 'read'), ('defect_pareto', 'read'), ('quality_kpis', 'read'), ('canonical_qc_inspections', 'read'), ('canonical_nonconformities', 'read'), ('canonical_qc_processes', 'read'),
  ('build_guard_pre_production_passed', 'read'), ('build_guard_pre_production_rejected', 'read'), ('build_guard_rework_recorded', 'read'), ('build_guard_production_checklist_signed', 'read'),
  ('build_guard_end_of_line_passed', 'read'), ('build_guard_end_of_line_failed', 'read'), ('build_guard_final_inspection_passed', 'read'), ('build_guard_final_inspection_rejected', 'read'),
  ('build_guard_nonconformities_closed', 'read'), ('build_guard_packing_complete', 'read'), ('build_guard_packing_confirmed', 'read'),
  ('latest_inspection', 'helper'), ('checklist_text', 'helper'), ('packing_text', 'helper'), ('checklist_rows', 'helper'), ('checklist_places', 'helper'), ('checklist_expressions', 'helper'),
  ('quality_basins', 'helper'), ('quality_holds', 'helper'), ('quality_sum', 'helper'), ('released_process', 'helper'), ('inspection_standing', 'helper'), ('is_of_this_visit', 'helper'),
  ('entered_phase_at', 'helper'), ('has_worked_on_build', 'helper'), ('has_packed_build', 'helper'), ('was_rejected', 'helper'), ('item_name', 'helper');
