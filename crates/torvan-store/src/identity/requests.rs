//! The way into a request, and requests that are made once however often they are sent.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::{Actor, Context, Store, StoreResult};

/// What a request shows to prove who sends it: hexadecimal SHA-256 of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A session of a person.
    Session(String),
    /// A token of a program.
    Token(String),
}

/// Who sends a request.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the answer")]
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Session; absent for a program's token.
    pub user_session_id: Option<i64>,
    /// Account.
    pub user_id: i64,
    /// Login of the account.
    pub login: String,
    /// Printed name.
    pub display_name: String,
    /// Language of pages and messages.
    pub language: String,
    /// `STAFF`, `PORTAL` or `SERVICE`.
    pub kind: String,
    /// Customer of a portal account.
    pub customer_id: Option<i64>,
    /// `MFA`, `ENROL`, `PASSWORD` or `SETUP` while only that step is open.
    pub restricted_to: Option<String>,
    /// Whether the person proved who they are within the last minutes.
    pub is_stepped_up: bool,
    /// Where the second factor stands.
    pub mfa_state: Option<String>,
    /// End of the session if nothing more is done.
    pub idle_ends_at: Option<DateTime<Utc>>,
    /// End of the session or token in any case.
    pub expires_at: Option<DateTime<Utc>>,
    /// The program's token.
    pub api_token_id: Option<i64>,
    /// Whether the person has the permission that was asked about.
    pub is_allowed: bool,
    /// Whether it was written down just now that the session or token is in use.
    pub has_noted: bool,
    /// Whether few builds are in sight of the person, and not all orders: lists are found from these.
    pub sees_few: bool,
}

impl Store {
    /// Begins the transaction of a request: one statement finds out who sends it, sets the actor and tells whether the
    /// permission is there. None: nobody is signed in with that credential.
    pub async fn enter(
        &self,
        credential: &Credential,
        request_id: &str,
        permission: Option<&str>,
        signing_proof: Option<&str>,
    ) -> StoreResult<Option<(Context, Person)>> {
        let Some((context, person)) = self.look(credential, request_id, permission, signing_proof).await?
        else {
            return Ok(None);
        };
        if !person.has_noted {
            return Ok(Some((context, person)));
        }
        // The use of the session or token was written down. Its row must not stay locked until this request is done: who
        // ends the session or proves again who they are would wait for it. It is rare: once in some seconds.
        context.commit().await?;
        self.look(credential, request_id, permission, signing_proof).await
    }

    /// As [`Store::enter`], for a transaction that is undone: looking is no sign that somebody is there. Whoever commits it
    /// commits with it that the session or token was in use, and holds its row until then.
    pub async fn look(
        &self,
        credential: &Credential,
        request_id: &str,
        permission: Option<&str>,
        signing_proof: Option<&str>,
    ) -> StoreResult<Option<(Context, Person)>> {
        let mut context = self.begin(&Actor::Unknown).await?;
        match enter_in(&mut context, credential, request_id, permission, signing_proof).await? {
            Some(person) => Ok(Some((context, person))),
            // A session that has just ended is written down as ended.
            None => context.commit().await.map(|()| None),
        }
    }
}

/// As [`Store::enter`], in a transaction that has begun: several acts of one person, each with its own permission and proof.
pub async fn enter_in(
    context: &mut Context,
    credential: &Credential,
    request_id: &str,
    permission: Option<&str>,
    signing_proof: Option<&str>,
) -> StoreResult<Option<Person>> {
    let (kind, hash) = match credential {
        Credential::Session(hash) => ("SESSION", hash),
        Credential::Token(hash) => ("TOKEN", hash),
    };
    let person = sqlx::query_file_as!(
        Person,
        "queries/identity/enter_request.sql",
        hash,
        kind,
        request_id,
        permission,
        signing_proof
    )
    .fetch_optional(context.connection())
    .await?;
    context.sees_few = person.as_ref().is_some_and(|person| person.sees_few);
    Ok(person)
}

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Status.
    pub status: i32,
    /// Media type.
    pub content_type: Option<String>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Headers by name.
    pub headers: Option<Value>,
}

/// What is known of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotentOutcome {
    /// Nothing: it is to be done.
    New,
    /// It was done.
    Replay(StoredAnswer),
    /// It is being done.
    InFlight,
    /// The key belongs to another request.
    Mismatch,
}

/// Asks what is known of a request, and takes its key for this transaction.
pub async fn begin_idempotent(
    context: &mut Context,
    route: &str,
    key: &str,
    request_hash: &[u8],
) -> StoreResult<IdempotentOutcome> {
    let found = sqlx::query_file!("queries/identity/begin_idempotent.sql", route, key, request_hash)
        .fetch_one(context.connection())
        .await?;
    Ok(match found.outcome.as_str() {
        "REPLAY" => IdempotentOutcome::Replay(StoredAnswer {
            status: found.status.unwrap_or(200),
            content_type: found.content_type,
            body: found.body,
            headers: found.headers,
        }),
        "IN_FLIGHT" => IdempotentOutcome::InFlight,
        "MISMATCH" => IdempotentOutcome::Mismatch,
        _ => IdempotentOutcome::New,
    })
}

/// Stores the answer in the transaction of its effect.
pub async fn finish_idempotent(
    context: &mut Context,
    route: &str,
    key: &str,
    request_hash: &[u8],
    answer: &StoredAnswer,
) -> StoreResult<()> {
    sqlx::query_file!(
        "queries/identity/finish_idempotent.sql",
        route,
        key,
        request_hash,
        answer.status,
        answer.content_type.as_deref(),
        answer.body.as_deref(),
        answer.headers.as_ref() as _
    )
    .fetch_one(context.connection())
    .await?;
    Ok(())
}

/// Writes down that a request was refused for want of a permission, in a transaction of its own.
pub async fn note_refused(
    store: &Store,
    credential: &Credential,
    request_id: &str,
    route: &str,
    permission: &str,
) -> StoreResult<()> {
    let Some((mut context, person)) = store.enter(credential, request_id, None, None).await? else {
        return Ok(());
    };
    if person.restricted_to.is_some() {
        // Nobody acts yet whose refusal it could be.
        return context.commit().await;
    }
    sqlx::query_file!("queries/identity/note_refused_request.sql", route, permission)
        .fetch_one(context.connection())
        .await?;
    context.commit().await
}
