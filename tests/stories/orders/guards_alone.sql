-- Every guard of an order holds its step back when it is the only one that fails: a ready order, one thing spoilt, and nothing else is named.
\ir ../_shop_floor.sql
CREATE FUNCTION pg_temp.failing(p_order bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT string_agg(b ->> 'guard', ' ' ORDER BY b ->> 'guard') FROM order_next_actions(p_order) n, jsonb_array_elements(n.blockers) b WHERE n.action = 'ADVANCE'), 'none') $$;

-- The step is tried for real and refused for the one reason; then everything is as before.
CREATE PROCEDURE pg_temp.alone(p_guard text, p_order bigint, p_to text, p_by text, p_spoil text) LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  PERFORM testing.nobody();
  BEGIN
    PERFORM set_config('torvan.workflow_step', p_order::text, true);
    EXECUTE p_spoil;
    PERFORM set_config('torvan.workflow_step', '', true), testing.act(p_by);
    found := pg_temp.failing(p_order);
    PERFORM testing.refused(format('SELECT transition_order(%s, %L)', p_order, p_to), 'TV024', p_guard);
    RAISE EXCEPTION SQLSTATE 'UNDO1';
  EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
    NULL;
  END;
  PERFORM testing.same(found, p_guard, 'the only guard that fails'), testing.act(p_by), testing.same(pg_temp.failing(p_order), 'none', 'nothing is left of ' || p_guard);
END;
$$;

SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-GUARDS', 'sample.sales', current_date + 30, 'EN', '{GUARDS-1}') AS o \gset
SELECT build_id AS b FROM builds WHERE order_id = :o \gset
CALL pg_temp.alone('customer_active', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE customers SET is_active = false');
CALL pg_temp.alone('po_number_given', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE orders SET po_number = NULL WHERE order_id = ' || :o);
CALL pg_temp.alone('sales_person_named', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE orders SET sales_person = NULL WHERE order_id = ' || :o);
CALL pg_temp.alone('want_date_ahead', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE orders SET want_date = site_today() WHERE order_id = ' || :o);
CALL pg_temp.alone('family_released', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE orders SET family_code = ''ENDOSCOPE'' WHERE order_id = ' || :o);
CALL pg_temp.alone('builds_numbered', :o, 'CONFIGURATION', 'sample.sales', 'UPDATE orders SET quantity = 2 WHERE order_id = ' || :o);

SELECT testing.act('sample.sales');
SELECT transition_order(:o, 'CONFIGURATION');
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "FIXED_HEIGHT", "feet": "SEISMIC_FEET", "workflow_direction": "LEFT_TO_RIGHT",
  "basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 33, "custom_length_in": 21, "custom_depth_in": 7}]}', :b) AS c \gset
SELECT generate_bom(:c) AS m \gset
SELECT add_attachment(:o, 'PO_DOCUMENT', 'po.pdf', 'application/pdf'), review_accessories(:o);
CALL pg_temp.alone('configurations_valid', :o, 'APPROVAL', 'sample.sales', 'UPDATE orders SET language = ''FR'' WHERE order_id = ' || :o);
CALL pg_temp.alone('boms_current', :o, 'APPROVAL', 'sample.sales', 'UPDATE builds SET bom_id = NULL WHERE build_id = ' || :b);
CALL pg_temp.alone('boms_resolved', :o, 'APPROVAL', 'sample.sales', 'ALTER TABLE boms DISABLE TRIGGER USER; UPDATE boms SET unresolved_count = 1 WHERE bom_id = ' || :m || '; ALTER TABLE boms ENABLE TRIGGER USER');
CALL pg_temp.alone('po_document_attached', :o, 'APPROVAL', 'sample.sales', 'ALTER TABLE order_attachments DISABLE TRIGGER USER; DELETE FROM order_attachments WHERE order_id = ' || :o || '; ALTER TABLE order_attachments ENABLE TRIGGER USER');
CALL pg_temp.alone('accessories_reviewed', :o, 'APPROVAL', 'sample.sales', 'UPDATE orders SET accessories_reviewed_at = NULL, accessories_reviewed_by = NULL WHERE order_id = ' || :o);

SELECT testing.act('sample.sales');
SELECT transition_order(:o, 'APPROVAL');
SELECT testing.act('sample.production');
SELECT attach_custom_part_drawing(r.custom_number, 'D-1') FROM custom_parts_registry r JOIN bom_line_items l USING (part_id) WHERE l.bom_id = :m;
SELECT approve_bom(:m, 'checked'), state_no_outsourcing(:b, 'from stock');
SELECT approve_attachment(add_attachment(:o, 'SINK_DRAWING', 'sink.pdf', 'application/pdf', p_build_id => :b));
CALL pg_temp.alone('boms_approved', :o, 'PRODUCTION', 'sample.production', 'ALTER TABLE boms DISABLE TRIGGER USER; UPDATE boms SET state = ''SUBMITTED'' WHERE bom_id = ' || :m || '; ALTER TABLE boms ENABLE TRIGGER USER');
CALL pg_temp.alone('drawings_approved', :o, 'PRODUCTION', 'sample.production', format('SELECT add_attachment(%s, ''SINK_DRAWING'', ''sink.pdf'', ''application/pdf'', p_build_id => %s)', :o, :b));
CALL pg_temp.alone('custom_parts_drawn', :o, 'PRODUCTION', 'sample.production', 'UPDATE custom_parts_registry SET state = ''NEEDS_DRAWING'', drawing_reference = NULL WHERE part_id IN (SELECT part_id FROM bom_line_items WHERE bom_id = ' || :m || ')');
CALL pg_temp.alone('outsourcing_stated', :o, 'PRODUCTION', 'sample.production', 'UPDATE outsourcing_statements SET withdrawn_at = now(), withdrawn_by = stated_by WHERE build_id = ' || :b);

-- Past PRODUCTION: one of two sinks is ready to leave, the other is not.
SELECT order_id AS o FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.bring_build(:a, 'SHIPPING'), testing.bring_build(:b, 'PACKAGING'), testing.nobody();
BEGIN;
SELECT set_config('torvan.workflow_step', :'o', true);
UPDATE orders SET carrier = 'Northern Freight', tracking_number = 'NF-1', dispatched_on = site_today(), delivered_on = site_today() WHERE order_id = :o;
SELECT set_config('torvan.workflow_step', '', true), testing.act('sample.production');
SELECT testing.same((SELECT string_agg(b ->> 'guard', ' ') FROM build_next_actions(:a) n, jsonb_array_elements(n.blockers) b WHERE n.to_phase = 'DELIVERED'), 'builds_together', 'the only guard that fails');
SELECT testing.refused(format('SELECT transition_build(%s, ''DELIVERED'')', :a), 'TV024', 'builds_together');
ROLLBACK;
SELECT testing.bring_build(:b, 'SHIPPING'), testing.nobody(), testing.act('sample.production');
SELECT testing.same(pg_temp.failing(:o), 'shipment_recorded', 'all are packed; nothing was sent');
SELECT testing.refused(format('SELECT transition_order(%s, ''DELIVERED'')', :o), 'TV024', 'shipment_recorded');
