SELECT count(*) FROM audit_log l WHERE l.transaction_id > coalesce((SELECT max(s.to_transaction_id) FROM audit_seals s), '0'::xid8)
