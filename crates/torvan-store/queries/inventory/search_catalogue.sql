SELECT kind AS "kind!", code AS "code!", name AS "name!", matched_by AS "matched_by!", rank AS "rank!",
       category, subcategory, lifecycle AS "lifecycle!"
  FROM search_catalogue($1, $2, $3, $4)
