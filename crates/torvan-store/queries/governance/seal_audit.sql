SELECT seal_audit($1) AS "sealed!"
