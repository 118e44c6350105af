SELECT phase, count(*) FROM orders GROUP BY phase
