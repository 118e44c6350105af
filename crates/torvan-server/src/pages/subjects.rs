//! People about whom data is kept: found by what they write in their letter, what an erasure would do, who saw them; and the
//! package that somebody asked for.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::components::{Faults, Field, Kind, Link, Summary};
use super::page::{Me, Page, rendered};
use super::{data, field, form, page};
use crate::api::dispatch::{act, use_keys};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::Answer;
use crate::http::problem::{INVALID, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::Icon;
use crate::pages::moment::Clock;
use crate::pages::registers::{heading, word};
use crate::pages::way::is;

const HANDLE: Access = Access::Permission("privacy:handle");
/// Asks in the address what an erasure would do.
const PREVIEW: &str = "preview";
/// What the API answers with the package of a person.
pub(super) const EXPORT: &str = "/privacy/requests/{privacy_request_id}/export";

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/privacy/subjects", HANDLE, show_search, "Asks whom to find."),
    form(
        "/privacy/subjects",
        HANDLE,
        search,
        // In a form, so that neither an address bar nor a log learns it.
        &[field("email", "E-mail, whole."), field("phone", "Telephone number, whole.")],
        "People with this e-mail or telephone number.",
    ),
    page(
        Method::Get,
        "/privacy/subjects/{subject_id}",
        HANDLE,
        show,
        "A person: what is kept, what an erasure would do, who saw it.",
    ),
];

/// A contact of a customer, as who may read contacts sees it.
#[derive(Debug, Deserialize)]
struct Contact {
    subject_id: i64,
    customer_code: String,
    role_at_customer: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    job_title: Option<String>,
    is_restricted: bool,
    is_erased: bool,
}

/// What an erasure would do in one place.
#[derive(Debug, Deserialize)]
struct Place {
    retention_class: String,
    place: String,
    row_count: i64,
    what_happens: String,
    legal_basis: Option<String>,
    remains_until: Option<String>,
}

impl Place {
    fn class(&self, page: &Page) -> String {
        let key = format!("retention-of-{}", self.retention_class.to_ascii_lowercase().replace('_', "-"));
        page.words.say_if_known(&key).unwrap_or_else(|| word(page.words, &self.retention_class))
    }

    /// Why it may be kept.
    fn basis(&self, page: &Page) -> String {
        self.legal_basis.as_deref().map_or_else(|| "–".to_owned(), |basis| page.words.shipped(basis))
    }

    /// The table in words, with its column where the place has one.
    fn named(&self, page: &Page) -> String {
        match self.place.split_once('.') {
            Some((table, column)) => format!("{}, {}", word(page.words, table), heading(page, column)),
            None => word(page.words, &self.place),
        }
    }

    /// The last day, or what is said instead of one.
    fn until(&self, page: &Page) -> Option<String> {
        let until = self.remains_until.as_deref()?;
        Some(until.parse().map_or_else(|_| until.to_owned(), |day| Clock::now(page.words).full_day(day)))
    }
}

#[derive(Debug, Deserialize)]
struct Seen {
    seen_at: chrono::DateTime<chrono::Utc>,
    actor: Option<String>,
    action: String,
    fields: Vec<String>,
    reason: Option<String>,
}

/// When, who, what, why.
#[derive(Debug)]
struct SeenRow {
    when: String,
    actor: String,
    action: String,
    fields: String,
    reason: String,
}

#[derive(Debug, Template)]
#[template(path = "registers/subjects.html")]
struct SearchPage {
    page: Page,
    me: Me,
    summary: Summary,
    fields: Vec<Field>,
    found: Option<Vec<Contact>>,
}

#[derive(Debug, Template)]
#[template(path = "registers/subject.html")]
struct SubjectPage {
    page: Page,
    me: Me,
    facts: Vec<(String, String)>,
    /// What an erasure would do, where that was asked for: every text there is is read for it.
    places: Option<Vec<Place>>,
    /// Where it is asked for.
    preview: String,
    seen: Vec<SeenRow>,
    requests: Link,
    hold: Option<Link>,
}

fn show_search(incoming: Incoming) -> Answering {
    Box::pin(async move { searched(&incoming, None, Faults::default(), StatusCode::OK).await })
}

fn search(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (email, phone) = (incoming.form.text("email"), incoming.form.text("phone"));
        let (function, name, value) = match (email, phone) {
            ("", "") => {
                let said = Page::open(&incoming, None, "subjects-title").t("subjects-nothing");
                return searched(&incoming, None, Faults::of("email", said), INVALID.status).await;
            }
            ("", phone) => ("find_contact_by_phone", "phone", phone),
            (email, _) => ("find_contact_by_email", "email", email),
        };
        let (mut context, _) = incoming.enter().await?;
        let found = told(&mut context, &incoming, function, name, Value::from(value)).await;
        match found {
            Ok(found) => {
                context.commit().await?;
                searched(&incoming, Some(found), Faults::default(), StatusCode::OK).await
            }
            Err(problem) if is(&problem, INVALID) || is(&problem, NOT_FOUND) => {
                context.rollback().await?;
                searched(&incoming, None, Faults::of(name, problem.told()), problem.kind().status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// Rows of a function that opens what is encrypted.
async fn told<T: DeserializeOwned>(
    context: &mut Context,
    incoming: &Incoming,
    function: &'static str,
    name: &str,
    value: Value,
) -> Result<Vec<T>, Problem> {
    use_keys(context, &incoming.app).await?;
    data::found(context, function, Map::from_iter([(name.to_owned(), value)])).await
}

async fn searched(
    incoming: &Incoming,
    found: Option<Vec<Contact>>,
    faults: Faults,
    status: StatusCode,
) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "subjects-title").await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let entry = |name: &'static str| {
        let label = page.t(if name == "email" { "subjects-email" } else { "subjects-phone" });
        Field::new(name, label, Kind::Text, "off").value(incoming.form.raw(name)).optional()
    };
    let mut fields = vec![entry("email"), entry("phone")];
    faults.onto_all(&mut fields);
    let summary = faults.summary(page.t("summary-form"));
    if status != StatusCode::OK {
        page.with_error();
    }
    rendered(&SearchPage { page, me, summary, fields, found }, status)
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let id: i64 = incoming.path_value("subject_id").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
        let (mut context, person) = incoming.enter().await?;
        let contacts: Vec<Contact> =
            told(&mut context, &incoming, "contact_of", "subject_id", id.into()).await.map_err(unknown)?;
        let is_asked = incoming.query.iter().any(|(name, _)| name == PREVIEW);
        let places = if is_asked {
            Some(told(&mut context, &incoming, "preview_erasure", "subject_id", id.into()).await?)
        } else {
            None
        };
        let seen: Vec<Seen> =
            told(&mut context, &incoming, "who_saw_subject", "subject_id", id.into()).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "subjects-title").await?;
        context.commit().await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        page.title = page.tv("subject-title", "number", id);
        let facts = contacts.first().map(|contact| facts(&page, contact)).unwrap_or_default();
        let hold = me.may("legal_hold:place").then(|| {
            let href = format!("/legal-holds/new?scope_kind=SUBJECT&scope_code={id}");
            Link::new(href, page.t("hold-new"), false).icon(Icon("circle-pause"))
        });
        let requests =
            Link::new(format!("/privacy/requests/new?subject_id={id}"), page.t("privacy-request-new"), false)
                .icon(Icon("plus"));
        let seen = seen.into_iter().map(|one| seen_row(&page, one)).collect();
        let preview = format!("/privacy/subjects/{id}?{PREVIEW}=true#erasure");
        rendered(&SubjectPage { page, me, facts, places, preview, seen, requests, hold }, StatusCode::OK)
    })
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

/// A number that nobody has is no fault of a form here.
fn unknown(problem: Problem) -> Problem {
    if is(&problem, INVALID) { missing() } else { problem }
}

fn facts(page: &Page, contact: &Contact) -> Vec<(String, String)> {
    let state = match (contact.is_erased, contact.is_restricted) {
        (true, _) => Some(page.t("subject-erased")),
        (false, true) => Some(page.t("subject-restricted")),
        (false, false) => None,
    };
    let told = [
        ("col-name", contact.name.clone()),
        ("col-customer-code", Some(contact.customer_code.clone())),
        ("subject-role", contact.role_at_customer.as_deref().map(|role| word(page.words, role))),
        ("subject-job", contact.job_title.clone()),
        ("subjects-email", contact.email.clone()),
        ("subjects-phone", contact.phone.clone()),
        ("col-state", state),
    ];
    told.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

fn seen_row(page: &Page, one: Seen) -> SeenRow {
    SeenRow {
        when: Clock::now(page.words).exact(one.seen_at),
        actor: one.actor.unwrap_or_default(),
        action: word(page.words, &one.action),
        fields: one.fields.iter().map(|field| heading(page, field)).collect::<Vec<_>>().join(", "),
        reason: one.reason.unwrap_or_default(),
    }
}

pub(super) fn export(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let target = crate::api::endpoints()
            .find(|endpoint| endpoint.method == Method::Put && endpoint.path == EXPORT)
            .ok_or_else(missing)?;
        let acted = act(&incoming.sent_to(target, &Value::Object(Map::new()))).await?;
        let mut response = acted.response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"person.json\""),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    })
}
