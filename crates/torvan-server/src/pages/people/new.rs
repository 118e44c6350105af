//! A new person: the account, its roles and its setup code, all or nothing.

use askama::Template;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::call::Returned;

use super::code;
use crate::api::endpoint::Access;
use crate::http::Answer;
use crate::http::form::Form as Sent;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem, SECOND_PERSON};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Kind, Summary};
use crate::pages::data;
use crate::pages::identity::account::unproved;
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{Reference, heading, word};
use crate::pages::way::{is, to};

pub(super) const MAKE: Access = Access::Permission("user:create");

/// Kinds of accounts, as the database has them, and what they are.
const KINDS: [&str; 3] = ["STAFF", "PORTAL", "SERVICE"];
const LANGUAGES: [&str; 3] = ["EN", "FR", "ES"];

#[derive(Debug, Template)]
#[template(path = "people/new.html")]
struct NewPage {
    page: Page,
    me: Me,
    summary: Summary,
    fields: Vec<Field>,
    key: String,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.look().await?;
        context.rollback().await?;
        if incoming.query.is_empty()
            && let Some(elsewhere) = unproved(&incoming, &person)
        {
            return Ok(elsewhere);
        }
        form(&incoming, Again::first()).await
    })
}

async fn form(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "user-new").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let roles = Reference::Role.offered(&mut context, page.words).await?;
    let customers = Reference::Customer.offered(&mut context, page.words).await?;
    context.rollback().await?;
    let is_sent = !incoming.endpoint.method.is_safe();
    let typed = if is_sent { incoming.form.clone() } else { Sent::of_pairs(incoming.query.iter().cloned()) };
    let mut fields = fields(&page, &typed, roles, customers, me.may("role:assign"));
    again.faults.onto_all(&mut fields);
    if !again.faults.is_empty() {
        page.with_error();
    }
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let view = NewPage {
        key: key.map_or_else(fresh_key, str::to_owned),
        summary: again.faults.summary(page.t("summary-form")),
        fields,
        page,
        me,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn fields(
    page: &Page,
    typed: &Sent,
    roles: Vec<(String, String)>,
    customers: Vec<(String, String)>,
    may_assign: bool,
) -> Vec<Field> {
    let field = |name: &'static str, kind: Kind| {
        let field = Field::new(name, heading(page, name), kind, "off").value(typed.raw(name));
        match page.words.say_if_known(&format!("entry-hint-{}", name.replace('_', "-"))) {
            Some(hint) => field.hint(hint),
            None => field,
        }
    };
    let needed = |field: Field| field.mark(page.t("entry-required"));
    let words =
        |codes: &[&str]| codes.iter().map(|code| ((*code).to_owned(), word(page.words, code))).collect();
    let ticked: Vec<&str> = typed.all("roles").filter(|role| !role.is_empty()).collect();
    let roles_field = Field::new("roles", page.t("user-roles"), Kind::Ticks, "off")
        .hint(page.t("user-new-roles"))
        .options(roles)
        .value(&ticked.join("\n"))
        .optional();
    let all = [
        Some(needed(field("login", Kind::Text)).focus()),
        Some(needed(field("display_name", Kind::Text))),
        Some(field("initials", Kind::Text).optional()),
        Some(field("language", Kind::Select).options(words(&LANGUAGES))),
        Some(field("kind", Kind::Select).options(words(&KINDS)).hint(page.t("user-new-kind"))),
        may_assign.then_some(roles_field),
        Some(
            field("customer_code", Kind::Code)
                .hint(page.t("user-new-customer"))
                .offered(customers, Reference::Customer.lookup())
                .optional(),
        ),
        Some(
            field("expires_at", Kind::Moment)
                .hint(page.tv("user-new-expires", "zone", page.zone()))
                .optional(),
        ),
        Some(needed(field("reason", Kind::Text)).hint(page.t("user-new-reason"))),
    ];
    all.into_iter().flatten().collect()
}

/// All of them.
const FIELDS: [&str; 9] = [
    "login",
    "display_name",
    "initials",
    "language",
    "kind",
    "roles",
    "customer_code",
    "expires_at",
    "reason",
];

/// Fields that must be filled in.
const NEEDED: [&str; 3] = ["login", "display_name", "reason"];

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.look().await?;
        context.rollback().await?;
        let page = Page::open(&incoming, Some(&person), "user-new");
        let mut faults = Faults::default();
        for name in NEEDED.into_iter().filter(|name| incoming.form.text(name).is_empty()) {
            faults.add(name, page.tv("entry-missing", "field", heading(&page, name)));
        }
        if !faults.is_empty() {
            return form(&incoming, Again::refused(faults)).await;
        }
        match made(&incoming).await {
            Ok(Made::Now(made)) => made.page(),
            Ok(Made::Before(place)) => Ok(to(&place)),
            Err(problem) => form(&incoming, Again::at_fields(problem, &FIELDS)?).await,
        }
    })
}

enum Made {
    Now(Box<code::MadePage>),
    /// It was sent before: the code was shown, and is not shown again.
    Before(String),
}

/// The account, its roles and its code: all of it or nothing.
async fn made(incoming: &Incoming) -> Result<Made, Problem> {
    let (mut context, person) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(Made::Before(place));
    }
    let login = incoming.form.text("login").to_lowercase();
    let given = account(&mut context, incoming).await?;
    data::act(&mut context, "create_user", given).await?;
    let reason = incoming.form.text("reason");
    for role in incoming.form.all("roles").filter(|role| !role.is_empty()) {
        let given = [("login", login.as_str()), ("role_code", role), ("reason", reason)];
        data::act(&mut context, "grant_role", values(&given))
            .await
            .map_err(|problem| of_role(problem, role))?;
    }
    let place = format!("/users/{login}");
    // A program signs in with tokens, never with a password.
    let is_program = incoming.form.text("kind") == "SERVICE";
    let made = if is_program {
        None
    } else {
        Some(code::made(&mut context, incoming, &person, &login, reason).await?)
    };
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(made.map_or(Made::Before(place), |made| Made::Now(Box::new(made))))
}

/// What was refused about a role is told at the roles, with its name.
fn of_role(problem: Problem, role: &str) -> Problem {
    let told = format!("{role}: {}", problem.told());
    if [INVALID, CONFLICT, NOT_FOUND, SECOND_PERSON].iter().any(|kind| is(&problem, *kind)) {
        return Problem::new(INVALID, told).about("roles");
    }
    problem
}

fn values(given: &[(&str, &str)]) -> Map<String, Value> {
    let filled = given.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

/// What the account is made of; its end is by the clocks of the plant.
async fn account(context: &mut Context, incoming: &Incoming) -> Result<Map<String, Value>, Problem> {
    let names = ["login", "display_name", "initials", "language", "kind", "customer_code"];
    let given: Vec<(&str, &str)> = names.iter().map(|name| (*name, incoming.form.text(name))).collect();
    let mut given = values(&given);
    let end = incoming.form.text("expires_at");
    if end.is_empty() {
        return Ok(given);
    }
    let time = Map::from_iter([("time".to_owned(), Value::from(end))]);
    let found = data::act(context, "plant_instant", time).await;
    let found = found.map_err(|problem| Problem::new(problem.kind(), problem.told()).about("expires_at"))?;
    if let Returned::One(Some(instant)) = found {
        given.insert("expires_at".to_owned(), instant.get().trim_matches('"').into());
    }
    Ok(given)
}
