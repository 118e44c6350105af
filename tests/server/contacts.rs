//! Contact persons of a customer in pages: found, added, changed, given an address, ended; refused where somebody may not, and where
//! what was typed is wrong. That they were read is written down.

use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::office::{form, hidden, page, text};

async fn value(db: &TestDatabase, statement: &'static str) -> String {
    sqlx::query_scalar(statement).fetch_one(db.pool()).await.expect("a value")
}

async fn place(db: &TestDatabase) -> String {
    let key = value(db, "SELECT customer_id::text FROM customers WHERE customer_code = 'STELMO'").await;
    format!("/customers/{key}/contacts")
}

/// Fills in the form at a place.
async fn filled(client: &mut Client, place: &str, fields: &[(&str, &str)]) -> Reply {
    let asked = page(client, place).await.expect(200);
    let (key, seen) = (hidden(&asked, "key"), seen(&asked));
    sent(client, place, &key, &seen, fields).await
}

/// The values that a form was filled from.
fn seen(reply: &Reply) -> String {
    hidden(reply, "seen").replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">")
}

async fn sent(client: &mut Client, place: &str, key: &str, seen: &str, fields: &[(&str, &str)]) -> Reply {
    let all: Vec<(&str, &str)> =
        [("key", key), ("seen", seen)].into_iter().chain(fields.iter().copied()).collect();
    form(client, place, &all).await
}

const NORA: [(&str, &str); 5] = [
    ("name", "Nora <b>Contact</b>"),
    ("role", "PURCHASING"),
    ("job_title", "Buyer"),
    ("email", "Nora@stelmo.example"),
    ("phone", "+1 416 555 0100"),
];

/// The place of the only contact.
async fn nora(db: &TestDatabase, client: &mut Client) -> String {
    let place = place(db).await;
    let made = filled(client, &format!("{place}/new"), &NORA).await.expect(303);
    assert_eq!(made.header("location"), format!("{place}?done=added"));
    let key = value(db, "SELECT max(subject_id)::text FROM pii_contacts").await;
    format!("{place}/{key}")
}

#[tokio::test]
async fn a_contact_is_added_changed_given_an_address_and_ended() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let list = place(&db).await;
    let customer = list.trim_end_matches("/contacts").to_owned();
    assert!(text(&page(&mut sales, &customer).await.expect(200)).contains(&format!("href=\"{list}\"")));
    assert!(text(&page(&mut sales, &list).await.expect(200)).contains("No contact yet"));
    let own = nora(&db, &mut sales).await;
    let shown = text(&page(&mut sales, &format!("{list}?done=added")).await.expect(200));
    for told in [
        "Nora &#60;b&#62;Contact&#60;/b&#62;",
        "Purchasing · Buyer",
        "mailto:Nora@stelmo.example",
        "tel:",
        "Added.",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let seen = value(&db, "SELECT count(*)::text FROM pii_access_log WHERE subject_id = (SELECT max(subject_id) FROM pii_contacts)").await;
    assert_ne!(seen, "0", "the reading is written down");

    let changed = [
        ("name", "Nora Contact"),
        ("role", "BILLING"),
        ("job_title", ""),
        ("email", "nora@stelmo.example"),
        ("phone", ""),
    ];
    let _ = filled(&mut sales, &format!("{own}/edit"), &changed).await.expect(303);
    let address = [
        ("address", "1 Dock Road\nToronto"),
        ("recipient", "Gate 4"),
        ("country_code", "ca"),
        ("kind", "SHIP_TO"),
    ];
    let _ = filled(&mut sales, &format!("{own}/address"), &address).await.expect(303);
    let shown = text(&page(&mut sales, &list).await.expect(200));
    assert!(shown.contains("Billing") && !shown.contains("Buyer") && !shown.contains("tel:"), "{shown}");
    assert!(shown.contains("Delivery: Gate 4, 1 Dock Road, Toronto, CA"), "{shown}");
    let _ = filled(&mut sales, &format!("{own}/end"), &[("ended_on", "2026-11-02")]).await.expect(303);
    let shown = text(&page(&mut sales, &list).await.expect(200));
    assert!(shown.contains("Not needed any more since 2 Nov 2026") && !shown.contains("/end\""), "{shown}");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_one_contact() {
    let db = TestDatabase::new().await;
    let mut sales = Site::new(&db).await.person("sample.sales").await;
    let place = format!("{}/new", place(&db).await);
    let asked = page(&mut sales, &place).await.expect(200);
    let key = hidden(&asked, "key");
    for _ in 0..2 {
        let _ = sent(&mut sales, &place, &key, "{}", &NORA).await.expect(303);
    }
    assert_eq!(value(&db, "SELECT count(*)::text FROM pii_contacts").await, "1");
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost() {
    let db = TestDatabase::new().await;
    let mut sales = Site::new(&db).await.person("sample.sales").await;
    let own = nora(&db, &mut sales).await;
    let list = place(&db).await;
    for (place, name, bad) in [
        (format!("{list}/new"), "name", ""),
        (format!("{list}/new"), "role", ""),
        (format!("{list}/new"), "role", "KING"),
        (format!("{list}/new"), "email", "nora at stelmo"),
        (format!("{list}/new"), "phone", "12"),
        (format!("{own}/edit"), "name", "  "),
        (format!("{own}/edit"), "phone", "12"),
    ] {
        let fields: Vec<(&str, &str)> =
            NORA.iter().map(|(field, value)| (*field, if *field == name { bad } else { value })).collect();
        let refused = text(&filled(&mut sales, &place, &fields).await.expect(422));
        assert!(refused.contains(&format!("id=\"{name}-error\"")), "{place} {name}: {refused}");
        assert!(
            name == "name" || refused.contains("value=\"Nora &#60;b&#62;Contact&#60;/b&#62;\""),
            "{place}: {refused}"
        );
    }
    let address = [("address", "1 Dock Road"), ("country_code", "Canada"), ("kind", "SHIP_TO")];
    let refused = text(&filled(&mut sales, &format!("{own}/address"), &address).await.expect(422));
    assert!(refused.contains("id=\"country_code-error\"") && refused.contains("1 Dock Road"), "{refused}");
    let refused = text(&filled(&mut sales, &format!("{own}/end"), &[("ended_on", "soon")]).await.expect(422));
    assert!(refused.contains("id=\"ended_on-error\""), "{refused}");
    assert_eq!(value(&db, "SELECT count(*)::text FROM pii_contacts").await, "1", "nothing of it was made");
    assert_eq!(value(&db, "SELECT count(*)::text FROM pii_addresses").await, "0");
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_told_and_not_overwritten_unseen() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let edit = format!("{}/edit", nora(&db, &mut sales).await);
    let asked = page(&mut sales, &edit).await.expect(200);
    let (key, before) = (hidden(&asked, "key"), seen(&asked));
    let mut other = site.person("sample.admin").await;
    let theirs = NORA.map(|(name, value)| (name, if name == "job_title" { "Head buyer" } else { value }));
    let _ = filled(&mut other, &edit, &theirs).await.expect(303);

    // Another field: both changes stay.
    let mine = NORA.map(|(name, value)| (name, if name == "role" { "PROJECT" } else { value }));
    let _ = sent(&mut sales, &edit, &key, &before, &mine).await.expect(303);
    let list = place(&db).await;
    assert!(text(&page(&mut sales, &list).await.expect(200)).contains("Project · Head buyer"));

    // The same field: told first.
    let asked = page(&mut sales, &edit).await.expect(200);
    let same = NORA.map(|(name, value)| (name, if name == "job_title" { "Boss" } else { value }));
    let told = sent(&mut sales, &edit, &hidden(&asked, "key"), &before, &same).await.expect(412);
    let said = text(&told);
    assert!(said.contains("Somebody else changed this meanwhile: it is now Head buyer"), "{said}");
    assert!(said.contains("value=\"Boss\""), "{said}");
    let _ = sent(&mut sales, &edit, &hidden(&told, "key"), &seen(&told), &same).await.expect(303);
    assert!(text(&page(&mut sales, &list).await.expect(200)).contains("Boss"));
}

#[tokio::test]
async fn contacts_are_for_whoever_may_see_and_change_them() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let own = nora(&db, &mut site.person("sample.sales").await).await;
    let list = place(&db).await;
    let mut technician = site.person("sample.technician").await;
    for place in [list.clone(), format!("{list}/new"), format!("{own}/edit"), format!("{own}/end")] {
        let refused = page(&mut technician, &place).await;
        assert!([403, 404].contains(&refused.status.as_u16()) && !text(&refused).contains("Nora"), "{place}");
    }
    let mut service = site.person("sample.service").await;
    let shown = text(&page(&mut service, &list).await.expect(200));
    let may_change = value(&db, "SELECT (count(*) > 0)::text FROM role_permissions JOIN roles USING (role_id) WHERE role_code = 'CUSTOMER_SERVICE' AND permission_code = 'customer:update_contact'").await;
    assert_eq!(shown.contains("/edit\""), may_change == "true", "{shown}");
    // A contact of another customer is not found there.
    let mut sales = site.person("sample.sales").await;
    let foreign = value(
        &db,
        "INSERT INTO customers (customer_code, name) VALUES ('OTHER-1', 'Northern Clinic') RETURNING customer_id::text",
    )
    .await;
    let key = own.rsplit('/').next().unwrap_or_default().to_owned();
    let _ = page(&mut sales, &format!("/customers/{foreign}/contacts/{key}/edit")).await.expect(404);
    let _ = page(&mut sales, &format!("{list}/999999999/edit")).await.expect(404);
}
