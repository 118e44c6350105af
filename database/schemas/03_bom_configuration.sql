-- Configuration and bill of materials: parameters and rules as data, configurations, BOMs, 700-series parts.
--
-- Rules belong to a rule set, which is immutable once released. Conditions are jsonpath over the parameters ($),
-- with $v (derived values), $e (element of the list a rule runs over) and $i (its place, from 0).

CREATE TABLE translations (
  entity text COLLATE "C" NOT NULL CHECK (entity ~ '^[a-z_]+$'),
  translation_key text COLLATE "C" NOT NULL,
  language text NOT NULL CHECK (language IN ('EN', 'FR', 'ES')),
  body text NOT NULL CHECK (btrim(body) <> ''),
  PRIMARY KEY (entity, translation_key, language)
);
COMMENT ON TABLE translations IS 'Labels and messages in the languages of the plant; {name} in a message is filled in.';
COMMENT ON COLUMN translations.entity IS 'What is translated: message, parameter, choice, phase…';
COMMENT ON COLUMN translations.translation_key IS 'Key within the entity.';
COMMENT ON COLUMN translations.language IS 'EN, FR or ES.';
COMMENT ON COLUMN translations.body IS 'The text.';

CREATE TABLE product_families (
  family_code text COLLATE "C" PRIMARY KEY CHECK (family_code ~ '^[A-Z][A-Z0-9_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text NOT NULL
);
COMMENT ON TABLE product_families IS 'Families of products (product.md section 1). A family without a released rule set cannot be configured.';
COMMENT ON COLUMN product_families.family_code IS 'Natural code.';
COMMENT ON COLUMN product_families.name IS 'Name shown to people.';
COMMENT ON COLUMN product_families.description IS 'What is known about it.';

ALTER TABLE product_variants ADD FOREIGN KEY (family_code) REFERENCES product_families ON DELETE RESTRICT;
ALTER TABLE orders ADD FOREIGN KEY (family_code) REFERENCES product_families ON DELETE RESTRICT;
ALTER TABLE order_items ADD FOREIGN KEY (family_code) REFERENCES product_families ON DELETE RESTRICT;
CREATE INDEX product_variants_family_code_idx ON product_variants (family_code);
CREATE INDEX orders_family_code_idx ON orders (family_code);
CREATE INDEX order_items_family_code_idx ON order_items (family_code);

CREATE TABLE rule_sets (
  rule_set_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  family_code text COLLATE "C" NOT NULL REFERENCES product_families ON DELETE RESTRICT,
  version integer NOT NULL CHECK (version >= 1),
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'RELEASED', 'SUPERSEDED')),
  note text NOT NULL DEFAULT '',
  created_by text NOT NULL DEFAULT session_user,
  created_at timestamptz NOT NULL DEFAULT now(),
  released_by text,
  released_at timestamptz,
  UNIQUE (family_code, version),
  CHECK ((state = 'DRAFT') = (released_at IS NULL))
);
CREATE UNIQUE INDEX rule_sets_one_released_idx ON rule_sets (family_code) WHERE state = 'RELEASED';
COMMENT ON TABLE rule_sets IS 'Versions of the rules of a family. A configuration keeps the rule set it was made with.';
COMMENT ON COLUMN rule_sets.rule_set_id IS 'Key.';
COMMENT ON COLUMN rule_sets.family_code IS 'The family.';
COMMENT ON COLUMN rule_sets.version IS 'Version, from 1.';
COMMENT ON COLUMN rule_sets.state IS 'DRAFT (may change), RELEASED (in force, immutable) or SUPERSEDED (immutable).';
COMMENT ON COLUMN rule_sets.note IS 'What changed and why.';
COMMENT ON COLUMN rule_sets.created_by IS 'Who made it.';
COMMENT ON COLUMN rule_sets.created_at IS 'When it was made.';
COMMENT ON COLUMN rule_sets.released_by IS 'Who released it.';
COMMENT ON COLUMN rule_sets.released_at IS 'When it was released.';

CREATE TABLE configuration_parameters (
  configuration_parameter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_set_id bigint NOT NULL REFERENCES rule_sets ON DELETE CASCADE,
  list_code text COLLATE "C" NOT NULL DEFAULT '' CHECK (list_code ~ '^([a-z][a-z_]*)?$'),
  parameter_code text COLLATE "C" NOT NULL CHECK (parameter_code ~ '^[a-z][a-z0-9_]*$'),
  value_type text NOT NULL CHECK (value_type IN ('CHOICE', 'INTEGER', 'DECIMAL', 'BOOLEAN', 'TEXT', 'ITEM', 'LIST')),
  unit_code text COLLATE "C" REFERENCES units ON DELETE RESTRICT,
  minimum numeric,
  maximum numeric,
  choices text[],
  default_value jsonb,
  suggested_value jsonb,
  is_required boolean NOT NULL DEFAULT false,
  required_when jsonpath,
  visible_when jsonpath,
  item_category_code text COLLATE "C",
  group_code text NOT NULL,
  position integer NOT NULL,
  label text NOT NULL,
  help text,
  UNIQUE (rule_set_id, list_code, parameter_code),
  CHECK ((value_type = 'CHOICE') <= (choices IS NOT NULL)),
  CHECK (value_type <> 'LIST' OR list_code = ''),
  CHECK (maximum >= minimum)
);
CREATE INDEX configuration_parameters_unit_code_idx ON configuration_parameters (unit_code) WHERE unit_code IS NOT NULL;
COMMENT ON TABLE configuration_parameters IS 'Parameters of a configuration (product.md section 3): they drive form, checks and documentation.';
COMMENT ON COLUMN configuration_parameters.configuration_parameter_id IS 'Key.';
COMMENT ON COLUMN configuration_parameters.rule_set_id IS 'The rule set it belongs to.';
COMMENT ON COLUMN configuration_parameters.list_code IS 'Code of the list whose elements have this parameter; empty for a parameter of the sink itself.';
COMMENT ON COLUMN configuration_parameters.parameter_code IS 'Name of the key in configurations.parameters.';
COMMENT ON COLUMN configuration_parameters.value_type IS 'CHOICE, INTEGER, DECIMAL, BOOLEAN, TEXT, ITEM (an item code) or LIST (of objects).';
COMMENT ON COLUMN configuration_parameters.unit_code IS 'Unit of a number.';
COMMENT ON COLUMN configuration_parameters.minimum IS 'Smallest number; for TEXT the smallest length; for LIST the smallest count.';
COMMENT ON COLUMN configuration_parameters.maximum IS 'Largest number, length or count.';
COMMENT ON COLUMN configuration_parameters.choices IS 'Values of a CHOICE, or the only codes of an ITEM.';
COMMENT ON COLUMN configuration_parameters.default_value IS 'Value stored when the key is absent.';
COMMENT ON COLUMN configuration_parameters.suggested_value IS 'Value a form starts with; never stored silently.';
COMMENT ON COLUMN configuration_parameters.is_required IS 'True if it must be given whenever it is visible.';
COMMENT ON COLUMN configuration_parameters.required_when IS 'Predicate that makes it required; null: see is_required.';
COMMENT ON COLUMN configuration_parameters.visible_when IS 'Predicate that must hold for a value to be given; null: always.';
COMMENT ON COLUMN configuration_parameters.item_category_code IS 'Category an ITEM must belong to.';
COMMENT ON COLUMN configuration_parameters.group_code IS 'Step of the configurator.';
COMMENT ON COLUMN configuration_parameters.position IS 'Place in the form.';
COMMENT ON COLUMN configuration_parameters.label IS 'English label; other languages in translations.';
COMMENT ON COLUMN configuration_parameters.help IS 'One sentence of help.';

CREATE TABLE configuration_lookups (
  configuration_lookup_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_set_id bigint NOT NULL REFERENCES rule_sets ON DELETE CASCADE,
  lookup_code text COLLATE "C" NOT NULL CHECK (lookup_code ~ '^[A-Z][A-Z_]*$'),
  key_text text,
  key_from numeric,
  key_to numeric,
  value text NOT NULL,
  CHECK ((key_text IS NULL) = (key_from IS NOT NULL)),
  CHECK ((key_from IS NULL) = (key_to IS NULL)),
  CHECK (key_to >= key_from)
);
CREATE INDEX configuration_lookups_code_idx ON configuration_lookups (rule_set_id, lookup_code, key_text);
COMMENT ON TABLE configuration_lookups IS 'Look-up tables of a rule set: from a word, or from a range of numbers (both ends included), to a value.';
COMMENT ON COLUMN configuration_lookups.configuration_lookup_id IS 'Key.';
COMMENT ON COLUMN configuration_lookups.rule_set_id IS 'The rule set it belongs to.';
COMMENT ON COLUMN configuration_lookups.lookup_code IS 'Name of the table.';
COMMENT ON COLUMN configuration_lookups.key_text IS 'The word looked up.';
COMMENT ON COLUMN configuration_lookups.key_from IS 'Lower end of the range.';
COMMENT ON COLUMN configuration_lookups.key_to IS 'Upper end of the range.';
COMMENT ON COLUMN configuration_lookups.value IS 'What is found.';

CREATE TABLE configuration_rules (
  configuration_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_set_id bigint NOT NULL REFERENCES rule_sets ON DELETE CASCADE,
  rule_code text COLLATE "C" NOT NULL CHECK (rule_code ~ '^[A-Z][A-Z0-9.]*$'),
  rule_type text NOT NULL CHECK (rule_type IN ('NORMALISATION', 'DERIVATION', 'VALIDATION', 'COMPATIBILITY', 'COMPONENT_SELECTION', 'REPLACEMENT', 'PRICING')),
  stage integer NOT NULL DEFAULT 1,
  priority integer NOT NULL,
  title text NOT NULL,
  for_each jsonpath,
  condition jsonpath NOT NULL DEFAULT 'true',
  quantity jsonpath NOT NULL DEFAULT '1',
  component_code text,
  component_group text,
  custom_kind text CHECK (custom_kind IN ('BASIN', 'PEGBOARD')),
  inside_code text,
  replaced_code text,
  line_note text,
  derived_name text CHECK (derived_name ~ '^[a-z][a-z0-9_]*$'),
  expressions jsonpath[],
  aggregate text CHECK (aggregate IN ('first', 'count', 'sum', 'min', 'max', 'all', 'repeated')),
  lookup_code text COLLATE "C",
  assign jsonb CHECK (jsonb_typeof(assign) = 'object'),
  severity text CHECK (severity IN ('ERROR', 'WARNING')),
  message_key text COLLATE "C",
  message_path text,
  reads text[] NOT NULL DEFAULT '{}',
  source text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  UNIQUE (rule_set_id, rule_code),
  CHECK (rule_type <> 'NORMALISATION' OR assign IS NOT NULL),
  CHECK (rule_type <> 'DERIVATION' OR (derived_name IS NOT NULL AND expressions IS NOT NULL AND aggregate IS NOT NULL)),
  CHECK (rule_type NOT IN ('VALIDATION', 'COMPATIBILITY') OR (severity IS NOT NULL AND message_key IS NOT NULL AND message_path IS NOT NULL)),
  CHECK (rule_type <> 'COMPONENT_SELECTION' OR component_code IS NOT NULL),
  CHECK (rule_type <> 'REPLACEMENT' OR (component_code IS NOT NULL AND inside_code IS NOT NULL AND replaced_code IS NOT NULL))
);
CREATE INDEX configuration_rules_type_idx ON configuration_rules (rule_set_id, rule_type, stage);
COMMENT ON TABLE configuration_rules IS 'The rules (product.md section 4), as data. No rule of the product is written in a function.';
COMMENT ON COLUMN configuration_rules.configuration_rule_id IS 'Key.';
COMMENT ON COLUMN configuration_rules.rule_set_id IS 'The rule set it belongs to.';
COMMENT ON COLUMN configuration_rules.rule_code IS 'Code: R-numbers are those of product.md section 4.';
COMMENT ON COLUMN configuration_rules.rule_type IS 'NORMALISATION, DERIVATION, VALIDATION, COMPATIBILITY, COMPONENT_SELECTION, REPLACEMENT or PRICING.';
COMMENT ON COLUMN configuration_rules.stage IS 'Derivations and normalisations of a lower stage are finished before the next begins.';
COMMENT ON COLUMN configuration_rules.priority IS 'Order of the lines and messages.';
COMMENT ON COLUMN configuration_rules.title IS 'The rule in a few words.';
COMMENT ON COLUMN configuration_rules.for_each IS 'List it runs over, as $.list[*] or $v.name[*]; null: once.';
COMMENT ON COLUMN configuration_rules.condition IS 'Predicate that must hold. For VALIDATION and COMPATIBILITY it describes the mistake.';
COMMENT ON COLUMN configuration_rules.quantity IS 'Number of pieces; for PRICING the amount; for a coverage check the number expected.';
COMMENT ON COLUMN configuration_rules.component_code IS 'Code of the item, with {e.name}, {p.name}, {v.name} filled in.';
COMMENT ON COLUMN configuration_rules.component_group IS 'Group of the line (body, legs…); on a VALIDATION: the group whose lines are counted against quantity.';
COMMENT ON COLUMN configuration_rules.custom_kind IS 'The line is a custom part of this kind (700 series).';
COMMENT ON COLUMN configuration_rules.inside_code IS 'REPLACEMENT: the assembly inside which it acts.';
COMMENT ON COLUMN configuration_rules.replaced_code IS 'REPLACEMENT: the component that is replaced.';
COMMENT ON COLUMN configuration_rules.line_note IS 'Note on the line, filled in like component_code.';
COMMENT ON COLUMN configuration_rules.derived_name IS 'DERIVATION: name of the value, read as $v.name.';
COMMENT ON COLUMN configuration_rules.expressions IS 'DERIVATION: the jsonpaths whose results are gathered; for a custom part its dimensions.';
COMMENT ON COLUMN configuration_rules.aggregate IS 'DERIVATION: what is made of the results.';
COMMENT ON COLUMN configuration_rules.lookup_code IS 'DERIVATION: the result is looked up in this table of configuration_lookups.';
COMMENT ON COLUMN configuration_rules.assign IS 'NORMALISATION: keys set on the element (null removes the key).';
COMMENT ON COLUMN configuration_rules.severity IS 'ERROR (blocks release) or WARNING.';
COMMENT ON COLUMN configuration_rules.message_key IS 'Message in translations (entity message).';
COMMENT ON COLUMN configuration_rules.message_path IS 'JSON pointer of the field, {i} being the place in the list.';
COMMENT ON COLUMN configuration_rules.reads IS 'Values the rule looks at (p.name of the sink, e.name of the element, v.name derived), found in its expressions by trigger.';
COMMENT ON COLUMN configuration_rules.source IS 'Where the rule comes from.';
COMMENT ON COLUMN configuration_rules.is_active IS 'False: the rule does not take part.';

CREATE TABLE configurations (
  configuration_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
  parent_configuration_id bigint REFERENCES configurations ON DELETE RESTRICT,
  product_variant_id bigint REFERENCES product_variants ON DELETE SET NULL,
  family_code text COLLATE "C" NOT NULL REFERENCES product_families ON DELETE RESTRICT,
  rule_set_id bigint NOT NULL REFERENCES rule_sets ON DELETE RESTRICT,
  parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
  parameters_hash text COLLATE "C" NOT NULL,
  is_valid boolean NOT NULL,
  violations jsonb NOT NULL DEFAULT '[]',
  note text,
  is_sample boolean NOT NULL DEFAULT false,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (build_id, version)
);
CREATE INDEX configurations_parent_configuration_id_idx ON configurations (parent_configuration_id) WHERE parent_configuration_id IS NOT NULL;
CREATE INDEX configurations_product_variant_id_idx ON configurations (product_variant_id) WHERE product_variant_id IS NOT NULL;
CREATE INDEX configurations_family_code_idx ON configurations (family_code);
CREATE INDEX configurations_rule_set_id_idx ON configurations (rule_set_id);
CREATE INDEX configurations_created_by_idx ON configurations (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX configurations_parameters_hash_idx ON configurations (parameters_hash);
CREATE INDEX configurations_parameters_idx ON configurations USING gin (parameters jsonb_path_ops);
COMMENT ON TABLE configurations IS 'Product configurations. A row never changes: a change is a new version.';
COMMENT ON COLUMN configurations.configuration_id IS 'Key.';
COMMENT ON COLUMN configurations.build_id IS 'The build it configures; null for a free-standing configuration.';
COMMENT ON COLUMN configurations.version IS 'Version for its build, from 1.';
COMMENT ON COLUMN configurations.parent_configuration_id IS 'The version or copy it was made from.';
COMMENT ON COLUMN configurations.product_variant_id IS 'The preset it started from.';
COMMENT ON COLUMN configurations.family_code IS 'Product family.';
COMMENT ON COLUMN configurations.rule_set_id IS 'The rules it was checked by and that its BOM is made by.';
COMMENT ON COLUMN configurations.parameters IS 'Parameters in the vocabulary of configuration_parameters, normalised.';
COMMENT ON COLUMN configurations.parameters_hash IS 'SHA-256 of the normalised parameters.';
COMMENT ON COLUMN configurations.is_valid IS 'True if nothing of severity ERROR was found.';
COMMENT ON COLUMN configurations.violations IS 'What was found when it was saved: rule, severity, path, message key and values.';
COMMENT ON COLUMN configurations.note IS 'Free text.';
COMMENT ON COLUMN configurations.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN configurations.created_by IS 'Who saved it.';
COMMENT ON COLUMN configurations.created_at IS 'When it was saved.';

CREATE TABLE boms (
  bom_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  configuration_id bigint NOT NULL REFERENCES configurations ON DELETE RESTRICT,
  build_id bigint REFERENCES builds ON DELETE RESTRICT,
  revision integer NOT NULL CHECK (revision >= 1),
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'RELEASED', 'REJECTED', 'SUPERSEDED')),
  rule_set_id bigint NOT NULL REFERENCES rule_sets ON DELETE RESTRICT,
  catalogue_as_of timestamptz NOT NULL,
  structure_version bigint NOT NULL,
  content_hash text COLLATE "C" NOT NULL,
  line_count integer NOT NULL,
  leaf_count integer NOT NULL,
  unresolved_count integer NOT NULL,
  total_cost numeric(18, 4),
  total_price numeric(18, 2),
  total_weight_kg numeric(18, 4),
  total_labour_hours numeric(18, 4),
  uncosted_count integer NOT NULL DEFAULT 0,
  supersedes_bom_id bigint REFERENCES boms ON DELETE RESTRICT,
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  submitted_by bigint,
  submitted_at timestamptz,
  decided_by bigint,
  decided_at timestamptz,
  decision_note text,
  released_by bigint,
  released_at timestamptz,
  is_sample boolean NOT NULL DEFAULT false,
  CHECK (state NOT IN ('APPROVED', 'RELEASED', 'REJECTED') OR (decided_at IS NOT NULL AND decided_by IS NOT NULL)),
  CHECK (decided_by <> created_by AND decided_by <> submitted_by)
);
CREATE UNIQUE INDEX boms_build_revision_idx ON boms (build_id, revision) WHERE build_id IS NOT NULL;
CREATE UNIQUE INDEX boms_configuration_revision_idx ON boms (configuration_id, revision);
CREATE INDEX boms_rule_set_id_idx ON boms (rule_set_id);
CREATE INDEX boms_supersedes_bom_id_idx ON boms (supersedes_bom_id) WHERE supersedes_bom_id IS NOT NULL;
CREATE INDEX boms_created_by_idx ON boms (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX boms_submitted_by_idx ON boms (submitted_by) WHERE submitted_by IS NOT NULL;
CREATE INDEX boms_decided_by_idx ON boms (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX boms_released_by_idx ON boms (released_by) WHERE released_by IS NOT NULL;
COMMENT ON TABLE boms IS 'Bills of materials, one per build and revision, each made from exactly one configuration.';
COMMENT ON COLUMN boms.bom_id IS 'Key.';
COMMENT ON COLUMN boms.configuration_id IS 'The configuration it was generated from.';
COMMENT ON COLUMN boms.build_id IS 'The build; null for a free-standing configuration.';
COMMENT ON COLUMN boms.revision IS 'Revision for its build (or configuration), from 1.';
COMMENT ON COLUMN boms.state IS 'DRAFT, SUBMITTED, APPROVED, RELEASED, REJECTED or SUPERSEDED.';
COMMENT ON COLUMN boms.rule_set_id IS 'The rules it was generated by.';
COMMENT ON COLUMN boms.catalogue_as_of IS 'Instant at which revisions of assemblies were looked up.';
COMMENT ON COLUMN boms.structure_version IS 'Version of the product structure at generation.';
COMMENT ON COLUMN boms.content_hash IS 'SHA-256 over specification codes and quantities: equal for equal content on every machine.';
COMMENT ON COLUMN boms.line_count IS 'Number of lines (distinct edges).';
COMMENT ON COLUMN boms.leaf_count IS 'Number of distinct items without components.';
COMMENT ON COLUMN boms.unresolved_count IS 'Lines whose code names nothing in the catalogue; they block approval.';
COMMENT ON COLUMN boms.total_cost IS 'Cost of all lines in the site''s currency, scrap included.';
COMMENT ON COLUMN boms.total_price IS 'List prices of the top lines and priced rules, in the site''s currency.';
COMMENT ON COLUMN boms.total_weight_kg IS 'Weight in kilograms.';
COMMENT ON COLUMN boms.total_labour_hours IS 'Hours of assembly.';
COMMENT ON COLUMN boms.uncosted_count IS 'Leaf items without a cost, which total_cost leaves out.';
COMMENT ON COLUMN boms.supersedes_bom_id IS 'The revision it takes the place of.';
COMMENT ON COLUMN boms.created_by IS 'Author; may not approve it.';
COMMENT ON COLUMN boms.created_at IS 'When it was generated.';
COMMENT ON COLUMN boms.submitted_by IS 'Who submitted it.';
COMMENT ON COLUMN boms.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN boms.decided_by IS 'Who approved or rejected it.';
COMMENT ON COLUMN boms.decided_at IS 'When it was approved or rejected.';
COMMENT ON COLUMN boms.decision_note IS 'Note of the decision; the reason of a rejection.';
COMMENT ON COLUMN boms.released_by IS 'Who released it to production.';
COMMENT ON COLUMN boms.released_at IS 'When it was released.';
COMMENT ON COLUMN boms.is_sample IS 'True for rows of the shipped sample data.';

CREATE TABLE bom_line_items (
  bom_id bigint NOT NULL REFERENCES boms ON DELETE CASCADE,
  line_number integer NOT NULL CHECK (line_number >= 1),
  parent_assembly_id bigint,
  assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint REFERENCES parts ON DELETE RESTRICT,
  item_code text COLLATE "C" NOT NULL,
  specification_code text COLLATE "C" NOT NULL,
  item_name text NOT NULL,
  depth integer NOT NULL CHECK (depth >= 0),
  quantity_per numeric(18, 4) NOT NULL CHECK (quantity_per > 0),
  quantity_total numeric(18, 4) NOT NULL CHECK (quantity_total > 0),
  unit_code text COLLATE "C" NOT NULL,
  unit_cost numeric(14, 4),
  is_leaf boolean NOT NULL,
  is_unresolved boolean NOT NULL DEFAULT false,
  is_manual boolean NOT NULL DEFAULT false,
  component_group text,
  note text,
  provenance jsonb,
  PRIMARY KEY (bom_id, line_number),
  CHECK (num_nonnulls(assembly_id, part_id) = CASE WHEN is_unresolved THEN 0 ELSE 1 END),
  CHECK ((parent_assembly_id IS NULL) = (depth = 0))
);
CREATE INDEX bom_line_items_assembly_id_idx ON bom_line_items (assembly_id) WHERE assembly_id IS NOT NULL;
CREATE INDEX bom_line_items_manual_idx ON bom_line_items (bom_id) WHERE is_manual;
CREATE INDEX bom_line_items_part_id_idx ON bom_line_items (part_id) WHERE part_id IS NOT NULL;
COMMENT ON TABLE bom_line_items IS 'A BOM as a graph: each distinct (parent, component) edge once, with its quantity per parent and its total over all paths.';
COMMENT ON COLUMN bom_line_items.bom_id IS 'The BOM.';
COMMENT ON COLUMN bom_line_items.line_number IS 'Number of the line in the BOM.';
COMMENT ON COLUMN bom_line_items.parent_assembly_id IS 'The assembly it is in, itself a line of this BOM (hence no key of its own); null for a top line.';
COMMENT ON COLUMN bom_line_items.assembly_id IS 'The item, when it is an assembly.';
COMMENT ON COLUMN bom_line_items.part_id IS 'The item, when it is a part.';
COMMENT ON COLUMN bom_line_items.item_code IS 'Code of the item as printed.';
COMMENT ON COLUMN bom_line_items.specification_code IS 'The code, or for a custom part the code that says what it is; what content_hash is made of.';
COMMENT ON COLUMN bom_line_items.item_name IS 'Name of the item when the BOM was generated.';
COMMENT ON COLUMN bom_line_items.depth IS '0 for a top line, else the longest distance from one.';
COMMENT ON COLUMN bom_line_items.quantity_per IS 'Quantity per one parent (per sink for a top line).';
COMMENT ON COLUMN bom_line_items.quantity_total IS 'Quantity for the whole sink over all paths through this edge.';
COMMENT ON COLUMN bom_line_items.unit_code IS 'Unit of the quantities.';
COMMENT ON COLUMN bom_line_items.unit_cost IS 'Own cost of one unit when the BOM was generated; of an assembly without its components.';
COMMENT ON COLUMN bom_line_items.is_leaf IS 'True if it has no components in this BOM.';
COMMENT ON COLUMN bom_line_items.is_unresolved IS 'True if the code names nothing in the catalogue.';
COMMENT ON COLUMN bom_line_items.is_manual IS 'True of a top line that a person added (add_bom_line).';
COMMENT ON COLUMN bom_line_items.component_group IS 'Group of a top line: body, legs, basin_kit…';
COMMENT ON COLUMN bom_line_items.note IS 'Note, for example a colour.';
COMMENT ON COLUMN bom_line_items.provenance IS 'Why a top line is here: for each rule its code, condition, quantity and the values that met it; of a manual line the reason, who and when.';

CREATE SEQUENCE custom_part_number_sequence;
COMMENT ON SEQUENCE custom_part_number_sequence IS 'Running number of the 700 series (product.md section 5): 720.215.001 and on, never used again.';

CREATE TABLE custom_parts_registry (
  custom_part_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  custom_number text COLLATE "C" NOT NULL UNIQUE CHECK (custom_number ~ '^720\.215\.[0-9]{3,}$'),
  part_id bigint NOT NULL UNIQUE REFERENCES parts ON DELETE RESTRICT,
  custom_kind text NOT NULL CHECK (custom_kind IN ('BASIN', 'PEGBOARD')),
  specification_code text COLLATE "C" NOT NULL,
  dimensions jsonb NOT NULL CHECK (jsonb_typeof(dimensions) = 'array'),
  state text NOT NULL DEFAULT 'NEEDS_DRAWING' CHECK (state IN ('NEEDS_DRAWING', 'DRAWN', 'RETIRED')),
  drawing_reference text,
  retirement_reason text CHECK (btrim(retirement_reason) <> ''),
  created_by bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state <> 'DRAWN' OR drawing_reference IS NOT NULL)
);
CREATE UNIQUE INDEX custom_parts_registry_specification_idx ON custom_parts_registry (custom_kind, specification_code) WHERE state <> 'RETIRED';
CREATE INDEX custom_parts_registry_created_by_idx ON custom_parts_registry (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE custom_parts_registry IS 'Custom parts of the 700 series: one number in use per kind and dimensions; a number never means anything else, and one that was retired is not used again.';
COMMENT ON COLUMN custom_parts_registry.custom_part_id IS 'Key.';
COMMENT ON COLUMN custom_parts_registry.custom_number IS 'The number, 720.215.nnn.';
COMMENT ON COLUMN custom_parts_registry.part_id IS 'The part it is in the catalogue.';
COMMENT ON COLUMN custom_parts_registry.custom_kind IS 'BASIN or PEGBOARD.';
COMMENT ON COLUMN custom_parts_registry.specification_code IS 'What it is, for example T2-ADW-BASIN26X22X9.';
COMMENT ON COLUMN custom_parts_registry.dimensions IS 'Its dimensions in inches, as typed: width, length and for a basin depth.';
COMMENT ON COLUMN custom_parts_registry.state IS 'NEEDS_DRAWING, DRAWN or RETIRED.';
COMMENT ON COLUMN custom_parts_registry.drawing_reference IS 'The drawing.';
COMMENT ON COLUMN custom_parts_registry.retirement_reason IS 'Why it was retired.';
COMMENT ON COLUMN custom_parts_registry.created_by IS 'Whose BOM first needed it.';
COMMENT ON COLUMN custom_parts_registry.created_at IS 'When the number was given.';
COMMENT ON COLUMN custom_parts_registry.updated_at IS 'When the row was last changed.';

ALTER TABLE builds
  ADD FOREIGN KEY (configuration_id) REFERENCES configurations ON DELETE RESTRICT,
  ADD FOREIGN KEY (bom_id) REFERENCES boms ON DELETE RESTRICT;
ALTER TABLE order_changes
  ADD FOREIGN KEY (from_configuration_id) REFERENCES configurations ON DELETE RESTRICT,
  ADD FOREIGN KEY (from_bom_id) REFERENCES boms ON DELETE RESTRICT,
  ADD FOREIGN KEY (to_configuration_id) REFERENCES configurations ON DELETE RESTRICT,
  ADD FOREIGN KEY (to_bom_id) REFERENCES boms ON DELETE RESTRICT;

CREATE TYPE bom_top_line AS (
  priority integer, component_group text, item_code text, specification_code text, quantity numeric,
  custom_kind text, dimensions jsonb, note text, provenance jsonb
);
COMMENT ON TYPE bom_top_line IS 'A line that the rules selected, before it is looked up in the catalogue.';
CREATE TYPE bom_replacement AS (
  inside_code text, replaced_code text, item_code text, specification_code text, custom_kind text, dimensions jsonb, provenance jsonb
);
COMMENT ON TYPE bom_replacement IS 'A component to be replaced inside an assembly (product.md R33, R34).';
CREATE TYPE rule_violation AS (rule text, severity text, path text, message_key text, "values" jsonb);
COMMENT ON TYPE rule_violation IS 'A mistake or warning, before it is put into words.';
CREATE TYPE configuration_result AS (
  rule_set_id bigint, parameters jsonb, derived jsonb, violations rule_violation[], top_lines bom_top_line[],
  replacements bom_replacement[], price numeric
);
COMMENT ON TYPE configuration_result IS 'Everything the rules say about one set of parameters.';

CREATE TYPE bom_line AS (
  line_number integer, parent_assembly_id bigint, parent_code text, assembly_id bigint, part_id bigint,
  item_code text, specification_code text, item_name text, depth integer, quantity_per numeric(18, 4), quantity_total numeric(18, 4),
  unit_code text, unit_cost numeric, scrap_percent numeric, weight_kg numeric, labour_hours numeric, list_price numeric,
  is_leaf boolean, is_unresolved boolean, is_obsolete boolean, component_group text, note text, provenance jsonb
);
COMMENT ON TYPE bom_line IS 'One line of a BOM before it is stored.';
