SELECT assembly_code AS "assembly_code!", name AS "name!", revision, material_cost AS "material_cost!: _",
       labour_hours AS "labour_hours!: _", weight_kg AS "weight_kg!: _", lead_time_days AS "lead_time_days!",
       line_count AS "line_count!", depth AS "depth!", leaves_without_cost AS "leaves_without_cost!",
       leaves_without_weight AS "leaves_without_weight!"
  FROM roll_up_assembly($1, coalesce($2::timestamptz, now()))
