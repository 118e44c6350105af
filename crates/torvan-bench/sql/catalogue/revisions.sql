WITH made AS (
  INSERT INTO assembly_revisions (assembly_id, revision)
  SELECT a, 1 FROM unnest($1::bigint[]) AS a
  RETURNING assembly_revision_id, assembly_id
)
SELECT m.assembly_revision_id
  FROM unnest($1::bigint[]) WITH ORDINALITY AS a (assembly_id, place)
  JOIN made m USING (assembly_id)
 ORDER BY a.place
