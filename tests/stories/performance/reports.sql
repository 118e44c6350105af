-- Reports and dashboards count what the records say, for those who may know it.
SELECT testing.act('sample.production');
SELECT testing.same((SELECT count(*) FROM report_throughput('2026-01-05', '2026-02-01', 'WEEK')), 4::bigint, 'four weeks from a Monday to a Sunday');
SELECT testing.same((SELECT string_agg(step::text, ' ' ORDER BY step) FROM report_throughput('2026-01-15', '2026-03-02', 'MONTH')), '2026-01-01 2026-02-01 2026-03-01', 'months begin with their first day');
SELECT testing.same((SELECT count(*) FROM report_throughput()), 12::bigint, 'without a range the last twelve weeks');
SELECT testing.same((SELECT sum(orders_entered)::bigint FROM report_throughput()), (SELECT count(*) FROM orders WHERE created_at > now() - interval '80 days'), 'orders entered are those there are');
SELECT testing.same((SELECT sum(orders)::bigint FROM report_backlog_age()), (SELECT sum(orders)::bigint FROM v_open_orders), 'the backlog is the open orders');
SELECT testing.same((SELECT sum(orders)::bigint FROM report_backlog_age('production')), (SELECT count(*) FROM orders WHERE phase = 'PRODUCTION' AND state <> 'CANCELLED'), 'of one phase');

-- Delivered orders, written by the owner as an import would.
SELECT testing.nobody();
INSERT INTO customers (customer_code, name) VALUES ('STORY', 'Story Hospital');
ALTER TABLE orders DISABLE TRIGGER USER;
INSERT INTO orders (order_number, customer_id, phase, state, want_date, delivered_on, created_at)
SELECT 'STORY-' || n, (SELECT min(customer_id) FROM customers), 'DELIVERED', 'ACTIVE', date '2025-03-10', date '2025-03-10' + late, timestamptz '2025-03-01 12:00 UTC'
  FROM (VALUES (1, 0), (2, -1), (3, 4), (4, 2)) AS x (n, late);
INSERT INTO order_metrics (order_id, phase, entered_at, left_at, hours_in_phase, hours_on_hold)
SELECT o.order_id, p.phase, o.created_at, o.created_at, p.hours * substring(o.order_number FROM '[0-9]+')::integer, 24
  FROM orders o CROSS JOIN (VALUES ('DRAFT', 24), ('PRODUCTION', 48)) AS p (phase, hours) WHERE o.order_number LIKE 'STORY-%';
ALTER TABLE orders ENABLE TRIGGER USER;
-- Written past the triggers, so the counters are made anew.
SELECT rebuild_order_summaries();
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT format('%s %s %s %s %s %s', delivered, on_time, late, on_time_percent, average_days_late, average_lead_days) FROM report_on_time_delivery('2025-03-01', '2025-03-31', 'MONTH')),
  '4 2 2 50.0 3.0 10.3', 'on time, late, by how much, and how long it took');
SELECT testing.same((SELECT format('%s %s %s %s %s %s', r.delivered, r.on_time, r.late, r.on_time_percent, r.average_days_late, r.average_lead_days)
                       FROM report_on_time_delivery('2025-03-01', '2025-03-31', 'MONTH', (SELECT c.customer_code FROM customers c ORDER BY c.customer_id LIMIT 1)) r),
  '4 2 2 50.0 3.0 10.3', 'the same of their customer alone');
SELECT testing.same((SELECT delivered FROM report_on_time_delivery('2025-03-01', '2025-03-31', 'MONTH', 'STORY')), 0::bigint, 'of another customer');
SELECT testing.same((SELECT string_agg(format('%s %s %s %s %s', phase, orders, average_days, median_days, average_days_on_hold), '; ') FROM report_time_in_phase('2025-03-01', '2025-03-31')),
  'DRAFT 4 2.5 2.5 1.0; PRODUCTION 4 5.0 5.0 1.0', 'days in each phase');

-- Builds that left production, counted once and from their last coming; service orders by the week in which they were made and received.
SELECT testing.nobody();
ALTER TABLE build_status_history DISABLE TRIGGER USER;
INSERT INTO build_status_history (build_id, from_phase, to_phase, row_version, created_at)
SELECT b.build_id, x.from_phase, x.to_phase, 900 + x.n, timestamptz '2025-04-01 12:00 UTC' + x.days * interval '1 day'
  FROM (SELECT min(build_id) AS build_id FROM builds) b
 CROSS JOIN (VALUES (1, 'APPROVAL', 'PRODUCTION', 0), (2, 'PRODUCTION', 'QUALITY_CONTROL', 3), (3, 'QUALITY_CONTROL', 'PRODUCTION', 4), (4, 'PRODUCTION', 'QUALITY_CONTROL', 6)) AS x (n, from_phase, to_phase, days);
ALTER TABLE build_status_history ENABLE TRIGGER USER;
ALTER TABLE service_orders DISABLE TRIGGER USER;
INSERT INTO service_orders (service_order_number, state, created_by, created_at, received_by, received_at)
SELECT 'SVC-STORY', 'RECEIVED', u.user_id, now() - interval '14 days', u.user_id, now() FROM users u WHERE u.login = 'sample.service';
ALTER TABLE service_orders ENABLE TRIGGER USER;
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT builds_finished FROM report_throughput('2025-04-01', '2025-04-30', 'MONTH')), 1::bigint, 'one build left production, twice');
SELECT testing.same((SELECT string_agg(days::text, ' ' ORDER BY finished_on) FROM days_in_production(50) WHERE finished_on < '2025-05-01'), '3.0 2.0', 'days from each coming');
SELECT testing.act('sample.service');
SELECT testing.same((SELECT string_agg(amount::text, ' ' ORDER BY week) FROM dashboard_figures('{service_orders_made}', 3)), '1 0 0', 'made two weeks ago'),
       testing.same((SELECT string_agg(amount::text, ' ' ORDER BY week) FROM dashboard_figures('{service_orders_received}', 3)), '0 0 1', 'received this week');

-- What is refused names the field.
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT report_throughput(NULL, NULL, ''FORTNIGHT'')', 'TV022', 'FORTNIGHT');
SELECT testing.refused('SELECT report_throughput(''2026-02-01'', ''2026-01-01'')', 'TV022', 'before its first day');
SELECT testing.refused('SELECT report_throughput(''2000-01-01'', ''2026-01-01'', ''DAY'')', 'TV022', 'too many steps');
SELECT testing.refused('SELECT report_throughput(''-infinity'', ''2026-01-01'')', 'TV022', 'before its first day');
SELECT testing.refused('SELECT report_on_time_delivery(NULL, NULL, ''WEEK'', ''NOBODY'')', 'TV004', 'NOBODY');
SELECT testing.refused('SELECT report_first_pass_yield(NULL, NULL, ''WEEK'', ''DOOR'')', 'TV004', 'DOOR');
SELECT testing.refused('SELECT report_backlog_age(''DELIVERED'')', 'TV022', 'DELIVERED');

-- Technicians see their own figures, and no others.
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT report_throughput()', '42501', 'report:read');
SELECT testing.refused('SELECT days_in_production()', '42501', 'report:read');
SELECT testing.same((SELECT string_agg(DISTINCT figure, ' ' ORDER BY figure) FROM dashboard_figures('{orders_entered,own_tasks,own_hours,sign_ins,alerts_opened}')), 'own_hours own_tasks', 'figures of a technician');
SELECT testing.same((SELECT count(*) FROM dashboard_figures('{own_tasks}', 4)), 4::bigint, 'as many weeks as are asked for');
SELECT testing.act('sample.service');
SELECT testing.same((SELECT string_agg(DISTINCT figure, ' ' ORDER BY figure) FROM dashboard_figures('{orders_entered,service_orders_made,refusals}')), 'service_orders_made', 'figures of customer service');
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT count(DISTINCT figure) FROM dashboard_figures('{orders_entered,sign_ins,refusals,alerts_opened,first_pass_percent}')), 5::bigint, 'figures of an Administrator');
SELECT testing.ok((SELECT system_diagnostics() ?& '{metrics,slow_queries,table_sizes,dead_rows,unused_indexes,blocking_locks}'), 'what the views of performance say');
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT system_diagnostics()', '42501', 'system:read');
