-- Messages between customers and the plant, each about an order.

CREATE OR REPLACE FUNCTION may_see_portal_message(p_customer_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN acting_customer_id() IS NULL THEN has_permission('portal_message:read') ELSE coalesce(p_customer_id = acting_customer_id(), false) END;
END;
$$;
COMMENT ON FUNCTION may_see_portal_message(bigint) IS 'True for staff who talk to customers, and for people of that customer.';

CREATE OR REPLACE FUNCTION portal_side(p_order_id bigint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holder bigint := (SELECT o.customer_id FROM orders o WHERE o.order_id = p_order_id);
BEGIN
  IF holder = acting_customer_id() THEN
    RETURN 'CUSTOMER';
  END IF;
  -- People of another customer learn no more than that there is nothing for them.
  IF holder IS NULL OR acting_customer_id() IS NOT NULL THEN
    RAISE EXCEPTION 'There is no order %.', shown(p_order_id) USING ERRCODE = 'TV004', COLUMN = 'order_id', HINT = 'Name one of your orders.';
  END IF;
  PERFORM require_person('portal_message:create');
  RETURN 'STAFF';
END;
$$;
COMMENT ON FUNCTION portal_side(bigint) IS 'On which side of an order the acting person stands: CUSTOMER or STAFF; an error for everyone else.';

CREATE OR REPLACE FUNCTION send_portal_message(p_order_id bigint, p_body text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  side text := portal_side(p_order_id);
  made portal_messages;
BEGIN
  IF btrim(coalesce(p_body, '')) = '' OR length(p_body) > 10000 THEN
    RAISE EXCEPTION 'The message has % characters.', length(btrim(coalesce(p_body, ''))) USING ERRCODE = 'TV022', COLUMN = 'body', HINT = 'Write 1 to 10,000 characters.';
  END IF;
  INSERT INTO portal_messages (order_id, customer_id, side, body, author_id)
  SELECT o.order_id, o.customer_id, side, p_body, current_user_id() FROM orders o WHERE o.order_id = p_order_id RETURNING * INTO made;
  -- What was written stays out of the event: it goes to those who may read it only.
  PERFORM emit_event(CASE side WHEN 'CUSTOMER' THEN 'portal.message_received' ELSE 'portal.message_sent' END, 'portal_messages', made.portal_message_id,
    jsonb_build_object('order_id', p_order_id, 'order_number', (SELECT o.order_number FROM orders o WHERE o.order_id = p_order_id)));
  RETURN made.portal_message_id;
END;
$$;
COMMENT ON FUNCTION send_portal_message(bigint, text) IS 'Writes to the customer of an order, or as the customer to the plant; returns the key of the message.';

CREATE OR REPLACE FUNCTION mark_portal_messages_read(p_order_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  own_side text := portal_side(p_order_id);
  marked integer;
BEGIN
  UPDATE portal_messages SET read_at = clock_timestamp(), read_by = current_user_id() WHERE order_id = p_order_id AND side <> own_side AND read_at IS NULL;
  GET DIAGNOSTICS marked = ROW_COUNT;
  RETURN marked;
END;
$$;
COMMENT ON FUNCTION mark_portal_messages_read(bigint) IS 'Notes that the acting person''s side has read what the other wrote about an order; returns how many messages.';
