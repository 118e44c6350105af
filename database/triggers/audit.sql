-- Audit triggers of every table; the last of the replaceable files, so that no table is left out.

CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
DO $$ BEGIN PERFORM install_audit(), ensure_audit_partitions(); END $$;
