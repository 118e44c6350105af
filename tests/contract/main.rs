//! The contract's words, run by the real psql as a stranger would.

use torvan_testing::TestDatabase;

fn answer(db: &TestDatabase, statement: &str) -> String {
    let said = db.psql(&["-X", "-A", "-t", "-c", statement]);
    assert_eq!(said.code, 0, "{statement}: {}", said.stderr);
    said.stdout.trim().to_owned()
}

const COMMANDS: &str = include_str!("commands.md");

/// A block of commands: the heading above it, the words behind its fence, its lines.
struct Block<'a> {
    title: &'a str,
    kind: &'a str,
    text: String,
}

fn blocks() -> Vec<Block<'static>> {
    let (mut found, mut title, mut open) = (Vec::new(), "", false);
    for line in COMMANDS.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            title = heading;
        } else if let Some(kind) = line.strip_prefix("```").filter(|_| !open) {
            open = true;
            found.push(Block { title, kind, text: String::new() });
        } else if line == "```" {
            open = false;
        } else if let Some(block) = found.last_mut().filter(|_| open) {
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    found
}

#[tokio::test]
async fn every_sql_command_of_the_contract_runs_as_it_stands() {
    for db in [TestDatabase::new().await, TestDatabase::bare().await] {
        let mut ran = 0;
        for block in blocks().iter().filter(|block| block.kind == "sql") {
            let said = db.psql_input(&["-X", "-v", "ON_ERROR_STOP=1"], block.text.as_bytes());
            assert_eq!(said.code, 0, "{}: {}", block.title, said.stderr);
            assert!(said.stdout.contains("row"), "{} answers: {}", block.title, said.stdout);
            ran += block.text.matches(";\n").count();
        }
        assert_eq!(ran, 17, "statements of the contract");
    }
}

#[test]
fn the_database_readme_holds_every_command_of_the_contract() {
    let readme = include_str!("../../database/README.md");
    for block in blocks() {
        for line in block.text.lines() {
            assert!(readme.contains(line.trim_end()), "{}: {line}", block.title);
        }
    }
}

#[tokio::test]
async fn the_whole_life_of_an_order_is_a_script_that_anybody_can_run() {
    let db = TestDatabase::new().await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../database/testing/full_life_cycle.sql");
    for run in 1..=2 {
        let said = db.psql(&["-X", "-f", script]);
        assert_eq!(said.code, 0, "run {run}: {}", said.stderr);
        for wanted in ["DELIVERED", "REJECTED", "QUALITY_CONTROL → PACKAGING", "VALID", "TV024", "42501"] {
            assert!(said.stdout.contains(wanted), "run {run}: no {wanted}");
        }
        assert!(!said.stdout.contains("SUPERSEDED"), "every signature still holds: {}", said.stdout);
    }
    assert_eq!(
        answer(&db, "SELECT count(*) FROM orders WHERE phase = 'DELIVERED' AND po_number LIKE 'LIFE-%';"),
        "2"
    );
    assert_eq!(answer(&db, "SELECT verify_audit() ->> 'findings' FROM seal_audit();"), "[]");
}

#[tokio::test]
async fn quick_start_step_3_verifies_the_deployment() {
    let db = TestDatabase::new().await;
    let log = answer(&db, "SELECT * FROM deployment_log ORDER BY created_at DESC;");
    assert!(log.contains("succeeded"), "{log}");
    let tables: u32 = answer(
        &db,
        "SELECT COUNT(*) as table_count FROM information_schema.tables \nWHERE table_schema = 'public' AND table_type = 'BASE TABLE';",
    )
    .parse()
    .expect("a count");
    assert!(tables >= 150, "{tables} tables");
    assert!(answer(&db, "SELECT generate_order_number();").starts_with("TRV-"));
    let health = answer(&db, "SELECT get_system_health_status();");
    assert!(health.contains("\"status\"") && health.contains("\"checks\""), "{health}");
}

#[tokio::test]
async fn every_table_and_view_of_the_contract_is_there_by_its_name() {
    let db = TestDatabase::bare().await;
    let names = "qc_processes qc_inspections qc_inspection_items production_tasks production_resources \
                 external_systems sync_log documents notifications user_sessions security_events \
                 data_quality_rules data_retention_policies deployment_log mv_order_summary mv_inventory_hierarchy \
                 v_slow_queries v_table_sizes v_index_usage \
                 categories subcategories assemblies parts assembly_components product_variants \
                 customers orders order_items order_status_history order_workflow_rules order_attachments order_notes order_metrics \
                 configurations boms bom_line_items configuration_rules custom_parts_registry \
                 users roles user_roles permissions role_permissions audit_log";
    for name in names.split_whitespace() {
        assert_eq!(answer(&db, &format!("SELECT count(*) >= 0 FROM {name};")), "t", "{name}");
    }
}

#[tokio::test]
async fn the_sample_catalogue_has_the_contracts_counts() {
    let db = TestDatabase::new().await;
    assert_eq!(answer(&db, "SELECT count(*) FROM categories;"), "6");
    assert_eq!(answer(&db, "SELECT count(*) FROM assemblies;"), "219");
    let parts: u32 = answer(&db, "SELECT count(*) FROM parts WHERE NOT is_custom;").parse().expect("a count");
    assert!(parts >= 481, "{parts} parts");
    assert_eq!(
        answer(&db, "SELECT max(n) FROM (SELECT count(*) AS n FROM subcategories GROUP BY category_id) c;"),
        "27"
    );
    let depth: u32 = answer(&db, "SELECT max(low_level_code) FROM assemblies;").parse().expect("a depth");
    assert!(depth >= 3, "{depth} levels");
}

#[tokio::test]
async fn the_eight_phases_and_six_roles_are_the_contracts() {
    let db = TestDatabase::bare().await;
    let phases = answer(
        &db,
        "SELECT string_agg(p, ' ' ORDER BY phase_position(p)) FROM (SELECT from_phase AS p FROM order_workflow_rules UNION SELECT to_phase FROM order_workflow_rules) s;",
    );
    assert_eq!(
        phases,
        "DRAFT CONFIGURATION APPROVAL PRODUCTION QUALITY_CONTROL PACKAGING SHIPPING DELIVERED"
    );
    let roles = answer(&db, "SELECT string_agg(name, ', ' ORDER BY role_id) FROM roles;");
    assert_eq!(
        roles,
        "Administrator, Sales Manager, Production Manager, QC Inspector, Assembly Technician, Customer Service"
    );
}

#[tokio::test]
async fn the_backup_command_and_its_restore_keep_everything() {
    let db = TestDatabase::new().await;
    let copy = TestDatabase::empty().await;
    let Some(dump) = db.pg_dump() else {
        println!("skipped: the pg_dump of this machine is older than the server");
        return;
    };
    let restored = copy.psql_input(&["-X", "-q", "-v", "ON_ERROR_STOP=1"], &dump);
    assert_eq!(restored.code, 0, "{}", restored.stderr);
    let content = "SELECT string_agg(t || ' ' || (xpath('//c/text()', query_to_xml(format('SELECT count(*) || '':'' || coalesce(sum(hashtextextended(x::text, 0)::numeric), 0) AS c FROM %I x', t), false, true, '')))[1]::text, E'\\n' ORDER BY t) \
                   FROM (SELECT c.relname::text AS t FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r') s;";
    assert_eq!(answer(&copy, content), answer(&db, content));
    assert_eq!(answer(&copy, "SELECT kind, identity, change FROM v_schema_drift;"), "");
    answer(&copy, "SELECT generate_bom(save_configuration(parameters)) FROM product_variants LIMIT 1;");
}

#[tokio::test]
async fn a_dba_walks_the_main_job_with_nothing_but_psql() {
    let db = TestDatabase::new().await;
    let walk = "BEGIN;
        SELECT begin_as('sample.sales', 'phone order');
        SELECT create_order('STELMO', 'PO-PSQL', 'sample.sales', current_date + 40, 'FR', '{PSQL-1}') AS order_id \\gset
        SELECT add_attachment(:order_id, 'PO_DOCUMENT', 'po.pdf');
        SELECT transition_order(:order_id, 'CONFIGURATION');
        SELECT save_configuration('{\"language\": \"FR\", \"length_in\": 72}', build_id, (SELECT min(variant_code) FROM product_variants)) AS configuration_id FROM builds WHERE build_number = 'PSQL-1' \\gset
        SELECT * FROM validate_configuration(:configuration_id) WHERE severity = 'error';
        SELECT generate_bom(:configuration_id) AS bom_id \\gset
        SELECT review_accessories(:order_id);
        SELECT transition_order(:order_id, 'APPROVAL');
        COMMIT;
        BEGIN;
        SELECT begin_as('sample.production', 'approval');
        SELECT approve_bom(:bom_id, 'checked');
        COMMIT;
        SELECT 'result ' || b.state || ' ' || (SELECT item_code FROM bom_line_items l WHERE l.bom_id = b.bom_id AND component_group = 'manual') FROM boms b WHERE bom_id = :bom_id;
        SELECT explain_bom_line(:bom_id, 1);";
    let said = db.psql_input(&["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1"], walk.as_bytes());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("result APPROVED T2-STD-MANUAL-FR-KIT"), "{}", said.stdout);
    assert!(said.stdout.contains("R02"), "the reason of the first line: {}", said.stdout);
}
