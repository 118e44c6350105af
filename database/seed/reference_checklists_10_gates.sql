-- Gates of quality control, reasons of findings (workflow.md sections 3 to 5), names of the blocks of the sheets.

INSERT INTO qc_gates (gate_code, position, title, phase, sub_states, start_permission, record_permission, sign_permission, reject_permission, approve_permission, void_permission, passed_state, signature_meaning, apart_from, is_per_visit) VALUES
  ('PRE_PRODUCTION', 1, 'Pre-production check', 'PRODUCTION', '{PRE_QC_READY}', 'inspection:create', 'inspection:update', 'inspection:release', 'inspection:reject', NULL, NULL, 'PASSED', 'inspected', '{BUILDER}', false),
  ('PRODUCTION', 2, 'Production checklist', 'PRODUCTION', '{READY,IN_ASSEMBLY}', 'production_checklist:update_own', 'production_checklist:update_own', 'production_checklist:sign', NULL, 'production_checklist:approve', NULL, 'COMPLETED', 'authored', '{}', false),
  ('END_OF_LINE', 3, 'End-of-line test', 'PRODUCTION', '{EOL_READY,EOL_RUNNING}', 'test_record:create', 'test_record:create', 'test_record:sign', 'test_record:sign', NULL, 'test_record:void', 'PASSED', 'inspected', '{}', false),
  ('FINAL', 4, 'Final inspection', 'QUALITY_CONTROL', '{READY,IN_INSPECTION}', 'inspection:create', 'inspection:update', 'inspection:release', 'inspection:reject', NULL, NULL, 'PASSED', 'inspected', '{BUILDER}', true),
  ('PACKING', 5, 'Packing', 'PACKAGING', '{IN_PACKING}', 'packing_list:update', 'packing_list:update', 'packing_list:update', NULL, NULL, NULL, 'COMPLETED', 'authored', '{}', true),
  ('PACKING_CONFIRMATION', 6, 'Confirmation of the packing', 'PACKAGING', '{IN_PACKING,PACKED}', 'inspection:create', 'inspection:update', 'packing_list:confirm', 'packing_list:return', NULL, NULL, 'PASSED', 'confirmed', '{PACKER}', true);

CREATE TEMPORARY TABLE category_seed (category_code text, position integer, default_severity text, needs_rework boolean, minutes integer, en text, fr text) ON COMMIT DROP;
INSERT INTO category_seed VALUES
  ('DIMENSIONAL', 1, 'MAJOR', true, 120, 'Dimensional', 'Dimension'),
  ('SURFACE_DEFECT', 2, 'MINOR', true, 60, 'Surface defect', 'Défaut de surface'),
  ('ASSEMBLY_GAP', 3, 'MAJOR', true, 60, 'Assembly gap', 'Défaut d''assemblage'),
  ('COMPONENT_MISSING', 4, 'CRITICAL', true, 60, 'Component missing', 'Composant manquant'),
  ('COMPONENT_MISALIGNED', 5, 'MAJOR', true, 45, 'Component misaligned', 'Composant mal aligné'),
  ('ELECTRICAL', 6, 'CRITICAL', true, 90, 'Electrical', 'Électricité'),
  ('PLUMBING', 7, 'CRITICAL', true, 90, 'Plumbing', 'Plomberie'),
  ('DOCUMENTATION_MISSING', 8, 'MINOR', false, 30, 'Documentation missing', 'Documentation manquante'),
  ('CLEANLINESS', 9, 'MINOR', false, 30, 'Cleanliness', 'Propreté'),
  ('OTHER', 10, 'MAJOR', false, 60, 'Other', 'Autre');
INSERT INTO nonconformity_categories (category_code, position, title, default_severity, needs_rework, rework_minutes)
SELECT category_code, position, en, default_severity, needs_rework, minutes FROM category_seed;
INSERT INTO translations (entity, translation_key, language, body)
SELECT 'nonconformity_category', s.category_code, t.language, t.body FROM category_seed s CROSS JOIN LATERAL (VALUES ('EN', s.en), ('FR', s.fr)) AS t (language, body);

INSERT INTO translations (entity, translation_key, language, body)
SELECT k.entity, k.key, t.language, t.body
  FROM (VALUES
    ('qc_gate', 'PRE_PRODUCTION', 'Pre-production check', 'Contrôle avant production'),
    ('qc_gate', 'PRODUCTION', 'Production checklist', 'Liste de contrôle de production'),
    ('qc_gate', 'END_OF_LINE', 'End-of-line test', 'Essai de fin de ligne'),
    ('qc_gate', 'FINAL', 'Final inspection', 'Inspection finale'),
    ('qc_gate', 'PACKING', 'Packing', 'Emballage'),
    ('qc_gate', 'PACKING_CONFIRMATION', 'Confirmation of the packing', 'Confirmation de l''emballage'),
    ('checklist_section', 'P1_HEADER', 'Pre-production check: header', 'Contrôle avant production : en-tête'),
    ('checklist_section', 'P1', 'Pre-production check', 'Contrôle avant production'),
    ('checklist_section', 'P2_HEADER', 'Sink production: header', 'Production de l''évier : en-tête'),
    ('checklist_section', 'P2', 'Sink production check', 'Contrôle de production de l''évier'),
    ('checklist_section', 'P3', 'Basin production', 'Production du bassin'),
    ('checklist_section', 'P3_END', 'Statement', 'Déclaration'),
    ('checklist_section', 'P4', 'Packing', 'Emballage'),
    ('checklist_section', 'Q0', 'Quality checklist: header', 'Liste de qualité : en-tête'),
    ('checklist_section', 'Q1', 'Papers and general condition', 'Documents et état général'),
    ('checklist_section', 'Q2', 'Sink', 'Évier'),
    ('checklist_section', 'Q3', 'Basin', 'Bassin'),
    ('checklist_section', 'Q4', 'Packed kit', 'Ensemble emballé'),
    ('checklist_section', 'Q5', 'Result', 'Résultat'),
    ('checklist_section', 'T0_HEADER', 'End-of-line test: header', 'Essai de fin de ligne : en-tête'),
    ('checklist_section', 'S0', 'Set-up', 'Mise en place'),
    ('checklist_section', 'T0', 'Captured data', 'Données relevées'),
    ('checklist_section', 'G', 'General', 'Général'),
    ('checklist_section', 'D', 'E-Drain', 'E-Drain'),
    ('checklist_section', 'C', 'Calibrations', 'Étalonnages'),
    ('checklist_section', 'K', 'E-Sink', 'E-Sink')
  ) AS k (entity, key, en, fr)
  CROSS JOIN LATERAL (VALUES ('EN', k.en), ('FR', k.fr)) AS t (language, body);

INSERT INTO qc_processes (process_code, version, gate_code, family_code, title, document_code, document_revision, note) VALUES
  ('CLP.T2.001.1', 1, 'PRE_PRODUCTION', 'MDRD', 'Pre-production check', 'CLP.T2.001', 'V01', 'Section 1 of the production checklist.'),
  ('CLP.T2.001.2-3', 1, 'PRODUCTION', 'MDRD', 'Sink and basin production check', 'CLP.T2.001', 'V01', 'Sections 2 and 3 of the production checklist.'),
  ('CLP.T2.001.4', 1, 'PACKING', 'MDRD', 'Packing', 'CLP.T2.001', 'V01', 'Section 4 of the production checklist.'),
  ('CLQ.T2.001.A-E', 1, 'FINAL', 'MDRD', 'Final inspection', 'CLQ.T2.001', 'V01', 'Sections A to E of the quality checklist.'),
  ('CLQ.T2.001.F', 1, 'PACKING_CONFIRMATION', 'MDRD', 'Confirmation of the packing', 'CLQ.T2.001', 'V01', 'Section F of the quality checklist.'),
  ('CLT.T2.001', 1, 'END_OF_LINE', 'MDRD', 'End-of-line test', 'CLT.T2.001', '1.0', 'End-of-line test sheet.');

-- The sheets follow as lists, which the last of these files turns into items, choices and texts. Keys of more: photo, category,
-- unit, each, factor, low, high, pair, diff, number, date, multiple, prefill, serial, verified, depends, expands, waived, mandatory.
CREATE TEMPORARY TABLE checklist_seed (
  place integer GENERATED ALWAYS AS IDENTITY, process_code text, item_code text, sheet_row text, section_code text, scope text, answer_type text,
  applies_when text, na_by_hand_when text, more jsonb, en text, fr text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE checklist_choice_seed (
  place integer GENERATED ALWAYS AS IDENTITY, process_code text, item_code text, choice_code text, needs_note boolean, en text, fr text,
  offered_when text, right_when text, required_when text
) ON COMMIT DROP;
