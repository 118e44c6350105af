//! Forms about contact persons: a new one, what is otherwise, an address, and that one is not needed any more.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::contacts::Contact;
use super::{ADD, ADDRESS, Customer, EDIT};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Kind, Link, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{heading, word};
use crate::pages::way::{path_of, to};

const ROLES: [&str; 7] = ["PURCHASING", "PROJECT", "CLINICAL", "TECHNICAL", "RECEIVING", "BILLING", "OTHER"];
const ADDRESS_KINDS: [&str; 3] = ["SHIP_TO", "BILL_TO", "SITE"];

/// What a form is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Add,
    Edit,
    Address,
    End,
}

impl Act {
    fn of(incoming: &Incoming) -> Self {
        match incoming.endpoint.path {
            ADD => Self::Add,
            EDIT => Self::Edit,
            ADDRESS => Self::Address,
            _ => Self::End,
        }
    }

    /// Key of its title, which its button has too where it is no change.
    fn title(self) -> &'static str {
        match self {
            Self::Add => "contact-new",
            Self::Edit => "contact-change",
            Self::Address => "contact-address",
            Self::End => "contact-end",
        }
    }

    /// What it asks for, in its order; the first must be filled in.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Add | Self::Edit => &["name", "role", "job_title", "email", "phone"],
            Self::Address => &["address", "recipient", "country_code", "kind"],
            Self::End => &["ended_on"],
        }
    }

    /// Fields that must be filled in.
    fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Add | Self::Edit => &["name", "role"],
            Self::Address => &["address", "country_code", "kind"],
            Self::End => &[],
        }
    }

    /// Key of what it means.
    fn about(self) -> &'static str {
        match self {
            Self::Add => "contact-new-about",
            Self::Edit => "contact-edit-about",
            Self::Address => "contact-address-about",
            Self::End => "contact-end-about",
        }
    }

    fn function(self) -> &'static str {
        match self {
            Self::Add => "add_contact",
            Self::Edit => "update_contact",
            Self::Address => "add_address",
            Self::End => "end_contact_purpose",
        }
    }
}

/// Whether a form of these asks for a field.
pub(super) fn is_asked(name: &str) -> bool {
    [Act::Add, Act::Address, Act::End].iter().any(|act| act.fields().contains(&name))
}

type Values = BTreeMap<&'static str, String>;

#[derive(Debug, Template)]
#[template(path = "customers/form.html")]
struct FormPage {
    page: Page,
    me: Me,
    back: Link,
    summary: Summary,
    about: String,
    action: String,
    key: String,
    /// Values that the form was filled from.
    seen: String,
    fields: Vec<Field>,
    button: String,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Again::first()).await })
}

async fn form(incoming: &Incoming, again: Again) -> Answer {
    let act = Act::of(incoming);
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.title()).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let customer = Customer::unlocked(&mut context, incoming).await?;
    let contact = match act {
        Act::Add => None,
        _ => Some(Contact::of(&mut context, incoming, &customer).await?),
    };
    context.commit().await?;
    if let Some(contact) = contact.as_ref().filter(|contact| !contact.is_open()) {
        let told = page.tv("contact-closed", "who", contact.called(&page));
        return Err(Problem::new(CONFLICT, told));
    }
    let stored = contact.as_ref().filter(|_| act == Act::Edit).map(kept).unwrap_or_default();
    let is_sent = !incoming.endpoint.method.is_safe();
    let value = |name: &'static str| {
        if is_sent {
            return incoming.form.raw(name).to_owned();
        }
        stored.get(name).cloned().unwrap_or_else(|| incoming.asked(name).to_owned())
    };
    let mut fields: Vec<Field> =
        act.fields().iter().map(|name| field(&page, act, name, &value(name))).collect();
    again.faults.onto_all(&mut fields);
    if !again.faults.is_empty() {
        page.with_error();
    }
    let is_stale = again.status == STALE.status;
    let seen =
        if is_sent && !is_stale { incoming.form.raw("seen").to_owned() } else { json!(stored).to_string() };
    let who = contact.map_or_else(|| customer.name.clone(), |contact| contact.called(&page));
    let view = FormPage {
        back: Link::new(customer.contacts(), customer.name, false),
        summary: again.faults.summary(page.t("summary-form")),
        about: page.tv(act.about(), "who", who),
        action: path_of(incoming),
        key: fresh_key(),
        button: page.t(if act == Act::Edit { "save" } else { act.title() }),
        seen,
        fields,
        page,
        me,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

/// What the fields of a contact hold.
fn kept(contact: &Contact) -> Values {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Values::from([
        ("name", text(&contact.name)),
        ("role", contact.role_at_customer.clone()),
        ("job_title", text(&contact.job_title)),
        ("email", text(&contact.email)),
        ("phone", text(&contact.phone)),
    ])
}

/// What a field is called here, else what the column is called everywhere.
fn label(page: &Page, name: &str) -> String {
    let own = page.words.say_if_known(&format!("contact-field-{}", name.replace('_', "-")));
    own.unwrap_or_else(|| heading(page, name))
}

fn field(page: &Page, act: Act, name: &'static str, value: &str) -> Field {
    let words = |codes: &[&str]| -> Vec<(String, String)> {
        let none = value.is_empty().then(|| (String::new(), "–".to_owned()));
        let known = codes.iter().map(|code| ((*code).to_owned(), word(page.words, code)));
        none.into_iter().chain(known).collect()
    };
    let label = label(page, name);
    let new = |kind| Field::new(name, label.clone(), kind, "off").value(value);
    let field = match name {
        "role" => new(Kind::Select).options(words(&ROLES)),
        "kind" => new(Kind::Select).options(words(&ADDRESS_KINDS)),
        "address" => new(Kind::Area),
        "ended_on" => new(Kind::Date).hint(page.t("contact-ended-hint")),
        "country_code" => new(Kind::Code).hint(page.t("contact-country-hint")),
        _ => new(Kind::Text),
    };
    if act.needed().contains(&name) { field.mark(page.t("entry-required")) } else { field.optional() }
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let act = Act::of(&incoming);
        let (context, person) = incoming.look().await?;
        context.rollback().await?;
        let page = Page::open(&incoming, Some(&person), act.title());
        let mut faults = Faults::default();
        for name in act.needed().iter().filter(|name| incoming.form.text(name).is_empty()) {
            faults.add(name, page.tv("entry-missing", "field", label(&page, name)));
        }
        if !faults.is_empty() {
            return form(&incoming, Again::refused(faults)).await;
        }
        match done(&incoming, &page, act).await {
            Ok(Done::Led(place)) => Ok(to(&place)),
            Ok(Done::Stale(faults)) => {
                form(&incoming, Again { faults, status: STALE.status, retry_after: None }).await
            }
            Err(problem) => form(&incoming, Again::at_fields(problem, act.fields())?).await,
        }
    })
}

enum Done {
    Led(String),
    /// Somebody else changed the same meanwhile.
    Stale(Faults),
}

async fn done(incoming: &Incoming, page: &Page, act: Act) -> Result<Done, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(Done::Led(place));
    }
    let customer = Customer::unlocked(&mut context, incoming).await?;
    let mut given = typed(act, incoming);
    if act == Act::Add {
        given.insert("customer_code".to_owned(), customer.customer_code.as_str().into());
    } else {
        let contact = Contact::of(&mut context, incoming, &customer).await?;
        if act == Act::Edit {
            let (changes, faults) = changes(page, incoming, &contact);
            if !faults.is_empty() {
                context.rollback().await?;
                return Ok(Done::Stale(faults));
            }
            given = Map::from_iter([("changes".to_owned(), Value::Object(changes))]);
        }
        given.insert("subject_id".to_owned(), contact.subject_id.into());
    }
    act_on(&mut context, act, given).await?;
    let told = if matches!(act, Act::Add | Act::Address) { "added" } else { "saved" };
    let place = format!("{}?done={told}", customer.contacts());
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(Done::Led(place))
}

async fn act_on(context: &mut Context, act: Act, given: Map<String, Value>) -> Result<(), Problem> {
    let is_nothing = given.get("changes").and_then(Value::as_object).is_some_and(Map::is_empty);
    if !is_nothing {
        data::act(context, act.function(), given).await?;
    }
    Ok(())
}

/// What was filled in; an address may have nobody who receives there, which is an empty text.
fn typed(act: Act, incoming: &Incoming) -> Map<String, Value> {
    let value = |name: &&str| {
        let typed = incoming.form.text(name);
        let is_nothing = typed.is_empty() && *name != "recipient";
        let value = if is_nothing { Value::Null } else { Value::from(typed) };
        ((*name).to_owned(), value)
    };
    act.fields().iter().map(value).collect()
}

/// What somebody changed, and what of it somebody else changed meanwhile: that is told, and nothing is overwritten unseen.
fn changes(page: &Page, incoming: &Incoming, contact: &Contact) -> (Map<String, Value>, Faults) {
    let now = kept(contact);
    let seen: BTreeMap<String, String> = serde_json::from_str(incoming.form.raw("seen"))
        .unwrap_or_else(|_| now.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    let (mut changes, mut faults) = (Map::new(), Faults::default());
    for (name, is) in &now {
        let typed = incoming.form.text(name);
        let was = seen.get(*name).map_or("", String::as_str);
        if typed == was {
            continue;
        }
        if is != was && is != typed {
            let told = if is.is_empty() { page.t("value-none") } else { is.clone() };
            faults.add(name, page.tv("contact-meanwhile", "now", told));
        }
        let value = if typed.is_empty() { Value::Null } else { Value::from(typed) };
        changes.insert((*name).to_owned(), value);
    }
    (changes, faults)
}
