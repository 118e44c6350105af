//! Tokens that programs use in the own name: making one, which is shown once, and ending one.

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::identity::Person;
use torvan_store::surface::surface;

use super::account::{me_of, path_id, unproved};
use super::forms::Again;
use super::sign_in::SHOWN_ONCE;
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::{Answering, tokens as acts};
use crate::incoming::Incoming;
use crate::pages::components::{Faults, Field, Kind, Summary};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::to;
use crate::pages::{data, field, form, page};

const MAKE: Access = Access::Permission("api_token:create");

pub(in crate::pages) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/account/tokens/new", MAKE, show_new, "Asks what a new token is for."),
    form(
        "/account/tokens/new",
        MAKE,
        send_new,
        &[
            field("name", "What it is for."),
            field("scopes", "Permissions that it may use."),
            field("days", "Days for which it is good."),
        ],
        "Makes an API token in the own name, shown once.",
    ),
    page(
        Method::Get,
        "/account/tokens/{api_token_id}/revoke",
        Access::SignedIn,
        show_revoke,
        "Asks why a token is ended.",
    ),
    form(
        "/account/tokens/{api_token_id}/revoke",
        Access::SignedIn,
        send_revoke,
        &[field("reason", "Why it is ended.")],
        "Ends an own token.",
    ),
];

const TOKENS: ListSpec = ListSpec {
    relation: "api_tokens",
    filters: &["user_id", "api_token_id", "revoked_at"],
    sorts: &["-api_token_id"],
    key: &[],
};
const ROLE_PERMISSIONS: ListSpec =
    ListSpec { relation: "role_permissions", filters: &["role_id"], sorts: &["permission_code"], key: &[] };

#[derive(Debug, Deserialize)]
struct Token {
    api_token_id: i64,
    name: String,
    scopes: Vec<String>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

/// A token as pages show it.
#[derive(Debug)]
pub(super) struct TokenRow {
    /// Key.
    pub(super) id: i64,
    /// What it is for.
    pub(super) name: String,
    /// What it may.
    pub(super) scopes: String,
    /// Its end.
    pub(super) expires_at: String,
    /// Whether that is past.
    pub(super) is_over: bool,
    /// When a program used it.
    pub(super) last_used_at: Option<String>,
}

impl TokenRow {
    fn of(clock: Clock, token: Token) -> Self {
        Self {
            id: token.api_token_id,
            name: token.name,
            scopes: token.scopes.join(", "),
            expires_at: clock.exact(token.expires_at),
            is_over: token.expires_at <= Utc::now(),
            last_used_at: token.last_used_at.map(|at| clock.exact(at)),
        }
    }
}

/// Tokens that act as this person and were not ended.
pub(super) async fn own_tokens(
    context: &mut Context,
    clock: Clock,
    person: &Person,
) -> Result<Vec<TokenRow>, Problem> {
    let own = person.user_id.to_string();
    let asked = [("filter[user_id]", own.as_str()), ("filter[revoked_at][null]", "true")];
    let tokens: Vec<Token> = data::rows(context, &TOKENS, &asked).await?;
    Ok(tokens.into_iter().map(|token| TokenRow::of(clock, token)).collect())
}

#[derive(Debug, Deserialize)]
struct RolePermission {
    permission_code: String,
}

/// A permission that a token may get, and whether it was ticked.
#[derive(Debug)]
struct Scope {
    code: String,
    /// What it allows, in words.
    allows: String,
    is_ticked: bool,
}

/// What the person may, and so what a token in their name may get.
async fn own_scopes(
    context: &mut Context,
    page: &Page,
    me: &Me,
    incoming: &Incoming,
) -> Result<Vec<Scope>, Problem> {
    let mut codes = std::collections::BTreeSet::new();
    for role_id in &me.role_ids {
        let role_id = role_id.to_string();
        let asked = [("filter[role_id]", role_id.as_str()), ("limit", "200")];
        let rows: Vec<RolePermission> = data::rows(context, &ROLE_PERMISSIONS, &asked).await?;
        codes.extend(rows.into_iter().map(|row| row.permission_code));
    }
    let is_ticked = |code: &str| incoming.form.all("scopes").any(|ticked| ticked == code);
    let allows = |code: &str| surface().permissions.get(code).map(|text| page.words.said(text));
    let scope =
        |code: String| Scope { is_ticked: is_ticked(&code), allows: allows(&code).unwrap_or_default(), code };
    Ok(codes.into_iter().map(scope).collect())
}

#[derive(Debug, Template)]
#[template(path = "identity/new_token.html")]
struct NewPage {
    page: Page,
    me: Me,
    summary: Summary,
    name: Field,
    days: Field,
    scopes: Vec<Scope>,
    scopes_error: Option<String>,
}

/// Days for which a token is good unless somebody says otherwise.
const USUAL_DAYS: &str = "30";

async fn framed(incoming: &Incoming, title: &str) -> Result<(Context, Page, Me, Person), Problem> {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, title).await?;
    let me = me_of(&mut page)?;
    Ok((context, page, me, person))
}

fn show_new(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, page, me, person) = framed(&incoming, "new-token-title").await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        let scopes = own_scopes(&mut context, &page, &me, &incoming).await?;
        context.commit().await?;
        new_page(&incoming, page, me, scopes, Again::first(), None)
    })
}

fn new_page(
    incoming: &Incoming,
    mut page: Page,
    me: Me,
    scopes: Vec<Scope>,
    again: Again,
    scopes_error: Option<String>,
) -> Answer {
    if !again.faults.is_empty() {
        page.with_error();
    }
    let typed_days = incoming.form.text("days");
    let name = Field::new("name", page.t("field-token-name"), Kind::Text, "off")
        .hint(page.t("hint-token-name"))
        .value(incoming.form.text("name"))
        .focus();
    let days = Field::new("days", page.t("field-token-days"), Kind::Number, "off")
        .value(if typed_days.is_empty() { USUAL_DAYS } else { typed_days });
    let [name, days] = again.faults.onto([name, days]);
    let summary = again.faults.summary(page.t("summary-form"));
    let view = NewPage { page, me, summary, name, days, scopes, scopes_error };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

#[derive(Debug, Template)]
#[template(path = "identity/token_made.html")]
struct MadePage {
    page: Page,
    me: Me,
    token: String,
    name: String,
}

fn send_new(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, page, me, person) = framed(&incoming, "new-token-title").await?;
        let scopes = own_scopes(&mut context, &page, &me, &incoming).await?;
        context.commit().await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        let ticked: Vec<Value> =
            scopes.iter().filter(|scope| scope.is_ticked).map(|scope| scope.code.clone().into()).collect();
        let name = incoming.form.text("name");
        let days = incoming.form.text("days").parse().ok().and_then(TimeDelta::try_days);
        let mut faults = Faults::default();
        if name.is_empty() {
            faults.add("name", page.t("missing-token-name"));
        }
        if days.is_none() {
            faults.add("days", page.t("missing-token-days"));
        }
        let no_scope = ticked.is_empty().then(|| page.t("missing-token-scopes"));
        if let Some(text) = &no_scope {
            faults.add("scopes", text.clone());
        }
        let end = days.and_then(|days| Utc::now().checked_add_signed(days));
        let (Some(end), true) = (end, faults.is_empty()) else {
            return new_page(&incoming, page, me, scopes, Again::refused(faults), no_scope);
        };
        let mut given = Map::new();
        given.insert("login".to_owned(), person.login.clone().into());
        given.insert("name".to_owned(), name.into());
        given.insert("scopes".to_owned(), Value::Array(ticked));
        given.insert("expires_at".to_owned(), end.to_rfc3339().into());
        match acts::create(&incoming, given).await {
            Ok((_, token)) => {
                let name = name.to_owned();
                rendered(&MadePage { token: token.expose().to_owned(), name, page, me }, SHOWN_ONCE)
            }
            Err(problem) => {
                // The form asks for days, the database for the end of them.
                let again = match problem.told_of("expires_at") {
                    Some(told) => Again::refused(Faults::of("days", told)),
                    None => Again::problem(problem)?,
                };
                new_page(&incoming, page, me, scopes, again, None)
            }
        }
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/revoke_token.html")]
struct RevokePage {
    page: Page,
    me: Me,
    summary: Summary,
    token: TokenRow,
    reason: Field,
}

async fn token_named(
    incoming: &Incoming,
    context: &mut Context,
    page: &Page,
    person: &Person,
) -> Result<TokenRow, Problem> {
    let id = path_id(incoming, "api_token_id")?.to_string();
    let own = person.user_id.to_string();
    let asked = [("filter[api_token_id]", id.as_str()), ("filter[user_id]", own.as_str())];
    let found: Vec<Token> = data::rows(context, &TOKENS, &asked).await?;
    let row = |token| TokenRow::of(Clock::now(page.words), token);
    found.into_iter().next().map(row).ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

fn show_revoke(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, page, me, person) = framed(&incoming, "revoke-token-title").await?;
        let token = token_named(&incoming, &mut context, &page, &person).await?;
        context.commit().await?;
        revoke_page(page, me, token, Again::first())
    })
}

fn revoke_page(mut page: Page, me: Me, token: TokenRow, again: Again) -> Answer {
    if !again.faults.is_empty() {
        page.with_error();
    }
    let reason = Field::new("reason", page.t("field-reason"), Kind::Text, "off")
        .hint(page.t("hint-revoke-reason"))
        .focus();
    let [reason] = again.faults.onto([reason]);
    let summary = again.faults.summary(page.t("summary-form"));
    rendered(&RevokePage { page, me, summary, token, reason }, again.status)
}

fn send_revoke(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, page, me, person) = framed(&incoming, "revoke-token-title").await?;
        let token = token_named(&incoming, &mut context, &page, &person).await?;
        let reason = incoming.form.text("reason");
        if reason.is_empty() {
            context.commit().await?;
            let again = Again::refused(Faults::of("reason", page.t("missing-reason")));
            return revoke_page(page, me, token, again);
        }
        let mut given = Map::new();
        given.insert("api_token_id".to_owned(), token.id.into());
        given.insert("reason".to_owned(), reason.into());
        match data::act(&mut context, "revoke_api_token", given).await {
            Ok(_) => {
                context.commit().await?;
                Ok(to("/account?done=token#tokens"))
            }
            Err(problem) => revoke_page(page, me, token, Again::problem(problem)?),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Language, Words};

    #[test]
    fn a_token_that_is_over_says_so() {
        let token = |days| {
            TokenRow::of(
                Clock::now(Words::new(Language::En)),
                Token {
                    api_token_id: 1,
                    name: "erp".to_owned(),
                    scopes: vec!["order:read".to_owned(), "part:read".to_owned()],
                    expires_at: Utc::now() + TimeDelta::days(days),
                    last_used_at: None,
                },
            )
        };
        assert!(token(-1).is_over);
        assert!(!token(1).is_over);
        assert_eq!(token(1).scopes, "order:read, part:read");
    }
}
