//! What a deployment does to a database, and what it refuses to do.

use crate::support::{deploy, on_disk, order_with, schema_dump, session, shop, value};
use sqlx::Executor as _;
use torvan_deploy::{DeployError, DeployOptions, Tree, drift, status, verify};
use torvan_testing::TestDatabase;

async fn tell(db: &TestDatabase, statement: &'static str) {
    db.pool().execute(statement).await.unwrap();
}

#[tokio::test]
async fn a_fresh_database_gets_tables_functions_reference_and_sample_data() {
    let db = TestDatabase::empty().await;

    let report = deploy(&db, &shop()).await.unwrap();

    assert_eq!(report.ran.len(), 7, "{:?}", report.ran);
    assert_eq!(
        value(&db, "SELECT string_agg(part_number, ',' ORDER BY part_number) FROM parts").await,
        "BOLT-M8,FRAME"
    );
    assert_eq!(value(&db, "SELECT count(*)::text FROM mv_priced").await, "2", "filled after the data came");
    assert_eq!(value(&db, "SELECT status FROM deployment_log").await, "succeeded");
    assert_eq!(value(&db, "SELECT count(*)::text FROM schema_migrations").await, "4");
    assert!(verify(&mut session(&db).await, &shop()).await.unwrap().is_sound());
}

#[tokio::test]
async fn a_second_deployment_changes_nothing() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    let before = schema_dump(&db);
    let oids = value(&db, "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace").await;

    let report = deploy(&db, &shop()).await.unwrap();

    assert!(report.ran.is_empty(), "{:?}", report.ran);
    assert_eq!(schema_dump(&db), before);
    assert_eq!(
        value(&db, "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace").await,
        oids,
        "functions were made anew"
    );
}

#[tokio::test]
async fn an_unchanged_deployment_waits_for_no_lock_on_a_table() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    let mut holder = db.pool().begin().await.unwrap();
    holder.execute("LOCK TABLE parts IN ACCESS EXCLUSIVE MODE").await.unwrap();

    let report = deploy(&db, &shop()).await.unwrap();

    assert!(report.ran.is_empty());
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn a_changed_function_is_replaced_with_all_that_stands_on_it() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    let dearer = crate::support::FUNCTIONS
        .replace("SELECT price FROM", "SELECT price * 2 FROM")
        .replace("priced()", "dear()");

    let report = deploy(&db, &shop().with_file("functions/shop.sql", &dearer)).await.unwrap();

    assert_eq!(report.ran, ["deployment/drift.sql", "functions/shop.sql", "indexes/shop.sql"]);
    assert_eq!(value(&db, "SELECT price::text FROM v_priced WHERE part_number = 'FRAME'").await, "500");
    assert_eq!(value(&db, "SELECT coalesce(to_regprocedure('priced()')::text, 'gone')").await, "gone");
    assert_eq!(value(&db, "SELECT shout('kept')").await, "KEPT", "a function under a column stays");
    assert!(drift(&mut session(&db).await).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_migration_changes_a_table_under_views_and_policies() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    let next = shop()
        .with_file("deployment/order.txt", &order_with("migration migrations/03_cents.sql", "replaceable"))
        .with_file(
            "migrations/03_cents.sql",
            "-- verify: SELECT count(*) = 1 FROM information_schema.columns\n\
             -- verify:  WHERE table_name = 'parts' AND column_name = 'price' AND data_type = 'bigint'\n\
             ALTER TABLE parts ALTER COLUMN price TYPE bigint USING round(price * 100);\n",
        );

    deploy(&db, &next).await.unwrap();

    assert_eq!(value(&db, "SELECT price::text FROM v_priced WHERE part_number = 'FRAME'").await, "25000");
    let report = verify(&mut session(&db).await, &next).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.holding, ["migrations/03_cents.sql"]);

    let fresh = TestDatabase::empty().await;
    deploy(&fresh, &next).await.unwrap();
    assert_eq!(schema_dump(&fresh), schema_dump(&db), "fresh and migrated are the same");
}

#[tokio::test]
async fn a_verify_query_that_does_not_hold_rolls_everything_back() {
    let db = TestDatabase::empty().await;
    let wrong = shop()
        .with_file("deployment/order.txt", &order_with("migration migrations/03_void.sql", "replaceable"))
        .with_file(
            "migrations/03_void.sql",
            "-- verify: SELECT to_regclass('public.never') IS NOT NULL\nSELECT 1;\n",
        );

    let error = deploy(&db, &wrong).await.unwrap_err();

    assert!(
        error.to_string().contains("migrations/03_void.sql ran, but its verify query does not hold"),
        "{error}"
    );
    assert_eq!(value(&db, "SELECT coalesce(to_regclass('public.parts')::text, 'none')").await, "none");
}

#[tokio::test]
async fn a_failing_file_leaves_its_name_and_line_in_the_log_and_nothing_else() {
    let db = TestDatabase::empty().await;
    let broken = shop().with_file("functions/shop.sql", "SELECT 1;\n\nSELECT no_such_column FROM parts;\n");

    let error = deploy(&db, &broken).await.unwrap_err();

    assert!(
        matches!(&error, DeployError::Step { file, line: 3, .. } if file == "functions/shop.sql"),
        "{error:?}"
    );
    assert_eq!(
        value(&db, "SELECT status || ' at ' || failed_file FROM deployment_log").await,
        "failed at functions/shop.sql"
    );
    assert!(
        value(&db, "SELECT message FROM deployment_log").await.contains("line 3: column \"no_such_column\"")
    );
    assert_eq!(value(&db, "SELECT coalesce(to_regclass('public.parts')::text, 'none')").await, "none");

    deploy(&db, &shop()).await.unwrap();
    assert_eq!(value(&db, "SELECT count(*)::text FROM parts").await, "2");
}

#[tokio::test]
async fn a_changed_baseline_is_refused_before_anything_is_touched() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    let before = schema_dump(&db);
    let changed = shop()
        .with_file("schemas/01_shop.sql", "CREATE TABLE other (id bigint);\n")
        .with_file("functions/shop.sql", "CREATE VIEW v_other AS SELECT 1 AS one;\n");

    let error = deploy(&db, &changed).await.unwrap_err();

    assert!(matches!(error, DeployError::Refused(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("schemas/01_shop.sql was changed after it was applied") && text.contains("mend:"),
        "{text}"
    );
    assert_eq!(schema_dump(&db), before);
}

#[tokio::test]
async fn an_older_release_refuses_a_newer_database() {
    let db = TestDatabase::empty().await;
    let newer = shop()
        .with_file("deployment/order.txt", &order_with("migration migrations/03_more.sql", "replaceable"))
        .with_file(
            "migrations/03_more.sql",
            "-- verify: SELECT true\nALTER TABLE parts ADD COLUMN more text;\n",
        );
    deploy(&db, &newer).await.unwrap();

    let error = deploy(&db, &shop()).await.unwrap_err();

    assert!(error.to_string().contains("steps this release does not know (03_more)"), "{error}");
}

#[tokio::test]
async fn sample_data_stays_out_when_unwanted_and_does_not_come_by_forgetting() {
    let db = TestDatabase::empty().await;
    let without = DeployOptions { sample_data: Some(false), replace: false };
    torvan_deploy::deploy(&mut session(&db).await, &shop(), without, |_| {}).await.unwrap();
    assert_eq!(value(&db, "SELECT count(*)::text FROM parts").await, "0");

    deploy(&db, &shop()).await.unwrap();
    assert_eq!(value(&db, "SELECT count(*)::text FROM parts").await, "0", "the choice is kept");

    tell(&db, "INSERT INTO parts VALUES ('own', 1)").await;
    let wanted = DeployOptions { sample_data: Some(true), replace: false };
    torvan_deploy::deploy(&mut session(&db).await, &shop(), wanted, |_| {}).await.unwrap();
    assert_eq!(
        value(&db, "SELECT count(*)::text FROM parts").await,
        "1",
        "never into a database that holds data"
    );
}

#[tokio::test]
async fn changes_by_hand_are_reported_and_survive_an_upgrade_as_a_report() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    tell(&db, "ALTER TABLE parts ADD COLUMN by_hand text").await;
    tell(&db, "CREATE OR REPLACE VIEW v_priced AS SELECT part_number, 1::numeric AS price FROM parts").await;
    tell(&db, "DROP INDEX parts_price_idx").await;
    tell(&db, "GRANT SELECT ON units TO PUBLIC").await;
    let expected = [
        ("added", "column", "parts.by_hand"),
        ("removed", "index", "parts_price_idx"),
        ("changed", "table", "units"),
        ("changed", "view", "v_priced"),
    ];

    let found = drift(&mut session(&db).await).await.unwrap();
    let found: Vec<_> = found.iter().map(|entry| (&*entry.change, &*entry.kind, &*entry.identity)).collect();
    assert_eq!(found, expected);
    assert!(!verify(&mut session(&db).await, &shop()).await.unwrap().is_sound());

    let next = shop().with_file(
        "functions/shop.sql",
        &format!("{}CREATE VIEW v_new AS SELECT 1 AS one;\n", crate::support::FUNCTIONS),
    );
    deploy(&db, &next).await.unwrap();
    let left = drift(&mut session(&db).await).await.unwrap();
    let left: Vec<_> = left.iter().map(|entry| (&*entry.change, &*entry.identity)).collect();
    assert_eq!(
        left,
        [("added", "parts.by_hand"), ("changed", "units")],
        "what the files define is mended, the rest still reported"
    );
}

#[tokio::test]
async fn a_view_made_by_hand_is_never_dropped_silently() {
    let db = TestDatabase::empty().await;
    deploy(&db, &shop()).await.unwrap();
    tell(&db, "CREATE VIEW by_hand AS SELECT * FROM v_priced").await;
    let next = shop().with_file("functions/shop.sql", &format!("{}SELECT 1;\n", crate::support::FUNCTIONS));

    let error = deploy(&db, &next).await.unwrap_err();

    assert!(error.to_string().contains("view by_hand depends on view v_priced"), "{error}");
    assert_eq!(value(&db, "SELECT count(*)::text FROM by_hand").await, "2");
}

#[tokio::test]
async fn of_two_deployments_at_once_one_leaves_at_once_with_a_clear_line() {
    let db = TestDatabase::empty().await;
    let mut first = session(&db).await;
    first.execute("SELECT pg_advisory_lock(hashtext('torvan'), hashtext('deployment'))").await.unwrap();

    let error = deploy(&db, &shop()).await.unwrap_err();
    let folder = on_disk(&shop());
    let shown = db.psql(&["-f", folder.path().join("deploy_database.sql").to_str().unwrap()]);

    assert!(
        error.to_string().contains("another deployment runs in this database (server process "),
        "{error}"
    );
    assert_eq!(shown.code, 3);
    assert!(
        shown.stderr.contains("another deployment runs") && shown.stderr.lines().count() == 1,
        "{}",
        shown.stderr
    );
    assert_eq!(
        value(&db, "SELECT coalesce(to_regclass('public.deployment_log')::text, 'none')").await,
        "none"
    );
}

#[tokio::test]
async fn eight_deployments_at_once_deploy_once() {
    let db = TestDatabase::empty().await;
    let tree = shop();
    let attempts = (0..8).map(|_| {
        let (options, tree) = (db.options(), tree.clone());
        tokio::spawn(async move {
            let mut session = sqlx::ConnectOptions::connect(&options).await.unwrap();
            torvan_deploy::deploy(&mut session, &tree, DeployOptions::default(), |_| {}).await
        })
    });
    let attempts: Vec<_> = attempts.collect();
    let mut deployed = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(report) if !report.ran.is_empty() => deployed += 1,
            Ok(_) | Err(DeployError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(deployed, 1);
    assert_eq!(value(&db, "SELECT count(*)::text FROM parts").await, "2");
}

#[tokio::test]
async fn findings_come_all_at_once_each_with_its_mend() {
    let db = TestDatabase::empty().await;
    tell(&db, "CREATE TABLE somebodys (id bigint)").await;
    let mut owner = session(&db).await;
    owner.execute("SELECT set_config('torvan.sample_data', 'perhaps', false)").await.unwrap();
    let preflight = shop().text("deployment/preflight.sql").unwrap().to_owned();

    let error = owner.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(preflight))).await.unwrap_err().to_string();

    assert!(error.contains("sample_data is 'perhaps'"), "{error}");
    assert!(error.contains("already holds tables which no deployment made (somebodys)"), "{error}");
    assert_eq!(error.matches("mend").count(), 2, "{error}");
}

#[tokio::test]
async fn status_tells_what_the_next_deployment_would_run() {
    let db = TestDatabase::empty().await;
    let never = status(&mut session(&db).await, &shop()).await.unwrap();
    assert!(never.deployments.is_empty() && never.pending.len() == 6);

    deploy(&db, &shop()).await.unwrap();
    let next = shop().with_file("functions/shop.sql", "CREATE VIEW v_one AS SELECT 1 AS one;\n");
    let pending = status(&mut session(&db).await, &next).await.unwrap().pending;

    assert_eq!(pending.len(), 1);
    assert_eq!((pending[0].file.as_str(), pending[0].state), ("functions/shop.sql", "differs"));
}

#[tokio::test]
async fn the_real_database_deploys_and_is_sound() {
    let db = TestDatabase::new().await;
    let tree = Tree::from_dir(&crate::support::database_folder()).unwrap();

    let report = verify(&mut session(&db).await, &tree).await.unwrap();
    assert!(report.is_sound(), "{report:?}");

    let before = schema_dump(&db);
    torvan_deploy::deploy(
        &mut session(&db).await,
        &tree,
        DeployOptions { sample_data: None, replace: true },
        |_| {},
    )
    .await
    .unwrap();
    assert_eq!(schema_dump(&db), before, "made anew, functions, views, triggers and grants are the same");
    assert!(verify(&mut session(&db).await, &tree).await.unwrap().is_sound());
}

#[tokio::test]
async fn the_real_database_survives_dump_and_restore() {
    let (db, restored) = (TestDatabase::new().await, TestDatabase::empty().await);
    let tree = Tree::from_dir(&crate::support::database_folder()).unwrap();
    let Some(dump) = crate::support::dump(&db) else {
        println!("skipped: the pg_dump of this machine is older than the server");
        return;
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), dump).unwrap();

    let shown = restored.psql(&[
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        "/dev/null",
        "-f",
        file.path().to_str().unwrap(),
    ]);

    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert_eq!(schema_dump(&restored), schema_dump(&db));
    let report = verify(&mut session(&restored).await, &tree).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    let counts = "SELECT string_agg(format('%s=%s', relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', oid::regclass), true, true, '')))[1]), ',' ORDER BY relname) \
                  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')";
    assert_eq!(value(&restored, counts).await, value(&db, counts).await);
}
