-- Inverted indexes on open attributes of the inventory.

-- Items by an attribute: WHERE attributes @> '{"vendor": "…"}'.
CREATE INDEX IF NOT EXISTS assemblies_attributes_idx ON assemblies USING gin (attributes jsonb_path_ops);
CREATE INDEX IF NOT EXISTS parts_attributes_idx ON parts USING gin (attributes jsonb_path_ops);
