-- Every edge of the 8 x 8 graph of phases, for each role, through the server's role: by the function only the steps of the workflow
-- and only for their roles; by raw SQL none at all.
\ir ../_shop.sql

CREATE TEMP TABLE steps AS SELECT * FROM (VALUES
  ('DRAFT', 'CONFIGURATION', 'AS'), ('CONFIGURATION', 'APPROVAL', 'AS'), ('APPROVAL', 'CONFIGURATION', 'AP'), ('APPROVAL', 'PRODUCTION', 'AP'), ('PRODUCTION', 'QUALITY_CONTROL', 'PT'),
  ('QUALITY_CONTROL', 'PACKAGING', 'Q'), ('QUALITY_CONTROL', 'PRODUCTION', 'Q'), ('PACKAGING', 'SHIPPING', 'Q'), ('PACKAGING', 'QUALITY_CONTROL', 'Q'), ('SHIPPING', 'DELIVERED', 'APC')) AS s (from_phase, to_phase, letters);
CREATE TEMP TABLE phases AS SELECT p FROM unnest(ARRAY['DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED']) p;
CREATE TEMP TABLE placed AS SELECT p AS phase, testing.order_in('STELMO', 'EDGE-' || phase_position(p), p) AS order_id FROM phases;
GRANT SELECT ON steps, phases, placed TO torvan_app;

SET SESSION AUTHORIZATION torvan_app;
CREATE FUNCTION pg_temp.outcome(p_statement text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  -- Undone in any case, so that each attempt meets the same order.
  BEGIN
    EXECUTE p_statement;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
  EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN 'done';
  END;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END
$$;
DO $$
DECLARE
  edge record;
  found text;
  wanted text[];
BEGIN
  FOR edge IN
    SELECT f.phase AS from_phase, f.order_id, t.p AS to_phase, r.letter, r.login, s.letters
      FROM placed f CROSS JOIN phases t
      CROSS JOIN (VALUES ('A', 'sample.admin'), ('S', 'sample.sales'), ('P', 'sample.production'), ('Q', 'sample.quality'), ('T', 'sample.technician'), ('C', 'sample.service')) AS r (letter, login)
      LEFT JOIN steps s ON s.from_phase = f.phase AND s.to_phase = t.p
  LOOP
    PERFORM testing.act(edge.login);
    found := pg_temp.outcome(format('SELECT transition_order(%s, %L, ''a good reason'')', edge.order_id, edge.to_phase));
    wanted := CASE
      WHEN edge.letter = 'T' AND edge.from_phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN '{TV004}'
      WHEN edge.letters IS NULL THEN '{TV009}'
      WHEN strpos(edge.letters, edge.letter) = 0 THEN '{42501}'
      -- A guard, or a signature that is still to be proved, may refuse: the order is not ready, but the person could.
      ELSE '{done,TV024,TV025,TV011}' END::text[];
    IF found <> ALL (wanted) THEN
      RAISE EXCEPTION '% to % as % ended with % instead of %', edge.from_phase, edge.to_phase, edge.login, found, wanted;
    END IF;
    found := pg_temp.outcome(format('UPDATE orders SET phase = %L WHERE order_id = %s', edge.to_phase, edge.order_id));
    PERFORM testing.same(found, '42501', format('raw %s to %s as %s', edge.from_phase, edge.to_phase, edge.login));
    found := pg_temp.outcome(format('UPDATE builds SET phase = %L WHERE order_id = %s', edge.to_phase, edge.order_id));
    PERFORM testing.same(found, '42501', format('raw, of the sinks, %s to %s as %s', edge.from_phase, edge.to_phase, edge.login));
  END LOOP;
END
$$;
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(DISTINCT pg_temp.outcome(format('SELECT transition_order(%s, %L, ''a good reason'')', f.order_id, t.p)), ' ') FROM placed f CROSS JOIN phases t), 'TV004', 'nobody knows any order');
