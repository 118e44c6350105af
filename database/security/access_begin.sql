-- What the server's role and other readers may do, as two lists which each domain fills in its own access_<domain>.sql; grants.sql
-- turns them into row policies and grants. A table that no list names is closed to all but the owner.
--
-- reading: which rows of the table the server's role reads, for the acting person:
--   everyone               any signed-in person, all rows
--   permission:CODE        all rows, with the permission
--   order:CODE             rows (by order_id) of the orders which the person may see, with the permission; people of customers see
--                          theirs where CODE is order:read, build:read or shipment:read
--   build:CODE             the same by build_id; rows of no build for those who see all orders
--   bom:CODE               the same by bom_id
--   own:COLUMN,...:CODE    rows in one of whose columns the acting person stands, or all with the permission
--   public                 all rows, also before anybody has signed in: nothing of anybody's stands there
--   custom                 rows that meet the condition in `also`
--   none                   no row: only functions read the table
-- also: a further condition on the row. hidden: columns that the server's role reads only through functions.
-- inserting, updating, deleting: permission with which the server's role writes rows directly that the person may also read and
-- that meet the condition in `writing`; null: only functions write.
--
-- access: what calling a function means:
--   write                  changes data as the owner; checks permission and visibility itself
--   filtered               reads as the owner, and itself returns only what the acting person may see (searches, prices)
--   door                   as write, for callers before anybody has signed in: sign-in, the worker's queues
--   read                   reads with the caller's rights, under row security
--   helper                 what policies and `read` functions call
-- Everything that is in neither list cannot be called by the server's role.

CREATE TEMPORARY TABLE table_access (
  table_name text PRIMARY KEY,
  reading text NOT NULL CHECK (reading ~ '^(everyone|public|custom|none|(permission|order|build|bom):[a-z_]+:[a-z_]+|own:[a-z_]+(,[a-z_]+)*:[a-z_]+:[a-z_]+)$'),
  inserting text,
  updating text,
  deleting text,
  retention_class text NOT NULL CHECK (retention_class IN (
    'DEVICE_RECORD', 'SIGNATURE', 'SERVICE_RECORD', 'COMMERCIAL', 'CONTACT', 'STAFF', 'SECURITY', 'ATTACHMENT', 'TRANSIENT', 'REFERENCE', 'SYSTEM')),
  personal text[] NOT NULL DEFAULT '{}',
  secret text[] NOT NULL DEFAULT '{}',
  also text CHECK ((reading = 'custom') <= (also IS NOT NULL)),
  hidden text[] NOT NULL DEFAULT '{}',
  writing text,
  CHECK (reading <> 'none' OR num_nonnulls(inserting, updating, deleting) = 0)
) ON COMMIT DROP;
CREATE TEMPORARY TABLE function_access (
  function_name text PRIMARY KEY,
  access text NOT NULL CHECK (access IN ('write', 'filtered', 'door', 'read', 'helper'))
) ON COMMIT DROP;

-- Who sees all orders sees each row. Where few builds are in sight, their keys are found once and compared with each row. Where
-- thousands are, that alone takes longer than what is asked: each row is looked up in the shop (OFFSET keeps the look-up from being
-- made a set of all again).
CREATE OR REPLACE FUNCTION pg_temp.in_sight(p_table text, p_key text, p_shop text, p_visible text, p_own text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $in_sight$
  SELECT format('((SELECT sees_all_orders()) OR CASE WHEN (SELECT sees_few_builds()) THEN %2$I IN (SELECT %4$I())
                  ELSE EXISTS (SELECT FROM %3$s WHERE %6$s.%2$I = %1$I.%2$I AND s.has_free_work OFFSET 0) OR %2$I IN (SELECT %5$I()) END)',
                p_table, p_key, p_shop, p_visible, p_own, CASE p_key WHEN 'bom_id' THEN 'm' ELSE 's' END)
$in_sight$;

-- The rows a person may read, as a condition. Calls stand in sub-selects: each runs once per query.
CREATE OR REPLACE FUNCTION pg_temp.reading_rule(p_table text, p_reading text, p_also text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $reading_rule$
DECLARE
  kind constant text := split_part(p_reading, ':', 1);
  permission constant text := substring(p_reading FROM '([a-z_]+:[a-z_]+)$');
  rule text;
BEGIN
  rule := CASE kind
    WHEN 'everyone' THEN '(SELECT is_signed_in())'
    WHEN 'public' THEN 'true'
    WHEN 'permission' THEN format('(SELECT has_permission(%L))', permission)
    WHEN 'own' THEN format('(SELECT has_permission(%L)) OR (SELECT is_signed_in()) AND (%s)', permission,
      (SELECT string_agg(format('%I = (SELECT current_user_id())', c), ' OR ') FROM unnest(string_to_array(split_part(p_reading, ':', 2), ',')) c))
    WHEN 'order' THEN format('(SELECT may_read(%L)) AND %s', permission, pg_temp.in_sight(p_table, 'order_id', 'shop_builds s', 'visible_orders', 'own_orders'))
    WHEN 'build' THEN format('(SELECT may_read(%L)) AND %s', permission, pg_temp.in_sight(p_table, 'build_id', 'shop_builds s', 'visible_builds', 'own_builds'))
    WHEN 'bom' THEN format('(SELECT may_read(%L)) AND %s', permission, pg_temp.in_sight(p_table, 'bom_id', 'boms m JOIN shop_builds s ON s.build_id = m.build_id', 'visible_boms', 'own_boms'))
  END;
  RETURN concat_ws(' AND ', '(' || rule || ')', '(' || p_also || ')');
END
$reading_rule$;

-- Columns of a SELECT grant: '' for the whole table, null when nothing is left.
CREATE OR REPLACE FUNCTION pg_temp.granted_columns(p_table oid, p_but text[]) RETURNS text
LANGUAGE sql STABLE
AS $granted_columns$
  SELECT CASE WHEN cardinality(p_but) = 0 THEN ''
              ELSE ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' END
    FROM pg_attribute a WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (p_but)
$granted_columns$;

-- Columns that may be written directly. What the database makes itself is not written by anybody.
CREATE OR REPLACE FUNCTION pg_temp.writable_columns(p_table oid, p_but text[]) RETURNS text
LANGUAGE sql STABLE
AS $writable_columns$
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    FROM pg_attribute a
   WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = '' AND a.attname <> ALL (p_but)
     AND a.attname NOT IN ('is_sample', 'created_at', 'created_by', 'updated_at', 'row_version', 'granted_by', 'low_level_code')
$writable_columns$;
