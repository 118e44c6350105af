-- At psql who acts ends with the transaction. Whoever says so outside of one is warned at once, not left to wonder at the next statement.
-- Warnings cannot be caught in SQL, so a second psql says what it was told.
\set alone `psql -X -q -A -t -h :'HOST' -p :'PORT' -U torvan_user -d :'DBNAME' -c "SELECT begin_as('sample.sales', 'story')" -c "SELECT coalesce(current_user_id()::text, 'nobody')" 2>&1`
SELECT testing.ok(:'alone' LIKE '%WARNING:  Unless this is inside BEGIN and COMMIT, sample.sales acts no longer after this statement.%' AND :'alone' LIKE '%HINT:  BEGIN; SELECT begin_as(…); what is to be done; COMMIT;%', 'warned, with the mend: ' || :'alone');
SELECT testing.ok(:'alone' LIKE '%nobody', 'the next statement is nobody''s: ' || :'alone');
\set inside `psql -X -q -A -t -h :'HOST' -p :'PORT' -U torvan_user -d :'DBNAME' -c "BEGIN" -c "SELECT begin_as('sample.sales', 'story')" -c "SELECT current_actor()" -c "COMMIT" 2>&1`
SELECT testing.same(:'inside'::text, E'Sam Sales (sample)\nsample.sales', 'inside a transaction nothing is to be said');
-- Several statements sent at once are one transaction.
\set together `psql -X -q -A -t -h :'HOST' -p :'PORT' -U torvan_user -d :'DBNAME' -c "SELECT 1; SELECT begin_as('sample.sales', 'story'); SELECT current_actor()" 2>&1`
SELECT testing.ok(:'together' LIKE '%sample.sales', 'acts to the end of them: ' || :'together');
