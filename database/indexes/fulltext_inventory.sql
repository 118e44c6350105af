-- Full-text and likeness indexes of the inventory.

-- search_catalogue, words: WHERE search @@ $1.
CREATE INDEX IF NOT EXISTS assemblies_search_idx ON assemblies USING gin (search);
CREATE INDEX IF NOT EXISTS parts_search_idx ON parts USING gin (search);

-- search_catalogue, slips of the keyboard in names: WHERE lower($1) <% lower(name).
CREATE INDEX IF NOT EXISTS assemblies_name_trigram_idx ON assemblies USING gin (lower(name) gin_trgm_ops);
CREATE INDEX IF NOT EXISTS parts_name_trigram_idx ON parts USING gin (lower(name) gin_trgm_ops);

-- search_catalogue, slips in codes: WHERE code % $1.
CREATE INDEX IF NOT EXISTS assemblies_code_trigram_idx ON assemblies USING gin (assembly_code gin_trgm_ops);
CREATE INDEX IF NOT EXISTS parts_code_trigram_idx ON parts USING gin (part_number gin_trgm_ops);

-- found_by_words: WHERE bare_text(code || ' ' || name) LIKE '%word%'.
CREATE INDEX IF NOT EXISTS assemblies_words_idx ON assemblies USING gin (bare_text(assembly_code COLLATE "default" || ' ' || name) gin_trgm_ops);
CREATE INDEX IF NOT EXISTS parts_words_idx ON parts USING gin (bare_text(part_number COLLATE "default" || ' ' || name) gin_trgm_ops);
