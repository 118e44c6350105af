SELECT o.order_id, o.order_number, c.customer_code, c.name AS customer_name, o.po_number, o.project_name, o.sales_person, o.want_date,
       coalesce(o.want_date < current_date AND o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED', false) AS "is_late!",
       o.language, o.family_code AS family, o.quantity, o.notes, o.phase, o.phase_entered_at, o.state, o.state_reason, o.row_version,
       (SELECT u.login FROM users u WHERE u.user_id = o.created_by) AS created_by, o.created_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'build_number', b.build_number, 'state', b.state, 'phase', b.phase, 'sub_state', b.sub_state,
                 'model', f.parameters ->> 'model', 'length_in', CASE jsonb_typeof(f.parameters -> 'length_in') WHEN 'number' THEN f.parameters -> 'length_in' END,
                 'configuration_id', f.configuration_id, 'configuration_version', f.version, 'configuration_valid', f.is_valid,
                 'bom_id', m.bom_id, 'bom_revision', m.revision, 'bom_state', m.state, 'bom_lines', m.line_count,
                 'bom_unresolved', m.unresolved_count, 'bom_cost', trim_scale(m.total_cost), 'bom_uncosted', m.uncosted_count) ORDER BY b.build_id), '[]')
          FROM builds b
          LEFT JOIN configurations f ON f.configuration_id = b.configuration_id
          LEFT JOIN boms m ON m.bom_id = b.bom_id
         WHERE b.order_id = o.order_id) AS "builds!: Json<Vec<BuildRow>>",
       (SELECT coalesce(jsonb_agg(to_jsonb(n)), '[]') FROM order_next_actions(o.order_id) n) AS "next_actions!: Json<Vec<NextAction>>",
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'attachment_id', a.order_attachment_id, 'kind', a.attachment_kind, 'file_name', a.file_name, 'version', a.version,
                 'build_number', b.build_number, 'byte_size', a.byte_size, 'sha256', a.sha256, 'approved_by', u.login) ORDER BY a.order_attachment_id), '[]')
          FROM order_attachments a
          LEFT JOIN builds b ON b.build_id = a.build_id
          LEFT JOIN users u ON u.user_id = a.approved_by
         WHERE a.order_id = o.order_id) AS "attachments!: Json<Vec<AttachmentRow>>",
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'at', n.created_at, 'by', u.login, 'build_number', b.build_number, 'body', n.body, 'is_urgent', n.is_urgent)
                 ORDER BY n.order_note_id DESC), '[]')
          FROM order_notes n
          LEFT JOIN builds b ON b.build_id = n.build_id
          LEFT JOIN users u ON u.user_id = n.created_by
         WHERE n.order_id = o.order_id) AS "order_notes!: Json<Vec<NoteRow>>",
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'at', h.created_at, 'action', h.action, 'from_phase', h.from_phase, 'to_phase', h.to_phase, 'by', h.changed_by_name,
                 'reason', h.reason, 'row_version', h.row_version) ORDER BY h.row_version), '[]')
          FROM order_status_history h
         WHERE h.order_id = o.order_id) AS "history!: Json<Vec<HistoryRow>>"
  FROM orders o
  JOIN customers c ON c.customer_id = o.customer_id
 WHERE o.order_id = $1
