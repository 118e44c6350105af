SELECT (SELECT v.parameters::text FROM product_variants v WHERE v.variant_code = upper(btrim($1::text)) AND v.is_active) AS parameters,
       (SELECT string_agg(v.variant_code, ', ' ORDER BY v.variant_code) FROM product_variants v WHERE v.is_active) AS variants
