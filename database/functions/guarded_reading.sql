-- What a row policy cannot cut out of a row: columns and materialized views that only some may see, handed out by functions.
--
-- The server's role may not read these columns (table_access.hidden); the functions run as the owner and ask for the permission.

CREATE OR REPLACE FUNCTION person_names(p_user_ids bigint[] DEFAULT NULL) RETURNS TABLE (user_id bigint, login text, display_name text, initials text)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT has_permission('user:read_name') THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT u.user_id, u.login, u.display_name, u.initials FROM users u WHERE p_user_ids IS NULL OR u.user_id = ANY (p_user_ids);
END
$$;
COMMENT ON FUNCTION person_names(bigint[]) IS 'Names of colleagues (of some, or of all), for histories and lists of assignees; nothing else of their accounts.';

CREATE OR REPLACE FUNCTION customer_notes(p_customer_id bigint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('customer:read');
  RETURN (SELECT c.notes FROM customers c WHERE c.customer_id = p_customer_id);
END
$$;
COMMENT ON FUNCTION customer_notes(bigint) IS 'Notes on a customer; QC Inspectors and technicians see the name only.';

CREATE OR REPLACE FUNCTION item_prices(p_codes text[]) RETURNS TABLE (item_code text, standard_cost numeric, list_price numeric)
LANGUAGE plpgsql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT (has_permission('price:read') AND has_permission('catalogue:read')) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT a.assembly_code, a.standard_cost, a.list_price FROM assemblies a WHERE a.assembly_code = ANY (p_codes)
    UNION ALL
    SELECT p.part_number, p.standard_cost, p.list_price FROM parts p WHERE p.part_number = ANY (p_codes);
END
$$;
COMMENT ON FUNCTION item_prices(text[]) IS 'Cost and list price of assemblies and parts by their own codes; no row for those who may not see prices.';

CREATE OR REPLACE FUNCTION bom_prices(p_bom_ids bigint[]) RETURNS TABLE (bom_id bigint, total_cost numeric, total_price numeric, uncosted_count integer)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT (has_permission('price:read') AND has_permission('bom:read')) THEN
    RETURN;
  END IF;
  RETURN QUERY SELECT m.bom_id, m.total_cost, m.total_price, m.uncosted_count FROM boms m WHERE m.bom_id = ANY (p_bom_ids) AND sees_build(m.build_id);
END
$$;
COMMENT ON FUNCTION bom_prices(bigint[]) IS 'Cost and price of BOMs; no row for those who may not see prices.';

CREATE OR REPLACE FUNCTION bom_line_costs(p_bom_id bigint) RETURNS TABLE (line_number integer, unit_cost numeric)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_bom(p_bom_id);
  IF has_permission('price:read') THEN
    RETURN QUERY SELECT l.line_number, l.unit_cost FROM bom_line_items l WHERE l.bom_id = p_bom_id ORDER BY l.line_number;
  END IF;
END
$$;
COMMENT ON FUNCTION bom_line_costs(bigint) IS 'Cost per unit of the lines of a BOM; no row for those who may not see prices.';

CREATE OR REPLACE FUNCTION inventory_hierarchy(p_category_code text DEFAULT NULL, p_assembly_code text DEFAULT NULL) RETURNS SETOF mv_inventory_hierarchy
LANGUAGE plpgsql STABLE ROWS 500
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT has_permission('catalogue:read') THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT h.* FROM mv_inventory_hierarchy h
     WHERE (p_category_code IS NULL OR h.category_code = upper(btrim(p_category_code)))
       AND (p_assembly_code IS NULL OR h.assembly_code = upper(btrim(p_assembly_code)));
END
$$;
COMMENT ON FUNCTION inventory_hierarchy(text, text) IS 'mv_inventory_hierarchy for those who may see the catalogue: a materialized view has no row security of its own and is granted to nobody.';
