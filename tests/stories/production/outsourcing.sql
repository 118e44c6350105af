-- Outsourcing: legs and feet are proposed, the body goes out by hand; each guard fails alone until its own point is mended.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-OUT', 'sample.sales', current_date + 60, 'EN', '{OUT-1}') AS the_order \gset
SELECT build_id AS build FROM builds WHERE build_number = 'OUT-1' \gset
SELECT add_attachment(:the_order, 'PO_DOCUMENT', 'po.pdf');
SELECT transition_order(:the_order, 'CONFIGURATION');
SELECT save_configuration(c.parameters, :build) FROM configurations c JOIN builds b USING (configuration_id) WHERE b.build_number = 'SAMPLE-001';
SELECT generate_order_boms(:the_order);
SELECT review_accessories(:the_order);
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT propose_outsourced_lines(' || :build || ')', 'TV009', 'is not decided in phase CONFIGURATION');
SELECT testing.act('sample.sales');
SELECT transition_order(:the_order, 'APPROVAL');
SELECT testing.refused('SELECT propose_outsourced_lines(' || :build || ')', '42501', 'outsourced_line:create');

-- Stated?
SELECT testing.act('sample.production');
SELECT testing.same((SELECT message FROM build_guard_outsourcing_stated(:build)), 'build OUT-1: no line is marked for an external shop, and "none" is not stated', 'nobody has decided');
SELECT testing.same(propose_outsourced_lines(:build), 2, 'legs and feet');
SELECT testing.same(propose_outsourced_lines(:build), 0, 'once');
SELECT testing.same((SELECT string_agg(component_group || ' ' || state || ' ' || is_proposed, ', ' ORDER BY line_number) FROM outsourced_lines WHERE build_id = :build), 'legs PENDING_ORDER true, feet PENDING_ORDER true', 'what is proposed');
SELECT testing.ok((SELECT ok FROM build_guard_outsourcing_stated(:build)), 'now it is stated');

-- "None" takes the proposal back; a marked line withdraws "none".
SELECT state_no_outsourcing(:build, 'fitted in the house');
SELECT testing.ok((SELECT ok FROM build_guard_outsourcing_stated(:build)), '"none" is a statement');
SELECT testing.same((SELECT message FROM build_guard_outsourcing_ordered(:build)), 'build OUT-1: no line goes out: it is ready for the check as it is', 'and a build of which nothing goes out does not wait for a shop');
SELECT testing.same(propose_outsourced_lines(:build), 0, 'who said none is not asked again');
SELECT mark_outsourced(:build, (SELECT line_number FROM bom_line_items l JOIN builds b USING (bom_id) WHERE b.build_id = :build AND l.component_group = 'body')) AS body \gset
SELECT testing.same((SELECT count(*) FROM outsourcing_statements WHERE build_id = :build AND withdrawn_at IS NULL), 0::bigint, 'the statement is withdrawn');
SELECT testing.refused('SELECT state_no_outsourcing(' || :build || ')', 'TV009', 'has outsourced lines');
SELECT testing.refused('SELECT mark_outsourced(' || :build || ', 9999)', 'TV004', 'has no line 9999');
SELECT testing.refused('UPDATE outsourcing_statements SET reason = ''x'' WHERE build_id = ' || :build, 'TV003', 'is not changed');

-- Ordered? The body lacks supplier and date, legs and feet are missing from the sent set.
SELECT testing.same((SELECT message FROM build_guard_outsourcing_ordered(:build)),
  'build OUT-1: T2-BODY-73-120-HA has no supplier and no expected date; T2-DL27-KIT (legs) is not in the sent set; T2-LEVELING-CASTOR-475 (feet) is not in the sent set', 'each point');
SELECT testing.refused('SELECT mark_outsourced(' || :build || ', 2, ''NOBODY'')', 'TV004', 'no active supplier "NOBODY"');
SELECT testing.refused('SELECT mark_outsourced(' || :build || ', 2, ''NORTHWELD'', site_today() - 1)', 'TV022', 'is past');
SELECT testing.same(mark_outsourced(:build, 2, 'northweld', site_today() + 10), :body::bigint, 'the same line, completed');
SELECT testing.refused('SELECT update_outsourced_line(' || mark_outsourced(:build, 3) || ', ''{"state": "ORDERED"}'')', 'TV022', 'supplier and expected date are needed');
SELECT mark_outsourced(:build, 3, 'NORTHWELD', site_today() + 10) AS legs \gset
SELECT testing.ok((SELECT message LIKE '%: T2-LEVELING-CASTOR-475 (feet) is not in the sent set' FROM build_guard_outsourcing_ordered(:build)), 'only the feet are left');
SELECT mark_outsourced(:build, 4, 'NORTHWELD', site_today() + 10) AS feet \gset
SELECT testing.ok((SELECT ok FROM build_guard_outsourcing_ordered(:build)), 'all ordered points met');
SELECT testing.same((SELECT message FROM build_guard_outsourcing_received(:build)), 'build OUT-1: not yet back from the external shop: T2-BODY-73-120-HA, T2-DL27-KIT, T2-LEVELING-CASTOR-475', 'but nothing is back');

-- States of a line.
SELECT testing.refused('SELECT receive_outsourced_line(' || :body || ', 1)', 'TV009', 'is pending order');
SELECT testing.refused('SELECT update_outsourced_line(' || :body || ', ''{"state": "IN_TRANSIT"}'')', 'TV009', 'cannot go from PENDING_ORDER to IN_TRANSIT');
SELECT testing.refused('SELECT update_outsourced_line(' || :body || ', ''{"state": "RECEIVED"}'')', 'TV022', 'is not set here');
SELECT testing.refused('SELECT update_outsourced_line(' || :body || ', ''{"quantity": 5}'')', 'TV022', 'cannot be changed here: quantity');
SELECT testing.refused('SELECT update_outsourced_line(' || :body || ', ''{"expected_on": "soon"}'')', 'TV022', 'cannot be read');
SELECT testing.refused('SELECT update_outsourced_line(' || :body || ', ''{"notes": "x"}'', 99)', 'TV012', 'you saw 99');
SELECT update_outsourced_line(line, '{"state": "ORDERED", "tracking_number": "NW-1"}') FROM unnest(ARRAY[:body, :legs, :feet]::bigint[]) line;
SELECT update_outsourced_line(:body, '{"state": "DELAYED", "state_reason": "welder ill"}');
SELECT testing.same((SELECT payload ->> 'reason' FROM outbox_events WHERE event_type = 'outsourced_line.delayed' AND subject_id = :body), 'welder ill', 'a delay is reported');
SELECT update_outsourced_line(:body, '{"state": "IN_TRANSIT"}');
SELECT testing.refused('SELECT mark_outsourced(' || :build || ', 2, ''BAYMACHINE'')', 'TV009', 'is ordered already');

-- Received, in parts and never too much.
SELECT testing.refused('SELECT receive_outsourced_line(' || :body || ', 0)', 'TV022', 'quantity received is 0');
SELECT testing.refused('SELECT receive_outsourced_line(' || :body || ', 2)', 'TV022', 'quantity received is 2');
SELECT receive_outsourced_line(:body, 0.4);
SELECT testing.same((SELECT state || ' ' || trim_scale(quantity_received) FROM outsourced_lines WHERE outsourced_line_id = :body), 'IN_TRANSIT 0.4', 'a part of it');
SELECT receive_outsourced_line(:body, 0.6);
SELECT testing.same((SELECT concat_ws(' ', state, received_on = site_today(), received_by IS NOT NULL) FROM outsourced_lines WHERE outsourced_line_id = :body), 'RECEIVED t t', 'all of it');
SELECT testing.refused('SELECT cancel_outsourced_line(' || :body || ', ''too late'')', 'TV009', 'is received already');
SELECT testing.refused('SELECT cancel_outsourced_line(' || :legs || ', '''')', 'TV022', 'reason');
SELECT cancel_outsourced_line(:legs, 'made in the house');
SELECT testing.same((SELECT message FROM build_guard_outsourcing_received(:build)), 'build OUT-1: not yet back from the external shop: T2-LEVELING-CASTOR-475', 'cancelled counts as settled');
SELECT receive_outsourced_line(:feet, 1);
SELECT testing.ok((SELECT ok FROM build_guard_outsourcing_received(:build)), 'all back');
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT receive_outsourced_line(' || :feet || ', 1)', '42501', 'outsourced_line:receive');
SELECT testing.refused('DELETE FROM outsourced_lines WHERE build_id = ' || :build, 'TV003', 'are kept');

-- A line whose day has passed is late, once.
SELECT testing.refused('SELECT note_late_outsourced_lines()', '42501', 'outsourced_line:update');
SELECT testing.act('sample.production');
SELECT outsourced_line_id AS late FROM outsourced_lines o JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND o.component_group = 'body' \gset
SELECT testing.same(note_late_outsourced_lines(), 0, 'nothing is late yet');
SELECT update_outsourced_line(:late, jsonb_build_object('state', 'ORDERED', 'expected_on', site_today() - 2));
SELECT testing.same(note_late_outsourced_lines(), 1, 'one is late');
SELECT testing.same((SELECT state || ' ' || state_reason FROM outsourced_lines WHERE outsourced_line_id = :late), 'DELAYED expected on ' || (site_today() - 2), 'and says so');
SELECT testing.same(note_late_outsourced_lines(), 0, 'not twice');
