-- Units of measure that every installation has. The factor is the size in the base unit of the dimension:
-- each, millimetre, kilogram, litre, minute, degree Celsius.

INSERT INTO units (unit_code, name, dimension, factor) VALUES
  ('each', 'Each', 'COUNT', 1),
  ('pair', 'Pair', 'COUNT', 2),
  ('set', 'Set', 'COUNT', 1),
  ('pack', 'Pack', 'COUNT', 1),
  ('roll', 'Roll', 'COUNT', 1),
  ('sheet', 'Sheet', 'COUNT', 1),
  ('millimetre', 'Millimetre', 'LENGTH', 1),
  ('centimetre', 'Centimetre', 'LENGTH', 10),
  ('metre', 'Metre', 'LENGTH', 1000),
  ('inch', 'Inch', 'LENGTH', 25.4),
  ('foot', 'Foot', 'LENGTH', 304.8),
  ('gram', 'Gram', 'MASS', 0.001),
  ('kilogram', 'Kilogram', 'MASS', 1),
  ('pound', 'Pound', 'MASS', 0.453592370),
  ('millilitre', 'Millilitre', 'VOLUME', 0.001),
  ('litre', 'Litre', 'VOLUME', 1),
  ('second', 'Second', 'TIME', 0.016666667),
  ('minute', 'Minute', 'TIME', 1),
  ('hour', 'Hour', 'TIME', 60),
  ('celsius', 'Degree Celsius', 'TEMPERATURE', 1)
ON CONFLICT (unit_code) DO NOTHING;
