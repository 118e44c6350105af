-- Copies without triggers and foreign keys.
CREATE SCHEMA bench;
CREATE TABLE bench.customers (LIKE public.customers INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS);
INSERT INTO bench.customers SELECT * FROM public.customers WHERE customer_code LIKE 'PERF%';
CREATE TABLE bench.orders (LIKE public.orders INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING CONSTRAINTS);
CREATE TABLE bench.order_status_history (LIKE public.order_status_history INCLUDING ALL);
ANALYZE bench.customers;
