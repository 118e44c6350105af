//! What every request meets: words for what cannot be read, headers, keys that act once, versions, pages of lists.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::json;
use torvan_server::app::Settings;
use torvan_server::transport::Patience;
use torvan_testing::TestDatabase;
use torvan_tests::site::Site;
use tower::ServiceExt as _;

async fn count(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_one(db.pool())
        .await
        .expect("a number")
}

/// Where the ids that a proxy of ours gives to requests are kept.
async fn behind_a_proxy(db: &TestDatabase) -> Site {
    Site::with(db, Settings { trusted_proxies: vec![[127, 0, 0, 1].into()], ..Settings::default() }).await
}

#[tokio::test]
async fn every_answer_has_its_headers_and_every_error_is_a_problem() {
    let db = TestDatabase::new().await;
    let mut client = behind_a_proxy(&db).await.person("sample.sales").await;
    for (method, path, status) in [
        (Method::GET, "/api/v1/orders", 200),
        (Method::GET, "/api/v1/no-such-thing", 404),
        (Method::DELETE, "/api/v1/orders", 405),
        (Method::GET, "/api/v1/orders/999999999", 404),
        (Method::GET, "/api/v1/orders/first", 422),
        (Method::GET, "//healthz", 200),
    ] {
        let reply = client.send(method.clone(), path, None, &[("x-request-id", "me-1")]).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", String::from_utf8_lossy(&reply.bytes));
        assert_eq!(reply.header("x-request-id"), "me-1");
        for name in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"]
        {
            assert!(!reply.header(name).is_empty(), "{path} has no {name}");
        }
        if status >= 400 {
            assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
            assert_eq!(reply.value("request_id"), "me-1");
            assert_eq!(reply.value("status"), status);
        }
    }
}

#[tokio::test]
async fn an_answer_is_compressed_whole_or_not_at_all() {
    let db = TestDatabase::new().await;
    let mut client = behind_a_proxy(&db).await.person("sample.sales").await;
    for path in ["/orders/999999999", "/no-such-thing", "/openapi.json"] {
        let plain = client.get(path).await;
        let packed = client
            .send(
                Method::GET,
                path,
                None,
                &[("accept-encoding", "gzip"), ("x-request-id", plain.header("x-request-id"))],
            )
            .await;
        let is_packed = packed.bytes.starts_with(&[0x1f, 0x8b]);
        assert_eq!(packed.header("content-encoding") == "gzip", is_packed, "{path}");
        assert!(is_packed || packed.bytes == plain.bytes, "{path}");
    }
}

#[tokio::test]
async fn a_kind_of_problem_is_where_its_type_says() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let kind = client.get("/orders/999999999").await.expect(404).value("type");
    let (page, place) =
        kind.as_str().and_then(|kind| kind.split_once('#')).expect("a page and a place in it");
    let page = client.get(page).await.expect(200);
    assert!(String::from_utf8_lossy(&page.bytes).contains(&format!("id=\"{place}\"")));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_place() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    for (body, status) in [
        ("{", 400),
        ("[]", 400),
        (r#"{"body": "a", "body": "b"}"#, 400),
        (r#"{"body": "\u0000"}"#, 400),
        (r#"{"body": 5}"#, 422),
        (r"{}", 422),
        (r#"{"body": "a", "colour": "red"}"#, 422),
    ] {
        let reply =
            client.send_bytes(Method::POST, "/orders/1/notes", Some(body.as_bytes().to_vec()), &[]).await;
        assert_eq!(reply.status, status, "{body}: {}", String::from_utf8_lossy(&reply.bytes));
    }
    let _ = client
        .send(Method::POST, "/orders/1/notes", Some(json!({"body": "x"})), &[("idempotency-key", "")])
        .await
        .expect(400);
}

#[tokio::test]
async fn a_key_acts_once_however_often_it_is_sent() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let order: i64 = count(&db, "SELECT order_id FROM orders WHERE is_sample LIMIT 1").await;
    let path = format!("/orders/{order}/notes");
    let note = || Some(json!({"body": "said once"}));
    let key = [("idempotency-key", "key-of-one-note")];
    let first = client.send(Method::POST, &path, note(), &key).await.expect(201);
    let second = client.send(Method::POST, &path, note(), &key).await.expect(201);
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(second.header("idempotency-replayed"), "true");
    let _ = client.send(Method::POST, &path, Some(json!({"body": "another"})), &key).await.expect(422);
    assert_eq!(count(&db, "SELECT count(*) FROM order_notes WHERE body = 'said once'").await, 1);

    // A refused request leaves its key free.
    let free = [("idempotency-key", "key-of-a-refusal")];
    let _ = client.send(Method::POST, "/orders/999999999/notes", note(), &free).await.expect(404);
    let _ = client.send(Method::POST, &path, note(), &free).await.expect(201);
}

#[tokio::test]
async fn fifty_duplicates_at_once_act_once() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let client = site.person("sample.sales").await;
    let order: i64 = count(&db, "SELECT order_id FROM orders WHERE is_sample LIMIT 1").await;
    let path = format!("/orders/{order}/notes");
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (mut client, path) = (client.clone(), path.clone());
        sending.spawn(async move {
            let key = [("idempotency-key", "fifty")];
            client
                .send(Method::POST, &path, Some(json!({"body": "fifty at once"})), &key)
                .await
                .status
                .as_u16()
        });
    }
    let statuses = sending.join_all().await;
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&201));
    assert_eq!(count(&db, "SELECT count(*) FROM order_notes WHERE body = 'fifty at once'").await, 1);
}

#[tokio::test]
async fn a_change_says_which_version_it_saw_and_of_two_one_wins() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let made = client
        .post(
            "/orders",
            json!({"customer_code": "STELMO", "po_number": "PO-API-1", "sales_person": "sample.sales",
            "want_date": "2031-05-01", "build_numbers": ["API-001"]}),
        )
        .await
        .expect(201);
    let place = made.header("location").to_owned();
    let order = client.get(&place).await.expect(200);
    assert_eq!(order.value("phase"), "DRAFT");
    assert_eq!(order.header("etag"), format!("\"v{}\"", order.value("row_version")));
    let step = format!("{place}/transition");
    let to = || Some(json!({"to_phase": "CONFIGURATION"}));
    let _ = client.send(Method::POST, &step, to(), &[]).await.expect(428);
    let _ = client.send(Method::POST, &step, to(), &[("if-match", "\"v99\"")]).await.expect(412);
    let tag = order.header("etag");
    let _ = client.send(Method::POST, &step, to(), &[("if-match", "W/\"x\"")]).await.expect(422);
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (mut client, step, tag) = (client.clone(), step.clone(), tag.to_owned());
        racing.spawn(async move {
            let key = format!("{:?}", std::time::Instant::now());
            let headers = [("if-match", tag.as_str()), ("idempotency-key", key.as_str())];
            client
                .send(Method::POST, &step, Some(json!({"to_phase": "CONFIGURATION"})), &headers)
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn lists_come_in_pages_that_cover_all_of_it_once() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let all: i64 = count(&db, "SELECT count(*) FROM parts").await;
    for sort in ["part_number", "-part_number"] {
        let mut path = format!("/parts?limit=200&sort={sort}&fields=part_id,part_number&count=true");
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = client.get(&path).await.expect(200);
            assert_eq!(page.value("count"), all);
            for row in page.value("items").as_array().expect("rows") {
                assert_eq!(row.as_object().expect("a row").len(), 2);
                assert!(seen.insert(row["part_id"].as_i64()), "{row} came twice");
            }
            let next = page.header("link");
            let Some(link) =
                next.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(link, _)| link)
            else {
                assert_eq!(page.value("next_cursor"), serde_json::Value::Null);
                break;
            };
            path = link.to_owned();
        }
        assert_eq!(i64::try_from(seen.len()).expect("few"), all);
    }
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "sort=secret",
        "fields=password",
        "fields=",
        "cursor=AAAA",
        "count=maybe",
        "filter[nothing]=1",
        "filter[part_number][like]=x",
        "colour=red",
        "format=pdf",
    ] {
        let reply = client.get(&format!("/parts?{bad}")).await;
        assert_eq!(reply.status, 422, "{bad}");
        assert!(reply.json()["errors"][0]["parameter"].is_string(), "{bad}");
    }
}

#[tokio::test]
async fn a_list_is_a_file_too_and_no_cell_is_a_formula() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    sqlx::query("UPDATE customers SET name = '=HYPERLINK(\"http://x\")' WHERE customer_code = 'STELMO'")
        .execute(db.pool())
        .await
        .expect("a name");
    let csv = client.get("/customers?format=csv&fields=customer_code,name").await.expect(200);
    assert!(csv.header("content-disposition").contains("attachment"));
    let text = String::from_utf8(csv.bytes).expect("text");
    assert!(text.starts_with("customer_code,name\r\n"), "{text}");
    assert!(text.contains("'=HYPERLINK"), "{text}");
    let book = client.get("/customers?format=xlsx").await.expect(200);
    assert!(book.bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn a_file_that_is_not_whole_does_not_end_like_one_that_is() {
    let db = TestDatabase::new().await;
    let patience = Patience { writing: Duration::from_millis(100), ..Patience::default() };
    let site = Site::with(&db, Settings { patience, ..Settings::default() }).await;
    let client = site.person("sample.admin").await;
    sqlx::query("SELECT emit_event('part.probe', 'parts', 1, '{}') FROM generate_series(1, 20000)")
        .execute(db.pool())
        .await
        .expect("events");
    for (rest, is_whole) in [(Duration::ZERO, true), (Duration::from_secs(3), false)] {
        let mut request = Request::get("/api/v1/outbox-events?format=csv&fields=outbox_event_id");
        for (name, value) in client.credentials() {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = torvan_server::router(site.app()).oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut body = response.into_body();
        let first = body.frame().await.expect("a piece").expect("sent");
        assert!(first.is_data());
        // Whoever rests for so long is not waited for.
        tokio::time::sleep(rest).await;
        assert_eq!(body.collect().await.is_ok(), is_whole, "after {rest:?}");
    }
}

#[tokio::test]
async fn what_the_role_may_not_is_refused_and_written_down() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.technician").await;
    let body = json!({"code": "NEWCO", "name": "New Company"});
    let refused = client.post("/customers", body).await.expect(403);
    assert!(refused.value("detail").as_str().is_some_and(|detail| detail.contains("customer:create")));
    assert_eq!(count(&db, "SELECT count(*) FROM customers WHERE customer_code = 'NEWCO'").await, 0);
    let noted = "SELECT count(*) FROM security_events WHERE event_type = 'PERMISSION_REFUSED' AND actor = 'sample.technician'";
    assert_eq!(count(&db, noted).await, 1);
}
