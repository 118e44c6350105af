-- Sourcing data of parts: the Production Coordinator and the Administrator keep them, nobody else; nothing else of the part changes.
SELECT part_number AS part, name, updated_at AS seen FROM parts WHERE NOT is_custom ORDER BY part_number LIMIT 1 \gset
SELECT assembly_code AS assembly FROM assemblies ORDER BY 1 LIMIT 1 \gset
SELECT testing.act(login), testing.refused(format('SELECT update_part_sourcing(%L, ''{"lead_time_days": 5}'')', :'part'), '42501', 'catalogue:update_sourcing')
  FROM unnest('{sample.sales,sample.quality,sample.technician,sample.service}'::text[]) login;
SELECT testing.act('sample.production');
SELECT update_part_sourcing(lower(:'part'), '{"manufacturer": " Acme ", "lead_time_days": 21, "sourcing_note": "second source agreed"}', :'seen');
SELECT testing.same((SELECT concat_ws('|', p.manufacturer, p.lead_time_days, p.sourcing_note, p.name = :'name') FROM parts p WHERE p.part_number = :'part'), 'Acme|21|second source agreed|t', 'kept');
SELECT testing.refused(format('SELECT update_part_sourcing(%L, ''{"lead_time_days": 5}'', %L)', :'part', :'seen'), 'TV012', 'changed meanwhile');
SELECT testing.act('sample.admin');
SELECT update_part_sourcing(:'part', '{"sourcing_note": null, "manufacturer_part_number": "A-1"}');
SELECT testing.same((SELECT concat_ws('|', p.manufacturer, p.manufacturer_part_number, p.lead_time_days, p.sourcing_note IS NULL) FROM parts p WHERE p.part_number = :'part'), 'Acme|A-1|21|t', 'null empties, what is not named stays');

SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT update_part_sourcing(%L, %L)', :'part', c.changes), 'TV022', c.says)
  FROM (VALUES ('{"standard_cost": 1}', 'standard_cost'), ('{"name": "x", "lead_time_days": 3}', 'name'), ('{}', 'at least one key'), ('[]', 'JSON object'), ('{"lead_time_days": -1}', 'lead_time_days'),
               ('{"lead_time_days": "soon"}', 'lead_time_days'), ('{"lead_time_days": 1.5}', 'lead_time_days'), ('{"manufacturer": 7}', 'manufacturer')) c (changes, says);
SELECT testing.refused(format('SELECT update_part_sourcing(%L, ''{"lead_time_days": 5}'')', :'assembly'), 'TV022', 'is an assembly');
SELECT testing.refused('SELECT update_part_sourcing(''NO-SUCH-PART'', ''{"lead_time_days": 5}'')', 'TV004', 'NO-SUCH-PART');
-- The table itself stays closed for the Production Coordinator at the server's door; the function is the way.
SET SESSION AUTHORIZATION torvan_app;
BEGIN;
SELECT testing.act('sample.production');
UPDATE parts SET name = 'Other' WHERE part_number = :'part';
SELECT testing.same((SELECT p.name FROM parts p WHERE p.part_number = :'part'), :'name', 'the row is not theirs to change');
SELECT update_part_sourcing(:'part', '{"lead_time_days": 30}');
SELECT testing.same((SELECT p.lead_time_days FROM parts p WHERE p.part_number = :'part'), 30, 'through the function it is');
COMMIT;
