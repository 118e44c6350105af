SELECT o.order_number, left(o.order_number, 9) AS number_prefix, o.po_number, b.build_number, o.project_name AS several_words,
       split_part(o.project_name, ' ', 1) AS frequent_word, split_part(c.name, ' ', 2) AS customer_word,
       overlay(split_part(o.project_name, ' ', 1) PLACING 'x' FROM 3 FOR 1) AS slip, c.customer_code,
       coalesce((SELECT p.part_number FROM bom_line_items l JOIN parts p USING (part_id) WHERE p.part_number LIKE 'PERF%' LIMIT 1), o.order_number) AS part_number
  FROM orders o JOIN customers c USING (customer_id) JOIN builds b USING (order_id)
 WHERE o.order_number LIKE 'PERF-%' AND o.project_name IS NOT NULL AND o.po_number IS NOT NULL
   AND o.order_id >= (SELECT f.order_id FROM orders f WHERE f.order_number LIKE 'PERF-%' ORDER BY f.order_id LIMIT 1) + $1
 ORDER BY o.order_id LIMIT 1
