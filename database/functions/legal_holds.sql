-- Legal holds: what is held is not deleted, erased or archived, by any way.
--
-- A statement trigger on every table asks after each DELETE, cascades included, whether one of the rows stands under a hold: the row
-- itself, or the order, build, customer or person that its foreign keys lead to. As long as no hold is in force it asks one question.
-- Deletes share an advisory lock which placing a hold takes alone: a hold waits for deletes under way and binds those after it.

CREATE OR REPLACE FUNCTION holds_in_force() RETURNS SETOF legal_holds
LANGUAGE sql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT h.* FROM legal_holds h WHERE h.released_at IS NULL AND (h.hold_until IS NULL OR h.hold_until >= site_today())
$$;
COMMENT ON FUNCTION holds_in_force() IS 'Holds that are neither released nor run out.';

CREATE OR REPLACE FUNCTION hold_targets() RETURNS TABLE (scope_kind text, table_name text, key_column text, code_column text)
LANGUAGE sql IMMUTABLE ROWS 4
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('SUBJECT', 'subjects', 'subject_id', 'subject_id'), ('CUSTOMER', 'customers', 'customer_id', 'customer_code'),
         ('ORDER', 'orders', 'order_id', 'order_number'), ('BUILD', 'builds', 'build_id', 'build_number')
$$;
COMMENT ON FUNCTION hold_targets() IS 'What a hold may be placed on, where it is, and what people call it by.';

CREATE OR REPLACE FUNCTION hold_query(p_table text, p_source text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH RECURSIVE targets AS (
    SELECT t.* FROM hold_targets() t WHERE t.scope_kind IN (SELECT h.scope_kind FROM holds_in_force() h)
  ), links AS (
    SELECT k.conrelid::regclass::text COLLATE "default" AS child, a.attname::text COLLATE "default" AS child_column,
           k.confrelid::regclass::text COLLATE "default" AS parent, b.attname::text COLLATE "default" AS parent_column
      FROM pg_constraint k
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
      JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]
     WHERE k.contype = 'f' AND cardinality(k.conkey) = 1 AND k.connamespace = 'public'::regnamespace AND k.confrelid <> 'users'::regclass
  ), paths AS (
    SELECT l.parent AS reached, format('s.%I', l.child_column) AS value, ''::text AS joins, ARRAY[p_table, l.parent] AS seen, 1 AS depth, l.parent_column
      FROM links l WHERE l.child = p_table AND l.parent <> p_table
    UNION ALL
    SELECT l.parent, format('j%s.%I', p.depth, l.child_column),
           p.joins || format(' JOIN public.%I j%s ON j%s.%I = %s', p.reached, p.depth, p.depth, p.parent_column, p.value), p.seen || l.parent, p.depth + 1, l.parent_column
      FROM paths p JOIN links l ON l.child = p.reached
     WHERE p.depth < 5 AND l.parent <> ALL (p.seen)
  ), hits AS (
    SELECT t.scope_kind, p.value, p.joins FROM paths p JOIN targets t ON t.table_name = p.reached
    UNION
    -- A column which names the person or record without a reference counts too.
    SELECT t.scope_kind, format('s.%I', t.key_column), '' FROM targets t
     WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('public.' || quote_ident(p_table)) AND a.attname = t.key_column AND a.attnum > 0 AND NOT a.attisdropped)
  )
  SELECT string_agg(q.part, ' UNION ' ORDER BY q.part)
    FROM (SELECT format('SELECT %s AS key, h.legal_hold_id FROM %s s%s JOIN public.holds_in_force() h ON h.scope_kind = %L AND h.scope_id = %s',
                        coalesce('s.' || quote_ident(table_key(p_table)), 'NULL'), p_source, x.joins, x.scope_kind, x.value) AS part FROM hits x
          UNION ALL
          SELECT format('SELECT %s AS key, h.legal_hold_id FROM %s s JOIN public.holds_in_force() h ON h.scope_class = %L',
                        coalesce('s.' || quote_ident(table_key(p_table)), 'NULL'), p_source, class_of_table(p_table))
           WHERE class_of_table(p_table) IN (SELECT h.scope_class FROM holds_in_force() h)) q
$$;
COMMENT ON FUNCTION hold_query(text, text) IS 'Query that finds which rows of a source with the columns of the table stand under which hold; null if no hold in force can reach the table.';

CREATE OR REPLACE FUNCTION raise_hold(p_hold_id bigint, p_what text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  hold legal_holds;
BEGIN
  SELECT * INTO hold FROM legal_holds h WHERE h.legal_hold_id = p_hold_id;
  RAISE EXCEPTION '% stands under legal hold % (%): %.', p_what, shown(p_hold_id), lower(hold.scope_kind) || ' ' || hold.scope_code, hold.reason
    USING ERRCODE = 'TV009', HINT = format('Nothing under a hold is deleted, erased, archived or renamed. When the case is over: release_hold(%s, reason).', p_hold_id);
END;
$$;
COMMENT ON FUNCTION raise_hold(bigint, text) IS 'Raises TV009 naming the hold.';

CREATE OR REPLACE FUNCTION share_hold_lock() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('torvan'), hashtext('legal_holds'));
END;
$$;
COMMENT ON FUNCTION share_hold_lock() IS 'Until this transaction ends no hold is placed.';

CREATE OR REPLACE FUNCTION held_keys(p_table text, p_keys bigint[]) RETURNS TABLE (key bigint, legal_hold_id bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  query text := hold_query(p_table, format('(SELECT * FROM public.%I x WHERE x.%I = ANY ($1))', p_table, table_key(p_table)));
BEGIN
  IF query IS NOT NULL THEN
    RETURN QUERY EXECUTE format('SELECT q.key::bigint, min(q.legal_hold_id) FROM (%s) q GROUP BY q.key', query) USING p_keys;
  END IF;
END;
$$;
COMMENT ON FUNCTION held_keys(text, bigint[]) IS 'Which of the rows stand under a hold, each with one of its holds.';

CREATE OR REPLACE FUNCTION require_no_hold(p_table text, p_keys bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  held record;
BEGIN
  IF table_key(p_table) IS NULL THEN
    RAISE EXCEPTION 'There is no table "%" with a key of one column.', shown(p_table) USING ERRCODE = 'TV022', COLUMN = 'table', HINT = 'Name a table such as orders and keys in it.';
  END IF;
  PERFORM share_hold_lock();
  SELECT * INTO held FROM held_keys(p_table, p_keys) h ORDER BY h.key LIMIT 1;
  IF held.legal_hold_id IS NOT NULL THEN
    PERFORM raise_hold(held.legal_hold_id, format('Row %s of %s', held.key, p_table));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_no_hold(text, bigint[]) IS 'Raises TV009 if one of the rows, or what it belongs to, stands under a legal hold. Until the transaction ends none can be placed.';

CREATE OR REPLACE FUNCTION tg_rows__no_hold() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  query text;
  held bigint;
BEGIN
  PERFORM share_hold_lock();
  IF NOT EXISTS (SELECT FROM legal_holds h WHERE h.released_at IS NULL) THEN
    RETURN NULL;
  END IF;
  query := hold_query(TG_TABLE_NAME, 'old_rows');
  IF query IS NOT NULL THEN
    EXECUTE format('SELECT min(q.legal_hold_id) FROM (%s) q', query) INTO held;
    IF held IS NOT NULL THEN
      PERFORM raise_hold(held, 'A row of ' || TG_TABLE_NAME);
    END IF;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_rows__no_hold() IS 'Refuses a DELETE, direct or by cascade, of rows under a legal hold.';

CREATE OR REPLACE FUNCTION tg_rows__held_code() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  held bigint;
BEGIN
  SELECT min(h.legal_hold_id) INTO held FROM legal_holds h
   WHERE h.released_at IS NULL AND h.scope_kind = TG_ARGV[0] AND h.scope_id = (to_jsonb(OLD) ->> TG_ARGV[1])::bigint;
  IF held IS NOT NULL THEN
    PERFORM raise_hold(held, 'A row of ' || TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_rows__held_code() IS 'What a hold names keeps the code or number that the hold, and the signature on it, say.';

CREATE OR REPLACE FUNCTION install_hold_guards() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  guarded text;
  installed integer := 0;
BEGIN
  FOR guarded IN SELECT DISTINCT k.table_name FROM column_classifications k JOIN pg_class c ON c.oid = to_regclass('public.' || quote_ident(k.table_name)) AND c.relkind = 'r'
                  -- A build under a hold still leaves the shop.
                  WHERE k.table_name <> 'shop_builds' AND (k.retention_class <> 'SYSTEM' OR EXISTS (SELECT FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f')) ORDER BY k.table_name LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER _700_no_hold AFTER DELETE ON public.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.tg_rows__no_hold()', guarded);
    installed := installed + 1;
  END LOOP;
  RETURN installed;
END;
$$;
COMMENT ON FUNCTION install_hold_guards() IS 'Puts the trigger that heeds legal holds on every table but those of the system that belong to nothing; run by each deployment, so that no new table is forgotten.';

CREATE OR REPLACE FUNCTION held_record(p_scope_kind text, p_scope_code text, OUT scope_id bigint, OUT scope_code text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  target record;
BEGIN
  SELECT * INTO target FROM hold_targets() t WHERE t.scope_kind = p_scope_kind;
  IF target.scope_kind IS NULL THEN
    SELECT c.retention_class INTO scope_code FROM retention_classes c WHERE c.retention_class = upper(btrim(p_scope_code));
    RETURN;
  END IF;
  EXECUTE format('SELECT t.%I, t.%I::text FROM public.%I t WHERE t.%I::text = upper(btrim($1))', target.key_column, target.code_column, target.table_name, target.code_column)
    INTO scope_id, scope_code USING p_scope_code;
  -- People with an account are known by their login; what is kept is the number, which names nobody.
  IF scope_id IS NULL AND p_scope_kind = 'SUBJECT' THEN
    SELECT p.subject_id, p.subject_id::text INTO scope_id, scope_code FROM pii_users p JOIN users u USING (user_id) WHERE u.login = lower(btrim(p_scope_code));
  END IF;
END;
$$;
COMMENT ON FUNCTION held_record(text, text) IS 'The record that a code of a hold names, with its key (none for a retention class) and what people call it; nothing if there is none.';

CREATE OR REPLACE FUNCTION place_hold(p_scope_kind text, p_scope_code text, p_reason text, p_hold_until date DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('legal_hold:place');
  kind text := upper(btrim(p_scope_kind));
  held record;
  made bigint;
BEGIN
  PERFORM require_reason(p_reason);
  IF p_hold_until < site_today() THEN
    RAISE EXCEPTION 'The last day of the hold, %, is past.', shown(p_hold_until) USING ERRCODE = 'TV022', COLUMN = 'hold_until', HINT = 'Give a day from today on, or none for a hold without end.';
  ELSIF kind IS NULL OR kind NOT IN (SELECT t.scope_kind FROM hold_targets() t UNION ALL SELECT 'CLASS') THEN
    RAISE EXCEPTION 'A hold cannot be placed on "%".', shown(p_scope_kind) USING ERRCODE = 'TV022', COLUMN = 'scope_kind', HINT = 'Choose SUBJECT, CUSTOMER, ORDER, BUILD or CLASS.';
  END IF;
  held := held_record(kind, p_scope_code);
  IF held.scope_code IS NULL THEN
    RAISE EXCEPTION 'There is no % %.', lower(kind), shown(p_scope_code)
      USING ERRCODE = 'TV004', COLUMN = 'scope_code', HINT = 'Give the order number, the customer code, the build number, the number or login of the person, or the retention class.';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('legal_holds'));
  INSERT INTO legal_holds (scope_kind, scope_id, scope_class, scope_code, reason, hold_until, placed_by)
  VALUES (kind, held.scope_id, CASE WHEN held.scope_id IS NULL THEN held.scope_code END, held.scope_code, btrim(p_reason), p_hold_until, person)
  RETURNING legal_hold_id INTO made;
  UPDATE legal_holds SET placed_signature_id = sign('legal_holds', made, 'approved', p_reason) WHERE legal_hold_id = made;
  PERFORM emit_event('legal_hold.placed', 'legal_holds', made, jsonb_build_object('scope_kind', kind));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION place_hold(text, text, text, date) IS
  'Places a legal hold on a person (SUBJECT, by number or login), a CUSTOMER (by code), an ORDER or a BUILD (by number) or a whole retention CLASS; signed. Returns its key.';

CREATE OR REPLACE FUNCTION release_hold(p_legal_hold_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('legal_hold:release');
  hold legal_holds;
BEGIN
  PERFORM require_reason(p_reason);
  SELECT * INTO hold FROM legal_holds h WHERE h.legal_hold_id = p_legal_hold_id FOR UPDATE;
  IF hold.legal_hold_id IS NULL THEN
    RAISE EXCEPTION 'There is no hold %.', shown(p_legal_hold_id) USING ERRCODE = 'TV004', COLUMN = 'legal_hold_id', HINT = 'SELECT * FROM legal_holds WHERE released_at IS NULL lists them.';
  ELSIF hold.released_at IS NOT NULL THEN
    RAISE EXCEPTION 'Hold % is released already.', shown(p_legal_hold_id) USING ERRCODE = 'TV009', HINT = 'Place a new one if it is needed again.';
  END IF;
  PERFORM require_other_person(person, ARRAY[hold.placed_by], 'release this hold');
  UPDATE legal_holds SET released_by = person, released_at = clock_timestamp(), release_reason = btrim(p_reason) WHERE legal_hold_id = p_legal_hold_id;
  UPDATE legal_holds SET release_signature_id = sign('legal_holds', p_legal_hold_id, 'released', p_reason) WHERE legal_hold_id = p_legal_hold_id;
  PERFORM emit_event('legal_hold.released', 'legal_holds', p_legal_hold_id, '{}');
END;
$$;
COMMENT ON FUNCTION release_hold(bigint, text) IS 'Releases a legal hold; signed, by someone other than who placed it.';

CREATE OR REPLACE FUNCTION canonical_legal_holds(p_legal_hold_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('legal_hold_id', h.legal_hold_id, 'scope_kind', h.scope_kind, 'scope_id', h.scope_id, 'scope_class', h.scope_class, 'scope_code', h.scope_code, 'reason', h.reason, 'hold_until', h.hold_until,
           'placed_by', h.placed_by, 'placed_at', h.placed_at AT TIME ZONE 'UTC')
    FROM legal_holds h WHERE h.legal_hold_id = p_legal_hold_id
$$;
COMMENT ON FUNCTION canonical_legal_holds(bigint) IS 'What is signed of a hold, at placing and at release: what it is, not whether it still binds.';

CREATE OR REPLACE FUNCTION tg_legal_holds__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{placed_signature_id,released_by,released_at,release_reason,release_signature_id}';
BEGIN
  -- What is written is written once.
  IF TG_OP = 'DELETE' OR to_jsonb(NEW) - free <> to_jsonb(OLD) - free
     OR EXISTS (SELECT FROM unnest(free) c WHERE to_jsonb(OLD) ->> c IS NOT NULL AND to_jsonb(OLD) -> c IS DISTINCT FROM to_jsonb(NEW) -> c) THEN
    RAISE EXCEPTION 'Hold % does not change.', OLD.legal_hold_id USING ERRCODE = 'TV003', HINT = 'Release it with release_hold and place another.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_legal_holds__kept() IS 'A hold is placed and released, nothing else.';
