//! What the triggers keep: one name space of codes, released content, no cycles, one revision in force.

use sqlx::{Connection as _, Executor as _};

use crate::support::{
    add, assemblies, draft, empty_catalogue, made_of, number, parts, refused, release, rows, run, text,
    try_add,
};

#[tokio::test]
async fn one_code_names_one_item() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A", "B"]).await;
    run(pool, "INSERT INTO item_codes (item_code, code_kind, assembly_id) SELECT '700.1', 'SHORT', assembly_id FROM assemblies WHERE assembly_code = 'A'").await;

    let clash = refused(pool, "INSERT INTO parts (part_number, name) VALUES ('A', 'x')").await;
    assert_eq!(
        (clash.sqlstate.as_str(), clash.message.as_str()),
        ("TV002", "The code \"A\" already names assembly A.")
    );
    let clash = refused(pool, "INSERT INTO parts (part_number, name) VALUES ('700.1', 'x')").await;
    assert!(clash.hint.contains("alias"), "{clash:?}");
    let clash = refused(pool, "UPDATE assemblies SET assembly_code = 'B' WHERE assembly_code = 'A'").await;
    assert_eq!(clash.sqlstate, "TV002");

    run(pool, "UPDATE assemblies SET assembly_code = 'C' WHERE assembly_code = 'A'").await;
    assert_eq!(rows(pool, "SELECT item_code FROM item_codes WHERE assembly_id = (SELECT assembly_id FROM assemblies WHERE assembly_code = 'C') ORDER BY 1").await, ["700.1", "C"]);
}

#[tokio::test]
async fn codes_resolve_in_every_spelling() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["X-1"]).await;
    parts(pool, &["0617102-1000"]).await;
    run(pool, "INSERT INTO item_codes (item_code, code_kind, assembly_id) SELECT '700.1', 'SHORT', assembly_id FROM assemblies").await;
    for spelling in ["X-1", " x-1 ", "ASSY-X-1", "assy-x-1\t", "700.1"] {
        let found: Option<String> = sqlx::query_scalar("SELECT item_code FROM resolve_item($1)")
            .bind(spelling)
            .fetch_optional(pool)
            .await
            .unwrap();
        assert_eq!(found.as_deref(), Some("X-1"), "{spelling:?}");
    }
    let missing = refused(pool, "SELECT * FROM require_item('617102-1000')").await;
    assert_eq!((missing.sqlstate.as_str(), missing.hint.as_str()), ("TV004", "Did you mean 0617102-1000?"));
}

#[tokio::test]
async fn a_cycle_is_refused_with_its_path() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A", "B", "C"]).await;
    let (a, b, c) = (draft(pool, "A").await, draft(pool, "B").await, draft(pool, "C").await);
    add(pool, a, "B", "1").await;
    add(pool, b, "C", "1").await;
    let mut connection = pool.acquire().await.unwrap();

    let cycle = try_add(&mut connection, c, "A", "1").await.unwrap_err();
    assert_eq!(cycle.sqlstate, "TV001");
    assert!(cycle.message.contains("A → B → C → A"), "{cycle:?}");
    let own = try_add(&mut connection, b, "B", "1").await.unwrap_err();
    assert!(own.message.contains("B → B"), "{own:?}");

    // A draft that was given up no longer counts.
    run(pool, &format!("SELECT withdraw_assembly_revision({a})")).await;
    try_add(&mut connection, c, "A", "1").await.unwrap();
}

#[tokio::test]
async fn an_update_cannot_close_a_cycle_either() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A", "B"]).await;
    parts(pool, &["P"]).await;
    let (a, b) = (draft(pool, "A").await, draft(pool, "B").await);
    add(pool, a, "B", "1").await;
    add(pool, b, "P", "1").await;
    let cycle = refused(
        pool,
        &format!(
            "UPDATE assembly_components SET child_part_id = NULL, child_assembly_id = (SELECT assembly_id FROM assemblies WHERE assembly_code = 'A')
              WHERE assembly_revision_id = {b}"
        ),
    )
    .await;
    assert_eq!(cycle.sqlstate, "TV001");
}

async fn two_sessions(isolation: &str, expected: &str) {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A", "B"]).await;
    let (a, b) = (draft(pool, "A").await, draft(pool, "B").await);
    let mut first = pool.acquire().await.unwrap();
    let mut second = pool.acquire().await.unwrap();
    for connection in [&mut first, &mut second] {
        connection.execute(sqlx::AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {isolation}"))).await.unwrap();
        // Both take their picture of the database before either writes.
        connection.execute("SELECT count(*) FROM assembly_components").await.unwrap();
    }
    try_add(&mut first, a, "B", "1").await.unwrap();
    let waiting = tokio::spawn(async move {
        let outcome = try_add(&mut second, b, "A", "1").await;
        second.execute("ROLLBACK").await.unwrap();
        outcome
    });
    while number(pool, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").await == 0 {
        tokio::task::yield_now().await;
    }
    first.execute("COMMIT").await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap_err().sqlstate, expected);
    assert_eq!(number(pool, "SELECT count(*) FROM assembly_components").await, 1);
    first.ping().await.unwrap();
}

#[tokio::test]
async fn two_sessions_cannot_close_a_cycle_at_read_committed() {
    two_sessions("READ COMMITTED", "TV001").await;
}

#[tokio::test]
async fn two_sessions_cannot_close_a_cycle_at_repeatable_read() {
    two_sessions("REPEATABLE READ", "40001").await;
}

#[tokio::test]
async fn what_was_released_is_kept() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A"]).await;
    parts(pool, &["P", "Q"]).await;
    made_of(pool, "A", &[("P", "2")]).await;
    for statement in [
        "UPDATE assembly_components SET quantity = 3",
        "DELETE FROM assembly_components",
        "INSERT INTO assembly_components (assembly_revision_id, child_part_id, quantity) SELECT assembly_revision_id, part_id, 1 FROM assembly_revisions, parts WHERE part_number = 'Q'",
        "DELETE FROM assembly_revisions",
    ] {
        assert_eq!(refused(pool, statement).await.sqlstate, "TV003", "{statement}");
    }
    for state in ["DRAFT", "WITHDRAWN"] {
        let change = format!("UPDATE assembly_revisions SET state = '{state}', effective_from = NULL");
        assert_eq!(refused(pool, &change).await.sqlstate, "TV009", "{state}");
    }
    assert_eq!(
        refused(pool, "SELECT release_assembly_revision(assembly_revision_id) FROM assembly_revisions")
            .await
            .sqlstate,
        "TV009"
    );
}

#[tokio::test]
async fn each_instant_has_its_revision() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A"]).await;
    parts(pool, &["P"]).await;
    for (quantity, from) in [("1", "2026-01-01"), ("2", "2026-03-01"), ("3", "2026-06-01")] {
        let revision = draft(pool, "A").await;
        run(pool, &format!("DELETE FROM assembly_components WHERE assembly_revision_id = {revision}")).await;
        add(pool, revision, "P", quantity).await;
        run(pool, &format!("SELECT release_assembly_revision({revision}, '{from} 00:00Z')")).await;
    }
    for (instant, expected) in [
        ("2025-12-31 23:59:59Z", ""),
        ("2026-01-01 00:00Z", "1"),
        ("2026-02-28 23:59:59Z", "1"),
        ("2026-03-01 00:00Z", "2"),
        ("2026-12-01 00:00Z", "3"),
    ] {
        let query = format!(
            "SELECT coalesce(string_agg(trim_scale(quantity_per)::text, ','), '') FROM assembly_structure('A', '{instant}')"
        );
        assert_eq!(text(pool, &query).await, expected, "{instant}");
    }
    let late = draft(pool, "A").await;
    let refusal =
        refused(pool, &format!("SELECT release_assembly_revision({late}, '2026-05-01 00:00Z')")).await;
    assert_eq!(refusal.sqlstate, "TV009");
}

#[tokio::test]
async fn a_new_revision_starts_as_a_copy() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["A", "B"]).await;
    parts(pool, &["P"]).await;
    made_of(pool, "A", &[("P", "2"), ("B", "1.5")]).await;
    let copy = draft(pool, "A").await;
    add_nothing_but_compare(pool, copy).await;
    release(pool, copy).await;
    assert_eq!(
        rows(pool, "SELECT revision AS a, state AS b FROM assembly_revisions ORDER BY 1").await,
        ["1|SUPERSEDED", "2|RELEASED"]
    );
}

async fn add_nothing_but_compare(pool: &sqlx::PgPool, copy: i64) {
    let query = |condition: &str| {
        format!(
            "SELECT child_assembly_id IS NULL AS is_part, trim_scale(quantity) AS quantity FROM assembly_components WHERE assembly_revision_id {condition} {copy} ORDER BY 1"
        )
    };
    assert_eq!(rows(pool, &query("=")).await, rows(pool, &query("<>")).await);
}
