SELECT o.order_number AS "order_number!", o.phase AS "phase!", o.state AS "state!", o.row_version AS "row_version!"
  FROM transition_order($1, coalesce($2, (SELECT r.to_phase FROM order_workflow_rules r JOIN orders w ON w.phase = r.from_phase
                                           WHERE w.order_id = $1 AND r.action = 'ADVANCE' AND r.is_active)), $3, $4) o
