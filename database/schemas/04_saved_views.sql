-- Saved views: ways to look at a list that somebody gave a name, for themselves or for roles.

CREATE TABLE saved_views (
  saved_view_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list_path text COLLATE "C" NOT NULL CHECK (list_path ~ '^(/[a-z0-9-]+)+$' AND length(list_path) <= 100),
  name text NOT NULL CHECK (name = btrim(name) AND length(name) BETWEEN 1 AND 60),
  query text NOT NULL CHECK (length(query) <= 2000 AND query ~ '^[!-~]*$'),
  owner_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  shared_with text[] NOT NULL DEFAULT '{}' CHECK (cardinality(shared_with) <= 20),
  removed_at timestamptz,
  row_version integer NOT NULL DEFAULT 1 CHECK (row_version >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX saved_views_owner_id_name_idx ON saved_views (owner_id, list_path, lower(name)) WHERE removed_at IS NULL;
CREATE INDEX saved_views_owner_id_idx ON saved_views (owner_id);
CREATE INDEX saved_views_list_path_idx ON saved_views (list_path) WHERE removed_at IS NULL;
COMMENT ON TABLE saved_views IS 'Ways to look at a list that somebody gave a name: filters, order and columns as they stand in the address. Own, or shared with roles.';
COMMENT ON COLUMN saved_views.saved_view_id IS 'Key.';
COMMENT ON COLUMN saved_views.list_path IS 'The list: path of its page, for example /orders.';
COMMENT ON COLUMN saved_views.name IS 'What it is called, 1 to 60 characters; one owner has a name once per list.';
COMMENT ON COLUMN saved_views.query IS 'Filters, order and columns: what stands behind the question mark of the address, at most 2,000 characters.';
COMMENT ON COLUMN saved_views.owner_id IS 'Whose it is: only they change it.';
COMMENT ON COLUMN saved_views.shared_with IS 'Codes of the roles whose people see it too; empty for the owner alone.';
COMMENT ON COLUMN saved_views.removed_at IS 'When its owner took it away; for a day it can be brought back, then the row goes.';
COMMENT ON COLUMN saved_views.row_version IS 'Counts changes, so that a stale one is noticed.';
COMMENT ON COLUMN saved_views.created_at IS 'When it was saved.';
COMMENT ON COLUMN saved_views.updated_at IS 'When it was last changed.';
