-- Every row of the plant's three sheets is an item; what a sink is asked for follows from its configuration (checklists.md, section 8).
\ir _checklists.sql
CREATE TEMP TABLE sheet (sheet text, ids text);
INSERT INTO sheet VALUES
  ('PRE_PRODUCTION', 'P1.01 P1.02 P1.03 P1.04 P1.05 P1.06 P1.07 P1.08 P1.09 P1.10 P1.11 P1.12'),
  ('PRODUCTION', 'P2.01 P2.02 P2.03 P2.04 P2.05 P2.06 P2.07 P2.08 P2.09 P2.10 P2.11 P2.12 P2.13 P2.14 P2.15 P2.16 P2.17 P3.01 P3.02 P3.03 P3.04 P3.05 P3.06 P3.07 P3.08 P3.09 P3.10 P3.11'),
  ('PACKING', 'P4.01 P4.02 P4.03 P4.04 P4.05 P4.06 P4.07 P4.08 P4.09 P4.10 P4.11 P4.12 P4.13 P4.14 P4.15 P4.16 P4.17 P4.18 P4.19'),
  ('FINAL', 'Q1.01 Q1.02 Q1.03 Q1.04 Q1.05 Q1.06 Q2.01 Q2.02 Q2.03 Q2.04 Q2.05 Q2.06 Q2.07 Q2.08 Q2.09 Q2.10 Q3.01 Q3.02 Q3.03 Q3.04 Q3.05 Q3.06 Q5.01'),
  ('PACKING_CONFIRMATION', 'Q4.01 Q4.02 Q4.03 Q4.04 Q4.05 Q4.06 Q4.07 Q4.08'),
  ('END_OF_LINE', 'T0.1 T0.2 T0.3 T0.4 T0.5 G1A G2A G2B D1A D1B D2A D2B D2C D3A D3B K1A K1B K2A K2B K2C K3A K3B K4A K4B K5A');
SELECT testing.same(
    (SELECT string_agg(DISTINCT i.sheet_row::text, ' ' ORDER BY i.sheet_row::text) FROM qc_process_items i JOIN qc_processes p USING (qc_process_id)
      WHERE p.gate_code = s.sheet AND p.state = 'RELEASED' AND i.sheet_row !~ '^(6\.3|CLP end|. header|.. header|. set-up)'),
    (SELECT string_agg(x, ' ' ORDER BY x COLLATE "C") FROM unnest(string_to_array(s.ids, ' ')) x), 'rows of ' || s.sheet)
  FROM sheet s;
SELECT testing.same((SELECT count(*) FROM qc_process_items), 158::bigint, 'items of all sheets: headers, set-up, calibrations and rows with several values included');
SELECT testing.same((SELECT array_agg(p.section_code || '=' || p.n ORDER BY p.section_code) FROM (SELECT section_code, count(*) AS n FROM qc_process_items GROUP BY section_code) p),
  '{C=12,D=7,G=3,K=10,P1=16,P1_HEADER=3,P2=17,P2_HEADER=2,P3=11,P3_END=1,P4=19,Q0=6,Q1=6,Q2=10,Q3=6,Q4=9,Q5=1,S0=5,T0=9,T0_HEADER=5}'::text[], 'items by block');
SELECT testing.same((SELECT count(*) FROM qc_process_items i JOIN qc_processes p USING (qc_process_id)
  WHERE (SELECT count(*) FROM translations t WHERE t.entity = 'checklist_item' AND t.translation_key = format('%s/%s/%s', p.process_code, p.version, i.item_code) AND t.language IN ('EN', 'FR')) <> 2), 0::bigint, 'items without both languages');
SELECT testing.same((SELECT count(*) FROM qc_processes p CROSS JOIN LATERAL check_process(p.qc_process_id)), 0::bigint, 'mistakes in the templates');

-- The arithmetic: n basins, d E-Drain, s E-Sink, i DI, height adjustable or not, pegboard or not, lights.
CREATE TEMP TABLE cases AS
SELECT x.name, testing.sink(x.model, x.basins, x.more) AS sink, x.n, x.d, x.s, x.i, x.ha, x.peg, x.dl, x.sl
  FROM (VALUES
    ('one E-Drain', 'T2-B1', '[{"type": "E_DRAIN", "size": "24X20X8", "basin_light": false, "p_trap": false}]'::jsonb, '{}'::jsonb, 1, 1, 0, 0, 0, 0, 0, 0),
    ('one E-Sink, lit, lifted, board', 'T2-B1', '[{"type": "E_SINK", "size": "24X20X8", "basin_light": true}]', '{"leg_adjustment": "HEIGHT_ADJUSTABLE", "pegboard": true}', 1, 0, 1, 0, 2, 1, 0, 1),
    ('one DI', 'T2-B1', '[{"type": "E_SINK_DI", "size": "30X20X8"}]', '{}', 1, 0, 0, 1, 0, 0, 0, 0),
    ('one of each, all lit, lifted, board', 'T2-B3', '[{"type": "E_DRAIN", "size": "24X20X8", "basin_light": true}, {"type": "E_SINK", "size": "24X20X8", "basin_light": true}, {"type": "E_SINK_DI", "size": "24X20X8", "basin_light": true}]', '{"leg_adjustment": "HEIGHT_ADJUSTABLE", "pegboard": true}', 3, 1, 1, 1, 2, 1, 1, 2),
    ('two E-Drain, one lit, board', 'T2-B2', '[{"type": "E_DRAIN", "size": "24X20X8", "basin_light": true}, {"type": "E_DRAIN", "size": "24X20X8"}]', '{"pegboard": true}', 2, 2, 0, 0, 0, 1, 1, 0),
    ('three E-Sink', 'T2-B3', '[{"type": "E_SINK", "size": "24X20X8"}, {"type": "E_SINK", "size": "24X20X8"}, {"type": "E_SINK", "size": "24X20X8"}]', '{}', 3, 0, 3, 0, 0, 0, 0, 0)
  ) AS x (name, model, basins, more, n, d, s, i, ha, peg, dl, sl);
SELECT testing.same((SELECT count(*) FROM preview_checklist('END_OF_LINE', c.sink) r WHERE r.is_applicable AND r.section_code IN ('G', 'D', 'K')),
         (1 + c.ha + 5 * c.d + c.dl + 8 * c.s + 3 * c.i + c.sl + c.peg)::bigint, 'tests of ' || c.name)
  FROM cases c;
SELECT testing.same((SELECT count(*) FROM preview_checklist('PRODUCTION', c.sink) r WHERE r.is_applicable AND r.section_code = 'P3' AND r.item_code NOT IN ('P3.10', 'P3.11')),
         (4 * c.d + 5 * c.s + 5 * c.i)::bigint, 'basin production of ' || c.name),
       testing.same((SELECT count(*) FROM preview_checklist('PRODUCTION', c.sink) r WHERE r.is_applicable AND r.item_code IN ('P3.10', 'P3.11') AND NOT r.may_be_na_by_hand), (2 * c.s)::bigint, 'dosing of ' || c.name),
       testing.same((SELECT count(*) FROM preview_checklist('PRODUCTION', c.sink) r WHERE r.is_applicable AND r.item_code IN ('P3.10', 'P3.11') AND r.may_be_na_by_hand), (2 * c.i)::bigint, 'by hand not applicable to DI basins of ' || c.name)
  FROM cases c;
SELECT testing.same((SELECT count(*) FROM preview_checklist(g.gate_code, c.sink)),
         (SELECT count(*) FILTER (WHERE i.scope = 'SINK') + c.n * count(*) FILTER (WHERE i.scope = 'BASIN') FROM qc_process_items i JOIN qc_processes p USING (qc_process_id) WHERE p.gate_code = g.gate_code), format('%s of %s: nothing is dropped', g.gate_code, c.name))
  FROM cases c CROSS JOIN qc_gates g;
SELECT testing.same((SELECT count(*) FROM preview_checklist('END_OF_LINE', c.sink) r WHERE r.is_applicable AND r.section_code = 'C'), (12 * c.s)::bigint, 'calibrations of ' || c.name),
       testing.same((SELECT count(*) FROM preview_checklist('END_OF_LINE', c.sink) r WHERE r.is_applicable AND r.item_code IN ('T0.H4', 'T0.H5')), CASE WHEN c.s > 0 THEN 2 ELSE 0 END::bigint, 'thermometer of ' || c.name),
       testing.same((SELECT count(*) FROM preview_checklist('END_OF_LINE', c.sink) r WHERE r.is_applicable AND r.section_code = 'T0'), (3 + 3 * (c.s + c.i) + 3 * c.s)::bigint, 'captured data of ' || c.name),
       testing.same((SELECT count(*) FROM preview_checklist('FINAL', c.sink) r WHERE r.is_applicable AND r.section_code = 'Q3'), (4 * c.n + c.dl + c.sl + c.s + c.i)::bigint, 'basin block of ' || c.name)
  FROM cases c;

SELECT testing.same((SELECT item_text FROM preview_checklist('PACKING', (SELECT sink FROM cases LIMIT 1), 'fr') WHERE item_code = 'P4.01'), 'Tapis antifatigue', 'a text in French'),
       testing.same((SELECT array_agg(item_code || '=' || trim_scale(expected_quantity) ORDER BY item_code) FROM preview_checklist('PACKING', sink) WHERE is_applicable AND item_code <> 'P4.19'),
         '{P4.01=1,P4.02=3,P4.03=3,P4.04=6,P4.05=1,P4.06=3,P4.07=3,P4.08=1,P4.09=1,P4.10=3,P4.15=1,P4.18=1}'::text[], 'what is packed with one basin of each kind')
  FROM cases WHERE n = 3 AND d = 1;
SELECT testing.same((SELECT array_agg(item_code || '=' || trim_scale(expected_quantity) ORDER BY item_code) FROM preview_checklist('PACKING', (SELECT sink FROM cases LIMIT 1) ||
    '{"language": "FR", "sprayers": [{"type": "AIR_TURRET", "quantity": 1}, {"type": "WATER_ROSETTE", "quantity": 1}], "faucets": [{"type": "PRE_RINSE", "quantity": 2}, {"type": "WRIST_BLADE", "quantity": 1}]}') WHERE is_applicable),
  '{P4.01=1,P4.02=1,P4.03=1,P4.04=2,P4.05=1,P4.06=1,P4.07=1,P4.10=1,P4.11=1,P4.12=1,P4.13=2,P4.14=1,P4.16=1}'::text[], 'guns and faucets, counted by quantity');
SELECT testing.refused('SELECT preview_checklist(''NOTHING'', ''{}'')', 'TV004', 'no released checklist');
