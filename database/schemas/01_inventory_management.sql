-- Inventory: what can be ordered and what it is made of.
--
-- Categories hold subcategories, subcategories hold assemblies, assemblies are made of parts and of other assemblies.
-- An assembly's or part's row is its identity; what an assembly is made of belongs to one of its revisions.
-- Every code that anyone may type (long code, alias, short code) is one row of item_codes and names exactly one item.

CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- Used by generated columns, hence part of the baseline and pinned: a dump restores tables before any search_path is set.
CREATE FUNCTION search_document(code text, name text, extra text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT setweight(to_tsvector('simple'::regconfig, coalesce(code, '') || ' ' || translate(coalesce(code, ''), '-./_', '    ')), 'A')
      || setweight(to_tsvector('simple'::regconfig, coalesce(name, '')), 'B')
      || setweight(to_tsvector('simple'::regconfig, coalesce(extra, '')), 'C')
$$;
COMMENT ON FUNCTION search_document(text, text, text) IS 'Words of an item for full-text search: code (also cut at its separators), name, other text, in falling weight.';

-- Used by indexes, hence beside the one above.
CREATE FUNCTION bare_text(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, p_text)) $$;
COMMENT ON FUNCTION bare_text(text) IS 'A text as lists are searched in it: small letters without accents.';

CREATE TABLE units (
  unit_code text COLLATE "C" PRIMARY KEY CHECK (unit_code ~ '^[a-z][a-z_]*$'),
  name text NOT NULL CHECK (btrim(name) <> ''),
  dimension text NOT NULL CHECK (dimension IN ('COUNT', 'LENGTH', 'MASS', 'VOLUME', 'TIME', 'TEMPERATURE')),
  factor numeric(18, 9) NOT NULL CHECK (factor > 0)
);
COMMENT ON TABLE units IS 'Units of measure. Quantities are counted in the unit of the item.';
COMMENT ON COLUMN units.unit_code IS 'Code of the unit, for example each, set, foot, millimetre.';
COMMENT ON COLUMN units.name IS 'Name shown to people.';
COMMENT ON COLUMN units.dimension IS 'What the unit measures: COUNT, LENGTH, MASS, VOLUME, TIME or TEMPERATURE.';
COMMENT ON COLUMN units.factor IS 'Size in the base unit of its dimension (each, millimetre, kilogram, litre, minute, degree Celsius).';

CREATE TABLE categories (
  category_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category_code text COLLATE "C" NOT NULL UNIQUE CHECK (category_code = upper(btrim(category_code)) AND category_code <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text,
  position integer NOT NULL DEFAULT 0,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE categories IS 'Top level of the catalogue.';
COMMENT ON COLUMN categories.category_id IS 'Key.';
COMMENT ON COLUMN categories.category_code IS 'Natural code, upper case, for example 721.';
COMMENT ON COLUMN categories.name IS 'Name shown to people.';
COMMENT ON COLUMN categories.description IS 'What belongs here.';
COMMENT ON COLUMN categories.position IS 'Place among its siblings in lists.';
COMMENT ON COLUMN categories.is_sample IS 'True for rows of the shipped sample catalogue, which `torvan sample remove` deletes.';
COMMENT ON COLUMN categories.created_at IS 'When the row was made.';
COMMENT ON COLUMN categories.updated_at IS 'When the row was last changed.';

CREATE TABLE subcategories (
  subcategory_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category_id bigint NOT NULL REFERENCES categories ON DELETE RESTRICT,
  subcategory_code text COLLATE "C" NOT NULL UNIQUE CHECK (subcategory_code = upper(btrim(subcategory_code)) AND subcategory_code <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text,
  position integer NOT NULL DEFAULT 0,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subcategories_category_id_idx ON subcategories (category_id, position);
COMMENT ON TABLE subcategories IS 'Second level of the catalogue.';
COMMENT ON COLUMN subcategories.subcategory_id IS 'Key.';
COMMENT ON COLUMN subcategories.category_id IS 'The category it belongs to.';
COMMENT ON COLUMN subcategories.subcategory_code IS 'Natural code, upper case, for example 721.709.';
COMMENT ON COLUMN subcategories.name IS 'Name shown to people.';
COMMENT ON COLUMN subcategories.description IS 'What belongs here.';
COMMENT ON COLUMN subcategories.position IS 'Place among its siblings in lists.';
COMMENT ON COLUMN subcategories.is_sample IS 'True for rows of the shipped sample catalogue.';
COMMENT ON COLUMN subcategories.created_at IS 'When the row was made.';
COMMENT ON COLUMN subcategories.updated_at IS 'When the row was last changed.';

CREATE TABLE assemblies (
  assembly_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assembly_code text COLLATE "C" NOT NULL UNIQUE CHECK (assembly_code = upper(btrim(assembly_code)) AND assembly_code <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text,
  subcategory_id bigint NOT NULL REFERENCES subcategories ON DELETE RESTRICT,
  assembly_type text NOT NULL DEFAULT 'COMPLEX' CHECK (assembly_type IN ('SIMPLE', 'COMPLEX', 'KIT', 'SERVICE_PART')),
  is_kit boolean NOT NULL DEFAULT false,
  is_orderable boolean NOT NULL DEFAULT true,
  lifecycle text NOT NULL DEFAULT 'ACTIVE' CHECK (lifecycle IN ('ACTIVE', 'OBSOLETE')),
  superseded_by_id bigint REFERENCES assemblies ON DELETE RESTRICT CHECK (superseded_by_id <> assembly_id),
  unit_code text COLLATE "C" NOT NULL DEFAULT 'each' REFERENCES units ON DELETE RESTRICT,
  manufacturer text,
  manufacturer_part_number text,
  standard_cost numeric(14, 4) CHECK (standard_cost >= 0),
  list_price numeric(14, 2) CHECK (list_price >= 0),
  weight_kg numeric(12, 4) CHECK (weight_kg >= 0),
  lead_time_days integer CHECK (lead_time_days >= 0),
  labour_hours numeric(10, 2) CHECK (labour_hours >= 0),
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  low_level_code integer NOT NULL DEFAULT 0 CHECK (low_level_code >= 0),
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  search tsvector GENERATED ALWAYS AS (public.search_document(assembly_code, name, coalesce(description, '') || ' ' || coalesce(manufacturer_part_number, ''))) STORED
);
CREATE INDEX assemblies_subcategory_id_idx ON assemblies (subcategory_id, assembly_code);
CREATE INDEX assemblies_superseded_by_id_idx ON assemblies (superseded_by_id) WHERE superseded_by_id IS NOT NULL;
CREATE INDEX assemblies_unit_code_idx ON assemblies (unit_code);
COMMENT ON TABLE assemblies IS 'Products, kits and sub-assemblies: one row per code. What they are made of belongs to their revisions.';
COMMENT ON COLUMN assemblies.assembly_id IS 'Key.';
COMMENT ON COLUMN assemblies.assembly_code IS 'Natural code, upper case, without the ASSY- prefix, for example T2-BODY-48-60-HA.';
COMMENT ON COLUMN assemblies.name IS 'Name shown to people.';
COMMENT ON COLUMN assemblies.description IS 'Longer text.';
COMMENT ON COLUMN assemblies.subcategory_id IS 'Its home in the catalogue; further places are rows of assembly_listings.';
COMMENT ON COLUMN assemblies.assembly_type IS 'SIMPLE, COMPLEX, KIT or SERVICE_PART.';
COMMENT ON COLUMN assemblies.is_kit IS 'True if it is picked and shipped as a kit.';
COMMENT ON COLUMN assemblies.is_orderable IS 'True if it may be put on an order.';
COMMENT ON COLUMN assemblies.lifecycle IS 'ACTIVE or OBSOLETE.';
COMMENT ON COLUMN assemblies.superseded_by_id IS 'The assembly that takes its place.';
COMMENT ON COLUMN assemblies.unit_code IS 'Unit in which it is counted.';
COMMENT ON COLUMN assemblies.manufacturer IS 'Maker, when it is bought.';
COMMENT ON COLUMN assemblies.manufacturer_part_number IS 'The maker''s own number.';
COMMENT ON COLUMN assemblies.standard_cost IS 'Cost of one unit in the site''s currency when it is bought, else the cost of assembling it (components are rolled up).';
COMMENT ON COLUMN assemblies.list_price IS 'Price of one unit in the site''s currency.';
COMMENT ON COLUMN assemblies.weight_kg IS 'Own weight in kilograms, without its components.';
COMMENT ON COLUMN assemblies.lead_time_days IS 'Own lead time in calendar days, without its components.';
COMMENT ON COLUMN assemblies.labour_hours IS 'Hours to assemble one unit from its components.';
COMMENT ON COLUMN assemblies.attributes IS 'Open attributes, an object.';
COMMENT ON COLUMN assemblies.low_level_code IS 'Longest distance from a top assembly: every component has a higher number than its parent. Kept by trigger.';
COMMENT ON COLUMN assemblies.is_sample IS 'True for rows of the shipped sample catalogue.';
COMMENT ON COLUMN assemblies.created_at IS 'When the row was made.';
COMMENT ON COLUMN assemblies.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN assemblies.search IS 'Words for full-text search, generated.';

CREATE TABLE parts (
  part_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  part_number text COLLATE "C" NOT NULL UNIQUE CHECK (part_number = upper(btrim(part_number)) AND part_number <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text,
  part_type text NOT NULL DEFAULT 'COMPONENT' CHECK (part_type IN ('COMPONENT', 'MATERIAL', 'CONSUMABLE', 'DOCUMENT', 'CUSTOM')),
  lifecycle text NOT NULL DEFAULT 'ACTIVE' CHECK (lifecycle IN ('ACTIVE', 'OBSOLETE')),
  superseded_by_id bigint REFERENCES parts ON DELETE RESTRICT CHECK (superseded_by_id <> part_id),
  unit_code text COLLATE "C" NOT NULL DEFAULT 'each' REFERENCES units ON DELETE RESTRICT,
  manufacturer text,
  manufacturer_part_number text,
  standard_cost numeric(14, 4) CHECK (standard_cost >= 0),
  list_price numeric(14, 2) CHECK (list_price >= 0),
  weight_kg numeric(12, 4) CHECK (weight_kg >= 0),
  lead_time_days integer CHECK (lead_time_days >= 0),
  sourcing_note text,
  is_orderable boolean NOT NULL DEFAULT false,
  is_custom boolean NOT NULL DEFAULT false,
  specification_code text COLLATE "C" CHECK (specification_code = upper(btrim(specification_code)) AND specification_code <> ''),
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  search tsvector GENERATED ALWAYS AS (public.search_document(part_number, name, coalesce(description, '') || ' ' || coalesce(manufacturer_part_number, '') || ' ' || coalesce(specification_code, ''))) STORED,
  CHECK (is_custom = (part_type = 'CUSTOM')),
  CHECK (NOT is_custom OR specification_code IS NOT NULL)
);
CREATE INDEX parts_superseded_by_id_idx ON parts (superseded_by_id) WHERE superseded_by_id IS NOT NULL;
CREATE INDEX parts_unit_code_idx ON parts (unit_code);
COMMENT ON TABLE parts IS 'Individual components: one row per part number.';
COMMENT ON COLUMN parts.part_id IS 'Key.';
COMMENT ON COLUMN parts.part_number IS 'Natural code, upper case; text even when it is all digits (leading zeros matter).';
COMMENT ON COLUMN parts.name IS 'Name shown to people.';
COMMENT ON COLUMN parts.description IS 'Longer text.';
COMMENT ON COLUMN parts.part_type IS 'COMPONENT, MATERIAL, CONSUMABLE, DOCUMENT or CUSTOM (700 series).';
COMMENT ON COLUMN parts.lifecycle IS 'ACTIVE or OBSOLETE.';
COMMENT ON COLUMN parts.superseded_by_id IS 'The part that takes its place.';
COMMENT ON COLUMN parts.unit_code IS 'Unit in which it is counted.';
COMMENT ON COLUMN parts.manufacturer IS 'Maker.';
COMMENT ON COLUMN parts.manufacturer_part_number IS 'The maker''s own number.';
COMMENT ON COLUMN parts.standard_cost IS 'Cost of one unit in the site''s currency.';
COMMENT ON COLUMN parts.list_price IS 'Price of one unit in the site''s currency.';
COMMENT ON COLUMN parts.weight_kg IS 'Weight of one unit in kilograms.';
COMMENT ON COLUMN parts.lead_time_days IS 'Purchasing lead time in calendar days.';
COMMENT ON COLUMN parts.sourcing_note IS 'What those who buy it note: sources, terms, shortages.';
COMMENT ON COLUMN parts.is_orderable IS 'True if it may be put on an order by itself.';
COMMENT ON COLUMN parts.is_custom IS 'True for a 700-series part made for a configuration.';
COMMENT ON COLUMN parts.specification_code IS 'For a custom part the code that says what it is (for example T2-ADW-BASIN26X22X9); used in previews and content hashes instead of its number.';
COMMENT ON COLUMN parts.attributes IS 'Open attributes, an object.';
COMMENT ON COLUMN parts.is_sample IS 'True for rows of the shipped sample catalogue.';
COMMENT ON COLUMN parts.created_at IS 'When the row was made.';
COMMENT ON COLUMN parts.updated_at IS 'When the row was last changed.';
COMMENT ON COLUMN parts.search IS 'Words for full-text search, generated.';

CREATE TABLE item_codes (
  item_code text COLLATE "C" PRIMARY KEY CHECK (item_code = upper(btrim(item_code)) AND item_code <> ''),
  code_kind text NOT NULL CHECK (code_kind IN ('PRIMARY', 'ALIAS', 'SHORT')),
  assembly_id bigint REFERENCES assemblies ON DELETE CASCADE,
  part_id bigint REFERENCES parts ON DELETE CASCADE,
  source text,
  is_sample boolean NOT NULL DEFAULT false,
  CHECK (num_nonnulls(assembly_id, part_id) = 1)
);
CREATE INDEX item_codes_assembly_id_idx ON item_codes (assembly_id) WHERE assembly_id IS NOT NULL;
CREATE INDEX item_codes_part_id_idx ON item_codes (part_id) WHERE part_id IS NOT NULL;
CREATE UNIQUE INDEX item_codes_one_primary_assembly_idx ON item_codes (assembly_id) WHERE code_kind = 'PRIMARY' AND assembly_id IS NOT NULL;
CREATE UNIQUE INDEX item_codes_one_primary_part_idx ON item_codes (part_id) WHERE code_kind = 'PRIMARY' AND part_id IS NOT NULL;
COMMENT ON TABLE item_codes IS 'Every code by which an item is found: its own code (kept by trigger), aliases such as ASSY-, short codes. One code names one item.';
COMMENT ON COLUMN item_codes.item_code IS 'The code, upper case.';
COMMENT ON COLUMN item_codes.code_kind IS 'PRIMARY (the item''s own code), ALIAS or SHORT (rule sheet number such as 709.82).';
COMMENT ON COLUMN item_codes.assembly_id IS 'The assembly it names, or null.';
COMMENT ON COLUMN item_codes.part_id IS 'The part it names, or null.';
COMMENT ON COLUMN item_codes.source IS 'Where the code comes from, for example the rule sheet.';
COMMENT ON COLUMN item_codes.is_sample IS 'True for rows of the shipped sample catalogue.';

CREATE TABLE assembly_listings (
  subcategory_id bigint NOT NULL REFERENCES subcategories ON DELETE CASCADE,
  assembly_id bigint NOT NULL REFERENCES assemblies ON DELETE CASCADE,
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (subcategory_id, assembly_id)
);
CREATE INDEX assembly_listings_assembly_id_idx ON assembly_listings (assembly_id);
COMMENT ON TABLE assembly_listings IS 'Further places of the catalogue where an assembly is listed beside its home.';
COMMENT ON COLUMN assembly_listings.subcategory_id IS 'Where it is listed.';
COMMENT ON COLUMN assembly_listings.assembly_id IS 'What is listed.';
COMMENT ON COLUMN assembly_listings.position IS 'Place in the list.';

CREATE TABLE assembly_revisions (
  assembly_revision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assembly_id bigint NOT NULL REFERENCES assemblies ON DELETE RESTRICT,
  revision integer NOT NULL CHECK (revision >= 1),
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'RELEASED', 'SUPERSEDED', 'WITHDRAWN')),
  effective_from timestamptz,
  effective_to timestamptz,
  note text,
  is_proposal boolean NOT NULL DEFAULT false,
  is_sample boolean NOT NULL DEFAULT false,
  created_by text NOT NULL DEFAULT session_user,
  created_at timestamptz NOT NULL DEFAULT now(),
  released_by text,
  released_at timestamptz,
  UNIQUE (assembly_id, revision),
  CHECK (effective_to > effective_from),
  CHECK ((state IN ('RELEASED', 'SUPERSEDED')) = (effective_from IS NOT NULL)),
  CHECK (state <> 'SUPERSEDED' OR effective_to IS NOT NULL),
  CONSTRAINT assembly_revisions_one_effective
    EXCLUDE USING gist (assembly_id WITH =, tstzrange(effective_from, effective_to) WITH &&)
    WHERE (state IN ('RELEASED', 'SUPERSEDED'))
);
COMMENT ON TABLE assembly_revisions IS 'Revisions of what an assembly is made of. At any instant at most one is effective.';
COMMENT ON COLUMN assembly_revisions.assembly_revision_id IS 'Key.';
COMMENT ON COLUMN assembly_revisions.assembly_id IS 'The assembly.';
COMMENT ON COLUMN assembly_revisions.revision IS 'Number of the revision, from 1.';
COMMENT ON COLUMN assembly_revisions.state IS 'DRAFT, RELEASED, SUPERSEDED or WITHDRAWN (a draft given up).';
COMMENT ON COLUMN assembly_revisions.effective_from IS 'First instant at which it is in force.';
COMMENT ON COLUMN assembly_revisions.effective_to IS 'First instant at which it is no longer in force; null while open.';
COMMENT ON COLUMN assembly_revisions.note IS 'What changed and why.';
COMMENT ON COLUMN assembly_revisions.is_proposal IS 'True if an import brought it as a proposal, not as content in force.';
COMMENT ON COLUMN assembly_revisions.is_sample IS 'True for rows of the shipped sample catalogue.';
COMMENT ON COLUMN assembly_revisions.created_by IS 'Who made it.';
COMMENT ON COLUMN assembly_revisions.created_at IS 'When it was made.';
COMMENT ON COLUMN assembly_revisions.released_by IS 'Who released it.';
COMMENT ON COLUMN assembly_revisions.released_at IS 'When it was released.';

CREATE TABLE assembly_components (
  assembly_component_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assembly_revision_id bigint NOT NULL REFERENCES assembly_revisions ON DELETE CASCADE,
  child_assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  child_part_id bigint REFERENCES parts ON DELETE RESTRICT,
  quantity numeric(18, 4) NOT NULL CHECK (quantity > 0),
  unit_code text COLLATE "C" NOT NULL DEFAULT 'each' REFERENCES units ON DELETE RESTRICT,
  scrap_percent numeric(6, 3) NOT NULL DEFAULT 0 CHECK (scrap_percent >= 0 AND scrap_percent < 1000),
  position integer NOT NULL DEFAULT 0,
  is_optional boolean NOT NULL DEFAULT false,
  substitute_group text,
  note text,
  CHECK (num_nonnulls(child_assembly_id, child_part_id) = 1)
);
CREATE UNIQUE INDEX assembly_components_assembly_idx ON assembly_components (assembly_revision_id, child_assembly_id) WHERE child_assembly_id IS NOT NULL;
CREATE UNIQUE INDEX assembly_components_part_idx ON assembly_components (assembly_revision_id, child_part_id) WHERE child_part_id IS NOT NULL;
CREATE INDEX assembly_components_revision_idx ON assembly_components (assembly_revision_id, position);
CREATE INDEX assembly_components_child_assembly_idx ON assembly_components (child_assembly_id) WHERE child_assembly_id IS NOT NULL;
CREATE INDEX assembly_components_child_part_idx ON assembly_components (child_part_id) WHERE child_part_id IS NOT NULL;
CREATE INDEX assembly_components_unit_code_idx ON assembly_components (unit_code);
COMMENT ON TABLE assembly_components IS 'What one revision of an assembly is made of: an assembly or a part, and how many. Cycles are refused.';
COMMENT ON COLUMN assembly_components.assembly_component_id IS 'Key.';
COMMENT ON COLUMN assembly_components.assembly_revision_id IS 'The parent revision.';
COMMENT ON COLUMN assembly_components.child_assembly_id IS 'The component, when it is an assembly.';
COMMENT ON COLUMN assembly_components.child_part_id IS 'The component, when it is a part.';
COMMENT ON COLUMN assembly_components.quantity IS 'How many per one parent, in unit_code, without scrap.';
COMMENT ON COLUMN assembly_components.unit_code IS 'Unit of the quantity.';
COMMENT ON COLUMN assembly_components.scrap_percent IS 'Expected loss in per cent of the quantity; used in cost and requirements, not in the BOM''s quantities.';
COMMENT ON COLUMN assembly_components.position IS 'Place in the list.';
COMMENT ON COLUMN assembly_components.is_optional IS 'True if it may be left out when the assembly is built.';
COMMENT ON COLUMN assembly_components.substitute_group IS 'Components of one group may stand in for each other.';
COMMENT ON COLUMN assembly_components.note IS 'Note for the builder, for example a colour.';

CREATE TABLE structure_version (
  structure_version_id smallint PRIMARY KEY DEFAULT 1 CHECK (structure_version_id = 1),
  version bigint NOT NULL DEFAULT 1,
  changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE structure_version IS 'One row that every change of the product structure updates: it serialises the cycle check, also under REPEATABLE READ, and keys caches.';
COMMENT ON COLUMN structure_version.structure_version_id IS 'Always 1.';
COMMENT ON COLUMN structure_version.version IS 'Counts the changes.';
COMMENT ON COLUMN structure_version.changed_at IS 'When the structure last changed.';
INSERT INTO structure_version DEFAULT VALUES;

CREATE TABLE product_variants (
  product_variant_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  variant_code text COLLATE "C" NOT NULL UNIQUE CHECK (variant_code = upper(btrim(variant_code)) AND variant_code <> ''),
  family_code text COLLATE "C" NOT NULL,
  name text NOT NULL CHECK (btrim(name) <> ''),
  description text,
  parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
  is_active boolean NOT NULL DEFAULT true,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE product_variants IS 'Named presets of configuration parameters, a start for a new configuration.';
COMMENT ON COLUMN product_variants.product_variant_id IS 'Key.';
COMMENT ON COLUMN product_variants.variant_code IS 'Natural code, upper case.';
COMMENT ON COLUMN product_variants.family_code IS 'The family it presets.';
COMMENT ON COLUMN product_variants.name IS 'Name shown to people.';
COMMENT ON COLUMN product_variants.description IS 'What it is for.';
COMMENT ON COLUMN product_variants.parameters IS 'The preset parameters, in the vocabulary of configuration_parameters.';
COMMENT ON COLUMN product_variants.is_active IS 'False hides it from new configurations.';
COMMENT ON COLUMN product_variants.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN product_variants.created_at IS 'When the row was made.';
COMMENT ON COLUMN product_variants.updated_at IS 'When the row was last changed.';

CREATE TABLE import_sessions (
  import_session_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  import_kind text NOT NULL CHECK (import_kind IN ('CATALOGUE')),
  state text NOT NULL DEFAULT 'PREVIEWED' CHECK (state IN ('PREVIEWED', 'COMMITTED', 'REFUSED', 'WITHDRAWN')),
  sources jsonb NOT NULL DEFAULT '[]',
  summary jsonb NOT NULL DEFAULT '{}',
  created_by text NOT NULL DEFAULT session_user,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
COMMENT ON TABLE import_sessions IS 'One row per import: its files with their hashes, and what its last check or its taking in made of their rows.';
COMMENT ON COLUMN import_sessions.import_session_id IS 'Key.';
COMMENT ON COLUMN import_sessions.import_kind IS 'What was imported: CATALOGUE.';
COMMENT ON COLUMN import_sessions.state IS 'REFUSED (a row is wrong), PREVIEWED (may be taken in), COMMITTED (taken in) or WITHDRAWN (given up).';
COMMENT ON COLUMN import_sessions.sources IS 'The files: name, bytes, SHA-256, rows; what else the door they came through needs to read them again.';
COMMENT ON COLUMN import_sessions.summary IS 'Counts per kind of row: read, and of these new, changed, unchanged, folded, refused, held.';
COMMENT ON COLUMN import_sessions.created_by IS 'Who imported.';
COMMENT ON COLUMN import_sessions.created_at IS 'When it began.';
COMMENT ON COLUMN import_sessions.finished_at IS 'When it was last checked, taken in or given up.';

CREATE TABLE import_findings (
  import_finding_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  import_session_id bigint NOT NULL REFERENCES import_sessions ON DELETE CASCADE,
  severity text NOT NULL CHECK (severity IN ('ERROR', 'WARNING', 'NOTE')),
  source text NOT NULL,
  location text NOT NULL,
  field text,
  found text,
  expected text,
  message text NOT NULL
);
CREATE INDEX import_findings_import_session_id_idx ON import_findings (import_session_id, severity);
COMMENT ON TABLE import_findings IS 'What an import had to say about single rows. An import with an ERROR changes nothing.';
COMMENT ON COLUMN import_findings.import_finding_id IS 'Key.';
COMMENT ON COLUMN import_findings.import_session_id IS 'The import.';
COMMENT ON COLUMN import_findings.severity IS 'ERROR (nothing is imported), WARNING or NOTE.';
COMMENT ON COLUMN import_findings.source IS 'File name.';
COMMENT ON COLUMN import_findings.location IS 'Row in the file: a line number or a JSON pointer.';
COMMENT ON COLUMN import_findings.field IS 'Field of the row.';
COMMENT ON COLUMN import_findings.found IS 'What stood there.';
COMMENT ON COLUMN import_findings.expected IS 'What was expected.';
COMMENT ON COLUMN import_findings.message IS 'The finding in words.';

CREATE TABLE import_rows (
  import_row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  import_session_id bigint NOT NULL REFERENCES import_sessions ON DELETE CASCADE,
  row_kind text NOT NULL CHECK (row_kind IN ('categories', 'subcategories', 'assemblies', 'parts', 'components', 'proposals', 'listings', 'codes')),
  source text NOT NULL,
  location text NOT NULL,
  item_code text COLLATE "C",
  place_code text COLLATE "C",
  label text,
  outcome text NOT NULL CHECK (outcome IN ('NEW', 'CHANGED', 'UNCHANGED', 'FOLDED', 'REFUSED', 'HELD')),
  changes jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX import_rows_import_session_id_idx ON import_rows (import_session_id, import_row_id);
CREATE INDEX import_rows_outcome_idx ON import_rows (import_session_id, outcome, import_row_id);
COMMENT ON TABLE import_rows IS 'What became of each row of an import, or would become of it.';
COMMENT ON COLUMN import_rows.import_row_id IS 'Key; in the order of the files.';
COMMENT ON COLUMN import_rows.import_session_id IS 'The import.';
COMMENT ON COLUMN import_rows.row_kind IS 'What the row is: one of the lists of a catalogue document.';
COMMENT ON COLUMN import_rows.source IS 'File name.';
COMMENT ON COLUMN import_rows.location IS 'Row in the file: a line number or a JSON pointer.';
COMMENT ON COLUMN import_rows.item_code IS 'Code that the row is about; of a component the child.';
COMMENT ON COLUMN import_rows.place_code IS 'Where it stands: category of a subcategory, subcategory of an assembly or a listing, parent of a component, item of a further code.';
COMMENT ON COLUMN import_rows.label IS 'Name of an item or a place, quantity of a component, kind of a further code.';
COMMENT ON COLUMN import_rows.outcome IS 'NEW, CHANGED, UNCHANGED, FOLDED (the same item as another row), REFUSED (not stored; a finding says why) or HELD (nothing against it, but the import is refused).';
COMMENT ON COLUMN import_rows.changes IS 'Of a changed row: column → [before, after].';

CREATE TYPE structure_node AS (assembly_id bigint, low_level_code integer, quantity numeric, depth integer);
COMMENT ON TYPE structure_node IS 'An assembly that an explosion has yet to visit.';
CREATE TYPE structure_edge AS (
  parent_assembly_id bigint, child_assembly_id bigint, child_part_id bigint, depth integer,
  quantity_per numeric(18, 4), quantity_total numeric(18, 4), unit_code text, scrap_percent numeric,
  component_position integer, note text, replaced_by integer, low_level_code integer
);
COMMENT ON TYPE structure_edge IS 'One edge found by an explosion.';

-- Stock: where material lies, how much of it is promised to builds, and every movement.

CREATE TABLE stock_locations (
  stock_location_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  location_code text COLLATE "C" NOT NULL UNIQUE CHECK (location_code = upper(btrim(location_code)) AND location_code <> ''),
  name text NOT NULL CHECK (btrim(name) <> ''),
  location_kind text NOT NULL DEFAULT 'WAREHOUSE' CHECK (location_kind IN ('WAREHOUSE', 'LINE', 'QUARANTINE', 'SHIPPING')),
  parent_location_id bigint REFERENCES stock_locations ON DELETE RESTRICT CHECK (parent_location_id <> stock_location_id),
  is_active boolean NOT NULL DEFAULT true,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX stock_locations_parent_location_id_idx ON stock_locations (parent_location_id) WHERE parent_location_id IS NOT NULL;
COMMENT ON TABLE stock_locations IS 'Places where material lies.';
COMMENT ON COLUMN stock_locations.stock_location_id IS 'Key.';
COMMENT ON COLUMN stock_locations.location_code IS 'Natural code, upper case, for example MAIN-A3.';
COMMENT ON COLUMN stock_locations.name IS 'Name shown to people.';
COMMENT ON COLUMN stock_locations.location_kind IS 'WAREHOUSE, LINE (beside the assembly), QUARANTINE (not available) or SHIPPING.';
COMMENT ON COLUMN stock_locations.parent_location_id IS 'The place it is part of.';
COMMENT ON COLUMN stock_locations.is_active IS 'False: nothing more is put there.';
COMMENT ON COLUMN stock_locations.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN stock_locations.created_at IS 'When the row was made.';
COMMENT ON COLUMN stock_locations.updated_at IS 'When the row was last changed.';

CREATE TABLE stock_lots (
  stock_lot_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint REFERENCES parts ON DELETE RESTRICT,
  lot_number text COLLATE "C" NOT NULL CHECK (lot_number = upper(btrim(lot_number)) AND lot_number <> ''),
  supplier_lot_number text,
  received_on date NOT NULL,
  expires_on date CHECK (expires_on >= received_on),
  is_blocked boolean NOT NULL DEFAULT false,
  blocked_reason text,
  is_sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (assembly_id, part_id, lot_number),
  CHECK (num_nonnulls(assembly_id, part_id) = 1),
  CHECK (NOT is_blocked OR blocked_reason IS NOT NULL)
);
CREATE INDEX stock_lots_part_id_idx ON stock_lots (part_id) WHERE part_id IS NOT NULL;
COMMENT ON TABLE stock_lots IS 'Lots of an item: what was received together and is traced together.';
COMMENT ON COLUMN stock_lots.stock_lot_id IS 'Key.';
COMMENT ON COLUMN stock_lots.assembly_id IS 'The item, when it is an assembly.';
COMMENT ON COLUMN stock_lots.part_id IS 'The item, when it is a part.';
COMMENT ON COLUMN stock_lots.lot_number IS 'Number of the lot, unique for its item.';
COMMENT ON COLUMN stock_lots.supplier_lot_number IS 'The supplier''s own number.';
COMMENT ON COLUMN stock_lots.received_on IS 'Date of receipt; the oldest lot is picked first.';
COMMENT ON COLUMN stock_lots.expires_on IS 'Last day of use, where it has one.';
COMMENT ON COLUMN stock_lots.is_blocked IS 'True: not available to builds.';
COMMENT ON COLUMN stock_lots.blocked_reason IS 'Why it is blocked.';
COMMENT ON COLUMN stock_lots.is_sample IS 'True for rows of the shipped sample data.';
COMMENT ON COLUMN stock_lots.created_at IS 'When the row was made.';

CREATE TABLE stock_levels (
  stock_level_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assembly_id bigint REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint REFERENCES parts ON DELETE RESTRICT,
  stock_location_id bigint NOT NULL REFERENCES stock_locations ON DELETE RESTRICT,
  stock_lot_id bigint REFERENCES stock_lots ON DELETE RESTRICT,
  quantity numeric(18, 4) NOT NULL CHECK (quantity >= 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (assembly_id, part_id, stock_location_id, stock_lot_id),
  CHECK (num_nonnulls(assembly_id, part_id) = 1)
);
CREATE INDEX stock_levels_part_id_idx ON stock_levels (part_id) WHERE part_id IS NOT NULL;
CREATE INDEX stock_levels_stock_location_id_idx ON stock_levels (stock_location_id);
CREATE INDEX stock_levels_stock_lot_id_idx ON stock_levels (stock_lot_id) WHERE stock_lot_id IS NOT NULL;
COMMENT ON TABLE stock_levels IS 'How much of an item lies where, by lot: the sum of its moves, kept in the same transaction.';
COMMENT ON COLUMN stock_levels.stock_level_id IS 'Key.';
COMMENT ON COLUMN stock_levels.assembly_id IS 'The item, when it is an assembly.';
COMMENT ON COLUMN stock_levels.part_id IS 'The item, when it is a part.';
COMMENT ON COLUMN stock_levels.stock_location_id IS 'Where it lies.';
COMMENT ON COLUMN stock_levels.stock_lot_id IS 'Its lot; null where the item is not kept by lot.';
COMMENT ON COLUMN stock_levels.quantity IS 'Quantity in the item''s unit.';
COMMENT ON COLUMN stock_levels.updated_at IS 'When it last changed.';

CREATE TABLE stock_balances (
  item_key text COLLATE "C" PRIMARY KEY,
  assembly_id bigint UNIQUE REFERENCES assemblies ON DELETE RESTRICT,
  part_id bigint UNIQUE REFERENCES parts ON DELETE RESTRICT,
  on_hand numeric(18, 4) NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
  available numeric(18, 4) NOT NULL DEFAULT 0 CHECK (available >= 0),
  reserved numeric(18, 4) NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  reorder_point numeric(18, 4) CHECK (reorder_point >= 0),
  CHECK (num_nonnulls(assembly_id, part_id) = 1),
  CHECK (item_key = CASE WHEN assembly_id IS NOT NULL THEN 'A' || assembly_id::text ELSE 'P' || part_id::text END),
  CHECK (available <= on_hand)
);
COMMENT ON TABLE stock_balances IS 'One row per item that was ever in stock or needed: what is there, what of it builds may use, what is promised. Locked in the order of item_key.';
COMMENT ON COLUMN stock_balances.item_key IS 'A and the key of the assembly, or P and the key of the part.';
COMMENT ON COLUMN stock_balances.assembly_id IS 'The item, when it is an assembly.';
COMMENT ON COLUMN stock_balances.part_id IS 'The item, when it is a part.';
COMMENT ON COLUMN stock_balances.on_hand IS 'Everything that lies anywhere, in the item''s unit.';
COMMENT ON COLUMN stock_balances.available IS 'Of it what lies neither in quarantine nor in a blocked lot.';
COMMENT ON COLUMN stock_balances.reserved IS 'Promised to builds and not yet issued.';
COMMENT ON COLUMN stock_balances.reorder_point IS 'Below it the item is to be bought again; null where nobody watches it.';
