-- Changes of the workflow: what may be proposed, by whom, and what the product keeps.
SELECT testing.nobody();
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'sample.production' AND r.role_code = 'ADMINISTRATOR';
SELECT order_workflow_rule_id AS begin_id FROM order_workflow_rules WHERE from_phase = 'DRAFT' \gset
SELECT order_workflow_rule_id AS submit FROM order_workflow_rules WHERE from_phase = 'CONFIGURATION' \gset
SELECT order_workflow_rule_id AS approve FROM order_workflow_rules WHERE from_phase = 'APPROVAL' AND action = 'ADVANCE' \gset
SELECT order_workflow_rule_id AS hand_over FROM order_workflow_rules WHERE from_phase = 'PRODUCTION' \gset
SELECT order_workflow_rule_id AS back FROM order_workflow_rules WHERE from_phase = 'PACKAGING' AND action = 'RETURN' \gset
SELECT build_workflow_rule_id AS assemble FROM build_workflow_rules WHERE from_sub_state = 'READY' AND to_sub_state = 'IN_ASSEMBLY' \gset
SELECT build_workflow_rule_id AS outside FROM build_workflow_rules WHERE to_sub_state = 'AWAITING_EXTERNAL' \gset
SELECT build_workflow_rule_id AS check_passed FROM build_workflow_rules WHERE from_sub_state = 'PRE_QC_READY' AND to_sub_state = 'READY' \gset
CREATE FUNCTION pg_temp.order_change(p_rule bigint, p_changes text, p_reason text DEFAULT 'story') RETURNS text
LANGUAGE sql AS $$ SELECT format('SELECT propose_workflow_rule_change(%L, %L, p_order_workflow_rule_id => %s)', p_changes, p_reason, p_rule) $$;
CREATE FUNCTION pg_temp.build_change(p_rule bigint, p_changes text) RETURNS text
LANGUAGE sql AS $$ SELECT format('SELECT propose_workflow_rule_change(%L, %L, p_build_workflow_rule_id => %s)', p_changes, 'story', p_rule) $$;

-- Who may.
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 12}'), 'TV010', 'person');
SELECT testing.act('sample.sales');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 12}'), '42501', 'workflow_rule:update');
SELECT testing.same((SELECT count(*) FROM workflow_guard_choices(:begin_id)), 33::bigint, 'sales reads what could be asked for');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT * FROM workflow_guard_choices(%s)', :begin_id), '42501', 'workflow_rule:read');
SELECT testing.refused('SELECT * FROM simulate_workflow_rules(''SAMPLE-001'')', '42501', 'workflow_rule:read');
SELECT testing.refused(format('SELECT * FROM workflow_rule_reach(%s)', :begin_id), '42501', 'workflow_rule:read');

-- What is asked for.
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT propose_workflow_rule_change(''{"target_hours": 12}'', ''story'')', 'TV022', 'has to be named');
SELECT testing.refused(format('SELECT propose_workflow_rule_change(''{"target_hours": 12}'', ''story'', %s, %s)', :begin_id, :assemble), 'TV022', 'has to be named');
SELECT testing.refused('SELECT propose_workflow_rule_change(''{"target_hours": 12}'', ''story'', 4711)', 'TV004', '4711');
SELECT testing.refused('SELECT propose_workflow_rule_change(''{"title": "Ready"}'', ''story'', p_build_workflow_rule_id => 4711)', 'TV004', '4711');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 12}', '  '), 'TV022', 'reason');
SELECT testing.refused(pg_temp.order_change(:begin_id, '[]'), 'TV022', 'JSON object');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{}'), 'TV022', 'Nothing is different');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 8.00, "title": " Begin configuration "}'), 'TV022', 'Nothing is different');
SELECT testing.refused(format('SELECT propose_workflow_rule_change(''{"target_hours": 12}'', ''story'', %s, p_expected_version => 9)', :begin_id), 'TV012', 'you saw 9');

-- The sequence and the permission never change.
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"to_phase": "PRODUCTION"}'), 'TV022', 'no to_phase');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"permission": "order:read"}'), 'TV022', 'permission of a step');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"automatic_actions": []}'), 'TV022', 'no automatic_actions');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"product_guards": []}'), 'TV022', 'no product_guards');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"is_active": false}'), 'TV022', 'no way on');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"is_active": false}'), 'TV022', 'no way on');
SELECT testing.refused(pg_temp.order_change((SELECT order_workflow_rule_id FROM order_workflow_rules WHERE from_phase = 'APPROVAL' AND action = 'RETURN'), '{"is_active": false}'), 'TV022', 'no way on');

-- Guards: those of the product stay, others must be able to hold.
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"guards": ["customer_active"]}'), 'TV022', 'po_number_given, sales_person_named');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": []}'), 'TV022', 'technician_assigned');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", "no_such_guard"]}'), 'TV022', 'no guard "no_such_guard"');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", "technician_assigned"]}'), 'TV022', 'twice');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", "accessories_reviewed"]}'), 'TV022', 'looks at the order');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", "rework_recorded"]}'), 'TV022', 'only some can show');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", "end_of_line_passed"]}'), 'TV022', 'from PRODUCTION/EOL_RUNNING on');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": "technician_assigned"}'), 'TV022', 'guards cannot be');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"guards": ["technician_assigned", null]}'), 'TV022', 'no guard');
SELECT testing.refused(pg_temp.order_change(:submit, format('{"guards": %s}', (SELECT to_jsonb(guards || '{shipment_recorded}'::text[]) FROM order_workflow_rules WHERE order_workflow_rule_id = :submit))), 'TV022', 'from SHIPPING on');
SELECT testing.same((SELECT string_agg(guard_code, ' ') FROM workflow_guard_choices(p_build_workflow_rule_id => :assemble) WHERE is_required), 'technician_assigned', 'what the product asks for');
SELECT testing.same((SELECT string_agg(DISTINCT barred_by, ' ' ORDER BY barred_by) FROM workflow_guard_choices(p_build_workflow_rule_id => :assemble)), 'LOOKS_AT_ORDER NOT_FOR_ALL TOO_EARLY', 'why others cannot be added');
SELECT testing.same((SELECT string_agg(guard_code, ' ' ORDER BY guard_code) FROM workflow_guard_choices(p_build_workflow_rule_id => :assemble) WHERE NOT is_asked AND barred_by IS NULL),
                    'drawings_approved nonconformities_closed outsourcing_received outsourcing_stated pre_production_passed', 'what could be asked for before assembly');


-- A way of what failed is never barred by what shows success: nothing could come out of the rejection any more.
SELECT testing.refused(pg_temp.build_change(r.build_workflow_rule_id, jsonb_build_object('guards', r.guards || '{pre_production_passed}'::text[])::text), 'TV022', 'way of what failed')
  FROM build_workflow_rules r WHERE 'end_of_line_failed' = ANY (r.guards) OR 'final_inspection_rejected' = ANY (r.guards) OR r.from_sub_state IN ('REJECTED', 'REWORK', 'PRE_QC_REJECTED', 'PRE_QC_REWORK');
SELECT testing.refused(pg_temp.order_change(:back, format('{"guards": %s}', (SELECT to_jsonb(guards || '{boms_current}'::text[]) FROM order_workflow_rules WHERE order_workflow_rule_id = :back))), 'TV022', 'way of what failed');
SELECT testing.ok((SELECT bool_and(c.barred_by IN ('LOOKS_AT_ORDER', 'NOT_FOR_ALL', 'WAY_BACK')) FROM workflow_guard_choices(:back) c WHERE NOT c.is_asked), 'nothing can be added to a return');
SELECT testing.ok(NOT EXISTS (SELECT FROM workflow_guard_choices(p_build_workflow_rule_id => :check_passed) c WHERE c.barred_by = 'WAY_BACK'), 'a way on is none');

-- The rest.
SELECT testing.refused(pg_temp.order_change(:approve, '{"signature_meaning": null}'), 'TV022', 'meaning "approved"');
SELECT testing.refused(pg_temp.order_change(:approve, '{"signature_meaning": "reviewed"}'), 'TV022', 'meaning "approved"');
SELECT testing.refused(pg_temp.order_change(:submit, '{"signature_meaning": "rejected"}'), 'TV022', 'cannot mean "rejected"');
SELECT testing.refused(pg_temp.order_change(:submit, '{"signature_meaning": true}'), 'TV022', 'signature_meaning cannot be true');
SELECT testing.refused(pg_temp.order_change(:approve, '{"separate_from": "CREATOR"}'), 'TV022', 'that stays');
SELECT testing.refused(pg_temp.build_change(:check_passed, '{"separate_from": null}'), 'TV022', 'that stays');
SELECT testing.refused(pg_temp.order_change(:submit, '{"separate_from": "SUBMITTER"}'), 'TV022', 'kept apart from "SUBMITTER"');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"separate_from": "CREATOR"}'), 'TV022', 'kept apart from "CREATOR"');
SELECT testing.refused(pg_temp.order_change(:back, '{"requires_reason": false}'), 'TV022', 'asks for a reason');
SELECT testing.refused(pg_temp.order_change(:back, '{"requires_reason": null}'), 'TV022', 'requires_reason cannot be null');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 0}'), 'TV022', '0.00 hours');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 10000.5}'), 'TV022', 'hours');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": 1e30}'), 'TV022', '');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"target_hours": "12"}'), 'TV022', 'target_hours cannot be');
SELECT testing.refused(pg_temp.order_change(:back, '{"target_hours": 12}'), 'TV022', 'next phase');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"target_hours": 12}'), 'TV022', 'next phase');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"title": "x"}'), 'TV022', 'title of a step');
SELECT testing.refused(pg_temp.order_change(:begin_id, '{"title": null}'), 'TV022', 'title cannot be null');
SELECT testing.refused(pg_temp.order_change(:begin_id, format('{"title": %s}', to_jsonb(repeat('long ', 30)))), 'TV022', 'characters');

-- One waits for each step; nothing is in force yet.
SELECT propose_workflow_rule_change('{"guards": ["technician_assigned", "Nonconformities_Closed"], "separate_from": "builder", "signature_meaning": "Confirmed", "requires_reason": true, "title": " Open the work order "}', ' findings first ', p_build_workflow_rule_id => :assemble) AS change \gset
SELECT testing.same((SELECT new_values FROM workflow_rule_changes WHERE workflow_rule_change_id = :change),
  '{"guards": ["technician_assigned", "nonconformities_closed"], "separate_from": "BUILDER", "signature_meaning": "confirmed", "requires_reason": true, "title": "Open the work order"}'::jsonb, 'what is to be');
SELECT testing.same((SELECT format('%s %s', former_values, reason) FROM workflow_rule_changes WHERE workflow_rule_change_id = :change),
  '{"title": "Begin assembly", "guards": ["technician_assigned"], "separate_from": null, "requires_reason": false, "signature_meaning": null} findings first', 'what was, and why');
SELECT testing.same((SELECT guards FROM build_workflow_rules WHERE build_workflow_rule_id = :assemble), '{technician_assigned}'::text[], 'nothing is in force');
SELECT testing.same((SELECT open_change_id FROM v_workflow_rules WHERE build_workflow_rule_id = :assemble), :change::bigint, 'the list says that a change waits');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'workflow.change_proposed' AND subject_id = :change), 'it is told');
SELECT testing.refused(pg_temp.build_change(:assemble, '{"title": "Another title"}'), 'TV009', 'waits for its decision');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'')', :change), 'TV025', 'their own');
SELECT testing.refused(format('SELECT reject_workflow_rule_change(%s, ''story'')', :change), 'TV025', 'their own');
SELECT testing.same((SELECT count(*) FROM approvals_waiting() WHERE kind = 'WORKFLOW'), 0::bigint, 'the own change waits for somebody else');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT format('%s %s %s %s', record_id, label, detail, is_signed) FROM approvals_waiting(10, 'WORKFLOW')), format('%s Begin assembly findings first t', :change), 'it waits for the second administrator');
SELECT testing.refused(format('SELECT withdraw_workflow_rule_change(%s, ''story'')', :change), 'TV025', 'somebody else');
SELECT testing.refused(format('SELECT reject_workflow_rule_change(%s, '''')', :change), 'TV022', 'reason');
SELECT reject_workflow_rule_change(:change, 'not all of it');
SELECT testing.same((SELECT format('%s %s', state, decision_note) FROM workflow_rule_changes WHERE workflow_rule_change_id = :change), 'REJECTED not all of it', 'rejected');
SELECT testing.same((SELECT row_version FROM build_workflow_rules WHERE build_workflow_rule_id = :assemble), 1, 'the step is as it was');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'workflow.change_rejected' AND subject_id = :change), 'that is told too');
SELECT testing.refused(format('SELECT release_workflow_rule_change(%s, ''story'')', :change), 'TV009', 'rejected already');
SELECT testing.refused('SELECT release_workflow_rule_change(4711, ''story'')', 'TV004', '4711');
SELECT testing.act('sample.admin');
SELECT propose_workflow_rule_change('{"is_active": false}', 'nothing goes out here', p_build_workflow_rule_id => :outside) AS change \gset
SELECT testing.refused(format('SELECT withdraw_workflow_rule_change(%s, '''')', :change), 'TV022', 'reason');
SELECT withdraw_workflow_rule_change(:change, 'it does after all');
SELECT propose_workflow_rule_change('{"guards": ["Nonconformities_Closed", " PRE_PRODUCTION_PASSED", "drawings_approved "]}', 'order', p_build_workflow_rule_id => :check_passed) AS ordered \gset
SELECT testing.same((SELECT new_values ->> 'guards' FROM workflow_rule_changes WHERE workflow_rule_change_id = :ordered), '["drawings_approved", "pre_production_passed", "nonconformities_closed"]', 'those of the product first, however they are written');
SELECT withdraw_workflow_rule_change(:ordered, 'only looked at');
SELECT testing.same((SELECT state FROM workflow_rule_changes WHERE workflow_rule_change_id = :change), 'WITHDRAWN', 'withdrawn');
SELECT testing.refused(format('SELECT withdraw_workflow_rule_change(%s, ''story'')', :change), 'TV009', 'withdrawn already');

-- Integrity at the door of the database.
SELECT testing.nobody();
SELECT testing.refused('UPDATE order_workflow_rules SET guards = guards || ''{boms_current}''::text[] WHERE from_phase = ''DRAFT''', 'TV009', 'not written directly');
SELECT testing.refused('UPDATE build_workflow_rules SET title = ''Other'' WHERE from_sub_state = ''PLANNING''', 'TV009', 'not written directly');
SELECT testing.refused('UPDATE order_workflow_rules SET permission = ''order:read''', 'TV003', 'never change');
SELECT testing.refused('UPDATE build_workflow_rules SET to_sub_state = ''EOL_PASSED'' WHERE to_sub_state = ''IN_ASSEMBLY''', 'TV003', 'never change');
SELECT testing.refused('UPDATE order_workflow_rules SET product_guards = ''{}''', 'TV003', 'never change');
SELECT testing.refused('DELETE FROM order_workflow_rules WHERE action = ''RETURN''', 'TV003', 'stays');
SELECT testing.refused('DELETE FROM build_workflow_rules', 'TV003', 'stays');
SELECT testing.refused(format('UPDATE workflow_rule_changes SET state = ''RELEASED'' WHERE workflow_rule_change_id = %s', :change), 'TV003', 'stays as it was');
SELECT testing.refused(format('DELETE FROM workflow_rule_changes WHERE workflow_rule_change_id = %s', :change), 'TV003', 'stays as it was');
ALTER TABLE order_workflow_rules DISABLE TRIGGER _050_released;
SELECT testing.refused('UPDATE order_workflow_rules SET guards = ''{}'' WHERE from_phase = ''DRAFT''', '23514');
SELECT testing.refused('UPDATE order_workflow_rules SET signature_meaning = NULL WHERE from_phase = ''APPROVAL''', '23514');
SELECT testing.refused('UPDATE order_workflow_rules SET separate_from = NULL WHERE from_phase = ''APPROVAL''', '23514');
SELECT testing.refused('UPDATE order_workflow_rules SET is_active = false WHERE from_phase = ''DRAFT''', '23514');
SELECT testing.refused('UPDATE order_workflow_rules SET is_optional = true WHERE from_phase = ''DRAFT''', '23514');
SELECT testing.refused('UPDATE order_workflow_rules SET requires_reason = false WHERE action = ''RETURN''', '23514');
ALTER TABLE order_workflow_rules ENABLE TRIGGER _050_released;
