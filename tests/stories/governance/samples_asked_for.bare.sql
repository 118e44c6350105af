-- Sample data asked for by name in a database that has data of its own: it is not loaded, the deployment says so, and the wish is not kept.
SELECT testing.nobody();
SELECT create_customer('OWN', 'A customer of the plant') \g /dev/null
\set said `cd database 2>/dev/null || cd ../database; PGOPTIONS='-c client_min_messages=warning' psql -X -q -h :'HOST' -p :'PORT' -U torvan_user -d :'DBNAME' -v sample_data=1 -f deploy_database.sql 2>&1`
SELECT testing.ok(:'said' LIKE '%WARNING:  the sample data is not loaded: this database has data of its own; mend: deploy it into an empty database%', 'warned, with the mend: ' || :'said');
SELECT testing.same((SELECT count(*) FROM customers), 1::bigint, 'nothing was added');
SELECT testing.same((SELECT count(*) FROM users WHERE login LIKE 'sample.%'), 0::bigint, 'nor people');
SELECT testing.same((SELECT sample_data FROM deployment_log ORDER BY deployment_id DESC LIMIT 1), false, 'the wish is not kept');
\set silent `cd database 2>/dev/null || cd ../database; PGOPTIONS='-c client_min_messages=warning' psql -X -q -h :'HOST' -p :'PORT' -U torvan_user -d :'DBNAME' -f deploy_database.sql 2>&1`
SELECT testing.ok(:'silent' NOT LIKE '%WARNING%', 'the next deployment has nothing to say about it: ' || :'silent');
