UPDATE assembly_revisions
   SET state = 'RELEASED', effective_from = now() - interval '1 day', released_at = now(), released_by = 'benchmark'
 WHERE assembly_revision_id = ANY ($1::bigint[])
