-- Every change leaves its row: one row or many, keys of one or two columns, keys that change, types that only compare as text.
CREATE TABLE story_things (a integer, b text, n numeric, o json, p jsonpath, t timestamptz, l text[], updated_at timestamptz, PRIMARY KEY (a, b));
SELECT install_audit();
SELECT testing.same((SELECT count(*) FROM audit_gaps()), 0::bigint, 'every table is audited');
CREATE FUNCTION pg_temp.newest(p_rows bigint) RETURNS TABLE (operation text, record_key text, was jsonb, became jsonb)
LANGUAGE sql STABLE
AS $$ SELECT x.operation, x.record_key, x.old_values, x.new_values FROM (SELECT * FROM audit_log WHERE table_name = 'story_things' ORDER BY audit_log_id DESC LIMIT p_rows) x ORDER BY x.record_key COLLATE "C" $$;
CREATE FUNCTION pg_temp.trail() RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT count(*) FROM audit_log WHERE table_name = 'story_things' $$;

INSERT INTO story_things SELECT g, 'x', g, '{"k": 1}', '$.a', '2026-01-01Z', '{1,2}', now() FROM generate_series(1, 300) AS g;
SELECT testing.same(pg_temp.trail(), 300::bigint, 'inserted rows');

-- One row, a few and many: the same traces.
UPDATE story_things SET n = n + 0.5, p = '$.b', updated_at = now() WHERE a = 1;
SELECT testing.same((SELECT concat_ws(' ', operation, record_key, was, became) FROM pg_temp.newest(1)), 'UPDATE 1/x {"n": 1, "p": "$.\"a\""} {"n": 1.5, "p": "$.\"b\""}', 'one row');
UPDATE story_things SET n = n + 0.5, p = '$.b' WHERE a IN (2, 3);
SELECT testing.same((SELECT string_agg(concat_ws(' ', operation, record_key, was, became), '; ') FROM pg_temp.newest(2)), 'UPDATE 2/x {"n": 2, "p": "$.\"a\""} {"n": 2.5, "p": "$.\"b\""}; UPDATE 3/x {"n": 3, "p": "$.\"a\""} {"n": 3.5, "p": "$.\"b\""}', 'two rows');
UPDATE story_things SET n = CASE WHEN a > 290 THEN NULL ELSE n + 0.5 END, p = CASE WHEN a % 2 = 0 THEN '$.b' ELSE p END, o = CASE WHEN a = 4 THEN '{"k": 2}' ELSE o END, l = CASE WHEN a = 5 THEN '{}' ELSE l END, updated_at = now() WHERE a > 3;
SELECT testing.same(pg_temp.trail(), 300 + 3 + 297::bigint, 'many rows');
SELECT testing.same((SELECT string_agg(concat_ws(' ', record_key, was, became), '; ') FROM pg_temp.newest(297) WHERE record_key IN ('4/x', '5/x', '291/x')),
  '291/x {"n": 291} {"n": null}; 4/x {"n": 4, "o": {"k": 1}, "p": "$.\"a\""} {"n": 4.5, "o": {"k": 2}, "p": "$.\"b\""}; 5/x {"l": ["1", "2"], "n": 5} {"l": [], "n": 5.5}', 'of many, each what it changed');
-- Nothing for no change: one row, many rows, only a time of update.
UPDATE story_things SET n = n WHERE a = 1;
UPDATE story_things SET n = n, updated_at = now();
SELECT testing.same(pg_temp.trail(), 600::bigint, 'no change, no trace');
-- Some of many.
UPDATE story_things SET t = CASE WHEN a < 11 THEN '2027-01-01Z' ELSE t END;
SELECT testing.same(pg_temp.trail(), 610::bigint, 'ten of three hundred');

-- A key that changes: one row keeps its line, of many each is one that went and one that came.
UPDATE story_things SET b = 'y' WHERE a = 1;
SELECT testing.same((SELECT concat_ws(' ', operation, record_key, was, became) FROM pg_temp.newest(1)), 'UPDATE 1/y {"b": "x"} {"b": "y"}', 'one key');
UPDATE story_things SET b = 'z' WHERE a IN (2, 3);
SELECT testing.same((SELECT string_agg(operation || ' ' || record_key, ', ') FROM pg_temp.newest(4)), 'DELETE 2/x, INSERT 2/z, DELETE 3/x, INSERT 3/z', 'two keys');
UPDATE story_things SET b = 'w' WHERE a > 3;
SELECT testing.same((SELECT count(*) FROM pg_temp.newest(594) WHERE operation = CASE WHEN record_key LIKE '%/w' THEN 'INSERT' ELSE 'DELETE' END), 594::bigint, 'many keys');

DELETE FROM story_things;
SELECT testing.same((SELECT count(*) FROM pg_temp.newest(300) WHERE operation = 'DELETE' AND was ? 'a' AND became IS NULL), 300::bigint, 'deleted rows with their image');
-- The database role where no person was set; the program and the transaction of each.
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name = 'story_things' AND actor = 'database:torvan_user' AND database_role = 'torvan_user' AND application_name = 'psql' AND actor_id IS NULL), pg_temp.trail(), 'who');
-- A trail that cannot be written stops the change.
INSERT INTO story_things (a, b) VALUES (1, 'x');
RESET SESSION AUTHORIZATION;
ALTER TABLE audit_log ADD CHECK (table_name <> 'story_things') NOT VALID;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.refused('UPDATE story_things SET n = 7', '23514');
SELECT testing.same((SELECT n FROM story_things), NULL::numeric, 'nothing changed without a trace');
