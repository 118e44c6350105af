-- The six roles and their permissions are those of workflow.md section 5, corrected by assurance.md A5.
CREATE TEMP TABLE wanted (resource text, action text, letters text);
INSERT INTO wanted VALUES
  ('customer', 'read', 'ASPC'), ('customer', 'read_name', 'ASPQTC'), ('customer', 'create', 'AS'), ('customer', 'update', 'AS'), ('customer', 'update_contact', 'ASC'), ('customer', 'export', 'A'),
  ('order', 'read', 'ASPQTC'), ('order', 'create', 'AS'), ('order', 'update', 'AS'), ('order', 'update_approved', 'AP'), ('order', 'submit', 'AS'), ('order', 'approve', 'AP'), ('order', 'return', 'AP'),
  ('order', 'hold', 'PQ'), ('order', 'resume', 'P'), ('order', 'resume_quality', 'Q'), ('order', 'cancel_draft', 'S'), ('order', 'cancel_any_draft', 'A'), ('order', 'cancel', 'AP'), ('order', 'finish_production', 'PT'),
  ('order_note', 'create', 'ASPQTC'), ('order_note', 'pin', 'AP'), ('order_note', 'delete', 'A'),
  ('order_attachment', 'read', 'ASPQTC'), ('order_attachment', 'read_drawing', 'ASPQT'), ('order_attachment', 'create', 'ASPQT'), ('order_attachment', 'replace', 'ASP'), ('order_attachment', 'delete', 'A'),
  ('build', 'read', 'ASPQTC'), ('configuration', 'read', 'ASPQTC'), ('configuration', 'create', 'AS'), ('configuration', 'copy', 'AS'), ('configuration', 'change_approved', 'AP'),
  ('configuration_rule', 'read', 'ASP'), ('configuration_rule', 'create', 'A'), ('configuration_rule', 'update', 'A'), ('configuration_rule', 'activate', 'A'), ('configuration_rule', 'simulate', 'A'),
  ('custom_part', 'read', 'ASPQT'), ('custom_part', 'update', 'AP'), ('custom_part', 'retire', 'A'),
  ('bom', 'read', 'ASPQT'), ('bom', 'create', 'ASP'), ('bom', 'update', 'AP'), ('bom', 'submit', 'AS'), ('bom', 'approve', 'AP'), ('bom', 'reject', 'AP'), ('bom', 'release', 'P'), ('bom', 'export', 'ASP'), ('bom', 'compare', 'ASPQ'),
  ('catalogue', 'read', 'ASPQTC'), ('catalogue', 'create', 'A'), ('catalogue', 'update', 'A'), ('catalogue', 'update_sourcing', 'AP'), ('catalogue', 'revise', 'A'), ('catalogue', 'import', 'A'),
  ('price', 'read', 'ASP'),
  ('outsourced_line', 'read', 'APQT'), ('outsourced_line', 'create', 'AP'), ('outsourced_line', 'update', 'AP'), ('outsourced_line', 'receive', 'AP'),
  ('production_task', 'read', 'APQT'), ('production_task', 'create', 'AP'), ('production_task', 'update', 'AP'), ('production_task', 'update_own', 'T'), ('production_task', 'assign', 'AP'),
  ('production_task', 'self_assign', 'T'), ('production_task', 'start', 'T'), ('production_task', 'block', 'T'), ('production_task', 'cancel', 'AP'),
  ('work_instruction', 'read', 'APQT'), ('work_instruction', 'update', 'AP'),
  ('production_checklist', 'read', 'APQT'), ('production_checklist', 'update_own', 'T'), ('production_checklist', 'sign', 'T'), ('production_checklist', 'approve', 'AQ'),
  ('test_record', 'create', 'T'), ('test_record', 'sign', 'T'), ('test_record', 'void', 'A'),
  ('serial_number', 'read', 'APQTC'), ('serial_number', 'create', 'QT'), ('serial_number', 'update', 'AQ'),
  ('inspection', 'read', 'APQ'), ('inspection', 'read_result', 'C'), ('inspection', 'create', 'Q'), ('inspection', 'update', 'Q'), ('inspection', 'release', 'Q'),
  ('inspection', 'reject', 'Q'), ('inspection', 'waive', 'PQ'), ('inspection', 'reopen', 'A'),
  ('nonconformity', 'read', 'APQT'), ('nonconformity', 'create', 'PQT'), ('nonconformity', 'dispose', 'PQ'), ('nonconformity', 'close', 'Q'),
  ('checklist_template', 'read', 'APQ'), ('checklist_template', 'update', 'A'), ('checklist_template', 'publish', 'A'),
  ('packing_list', 'read', 'APQTC'), ('packing_list', 'update', 'T'), ('packing_list', 'confirm', 'Q'),
  ('shipment', 'read', 'ASPQTC'), ('shipment', 'create', 'AP'), ('shipment', 'dispatch', 'AP'), ('shipment', 'deliver', 'APC'),
  ('service_order', 'read', 'APTC'), ('service_order', 'create', 'AC'), ('service_order', 'update_own', 'AC'), ('service_order', 'approve', 'AP'), ('service_order', 'ship', 'AP'), ('service_order', 'receive', 'C'),
  ('stock', 'read', 'ASPTC'), ('stock', 'create', 'AP'), ('stock', 'adjust', 'AP'),
  ('saved_view', 'create', 'ASPQTC'), ('saved_view', 'share', 'ASPQ'),
  ('user', 'read', 'A'), ('user', 'create', 'A'), ('user', 'update', 'A'), ('user', 'verify_identity', 'A'), ('role', 'assign', 'A'), ('role', 'update', 'A'), ('role', 'delegate', 'ASPQ'),
  ('api_token', 'read', 'A'), ('api_token', 'create', 'A'), ('api_token', 'revoke', 'A'), ('session', 'read', 'A'), ('session', 'revoke', 'A'), ('security_setting', 'read', 'A'), ('security_setting', 'update', 'A'), ('audit', 'read', 'A'), ('audit', 'export', 'A'),
  ('document', 'read', 'ASPQTC'), ('document', 'create', 'ASPQ'), ('document', 'update', 'APQ'), ('document', 'approve', 'APQ'),
  ('external_system', 'read', 'AP'), ('external_system', 'update', 'A'), ('external_system', 'retry', 'A'),
  ('notification', 'read_own', 'ASPQTC'), ('notification', 'broadcast', 'AP'),
  ('report', 'read', 'ASPQ'), ('report', 'read_own', 'TC');

SELECT testing.same((
  SELECT string_agg(format('%s:%s has %s, not %s', w.resource, w.action, coalesce(m.letters, 'nothing'), w.letters), '; ' ORDER BY w.resource, w.action)
    FROM wanted w
    LEFT JOIN (SELECT permission_code, concat(CASE WHEN administrator THEN 'A' END, CASE WHEN sales_manager THEN 'S' END, CASE WHEN production_manager THEN 'P' END,
                      CASE WHEN qc_inspector THEN 'Q' END, CASE WHEN assembly_technician THEN 'T' END, CASE WHEN customer_service THEN 'C' END) AS letters FROM v_permission_matrix) m
      ON m.permission_code = w.resource || ':' || w.action
   WHERE m.letters IS DISTINCT FROM w.letters), NULL, 'roles by permission');

-- The same as each person meets it: has_permission of the six sample people.
CREATE TEMP TABLE met (letter text, permission_code text);
DO $$
DECLARE
  person record;
BEGIN
  FOR person IN SELECT * FROM (VALUES ('A', 'sample.admin'), ('S', 'sample.sales'), ('P', 'sample.production'), ('Q', 'sample.quality'), ('T', 'sample.technician'), ('C', 'sample.service')) p (letter, login) LOOP
    PERFORM begin_as(person.login);
    INSERT INTO met SELECT person.letter, p.permission_code FROM permissions p WHERE has_permission(p.permission_code);
  END LOOP;
END;
$$;
SELECT testing.same((
  SELECT string_agg(l.letter || ' ' || w.resource || ':' || w.action, '; ')
    FROM wanted w CROSS JOIN unnest('{A,S,P,Q,T,C}'::text[]) l (letter)
    LEFT JOIN met m ON m.letter = l.letter AND m.permission_code = w.resource || ':' || w.action
   WHERE (strpos(w.letters, l.letter) > 0) <> (m.letter IS NOT NULL)), NULL, 'permissions as people meet them');

-- Whoever administers does not sign for others, release or inspect; and no door gives them that.
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT string_agg(permission_code, ',') FROM permissions WHERE is_kept_from_administrator AND has_permission(permission_code)), NULL, 'kept from the Administrator');
SELECT testing.same((SELECT count(*) FROM permissions WHERE is_kept_from_administrator), 12::bigint, 'how many are kept');
SELECT testing.refused($$SELECT grant_permission('ADMINISTRATOR', 'inspection:release', 'I need it')$$, 'TV025', 'kept from');
SELECT testing.refused($$INSERT INTO role_permissions SELECT role_id, 'test_record:sign' FROM roles WHERE role_code = 'ADMINISTRATOR'$$, 'TV025', 'kept from');
SELECT testing.refused($$UPDATE role_permissions SET permission_code = 'packing_list:confirm' WHERE permission_code = 'audit:export'$$, 'TV025', 'kept from');
SELECT testing.refused($$SELECT grant_role('sample.admin', 'QC_INSPECTOR', NULL, NULL, 'I need it')$$, 'TV025', 'give themselves');
SELECT testing.refused($$SELECT require_person('inspection:release')$$, '42501', 'inspection:release');
SELECT testing.refused('DELETE FROM audit_log', 'TV003', 'append-only');
SELECT testing.refused('UPDATE audit_log SET actor = ''nobody''', 'TV003', 'append-only');
SELECT testing.refused('DELETE FROM security_events', 'TV003', 'append-only');
-- No function gives an Administrator a way to set another's password or to act as another.
SELECT testing.same((SELECT string_agg(p.proname, ',' ORDER BY p.proname) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc ~* '(INSERT INTO|UPDATE) user_credentials'), 'set_password', 'what writes a password hash');
