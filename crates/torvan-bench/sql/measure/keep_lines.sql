INSERT INTO bench.lines SELECT * FROM public.bom_line_items WHERE bom_id = ANY ($1::bigint[])
