//! The same with several rows of a register: asked once, done row by row, each told; and only by whoever may.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use torvan_server::app::Settings;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::{Fields, fields_of, filled, page, text};

const ROW: &str = "name=\"row\"";
const CLOSED: &str = "SELECT count(*) FROM security_events WHERE event_type = 'ACCOUNT_DISABLED'";

async fn number(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(db.pool()).await.expect("a number")
}

async fn run(db: &TestDatabase, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(db.pool()).await.expect("done");
}

/// The page that asks for an act with some rows.
async fn asked(client: &mut Client, place: &str, keys: &[&str]) -> Reply {
    let keys = keys.iter().map(|key| format!("&id={key}")).collect::<Vec<_>>().concat();
    page(client, &format!("{place}?act=it{keys}")).await.expect(200)
}

/// Its form, with what is typed into it.
fn typed(asked: &Reply, values: &[(&str, &str)]) -> Fields {
    let mut fields = fields_of(asked, ROW);
    fields.extend(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

fn rows(fields: &Fields) -> Vec<&str> {
    fields.iter().filter(|(name, _)| name == "row").map(|(_, value)| value.as_str()).collect()
}

const CLOSE: &str = "/users/disable/bulk";

#[tokio::test]
async fn one_row_is_refused_the_others_are_done_and_twice_is_once() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let list = text(&page(&mut admin, "/users?view=all").await.expect(200));
    assert!(list.contains("value=\"sample.service\" form=\"bulk\""), "{list}");
    assert!(list.contains(&format!("formaction=\"{CLOSE}\"")), "{list}");
    let asked = asked(&mut admin, CLOSE, &["sample.admin", "sample.service", "sample.quality"]).await;
    let fields = typed(&asked, &[("reason", "left the plant")]);
    assert!(rows(&fields)[0].starts_with("sample.admin:") && rows(&fields).len() == 3, "{fields:?}");
    let done = text(&filled(&mut admin, CLOSE, &fields).await.expect(200));
    assert!(done.contains("2 were done, one was refused."), "{done}");
    assert!(done.contains("Nobody shuts their own account."), "{done}");
    assert!(done.contains("href=\"/users/sample.admin\"") && done.contains("href=\"/users/sample.service\""));
    assert_eq!((done.matches("status ok").count(), done.matches("status bad").count()), (2, 1), "{done}");
    assert_eq!(number(&db, CLOSED).await, 2);
    let again = text(&filled(&mut admin, CLOSE, &fields).await.expect(200));
    assert!(again.contains("2 were done, one was refused."), "{again}");
    assert_eq!(number(&db, CLOSED).await, 2, "sent twice, it is done once");
    let mut other = fields.clone();
    other.retain(|(name, _)| name != "reason");
    other.push(("reason".to_owned(), "for another reason".to_owned()));
    let told = text(&filled(&mut admin, CLOSE, &other).await.expect(200));
    assert_eq!(told.matches("This was done before, with other values.").count(), 2, "{told}");
    assert_eq!(number(&db, CLOSED).await, 2);
}

#[tokio::test]
async fn what_is_missing_is_told_beside_its_field_and_the_ticks_stay() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let place = "/external-systems/activate/bulk";
    run(
        &db,
        "INSERT INTO allowed_hosts (target, reason, allowed_by) SELECT 'erp.example:443', 'the plant''s own', user_id FROM users WHERE login = 'sample.admin';
         INSERT INTO external_systems (system_code, system_kind, name, base_url) VALUES ('PLANT_ERP', 'ERP', 'The ERP', 'https://erp.example'), ('PLANT_HOOK', 'WEBHOOK', 'A <b>hook</b>', 'https://erp.example/in');
         INSERT INTO external_system_health (external_system_id) SELECT external_system_id FROM external_systems ON CONFLICT DO NOTHING",
    )
    .await;
    let asked = asked(&mut admin, place, &["PLANT_HOOK", "PLANT_ERP"]).await;
    assert!(text(&asked).contains("A &#60;b&#62;hook&#60;/b&#62;"), "{}", text(&asked));
    let fields = typed(&asked, &[("is_active", ""), ("reason", "the line is open")]);
    let refused = filled(&mut admin, place, &fields).await.expect(422);
    assert!(text(&refused).contains("id=\"is_active-error\""), "{}", text(&refused));
    assert!(text(&refused).contains("the line is open"), "what was typed is kept");
    let mended = typed(&refused, &[("is_active", "true"), ("reason", "the line is open")]);
    assert_eq!(rows(&mended), rows(&fields), "and what was ticked");
    let done = text(&filled(&mut admin, place, &mended).await.expect(200));
    assert!(done.contains("One was done, one was refused."), "{done}");
    assert!(done.contains("Webhook PLANT_HOOK has no secret to sign with."), "{done}");
    let on = "SELECT count(*) FROM external_systems WHERE is_active AND system_code LIKE 'PLANT%'";
    assert_eq!(number(&db, on).await, 1);
}

#[tokio::test]
async fn nothing_ticked_is_told() {
    let db = TestDatabase::new().await;
    let mut admin = Site::new(&db).await.person("sample.admin").await;
    let asked = text(&page(&mut admin, CLOSE).await.expect(200));
    assert!(asked.contains("No row is ticked") && asked.contains("disabled>Close account"), "{asked}");
    let fields = [("key".to_owned(), "a-key".to_owned()), ("reason".to_owned(), "left".to_owned())];
    let sent = text(&filled(&mut admin, CLOSE, &fields.to_vec()).await.expect(422));
    assert!(sent.contains("role=\"alert\"") && sent.contains("No row is ticked"), "{sent}");
    let gone = typed(&page(&mut admin, "/users/disable/bulk?id=nobody.at.all").await.expect(200), &[]);
    assert!(rows(&gone).is_empty(), "{gone:?}");
}

#[tokio::test]
async fn whoever_may_not_sees_no_ticks_and_is_refused() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let list = text(&page(&mut sales, "/users?view=all").await.expect(200));
    assert!(!list.contains("data-tick") && !list.contains("bulk-bar"), "{list}");
    for place in [CLOSE, "/users/end-sessions/bulk", "/deliveries/replay/bulk"] {
        let _ = page(&mut sales, &format!("{place}?id=sample.service")).await.expect(403);
        let fields = [("row".to_owned(), "sample.service:".to_owned())].to_vec();
        let _ = filled(&mut sales, place, &fields).await.expect(403);
    }
    assert_eq!(number(&db, CLOSED).await, 0);
    // Production may replace what was sent out, and not the people.
    let mut production = site.person("sample.production").await;
    let lines = text(&page(&mut production, "/outsourced-lines?view=all").await.expect(200));
    assert!(lines.contains("data-tick-all") && lines.contains("/outsourced-lines/cancel/bulk"), "{lines}");
    assert!(
        lines.contains("SAMPLE-001") && lines.contains("filter[supplier_name][prefix]"),
        "whose they are: {lines}"
    );
    let mut quality = site.person("sample.quality").await;
    let lines = page(&mut quality, "/outsourced-lines?view=all").await;
    assert!(!text(&lines).contains("data-tick"), "{}", text(&lines));
}

#[tokio::test]
async fn all_that_the_list_finds_is_done_and_ones_own_session_ends_last() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let place = "/users/end-sessions/bulk";
    let mut sales = site.person("sample.sales").await;
    let mut admin = site.person("sample.admin").await;
    let all = format!("{place}?all=1&view=all&cols=kind&sort=-login&filter%5Blogin%5D%5Bprefix%5D=sample.");
    let asked = page(&mut admin, &all).await.expect(200);
    let fields = typed(&asked, &[("reason", "the drill")]);
    let there = number(&db, "SELECT count(*) FROM users WHERE login LIKE 'sample.%'").await;
    assert_eq!(i64::try_from(rows(&fields).len()).expect("a number"), there);
    assert!(rows(&fields)[0] > rows(&fields)[1], "in the order of the list");
    let back = fields.iter().find(|(name, _)| name == "back").map(|(_, value)| value.clone());
    let back = back.unwrap_or_default();
    assert!(back.starts_with("/users?view=all&cols=kind&sort=-login&filter"), "{back}");
    let done = text(&filled(&mut admin, place, &fields).await.expect(200));
    assert_eq!(i64::try_from(done.matches("status ok").count()).expect("a number"), there, "{done}");
    for client in [&mut sales, &mut admin] {
        let _ = page(client, "/users").await.expect(303);
    }
}

#[tokio::test]
async fn a_state_that_does_not_fit_is_told_before_and_a_proof_brings_back_what_was_ticked() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    run(
        &db,
        "UPDATE users SET account_state = 'DISABLED', state_reason = 'left' WHERE login = 'sample.quality'",
    )
    .await;
    let keys = ["sample.service", "sample.quality", "sample.technician"];
    let asked = asked(&mut admin, CLOSE, &keys).await;
    assert!(
        text(&asked).contains("Left out, for their state does not fit: sample.quality."),
        "{}",
        text(&asked)
    );
    let fields = typed(&asked, &[("reason", "left the plant")]);
    assert_eq!(rows(&fields).len(), 2);
    run(&db, "UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'").await;
    let sent = filled(&mut admin, CLOSE, &fields).await.expect(303);
    let place = sent.header("location").to_owned();
    assert!(place.starts_with("/account/confirm?next=%2Fusers%2Fdisable%2Fbulk"), "{place}");
    let next = form_urlencoded::parse(place.split_once('?').map_or("", |(_, query)| query).as_bytes())
        .find(|(name, _)| name == "next")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let again = page(&mut admin, &next).await.expect(200);
    assert!(text(&again).contains("left the plant"), "{}", text(&again));
    assert_eq!(rows(&fields_of(&again, ROW)), rows(&fields));
    run(&db, "UPDATE user_sessions SET stepped_up_at = now()").await;
    let fields = typed(&again, &[("reason", "left the plant")]);
    let done = text(&filled(&mut admin, CLOSE, &fields).await.expect(200));
    assert!(done.contains("2 were done."), "{done}");
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let place = "/outsourced-lines/cancel/bulk";
    let asked = page(&mut client, &format!("{place}?all=1&view=all")).await.expect(200);
    let fields = typed(&asked, &[("reason", "made here after all")]);
    let there = rows(&fields).len();
    assert!(there > 0, "{}", text(&asked));
    run(&db, "UPDATE outsourced_lines SET notes = 'called' WHERE outsourced_line_id = (SELECT min(outsourced_line_id) FROM outsourced_lines WHERE state IN ('PENDING_ORDER', 'ORDERED', 'IN_TRANSIT', 'DELAYED'))").await;
    let done = text(&filled(&mut client, place, &fields).await.expect(200));
    assert_eq!(done.matches("status bad").count(), 1, "{done}");
    assert_eq!(done.matches("status ok").count(), there - 1, "{done}");
}

#[tokio::test]
async fn what_the_time_did_not_reach_goes_on_with_the_same_key() {
    let db = TestDatabase::new().await;
    let hurried = Site::with(&db, Settings { deadline: Duration::from_secs(6), ..Settings::default() }).await;
    let mut admin = hurried.person("sample.admin").await;
    let mut patient = admin.at(&Site::new(&db).await);
    let asked = asked(&mut admin, CLOSE, &["sample.service", "sample.quality"]).await;
    let fields = typed(&asked, &[("reason", "left the plant")]);
    let mut holder = db.pool().begin().await.expect("a transaction");
    sqlx::query("SELECT FROM users WHERE login IN ('sample.service', 'sample.quality') FOR UPDATE")
        .execute(&mut *holder)
        .await
        .expect("locked");
    let late = filled(&mut admin, CLOSE, &fields).await.expect(200);
    holder.rollback().await.expect("given back");
    assert!(text(&late).contains("status warn"), "{}", text(&late));
    let on = fields_of(&late, "name=\"reason\"");
    let mut done = filled(&mut patient, CLOSE, &on).await.expect(200);
    for _ in 0..50 {
        if text(&done).contains("2 were done.") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        done = filled(&mut patient, CLOSE, &on).await.expect(200);
    }
    assert!(text(&done).contains("2 were done."), "{}", text(&done));
    assert_eq!(number(&db, CLOSED).await, 2);
}

#[tokio::test]
async fn a_record_that_is_called_as_an_act_is_found_all_the_same() {
    let db = TestDatabase::new().await;
    let mut admin = Site::new(&db).await.person("sample.admin").await;
    run(&db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT create_user('disable', 'Dis Able', NULL, 'EN', 'STAFF'); COMMIT").await;
    for path in ["/users/disable", "/users/disable/disable", "/users/disable/end-sessions"] {
        let found = text(&page(&mut admin, path).await.expect(200));
        assert!(found.contains("disable"), "{path}");
    }
}
