-- The packing list: by configuration and BOM, counted, and the language of the manuals.
\ir _checklists.sql
SELECT build_id AS build FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS di FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.same((SELECT array_agg(item_code || '=' || trim_scale(expected_quantity) ORDER BY item_code) FROM packing_list(:build) WHERE state = 'OPEN'),
  '{P4.01=1,P4.02=2,P4.03=2,P4.04=4,P4.05=1,P4.06=2,P4.07=2,P4.08=1,P4.09=1,P4.10=2,P4.11=1,P4.12=1,P4.13=1,P4.14=1,P4.15=1,P4.18=1,P4.19:T-OA-BINRAIL-24-KIT=2}'::text[], 'an E-Sink and an E-Drain basin, two guns, two faucets, two rails'),
  testing.same((SELECT array_agg(item_code || '=' || trim_scale(expected_quantity) ORDER BY item_code) FROM packing_list(:di) WHERE state = 'OPEN'),
  '{P4.01=1,P4.02=1,P4.03=1,P4.04=2,P4.06=1,P4.07=1,P4.10=1,P4.15=1,P4.18=1,P4.19:T2-OA-DI-GOOSENECK-FAUCET-KIT=1}'::text[], 'a DI basin: its gooseneck comes from the BOM'),
  testing.same((SELECT count(*) FROM packing_list(:di) WHERE state = 'NOT_APPLICABLE'), 9::bigint, 'what does not apply is listed as such'),
  testing.ok((SELECT item_text FROM packing_list(:build) WHERE item_code = 'P4.19:T-OA-BINRAIL-24-KIT') ~ '^As ordered: T-OA-BINRAIL-24-KIT .', 'code and name of an accessory'),
  testing.ok((SELECT item_text FROM packing_list(:build, 'FR') WHERE item_code = 'P4.19:T-OA-BINRAIL-24-KIT') ~ '^Selon la commande: T-OA-BINRAIL-24-KIT .', 'in French'),
  testing.same((SELECT item_text FROM packing_list(:build, 'FR') WHERE item_code = 'P4.10'), 'Joint de drain', 'in French');

SELECT testing.place(:build, 'PACKAGING', 'IN_PACKING'), testing.act('sample.technician');
SELECT start_inspection(:build, 'PACKING') AS packing \gset
SELECT testing.same((SELECT count(*) FROM packing_list(:build) WHERE state = 'OPEN'), 17::bigint, 'to be packed');
SELECT record_inspection_result(:packing, 'P4.04', NULL, '3'), record_inspection_result(:packing, 'P4.02', NULL, '3'), record_inspection_result(:packing, 'P4.01', NULL, '1'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P4.04'', NULL, ''-1'')', :packing), 'TV022', 'not a count'), testing.refused(format('SELECT record_inspection_result(%s, ''P4.04'', NULL, ''1.5'')', :packing), 'TV022', 'not a count'),
       testing.refused(format('SELECT record_inspection_result(%s, ''P4.16'', NULL, ''1'')', :packing), 'TV009', 'does not apply'), testing.refused(format('SELECT mark_not_applicable(%s, ''P4.01'', NULL, ''no mats left'')', :packing), 'TV009', 'has to be answered');
SELECT testing.same((SELECT array_agg(item_code || ' ' || state ORDER BY item_code) FROM packing_list(:build) WHERE packed_quantity IS NOT NULL), '{"P4.01 PACKED","P4.02 TOO_MANY","P4.04 SHORT"}'::text[], 'counted');
SELECT record_inspection_results(:packing, testing.right_answers(:packing, '{P4.02,P4.04,P4.19:T-OA-BINRAIL-24-KIT}'));
SELECT testing.refused(format('SELECT mark_not_applicable(%s, ''P4.19:T-OA-BINRAIL-24-KIT'', NULL, '''')', :packing), 'TV022', 'reason');
SELECT mark_not_applicable(:packing, 'P4.19:T-OA-BINRAIL-24-KIT', NULL, 'mounted on the sink');
SELECT testing.refused(format('SELECT complete_inspection(%s)', :packing), 'TV009', 'P4.02, P4.04');
SELECT record_inspection_result(:packing, 'P4.04', NULL, '4'), record_inspection_result(:packing, 'P4.02', NULL, '2');
SELECT complete_inspection(:packing);
SELECT testing.ok((build_guard_packing_complete(:build)).ok, 'packed'), testing.same((SELECT count(*) FROM packing_list(:build) WHERE state IN ('OPEN', 'SHORT', 'TOO_MANY')), 0::bigint, 'nothing is missing'),
       testing.same((SELECT (result, na_reason)::text FROM qc_inspection_items WHERE qc_inspection_id = :packing AND item_code LIKE 'P4.19:%'), '(NA,"mounted on the sink")', 'not loose, with the reason');

-- Quality control confirms, or sends it back.
SELECT testing.place(:build, 'PACKAGING', 'PACKED'), testing.act('sample.quality');
SELECT start_inspection(:build, 'CLQ.T2.001.F') AS confirmation \gset
SELECT record_inspection_results(:confirmation, testing.right_answers(:confirmation, '{Q4.03.2}'));
SELECT testing.same(record_inspection_result(:confirmation, 'Q4.03.2', NULL, '3'), 'FAIL', 'a clamp is missing');
SELECT testing.same(cardinality(reject_inspection(:confirmation, 'COMPONENT_MISSING')), 1, 'its finding'), testing.ok(NOT (build_guard_packing_confirmed(:build)).ok, 'not confirmed');

-- DI basins: what their kit does not have is marked by hand, with a reason.
SELECT testing.place(:di, 'PRODUCTION', 'IN_ASSEMBLY'), testing.act('sample.technician');
SELECT start_inspection(:di, 'PRODUCTION') AS clp \gset
SELECT mark_not_applicable(:clp, 'P3.10', 1, 'the DI kit has no dosing'), mark_not_applicable(:clp, 'P3.11', 1, 'the DI kit has no probe');
SELECT testing.refused(format('SELECT mark_not_applicable(%s, ''P3.05'', 1, ''no plate'')', :clp), 'TV009', 'has to be answered'), testing.refused(format('SELECT record_inspection_result(%s, ''P3.01'', 1, ''true'')', :clp), 'TV009', 'does not apply');
SELECT record_inspection_results(:clp, testing.right_answers(:clp)), complete_inspection(:clp);
SELECT testing.place(:di, 'PRODUCTION', 'EOL_READY');
SELECT start_inspection(:di, 'END_OF_LINE') AS eol \gset
SELECT testing.same((SELECT array_agg(item_code::text ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :eol AND is_applicable AND item_code ~ '^[GDK]'), '{G1A,K2A,K3A,K3B}'::text[], 'tests of a DI basin'),
       testing.same((SELECT count(*) FROM qc_inspection_items WHERE qc_inspection_id = :eol AND item_code IN ('K1A', 'K1B', 'K2B', 'K2C', 'K5A') AND result = 'NA' AND na_reason = 'by configuration'), 5::bigint, 'the others are stored as not applicable');
SELECT record_inspection_result(:eol, 'K2A', 1, 'true');

-- The sheet as people read it, in their language.
SELECT testing.same((SELECT (section_title, item_text, result, answer)::text FROM inspection_sheet(:eol, 'fr') WHERE item_code = 'G1A'), '(Général,"Mise sous tension. E-Drain : tous les boutons allumés ; E-Sink : les écrans affichent l''interface",OPEN,)', 'an open item'),
       testing.same((SELECT (basin_number, result, answer, answered_by)::text FROM inspection_sheet(:eol) WHERE item_code = 'K2A'), '(1,PASS,"{""pass"": true}","Terry Technician (sample)")', 'an answered one'),
       testing.same((SELECT choices FROM inspection_sheet(:confirmation) WHERE choices IS NOT NULL), NULL::jsonb, 'no choices here'),
       testing.same((SELECT count(*) FROM inspection_sheet(:clp)), (SELECT count(*) FROM qc_inspection_items WHERE qc_inspection_id = :clp), 'every item');
