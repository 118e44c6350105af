INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, position)
SELECT c.revision, c.child, c.part, c.quantity, c.place
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS c (revision, child, part, quantity, place)
