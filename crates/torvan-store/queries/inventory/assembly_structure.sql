SELECT level AS "level!", kind AS "kind!", code AS "code!", name AS "name!", quantity_per AS "quantity_per!: _",
       quantity_total AS "quantity_total!: _", unit_code AS "unit_code!", revision, is_leaf AS "is_leaf!",
       is_optional AS "is_optional!", note
  FROM assembly_structure($1, coalesce($2::timestamptz, now()), $3)
