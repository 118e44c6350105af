WITH made AS (
  INSERT INTO parts (part_number, name, standard_cost, weight_kg)
  SELECT format('BENCH-P-%s', lpad(n::text, 6, '0')), format('Synthetic part %s', n), 0.25 + n % 97, 0.01 * (1 + n % 53)
    FROM generate_series(0, $1::bigint - 1) AS n
  RETURNING part_id, part_number
)
SELECT part_id FROM made ORDER BY part_number
