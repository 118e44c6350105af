WITH made AS (
  SELECT n, create_user('bench.' || n, 'Bench ' || n, 'B' || n) AS user_id FROM generate_series(1, $1) n
), granted AS (
  SELECT m.user_id, grant_role('bench.' || m.n, CASE m.n % 2 WHEN 0 THEN 'SALES_MANAGER' ELSE 'ADMINISTRATOR' END, p_reason => 'benchmark') FROM made m
)
SELECT count(*) FROM granted
