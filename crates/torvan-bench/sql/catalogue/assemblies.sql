WITH made AS (
  INSERT INTO assemblies (assembly_code, name, subcategory_id, is_orderable, standard_cost, labour_hours)
  SELECT format('BENCH-%s-%s', $1::text, lpad(n::text, 5, '0')), format('Synthetic assembly %s', n), $3, n = 0, 1 + n % 11, 0.05
    FROM generate_series(0, $2::bigint - 1) AS n
  RETURNING assembly_id, assembly_code
)
SELECT assembly_id FROM made ORDER BY assembly_code
