-- What a data protection officer reads first: the record of processing, and what escaped classification.

CREATE OR REPLACE VIEW v_processing_register WITH (security_invoker = true) AS
SELECT r.class_number, r.title AS category, k.purpose, k.legal_basis,
       string_agg(DISTINCT k.personal_kind, ', ' ORDER BY k.personal_kind) AS kinds_of_data,
       CASE WHEN r.retention_class IN ('CONTACT', 'SERVICE_RECORD') THEN 'contact persons of customers'
            WHEN r.retention_class IN ('STAFF', 'SIGNATURE', 'SECURITY') THEN 'staff and portal users'
            ELSE 'staff; contact persons of customers where they are named' END AS people,
       CASE r.retention_class WHEN 'COMMERCIAL' THEN 'connected ERP system, carriers' WHEN 'BACKUP' THEN 'none' ELSE 'none outside the plant' END AS recipients,
       r.keep_rule AS kept, r.keep_for, r.at_erasure, r.at_end,
       array_agg(k.table_name || '.' || k.column_name ORDER BY k.table_name, k.column_name) AS columns
  FROM column_classifications k JOIN retention_classes r USING (retention_class)
 WHERE k.data_class = 'PERSONAL'
 GROUP BY r.retention_class, r.class_number, r.title, k.purpose, k.legal_basis, r.keep_rule, r.keep_for, r.at_erasure, r.at_end;
COMMENT ON VIEW v_processing_register IS 'Record of processing activities (GDPR 30), made from the classification of every column.';

CREATE OR REPLACE VIEW v_unclassified_columns WITH (security_invoker = true) AS
SELECT t.relname::text AS table_name, c.attname::text AS column_name
  FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
 WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e')
   AND NOT EXISTS (SELECT FROM column_classifications k WHERE k.table_name = t.relname AND k.column_name = c.attname);
COMMENT ON VIEW v_unclassified_columns IS 'Columns of which nobody said what they hold. Must be empty.';

CREATE OR REPLACE VIEW v_retention_runs WITH (security_invoker = true) AS
SELECT r.retention_run_id, r.policy_id, p.policy_code, p.title AS policy_title, p.action, r.status, r.cutoff, r.due_count, r.held_count, r.done_count, r.certificate, r.certificate_hash, r.message,
       r.approved_by, r.approved_at, r.signature_id, r.requested_by, r.actor, r.created_at, r.finished_at
  FROM retention_runs r JOIN data_retention_policies p ON p.policy_id = r.policy_id;
COMMENT ON VIEW v_retention_runs IS 'Runs with the policy that each carries out: what is signed says what goes.';
