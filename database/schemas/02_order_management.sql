-- Orders: customers, orders with their eight phases, items, builds (one physical sink each), history and metrics.
--
-- Columns that name a person or a configuration get their foreign keys in 03 and 04, where those tables are made.

CREATE FUNCTION phase_position(phase text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_position(ARRAY['DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED'], phase)
$$;
COMMENT ON FUNCTION phase_position(text) IS 'Place of a phase in the life of an order, 1 (DRAFT) to 8 (DELIVERED); null for any other word.';

CREATE SEQUENCE order_number_sequence;
COMMENT ON SEQUENCE order_number_sequence IS 'Source of order numbers; a rolled-back order leaves a gap.';

CREATE TABLE site_settings (
  setting_code text COLLATE "C" PRIMARY KEY CHECK (setting_code ~ '^[a-z][a-z0-9_]*$'),
  value jsonb NOT NULL,
  description text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE site_settings IS 'Settings of the plant: name, time zone, currency, switches.';
COMMENT ON COLUMN site_settings.setting_code IS 'Name of the setting.';
COMMENT ON COLUMN site_settings.value IS 'Its value, JSON.';
COMMENT ON COLUMN site_settings.description IS 'What it does.';
COMMENT ON COLUMN site_settings.updated_at IS 'When it was last changed.';

CREATE TABLE customers (
  customer_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_code text COLLATE "C" NOT NULL UNIQUE CHECK (customer_code = upper(btrim(customer_code)) AND customer_code <> ''),
  name text NOT NULL CHECK (length(btrim(name)) >= 3),
  language text NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'FR', 'ES')),
  is_active boolean NOT NULL DEFAULT true,
  notes text,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE customers IS 'Organisations that order. Contact persons live apart, with their own protection.';
COMMENT ON COLUMN customers.customer_id IS 'Key.';
COMMENT ON COLUMN customers.customer_code IS 'Natural code, upper case.';
COMMENT ON COLUMN customers.name IS 'Name of the organisation, at least three characters.';
COMMENT ON COLUMN customers.language IS 'Language of its documents unless an order says otherwise.';
COMMENT ON COLUMN customers.is_active IS 'False for a customer that may not order.';
COMMENT ON COLUMN customers.notes IS 'Free text.';
COMMENT ON COLUMN customers.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN customers.created_by IS 'Who made the row.';
COMMENT ON COLUMN customers.created_at IS 'When the row was made.';
COMMENT ON COLUMN customers.updated_at IS 'When the row was last changed.';

CREATE TABLE orders (
  order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_number text COLLATE "C" NOT NULL UNIQUE CHECK (order_number <> ''),
  customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT,
  po_number text CHECK (length(btrim(po_number)) >= 3),
  project_name text CHECK (length(btrim(project_name)) >= 3),
  sales_person text CHECK (length(btrim(sales_person)) >= 3),
  sales_person_id bigint,
  want_date date,
  language text NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'FR', 'ES')),
  family_code text COLLATE "C" NOT NULL DEFAULT 'MDRD',
  quantity integer CHECK (quantity >= 1),
  notes text,
  phase text NOT NULL DEFAULT 'DRAFT' CHECK (phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED')),
  phase_entered_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'ON_HOLD', 'CANCELLED')),
  state_reason text,
  state_changed_at timestamptz,
  hold_kind text CHECK (hold_kind IN ('GENERAL', 'QUALITY', 'PARTS')),
  held_by bigint,
  accessories_reviewed_by bigint,
  accessories_reviewed_at timestamptz,
  submitted_by bigint,
  submitted_at timestamptz,
  approved_by bigint,
  approved_at timestamptz,
  carrier text,
  tracking_number text,
  dispatched_on date,
  delivered_on date,
  row_version integer NOT NULL DEFAULT 1,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'ON_HOLD' OR (state_reason IS NOT NULL AND hold_kind IS NOT NULL)),
  CHECK (state <> 'CANCELLED' OR state_reason IS NOT NULL),
  CHECK (delivered_on >= dispatched_on)
);
CREATE UNIQUE INDEX orders_po_number_idx ON orders (customer_id, upper(btrim(po_number))) WHERE po_number IS NOT NULL AND state <> 'CANCELLED';
CREATE INDEX orders_customer_id_idx ON orders (customer_id, created_at DESC);
CREATE INDEX orders_sales_person_id_idx ON orders (sales_person_id) WHERE sales_person_id IS NOT NULL;
CREATE INDEX orders_created_at_idx ON orders (created_at DESC, order_id DESC);
CREATE INDEX orders_created_by_idx ON orders (created_by);
CREATE INDEX orders_held_by_idx ON orders (held_by) WHERE held_by IS NOT NULL;
CREATE INDEX orders_accessories_reviewed_by_idx ON orders (accessories_reviewed_by) WHERE accessories_reviewed_by IS NOT NULL;
CREATE INDEX orders_submitted_by_idx ON orders (submitted_by) WHERE submitted_by IS NOT NULL;
CREATE INDEX orders_approved_by_idx ON orders (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX customers_created_by_idx ON customers (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE orders IS 'Customer orders. The phase moves only through transition_order; every change of phase or state is a row of order_status_history.';
COMMENT ON COLUMN orders.order_id IS 'Key.';
COMMENT ON COLUMN orders.order_number IS 'Number given by generate_order_number(), for example TRV-2026-000123.';
COMMENT ON COLUMN orders.customer_id IS 'Who ordered.';
COMMENT ON COLUMN orders.po_number IS 'The customer''s purchase order number, unique per customer.';
COMMENT ON COLUMN orders.project_name IS 'The customer''s project.';
COMMENT ON COLUMN orders.sales_person IS 'Who sells, as printed on papers.';
COMMENT ON COLUMN orders.sales_person_id IS 'Who sells, when this is a user.';
COMMENT ON COLUMN orders.want_date IS 'Date on which the customer wants delivery.';
COMMENT ON COLUMN orders.language IS 'Language of the documents: EN, FR or ES; selects the manual kit (product.md R01-R03).';
COMMENT ON COLUMN orders.family_code IS 'Product family.';
COMMENT ON COLUMN orders.quantity IS 'Number of sinks ordered; must equal the number of builds before configuration.';
COMMENT ON COLUMN orders.notes IS 'Free text of the order form.';
COMMENT ON COLUMN orders.phase IS 'DRAFT, CONFIGURATION, APPROVAL, PRODUCTION, QUALITY_CONTROL, PACKAGING, SHIPPING or DELIVERED.';
COMMENT ON COLUMN orders.phase_entered_at IS 'When it entered its phase.';
COMMENT ON COLUMN orders.state IS 'ACTIVE, ON_HOLD or CANCELLED.';
COMMENT ON COLUMN orders.state_reason IS 'Why it is on hold or cancelled.';
COMMENT ON COLUMN orders.state_changed_at IS 'When its state last changed.';
COMMENT ON COLUMN orders.hold_kind IS 'GENERAL, QUALITY or PARTS while on hold.';
COMMENT ON COLUMN orders.held_by IS 'Who put it on hold.';
COMMENT ON COLUMN orders.accessories_reviewed_by IS 'Who confirmed that the accessories were reviewed.';
COMMENT ON COLUMN orders.accessories_reviewed_at IS 'When the accessories were reviewed.';
COMMENT ON COLUMN orders.submitted_by IS 'Who submitted it for approval; may not approve it.';
COMMENT ON COLUMN orders.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN orders.approved_by IS 'Who approved it.';
COMMENT ON COLUMN orders.approved_at IS 'When it was approved.';
COMMENT ON COLUMN orders.carrier IS 'Carrier of the shipment.';
COMMENT ON COLUMN orders.tracking_number IS 'The carrier''s tracking number.';
COMMENT ON COLUMN orders.dispatched_on IS 'Date of dispatch.';
COMMENT ON COLUMN orders.delivered_on IS 'Date of delivery, not before dispatch.';
COMMENT ON COLUMN orders.row_version IS 'Grows by one with every step and every change of the form; callers say which one they saw.';
COMMENT ON COLUMN orders.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN orders.created_by IS 'Who made the order.';
COMMENT ON COLUMN orders.created_at IS 'When it was made.';
COMMENT ON COLUMN orders.updated_at IS 'When it was last changed.';

CREATE TABLE order_items (
  order_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  position integer NOT NULL CHECK (position >= 1),
  family_code text COLLATE "C" NOT NULL DEFAULT 'MDRD',
  product_variant_id bigint REFERENCES product_variants ON DELETE RESTRICT,
  description text,
  quantity integer NOT NULL DEFAULT 1 CHECK (quantity >= 1),
  UNIQUE (order_id, position)
);
CREATE INDEX order_items_product_variant_id_idx ON order_items (product_variant_id) WHERE product_variant_id IS NOT NULL;
COMMENT ON TABLE order_items IS 'Lines of an order: so many sinks of one kind. Each sink is a build with its own configuration.';
COMMENT ON COLUMN order_items.order_item_id IS 'Key.';
COMMENT ON COLUMN order_items.order_id IS 'The order.';
COMMENT ON COLUMN order_items.position IS 'Line number on the order.';
COMMENT ON COLUMN order_items.family_code IS 'Product family.';
COMMENT ON COLUMN order_items.product_variant_id IS 'The preset it started from.';
COMMENT ON COLUMN order_items.description IS 'Text of the line.';
COMMENT ON COLUMN order_items.quantity IS 'Number of sinks of this line.';

CREATE TABLE build_sub_states (
  phase text NOT NULL CHECK (phase_position(phase) IS NOT NULL),
  sub_state text COLLATE "C" NOT NULL CHECK (sub_state ~ '^[A-Z][A-Z_]*$'),
  position integer NOT NULL,
  title text NOT NULL,
  PRIMARY KEY (phase, sub_state)
);
COMMENT ON TABLE build_sub_states IS 'Steps of a build inside a phase (workflow.md section 3).';
COMMENT ON COLUMN build_sub_states.phase IS 'The phase.';
COMMENT ON COLUMN build_sub_states.sub_state IS 'The step, for example IN_ASSEMBLY.';
COMMENT ON COLUMN build_sub_states.position IS 'Place in the usual course, for boards.';
COMMENT ON COLUMN build_sub_states.title IS 'The step in words.';

CREATE TABLE builds (
  build_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  order_item_id bigint REFERENCES order_items ON DELETE RESTRICT,
  build_number text COLLATE "C" NOT NULL UNIQUE CHECK (build_number = upper(btrim(build_number)) AND build_number ~ '^[A-Z0-9][A-Z0-9._/-]*$'),
  configuration_id bigint,
  bom_id bigint,
  phase text NOT NULL DEFAULT 'DRAFT' CHECK (phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED')),
  sub_state text COLLATE "C",
  sub_state_entered_at timestamptz NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'CANCELLED')),
  row_version integer NOT NULL DEFAULT 1,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (phase, sub_state) REFERENCES build_sub_states ON DELETE RESTRICT
);
CREATE INDEX builds_order_id_idx ON builds (order_id);
CREATE INDEX builds_phase_sub_state_idx ON builds (phase, sub_state);
CREATE INDEX builds_order_item_id_idx ON builds (order_item_id);
CREATE INDEX builds_configuration_id_idx ON builds (configuration_id) WHERE configuration_id IS NOT NULL;
CREATE INDEX builds_bom_id_idx ON builds (bom_id) WHERE bom_id IS NOT NULL;
COMMENT ON TABLE builds IS 'One physical sink each. The build number is unique over the whole system and never used again.';
COMMENT ON COLUMN builds.build_id IS 'Key.';
COMMENT ON COLUMN builds.order_id IS 'The order.';
COMMENT ON COLUMN builds.order_item_id IS 'The line of the order.';
COMMENT ON COLUMN builds.build_number IS 'Number typed by the coordinator; key of configuration, BOM, checklists, serials, labels.';
COMMENT ON COLUMN builds.configuration_id IS 'Its current configuration.';
COMMENT ON COLUMN builds.bom_id IS 'Its current BOM.';
COMMENT ON COLUMN builds.phase IS 'Phase of this sink; the order''s phase is that of its least advanced active build.';
COMMENT ON COLUMN builds.sub_state IS 'Step inside the phase (build_sub_states); null before PRODUCTION.';
COMMENT ON COLUMN builds.sub_state_entered_at IS 'When it entered its phase or step.';
COMMENT ON COLUMN builds.state IS 'ACTIVE or CANCELLED.';
COMMENT ON COLUMN builds.row_version IS 'Grows by one with every change of phase or state.';
COMMENT ON COLUMN builds.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN builds.created_at IS 'When the row was made.';
COMMENT ON COLUMN builds.updated_at IS 'When the row was last changed.';

CREATE TABLE build_status_history (
  build_status_history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  from_phase text,
  to_phase text NOT NULL,
  from_sub_state text,
  to_sub_state text,
  reason text,
  changed_by bigint,
  row_version integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX build_status_history_build_id_idx ON build_status_history (build_id, build_status_history_id);
CREATE INDEX build_status_history_changed_by_idx ON build_status_history (changed_by) WHERE changed_by IS NOT NULL;
COMMENT ON TABLE build_status_history IS 'Every step of a build, append-only.';
COMMENT ON COLUMN build_status_history.build_status_history_id IS 'Key.';
COMMENT ON COLUMN build_status_history.build_id IS 'The build.';
COMMENT ON COLUMN build_status_history.from_phase IS 'Phase before; null when it was made.';
COMMENT ON COLUMN build_status_history.to_phase IS 'Phase after.';
COMMENT ON COLUMN build_status_history.from_sub_state IS 'Step before.';
COMMENT ON COLUMN build_status_history.to_sub_state IS 'Step after.';
COMMENT ON COLUMN build_status_history.reason IS 'Why.';
COMMENT ON COLUMN build_status_history.changed_by IS 'Who.';
COMMENT ON COLUMN build_status_history.row_version IS 'Version of the build after the step.';
COMMENT ON COLUMN build_status_history.created_at IS 'When.';

CREATE TABLE order_status_history (
  order_status_history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  action text NOT NULL CHECK (action IN ('CREATE', 'CHANGE', 'ADVANCE', 'RETURN', 'HOLD', 'RESUME', 'CANCEL')),
  from_phase text,
  to_phase text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  reason text,
  changed_by bigint,
  changed_by_name text NOT NULL,
  row_version integer NOT NULL,
  time_in_phase interval,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (order_id, row_version)
);
CREATE INDEX order_status_history_changed_by_idx ON order_status_history (changed_by) WHERE changed_by IS NOT NULL;
COMMENT ON TABLE order_status_history IS 'Every step and change of an order, append-only: row_version runs from 1 without a gap.';
COMMENT ON COLUMN order_status_history.order_status_history_id IS 'Key.';
COMMENT ON COLUMN order_status_history.order_id IS 'The order.';
COMMENT ON COLUMN order_status_history.action IS 'CREATE, CHANGE (of the form, the builds or the shipment), ADVANCE, RETURN, HOLD, RESUME or CANCEL.';
COMMENT ON COLUMN order_status_history.from_phase IS 'Phase before; null for CREATE.';
COMMENT ON COLUMN order_status_history.to_phase IS 'Phase after.';
COMMENT ON COLUMN order_status_history.from_state IS 'State before; null for CREATE.';
COMMENT ON COLUMN order_status_history.to_state IS 'State after.';
COMMENT ON COLUMN order_status_history.reason IS 'Why, when the step asks for a reason.';
COMMENT ON COLUMN order_status_history.changed_by IS 'The user; null for work done by the database''s owner without a user.';
COMMENT ON COLUMN order_status_history.changed_by_name IS 'Printed name at that time.';
COMMENT ON COLUMN order_status_history.row_version IS 'Version of the order after the step.';
COMMENT ON COLUMN order_status_history.time_in_phase IS 'How long the order had been in the phase it left.';
COMMENT ON COLUMN order_status_history.created_at IS 'When.';

CREATE TABLE workflow_guards (
  guard_code text COLLATE "C" PRIMARY KEY CHECK (guard_code ~ '^[a-z][a-z_]*$'),
  title text NOT NULL,
  description text NOT NULL,
  earliest_phase text NOT NULL CHECK (phase_position(earliest_phase) IS NOT NULL),
  earliest_sub_state text COLLATE "C",
  is_addable boolean NOT NULL,
  FOREIGN KEY (earliest_phase, earliest_sub_state) REFERENCES build_sub_states ON DELETE RESTRICT
);
CREATE INDEX workflow_guards_earliest_sub_state_idx ON workflow_guards (earliest_phase, earliest_sub_state);
COMMENT ON TABLE workflow_guards IS 'Conditions that a step of the workflow may ask for. Each binds as soon as the function guard_<guard_code>(order_id) or build_guard_<guard_code>(build_id) exists.';
COMMENT ON COLUMN workflow_guards.guard_code IS 'Name; the function is guard_<guard_code> where it looks at the order, build_guard_<guard_code> where it looks at a build.';
COMMENT ON COLUMN workflow_guards.title IS 'What must hold, in a few words.';
COMMENT ON COLUMN workflow_guards.description IS 'What is looked at, and where the rule comes from.';
COMMENT ON COLUMN workflow_guards.earliest_phase IS 'First phase in which it can hold. A step that leaves an earlier one may not ask for it: nothing could ever pass.';
COMMENT ON COLUMN workflow_guards.earliest_sub_state IS 'First step of a build inside that phase at which it can hold; null where it can from the beginning of the phase.';
COMMENT ON COLUMN workflow_guards.is_addable IS 'False for what only some orders and builds can show (a rejection, an external shop): it stays with the steps that ship with it.';

CREATE TABLE order_workflow_rules (
  order_workflow_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_phase text NOT NULL CHECK (phase_position(from_phase) IS NOT NULL),
  to_phase text NOT NULL CHECK (phase_position(to_phase) IS NOT NULL),
  action text NOT NULL CHECK (action IN ('ADVANCE', 'RETURN')),
  title text NOT NULL,
  permission text NOT NULL,
  guards text[] NOT NULL DEFAULT '{}',
  requires_reason boolean NOT NULL DEFAULT false,
  separate_from text CHECK (separate_from IN ('SUBMITTER', 'CREATOR', 'BUILDER')),
  signature_meaning text,
  exit_sub_states text[] NOT NULL DEFAULT '{}',
  entry_sub_state text,
  build_event_type text COLLATE "C" CHECK (build_event_type ~ '^[a-z_]+\.[a-z_]+$'),
  target_hours numeric(10, 2) CHECK (target_hours > 0),
  automatic_actions text[] NOT NULL DEFAULT '{}',
  is_active boolean NOT NULL DEFAULT true,
  product_title text NOT NULL,
  product_guards text[] NOT NULL DEFAULT '{}',
  product_requires_reason boolean NOT NULL DEFAULT false,
  product_separate_from text,
  product_signature_meaning text,
  is_optional boolean NOT NULL DEFAULT false,
  row_version integer NOT NULL DEFAULT 1,
  UNIQUE (from_phase, to_phase),
  CHECK (product_guards <@ guards),
  CHECK (requires_reason OR NOT product_requires_reason),
  CHECK (product_separate_from IS NULL OR separate_from IS NOT DISTINCT FROM product_separate_from),
  CHECK (product_signature_meaning IS NULL OR signature_meaning IS NOT DISTINCT FROM product_signature_meaning),
  CHECK (is_active OR is_optional),
  CHECK (action = 'RETURN' OR NOT is_optional),
  CHECK ((action = 'ADVANCE') = (phase_position(to_phase) = phase_position(from_phase) + 1)),
  CHECK ((action = 'RETURN') = (phase_position(to_phase) < phase_position(from_phase)))
);
COMMENT ON TABLE order_workflow_rules IS 'The steps an order may take (workflow.md section 4). What has no row is not possible; no phase can be skipped.';
COMMENT ON COLUMN order_workflow_rules.order_workflow_rule_id IS 'Key.';
COMMENT ON COLUMN order_workflow_rules.from_phase IS 'Phase it leaves.';
COMMENT ON COLUMN order_workflow_rules.to_phase IS 'Phase it enters.';
COMMENT ON COLUMN order_workflow_rules.action IS 'ADVANCE (exactly one phase) or RETURN.';
COMMENT ON COLUMN order_workflow_rules.title IS 'The step in words.';
COMMENT ON COLUMN order_workflow_rules.permission IS 'Permission the person needs.';
COMMENT ON COLUMN order_workflow_rules.guards IS 'Guards that must all hold (workflow_guards).';
COMMENT ON COLUMN order_workflow_rules.requires_reason IS 'True if a reason must be given.';
COMMENT ON COLUMN order_workflow_rules.separate_from IS 'Whose step it may not be: SUBMITTER or CREATOR of the order, BUILDER (anyone who worked on the build).';
COMMENT ON COLUMN order_workflow_rules.signature_meaning IS 'Meaning of the signature that the step gives; null where nobody signs.';
COMMENT ON COLUMN order_workflow_rules.exit_sub_states IS 'Steps from which a build may take this step; empty for any.';
COMMENT ON COLUMN order_workflow_rules.entry_sub_state IS 'Step in which a build enters the phase.';
COMMENT ON COLUMN order_workflow_rules.build_event_type IS 'Event of the outbox for each build that takes the step, beside order.advance or order.return for the order; null where nobody waits for it.';
COMMENT ON COLUMN order_workflow_rules.target_hours IS 'Working time planned for the phase left, in hours.';
COMMENT ON COLUMN order_workflow_rules.automatic_actions IS 'Functions that run after the step, in this order.';
COMMENT ON COLUMN order_workflow_rules.is_active IS 'False takes the step away.';
COMMENT ON COLUMN order_workflow_rules.product_title IS 'The step in words as the product ships it; where title is the same, pages say it in the language of the reader.';
COMMENT ON COLUMN order_workflow_rules.product_guards IS 'Guards that the product asks for: more may be added, these are never taken off.';
COMMENT ON COLUMN order_workflow_rules.product_requires_reason IS 'True if the product asks for a reason: that stays.';
COMMENT ON COLUMN order_workflow_rules.product_separate_from IS 'Whose step the product says it may not be: that stays.';
COMMENT ON COLUMN order_workflow_rules.product_signature_meaning IS 'Meaning of the signature that the product asks for: that stays. Null where the plant may ask for one.';
COMMENT ON COLUMN order_workflow_rules.is_optional IS 'True for a step that may be taken away: whatever stands before it has another way on.';
COMMENT ON COLUMN order_workflow_rules.row_version IS 'Rises with every released change.';

CREATE TABLE build_workflow_rules (
  build_workflow_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  phase text NOT NULL,
  from_sub_state text COLLATE "C" NOT NULL,
  to_sub_state text COLLATE "C" NOT NULL CHECK (to_sub_state <> from_sub_state),
  title text NOT NULL,
  permission text NOT NULL,
  guards text[] NOT NULL DEFAULT '{}',
  requires_reason boolean NOT NULL DEFAULT false,
  separate_from text CHECK (separate_from IN ('BUILDER')),
  signature_meaning text,
  event_type text COLLATE "C" CHECK (event_type ~ '^[a-z_]+\.[a-z_]+$'),
  is_active boolean NOT NULL DEFAULT true,
  product_title text NOT NULL,
  product_guards text[] NOT NULL DEFAULT '{}',
  product_requires_reason boolean NOT NULL DEFAULT false,
  product_separate_from text,
  product_signature_meaning text,
  is_optional boolean NOT NULL DEFAULT false,
  row_version integer NOT NULL DEFAULT 1,
  UNIQUE (phase, from_sub_state, to_sub_state),
  CHECK (product_guards <@ guards),
  CHECK (requires_reason OR NOT product_requires_reason),
  CHECK (product_separate_from IS NULL OR separate_from IS NOT DISTINCT FROM product_separate_from),
  CHECK (product_signature_meaning IS NULL OR signature_meaning IS NOT DISTINCT FROM product_signature_meaning),
  CHECK (is_active OR is_optional),
  FOREIGN KEY (phase, from_sub_state) REFERENCES build_sub_states ON DELETE RESTRICT,
  FOREIGN KEY (phase, to_sub_state) REFERENCES build_sub_states ON DELETE RESTRICT
);
CREATE INDEX build_workflow_rules_to_sub_state_idx ON build_workflow_rules (phase, to_sub_state);
COMMENT ON TABLE build_workflow_rules IS 'The steps a build may take inside a phase (workflow.md section 4). Steps from phase to phase are rows of order_workflow_rules.';
COMMENT ON COLUMN build_workflow_rules.build_workflow_rule_id IS 'Key.';
COMMENT ON COLUMN build_workflow_rules.phase IS 'The phase.';
COMMENT ON COLUMN build_workflow_rules.from_sub_state IS 'Step it leaves.';
COMMENT ON COLUMN build_workflow_rules.to_sub_state IS 'Step it enters.';
COMMENT ON COLUMN build_workflow_rules.title IS 'The step in words.';
COMMENT ON COLUMN build_workflow_rules.permission IS 'Permission the person needs.';
COMMENT ON COLUMN build_workflow_rules.guards IS 'Guards that must all hold (workflow_guards).';
COMMENT ON COLUMN build_workflow_rules.requires_reason IS 'True if a reason must be given.';
COMMENT ON COLUMN build_workflow_rules.separate_from IS 'BUILDER: not by anyone who worked on the build.';
COMMENT ON COLUMN build_workflow_rules.signature_meaning IS 'Meaning of the signature that the step gives; null where nobody signs.';
COMMENT ON COLUMN build_workflow_rules.event_type IS 'Event of the outbox; null where nobody is told.';
COMMENT ON COLUMN build_workflow_rules.is_active IS 'False takes the step away.';
COMMENT ON COLUMN build_workflow_rules.product_title IS 'The step in words as the product ships it; where title is the same, pages say it in the language of the reader.';
COMMENT ON COLUMN build_workflow_rules.product_guards IS 'Guards that the product asks for: more may be added, these are never taken off.';
COMMENT ON COLUMN build_workflow_rules.product_requires_reason IS 'True if the product asks for a reason: that stays.';
COMMENT ON COLUMN build_workflow_rules.product_separate_from IS 'Whose step the product says it may not be: that stays.';
COMMENT ON COLUMN build_workflow_rules.product_signature_meaning IS 'Meaning of the signature that the product asks for: that stays. Null where the plant may ask for one.';
COMMENT ON COLUMN build_workflow_rules.is_optional IS 'True for a step that may be taken away: whatever stands before it has another way on.';
COMMENT ON COLUMN build_workflow_rules.row_version IS 'Rises with every released change.';

CREATE TABLE workflow_rule_changes (
  workflow_rule_change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_workflow_rule_id bigint REFERENCES order_workflow_rules ON DELETE RESTRICT,
  build_workflow_rule_id bigint REFERENCES build_workflow_rules ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'PROPOSED' CHECK (state IN ('PROPOSED', 'RELEASED', 'REJECTED', 'WITHDRAWN')),
  from_version integer NOT NULL,
  former_values jsonb NOT NULL CHECK (jsonb_typeof(former_values) = 'object'),
  new_values jsonb NOT NULL CHECK (jsonb_typeof(new_values) = 'object' AND new_values <> '{}'),
  reason text NOT NULL CHECK (length(btrim(reason)) >= 3),
  proposed_by bigint NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by bigint,
  decided_at timestamptz,
  decision_note text,
  CHECK (num_nonnulls(order_workflow_rule_id, build_workflow_rule_id) = 1),
  CHECK ((state = 'PROPOSED') = (decided_at IS NULL)),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK (state NOT IN ('RELEASED', 'REJECTED') OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX workflow_rule_changes_one_of_order_idx ON workflow_rule_changes (order_workflow_rule_id) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX workflow_rule_changes_one_of_build_idx ON workflow_rule_changes (build_workflow_rule_id) WHERE state = 'PROPOSED';
CREATE INDEX workflow_rule_changes_order_workflow_rule_id_idx ON workflow_rule_changes (order_workflow_rule_id, workflow_rule_change_id);
CREATE INDEX workflow_rule_changes_build_workflow_rule_id_idx ON workflow_rule_changes (build_workflow_rule_id, workflow_rule_change_id);
CREATE INDEX workflow_rule_changes_proposed_by_idx ON workflow_rule_changes (proposed_by);
CREATE INDEX workflow_rule_changes_decided_by_idx ON workflow_rule_changes (decided_by) WHERE decided_by IS NOT NULL;
COMMENT ON TABLE workflow_rule_changes IS 'Changes of steps of the workflow: proposed by one person, put in force by the signature of another. One at a time waits for each step.';
COMMENT ON COLUMN workflow_rule_changes.workflow_rule_change_id IS 'Key.';
COMMENT ON COLUMN workflow_rule_changes.order_workflow_rule_id IS 'The step of an order; null for one of a build.';
COMMENT ON COLUMN workflow_rule_changes.build_workflow_rule_id IS 'The step of a build; null for one of an order.';
COMMENT ON COLUMN workflow_rule_changes.state IS 'PROPOSED, RELEASED (in force since then), REJECTED or WITHDRAWN.';
COMMENT ON COLUMN workflow_rule_changes.from_version IS 'row_version of the step that it was made from: when that is another one, it is not released.';
COMMENT ON COLUMN workflow_rule_changes.former_values IS 'What it changes, as it was.';
COMMENT ON COLUMN workflow_rule_changes.new_values IS 'What it changes, as it is to be: title, guards, requires_reason, separate_from, signature_meaning, target_hours, is_active.';
COMMENT ON COLUMN workflow_rule_changes.reason IS 'Why it is to be changed.';
COMMENT ON COLUMN workflow_rule_changes.proposed_by IS 'Who proposed it; may not decide it.';
COMMENT ON COLUMN workflow_rule_changes.proposed_at IS 'When.';
COMMENT ON COLUMN workflow_rule_changes.decided_by IS 'Who released or rejected it, or withdrew it.';
COMMENT ON COLUMN workflow_rule_changes.decided_at IS 'When it was decided.';
COMMENT ON COLUMN workflow_rule_changes.decision_note IS 'Note of the decision.';

CREATE TABLE order_changes (
  order_change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'PROPOSED' CHECK (state IN ('PROPOSED', 'ADOPTED', 'REJECTED')),
  reason text NOT NULL CHECK (length(btrim(reason)) >= 3),
  from_configuration_id bigint NOT NULL,
  from_bom_id bigint NOT NULL,
  to_configuration_id bigint NOT NULL,
  to_bom_id bigint NOT NULL,
  difference jsonb NOT NULL CHECK (jsonb_typeof(difference) = 'array'),
  proposed_by bigint NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided_by bigint,
  decided_at timestamptz,
  decision_note text,
  is_sample boolean NOT NULL DEFAULT false,
  CHECK ((state = 'PROPOSED') = (decided_at IS NULL)),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK (decided_by <> proposed_by)
);
CREATE UNIQUE INDEX order_changes_one_proposed_idx ON order_changes (build_id) WHERE state = 'PROPOSED';
CREATE INDEX order_changes_build_id_idx ON order_changes (build_id, order_change_id);
CREATE INDEX order_changes_from_configuration_id_idx ON order_changes (from_configuration_id);
CREATE INDEX order_changes_from_bom_id_idx ON order_changes (from_bom_id);
CREATE INDEX order_changes_to_configuration_id_idx ON order_changes (to_configuration_id);
CREATE INDEX order_changes_to_bom_id_idx ON order_changes (to_bom_id);
CREATE INDEX order_changes_proposed_by_idx ON order_changes (proposed_by);
CREATE INDEX order_changes_decided_by_idx ON order_changes (decided_by) WHERE decided_by IS NOT NULL;
COMMENT ON TABLE order_changes IS 'Changes of a build after its approval (workflow.md section 4): another configuration and BOM, with their difference, decided by a second person.';
COMMENT ON COLUMN order_changes.order_change_id IS 'Key.';
COMMENT ON COLUMN order_changes.build_id IS 'The build.';
COMMENT ON COLUMN order_changes.state IS 'PROPOSED, ADOPTED or REJECTED.';
COMMENT ON COLUMN order_changes.reason IS 'Why it is to be changed.';
COMMENT ON COLUMN order_changes.from_configuration_id IS 'Configuration before.';
COMMENT ON COLUMN order_changes.from_bom_id IS 'BOM before.';
COMMENT ON COLUMN order_changes.to_configuration_id IS 'Configuration after.';
COMMENT ON COLUMN order_changes.to_bom_id IS 'BOM after.';
COMMENT ON COLUMN order_changes.difference IS 'Top lines added, changed or removed.';
COMMENT ON COLUMN order_changes.proposed_by IS 'Who proposed it; may not decide it.';
COMMENT ON COLUMN order_changes.proposed_at IS 'When.';
COMMENT ON COLUMN order_changes.decided_by IS 'Who adopted or rejected it.';
COMMENT ON COLUMN order_changes.decided_at IS 'When it was decided.';
COMMENT ON COLUMN order_changes.decision_note IS 'Note of the decision.';
COMMENT ON COLUMN order_changes.is_sample IS 'True for rows of the shipped sample data.';

CREATE TABLE order_attachments (
  order_attachment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  attachment_kind text NOT NULL CHECK (attachment_kind IN ('PO_DOCUMENT', 'ORDER_CONFIRMATION', 'SINK_DRAWING', 'CUSTOM_PART_DRAWING', 'PHOTO', 'OTHER')),
  file_name text NOT NULL CHECK (btrim(file_name) <> '' AND file_name !~ '[/\\[:cntrl:]]'),
  media_type text NOT NULL DEFAULT 'application/octet-stream' CHECK (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  byte_size bigint CHECK (byte_size >= 0),
  sha256 text COLLATE "C" CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  replaces_id bigint REFERENCES order_attachments ON DELETE RESTRICT,
  note text,
  approved_by bigint,
  approved_at timestamptz,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((approved_at IS NULL) = (approved_by IS NULL))
);
CREATE INDEX order_attachments_order_id_idx ON order_attachments (order_id, attachment_kind);
CREATE UNIQUE INDEX order_attachments_version_idx ON order_attachments (order_id, build_id, attachment_kind, file_name, version) NULLS NOT DISTINCT;
CREATE INDEX order_attachments_build_id_idx ON order_attachments (build_id) WHERE build_id IS NOT NULL;
CREATE UNIQUE INDEX order_attachments_replaces_id_idx ON order_attachments (replaces_id) WHERE replaces_id IS NOT NULL;
CREATE INDEX order_attachments_approved_by_idx ON order_attachments (approved_by) WHERE approved_by IS NOT NULL;
CREATE INDEX order_attachments_created_by_idx ON order_attachments (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE order_attachments IS 'Files that belong to an order or build: what they are and their hash.';
COMMENT ON COLUMN order_attachments.order_attachment_id IS 'Key.';
COMMENT ON COLUMN order_attachments.order_id IS 'The order.';
COMMENT ON COLUMN order_attachments.build_id IS 'The build, when the file belongs to one sink.';
COMMENT ON COLUMN order_attachments.attachment_kind IS 'PO_DOCUMENT, ORDER_CONFIRMATION, SINK_DRAWING, CUSTOM_PART_DRAWING, PHOTO or OTHER.';
COMMENT ON COLUMN order_attachments.file_name IS 'Name of the file, without a path.';
COMMENT ON COLUMN order_attachments.media_type IS 'Media type, for example application/pdf.';
COMMENT ON COLUMN order_attachments.byte_size IS 'Size in bytes.';
COMMENT ON COLUMN order_attachments.sha256 IS 'SHA-256 of the content, hexadecimal.';
COMMENT ON COLUMN order_attachments.version IS 'Version, from 1.';
COMMENT ON COLUMN order_attachments.replaces_id IS 'The version it replaces.';
COMMENT ON COLUMN order_attachments.note IS 'Free text.';
COMMENT ON COLUMN order_attachments.approved_by IS 'Who approved it (drawings).';
COMMENT ON COLUMN order_attachments.approved_at IS 'When it was approved.';
COMMENT ON COLUMN order_attachments.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN order_attachments.created_by IS 'Who added it.';
COMMENT ON COLUMN order_attachments.created_at IS 'When it was added.';

CREATE TABLE order_notes (
  order_note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  body text NOT NULL CHECK (btrim(body) <> ''),
  is_urgent boolean NOT NULL DEFAULT false,
  is_pinned boolean NOT NULL DEFAULT false,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_notes_order_id_idx ON order_notes (order_id, created_at DESC);
CREATE INDEX order_notes_build_id_idx ON order_notes (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX order_notes_created_by_idx ON order_notes (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE order_notes IS 'Communication about an order, with time and author.';
COMMENT ON COLUMN order_notes.order_note_id IS 'Key.';
COMMENT ON COLUMN order_notes.order_id IS 'The order.';
COMMENT ON COLUMN order_notes.build_id IS 'The build, when it is about one sink.';
COMMENT ON COLUMN order_notes.body IS 'The text.';
COMMENT ON COLUMN order_notes.is_urgent IS 'True if marked urgent.';
COMMENT ON COLUMN order_notes.is_pinned IS 'True if kept on top.';
COMMENT ON COLUMN order_notes.created_by IS 'Author.';
COMMENT ON COLUMN order_notes.created_at IS 'When it was written.';
COMMENT ON COLUMN order_notes.updated_at IS 'When it was last changed.';

CREATE TABLE order_metrics (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  phase text NOT NULL CHECK (phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED')),
  visits integer NOT NULL DEFAULT 1,
  entered_at timestamptz NOT NULL,
  left_at timestamptz,
  hours_in_phase numeric(14, 4) NOT NULL DEFAULT 0,
  hours_on_hold numeric(14, 4) NOT NULL DEFAULT 0,
  hold_started_at timestamptz,
  PRIMARY KEY (order_id, phase)
);
COMMENT ON TABLE order_metrics IS 'How long an order spent in each phase, kept in the same transaction as the change.';
COMMENT ON COLUMN order_metrics.order_id IS 'The order.';
COMMENT ON COLUMN order_metrics.phase IS 'The phase.';
COMMENT ON COLUMN order_metrics.visits IS 'How often it entered the phase.';
COMMENT ON COLUMN order_metrics.entered_at IS 'When it last entered.';
COMMENT ON COLUMN order_metrics.left_at IS 'When it last left; null while it is there.';
COMMENT ON COLUMN order_metrics.hours_in_phase IS 'Hours spent in finished visits, holds included.';
COMMENT ON COLUMN order_metrics.hours_on_hold IS 'Hours of them on hold.';
COMMENT ON COLUMN order_metrics.hold_started_at IS 'When the running hold began.';

-- Stock that has to do with builds; the rest of it is in 01.

CREATE TABLE stock_reservations (
  stock_reservation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  item_key text COLLATE "C" NOT NULL REFERENCES stock_balances ON DELETE RESTRICT,
  quantity_required numeric(18, 4) NOT NULL CHECK (quantity_required > 0),
  quantity_reserved numeric(18, 4) NOT NULL DEFAULT 0 CHECK (quantity_reserved >= 0),
  quantity_issued numeric(18, 4) NOT NULL DEFAULT 0 CHECK (quantity_issued >= 0),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CLOSED')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (build_id, item_key),
  CHECK (state = 'OPEN' OR quantity_reserved = 0)
);
CREATE INDEX stock_reservations_item_key_idx ON stock_reservations (item_key, stock_reservation_id) WHERE state = 'OPEN';
CREATE INDEX stock_reservations_item_key_all_idx ON stock_reservations (item_key);
COMMENT ON TABLE stock_reservations IS 'What a build needs of each item without components, how much of it is promised and how much was issued.';
COMMENT ON COLUMN stock_reservations.stock_reservation_id IS 'Key; the older reservation is served first.';
COMMENT ON COLUMN stock_reservations.build_id IS 'The build.';
COMMENT ON COLUMN stock_reservations.item_key IS 'The item.';
COMMENT ON COLUMN stock_reservations.quantity_required IS 'Needed by its BOM, in the item''s unit.';
COMMENT ON COLUMN stock_reservations.quantity_reserved IS 'Promised to the build and not yet issued.';
COMMENT ON COLUMN stock_reservations.quantity_issued IS 'Handed out to the build.';
COMMENT ON COLUMN stock_reservations.state IS 'OPEN, or CLOSED when the build was cancelled or needs it no longer.';
COMMENT ON COLUMN stock_reservations.created_at IS 'When it was made.';
COMMENT ON COLUMN stock_reservations.updated_at IS 'When it last changed.';

CREATE TABLE stock_moves (
  stock_move_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  move_kind text NOT NULL CHECK (move_kind IN ('RECEIPT', 'ISSUE', 'RETURN', 'TRANSFER', 'COUNT', 'SCRAP')),
  item_key text COLLATE "C" NOT NULL REFERENCES stock_balances ON DELETE RESTRICT,
  stock_lot_id bigint REFERENCES stock_lots ON DELETE RESTRICT,
  quantity numeric(18, 4) NOT NULL CHECK (quantity > 0),
  from_location_id bigint REFERENCES stock_locations ON DELETE RESTRICT,
  to_location_id bigint REFERENCES stock_locations ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  reference text,
  reason text,
  is_sample boolean NOT NULL DEFAULT false,
  moved_by bigint,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (CASE move_kind
           WHEN 'RECEIPT' THEN from_location_id IS NULL AND to_location_id IS NOT NULL
           WHEN 'ISSUE' THEN from_location_id IS NOT NULL AND to_location_id IS NULL AND build_id IS NOT NULL
           WHEN 'RETURN' THEN from_location_id IS NULL AND to_location_id IS NOT NULL AND build_id IS NOT NULL
           WHEN 'TRANSFER' THEN from_location_id <> to_location_id
           WHEN 'COUNT' THEN num_nonnulls(from_location_id, to_location_id) = 1 AND reason IS NOT NULL
           ELSE from_location_id IS NOT NULL AND to_location_id IS NULL AND reason IS NOT NULL END)
);
CREATE INDEX stock_moves_item_key_idx ON stock_moves (item_key, stock_move_id);
CREATE INDEX stock_moves_stock_lot_id_idx ON stock_moves (stock_lot_id, stock_move_id) WHERE stock_lot_id IS NOT NULL;
CREATE INDEX stock_moves_from_location_id_idx ON stock_moves (from_location_id) WHERE from_location_id IS NOT NULL;
CREATE INDEX stock_moves_to_location_id_idx ON stock_moves (to_location_id) WHERE to_location_id IS NOT NULL;
CREATE INDEX stock_moves_build_id_idx ON stock_moves (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX stock_moves_moved_by_idx ON stock_moves (moved_by) WHERE moved_by IS NOT NULL;
COMMENT ON TABLE stock_moves IS 'Every movement of material, append-only; levels and balances are their sums.';
COMMENT ON COLUMN stock_moves.stock_move_id IS 'Key.';
COMMENT ON COLUMN stock_moves.move_kind IS 'RECEIPT, ISSUE (to a build), RETURN (from a build), TRANSFER, COUNT (difference found) or SCRAP.';
COMMENT ON COLUMN stock_moves.item_key IS 'The item.';
COMMENT ON COLUMN stock_moves.stock_lot_id IS 'Its lot; null where the item is not kept by lot.';
COMMENT ON COLUMN stock_moves.quantity IS 'Quantity moved, in the item''s unit.';
COMMENT ON COLUMN stock_moves.from_location_id IS 'Where it lay; null when it comes from outside or from a build.';
COMMENT ON COLUMN stock_moves.to_location_id IS 'Where it lies now; null when it left.';
COMMENT ON COLUMN stock_moves.build_id IS 'The build, for issues and returns.';
COMMENT ON COLUMN stock_moves.reference IS 'Paper behind it, for example a delivery note.';
COMMENT ON COLUMN stock_moves.reason IS 'Why, for counts and scrap.';
COMMENT ON COLUMN stock_moves.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN stock_moves.moved_by IS 'Who moved it.';
COMMENT ON COLUMN stock_moves.created_at IS 'When.';

CREATE SEQUENCE service_order_number_sequence;
COMMENT ON SEQUENCE service_order_number_sequence IS 'Source of numbers of service-part orders; a rolled-back order leaves a gap.';

CREATE TABLE service_orders (
  service_order_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  service_order_number text COLLATE "C" NOT NULL UNIQUE,
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'PENDING_APPROVAL', 'APPROVED', 'REJECTED', 'ORDERED', 'RECEIVED', 'CANCELLED')),
  customer_id bigint REFERENCES customers ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  note text,
  decision_note text,
  row_version integer NOT NULL DEFAULT 1,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  submitted_at timestamptz,
  decided_by bigint,
  decided_at timestamptz,
  ordered_by bigint,
  ordered_at timestamptz,
  received_by bigint,
  received_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'REJECTED' OR decision_note IS NOT NULL),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK (decided_by <> created_by)
);
CREATE INDEX service_orders_state_idx ON service_orders (state, created_at DESC);
CREATE INDEX service_orders_customer_id_idx ON service_orders (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX service_orders_build_id_idx ON service_orders (build_id) WHERE build_id IS NOT NULL;
CREATE INDEX service_orders_created_by_idx ON service_orders (created_by, created_at DESC);
CREATE INDEX service_orders_decided_by_idx ON service_orders (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX service_orders_ordered_by_idx ON service_orders (ordered_by) WHERE ordered_by IS NOT NULL;
CREATE INDEX service_orders_received_by_idx ON service_orders (received_by) WHERE received_by IS NOT NULL;
COMMENT ON TABLE service_orders IS 'Service-part orders of Customer Service (workflow.md section 9): a cart without prices, approved by procurement.';
COMMENT ON COLUMN service_orders.service_order_id IS 'Key.';
COMMENT ON COLUMN service_orders.service_order_number IS 'Number, for example SVC-2026-000017.';
COMMENT ON COLUMN service_orders.state IS 'DRAFT (the cart), PENDING_APPROVAL, APPROVED, REJECTED, ORDERED, RECEIVED or CANCELLED.';
COMMENT ON COLUMN service_orders.customer_id IS 'The customer it is for.';
COMMENT ON COLUMN service_orders.build_id IS 'The sink the parts are for.';
COMMENT ON COLUMN service_orders.note IS 'Free text of Customer Service.';
COMMENT ON COLUMN service_orders.decision_note IS 'Reason of the rejection or of reduced quantities.';
COMMENT ON COLUMN service_orders.row_version IS 'Grows by one with every step.';
COMMENT ON COLUMN service_orders.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN service_orders.created_by IS 'Whose cart it is; may not approve it.';
COMMENT ON COLUMN service_orders.created_at IS 'When it was made.';
COMMENT ON COLUMN service_orders.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN service_orders.decided_by IS 'Who approved or rejected it.';
COMMENT ON COLUMN service_orders.decided_at IS 'When it was decided.';
COMMENT ON COLUMN service_orders.ordered_by IS 'Who ordered or sent the parts.';
COMMENT ON COLUMN service_orders.ordered_at IS 'When they were ordered or sent.';
COMMENT ON COLUMN service_orders.received_by IS 'Who confirmed the receipt.';
COMMENT ON COLUMN service_orders.received_at IS 'When they were received.';
COMMENT ON COLUMN service_orders.updated_at IS 'When the row was last changed.';

CREATE TABLE service_order_items (
  service_order_item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  service_order_id bigint NOT NULL REFERENCES service_orders ON DELETE CASCADE,
  assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint REFERENCES parts ON DELETE RESTRICT,
  quantity_requested numeric(18, 4) NOT NULL CHECK (quantity_requested >= 1),
  quantity_approved numeric(18, 4) CHECK (quantity_approved >= 0 AND quantity_approved <= quantity_requested),
  note text,
  UNIQUE NULLS NOT DISTINCT (service_order_id, assembly_id, part_id),
  CHECK (num_nonnulls(assembly_id, part_id) = 1)
);
CREATE INDEX service_order_items_assembly_id_idx ON service_order_items (assembly_id) WHERE assembly_id IS NOT NULL;
CREATE INDEX service_order_items_part_id_idx ON service_order_items (part_id) WHERE part_id IS NOT NULL;
COMMENT ON TABLE service_order_items IS 'Items of a service-part order.';
COMMENT ON COLUMN service_order_items.service_order_item_id IS 'Key.';
COMMENT ON COLUMN service_order_items.service_order_id IS 'The order.';
COMMENT ON COLUMN service_order_items.assembly_id IS 'The item, when it is an assembly.';
COMMENT ON COLUMN service_order_items.part_id IS 'The item, when it is a part.';
COMMENT ON COLUMN service_order_items.quantity_requested IS 'Asked for, at least 1, in the item''s unit.';
COMMENT ON COLUMN service_order_items.quantity_approved IS 'Approved, never more than asked for.';
COMMENT ON COLUMN service_order_items.note IS 'Free text.';

CREATE TYPE guard_result AS (ok boolean, message text, link text);
COMMENT ON TYPE guard_result IS 'What a guard of the workflow says: whether it holds, why not, and where to mend it.';
