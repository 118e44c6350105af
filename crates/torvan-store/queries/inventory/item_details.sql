SELECT i.item_kind AS "kind!", i.item_code AS "code!", i.name AS "name!", i.lifecycle AS "lifecycle!",
       coalesce(a.description, p.description) AS description, c.category_code, s.subcategory_code,
       coalesce(a.unit_code, p.unit_code) AS "unit_code!", coalesce(a.is_orderable, p.is_orderable) AS "is_orderable!",
       coalesce(a.manufacturer, p.manufacturer) AS manufacturer,
       coalesce(a.manufacturer_part_number, p.manufacturer_part_number) AS manufacturer_part_number,
       ARRAY(SELECT ic.item_code FROM item_codes ic
              WHERE ic.code_kind <> 'PRIMARY' AND (ic.assembly_id = i.assembly_id OR ic.part_id = i.part_id)
              ORDER BY ic.item_code) AS "other_codes!"
  FROM require_item($1) i
  LEFT JOIN assemblies a ON a.assembly_id = i.assembly_id
  LEFT JOIN subcategories s ON s.subcategory_id = a.subcategory_id
  LEFT JOIN categories c ON c.category_id = s.category_id
  LEFT JOIN parts p ON p.part_id = i.part_id
