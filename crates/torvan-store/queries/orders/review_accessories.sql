SELECT review_accessories($1) AS done
