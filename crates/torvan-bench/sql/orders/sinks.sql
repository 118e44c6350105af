SELECT order_id, build_id, configuration_id FROM builds WHERE build_id = ANY ($1::bigint[]) ORDER BY order_id, build_id
