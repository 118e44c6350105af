INSERT INTO bench.orders SELECT * FROM public.orders WHERE po_number LIKE 'PO-BENCH-%';
ANALYZE bench.orders;
