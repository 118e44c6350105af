SELECT create_order('STELMO', 'PO-HTTP-' || n, 'sample.sales', current_date + 60, 'EN', ARRAY['HTTP-' || n]) FROM generate_series(1, $1) n
