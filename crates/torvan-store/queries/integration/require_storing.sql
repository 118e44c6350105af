SELECT require_content_permission()::text AS "permitted"
