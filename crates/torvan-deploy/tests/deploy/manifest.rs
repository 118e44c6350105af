//! What is wrong with files is said before they are run.

use torvan_deploy::{Manifest, Tree};

use crate::support::{database_folder, order_with, shop};

fn findings(tree: &Tree) -> Vec<String> {
    let manifest: Manifest = tree.manifest().unwrap();
    // The small product leaves the real files unlisted; they are not what is looked at here.
    manifest.findings(tree).into_iter().filter(|finding| !finding.contains("is not listed")).collect()
}

#[test]
fn every_sql_file_of_the_real_database_is_listed_and_plain() {
    let tree = Tree::from_dir(&database_folder()).unwrap();
    let manifest = tree.manifest().unwrap();
    assert_eq!(manifest.findings(&tree), Vec::<String>::new());
}

#[test]
fn an_unlisted_file_is_found() {
    let tree = shop().with_file("functions/forgotten.sql", "SELECT 1;");
    let findings = tree.manifest().unwrap().findings(&tree);
    assert!(
        findings.iter().any(|finding| finding.starts_with("functions/forgotten.sql is not listed")),
        "{findings:?}"
    );
}

#[test]
fn what_only_psql_understands_is_found_with_its_line() {
    for (text, complaint) in [
        ("SELECT 1;\n\\echo hello\n", "functions/shop.sql:2: a psql command"),
        ("COPY parts FROM STDIN;\n", "functions/shop.sql:1: COPY FROM STDIN"),
        ("BEGIN;\nSELECT 1;\n", "functions/shop.sql:1: transaction control"),
        ("CREATE TABLE t (id bigint);\n", "functions/shop.sql:1: CREATE TABLE in a replaceable file"),
    ] {
        let found = findings(&shop().with_file("functions/shop.sql", text));
        assert!(found.iter().any(|finding| finding.starts_with(complaint)), "{complaint}: {found:?}");
    }
}

#[test]
fn what_stands_inside_a_function_is_not_mistaken_for_it() {
    let body = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN;\nEND\n$$;\n";
    assert_eq!(findings(&shop().with_file("functions/shop.sql", body)), Vec::<String>::new());
}

#[test]
fn a_migration_without_verify_query_and_a_plain_index_are_found() {
    let tree = shop()
        .with_file("deployment/order.txt", &order_with("migration migrations/03_more.sql", "replaceable"))
        .with_file("migrations/03_more.sql", "ALTER TABLE parts ADD more text;\n")
        .with_file("indexes/shop.sql", "CREATE INDEX parts_price_idx ON parts (price);\n");
    let found = findings(&tree);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("migrations/03_more.sql:1: has no verify query"));
    assert!(found[1].starts_with("indexes/shop.sql:1: is run again when it changes"));
}

#[test]
fn a_wrong_line_of_the_order_is_named() {
    for (line, complaint) in [
        ("replaceble functions/x.sql", "\"replaceble\" is not a kind of file"),
        ("replaceable", "is not \"kind path\""),
        ("sample seed/sample_shop.sql", "a replaceable file cannot follow a sample file"),
        ("baseline schemas/01_shop.sql", "schemas/01_shop.sql is listed twice"),
        ("baseline schemas/none.sql", "schemas/none.sql is missing"),
    ] {
        let order = order_with(line, "replaceable");
        let error = shop().with_file("deployment/order.txt", &order).manifest().unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
    }
}
