//! What callers of the API are helped with: files of searches, questions without a key, refusals with their places, hints that can
//! be followed, a site that begins with nothing.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_testing::TestDatabase;
use torvan_tests::SMALL_SINK;
use torvan_tests::site::{Client, PASSWORD, Reply, Site};

use crate::assurance::enrolled;
use crate::office::{fields_of, filled, page};

fn pointers(reply: &Reply) -> Vec<String> {
    let errors = reply.json().get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
}

fn order(po_number: &str, build_number: &str) -> Value {
    json!({"customer_code": "STELMO", "po_number": po_number, "sales_person": "sample.sales",
        "want_date": "2031-05-01", "build_numbers": [build_number]})
}

fn lines(reply: &Reply) -> Vec<String> {
    String::from_utf8_lossy(&reply.bytes).lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_search_is_exported_whole_with_what_it_filters() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    for place in 0..3 {
        let _ = client
            .post("/orders", order(&format!("PO-EX-{place}"), &format!("EX-{place}")))
            .await
            .expect(201);
    }
    let filter = "filters=%7B%22phase%22%3A%22DRAFT%22%7D&sort=order_number_asc";
    let page = client.get(&format!("/orders?{filter}")).await.expect(200);
    let found = page.value("items").as_array().map_or(0, Vec::len);
    assert!(found >= 3);
    let file = client.get(&format!("/orders?{filter}&format=csv&limit=1")).await.expect(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"orders.csv\"");
    let lines = lines(&file);
    assert!(lines[0].starts_with("order_id,order_number,") && !lines[0].contains("after"), "{}", lines[0]);
    assert_eq!(lines.len(), found + 1, "all of it, whatever the limit");
    assert!(lines[1..].iter().all(|line| line.contains("DRAFT")));
    let sheet = client.get("/orders?format=xlsx").await.expect(200);
    assert!(sheet.bytes.starts_with(b"PK"));
    let same = client.get(&format!("/orders?{filter}&format=json")).await.expect(200);
    assert_eq!(same.bytes, page.bytes);
    let _ = client.get("/orders?format=pdf").await.expect(422);
    let _ = client.get("/orders?format=csv&colour=red").await.expect(422);
    for format in ["csv", "xlsx"] {
        let reply = client.get(&format!("/orders?format={format}&sort=colour")).await.expect(422);
        assert_eq!(reply.value("errors")[0]["parameter"], "sort");
    }
    // A function that is no search has no files.
    let _ = client.get("/orders/board?format=csv").await.expect(422);
}

#[tokio::test]
async fn a_file_of_a_search_goes_over_all_its_pages() {
    let db = TestDatabase::new().await;
    let statement = "INSERT INTO orders (order_number, customer_id, po_number, want_date, language)
        SELECT 'EX-' || n, (SELECT customer_id FROM customers LIMIT 1), 'PO-EX-' || n, current_date + 30, 'EN' FROM generate_series(1, 1203) n";
    sqlx::query(statement).execute(db.pool()).await.expect("orders");
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let file = client.get("/orders?format=csv").await.expect(200);
    let total: i64 =
        sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(db.pool()).await.expect("a number");
    let mut lines = lines(&file);
    assert_eq!(i64::try_from(lines.len()).expect("few"), total + 1);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(i64::try_from(lines.len()).expect("few"), total + 1, "each once");
}

async fn configurations(db: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM configurations").fetch_one(db.pool()).await.expect("a number")
}

#[tokio::test]
async fn a_question_with_a_body_needs_no_key_and_changes_nothing() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let sink: Value = serde_json::from_str(SMALL_SINK).expect("JSON");
    let before = configurations(&db).await;
    let none = [("idempotency-key", "")];
    let body = || Some(json!({"parameters": sink}));
    let preview = client.send(Method::POST, "/configurations/preview", body(), &none).await.expect(200);
    assert_eq!(preview.value("valid"), true, "{}", preview.json());
    let explained = client.send(Method::POST, "/configurations/explain", body(), &none).await.expect(200);
    let lines = explained.value("items");
    assert_eq!(lines.as_array().map(Vec::len), preview.value("top_level").as_array().map(Vec::len));
    assert!(lines[0]["because"].as_str().is_some_and(|because| !because.is_empty()), "{lines}");
    let mut wrong = sink.clone();
    wrong["length_in"] = json!(20);
    let found = client
        .send(Method::POST, "/configurations/validate", Some(json!({"parameters": wrong})), &none)
        .await
        .expect(200);
    assert_eq!(found.value("items")[0]["path"], "/length_in");
    let reply =
        client.send(Method::POST, "/configurations/preview", Some(json!({"parameters": 5})), &none).await;
    assert_eq!(pointers(&reply.expect(422)), ["/parameters"]);
    let _ = client.send(Method::POST, "/configurations/preview", Some(json!({})), &none).await.expect(422);
    let _ = site.stranger().send(Method::POST, "/configurations/preview", body(), &none).await.expect(401);
    assert_eq!(configurations(&db).await, before);
}

#[tokio::test]
async fn a_refusal_of_a_function_says_which_field_it_is_about() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut sales = site.person("sample.sales").await;
    let with = |name: &str, value: Value| {
        let mut body = order("PO-F-1", "F-1");
        body[name] = value;
        body
    };
    for (body, status, expected) in [
        (with("customer_code", json!("NOBODY")), 404, "/customer_code"),
        (with("want_date", json!("2001-01-01")), 422, "/want_date"),
        (with("language", json!("DE")), 422, "/language"),
        (with("po_number", json!("x")), 422, "/po_number"),
        (with("build_numbers", json!(["not right!"])), 422, "/build_numbers"),
    ] {
        let reply = sales.post("/orders", body.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", reply.json());
        assert_eq!(pointers(&reply), [expected], "{body}: {}", reply.json());
    }
    let made = sales.post("/orders", order("PO-F-1", "F-1")).await.expect(201);
    let reply = sales.post("/orders", order("po-f-1", "F-2")).await.expect(409);
    assert_eq!(pointers(&reply), ["/po_number"]);
    let place = made.header("location").to_owned();
    let seen = sales.get(&place).await.header("etag").to_owned();
    let changes = Some(json!({"changes": {"want_date": "2001-01-01"}}));
    let reply = sales.send(Method::PATCH, &place, changes, &[("if-match", &seen)]).await.expect(422);
    assert_eq!(pointers(&reply), ["/changes/want_date"]);
    let mut admin = site.person("sample.admin").await;
    let reply = admin
        .post("/users", json!({"login": "a b", "display_name": "A", "language": "EN", "kind": "STAFF"}))
        .await;
    assert!(reply.status.is_client_error());
    assert_eq!(pointers(&reply).first().map(String::as_str), Some("/login"), "{}", reply.json());
}

#[tokio::test]
async fn what_lies_in_store_has_pages_that_cover_all_of_it_once() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let place = json!({"location_code": "API-STORE", "name": "Store"});
    let place = client.post("/stock-locations", place).await.expect(201).value("location_code");
    let parts = client.get("/parts?limit=5&filter%5Blifecycle%5D=ACTIVE").await.expect(200).value("items");
    for part in parts.as_array().expect("parts") {
        let body = json!({"code": part["part_number"], "quantity": 5, "location_code": place});
        let _ = client.post("/stock/receive", body).await.expect(200);
    }
    let whole = client.get("/stock/contents?limit=200&count=true").await.expect(200);
    assert!(whole.value("count").as_i64() >= Some(5));
    let mut seen = Vec::new();
    let mut path = "/stock/contents?limit=2".to_owned();
    loop {
        let page = client.get(&path).await.expect(200);
        seen.extend(page.value("items").as_array().cloned().unwrap_or_default());
        match page.value("next_cursor").as_str() {
            Some(cursor) => path = format!("/stock/contents?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(Value::Array(seen), whole.value("items"));
}

#[tokio::test]
async fn the_boms_of_an_order_are_listed() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let order: i64 = sqlx::query_scalar("SELECT order_id FROM orders WHERE is_sample LIMIT 1")
        .fetch_one(db.pool())
        .await
        .expect("the order");
    let boms = client.get(&format!("/orders/{order}/boms")).await.expect(200).value("items");
    let boms = boms.as_array().expect("a list");
    assert!(!boms.is_empty());
    assert!(boms.iter().all(|bom| bom["order_id"] == order));
    let _ = client.get(&format!("/orders/{order}/boms?filter%5Bstate%5D=RELEASED")).await.expect(200);
}

async fn made(client: &mut Client, path: &str, body: Value) -> Value {
    let reply = client.post(path, body).await.expect(201);
    let place = reply.header("location").to_owned();
    let _ = client.get(&place).await.expect(200);
    reply.json()
}

#[tokio::test]
async fn a_site_that_has_nothing_begins_by_the_api_and_signs_by_hand() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = enrolled(&db, &site, "sample.admin").await;
    let category = made(&mut client, "/categories", json!({"category_code": "NEW", "name": "New"})).await;
    let subcategory =
        json!({"category_id": category["category_id"], "subcategory_code": "NEW.1", "name": "First"});
    let subcategory = made(&mut client, "/subcategories", subcategory).await;
    let part = made(&mut client, "/parts", json!({"part_number": "NEW-P", "name": "Plate"})).await;
    let assembly =
        json!({"assembly_code": "NEW-A", "name": "Frame", "subcategory_id": subcategory["subcategory_id"]});
    let _ = made(&mut client, "/assemblies", assembly).await;
    let revision = client.post("/assemblies/NEW-A/revisions", json!({"note": "first"})).await.expect(201);
    let revision = revision.value("assembly_revision_id");
    let path = format!("/assembly-revisions/{revision}/components");
    let _ = made(&mut client, &path, json!({"child_part_id": part["part_id"], "quantity": 4})).await;
    let release = format!("/assembly-revisions/{revision}/release");
    let _ = client.post(&release, json!({})).await.expect(401);
    // It is put in force by a signature: by hand, on its page.
    let asked = page(&mut client, &release).await.expect(200);
    let mut fields = fields_of(&asked, "type=\"password\"");
    let code = factor.code();
    fields.extend(
        [("reason", "first"), ("password", PASSWORD), ("code", &code)]
            .map(|(name, value)| (name.into(), value.into())),
    );
    let _ = filled(&mut client, &release, &fields).await.expect(303);
    // Rules of a family of its own.
    let family = json!({"family_code": "NEW_FAMILY", "name": "New", "description": "Of this test."});
    let _ = made(&mut client, "/product-families", family).await;
    let rules =
        made(&mut client, "/rule-sets", json!({"family_code": "NEW_FAMILY", "note": "first rules"})).await;
    let path = format!("/rule-sets/{}/parameters", rules["rule_set_id"]);
    let parameter = json!({"parameter_code": "length", "value_type": "INTEGER", "group_code": "size", "position": 1, "label": "Length"});
    let _ = made(&mut client, &path, parameter).await;
    let reply =
        client.post("/rule-sets", json!({"family_code": "NONE", "note": "first rules"})).await.expect(404);
    assert_eq!(pointers(&reply), ["/family_code"]);
    let structure = client.get("/assemblies/NEW-A/structure").await.expect(200);
    assert!(String::from_utf8_lossy(&structure.bytes).contains("NEW-P"));
}
