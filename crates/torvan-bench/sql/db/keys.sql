CREATE TEMPORARY TABLE key_file AS SELECT line FROM generate_key_file();
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);
CREATE TABLE bench.secrets AS
SELECT n, 'bench|value|' || n AS context, encrypt_value('jane.doe.' || n || '@example.org', 'bench|value|' || n) AS cipher FROM generate_series(1, 20000) n;
ANALYZE bench.secrets;
