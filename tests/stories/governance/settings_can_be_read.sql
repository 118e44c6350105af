-- Settings of the plant and places of stock, which people write directly through the server, keep what everything else counts on.
SELECT testing.nobody();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.admin');
SELECT testing.refused('UPDATE site_settings SET value = ''"Mars/Phobos"'' WHERE setting_code = ''time_zone''', 'TV022', 'time_zone');
SELECT testing.refused('UPDATE site_settings SET value = ''5'' WHERE setting_code = ''time_zone''', 'TV022', 'time_zone');
SELECT testing.refused('UPDATE site_settings SET value = ''"a3"'' WHERE setting_code = ''paper''', 'TV022', 'paper');
SELECT testing.refused('UPDATE site_settings SET value = ''"yes"'' WHERE setting_code = ''partial_shipment''', 'TV022', 'partial_shipment');
SELECT testing.refused('UPDATE site_settings SET value = ''{"days": "x"}'' WHERE setting_code = ''working_hours''', 'TV022', 'working_hours');
SELECT testing.refused('UPDATE site_settings SET value = ''{"days": [1, 8], "from": "08:00", "to": "17:00"}'' WHERE setting_code = ''working_hours''', 'TV022', 'working_hours');
SELECT testing.refused('UPDATE site_settings SET value = ''{"days": [1], "from": "17:00", "to": "08:00"}'' WHERE setting_code = ''working_hours''', 'TV022', 'working_hours');
SELECT testing.refused('UPDATE site_settings SET setting_code = ''load_test_server'' WHERE setting_code = ''legal_name''', 'TV003', 'fixed');
UPDATE site_settings SET value = '"Europe/Paris"' WHERE setting_code = 'time_zone';
UPDATE site_settings SET value = '{"days": [1, 2, 6], "from": "06:00", "to": "22:30"}' WHERE setting_code = 'working_hours';
UPDATE site_settings SET value = '"A4"' WHERE setting_code = 'paper';
UPDATE site_settings SET value = 'true' WHERE setting_code = 'partial_shipment';
SELECT testing.ok((SELECT count(*) FROM site_settings WHERE value IN ('"Europe/Paris"', 'true', '{"days": [1, 2, 6], "from": "06:00", "to": "22:30"}')) >= 3, 'right values are stored');

SELECT testing.act('sample.production');
INSERT INTO stock_locations (location_code, name) VALUES ('T-MAIN', 'Main store');
SELECT receive_stock('T2-OA-SINK-STRAINER', 1, 'T-MAIN');
SELECT testing.refused('UPDATE stock_locations SET location_kind = ''QUARANTINE'' WHERE location_code = ''T-MAIN''', 'TV009', 'Stock lies');
SELECT testing.refused('UPDATE stock_locations SET is_active = false WHERE location_code = ''T-MAIN''', 'TV009', 'Stock lies');
SELECT testing.refused('UPDATE stock_locations SET location_code = ''T-NEW'' WHERE location_code = ''T-MAIN''', 'TV003', 'fixed');
SELECT scrap_stock('T2-OA-SINK-STRAINER', 1, 'T-MAIN', 'dropped');
UPDATE stock_locations SET location_kind = 'QUARANTINE' WHERE location_code = 'T-MAIN';
SELECT testing.same((SELECT location_kind FROM stock_locations WHERE location_code = 'T-MAIN'), 'QUARANTINE', 'an empty place may change');
