-- What the server's role and other readers may do, as two lists which each domain fills in its own access_<domain>.sql; grants.sql
-- turns them into row policies and grants. A table that no list names is refused by the tests of the catalogue.

CREATE TEMPORARY TABLE table_access (
  table_name text PRIMARY KEY,
  reading text NOT NULL,
  inserting text,
  updating text,
  deleting text,
  retention_class text NOT NULL,
  personal text[] NOT NULL DEFAULT '{}',
  secret text[] NOT NULL DEFAULT '{}'
) ON COMMIT DROP;
CREATE TEMPORARY TABLE function_access (
  function_name text PRIMARY KEY,
  access text NOT NULL CHECK (access IN ('write', 'filtered', 'door', 'read', 'helper'))
) ON COMMIT DROP;
