SELECT g.bom_id AS "bom_id!" FROM generate_order_boms($1) AS g
