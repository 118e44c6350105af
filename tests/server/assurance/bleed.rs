//! No answer belongs to somebody else (assurance.md S2): many people and programs at once over few connections, among requests
//! that are refused, fail, or whose sender goes away. `TORVAN_BLEED_REQUESTS` says how many.

use std::time::Duration;

use serde_json::{Value, json};
use torvan_server::app::Settings;
use torvan_server::credentials::token::ApiToken;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use super::{an_order, number, run};

/// Requests unless told otherwise; before a release 100,000.
const REQUESTS: usize = 20_000;

/// Connections that all of them share.
const CONNECTIONS: u32 = 3;

/// People and programs.
const SESSIONS: usize = 8;
const PROGRAMS: usize = 4;

/// Somebody who asks, and what only they may be answered.
struct Caller {
    login: String,
    client: Client,
    is_program: bool,
    order: i64,
    written: usize,
}

/// Accounts that are alike but for their names: whatever differs in an answer is the name.
async fn accounts(db: &TestDatabase) {
    for place in 0..SESSIONS + PROGRAMS {
        run(
            db,
            &format!(
                "BEGIN; SELECT begin_as('sample.admin', 'test');
                 SELECT create_user('caller.{place}', 'Caller {place}'), grant_role('caller.{place}', 'SALES_MANAGER', NULL, NULL, 'test');
                 COMMIT;
                 INSERT INTO notifications (user_id, channel, dedupe_key, event_type, title, body) SELECT user_id, 'IN_APP', 'bleed', 'test', 'for caller.{place}', 'x' FROM users WHERE login = 'caller.{place}';
                 INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'of caller.{place}', encode(sha256('{place}'), 'hex'), '{{order:read}}', user_id, now() + interval '1 day' FROM users WHERE login = 'caller.{place}'"
            ),
        )
        .await;
    }
}

async fn caller(db: &TestDatabase, site: &Site, place: usize, order: i64) -> Caller {
    let login = format!("caller.{place}");
    let is_program = place >= SESSIONS;
    let client = if is_program {
        let token = ApiToken::generate().expect("randomness");
        run(
            db,
            &format!(
                "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'of {login}', '{}', '{{order:read,order:read_all,order_note:create,order_note:read,notification:read_own}}', user_id, now() + interval '1 day' FROM users WHERE login = '{login}'",
                token.hash()
            ),
        )
        .await;
        site.stranger().with_token(token.expose())
    } else {
        site.person(&login).await
    };
    Caller { login, client, is_program, order, written: 0 }
}

impl Caller {
    /// One request of some kind; what was wrong with its answer.
    async fn ask(&mut self, place: usize) -> Option<String> {
        match place % 10 {
            0 | 1 if !self.is_program => self.session().await,
            2 | 3 => self.rows("/users?fields=login", "login", ToOwned::to_owned).await,
            4 => self.rows("/api-tokens?fields=name", "name", |login| format!("of {login}")).await,
            5 => self.rows_of_call("/notifications").await,
            6 => self.note(place).await,
            7 => self.status("/audit/log", 403).await,
            8 => self.status("/orders/999999999", 404).await,
            _ => self.leaves(place).await,
        }
    }

    async fn session(&mut self) -> Option<String> {
        let reply = self.client.get("/session").await;
        let login = reply.json()["login"].clone();
        (login != self.login).then(|| format!("{} is told to be {login} ({})", self.login, reply.status))
    }

    async fn rows(&mut self, path: &str, field: &str, own: impl Fn(&str) -> String) -> Option<String> {
        let reply = self.client.get(path).await;
        let body = reply.json();
        let rows = body["items"].as_array().cloned().unwrap_or_default();
        let own = own(&self.login);
        let is_own = !rows.is_empty() && rows.iter().all(|row| row[field] == own.as_str());
        (!is_own).then(|| format!("{} {path}: {} {body}", self.login, reply.status))
    }

    async fn rows_of_call(&mut self, path: &str) -> Option<String> {
        let reply = self.client.get(path).await;
        let said = String::from_utf8_lossy(&reply.bytes).into_owned();
        let own = format!("for {}\"", self.login);
        let is_own = said.matches("for caller.").count() == said.matches(&own).count() && said.contains(&own);
        (!is_own).then(|| format!("{} {path}: {} {said}", self.login, reply.status))
    }

    async fn note(&mut self, place: usize) -> Option<String> {
        // A writing request is dear: one in some rounds.
        if place % 40 != 6 {
            return self.status(&format!("/orders/{}", self.order), 200).await;
        }
        self.written += 1;
        let path = format!("/orders/{}/notes", self.order);
        let key = format!("{}-{}", self.login, self.written);
        let body = Some(json!({"body": format!("by {}", self.login)}));
        let reply =
            self.client.send(axum::http::Method::POST, &path, body, &[("idempotency-key", &key)]).await;
        (reply.status != 201).then(|| format!("{} {path}: {}", self.login, reply.status))
    }

    async fn status(&mut self, path: &str, status: u16) -> Option<String> {
        let reply = self.client.get(path).await;
        let detail = reply.json()["detail"].as_str().unwrap_or_default().to_owned();
        let names_another = detail.contains("caller.") && !detail.starts_with(&format!("{} ", self.login));
        (reply.status != status || names_another)
            .then(|| format!("{} {path}: {} {detail}", self.login, reply.status))
    }

    /// Goes away somewhere on the way to the answer.
    async fn leaves(&mut self, place: usize) -> Option<String> {
        let patience = Duration::from_micros(u64::try_from(place % 4_000).unwrap_or_default());
        let path = format!("/orders/{}/notes", self.order);
        let body: Value = json!({"body": format!("by {}", self.login)});
        let _ = tokio::time::timeout(patience, async {
            match place % 3 {
                0 => self.client.get("/orders").await,
                1 => self.client.get("/users").await,
                _ => self.client.post(&path, body).await,
            }
        })
        .await;
        None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_belongs_to_somebody_else() {
    let asked = std::env::var("TORVAN_BLEED_REQUESTS").ok().and_then(|text| text.parse().ok());
    let requests: usize = asked.unwrap_or(REQUESTS);
    let db = TestDatabase::new().await;
    let site = Site::with_connections(&db, Settings::default(), CONNECTIONS).await;
    accounts(&db).await;
    let order = an_order(&db).await;
    let mut working = tokio::task::JoinSet::new();
    let callers = SESSIONS + PROGRAMS;
    for place in 0..callers {
        let mut caller = caller(&db, &site, place, order).await;
        working.spawn(async move {
            let mut faults = Vec::new();
            for round in 0..requests / callers {
                faults.extend(caller.ask(round * 7 + place).await);
            }
            faults
        });
    }
    let faults: Vec<String> = working.join_all().await.into_iter().flatten().collect();
    assert!(
        faults.is_empty(),
        "{} of {requests}:\n{}",
        faults.len(),
        faults.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
    let written = number(&db, "SELECT count(*) FROM order_notes WHERE body LIKE 'by caller.%'").await;
    assert!(written >= i64::try_from(callers).unwrap_or_default(), "{written} notes");
    let of_another = "SELECT count(*) FROM order_notes n JOIN users u ON u.user_id = n.created_by WHERE n.body LIKE 'by caller.%' AND n.body <> 'by ' || u.login";
    assert_eq!(number(&db, of_another).await, 0, "notes under another name");
    let in_audit = "SELECT count(*) FROM audit_log a JOIN order_notes n ON a.table_name = 'order_notes' AND a.record_key = n.order_note_id::text WHERE n.body LIKE 'by caller.%' AND a.actor_id IS DISTINCT FROM n.created_by";
    assert_eq!(number(&db, in_audit).await, 0, "changes under another name");
    let refused = "SELECT count(*) FROM security_events e WHERE e.event_type = 'PERMISSION_REFUSED' AND e.actor NOT LIKE 'caller.%'";
    assert_eq!(number(&db, refused).await, 0, "refusals under another name");
}
