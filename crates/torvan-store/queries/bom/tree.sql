SELECT line_path AS "line!", depth AS "depth!", item_code AS "code!", item_name AS "name!", quantity_per AS "quantity_per!: Number",
       quantity_extended AS "quantity!: Number", unit_code AS "unit!", is_leaf AS "is_leaf!", because
  FROM indented_bom($1, $2, $3)
