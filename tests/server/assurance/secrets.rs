//! Secrets leave no trace (assurance.md S13): passwords, codes, tokens and proofs are sent to every route and into every error, and
//! are found neither in the log, nor in figures, answers or the database.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::api::endpoint::Endpoint;
use torvan_server::api::endpoints;
use torvan_server::{documents, server};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use super::{enrolled, half_way, number};

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What is sent where a secret belongs.
const CANARY: &str = "canary-4711-secret-of-somebody";

/// Fields that hold secrets.
const SECRET_FIELDS: [&str; 5] = ["password", "new_password", "code", "recovery_code", "token"];

/// The log of everything, however chatty.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("the log")).into_owned()
    }
}

/// Sends the canary to every route in each place where a secret may stand; answers that repeat it.
async fn everywhere(client: &mut Client) -> Vec<String> {
    let body: Value = SECRET_FIELDS
        .iter()
        .map(|name| ((*name).to_owned(), json!(CANARY)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let bearer = format!("Bearer {CANARY}");
    let cookie = format!("__Host-torvan={CANARY}; __Host-torvan-device={CANARY}");
    let places: [&[(&str, &str)]; 3] = [
        &[("authorization", &bearer)],
        &[("cookie", &cookie), ("x-csrf-token", CANARY)],
        &[("signing-proof", CANARY)],
    ];
    let mut repeated = Vec::new();
    // What would end the session is left out, and the content of a file, which is kept as it comes.
    let is_left_out = |endpoint: &Endpoint| {
        endpoint.path == documents::UPLOAD || endpoint.path == "/session" && !endpoint.method.is_safe()
    };
    for endpoint in endpoints().filter(|endpoint| !is_left_out(endpoint)) {
        let mut path = endpoint.path.to_owned();
        for name in endpoint.path_parameters() {
            path = path.replace(&format!("{{{name}}}"), "1");
        }
        for headers in places {
            let method = endpoint.method.http();
            let body = (method != Method::GET).then(|| body.clone());
            let reply = client.clone().send(method, &path, body, headers).await;
            if String::from_utf8_lossy(&reply.bytes).contains(CANARY) {
                repeated.push(format!("{} {headers:?}", endpoint.name()));
            }
        }
    }
    for broken in [
        format!("{{\"password\": \"{CANARY}"),
        format!("{{\"password\": \"{CANARY}\", \"password\": 1}}"),
        format!("{{\"password\": \"{CANARY}\\u0000\"}}"),
    ] {
        for path in ["/session", "/session/password", "/session/step-up", "/setup"] {
            let reply =
                client.clone().send_bytes(Method::POST, path, Some(broken.clone().into_bytes()), &[]).await;
            if String::from_utf8_lossy(&reply.bytes).contains(CANARY) {
                repeated.push(format!("POST {path} {broken}"));
            }
        }
    }
    repeated
}

/// Tables in which one of the texts stands.
async fn found_in_database(db: &TestDatabase, texts: &[String]) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    .fetch_all(db.pool())
    .await
    .expect("tables");
    // As text and as bytes; none of them has signs that mean something in a pattern.
    let patterns: Vec<String> = texts.iter().flat_map(|text| [text.clone(), hex(text)]).collect();
    let pattern = patterns.join("|");
    let mut found = Vec::new();
    for table in tables {
        let statement = format!("SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text ~ '{pattern}'");
        if number(db, &statement).await > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn no_secret_is_found_in_log_figures_answers_or_database() {
    let db = TestDatabase::new().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _collecting = tracing::subscriber::set_default(subscriber);
    let site = Site::new(&db).await;
    // For the figures: they are counted once a server runs.
    let listener = server::listen("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve(listener, site.app(), async move {
        let _ = told.await;
    }));

    // Secrets that are right, each used.
    let (mut client, factor) = enrolled(&db, &site, "sample.sales").await;
    let mut half = half_way(&site, "sample.sales").await;
    let _ =
        half.post("/session/second-factor", json!({"recovery_code": factor.recovery[0]})).await.expect(200);
    super::minutes_later(&db).await;
    let given = json!({"password": PASSWORD, "code": factor.code()});
    let proof = client.post("/session/signing-proof", given).await.expect(201).value("signing_proof");
    let mut admin = site.person("sample.admin").await;
    let setup = admin
        .send(Method::PUT, "/users/sample.service/setup-code", Some(json!({"reason": "forgot it"})), &[])
        .await
        .expect(200)
        .value("setup_code");
    let made = json!({"login": "sample.admin", "name": "x", "scopes": ["order:read"], "expires_at": "2027-06-01T00:00:00Z"});
    let token = admin.post("/api-tokens", made).await.expect(201).value("token");
    let _ = site.stranger().with_token(token.as_str().unwrap_or_default()).get("/orders").await.expect(200);
    let _ = site
        .stranger()
        .post("/session", json!({"login": "sample.sales", "password": CANARY}))
        .await
        .expect(401);
    let _ = site.stranger().post("/setup", json!({"code": setup})).await.expect(201);
    let _ = client.post("/session/second-factor", json!({"code": CANARY})).await;

    // And one that is wrong, everywhere.
    let repeated = everywhere(&mut client).await;
    assert!(repeated.is_empty(), "repeated by:\n{}", repeated.join("\n"));

    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let mut secrets = vec![
        CANARY.to_owned(),
        PASSWORD.to_owned(),
        factor.secret.clone(),
        text(proof),
        text(setup),
        text(token),
    ];
    secrets.extend(factor.recovery.iter().cloned());
    secrets.extend(
        [&client, &half, &admin]
            .iter()
            .filter_map(|client| client.cookie(torvan_server::incoming::SESSION_COOKIE))
            .map(str::to_owned),
    );
    assert!(secrets.iter().all(|secret| secret.len() > 15), "{secrets:?}");
    let written = log.text();
    assert!(written.contains("answered") && written.len() > 10_000, "the log is kept");
    let in_log: Vec<&String> = secrets.iter().filter(|secret| written.contains(secret.as_str())).collect();
    assert!(in_log.is_empty(), "in the log: {in_log:?}");
    let figures = site.stranger().get("///metrics").await.expect(200);
    let figures = String::from_utf8_lossy(&figures.bytes).into_owned();
    assert!(figures.contains("torvan_http_request_seconds"), "figures are counted");
    assert!(!secrets.iter().any(|secret| figures.contains(secret.as_str())), "in the figures");
    assert_eq!(found_in_database(&db, &secrets).await, Vec::<String>::new());
    let _ = tell.send(());
    serving.await.expect("ended");
}
