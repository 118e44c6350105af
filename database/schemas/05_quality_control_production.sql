-- Production and quality: tasks, resources and their calendars, serial numbers, outsourcing; checklists, inspections, nonconformities.

-- ---------------------------------------------------------------------------------------------------------------------
-- Quality control: checklists as versioned templates, inspections of builds, nonconformities.
--
-- Expressions of a checklist are jsonpath over the parameters of the build's configuration ($), with $b for the basin an item is
-- about: its parameters and number, width_in, length_in, depth_in. Every row of the plant's sheets is an item; an item whose condition
-- does not hold is stored as not applicable, never left out.
-- ---------------------------------------------------------------------------------------------------------------------

CREATE TABLE qc_gates (
  gate_code text COLLATE "C" PRIMARY KEY CHECK (gate_code ~ '^[A-Z][A-Z_]*$'),
  position integer NOT NULL UNIQUE,
  title text NOT NULL CHECK (btrim(title) <> ''),
  phase text NOT NULL CHECK (phase_position(phase) IS NOT NULL),
  sub_states text[] NOT NULL DEFAULT '{}',
  start_permission text COLLATE "C" NOT NULL REFERENCES permissions ON DELETE RESTRICT,
  record_permission text COLLATE "C" NOT NULL REFERENCES permissions ON DELETE RESTRICT,
  sign_permission text COLLATE "C" NOT NULL REFERENCES permissions ON DELETE RESTRICT,
  reject_permission text COLLATE "C" REFERENCES permissions ON DELETE RESTRICT,
  approve_permission text COLLATE "C" REFERENCES permissions ON DELETE RESTRICT,
  void_permission text COLLATE "C" REFERENCES permissions ON DELETE RESTRICT,
  passed_state text NOT NULL CHECK (passed_state IN ('COMPLETED', 'PASSED')),
  signature_meaning text NOT NULL,
  apart_from text[] NOT NULL DEFAULT '{}' CHECK (apart_from <@ '{BUILDER,PACKER}'),
  is_per_visit boolean NOT NULL DEFAULT false
);
CREATE INDEX qc_gates_start_permission_idx ON qc_gates (start_permission);
CREATE INDEX qc_gates_record_permission_idx ON qc_gates (record_permission);
CREATE INDEX qc_gates_sign_permission_idx ON qc_gates (sign_permission);
CREATE INDEX qc_gates_reject_permission_idx ON qc_gates (reject_permission) WHERE reject_permission IS NOT NULL;
CREATE INDEX qc_gates_approve_permission_idx ON qc_gates (approve_permission) WHERE approve_permission IS NOT NULL;
CREATE INDEX qc_gates_void_permission_idx ON qc_gates (void_permission) WHERE void_permission IS NOT NULL;
COMMENT ON TABLE qc_gates IS 'The points at which a build is checked, each with who may do it and where in the workflow it stands (workflow.md sections 3 to 5).';
COMMENT ON COLUMN qc_gates.gate_code IS 'PRE_PRODUCTION, PRODUCTION, END_OF_LINE, FINAL, PACKING or PACKING_CONFIRMATION.';
COMMENT ON COLUMN qc_gates.position IS 'Order in the life of a build.';
COMMENT ON COLUMN qc_gates.title IS 'Name shown to people.';
COMMENT ON COLUMN qc_gates.phase IS 'Phase of the build in which it is done.';
COMMENT ON COLUMN qc_gates.sub_states IS 'Steps of the phase in which it may begin; empty for any.';
COMMENT ON COLUMN qc_gates.start_permission IS 'Permission to begin it.';
COMMENT ON COLUMN qc_gates.record_permission IS 'Permission to record answers and to take it over.';
COMMENT ON COLUMN qc_gates.sign_permission IS 'Permission to complete and sign it.';
COMMENT ON COLUMN qc_gates.reject_permission IS 'Permission to end it with a rejection; null if it cannot end so.';
COMMENT ON COLUMN qc_gates.approve_permission IS 'Permission to approve the completed checklist, by another person; null if none is asked for.';
COMMENT ON COLUMN qc_gates.void_permission IS 'Permission to void even a signed record with a reason; null if only an open one can be voided.';
COMMENT ON COLUMN qc_gates.passed_state IS 'State of an inspection that is completed without open points: COMPLETED or PASSED.';
COMMENT ON COLUMN qc_gates.signature_meaning IS 'Meaning of the signature that completes it.';
COMMENT ON COLUMN qc_gates.apart_from IS 'Who may not inspect: BUILDER (whoever worked on the build), PACKER (whoever packed it).';
COMMENT ON COLUMN qc_gates.is_per_visit IS 'True if a result counts only for the present visit of the phase: a build that comes back is inspected again.';

CREATE TABLE nonconformity_categories (
  category_code text COLLATE "C" PRIMARY KEY CHECK (category_code ~ '^[A-Z][A-Z_]*$'),
  position integer NOT NULL UNIQUE,
  title text NOT NULL CHECK (btrim(title) <> ''),
  default_severity text NOT NULL CHECK (default_severity IN ('MINOR', 'MAJOR', 'CRITICAL')),
  needs_rework boolean NOT NULL,
  rework_minutes integer NOT NULL DEFAULT 60 CHECK (rework_minutes > 0),
  is_active boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE nonconformity_categories IS 'Reasons of a rejection (workflow.md section 4); other languages in translations, entity nonconformity_category.';
COMMENT ON COLUMN nonconformity_categories.category_code IS 'Natural code, for example DIMENSIONAL.';
COMMENT ON COLUMN nonconformity_categories.position IS 'Place in a list.';
COMMENT ON COLUMN nonconformity_categories.title IS 'English name.';
COMMENT ON COLUMN nonconformity_categories.default_severity IS 'MINOR, MAJOR or CRITICAL unless a finding says otherwise.';
COMMENT ON COLUMN nonconformity_categories.needs_rework IS 'True if a finding of this kind makes a rework task.';
COMMENT ON COLUMN nonconformity_categories.rework_minutes IS 'Planned minutes of that rework task.';
COMMENT ON COLUMN nonconformity_categories.is_active IS 'False for a reason no longer offered.';

CREATE TABLE qc_processes (
  qc_process_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  process_code text COLLATE "C" NOT NULL CHECK (process_code = upper(btrim(process_code)) AND process_code <> ''),
  version integer NOT NULL CHECK (version >= 1),
  gate_code text COLLATE "C" NOT NULL REFERENCES qc_gates ON DELETE RESTRICT,
  family_code text COLLATE "C" NOT NULL REFERENCES product_families ON DELETE RESTRICT,
  title text NOT NULL CHECK (btrim(title) <> ''),
  document_code text COLLATE "C" NOT NULL,
  document_revision text NOT NULL,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'RELEASED', 'SUPERSEDED')),
  note text NOT NULL DEFAULT '',
  effective_from timestamptz,
  effective_to timestamptz,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  released_by bigint REFERENCES users ON DELETE RESTRICT,
  UNIQUE (process_code, version),
  CHECK ((state = 'DRAFT') = (effective_from IS NULL)),
  CHECK ((state = 'SUPERSEDED') = (effective_to IS NOT NULL)),
  CONSTRAINT qc_processes_one_effective
    EXCLUDE USING gist (process_code WITH =, tstzrange(effective_from, effective_to) WITH &&)
    WHERE (state IN ('RELEASED', 'SUPERSEDED'))
);
CREATE UNIQUE INDEX qc_processes_one_per_gate_idx ON qc_processes (family_code, gate_code) WHERE state = 'RELEASED';
CREATE UNIQUE INDEX qc_processes_one_draft_idx ON qc_processes (process_code) WHERE state = 'DRAFT';
CREATE INDEX qc_processes_gate_code_idx ON qc_processes (gate_code);
CREATE INDEX qc_processes_family_code_idx ON qc_processes (family_code);
CREATE INDEX qc_processes_created_by_idx ON qc_processes (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX qc_processes_released_by_idx ON qc_processes (released_by) WHERE released_by IS NOT NULL;
COMMENT ON TABLE qc_processes IS 'Checklist templates in versions. A released version never changes; an inspection keeps the version it began with.';
COMMENT ON COLUMN qc_processes.qc_process_id IS 'Key.';
COMMENT ON COLUMN qc_processes.process_code IS 'Natural code: the plant''s sheet and its part, for example CLP.T2.001.1.';
COMMENT ON COLUMN qc_processes.version IS 'Version, from 1.';
COMMENT ON COLUMN qc_processes.gate_code IS 'The gate it is for.';
COMMENT ON COLUMN qc_processes.family_code IS 'Product family it is for.';
COMMENT ON COLUMN qc_processes.title IS 'Name shown to people.';
COMMENT ON COLUMN qc_processes.document_code IS 'The plant''s sheet.';
COMMENT ON COLUMN qc_processes.document_revision IS 'Revision of that sheet.';
COMMENT ON COLUMN qc_processes.state IS 'DRAFT (may change), RELEASED (in force, immutable) or SUPERSEDED (immutable).';
COMMENT ON COLUMN qc_processes.note IS 'What changed and why.';
COMMENT ON COLUMN qc_processes.effective_from IS 'First instant at which it is in force.';
COMMENT ON COLUMN qc_processes.effective_to IS 'First instant at which it no longer is.';
COMMENT ON COLUMN qc_processes.created_by IS 'Who made the draft.';
COMMENT ON COLUMN qc_processes.created_at IS 'When the draft was made.';
COMMENT ON COLUMN qc_processes.released_by IS 'Who published it; null for versions that came with the product.';

CREATE TABLE qc_process_items (
  qc_process_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  qc_process_id bigint NOT NULL REFERENCES qc_processes ON DELETE CASCADE,
  item_code text COLLATE "C" NOT NULL CHECK (item_code ~ '^[A-Z][A-Z0-9.]*$'),
  sheet_row text COLLATE "C" NOT NULL,
  section_code text COLLATE "C" NOT NULL CHECK (section_code ~ '^[A-Z][A-Z0-9_]*$'),
  position integer NOT NULL,
  scope text NOT NULL CHECK (scope IN ('SINK', 'BASIN')),
  answer_type text NOT NULL CHECK (answer_type IN ('PASS_FAIL', 'CHOICE', 'TEXT', 'NUMBER', 'COUNT', 'SERIAL', 'DATE', 'SIGNATURE', 'PHOTO')),
  item_text text NOT NULL CHECK (btrim(item_text) <> ''),
  applies_when jsonpath,
  na_by_hand_when jsonpath,
  is_mandatory boolean NOT NULL DEFAULT true,
  unit_code text COLLATE "C" REFERENCES units ON DELETE RESTRICT,
  quantity_each jsonpath,
  quantity_factor numeric(10, 2) NOT NULL DEFAULT 1 CHECK (quantity_factor > 0),
  tolerance_low jsonpath,
  tolerance_high jsonpath,
  is_pair boolean NOT NULL DEFAULT false,
  max_difference numeric(18, 4) CHECK (max_difference >= 0),
  number_rule text CHECK (number_rule IN ('OPTIONAL', 'REQUIRED')),
  date_rule text CHECK (date_rule IN ('NOT_PAST', 'NOT_FUTURE')),
  is_multiple boolean NOT NULL DEFAULT false,
  photo_rule text NOT NULL DEFAULT 'NEVER' CHECK (photo_rule IN ('NEVER', 'ON_FAIL', 'ALWAYS')),
  prefill text CHECK (prefill IN ('PO_NUMBER', 'BUILD_NUMBER', 'PROJECT', 'MODEL', 'PERSON', 'TODAY', 'QUANTITY', 'FIRST_PASS')),
  serial_source text CHECK (serial_source ~ '^[A-Z_]+\.(serial_number|software_version|qe_code|qfu_code)$'),
  verified_by text[] NOT NULL DEFAULT '{}',
  depends_on text[] NOT NULL DEFAULT '{}',
  expands_over jsonpath,
  may_be_waived boolean NOT NULL DEFAULT true,
  category_code text COLLATE "C" REFERENCES nonconformity_categories ON DELETE RESTRICT,
  UNIQUE (qc_process_id, item_code),
  UNIQUE (qc_process_id, position),
  CHECK (number_rule IS NULL OR answer_type = 'PASS_FAIL'),
  CHECK (date_rule IS NULL OR answer_type = 'DATE'),
  CHECK (NOT is_pair OR answer_type = 'NUMBER'),
  CHECK (max_difference IS NULL OR is_pair),
  CHECK (NOT is_multiple OR answer_type = 'CHOICE'),
  CHECK (answer_type NOT IN ('NUMBER', 'COUNT') OR unit_code IS NOT NULL),
  CHECK (verified_by = '{}' OR answer_type = 'PASS_FAIL'),
  CHECK (expands_over IS NULL OR scope = 'SINK')
);
CREATE INDEX qc_process_items_unit_code_idx ON qc_process_items (unit_code) WHERE unit_code IS NOT NULL;
CREATE INDEX qc_process_items_category_code_idx ON qc_process_items (category_code) WHERE category_code IS NOT NULL;
COMMENT ON TABLE qc_process_items IS 'Items of a checklist template (checklists.md): condition, type of answer, tolerance, photo. Other languages of the text in translations, entity checklist_item, key PROCESS/VERSION/ITEM.';
COMMENT ON COLUMN qc_process_items.qc_process_item_id IS 'Key.';
COMMENT ON COLUMN qc_process_items.qc_process_id IS 'The template.';
COMMENT ON COLUMN qc_process_items.item_code IS 'Stable id, for example P1.05 or K2B.';
COMMENT ON COLUMN qc_process_items.sheet_row IS 'Row of the sheet it stands for; several items where the row asks for several values.';
COMMENT ON COLUMN qc_process_items.section_code IS 'Block of the sheet; names in translations, entity checklist_section.';
COMMENT ON COLUMN qc_process_items.position IS 'Place in the checklist.';
COMMENT ON COLUMN qc_process_items.scope IS 'SINK: once; BASIN: once for each basin.';
COMMENT ON COLUMN qc_process_items.answer_type IS 'PASS_FAIL, CHOICE, TEXT, NUMBER, COUNT, SERIAL, DATE, SIGNATURE (given when the checklist is signed) or PHOTO.';
COMMENT ON COLUMN qc_process_items.item_text IS 'What is checked, in English.';
COMMENT ON COLUMN qc_process_items.applies_when IS 'Predicate that must hold for the item to apply; null: always.';
COMMENT ON COLUMN qc_process_items.na_by_hand_when IS 'Predicate under which the item may be marked not applicable by hand, with a reason; null: never.';
COMMENT ON COLUMN qc_process_items.is_mandatory IS 'False if it may stay unanswered.';
COMMENT ON COLUMN qc_process_items.unit_code IS 'Unit of a number.';
COMMENT ON COLUMN qc_process_items.quantity_each IS 'What is counted for the expected number: each number found counts as itself, anything else as one.';
COMMENT ON COLUMN qc_process_items.quantity_factor IS 'Expected number per one counted, for example 2 clamps per drain.';
COMMENT ON COLUMN qc_process_items.tolerance_low IS 'Smallest right number, end included.';
COMMENT ON COLUMN qc_process_items.tolerance_high IS 'Largest right number, end included.';
COMMENT ON COLUMN qc_process_items.is_pair IS 'True if a number is given with its reference, for example the reading of a calibrated thermometer.';
COMMENT ON COLUMN qc_process_items.max_difference IS 'Largest right distance of a number from its reference, end included.';
COMMENT ON COLUMN qc_process_items.number_rule IS 'Whether a PASS_FAIL item takes a number beside it: OPTIONAL or REQUIRED; null: none.';
COMMENT ON COLUMN qc_process_items.date_rule IS 'NOT_PAST or NOT_FUTURE; null: any date.';
COMMENT ON COLUMN qc_process_items.is_multiple IS 'True if several choices may be given together.';
COMMENT ON COLUMN qc_process_items.photo_rule IS 'Whether a photo is asked for: NEVER, ON_FAIL or ALWAYS.';
COMMENT ON COLUMN qc_process_items.prefill IS 'What the system fills in at the beginning.';
COMMENT ON COLUMN qc_process_items.serial_source IS 'Captured serial number that the item shows: kind and field, for example TOUCHSCREEN.software_version.';
COMMENT ON COLUMN qc_process_items.verified_by IS 'Checks of the system that answer this item (build_guard_<name>); nobody answers it by hand.';
COMMENT ON COLUMN qc_process_items.depends_on IS 'Items that must be right before this one, and after whose repetition this one is repeated.';
COMMENT ON COLUMN qc_process_items.expands_over IS 'Predicate over a top line of the BOM ({item_code, component_group}): one item, with that line''s quantity, for each line it holds for.';
COMMENT ON COLUMN qc_process_items.may_be_waived IS 'False if a failure is never accepted, not even as a minor finding.';
COMMENT ON COLUMN qc_process_items.category_code IS 'Reason that a failure usually has.';

CREATE TABLE qc_process_item_choices (
  qc_process_item_choice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  qc_process_item_id bigint NOT NULL REFERENCES qc_process_items ON DELETE CASCADE,
  choice_code text COLLATE "C" NOT NULL CHECK (choice_code ~ '^[A-Z0-9][A-Z0-9_]*$'),
  position integer NOT NULL,
  label text NOT NULL CHECK (btrim(label) <> ''),
  offered_when jsonpath,
  right_when jsonpath,
  required_when jsonpath,
  needs_note boolean NOT NULL DEFAULT false,
  UNIQUE (qc_process_item_id, choice_code)
);
COMMENT ON TABLE qc_process_item_choices IS 'Choices of an item; other languages of the label in translations, entity checklist_choice, key the choice''s code.';
COMMENT ON COLUMN qc_process_item_choices.qc_process_item_choice_id IS 'Key.';
COMMENT ON COLUMN qc_process_item_choices.qc_process_item_id IS 'The item.';
COMMENT ON COLUMN qc_process_item_choices.choice_code IS 'Code of the choice.';
COMMENT ON COLUMN qc_process_item_choices.position IS 'Place among the choices.';
COMMENT ON COLUMN qc_process_item_choices.label IS 'English label.';
COMMENT ON COLUMN qc_process_item_choices.offered_when IS 'Predicate under which it is offered; null: always.';
COMMENT ON COLUMN qc_process_item_choices.right_when IS 'Predicate under which it agrees with the configuration; null: always. Otherwise it is a finding.';
COMMENT ON COLUMN qc_process_item_choices.required_when IS 'Predicate under which leaving it out is a finding, for items with several choices; null: never.';
COMMENT ON COLUMN qc_process_item_choices.needs_note IS 'True if it must be explained in words.';

CREATE TABLE qc_inspections (
  qc_inspection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  gate_code text COLLATE "C" NOT NULL REFERENCES qc_gates ON DELETE RESTRICT,
  qc_process_id bigint NOT NULL REFERENCES qc_processes ON DELETE RESTRICT,
  process_version integer NOT NULL,
  attempt integer NOT NULL CHECK (attempt >= 1),
  previous_inspection_id bigint REFERENCES qc_inspections ON DELETE RESTRICT,
  configuration_id bigint NOT NULL REFERENCES configurations ON DELETE RESTRICT,
  bom_id bigint REFERENCES boms ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'IN_PROGRESS', 'COMPLETED', 'APPROVED', 'PASSED', 'REJECTED', 'VOID')),
  inspector_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  start_reason text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  first_pass boolean,
  reject_category text COLLATE "C" REFERENCES nonconformity_categories ON DELETE RESTRICT,
  reject_severity text CHECK (reject_severity IN ('MINOR', 'MAJOR', 'CRITICAL')),
  decision_note text,
  approved_by bigint REFERENCES users ON DELETE RESTRICT,
  approved_at timestamptz,
  reopened_by bigint REFERENCES users ON DELETE RESTRICT,
  reopened_at timestamptz,
  reopen_reason text,
  void_reason text,
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (build_id, gate_code, attempt),
  CHECK ((state IN ('COMPLETED', 'APPROVED', 'PASSED', 'REJECTED')) <= (completed_at IS NOT NULL AND first_pass IS NOT NULL)),
  CHECK ((state = 'REJECTED') <= (reject_category IS NOT NULL AND reject_severity IS NOT NULL AND NOT first_pass)),
  CHECK ((state = 'APPROVED') <= (approved_by IS NOT NULL AND approved_at IS NOT NULL)),
  CHECK ((state = 'VOID') <= (void_reason IS NOT NULL))
);
CREATE UNIQUE INDEX qc_inspections_one_open_idx ON qc_inspections (build_id, gate_code) WHERE state IN ('DRAFT', 'IN_PROGRESS');
CREATE INDEX qc_inspections_gate_completed_idx ON qc_inspections (gate_code, completed_at DESC);
CREATE INDEX qc_inspections_qc_process_id_idx ON qc_inspections (qc_process_id);
CREATE INDEX qc_inspections_previous_inspection_id_idx ON qc_inspections (previous_inspection_id) WHERE previous_inspection_id IS NOT NULL;
CREATE INDEX qc_inspections_configuration_id_idx ON qc_inspections (configuration_id);
CREATE INDEX qc_inspections_bom_id_idx ON qc_inspections (bom_id) WHERE bom_id IS NOT NULL;
CREATE INDEX qc_inspections_inspector_id_idx ON qc_inspections (inspector_id, state);
CREATE INDEX qc_inspections_reject_category_idx ON qc_inspections (reject_category) WHERE reject_category IS NOT NULL;
CREATE INDEX qc_inspections_approved_by_idx ON qc_inspections (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX qc_inspections_reopened_by_idx ON qc_inspections (reopened_by) WHERE reopened_by IS NOT NULL;
COMMENT ON TABLE qc_inspections IS 'Checklists of builds: one attempt at a gate each. Signed ones are immutable; a correction is a new attempt, or a reopening with a reason that keeps every earlier answer.';
COMMENT ON COLUMN qc_inspections.qc_inspection_id IS 'Key.';
COMMENT ON COLUMN qc_inspections.build_id IS 'The build.';
COMMENT ON COLUMN qc_inspections.gate_code IS 'The gate.';
COMMENT ON COLUMN qc_inspections.qc_process_id IS 'The template version it was made from.';
COMMENT ON COLUMN qc_inspections.process_version IS 'That version''s number.';
COMMENT ON COLUMN qc_inspections.attempt IS 'Number of the attempt at this gate, from 1.';
COMMENT ON COLUMN qc_inspections.previous_inspection_id IS 'The attempt it follows and from which unaffected answers were carried over.';
COMMENT ON COLUMN qc_inspections.configuration_id IS 'The configuration its items were made from.';
COMMENT ON COLUMN qc_inspections.bom_id IS 'The BOM of the build at its beginning.';
COMMENT ON COLUMN qc_inspections.state IS 'DRAFT, IN_PROGRESS, COMPLETED (signed by its author), APPROVED (a completed checklist, by quality control), PASSED, REJECTED or VOID.';
COMMENT ON COLUMN qc_inspections.inspector_id IS 'Whose work it is: who began it or took it over.';
COMMENT ON COLUMN qc_inspections.start_reason IS 'Why it is done again although it had passed.';
COMMENT ON COLUMN qc_inspections.started_at IS 'When it began.';
COMMENT ON COLUMN qc_inspections.completed_at IS 'When it was completed, passed or rejected.';
COMMENT ON COLUMN qc_inspections.first_pass IS 'True if the build passed this gate without any rejection.';
COMMENT ON COLUMN qc_inspections.reject_category IS 'Main reason of a rejection.';
COMMENT ON COLUMN qc_inspections.reject_severity IS 'MINOR, MAJOR or CRITICAL.';
COMMENT ON COLUMN qc_inspections.decision_note IS 'Words of who completed, rejected or approved it.';
COMMENT ON COLUMN qc_inspections.approved_by IS 'Who approved the completed checklist; never one of its authors.';
COMMENT ON COLUMN qc_inspections.approved_at IS 'When it was approved.';
COMMENT ON COLUMN qc_inspections.reopened_by IS 'Who last reopened it.';
COMMENT ON COLUMN qc_inspections.reopened_at IS 'When it was last reopened.';
COMMENT ON COLUMN qc_inspections.reopen_reason IS 'Why it was last reopened.';
COMMENT ON COLUMN qc_inspections.void_reason IS 'Why it is void.';
COMMENT ON COLUMN qc_inspections.updated_at IS 'When the row was last changed.';

CREATE TABLE qc_inspection_items (
  qc_inspection_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  qc_inspection_id bigint NOT NULL REFERENCES qc_inspections ON DELETE RESTRICT,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  qc_process_item_id bigint NOT NULL REFERENCES qc_process_items ON DELETE RESTRICT,
  item_code text COLLATE "C" NOT NULL,
  basin_number integer CHECK (basin_number >= 1),
  position integer NOT NULL,
  item_text text NOT NULL,
  is_applicable boolean NOT NULL,
  may_be_na_by_hand boolean NOT NULL DEFAULT false,
  na_reason text,
  is_mandatory boolean NOT NULL,
  unit_code text COLLATE "C" REFERENCES units ON DELETE RESTRICT,
  expected_quantity numeric(18, 4),
  tolerance_low numeric(18, 4),
  tolerance_high numeric(18, 4),
  max_difference numeric(18, 4),
  choices text[],
  right_choices text[],
  required_choices text[],
  note_choices text[],
  result text NOT NULL DEFAULT 'OPEN' CHECK (result IN ('OPEN', 'PASS', 'FAIL', 'NA')),
  answer_boolean boolean,
  answer_number numeric(18, 4),
  reference_number numeric(18, 4),
  answer_text text,
  answer_choices text[],
  answer_date date,
  note text,
  answered_by bigint REFERENCES users ON DELETE RESTRICT,
  answered_at timestamptz,
  answered_by_system boolean NOT NULL DEFAULT false,
  carried_from_id bigint REFERENCES qc_inspection_items ON DELETE RESTRICT,
  waived_at timestamptz,
  UNIQUE NULLS NOT DISTINCT (qc_inspection_id, item_code, basin_number),
  CHECK (is_applicable OR result = 'NA'),
  CHECK (result <> 'NA' OR na_reason IS NOT NULL),
  CHECK (result NOT IN ('PASS', 'FAIL') OR answered_at IS NOT NULL),
  CHECK (waived_at IS NULL OR result = 'FAIL')
);
CREATE INDEX qc_inspection_items_build_id_idx ON qc_inspection_items (build_id, answered_by);
CREATE INDEX qc_inspection_items_qc_process_item_id_idx ON qc_inspection_items (qc_process_item_id);
CREATE INDEX qc_inspection_items_unit_code_idx ON qc_inspection_items (unit_code) WHERE unit_code IS NOT NULL;
CREATE INDEX qc_inspection_items_answered_by_idx ON qc_inspection_items (answered_by) WHERE answered_by IS NOT NULL;
CREATE INDEX qc_inspection_items_carried_from_id_idx ON qc_inspection_items (carried_from_id) WHERE carried_from_id IS NOT NULL;
COMMENT ON TABLE qc_inspection_items IS 'Items of an inspection, copied from the template with what the configuration makes of them, and their answers.';
COMMENT ON COLUMN qc_inspection_items.qc_inspection_item_id IS 'Key.';
COMMENT ON COLUMN qc_inspection_items.qc_inspection_id IS 'The inspection.';
COMMENT ON COLUMN qc_inspection_items.build_id IS 'The build of that inspection.';
COMMENT ON COLUMN qc_inspection_items.qc_process_item_id IS 'The item of the template.';
COMMENT ON COLUMN qc_inspection_items.item_code IS 'Its stable id; for a line of the BOM followed by a colon and the item''s code.';
COMMENT ON COLUMN qc_inspection_items.basin_number IS 'The basin, from 1, left to right; null for the sink as a whole.';
COMMENT ON COLUMN qc_inspection_items.position IS 'Place in the checklist.';
COMMENT ON COLUMN qc_inspection_items.item_text IS 'What is checked, in English, as it read when the inspection began.';
COMMENT ON COLUMN qc_inspection_items.is_applicable IS 'False if the configuration takes it away: stored as not applicable.';
COMMENT ON COLUMN qc_inspection_items.may_be_na_by_hand IS 'True if it may be marked not applicable by hand.';
COMMENT ON COLUMN qc_inspection_items.na_reason IS 'Why it does not apply: the configuration, or the reason a person gave.';
COMMENT ON COLUMN qc_inspection_items.is_mandatory IS 'True if the inspection cannot be completed without it.';
COMMENT ON COLUMN qc_inspection_items.unit_code IS 'Unit of the numbers.';
COMMENT ON COLUMN qc_inspection_items.expected_quantity IS 'Number that the configuration leads to expect; binding for counts.';
COMMENT ON COLUMN qc_inspection_items.tolerance_low IS 'Smallest right number, end included.';
COMMENT ON COLUMN qc_inspection_items.tolerance_high IS 'Largest right number, end included.';
COMMENT ON COLUMN qc_inspection_items.max_difference IS 'Largest right distance from the reference, end included.';
COMMENT ON COLUMN qc_inspection_items.choices IS 'Choices offered for this sink.';
COMMENT ON COLUMN qc_inspection_items.right_choices IS 'Choices that agree with the configuration.';
COMMENT ON COLUMN qc_inspection_items.required_choices IS 'Choices that must not be left out.';
COMMENT ON COLUMN qc_inspection_items.note_choices IS 'Choices that must be explained in words.';
COMMENT ON COLUMN qc_inspection_items.result IS 'OPEN, PASS, FAIL or NA.';
COMMENT ON COLUMN qc_inspection_items.answer_boolean IS 'Answer of a PASS_FAIL item.';
COMMENT ON COLUMN qc_inspection_items.answer_number IS 'The number, in unit_code.';
COMMENT ON COLUMN qc_inspection_items.reference_number IS 'The reference beside it, in unit_code.';
COMMENT ON COLUMN qc_inspection_items.answer_text IS 'Text, serial number, or initials of a signature.';
COMMENT ON COLUMN qc_inspection_items.answer_choices IS 'The choice or choices.';
COMMENT ON COLUMN qc_inspection_items.answer_date IS 'Date, also of a signature.';
COMMENT ON COLUMN qc_inspection_items.note IS 'Words beside the answer.';
COMMENT ON COLUMN qc_inspection_items.answered_by IS 'Who answered; for what the system filled in, whose step made it do so.';
COMMENT ON COLUMN qc_inspection_items.answered_at IS 'When it was answered.';
COMMENT ON COLUMN qc_inspection_items.answered_by_system IS 'True if the system gave the answer.';
COMMENT ON COLUMN qc_inspection_items.carried_from_id IS 'The item of an earlier attempt whose answer was carried over.';
COMMENT ON COLUMN qc_inspection_items.waived_at IS 'When two people had waived this failure.';

CREATE TABLE qc_inspection_item_history (
  qc_inspection_item_history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  qc_inspection_item_id bigint NOT NULL REFERENCES qc_inspection_items ON DELETE RESTRICT,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  result text NOT NULL,
  na_reason text,
  answer_boolean boolean,
  answer_number numeric(18, 4),
  reference_number numeric(18, 4),
  answer_text text,
  answer_choices text[],
  answer_date date,
  note text,
  answered_by bigint REFERENCES users ON DELETE RESTRICT,
  answered_at timestamptz,
  replaced_by bigint REFERENCES users ON DELETE RESTRICT,
  replaced_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX qc_inspection_item_history_qc_inspection_item_id_idx ON qc_inspection_item_history (qc_inspection_item_id, qc_inspection_item_history_id);
CREATE INDEX qc_inspection_item_history_build_id_idx ON qc_inspection_item_history (build_id, answered_by);
CREATE INDEX qc_inspection_item_history_answered_by_idx ON qc_inspection_item_history (answered_by) WHERE answered_by IS NOT NULL;
CREATE INDEX qc_inspection_item_history_replaced_by_idx ON qc_inspection_item_history (replaced_by) WHERE replaced_by IS NOT NULL;
COMMENT ON TABLE qc_inspection_item_history IS 'Earlier answers of inspection items: a correction adds, it never overwrites. Append-only.';
COMMENT ON COLUMN qc_inspection_item_history.qc_inspection_item_history_id IS 'Key.';
COMMENT ON COLUMN qc_inspection_item_history.qc_inspection_item_id IS 'The item.';
COMMENT ON COLUMN qc_inspection_item_history.build_id IS 'The build of that item.';
COMMENT ON COLUMN qc_inspection_item_history.result IS 'Result before the correction.';
COMMENT ON COLUMN qc_inspection_item_history.na_reason IS 'Why it did not apply.';
COMMENT ON COLUMN qc_inspection_item_history.answer_boolean IS 'Answer of a PASS_FAIL item.';
COMMENT ON COLUMN qc_inspection_item_history.answer_number IS 'The number, in the unit of the item.';
COMMENT ON COLUMN qc_inspection_item_history.reference_number IS 'The reference beside it.';
COMMENT ON COLUMN qc_inspection_item_history.answer_text IS 'Text or serial number.';
COMMENT ON COLUMN qc_inspection_item_history.answer_choices IS 'The choice or choices.';
COMMENT ON COLUMN qc_inspection_item_history.answer_date IS 'Date.';
COMMENT ON COLUMN qc_inspection_item_history.note IS 'Words beside the answer.';
COMMENT ON COLUMN qc_inspection_item_history.answered_by IS 'Who had answered.';
COMMENT ON COLUMN qc_inspection_item_history.answered_at IS 'When it had been answered.';
COMMENT ON COLUMN qc_inspection_item_history.replaced_by IS 'Who corrected it.';
COMMENT ON COLUMN qc_inspection_item_history.replaced_at IS 'When it was corrected.';

CREATE SEQUENCE nonconformity_number_sequence;
COMMENT ON SEQUENCE nonconformity_number_sequence IS 'Source of nonconformity numbers; a rolled-back report leaves a gap.';

CREATE TABLE nonconformities (
  nonconformity_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  nonconformity_number text COLLATE "C" NOT NULL UNIQUE CHECK (nonconformity_number <> ''),
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  qc_inspection_id bigint REFERENCES qc_inspections ON DELETE RESTRICT,
  qc_inspection_item_id bigint REFERENCES qc_inspection_items ON DELETE RESTRICT,
  category_code text COLLATE "C" NOT NULL REFERENCES nonconformity_categories ON DELETE RESTRICT,
  severity text NOT NULL CHECK (severity IN ('MINOR', 'MAJOR', 'CRITICAL')),
  description text NOT NULL CHECK (length(btrim(description)) >= 3),
  affected_items text[] NOT NULL DEFAULT '{}',
  needs_rework boolean NOT NULL,
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'IN_REWORK', 'REWORKED', 'VERIFIED', 'CLOSED')),
  disposition text CHECK (disposition IN ('REWORK', 'USE_AS_IS', 'SCRAP', 'RETURN_TO_SUPPLIER')),
  disposition_note text,
  disposed_by bigint REFERENCES users ON DELETE RESTRICT,
  disposed_at timestamptz,
  rework_note text,
  reworked_by bigint REFERENCES users ON DELETE RESTRICT,
  reworked_at timestamptz,
  verified_by bigint REFERENCES users ON DELETE RESTRICT,
  verified_at timestamptz,
  verified_in_id bigint REFERENCES qc_inspections ON DELETE RESTRICT,
  close_note text,
  closed_by bigint REFERENCES users ON DELETE RESTRICT,
  closed_at timestamptz,
  reported_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((disposition IS NULL) = (disposed_by IS NULL)),
  CHECK ((state IN ('VERIFIED', 'CLOSED')) <= (verified_by IS NOT NULL)),
  CHECK ((state = 'CLOSED') = (closed_by IS NOT NULL)),
  CHECK (verified_by <> reworked_by),
  CHECK (disposition <> 'USE_AS_IS' OR severity = 'MINOR')
);
CREATE INDEX nonconformities_build_id_idx ON nonconformities (build_id, state);
CREATE INDEX nonconformities_open_idx ON nonconformities (reported_at) WHERE state NOT IN ('VERIFIED', 'CLOSED');
CREATE INDEX nonconformities_category_idx ON nonconformities (category_code, reported_at);
CREATE INDEX nonconformities_qc_inspection_id_idx ON nonconformities (qc_inspection_id) WHERE qc_inspection_id IS NOT NULL;
CREATE INDEX nonconformities_qc_inspection_item_id_idx ON nonconformities (qc_inspection_item_id) WHERE qc_inspection_item_id IS NOT NULL;
CREATE INDEX nonconformities_disposed_by_idx ON nonconformities (disposed_by) WHERE disposed_by IS NOT NULL;
CREATE INDEX nonconformities_reworked_by_idx ON nonconformities (reworked_by) WHERE reworked_by IS NOT NULL;
CREATE INDEX nonconformities_verified_by_idx ON nonconformities (verified_by) WHERE verified_by IS NOT NULL;
CREATE INDEX nonconformities_verified_in_id_idx ON nonconformities (verified_in_id) WHERE verified_in_id IS NOT NULL;
CREATE INDEX nonconformities_closed_by_idx ON nonconformities (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX nonconformities_reported_by_idx ON nonconformities (reported_by);
COMMENT ON TABLE nonconformities IS 'Findings: what is wrong with a build, what was decided, who put it right and who verified it.';
COMMENT ON COLUMN nonconformities.nonconformity_id IS 'Key.';
COMMENT ON COLUMN nonconformities.nonconformity_number IS 'Number, for example NCR-2026-000042.';
COMMENT ON COLUMN nonconformities.build_id IS 'The build.';
COMMENT ON COLUMN nonconformities.qc_inspection_id IS 'The inspection in which it was found.';
COMMENT ON COLUMN nonconformities.qc_inspection_item_id IS 'The item that failed.';
COMMENT ON COLUMN nonconformities.category_code IS 'The reason.';
COMMENT ON COLUMN nonconformities.severity IS 'MINOR, MAJOR or CRITICAL.';
COMMENT ON COLUMN nonconformities.description IS 'What is wrong, in words.';
COMMENT ON COLUMN nonconformities.affected_items IS 'Further items of the checklist to be inspected again after the rework.';
COMMENT ON COLUMN nonconformities.needs_rework IS 'True if work has to be done and recorded before the next inspection.';
COMMENT ON COLUMN nonconformities.state IS 'OPEN, IN_REWORK, REWORKED, VERIFIED or CLOSED.';
COMMENT ON COLUMN nonconformities.disposition IS 'REWORK, USE_AS_IS (minor findings only), SCRAP or RETURN_TO_SUPPLIER.';
COMMENT ON COLUMN nonconformities.disposition_note IS 'Why it was decided so.';
COMMENT ON COLUMN nonconformities.disposed_by IS 'Who decided.';
COMMENT ON COLUMN nonconformities.disposed_at IS 'When it was decided.';
COMMENT ON COLUMN nonconformities.rework_note IS 'What was done.';
COMMENT ON COLUMN nonconformities.reworked_by IS 'Who did it; may not verify it.';
COMMENT ON COLUMN nonconformities.reworked_at IS 'When the work was recorded.';
COMMENT ON COLUMN nonconformities.verified_by IS 'QC Inspector who verified it.';
COMMENT ON COLUMN nonconformities.verified_at IS 'When it was verified.';
COMMENT ON COLUMN nonconformities.verified_in_id IS 'The inspection that verified it.';
COMMENT ON COLUMN nonconformities.close_note IS 'Words of who closed it.';
COMMENT ON COLUMN nonconformities.closed_by IS 'Who closed it.';
COMMENT ON COLUMN nonconformities.closed_at IS 'When it was closed.';
COMMENT ON COLUMN nonconformities.reported_by IS 'Who reported it.';
COMMENT ON COLUMN nonconformities.reported_at IS 'When it was reported.';
COMMENT ON COLUMN nonconformities.updated_at IS 'When the row was last changed.';

CREATE TABLE qc_inspection_photos (
  qc_inspection_photo_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  qc_inspection_item_id bigint REFERENCES qc_inspection_items ON DELETE RESTRICT,
  nonconformity_id bigint REFERENCES nonconformities ON DELETE RESTRICT,
  sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  added_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (num_nonnulls(qc_inspection_item_id, nonconformity_id) = 1)
);
CREATE UNIQUE INDEX qc_inspection_photos_item_idx ON qc_inspection_photos (qc_inspection_item_id, sha256) WHERE qc_inspection_item_id IS NOT NULL;
CREATE UNIQUE INDEX qc_inspection_photos_nonconformity_idx ON qc_inspection_photos (nonconformity_id, sha256) WHERE nonconformity_id IS NOT NULL;
CREATE INDEX qc_inspection_photos_build_id_idx ON qc_inspection_photos (build_id);
CREATE INDEX qc_inspection_photos_sha256_idx ON qc_inspection_photos (sha256);
CREATE INDEX qc_inspection_photos_added_by_idx ON qc_inspection_photos (added_by);
COMMENT ON TABLE qc_inspection_photos IS 'Photos of inspection items and findings, by the hash of their content. Append-only.';
COMMENT ON COLUMN qc_inspection_photos.qc_inspection_photo_id IS 'Key.';
COMMENT ON COLUMN qc_inspection_photos.build_id IS 'The build.';
COMMENT ON COLUMN qc_inspection_photos.qc_inspection_item_id IS 'The item it shows.';
COMMENT ON COLUMN qc_inspection_photos.nonconformity_id IS 'The finding it shows.';
COMMENT ON COLUMN qc_inspection_photos.sha256 IS 'SHA-256 of the photo, hexadecimal.';
COMMENT ON COLUMN qc_inspection_photos.added_by IS 'Who added it.';
COMMENT ON COLUMN qc_inspection_photos.added_at IS 'When it was added.';

CREATE TABLE qc_waivers (
  qc_waiver_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  qc_inspection_item_id bigint NOT NULL REFERENCES qc_inspection_items ON DELETE RESTRICT,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  nonconformity_id bigint NOT NULL REFERENCES nonconformities ON DELETE RESTRICT,
  side text NOT NULL CHECK (side IN ('QUALITY', 'PRODUCTION')),
  user_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  reason text NOT NULL CHECK (length(btrim(reason)) >= 3),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (qc_inspection_item_id, side),
  UNIQUE (qc_inspection_item_id, user_id)
);
CREATE INDEX qc_waivers_build_id_idx ON qc_waivers (build_id);
CREATE INDEX qc_waivers_nonconformity_id_idx ON qc_waivers (nonconformity_id);
CREATE INDEX qc_waivers_user_id_idx ON qc_waivers (user_id);
COMMENT ON TABLE qc_waivers IS 'Consents to a minor finding: a failure is waived when quality and production, two people, have both signed. Append-only.';
COMMENT ON COLUMN qc_waivers.qc_waiver_id IS 'Key.';
COMMENT ON COLUMN qc_waivers.qc_inspection_item_id IS 'The failed item.';
COMMENT ON COLUMN qc_waivers.build_id IS 'The build.';
COMMENT ON COLUMN qc_waivers.nonconformity_id IS 'The finding.';
COMMENT ON COLUMN qc_waivers.side IS 'QUALITY or PRODUCTION.';
COMMENT ON COLUMN qc_waivers.user_id IS 'Who consents.';
COMMENT ON COLUMN qc_waivers.reason IS 'Why it can be accepted.';
COMMENT ON COLUMN qc_waivers.created_at IS 'When.';

CREATE TYPE qc_checklist_row AS (
  qc_process_item_id bigint, item_code text, section_code text, basin_number integer, item_position integer, scope text, answer_type text, item_text text,
  is_applicable boolean, may_be_na_by_hand boolean, is_mandatory boolean, unit_code text, expected_quantity numeric,
  tolerance_low numeric, tolerance_high numeric, max_difference numeric,
  choices text[], right_choices text[], required_choices text[], note_choices text[]
);
COMMENT ON TYPE qc_checklist_row IS 'An item of a checklist as one configuration makes it.';
CREATE TYPE qc_answer AS (
  result text, answer_boolean boolean, answer_number numeric, reference_number numeric, answer_text text, answer_choices text[], answer_date date
);
COMMENT ON TYPE qc_answer IS 'An answer in its type, judged.';
