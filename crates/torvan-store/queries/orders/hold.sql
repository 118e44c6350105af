SELECT o.order_number AS "order_number!", o.phase AS "phase!", o.state AS "state!", o.row_version AS "row_version!"
  FROM hold_order($1, $2, $3, $4) o
