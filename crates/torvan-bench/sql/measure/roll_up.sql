SELECT count(*), trim_scale(sum(quantity))::text FROM roll_up_structure(ARRAY[$1::bigint], ARRAY[1::numeric])
