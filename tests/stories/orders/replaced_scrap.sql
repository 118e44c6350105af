-- A custom panel in the place of a stock panel that is lost now and then: the tree and the total count the same loss.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-SCRAP', 'sample.sales', current_date + 60, 'EN', '{SCRAP-1}') AS order_id \gset
SELECT build_id AS build FROM builds WHERE order_id = :order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
  "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_size_mode": "CUSTOM", "pegboard_custom_width_in": 31, "pegboard_custom_length_in": 41,
  "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}', :build) AS configuration \gset
SELECT generate_bom(:configuration) AS first \gset
SELECT l.part_id AS panel, p.assembly_code AS kit FROM bom_line_items l JOIN custom_parts_registry r USING (part_id) JOIN assemblies p ON p.assembly_id = l.parent_assembly_id WHERE l.bom_id = :first \gset

SELECT testing.nobody();
UPDATE parts SET standard_cost = 80 WHERE part_id = :panel;
SELECT new_assembly_revision(:'kit', 'panels break') AS revision \gset
UPDATE assembly_components c SET scrap_percent = 25 FROM item_codes i
 WHERE c.assembly_revision_id = :revision AND (i.assembly_id = c.child_assembly_id OR i.part_id = c.child_part_id)
   AND i.item_code = (SELECT r.replaced_code FROM configuration_rules r JOIN rule_sets s USING (rule_set_id) WHERE s.state = 'RELEASED' AND r.rule_code = 'R35');
SELECT testing.same((SELECT count(*) FROM assembly_components WHERE assembly_revision_id = :revision AND scrap_percent = 25), 1::bigint, 'one component is replaced');
SELECT release_assembly_revision(:revision, p_note => 'story') \g /dev/null

SELECT testing.act('sample.production');
SELECT generate_bom(:configuration) AS second \gset
SELECT testing.same((SELECT sum(cost) FROM bom_branches(:second)), (SELECT total_cost FROM boms WHERE bom_id = :second), 'the top lines cost what the BOM costs');
SELECT testing.same((SELECT trim_scale(b.unit_cost) FROM bom_branches(:second, p_find => '720.215') b WHERE b.is_found), 100::numeric, 'a panel of 80 of which a quarter is lost');
