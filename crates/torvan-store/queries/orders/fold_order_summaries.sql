SELECT fold_order_summaries() AS "folded!"
