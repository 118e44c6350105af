-- Composite indexes of the inventory.

-- Revision in force at an instant (explode_structure, roll_up_assembly, v_assemblies):
--   WHERE assembly_id = $1 AND state IN ('RELEASED', 'SUPERSEDED') AND effective_from <= $2 AND (effective_to IS NULL OR effective_to > $2)
CREATE INDEX IF NOT EXISTS assembly_revisions_in_force_idx
  ON assembly_revisions (assembly_id, effective_from) INCLUDE (effective_to, assembly_revision_id)
  WHERE state IN ('RELEASED', 'SUPERSEDED');

-- History of imports: ORDER BY created_at DESC LIMIT $1.
CREATE INDEX IF NOT EXISTS import_sessions_created_at_idx ON import_sessions (created_at DESC, import_session_id DESC);
