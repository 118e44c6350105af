-- Each row of workflow.md section 6 has its rules: the same recipients, channels and priority; and messages in both languages.
CREATE TEMP TABLE wanted (line integer, event_type text, condition jsonb, recipients text, channels text[], priority text);
INSERT INTO wanted VALUES
  (1, 'order.advance', '{"to_phase": "APPROVAL"}', 'PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'NORMAL'),
  (2, 'order.return', '{"from_phase": "APPROVAL"}', 'ORDER_CREATOR', '{IN_APP,EMAIL}', 'HIGH'),
  (3, 'order.advance', '{"to_phase": "PRODUCTION"}', 'PRODUCTION_MANAGER SALES_MANAGER', '{IN_APP}', 'NORMAL'),
  (4, 'outsourced_line.sent', '{}', 'PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (4, 'outsourced_line.delayed', '{}', 'PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (5, 'outsourced_line.received', '{}', 'ASSIGNEE PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (6, 'build.ready_for_pre_qc', '{}', 'PRODUCTION_MANAGER QC_INSPECTOR', '{IN_APP,EMAIL}', 'NORMAL'),
  (7, 'inspection.failed', '{"gate": "PRE_PRODUCTION"}', 'PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (7, 'inspection.failed', '{"gate": "PRE_PRODUCTION", "rework": true}', 'ASSIGNEE', '{IN_APP,EMAIL}', 'HIGH'),
  (8, 'build.ready_for_production', '{}', 'ASSEMBLY_TECHNICIAN PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (9, 'task.assigned', '{}', 'ASSIGNEE PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (10, 'task.blocked', '{}', 'PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (11, 'stock.shortage', '{}', 'ORDER_CREATOR PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'URGENT'),
  (12, 'build.serials_captured', '{}', 'PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (13, 'inspection.failed', '{"gate": "END_OF_LINE"}', 'PRODUCTION_MANAGER QC_INSPECTOR', '{IN_APP,EMAIL}', 'HIGH'),
  (14, 'build.ready_for_final_qc', '{}', 'PRODUCTION_MANAGER QC_INSPECTOR', '{IN_APP,EMAIL}', 'NORMAL'),
  (15, 'inspection.failed', '{"gate": "FINAL"}', 'ASSIGNEE ORDER_CREATOR PRODUCTION_MANAGER', '{IN_APP,EMAIL}', 'URGENT'),
  (16, 'build.rework_finished', '{}', 'QC_INSPECTOR', '{IN_APP}', 'NORMAL'),
  (17, 'order.advance', '{"to_phase": "SHIPPING"}', 'PRODUCTION_MANAGER SALES_MANAGER', '{IN_APP,EMAIL}', 'NORMAL'),
  (18, 'shipment.dispatched', '{}', 'CUSTOMER_SERVICE SALES_MANAGER', '{IN_APP,EMAIL}', 'NORMAL'),
  (18, 'shipment.delivered', '{}', 'CUSTOMER_SERVICE SALES_MANAGER', '{IN_APP,EMAIL}', 'NORMAL'),
  (19, 'order.hold', '{}', 'ASSIGNEE ORDER_CREATOR PRODUCTION_MANAGER QC_INSPECTOR SALES_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (19, 'order.resume', '{}', 'ASSIGNEE ORDER_CREATOR PRODUCTION_MANAGER QC_INSPECTOR SALES_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (20, 'order.cancel', '{}', 'ASSIGNEE OPEN_WORK ORDER_CREATOR PRODUCTION_MANAGER SALES_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (21, 'order.due_soon', '{}', 'ASSIGNEE PRODUCTION_MANAGER SALES_MANAGER', '{IN_APP,EMAIL}', 'HIGH'),
  (21, 'order.overdue', '{}', 'ASSIGNEE PRODUCTION_MANAGER SALES_MANAGER', '{IN_APP,EMAIL}', 'URGENT'),
  (22, 'service_order.submitted', '{}', 'PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (22, 'service_order.approved', '{}', 'CUSTOMER_SERVICE', '{IN_APP}', 'NORMAL'),
  (22, 'service_order.rejected', '{}', 'CUSTOMER_SERVICE', '{IN_APP}', 'NORMAL'),
  (22, 'service_order.received', '{}', 'PRODUCTION_MANAGER', '{IN_APP}', 'NORMAL'),
  (23, 'checklist.template_changed', '{}', 'ASSEMBLY_TECHNICIAN PRODUCTION_MANAGER QC_INSPECTOR', '{IN_APP}', 'NORMAL'),
  (23, 'bom.changed', '{}', 'ASSIGNEE PRODUCTION_MANAGER QC_INSPECTOR', '{IN_APP}', 'NORMAL'),
  (24, 'user.locked', '{}', 'ADMINISTRATOR USER', '{IN_APP,EMAIL}', 'HIGH'),
  (24, 'user.role_granted', '{}', 'ADMINISTRATOR USER', '{IN_APP,EMAIL}', 'HIGH'),
  (24, 'user.role_ended', '{}', 'ADMINISTRATOR USER', '{IN_APP,EMAIL}', 'HIGH'),
  -- Order creator and present assignee hear of every change of state.
  (25, 'order.advance', '{}', 'ASSIGNEE ORDER_CREATOR', '{IN_APP}', 'NORMAL'),
  (25, 'order.return', '{}', 'ASSIGNEE ORDER_CREATOR', '{IN_APP}', 'NORMAL');
SELECT testing.same((SELECT count(DISTINCT line) FROM wanted), 25::bigint, 'all lines of the table');
SELECT testing.same((SELECT string_agg(coalesce(r.role_code, r.recipient), ' ' ORDER BY coalesce(r.role_code, r.recipient)) FROM notification_rules r
   WHERE r.event_type = w.event_type AND r.condition = w.condition AND r.channels = w.channels AND r.priority = w.priority AND r.is_active), w.recipients, format('line %s: %s %s', w.line, w.event_type, w.condition))
  FROM wanted w ORDER BY w.line;
SELECT testing.same((SELECT count(*) FROM notification_rules r CROSS JOIN unnest(ARRAY['title', 'body']) part CROSS JOIN unnest(ARRAY['EN', 'FR']) language
   WHERE NOT EXISTS (SELECT FROM translations t WHERE t.entity = 'message' AND t.translation_key = 'notification.' || r.message_key || '.' || part AND t.language = language)), 0::bigint, 'messages that are missing');
SELECT testing.refused($$INSERT INTO notification_rules (event_type, recipient, message_key) VALUES ('order.advance', 'ROLE', 'x')$$, '23514');
SELECT testing.refused($$INSERT INTO notification_rules (event_type, recipient, role_code, message_key) VALUES ('user.locked', 'ROLE', 'ADMINISTRATOR', 'x')$$, '23505');

-- Whatever happens here can be chosen for a rule: what functions emit by its name, what steps of the workflow cause, what rules tell of.
SELECT testing.same((SELECT string_agg(DISTINCT happens.event_type, ' ' ORDER BY happens.event_type)
   FROM (SELECT m[1] FROM pg_proc p CROSS JOIN LATERAL regexp_matches(p.prosrc, 'emit_[a-z_]*event\((?:CASE [^)]*)?''([a-z_]+\.[a-z_]*[a-z])''', 'g') m WHERE p.pronamespace = 'public'::regnamespace
         UNION SELECT r.event_type FROM build_workflow_rules r WHERE r.event_type IS NOT NULL
         UNION SELECT r.build_event_type FROM order_workflow_rules r WHERE r.build_event_type IS NOT NULL
         UNION SELECT 'order.' || lower(r.action) FROM order_workflow_rules r
         UNION SELECT 'order.' || lower(m[1]) FROM pg_proc p CROSS JOIN LATERAL regexp_matches(p.prosrc, 'apply_order_step\([a-z_]+, ''([A-Z]+)''', 'g') m WHERE p.pronamespace = 'public'::regnamespace
         UNION SELECT m[1] FROM pg_proc p CROSS JOIN LATERAL regexp_matches(p.prosrc, '''(service_order\.[a-z_]+)''', 'g') m WHERE p.pronamespace = 'public'::regnamespace AND p.proname <> 'event_types'
         UNION SELECT r.event_type FROM notification_rules r) AS happens (event_type)
  WHERE happens.event_type NOT IN (SELECT e FROM event_types() e)), NULL::text, 'kinds of events that cannot be chosen');
SELECT testing.same((SELECT count(*) FROM event_types() e WHERE e !~ '^[a-z_]+\.[a-z_]+$'), 0::bigint, 'each is a kind of events');
