SELECT attach_custom_part_drawing($1, $2) AS done
