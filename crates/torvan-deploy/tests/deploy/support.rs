//! A small product to deploy: the real statements that steer a deployment around a few files of our own.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions as _, PgConnection};
use tempfile::TempDir;
use torvan_deploy::{DeployOptions, Tree};
use torvan_testing::TestDatabase;

const ORDER: &str = "\
baseline    deployment/extensions.sql
baseline    schemas/01_shop.sql
replaceable deployment/drift.sql
replaceable functions/shop.sql
index       indexes/shop.sql
reference   seed/reference_shop.sql
sample      seed/sample_shop.sql
";

pub const FUNCTIONS: &str = "\
CREATE FUNCTION price_of(code text) RETURNS numeric LANGUAGE sql STABLE SET search_path = pg_catalog, public
AS $$ SELECT price FROM parts WHERE part_number = code $$;
CREATE VIEW v_priced AS SELECT part_number, price_of(part_number) AS price FROM parts;
CREATE MATERIALIZED VIEW mv_priced AS SELECT * FROM v_priced;
CREATE FUNCTION priced() RETURNS SETOF v_priced LANGUAGE sql STABLE SET search_path = pg_catalog, public
AS $$ SELECT * FROM v_priced $$;
CREATE FUNCTION tg_parts__upper() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$ BEGIN NEW.part_number := shout(NEW.part_number); RETURN NEW; END $$;
CREATE TRIGGER _100_upper BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION tg_parts__upper();
CREATE POLICY cheap ON parts USING (price_of(part_number) < 100);
";

pub fn database_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../database")
}

/// The small product.
pub fn shop() -> Tree {
    Tree::from_dir(&database_folder())
        .unwrap()
        .with_file("deployment/order.txt", ORDER)
        .with_file(
            "schemas/01_shop.sql",
            "CREATE FUNCTION shout(word text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog\n\
             AS $$ SELECT upper(word) $$;\n\
             CREATE TABLE parts (part_number text PRIMARY KEY, price numeric NOT NULL, \
             loud text GENERATED ALWAYS AS (shout(part_number)) STORED);\n",
        )
        .with_file("functions/shop.sql", FUNCTIONS)
        .with_file("indexes/shop.sql", "CREATE INDEX IF NOT EXISTS parts_price_idx ON parts (price);\n")
        .with_file("seed/reference_shop.sql", "CREATE TABLE units (unit_code text PRIMARY KEY);\nINSERT INTO units VALUES ('each');\n")
        .with_file("seed/sample_shop.sql", "INSERT INTO parts VALUES ('bolt-m8', 0.2), ('frame', 250);\n")
}

/// `order.txt` of the small product with a line put in before the first of another kind.
pub fn order_with(line: &str, before: &str) -> String {
    ORDER.replacen(&format!("\n{before} "), &format!("\n{line}\n{before} "), 1)
}

/// The small product as a folder, as psql needs it.
pub fn on_disk(tree: &Tree) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest = tree.manifest().unwrap();
    let script = manifest.update_psql_script(tree.text("deploy_database.sql").unwrap()).unwrap();
    let tree = tree
        .clone()
        .with_file("deployment/manifest.sql", &manifest.to_sql())
        .with_file("deploy_database.sql", &script);
    for (path, text) in tree.files() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub async fn session(db: &TestDatabase) -> PgConnection {
    db.options().connect().await.unwrap()
}

/// Deploys with the default choices.
pub async fn deploy(
    db: &TestDatabase,
    tree: &Tree,
) -> Result<torvan_deploy::DeployReport, torvan_deploy::DeployError> {
    torvan_deploy::deploy(&mut session(db).await, tree, DeployOptions::default(), |_| {}).await
}

/// One value from the database, as text.
pub async fn value(db: &TestDatabase, query: &'static str) -> String {
    let value: Option<String> = sqlx::query_scalar(query).fetch_one(db.pool()).await.unwrap();
    value.unwrap_or_default()
}

/// The schema as `pg_dump` writes it, without the lines that differ from dump to dump; `None` if `pg_dump` is too old.
pub fn schema_dump(db: &TestDatabase) -> Option<String> {
    let text = run_pg_dump(db, &["--schema-only"])?;
    let stable =
        text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    Some(stable.collect::<Vec<_>>().join("\n"))
}

/// The whole database as `pg_dump` writes it, as the contract backs it up.
pub fn dump(db: &TestDatabase) -> Option<String> {
    run_pg_dump(db, &[])
}

fn run_pg_dump(db: &TestDatabase, arguments: &[&str]) -> Option<String> {
    let program = torvan_deploy::find_client("pg_dump", None)?;
    let output = std::process::Command::new(program).args(arguments).arg(db.url()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    if error.contains("server version mismatch") {
        return None;
    }
    assert!(output.status.success(), "{error}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The server may run as another user than the test does.
pub fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The PostgreSQL that the run tests with, if one was named.
pub fn test_binaries() -> Option<PathBuf> {
    std::env::var_os("TORVAN_TEST_PG_BIN").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}
