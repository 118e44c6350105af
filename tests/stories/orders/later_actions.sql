-- What the step after the next one asks for is told in time: a draft says what keeps it from being submitted.
CREATE FUNCTION pg_temp.later(p_order bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(format('%s %s: %s', l.from_phase, l.to_phase, (SELECT string_agg(b ->> 'guard', ' ' ORDER BY b ->> 'guard') FROM jsonb_array_elements(l.blockers) b)), '; ') FROM order_later_actions(p_order) l $$;
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-LATER', 'sample.sales', current_date + 30, 'EN', '{LATER-1}') AS o \gset
SELECT testing.ok((SELECT is_ready FROM order_next_actions(:o) WHERE action = 'ADVANCE'), 'nothing keeps the draft from its next step');
SELECT testing.same(pg_temp.later(:o), 'CONFIGURATION APPROVAL: accessories_reviewed boms_current configurations_valid po_document_attached', 'what it lacks to be submitted');
SELECT testing.same((SELECT b ->> 'message' FROM order_later_actions(:o), jsonb_array_elements(blockers) b WHERE b ->> 'guard' = 'po_document_attached'), 'the customer''s PO document is not attached', 'in words');
SELECT add_attachment(:o, 'PO_DOCUMENT', 'po.pdf') \g /dev/null
SELECT testing.same(pg_temp.later(:o), 'CONFIGURATION APPROVAL: accessories_reviewed boms_current configurations_valid', 'one less');
SELECT testing.ok((SELECT is_allowed FROM order_later_actions(:o)), 'Sales submits');
SELECT testing.act('sample.production');
SELECT testing.ok((SELECT NOT is_allowed FROM order_later_actions(:o)), 'Production does not');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT * FROM order_later_actions(%s)', :o), 'TV004', 'There is no order');
SELECT testing.act('sample.sales');
SELECT transition_order(:o, 'CONFIGURATION') \g /dev/null
SELECT testing.same((SELECT string_agg(from_phase || ' ' || to_phase, ' ') FROM order_later_actions(:o)), 'APPROVAL PRODUCTION', 'always the one after the next');
