INSERT INTO bench.boms SELECT * FROM public.boms WHERE bom_id = ANY ($1::bigint[])
