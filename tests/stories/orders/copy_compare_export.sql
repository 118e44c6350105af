-- Rights of their own: copying a configuration, trying rules, comparing and exporting BOMs, previewing checklists, reading packing lists, own figures.
CREATE FUNCTION pg_temp.only_for(p_logins text[], p_statement text, p_permission text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  person text;
BEGIN
  FOREACH person IN ARRAY '{sample.admin,sample.sales,sample.production,sample.quality,sample.technician,sample.service}'::text[] LOOP
    PERFORM testing.act(person);
    IF person = ANY (p_logins) THEN
      EXECUTE p_statement;
    ELSE
      PERFORM testing.refused(p_statement, '42501', p_permission);
    END IF;
  END LOOP;
END;
$$;
SELECT testing.nobody();
SELECT a.bom_id AS a, b.bom_id AS b, a.build_id AS build, a.configuration_id AS configuration FROM builds a, builds b WHERE a.build_number = 'SAMPLE-001' AND b.build_number = 'SAMPLE-002' \gset
SELECT rule_set_id AS rules FROM rule_sets WHERE state = 'RELEASED' AND family_code = 'MDRD' \gset

SELECT pg_temp.only_for('{sample.admin,sample.sales,sample.production,sample.quality}', format('SELECT count(*) FROM compare_boms(%s, %s)', :a, :b), 'bom:compare') \g /dev/null
SELECT testing.act('sample.sales');
SELECT testing.ok((SELECT bool_and((cost_a IS NULL) = (change = 'added') AND (cost_b IS NULL) = (change = 'removed') OR item_code IN (SELECT item_code FROM bom_line_items WHERE unit_cost IS NULL)) AND count(cost_a) > 0 FROM compare_boms(:a, :b)), 'what each line costs');
SELECT testing.act('sample.quality');
SELECT testing.same((SELECT count(cost_a) + count(cost_b) FROM compare_boms(:a, :b)), 0::bigint, 'not for those who may not see costs');
SELECT testing.nobody();
SELECT pg_temp.only_for('{sample.admin,sample.sales,sample.production}', format('SELECT count(*) FROM export_bom(%s)', :a), 'bom:export') \g /dev/null
SELECT pg_temp.only_for('{sample.admin}', format('SELECT simulate_rules(%s, ''{"model": "T2-B1"}'')', :rules), 'configuration_rule:simulate') \g /dev/null
SELECT pg_temp.only_for('{sample.admin,sample.production,sample.quality,sample.technician}', 'SELECT count(*) FROM preview_checklist(''PACKING'', ''{"model": "T2-B1"}'')', 'checklist_template:read') \g /dev/null
SELECT pg_temp.only_for('{sample.admin,sample.production,sample.quality,sample.technician,sample.service}', format('SELECT count(*) FROM packing_list(%s)', :build), 'packing_list:read') \g /dev/null
SELECT pg_temp.only_for('{sample.admin,sample.sales,sample.production,sample.quality,sample.technician,sample.service}', 'SELECT count(*) FROM own_figures()', 'report:read_own') \g /dev/null

-- An export holds every line; costs are for those who may see them.
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*)::integer FROM export_bom(:a)), (SELECT line_count FROM boms WHERE bom_id = :a), 'every line');
SELECT testing.ok((SELECT bool_or(unit_cost IS NOT NULL) AND bool_or(because IS NOT NULL) AND bool_or(parent_code IS NOT NULL) FROM export_bom(:a)), 'with cost, reason and parent');
SELECT testing.ok((SELECT bool_and(build_number = 'SAMPLE-001' AND revision >= 1 AND state = 'RELEASED' AND signatures ~ '^approved: .+, [0-9 :-]+ UTC') FROM export_bom(:a)), 'every line says of what it is and who signed it');
-- What the files tell of costs is what the page tells, and adds up to the cost of the BOM.
SELECT testing.ok((SELECT abs(sum(own_cost) - (SELECT total_cost FROM boms WHERE bom_id = :a)) < 0.05 FROM export_bom(:a)), 'own costs add up');
SELECT testing.ok((SELECT abs(sum(cost) FILTER (WHERE depth = 0) - (SELECT total_cost FROM boms WHERE bom_id = :a)) < 0.05 FROM export_bom(:a)), 'the top lines add up');
SELECT testing.same((SELECT count(*) FROM export_bom(:a) e JOIN bom_branches(:a) b USING (line_number) WHERE (e.unit_cost, e.cost) IS DISTINCT FROM (b.unit_cost, b.cost)), 0::bigint, 'as in the tree');
SELECT testing.ok((SELECT bool_or(scrap_percent > 0) AND bool_or(unit_cost > own_unit_cost) FROM export_bom(:a)), 'scrap, and what is below');
SELECT testing.ok((SELECT parts_cost + assemblies_cost + scrap_cost = total_cost AND parts_cost = (SELECT sum(quantity * unit_cost)::numeric(18, 4) FROM bom_leaf_totals(:a)) AND assemblies_cost > 0 AND scrap_cost > 0 FROM bom_cost_parts(:a)), 'parts, assemblies and scrap');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT * FROM bom_cost_parts(%s)', :a), '42501', 'price:read');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT count(*) FROM export_bom(0)', 'TV004', 'no BOM');

-- Customer service sees the packing list at the server's door too, though not the inspection.
SET SESSION AUTHORIZATION torvan_app;
BEGIN;
SELECT testing.act('sample.service');
SELECT testing.ok((SELECT count(*) > 0 FROM packing_list(:build)), 'to be packed');
SELECT testing.same((SELECT count(*) FROM qc_inspections), 0::bigint, 'no inspections');
COMMIT;
SET SESSION AUTHORIZATION torvan_user;

-- A copy is the next version of the other build, by the rules in force, in the language of its own order.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-COPY', 'sample.sales', current_date + 60, 'FR', '{COPY-1,COPY-2}') AS order_id \gset
SELECT min(build_id) AS one, max(build_id) AS two FROM builds WHERE order_id = :order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT copy_configuration(:configuration, :one, 'as the one before') AS copy \gset
SELECT testing.same((SELECT concat_ws(' ', n.build_id = :one, n.parent_configuration_id = o.configuration_id, n.parameters - 'language' = o.parameters - 'language', n.parameters ->> 'language', n.note)
  FROM configurations n, configurations o WHERE n.configuration_id = :copy AND o.configuration_id = :configuration), 't t t FR as the one before', 'the copy');
SELECT testing.same((SELECT configuration_id FROM builds WHERE build_id = :one), :copy::bigint, 'the build has it');
SELECT testing.refused(format('SELECT copy_configuration(%s, %s)', :copy, :one), 'TV022', 'already');
-- A build that had none when somebody began: not over what another person saved meanwhile.
SELECT testing.refused(format('SELECT copy_configuration(%s, %s, p_based_on => 0)', :configuration, :one), 'TV012', 'changed meanwhile');
-- What cannot become a version any more stays with who chose it.
SELECT keep_configuration_draft(:one, '{"family": "NOPE", "model": "T2-B2"}', :copy, 'model') \g /dev/null
SELECT copy_configuration(:configuration, :one) AS copy \gset
SELECT testing.same((SELECT count(*) FROM configuration_drafts WHERE build_id = :one), 1::bigint, 'a draft of a family that is not released');
-- An earlier version again: only if nobody saved another one meanwhile, and what was not saved becomes a version first.
SELECT keep_configuration_draft(:one, '{"model": "T2-B2", "length_in": 77}', :copy, 'model') \g /dev/null
SELECT testing.refused(format('SELECT copy_configuration(%s, %s, p_based_on => 0)', :configuration, :one), 'TV012', 'changed meanwhile');
SELECT copy_configuration(:configuration, :one, p_based_on => :copy) AS again \gset
SELECT testing.same((SELECT string_agg(c.parameters ->> 'length_in', ',' ORDER BY c.version) FROM configurations c WHERE c.build_id = :one AND c.configuration_id > :copy),
  (SELECT '77,' || (c.parameters ->> 'length_in') FROM configurations c WHERE c.configuration_id = :configuration), 'the draft, then the copy');
SELECT copy_configuration((SELECT configuration_id FROM configurations WHERE build_id = :one AND version = (SELECT version + 1 FROM configurations WHERE configuration_id = :copy)), :one, p_based_on => :again) AS own \gset
SELECT testing.same((SELECT c.parameters ->> 'length_in' FROM builds b JOIN configurations c USING (configuration_id) WHERE b.build_id = :one), '77', 'one''s own earlier version');
SELECT testing.same((SELECT count(*) FROM configuration_drafts WHERE build_id = :one), 0::bigint, 'no draft is left');
SELECT testing.refused(format('SELECT copy_configuration(%s, %s)', :copy, :build), 'TV009', 'cannot be configured');
SELECT testing.refused(format('SELECT copy_configuration(0, %s)', :two), 'TV004', 'no configuration');
SELECT testing.refused(format('SELECT copy_configuration(%s, 0)', :copy), 'TV004', 'no build');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT copy_configuration(%s, %s)', :copy, :two), '42501', 'configuration:copy');

-- Rules that are still a draft can be tried.
SELECT testing.act('sample.admin');
SELECT copy_rule_set(:rules, 'to be tried') AS draft \gset
SELECT testing.same(simulate_rules(:draft, parameters) ->> 'content_hash', (preview_sink(parameters) ->> 'content_hash'), 'an unchanged draft says the same') FROM configurations WHERE configuration_id = :configuration;
SELECT testing.refused('SELECT simulate_rules(0, ''{}'')', 'TV004', 'no rule set');

-- Own figures are of whoever asks.
SELECT testing.act('sample.service');
SELECT create_service_order('STELMO') AS cart \gset
SELECT testing.same((SELECT amount FROM own_figures() WHERE figure = 'service_orders_made'), 1::bigint, 'the cart just made');
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT amount FROM own_figures() WHERE figure = 'service_orders_made'), 0::bigint, 'not of others');
-- Who makes a cart fills it: the Administrator an own one, not another's.
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT submit_service_order(%s)', :cart), '42501', 'belongs to');
SELECT create_service_order('STELMO') AS own \gset
SELECT set_service_order_item(:own, (SELECT part_number FROM parts WHERE is_orderable ORDER BY 1 LIMIT 1), 1);
