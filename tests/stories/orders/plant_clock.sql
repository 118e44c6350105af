-- Days and times by the clocks of the plant: summer and winter, the hour that is skipped and the one that comes twice.
SELECT testing.act('sample.sales');
SELECT testing.same(plant_instant('2027-01-15T08:00'), timestamptz '2027-01-15T13:00:00Z', 'winter');
SELECT testing.same(plant_instant('2027-07-15T08:00'), timestamptz '2027-07-15T12:00:00Z', 'summer');
SELECT testing.same(plant_time('2027-07-15T12:00:30Z'), '2027-07-15T08:00', 'the way back, to the minute');
SELECT testing.same(plant_time(NULL), NULL::text, 'nothing stays nothing');
-- At two in the morning of 14 March the clocks are put forward to three, on 7 November back.
SELECT testing.refused($$SELECT plant_instant('2027-03-14T02:30')$$, 'TV022', 'put forward');
SELECT testing.same(plant_instant('2027-03-14T03:00'), timestamptz '2027-03-14T07:00:00Z', 'the first minute after it');
SELECT testing.same(plant_instant('2027-11-07T01:30'), timestamptz '2027-11-07T06:30:00Z', 'the later of two');
SELECT testing.refused($$SELECT plant_instant('2027-02-30T08:00')$$, 'TV022', 'no date and time');
SELECT testing.refused($$SELECT plant_instant('2027-01-15T25:00')$$, 'TV022', 'no date and time');
SELECT testing.refused($$SELECT plant_instant('tomorrow')$$, 'TV022', 'no date and time');
SELECT testing.refused($$SELECT plant_instant('2027-01-15T08:00:00Z')$$, 'TV022', 'no date and time');
SELECT testing.ok('America/Toronto' IN (SELECT * FROM time_zones()) AND 'posixrules' NOT IN (SELECT * FROM time_zones()), 'zones to choose from');

-- Nobody signs before they are verified, and they are told so before they try.
SELECT testing.ok(NOT awaits_verification(), 'verified');
SELECT testing.nobody();
UPDATE users SET identity_verified_by = NULL, identity_verified_on = NULL WHERE login = 'sample.sales';
SELECT testing.act('sample.sales');
SELECT testing.ok(NOT awaits_verification(), 'whoever owns the database could write the verification as well: not asked for there');
SELECT testing.nobody();
SELECT set_security_setting('identity_verification_at_database', 'true', 'strict site');
SELECT testing.act('sample.sales');
SELECT testing.ok(awaits_verification(), 'asked for, and lacking');
SELECT testing.ok((SELECT awaits_verification FROM own_frame('{}')), 'the frame tells the same');
