//! The office: what its pages show to whom, and that what somebody typed is not lost.

use axum::http::Method;
use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;
use torvan_tests::site::{Client, Reply, Site};

const BROWSER: (&str, &str) = ("accept", "text/html,*/*;q=0.8");

pub(crate) async fn page(client: &mut Client, path: &str) -> Reply {
    client.send_bytes(Method::GET, &format!("/{path}"), None, &[BROWSER]).await
}

pub(crate) async fn form(client: &mut Client, path: &str, fields: &[(&str, &str)]) -> Reply {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    client
        .send_bytes(Method::POST, &format!("/{path}"), Some(form.finish().into_bytes()), &[BROWSER, kind])
        .await
}

pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

/// The value of a hidden field.
pub(crate) fn hidden(reply: &Reply, name: &str) -> String {
    crate::registers::hidden(&text(reply), name)
}

/// Names with values, as a form sends them.
pub(crate) type Fields = Vec<(String, String)>;

fn plain(text: &str) -> String {
    text.replace("&#38;", "&").replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"")
}

/// The hidden fields of the form whose part of the page holds a mark; none where there is no such form.
pub(crate) fn fields_of(reply: &Reply, mark: &str) -> Fields {
    let page = text(reply);
    let forms = page.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
    let Some(form) = forms.filter(|form| form.contains(mark)).last() else { return Fields::new() };
    let fields = form.split("type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        Some((name.to_owned(), plain(rest.split('"').next()?)))
    });
    fields.filter(|(name, _)| name != "csrf").collect()
}

/// A form with such fields.
pub(crate) async fn filled(client: &mut Client, path: &str, fields: &Fields) -> Reply {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form(client, path, &fields).await
}

async fn sample_order(db: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT min(order_id) FROM orders").fetch_one(db.pool()).await.expect("an order")
}

#[tokio::test]
async fn each_role_sees_what_it_may_do_and_nothing_else() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    for (login, may_create, may_hold) in [
        ("sample.sales", true, false),
        ("sample.production", false, true),
        ("sample.quality", false, true),
        ("sample.technician", false, false),
        ("sample.service", false, false),
    ] {
        let mut client = site.person(login).await;
        let list = page(&mut client, "/orders").await.expect(200);
        assert_eq!(text(&list).contains("href=\"/orders/new\""), may_create, "{login}");
        let asked = page(&mut client, "/orders/new").await;
        assert_eq!(asked.status.as_u16(), if may_create { 200 } else { 403 }, "{login}");
        let detail = page(&mut client, &format!("/orders/{order}")).await.expect(200);
        assert_eq!(text(&detail).contains(&format!("/orders/{order}/hold")), may_hold, "{login}");
    }
    let mut stranger = site.stranger();
    let sent = page(&mut stranger, &format!("/orders/{order}")).await.expect(303);
    assert!(sent.header("location").starts_with("/sign-in?next="), "{}", sent.header("location"));
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    // An order is found by its number too; nobody has this one.
    for path in
        ["/orders/999999999", "/orders/999999999/drawer", "/orders/999999999/hold", "/orders/elsewhere"]
    {
        let _ = page(&mut client, path).await.expect(404);
    }
}

#[tokio::test]
async fn a_hold_without_a_reason_is_refused_at_its_field_and_one_with_a_reason_is_set_once() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let mut client = site.person("sample.production").await;
    let place = format!("/orders/{order}/hold");
    let asked = page(&mut client, &place).await.expect(200);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let fields = |reason: &'static str| [("kind", "PARTS"), ("reason", reason)];
    let with = |reason| {
        let mut all = fields(reason).to_vec();
        all.extend([("key", key.as_str()), ("version", version.as_str())]);
        all
    };
    let refused = form(&mut client, &place, &with("")).await.expect(422);
    assert!(text(&refused).contains("id=\"reason-error\""));
    assert!(text(&refused).contains("value=\"PARTS\" selected"), "what was chosen is kept");
    let done = form(&mut client, &place, &with("valve plates are late")).await.expect(303);
    assert_eq!(done.header("location"), format!("/orders/{order}?done=hold"));
    let again = form(&mut client, &place, &with("valve plates are late")).await.expect(303);
    assert_eq!(again.header("location"), done.header("location"));
    let holds: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM order_status_history WHERE order_id = $1 AND action = 'HOLD'",
    )
    .bind(order)
    .fetch_one(db.pool())
    .await
    .expect("a count");
    assert_eq!(holds, 1);
    // A dialog's script follows where its form leads, and then the browser goes there: that is what tells.
    let script = [BROWSER, ("sec-fetch-dest", "empty")];
    let place_of_it = format!("//orders/{order}?done=hold");
    let _ = client.send_bytes(Method::GET, &place_of_it, None, &script).await.expect(200);
    let shown = page(&mut client, &format!("/orders/{order}?done=hold")).await.expect(200);
    assert!(text(&shown).contains("valve plates are late"));
    assert!(text(&shown).contains(&format!("/orders/{order}/resume")));
    // What was done is told once, to whoever did it: a link says nothing of it.
    assert!(text(&shown).contains("The order is on hold"));
    let mut other = site.person("sample.sales").await;
    for client in [&mut client, &mut other] {
        let shown = page(client, &format!("/orders/{order}?done=hold")).await.expect(200);
        assert!(!text(&shown).contains("The order is on hold"));
    }
}

#[tokio::test]
async fn who_was_slower_sees_who_was_faster_and_keeps_what_was_typed() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let mut slow = site.person("sample.quality").await;
    let place = format!("/orders/{order}/hold");
    let asked = page(&mut slow, &place).await.expect(200);
    let mut fast = site.person("sample.production").await;
    let first = page(&mut fast, &place).await.expect(200);
    let (key, version) = (hidden(&first, "key"), hidden(&first, "version"));
    let _ = form(
        &mut fast,
        &place,
        &[("key", &key), ("version", &version), ("kind", "GENERAL"), ("reason", "the customer asks")],
    )
    .await
    .expect(303);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let stale = form(
        &mut slow,
        &place,
        &[("key", &key), ("version", &version), ("kind", "QUALITY"), ("reason", "scratches on <basin> 2")],
    )
    .await
    .expect(412);
    let said = text(&stale);
    assert!(said.contains("Pat Production (sample) changed this order meanwhile"), "{said}");
    assert!(said.contains("scratches on &#60;basin&#62; 2"), "what was typed is kept, and escaped");
    assert_ne!(hidden(&stale, "version"), version, "it can be sent again on what is there now");
    assert_ne!(hidden(&stale, "key"), key);
}

#[tokio::test]
async fn a_new_order_is_made_step_by_step_and_refused_with_its_values() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let asked = page(&mut client, "/orders/new").await.expect(200);
    let key = hidden(&asked, "key");
    let code: String = sqlx::query_scalar("SELECT min(customer_code) FROM customers")
        .fetch_one(db.pool())
        .await
        .expect("a code");
    let refused =
        form(&mut client, "/orders/new", &[("key", &key), ("po_number", "PO-7731")]).await.expect(422);
    assert!(text(&refused).contains("value=\"PO-7731\""));
    assert!(text(&refused).contains("id=\"customer_code-error\""));
    let unknown = [
        ("key", key.as_str()),
        ("customer_code", "NOBODY"),
        ("po_number", "PO-7731"),
        ("want_date", "2099-01-31"),
        ("language", "FR"),
        ("sales_person", "sample.sales"),
    ];
    let refused = form(&mut client, "/orders/new", &unknown).await.expect(422);
    assert!(text(&refused).contains("NOBODY"));
    let fields =
        unknown.map(|(name, value)| (name, if name == "customer_code" { code.as_str() } else { value }));
    let made = form(&mut client, "/orders/new", &fields).await.expect(303);
    let place = made.header("location").to_owned();
    assert!(place.starts_with("/orders/") && place.ends_with("/sinks"), "{place}");
    let asked = page(&mut client, &place).await.expect(200);
    assert!(text(&asked).contains("PO document missing"), "the first step says what it lacks");
    let key = hidden(&asked, "key");
    let _ = form(&mut client, &place, &[("key", &key), ("build_numbers", "OFF-1\r\nOFF-2, OFF-3")])
        .await
        .expect(303);
    let shown = page(&mut client, &place).await.expect(200);
    assert!(["OFF-1", "OFF-2", "OFF-3"].iter().all(|number| text(&shown).contains(number)));
    let key = hidden(&shown, "key");
    let taken = form(&mut client, &place, &[("key", &key), ("build_numbers", "OFF-4\nOFF-1")]).await;
    assert_eq!(taken.status.as_u16(), 409);
    assert!(text(&taken).contains("OFF-4"), "what was typed is kept");
    let shown = page(&mut client, &place).await.expect(200);
    assert!(!text(&shown).contains("OFF-4"), "all of them or none");
    let detail = page(&mut client, &place.replace("/sinks", "")).await.expect(200);
    assert!(text(&detail).contains("begin configuration"));
    // What it takes to submit is told before somebody begins to configure.
    let review = text(&page(&mut client, &place.replace("/sinks", "/review")).await.expect(200));
    for told in ["After that: ", "PO not attached", "Configuration not valid", "Accessories not reviewed"] {
        assert!(review.contains(told), "{told}: {review}");
    }
}

#[tokio::test]
async fn a_mistyped_build_number_is_corrected_until_the_order_is_submitted() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let GrowingOrder { order_id, build_id } = GrowingOrder::draft(db.pool(), "TYPED-1").await;
    let sinks = format!("/orders/{order_id}/sinks");
    let place = format!("/orders/{order_id}/builds/{build_id}/rename");
    let shown = page(&mut client, &sinks).await.expect(200);
    assert!(text(&shown).contains(&format!("{place}?next=")));
    let asked = page(&mut client, &place).await.expect(200);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let with = |number: &'static str| {
        [
            ("key", key.as_str()),
            ("version", version.as_str()),
            ("next", sinks.as_str()),
            ("build_number", number),
        ]
    };
    for (wrong, status) in [("", 422), ("with space", 422), ("SAMPLE-001", 409)] {
        let refused = form(&mut client, &place, &with(wrong)).await.expect(status);
        assert!(text(&refused).contains("id=\"build_number-error\""), "{wrong}");
        assert!(text(&refused).contains(&format!("value=\"{wrong}\"")), "what was typed is kept");
    }
    let done = form(&mut client, &place, &with("typed-2")).await.expect(303);
    assert_eq!(done.header("location"), format!("{sinks}?done=renamed"));
    let shown = page(&mut client, &sinks).await.expect(200);
    assert!(text(&shown).contains("TYPED-2") && !text(&shown).contains("TYPED-1"));
    // Of an order that is made already it is not even asked for.
    let made = "SELECT format('/orders/%s/builds/%s/rename', order_id, build_id) FROM builds WHERE build_number = 'SAMPLE-001'";
    let made: String = sqlx::query_scalar(made).fetch_one(db.pool()).await.expect("a sink");
    let told = page(&mut client, &made).await.expect(409);
    assert!(text(&told).contains("The build number SAMPLE-001 is fixed"), "{}", text(&told));
}

#[tokio::test]
async fn a_note_is_changed_by_its_author_marked_and_taken_away() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let panel = format!("/orders/{order}?panel=notes");
    let mut author = site.person("sample.technician").await;
    let asked = page(&mut author, &panel).await.expect(200);
    assert!(!text(&asked).contains("name=\"is_urgent\""), "who may not mark is not asked");
    let fields = [("key", hidden(&asked, "key")), ("body", "Bolts are missing".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let _ = form(&mut author, &format!("/orders/{order}/notes"), &fields).await.expect(303);
    let told = "SELECT format('%s %s %s', body, is_pinned, is_urgent) FROM order_notes ORDER BY order_note_id DESC LIMIT 1";
    let note = "SELECT max(order_note_id) FROM order_notes";
    let note: i64 = sqlx::query_scalar(note).fetch_one(db.pool()).await.expect("a note");
    let place = |act: &str| format!("/orders/{order}/notes/{note}/{act}");
    let asked = page(&mut author, &place("edit")).await.expect(200);
    assert!(text(&asked).contains("Bolts are missing"));
    let key = hidden(&asked, "key");
    let empty = form(&mut author, &place("edit"), &[("key", &key), ("note", " ")]).await.expect(422);
    assert!(text(&empty).contains("id=\"note-error\""));
    let key = hidden(&empty, "key");
    let done = form(&mut author, &place("edit"), &[("key", &key), ("note", "Bolts came")]).await.expect(303);
    assert_eq!(done.header("location"), format!("{panel}&done=note-changed"));

    let mut manager = site.person("sample.production").await;
    let _ = page(&mut manager, &place("edit")).await.expect(403);
    let _ = page(&mut manager, &place("delete")).await.expect(403);
    let _ = page(&mut author, &place("mark")).await.expect(403);
    let key = hidden(&page(&mut manager, &place("mark")).await.expect(200), "key");
    let marks = [("key", key.as_str()), ("pinned", "false"), ("pinned", "true"), ("urgent", "false")];
    let _ = form(&mut manager, &place("mark"), &marks).await.expect(303);
    let kept: String = sqlx::query_scalar(told).fetch_one(db.pool()).await.expect("a note");
    assert_eq!(kept, "Bolts came t f");
    let shown = page(&mut manager, &panel).await.expect(200);
    let key = hidden(&shown, "key");
    let fields = [("key", key.as_str()), ("body", "Stop"), ("is_urgent", "false"), ("is_urgent", "true")];
    let _ = form(&mut manager, &format!("/orders/{order}/notes"), &fields).await.expect(303);
    let kept: String = sqlx::query_scalar(told).fetch_one(db.pool()).await.expect("a note");
    assert_eq!(kept, "Stop f t");
    let shown = text(&page(&mut manager, &panel).await.expect(200));
    assert!(shown.find("Bolts came") < shown.find("Stop"), "what is pinned stands first");

    let mut administrator = site.person("sample.admin").await;
    let elsewhere = format!("/orders/{}/notes/{note}/delete", order + 1);
    let _ = page(&mut administrator, &elsewhere).await.expect(404);
    let asked = page(&mut administrator, &place("delete")).await.expect(200);
    assert!(text(&asked).contains("Bolts came"), "what goes is seen");
    let fields = [("key", hidden(&asked, "key")), ("reason", "settled".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let _ = form(&mut administrator, &place("delete"), &fields).await.expect(303);
    let _ = page(&mut administrator, &place("delete")).await.expect(404);
}

#[tokio::test]
async fn a_note_is_added_once_and_its_text_stays_text() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let mut client = site.person("sample.technician").await;
    let place = format!("/orders/{order}/notes");
    let asked = page(&mut client, &format!("/orders/{order}?panel=notes")).await.expect(200);
    let key = hidden(&asked, "key");
    let fields = [("key", key.as_str()), ("body", "<script>alert(1)</script>")];
    let _ = form(&mut client, &place, &fields).await.expect(303);
    let _ = form(&mut client, &place, &fields).await.expect(303);
    let shown = page(&mut client, &format!("/orders/{order}?panel=notes")).await.expect(200);
    assert_eq!(text(&shown).matches("&#60;script&#62;alert(1)").count(), 1);
    assert!(!text(&shown).contains("<script>alert"));
    let empty =
        form(&mut client, &place, &[("key", &hidden(&shown, "key")), ("body", " ")]).await.expect(422);
    assert!(text(&empty).contains("id=\"body-error\""));
}

#[tokio::test]
async fn theme_and_language_are_kept_for_the_browser_and_the_person() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let done = form(&mut client, "/preferences", &[("theme", "dark"), ("next", "/orders?view=late")])
        .await
        .expect(303);
    assert_eq!(done.header("location"), "/orders?view=late");
    let dark = page(&mut client, "/orders").await.expect(200);
    assert!(text(&dark).contains("<html lang=\"en\" data-theme=\"dark\">"));
    let _ = form(&mut client, "/preferences", &[("language", "fr"), ("next", "//evil.example")])
        .await
        .expect(303);
    let french = page(&mut client, "/orders").await.expect(200);
    assert!(text(&french).contains("<html lang=\"fr\" data-theme=\"dark\">"));
    assert!(text(&french).contains("Commandes ouvertes"));
    let _ = form(&mut client, "/preferences", &[("theme", "auto"), ("language", "en")]).await.expect(303);
    let plain = page(&mut client, "/orders").await.expect(200);
    assert!(text(&plain).contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_scanned_build_number_leads_to_its_order() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let (number, order): (String, i64) =
        sqlx::query_as("SELECT build_number, order_id FROM builds ORDER BY build_id LIMIT 1")
            .fetch_one(db.pool())
            .await
            .expect("a build");
    let led = page(&mut client, &format!("/search?go=1&q={number}")).await.expect(303);
    assert_eq!(led.header("location"), format!("/orders/{order}"));
    let none = page(&mut client, "/search?go=1&q=NOTHING-SUCH-77").await.expect(200);
    assert!(text(&none).contains("class=\"empty\""));
}

#[tokio::test]
async fn pages_of_the_list_follow_each_other_in_both_directions() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    sqlx::query("SELECT generate_performance_test_data(130, 5, 2, 20)")
        .execute(db.pool())
        .await
        .expect("orders");
    let mut client = site.person("sample.sales").await;
    let numbers = |reply: &Reply| -> Vec<String> {
        let page = text(reply);
        page.split("<code>")
            .skip(1)
            .filter_map(|rest| rest.split('<').next())
            .filter(|code| code.contains('-'))
            .map(str::to_owned)
            .collect()
    };
    let way = |reply: &Reply, rel: &str| -> Option<String> {
        let page = text(reply);
        let rest = page.split(&format!("\" rel=\"{rel}\"")).next().filter(|rest| rest.len() < page.len())?;
        rest.rsplit("href=\"").next().map(|href| href.replace("&#38;", "&"))
    };
    let first = page(&mut client, "/orders?view=all").await.expect(200);
    assert_eq!(way(&first, "prev"), None);
    let second = page(&mut client, &way(&first, "next").expect("a next page")).await.expect(200);
    let third = page(&mut client, &way(&second, "next").expect("a third page")).await.expect(200);
    assert_eq!(way(&third, "next"), None);
    let all: std::collections::BTreeSet<String> =
        [&first, &second, &third].into_iter().flat_map(&numbers).collect();
    assert_eq!(all.len(), 131, "each order once");
    let back = page(&mut client, &way(&third, "prev").expect("a way back")).await.expect(200);
    assert_eq!(numbers(&back), numbers(&second));
    let begin = page(&mut client, &way(&back, "prev").expect("a way back")).await.expect(200);
    assert_eq!(numbers(&begin), numbers(&first));
    assert_eq!(way(&begin, "prev"), None);
}

#[tokio::test]
async fn a_long_reason_is_taken_whole() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let mut client = site.person("sample.production").await;
    let place = format!("/orders/{order}/hold");
    let asked = page(&mut client, &place).await.expect(200);
    let (key, version) = (hidden(&asked, "key"), hidden(&asked, "version"));
    let reason = "The supplier of the valve plates moves. ".repeat(60);
    let fields = [
        ("key", key.as_str()),
        ("version", version.as_str()),
        ("kind", "PARTS"),
        ("reason", reason.as_str()),
    ];
    let _ = form(&mut client, &place, &fields).await.expect(303);
    let shown = page(&mut client, &format!("/orders/{order}")).await.expect(200);
    assert!(text(&shown).contains(reason.trim()));
}
