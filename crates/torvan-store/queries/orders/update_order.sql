SELECT o.row_version FROM update_order($1, $2::text::jsonb, $3) o
