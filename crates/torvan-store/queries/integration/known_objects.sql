SELECT c.object_key AS "object_key!" FROM document_contents c WHERE c.storage = $1 AND c.object_key = ANY ($2)
UNION ALL
SELECT r.object_key FROM document_object_removals r WHERE r.storage = $1 AND r.object_key = ANY ($2)
