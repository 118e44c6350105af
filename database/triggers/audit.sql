-- Audit triggers of every table; the last of the replaceable files, so that no table is left out.

CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_seal_signatures FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_anchors FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_verifications FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON audit_reviews FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _050_append_only BEFORE DELETE ON audit_retired_months FOR EACH ROW EXECUTE FUNCTION tg_audit_log__append_only();
CREATE TRIGGER _060_fixed BEFORE UPDATE ON audit_retired_months FOR EACH ROW WHEN (OLD.destroyed_at IS NOT NULL OR NEW.destroyed_at IS NULL) EXECUTE FUNCTION tg_audit_log__append_only();
DO $$ BEGIN PERFORM install_audit(), demand_reasons(), ensure_audit_partitions(); END $$;
