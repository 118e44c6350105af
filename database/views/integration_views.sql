-- Views of integration: shipments of orders, how the connections do.

CREATE OR REPLACE VIEW v_order_shipments WITH (security_invoker = true) AS
SELECT o.order_id, o.order_number, s.shipment_id, s.shipment_number, s.state, s.carrier, s.service, s.tracking_number, s.dispatched_on, s.delivered_on, s.label_document_id, s.delivery_document_id,
       b.build_numbers, p.packages, p.weight_kg
  FROM shipments s
  JOIN orders o USING (order_id)
  CROSS JOIN LATERAL (SELECT array_agg(d.build_number ORDER BY d.build_id) AS build_numbers FROM shipment_builds x JOIN builds d USING (build_id) WHERE x.shipment_id = s.shipment_id AND (NOT x.is_void OR s.state IN ('RETURNED', 'CANCELLED'))) b
  CROSS JOIN LATERAL (SELECT count(*) AS packages, sum(k.weight_kg) AS weight_kg FROM shipment_packages k WHERE k.shipment_id = s.shipment_id) p;
COMMENT ON VIEW v_order_shipments IS 'Shipments of orders with their builds, packages and weight in kilograms.';

CREATE OR REPLACE VIEW v_external_systems WITH (security_invoker = true) AS
SELECT s.external_system_id, s.system_code, s.system_kind, s.name, s.base_url, s.direction, s.is_active, h.circuit_state, h.consecutive_failures, h.last_success_at, h.last_failure_at, h.last_error, h.retry_at,
       d.waiting, d.given_up, d.oldest_waiting
  FROM external_systems s
  LEFT JOIN external_system_health h USING (external_system_id)
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.state IN ('PENDING', 'FAILED')) AS waiting, count(*) FILTER (WHERE x.state = 'DEAD') AS given_up, min(x.created_at) FILTER (WHERE x.state IN ('PENDING', 'FAILED')) AS oldest_waiting
      FROM outbox_deliveries x WHERE x.external_system_id = s.external_system_id AND x.state IN ('PENDING', 'FAILED', 'DEAD')) d;
COMMENT ON VIEW v_external_systems IS 'Connections to other systems: whether they work, and what waits for them.';
