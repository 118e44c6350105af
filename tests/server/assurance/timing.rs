//! Who guesses learns nothing from how long it takes (assurance.md S9): for a login that does not exist, a wrong password, a locked
//! and a disabled account the same statements run and the same number of hashes is worked on.

use std::sync::{Arc, Mutex};

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::{PASSWORD, Site};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::run;

/// Keeps the beginning of each statement that the server sends.
#[derive(Debug, Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("the statements"))
    }
}

/// Finds the field with the statement.
struct Summary<'a>(&'a mut Vec<String>);

impl tracing::field::Visit for Summary<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0.push(format!("{value:?}"));
        }
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut Summary(&mut self.0.lock().expect("the statements")));
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_fails_does_the_same_whatever_the_reason() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    for login in ["sample.sales", "sample.quality", "sample.service"] {
        let _ = site.person(login).await;
    }
    run(&db, "UPDATE users SET account_state = 'LOCKED', state_reason = 'test' WHERE login = 'sample.quality'; UPDATE users SET account_state = 'DISABLED', state_reason = 'test' WHERE login = 'sample.service'").await;
    let statements = Statements::default();
    let _collecting =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(statements.clone()));
    let mut seen = Vec::new();
    for (what, login, password) in [
        ("an unknown login", "nobody.at.all", "not the password"),
        ("a wrong password", "sample.sales", "not the password"),
        ("a locked account and the right password", "sample.quality", PASSWORD),
        ("a disabled account and the right password", "sample.service", PASSWORD),
        ("an account without a password", "sample.technician", "not the password"),
    ] {
        let hashes = site.app().hasher().worked();
        statements.take();
        let _ =
            site.stranger().post("/session", json!({"login": login, "password": password})).await.expect(401);
        assert_eq!(site.app().hasher().worked() - hashes, 1, "{what}");
        seen.push((what, statements.take()));
    }
    assert!(!seen[0].1.is_empty(), "statements are seen");
    for (what, statements) in &seen {
        assert_eq!(statements, &seen[0].1, "{what}");
    }
}
