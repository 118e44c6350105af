-- Summaries of orders: words by which they are found, and counters for the dashboard; kept by triggers (triggers/summaries.sql).

-- What lists, dashboard and search need of an order beside its row. It is a table of its own so that a step of the workflow, which
-- writes orders, touches none of the large inverted indexes.
CREATE TABLE order_summaries (
  order_id bigint PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
  created_on date NOT NULL,
  want_date date,
  phase text NOT NULL,
  state text NOT NULL,
  phase_entered_at timestamptz NOT NULL,
  build_count integer NOT NULL DEFAULT 0,
  delivered_on date,
  document tsvector NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE order_summaries IS 'One row per order, kept by triggers in the transaction of the change: what counters are made of, and the words by which it is found.';
COMMENT ON COLUMN order_summaries.order_id IS 'The order.';
COMMENT ON COLUMN order_summaries.created_on IS 'Day on which it was made, at the plant.';
COMMENT ON COLUMN order_summaries.want_date IS 'Date on which the customer wants delivery.';
COMMENT ON COLUMN order_summaries.phase IS 'Phase of the order.';
COMMENT ON COLUMN order_summaries.state IS 'State of the order.';
COMMENT ON COLUMN order_summaries.phase_entered_at IS 'When it entered its phase.';
COMMENT ON COLUMN order_summaries.build_count IS 'Number of its active builds.';
COMMENT ON COLUMN order_summaries.delivered_on IS 'Day on which the last of it was delivered.';
COMMENT ON COLUMN order_summaries.document IS 'Words of number, PO, project, sales person, notes and customer, without accents and in lower case.';

CREATE TABLE order_summary_deltas (
  order_summary_delta_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL,
  created_on date NOT NULL,
  want_date date,
  phase text NOT NULL,
  state text NOT NULL,
  orders integer NOT NULL,
  builds integer NOT NULL,
  entered_seconds bigint NOT NULL,
  delivered_on date,
  has_new_words boolean NOT NULL DEFAULT false,
  on_time integer NOT NULL GENERATED ALWAYS AS (CASE WHEN delivered_on <= want_date THEN orders ELSE 0 END) STORED,
  late integer NOT NULL GENERATED ALWAYS AS (CASE WHEN delivered_on > want_date THEN orders ELSE 0 END) STORED,
  days_late bigint NOT NULL GENERATED ALWAYS AS (CASE WHEN delivered_on > want_date THEN orders * (delivered_on - want_date) ELSE 0 END) STORED,
  lead_days bigint NOT NULL GENERATED ALWAYS AS (coalesce(orders * (delivered_on - created_on), 0)) STORED
);
COMMENT ON TABLE order_summary_deltas IS 'Changes of the counters since the last fold_order_summaries(): only added to, so that writers never wait for each other at a counter.';
COMMENT ON COLUMN order_summary_deltas.order_summary_delta_id IS 'Key.';
COMMENT ON COLUMN order_summary_deltas.order_id IS 'The order; no foreign key, since it may be gone when this is folded.';
COMMENT ON COLUMN order_summary_deltas.created_on IS 'Day on which the order was made.';
COMMENT ON COLUMN order_summary_deltas.want_date IS 'Date on which the customer wants delivery.';
COMMENT ON COLUMN order_summary_deltas.phase IS 'Phase that is counted.';
COMMENT ON COLUMN order_summary_deltas.state IS 'State that is counted.';
COMMENT ON COLUMN order_summary_deltas.orders IS 'Orders more (1) or fewer (-1); 0 when only builds changed.';
COMMENT ON COLUMN order_summary_deltas.builds IS 'Active builds more or fewer.';
COMMENT ON COLUMN order_summary_deltas.entered_seconds IS 'Instants of entering the phase, summed, in seconds since 1970.';
COMMENT ON COLUMN order_summary_deltas.delivered_on IS 'Day on which the order was delivered.';
COMMENT ON COLUMN order_summary_deltas.has_new_words IS 'True if the words of the order are new: they go into order_words with the next fold.';
COMMENT ON COLUMN order_summary_deltas.on_time IS 'Deliveries by the want date more or fewer.';
COMMENT ON COLUMN order_summary_deltas.late IS 'Deliveries after the want date more or fewer.';
COMMENT ON COLUMN order_summary_deltas.days_late IS 'Days after the want date, of the late ones.';
COMMENT ON COLUMN order_summary_deltas.lead_days IS 'Days from order to delivery.';

CREATE TABLE order_summary_rollup (
  day date NOT NULL,
  phase text NOT NULL,
  state text NOT NULL,
  orders bigint NOT NULL DEFAULT 0,
  builds bigint NOT NULL DEFAULT 0,
  entered_seconds bigint NOT NULL DEFAULT 0,
  wanted_orders bigint NOT NULL DEFAULT 0,
  wanted_builds bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (day, phase, state)
);
COMMENT ON TABLE order_summary_rollup IS 'Counters by day, phase and state as of the last fold; with the deltas it is exact (v_order_summary_live).';
COMMENT ON COLUMN order_summary_rollup.day IS 'The day.';
COMMENT ON COLUMN order_summary_rollup.phase IS 'Present phase of the orders.';
COMMENT ON COLUMN order_summary_rollup.state IS 'Present state of the orders.';
COMMENT ON COLUMN order_summary_rollup.orders IS 'Orders made on that day.';
COMMENT ON COLUMN order_summary_rollup.builds IS 'Active builds of these orders.';
COMMENT ON COLUMN order_summary_rollup.entered_seconds IS 'When these orders entered their phase, summed, in seconds since 1970.';
COMMENT ON COLUMN order_summary_rollup.wanted_orders IS 'Orders whose customer wants delivery on that day.';
COMMENT ON COLUMN order_summary_rollup.wanted_builds IS 'Active builds of these orders.';

-- Every page of the office says how many orders are open and late: a row for each phase and state, not one for each day of years.
CREATE TABLE order_summary_totals (
  phase text NOT NULL,
  state text NOT NULL,
  orders bigint NOT NULL,
  builds bigint NOT NULL,
  entered_seconds bigint NOT NULL,
  past_orders bigint NOT NULL,
  past_before date NOT NULL,
  PRIMARY KEY (phase, state)
);
COMMENT ON TABLE order_summary_totals IS 'Sums of order_summary_rollup over all days, by phase and state, as of the last fold; with the deltas they are exact (order_counts).';
COMMENT ON COLUMN order_summary_totals.phase IS 'Present phase of the orders.';
COMMENT ON COLUMN order_summary_totals.state IS 'Present state of the orders.';
COMMENT ON COLUMN order_summary_totals.orders IS 'Orders.';
COMMENT ON COLUMN order_summary_totals.builds IS 'Active builds of these orders.';
COMMENT ON COLUMN order_summary_totals.entered_seconds IS 'When these orders entered their phase, summed, in seconds since 1970.';
COMMENT ON COLUMN order_summary_totals.past_orders IS 'Orders that were wanted before the day past_before.';
COMMENT ON COLUMN order_summary_totals.past_before IS 'Day of the fold at the plant; what is wanted between it and today is added from order_summary_rollup.';

CREATE TABLE order_delivery_rollup (
  day date PRIMARY KEY,
  delivered bigint NOT NULL DEFAULT 0,
  on_time bigint NOT NULL DEFAULT 0,
  late bigint NOT NULL DEFAULT 0,
  days_late bigint NOT NULL DEFAULT 0,
  lead_days bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE order_delivery_rollup IS 'Deliveries by day as of the last fold; with the deltas they are exact (deliveries_by_day).';
COMMENT ON COLUMN order_delivery_rollup.day IS 'Day of delivery.';
COMMENT ON COLUMN order_delivery_rollup.delivered IS 'Orders delivered.';
COMMENT ON COLUMN order_delivery_rollup.on_time IS 'Those of them that came by their want date.';
COMMENT ON COLUMN order_delivery_rollup.late IS 'Those that came after it; those without one are in neither.';
COMMENT ON COLUMN order_delivery_rollup.days_late IS 'Days after their want date of the late ones, summed.';
COMMENT ON COLUMN order_delivery_rollup.lead_days IS 'Days from order to delivery, summed.';

CREATE TABLE order_words (
  word text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE order_words IS 'Words that occur in orders: a misspelt word is compared with these few instead of with every order.';
COMMENT ON COLUMN order_words.word IS 'A word of at least four letters, lower case, without accents.';
