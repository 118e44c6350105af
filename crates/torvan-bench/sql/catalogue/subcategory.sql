INSERT INTO subcategories (category_id, subcategory_code, name)
SELECT category_id, '720.BENCH', 'Synthetic products of the benchmark' FROM categories WHERE category_code = '720'
RETURNING subcategory_id
