-- Lines of a BOM by hand: added, changed and removed as new revisions, resolved and added up as generated ones, carried along, signed, and not approved by who made them.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-HAND', 'sample.sales', current_date + 60, 'EN', '{HAND-1}') AS order_id \gset
SELECT build_id AS build FROM builds WHERE order_id = :order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"length_in": 60}', :build, 'V-B1-BASIC') AS configuration \gset
SELECT generate_bom(:configuration) AS first \gset

-- Who may, and what is refused.
SELECT testing.refused(format('SELECT add_bom_line(%s, ''T2-FEET-LEVELING'', 1, ''spare'')', :first), '42501', 'bom:update');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT add_bom_line(%s, ''T2-FEET-LEVELING'', 1, ''spare'')', :first), '42501', 'bom:update');
SELECT testing.act('sample.production');
SELECT a.assembly_code AS assembly FROM assemblies a JOIN assembly_revisions r USING (assembly_id) JOIN assembly_components c USING (assembly_revision_id)
 WHERE r.state = 'RELEASED' AND a.lifecycle = 'ACTIVE' AND c.child_part_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM bom_line_items l WHERE l.bom_id = :first AND l.assembly_id = a.assembly_id) ORDER BY 1 LIMIT 1 \gset
SELECT l.item_code AS same, l.quantity_per AS already FROM bom_line_items l WHERE l.bom_id = :first AND l.depth = 0 AND l.assembly_id IS NOT NULL AND NOT l.is_leaf ORDER BY l.line_number LIMIT 1 \gset
SELECT testing.refused(format('SELECT add_bom_line(%s, ''NO-SUCH-ITEM'', 1, ''spare'')', :first), 'TV004', 'NO-SUCH-ITEM');
SELECT testing.refused(format('SELECT add_bom_line(%s, NULL, 1, ''spare'')', :first), 'TV004');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 0, ''spare'')', :first, :'assembly'), 'TV022', 'quantity');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, '' '')', :first, :'assembly'), 'TV022', 'reason');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''spare'', ''wings'')', :first, :'assembly'), 'TV022', 'wings');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''spare'')', 0, :'assembly'), 'TV004', 'no BOM');
SELECT testing.refused(format('SELECT remove_bom_line(%s, 1, ''not wanted'')', :first), 'TV009', 'comes from the rules');
SELECT testing.refused(format('SELECT update_bom_line(%s, 1, 7, ''not wanted'')', :first), 'TV009', 'comes from the rules');
SELECT testing.refused(format('SELECT remove_bom_line(%s, 100000, ''not wanted'')', :first), 'TV004', 'no line 100000');

-- Added: the next revision, with components, totals and another hash.
SELECT add_bom_line(:first, lower(:'assembly'), 2, 'spare for the customer', 'accessory') AS second \gset
SELECT testing.same((SELECT bom_id FROM builds WHERE build_id = :build), :second::bigint, 'the build has the new revision');
SELECT testing.same((SELECT concat_ws(' ', a.state, b.state, b.revision - a.revision, b.supersedes_bom_id = a.bom_id) FROM boms a, boms b WHERE a.bom_id = :first AND b.bom_id = :second), 'SUPERSEDED DRAFT 1 t', 'a revision like any other');
SELECT line_number AS line FROM bom_line_items WHERE bom_id = :second AND is_manual \gset
SELECT testing.same((SELECT concat_ws(' ', item_code, depth, trim_scale(quantity_total), component_group) FROM bom_line_items WHERE bom_id = :second AND line_number = :line), :'assembly' || ' 0 2 accessory', 'the manual line');
SELECT testing.ok((SELECT count(*) > 0 AND bool_and(quantity_total = 2 * quantity_per) FROM bom_line_items WHERE bom_id = :second AND parent_assembly_id = (SELECT assembly_id FROM assemblies WHERE assembly_code = :'assembly')), 'with its components');
SELECT testing.ok((SELECT a.content_hash <> b.content_hash AND b.line_count > a.line_count AND bom_lines_hash(:first) <> bom_lines_hash(:second) FROM boms a, boms b WHERE a.bom_id = :first AND b.bom_id = :second), 'hash and count know it');
SELECT testing.nobody();
SELECT testing.ok((SELECT m.total_cost IS NOT DISTINCT FROM (SELECT sum(l.quantity_total * (1 + coalesce(c.scrap_percent, 0) / 100) * l.unit_cost)::numeric(18, 4)
  FROM bom_line_items l LEFT JOIN LATERAL (SELECT x.scrap_percent FROM assembly_components x JOIN assembly_revisions r USING (assembly_revision_id)
    WHERE r.assembly_id = l.parent_assembly_id AND r.state = 'RELEASED' AND (x.child_part_id = l.part_id OR x.child_assembly_id = l.assembly_id) LIMIT 1) c ON true WHERE l.bom_id = m.bom_id) FROM boms m WHERE m.bom_id = :second), 'the cost holds it');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT string_agg(concat_ws(' ', c.change, c.item_code, trim_scale(c.quantity_b)), ', ') FROM compare_boms(:first, :second) c WHERE c.parent_code IS NULL), 'added ' || :'assembly' || ' 2', 'the comparison shows it');
SELECT testing.same((SELECT (r -> 'manual')::text || ' ' || (r ->> 'because') || ' ' || (r #>> '{rules,0,by}') FROM jsonb_array_elements(explain_bom_line(:second, :line) -> 'reasons') r), 'true by hand: spare for the customer sample.production', 'explained: by hand, by whom, why');

-- Two people at once: who looked at the revision before is told so. The same item twice is a change.
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''spare'')', :first, :'assembly'), 'TV012', 'not the last revision');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''spare'')', :second, :'assembly'), 'TV009', 'already');
SELECT testing.refused(format('SELECT update_bom_line(%s, %s, 2, ''again'')', :second, :line), 'TV022', 'already');

-- Changed by the Administrator; an item that the rules brought as well stands beside theirs.
SELECT testing.act('sample.admin');
SELECT update_bom_line(:second, :line, 3, 'one more') AS third \gset
SELECT testing.same((SELECT concat_ws(' ', c.change, c.item_code, trim_scale(c.quantity_a), trim_scale(c.quantity_b)) FROM compare_boms(:second, :third) c), 'changed ' || :'assembly' || ' 2 3', 'changed');
SELECT add_bom_line(:third, :'same', 1, 'reserve unit', NULL, 'packed apart') AS fourth \gset
SELECT testing.same((SELECT string_agg(concat_ws(' ', is_manual, trim_scale(quantity_per)), ', ' ORDER BY is_manual) FROM bom_line_items WHERE bom_id = :fourth AND depth = 0 AND item_code = :'same'),
  'f ' || trim_scale(:already) || ', t 1', 'both lines');
SELECT testing.ok((SELECT bool_and(l.quantity_total = l.quantity_per * (:already + 1)) FROM bom_line_items l WHERE l.bom_id = :fourth AND l.depth = 1 AND l.parent_assembly_id = (SELECT assembly_id FROM assemblies WHERE assembly_code = :'same')
  AND (SELECT count(*) FROM bom_line_items p WHERE p.bom_id = :fourth AND p.assembly_id = l.parent_assembly_id AND p.depth > 0) = 0), 'the components of both');

-- Generated again, by Sales, for another configuration: the manual lines come along, with who added them.
SELECT testing.act('sample.sales');
SELECT save_configuration('{"length_in": 72}', :build, 'V-B1-BASIC') AS configuration \gset
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT remove_bom_line(%s, %s, ''not wanted'')', :fourth, :line), 'TV009', 'not the present one');
SELECT testing.act('sample.sales');
SELECT generate_bom(:configuration) AS fifth \gset
SELECT testing.same((SELECT string_agg(concat_ws(' ', item_code, trim_scale(quantity_per), note), ', ' ORDER BY line_number) FROM bom_line_items WHERE bom_id = :fifth AND is_manual), :'assembly' || ' 3, ' || :'same' || ' 1 packed apart', 'carried along');
SELECT testing.act('sample.admin');
SELECT line_number AS line FROM bom_line_items WHERE bom_id = :fifth AND is_manual AND item_code = :'same' \gset
SELECT remove_bom_line(:fifth, :line, 'not needed') AS sixth \gset
SELECT testing.same((SELECT string_agg(item_code, ', ') FROM bom_line_items WHERE bom_id = :sixth AND is_manual), :'assembly', 'one is left');
SELECT testing.act('sample.sales');
SELECT generate_bom(:configuration) AS seventh \gset
SELECT testing.same((SELECT content_hash FROM boms WHERE bom_id = :seventh), (SELECT content_hash FROM boms WHERE bom_id = :sixth), 'equal content, equal hash');

-- Approval: not by who last changed a line by hand, though Sales made the revision. Afterwards nothing changes.
SELECT submit_bom(:seventh);
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT approve_bom(%s)', :seventh), 'TV025', 'approve this BOM');
-- Refused it can be by that person: the page says the same as the step.
SELECT testing.ok((bom_sheet(:seventh) -> 'is_barred_from_approval')::boolean AND NOT (bom_sheet(:seventh) -> 'is_barred_from_rejection')::boolean, 'refusal is open to who changed a line');
BEGIN;
SELECT testing.act('sample.admin');
SELECT reject_bom(:seventh, 'a line too many');
SELECT testing.same((SELECT state FROM boms WHERE bom_id = :seventh), 'REJECTED', 'and so it is');
ROLLBACK;
SELECT testing.act('sample.sales');
SELECT testing.ok((bom_sheet(:seventh) -> 'is_barred_from_rejection')::boolean, 'not to who submitted it');
SELECT testing.act('sample.production');
SELECT approve_bom(:seventh, 'agreed');
SELECT testing.same((SELECT v.status FROM signatures s CROSS JOIN LATERAL verify_signature(s.signature_id) v WHERE s.record_type = 'boms' AND s.record_id = :seventh), 'VALID', 'signed with its manual lines');
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''late idea'')', :seventh, :'same'), 'TV003', 'approved');
SELECT testing.refused(format('SELECT remove_bom_line(%s, 1, ''late idea'')', :seventh), 'TV003', 'approved');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'bom.changed_by_hand' AND (payload ->> 'build_id')::bigint = :build), 4::bigint, 'every change is an event');
-- An order in production is not changed by hand.
SELECT testing.refused(format('SELECT add_bom_line(%s, %L, 1, ''late idea'')', bom_id, :'same'), 'TV009', 'cannot be configured') FROM builds WHERE build_number = 'SAMPLE-001';
