-- Production and quality: tasks, resources and their calendars, serial numbers, outsourcing; checklists, inspections, nonconformities.

-- Production: resources and calendars, skills, tools, instructions; task templates and the tasks of each build; serial numbers; outsourcing.

CREATE TABLE suppliers (
  supplier_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  supplier_code text COLLATE "C" NOT NULL UNIQUE CHECK (supplier_code = upper(btrim(supplier_code)) AND supplier_code <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  lead_days integer CHECK (lead_days >= 0),
  is_active boolean NOT NULL DEFAULT true,
  notes text,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE suppliers IS 'Firms that make or deliver something: external shops of outsourced lines, sources of parts.';
COMMENT ON COLUMN suppliers.supplier_id IS 'Key.';
COMMENT ON COLUMN suppliers.supplier_code IS 'Natural code, upper case.';
COMMENT ON COLUMN suppliers.name IS 'Name of the firm. Contact persons are not kept here.';
COMMENT ON COLUMN suppliers.lead_days IS 'Usual time from order to arrival, in calendar days.';
COMMENT ON COLUMN suppliers.is_active IS 'False for a firm that gets no more orders.';
COMMENT ON COLUMN suppliers.notes IS 'Free text about the firm, not about persons.';
COMMENT ON COLUMN suppliers.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN suppliers.created_at IS 'When the row was made.';
COMMENT ON COLUMN suppliers.updated_at IS 'When the row was last changed.';

CREATE TABLE resource_calendars (
  resource_calendar_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  calendar_code text COLLATE "C" NOT NULL UNIQUE CHECK (calendar_code ~ '^[A-Z][A-Z0-9_-]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE resource_calendars IS 'Working times of resources: weekly shifts in the time zone of the plant, with dated exceptions.';
COMMENT ON COLUMN resource_calendars.resource_calendar_id IS 'Key.';
COMMENT ON COLUMN resource_calendars.calendar_code IS 'Natural code, upper case.';
COMMENT ON COLUMN resource_calendars.name IS 'Name shown to people.';
COMMENT ON COLUMN resource_calendars.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN resource_calendars.created_at IS 'When the row was made.';
COMMENT ON COLUMN resource_calendars.updated_at IS 'When the row was last changed.';

CREATE TABLE calendar_shifts (
  calendar_shift_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_calendar_id bigint NOT NULL REFERENCES resource_calendars ON DELETE CASCADE,
  weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  starts_at time NOT NULL,
  ends_at time NOT NULL,
  CHECK (ends_at > starts_at),
  UNIQUE (resource_calendar_id, weekday, starts_at)
);
COMMENT ON TABLE calendar_shifts IS 'Weekly shifts of a calendar. A night shift is two rows, one per day.';
COMMENT ON COLUMN calendar_shifts.calendar_shift_id IS 'Key.';
COMMENT ON COLUMN calendar_shifts.resource_calendar_id IS 'The calendar.';
COMMENT ON COLUMN calendar_shifts.weekday IS '1 Monday to 7 Sunday.';
COMMENT ON COLUMN calendar_shifts.starts_at IS 'Begin, local time of the plant.';
COMMENT ON COLUMN calendar_shifts.ends_at IS 'End, local time of the plant; 24:00 for the end of the day.';

CREATE TABLE calendar_exceptions (
  calendar_exception_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_calendar_id bigint NOT NULL REFERENCES resource_calendars ON DELETE CASCADE,
  on_date date NOT NULL,
  exception_kind text NOT NULL CHECK (exception_kind IN ('HOLIDAY', 'OVERTIME')),
  starts_at time,
  ends_at time,
  note text NOT NULL CHECK (btrim(note) <> ''),
  CHECK ((exception_kind = 'OVERTIME') = (starts_at IS NOT NULL AND ends_at IS NOT NULL)),
  CHECK (ends_at > starts_at),
  UNIQUE NULLS NOT DISTINCT (resource_calendar_id, on_date, exception_kind, starts_at)
);
COMMENT ON TABLE calendar_exceptions IS 'Days on which a calendar differs from its weekly shifts: holidays take the shifts of the day away, overtime adds hours. A short day is a holiday with overtime.';
COMMENT ON COLUMN calendar_exceptions.calendar_exception_id IS 'Key.';
COMMENT ON COLUMN calendar_exceptions.resource_calendar_id IS 'The calendar.';
COMMENT ON COLUMN calendar_exceptions.on_date IS 'The day, at the plant.';
COMMENT ON COLUMN calendar_exceptions.exception_kind IS 'HOLIDAY (no shifts on this day) or OVERTIME (hours beside the shifts).';
COMMENT ON COLUMN calendar_exceptions.starts_at IS 'Begin of the overtime.';
COMMENT ON COLUMN calendar_exceptions.ends_at IS 'End of the overtime.';
COMMENT ON COLUMN calendar_exceptions.note IS 'What it is, for example the name of the holiday.';

CREATE TABLE skills (
  skill_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  skill_code text COLLATE "C" NOT NULL UNIQUE CHECK (skill_code ~ '^[A-Z][A-Z0-9_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text NOT NULL
);
COMMENT ON TABLE skills IS 'Skills that tasks ask for.';
COMMENT ON COLUMN skills.skill_id IS 'Key.';
COMMENT ON COLUMN skills.skill_code IS 'Natural code, upper case.';
COMMENT ON COLUMN skills.name IS 'Name shown to people.';
COMMENT ON COLUMN skills.description IS 'What a person with the skill can do.';

CREATE TABLE user_skills (
  user_skill_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  skill_id bigint NOT NULL REFERENCES skills ON DELETE RESTRICT,
  level integer NOT NULL DEFAULT 2 CHECK (level BETWEEN 1 AND 3),
  valid_from date NOT NULL,
  valid_to date,
  evidence text,
  granted_by bigint REFERENCES users ON DELETE RESTRICT,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (valid_to >= valid_from),
  EXCLUDE USING gist (user_id WITH =, skill_id WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX user_skills_user_id_idx ON user_skills (user_id, skill_id);
CREATE INDEX user_skills_skill_id_idx ON user_skills (skill_id);
CREATE INDEX user_skills_granted_by_idx ON user_skills (granted_by) WHERE granted_by IS NOT NULL;
COMMENT ON TABLE user_skills IS 'Who has which skill, at which level, from when until when. Without a valid skill nobody is given the task that asks for it.';
COMMENT ON COLUMN user_skills.user_skill_id IS 'Key.';
COMMENT ON COLUMN user_skills.user_id IS 'The person.';
COMMENT ON COLUMN user_skills.skill_id IS 'The skill.';
COMMENT ON COLUMN user_skills.level IS '1 works under supervision, 2 works alone, 3 instructs others.';
COMMENT ON COLUMN user_skills.valid_from IS 'First day on which it holds.';
COMMENT ON COLUMN user_skills.valid_to IS 'Last day on which it holds; null for open.';
COMMENT ON COLUMN user_skills.evidence IS 'Training record or certificate.';
COMMENT ON COLUMN user_skills.granted_by IS 'Who confirmed it.';
COMMENT ON COLUMN user_skills.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN user_skills.created_at IS 'When the row was made.';

CREATE TABLE production_resources (
  production_resource_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  resource_code text COLLATE "C" NOT NULL UNIQUE CHECK (resource_code ~ '^[A-Z][A-Z0-9_-]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  resource_class text NOT NULL CHECK (resource_class IN ('WORK_CENTRE', 'EQUIPMENT', 'PERSON_POOL')),
  resource_group text COLLATE "C" NOT NULL CHECK (resource_group ~ '^[A-Z][A-Z0-9_]*$'),
  capacity integer NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 1000),
  efficiency numeric(4, 2) NOT NULL DEFAULT 1 CHECK (efficiency > 0 AND efficiency <= 2),
  resource_calendar_id bigint NOT NULL REFERENCES resource_calendars ON DELETE RESTRICT,
  is_active boolean NOT NULL DEFAULT true,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX production_resources_resource_calendar_id_idx ON production_resources (resource_calendar_id);
CREATE INDEX production_resources_group_idx ON production_resources (resource_class, resource_group) WHERE is_active;
COMMENT ON TABLE production_resources IS 'Places, equipment and groups of people that work on builds.';
COMMENT ON COLUMN production_resources.production_resource_id IS 'Key.';
COMMENT ON COLUMN production_resources.resource_code IS 'Natural code, upper case.';
COMMENT ON COLUMN production_resources.name IS 'Name shown to people.';
COMMENT ON COLUMN production_resources.resource_class IS 'WORK_CENTRE (benches), EQUIPMENT (test bays and the like) or PERSON_POOL (people with the same skills).';
COMMENT ON COLUMN production_resources.resource_group IS 'Resources of one class and group stand in for each other.';
COMMENT ON COLUMN production_resources.capacity IS 'Units that work in parallel: benches, bays, people.';
COMMENT ON COLUMN production_resources.efficiency IS 'Planned minutes are divided by it: 0.80 makes 10 planned minutes last 12.5.';
COMMENT ON COLUMN production_resources.resource_calendar_id IS 'Its working times.';
COMMENT ON COLUMN production_resources.is_active IS 'False: no further work is planned on it.';
COMMENT ON COLUMN production_resources.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN production_resources.created_at IS 'When the row was made.';
COMMENT ON COLUMN production_resources.updated_at IS 'When the row was last changed.';

CREATE TABLE production_resource_skills (
  production_resource_id bigint NOT NULL REFERENCES production_resources ON DELETE CASCADE,
  skill_id bigint NOT NULL REFERENCES skills ON DELETE RESTRICT,
  PRIMARY KEY (production_resource_id, skill_id)
);
CREATE INDEX production_resource_skills_skill_id_idx ON production_resource_skills (skill_id);
COMMENT ON TABLE production_resource_skills IS 'Skills of the people in a pool.';
COMMENT ON COLUMN production_resource_skills.production_resource_id IS 'The pool.';
COMMENT ON COLUMN production_resource_skills.skill_id IS 'The skill.';

CREATE TABLE tool_kinds (
  tool_kind_code text COLLATE "C" PRIMARY KEY CHECK (tool_kind_code ~ '^[A-Z][A-Z0-9_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  needs_calibration boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE tool_kinds IS 'Kinds of tools that tasks ask for.';
COMMENT ON COLUMN tool_kinds.tool_kind_code IS 'Natural code.';
COMMENT ON COLUMN tool_kinds.name IS 'Name shown to people.';
COMMENT ON COLUMN tool_kinds.needs_calibration IS 'True: a task that asks for it does not start without a single tool in calibration, which is recorded.';

CREATE TABLE tools (
  tool_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tool_code text COLLATE "C" NOT NULL UNIQUE CHECK (tool_code = upper(btrim(tool_code)) AND tool_code <> ''),
  tool_kind_code text COLLATE "C" NOT NULL REFERENCES tool_kinds ON DELETE RESTRICT,
  name text NOT NULL CHECK (btrim(name) <> ''),
  manufacturer_serial text,
  calibrated_on date,
  calibration_due date,
  certificate text,
  is_active boolean NOT NULL DEFAULT true,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (calibration_due >= calibrated_on)
);
CREATE INDEX tools_tool_kind_code_idx ON tools (tool_kind_code);
COMMENT ON TABLE tools IS 'Single tools that must be told apart, above all those which are calibrated.';
COMMENT ON COLUMN tools.tool_id IS 'Key.';
COMMENT ON COLUMN tools.tool_code IS 'Number on the tool, upper case.';
COMMENT ON COLUMN tools.tool_kind_code IS 'What it is.';
COMMENT ON COLUMN tools.name IS 'Make and model.';
COMMENT ON COLUMN tools.manufacturer_serial IS 'The maker''s serial number.';
COMMENT ON COLUMN tools.calibrated_on IS 'Day of the last calibration.';
COMMENT ON COLUMN tools.calibration_due IS 'Last day on which its calibration holds; after it the tool must not be used.';
COMMENT ON COLUMN tools.certificate IS 'Number of the calibration certificate.';
COMMENT ON COLUMN tools.is_active IS 'False for a tool that is out of use.';
COMMENT ON COLUMN tools.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN tools.created_at IS 'When the row was made.';
COMMENT ON COLUMN tools.updated_at IS 'When the row was last changed.';

CREATE TABLE work_instructions (
  work_instruction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instruction_code text COLLATE "C" NOT NULL CHECK (instruction_code ~ '^[A-Z][A-Z0-9._-]*$'),
  version integer NOT NULL CHECK (version >= 1),
  title text NOT NULL CHECK (btrim(title) <> ''),
  body text NOT NULL CHECK (btrim(body) <> ''),
  document_reference text,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'RELEASED', 'SUPERSEDED')),
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  released_by bigint REFERENCES users ON DELETE RESTRICT,
  released_at timestamptz,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (instruction_code, version),
  CHECK ((state = 'DRAFT') = (released_at IS NULL)),
  CHECK (released_by <> created_by)
);
CREATE UNIQUE INDEX work_instructions_one_released_idx ON work_instructions (instruction_code) WHERE state = 'RELEASED';
CREATE INDEX work_instructions_created_by_idx ON work_instructions (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX work_instructions_released_by_idx ON work_instructions (released_by) WHERE released_by IS NOT NULL;
COMMENT ON TABLE work_instructions IS 'How a task is done. Versioned: a released version never changes, a new one takes its place.';
COMMENT ON COLUMN work_instructions.work_instruction_id IS 'Key.';
COMMENT ON COLUMN work_instructions.instruction_code IS 'Code, the same for all versions.';
COMMENT ON COLUMN work_instructions.version IS 'Version, from 1.';
COMMENT ON COLUMN work_instructions.title IS 'Title.';
COMMENT ON COLUMN work_instructions.body IS 'The instruction, plain text.';
COMMENT ON COLUMN work_instructions.document_reference IS 'A drawing or file it refers to.';
COMMENT ON COLUMN work_instructions.state IS 'DRAFT (may change), RELEASED (in force, immutable) or SUPERSEDED (immutable).';
COMMENT ON COLUMN work_instructions.created_by IS 'Author; does not release it. Null for instructions shipped with the product.';
COMMENT ON COLUMN work_instructions.released_by IS 'Who released it.';
COMMENT ON COLUMN work_instructions.released_at IS 'When it was released.';
COMMENT ON COLUMN work_instructions.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN work_instructions.created_at IS 'When the row was made.';
COMMENT ON COLUMN work_instructions.updated_at IS 'When the row was last changed.';

CREATE TABLE task_templates (
  task_template_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  family_code text COLLATE "C" NOT NULL REFERENCES product_families ON DELETE RESTRICT,
  template_code text COLLATE "C" NOT NULL CHECK (template_code ~ '^[A-Z][A-Z0-9_]*$'),
  sequence integer NOT NULL CHECK (sequence > 0),
  title text NOT NULL CHECK (btrim(title) <> ''),
  for_each jsonpath,
  condition jsonpath NOT NULL DEFAULT 'true',
  quantity jsonpath NOT NULL DEFAULT '1',
  one_task_per_piece boolean NOT NULL DEFAULT true,
  numbered_by text NOT NULL DEFAULT 'NONE' CHECK (numbered_by IN ('NONE', 'PLACE', 'RUNNING')),
  element_list text,
  reads text[] NOT NULL DEFAULT '{}',
  bom_groups text[] NOT NULL DEFAULT '{}',
  bom_scope text NOT NULL DEFAULT 'ANY' CHECK (bom_scope IN ('ANY', 'OWN_ELEMENT', 'WHOLE_SINK')),
  redo_on_any_change boolean NOT NULL DEFAULT false,
  planned_minutes integer NOT NULL CHECK (planned_minutes BETWEEN 0 AND 14400),
  start_gate text NOT NULL CHECK (start_gate IN ('RECEIVING', 'ASSEMBLY', 'END_OF_LINE', 'PACKING', 'REWORK')),
  resource_class text CHECK (resource_class IN ('WORK_CENTRE', 'EQUIPMENT')),
  resource_group text COLLATE "C",
  skill_id bigint REFERENCES skills ON DELETE RESTRICT,
  skill_level integer NOT NULL DEFAULT 2 CHECK (skill_level BETWEEN 1 AND 3),
  instruction_code text COLLATE "C",
  source text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  UNIQUE (family_code, template_code),
  CHECK ((resource_class IS NULL) = (resource_group IS NULL)),
  CHECK (numbered_by <> 'PLACE' OR for_each IS NOT NULL),
  CHECK ((numbered_by = 'NONE') = (element_list IS NULL))
);
CREATE INDEX task_templates_skill_id_idx ON task_templates (skill_id) WHERE skill_id IS NOT NULL;
COMMENT ON TABLE task_templates IS 'What is done on a build (checklists.md section 7): when, for which elements of the configuration, how long, by whom, with what. A task keeps what its template said when it was generated.';
COMMENT ON COLUMN task_templates.task_template_id IS 'Key.';
COMMENT ON COLUMN task_templates.family_code IS 'Product family.';
COMMENT ON COLUMN task_templates.template_code IS 'Natural code within the family.';
COMMENT ON COLUMN task_templates.sequence IS 'Place in the order of work; a task comes after others of lower sequence only.';
COMMENT ON COLUMN task_templates.title IS 'What is done; {number} and the values in reads are filled in.';
COMMENT ON COLUMN task_templates.for_each IS 'List of the configuration it runs over, as $.list[*]; null: once per sink.';
COMMENT ON COLUMN task_templates.condition IS 'Predicate that must hold: $ parameters, $v derived values, $e element, $i its place.';
COMMENT ON COLUMN task_templates.quantity IS 'Number of pieces per element.';
COMMENT ON COLUMN task_templates.one_task_per_piece IS 'True: one task per piece. False: one task, its minutes times the pieces.';
COMMENT ON COLUMN task_templates.numbered_by IS 'NONE; PLACE (basin 2 is 70.2); RUNNING (counted through all templates of the sequence).';
COMMENT ON COLUMN task_templates.element_list IS 'Kind of element its numbers count: basins, faucets…; null for tasks of the sink as a whole.';
COMMENT ON COLUMN task_templates.reads IS 'Values of the configuration the work depends on (p.name, e.name, v.name): a change of one makes the task a new one.';
COMMENT ON COLUMN task_templates.bom_groups IS 'Groups of BOM lines that belong to it; {*} for the whole BOM.';
COMMENT ON COLUMN task_templates.bom_scope IS 'Which lines of these groups: ANY, OWN_ELEMENT (selected for its own element), WHOLE_SINK (selected once for the sink).';
COMMENT ON COLUMN task_templates.redo_on_any_change IS 'True: any change of the BOM makes it a new task (unpacking, tests).';
COMMENT ON COLUMN task_templates.planned_minutes IS 'Planned minutes per task (per piece where one task serves several). A planning value: set_template_minutes changes it.';
COMMENT ON COLUMN task_templates.start_gate IS 'When it may be worked on: RECEIVING (in production), ASSEMBLY (build in assembly), END_OF_LINE (test ready or running), PACKING (phase PACKAGING), REWORK.';
COMMENT ON COLUMN task_templates.resource_class IS 'Class of the place it needs; null: none.';
COMMENT ON COLUMN task_templates.resource_group IS 'Group of the place it needs.';
COMMENT ON COLUMN task_templates.skill_id IS 'Skill it asks for.';
COMMENT ON COLUMN task_templates.skill_level IS 'Least level of the skill.';
COMMENT ON COLUMN task_templates.instruction_code IS 'Code of its work instruction.';
COMMENT ON COLUMN task_templates.source IS 'Where it comes from.';
COMMENT ON COLUMN task_templates.is_active IS 'False: no further tasks are made from it.';

CREATE TABLE task_template_dependencies (
  task_template_id bigint NOT NULL REFERENCES task_templates ON DELETE CASCADE,
  predecessor_id bigint NOT NULL REFERENCES task_templates ON DELETE CASCADE,
  same_element boolean NOT NULL DEFAULT false,
  PRIMARY KEY (task_template_id, predecessor_id),
  CHECK (task_template_id <> predecessor_id)
);
CREATE INDEX task_template_dependencies_predecessor_id_idx ON task_template_dependencies (predecessor_id);
COMMENT ON TABLE task_template_dependencies IS 'Which template comes after which. Where a build has no task of the predecessor, the predecessor''s own predecessors take its place.';
COMMENT ON COLUMN task_template_dependencies.task_template_id IS 'The later one.';
COMMENT ON COLUMN task_template_dependencies.predecessor_id IS 'The earlier one.';
COMMENT ON COLUMN task_template_dependencies.same_element IS 'True: only the task of the same element (basin 2 after basin 2); false: all of them.';

CREATE TABLE task_template_tools (
  task_template_id bigint NOT NULL REFERENCES task_templates ON DELETE CASCADE,
  tool_kind_code text COLLATE "C" NOT NULL REFERENCES tool_kinds ON DELETE RESTRICT,
  PRIMARY KEY (task_template_id, tool_kind_code)
);
CREATE INDEX task_template_tools_tool_kind_code_idx ON task_template_tools (tool_kind_code);
COMMENT ON TABLE task_template_tools IS 'Kinds of tools that tasks of a template ask for.';
COMMENT ON COLUMN task_template_tools.task_template_id IS 'The template.';
COMMENT ON COLUMN task_template_tools.tool_kind_code IS 'The kind of tool.';

CREATE TABLE production_tasks (
  production_task_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  task_template_id bigint REFERENCES task_templates ON DELETE RESTRICT,
  configuration_id bigint REFERENCES configurations ON DELETE RESTRICT,
  bom_id bigint REFERENCES boms ON DELETE RESTRICT,
  content_key text COLLATE "C",
  occurrence integer NOT NULL DEFAULT 1 CHECK (occurrence >= 1),
  is_current boolean NOT NULL DEFAULT true,
  sequence integer NOT NULL,
  sequence_label text NOT NULL,
  title text NOT NULL CHECK (btrim(title) <> ''),
  element_list text,
  element_place integer CHECK (element_place >= 0),
  element_number integer CHECK (element_number >= 1),
  start_gate text NOT NULL CHECK (start_gate IN ('RECEIVING', 'ASSEMBLY', 'END_OF_LINE', 'PACKING', 'REWORK')),
  resource_class text,
  resource_group text COLLATE "C",
  skill_id bigint REFERENCES skills ON DELETE RESTRICT,
  skill_level integer NOT NULL DEFAULT 2 CHECK (skill_level BETWEEN 1 AND 3),
  work_instruction_id bigint REFERENCES work_instructions ON DELETE RESTRICT,
  nonconformity_id bigint,
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED', 'COMPLETED', 'CANCELLED')),
  state_reason text,
  block_kind text CHECK (block_kind IN ('PARTS', 'TOOL', 'OTHER')),
  assignee_id bigint REFERENCES users ON DELETE RESTRICT,
  assigned_by bigint REFERENCES users ON DELETE RESTRICT,
  assigned_at timestamptz,
  worker_id bigint REFERENCES users ON DELETE RESTRICT,
  planned_minutes integer NOT NULL CHECK (planned_minutes >= 0),
  actual_minutes integer CHECK (actual_minutes >= 0),
  planned_start timestamptz,
  planned_end timestamptz,
  production_resource_id bigint REFERENCES production_resources ON DELETE RESTRICT,
  person_pool_id bigint REFERENCES production_resources ON DELETE RESTRICT,
  wait_cause text CHECK (wait_cause IN ('PREDECESSOR', 'RESOURCE', 'PEOPLE', 'CALENDAR', 'EXTERNAL', 'BLOCKED', 'RUNNING', 'NO_RESOURCE', 'NO_PEOPLE', 'HORIZON')),
  wait_detail text,
  started_at timestamptz,
  completed_at timestamptz,
  completed_by bigint REFERENCES users ON DELETE RESTRICT,
  row_version integer NOT NULL DEFAULT 1,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (production_task_id, build_id),
  CHECK (state <> 'BLOCKED' OR (block_kind IS NOT NULL AND state_reason IS NOT NULL)),
  CHECK (state <> 'CANCELLED' OR state_reason IS NOT NULL),
  CHECK ((state = 'COMPLETED') = (completed_at IS NOT NULL)),
  CHECK (state <> 'COMPLETED' OR actual_minutes IS NOT NULL),
  CHECK (worker_id IS NULL OR state = 'IN_PROGRESS'),
  CHECK (planned_end >= planned_start),
  CHECK ((task_template_id IS NULL) = (start_gate = 'REWORK'))
);
CREATE UNIQUE INDEX production_tasks_content_idx ON production_tasks (build_id, task_template_id, content_key, occurrence) WHERE is_current;
CREATE INDEX production_tasks_build_id_idx ON production_tasks (build_id, sequence);
CREATE INDEX production_tasks_open_idx ON production_tasks (assignee_id, build_id) WHERE is_current AND state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED');
-- Open ones of a state, newest first: what is blocked now among all that ever were.
CREATE INDEX production_tasks_state_idx ON production_tasks (state, production_task_id) WHERE state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED');
CREATE INDEX production_tasks_assignee_id_idx ON production_tasks (assignee_id, completed_at) WHERE assignee_id IS NOT NULL;
CREATE INDEX production_tasks_worker_id_idx ON production_tasks (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX production_tasks_completed_at_idx ON production_tasks (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX production_tasks_task_template_id_idx ON production_tasks (task_template_id) WHERE task_template_id IS NOT NULL;
CREATE INDEX production_tasks_configuration_id_idx ON production_tasks (configuration_id) WHERE configuration_id IS NOT NULL;
CREATE INDEX production_tasks_bom_id_idx ON production_tasks (bom_id) WHERE bom_id IS NOT NULL;
CREATE INDEX production_tasks_skill_id_idx ON production_tasks (skill_id) WHERE skill_id IS NOT NULL;
CREATE INDEX production_tasks_work_instruction_id_idx ON production_tasks (work_instruction_id) WHERE work_instruction_id IS NOT NULL;
CREATE INDEX production_tasks_nonconformity_id_idx ON production_tasks (nonconformity_id) WHERE nonconformity_id IS NOT NULL;
CREATE INDEX production_tasks_resource_idx ON production_tasks (production_resource_id, planned_start) WHERE production_resource_id IS NOT NULL;
CREATE INDEX production_tasks_person_pool_id_idx ON production_tasks (person_pool_id, planned_start) WHERE person_pool_id IS NOT NULL;
CREATE INDEX production_tasks_assigned_by_idx ON production_tasks (assigned_by) WHERE assigned_by IS NOT NULL;
CREATE INDEX production_tasks_completed_by_idx ON production_tasks (completed_by) WHERE completed_by IS NOT NULL;
CREATE INDEX production_tasks_created_by_idx ON production_tasks (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE production_tasks IS 'Tasks of each build. The state moves only along the edges of workflow.md section 4; every interval of work is a row of production_task_times.';
COMMENT ON COLUMN production_tasks.production_task_id IS 'Key.';
COMMENT ON COLUMN production_tasks.build_id IS 'The build.';
COMMENT ON COLUMN production_tasks.task_template_id IS 'The template; null for rework.';
COMMENT ON COLUMN production_tasks.configuration_id IS 'The configuration it was last generated or confirmed from; null for rework.';
COMMENT ON COLUMN production_tasks.bom_id IS 'The BOM it was last generated or confirmed from; null for rework.';
COMMENT ON COLUMN production_tasks.content_key IS 'SHA-256 of template, place and the values and BOM items it depends on: equal means the same work.';
COMMENT ON COLUMN production_tasks.occurrence IS 'Tells tasks with the same content apart.';
COMMENT ON COLUMN production_tasks.is_current IS 'False since a later configuration no longer asks for it; the row and its times stay.';
COMMENT ON COLUMN production_tasks.sequence IS 'Place in the order of work.';
COMMENT ON COLUMN production_tasks.sequence_label IS 'Label on the shop floor, for example 70.2.';
COMMENT ON COLUMN production_tasks.title IS 'What is done.';
COMMENT ON COLUMN production_tasks.element_list IS 'List of the configuration it belongs to: basins, faucets…; null for the sink as a whole.';
COMMENT ON COLUMN production_tasks.element_place IS 'Place of the element in that list of the configuration, from 0; null where the sink as a whole asks for it.';
COMMENT ON COLUMN production_tasks.element_number IS 'Number on the shop floor, from 1: the basin, the faucet…';
COMMENT ON COLUMN production_tasks.start_gate IS 'When it may be worked on (see task_templates).';
COMMENT ON COLUMN production_tasks.resource_class IS 'Class of the place it needs.';
COMMENT ON COLUMN production_tasks.resource_group IS 'Group of the place it needs.';
COMMENT ON COLUMN production_tasks.skill_id IS 'Skill it asks for.';
COMMENT ON COLUMN production_tasks.skill_level IS 'Least level of the skill.';
COMMENT ON COLUMN production_tasks.work_instruction_id IS 'The instruction in force when it was generated, and from its start on the one it was begun with.';
COMMENT ON COLUMN production_tasks.nonconformity_id IS 'The nonconformity that a rework task mends.';
COMMENT ON COLUMN production_tasks.state IS 'PENDING, IN_PROGRESS, BLOCKED, COMPLETED or CANCELLED.';
COMMENT ON COLUMN production_tasks.state_reason IS 'Why it is blocked, cancelled, reopened, restored or no longer current.';
COMMENT ON COLUMN production_tasks.block_kind IS 'What blocks it while it is blocked: PARTS, TOOL or OTHER.';
COMMENT ON COLUMN production_tasks.assignee_id IS 'Who does it; null: in the pool.';
COMMENT ON COLUMN production_tasks.assigned_by IS 'Who assigned it; the assignee for a task taken from the pool.';
COMMENT ON COLUMN production_tasks.assigned_at IS 'When it was assigned.';
COMMENT ON COLUMN production_tasks.worker_id IS 'Who is working on it at this moment; null while nobody is.';
COMMENT ON COLUMN production_tasks.planned_minutes IS 'Planned minutes.';
COMMENT ON COLUMN production_tasks.actual_minutes IS 'Minutes it took, as stated at completion.';
COMMENT ON COLUMN production_tasks.planned_start IS 'Begin according to the last planning.';
COMMENT ON COLUMN production_tasks.planned_end IS 'End according to the last planning.';
COMMENT ON COLUMN production_tasks.production_resource_id IS 'Place planned for it.';
COMMENT ON COLUMN production_tasks.person_pool_id IS 'Pool of people planned for it.';
COMMENT ON COLUMN production_tasks.wait_cause IS 'What keeps the planned start from being earlier, or why there is none; null: it can start at once.';
COMMENT ON COLUMN production_tasks.wait_detail IS 'Which predecessor, resource, date.';
COMMENT ON COLUMN production_tasks.started_at IS 'When work first began.';
COMMENT ON COLUMN production_tasks.completed_at IS 'When it was completed.';
COMMENT ON COLUMN production_tasks.completed_by IS 'Who completed it.';
COMMENT ON COLUMN production_tasks.row_version IS 'Grows by one with every change but those of the plan.';
COMMENT ON COLUMN production_tasks.created_by IS 'Who generated it.';
COMMENT ON COLUMN production_tasks.created_at IS 'When the row was made.';
COMMENT ON COLUMN production_tasks.updated_at IS 'When the row was last changed.';

CREATE TABLE shop_builds (
  build_id bigint PRIMARY KEY REFERENCES builds ON DELETE CASCADE,
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  has_free_work boolean NOT NULL
);
CREATE INDEX shop_builds_free_idx ON shop_builds (build_id) INCLUDE (order_id) WHERE has_free_work;
CREATE INDEX shop_builds_order_id_idx ON shop_builds (order_id) INCLUDE (build_id, has_free_work);
CREATE INDEX shop_builds_customer_id_idx ON shop_builds (customer_id) INCLUDE (has_free_work);
COMMENT ON TABLE shop_builds IS 'Builds in the shop (production, quality control, packaging), kept by triggers: row policies look up here, by key, which builds every technician sees.';
COMMENT ON COLUMN shop_builds.build_id IS 'The build.';
COMMENT ON COLUMN shop_builds.order_id IS 'Its order.';
COMMENT ON COLUMN shop_builds.customer_id IS 'The customer of the order.';
COMMENT ON COLUMN shop_builds.has_free_work IS 'True while nobody has a task of the build, or an open task has nobody: such a build is in sight of every technician.';

CREATE TABLE production_task_dependencies (
  build_id bigint NOT NULL,
  production_task_id bigint NOT NULL,
  predecessor_id bigint NOT NULL,
  PRIMARY KEY (build_id, production_task_id, predecessor_id),
  FOREIGN KEY (production_task_id, build_id) REFERENCES production_tasks (production_task_id, build_id) ON DELETE CASCADE,
  FOREIGN KEY (predecessor_id, build_id) REFERENCES production_tasks (production_task_id, build_id) ON DELETE CASCADE,
  CHECK (production_task_id <> predecessor_id)
);
CREATE INDEX production_task_dependencies_task_idx ON production_task_dependencies (production_task_id, build_id, predecessor_id);
CREATE INDEX production_task_dependencies_predecessor_idx ON production_task_dependencies (predecessor_id, build_id);
COMMENT ON TABLE production_task_dependencies IS 'Which task of a build comes after which.';
COMMENT ON COLUMN production_task_dependencies.build_id IS 'The build of both.';
COMMENT ON COLUMN production_task_dependencies.production_task_id IS 'The later task.';
COMMENT ON COLUMN production_task_dependencies.predecessor_id IS 'The earlier task: it must be completed or cancelled before the later one starts.';

CREATE TABLE production_task_times (
  production_task_time_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL,
  production_task_id bigint NOT NULL,
  action text NOT NULL CHECK (action IN ('START', 'PAUSE', 'COMPLETE', 'BLOCK', 'UNBLOCK', 'REOPEN', 'CANCEL', 'RESTORE')),
  user_id bigint REFERENCES users ON DELETE RESTRICT,
  reason text,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  FOREIGN KEY (production_task_id, build_id) REFERENCES production_tasks (production_task_id, build_id) ON DELETE RESTRICT
);
CREATE INDEX production_task_times_task_idx ON production_task_times (production_task_id, build_id, production_task_time_id);
CREATE INDEX production_task_times_user_id_idx ON production_task_times (user_id, recorded_at) WHERE user_id IS NOT NULL;
CREATE INDEX production_task_times_build_id_idx ON production_task_times (build_id);
CREATE INDEX production_task_times_recorded_at_idx ON production_task_times (recorded_at);
COMMENT ON TABLE production_task_times IS 'When work on a task began and stopped, append-only: a START opens an interval, the next row of the task closes it.';
COMMENT ON COLUMN production_task_times.production_task_time_id IS 'Key.';
COMMENT ON COLUMN production_task_times.build_id IS 'The build.';
COMMENT ON COLUMN production_task_times.production_task_id IS 'The task.';
COMMENT ON COLUMN production_task_times.action IS 'START (also after a pause), PAUSE, COMPLETE, BLOCK, UNBLOCK, REOPEN, CANCEL or RESTORE.';
COMMENT ON COLUMN production_task_times.user_id IS 'Who did it; null for work done by the database''s owner without a user.';
COMMENT ON COLUMN production_task_times.reason IS 'Why, where the act asks for a reason.';
COMMENT ON COLUMN production_task_times.recorded_at IS 'When.';

CREATE TABLE production_task_tools (
  production_task_tool_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL,
  production_task_id bigint NOT NULL,
  tool_id bigint NOT NULL REFERENCES tools ON DELETE RESTRICT,
  calibration_due date,
  user_id bigint REFERENCES users ON DELETE RESTRICT,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (production_task_id, tool_id, calibration_due),
  FOREIGN KEY (production_task_id, build_id) REFERENCES production_tasks (production_task_id, build_id) ON DELETE RESTRICT
);
CREATE INDEX production_task_tools_task_idx ON production_task_tools (production_task_id, build_id);
CREATE INDEX production_task_tools_build_id_idx ON production_task_tools (build_id);
CREATE INDEX production_task_tools_tool_id_idx ON production_task_tools (tool_id);
CREATE INDEX production_task_tools_user_id_idx ON production_task_tools (user_id) WHERE user_id IS NOT NULL;
COMMENT ON TABLE production_task_tools IS 'Which single tools were used for a task, append-only, each with its calibration at that time.';
COMMENT ON COLUMN production_task_tools.production_task_tool_id IS 'Key.';
COMMENT ON COLUMN production_task_tools.build_id IS 'The build.';
COMMENT ON COLUMN production_task_tools.production_task_id IS 'The task.';
COMMENT ON COLUMN production_task_tools.tool_id IS 'The tool.';
COMMENT ON COLUMN production_task_tools.calibration_due IS 'Until when its calibration held.';
COMMENT ON COLUMN production_task_tools.user_id IS 'Who used it.';
COMMENT ON COLUMN production_task_tools.recorded_at IS 'When the use was recorded.';

CREATE TABLE serial_kinds (
  serial_kind_code text COLLATE "C" PRIMARY KEY CHECK (serial_kind_code ~ '^[A-Z][A-Z0-9_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  needs_software_version boolean NOT NULL DEFAULT false,
  needs_plant_codes boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE serial_kinds IS 'Kinds of serial numbers that are recorded per build (workflow.md section 8).';
COMMENT ON COLUMN serial_kinds.serial_kind_code IS 'Natural code.';
COMMENT ON COLUMN serial_kinds.name IS 'Name shown to people.';
COMMENT ON COLUMN serial_kinds.needs_software_version IS 'True: the software version is recorded with it.';
COMMENT ON COLUMN serial_kinds.needs_plant_codes IS 'True: the codes QE and QFU on the label of the unit are recorded with it.';

CREATE TABLE serial_requirements (
  serial_requirement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  family_code text COLLATE "C" NOT NULL REFERENCES product_families ON DELETE RESTRICT,
  serial_kind_code text COLLATE "C" NOT NULL REFERENCES serial_kinds ON DELETE RESTRICT,
  position integer NOT NULL,
  for_each jsonpath,
  condition jsonpath NOT NULL DEFAULT 'true',
  item_code text COLLATE "C",
  component_group text,
  source text NOT NULL,
  UNIQUE (family_code, position),
  CHECK (num_nonnulls(item_code, component_group) = 1)
);
CREATE INDEX serial_requirements_serial_kind_code_idx ON serial_requirements (serial_kind_code);
COMMENT ON TABLE serial_requirements IS 'Which serial numbers a build must have, by its configuration.';
COMMENT ON COLUMN serial_requirements.serial_requirement_id IS 'Key.';
COMMENT ON COLUMN serial_requirements.family_code IS 'Product family.';
COMMENT ON COLUMN serial_requirements.serial_kind_code IS 'The kind.';
COMMENT ON COLUMN serial_requirements.position IS 'Place in the list.';
COMMENT ON COLUMN serial_requirements.for_each IS 'List it runs over, as $.basins[*]; null: once per sink.';
COMMENT ON COLUMN serial_requirements.condition IS 'Predicate that must hold.';
COMMENT ON COLUMN serial_requirements.item_code IS 'Item code of the unit.';
COMMENT ON COLUMN serial_requirements.component_group IS 'Group of the BOM line whose code is the item code, where it is not fixed.';
COMMENT ON COLUMN serial_requirements.source IS 'Where it comes from.';

CREATE TABLE build_serials (
  build_serial_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  serial_kind_code text COLLATE "C" NOT NULL REFERENCES serial_kinds ON DELETE RESTRICT,
  basin_number integer CHECK (basin_number >= 1),
  item_code text COLLATE "C" NOT NULL,
  serial_number text COLLATE "C" CHECK (serial_number = upper(btrim(serial_number)) AND serial_number <> ''),
  batch_number text COLLATE "C" CHECK (batch_number = upper(btrim(batch_number)) AND batch_number <> ''),
  software_version text CHECK (btrim(software_version) <> ''),
  qe_code text CHECK (btrim(qe_code) <> ''),
  qfu_code text CHECK (btrim(qfu_code) <> ''),
  capture_method text NOT NULL DEFAULT 'HAND' CHECK (capture_method IN ('SCAN', 'HAND')),
  captured_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  captured_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  replaces_id bigint REFERENCES build_serials ON DELETE RESTRICT,
  removed_at timestamptz,
  removed_by bigint REFERENCES users ON DELETE RESTRICT,
  removal_kind text CHECK (removal_kind IN ('REPLACED', 'CORRECTED')),
  removal_reason text,
  CHECK (num_nonnulls(serial_number, batch_number) >= 1),
  CHECK (num_nonnulls(removed_at, removed_by, removal_kind, removal_reason) IN (0, 4))
);
CREATE UNIQUE INDEX build_serials_serial_idx ON build_serials (serial_kind_code, serial_number) WHERE removed_at IS NULL AND serial_number IS NOT NULL;
CREATE UNIQUE INDEX build_serials_place_idx ON build_serials (build_id, serial_kind_code, basin_number) NULLS NOT DISTINCT WHERE removed_at IS NULL;
CREATE INDEX build_serials_build_id_idx ON build_serials (build_id);
CREATE INDEX build_serials_serial_number_idx ON build_serials (serial_number) WHERE serial_number IS NOT NULL;
CREATE INDEX build_serials_serial_kind_code_idx ON build_serials (serial_kind_code);
CREATE UNIQUE INDEX build_serials_replaces_id_idx ON build_serials (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX build_serials_captured_by_idx ON build_serials (captured_by);
CREATE INDEX build_serials_removed_by_idx ON build_serials (removed_by) WHERE removed_by IS NOT NULL;
COMMENT ON TABLE build_serials IS 'Serial numbers of the units built in, append-only: what is replaced or corrected stays with its date and reason.';
COMMENT ON COLUMN build_serials.build_serial_id IS 'Key.';
COMMENT ON COLUMN build_serials.build_id IS 'The build.';
COMMENT ON COLUMN build_serials.serial_kind_code IS 'The kind.';
COMMENT ON COLUMN build_serials.basin_number IS 'The basin; null for a unit of the whole sink.';
COMMENT ON COLUMN build_serials.item_code IS 'Item code of the unit.';
COMMENT ON COLUMN build_serials.serial_number IS 'Serial number, upper case; unique per kind while it is built in.';
COMMENT ON COLUMN build_serials.batch_number IS 'Batch number where the unit has no serial number.';
COMMENT ON COLUMN build_serials.software_version IS 'Software version of a touchscreen.';
COMMENT ON COLUMN build_serials.qe_code IS 'Code QE on the label of the unit.';
COMMENT ON COLUMN build_serials.qfu_code IS 'Code QFU on the label of the unit.';
COMMENT ON COLUMN build_serials.capture_method IS 'SCAN or HAND.';
COMMENT ON COLUMN build_serials.captured_by IS 'Who captured it.';
COMMENT ON COLUMN build_serials.captured_at IS 'When it was captured.';
COMMENT ON COLUMN build_serials.replaces_id IS 'The row whose place it takes.';
COMMENT ON COLUMN build_serials.removed_at IS 'When the unit was taken out or the row corrected; null while it holds.';
COMMENT ON COLUMN build_serials.removed_by IS 'Who took it out or corrected it.';
COMMENT ON COLUMN build_serials.removal_kind IS 'REPLACED (another unit) or CORRECTED (the same unit, written wrongly).';
COMMENT ON COLUMN build_serials.removal_reason IS 'Why.';

CREATE TABLE outsourced_lines (
  outsourced_line_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  bom_id bigint NOT NULL,
  line_number integer NOT NULL,
  item_code text COLLATE "C" NOT NULL,
  item_name text NOT NULL,
  component_group text,
  quantity numeric(18, 4) NOT NULL CHECK (quantity > 0),
  quantity_received numeric(18, 4) NOT NULL DEFAULT 0 CHECK (quantity_received >= 0),
  supplier_id bigint REFERENCES suppliers ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'PENDING_ORDER' CHECK (state IN ('PENDING_ORDER', 'ORDERED', 'IN_TRANSIT', 'RECEIVED', 'DELAYED', 'CANCELLED')),
  is_proposed boolean NOT NULL DEFAULT false,
  expected_on date,
  tracking_number text,
  notes text,
  flag_reason text,
  state_reason text,
  ordered_on date,
  received_on date,
  received_by bigint REFERENCES users ON DELETE RESTRICT,
  row_version integer NOT NULL DEFAULT 1,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (bom_id, line_number) REFERENCES bom_line_items ON DELETE RESTRICT,
  CHECK (quantity_received <= quantity),
  CHECK (state NOT IN ('ORDERED', 'IN_TRANSIT', 'DELAYED', 'RECEIVED') OR (supplier_id IS NOT NULL AND expected_on IS NOT NULL)),
  CHECK (state <> 'CANCELLED' OR state_reason IS NOT NULL),
  CHECK ((state = 'RECEIVED') = (quantity_received = quantity)),
  CHECK ((state = 'RECEIVED') <= (received_on IS NOT NULL))
);
CREATE UNIQUE INDEX outsourced_lines_line_idx ON outsourced_lines (bom_id, line_number) WHERE state <> 'CANCELLED';
CREATE INDEX outsourced_lines_bom_line_idx ON outsourced_lines (bom_id, line_number);
CREATE INDEX outsourced_lines_build_id_idx ON outsourced_lines (build_id);
CREATE INDEX outsourced_lines_supplier_id_idx ON outsourced_lines (supplier_id) WHERE supplier_id IS NOT NULL;
CREATE INDEX outsourced_lines_expected_idx ON outsourced_lines (expected_on) WHERE state IN ('PENDING_ORDER', 'ORDERED', 'IN_TRANSIT', 'DELAYED');
CREATE INDEX outsourced_lines_received_by_idx ON outsourced_lines (received_by) WHERE received_by IS NOT NULL;
CREATE INDEX outsourced_lines_created_by_idx ON outsourced_lines (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE outsourced_lines IS 'Lines of a BOM that go to an external shop, with what was ordered and what came back.';
COMMENT ON COLUMN outsourced_lines.outsourced_line_id IS 'Key.';
COMMENT ON COLUMN outsourced_lines.build_id IS 'The build.';
COMMENT ON COLUMN outsourced_lines.bom_id IS 'The BOM of the line.';
COMMENT ON COLUMN outsourced_lines.line_number IS 'The line.';
COMMENT ON COLUMN outsourced_lines.item_code IS 'Code of the item.';
COMMENT ON COLUMN outsourced_lines.item_name IS 'Name of the item.';
COMMENT ON COLUMN outsourced_lines.component_group IS 'Group of the line: body, legs, feet…';
COMMENT ON COLUMN outsourced_lines.quantity IS 'Quantity sent out, in the unit of the line.';
COMMENT ON COLUMN outsourced_lines.quantity_received IS 'Quantity that came back.';
COMMENT ON COLUMN outsourced_lines.supplier_id IS 'The external shop.';
COMMENT ON COLUMN outsourced_lines.state IS 'PENDING_ORDER, ORDERED, IN_TRANSIT, RECEIVED, DELAYED or CANCELLED.';
COMMENT ON COLUMN outsourced_lines.is_proposed IS 'True if it was pre-marked (legs and feet kits), false if a person marked it.';
COMMENT ON COLUMN outsourced_lines.expected_on IS 'Day on which it is expected.';
COMMENT ON COLUMN outsourced_lines.tracking_number IS 'The carrier''s or shop''s number.';
COMMENT ON COLUMN outsourced_lines.notes IS 'Free text.';
COMMENT ON COLUMN outsourced_lines.flag_reason IS 'Set when the build was cancelled or changed while the line was out: somebody must call the shop.';
COMMENT ON COLUMN outsourced_lines.state_reason IS 'Why it was cancelled or is late.';
COMMENT ON COLUMN outsourced_lines.ordered_on IS 'Day on which it was ordered.';
COMMENT ON COLUMN outsourced_lines.received_on IS 'Day on which the last of it was received.';
COMMENT ON COLUMN outsourced_lines.received_by IS 'Who received it.';
COMMENT ON COLUMN outsourced_lines.row_version IS 'Grows by one with every change.';
COMMENT ON COLUMN outsourced_lines.created_by IS 'Who marked it.';
COMMENT ON COLUMN outsourced_lines.created_at IS 'When the row was made.';
COMMENT ON COLUMN outsourced_lines.updated_at IS 'When the row was last changed.';

CREATE TABLE outsourcing_statements (
  outsourcing_statement_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  bom_id bigint NOT NULL REFERENCES boms ON DELETE RESTRICT,
  reason text,
  stated_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  stated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  withdrawn_at timestamptz,
  withdrawn_by bigint REFERENCES users ON DELETE RESTRICT,
  CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE UNIQUE INDEX outsourcing_statements_build_id_idx ON outsourcing_statements (build_id) WHERE withdrawn_at IS NULL;
CREATE INDEX outsourcing_statements_history_idx ON outsourcing_statements (build_id, outsourcing_statement_id);
CREATE INDEX outsourcing_statements_bom_id_idx ON outsourcing_statements (bom_id);
CREATE INDEX outsourcing_statements_stated_by_idx ON outsourcing_statements (stated_by);
CREATE INDEX outsourcing_statements_withdrawn_by_idx ON outsourcing_statements (withdrawn_by) WHERE withdrawn_by IS NOT NULL;
COMMENT ON TABLE outsourcing_statements IS 'Statements that nothing of a build is outsourced, append-only but for their withdrawal.';
COMMENT ON COLUMN outsourcing_statements.outsourcing_statement_id IS 'Key.';
COMMENT ON COLUMN outsourcing_statements.build_id IS 'The build.';
COMMENT ON COLUMN outsourcing_statements.bom_id IS 'The BOM it was stated for.';
COMMENT ON COLUMN outsourcing_statements.reason IS 'Why nothing goes out, in particular why legs and feet do not.';
COMMENT ON COLUMN outsourcing_statements.stated_by IS 'Who stated it.';
COMMENT ON COLUMN outsourcing_statements.stated_at IS 'When.';
COMMENT ON COLUMN outsourcing_statements.withdrawn_at IS 'When a line was marked after all; null while it holds.';
COMMENT ON COLUMN outsourcing_statements.withdrawn_by IS 'Who marked that line.';

CREATE TYPE wanted_task AS (
  task_template_id bigint, content_key text, occurrence integer, sequence integer, sequence_label text, title text,
  element_list text, element_place integer, element_number integer, planned_minutes integer
);
COMMENT ON TYPE wanted_task IS 'A task that configuration and templates ask for, before it is compared with those a build has.';
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
CREATE INDEX qc_inspections_state_idx ON qc_inspections (state, qc_inspection_id);
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

ALTER TABLE production_tasks ADD FOREIGN KEY (nonconformity_id) REFERENCES nonconformities ON DELETE RESTRICT;
