SELECT approve_attachment($1) AS done
