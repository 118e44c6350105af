SELECT deliver_notifications($1) AS "made!"
