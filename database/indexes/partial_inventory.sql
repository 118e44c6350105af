-- Partial indexes of the inventory: rows that people still work with.

-- Pages of a subcategory: WHERE subcategory_id = $1 AND lifecycle = 'ACTIVE' AND is_orderable ORDER BY assembly_code.
CREATE INDEX IF NOT EXISTS assemblies_orderable_idx
  ON assemblies (subcategory_id, assembly_code) WHERE lifecycle = 'ACTIVE' AND is_orderable;

-- Parts that may be ordered by themselves: WHERE lifecycle = 'ACTIVE' AND is_orderable ORDER BY part_number.
CREATE INDEX IF NOT EXISTS parts_orderable_idx ON parts (part_number) WHERE lifecycle = 'ACTIVE' AND is_orderable;

-- Custom parts by what they are: WHERE is_custom AND specification_code = $1.
CREATE INDEX IF NOT EXISTS parts_specification_code_idx ON parts (specification_code) WHERE is_custom;

-- Drafts that wait: WHERE state = 'DRAFT' (v_draft_revisions).
CREATE INDEX IF NOT EXISTS assembly_revisions_draft_idx ON assembly_revisions (assembly_id) WHERE state = 'DRAFT';

-- Presets offered for a family: WHERE family_code = $1 AND is_active ORDER BY variant_code.
CREATE INDEX IF NOT EXISTS product_variants_active_idx ON product_variants (family_code, variant_code) WHERE is_active;

-- `torvan sample remove`: WHERE is_sample.
CREATE INDEX IF NOT EXISTS assemblies_sample_idx ON assemblies (assembly_id) WHERE is_sample;
CREATE INDEX IF NOT EXISTS parts_sample_idx ON parts (part_id) WHERE is_sample;
