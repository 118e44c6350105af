-- The last of the replaceable files: every access list is filled, so every column gets its class and every table its guard of holds.
DO $$ BEGIN PERFORM classify_columns(), install_hold_guards(); END $$;
