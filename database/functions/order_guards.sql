-- Guards of the workflow (workflow.md section 4): each is one function that says whether it holds, why not, and where to mend it.

CREATE OR REPLACE FUNCTION guard_outcome(p_ok boolean, p_message text, p_link text) RETURNS guard_result
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT ROW(coalesce(p_ok, false), CASE WHEN coalesce(p_ok, false) THEN NULL ELSE p_message END, CASE WHEN coalesce(p_ok, false) THEN NULL ELSE p_link END)::guard_result $$;
COMMENT ON FUNCTION guard_outcome(boolean, text, text) IS 'Result of a guard; message and link only when it fails.';

CREATE OR REPLACE FUNCTION builds_text(p_numbers text[]) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT CASE cardinality(p_numbers) WHEN 1 THEN 'build ' ELSE 'builds ' END || array_to_string(p_numbers, ', ') $$;
COMMENT ON FUNCTION builds_text(text[]) IS 'Build numbers in words.';

CREATE OR REPLACE FUNCTION guard_customer_active(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(c.is_active, format('customer %s is not active', c.customer_code), 'customer')
    FROM orders o JOIN customers c USING (customer_id) WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_customer_active(bigint) IS 'The customer may order.';

CREATE OR REPLACE FUNCTION guard_po_number_given(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(o.po_number IS NOT NULL, 'the PO number is missing', 'po_number') FROM orders o WHERE o.order_id = p_order_id $$;
COMMENT ON FUNCTION guard_po_number_given(bigint) IS 'A PO number is given.';

CREATE OR REPLACE FUNCTION guard_sales_person_named(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(o.sales_person IS NOT NULL, 'the sales person is missing', 'sales_person') FROM orders o WHERE o.order_id = p_order_id $$;
COMMENT ON FUNCTION guard_sales_person_named(bigint) IS 'A sales person is named.';

CREATE OR REPLACE FUNCTION guard_want_date_ahead(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(o.want_date > site_today(), CASE WHEN o.want_date IS NULL THEN 'the want date is missing' ELSE format('the want date %s is not in the future', o.want_date) END, 'want_date')
    FROM orders o WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_want_date_ahead(bigint) IS 'The want date lies in the future.';

CREATE OR REPLACE FUNCTION guard_family_released(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(released_rule_set(o.family_code) IS NOT NULL, format('the family %s is not released for configuration', o.family_code), 'family')
    FROM orders o WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_family_released(bigint) IS 'The family can be configured.';

CREATE OR REPLACE FUNCTION guard_builds_numbered(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(c.builds >= 1 AND c.builds = o.quantity,
           CASE WHEN c.builds = 0 THEN 'there is no build: give at least one build number'
                ELSE format('%s sink(s) are ordered but %s build number(s) given', coalesce(o.quantity::text, 'no'), c.builds) END, 'builds')
    FROM orders o CROSS JOIN LATERAL (SELECT count(*) AS builds FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE') c
   WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_builds_numbered(bigint) IS 'The quantity equals the number of build numbers, at least one.';

CREATE OR REPLACE FUNCTION guard_configurations_valid(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': no valid configuration in the language of the order', 'configurations')
    FROM builds b JOIN orders o USING (order_id) LEFT JOIN configurations c ON c.configuration_id = b.configuration_id
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND (c.is_valid AND c.parameters ->> 'language' = o.language) IS NOT TRUE
$$;
COMMENT ON FUNCTION guard_configurations_valid(bigint) IS 'Every build has a configuration without errors, made for the language of the order.';

CREATE OR REPLACE FUNCTION guard_boms_current(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': no BOM of the present configuration', 'boms')
    FROM builds b LEFT JOIN boms m ON m.bom_id = b.bom_id AND m.configuration_id = b.configuration_id AND m.state NOT IN ('REJECTED', 'SUPERSEDED')
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND m.bom_id IS NULL
$$;
COMMENT ON FUNCTION guard_boms_current(bigint) IS 'Every build has a BOM that was generated from exactly its present configuration and is not rejected.';

CREATE OR REPLACE FUNCTION guard_boms_resolved(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': the BOM has codes that the catalogue does not know, or retired custom parts', 'boms')
    FROM builds b JOIN boms m USING (bom_id)
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND (m.unresolved_count > 0 OR retired_custom_parts(m.bom_id) IS NOT NULL)
$$;
COMMENT ON FUNCTION guard_boms_resolved(bigint) IS 'No BOM has an unresolved code or a custom part that was retired.';

CREATE OR REPLACE FUNCTION guard_po_document_attached(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(EXISTS (SELECT FROM order_attachments a WHERE a.order_id = p_order_id AND a.attachment_kind = 'PO_DOCUMENT'), 'the customer''s PO document is not attached', 'attachments')
$$;
COMMENT ON FUNCTION guard_po_document_attached(bigint) IS 'The customer''s PO document is attached.';

CREATE OR REPLACE FUNCTION guard_accessories_reviewed(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(o.accessories_reviewed_at IS NOT NULL, 'the accessories are not reviewed since the last change of a configuration', 'accessories')
    FROM orders o WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_accessories_reviewed(bigint) IS 'The accessories were reviewed after the last change of a configuration.';

CREATE OR REPLACE FUNCTION guard_boms_approved(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': the BOM is not approved', 'boms')
    FROM builds b LEFT JOIN boms m ON m.bom_id = b.bom_id AND m.configuration_id = b.configuration_id AND m.state IN ('APPROVED', 'RELEASED')
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND m.bom_id IS NULL
$$;
COMMENT ON FUNCTION guard_boms_approved(bigint) IS 'Every BOM is approved.';

CREATE OR REPLACE FUNCTION has_approved_drawing(p_build builds) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  -- A proposed change is saved before it is adopted, so that its drawing can be approved while it waits.
  saved timestamptz := (SELECT c.created_at FROM configurations c WHERE c.configuration_id = p_build.configuration_id);
BEGIN
  RETURN EXISTS (
    SELECT FROM order_attachments a
     WHERE a.order_id = p_build.order_id AND a.build_id = p_build.build_id AND a.attachment_kind = 'SINK_DRAWING' AND a.approved_at >= coalesce(saved, '-infinity')
       AND NOT EXISTS (SELECT FROM order_attachments n WHERE n.replaces_id = a.order_attachment_id));
END;
$$;
COMMENT ON FUNCTION has_approved_drawing(builds) IS 'True if the newest version of a sink drawing of the build is approved, and was so after its present configuration was saved.';

CREATE OR REPLACE FUNCTION guard_drawings_approved(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': no sink drawing approved for the present configuration', 'attachments')
    FROM builds b
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND NOT has_approved_drawing(b)
$$;
COMMENT ON FUNCTION guard_drawings_approved(bigint) IS 'Every build has a sink drawing whose newest version is approved, after its present configuration was saved.';

CREATE OR REPLACE FUNCTION build_guard_drawings_approved(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT guard_outcome(has_approved_drawing(b), 'no sink drawing approved for the present configuration', 'attachments') FROM builds b WHERE b.build_id = p_build_id $$;
COMMENT ON FUNCTION build_guard_drawings_approved(bigint) IS 'The build has a sink drawing whose newest version is approved, after its present configuration was saved: one that was approved for an earlier configuration shows another sink.';

CREATE OR REPLACE FUNCTION guard_custom_parts_drawn(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, 'custom parts without a drawing: ' || string_agg(DISTINCT r.custom_number, ', ' ORDER BY r.custom_number), 'custom_parts')
    FROM builds b JOIN bom_line_items l USING (bom_id) JOIN custom_parts_registry r ON r.part_id = l.part_id
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND r.state <> 'DRAWN'
$$;
COMMENT ON FUNCTION guard_custom_parts_drawn(bigint) IS 'Every custom part of the order has a drawing.';

CREATE OR REPLACE FUNCTION guard_shipment_recorded(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(num_nonnulls(o.carrier, o.tracking_number, o.dispatched_on, o.delivered_on) = 4,
           'carrier, tracking number, dispatch date and delivery date are not all recorded', 'shipment')
    FROM orders o WHERE o.order_id = p_order_id
$$;
COMMENT ON FUNCTION guard_shipment_recorded(bigint) IS 'Carrier, tracking number, dispatch and delivery date are recorded.';

CREATE OR REPLACE FUNCTION guard_builds_together(p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0 OR site_setting('partial_shipment') = 'true', builds_text(array_agg(b.build_number ORDER BY b.build_number)) || ': not packed yet', 'builds')
    FROM builds b
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND phase_position(b.phase) < phase_position('SHIPPING')
$$;
COMMENT ON FUNCTION guard_builds_together(bigint) IS 'All sinks of the order are packed, unless the site ships in parts (site_settings partial_shipment).';

CREATE OR REPLACE FUNCTION action_note_submission(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM open_order(p_order_id);
  UPDATE orders SET submitted_by = current_user_id(), submitted_at = clock_timestamp() WHERE order_id = p_order_id;
  PERFORM close_order();
END;
$$;
COMMENT ON FUNCTION action_note_submission(bigint) IS 'Notes who submitted the order and may therefore not approve it.';

CREATE OR REPLACE FUNCTION action_submit_boms(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom bigint;
BEGIN
  FOR bom IN SELECT m.bom_id FROM builds b JOIN boms m USING (bom_id) WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND m.state = 'DRAFT' ORDER BY m.bom_id LOOP
    PERFORM submit_bom(bom);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION action_submit_boms(bigint) IS 'Submits the draft BOMs of an order with it.';

CREATE OR REPLACE FUNCTION action_note_approval(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM open_order(p_order_id);
  UPDATE orders SET approved_by = current_user_id(), approved_at = clock_timestamp() WHERE order_id = p_order_id;
  PERFORM close_order();
END;
$$;
COMMENT ON FUNCTION action_note_approval(bigint) IS 'Notes who approved the order.';

CREATE OR REPLACE FUNCTION action_release_boms(p_order_id bigint) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE boms m SET state = 'RELEASED', released_by = current_user_id(), released_at = clock_timestamp()
    FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND m.bom_id = b.bom_id AND m.state = 'APPROVED'
$$;
COMMENT ON FUNCTION action_release_boms(bigint) IS 'Releases the approved BOMs when the order goes to production.';
