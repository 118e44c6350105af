-- What a signature is bound to: the canonical form of a record.
--
-- A table says what of it is signed with a function canonical_<table>(key); without one it is the whole row but for what
-- changes by itself. Settings that change how values are written are pinned, so that the hash is equal in every session.

CREATE OR REPLACE FUNCTION record_row(p_record_type text, p_record_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET intervalstyle = 'postgres'
AS $$
DECLARE
  key_column text;
  found jsonb;
BEGIN
  -- Not every table: what nobody may read is nobody's record.
  SELECT a.attname INTO key_column
    FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = p_record_type AND a.atttypid = 'bigint'::regtype
     AND c.relname NOT IN ('users', 'user_credentials', 'user_sessions', 'mfa_totp', 'password_history', 'setup_codes', 'api_tokens', 'signing_proofs', 'signatures');
  IF key_column IS NOT NULL THEN
    EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE t.%I = $1', p_record_type, key_column) INTO found USING p_record_id;
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION record_row(text, bigint) IS 'A row of any table with a key of one number, as JSON that is equal in every session; null if there is none.';

CREATE OR REPLACE FUNCTION canonical_record(p_record_type text, p_record_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET timezone = 'UTC'
SET bytea_output = 'hex'
SET intervalstyle = 'postgres'
AS $$
DECLARE
  found jsonb;
BEGIN
  IF to_regprocedure(format('public.%I(bigint)', 'canonical_' || p_record_type)) IS NULL THEN
    found := record_row(p_record_type, p_record_id);
    -- A record may note the signature that it was given.
    RETURN found - ARRAY['updated_at', 'row_version', 'is_sample', 'search_vector'] - array(SELECT k FROM jsonb_object_keys(found) k WHERE k LIKE '%signature\_id');
  END IF;
  EXECUTE format('SELECT public.%I($1)', 'canonical_' || p_record_type) INTO found USING p_record_id;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION canonical_record(text, bigint) IS 'The signed content of a record: canonical_<table>(key) where that exists, else its row without what changes by itself; null if there is no such record.';

CREATE OR REPLACE FUNCTION canonical_hash(p_content jsonb, p_keys text[]) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT encode(sha256(convert_to((SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(p_content) e WHERE e.key = ANY (p_keys))::text, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION canonical_hash(jsonb, text[]) IS 'SHA-256 of a canonical form, of the named fields only: jsonb writes keys in one order and numbers in one way.';

CREATE OR REPLACE FUNCTION bom_lines_hash(p_bom_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT encode(sha256(convert_to(coalesce(string_agg(jsonb_build_array(l.line_number, l.parent_assembly_id, l.item_code, l.specification_code, l.quantity_per, l.quantity_total,
           l.unit_code, l.is_manual, l.note)::text, E'\n' ORDER BY l.line_number), ''), 'UTF8')), 'hex')
    FROM bom_line_items l WHERE l.bom_id = p_bom_id
$$;
COMMENT ON FUNCTION bom_lines_hash(bigint) IS 'SHA-256 over every line of a BOM: what, how much, in what, by hand or not, with which note.';

CREATE OR REPLACE FUNCTION canonical_boms(p_bom_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('bom_id', m.bom_id, 'build_number', b.build_number, 'revision', m.revision, 'configuration_id', m.configuration_id, 'parameters_hash', c.parameters_hash,
           'rule_set_id', m.rule_set_id, 'catalogue_as_of', m.catalogue_as_of, 'content_hash', m.content_hash, 'lines_hash', bom_lines_hash(m.bom_id))
    FROM boms m JOIN configurations c USING (configuration_id) LEFT JOIN builds b ON b.build_id = m.build_id
   WHERE m.bom_id = p_bom_id
$$;
COMMENT ON FUNCTION canonical_boms(bigint) IS 'What is signed of a BOM: its configuration, rules and every line. The decision is the signature''s own meaning and reason; release and supersession come later and change nothing.';

CREATE OR REPLACE FUNCTION rule_set_hash(p_rule_set_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT encode(sha256(convert_to(concat_ws(E'\n',
           (SELECT string_agg((to_jsonb(d) - ARRAY['configuration_parameter_id', 'rule_set_id'])::text, E'\n' ORDER BY d.list_code, d.parameter_code) FROM configuration_parameters d WHERE d.rule_set_id = p_rule_set_id),
           (SELECT string_agg((to_jsonb(l) - ARRAY['configuration_lookup_id', 'rule_set_id'])::text, E'\n' ORDER BY l.lookup_code, l.key_text, l.key_from) FROM configuration_lookups l WHERE l.rule_set_id = p_rule_set_id),
           (SELECT string_agg((to_jsonb(r) - ARRAY['configuration_rule_id', 'rule_set_id', 'reads'])::text, E'\n' ORDER BY r.rule_code) FROM configuration_rules r WHERE r.rule_set_id = p_rule_set_id)), 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION rule_set_hash(bigint) IS 'SHA-256 over every parameter, look-up and rule of a set.';

CREATE OR REPLACE FUNCTION canonical_rule_sets(p_rule_set_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('rule_set_id', s.rule_set_id, 'family_code', s.family_code, 'version', s.version, 'content_hash', rule_set_hash(s.rule_set_id)) FROM rule_sets s WHERE s.rule_set_id = p_rule_set_id
$$;
COMMENT ON FUNCTION canonical_rule_sets(bigint) IS 'What is signed of a rule set: everything in it. That another one supersedes it comes later and changes nothing.';

CREATE OR REPLACE FUNCTION canonical_assembly_revisions(p_assembly_revision_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object('assembly_revision_id', r.assembly_revision_id, 'assembly_code', a.assembly_code, 'revision', r.revision, 'effective_from', r.effective_from,
             'content_hash', encode(sha256(convert_to(coalesce(content_signature(r.assembly_revision_id), ''), 'UTF8')), 'hex'))
    FROM assembly_revisions r JOIN assemblies a USING (assembly_id) WHERE r.assembly_revision_id = p_assembly_revision_id);
END;
$$;
COMMENT ON FUNCTION canonical_assembly_revisions(bigint) IS 'What is signed of a revision of an assembly: its number, from when it is in force, and every component.';

CREATE OR REPLACE FUNCTION content_to_sign(p_record_type text, p_record_id bigint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found text;
BEGIN
  IF (p_record_type IN ('rule_sets', 'assembly_revisions', 'workflow_rule_changes')) IS NOT TRUE THEN
    RAISE EXCEPTION 'What is signed of % is not asked for here.', shown(p_record_type) USING ERRCODE = 'TV022', COLUMN = 'record_type', HINT = 'Give rule_sets, assembly_revisions or workflow_rule_changes.';
  END IF;
  PERFORM require_permission(CASE p_record_type WHEN 'rule_sets' THEN 'configuration_rule:read' WHEN 'workflow_rule_changes' THEN 'workflow_rule:read' ELSE 'catalogue:read' END);
  found := canonical_record(p_record_type, p_record_id) ->> 'content_hash';
  IF found IS NULL THEN
    RAISE EXCEPTION 'There is no record % of %.', shown(p_record_id), p_record_type USING ERRCODE = 'TV004', COLUMN = 'record_id', HINT = 'Name a key of this table.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION content_to_sign(text, bigint) IS
  'The hash of what a release signs: of a rule set (rule_sets), a draft revision (assembly_revisions) or a change of the workflow (workflow_rule_changes) as it is now. Who releases it gives it back, so that nobody signs what they have not seen.';

CREATE OR REPLACE FUNCTION require_seen_content(p_record_type text, p_record_id bigint, p_seen text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_seen <> canonical_record(p_record_type, p_record_id) ->> 'content_hash' THEN
    RAISE EXCEPTION 'What is to be signed was changed meanwhile.' USING ERRCODE = 'TV012', HINT = 'Look at it as it is now, then sign it.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_seen_content(text, bigint, text) IS 'Raises TV012 where the content of a record has another hash than the one that the signer saw; without one nothing is compared.';

CREATE OR REPLACE FUNCTION canonical_orders(p_order_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('order_id', o.order_id, 'order_number', o.order_number, 'customer_id', o.customer_id, 'po_number', o.po_number, 'want_date', o.want_date,
           'language', o.language, 'family_code', o.family_code, 'quantity', o.quantity,
           'builds', coalesce((
             SELECT jsonb_agg(jsonb_build_object('build_number', b.build_number, 'parameters_hash', c.parameters_hash, 'bom_id', m.bom_id, 'revision', m.revision,
                      'bom_content_hash', m.content_hash, 'bom_lines_hash', bom_lines_hash(m.bom_id)) ORDER BY b.build_number)
               FROM builds b LEFT JOIN configurations c ON c.configuration_id = b.configuration_id LEFT JOIN boms m ON m.bom_id = b.bom_id
              WHERE b.order_id = o.order_id AND b.state = 'ACTIVE'), '[]'),
           'papers', coalesce((
             SELECT jsonb_agg(jsonb_build_object('kind', a.attachment_kind, 'build_id', a.build_id, 'file_name', a.file_name, 'version', a.version, 'sha256', a.sha256, 'approved_by', a.approved_by)
                      ORDER BY a.order_attachment_id)
               FROM order_attachments a
              WHERE a.order_id = o.order_id AND a.attachment_kind IN ('PO_DOCUMENT', 'ORDER_CONFIRMATION', 'SINK_DRAWING', 'CUSTOM_PART_DRAWING')), '[]'))
    FROM orders o WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION canonical_orders(bigint) IS 'What is signed of an order: what was ordered, every active build with its configuration and BOM lines, and the papers it was decided on. Phase, shipment, notes and photos change later and are not part of it.';

CREATE OR REPLACE FUNCTION canonical_order_attachments(p_order_attachment_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('order_attachment_id', a.order_attachment_id, 'order_id', a.order_id, 'build_id', a.build_id, 'kind', a.attachment_kind, 'file_name', a.file_name,
           'media_type', a.media_type, 'byte_size', a.byte_size, 'version', a.version, 'sha256', a.sha256)
    FROM order_attachments a WHERE a.order_attachment_id = p_order_attachment_id
$$;
COMMENT ON FUNCTION canonical_order_attachments(bigint) IS 'What is signed of a file: to what it belongs, its name and version, and the hash of its content. A note on it may change.';

CREATE OR REPLACE FUNCTION is_sample_record(p_record_type text, p_record_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found jsonb := record_row(p_record_type, p_record_id);
BEGIN
  IF (found ->> 'is_sample')::boolean THEN
    RETURN true;
  END IF;
  RETURN coalesce((
    SELECT bool_or(o.is_sample) FROM orders o
     WHERE o.order_id IN (SELECT (found ->> 'order_id')::bigint
                          UNION ALL SELECT b.order_id FROM builds b WHERE b.build_id = (found ->> 'build_id')::bigint
                          UNION ALL SELECT b.order_id FROM builds b JOIN boms m USING (build_id) WHERE m.bom_id = (found ->> 'bom_id')::bigint)), false);
END;
$$;
COMMENT ON FUNCTION is_sample_record(text, bigint) IS 'True for a row of the sample data, or one that belongs to a sample order.';
