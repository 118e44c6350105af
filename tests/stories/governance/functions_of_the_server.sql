-- What the lists give to the server's role works for it: functions that read with the caller's rights find all they call granted, and
-- master data is written directly by those who may and by nobody else.
\ir ../_shop.sql
SELECT testing.order_in('STELMO', 'CALL-1', 'CONFIGURATION') AS order_id \gset
SELECT bom_id, configuration_id, build_id FROM builds WHERE order_id = :order_id ORDER BY build_id LIMIT 1 \gset

SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.admin');
SELECT testing.ok((SELECT count(*) > 5 FROM search_catalogue('basin')), 'search by word');
SELECT testing.ok((SELECT count(*) > 0 FROM search_catalogue('T2-BODY')), 'search by code');
SELECT testing.ok((SELECT bool_and(matched_by = 'SIMILAR') FROM search_catalogue('faucett')), 'search by likeness');
SELECT testing.same((SELECT count(*) FROM resolve_item('assy-t2-body-48-60-ha')), 1::bigint, 'an item by its code');
SELECT testing.refused('SELECT * FROM require_item(''T2-BODY-48-60-HX'')', 'TV004', 'no item');
SELECT testing.ok((SELECT count(*) > 0 FROM where_used((SELECT component_code FROM v_assembly_components WHERE assembly_code = 'T2-BODY-48-60-HA' LIMIT 1), now(), NULL)), 'where an item is used');
SELECT testing.ok((SELECT count(*) > 20 FROM assembly_structure('T2-BODY-48-60-HA')), 'a structure');
SELECT testing.ok((SELECT material_cost > 0 FROM roll_up_assembly('T2-BODY-48-60-HA')), 'a roll-up');
SELECT testing.ok((SELECT count(*) > 10 FROM explode_structure(ARRAY(SELECT assembly_id FROM assemblies WHERE assembly_code = 'T2-BODY-48-60-HA'), '{1}')), 'an explosion');
SELECT testing.ok((SELECT count(*) > 5 FROM roll_up_structure(ARRAY(SELECT assembly_id FROM assemblies WHERE assembly_code = 'T2-BODY-48-60-HA'), '{1}')), 'sums of leaves');
SELECT testing.ok((SELECT count(*) > 10 FROM inventory_hierarchy(NULL, 't2-body-48-60-ha')), 'the hierarchy');
SELECT testing.refused('SELECT count(*) FROM mv_inventory_hierarchy', '42501', 'permission denied');
SELECT testing.same((SELECT list_price > standard_cost FROM item_prices('{T2-BODY-48-60-HA}')), true, 'prices');
SELECT testing.ok(preview_sink('{"model": "T2-B1"}') #> '{totals,cost}' IS NOT NULL, 'a preview with cost');
SELECT testing.same((SELECT count(*) FROM check_rule_set(1)), 0::bigint, 'mistakes of the rules');
SELECT testing.ok((SELECT count(*) > 50 FROM indented_bom(:bom_id)), 'an indented BOM');
SELECT testing.ok(explain_bom_line(:bom_id, 1) -> 'reasons' IS NOT NULL, 'reasons');
SELECT testing.same((SELECT count(*) FROM compare_boms(:bom_id, :bom_id)), 0::bigint, 'a BOM against itself');
SELECT testing.ok((SELECT count(unit_cost) > 0 FROM bom_line_costs(:bom_id)), 'costs of lines');
SELECT testing.ok((SELECT count(*) > 0 FROM order_next_actions(:order_id)), 'next steps');
SELECT testing.ok(released_rule_set('MDRD') IS NOT NULL AND released_families() LIKE '%MDRD%', 'rules in force');
SELECT testing.ok(message_text('bom.unresolved', '{"code": "X"}', 'FR') <> 'bom.unresolved', 'a message');
SELECT testing.ok(site_today() IS NOT NULL AND site_setting('currency') = '"CAD"', 'settings');
SELECT testing.ok(get_system_health_status() ? 'checks', 'health');
SELECT testing.same((SELECT display_name FROM person_names(ARRAY(SELECT key FROM testing.people WHERE login = 'sample.sales'))), 'Sam Sales (sample)', 'a name');
SELECT testing.same((SELECT count(*) FROM v_schema_drift), 0::bigint, 'drift, seen by the server');
SELECT testing.same((SELECT count(*) FROM v_assemblies), 219::bigint, 'a view');

-- Whatever else the lists name: called with nothing it may refuse, but never for want of a grant on what it calls.
DO $$
DECLARE
  routine record;
BEGIN
  FOR routine IN
    SELECT p.oid::regprocedure AS name, format('SELECT * FROM public.%I(%s)', p.proname, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, n))) AS call
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v' AND has_function_privilege(p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  LOOP
    BEGIN
      EXECUTE routine.call;
    EXCEPTION
      WHEN insufficient_privilege THEN
        IF SQLERRM LIKE 'permission denied for %' THEN
          RAISE EXCEPTION '%: %', routine.name, SQLERRM;
        END IF;
      WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END
$$;

-- Master data. Letters: who may change it directly.
CREATE FUNCTION pg_temp.changed(p_statement text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  changed bigint;
BEGIN
  BEGIN
    EXECUTE p_statement;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
  EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN CASE WHEN changed > 0 THEN 'yes' ELSE 'no' END;
  END;
EXCEPTION WHEN OTHERS THEN
  RETURN CASE WHEN SQLSTATE = '42501' THEN 'no' WHEN SQLSTATE LIKE 'TV%' OR SQLSTATE LIKE '23%' THEN 'yes' ELSE SQLSTATE || SQLERRM END;
END
$$;
DO $$
DECLARE
  attempt record;
BEGIN
  FOR attempt IN
    SELECT p.login, p.letter, c.letters, c.statement
      FROM (VALUES
        ('A', $q$UPDATE categories SET name = name$q$), ('A', $q$UPDATE subcategories SET name = name$q$), ('A', $q$UPDATE assemblies SET name = name$q$), ('A', $q$UPDATE parts SET standard_cost = 1$q$),
        ('A', $q$UPDATE assembly_components SET quantity = 2$q$), ('A', $q$UPDATE product_variants SET name = name$q$), ('A', $q$UPDATE configuration_rules SET title = title$q$),
        ('A', $q$UPDATE site_settings SET value = value$q$), ('A', $q$UPDATE translations SET body = body$q$), ('AS', $q$UPDATE customers SET name = name$q$),
        ('A', $q$INSERT INTO categories (category_code, name) VALUES ('STORY', 'Story')$q$),
        ('A', $q$INSERT INTO parts (part_number, name) VALUES ('STORY', 'Story') RETURNING part_id$q$),
        ('A', $q$INSERT INTO parts (part_number, name) VALUES ('STORY', 'Story') ON CONFLICT (part_number) DO UPDATE SET name = excluded.name$q$),
        ('', $q$INSERT INTO parts (part_number, name, is_custom, part_type, specification_code) VALUES ('STORY', 'Story', true, 'CUSTOM', 'X')$q$),
        ('A', $q$INSERT INTO item_codes (item_code, code_kind, part_id) VALUES ('STORY-ALIAS', 'ALIAS', 1)$q$),
        ('', $q$INSERT INTO item_codes (item_code, code_kind, part_id) VALUES ('STORY-ALIAS', 'PRIMARY', 1)$q$),
        ('', $q$DELETE FROM item_codes WHERE code_kind = 'PRIMARY'$q$), ('', $q$DELETE FROM parts$q$), ('', $q$UPDATE parts SET is_sample = true$q$), ('', $q$UPDATE assemblies SET low_level_code = 0$q$),
        ('', $q$UPDATE users SET is_sample = true$q$), ('', $q$UPDATE order_workflow_rules SET guards = '{}'$q$), ('', $q$UPDATE workflow_guards SET title = title$q$), ('', $q$UPDATE permissions SET description = ''$q$)
      ) AS c (letters, statement)
      CROSS JOIN (VALUES ('A', 'sample.admin'), ('S', 'sample.sales'), ('P', 'sample.production'), ('Q', 'sample.quality'), ('T', 'sample.technician'), ('C', 'sample.service')) AS p (letter, login)
  LOOP
    PERFORM testing.act(attempt.login);
    PERFORM testing.same(pg_temp.changed(attempt.statement), CASE WHEN strpos(attempt.letters, attempt.letter) > 0 THEN 'yes' ELSE 'no' END, attempt.login || ': ' || attempt.statement);
  END LOOP;
END
$$;

-- A direct change is audited like any other, in the name of the person.
SELECT testing.act('sample.admin');
INSERT INTO categories (category_code, name) VALUES ('STORY', 'Story');
SELECT testing.same((SELECT format('%s %s', actor, database_role) FROM audit_log WHERE table_name = 'categories' AND new_values ->> 'category_code' = 'STORY'), 'sample.admin torvan_app', 'the trail of a direct change');
-- A draft is made and filled by the server's role; its release is signed, and that needs a proof there.
SELECT new_assembly_revision('T2-BODY-48-60-HA', 'story') AS draft \gset
INSERT INTO assembly_components (assembly_revision_id, child_part_id, quantity) SELECT :draft, part_id, 2 FROM parts WHERE part_number = (SELECT min(part_number) FROM parts WHERE NOT is_custom) ON CONFLICT DO NOTHING;
SELECT testing.refused(format('SELECT release_assembly_revision(%s)', :draft), 'TV011');
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.nobody();
SELECT testing.ok(release_assembly_revision(:draft) >= 2, 'released');
SELECT testing.act('sample.admin');
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused(format('DELETE FROM assembly_components WHERE assembly_revision_id = %s', :draft), 'TV003');
