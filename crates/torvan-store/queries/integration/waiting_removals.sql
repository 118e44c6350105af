SELECT document_object_removal_id AS "document_object_removal_id!", object_key AS "object_key!"
  FROM waiting_object_removals($1, $2, make_interval(secs => $3)) ORDER BY document_object_removal_id
