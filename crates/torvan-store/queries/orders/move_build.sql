SELECT concat_ws('/', b.phase, b.sub_state) AS "place!" FROM transition_build($1, $2, $3) b
