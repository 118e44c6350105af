SELECT run_background_work($1) AS "done!"
