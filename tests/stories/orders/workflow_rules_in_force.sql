-- Changes of the workflow in force: tried first, signed by a second person, and then asked of orders and builds.
\ir ../_shop_floor.sql
SELECT testing.nobody();
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'sample.production' AND r.role_code = 'ADMINISTRATOR';
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT order_workflow_rule_id AS begin_id FROM order_workflow_rules WHERE from_phase = 'DRAFT' \gset
SELECT order_workflow_rule_id AS back FROM order_workflow_rules WHERE from_phase = 'PACKAGING' AND action = 'RETURN' \gset
SELECT build_workflow_rule_id AS plan FROM build_workflow_rules WHERE from_sub_state = 'PLANNING' AND to_sub_state = 'PRE_QC_READY' \gset
SELECT build_workflow_rule_id AS outside FROM build_workflow_rules WHERE to_sub_state = 'AWAITING_EXTERNAL' \gset
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-WORKFLOW', 'sample.sales', current_date + 30, 'EN', '{WORKFLOW-1}') AS draft \gset
SELECT order_number AS draft_number FROM orders WHERE order_id = :draft \gset

-- A guard for the first step of orders: tried before it is in force.
SELECT testing.act('sample.admin');
SELECT propose_workflow_rule_change(jsonb_build_object('guards', (SELECT guards || '{po_document_attached}'::text[] FROM order_workflow_rules WHERE order_workflow_rule_id = :begin_id), 'target_hours', 12, 'separate_from', 'CREATOR', 'title', 'Open the order'),
                                    'no configuration without the PO', p_order_workflow_rule_id => :begin_id) AS change \gset
SELECT testing.same((SELECT count(*) FROM simulate_workflow_rules(:'draft_number')), (SELECT count(*) FROM order_workflow_rules), 'an order is tried with every step of orders');
SELECT testing.same((SELECT format('%s %s %s', is_next, is_changed, is_held) FROM simulate_workflow_rules(:'draft_number') WHERE order_workflow_rule_id = :begin_id), 't f f', 'the rules as they are do not hold it');
SELECT testing.same((SELECT format('%s %s %s %s', is_next, is_changed, is_held, title) FROM simulate_workflow_rules(lower(:'draft_number'), :change) WHERE order_workflow_rule_id = :begin_id), 't t t Open the order', 'the change would');
SELECT testing.same((SELECT jsonb_agg(g - 'title') FROM simulate_workflow_rules(:'draft_number', :change), jsonb_array_elements(guards) g WHERE order_workflow_rule_id = :begin_id AND NOT (g ->> 'ok')::boolean),
                    '[{"guard": "po_document_attached", "ok": false, "message": "the customer''s PO document is not attached", "link": "attachments", "change": "ADDED"}]'::jsonb, 'in words, with its link, as new');
SELECT testing.same((SELECT string_agg(to_phase, ' ') FROM simulate_workflow_rules(:'draft_number') WHERE is_next), 'CONFIGURATION', 'the step it stands before');
SELECT testing.same((SELECT format('%s %s %s %s', waiting, is_at_least, looked_at, newly_held) FROM workflow_rule_reach(:begin_id)),
                    format('%s f %s %s', (SELECT count(*) FROM orders WHERE phase = 'DRAFT' AND state <> 'CANCELLED'), (SELECT count(*) FROM orders WHERE phase = 'DRAFT' AND state <> 'CANCELLED'),
                           (SELECT count(*) FROM orders o WHERE o.phase = 'DRAFT' AND o.state <> 'CANCELLED' AND NOT (guard_po_document_attached(o.order_id)).ok)), 'who stands behind it, and whom it would hold');
SELECT testing.refused('SELECT * FROM simulate_workflow_rules(''NO-SUCH'')', 'TV004', 'NO-SUCH');
SELECT testing.refused('SELECT * FROM simulate_workflow_rules(NULL)', 'TV004', '(none)');
SELECT testing.refused(format('SELECT * FROM simulate_workflow_rules(%L, 4711)', :'draft_number'), 'TV004', '4711');
SELECT testing.refused('SELECT * FROM workflow_rule_reach()', 'TV022', 'has to be named');

-- Released: who signs says what was seen.
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'')', :change), '42501', 'workflow_rule:release');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'', ''seen long ago'')', :change), 'TV012', 'changed meanwhile');
SELECT content_to_sign('workflow_rule_changes', :change) AS seen \gset
SELECT release_workflow_rule_change(:change, 'agreed in the meeting', :'seen');
SELECT testing.same((SELECT format('%s %s %s %s', title, target_hours, separate_from, row_version) FROM order_workflow_rules WHERE order_workflow_rule_id = :begin_id), 'Open the order 12.00 CREATOR 2', 'the step is as it says');
SELECT testing.same((SELECT string_agg(format('%s %s', s.meaning, (SELECT v.status FROM verify_signature(s.signature_id) v)), ', ') FROM signatures s WHERE s.record_type = 'workflow_rule_changes' AND s.record_id = :change), 'released VALID', 'signed');
SELECT testing.same((SELECT format('%s %s', state, decision_note) FROM workflow_rule_changes WHERE workflow_rule_change_id = :change), 'RELEASED agreed in the meeting', 'decided');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'workflow.changed' AND subject_id = :change), 'told');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'')', :change), 'TV009', 'released already');
SELECT testing.same((SELECT count(*) FROM workflow_rule_changes WHERE state = 'PROPOSED'), 0::bigint, 'nothing waits');

-- In force at once: for the order that waits, for what is next, and for the time in the phase.
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT format('%s %s %s', title, is_reworded, blockers #>> '{0,guard}') FROM order_next_actions(:draft)), 'Open the order t po_document_attached', 'the step of the order says so');
SELECT testing.refused(format('SELECT transition_order(%s, ''CONFIGURATION'')', :draft), 'TV025', 'their own');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT transition_order(%s, ''CONFIGURATION'')', :draft), 'TV024', 'po_document_attached');
SELECT testing.same((SELECT target_hours FROM v_order_ages WHERE order_id = :draft), 12.00, 'the planned time of the phase');
SELECT testing.same((SELECT newly_held FROM workflow_rule_reach(:begin_id)), 0, 'nothing waits that would hold more');
SELECT add_attachment(:draft, 'PO_DOCUMENT', 'po.pdf');
SELECT transition_order(:draft, 'CONFIGURATION');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :draft), 'CONFIGURATION', 'once it holds, the order goes on');

-- A step of builds: guard, reason and signature.
SELECT propose_workflow_rule_change('{"guards": ["outsourcing_received", "technician_assigned"], "requires_reason": true, "signature_meaning": "confirmed"}', 'nothing begins without a person', p_build_workflow_rule_id => :plan) AS change \gset
SELECT testing.same((SELECT string_agg(format('%s %s', g ->> 'guard', g ->> 'change'), ', ') FROM simulate_workflow_rules('sample-001', :change), jsonb_array_elements(guards) g WHERE build_workflow_rule_id = :plan), 'outsourcing_received , technician_assigned ADDED', 'a build is tried by its number');
SELECT testing.same((SELECT string_agg(to_sub_state, ' ') FROM simulate_workflow_rules('SAMPLE-001') WHERE is_next), 'AWAITING_EXTERNAL PRE_QC_READY', 'what it stands before, and not what it may not leave for yet');
SELECT testing.same((SELECT format('%s %s %s', is_next, is_held, guards #>> '{0,guard}') FROM simulate_workflow_rules((SELECT o.order_number FROM orders o JOIN builds b USING (order_id) WHERE b.build_id = :a)) WHERE from_phase = 'PRODUCTION'), 't t builds_ready', 'its order waits for builds that are behind');
SELECT testing.same((SELECT count(*) FROM simulate_workflow_rules('SAMPLE-001') WHERE phase_position(from_phase) < 4), 0::bigint, 'steps that builds take with their order are left out');
SELECT testing.same((SELECT format('%s %s %s %s', waiting, is_at_least, looked_at, newly_held) FROM workflow_rule_reach(p_build_workflow_rule_id => :plan)), '2 f 2 2', 'both sinks of the sample order would be held');
SELECT testing.act('sample.production');
SELECT release_workflow_rule_change(:change, 'agreed');
SELECT testing.refused(format('SELECT transition_build(%s, ''PRE_QC_READY'')', :a), 'TV022', 'reason');
SELECT testing.refused(format('SELECT transition_build(%s, ''PRE_QC_READY'', ''as planned'')', :a), 'TV024', 'technician_assigned');
SELECT testing.nobody();
-- What the plant added can be taken off again, by a change of its own.
SELECT testing.act('sample.admin');
SELECT propose_workflow_rule_change('{"guards": ["outsourcing_received"]}', 'too early after all', p_build_workflow_rule_id => :plan) AS change \gset
SELECT testing.same((SELECT string_agg(format('%s %s', g ->> 'guard', g ->> 'change'), ', ') FROM simulate_workflow_rules('SAMPLE-001', :change), jsonb_array_elements(guards) g WHERE build_workflow_rule_id = :plan), 'outsourcing_received , technician_assigned REMOVED', 'what is taken off is shown');
SELECT testing.same((SELECT is_held FROM simulate_workflow_rules('SAMPLE-001', :change) WHERE build_workflow_rule_id = :plan), NOT (build_guard_outsourcing_received(:a)).ok, 'and holds nothing any more');
SELECT testing.act('sample.production');
SELECT release_workflow_rule_change(:change, 'agreed');
SELECT cancel_outsourced_line(l.outsourced_line_id, 'made here') FROM outsourced_lines l WHERE l.build_id = :a AND l.state NOT IN ('RECEIVED', 'CANCELLED');
SELECT transition_build(:a, 'PRE_QC_READY', 'as planned');
SELECT testing.same((SELECT string_agg(meaning, ' ') FROM signatures WHERE record_type = 'builds' AND record_id = :a), 'confirmed', 'the step is signed');

-- A step that may be taken away is, and comes back.
SELECT testing.act('sample.admin');
SELECT propose_workflow_rule_change('{"is_active": false}', 'nothing goes out here', p_build_workflow_rule_id => :outside) AS change \gset
SELECT testing.same((SELECT is_active FROM simulate_workflow_rules('SAMPLE-002', :change) WHERE build_workflow_rule_id = :outside), false, 'tried without it');
SELECT testing.act('sample.production');
SELECT release_workflow_rule_change(:change, 'agreed');
SELECT testing.refused(format('SELECT transition_build(%s, ''AWAITING_EXTERNAL'')', (SELECT build_id FROM builds WHERE build_number = 'SAMPLE-002')), 'TV009', 'cannot go from');
SELECT propose_workflow_rule_change('{"is_active": true}', 'it does after all', p_build_workflow_rule_id => :outside) AS change \gset
SELECT testing.act('sample.admin');
SELECT release_workflow_rule_change(:change, 'agreed');
SELECT testing.same((SELECT format('%s %s', is_active, row_version) FROM build_workflow_rules WHERE build_workflow_rule_id = :outside), 't 3', 'it is back');

-- What was proposed from a step that was changed since is refused, and can be rejected.
SELECT propose_workflow_rule_change('{"title": "Found damaged"}', 'shorter', p_order_workflow_rule_id => :back) AS change \gset
SELECT testing.nobody();
ALTER TABLE order_workflow_rules DISABLE TRIGGER _050_released;
UPDATE order_workflow_rules SET title = 'By somebody else', row_version = row_version + 1 WHERE order_workflow_rule_id = :back;
ALTER TABLE order_workflow_rules ENABLE TRIGGER _050_released;
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'')', :change), 'TV012', 'changed since');
SELECT reject_workflow_rule_change(:change, 'made from an old step');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT propose_workflow_rule_change(''{"title": "Found damaged"}'', ''shorter'', %s, p_expected_version => 1)', :back), 'TV012', 'you saw 1');

-- Row security: the list of changes is for those who may read it.
SELECT testing.nobody();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM workflow_rule_changes), 6::bigint, 'sales reads every change');
SELECT testing.same((SELECT count(*) FROM simulate_workflow_rules('SAMPLE-001')), (SELECT count(*) FROM v_workflow_rules WHERE phase_position(from_phase) >= 4), 'and tries the rules');
SELECT testing.act('sample.quality');
SELECT testing.same((SELECT count(*) FROM workflow_rule_changes), 0::bigint, 'quality control reads none');
SELECT testing.same((SELECT count(*) FROM v_workflow_rules), 28::bigint, 'but every step');
SELECT testing.same((SELECT count(open_change_id) FROM v_workflow_rules), 0::bigint, 'without what waits');
SELECT testing.refused('INSERT INTO workflow_rule_changes (order_workflow_rule_id, from_version, former_values, new_values, reason, proposed_by) VALUES (1, 1, ''{}'', ''{"title": "x"}'', ''story'', 1)', '42501');
SELECT testing.refused('UPDATE workflow_rule_changes SET state = ''RELEASED''', '42501');
SELECT testing.refused('UPDATE build_workflow_rules SET guards = ''{}''', '42501');
