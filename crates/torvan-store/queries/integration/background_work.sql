SELECT run_background_work(1000) IS NOT NULL AND fold_order_summaries() IS NOT NULL AND seal_audit(50000) IS NOT NULL AS "is_done!"
