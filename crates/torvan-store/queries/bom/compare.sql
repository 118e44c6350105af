SELECT change AS "change!", parent_code AS parent, item_code AS "code!", item_name AS "name!", quantity_a AS "quantity_a: Number",
       quantity_b AS "quantity_b: Number", unit_code AS "unit!"
  FROM compare_boms($1, $2)
