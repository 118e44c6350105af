-- The floor: the same header and lines into the same tables, under the same foreign keys and triggers, and nothing else.
WITH wanted AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[]) AS w (source_id, configuration_id, build_id, revision)
), header AS (
  INSERT INTO public.boms (configuration_id, build_id, revision, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count,
         unresolved_count, uncosted_count, total_cost, total_price, total_weight_kg, total_labour_hours)
  SELECT w.configuration_id, w.build_id, w.revision, b.rule_set_id, b.catalogue_as_of, b.structure_version, b.content_hash, b.line_count, b.leaf_count,
         b.unresolved_count, b.uncosted_count, b.total_cost, b.total_price, b.total_weight_kg, b.total_labour_hours
    FROM wanted w JOIN bench.boms b ON b.bom_id = w.source_id
  RETURNING bom_id, build_id
)
INSERT INTO public.bom_line_items (bom_id, line_number, parent_assembly_id, assembly_id, part_id, item_code, specification_code, item_name, depth,
       quantity_per, quantity_total, unit_code, unit_cost, is_leaf, is_unresolved, component_group, note, provenance)
SELECT h.bom_id, l.line_number, l.parent_assembly_id, l.assembly_id, l.part_id, l.item_code, l.specification_code, l.item_name, l.depth,
       l.quantity_per, l.quantity_total, l.unit_code, l.unit_cost, l.is_leaf, l.is_unresolved, l.component_group, l.note, l.provenance
  FROM header h JOIN wanted w USING (build_id) JOIN bench.lines l ON l.bom_id = w.source_id
