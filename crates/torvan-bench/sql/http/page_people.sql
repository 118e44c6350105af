WITH made AS (
  SELECT r.role_code, create_user('bench.page.' || lower(r.role_code), 'Bench ' || r.role_code, 'B' || row_number() OVER (ORDER BY r.role_code)) AS user_id
    FROM unnest($1::text[]) AS r(role_code)
), granted AS (
  SELECT grant_role('bench.page.' || lower(m.role_code), m.role_code, p_reason => 'benchmark') FROM made m
)
SELECT count(*) FROM granted
