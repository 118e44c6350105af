-- BOM: its tree branch by branch, as somebody reads it who opens one line after the other, and what the head of its page says.

CREATE OR REPLACE FUNCTION bom_rolled_costs(p_bom boms) RETURNS TABLE (line_number integer, scrap_percent numeric, own_cost numeric, cost numeric)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
  numbers integer[];
  parents bigint[];
  children bigint[];
  depths integer[];
  quantities numeric[];
  scrap numeric[];
  own numeric[];
  ids bigint[] := '{}';
  costs numeric[] := '{}';
  visiting integer;
BEGIN
  WITH parent AS MATERIALIZED (
    SELECT d.assembly_id, effective_revision_id(d.assembly_id, p_bom.catalogue_as_of) AS revision_id
      FROM (SELECT DISTINCT l.parent_assembly_id AS assembly_id FROM bom_line_items l WHERE l.bom_id = p_bom.bom_id AND l.depth > 0) d
  )
  SELECT array_agg(l.line_number), array_agg(l.parent_assembly_id), array_agg(l.assembly_id), array_agg(l.depth), array_agg(l.quantity_per),
         array_agg(coalesce(a.scrap_percent, c.scrap_percent, 0)), array_agg(l.unit_cost * (1 + coalesce(a.scrap_percent, c.scrap_percent, 0) / 100))
    INTO numbers, parents, children, depths, quantities, scrap, own
    FROM bom_line_items l
    LEFT JOIN parent p ON p.assembly_id = l.parent_assembly_id
    -- What stands in the place of a component is lost as that one would be.
    LEFT JOIN configuration_rules r ON l.depth > 0 AND r.rule_set_id = p_bom.rule_set_id AND r.rule_code = l.provenance #>> '{0,rule}'
    LEFT JOIN item_codes former ON former.item_code = r.replaced_code
    LEFT JOIN assembly_components a ON a.assembly_revision_id = p.revision_id AND a.child_assembly_id = coalesce(former.assembly_id, l.assembly_id)
    LEFT JOIN assembly_components c ON c.assembly_revision_id = p.revision_id AND c.child_part_id = coalesce(former.part_id, l.part_id)
   WHERE l.bom_id = p_bom.bom_id;
  -- Upwards by depth: what a component holds is complete before it is counted in its parent, however many ways lead to it.
  FOR visiting IN SELECT DISTINCT d FROM unnest(depths) d WHERE d > 0 ORDER BY 1 DESC LOOP
    SELECT ids || array_agg(n.parent_id), costs || array_agg(n.total) INTO ids, costs
      FROM (SELECT e.parent_id, sum(e.quantity * coalesce(e.own + coalesce(known.cost, 0), known.cost)) AS total
              FROM unnest(parents, children, depths, quantities, own) AS e (parent_id, child_id, depth, quantity, own)
              LEFT JOIN unnest(ids, costs) AS known (id, cost) ON known.id = e.child_id
             WHERE e.depth = visiting GROUP BY e.parent_id) n;
  END LOOP;
  RETURN QUERY
    SELECT e.line_number, e.scrap, e.own, coalesce(e.own + coalesce(known.cost, 0), known.cost)
      FROM unnest(numbers, children, scrap, own) AS e (line_number, child_id, scrap, own) LEFT JOIN unnest(ids, costs) AS known (id, cost) ON known.id = e.child_id;
END;
$$;
COMMENT ON FUNCTION bom_rolled_costs(boms) IS
  'What one of each line of a BOM costs by itself and with all that is below it, scrap included as in total_cost; null where nothing of it has a cost. own_cost times quantity_total adds up to total_cost over all lines, '
  'cost times quantity over the top lines. The caller has checked who may see costs.';

CREATE OR REPLACE FUNCTION bom_place(p_bom_id bigint, p_path text, OUT assembly_id bigint, OUT quantity numeric, OUT depth integer)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  step text;
  above bigint;
  line bom_line_items;
BEGIN
  quantity := 1;
  depth := 0;
  FOREACH step IN ARRAY string_to_array(coalesce(p_path, ''), '.') LOOP
    line := NULL;
    IF step ~ '^[0-9]{1,9}$' THEN
      SELECT * INTO line FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.line_number = step::integer AND l.parent_assembly_id IS NOT DISTINCT FROM above;
    END IF;
    IF line.assembly_id IS NULL THEN
      RAISE EXCEPTION 'BOM % has no assembly at %.', shown(p_bom_id), shown(p_path) USING ERRCODE = 'TV022', COLUMN = 'under', HINT = 'Give line numbers from the top line down, for example 2.9.';
    END IF;
    above := line.assembly_id;
    quantity := quantity * line.quantity_per;
    depth := depth + 1;
  END LOOP;
  assembly_id := above;
END;
$$;
COMMENT ON FUNCTION bom_place(bigint, text) IS 'The assembly at a path of line numbers in a BOM, how many of it there are on this way, and the depth of its components; nothing is the top.';

CREATE OR REPLACE FUNCTION bom_lines_found(p_bom_id bigint, p_find text) RETURNS TABLE (line_number integer, is_found boolean)
LANGUAGE sql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH RECURSIVE found AS (
    SELECT l.line_number FROM bom_line_items l
     WHERE l.bom_id = p_bom_id AND strpos(lower(l.item_code || ' ' || l.item_name || ' ' || coalesce(l.note, '')), lower(btrim(p_find))) > 0
  ), upward AS (
    SELECT l.line_number, l.parent_assembly_id FROM found f JOIN bom_line_items l ON l.bom_id = p_bom_id AND l.line_number = f.line_number
    UNION
    SELECT l.line_number, l.parent_assembly_id FROM upward u JOIN bom_line_items l ON l.bom_id = p_bom_id AND l.assembly_id = u.parent_assembly_id
  )
  SELECT u.line_number, u.line_number IN (SELECT f.line_number FROM found f) FROM upward u
$$;
COMMENT ON FUNCTION bom_lines_found(bigint, text) IS 'Lines of a BOM whose code, name or note has these letters, and the lines that lead to them.';

CREATE OR REPLACE FUNCTION bom_branches(p_bom_id bigint, p_open text[] DEFAULT '{}', p_under text DEFAULT NULL, p_after integer DEFAULT NULL, p_find text DEFAULT NULL, p_limit integer DEFAULT 100)
RETURNS TABLE (path text, depth integer, line_number integer, item_code text, item_name text, is_assembly boolean, quantity_above numeric, quantity_per numeric, quantity numeric,
  unit_code text, component_count bigint, is_open boolean, is_found boolean, is_manual boolean, is_unresolved boolean, component_group text, note text, rules text[],
  unit_cost numeric, cost numeric, more_count bigint)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
  bom boms := require_bom(p_bom_id);
  with_cost boolean := has_permission('price:read');
  find text := nullif(btrim(p_find), '');
  begun record;
BEGIN
  PERFORM require_limit(p_limit);
  SELECT * INTO begun FROM bom_place(p_bom_id, p_under);
  RETURN QUERY
  WITH RECURSIVE wanted AS MATERIALIZED (
    SELECT f.* FROM bom_lines_found(p_bom_id, find) f WHERE find IS NOT NULL
  ), lines AS MATERIALIZED (
    SELECT l.*, w.is_found, row_number() OVER siblings AS place, count(*) OVER (PARTITION BY l.parent_assembly_id) AS sibling_count
      FROM bom_line_items l LEFT JOIN wanted w USING (line_number)
     WHERE l.bom_id = p_bom_id AND (find IS NULL OR w.line_number IS NOT NULL)
       AND (p_after IS NULL OR l.parent_assembly_id IS DISTINCT FROM begun.assembly_id OR l.line_number > p_after)
    WINDOW siblings AS (PARTITION BY l.parent_assembly_id ORDER BY l.line_number)
  ), tree AS (
    SELECT ARRAY[l.line_number] AS steps, concat_ws('.', nullif(p_under, ''), l.line_number) AS path, begun.depth AS depth, begun.quantity AS above, l.line_number, l.assembly_id,
           begun.quantity * l.quantity_per AS quantity, find IS NOT NULL OR concat_ws('.', nullif(p_under, ''), l.line_number) = ANY (p_open) AS is_open
      FROM lines l WHERE l.parent_assembly_id IS NOT DISTINCT FROM begun.assembly_id AND l.place <= p_limit
    UNION ALL
    SELECT t.steps || l.line_number, t.path || '.' || l.line_number, t.depth + 1, t.quantity, l.line_number, l.assembly_id,
           t.quantity * l.quantity_per, find IS NOT NULL OR t.path || '.' || l.line_number = ANY (p_open)
      FROM tree t JOIN lines l ON l.parent_assembly_id = t.assembly_id
     WHERE t.is_open AND l.place <= p_limit
  ), shown AS MATERIALIZED (
    SELECT t.* FROM tree t LIMIT 2000
  ), costs AS MATERIALIZED (
    SELECT c.* FROM bom_rolled_costs(bom) c WHERE with_cost
  ), counts AS MATERIALIZED (
    SELECT l.parent_assembly_id, count(*) AS components FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.parent_assembly_id IS NOT NULL GROUP BY 1
  )
  SELECT s.path, s.depth, l.line_number, l.item_code::text, l.item_name, l.assembly_id IS NOT NULL, trim_scale(s.above), trim_scale(l.quantity_per), trim_scale(s.quantity), l.unit_code::text,
         coalesce(n.components, 0), coalesce(s.is_open AND n.components > 0, false), coalesce(l.is_found, false), l.is_manual, l.is_unresolved, l.component_group, l.note,
         array(SELECT DISTINCT p ->> 'rule' FROM jsonb_array_elements(l.provenance) p WHERE NOT l.is_manual ORDER BY 1),
         c.cost::numeric(18, 4), (c.cost * s.quantity)::numeric(18, 4), CASE WHEN l.place = p_limit THEN l.sibling_count - l.place ELSE 0 END
    FROM shown s
    JOIN lines l USING (line_number)
    LEFT JOIN counts n ON n.parent_assembly_id = l.assembly_id
    LEFT JOIN costs c USING (line_number)
   ORDER BY s.steps;
END;
$$;
COMMENT ON FUNCTION bom_branches(bigint, text[], text, integer, text, integer) IS
  'Lines of a BOM as a tree of which only p_open is open: paths of line numbers, for example {2,2.9}. With p_under only what is below one path, with p_after from a line on; with p_find only lines whose '
  'code, name or note has these letters, and what leads to them. Each line has its arithmetic (quantity_above × quantity_per = quantity), how many components are below it, its rules, what one of it '
  'costs with all that is below (for those who may see costs), and, where a branch is longer than p_limit, how many lines follow.';

CREATE OR REPLACE FUNCTION bom_line_sheet(p_bom_id bigint, p_line_number integer) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  told jsonb := explain_bom_line(p_bom_id, p_line_number);
  line bom_line_items;
BEGIN
  SELECT * INTO line FROM bom_line_items WHERE bom_id = p_bom_id AND line_number = p_line_number;
  RETURN told || jsonb_build_object(
    'rule_set_id', (SELECT m.rule_set_id FROM boms m WHERE m.bom_id = p_bom_id), 'is_assembly', line.assembly_id IS NOT NULL, 'is_unresolved', line.is_unresolved, 'note', line.note,
    'is_custom', EXISTS (SELECT FROM custom_parts_registry c WHERE c.part_id = line.part_id),
    'uses', coalesce((
      SELECT jsonb_agg(jsonb_build_object('line', l.line_number, 'parent', a.assembly_code, 'quantity_per', trim_scale(l.quantity_per), 'quantity', trim_scale(l.quantity_total)) ORDER BY l.line_number)
        FROM bom_line_items l LEFT JOIN assemblies a ON a.assembly_id = l.parent_assembly_id
       WHERE l.bom_id = p_bom_id AND (l.assembly_id = line.assembly_id OR l.part_id = line.part_id OR (line.is_unresolved AND l.item_code = line.item_code))), '[]'),
    'components', coalesce((
      SELECT jsonb_agg(jsonb_build_object('line', l.line_number, 'code', l.item_code, 'name', l.item_name, 'quantity_per', trim_scale(l.quantity_per), 'unit', l.unit_code) ORDER BY l.line_number)
        FROM (SELECT * FROM bom_line_items c WHERE c.bom_id = p_bom_id AND c.parent_assembly_id = line.assembly_id ORDER BY c.line_number LIMIT 8) l), '[]'),
    'component_count', (SELECT count(*) FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.parent_assembly_id = line.assembly_id));
END;
$$;
COMMENT ON FUNCTION bom_line_sheet(bigint, integer) IS
  'A line of a BOM in one piece: why it is here (explain_bom_line), where else the item is used in this BOM, and what it is made of (the first eight components, and how many there are).';

CREATE OR REPLACE FUNCTION bom_sheet(p_bom_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  bom boms := require_bom(p_bom_id);
  with_cost boolean := has_permission('price:read');
  me bigint[] := array_remove(ARRAY[current_user_id(), acting_for()], NULL);
  sheet jsonb;
BEGIN
  SELECT jsonb_build_object('bom_id', bom.bom_id, 'revision', bom.revision, 'state', bom.state, 'content_hash', bom.content_hash, 'line_count', bom.line_count, 'leaf_count', bom.leaf_count,
           'unresolved_count', bom.unresolved_count, 'weight_kg', bom.total_weight_kg, 'labour_hours', bom.total_labour_hours,
           'cost', CASE WHEN with_cost THEN bom.total_cost END, 'price', CASE WHEN with_cost THEN bom.total_price END, 'uncosted_count', CASE WHEN with_cost THEN bom.uncosted_count END,
           'created_by', person_name(bom.created_by), 'created_at', bom.created_at, 'submitted_by', person_name(bom.submitted_by), 'submitted_at', bom.submitted_at,
           'decided_by', person_name(bom.decided_by), 'decided_at', bom.decided_at, 'decision_note', bom.decision_note, 'released_by', person_name(bom.released_by), 'released_at', bom.released_at,
           'configuration_id', bom.configuration_id, 'configuration_version', c.version, 'rule_set', (SELECT format('%s %s', s.family_code, s.version) FROM rule_sets s WHERE s.rule_set_id = bom.rule_set_id),
           'build_id', b.build_id, 'build_number', b.build_number, 'order_id', o.order_id, 'order_number', o.order_number, 'order_state', o.state, 'phase', b.phase,
           'customer', (SELECT cu.name FROM customers cu WHERE cu.customer_id = o.customer_id),
           'is_present', b.build_id IS NULL OR (b.bom_id = bom.bom_id AND b.configuration_id = bom.configuration_id), 'is_active', b.build_id IS NULL OR o.state = 'ACTIVE',
           'manual_authors', (SELECT jsonb_agg(person_name(a) ORDER BY a) FROM unnest(manual_bom_authors(bom.bom_id)) a),
           'may_approve', has_permission('bom:approve'), 'may_reject', has_permission('bom:reject'), 'may_submit', has_permission('bom:submit'), 'may_release', has_permission('bom:release'),
           'may_export', has_permission('bom:export'), 'may_compare', has_permission('bom:compare'),
           'is_barred_from_approval', me && bom_approval_barred(bom), 'is_barred_from_rejection', me && bom_rejection_barred(bom))
    INTO sheet
    FROM configurations c LEFT JOIN builds b ON b.build_id = bom.build_id LEFT JOIN orders o ON o.order_id = b.order_id
   WHERE c.configuration_id = bom.configuration_id;
  RETURN jsonb_strip_nulls(sheet) || jsonb_build_object('revisions', bom_revisions(bom), 'stamps', bom_stamps(bom.bom_id), 'siblings', coalesce((
    SELECT jsonb_agg(jsonb_build_object('bom_id', s.bom_id, 'build_number', s.build_number) ORDER BY s.build_id)
      FROM (SELECT b.bom_id, b.build_number, b.build_id FROM builds b
             WHERE b.order_id = (sheet ->> 'order_id')::bigint AND b.bom_id IS NOT NULL AND b.state = 'ACTIVE' AND sees_build(b.build_id) ORDER BY b.build_id LIMIT 6) s), '[]'));
END;
$$;
COMMENT ON FUNCTION bom_sheet(bigint) IS
  'The head of a BOM in one piece: what it is of, its totals (cost and price for those who may see them), its revisions, the BOMs of the first builds of its order, who did what, the signatures, and what the acting person may do with it.';

CREATE OR REPLACE FUNCTION bom_revisions(p_bom boms) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found jsonb;
BEGIN
  -- Two statements, so that each finds its rows by an index.
  IF p_bom.build_id IS NULL THEN
    SELECT jsonb_agg(jsonb_build_object('bom_id', m.bom_id, 'revision', m.revision, 'state', m.state) ORDER BY m.revision DESC) INTO found FROM boms m WHERE m.configuration_id = p_bom.configuration_id;
  ELSE
    SELECT jsonb_agg(jsonb_build_object('bom_id', m.bom_id, 'revision', m.revision, 'state', m.state) ORDER BY m.revision DESC) INTO found FROM boms m WHERE m.build_id = p_bom.build_id;
  END IF;
  RETURN coalesce(found, '[]');
END;
$$;
COMMENT ON FUNCTION bom_revisions(boms) IS 'All revisions of the BOM of a build, or of a configuration without one, the last first: [{bom_id, revision, state}].';

CREATE OR REPLACE FUNCTION bom_stamps(p_bom_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('meaning', s.meaning, 'name', s.printed_name, 'role', s.signer_role, 'acting_for', s.acting_for_name, 'at', s.signed_at, 'reason', s.reason, 'hash', s.content_hash,
           'status', (SELECT v.status FROM verify_signature(s.signature_id) v)) ORDER BY s.signature_id), '[]')
    FROM signatures s
   WHERE s.record_type = 'boms' AND s.record_id = p_bom_id AND (s.signer_id IS NOT DISTINCT FROM current_user_id() OR has_permission('signature:read'))
$$;
COMMENT ON FUNCTION bom_stamps(bigint) IS 'Signatures on a BOM, own ones or with signature:read all: [{meaning, name, role, acting_for, at, reason, hash, status}].';
