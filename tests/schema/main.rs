//! The catalogue of the database itself: what every table, column, key and function must have.
//!
//! Each test asks the catalogue for the objects that break a rule, so that a new object without it fails here.

use torvan_testing::TestDatabase;
use torvan_tests::text;

const OWN_TABLES: &str = "(SELECT c.* FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition)";
const OWN_FUNCTIONS: &str = "(SELECT p.* FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace \
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))";

async fn nothing_breaks(rule: &str, query: &str) {
    let db = TestDatabase::bare().await;
    let query = query.replace("OWN_TABLES", OWN_TABLES).replace("OWN_FUNCTIONS", OWN_FUNCTIONS);
    let broken = text(
        db.pool(),
        &format!("SELECT coalesce(string_agg(name, ', ' ORDER BY name), '') FROM ({query}) AS broken (name)"),
    )
    .await;
    assert_eq!(broken, "", "{rule}");
}

#[tokio::test]
async fn every_table_and_column_has_a_comment() {
    nothing_breaks(
        "without a comment",
        "SELECT c.relname::text FROM OWN_TABLES c WHERE obj_description(c.oid, 'pg_class') IS NULL \
         UNION ALL SELECT c.relname || '.' || a.attname FROM OWN_TABLES c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE col_description(c.oid, a.attnum) IS NULL",
    )
    .await;
}

#[tokio::test]
async fn every_foreign_key_is_indexed_and_says_what_a_delete_does() {
    nothing_breaks(
        "foreign keys without an index that begins with their columns, or without ON DELETE",
        "SELECT k.conrelid::regclass || ' ' || k.conname FROM pg_constraint k JOIN OWN_TABLES c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.confdeltype = 'a' \
         OR NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey))",
    )
    .await;
}

#[tokio::test]
async fn every_function_is_pinned_commented_and_closed_to_the_public() {
    nothing_breaks(
        "functions whose search_path does not end with pg_temp (else a temporary table takes the place of a real one), without a comment, or executable by PUBLIC",
        "SELECT p.oid::regprocedure::text FROM OWN_FUNCTIONS p \
         WHERE NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=pg_catalog, %pg_temp') \
            OR obj_description(p.oid, 'pg_proc') IS NULL \
            OR p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)",
    )
    .await;
}

#[tokio::test]
async fn trigger_functions_are_named_after_their_work() {
    nothing_breaks(
        "trigger functions not named tg_subject__task",
        "SELECT p.proname::text FROM OWN_FUNCTIONS p WHERE (p.prorettype = 'trigger'::regtype) <> (p.proname ~ '^tg_[a-z0-9_]+__[a-z0-9_]+$')",
    )
    .await;
}

#[tokio::test]
async fn names_keys_and_types_follow_the_conventions() {
    nothing_breaks(
        "tables without a primary key, money or quantities as floating point, times without a zone, key columns that are not bigint",
        "SELECT c.relname::text FROM OWN_TABLES c WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) \
         UNION ALL SELECT c.relname || '.' || a.attname FROM OWN_TABLES c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE a.atttypid IN ('float4'::regtype, 'float8'::regtype, 'money'::regtype, 'timestamp'::regtype) OR (a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype)",
    )
    .await;
}

#[tokio::test]
async fn natural_codes_sort_by_their_bytes() {
    nothing_breaks(
        "code columns that are not COLLATE \"C\" (prefix ranges and hashes depend on it)",
        "SELECT c.relname || '.' || a.attname FROM OWN_TABLES c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE a.attname IN ('assembly_code', 'part_number', 'category_code', 'subcategory_code', 'item_code', 'order_number', 'build_number', 'custom_number', 'specification_code', 'content_hash') \
           AND a.attcollation <> 'pg_catalog.\"C\"'::regcollation",
    )
    .await;
}

#[tokio::test]
async fn views_respect_the_rows_of_who_asks() {
    nothing_breaks(
        "views that are not security_invoker",
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' \
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
         AND NOT coalesce(c.reloptions::text[] @> ARRAY['security_invoker=true'], false)",
    )
    .await;
}

#[tokio::test]
async fn every_index_is_valid_and_there_once() {
    nothing_breaks(
        "invalid indexes, or two alike",
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN OWN_TABLES c ON c.oid = i.indrelid WHERE NOT i.indisvalid \
         OR EXISTS (SELECT FROM pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid > i.indexrelid AND o.indkey = i.indkey AND o.indclass = i.indclass \
                      AND pg_get_expr(o.indpred, o.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indpred, i.indrelid) \
                      AND pg_get_expr(o.indexprs, o.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indexprs, i.indrelid) AND o.indoption = i.indoption \
                      AND (SELECT relam FROM pg_class WHERE oid = o.indexrelid) = (SELECT relam FROM pg_class WHERE oid = i.indexrelid))",
    )
    .await;
}

#[tokio::test]
async fn the_workflow_names_only_what_exists() {
    nothing_breaks(
        "permissions, guards or actions of the workflow that are not defined",
        "SELECT 'permission ' || permission FROM order_workflow_rules WHERE permission NOT IN (SELECT permission_code FROM permissions) \
         UNION ALL SELECT 'action ' || a FROM order_workflow_rules, unnest(automatic_actions) a WHERE to_regprocedure('action_' || a || '(bigint)') IS NULL \
         UNION ALL SELECT 'guard ' || g FROM order_workflow_rules, unnest(guards) g WHERE g NOT IN (SELECT guard_code FROM workflow_guards) \
         UNION ALL SELECT 'function ' || p.proname FROM OWN_FUNCTIONS p WHERE p.proname LIKE 'guard\\_%' AND p.proname <> 'guard_outcome' AND substr(p.proname, 7) NOT IN (SELECT guard_code FROM workflow_guards)",
    )
    .await;
}

#[tokio::test]
async fn every_permission_belongs_to_a_role_and_is_asked_for_by_its_name() {
    nothing_breaks(
        "permissions that nobody has, or that a function asks for and nobody defined",
        "SELECT permission_code::text FROM permissions WHERE permission_code NOT IN (SELECT permission_code FROM role_permissions) \
         UNION ALL SELECT p.proname || ' asks for ' || m[1] FROM OWN_FUNCTIONS p, regexp_matches(p.prosrc, 'require_p[a-z]+\\(''([a-z_]+:[a-z_]+)''', 'g') m \
         WHERE m[1] NOT IN (SELECT permission_code FROM permissions)",
    )
    .await;
}

#[tokio::test]
async fn every_permission_is_asked_for() {
    nothing_breaks(
        "a permission nothing asks for promises what it does not hold",
        "WITH asked (body) AS ( \
           SELECT prosrc FROM OWN_FUNCTIONS f \
           UNION ALL SELECT concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy \
           UNION ALL SELECT definition FROM pg_views WHERE schemaname = 'public' \
           UNION ALL SELECT quote_literal(permission) FROM order_workflow_rules \
           UNION ALL SELECT quote_literal(permission) FROM build_workflow_rules \
           UNION ALL SELECT concat_ws(',', quote_literal(start_permission), quote_literal(record_permission), quote_literal(sign_permission), quote_literal(reject_permission), \
                            quote_literal(approve_permission), quote_literal(void_permission)) FROM qc_gates) \
         SELECT permission_code::text FROM permissions WHERE NOT EXISTS (SELECT FROM asked WHERE strpos(body, quote_literal(permission_code)) > 0)",
    )
    .await;
}
