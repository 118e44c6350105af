-- The catalogue as data, and its difference from what the last deployment left.

-- One row per object of schema public that is not part of an extension, with a hash of its definition and grants.
CREATE OR REPLACE FUNCTION schema_objects()
RETURNS TABLE (kind text, identity text, object_oid oid, definition_hash text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH own_relations AS (
    SELECT c.* FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace
       -- Months of the audit trail come and go in normal work.
       AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ),
  own_functions AS (
    SELECT p.* FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  ),
  -- Grants to others than the owner: who owns is a matter of the site, what others may do is not.
  grants AS (
    SELECT c.oid, string_agg(concat_ws('=', coalesce(grantee.rolname, 'PUBLIC'), acl.privilege_type, acl.is_grantable), ',' 
                             ORDER BY grantee.rolname COLLATE "C", acl.privilege_type COLLATE "C") AS granted
      FROM (SELECT oid, relowner AS owner, relacl AS acl FROM own_relations WHERE relacl IS NOT NULL
            UNION ALL
            SELECT oid, proowner, coalesce(proacl, acldefault('f', proowner)) FROM own_functions) AS c
     CROSS JOIN LATERAL aclexplode(c.acl) AS acl
      LEFT JOIN pg_roles grantee ON grantee.oid = acl.grantee
     WHERE acl.grantee <> c.owner
     GROUP BY c.oid
  ),
  objects AS (
    SELECT 'table' AS kind, quote_ident(c.relname) AS identity, c.oid AS object_oid,
           concat_ws('|', c.relrowsecurity, c.relforcerowsecurity, c.relpersistence, c.reloptions, pg_get_partkeydef(c.oid), g.granted) AS definition
      FROM own_relations c LEFT JOIN grants g USING (oid) WHERE c.relkind IN ('r', 'p')
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, quote_ident(c.relname), c.oid,
           concat_ws('|', pg_get_viewdef(c.oid), c.reloptions, g.granted)
      FROM own_relations c LEFT JOIN grants g USING (oid) WHERE c.relkind IN ('v', 'm')
    UNION ALL
    SELECT 'sequence', quote_ident(c.relname), c.oid,
           concat_ws('|', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcycle, g.granted)
      FROM own_relations c JOIN pg_sequence s ON s.seqrelid = c.oid LEFT JOIN grants g USING (oid)
    UNION ALL
    SELECT 'column', quote_ident(c.relname) || '.' || quote_ident(a.attname), c.oid,
           concat_ws('|', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                     nullif(a.attcollation, t.typcollation)::regcollation, pg_get_expr(d.adbin, d.adrelid), a.attacl)
      FROM own_relations c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relkind IN ('r', 'p')
    UNION ALL
    -- NOT NULL is compared with the column: only later versions of the server list it as a constraint.
    SELECT 'constraint', quote_ident(c.relname) || '.' || quote_ident(k.conname), k.oid,
           concat_ws('|', pg_get_constraintdef(k.oid), k.convalidated)
      FROM own_relations c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype <> 'n'
    UNION ALL
    SELECT 'index', quote_ident(c.relname), c.oid, concat_ws('|', pg_get_indexdef(c.oid), i.indisvalid)
      FROM own_relations c JOIN pg_index i ON i.indexrelid = c.oid
    UNION ALL
    SELECT 'trigger', quote_ident(c.relname) || '.' || quote_ident(t.tgname), t.oid,
           concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled)
      FROM own_relations c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT 'policy', quote_ident(c.relname) || '.' || quote_ident(p.polname), p.oid,
           concat_ws('|', p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
                     (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ',' ORDER BY r.rolname COLLATE "C")
                        FROM unnest(p.polroles) AS member LEFT JOIN pg_roles r ON r.oid = member))
      FROM own_relations c JOIN pg_policy p ON p.polrelid = c.oid
    UNION ALL
    SELECT 'function', quote_ident(f.proname) || '(' || pg_get_function_identity_arguments(f.oid) || ')', f.oid,
           concat_ws('|', CASE WHEN f.prokind IN ('f', 'p', 'w') THEN pg_get_functiondef(f.oid)
                               ELSE format_type(f.prorettype, NULL) END, g.granted)
      FROM own_functions f LEFT JOIN grants g USING (oid)
    UNION ALL
    SELECT 'type', quote_ident(t.typname), t.oid,
           CASE t.typtype
             WHEN 'c' THEN (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod)), ',' ORDER BY a.attnum)
                              FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
             WHEN 'd' THEN concat_ws('|', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
                                     (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype <> 'n'))
             ELSE (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
           END
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE t.typnamespace = 'public'::regnamespace AND (t.typtype IN ('d', 'e') OR t.typtype = 'c' AND c.relkind = 'c')
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'extension', quote_ident(e.extname), e.oid, '' FROM pg_extension e
  )
  SELECT kind, identity, object_oid, encode(sha256(convert_to(coalesce(definition, ''), 'UTF8')), 'hex') FROM objects;
$$;
COMMENT ON FUNCTION schema_objects() IS 'Every object of schema public with a hash of its definition and grants';

-- Empty as long as nobody changed the schema past the deployment.
CREATE OR REPLACE VIEW v_schema_drift WITH (security_invoker = true) AS
SELECT coalesce(present.kind, known.kind) AS kind,
       coalesce(present.identity, known.identity) AS identity,
       CASE WHEN known.kind IS NULL THEN 'added' WHEN present.kind IS NULL THEN 'removed' ELSE 'changed' END AS change,
       known.origin,
       known.definition_hash AS expected_hash,
       present.definition_hash AS actual_hash
  FROM schema_objects() AS present
  FULL JOIN schema_fingerprints AS known ON known.kind = present.kind AND known.identity = present.identity
 WHERE known.definition_hash IS DISTINCT FROM present.definition_hash;
COMMENT ON VIEW v_schema_drift IS 'Objects added, changed or removed by hand since the last deployment';
COMMENT ON COLUMN v_schema_drift.kind IS 'Kind of object';
COMMENT ON COLUMN v_schema_drift.identity IS 'Name of the object, with table or arguments';
COMMENT ON COLUMN v_schema_drift.change IS 'added, changed or removed';
COMMENT ON COLUMN v_schema_drift.origin IS 'baseline or replaceable; empty for an added object';
COMMENT ON COLUMN v_schema_drift.expected_hash IS 'Hash of the definition as deployed';
COMMENT ON COLUMN v_schema_drift.actual_hash IS 'Hash of the definition as found';
