//! A new person, made in pages alone, from the setup code to the first signature; and forms that know what they ask for.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use crate::assurance::minutes_later;
use crate::assurance::signatures::submitted;
use crate::registers::{hidden, opened, send, text};
use crate::sign_in::{code_at, now};

/// The code that a page shows once.
fn shown_code(page: &str) -> String {
    let rest = page.split("<code class=\"token\">").nth(1).unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// Sets an account up with its code, as its pages do, and signs in; returns the session and the secret of the authenticator.
async fn first_day(site: &Site, login: &str, code: &str) -> (Client, String) {
    let mut client = site.stranger();
    let _ = client.post("/setup", json!({"code": code})).await.expect(201);
    let _ = client.post("/session/password", json!({"new_password": PASSWORD})).await.expect(200);
    let secret = client.post("/session/totp", json!({})).await.expect(201).value("secret");
    let secret = secret.as_str().expect("text").to_owned();
    let confirm = json!({"code": code_at(&secret, now() - 30)});
    let _ = client.post("/session/totp/confirm", confirm).await.expect(200);
    let _ = client.post("/setup/finish", json!({})).await.expect(204);
    let mut client = site.stranger();
    let _ = client.post("/session", json!({"login": login, "password": PASSWORD})).await.expect(201);
    let _ = client.post("/session/second-factor", json!({"code": code_at(&secret, now())})).await.expect(200);
    (client, secret)
}

#[tokio::test]
async fn a_person_is_made_in_pages_signs_in_is_verified_and_signs() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let page = opened(&mut admin, "//users/new").await;
    assert!(page.contains("name=\"roles\" value=\"PRODUCTION_MANAGER\""), "{page}");
    let key = hidden(&page, "key");
    let pairs = [
        ("key", key.as_str()),
        ("login", "Ada.Moore"),
        ("display_name", "Ada Moore"),
        ("language", "EN"),
        ("kind", "STAFF"),
        ("roles", ""),
        ("roles", "PRODUCTION_MANAGER"),
        ("roles", "QC_INSPECTOR"),
        ("reason", "new in the plant"),
    ];
    let made = text(&send(&mut admin, "//users/new", &pairs).await.expect(200));
    let code = shown_code(&made);
    assert_eq!(code.len(), 35, "{made}");
    assert!(made.contains("Good until") && made.contains("data-copy"), "{made}");
    // Sent twice, it leads to the person; the code is not shown again.
    let again = send(&mut admin, "//users/new", &pairs).await.expect(303);
    assert_eq!(again.header("location"), "/users/ada.moore");
    let record = opened(&mut admin, "//users/ada.moore").await;
    for told in
        ["Production Manager", "cannot sign in", "Cannot sign yet", "verify-identity", "is good until"]
    {
        assert!(record.contains(told), "{told}: {record}");
    }
    assert!(!record.contains(&code), "the code is shown once");

    let (mut ada, secret) = first_day(&site, "ada.moore", &code).await;
    let bom = submitted(&db, "NEW-1", "sample.sales").await.bom;
    let shown = opened(&mut ada, &format!("//boms/{bom}")).await;
    assert!(shown.contains("nobody has verified your identity"), "{shown}");
    assert!(!shown.contains("so you may approve it"), "{shown}");
    assert!(opened(&mut ada, "//approvals").await.contains("nobody has verified your identity"));
    minutes_later(&db).await;
    let way = format!("//boms/{bom}/approve");
    let dialog = opened(&mut ada, &way).await;
    assert!(dialog.contains("nobody has verified your identity"), "{dialog}");
    let totp = code_at(&secret, now());
    let key = hidden(&dialog, "key");
    let sign =
        |code: &str| vec![("key", key.clone()), ("password", PASSWORD.to_owned()), ("code", code.to_owned())];
    let fields = sign(&totp);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = text(&send(&mut ada, &way, &fields).await.expect(409));
    assert!(refused.contains("is not verified") && refused.contains("“Verify identity”"), "{refused}");
    assert!(!refused.contains("/api/v1") && !refused.contains("verify_identity"), "{refused}");

    // A second person verifies who she is; nobody does it for themselves.
    let verify = [("once", "key-of-a-look"), ("note", "passport seen")];
    let _ = send(&mut admin, "//users/ada.moore/verify-identity", &verify).await.expect(303);
    let record = opened(&mut admin, "//users/ada.moore").await;
    assert!(!record.contains("Cannot sign yet"), "{record}");
    let shown = opened(&mut ada, &format!("//boms/{bom}")).await;
    assert!(shown.contains("so you may approve it"), "{shown}");
    minutes_later(&db).await;
    let totp = code_at(&secret, now());
    let fields = sign(&totp);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = send(&mut ada, &way, &fields).await.expect(303);
    let state: String = sqlx::query_scalar("SELECT state FROM boms WHERE bom_id = $1")
        .bind(bom)
        .fetch_one(db.pool())
        .await
        .expect("a BOM");
    assert_eq!(state, "APPROVED");
}

#[tokio::test]
async fn what_is_wrong_with_a_new_person_is_told_and_nothing_of_it_is_made() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let key = hidden(&opened(&mut admin, "//users/new").await, "key");
    let with = |login: &'static str, kind: &'static str, role: &'static str| {
        [
            ("key", key.clone()),
            ("login", login.to_owned()),
            ("display_name", "Ada Moore".to_owned()),
            ("language", "EN".to_owned()),
            ("kind", kind.to_owned()),
            ("roles", role.to_owned()),
            ("reason", "new in sales".to_owned()),
        ]
    };
    for (login, kind, role, beside, told) in [
        ("ada moore", "STAFF", "SALES_MANAGER", "login-error", "begins with a letter or digit"),
        ("ada.moore", "PORTAL", "", "customer_code-error", "needs the customer"),
        ("ada.moore", "STAFF", "NO_SUCH_ROLE", "roles-error", "NO_SUCH_ROLE"),
        ("sample.sales", "STAFF", "", "login-error", "Choose another login"),
    ] {
        let fields = with(login, kind, role);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reply = send(&mut admin, "//users/new", &fields).await;
        let page = text(&reply);
        assert!(reply.status.is_client_error(), "{page}");
        assert!(page.contains(&format!("id=\"{beside}\"")) && page.contains(told), "{told}: {page}");
        assert!(page.contains("<title>Error: New person") && page.contains("<h1>New person</h1>"), "{page}");
        assert!(page.contains("value=\"Ada Moore\""), "{page}");
    }
    let empty = text(&send(&mut admin, "//users/new", &[("key", key.as_str())]).await.expect(422));
    for name in ["login", "display_name", "reason"] {
        assert!(empty.contains(&format!("id=\"{name}-error\"")), "{name}: {empty}");
    }
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE display_name = 'Ada Moore'")
        .fetch_one(db.pool())
        .await
        .expect("a count");
    assert_eq!(made, 0);
}

#[tokio::test]
async fn a_code_is_made_anew_roles_are_taken_and_an_account_is_changed_on_its_page() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let of = "//users/sample.service";
    let asked = opened(&mut admin, &format!("{of}/setup-code")).await;
    let key = hidden(&asked, "key");
    let _ = send(&mut admin, &format!("{of}/setup-code"), &[("key", key.as_str())]).await.expect(422);
    let pairs = [("key", key.as_str()), ("reason", "lost the letter")];
    let made = text(&send(&mut admin, &format!("{of}/setup-code"), &pairs).await.expect(200));
    assert_eq!(shown_code(&made).len(), 35, "{made}");
    // Nobody makes one for themselves, and others make none.
    let own =
        send(&mut admin, "//users/sample.admin/setup-code", &[("key", key.as_str()), ("reason", "me")]).await;
    assert!(own.status.is_client_error(), "{}", text(&own));
    let mut sales = site.person("sample.sales").await;
    let _ = sales.get(&format!("{of}/setup-code")).await.expect(403);

    let page = opened(&mut admin, of).await;
    assert!(page.contains("/users/sample.service/roles/CUSTOMER_SERVICE/take"), "{page}");
    let take = format!("{of}/roles/CUSTOMER_SERVICE/take");
    let asked = opened(&mut admin, &take).await;
    assert!(asked.contains("href=\"/users/sample.service\""), "the way back: {asked}");
    let _ = send(&mut admin, &take, &[("once", "key-of-a-taking"), ("reason", "moved")]).await.expect(303);
    let page = opened(&mut admin, of).await;
    assert!(page.contains("Done: Take role"), "{page}");
    assert!(!page.contains("CUSTOMER_SERVICE/take"), "{page}");
    assert!(!opened(&mut admin, of).await.contains("Done: Take role"), "told once");

    // The end of an account is typed by the clocks of the plant, which are put forward in March.
    let asked = opened(&mut admin, &format!("{of}/edit")).await;
    assert!(asked.contains("type=\"datetime-local\"") && asked.contains("America/Toronto"), "{asked}");
    for (typed, stored) in
        [("2027-01-15T08:00", "2027-01-15 13:00:00+00"), ("2027-07-15T08:00", "2027-07-15 12:00:00+00")]
    {
        let pairs = [("once", typed), ("expires_at", typed)];
        let _ = send(&mut admin, &format!("{of}/edit"), &pairs).await.expect(303);
        let kept: String = sqlx::query_scalar(
            "SELECT (expires_at AT TIME ZONE 'UTC')::text || '+00' FROM users WHERE login = 'sample.service'",
        )
        .fetch_one(db.pool())
        .await
        .expect("a time");
        assert_eq!(kept, stored);
        assert!(opened(&mut admin, &format!("{of}/edit")).await.contains(&format!("value=\"{typed}\"")));
    }
    for never in ["2027-03-14T02:30", "2027-02-30T08:00", "soon"] {
        let pairs = [("once", never), ("expires_at", never)];
        let page = text(&send(&mut admin, &format!("{of}/edit"), &pairs).await.expect(422));
        assert!(page.contains("id=\"expires_at-error\"") && !page.contains("RFC 3339"), "{page}");
    }
}

#[tokio::test]
async fn forms_know_what_they_ask_for() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    for (path, holds) in [
        (
            "//users/sample.service/grant",
            vec!["<option value=\"SALES_MANAGER\">", "datetime-local", "<small>required</small>"],
        ),
        (
            "//delegations/new",
            vec!["<option value=\"SALES_MANAGER\">", "<option value=\"sample.sales\">", "role=\"switch\""],
        ),
        ("//roles/SALES_MANAGER/give", vec!["<option value=\"bom:approve\">"]),
        (
            "//notification-rules/new",
            vec![
                "type=\"checkbox\" name=\"channels\" value=\"EMAIL\"",
                "name=\"condition.name\"",
                "<select class=\"entry\" id=\"event_type\"",
                "<option value=\"order.advance\">Order moved on (order.advance)</option>",
                "<option value=\"ROLE\">",
            ],
        ),
        ("//external-systems/new", vec!["name=\"settings.value\"", "<option value=\"ERP\">"]),
        ("//stock/contents/receive", vec!["data-lookup=\"/lookup/items\"", "type=\"date\""]),
        ("//service-orders/new", vec!["<option value=\"STELMO\">", "data-lookup=\"/lookup/builds\""]),
        (
            "//assemblies/new",
            vec!["<select class=\"entry\" id=\"unit_code\"", "<select class=\"entry\" id=\"subcategory_id\""],
        ),
        ("//site-settings", vec!["<option value=\"America/Toronto\">", "<option value=\"CAD\" selected>"]),
    ] {
        let page = text(&admin.get(path).await.expect(200));
        for one in holds {
            assert!(page.contains(one), "{path}: {one}: {page}");
        }
    }
    let found = text(&admin.get("//lookup/items?words=T2-BODY-48").await.expect(200));
    assert!(found.contains("T2-BODY-48-60-HA"), "{found}");
    let found = text(&admin.get("//lookup/people?words=quality").await.expect(200));
    assert!(found.contains("sample.quality"), "{found}");
    let _ = admin.get("//lookup/secrets?words=a").await.expect(404);
}

#[tokio::test]
async fn what_fields_offer_is_what_whoever_types_may_see() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let contact = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": "Nora Contact", "email": "nora@stelmo.example"});
    let mut sales = site.person("sample.sales").await;
    let _ = sales.post("/contacts", contact).await.expect(201);
    let found = text(&sales.get("//lookup/subjects?words=nora@stelmo.example").await.expect(200));
    assert!(found.contains("Nora Contact"), "{found}");
    for login in ["sample.technician", "sample.service"] {
        let mut client = site.person(login).await;
        let found = text(&client.get("//lookup/people?words=quality").await.expect(200));
        assert!(found.contains("sample.quality"), "{login}: {found}");
        let found = text(&client.get("//lookup/items?words=T2-BODY-48").await.expect(200));
        assert!(found.contains("T2-BODY-48-60-HA"), "{login}: {found}");
    }
    // Contacts are seen by whoever may see customers.
    let mut technician = site.person("sample.technician").await;
    let reply = technician.get("//lookup/subjects?words=nora@stelmo.example").await;
    assert!([200, 403].contains(&reply.status.as_u16()) && !text(&reply).contains("Nora"));
}

#[tokio::test]
async fn names_with_values_and_ticks_are_kept_as_the_database_has_them() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let rule = |once: &'static str, name: &'static str| {
        [
            ("once", once),
            ("event_type", "order.phase_changed"),
            ("recipient", "ROLE"),
            ("role_code", "QC_INSPECTOR"),
            ("channels", ""),
            ("channels", "IN_APP"),
            ("channels", "EMAIL"),
            ("priority", "HIGH"),
            ("message_key", "order_phase_changed"),
            ("condition.name", "to_phase"),
            ("condition.value", "APPROVAL"),
            ("condition.name", name),
            ("condition.value", "2"),
            ("tells_actor", "false"),
            ("is_mandatory", "false"),
            ("is_active", "false"),
            ("is_active", "true"),
        ]
    };
    for (name, told) in [("to_phase", "is there twice"), ("", "has no name")] {
        let page =
            text(&send(&mut admin, "//notification-rules/new", &rule("a-rule", name)).await.expect(422));
        assert!(page.contains("id=\"condition-error\"") && page.contains(told), "{page}");
    }
    let _ = send(&mut admin, "//notification-rules/new", &rule("a-rule", "level")).await.expect(303);
    let kept: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', condition, channels, is_active, tells_actor) FROM notification_rules ORDER BY notification_rule_id DESC LIMIT 1",
    )
    .fetch_one(db.pool())
    .await
    .expect("a rule");
    assert_eq!(kept, "{\"level\": 2, \"to_phase\": \"APPROVAL\"} {IN_APP,EMAIL} t f");
}

/// A supplier with its page.
async fn supplier(client: &mut Client) -> String {
    let pairs =
        [("once", "a-supplier"), ("supplier_code", "CONFLICT"), ("name", "First"), ("lead_days", "3")];
    let made = send(client, "//suppliers/new", &pairs).await.expect(303);
    format!("/{}", made.header("location"))
}

#[tokio::test]
async fn who_changed_what_meanwhile_is_told_and_what_was_not_touched_stays_theirs() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let place = supplier(&mut admin).await;
    let edit = format!("{place}/edit");
    let form = opened(&mut admin, &edit).await;
    let (version, seen) = (hidden(&form, "version"), hidden(&form, "seen"));
    let mut other = site.person("sample.production").await;
    let theirs = opened(&mut other, &edit).await;
    let pairs = [
        ("version", hidden(&theirs, "version")),
        ("seen", hidden(&theirs, "seen")),
        ("lead_days", "21".to_owned()),
    ];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = send(&mut other, &edit, &pairs).await.expect(303);

    let mine = |version: &str, seen: &str| {
        [
            ("version", version.to_owned()),
            ("seen", seen.to_owned()),
            ("supplier_code", "CONFLICT".to_owned()),
            ("name", "Mine".to_owned()),
            ("lead_days", "3".to_owned()),
            ("is_active", "true".to_owned()),
            ("notes", String::new()),
        ]
    };
    let fields = mine(&version, &seen);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = text(&send(&mut admin, &edit, &fields).await.expect(412));
    assert!(page.contains("Pat Production") && page.contains("3 → 21"), "{page}");
    assert!(page.contains("value=\"Mine\"") && page.contains("value=\"21\""), "{page}");
    let again = [
        ("version", hidden(&page, "version")),
        ("seen", hidden(&page, "seen")),
        ("supplier_code", "CONFLICT".to_owned()),
        ("name", "Mine".to_owned()),
        ("lead_days", "21".to_owned()),
        ("is_active", "true".to_owned()),
        ("notes", String::new()),
    ];
    let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = send(&mut admin, &edit, &again).await.expect(303);
    let kept: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', name, lead_days) FROM suppliers WHERE supplier_code = 'CONFLICT'",
    )
    .fetch_one(db.pool())
    .await
    .expect("a supplier");
    assert_eq!(kept, "Mine 21");
}

/// The hidden fields of the form in the toast.
fn undo_of(page: &str) -> (String, Vec<(String, String)>) {
    let toast =
        page.split("data-toast").nth(1).and_then(|rest| rest.split("</form>").next()).unwrap_or_default();
    let action = toast.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let fields = toast.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
        let name = rest.split('"').next()?.to_owned();
        Some((name.clone(), hidden(toast, &name)))
    });
    (action.to_owned(), fields.filter(|(name, _)| name != "csrf").collect())
}

#[tokio::test]
async fn what_is_saved_says_so_once_and_can_be_taken_back_while_nobody_changed_it_again() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let place = supplier(&mut admin).await;
    assert!(opened(&mut admin, &place).await.contains("Added."));
    let edit = format!("{place}/edit");
    let page = opened(&mut admin, &edit).await;
    let pairs = [
        ("once", hidden(&page, "once")),
        ("version", hidden(&page, "version")),
        ("name", "Second".to_owned()),
    ];
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let _ = send(&mut admin, &edit, &pairs).await.expect(303);
    let page = opened(&mut admin, &place).await;
    assert!(page.contains("Saved.") && page.contains("Second"), "{page}");
    assert!(!opened(&mut admin, &place).await.contains("Saved."), "told once");
    let (action, fields) = undo_of(&page);
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let _ = send(&mut admin, &format!("/{action}"), &fields).await.expect(303);
    let page = opened(&mut admin, &place).await;
    assert!(page.contains("Taken back.") && page.contains("First"), "{page}");
    // Once somebody changed it again, it is not taken back.
    sqlx::query("UPDATE suppliers SET name = 'Third' WHERE supplier_code = 'CONFLICT'")
        .execute(db.pool())
        .await
        .expect("changed");
    let fresh: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, if *name == "once" { "another-key" } else { *value }))
        .collect();
    let page = text(&send(&mut admin, &format!("/{action}"), &fresh).await.expect(412));
    assert!(page.contains("Third"), "{page}");
}
