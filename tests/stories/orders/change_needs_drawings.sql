-- A change that brings a custom part is adopted only with that part's drawing, and a changed sink goes on only with a drawing of what it is now.
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

-- The sink drawing that was approved before shows another sink: the build does not go on with it.
\ir ../_shop_floor.sql
SELECT order_id FROM builds WHERE build_id = :a \gset
SELECT testing.ok(EXISTS (SELECT FROM order_attachments WHERE build_id = :a AND attachment_kind = 'SINK_DRAWING' AND approved_at IS NOT NULL), 'the earlier drawing stays approved: it is history');
SELECT testing.act('sample.production');
SELECT cancel_outsourced_line(outsourced_line_id, 'made here') FROM outsourced_lines WHERE build_id = :a AND state NOT IN ('RECEIVED', 'CANCELLED');
SELECT testing.step(:a, 'sample.production', 'PRE_QC_READY');
SELECT testing.do_gate(:a, 'PRE_PRODUCTION', 'sample.quality') \g /dev/null
SELECT testing.act('sample.quality');
SELECT testing.same((SELECT b ->> 'guard' || ', ' || (b ->> 'link') FROM build_next_actions(:a) n, jsonb_array_elements(n.blockers) b WHERE n.to_sub_state = 'READY'), 'drawings_approved, attachments', 'what blocks the way on');
SELECT testing.refused(format('SELECT transition_build(%s, ''READY'')', :a), 'TV024', 'drawings_approved: no sink drawing approved for the present configuration');
SELECT testing.act('sample.production');
SELECT add_attachment(:order_id, 'SINK_DRAWING', 'SAMPLE-001.pdf', 'application/pdf', p_build_id => :a) AS drawing \gset
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT transition_build(%s, ''READY'')', :a), 'TV024', 'drawings_approved');
SELECT approve_attachment(:drawing);
SELECT testing.same((transition_build(:a, 'READY')).sub_state, 'READY', 'with the approved new version it goes on');

-- The drawing of a change can be approved while the change waits; the other sink of the order is not asked for one.
SELECT testing.act('sample.production');
SELECT propose_order_change(:a, '{"feet": "SEISMIC_FEET"}', 'earthquake zone') AS later \gset
SELECT approve_attachment(add_attachment(:order_id, 'SINK_DRAWING', 'SAMPLE-001.pdf', 'application/pdf', p_build_id => :a));
SELECT testing.act('sample.admin');
SELECT decide_order_change(:later, true, 'agreed');
SELECT testing.ok((build_guard_drawings_approved(:a)).ok, 'the drawing that came with the change counts');
SELECT testing.ok((build_guard_drawings_approved(build_id)).ok, 'the other sink is as it was') FROM builds WHERE build_number = 'SAMPLE-002';

-- So it is before the approval: a drawing of a configuration that was replaced does not let the order pass.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-DRAWN', 'sample.sales', current_date + 60, 'EN', '{DRAWN-1}') AS other \gset
SELECT build_id AS drawn FROM builds WHERE order_id = :other \gset
SELECT transition_order(:other, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"length_in": 60}', :drawn, 'V-B1-BASIC') \g /dev/null
SELECT add_attachment(:other, 'SINK_DRAWING', 'DRAWN-1.pdf', 'application/pdf', p_build_id => :drawn) AS drawing \gset
SELECT testing.act('sample.production');
SELECT approve_attachment(:drawing);
SELECT testing.nobody();
SELECT testing.ok((guard_drawings_approved(:other)).ok, 'drawn as configured');
SELECT testing.act('sample.sales');
SELECT save_configuration('{"length_in": 72}', :drawn, 'V-B1-BASIC') \g /dev/null
SELECT testing.nobody();
SELECT testing.same((guard_drawings_approved(:other)).message, 'build DRAWN-1: no sink drawing approved for the present configuration', 'drawn as it was configured before');
