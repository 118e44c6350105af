-- Copies of configurations that save_configuration made: one per build, in turn.
WITH wanted AS (
  SELECT b.build_id, ($2::bigint[])[1 + (b.place - 1) % cardinality($2::bigint[])] AS template_id
    FROM unnest($1::bigint[]) WITH ORDINALITY AS b (build_id, place)
)
INSERT INTO configurations (build_id, version, product_variant_id, family_code, rule_set_id, parameters, parameters_hash, is_valid, violations)
SELECT w.build_id, 1, c.product_variant_id, c.family_code, c.rule_set_id, c.parameters, c.parameters_hash, c.is_valid, c.violations
  FROM wanted w JOIN configurations c ON c.configuration_id = w.template_id
