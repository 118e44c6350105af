SELECT level AS "level!", parent_code AS "parent_code!", parent_name AS "parent_name!", revision AS "revision!",
       quantity_per AS "quantity_per?: _", unit_code, quantity_total AS "quantity_total!: _",
       is_top_level AS "is_top_level!", lifecycle AS "lifecycle!"
  FROM where_used($1, coalesce($2::timestamptz, now()), $3)
