-- Triggers of the keys.

CREATE TRIGGER _050_shredded_stays BEFORE UPDATE OR DELETE ON subject_keys FOR EACH ROW EXECUTE FUNCTION tg_subject_keys__shredded_stays();
