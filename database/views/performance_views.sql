-- What is calculated beforehand, and what shows how fast and how large everything is. Dashboards read the materialized views; the live
-- view beside mv_order_summary is exact at every instant.

CREATE OR REPLACE VIEW v_order_summary_live WITH (security_invoker = true) AS
  SELECT c.day, c.phase, c.state, sum(c.orders)::bigint AS orders, sum(c.builds)::bigint AS builds, sum(c.entered_seconds)::bigint AS entered_seconds,
         sum(c.wanted_orders)::bigint AS wanted_orders, sum(c.wanted_builds)::bigint AS wanted_builds
    FROM (SELECT r.day, r.phase, r.state, r.orders, r.builds, r.entered_seconds, r.wanted_orders, r.wanted_builds FROM order_summary_rollup r
          UNION ALL
          SELECT d.created_on, d.phase, d.state, d.orders, d.builds, d.entered_seconds, 0, 0 FROM order_summary_deltas d
          UNION ALL
          SELECT d.want_date, d.phase, d.state, 0, 0, 0, d.orders, d.builds FROM order_summary_deltas d WHERE d.want_date IS NOT NULL) c
   GROUP BY c.day, c.phase, c.state
  HAVING sum(c.orders) <> 0 OR sum(c.builds) <> 0 OR sum(c.wanted_orders) <> 0 OR sum(c.wanted_builds) <> 0;
COMMENT ON VIEW v_order_summary_live IS
  'Orders by day, phase and state, exact as of now: orders and builds by the day on which the order was made, wanted_orders and wanted_builds by the day on which the customer wants them.';

-- Both materialized views are re-created with each change of this file; their content is refilled at once.
DROP MATERIALIZED VIEW IF EXISTS mv_order_summary;
CREATE MATERIALIZED VIEW mv_order_summary AS
  SELECT r.day, r.phase, phase_position(r.phase) AS phase_position, r.state, r.orders, r.builds,
         CASE r.state WHEN 'ON_HOLD' THEN r.orders ELSE 0 END AS on_hold_orders,
         r.wanted_orders, r.wanted_builds,
         CASE WHEN r.day < today.day AND r.phase <> 'DELIVERED' AND r.state <> 'CANCELLED' THEN r.wanted_orders ELSE 0 END AS overdue_orders,
         CASE WHEN r.day BETWEEN today.day AND today.day + 6 AND r.phase <> 'DELIVERED' AND r.state <> 'CANCELLED' THEN r.wanted_orders ELSE 0 END AS due_in_7_days,
         CASE WHEN r.orders > 0 THEN today.day - r.day END AS age_days,
         CASE WHEN r.orders > 0 THEN round((extract(epoch FROM now()) - r.entered_seconds::numeric / r.orders) / 86400, 1) END AS average_days_in_phase,
         now() AS refreshed_at
    FROM v_order_summary_live r CROSS JOIN (SELECT site_today() AS day) today;
COMMENT ON MATERIALIZED VIEW mv_order_summary IS
  'Orders by day, phase and state as of the last refresh: made on that day (orders, builds, age), and wanted for that day (wanted, overdue, due in 7 days). No money in it.';
-- Refreshing without blocking readers needs it.
CREATE UNIQUE INDEX mv_order_summary_key_idx ON mv_order_summary (day, phase, state);

DROP MATERIALIZED VIEW IF EXISTS mv_inventory_hierarchy;
CREATE MATERIALIZED VIEW mv_inventory_hierarchy AS
  WITH place AS (
    SELECT a.subcategory_id, a.assembly_id, false AS is_listing FROM assemblies a
    UNION ALL
    SELECT l.subcategory_id, l.assembly_id, true
      FROM assembly_listings l JOIN assemblies a USING (assembly_id) WHERE a.subcategory_id <> l.subcategory_id
  )
  SELECT c.category_id, c.category_code, c.name AS category_name, c.position AS category_position,
         coalesce(s.subcategory_id, 0) AS subcategory_id, s.subcategory_code, s.name AS subcategory_name,
         s.position AS subcategory_position,
         coalesce(a.assembly_id, 0) AS assembly_id, a.assembly_code, a.name AS assembly_name, a.lifecycle, a.is_orderable,
         coalesce(place.is_listing, false) AS is_listing, r.revision,
         coalesce(ac.assembly_component_id, 0) AS assembly_component_id, ac.position AS component_position,
         CASE WHEN child.assembly_id IS NOT NULL THEN 'ASSEMBLY' WHEN p.part_id IS NOT NULL THEN 'PART' END AS component_kind,
         coalesce(child.assembly_code, p.part_number) AS component_code, coalesce(child.name, p.name) AS component_name,
         ac.quantity, ac.unit_code
    FROM categories c
    LEFT JOIN subcategories s USING (category_id)
    LEFT JOIN place ON place.subcategory_id = s.subcategory_id
    LEFT JOIN assemblies a ON a.assembly_id = place.assembly_id
    LEFT JOIN assembly_revisions r ON r.assembly_id = a.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
     AND r.effective_from <= now() AND (r.effective_to IS NULL OR r.effective_to > now())
    LEFT JOIN assembly_components ac ON ac.assembly_revision_id = r.assembly_revision_id
    LEFT JOIN assemblies child ON child.assembly_id = ac.child_assembly_id
    LEFT JOIN parts p ON p.part_id = ac.child_part_id;
COMMENT ON MATERIALIZED VIEW mv_inventory_hierarchy IS
  'Category, subcategory, assembly, component as of the last refresh; places without content have one row with 0 below. is_listing marks a place that is not the home.';
-- Refreshing without blocking readers needs it.
CREATE UNIQUE INDEX mv_inventory_hierarchy_key_idx
  ON mv_inventory_hierarchy (category_id, subcategory_id, assembly_id, assembly_component_id);
-- Content of one assembly: SELECT … WHERE assembly_code = $1.
CREATE INDEX mv_inventory_hierarchy_assembly_code_idx ON mv_inventory_hierarchy (assembly_code);
