//! Each test gets a database of its own, and the real psql reaches it.

use torvan_testing::TestDatabase;

#[tokio::test]
async fn two_databases_do_not_see_each_other() {
    let (one, other) = (TestDatabase::bare().await, TestDatabase::bare().await);
    sqlx::query("CREATE TABLE only_here (id bigint)").execute(one.pool()).await.unwrap();

    let seen: bool = sqlx::query_scalar("SELECT to_regclass('public.only_here') IS NOT NULL")
        .fetch_one(other.pool())
        .await
        .unwrap();

    assert!(!seen);
}

#[tokio::test]
async fn psql_arrives_as_the_owner_in_the_same_database() {
    let db = TestDatabase::empty().await;

    let shown = db.psql(&["-At", "-c", "SELECT current_user, current_database()"]);

    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert_eq!(shown.stdout.trim(), format!("torvan_user|{}", db.name()));
}

#[tokio::test]
async fn a_database_goes_with_its_value() {
    let db = TestDatabase::empty().await;
    let (cluster, name) = (db.cluster().clone(), db.name().to_owned());
    drop(db);

    let options = cluster.owner_options("postgres").unwrap();
    let pool = sqlx::PgPool::connect_with(options).await.unwrap();
    let left: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&pool)
        .await
        .unwrap();

    assert!(!left, "{name} is still there");
}
