-- Encrypted columns of the product. Keys of people are values under the active data key too.

INSERT INTO encrypted_columns (table_name, column_name, scheme) VALUES ('subject_keys', 'wrapped_key', 'DATA');
