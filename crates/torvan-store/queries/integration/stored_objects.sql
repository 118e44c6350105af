SELECT object_key AS "object_key!" FROM stored_objects($1)
