//! What the database says, as a French reader reads it: refused forms, steps that are barred, constraints. English stays English.

use axum::http::Method;
use serde_json::json;
use torvan_server::words::{Language, Words};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::{form, hidden, page, text};

/// Space that no line breaks at.
const NBSP: &str = "\u{a0}";

async fn person(site: &Site, login: &str, language: &str) -> Client {
    let mut client = site.person(login).await;
    let _ = form(&mut client, "/preferences", &[("language", language)]).await.expect(303);
    client
}

async fn ordered(client: &mut Client, customer: &str, number: &str) -> Reply {
    let asked = page(client, "/orders/new").await.expect(200);
    let fields = [
        ("key", &*hidden(&asked, "key")),
        ("customer_code", customer),
        ("po_number", number),
        ("want_date", "2099-01-31"),
        ("language", "FR"),
        ("sales_person", "sample.sales"),
    ];
    form(client, "/orders/new", &fields).await
}

/// A draft without sinks; the place of its page.
async fn draft(db: &TestDatabase, client: &mut Client, number: &str) -> String {
    let customer = torvan_tests::text(db.pool(), "SELECT min(customer_code) FROM customers").await;
    let made = ordered(client, &customer, number).await.expect(303);
    made.header("location").trim_end_matches("/sinks").to_owned()
}

#[tokio::test]
async fn a_refused_form_is_told_in_the_language_of_the_page_and_what_was_typed_stays() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let customer = "Order % cannot go <i>";
    for (language, told) in [
        ("en", "There is no customer &#34;Order % cannot go &#60;i&#62;&#34;."),
        ("fr", "Il n’y a pas de client &#34;Order % cannot go &#60;i&#62;&#34;."),
    ] {
        let mut client = person(&site, "sample.sales", language).await;
        let refused = text(&ordered(&mut client, customer, "PO-7731").await.expect(422));
        assert!(refused.contains(told), "{refused}");
        assert!(
            refused.contains("value=\"Order % cannot go &#60;i&#62;\""),
            "what was typed stays: {refused}"
        );
        assert!(!refused.contains("<i>"), "{refused}");
    }
}

#[tokio::test]
async fn what_bars_a_step_is_told_in_french_before_and_when_it_is_sent() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut english = person(&site, "sample.sales", "en").await;
    let place = draft(&db, &mut english, "PO-7732").await;
    let guard = "there is no build: give at least one build number";
    let shown = text(&page(&mut english, &place).await.expect(200));
    assert!(shown.contains(guard), "{shown}");

    let mut french = person(&site, "sample.sales", "fr").await;
    let barred = format!("il n’y a pas d’évier{NBSP}: donnez au moins un numéro d’évier");
    let shown = text(&page(&mut french, &place).await.expect(200));
    assert!(shown.contains(&barred) && !shown.contains(guard), "{shown}");

    let step = format!("{place}/transition?to=CONFIGURATION");
    for (client, told, is_french) in [
        (&mut english, "cannot go to CONFIGURATION: builds_numbered: there is no build".to_owned(), false),
        (
            &mut french,
            format!(
                "ne peut pas passer à «{NBSP}Configuration{NBSP}»{NBSP}: builds_numbered{NBSP}: {barred}"
            ),
            true,
        ),
    ] {
        let asked = page(client, &step).await.expect(200);
        let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
        let fields = [("key", key.as_str()), ("version", version.as_str()), ("to", "CONFIGURATION")];
        let refused = form(client, &step, &fields).await.expect(409);
        assert!(text(&refused).contains(&told), "{}", text(&refused));
        assert_eq!(text(&refused).contains("énumère chaque point ouvert"), is_french, "{}", text(&refused));
    }
}

#[tokio::test]
async fn a_constraint_is_told_in_french() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    for (language, told) in [
        ("en", "&#34;lead_days&#34; is refused: it has to hold that".to_owned()),
        ("fr", format!("«{NBSP}Délai, j{NBSP}» est refusé{NBSP}: il faut que")),
    ] {
        let mut client = person(&site, "sample.admin", language).await;
        let asked = page(&mut client, "/suppliers/new").await.expect(200);
        let once = hidden(&asked, "once");
        let fields =
            [("once", once.as_str()), ("supplier_code", "NORTH"), ("name", "North"), ("lead_days", "-5")];
        let refused = text(&form(&mut client, "/suppliers/new", &fields).await.expect(422));
        assert!(refused.contains(&told), "{refused}");
    }
}

#[tokio::test]
async fn an_error_page_is_french_and_the_api_stays_english() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = person(&site, "sample.sales", "fr").await;
    let lost = text(&page(&mut client, "/orders/999999999").await.expect(404));
    assert!(lost.contains("<html lang=\"fr\""), "{lost}");
    let order = json!({"customer_code": "NOBODY", "sales_person": "sample.sales", "po_number": "PO-1", "want_date": "2099-01-31", "language": "FR"});
    let headers = [("accept-language", "fr"), ("idempotency-key", "french-1")];
    let refused = client.send(Method::POST, "/orders", Some(order), &headers).await;
    let told = text(&refused);
    assert!(told.contains("There is no customer") && !told.contains("client"), "{told}");
}

/// Columns of all tables that the trail keeps, but those that it leaves out.
const KEPT_BY_THE_TRAIL: &str = "SELECT string_agg(DISTINCT a.attname, ' ') FROM pg_trigger t
    JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE t.tgfoid = 'tg_audit__insert'::regproc
      AND NOT EXISTS (SELECT FROM unaudited_columns() u WHERE u.table_name = t.tgrelid::regclass::text AND u.column_name = a.attname)";

#[tokio::test]
async fn every_table_and_column_that_the_trail_keeps_has_a_name() {
    let db = TestDatabase::new().await;
    let columns = torvan_tests::text(db.pool(), KEPT_BY_THE_TRAIL).await;
    let tables = torvan_tests::text(db.pool(), "SELECT string_agg(t, ' ') FROM audited_tables() t").await;
    assert!(columns.split(' ').count() > 400, "{columns}");
    for language in [Language::En, Language::Fr] {
        let words = Words::new(language);
        let slug = |column: &str| column.replace('_', "-");
        let has_name = |column: &&str| {
            ["col", "word", "role"]
                .iter()
                .any(|kind| words.say_if_known(&format!("{kind}-{}", slug(column))).is_some())
        };
        let nameless: Vec<&str> =
            columns.split(' ').chain(tables.split(' ')).filter(|column| !has_name(column)).collect();
        assert!(nameless.is_empty(), "{language:?}: {nameless:?}");
    }
}

#[tokio::test]
async fn what_every_installation_has_is_shown_in_french() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut english = person(&site, "sample.admin", "en").await;
    let mut french = person(&site, "sample.admin", "fr").await;
    for (path, said, told) in [
        ("/permissions", "Approve orders of others", "Approuver les commandes des autres".to_owned()),
        ("/permissions", "Notes of orders", "Notes des commandes".to_owned()),
        (
            "/roles",
            "Customers, orders, configuration; submits for approval.",
            format!("Clients, commandes, configuration{NBSP}; soumet à l’approbation."),
        ),
        ("/roles/SALES_MANAGER", "Submit BOMs", "Soumettre les nomenclatures".to_owned()),
        ("/retention/policies", "Ended sessions", "Sessions terminées".to_owned()),
        ("/system/health", "Long transactions", "Longues transactions".to_owned()),
    ] {
        let shown = text(&page(&mut english, path).await.expect(200));
        assert!(shown.contains(said), "{path}: {shown}");
        let shown = text(&page(&mut french, path).await.expect(200));
        assert!(shown.contains(&told) && !shown.contains(said), "{path}: {shown}");
    }
}
