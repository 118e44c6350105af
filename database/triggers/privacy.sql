-- Privacy, holds, retention: what is kept as it is, and stored SQL that only the owner writes.

CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON pii_access_log FOR EACH ROW EXECUTE FUNCTION tg_rows__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON erasure_ledger FOR EACH ROW EXECUTE FUNCTION tg_rows__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON archive_contents FOR EACH ROW WHEN (current_setting('torvan.rotating', true) IS DISTINCT FROM 'archive_contents') EXECUTE FUNCTION tg_rows__append_only();
CREATE TRIGGER _050_kept BEFORE UPDATE OR DELETE ON legal_holds FOR EACH ROW EXECUTE FUNCTION tg_legal_holds__kept();
CREATE TRIGGER _040_held_code BEFORE UPDATE ON builds FOR EACH ROW WHEN (OLD.build_number IS DISTINCT FROM NEW.build_number) EXECUTE FUNCTION tg_rows__held_code('BUILD', 'build_id');
CREATE TRIGGER _040_held_code BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.customer_code IS DISTINCT FROM NEW.customer_code) EXECUTE FUNCTION tg_rows__held_code('CUSTOMER', 'customer_id');
CREATE TRIGGER _050_kept BEFORE UPDATE OR DELETE ON retention_runs FOR EACH ROW EXECUTE FUNCTION tg_retention_runs__kept();
CREATE TRIGGER _050_owner_only BEFORE INSERT OR UPDATE OR DELETE ON data_retention_policies FOR EACH ROW EXECUTE FUNCTION tg_stored_sql__owner_only('last_run_at,last_status,updated_at');
CREATE TRIGGER _100_long_enough BEFORE INSERT OR UPDATE ON data_retention_policies FOR EACH ROW EXECUTE FUNCTION tg_data_retention_policies__long_enough();
CREATE TRIGGER _050_owner_only BEFORE INSERT OR UPDATE OR DELETE ON data_quality_rules FOR EACH ROW EXECUTE FUNCTION tg_stored_sql__owner_only('last_run_at,last_status,last_violations');
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON subjects FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON pii_contacts FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON pii_users FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON pii_addresses FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _050_ledger_needs_it BEFORE UPDATE ON encryption_keys FOR EACH ROW WHEN (NEW.state = 'RETIRED' AND OLD.state <> 'RETIRED') EXECUTE FUNCTION tg_encryption_keys__ledger_needs_it();
