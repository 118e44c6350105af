//! Assurance of the server: what must hold whatever the callers do (the security goals S1 to S14, and audit of access).

mod bleed;
mod kills;
mod reads;
mod refusals;
mod replays;
mod second_factor;
mod secrets;
mod sessions;
pub(crate) mod signatures;
mod timing;
mod waits;

use serde_json::{Value, json};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use crate::sign_in::{code_at, now};

/// Runs statements as the owner.
async fn run(db: &TestDatabase, statements: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned()))
        .execute(db.pool())
        .await
        .unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// The single number that a query returns.
async fn number(db: &TestDatabase, statement: &str) -> i64 {
    let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_one(db.pool())
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    found.unwrap_or_default()
}

/// An order of the sample data that the people of the plant see.
async fn an_order(db: &TestDatabase) -> i64 {
    number(db, "SELECT min(order_id) FROM orders WHERE is_sample").await
}

/// Forgets guesses and used time steps, as if some minutes had gone by.
pub(crate) async fn minutes_later(db: &TestDatabase) {
    run(db, "DELETE FROM login_attempts; UPDATE mfa_totp SET last_used_step = 0").await;
}

/// What a person has beside the password.
#[derive(Debug, Clone)]
pub(crate) struct Factor {
    secret: String,
    recovery: Vec<String>,
}

impl Factor {
    /// The code that the authenticator shows now.
    pub(crate) fn code(&self) -> String {
        code_at(&self.secret, now())
    }

    /// A code that is certainly none of the present ones.
    fn wrong_code(&self) -> String {
        let near: Vec<String> = (0..5).map(|step| code_at(&self.secret, now() + 60 - 30 * step)).collect();
        let wrong = ["000000", "111111", "222222", "333333", "444444", "555555"];
        wrong
            .iter()
            .find(|code| !near.iter().any(|one| one == *code))
            .map_or_else(String::new, |code| (*code).to_owned())
    }
}

/// A person who has set up an authenticator, in a complete session.
pub(crate) async fn enrolled(db: &TestDatabase, site: &Site, login: &str) -> (Client, Factor) {
    let mut client = site.person(login).await;
    let secret = client.post("/session/totp", json!({})).await.expect(201).value("secret");
    let secret = secret.as_str().expect("text").to_owned();
    let confirmed =
        client.post("/session/totp/confirm", json!({"code": code_at(&secret, now())})).await.expect(200);
    let recovery = serde_json::from_value(confirmed.value("recovery_codes")).expect("ten codes");
    minutes_later(db).await;
    (client, Factor { secret, recovery })
}

/// Somebody who gave the right password and nothing else yet.
async fn half_way(site: &Site, login: &str) -> Client {
    let mut client = site.stranger();
    let opened = client.post("/session", json!({"login": login, "password": PASSWORD})).await.expect(201);
    assert_eq!(opened.value("restricted_to"), "MFA");
    client
}

/// Whether the client gets to what is only for people who are signed in completely.
async fn is_in(client: &mut Client) -> bool {
    let standing = client.get("/session").await;
    let complete = standing.status == 200 && standing.json().get("restricted_to") == Some(&Value::Null);
    complete || client.get("/orders").await.status == 200
}
