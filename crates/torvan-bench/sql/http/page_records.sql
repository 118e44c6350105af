-- One record of each kind that the sample data has none of, so that every page has something to show.
BEGIN;

SELECT begin_as('sample.sales', 'records');
SELECT save_view('/orders', 'Late in production', 'phase=PRODUCTION&view=late');

SELECT begin_as('sample.production', 'records');
INSERT INTO stock_locations (location_code, name, location_kind) VALUES ('REC-01', 'Rack R, shelf 1', 'WAREHOUSE');
SELECT receive_stock('T2-BODY-48-60-HA', 12, 'REC-01', 'LOT-REC-1', 'PO 4711'),
       count_stock('T2-BODY-48-60-HA', 'REC-01', 11, 'one was bent', 'LOT-REC-1');
INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, note) SELECT resource_calendar_id, site_today() + 30, 'HOLIDAY', 'Stock-taking' FROM resource_calendars WHERE calendar_code = 'STANDARD';
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.quality', NULL, now() + interval '5 days', 'Away at a customer');

SELECT begin_as('sample.quality', 'records');
SELECT submit_document_version(add_document_version(create_document('Tightening bolts', 'PROCEDURE'), store_content('text/plain', 'Use the torque wrench.'), 'torque.txt', 'First text.'));

SELECT begin_as('sample.service', 'records');
SELECT set_service_order_item(create_service_order('STELMO'), 'T2-DL27-KIT', 2);

SELECT begin_as('sample.admin', 'records');
SELECT allow_host('https://erp.records.example', 'The ERP of the plant');
SELECT create_external_system('RECORDS', 'ERP', 'ERP of the plant', 'https://erp.records.example/api', p_event_types => '{order.*}'), activate_external_system('RECORDS', true, 'in use');
SELECT copy_rule_set(rule_set_id, 'A draft to look at') FROM rule_sets WHERE state = 'RELEASED';
UPDATE configuration_rules r SET title = r.title || ', by the draft' FROM rule_sets s WHERE s.rule_set_id = r.rule_set_id AND s.state = 'DRAFT' AND r.rule_code = 'R25';
SELECT new_assembly_revision('T2-BODY-48-60-HA', 'A draft to look at');
SELECT create_customer('REC', 'Clinic of the records');
SELECT place_hold('CUSTOMER', 'REC', 'Claim of the customer', site_today() + 365);
SELECT create_api_token('sample.admin', 'ERP bridge', encode(sha256('records'), 'hex'), '{order:read}', now() + interval '30 days');
SELECT import_catalogue('{"parts": [{"code": "REC-1", "source": "parts.csv", "location": "line 2"}]}', '[{"name": "parts.csv", "bytes": 10, "sha256": "00", "rows": 1}]');
-- An order with a basin of its own size, whose note has an address that does not belong there; the ERP is told of it.
SELECT create_order('STELMO', 'PO-REC-1', 'sample.sales', site_today() + 60, 'EN', '{REC-1}');
SELECT generate_bom(save_configuration(
  '{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
    "basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 21, "custom_length_in": 22, "custom_depth_in": 9}]}', b.build_id)) FROM builds b WHERE b.build_number = 'REC-1';
SELECT add_order_note(b.order_id, 'Ask nora.contact@stelmo.example before it is packed.') FROM builds b WHERE b.build_number = 'REC-1';
SELECT count(*) FROM detect_pii('order_notes');
SELECT process_outbox();
SELECT run_audit_verification();

-- An order whose period of keeping is over: it waits for the signature of a second person.
SELECT create_order('STELMO', 'PO-REC-2', 'sample.sales', site_today() + 60, 'EN', '{REC-2}');
SELECT set_config('torvan.workflow_step', b.order_id::text, true) FROM builds b WHERE b.build_number = 'REC-2';
UPDATE orders o SET phase = 'DELIVERED', dispatched_on = site_today() - 6000, delivered_on = site_today() - 6000 FROM builds b WHERE b.build_number = 'REC-2' AND b.order_id = o.order_id;
SELECT execute_retention_policy(p.policy_id) FROM data_retention_policies p WHERE p.policy_code = 'DEVICE_RECORDS';
COMMIT;
