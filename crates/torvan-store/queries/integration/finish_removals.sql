SELECT finish_object_removals($1) AS "finished!"
