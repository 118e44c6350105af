-- Full-text and likeness indexes of the orders.

-- search_orders, words: WHERE document @@ $1.
CREATE INDEX IF NOT EXISTS order_summaries_document_idx ON order_summaries USING gin (document);

-- search_orders, slips of the keyboard: WHERE word % $1, over the few thousand words that occur.
CREATE INDEX IF NOT EXISTS order_words_trigram_idx ON order_words USING gin (word gin_trgm_ops);

-- found_by_words: WHERE bare_text(code || ' ' || name) LIKE '%word%', and build numbers, which have no accents.
CREATE INDEX IF NOT EXISTS customers_words_idx ON customers USING gin (bare_text(customer_code COLLATE "default" || ' ' || name) gin_trgm_ops);
CREATE INDEX IF NOT EXISTS builds_number_trigram_idx ON builds USING gin (build_number gin_trgm_ops);
