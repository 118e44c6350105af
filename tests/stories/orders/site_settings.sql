-- The settings of the plant: all or none, and never over what somebody else changed.
SELECT testing.act('sample.admin');
SELECT testing.same(update_site_settings('{"legal_name": "Story Sinks", "partial_shipment": true}', '{"partial_shipment": false}'), 2, 'two are changed');
SELECT testing.same(update_site_settings('{"legal_name": "Story Sinks"}'), 0, 'what is the same is no change');
SELECT testing.refused('SELECT update_site_settings(''{"legal_name": "Other", "partial_shipment": false}'', ''{"partial_shipment": false}'')', 'TV012', 'partial_shipment was changed meanwhile');
SELECT testing.same((SELECT value #>> '{}' FROM site_settings WHERE setting_code = 'legal_name'), 'Story Sinks', 'nothing of a refused form is kept');
SELECT testing.refused('SELECT update_site_settings(''{"legal_name": " "}'')', 'TV022', 'legal_name');
SELECT testing.refused('SELECT update_site_settings(''{"currency": "dollars"}'')', 'TV022', 'currency');
SELECT testing.refused('SELECT update_site_settings(''{"time_zone": "Mars"}'')', 'TV022', 'time_zone');
SELECT testing.refused('SELECT update_site_settings(''{"colour": "blue"}'')', 'TV004', 'colour');
SELECT testing.refused('SELECT update_site_settings(''[]'')', 'TV022', 'not a JSON object');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT update_site_settings(''{"legal_name": "X"}'')', '42501', 'setting:update');
