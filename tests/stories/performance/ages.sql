-- The age of an order counts working time without holds and is compared with the target of the workflow.
SELECT testing.same(working_hours_between(a.from_at, a.to_at), a.hours, format('%s to %s', a.from_at, a.to_at))
  FROM (VALUES
    ('2026-11-27 16:00 America/Toronto'::timestamptz, '2026-11-30 09:00 America/Toronto'::timestamptz, 2.00),
    ('2026-11-25 08:00 America/Toronto', '2026-11-25 17:00 America/Toronto', 9.00),
    ('2026-11-25 03:00 America/Toronto', '2026-11-25 23:00 America/Toronto', 9.00),
    ('2026-11-25 10:15 America/Toronto', '2026-11-25 10:45 America/Toronto', 0.50),
    ('2026-11-28 00:00 America/Toronto', '2026-11-29 23:59 America/Toronto', 0.00),
    ('2026-11-23 00:00 America/Toronto', '2026-12-21 00:00 America/Toronto', 180.00),
    -- Over the end of summer time: by the clock on the wall.
    ('2026-10-30 12:00 America/Toronto', '2026-11-02 12:00 America/Toronto', 9.00)) AS a (from_at, to_at, hours);
BEGIN;
UPDATE site_settings SET value = '{"days": [1, 2, 3, 4, 5, 6], "from": "06:00", "to": "14:00"}' WHERE setting_code = 'working_hours';
SELECT testing.same(working_hours_between('2026-11-27 13:00 America/Toronto', '2026-11-28 07:00 America/Toronto'), 2.00, 'a plant that works on Saturdays');
ROLLBACK;

-- The sample order has been in PRODUCTION for three weeks of 45 hours, one of them on hold; the target is 80 hours.
BEGIN;
SELECT set_config('torvan.reason', 'story', true);
SELECT order_id AS id FROM orders WHERE is_sample \gset
SELECT open_order(:id);
UPDATE orders SET phase_entered_at = date_trunc('week', now()) - interval '21 days', want_date = site_today() - 3 WHERE order_id = :id;
SELECT close_order();
INSERT INTO order_status_history (order_id, action, from_phase, to_phase, from_state, to_state, changed_by_name, row_version, created_at) VALUES
  (:id, 'HOLD', 'PRODUCTION', 'PRODUCTION', 'ACTIVE', 'ON_HOLD', 'story', 100, date_trunc('week', now()) - interval '14 days'),
  (:id, 'CHANGE', 'PRODUCTION', 'PRODUCTION', 'ON_HOLD', 'ON_HOLD', 'story', 101, date_trunc('week', now()) - interval '12 days'),
  (:id, 'RESUME', 'PRODUCTION', 'PRODUCTION', 'ON_HOLD', 'ACTIVE', 'story', 102, date_trunc('week', now()) - interval '7 days');
SELECT testing.same(a.working_hours_on_hold, 45.00, 'on hold'), testing.same(a.working_hours_in_phase, 90 + working_hours_between(date_trunc('week', now()), now()), 'in the phase without the hold'),
       testing.same(a.target_hours, 80.00, 'target'), testing.same(a.is_over_target, true, 'over target'), testing.same(a.is_overdue, true, 'overdue'), testing.same(a.days_left, -3, 'days left')
  FROM order_age(:id) a;
SELECT testing.act('sample.production');
SELECT cancel_order(:id, 'story');
SELECT testing.same((SELECT count(*) FROM order_age(:id)), 0::bigint, 'a cancelled order has no age');
ROLLBACK;
SELECT testing.nobody();
SELECT testing.refused('SELECT * FROM order_age(-1)', 'TV004');

-- Deliveries in and out of time.
SELECT generate_performance_test_data(300, 5, 4, 0);
SELECT testing.same((SELECT sum(delivered) FROM v_on_time_delivery), (SELECT count(*) FROM orders WHERE delivered_on IS NOT NULL)::numeric, 'deliveries');
SELECT testing.same((SELECT sum(late) FROM v_on_time_delivery), (SELECT count(*) FROM orders WHERE delivered_on > want_date)::numeric, 'late ones');
SELECT testing.ok((SELECT bool_and(on_time + late = delivered AND on_time_percent BETWEEN 0 AND 100) FROM v_on_time_delivery), 'in time or late');
