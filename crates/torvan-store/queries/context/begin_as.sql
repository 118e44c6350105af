SELECT begin_as($1, $2) AS display_name
