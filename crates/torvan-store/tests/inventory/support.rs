//! A small catalogue to try things on, and short ways to ask.

use sqlx::postgres::{PgDatabaseError, PgPool};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use torvan_testing::TestDatabase;

/// A database without sample data but with one place for assemblies.
pub async fn empty_catalogue() -> TestDatabase {
    let db = TestDatabase::bare().await;
    run(
        db.pool(),
        "WITH c AS (INSERT INTO categories (category_code, name) VALUES ('K', 'Kits') RETURNING category_id)
         INSERT INTO subcategories (category_id, subcategory_code, name) SELECT category_id, 'K.1', 'Kits' FROM c",
    )
    .await;
    db
}

pub async fn run(pool: &PgPool, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(pool).await.unwrap();
}

pub async fn assemblies(pool: &PgPool, codes: &[&str]) {
    sqlx::query(
        "INSERT INTO assemblies (assembly_code, name, subcategory_id)
         SELECT c, c, subcategory_id FROM unnest($1::text[]) c, subcategories WHERE subcategory_code = 'K.1'",
    )
    .bind(codes)
    .execute(pool)
    .await
    .unwrap();
}

pub async fn parts(pool: &PgPool, codes: &[&str]) {
    sqlx::query("INSERT INTO parts (part_number, name) SELECT c, c FROM unnest($1::text[]) c")
        .bind(codes)
        .execute(pool)
        .await
        .unwrap();
}

/// A draft of the assembly's next revision.
pub async fn draft(pool: &PgPool, code: &str) -> i64 {
    sqlx::query_scalar("SELECT new_assembly_revision($1)").bind(code).fetch_one(pool).await.unwrap()
}

const ADD: &str =
    "INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity)
     SELECT $1, assembly_id, part_id, $3::numeric FROM resolve_item($2)";

pub async fn try_add(
    connection: &mut PgConnection,
    revision: i64,
    child: &str,
    quantity: &str,
) -> Result<(), Refused> {
    let done = sqlx::query(ADD).bind(revision).bind(child).bind(quantity).execute(connection).await;
    done.map(|_| ()).map_err(|error| Refused::from(&error))
}

pub async fn add(pool: &PgPool, revision: i64, child: &str, quantity: &str) {
    try_add(&mut pool.acquire().await.unwrap(), revision, child, quantity).await.unwrap();
}

pub async fn release(pool: &PgPool, revision: i64) {
    sqlx::query("SELECT release_assembly_revision($1)").bind(revision).execute(pool).await.unwrap();
}

/// Makes and releases a revision in one go.
pub async fn made_of(pool: &PgPool, code: &str, lines: &[(&str, &str)]) {
    let revision = draft(pool, code).await;
    sqlx::query("DELETE FROM assembly_components WHERE assembly_revision_id = $1")
        .bind(revision)
        .execute(pool)
        .await
        .unwrap();
    for (child, quantity) in lines {
        add(pool, revision, child, quantity).await;
    }
    release(pool, revision).await;
}

/// Rows of text, one string for each row with its cells joined by a bar.
pub async fn rows(pool: &PgPool, query: &str) -> Vec<String> {
    let query = format!(
        "SELECT concat_ws('|', VARIADIC ARRAY(SELECT coalesce(v, '-') FROM jsonb_each_text(to_jsonb(q)) e (k, v))) FROM ({query}) q"
    );
    sqlx::query(AssertSqlSafe(query)).fetch_all(pool).await.unwrap().iter().map(|row| row.get(0)).collect()
}

pub async fn number(pool: &PgPool, query: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(pool).await.unwrap()
}

pub async fn text(pool: &PgPool, query: &str) -> String {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(pool).await.unwrap()
}

/// How the database said no.
#[derive(Debug)]
pub struct Refused {
    pub sqlstate: String,
    pub message: String,
    pub hint: String,
}

impl From<&sqlx::Error> for Refused {
    fn from(error: &sqlx::Error) -> Self {
        let database =
            error.as_database_error().unwrap_or_else(|| panic!("no answer of the database: {error}"));
        let postgres = database.downcast_ref::<PgDatabaseError>();
        Self {
            sqlstate: postgres.code().to_owned(),
            message: postgres.message().to_owned(),
            hint: postgres.hint().unwrap_or_default().to_owned(),
        }
    }
}

pub async fn refused(pool: &PgPool, statement: &str) -> Refused {
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(pool).await;
    Refused::from(&outcome.err().unwrap_or_else(|| panic!("was not refused: {statement}")))
}
