-- Saved views of lists: each belongs to the person who saved it, and is seen by them and by the roles they share it with.

CREATE OR REPLACE FUNCTION own_role_codes() RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT r.role_code::text), '{}')
    FROM user_roles g JOIN roles r ON r.role_id = g.role_id
   WHERE g.user_id = current_user_id() AND g.valid_from <= identity_now() AND (g.valid_to IS NULL OR g.valid_to > identity_now())
     AND (g.delegated_by IS NULL OR is_delegation_in_force(g.user_role_id))
$$;
COMMENT ON FUNCTION own_role_codes() IS 'Codes of the roles that the acting person has now, of their own or by a delegation that is in force.';

CREATE OR REPLACE FUNCTION require_sharing(p_roles text[]) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted text[] := array(SELECT DISTINCT upper(btrim(w)) FROM unnest(p_roles) w WHERE btrim(w) <> '' ORDER BY 1);
  unknown text := (SELECT string_agg(w, ', ' ORDER BY w) FROM unnest(wanted) w WHERE NOT EXISTS (SELECT FROM roles r WHERE r.role_code = w));
BEGIN
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'There is no role %.', shown(unknown) USING ERRCODE = 'TV004', COLUMN = 'shared_with', HINT = 'SELECT role_code FROM roles lists them.';
  END IF;
  IF wanted <> '{}' THEN
    PERFORM require_permission('saved_view:share');
  END IF;
  RETURN wanted;
END;
$$;
COMMENT ON FUNCTION require_sharing(text[]) IS 'The roles that a view is shared with, each once; raises TV004 for one that there is not, and 42501 for who may not share.';

CREATE OR REPLACE FUNCTION require_view_words(p_list_path text, p_name text, p_query text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF coalesce(btrim(p_name), '') = '' THEN
    RAISE EXCEPTION 'The view has no name.' USING ERRCODE = 'TV022', COLUMN = 'name', HINT = 'Give it a name, for example "Late and mine".';
  ELSIF length(btrim(p_name)) > 60 THEN
    RAISE EXCEPTION 'The name has % characters.', length(btrim(p_name)) USING ERRCODE = 'TV022', COLUMN = 'name', HINT = 'Give at most 60.';
  ELSIF (length(p_query) <= 2000 AND p_query ~ '^[!-~]*$') IS NOT TRUE THEN
    RAISE EXCEPTION 'The query of the view cannot be kept.' USING ERRCODE = 'TV022', COLUMN = 'query', HINT = 'Give what stands behind the question mark of the address, at most 2,000 characters.';
  ELSIF (length(p_list_path) <= 100 AND p_list_path ~ '^(/[a-z0-9-]+)+$') IS NOT TRUE THEN
    RAISE EXCEPTION 'There is no list "%".', shown(p_list_path) USING ERRCODE = 'TV022', COLUMN = 'list_path', HINT = 'Give the path of its page, for example /orders.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_view_words(text, text, text) IS 'Raises TV022 for a view without a fitting name, query or list.';

CREATE OR REPLACE FUNCTION require_room_for_view(p_owner_id bigint, p_list_path text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Nobody fills the last place twice.
  PERFORM pg_advisory_xact_lock(hashtextextended('saved_views', p_owner_id));
  IF (SELECT count(*) FROM saved_views v WHERE v.owner_id = p_owner_id AND v.list_path = p_list_path AND v.removed_at IS NULL) >= 50 THEN
    RAISE EXCEPTION 'You have 50 views of this list.' USING ERRCODE = 'TV009', HINT = 'Remove one that you no longer need.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_room_for_view(bigint, text) IS 'Raises TV009 for somebody who has as many views of a list as there may be: 50.';

CREATE OR REPLACE FUNCTION save_view(p_list_path text, p_name text, p_query text DEFAULT '', p_shared_with text[] DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('saved_view:create');
  roles text[] := require_sharing(p_shared_with);
  made bigint;
BEGIN
  PERFORM require_view_words(p_list_path, p_name, p_query), require_room_for_view(person, p_list_path);
  INSERT INTO saved_views (list_path, name, query, owner_id, shared_with) VALUES (p_list_path, btrim(p_name), p_query, person, roles) RETURNING saved_view_id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'You have a view "%" of this list already.', shown(btrim(p_name)) USING ERRCODE = 'TV009', COLUMN = 'name', HINT = 'Choose another name, or change that view.';
END;
$$;
COMMENT ON FUNCTION save_view(text, text, text, text[]) IS 'Keeps a way to look at a list under a name, for the acting person and the roles it is shared with; returns its key. At most 50 of one list.';

CREATE OR REPLACE FUNCTION lock_own_view(p_saved_view_id bigint, p_is_removed boolean) RETURNS saved_views
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('saved_view:create');
  found saved_views;
BEGIN
  SELECT * INTO found FROM saved_views v
   WHERE v.saved_view_id = p_saved_view_id AND CASE WHEN p_is_removed THEN v.removed_at > clock_timestamp() - interval '1 day' ELSE v.removed_at IS NULL END AND (v.owner_id = person OR v.shared_with && own_role_codes()) FOR UPDATE;
  IF found.saved_view_id IS NULL THEN
    RAISE EXCEPTION 'There is no view %.', shown(p_saved_view_id) USING ERRCODE = 'TV004', COLUMN = 'saved_view_id', HINT = 'SELECT saved_view_id, list_path, name FROM saved_views lists those that you see.';
  ELSIF found.owner_id <> person THEN
    RAISE EXCEPTION 'The view "%" belongs to %.', found.name, (SELECT u.display_name FROM users u WHERE u.user_id = found.owner_id)
      USING ERRCODE = '42501', HINT = 'Only its owner changes it; save one of your own from it.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_own_view(bigint, boolean) IS 'Locks a view of the acting person, or one that they took away within a day; TV004 for one that they do not see, 42501 for one that others share with them.';

CREATE OR REPLACE FUNCTION require_view_version(p_view saved_views, p_expected_version integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_view.row_version <> p_expected_version THEN
    RAISE EXCEPTION 'The view "%" was changed meanwhile.', p_view.name USING ERRCODE = 'TV012', HINT = 'Look at it again, then decide.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_view_version(saved_views, integer) IS 'Raises TV012 for a view that is no longer as it was seen; where no version is named, nothing is looked at.';

CREATE OR REPLACE FUNCTION update_view(p_saved_view_id bigint, p_name text DEFAULT NULL, p_query text DEFAULT NULL, p_shared_with text[] DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  view saved_views := lock_own_view(p_saved_view_id, false);
  roles text[];
BEGIN
  PERFORM require_view_version(view, p_expected_version), require_view_words(view.list_path, coalesce(p_name, view.name), coalesce(p_query, view.query));
  roles := CASE WHEN p_shared_with IS NULL THEN view.shared_with ELSE require_sharing(p_shared_with) END;
  UPDATE saved_views SET name = btrim(coalesce(p_name, view.name)), query = coalesce(p_query, view.query), shared_with = roles, row_version = row_version + 1
   WHERE saved_view_id = p_saved_view_id;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'You have a view "%" of this list already.', shown(btrim(p_name)) USING ERRCODE = 'TV009', COLUMN = 'name', HINT = 'Choose another name.';
END;
$$;
COMMENT ON FUNCTION update_view(bigint, text, text, text[], integer) IS 'Renames an own view, gives it other filters, or shares it with other roles; what is not given stays.';

CREATE OR REPLACE FUNCTION remove_view(p_saved_view_id bigint, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_view_version(lock_own_view(p_saved_view_id, false), p_expected_version);
  UPDATE saved_views SET removed_at = clock_timestamp(), row_version = row_version + 1 WHERE saved_view_id = p_saved_view_id;
END;
$$;
COMMENT ON FUNCTION remove_view(bigint, integer) IS 'Takes an own view away; restore_view brings it back within a day.';

CREATE OR REPLACE FUNCTION restore_view(p_saved_view_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  view saved_views := lock_own_view(p_saved_view_id, true);
BEGIN
  PERFORM require_room_for_view(view.owner_id, view.list_path);
  UPDATE saved_views SET removed_at = NULL, row_version = row_version + 1 WHERE saved_view_id = p_saved_view_id;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'You have made another view of that name meanwhile.' USING ERRCODE = 'TV009', COLUMN = 'name', HINT = 'Rename that one first.';
END;
$$;
COMMENT ON FUNCTION restore_view(bigint) IS 'Brings back an own view that was taken away within a day, where the list has room for it.';

CREATE OR REPLACE FUNCTION purge_saved_views() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone integer;
BEGIN
  DELETE FROM saved_views v WHERE v.removed_at < clock_timestamp() - interval '1 day';
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END;
$$;
COMMENT ON FUNCTION purge_saved_views() IS 'Deletes views that were taken away more than a day ago; returns how many.';
