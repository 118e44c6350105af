-- Signing in a delegated role: only when granted expressly, with the name of the grantor, and never what the grantor may not do.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-DELEGATE', 'sample.sales', current_date + 30, 'EN', '{DEL-1,DEL-2}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
  "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}', build_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT generate_order_boms(:order_id) \g /dev/null
SELECT submit_bom(bom_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT bom_id AS first_bom FROM builds WHERE build_number = 'DEL-1' \gset
SELECT bom_id AS second_bom FROM builds WHERE build_number = 'DEL-2' \gset

SELECT testing.act('sample.production');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '5 days', 'holiday') AS lent \gset
SELECT testing.act('sample.service');
SELECT testing.refused('SELECT approve_bom(' || :first_bom || ')', '42501', 'but not sign');
SELECT testing.same((SELECT state FROM boms WHERE bom_id = :first_bom), 'SUBMITTED', 'not signed, not done');
SELECT testing.act('sample.production');
SELECT end_delegation(:lent, 'not enough');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '5 days', 'holiday', true) AS lent \gset
SELECT testing.act('sample.service');
SELECT approve_bom(:first_bom, 'checked');
SELECT testing.same((SELECT printed_name || ' / ' || acting_for FROM v_signatures WHERE record_type = 'boms' AND record_id = :first_bom), 'Casey Service (sample) / Pat Production (sample)', 'who signed for whom');
SELECT testing.ok((SELECT wording LIKE 'Approved by Casey Service (sample) acting for Pat Production (sample) as Production Manager on %' FROM v_signatures WHERE record_type = 'boms' AND record_id = :first_bom), 'as it is printed');

-- Own right first: nobody acts for another where they may act themselves.
SELECT testing.act('sample.admin');
SELECT grant_role('sample.service', 'PRODUCTION_MANAGER', NULL, NULL, 'promoted') \g /dev/null
SELECT testing.act('sample.service');
BEGIN;
SELECT reject_bom(:second_bom, 'wrong legs');
SELECT testing.ok((SELECT acting_for IS NULL AND meaning = 'rejected' AND reason = 'wrong legs' FROM v_signatures WHERE record_type = 'boms' AND record_id = :second_bom), 'in the own role');
ROLLBACK;

-- The submitter lends a role to somebody who then may not decide on the submitter's work in it.
SELECT testing.act('sample.admin');
SELECT grant_role('sample.sales', 'PRODUCTION_MANAGER', NULL, NULL, 'two hats') \g /dev/null
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT approve_bom(' || :second_bom || ')', 'TV025', 'approve this BOM');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.quality', NULL, now() + interval '1 day', 'approve mine please', true) \g /dev/null
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT approve_bom(' || :second_bom || ')', 'TV025', 'approve this BOM');
