-- A BOM branch by branch: its arithmetic, its costs from below, what is searched, what is left for the next page; and what its head says to whom.
SELECT testing.nobody();
SELECT a.bom_id AS bom FROM builds a WHERE a.build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.production');

-- Costs from below are those of the whole, scrap included.
SELECT testing.same((SELECT sum(cost) FROM bom_branches(:bom)), (SELECT total_cost FROM boms WHERE bom_id = :bom), 'the top lines cost what the BOM costs');
SELECT testing.ok((SELECT count(*) > 5 AND bool_and(depth = 0 AND quantity_above = 1 AND NOT is_open) FROM bom_branches(:bom)), 'closed at first');

-- Every branch open: each line is its arithmetic, and the leaves add up to the flat totals.
CREATE TEMP TABLE whole AS
  WITH RECURSIVE paths AS (
    SELECT l.line_number::text AS path, l.assembly_id FROM bom_line_items l WHERE l.bom_id = :bom AND l.parent_assembly_id IS NULL
    UNION ALL
    SELECT p.path || '.' || l.line_number, l.assembly_id FROM paths p JOIN bom_line_items l ON l.bom_id = :bom AND l.parent_assembly_id = p.assembly_id)
  SELECT b.* FROM bom_branches(:bom, (SELECT array_agg(path) FROM paths), p_limit => 500) b;
SELECT testing.ok((SELECT bool_and(quantity = quantity_above * quantity_per) FROM whole), 'quantity above times quantity per');
SELECT testing.ok((SELECT count(DISTINCT line_number) = (SELECT line_count FROM boms WHERE bom_id = :bom) FROM whole), 'every line is somewhere');
SELECT testing.ok(NOT EXISTS (
  SELECT FROM (SELECT item_code, sum(quantity) AS n FROM whole WHERE component_count = 0 GROUP BY 1) w
    FULL JOIN (SELECT item_code, quantity AS n FROM bom_leaf_totals(:bom)) t USING (item_code) WHERE w.n IS DISTINCT FROM t.n), 'the leaves are the totals');
SELECT testing.ok((SELECT bool_and(b.cost = w.cost) FROM whole w JOIN bom_branches(:bom, p_under => '2') b USING (path)), 'a branch alone says the same');

-- A long branch is read in pages.
SELECT path AS first_path, more_count AS more FROM bom_branches(:bom, p_under => '2', p_limit => 10) WHERE more_count > 0 \gset
SELECT testing.same((SELECT count(*) FROM bom_branches(:bom, p_under => '2', p_after => split_part(:'first_path', '.', 2)::integer, p_limit => 500)), :'more'::bigint, 'the rest');
SELECT testing.refused(format('SELECT * FROM bom_branches(%s, p_under => ''2.x'')', :bom), 'TV022', 'no assembly at 2.x');
SELECT testing.refused(format('SELECT * FROM bom_branches(%s, p_under => ''1.999999'')', :bom), 'TV022', 'no assembly at');
SELECT testing.refused('SELECT * FROM bom_branches(0)', 'TV004', 'no BOM');

-- What is looked for is there with all that leads to it, and nothing else.
SELECT testing.ok((SELECT bool_or(is_found) AND bool_and(is_found OR component_count > 0) AND bool_and(NOT is_found OR lower(item_code || item_name) ~ 'touch') FROM bom_branches(:bom, p_find => ' Touch ')), 'found');
SELECT testing.same((SELECT count(*) FROM bom_branches(:bom, p_find => 'nothing of this name')), 0::bigint, 'not found');

SELECT path AS first_path, more_count AS more FROM bom_branches(:bom, p_under => '2', p_find => 'a', p_limit => 1) WHERE depth = 1 \gset
SELECT testing.same((SELECT count(*) FROM bom_branches(:bom, p_under => '2', p_after => split_part(:'first_path', '.', 2)::integer, p_find => 'a', p_limit => 500) WHERE depth = 1), :'more'::bigint, 'only what is found follows');

-- Costs are not for everybody; the head says who may do what.
SELECT testing.ok((bom_sheet(:bom) ->> 'cost')::numeric = (SELECT total_cost FROM boms WHERE bom_id = :bom) AND bom_sheet(:bom) -> 'stamps' @? '$[*] ? (@.meaning == "approved" && @.status == "VALID")', 'cost and signature');
SELECT testing.ok(NOT (bom_sheet(:bom) -> 'is_barred_from_approval')::boolean AND (bom_sheet(:bom) -> 'may_approve')::boolean, 'the approver is somebody else');
SELECT testing.act('sample.sales');
SELECT testing.ok((bom_sheet(:bom) -> 'is_barred_from_approval')::boolean AND NOT (bom_sheet(:bom) -> 'may_approve')::boolean, 'who made it does not approve it');
SELECT testing.act('sample.quality');
SELECT testing.ok((SELECT bool_and(cost IS NULL AND unit_cost IS NULL) FROM bom_branches(:bom, '{2}')) AND NOT bom_sheet(:bom) ? 'cost', 'no costs');
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT bom_sheet(%s)', :bom), '42501', 'bom:read');
SELECT testing.refused(format('SELECT * FROM bom_branches(%s)', :bom), '42501', 'bom:read');

-- A line says why it is there, where else it is, and what it is made of.
SELECT testing.act('sample.technician');
SELECT l.line_number AS washer FROM bom_line_items l WHERE l.bom_id = :bom AND l.item_code = 'FST-WASHER-M10' ORDER BY 1 LIMIT 1 \gset
SELECT testing.ok(bom_line_sheet(:bom, :washer) @? '$.reasons[*].rules[*] ? (@.rule == "R12")', 'from the body''s rule');
SELECT testing.same((SELECT sum((u ->> 'quantity')::numeric) FROM jsonb_array_elements(bom_line_sheet(:bom, :washer) -> 'uses') u), (SELECT quantity FROM bom_leaf_totals(:bom) WHERE item_code = 'FST-WASHER-M10'), 'all its uses');
SELECT testing.same((bom_line_sheet(:bom, 2) ->> 'component_count')::bigint, (SELECT component_count FROM bom_branches(:bom) WHERE path = '2'), 'made of');

-- The catalogue says the same of an assembly.
SELECT testing.ok((SELECT bool_and(c.quantity = s.quantity_total AND c.item_code = s.code) FROM catalogue_branches('T2-BODY-73-120-HA', p_limit => 500) c
  JOIN (SELECT *, row_number() OVER (ORDER BY path, position_of) AS n FROM (SELECT *, row_number() OVER () AS position_of FROM assembly_structure('T2-BODY-73-120-HA', now(), 1)) x) s ON s.n = c.line_number), 'as assembly_structure has it');
SELECT path AS frame FROM catalogue_branches('T2-BODY-73-120-HA') WHERE item_code = 'T2-ADW-LINAKFRAME-8' \gset
SELECT testing.same((SELECT count(*) FROM catalogue_branches('T2-BODY-73-120-HA', ARRAY[:'frame'], p_limit => 500) WHERE depth = 1), (SELECT component_count FROM catalogue_branches('T2-BODY-73-120-HA') WHERE path = :'frame'), 'opened');
SELECT testing.ok((SELECT bool_and(depth = 1 AND quantity = quantity_above * quantity_per) FROM catalogue_branches('T2-BODY-73-120-HA', p_under => :'frame')), 'below one line');
SELECT testing.refused('SELECT * FROM catalogue_branches(''T2-BODY-73-120-HA'', p_under => ''1.2'')', 'TV022', 'no assembly at 1.2');

-- The list of all BOMs names build and order.
SELECT testing.ok((SELECT bool_and(build_number IS NOT NULL AND order_number IS NOT NULL AND is_present) FROM v_boms), 'of which build and order');
