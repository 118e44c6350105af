SELECT item_code AS "code!", item_name AS "name!", quantity AS "quantity!: Number", unit_code AS "unit!",
       unit_cost AS "unit_cost: Number", is_unresolved AS "is_unresolved!"
  FROM bom_leaf_totals($1)
