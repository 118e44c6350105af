//! How records are found: the search box of every list, pages back and on, the preview beside a list, the palette, scanned codes,
//! and what a list says that has nothing to show.

use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use crate::office::{page, text};
use crate::registers::opened;

/// Where a link with this relation leads.
fn way(page: &str, rel: &str) -> Option<String> {
    let before = page.split(&format!("rel=\"{rel}\"")).next().filter(|before| before.len() < page.len())?;
    Some(before.rsplit("href=\"").next()?.split('"').next()?.replace("&#38;", "&"))
}

/// The codes of a list in their order.
fn codes(page: &str) -> Vec<String> {
    let body = page.split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default();
    body.split("<tr")
        .skip(1)
        .filter_map(|row| Some(row.split("<code>").nth(1)?.split('<').next()?.to_owned()))
        .collect()
}

async fn run(db: &TestDatabase, statement: &'static str) {
    sqlx::raw_sql(statement).execute(db.pool()).await.expect("a statement");
}

async fn value(db: &TestDatabase, statement: &'static str) -> String {
    sqlx::query_scalar(statement).fetch_one(db.pool()).await.expect("a value")
}

const CUSTOMERS: &str = "INSERT INTO customers (customer_code, name, language) VALUES
    ('ELIE-1', 'Hôpital Saint-Élie', 'FR'), ('ELIE-2', 'Clinique Saint-Élie', 'FR'), ('OTHER-1', 'Northern Clinic', 'EN')";

#[tokio::test]
async fn a_list_is_searched_by_code_and_by_name_without_accents() {
    let db = TestDatabase::new().await;
    run(&db, CUSTOMERS).await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let found = opened(&mut client, "//customers?q=elie+hopital").await;
    assert_eq!(codes(&found), ["ELIE-1"], "{found}");
    assert!(found.contains("name=\"q\" value=\"elie hopital\""), "the words stay in the box");
    assert_eq!(codes(&opened(&mut client, "//customers?q=lie-2").await), ["ELIE-2"]);
    assert!(codes(&opened(&mut client, "//customers?q=elie+nowhere").await).is_empty());
    assert!(
        codes(&opened(&mut client, "//customers?q=%25").await).is_empty(),
        "a sign of LIKE is only itself"
    );
    let file = text(&client.get("/customers?q=saint-elie&format=csv").await.expect(200));
    assert_eq!(file.trim().lines().count(), 3, "the file has what is found: {file}");
    let _ = client.get("/units?q=each").await.expect(422);
    let part = value(&db, "SELECT name FROM parts ORDER BY part_id LIMIT 1").await;
    let word = part.split_whitespace().max_by_key(|word| word.len()).unwrap_or_default().to_lowercase();
    let word: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    assert!(opened(&mut client, &format!("//parts?q={word}")).await.contains("data-preview="), "{word}");
}

#[tokio::test]
async fn every_list_has_its_search_box_and_answers_it() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    // What is no matter of the administration is one of the production.
    let mut maker = site.person("sample.production").await;
    let lists = [
        "/customers",
        "/users",
        "/roles",
        "/delegations",
        "/security-events",
        "/documents",
        "/shipments",
        "/external-systems",
        "/allowed-hosts",
        "/deliveries",
        "/sync-log",
        "/notification-rules",
        "/suppliers",
        "/stock-locations",
        "/stock-lots",
        "/stock-moves",
        "/stock/contents",
        "/stock-balances",
        "/shortages",
        "/stock-reservations",
        "/parts",
        "/assemblies",
        "/custom-parts",
        "/import-sessions",
        "/boms",
        "/rule-sets",
        "/service-orders",
        "/outsourced-lines",
        "/system-alerts",
        "/system/deployments",
        "/audit/verifications",
    ];
    for path in lists {
        let query = format!("{path}?q=a%20b");
        let reply = page(&mut client, &query).await;
        let reply = if reply.status.as_u16() == 403 { page(&mut maker, &query).await } else { reply };
        let shown = text(&reply.expect(200));
        assert!(shown.contains("type=\"search\" name=\"q\" value=\"a b\""), "{path}: {shown}");
    }
}

#[tokio::test]
async fn pages_of_a_list_are_walked_back_as_they_were_walked_on() {
    let db = TestDatabase::new().await;
    run(
        &db,
        "INSERT INTO suppliers (supplier_code, name, lead_days) SELECT 'WALK-' || lpad(g::text, 2, '0'), 'Walk', CASE WHEN g % 3 > 0 THEN g END FROM generate_series(1, 20) g",
    )
    .await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    for sort in ["supplier_code", "-supplier_code", "lead_days", "-lead_days"] {
        let first = format!("//suppliers?q=walk&limit=6&sort={sort}");
        let mut pages = Vec::new();
        let mut place = first.clone();
        loop {
            let shown = opened(&mut client, &place).await;
            pages.push(codes(&shown));
            match way(&shown, "next") {
                Some(next) => place = format!("/{next}"),
                None => break,
            }
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6, 6, 2], "{sort}");
        let mut back = Vec::new();
        while let Some(before) = way(&opened(&mut client, &place).await, "prev") {
            place = format!("/{before}");
            back.push(codes(&opened(&mut client, &place).await));
        }
        back.reverse();
        assert_eq!(back, pages[..3], "{sort}");
        let last = opened(&mut client, &place).await;
        assert_eq!(way(&last, "first").as_deref(), first.strip_prefix('/'), "{sort}");
    }
}

#[tokio::test]
async fn a_row_is_shown_beside_its_list_with_what_can_be_done() {
    let db = TestDatabase::new().await;
    run(&db, CUSTOMERS).await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let list = opened(&mut client, "//customers?q=elie-1").await;
    let place = list.split("data-preview=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a row");
    let place = place.replace("&#38;", "&");
    let part = text(&page(&mut client, &place).await.expect(200));
    assert!(!part.contains("<html"), "a part of a page");
    assert!(part.contains("Hôpital Saint-Élie") && part.contains("data-step=\"1\""), "{part}");
    assert!(part.contains("/edit\""), "what can be done next: {part}");
    // A list without pages of its records tells the whole row.
    let part = value(&db, "SELECT part_number FROM parts ORDER BY part_id LIMIT 1").await;
    let shown = text(
        &page(&mut client, &format!("/preview?list=/parts&part_id={}", part_id(&db).await)).await.expect(200),
    );
    assert!(shown.contains(&part), "{shown}");
    for (path, status) in [
        ("/preview?list=/nowhere&id=1", 404),
        ("/preview?list=/customers", 404),
        ("/preview?list=/customers&customer_id=999999", 404),
        ("/preview?list=/customers&customer_id=x", 422),
        ("/preview?list=/deliveries&outbox_delivery_id=1", 403),
    ] {
        let _ = page(&mut client, path).await.expect(status);
    }
}

async fn part_id(db: &TestDatabase) -> String {
    value(db, "SELECT part_id::text FROM parts ORDER BY part_id LIMIT 1").await
}

#[tokio::test]
async fn the_search_finds_acts_places_and_records_by_role() {
    let db = TestDatabase::new().await;
    run(&db, CUSTOMERS).await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let mut admin = site.person("sample.admin").await;
    let mut technician = site.person("sample.technician").await;
    let sees = async |client: &mut Client, words: &str| {
        text(&page(client, &format!("/search?q={}", words.replace(' ', "+"))).await.expect(200))
    };
    assert!(sees(&mut sales, "new order").await.contains("href=\"/orders/new\""));
    assert!(sees(&mut sales, "new customer").await.contains("href=\"/customers/new\""));
    assert!(sees(&mut sales, "sign out").await.contains("action=\"/sign-out\""));
    assert!(sees(&mut sales, "theme dark").await.contains("name=\"theme\" value=\"dark\""));
    assert!(sees(&mut sales, "language").await.contains("name=\"language\" value=\"fr\""));
    assert!(sees(&mut sales, "saint elie").await.contains("<code>ELIE-1</code>"));
    assert!(sees(&mut admin, "reten").await.contains("href=\"/retention/policies\""));
    assert!(!sees(&mut technician, "reten").await.contains("href=\"/retention/policies\""));
    assert!(!sees(&mut technician, "new order").await.contains("href=\"/orders/new\""));
    let rule =
        value(&db, "SELECT rule_code FROM configuration_rules ORDER BY configuration_rule_id DESC LIMIT 1")
            .await;
    assert!(sees(&mut admin, &rule).await.contains("/configuration-rules/"), "{rule}");
    assert!(sees(&mut admin, "sample.quality").await.contains("href=\"/users/sample.quality\""));
    let part = value(&db, "SELECT part_number FROM parts ORDER BY part_id LIMIT 1").await;
    assert!(sees(&mut sales, &part).await.contains(&format!("<code>{part}</code>")));
}

#[tokio::test]
async fn what_a_label_names_is_opened() {
    let db = TestDatabase::new().await;
    run(&db, CUSTOMERS).await;
    run(&db, "INSERT INTO stock_locations (location_code, name) VALUES ('RACK-77', 'Rack 77')").await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let scan = async |client: &mut Client, code: &str| {
        page(client, &format!("/search?go=1&q={code}")).await.expect(303).header("location").to_owned()
    };
    let part = value(
        &db,
        "SELECT part_number FROM parts WHERE part_number ~ '^[A-Z0-9-]+$' ORDER BY part_id LIMIT 1",
    )
    .await;
    assert_eq!(scan(&mut client, &part).await, format!("/parts/{part}"));
    let assembly = value(&db, "SELECT assembly_code FROM assemblies WHERE assembly_code ~ '^[A-Z0-9-]+$' ORDER BY assembly_id LIMIT 1").await;
    assert_eq!(scan(&mut client, &assembly.to_lowercase()).await, format!("/assemblies/{assembly}"));
    let rack =
        value(&db, "SELECT stock_location_id::text FROM stock_locations WHERE location_code = 'RACK-77'")
            .await;
    assert_eq!(scan(&mut client, "rack-77").await, format!("/stock-locations/{rack}"));
}

#[tokio::test]
async fn a_record_tells_who_changed_what_to_whom_may_know() {
    let db = TestDatabase::new().await;
    run(&db, CUSTOMERS).await;
    run(&db, "UPDATE customers SET name = 'Hôpital Saint-Élie (nord)' WHERE customer_code = 'ELIE-1'").await;
    let site = Site::new(&db).await;
    let id = value(&db, "SELECT customer_id::text FROM customers WHERE customer_code = 'ELIE-1'").await;
    let mut admin = site.person("sample.admin").await;
    let told = opened(&mut admin, &format!("//customers/{id}")).await;
    assert!(told.contains("<del>Hôpital Saint-Élie</del>"), "{told}");
    assert!(told.contains("<ins>Hôpital Saint-Élie (nord)</ins>"), "{told}");
    let mut sales = site.person("sample.sales").await;
    assert!(!opened(&mut sales, &format!("//customers/{id}")).await.contains("id=\"history\""));
}

#[tokio::test]
async fn a_list_says_whether_nothing_is_there_or_the_filters_leave_nothing() {
    let db = TestDatabase::new().await;
    run(&db, "DELETE FROM suppliers WHERE NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.supplier_id = suppliers.supplier_id)").await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let narrowed = opened(&mut client, "//suppliers?q=zzzzqqq&sort=-name").await;
    assert!(narrowed.contains("Clear all filters") && narrowed.contains("sort=-name"), "{narrowed}");
    let view = opened(&mut client, "//service-orders?filter%5Bstate%5D=APPROVED").await;
    assert!(view.contains("Nothing in “Approved”") || view.contains("data-preview="), "{view}");
    let none = opened(&mut client, "//sync-log?view=all").await;
    assert!(none.contains("Every exchange with an external system"), "{none}");
}

#[tokio::test]
async fn the_height_of_rows_is_kept_for_the_person_and_the_list() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let chosen = page(&mut client, "/parts?view=all&rows=compact").await.expect(200);
    let kept = chosen.header("set-cookie");
    assert!(kept.starts_with("__Host-torvan-rows=") && kept.contains(":/parts=compact"), "{kept}");
    assert!(text(&chosen).contains("table register folds compact"), "{}", text(&chosen));
    assert!(opened(&mut client, "//assemblies").await.contains("table register folds normal"));
    // A height that there is not changes nothing; what was chosen before is there without being asked for.
    let odd = page(&mut client, "/parts?view=all&rows=tall").await.expect(200);
    assert!(text(&odd).contains("table register folds compact") && odd.header("set-cookie").is_empty());
    let usual = page(&mut client, "/parts?view=all&rows=normal").await.expect(200);
    assert!(text(&usual).contains("table register folds normal"));
    assert!(opened(&mut client, "//parts").await.contains("table register folds normal"));
}

#[tokio::test]
async fn shortages_are_a_list_like_the_others() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let shown = opened(&mut client, "//shortages?sort=-quantity_short").await;
    for part in [
        "aria-sort=\"descending\"",
        "data-preview=",
        "name=\"cols\"",
        "/api/v1/shortage-lines?",
        "format=xlsx",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let list = client.get("/shortage-lines?limit=3").await.expect(200);
    assert!(text(&list).contains("\"urgency\":"), "{}", text(&list));
}
