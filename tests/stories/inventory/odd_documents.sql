-- A document that is no catalogue is refused by name, instead of being imported as nothing.
SELECT testing.refused('SELECT import_catalogue(NULL, p_commit => true)', 'TV022', 'not a JSON object');
SELECT testing.refused('SELECT import_catalogue(''"x"'', p_commit => true)', 'TV022', 'not a JSON object');
SELECT testing.refused('SELECT import_catalogue(''{"nope": 1, "parts": {}}'', p_commit => true)', 'TV022', 'as a list: nope, parts.');
SELECT testing.ok(import_catalogue('{"parts": []}') > 0, 'an empty list is one');
