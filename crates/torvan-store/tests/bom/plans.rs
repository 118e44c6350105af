//! The work for one BOM grows with that BOM, never with the catalogue or with the BOMs there are: no table is read from end to end.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use crate::support::{Plant, sink};

/// A catalogue of 8,000 assemblies in eight layers with 8,000 parts, and 5,000 BOMs; straight into the tables.
const MUCH: &str = "
    SET session_replication_role = replica;
    INSERT INTO parts (part_number, name) SELECT 'BP-' || n, 'part ' || n FROM generate_series(1, 8000) n;
    INSERT INTO assemblies (assembly_code, name, subcategory_id, low_level_code)
    SELECT 'BA-' || n, 'assembly ' || n, (SELECT min(subcategory_id) FROM subcategories), (n - 1) / 1000 FROM generate_series(1, 8000) n;
    INSERT INTO item_codes (item_code, code_kind, assembly_id) SELECT assembly_code, 'PRIMARY', assembly_id FROM assemblies WHERE assembly_code LIKE 'BA-%';
    INSERT INTO item_codes (item_code, code_kind, part_id) SELECT part_number, 'PRIMARY', part_id FROM parts WHERE part_number LIKE 'BP-%';
    INSERT INTO assembly_revisions (assembly_id, revision, state, effective_from) SELECT assembly_id, 1, 'RELEASED', '2020-01-01' FROM assemblies WHERE assembly_code LIKE 'BA-%';
    INSERT INTO assembly_components (assembly_revision_id, child_part_id, quantity)
    SELECT r.assembly_revision_id, p.part_id, k FROM assembly_revisions r JOIN assemblies a USING (assembly_id) CROSS JOIN generate_series(1, 4) k
      JOIN parts p ON p.part_number = 'BP-' || (1 + (substr(a.assembly_code, 4)::int * 7 + k * 1999) % 8000) WHERE a.assembly_code LIKE 'BA-%';
    INSERT INTO configurations (family_code, rule_set_id, parameters, parameters_hash, is_valid) SELECT 'MDRD', 1, '{}', 'x', true FROM generate_series(1, 5000);
    INSERT INTO boms (configuration_id, revision, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count)
    SELECT configuration_id, 1, 1, now(), 1, 'x', 0, 0, 0 FROM configurations WHERE parameters_hash = 'x';
    RESET session_replication_role;
    ANALYZE";

const SCANS: &str = "
    SELECT coalesce(string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname), '') AS scans FROM pg_stat_user_tables
     WHERE relname IN ('assemblies', 'parts', 'item_codes', 'assembly_revisions', 'assembly_components', 'boms', 'configurations')";

async fn scans(connection: &mut PgConnection) -> String {
    // Counts reach the view when a transaction ends; a new one then has to look afresh.
    sqlx::query("SELECT pg_stat_force_next_flush()").execute(&mut *connection).await.expect("flushed");
    sqlx::query("SELECT pg_stat_clear_snapshot()").execute(&mut *connection).await.expect("cleared");
    sqlx::query(SCANS).fetch_one(connection).await.expect("counts").get("scans")
}

#[tokio::test]
async fn a_big_catalogue_and_many_boms_are_not_read_from_end_to_end() {
    let plant = Plant::new().await;
    let mut superuser = PgConnection::connect_with(&plant.db.superuser_options()).await.expect("a superuser");
    sqlx::raw_sql(AssertSqlSafe(MUCH)).execute(&mut superuser).await.expect("much");
    let mut connection = PgConnection::connect_with(&plant.db.options()).await.expect("a session");
    let before = scans(&mut connection).await;
    let saved: i64 = sqlx::query_scalar("SELECT save_configuration($1)")
        .bind(sink())
        .fetch_one(&mut connection)
        .await
        .expect("saved");
    for _ in 0..7 {
        // Often enough for plans to be kept, and for a kept plan to be a bad one.
        sqlx::query("SELECT preview_sink($1)")
            .bind(sink())
            .execute(&mut connection)
            .await
            .expect("a preview");
        sqlx::query("SELECT generate_bom($1)").bind(saved).execute(&mut connection).await.expect("a BOM");
    }
    assert_eq!(scans(&mut connection).await, before);
}
