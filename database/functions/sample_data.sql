-- Sample data: taking it away again.
--
-- What real records stand on is kept and becomes ordinary data: items in BOMs or in the content of real assemblies,
-- customers and variants of real orders, people who acted in them.

CREATE OR REPLACE FUNCTION removing_samples() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(current_setting('torvan.removing_samples', true), '') = 'on' AND is_database_owner() $$;
COMMENT ON FUNCTION removing_samples() IS 'True inside remove_sample_data: the history of sample orders goes with them. Never for the server''s role, which could set the setting itself.';

CREATE OR REPLACE FUNCTION remove_sample_quality(p_build_ids bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  DELETE FROM qc_waivers WHERE build_id = ANY (p_build_ids);
  DELETE FROM qc_inspection_photos WHERE build_id = ANY (p_build_ids);
  DELETE FROM nonconformities WHERE build_id = ANY (p_build_ids);
  DELETE FROM qc_inspection_item_history WHERE build_id = ANY (p_build_ids);
  UPDATE qc_inspection_items SET carried_from_id = NULL WHERE build_id = ANY (p_build_ids) AND carried_from_id IS NOT NULL;
  DELETE FROM qc_inspection_items WHERE build_id = ANY (p_build_ids);
  UPDATE qc_inspections SET previous_inspection_id = NULL WHERE build_id = ANY (p_build_ids) AND previous_inspection_id IS NOT NULL;
  DELETE FROM qc_inspections WHERE build_id = ANY (p_build_ids);
END;
$$;
COMMENT ON FUNCTION remove_sample_quality(bigint[]) IS 'Deletes inspections and findings of sample builds.';

CREATE OR REPLACE FUNCTION remove_sample_exchange(p_order_ids bigint[], p_build_ids bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone bigint[] := array(SELECT s.shipment_id FROM shipments s WHERE s.order_id = ANY (p_order_ids) ORDER BY s.shipment_id);
  papers bigint[] := array(SELECT d.document_id FROM documents d WHERE d.is_sample OR d.order_id = ANY (p_order_ids) OR d.build_id = ANY (p_build_ids) ORDER BY d.document_id);
BEGIN
  DELETE FROM portal_messages WHERE order_id = ANY (p_order_ids);
  DELETE FROM shipment_packages WHERE shipment_id = ANY (gone);
  DELETE FROM shipment_builds WHERE shipment_id = ANY (gone);
  DELETE FROM shipments WHERE shipment_id = ANY (gone);
  UPDATE documents SET is_sample = true WHERE document_id = ANY (papers) AND NOT is_sample;
  DELETE FROM document_versions WHERE document_id = ANY (papers);
  DELETE FROM documents WHERE document_id = ANY (papers);
END;
$$;
COMMENT ON FUNCTION remove_sample_exchange(bigint[], bigint[]) IS 'Deletes shipments, messages and documents of the sample orders; what they said is swept by sweep_document_contents.';

CREATE OR REPLACE FUNCTION remove_sample_material(p_build_ids bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM lock_balances(array(SELECT r.item_key FROM stock_reservations r WHERE r.build_id = ANY (p_build_ids)));
  UPDATE stock_balances b SET reserved = b.reserved - r.quantity
    FROM (SELECT s.item_key, sum(s.quantity_reserved) AS quantity FROM stock_reservations s WHERE s.build_id = ANY (p_build_ids) GROUP BY s.item_key) r
   WHERE r.item_key = b.item_key AND r.quantity > 0;
  DELETE FROM stock_reservations WHERE build_id = ANY (p_build_ids);
  -- What was handed out to a sample sink is gone all the same.
  UPDATE stock_moves m SET move_kind = CASE m.move_kind WHEN 'ISSUE' THEN 'SCRAP' ELSE 'RECEIPT' END, build_id = NULL, reason = concat_ws('; ', m.reason, 'of a sample sink, ' || b.build_number)
    FROM builds b WHERE b.build_id = m.build_id AND m.build_id = ANY (p_build_ids);
  UPDATE service_orders SET build_id = NULL WHERE build_id = ANY (p_build_ids);
  DELETE FROM order_changes WHERE build_id = ANY (p_build_ids);
END;
$$;
COMMENT ON FUNCTION remove_sample_material(bigint[]) IS 'Gives back what is promised to sample builds; movements of stock stay, without the build.';

CREATE OR REPLACE FUNCTION remove_sample_orders() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  doomed bigint[] := array(SELECT order_id FROM orders WHERE is_sample ORDER BY order_id);
  sinks bigint[] := array(SELECT build_id FROM builds WHERE order_id = ANY (doomed) ORDER BY build_id);
BEGIN
  PERFORM FROM orders WHERE order_id = ANY (doomed) ORDER BY order_id FOR UPDATE;
  DELETE FROM signatures s WHERE is_sample_record(s.record_type, s.record_id);
  PERFORM remove_sample_quality(sinks), remove_sample_material(sinks);
  PERFORM remove_sample_exchange(doomed, sinks);
  DELETE FROM order_status_history WHERE order_id = ANY (doomed);
  DELETE FROM build_status_history WHERE build_id = ANY (sinks);
  DELETE FROM order_notes WHERE order_id = ANY (doomed);
  PERFORM remove_sample_production(sinks);
  UPDATE order_attachments SET is_sample = true WHERE order_id = ANY (doomed) AND NOT is_sample;
  UPDATE order_attachments SET replaces_id = NULL WHERE order_id = ANY (doomed) AND replaces_id IS NOT NULL;
  DELETE FROM order_attachments WHERE order_id = ANY (doomed);
  UPDATE builds SET bom_id = NULL, configuration_id = NULL WHERE build_id = ANY (sinks);
  UPDATE boms SET is_sample = true WHERE build_id = ANY (sinks) AND NOT is_sample;
  UPDATE boms SET supersedes_bom_id = NULL WHERE build_id = ANY (sinks) AND supersedes_bom_id IS NOT NULL;
  DELETE FROM boms WHERE build_id = ANY (sinks);
  DELETE FROM configurations WHERE build_id = ANY (sinks)
     AND configuration_id NOT IN (SELECT c.parent_configuration_id FROM configurations c WHERE c.parent_configuration_id IS NOT NULL AND (c.build_id = ANY (sinks)) IS NOT TRUE);
  DELETE FROM builds WHERE build_id = ANY (sinks) AND NOT EXISTS (SELECT FROM configurations c WHERE c.build_id = builds.build_id);
  DELETE FROM orders o WHERE o.order_id = ANY (doomed) AND NOT EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id);
  RETURN cardinality(doomed);
END;
$$;
COMMENT ON FUNCTION remove_sample_orders() IS 'Deletes the sample orders with their builds, BOMs and history.';

CREATE OR REPLACE FUNCTION keep_used_samples() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  kept_assemblies bigint[];
  kept_parts bigint[];
BEGIN
  UPDATE assembly_revisions r SET is_sample = false FROM assemblies a
   WHERE a.assembly_id = r.assembly_id AND r.is_sample AND NOT a.is_sample AND r.state = 'RELEASED';

  WITH RECURSIVE used (assembly_id, part_id) AS (
    SELECT l.assembly_id, l.part_id FROM bom_line_items l
    UNION
    SELECT b.assembly_id, b.part_id FROM stock_balances b
    UNION
    SELECT i.assembly_id, i.part_id FROM service_order_items i
    UNION
    SELECT c.child_assembly_id, c.child_part_id FROM assembly_components c JOIN assembly_revisions r USING (assembly_revision_id) WHERE NOT r.is_sample
    UNION
    SELECT c.child_assembly_id, c.child_part_id
      FROM used u JOIN assembly_revisions r ON r.assembly_id = u.assembly_id JOIN assembly_components c USING (assembly_revision_id)
  )
  SELECT array_agg(assembly_id) FILTER (WHERE assembly_id IS NOT NULL), array_agg(part_id) FILTER (WHERE part_id IS NOT NULL)
    INTO kept_assemblies, kept_parts FROM used;

  UPDATE assembly_revisions SET is_sample = false WHERE is_sample AND assembly_id = ANY (kept_assemblies);
  UPDATE assemblies SET is_sample = false WHERE is_sample AND assembly_id = ANY (kept_assemblies);
  UPDATE parts SET is_sample = false WHERE is_sample AND part_id = ANY (kept_parts);
  UPDATE product_variants v SET is_sample = false WHERE v.is_sample AND EXISTS (SELECT FROM configurations c WHERE c.product_variant_id = v.product_variant_id);
  UPDATE customers c SET is_sample = false
   WHERE c.is_sample AND (EXISTS (SELECT FROM orders o WHERE o.customer_id = c.customer_id) OR EXISTS (SELECT FROM service_orders s WHERE s.customer_id = c.customer_id)
                          OR EXISTS (SELECT FROM users u WHERE u.customer_id = c.customer_id AND NOT u.is_sample));
  RETURN coalesce(cardinality(kept_assemblies), 0) + coalesce(cardinality(kept_parts), 0);
END;
$$;
COMMENT ON FUNCTION keep_used_samples() IS 'Makes ordinary data of the sample rows on which real records stand.';

CREATE OR REPLACE FUNCTION remove_sample_people() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint;
  removed integer := 0;
BEGIN
  UPDATE users SET identity_verified_by = NULL, identity_verified_on = NULL WHERE is_sample AND identity_verified_by IS NOT NULL;
  FOR person IN SELECT user_id FROM users WHERE is_sample ORDER BY user_id LOOP
    DELETE FROM user_roles WHERE user_id = person;
    BEGIN
      DELETE FROM users WHERE user_id = person;
      removed := removed + 1;
    -- PostgreSQL 18 has a code of its own for RESTRICT.
    EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
      UPDATE users SET account_state = 'DISABLED', state_reason = 'sample data was removed', state_changed_at = clock_timestamp(), is_sample = false WHERE user_id = person;
    END;
  END LOOP;
  RETURN removed;
END;
$$;
COMMENT ON FUNCTION remove_sample_people() IS 'Deletes the sample users; those who acted in real records stay, without roles and inactive.';

CREATE OR REPLACE FUNCTION remove_sample_data() RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  removed jsonb;
  counted integer;
  kept integer;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database may remove the sample data.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  PERFORM set_config('torvan.removing_samples', 'on', true), lock_structure();
  removed := jsonb_build_object('orders', remove_sample_orders());
  DELETE FROM stock_balances b WHERE b.on_hand = 0 AND b.reorder_point IS NULL
     AND NOT EXISTS (SELECT FROM stock_moves m WHERE m.item_key = b.item_key) AND NOT EXISTS (SELECT FROM stock_reservations r WHERE r.item_key = b.item_key);
  kept := keep_used_samples();
  IF has_permission('document:approve') THEN
    PERFORM sweep_document_contents(interval '100 years');
  END IF;
  DELETE FROM product_variants WHERE is_sample;
  DELETE FROM customers WHERE is_sample;
  removed := removed || jsonb_build_object('people', remove_sample_people());
  DELETE FROM assembly_revisions WHERE is_sample;
  UPDATE assemblies SET superseded_by_id = NULL WHERE superseded_by_id IN (SELECT assembly_id FROM assemblies WHERE is_sample);
  UPDATE parts SET superseded_by_id = NULL WHERE superseded_by_id IN (SELECT part_id FROM parts WHERE is_sample);
  DELETE FROM assemblies WHERE is_sample;
  GET DIAGNOSTICS counted = ROW_COUNT;
  removed := removed || jsonb_build_object('assemblies', counted);
  DELETE FROM parts WHERE is_sample;
  GET DIAGNOSTICS counted = ROW_COUNT;
  removed := removed || jsonb_build_object('parts', counted);
  PERFORM remove_sample_resources();
  DELETE FROM item_codes WHERE is_sample AND code_kind <> 'PRIMARY';
  DELETE FROM subcategories s WHERE s.is_sample AND NOT EXISTS (SELECT FROM assemblies a WHERE a.subcategory_id = s.subcategory_id);
  DELETE FROM categories c WHERE c.is_sample AND NOT EXISTS (SELECT FROM subcategories s WHERE s.category_id = c.category_id);
  UPDATE subcategories SET is_sample = false WHERE is_sample;
  UPDATE categories SET is_sample = false WHERE is_sample;
  PERFORM set_config('torvan.removing_samples', '', true);
  RETURN jsonb_build_object('removed', removed, 'kept', jsonb_build_object('items', kept));
END;
$$;
COMMENT ON FUNCTION remove_sample_data() IS 'Removes the sample data; what real records stand on is kept as ordinary data. Returns what went and what stayed.';
