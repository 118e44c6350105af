-- Inventory as people read it. Views show what is in force now and run with the reader's rights.

CREATE OR REPLACE VIEW v_assemblies WITH (security_invoker = true) AS
  SELECT a.assembly_id, a.assembly_code, a.name, a.description, c.category_code, c.name AS category_name,
         s.subcategory_code, s.name AS subcategory_name, a.assembly_type, a.is_kit, a.is_orderable, a.lifecycle,
         successor.assembly_code AS superseded_by_code, a.unit_code, r.revision, r.effective_from,
         (SELECT count(*) FROM assembly_components ac WHERE ac.assembly_revision_id = r.assembly_revision_id) AS component_count,
         (SELECT string_agg(ic.item_code, ', ' ORDER BY ic.item_code) FROM item_codes ic
           WHERE ic.assembly_id = a.assembly_id AND ic.code_kind = 'SHORT') AS short_codes,
         a.low_level_code, a.is_sample
    FROM assemblies a
    JOIN subcategories s USING (subcategory_id)
    JOIN categories c USING (category_id)
    LEFT JOIN assemblies successor ON successor.assembly_id = a.superseded_by_id
    LEFT JOIN assembly_revisions r ON r.assembly_id = a.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
     AND r.effective_from <= now() AND (r.effective_to IS NULL OR r.effective_to > now());
COMMENT ON VIEW v_assemblies IS 'Assemblies with their place in the catalogue and the revision in force now.';

CREATE OR REPLACE VIEW v_assembly_components WITH (security_invoker = true) AS
  SELECT a.assembly_id, a.assembly_code, r.assembly_revision_id, r.revision, ac.assembly_component_id, ac.position,
         CASE WHEN ac.child_part_id IS NULL THEN 'ASSEMBLY' ELSE 'PART' END AS component_kind,
         coalesce(child.assembly_code, p.part_number) AS component_code, coalesce(child.name, p.name) AS component_name,
         ac.quantity, ac.unit_code, ac.scrap_percent, ac.is_optional, ac.substitute_group, ac.note
    FROM assembly_components ac
    JOIN assembly_revisions r USING (assembly_revision_id)
    JOIN assemblies a USING (assembly_id)
    LEFT JOIN assemblies child ON child.assembly_id = ac.child_assembly_id
    LEFT JOIN parts p ON p.part_id = ac.child_part_id
   WHERE r.state IN ('RELEASED', 'SUPERSEDED') AND r.effective_from <= now() AND (r.effective_to IS NULL OR r.effective_to > now());
COMMENT ON VIEW v_assembly_components IS 'Components of each assembly, of the revision in force now.';

CREATE OR REPLACE VIEW v_draft_revisions WITH (security_invoker = true) AS
  SELECT r.assembly_revision_id, a.assembly_code, a.name, r.revision, r.note, r.is_proposal, r.created_by, r.created_at,
         (SELECT count(*) FROM assembly_components ac WHERE ac.assembly_revision_id = r.assembly_revision_id) AS component_count
    FROM assembly_revisions r
    JOIN assemblies a USING (assembly_id)
   WHERE r.state = 'DRAFT';
COMMENT ON VIEW v_draft_revisions IS 'Revisions that wait to be released or withdrawn.';
