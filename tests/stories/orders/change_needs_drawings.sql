-- A change that brings a custom part is adopted only with that part's drawing, as an order goes to production only with its drawings.
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.production');
SELECT propose_order_change(:a, (
    SELECT jsonb_build_object('basins', (SELECT jsonb_agg(CASE n WHEN 1 THEN (e - 'size') || '{"size": "CUSTOM", "custom_width_in": 21, "custom_length_in": 21, "custom_depth_in": 9}' ELSE e END ORDER BY n)
                                           FROM jsonb_array_elements(c.parameters -> 'basins') WITH ORDINALITY AS x (e, n)))
      FROM configurations c JOIN builds b USING (configuration_id) WHERE b.build_id = :a), 'another basin') AS change \gset
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT decide_order_change(%s, true)', :change), 'TV024', 'custom parts without a drawing');
SELECT testing.act('sample.production');
SELECT attach_custom_part_drawing(custom_number, 'DRAWING-1') FROM custom_parts_registry WHERE state = 'NEEDS_DRAWING';
SELECT testing.act('sample.admin');
SELECT decide_order_change(:change, true, 'drawing is there');
SELECT testing.same((SELECT state FROM order_changes WHERE order_change_id = :change), 'ADOPTED', 'adopted with its drawing');
