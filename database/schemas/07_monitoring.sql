-- Monitoring: thresholds, what was measured, benchmarks, runs of test data.

CREATE TABLE performance_thresholds (
  metric_code text COLLATE "C" PRIMARY KEY CHECK (metric_code ~ '^[a-z][a-z0-9_]*$'),
  description text NOT NULL,
  unit text NOT NULL CHECK (unit IN ('ms', 's', 'percent', 'count', 'bytes', 'days')),
  warning numeric NOT NULL,
  critical numeric NOT NULL,
  is_lower_bound boolean NOT NULL DEFAULT false,
  contract_target text,
  is_active boolean NOT NULL DEFAULT true,
  CHECK (CASE WHEN is_lower_bound THEN critical <= warning ELSE critical >= warning END)
);
COMMENT ON TABLE performance_thresholds IS 'From which value on a measured metric is a warning or critical; check_performance_thresholds() compares.';
COMMENT ON COLUMN performance_thresholds.metric_code IS 'The metric; how it is measured: performance_metrics().';
COMMENT ON COLUMN performance_thresholds.description IS 'What is measured.';
COMMENT ON COLUMN performance_thresholds.unit IS 'Unit of the thresholds: ms (milliseconds), s (seconds), percent, count, bytes or days.';
COMMENT ON COLUMN performance_thresholds.warning IS 'From here on a warning.';
COMMENT ON COLUMN performance_thresholds.critical IS 'From here on critical.';
COMMENT ON COLUMN performance_thresholds.is_lower_bound IS 'True where small values are bad.';
COMMENT ON COLUMN performance_thresholds.contract_target IS 'The target of the contract it stands for, in its words.';
COMMENT ON COLUMN performance_thresholds.is_active IS 'False: not compared.';

CREATE TABLE performance_samples (
  performance_sample_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  metric_code text COLLATE "C" NOT NULL REFERENCES performance_thresholds ON DELETE CASCADE,
  value numeric NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('ok', 'warning', 'critical'))
);
CREATE INDEX performance_samples_metric_code_idx ON performance_samples (metric_code, taken_at DESC);
COMMENT ON TABLE performance_samples IS 'What check_performance_thresholds() measured: its history, kept for 90 days.';
COMMENT ON COLUMN performance_samples.performance_sample_id IS 'Key.';
COMMENT ON COLUMN performance_samples.taken_at IS 'When.';
COMMENT ON COLUMN performance_samples.metric_code IS 'The metric.';
COMMENT ON COLUMN performance_samples.value IS 'The value, in the unit of its threshold.';
COMMENT ON COLUMN performance_samples.verdict IS 'ok, warning or critical at that time.';

CREATE TABLE view_refreshes (
  view_name text COLLATE "C" PRIMARY KEY,
  refreshed_at timestamptz NOT NULL,
  mode text NOT NULL,
  row_count bigint NOT NULL,
  duration_ms numeric(14, 1) NOT NULL
);
COMMENT ON TABLE view_refreshes IS 'The last refresh of each materialized view by refresh_all_materialized_views().';
COMMENT ON COLUMN view_refreshes.view_name IS 'The materialized view.';
COMMENT ON COLUMN view_refreshes.refreshed_at IS 'When.';
COMMENT ON COLUMN view_refreshes.mode IS 'How: concurrently, or with readers waiting.';
COMMENT ON COLUMN view_refreshes.row_count IS 'Its rows.';
COMMENT ON COLUMN view_refreshes.duration_ms IS 'How long it took, in milliseconds.';

CREATE TABLE performance_benchmark_runs (
  performance_benchmark_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  environment jsonb NOT NULL CHECK (jsonb_typeof(environment) = 'object'),
  results jsonb NOT NULL CHECK (jsonb_typeof(results) = 'array'),
  run_by text NOT NULL
);
CREATE INDEX performance_benchmark_runs_run_at_idx ON performance_benchmark_runs (run_at DESC);
COMMENT ON TABLE performance_benchmark_runs IS 'Results of run_performance_benchmarks(), with the environment in which they were measured.';
COMMENT ON COLUMN performance_benchmark_runs.performance_benchmark_run_id IS 'Key.';
COMMENT ON COLUMN performance_benchmark_runs.run_at IS 'When.';
COMMENT ON COLUMN performance_benchmark_runs.environment IS 'Version, settings and numbers of rows.';
COMMENT ON COLUMN performance_benchmark_runs.results IS 'One object per target: n, p50, p95, max in milliseconds, verdict.';
COMMENT ON COLUMN performance_benchmark_runs.run_by IS 'Who.';

CREATE SEQUENCE performance_test_number_sequence;
COMMENT ON SEQUENCE performance_test_number_sequence IS 'Numbers of the orders made by generate_performance_test_data(): PERF-00000001 and on, apart from real numbers.';

CREATE TABLE performance_test_runs (
  performance_test_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  generated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_number bigint NOT NULL,
  last_number bigint NOT NULL,
  counts jsonb NOT NULL CHECK (jsonb_typeof(counts) = 'object'),
  generated_by text NOT NULL,
  CHECK (last_number >= first_number)
);
COMMENT ON TABLE performance_test_runs IS 'Runs of generate_performance_test_data() whose rows are still there.';
COMMENT ON COLUMN performance_test_runs.performance_test_run_id IS 'Key.';
COMMENT ON COLUMN performance_test_runs.generated_at IS 'When.';
COMMENT ON COLUMN performance_test_runs.first_number IS 'Smallest number in the order numbers of the run (PERF-…).';
COMMENT ON COLUMN performance_test_runs.last_number IS 'Largest number in the order numbers of the run.';
COMMENT ON COLUMN performance_test_runs.counts IS 'Rows made per table.';
COMMENT ON COLUMN performance_test_runs.generated_by IS 'Who.';

CREATE TYPE health_finding AS (status text, reason text, mend text);
COMMENT ON TYPE health_finding IS 'What a health check says: ok, warning, critical, unknown or skipped; why; and how to mend it.';
