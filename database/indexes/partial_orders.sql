-- Partial indexes of orders: each serves the query named above it.

-- Builds in the shop, which every technician may see: visible_builds().
CREATE INDEX IF NOT EXISTS builds_in_shop_idx ON builds (order_id, build_id)
  WHERE state = 'ACTIVE' AND phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING');
