//! Rows that are written directly: added, changed and taken away, good and bad, by those who may and those who may not.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

async fn patch(client: &mut Client, path: &str, tag: &str, body: Value) -> Reply {
    client.send(Method::PATCH, path, Some(body), &[("if-match", tag)]).await
}

async fn remove(client: &mut Client, path: &str, tag: &str) -> Reply {
    client.send(Method::DELETE, path, None, &[("if-match", tag)]).await
}

async fn tag(client: &mut Client, path: &str) -> String {
    client.get(path).await.expect(200).header("etag").to_owned()
}

/// Pointers of the fields at fault.
fn pointers(reply: &Reply) -> Vec<String> {
    let errors = reply.json().get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
}

async fn number(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_one(db.pool())
        .await
        .expect("a number")
}

fn part(number: &str) -> Value {
    json!({"part_number": number, "name": "Bracket", "list_price": 12.5, "attributes": {"colour": "grey"}})
}

#[tokio::test]
async fn a_row_is_added_read_changed_and_found_where_its_location_says() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let made = client.post("/parts", part("API/P 1")).await.expect(201);
    let place = made.header("location").to_owned();
    assert_eq!(place, "/api/v1/parts/API%2FP%201");
    let read = client.get(&place).await.expect(200);
    assert_eq!(read.bytes, made.bytes);
    assert_eq!(read.header("etag"), made.header("etag"));
    assert_eq!(read.value("attributes"), json!({"colour": "grey"}));
    assert!(read.json().get("list_price").is_none(), "prices are read through functions");
    assert_eq!(number(&db, "SELECT list_price::bigint FROM parts WHERE part_number = 'API/P 1'").await, 13);
    // The database makes the code of a part known as an item, and the trail says who.
    let _ = client.get("/items/API%2FP%201").await.expect(200);
    let actor = "SELECT count(*) FROM audit_log a JOIN users u ON u.user_id = a.actor_id WHERE a.table_name = 'parts' AND a.operation = 'INSERT' AND u.login = 'sample.admin'";
    assert_eq!(number(&db, actor).await, 1);

    let changed =
        patch(&mut client, &place, made.header("etag"), json!({"description": "Steel", "weight_kg": 0.25}))
            .await
            .expect(200);
    assert_eq!(changed.value("description"), "Steel");
    assert_eq!(changed.value("name"), "Bracket", "what is not given stays");
    let cleared =
        patch(&mut client, &place, changed.header("etag"), json!({"description": null})).await.expect(200);
    assert_eq!(cleared.value("description"), Value::Null);
    assert_eq!(tag(&mut client, &place).await, cleared.header("etag"));
    let known = client.send(Method::GET, &place, None, &[("if-none-match", cleared.header("etag"))]).await;
    let _ = known.expect(304);
}

#[tokio::test]
async fn a_change_that_saw_another_version_does_nothing() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let made = client.post("/parts", part("API-P-2")).await.expect(201);
    let (place, first) = (made.header("location").to_owned(), made.header("etag").to_owned());
    let _ = client.send(Method::PATCH, &place, Some(json!({"name": "Other"})), &[]).await.expect(428);
    // A price, which nobody reads here, is a change too.
    let second = patch(&mut client, &place, &first, json!({"list_price": 99})).await.expect(200);
    assert_ne!(second.header("etag"), first);
    for stale in [first.as_str(), "\"v1\""] {
        let _ = patch(&mut client, &place, stale, json!({"name": "Other"})).await.expect(412);
    }
    for no_tag in ["x", "null", "*"] {
        let said = patch(&mut client, &place, no_tag, json!({"name": "Other"})).await.expect(422).json();
        assert!(said.to_string().contains("If-Match"), "{said}");
    }
    assert_eq!(
        number(&db, "SELECT count(*) FROM parts WHERE part_number = 'API-P-2' AND name = 'Bracket'").await,
        1
    );

    // Of two at once one wins.
    let now = second.header("etag").to_owned();
    let mut racing = tokio::task::JoinSet::new();
    for name in ["One", "Other"] {
        let (mut client, place, now) = (client.clone(), place.clone(), now.clone());
        racing.spawn(
            async move { patch(&mut client, &place, &now, json!({"name": name})).await.status.as_u16() },
        );
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn a_row_is_taken_away_in_the_version_that_was_seen() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let words = json!({"entity": "part", "translation_key": "API 1", "language": "FR", "body": "Équerre"});
    let made = client.post("/translations", words).await.expect(201);
    let place = made.header("location").to_owned();
    assert_eq!(place, "/api/v1/translations/part/API%201/FR");
    let first = made.header("etag").to_owned();
    let now = patch(&mut client, &place, &first, json!({"body": "Support"})).await.expect(200);
    let _ = client.delete(&place).await.expect(428);
    let _ = remove(&mut client, &place, &first).await.expect(412);
    let _ = client.get(&place).await.expect(200);
    assert!(remove(&mut client, &place, now.header("etag")).await.expect(204).bytes.is_empty());
    let _ = client.get(&place).await.expect(404);
    let _ = remove(&mut client, &place, now.header("etag")).await.expect(404);
}

#[tokio::test]
async fn a_row_is_added_once_however_often_it_is_sent() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let key = [("idempotency-key", "one-skill")];
    let skill = || Some(json!({"skill_code": "API_SKILL", "name": "Welding", "description": "Welds."}));
    let first = client.send(Method::POST, "/skills", skill(), &key).await.expect(201);
    let second = client.send(Method::POST, "/skills", skill(), &key).await.expect(201);
    assert_eq!(
        (first.bytes, first.headers["location"].clone()),
        (second.bytes, second.headers["location"].clone())
    );
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.headers["etag"], first.headers["etag"]);
    let _ = client.send(Method::POST, "/skills", skill(), &[("idempotency-key", "")]).await.expect(400);
    // A refused one leaves its key free.
    let free = [("idempotency-key", "refused")];
    let _ = client.send(Method::POST, "/skills", skill(), &free).await.expect(409);
    let other = Some(json!({"skill_code": "API_OTHER", "name": "Welding", "description": "Welds."}));
    let _ = client.send(Method::POST, "/skills", other, &free).await.expect(201);
}

#[tokio::test]
async fn what_the_database_refuses_names_the_field_and_the_mend() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let _ = client.post("/parts", part("API-P-3")).await.expect(201);
    let with = |name: &str, value: Value| {
        let mut body = part("API-P-4");
        body[name] = value;
        body
    };
    for (path, body, status, pointer) in [
        ("/parts", part("API-P-3"), 409, "/part_number"),
        ("/parts", with("unit_code", json!("FURLONG")), 409, "/unit_code"),
        ("/parts", with("superseded_by_id", json!(999_999_999)), 409, "/superseded_by_id"),
        ("/parts", with("lead_time_days", json!(-1)), 422, "/lead_time_days"),
        ("/parts", with("part_number", json!("small letters")), 422, "/part_number"),
        ("/parts", with("attributes", json!([])), 422, "/attributes"),
        ("/parts", with("part_type", json!("WISH")), 422, "/part_type"),
        ("/parts", with("is_sample", json!(true)), 422, "/is_sample"),
        ("/parts", with("created_at", json!("2027-01-01T00:00:00Z")), 422, "/created_at"),
        ("/parts", with("a/b", json!(1)), 422, "/a~1b"),
        ("/parts", with("name", Value::Null), 422, "/name"),
        ("/parts", json!({"part_number": "API-P-4"}), 422, "/name"),
        ("/parts", with("weight_kg", json!("heavy")), 422, "/weight_kg"),
        (
            "/tools",
            json!({"tool_code": "API-T", "tool_kind_code": "NO_SUCH_KIND", "name": "Wrench"}),
            409,
            "/tool_kind_code",
        ),
    ] {
        let reply = client.post(path, body.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", String::from_utf8_lossy(&reply.bytes));
        assert!(pointers(&reply).contains(&pointer.to_owned()), "{body}: {}", reply.json());
        let detail = reply.value("errors")[0]["detail"].as_str().unwrap_or_default().len();
        assert!(detail > 10, "{}", reply.json());
    }
    assert_eq!(number(&db, "SELECT count(*) FROM parts WHERE part_number = 'API-P-4'").await, 0);
    // Rules of two fields name both.
    let tools = json!({"tool_code": "API-T", "tool_kind_code": "TORQUE_WRENCH", "name": "Wrench", "calibrated_on": "2027-01-02", "calibration_due": "2027-01-01"});
    let kind =
        client.get("/tool-kinds?limit=1").await.expect(200).value("items")[0]["tool_kind_code"].clone();
    let mut tools = tools;
    tools["tool_kind_code"] = kind;
    let reply = client.post("/tools", tools).await.expect(422);
    assert_eq!(pointers(&reply).len(), 2, "{}", reply.json());
    // Nothing given is nothing to change.
    let seen = tag(&mut client, "/parts/API-P-3").await;
    let _ = patch(&mut client, "/parts/API-P-3", &seen, json!({})).await.expect(422);
    let reply =
        patch(&mut client, "/parts/API-P-3", &seen, json!({"unit_code": null, "name": 5})).await.expect(422);
    assert_eq!(pointers(&reply), ["/name", "/unit_code"]);
    let reply =
        patch(&mut client, "/parts/API-P-3", &seen, json!({"unit_code": "FURLONG"})).await.expect(409);
    assert_eq!(pointers(&reply), ["/unit_code"]);
    assert!(reply.value("hint").as_str().is_some_and(|hint| hint.contains("units")), "{}", reply.json());
}

#[tokio::test]
async fn what_the_database_keeps_and_what_others_refer_to_stays() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let code = "SELECT item_code FROM item_codes i JOIN assemblies a USING (assembly_id) WHERE i.item_code = a.assembly_code LIMIT 1";
    let code: String = sqlx::query_scalar(code).fetch_one(db.pool()).await.expect("a code");
    // The own code of an item is not taken away.
    let path = format!("/items/{code}");
    let seen = tag(&mut client, &path).await;
    let _ = remove(&mut client, &path, &seen).await.expect(403);
    let _ = client.get(&path).await.expect(200);
    // Another code of it is.
    let assembly = client.get(&path).await.expect(200).value("assembly_id");
    let alias = json!({"item_code": "API-ALIAS", "code_kind": "ALIAS", "assembly_id": assembly});
    let made = client.post("/items", alias).await.expect(201);
    let _ = remove(&mut client, "/items/API-ALIAS", made.header("etag")).await.expect(204);
    // A variant that configurations name is not taken away.
    let used = "SELECT coalesce(min(product_variant_id), 0) FROM configurations";
    let used = number(&db, used).await;
    if used > 0 {
        let path = format!("/product-variants/{used}");
        let seen = tag(&mut client, &path).await;
        let reply = remove(&mut client, &path, &seen).await.expect(409);
        assert!(
            reply.value("detail").as_str().is_some_and(|detail| detail.contains("configurations")),
            "{}",
            reply.json()
        );
    }
}

#[tokio::test]
async fn rules_of_the_database_hold_for_rows_too() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let released = "SELECT rule_set_id FROM rule_sets WHERE state = 'RELEASED' LIMIT 1";
    let released = number(&db, released).await;
    let path = format!("/rule-sets/{released}/lookups");
    let lookup = json!({"lookup_code": "API_LOOKUP", "key_text": "A", "value": "B"});
    let reply = client.post(&path, lookup.clone()).await;
    assert!([403, 409].contains(&reply.status.as_u16()), "{}", reply.json());
    let copy = client.post(&format!("/rule-sets/{released}/copy"), json!({"note": "a draft"})).await;
    if copy.status != 201 {
        return;
    }
    let draft = copy.value("rule_set_id");
    let path = format!("/rule-sets/{draft}/lookups");
    let made = client.post(&path, lookup).await.expect(201);
    assert_eq!(made.value("rule_set_id"), draft, "the path says of which set it is");
    let reply = client.post(&path, json!({"lookup_code": "API_LOOKUP", "value": "B"})).await.expect(422);
    assert!(pointers(&reply).contains(&"/key_text".to_owned()), "{}", reply.json());
    let reply = client
        .post(
            &path,
            json!({"rule_set_id": released, "lookup_code": "API_LOOKUP", "key_text": "C", "value": "B"}),
        )
        .await
        .expect(422);
    assert_eq!(pointers(&reply), ["/rule_set_id"]);
    // A text that is no jsonpath is a value that is refused, not a fault.
    let parameter = json!({"parameter_code": "api", "value_type": "INTEGER", "group_code": "api", "position": 900,
        "label": "API", "visible_when": "$.a ="});
    let _ = client.post(&format!("/rule-sets/{draft}/parameters"), parameter).await.expect(422);
    let place = format!("/rule-sets/{draft}");
    let seen = tag(&mut client, &place).await;
    let gone = remove(&mut client, &place, &seen).await;
    assert!([204, 409].contains(&gone.status.as_u16()), "{}", gone.json());
}

#[tokio::test]
async fn who_lacks_the_permission_writes_nothing() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut admin = site.person("sample.admin").await;
    let made = admin.post("/parts", part("API-P-5")).await.expect(201);
    let place = made.header("location").to_owned();
    let seen = made.header("etag").to_owned();
    for login in ["sample.production", "sample.technician", "sample.service", "sample.quality"] {
        let mut client = site.person(login).await;
        let _ = client.post("/parts", part("API-P-6")).await.expect(403);
        let _ = patch(&mut client, &place, &seen, json!({"name": "Other"})).await.expect(403);
    }
    let mut stranger = site.stranger();
    let _ = stranger.post("/parts", part("API-P-6")).await.expect(401);
    let _ = patch(&mut stranger, &place, &seen, json!({"name": "Other"})).await.expect(401);
    let none = "SELECT count(*) FROM parts WHERE part_number = 'API-P-6' OR (part_number = 'API-P-5' AND name <> 'Bracket')";
    assert_eq!(number(&db, none).await, 0);
    assert_eq!(tag(&mut admin, &place).await, seen);
}

#[tokio::test]
async fn who_confirms_a_skill_is_who_records_it() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.production").await;
    let skill = json!({"skill_code": "API_SKILL", "name": "Welding", "description": "Welds."});
    let skill = client.post("/skills", skill).await.expect(201).value("skill_id");
    let person = number(&db, "SELECT user_id FROM users WHERE login = 'sample.technician'").await;
    let body =
        json!({"user_id": person, "skill_id": skill, "valid_from": "2026-01-01", "evidence": "course"});
    let made = client.post("/user-skills", body.clone()).await.expect(201);
    let own = number(&db, "SELECT user_id FROM users WHERE login = 'sample.production'").await;
    assert_eq!(made.value("granted_by"), own);
    // The same skill twice at a time is refused in words.
    let reply = client.post("/user-skills", body).await.expect(409);
    assert!(pointers(&reply).contains(&"/skill_id".to_owned()), "{}", reply.json());
}
