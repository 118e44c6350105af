SELECT current_user::text AS "role!",
       (SELECT r.rolsuper OR r.rolbypassrls FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) AS "is_unbound!",
       EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'orders' AND pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')) AS "is_owner!",
       pg_catalog.current_setting('fsync') = 'on' AND pg_catalog.current_setting('full_page_writes') = 'on' AND pg_catalog.current_setting('synchronous_commit') <> 'off' AS "is_durable!",
       array(SELECT n FROM unnest($1::text[]) AS n WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname = n)
             UNION ALL
             SELECT n FROM unnest($2::text[]) AS n WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = n)
             ORDER BY 1) AS "missing!",
       pg_catalog.pg_is_in_recovery() AS "is_replica!"
