//! Lists, records and forms as people use them: what is shown, what is refused beside its field, what another one changed.

use axum::http::Method;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

pub(crate) async fn send(client: &mut Client, path: &str, pairs: &[(&str, &str)]) -> Reply {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    client
        .send_bytes(Method::POST, path, Some(form.finish().into_bytes()), &[kind, ("idempotency-key", "")])
        .await
}

pub(crate) fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
    rest.split('"').next().unwrap_or_default().replace("&#34;", "\"").replace("&quot;", "\"")
}

pub(crate) async fn opened(client: &mut Client, path: &str) -> String {
    text(&client.get(path).await.expect(200))
}

#[tokio::test]
async fn a_supplier_is_added_found_changed_and_shown() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let page = opened(&mut client, "//suppliers/new").await;
    let once = hidden(&page, "once");
    assert!(!once.is_empty());
    let pairs = [
        ("once", once.as_str()),
        ("supplier_code", "NORTHCAST"),
        ("name", "Northern Castings"),
        ("lead_days", "21"),
    ];
    let made = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
    let place = made.header("location").to_owned();
    assert!(place.starts_with("/suppliers/"), "{place}");
    // Sent twice, it is there once.
    let again = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
    assert_eq!(again.header("location"), place);
    let found = opened(&mut client, "//suppliers?filter%5Bsupplier_code%5D%5Bprefix%5D=NORTH").await;
    assert!(found.contains("Northern Castings") && found.contains(&place), "{found}");
    let record = opened(&mut client, &format!("/{place}")).await;
    assert!(record.contains("NORTHCAST") && record.contains("21"), "{record}");

    let edit = format!("/{place}/edit");
    let page = opened(&mut client, &edit).await;
    assert!(page.contains("value=\"Northern Castings\""), "{page}");
    let version = hidden(&page, "version");
    let pairs = [
        ("version", version.as_str()),
        ("supplier_code", "NORTHCAST"),
        ("name", "Northern Castings Ltd"),
        ("lead_days", "21"),
        ("is_active", "true"),
        ("notes", ""),
    ];
    let _ = send(&mut client, &edit, &pairs).await.expect(303);
    assert!(opened(&mut client, &format!("/{place}")).await.contains("Northern Castings Ltd"));
}

#[tokio::test]
async fn what_is_refused_is_told_beside_its_field_and_nothing_typed_is_lost() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let pairs = [
        ("once", "a-key-of-a-form"),
        ("supplier_code", ""),
        ("name", "Half <b>typed</b>"),
        ("lead_days", "soon"),
    ];
    let page = text(&send(&mut client, "//suppliers/new", &pairs).await.expect(422));
    assert!(page.contains("Half &#60;b&#62;typed&#60;/b&#62;"), "{page}");
    assert!(page.contains("id=\"supplier_code-error\"") && page.contains("id=\"lead_days-error\""), "{page}");
    assert!(page.contains("value=\"soon\""), "{page}");
    // The key is good for the next attempt: nothing was done with it.
    assert_eq!(hidden(&page, "once"), "a-key-of-a-form");
    let pairs = [
        ("once", "a-key-of-a-form"),
        ("supplier_code", "MENDED"),
        ("name", "Half typed"),
        ("lead_days", "3"),
    ];
    let _ = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
    // A rule of the database.
    let pairs = [("once", "another-key-of-a-form"), ("supplier_code", "MENDED"), ("name", "The same code")];
    let page = text(&send(&mut client, "//suppliers/new", &pairs).await.expect(409));
    assert!(page.contains("id=\"supplier_code-error\"") && page.contains("The same code"), "{page}");
}

fn version_of<'a>(name: &'a str, version: &'a str) -> [(&'a str, &'a str); 4] {
    [("version", version), ("supplier_code", "CHANGES"), ("name", name), ("is_active", "true")]
}

#[tokio::test]
async fn what_another_one_changed_meanwhile_is_told_and_ones_own_text_is_kept() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let pairs = [("once", "a-key-of-a-form"), ("supplier_code", "CHANGES"), ("name", "First")];
    let made = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
    let edit = format!("/{}/edit", made.header("location"));
    let seen = hidden(&opened(&mut client, &edit).await, "version");
    let _ = send(&mut client, &edit, &version_of("Theirs", &seen)).await.expect(303);
    let page = text(&send(&mut client, &edit, &version_of("Mine", &seen)).await.expect(412));
    assert!(page.contains("value=\"Mine\"") && page.contains("Theirs"), "{page}");
    // The page has the new version: sent again, the own text is put in its place.
    let now = hidden(&page, "version");
    assert_ne!(now, seen);
    let _ = send(&mut client, &edit, &version_of("Mine", &now)).await.expect(303);
}

#[tokio::test]
async fn filters_orders_and_files_follow_the_address() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let page =
        opened(&mut client, "//assemblies?filter%5Bassembly_code%5D%5Bprefix%5D=T2-BODY&sort=-name").await;
    assert!(page.contains("T2-BODY-48-60-HA") && !page.contains("T2-DL27-KIT"), "{page}");
    assert!(page.contains("aria-sort=\"descending\""), "{page}");
    assert!(
        page.contains(
            "/api/v1/assemblies?filter%5Bassembly_code%5D%5Bprefix%5D=T2-BODY&#38;sort=-name&#38;format=csv"
        ),
        "{page}"
    );
    let boms = opened(&mut client, "//boms?view=all&sort=-created_at").await;
    assert!(boms.contains("aria-sort=\"descending\""), "{boms}");
    // A head that does not sort leads to the filter that asks for its column.
    assert!(boms.contains("href=\"#filter-state\"") && boms.contains("id=\"filter-state\""), "{boms}");
    let first = opened(&mut client, "//parts?view=all&limit=5").await;
    let next =
        first.split("rel=\"next\"").next().and_then(|text| text.rsplit("href=\"").next()).unwrap_or_default();
    let next = next.split('"').next().unwrap_or_default().replace("&#38;", "&");
    assert!(next.contains("cursor="), "{next}");
    let second = opened(&mut client, &format!("/{next}")).await;
    assert_ne!(hidden_codes(&first), hidden_codes(&second));
    let _ = client.get("//parts?filter%5Bcolour%5D=red").await.expect(422);
    let french = opened(&mut client, "//parts?lang=fr").await;
    assert!(french.contains("Pièces") && french.contains("Fabricant"), "{french}");
}

fn hidden_codes(page: &str) -> Vec<&str> {
    page.split("data-href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn only_what_somebody_may_do_is_offered() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let mut sales = site.person("sample.sales").await;
    let of = "//users/sample.service";
    assert!(opened(&mut admin, of).await.contains("/users/sample.service/disable"));
    // Others see themselves, and no way to change an account.
    let _ = sales.get(of).await.expect(404);
    let own = opened(&mut sales, "//users/sample.sales").await;
    assert!(!own.contains("/users/sample.sales/disable"), "{own}");
    let _ = sales.get("//users/sample.service/disable").await.expect(403);
    let _ = sales.get("//audit/trail").await.expect(403);
    assert!(!opened(&mut sales, "//").await.contains("href=\"/audit/trail\""));
    assert!(opened(&mut admin, "//").await.contains("href=\"/audit/trail\""));

    // An address with what is no key leads nowhere.
    for lost in ["customers/xyz", "rule-sets/zzz", "outsourced-lines/abc", "retention/policies/API_TOKENS"] {
        let page = text(&admin.get(&format!("//{lost}")).await.expect(404));
        assert!(!page.contains("check what you typed"), "{lost}: {page}");
    }

    // The trail can be asked for every table that it keeps, and for no other.
    let trail = opened(&mut admin, "//audit/trail?table=role_permissions").await;
    for table in ["allowed_hosts", "legal_holds", "notification_rules", "external_systems"] {
        assert!(trail.contains(&format!("<option value=\"{table}\">")), "{table}: {trail}");
    }
    assert!(trail.contains("<option value=\"role_permissions\" selected>"), "{trail}");
    let unknown = text(&admin.get("//audit/trail?table=zzz").await.expect(422));
    assert!(unknown.contains("No records are called zzz"), "{unknown}");
}

#[tokio::test]
async fn a_fresh_proof_is_asked_for_and_what_was_typed_is_there_after_it() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let stale = "UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'";
    sqlx::query(stale).execute(db.pool()).await.expect("later");
    let pairs = [("once", "a-key-of-a-form"), ("role_code", "SALES_MANAGER"), ("reason", "helps out")];
    let asked = send(&mut admin, "//users/sample.service/grant", &pairs).await.expect(303);
    let place = asked.header("location").to_owned();
    assert!(place.starts_with("/account/confirm?next=%2Fusers%2Fsample.service%2Fgrant"), "{place}");
    let next = form_urlencoded::parse(place.split_once('?').map_or("", |(_, query)| query).as_bytes())
        .find(|(name, _)| name == "next")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let page = opened(&mut admin, &format!("/{next}")).await;
    assert!(page.contains("value=\"SALES_MANAGER\" selected") && page.contains("helps out"), "{page}");
}

#[tokio::test]
async fn a_form_that_came_back_with_other_values_is_not_taken_for_the_one_before() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let once = "a-key-of-a-form";
    let pairs = [("once", once), ("supplier_code", "FIRST"), ("name", "First")];
    let _ = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
    let pairs = [("once", once), ("supplier_code", "SECOND"), ("name", "Second")];
    let page = text(&send(&mut client, "//suppliers/new", &pairs).await.expect(422));
    assert!(page.contains("value=\"SECOND\"") && page.contains("sent before"), "{page}");
    let fresh = hidden(&page, "once");
    assert_ne!(fresh, once);
    let pairs = [("once", fresh.as_str()), ("supplier_code", "SECOND"), ("name", "Second")];
    let _ = send(&mut client, "//suppliers/new", &pairs).await.expect(303);
}

#[tokio::test]
async fn another_filter_keeps_those_that_are_on() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let page =
        opened(&mut client, "//parts?filter%5Bpart_type%5D=COMPONENT&filter%5Bpart_number%5D%5Bprefix%5D=T2")
            .await;
    let form =
        page.split("filter-form").nth(1).and_then(|rest| rest.split("</form>").next()).unwrap_or_default();
    assert!(form.contains("<option value=\"COMPONENT\" selected>"), "{form}");
    assert!(form.contains("name=\"filter[part_number][prefix]\" type=\"text\" value=\"T2\""), "{form}");
}

#[tokio::test]
async fn records_of_every_kind_are_shown() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let mut service = site.person("sample.service").await;
    let made =
        send(&mut service, "//service-orders/new", &[("once", "key-of-a-cart"), ("customer_code", "STELMO")])
            .await;
    let cart = made.expect(303).header("location").to_owned();
    let page = opened(&mut service, &format!("/{cart}")).await;
    assert!(page.contains("Draft") && page.contains(&format!("{cart}/cancel")), "{page}");
    let _ = send(&mut service, &format!("/{cart}/cancel"), &[("once", "key-of-its-end")]).await.expect(303);
    let page = opened(&mut service, &format!("/{cart}")).await;
    assert!(page.contains("Cancelled") && !page.contains(&format!("{cart}/cancel")), "{page}");

    let pairs = [
        ("once", "key-of-a-place"),
        ("location_code", "A-01"),
        ("name", "Aisle A, bay 1"),
        ("location_kind", "WAREHOUSE"),
    ];
    let place =
        send(&mut admin, "//stock-locations/new", &pairs).await.expect(303).header("location").to_owned();
    assert!(opened(&mut admin, &format!("/{place}")).await.contains("Aisle A, bay 1"));
    assert!(opened(&mut admin, &format!("/{place}/edit")).await.contains("value=\"A-01\""));
    let pairs = [
        ("once", "key-of-a-receipt"),
        ("code", "T2-BODY-48-60-HA"),
        ("quantity", "2"),
        ("location_code", "A-01"),
    ];
    let _ = send(&mut admin, "//stock/contents/receive", &pairs).await.expect(303);
    let page = opened(&mut admin, &format!("/{place}")).await;
    assert!(page.contains("T2-BODY-48-60-HA"), "{page}");

    let document = serde_json::json!({"title": "Assembly of the body", "kind": "WORK_INSTRUCTION"});
    let document = admin.post("/documents", document).await.expect(201).value("document_id");
    assert!(opened(&mut admin, &format!("//documents/{document}")).await.contains("Assembly of the body"));
    for statement in [
        "INSERT INTO allowed_hosts (target, reason, allowed_by) SELECT 'erp.example:443', 'the plant''s own', user_id FROM users WHERE login = 'sample.admin'",
        "INSERT INTO external_systems (system_code, system_kind, name, base_url) VALUES ('PLANT_ERP', 'ERP', 'The ERP of the plant', 'https://erp.example')",
    ] {
        sqlx::query(statement).execute(db.pool()).await.expect(statement);
    }
    assert!(opened(&mut admin, "//external-systems/PLANT_ERP").await.contains("https://erp.example"));
}

#[tokio::test]
async fn a_person_is_shown_with_roles_by_their_names_and_the_ways_that_make_sense() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let of = "//users/sample.service";
    let page = opened(&mut admin, of).await;
    assert!(page.contains("Customer Service") && page.contains("href=\"/roles/CUSTOMER_SERVICE\""), "{page}");
    assert!(page.contains("sample.service/disable") && !page.contains("sample.service/enable"), "{page}");
    let pairs = [("once", "key-of-an-end"), ("reason", "left the plant")];
    let _ = send(&mut admin, "//users/sample.service/disable", &pairs).await.expect(303);
    let page = opened(&mut admin, of).await;
    assert!(page.contains("sample.service/enable") && !page.contains("sample.service/disable"), "{page}");
}

#[tokio::test]
async fn stock_comes_in_is_counted_scrapped_and_blocked_and_its_item_tells_of_it() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let item = "T2-BODY-48-60-HA";
    let place =
        [("once", "place"), ("location_code", "A-01"), ("name", "Rack A"), ("location_kind", "WAREHOUSE")];
    let _ = send(&mut client, "//stock-locations/new", &place).await.expect(303);
    let came = [
        ("once", "came"),
        ("code", item),
        ("quantity", "12"),
        ("location_code", "A-01"),
        ("lot_number", "LOT-2611"),
        ("reference", "PO 4711"),
    ];
    let _ = send(&mut client, "//stock/contents/receive", &came).await.expect(303);
    let mut scrap = [
        ("once", "scrap"),
        ("code", item),
        ("quantity", "40"),
        ("location_code", "A-01"),
        ("lot_number", "LOT-2611"),
        ("reason", "bent"),
    ];
    let refused = text(&send(&mut client, "//stock/contents/scrap", &scrap).await);
    assert!(refused.contains("role=\"alert\"") && refused.contains("value=\"40\""), "{refused}");
    scrap[2].1 = "2";
    let _ = send(&mut client, "//stock/contents/scrap", &scrap).await.expect(303);

    let found = opened(&mut client, "//stock-balances?filter%5Bitem_code%5D%5Bprefix%5D=T2-BODY-48-60").await;
    assert!(found.contains(&format!("/stock-balances/{item}")), "{found}");
    let told = opened(&mut client, &format!("//stock-balances/{item}")).await;
    for word in ["A-01", "LOT-2611", "PO 4711", "bent", "Pat Production", "code=T2-BODY-48-60-HA"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    let lots = opened(&mut client, "//stock-lots").await;
    let lot = lots.split("/stock-lots/").find(|rest| rest.starts_with(char::is_numeric)).unwrap_or_default();
    let lot: String = lot.chars().take_while(char::is_ascii_digit).collect();
    let told = opened(&mut client, &format!("//stock-lots/{lot}")).await;
    assert!(told.contains("code=T2-BODY-48-60-HA&#38;lot_number=LOT-2611"), "{told}");
    let block = [
        ("once", "block"),
        ("code", item),
        ("lot_number", "LOT-2611"),
        ("blocked", "true"),
        ("reason", "certificate is missing"),
    ];
    let _ = send(&mut client, "//stock-lots/block", &block).await.expect(303);
    let told = opened(&mut client, &format!("//stock-lots/{lot}")).await;
    assert!(told.contains("certificate is missing"), "{told}");
}
