SELECT create_order('STELMO', 'PO-BENCH-' || n, 'sample.sales', current_date + 60, 'EN', ARRAY['BENCH-' || n]) FROM generate_series(1, $1) n
