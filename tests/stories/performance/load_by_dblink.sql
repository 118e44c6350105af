-- With dblink and a foreign server the simulated users are really at once; where that fails, the result says so and goes on alone.
RESET SESSION AUTHORIZATION;
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'dblink') AS available \gset
\if :available
CREATE EXTENSION dblink;
SELECT format('CREATE SERVER load_server FOREIGN DATA WRAPPER dblink_fdw OPTIONS (host %L, port %L, dbname %L)', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) \gexec
CREATE USER MAPPING FOR CURRENT_USER SERVER load_server OPTIONS (user 'torvan_user');
INSERT INTO site_settings (setting_code, value, description) VALUES ('load_test_server', '"no_such_server"', 'story');
SELECT simulate_concurrent_load(2, 3) AS load \gset
SELECT testing.ok(:'load'::jsonb ->> 'mode' = 'sequential' AND :'load'::jsonb ->> 'reason' LIKE '%no_such_server%', 'an unknown server');
UPDATE site_settings SET value = '"load_server"' WHERE setting_code = 'load_test_server';
SELECT simulate_concurrent_load(4, 25) AS load \gset
SELECT testing.same((:'load'::jsonb -> 'concurrent')::boolean, :'load'::jsonb ->> 'mode' = 'dblink', 'said as it is');
SELECT testing.ok(:'load'::jsonb ->> 'mode' = 'dblink' OR :'load'::jsonb ->> 'reason' LIKE 'dblink failed%', 'really at once, or the reason');
SELECT testing.same((SELECT sum((o.value ->> 'n')::integer) FROM jsonb_each(:'load'::jsonb -> 'by_operation') o), 100::bigint, 'every operation was done');
SELECT testing.same((SELECT count(*) FROM unnest(dblink_get_connections()) c), 0::bigint, 'no connection stays open');
\endif
