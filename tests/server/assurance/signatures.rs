//! Signatures from end to end over HTTP: over what, in which meaning, by whom, with a fresh proof, in one with the act, shown
//! wherever the record is, worth nothing once the record is another.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::credentials::token::ApiToken;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Reply, Site};
use torvan_tests::{GrowingOrder, SMALL_SINK, act};

use super::{Factor, enrolled, minutes_later, number, run};
use crate::office;

/// A BOM that waits for its approval.
pub(crate) struct Submitted {
    order: i64,
    pub(crate) bom: i64,
}

/// Brings a new order so far that its BOM waits; `by` submits it.
pub(crate) async fn submitted(db: &TestDatabase, code: &str, by: &str) -> Submitted {
    run(
        db,
        &format!(
            "BEGIN; SELECT begin_as('sample.sales', 'test');
             SELECT create_order('STELMO', 'PO-{code}', 'sample.sales', current_date + 30, 'EN', '{{{code}}}');
             SELECT transition_order(order_id, 'CONFIGURATION') FROM orders WHERE po_number = 'PO-{code}';
             SELECT save_configuration('{SMALL_SINK}', build_id) FROM builds WHERE build_number = '{code}';
             SELECT generate_bom(configuration_id) FROM builds WHERE build_number = '{code}';
             COMMIT; BEGIN; SELECT begin_as('{by}', 'test');
             SELECT submit_bom(bom_id) FROM builds WHERE build_number = '{code}'; COMMIT"
        ),
    )
    .await;
    Submitted {
        order: number(db, &format!("SELECT order_id FROM builds WHERE build_number = '{code}'")).await,
        bom: number(db, &format!("SELECT bom_id FROM builds WHERE build_number = '{code}'")).await,
    }
}

/// Somebody who may sign: a second factor in use, and their identity verified by a second person.
async fn signer(db: &TestDatabase, site: &Site) -> (Client, Factor) {
    run(db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT verify_identity('sample.production', 'passport seen') FROM users WHERE login = 'sample.production' AND identity_verified_by IS NULL; COMMIT").await;
    enrolled(db, site, "sample.production").await
}

async fn proof(db: &TestDatabase, client: &mut Client, factor: &Factor) -> String {
    minutes_later(db).await;
    let given = json!({"password": PASSWORD, "code": factor.code()});
    let proof = client.post("/session/signing-proof", given).await.expect(201).value("signing_proof");
    proof.as_str().expect("text").to_owned()
}

async fn approve(client: &mut Client, bom: i64, proof: &str) -> Reply {
    let body = Some(json!({"note": "checked against the drawing"}));
    client.send(Method::POST, &format!("/boms/{bom}/approve"), body, &[("signing-proof", proof)]).await
}

async fn state(db: &TestDatabase, bom: i64) -> (i64, i64) {
    let approved =
        number(db, &format!("SELECT count(*) FROM boms WHERE bom_id = {bom} AND state = 'APPROVED'")).await;
    let signed = number(
        db,
        &format!("SELECT count(*) FROM signatures WHERE record_type = 'boms' AND record_id = {bom}"),
    )
    .await;
    (approved, signed)
}

async fn on_order(client: &mut Client, order: i64) -> Vec<Value> {
    let listed = client.get(&format!("/orders/{order}/signatures")).await.expect(200).value("items");
    listed.as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_signature_says_who_signed_what_in_which_meaning_and_is_shown_with_the_record() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = signer(&db, &site).await;
    let Submitted { order, bom } = submitted(&db, "SIG-1", "sample.sales").await;
    let proof = proof(&db, &mut client, &factor).await;
    let reply = approve(&mut client, bom, &proof).await;
    assert!(reply.status.is_success(), "{}", String::from_utf8_lossy(&reply.bytes));
    assert_eq!(state(&db, bom).await, (1, 1));

    let shown = on_order(&mut client, order).await;
    let [signature] = shown.as_slice() else { panic!("{shown:?}") };
    for (field, value) in [
        ("record_type", json!("boms")),
        ("record_id", json!(bom)),
        ("build_number", json!("SIG-1")),
        ("meaning", json!("approved")),
        ("printed_name", json!("Pat Production (sample)")),
        ("signer_role", json!("PRODUCTION_MANAGER")),
        ("method", json!("PASSWORD_MFA")),
        ("reason", json!("checked against the drawing")),
        ("status", json!("VALID")),
    ] {
        assert_eq!(signature[field], value, "{field}");
    }
    // The hash is that of the record's canonical form, with each line of the BOM in it.
    let hashed = format!(
        "SELECT count(*) FROM signatures s, LATERAL (SELECT canonical_boms({bom}) AS content) c WHERE s.record_type = 'boms' AND s.record_id = {bom} AND s.content_hash = canonical_hash(c.content, s.content_keys) AND c.content ->> 'lines_hash' = bom_lines_hash({bom})"
    );
    assert_eq!(number(&db, &hashed).await, 1);
    let key = signature["signature_id"].as_i64().expect("a key");
    let verified = client.get(&format!("/signatures/{key}/verify")).await.expect(200);
    assert!(String::from_utf8_lossy(&verified.bytes).contains("VALID"));
    let one = client.get(&format!("/signatures/{key}")).await.expect(200);
    let wording = one.value("wording").as_str().unwrap_or_default().to_owned();
    assert!(
        wording.starts_with("Approved by Pat Production (sample) as Production Manager on ")
            && wording.contains(" UTC"),
        "{wording}"
    );
    let of_bom = format!("/signatures?filter%5Brecord_type%5D=boms&filter%5Brecord_id%5D={bom}");
    assert_eq!(client.get(&of_bom).await.expect(200).value("items").as_array().map(Vec::len), Some(1));
    let csv = client.get(&format!("{of_bom}&format=csv")).await.expect(200);
    assert!(String::from_utf8_lossy(&csv.bytes).contains(&wording), "the file says the same");
    assert!(client.get(&format!("{of_bom}&format=xlsx")).await.expect(200).bytes.starts_with(b"PK"));
    // Who may not see signatures of others sees none, of an order in sight or not.
    let mut service = site.person("sample.service").await;
    assert!(on_order(&mut service, order).await.is_empty());
    let mut technician = site.person("sample.technician").await;
    let _ = technician.get(&format!("/orders/{order}/signatures")).await.expect(404);
}

#[tokio::test]
async fn each_signature_asks_for_a_fresh_proof_of_its_own() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = signer(&db, &site).await;
    let first = submitted(&db, "SIG-1", "sample.sales").await.bom;
    let second = submitted(&db, "SIG-2", "sample.sales").await.bom;
    for made_up in ["", "0", &"0".repeat(64)] {
        let _ = approve(&mut client, first, made_up).await.expect(401);
    }
    let good = proof(&db, &mut client, &factor).await;
    // The proof belongs to the session that gave it, and to its person.
    let mut elsewhere = site.person("sample.production").await;
    let _ = approve(&mut elsewhere, first, &good).await.expect(401);
    let mut admin = site.person("sample.admin").await;
    assert!(approve(&mut admin, first, &good).await.status.is_client_error());
    assert_eq!(state(&db, first).await, (0, 0));
    assert!(approve(&mut client, first, &good).await.status.is_success());
    let _ = approve(&mut client, second, &good).await.expect(401);
    assert_eq!(state(&db, second).await, (0, 0), "one proof, one act");
    // A proof that waited too long.
    let late = proof(&db, &mut client, &factor).await;
    run(&db, "UPDATE signing_proofs SET expires_at = now() - interval '1 second' WHERE used_in IS NULL")
        .await;
    let _ = approve(&mut client, second, &late).await.expect(401);
    // A program never signs, whatever its scopes.
    let token = ApiToken::generate().expect("randomness");
    let made = format!(
        "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'x', '{}', (SELECT array_agg(permission_code) FROM permissions), user_id, now() + interval '1 day' FROM users WHERE login = 'sample.production'",
        token.hash()
    );
    run(&db, &made).await;
    let fresh = proof(&db, &mut client, &factor).await;
    let mut program = site.stranger().with_token(token.expose());
    assert!(approve(&mut program, second, &fresh).await.status.is_client_error());
    assert_eq!(state(&db, second).await, (0, 0));
    // One part is enough for the next signature of a series, and the signature says so.
    minutes_later(&db).await;
    let next = client.post("/session/signing-proof", json!({"code": factor.code()})).await.expect(201);
    assert_eq!(next.value("method"), "AUTHENTICATOR");
    let next = next.value("signing_proof").as_str().expect("text").to_owned();
    assert!(approve(&mut client, second, &next).await.status.is_success());
    // A series ends after some minutes: then all parts again.
    run(&db, "UPDATE user_sessions SET signing_proved_at = now() - interval '16 minutes'").await;
    minutes_later(&db).await;
    let _ = client.post("/session/signing-proof", json!({"code": factor.code()})).await.expect(401);
}

#[tokio::test]
async fn act_and_signature_are_one_and_by_another_person() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = signer(&db, &site).await;
    // Who submitted does not approve, whatever their roles.
    run(&db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT grant_role('sample.production', 'SALES_MANAGER', NULL, NULL, 'holiday'); COMMIT").await;
    let own = submitted(&db, "SIG-1", "sample.production").await.bom;
    let good = proof(&db, &mut client, &factor).await;
    let refused = approve(&mut client, own, &good).await.expect(403);
    assert!(refused.json()["type"].as_str().is_some_and(|kind| kind.ends_with("second-person-required")));
    assert_eq!(state(&db, own).await, (0, 0));
    // An act that fails at its end leaves no signature, and the proof is not used up.
    let bom = submitted(&db, "SIG-2", "sample.sales").await.bom;
    run(&db, "CREATE FUNCTION testing_fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the disk is full''; END'; CREATE TRIGGER disk_is_full BEFORE INSERT ON idempotency_keys EXECUTE FUNCTION testing_fail()").await;
    assert!(approve(&mut client, bom, &good).await.status.is_server_error());
    assert_eq!(state(&db, bom).await, (0, 0));
    run(&db, "DROP TRIGGER disk_is_full ON idempotency_keys").await;
    assert!(approve(&mut client, bom, &good).await.status.is_success());
    assert_eq!(state(&db, bom).await, (1, 1));
}

#[tokio::test]
async fn a_changed_record_or_signature_is_told_where_it_is_shown() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = signer(&db, &site).await;
    let Submitted { order, bom } = submitted(&db, "SIG-1", "sample.sales").await;
    let good = proof(&db, &mut client, &factor).await;
    assert!(approve(&mut client, bom, &good).await.status.is_success());
    let behind = async |statement: String| {
        use sqlx::ConnectOptions as _;
        let mut superuser = db.superuser_options().connect().await.expect("a superuser");
        let statement = format!("BEGIN; SET LOCAL session_replication_role = replica; {statement}; COMMIT");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut superuser).await.expect("changed");
    };
    behind(format!("UPDATE bom_line_items SET quantity_total = quantity_total + 1 WHERE bom_id = {bom} AND line_number = (SELECT max(line_number) FROM bom_line_items WHERE bom_id = {bom})")).await;
    assert_eq!(on_order(&mut client, order).await[0]["status"], "SUPERSEDED");
    behind(format!("UPDATE bom_line_items SET quantity_total = quantity_total - 1 WHERE bom_id = {bom} AND line_number = (SELECT max(line_number) FROM bom_line_items WHERE bom_id = {bom})")).await;
    assert_eq!(on_order(&mut client, order).await[0]["status"], "VALID");
    behind(format!("UPDATE signatures SET printed_name = 'Somebody Else' WHERE record_type = 'boms' AND record_id = {bom}")).await;
    assert_eq!(on_order(&mut client, order).await[0]["status"], "FORGED");
}

#[tokio::test]
async fn a_step_on_its_page_is_signed_once_and_by_who_proves_it() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = GrowingOrder::submitted(db.pool(), "SIGNED").await.order_id;
    let (mut client, factor) = signer(&db, &site).await;
    let place = format!("/orders/{order}/transition");
    let signed =
        format!("SELECT count(*) FROM signatures WHERE record_type = 'orders' AND record_id = {order}");
    let asked = office::page(&mut client, &format!("{place}?to=PRODUCTION")).await.expect(200);
    let said = office::text(&asked);
    assert!(said.contains("type=\"password\"") && said.contains("name=\"code\""), "{said}");
    for (password, code) in
        [("not the password", factor.code()), (PASSWORD, String::new()), (PASSWORD, "000000".to_owned())]
    {
        minutes_later(&db).await;
        let asked = office::page(&mut client, &format!("{place}?to=PRODUCTION")).await.expect(200);
        let (key, version) = (office::hidden(&asked, "key"), office::hidden(&asked, "version"));
        let fields = [
            ("key", key.as_str()),
            ("version", &version),
            ("to", "PRODUCTION"),
            ("password", password),
            ("code", &code),
            ("reason", "seen"),
        ];
        let refused = office::form(&mut client, &place, &fields).await;
        let said = office::text(&refused);
        assert!(
            refused.status.is_client_error() && said.contains("role=\"alert\"") && said.contains("seen"),
            "{} {said}",
            refused.status
        );
        assert!(!said.contains(PASSWORD), "a password is never sent back");
        assert_eq!(number(&db, &signed).await, 0);
    }
    minutes_later(&db).await;
    let asked = office::page(&mut client, &format!("{place}?to=PRODUCTION")).await.expect(200);
    let (key, version, code) =
        (office::hidden(&asked, "key"), office::hidden(&asked, "version"), factor.code());
    let fields = [
        ("key", key.as_str()),
        ("version", &version),
        ("to", "PRODUCTION"),
        ("password", PASSWORD),
        ("code", &code),
        ("reason", "seen"),
    ];
    let done = office::form(&mut client, &place, &fields).await.expect(303);
    assert!(
        done.header("location").starts_with(&format!("/orders/{order}?done=")),
        "{}",
        done.header("location")
    );
    assert_eq!(number(&db, &signed).await, 1);
    let shown = office::page(&mut client, &format!("/orders/{order}?panel=signatures")).await.expect(200);
    assert!(office::text(&shown).contains("Pat Production"), "{}", office::text(&shown));
}

#[tokio::test]
async fn what_waits_is_signed_where_it_waits_or_rejected_with_a_reason() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let build = number(&db, "SELECT build_id FROM builds WHERE build_number = 'SAMPLE-001'").await;
    let propose = format!(
        "SELECT propose_order_change({build}, '{{\"feet\": \"SEISMIC_FEET\"}}', 'seismic zone')::text"
    );
    let change = act(db.pool(), "sample.admin", &propose).await.expect("a change");
    let place = format!("/approvals/CHANGE/{change}");
    let (mut client, factor) = signer(&db, &site).await;
    let list = office::text(&office::page(&mut client, "/approvals").await.expect(200));
    assert!(list.contains(&place), "{list}");
    let mut maker = site.person("sample.admin").await;
    assert_eq!(office::page(&mut maker, &place).await.status.as_u16(), 404, "not for who made it");
    // Each decision says what its signature means.
    let asked = office::text(&office::page(&mut client, &place).await.expect(200));
    assert!(asked.contains("Approved: ") && !asked.contains("Rejected: "), "{asked}");
    let asked =
        office::text(&office::page(&mut client, &format!("{place}?decision=reject")).await.expect(200));
    assert!(asked.contains("Rejected: ") && !asked.contains("Approved: "), "{asked}");
    let signed = "SELECT count(*) FROM signatures WHERE record_type = 'boms' AND meaning = 'rejected'";
    for (decision, password, reason) in [("approve", "not the password", "seen"), ("reject", PASSWORD, "")] {
        minutes_later(&db).await;
        let refused = decided(&mut client, &place, &factor, decision, password, reason).await;
        let said = office::text(&refused);
        assert!(
            refused.status.is_client_error() && said.contains("role=\"alert\""),
            "{} {said}",
            refused.status
        );
        assert_eq!(number(&db, signed).await, 0);
    }
    minutes_later(&db).await;
    let done = decided(&mut client, &place, &factor, "reject", PASSWORD, "feet stay").await.expect(303);
    assert_eq!(done.header("location"), "/approvals?done=reject");
    assert_eq!(number(&db, signed).await, 1);
    let state =
        format!("SELECT count(*) FROM order_changes WHERE order_change_id = {change} AND state = 'REJECTED'");
    assert_eq!(number(&db, &state).await, 1);
    assert_eq!(office::page(&mut client, &place).await.status.as_u16(), 404);
}

/// Sends a decision as its dialog would.
async fn decided(
    client: &mut Client,
    place: &str,
    factor: &Factor,
    decision: &str,
    password: &str,
    reason: &str,
) -> Reply {
    let asked = office::page(client, &format!("{place}?decision={decision}")).await.expect(200);
    let (key, code) = (office::hidden(&asked, "key"), factor.code());
    let fields = [
        ("key", key.as_str()),
        ("decision", decision),
        ("reason", reason),
        ("password", password),
        ("code", &code),
    ];
    office::form(client, place, &fields).await
}

#[tokio::test]
async fn a_bill_of_materials_that_waits_leads_to_its_own_dialog() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = GrowingOrder::configured(db.pool(), "WAITS").await;
    let bom = number(&db, &format!("SELECT bom_id FROM builds WHERE build_id = {}", order.build_id)).await;
    let (mut client, _) = signer(&db, &site).await;
    for way in ["approve", "reject"] {
        // Nobody is asked for a password before anybody submitted it.
        let _ = office::page(&mut client, &format!("/boms/{bom}/{way}")).await.expect(409);
    }
    order.steps(db.pool(), "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"]).await;
    let list = office::text(&office::page(&mut client, "/approvals").await.expect(200));
    for way in
        [format!("/boms/{bom}/approve"), format!("/orders/{}/transition?to=PRODUCTION", order.order_id)]
    {
        assert!(list.contains(&way), "{way}: {list}");
        let _ = office::page(&mut client, &way).await.expect(200);
    }
}
