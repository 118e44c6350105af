-- What somebody has chosen for a build and not saved yet.

CREATE TABLE configuration_drafts (
  configuration_draft_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  build_id bigint NOT NULL REFERENCES builds ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  based_on bigint REFERENCES configurations ON DELETE CASCADE,
  parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
  step text NOT NULL DEFAULT '' CHECK (length(step) <= 40),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (build_id, user_id)
);
CREATE INDEX configuration_drafts_user_id_idx ON configuration_drafts (user_id);
CREATE INDEX configuration_drafts_based_on_idx ON configuration_drafts (based_on) WHERE based_on IS NOT NULL;
COMMENT ON TABLE configuration_drafts IS 'What somebody has chosen for a build and not saved yet: one row for each person and build, gone once it is saved or given up.';
COMMENT ON COLUMN configuration_drafts.configuration_draft_id IS 'Key.';
COMMENT ON COLUMN configuration_drafts.build_id IS 'The build.';
COMMENT ON COLUMN configuration_drafts.user_id IS 'Whose choices they are; nobody else sees them.';
COMMENT ON COLUMN configuration_drafts.based_on IS 'The version that they began with; null: the build had none.';
COMMENT ON COLUMN configuration_drafts.parameters IS 'The parameters as they were chosen, mistakes and all.';
COMMENT ON COLUMN configuration_drafts.step IS 'The step of the configurator that they were at.';
COMMENT ON COLUMN configuration_drafts.updated_at IS 'When something was last changed.';
