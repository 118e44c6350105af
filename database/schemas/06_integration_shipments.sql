-- What leaves the plant, and what is written to and fro with the customers.

CREATE SEQUENCE shipment_number_sequence;
COMMENT ON SEQUENCE shipment_number_sequence IS 'Source of shipment numbers; a rolled-back shipment leaves a gap.';

CREATE TABLE shipments (
  shipment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shipment_number text COLLATE "C" NOT NULL UNIQUE,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  state text NOT NULL DEFAULT 'PLANNED' CHECK (state IN ('PLANNED', 'READY', 'DISPATCHED', 'IN_TRANSIT', 'DELIVERED', 'RETURNED', 'CANCELLED')),
  carrier text CHECK (btrim(carrier) <> ''),
  service text CHECK (btrim(service) <> ''),
  tracking_number text CHECK (btrim(tracking_number) <> ''),
  label_document_id bigint REFERENCES documents ON DELETE RESTRICT,
  delivery_document_id bigint REFERENCES documents ON DELETE RESTRICT,
  dispatched_on date,
  dispatched_at timestamptz,
  dispatched_by bigint REFERENCES users ON DELETE RESTRICT,
  delivered_on date,
  delivery_recorded_by bigint REFERENCES users ON DELETE RESTRICT,
  ended_reason text,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (delivered_on >= dispatched_on),
  CHECK (state NOT IN ('DISPATCHED', 'IN_TRANSIT', 'DELIVERED', 'RETURNED') OR (carrier IS NOT NULL AND tracking_number IS NOT NULL AND dispatched_on IS NOT NULL)),
  CHECK (state <> 'DELIVERED' OR delivered_on IS NOT NULL),
  CHECK (state NOT IN ('RETURNED', 'CANCELLED') OR ended_reason IS NOT NULL)
);
CREATE INDEX shipments_order_id_idx ON shipments (order_id, shipment_id);
CREATE INDEX shipments_under_way_idx ON shipments (state, dispatched_on) WHERE state IN ('PLANNED', 'READY', 'DISPATCHED', 'IN_TRANSIT');
CREATE INDEX shipments_tracking_number_idx ON shipments (tracking_number) WHERE tracking_number IS NOT NULL;
CREATE INDEX shipments_label_document_id_idx ON shipments (label_document_id) WHERE label_document_id IS NOT NULL;
CREATE INDEX shipments_delivery_document_id_idx ON shipments (delivery_document_id) WHERE delivery_document_id IS NOT NULL;
CREATE INDEX shipments_dispatched_by_idx ON shipments (dispatched_by) WHERE dispatched_by IS NOT NULL;
CREATE INDEX shipments_delivery_recorded_by_idx ON shipments (delivery_recorded_by) WHERE delivery_recorded_by IS NOT NULL;
CREATE INDEX shipments_created_by_idx ON shipments (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE shipments IS 'Shipments of an order, normally one with all its builds. The order''s own shipment columns follow them.';
COMMENT ON COLUMN shipments.shipment_id IS 'Key.';
COMMENT ON COLUMN shipments.shipment_number IS 'Number, SHP-nnnnnn.';
COMMENT ON COLUMN shipments.order_id IS 'The order.';
COMMENT ON COLUMN shipments.state IS 'PLANNED, READY (packed, label there), DISPATCHED, IN_TRANSIT, DELIVERED, RETURNED or CANCELLED (before dispatch).';
COMMENT ON COLUMN shipments.carrier IS 'Who carries it.';
COMMENT ON COLUMN shipments.service IS 'The carrier''s service, for example freight with lift gate.';
COMMENT ON COLUMN shipments.tracking_number IS 'The carrier''s tracking number.';
COMMENT ON COLUMN shipments.label_document_id IS 'The label, a document.';
COMMENT ON COLUMN shipments.delivery_document_id IS 'The proof of delivery, a document.';
COMMENT ON COLUMN shipments.dispatched_on IS 'Date of dispatch at the plant.';
COMMENT ON COLUMN shipments.dispatched_at IS 'When the dispatch was recorded.';
COMMENT ON COLUMN shipments.dispatched_by IS 'Who recorded it.';
COMMENT ON COLUMN shipments.delivered_on IS 'Date of delivery, not before dispatch.';
COMMENT ON COLUMN shipments.delivery_recorded_by IS 'Who recorded the delivery.';
COMMENT ON COLUMN shipments.ended_reason IS 'Why it came back or was cancelled.';
COMMENT ON COLUMN shipments.created_by IS 'Who made it.';
COMMENT ON COLUMN shipments.created_at IS 'When it was made.';
COMMENT ON COLUMN shipments.updated_at IS 'When the row was last changed.';

CREATE TABLE shipment_builds (
  shipment_id bigint NOT NULL REFERENCES shipments ON DELETE RESTRICT,
  build_id bigint NOT NULL REFERENCES builds ON DELETE RESTRICT,
  is_void boolean NOT NULL DEFAULT false,
  PRIMARY KEY (shipment_id, build_id)
);
CREATE UNIQUE INDEX shipment_builds_once_idx ON shipment_builds (build_id) WHERE NOT is_void;
CREATE INDEX shipment_builds_build_id_idx ON shipment_builds (build_id, shipment_id);
COMMENT ON TABLE shipment_builds IS 'Which sinks are in which shipment; each in at most one that holds.';
COMMENT ON COLUMN shipment_builds.shipment_id IS 'The shipment.';
COMMENT ON COLUMN shipment_builds.build_id IS 'The build.';
COMMENT ON COLUMN shipment_builds.is_void IS 'True once the shipment came back or was cancelled, or the build was: it may be shipped anew.';

CREATE TABLE shipment_packages (
  shipment_package_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shipment_id bigint NOT NULL REFERENCES shipments ON DELETE RESTRICT,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  package_number integer NOT NULL CHECK (package_number >= 1),
  content text CHECK (btrim(content) <> ''),
  weight_kg numeric(10, 3) NOT NULL CHECK (weight_kg > 0),
  length_mm numeric(8, 1) CHECK (length_mm > 0),
  width_mm numeric(8, 1) CHECK (width_mm > 0),
  height_mm numeric(8, 1) CHECK (height_mm > 0),
  tracking_number text CHECK (btrim(tracking_number) <> ''),
  UNIQUE (shipment_id, package_number),
  CHECK (num_nulls(length_mm, width_mm, height_mm) IN (0, 3))
);
CREATE INDEX shipment_packages_order_id_idx ON shipment_packages (order_id);
COMMENT ON TABLE shipment_packages IS 'Crates and boxes of a shipment.';
COMMENT ON COLUMN shipment_packages.shipment_package_id IS 'Key.';
COMMENT ON COLUMN shipment_packages.shipment_id IS 'The shipment.';
COMMENT ON COLUMN shipment_packages.order_id IS 'The shipment''s order, by which row security asks.';
COMMENT ON COLUMN shipment_packages.package_number IS 'Number within the shipment, from 1.';
COMMENT ON COLUMN shipment_packages.content IS 'What is inside.';
COMMENT ON COLUMN shipment_packages.weight_kg IS 'Gross weight in kilograms.';
COMMENT ON COLUMN shipment_packages.length_mm IS 'Length in millimetres; with width and height or not at all.';
COMMENT ON COLUMN shipment_packages.width_mm IS 'Width in millimetres.';
COMMENT ON COLUMN shipment_packages.height_mm IS 'Height in millimetres.';
COMMENT ON COLUMN shipment_packages.tracking_number IS 'Its own tracking number, where the carrier gives one.';

CREATE TABLE portal_messages (
  portal_message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE RESTRICT,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE RESTRICT,
  side text NOT NULL CHECK (side IN ('CUSTOMER', 'STAFF')),
  body text NOT NULL CHECK (btrim(body) <> '' AND length(body) <= 10000),
  author_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  read_by bigint REFERENCES users ON DELETE RESTRICT,
  read_at timestamptz,
  CHECK ((read_at IS NULL) = (read_by IS NULL))
);
CREATE INDEX portal_messages_order_id_idx ON portal_messages (order_id, portal_message_id);
CREATE INDEX portal_messages_customer_id_idx ON portal_messages (customer_id, portal_message_id DESC);
CREATE INDEX portal_messages_unread_idx ON portal_messages (side, order_id) WHERE read_at IS NULL;
CREATE INDEX portal_messages_author_id_idx ON portal_messages (author_id);
CREATE INDEX portal_messages_read_by_idx ON portal_messages (read_by) WHERE read_by IS NOT NULL;
COMMENT ON TABLE portal_messages IS 'Messages between a customer and the plant about an order.';
COMMENT ON COLUMN portal_messages.portal_message_id IS 'Key.';
COMMENT ON COLUMN portal_messages.order_id IS 'The order.';
COMMENT ON COLUMN portal_messages.customer_id IS 'The customer of the order: nobody of another customer sees it.';
COMMENT ON COLUMN portal_messages.side IS 'Who wrote: CUSTOMER or STAFF.';
COMMENT ON COLUMN portal_messages.body IS 'The text, at most 10,000 characters.';
COMMENT ON COLUMN portal_messages.author_id IS 'The person who wrote it.';
COMMENT ON COLUMN portal_messages.created_at IS 'When it was written.';
COMMENT ON COLUMN portal_messages.read_by IS 'Who of the other side read it first.';
COMMENT ON COLUMN portal_messages.read_at IS 'When that was.';
