-- A minor finding is waived by two people, one of quality control and one of production management; nothing else is.
\ir _checklists.sql
SELECT testing.make_build('WAIVE-1', testing.sink('T2-B1', '[{"type": "E_SINK_DI", "size": "24X20X8"}]')) AS build \gset
SELECT testing.colleague('both', 'QC_INSPECTOR'), testing.colleague('other.quality', 'QC_INSPECTOR'), repeat('ef', 32) AS photo \gset
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'both' AND r.role_code = 'PRODUCTION_MANAGER';
SELECT testing.place(:build, 'PRODUCTION', 'IN_ASSEMBLY');
SELECT testing.capture_serials(:build, 'sample.quality');
SELECT testing.do_all(:build, 'PRODUCTION', 'sample.technician'), testing.place(:build, 'PRODUCTION', 'EOL_READY');
SELECT testing.do_all(:build, 'END_OF_LINE', 'sample.technician'), testing.place(:build, 'QUALITY_CONTROL', 'READY');
SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'FINAL') AS final \gset
SELECT record_inspection_results(:final, testing.right_answers(:final, '{Q1.04,Q2.03,Q0.6}'));
SELECT record_inspection_result(:final, 'Q1.04', NULL, 'false', 'a scratch inside the skirt', ARRAY[:'photo']), record_inspection_result(:final, 'Q2.03', NULL, 'false', 'no logo'), record_inspection_result(:final, 'Q0.6', NULL, '"NO"');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q2.03'', NULL, ''nobody sees it'')', :final), 'TV009', 'not reported as a minor finding'),
       testing.refused(format('SELECT waive_item(%s, ''Q0.6'', NULL, ''it will hold'')', :final), 'TV009', 'is never waived'),
       testing.refused(format('SELECT waive_item(%s, ''Q3.01'', 1, ''it is fine'')', :final), 'TV009', 'not an open failure'),
       testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, '''')', :final), 'TV022', 'reason');
SELECT testing.same(waive_item(:final, 'Q1.04', NULL, 'hidden once installed'), false, 'one consent is not enough');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, ''hidden'')', :final), 'TV025', 'a second time'), testing.refused(format('SELECT complete_inspection(%s)', :final), 'TV009', 'has failed items: Q0.6, Q1.04, Q2.03');
SELECT testing.act('other.quality');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, ''hidden'')', :final), 'TV025', 'for the part of quality');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, ''hidden'')', :final), '42501', 'inspection:waive');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, ''hidden'')', :final), '42501', 'inspection:waive');
SELECT testing.act('sample.production');
SELECT testing.same(waive_item(:final, 'Q1.04', NULL, 'customer agrees'), true, 'both consented');
SELECT testing.same((SELECT array_agg((w.side, u.login)::text ORDER BY w.side) FROM qc_waivers w JOIN users u USING (user_id) WHERE w.build_id = :build), '{"(PRODUCTION,sample.production)","(QUALITY,sample.quality)"}'::text[], 'who consented'),
       testing.same((SELECT count(*) FROM signatures s JOIN qc_waivers w ON s.record_type = 'qc_waivers' AND s.record_id = w.qc_waiver_id AND s.meaning = 'waived' AND s.signer_id = w.user_id), 2::bigint, 'two signatures'),
       testing.same((SELECT (n.severity, n.disposition, n.needs_rework)::text FROM nonconformities n JOIN qc_inspection_items i USING (qc_inspection_item_id) WHERE i.item_code = 'Q1.04'), '(MINOR,USE_AS_IS,f)', 'the finding'),
       testing.refused(format('SELECT waive_item(%s, ''Q1.04'', NULL, ''again'')', :final), 'TV009', 'not an open failure'),
       testing.refused('UPDATE qc_waivers SET reason = ''none''', 'TV003', 'append-only');

-- One person with both roles is still one person.
SELECT testing.act('sample.quality');
SELECT report_nonconformity(:build, 'COMPONENT_MISSING', 'the logo is missing', 'MINOR', '{}', :final, 'Q2.03') AS logo \gset
SELECT testing.act('both');
SELECT testing.same(waive_item(:final, 'Q2.03', NULL, 'sent after'), false, 'for quality');
SELECT testing.refused(format('SELECT waive_item(%s, ''Q2.03'', NULL, ''sent after'')', :final), 'TV025', 'a second time');
SELECT testing.act('sample.production');
SELECT testing.same(waive_item(:final, 'Q2.03', NULL, 'sent after'), true, 'and another for production');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT complete_inspection(%s)', :final), 'TV009', 'has failed items: Q0.6.');
SELECT record_inspection_result(:final, 'Q0.6', NULL, '"YES"');
SELECT complete_inspection(:final);
SELECT testing.same((SELECT (state, first_pass)::text FROM qc_inspections WHERE qc_inspection_id = :final), '(PASSED,t)', 'passed with two waivers'), testing.same((SELECT array_agg(DISTINCT state) FROM nonconformities WHERE build_id = :build), '{VERIFIED}'::text[], 'the findings are verified'),
       testing.refused(format('SELECT waive_item(%s, ''Q3.01'', 1, ''late'')', :final), 'TV009', 'not an open failure');

-- Accepted without an inspection: by one person, verified by another, and only what is minor.
SELECT report_nonconformity(:build, 'PLUMBING', 'a drop under the drain') AS drop, report_nonconformity(:build, 'SURFACE_DEFECT', 'a small mark') AS mark \gset
SELECT testing.refused(format('SELECT dispose_nonconformity(%s, ''USE_AS_IS'', ''dries up'')', :drop), 'TV009', 'cannot be used as it is'), testing.refused(format('SELECT dispose_nonconformity(%s, ''PAINT'', ''cover it'')', :mark), 'TV022', 'disposition is "PAINT"'),
       testing.refused(format('SELECT verify_nonconformity(%s)', :mark), 'TV009', 'nothing to verify');
SELECT dispose_nonconformity(:mark, 'USE_AS_IS', 'inside'), dispose_nonconformity(:drop, 'SCRAP', 'new gasket');
SELECT testing.same((SELECT array_agg((state, disposition)::text ORDER BY nonconformity_id) FROM nonconformities WHERE nonconformity_id IN (:mark, :drop)), '{"(IN_REWORK,SCRAP)","(OPEN,USE_AS_IS)"}'::text[], 'decided'),
       testing.refused(format('SELECT verify_nonconformity(%s)', :mark), 'TV025', 'verify what they accepted'), testing.refused(format('SELECT dispose_nonconformity(%s, ''REWORK'', ''no'')', :drop), 'TV009', 'is in rework');
SELECT testing.act('other.quality');
SELECT verify_nonconformity(:mark);
SELECT testing.ok(NOT (build_guard_nonconformities_closed(:build)).ok, 'the critical one is open');
