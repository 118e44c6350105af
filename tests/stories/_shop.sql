-- A plant with two customers and orders in many phases, for stories about who sees what. Included by them: \ir ../_shop.sql
-- Made by the owner past the workflow, so that it holds whatever guards a release has.
RESET SESSION AUTHORIZATION;

-- Inserts the values for which the table has columns: other domains may add some.
CREATE FUNCTION testing.insert_row(p_table text, p_values jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  columns text;
BEGIN
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns
    FROM pg_attribute a WHERE a.attrelid = ('public.' || p_table)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND p_values ? a.attname::text;
  EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM jsonb_populate_record(NULL::public.%I, $1) r', p_table, columns, 'r.' || replace(columns, ', ', ', r.'), p_table) USING p_values;
END;
$$;

CREATE FUNCTION testing.person(p_login text, p_role_code text, p_valid interval DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  made bigint;
BEGIN
  INSERT INTO public.users (login, display_name) VALUES (p_login, initcap(replace(p_login, '.', ' '))) RETURNING user_id INTO made;
  INSERT INTO public.user_roles (user_id, role_id, valid_from, valid_to)
  SELECT made, r.role_id, now() - interval '2 days', now() + p_valid FROM public.roles r WHERE r.role_code = p_role_code;
  PERFORM testing.know_people();
  RETURN made;
END;
$$;

-- Two sinks with configuration and BOM, a note, a file and a drawing, in the phase wanted.
CREATE FUNCTION testing.order_in(p_customer text, p_number text, p_phase text, p_state text DEFAULT 'ACTIVE') RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  made bigint;
  build record;
  door text := current_setting('torvan.user_id', true);
BEGIN
  PERFORM set_config('torvan.user_id', '', true);
  made := public.create_order(p_customer, 'PO-' || p_number, 'sample.sales', current_date + 90, 'EN', ARRAY[p_number || '-1', p_number || '-2']);
  FOR build IN SELECT b.build_id FROM public.builds b WHERE b.order_id = made ORDER BY b.build_id LOOP
    PERFORM public.generate_bom(public.save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
      "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}', build.build_id));
    PERFORM public.add_attachment(made, 'SINK_DRAWING', 'drawing.pdf', 'application/pdf', NULL, NULL, build.build_id);
  END LOOP;
  PERFORM public.add_attachment(made, 'PO_DOCUMENT', 'po.pdf', 'application/pdf'), public.add_order_note(made, 'Note on ' || p_number);
  PERFORM set_config('torvan.workflow_step', made::text, true);
  UPDATE public.orders SET phase = p_phase, state = p_state, state_reason = CASE WHEN p_state <> 'ACTIVE' THEN 'as wanted' END,
         hold_kind = CASE WHEN p_state = 'ON_HOLD' THEN 'GENERAL' END WHERE order_id = made;
  UPDATE public.builds SET phase = p_phase, state = CASE p_state WHEN 'CANCELLED' THEN p_state ELSE 'ACTIVE' END WHERE order_id = made;
  PERFORM set_config('torvan.workflow_step', '', true), set_config('torvan.user_id', coalesce(door, ''), true);
  RETURN made;
END;
$$;

-- A fresh proof of who the acting person is, for releases in which the server asks for one before a signature.
CREATE FUNCTION testing.prove() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_setting('torvan.user_id')::bigint;
  proof text := gen_random_uuid();
  session_id bigint;
BEGIN
  IF to_regclass('public.signing_proofs') IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO user_sessions (user_id, token_hash, mfa_state, opened_at, last_seen_at, expires_at, signing_proved_at)
  VALUES (person, encode(sha256(convert_to(proof, 'UTF8')), 'hex'), 'PASSED', now(), now(), now() + interval '1 hour', now()) RETURNING user_session_id INTO session_id;
  INSERT INTO signing_proofs (user_session_id, user_id, proof_hash, method, expires_at)
  VALUES (session_id, person, encode(sha256(convert_to(proof, 'UTF8')), 'hex'), 'PASSWORD_MFA', now() + interval '1 hour');
  PERFORM set_config('torvan.session_id', session_id::text, false), set_config('torvan.signing_proof', proof, false);
END;
$$;

-- A row in every table that has none, so that a sweep over all tables has something to find in each: by the superuser, past constraints.
CREATE FUNCTION testing.fill_empty_tables() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  t record;
  is_empty boolean;
  statement text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR t IN SELECT c.oid, format('public.%I', c.relname) AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname LOOP
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', t.name) INTO is_empty;
    CONTINUE WHEN NOT is_empty;
    FOR statement IN
      SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname) FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'c'
      UNION ALL
      SELECT format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', t.name, a.attname) FROM pg_attribute a
       WHERE a.attrelid = t.oid AND a.attnum > 0 AND a.attnotnull AND a.attidentity = '' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
      UNION ALL
      SELECT format('INSERT INTO %s (%s) SELECT %s', t.name, string_agg(quote_ident(a.attname), ', '),
                    string_agg(format('CAST(%s AS %s)', CASE WHEN a.atttypid IN ('timestamptz'::regtype, 'date'::regtype) THEN 'now()' WHEN a.atttypid = 'uuid'::regtype THEN 'gen_random_uuid()' ELSE quote_literal('1') END, format_type(a.atttypid, a.atttypmod)), ', '))
        FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
       WHERE a.attrelid = t.oid AND a.attidentity = '' AND a.attgenerated = '' HAVING count(*) > 0
      UNION ALL
      SELECT format('INSERT INTO %s DEFAULT VALUES', t.name)
       WHERE NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) WHERE a.attrelid = t.oid AND a.attidentity = '' AND a.attgenerated = '')
    LOOP
      EXECUTE statement;
    END LOOP;
  END LOOP;
  SET LOCAL session_replication_role = origin;
  -- The constraints that went are no drift that a story is about.
  UPDATE public.schema_fingerprints f SET definition_hash = o.definition_hash FROM public.schema_objects() o WHERE (o.kind, o.identity) = (f.kind, f.identity);
  DELETE FROM public.schema_fingerprints f WHERE NOT EXISTS (SELECT FROM public.schema_objects() o WHERE (o.kind, o.identity) = (f.kind, f.identity));
END;
$$;

SET SESSION AUTHORIZATION torvan_user;
