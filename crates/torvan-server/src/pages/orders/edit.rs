//! The order form once more: what is in it can be corrected, with what somebody else changed meanwhile beside it.

use askama::Template;
use serde_json::{Map, Value};

use super::acts::conflict;
use super::files::{self, FileRow, kinds};
use super::order_id;
use super::view::{LANGUAGES, Order, Read, order};
use super::wizard::{Stage, is_open, steps};
use crate::http::Answer;
use crate::http::problem::{FORBIDDEN, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Field, FilePick, Kind, Steps, Summary};
use crate::pages::data;
use crate::pages::documents::file_pick;
use crate::pages::flash::Done;
use crate::pages::identity::forms::Again;
use crate::pages::moment::Clock;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

/// Fields of the form, each with the key of its name.
const FIELDS: [(&str, &str); 6] = [
    ("po_number", "new-po"),
    ("want_date", "new-want-date"),
    ("language", "new-language"),
    ("sales_person", "new-sales"),
    ("project_name", "new-project"),
    ("notes", "new-notes"),
];

/// What a field holds in the database.
fn kept(order: &Order, name: &str) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match name {
        "po_number" => text(&order.po_number),
        "want_date" => order.want_date.map(|day| day.to_string()).unwrap_or_default(),
        "language" => order.language.clone(),
        "sales_person" => text(&order.sales_person),
        "project_name" => text(&order.project_name),
        _ => text(&order.notes),
    }
}

/// Whether somebody may correct an order in its phase.
pub(super) fn may_edit(me: &Me, order: &Order) -> bool {
    let needed = if matches!(order.phase.as_str(), "DRAFT" | "CONFIGURATION") {
        "order:update"
    } else {
        "order:update_approved"
    };
    order.state == "ACTIVE" && order.phase != "DELIVERED" && me.may(needed)
}

#[derive(Debug, Template)]
#[template(path = "orders/edit.html")]
struct EditPage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    customer: String,
    steps: Option<Steps>,
    summary: Summary,
    conflict: Option<Conflict>,
    /// What each field holds now, where that is something else than what was typed.
    now: Vec<(String, String)>,
    key: String,
    version: i64,
    fields: Vec<Field>,
    files: Vec<FileRow>,
    kind: Field,
    sink: Field,
    file: FilePick,
    file_key: String,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { shown(&incoming, Again::first(), false).await })
}

async fn shown(incoming: &Incoming, again: Again, is_stale: bool) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "order-edit").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    if !may_edit(&me, &read.order) {
        return Err(Problem::new(
            FORBIDDEN,
            format!("You may not change order {}.", read.order.order_number),
        )
        .hint("Its page shows what is yours to do."));
    }
    let steps = steps(&mut context, &page, &read, Stage::Customer).await?;
    let numbers = read.build_numbers();
    let mut files = Vec::new();
    if steps.is_some() && me.may("order_attachment:read") {
        let key = read.order.order_id.to_string();
        let asked = [("filter[order_id]", key.as_str()), ("limit", "100")];
        files = files::read(&mut context, &page, &numbers, &asked).await?.0;
    }
    let conflict = if is_stale { conflict(&mut context, &page, &me, &read.order).await? } else { None };
    context.commit().await?;
    if !again.faults.is_empty() || is_stale {
        page.with_error();
    }
    if incoming.asked("done") == "file" {
        page.done("done-file");
    }
    let status = again.status;
    let mut fields = fields(&page, incoming, &read.order);
    again.faults.onto_all(&mut fields);
    let view = EditPage {
        id: read.order.order_id,
        number: read.order.order_number.clone(),
        customer: read.customer.clone(),
        now: if is_stale { now(&page, incoming, &read.order) } else { Vec::new() },
        version: seen(incoming, &read.order, is_stale),
        summary: again.faults.summary(page.t("summary-form")),
        key: fresh_key(),
        file_key: fresh_key(),
        kind: kinds(&page, ""),
        sink: files::sinks(&page, &numbers, ""),
        file: file_pick(&page, None, None),
        steps,
        conflict,
        fields,
        files,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

/// The version that the form is about: the one that was seen, until it is told that there is another.
fn seen(incoming: &Incoming, order: &Order, is_stale: bool) -> i64 {
    let seen = incoming.form.text("version").parse().ok().filter(|_| !is_stale);
    seen.unwrap_or(order.row_version)
}

fn is_sent(incoming: &Incoming) -> bool {
    !incoming.form.raw("key").is_empty()
}

/// What a field holds, as pages show it.
fn told(page: &Page, order: &Order, name: &str) -> String {
    let language = || LANGUAGES.iter().find(|(code, _)| *code == order.language);
    match name {
        "want_date" => order.want_date.map(|day| Clock::now(page.words).full_day(day)).unwrap_or_default(),
        "language" => language().map_or_else(|| order.language.clone(), |(_, key)| page.t(key)),
        _ => kept(order, name),
    }
}

/// What is otherwise in the database than in the form.
fn now(page: &Page, incoming: &Incoming, order: &Order) -> Vec<(String, String)> {
    let other = |(name, key): &(&str, &str)| {
        let value = kept(order, name);
        (incoming.form.text(name) != value).then(|| (page.t(key), told(page, order, name)))
    };
    FIELDS.iter().filter(|(name, _)| is_open(order) || *name != "language").filter_map(other).collect()
}

fn fields(page: &Page, incoming: &Incoming, order: &Order) -> Vec<Field> {
    let value = |name: &str| {
        if is_sent(incoming) { incoming.form.text(name).to_owned() } else { kept(order, name) }
    };
    let languages = LANGUAGES.map(|(code, key)| (code.to_owned(), page.t(key)));
    let field = |(name, key): &(&'static str, &str)| {
        let name: &'static str = name;
        let field = match name {
            "want_date" => Field::new(name, page.t(key), Kind::Date, "off"),
            "language" => Field::new(name, page.t(key), Kind::Select, "off").options(languages.to_vec()),
            "sales_person" => Field::new(name, page.t(key), Kind::Text, "off").hint(page.t("new-sales-hint")),
            "notes" => Field::new(name, page.t(key), Kind::Area, "off"),
            _ => Field::new(name, page.t(key), Kind::Text, "off"),
        };
        let is_optional = matches!(name, "project_name" | "notes");
        let field = field.value(&value(name));
        if is_optional { field.optional() } else { field }
    };
    // The language is fixed with the submission: it selects manuals.
    FIELDS.iter().filter(|(name, _)| is_open(order) || *name != "language").map(field).collect()
}

/// Fields that must be filled in, and what is said where one is not.
const NEEDED: [(&str, &str); 3] =
    [("po_number", "missing-po"), ("want_date", "missing-want-date"), ("sales_person", "missing-sales")];

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let page = Page::open(&incoming, None, "order-edit");
        let mut faults = Faults::default();
        for (name, key) in NEEDED {
            if incoming.form.text(name).is_empty() {
                faults.add(name, page.t(key));
            }
        }
        if !faults.is_empty() {
            return shown(&incoming, Again::refused(faults), false).await;
        }
        match changed(&incoming).await {
            Ok((place, done)) => {
                let mut response = to(&place);
                if let Some(done) = done {
                    done.keep(&mut response);
                }
                Ok(response)
            }
            Err(problem) if is(&problem, STALE) => {
                let again = Again { faults: Faults::default(), status: STALE.status, retry_after: None };
                shown(&incoming, again, true).await
            }
            Err(problem) => {
                shown(&incoming, Again::at_fields(problem, &FIELDS.map(|(name, _)| name))?, false).await
            }
        }
    })
}

async fn changed(incoming: &Incoming) -> Result<(String, Option<Done>), Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok((place, None));
    }
    let (before, _) = order(&mut context, order_id(incoming)?).await?;
    let mut changes = Map::new();
    for (name, _) in FIELDS {
        let typed = incoming.form.text(name);
        let is_asked = name != "language" || is_open(&before);
        if is_asked && typed != kept(&before, name) {
            let value = if typed.is_empty() { Value::Null } else { Value::from(typed) };
            changes.insert(name.to_owned(), value);
        }
    }
    let version = incoming.form.text("version").parse::<i64>().unwrap_or_default();
    let is_changed = !changes.is_empty();
    if is_changed || version != before.row_version {
        let given = Map::from_iter([
            ("order_id".to_owned(), Value::from(before.order_id)),
            ("changes".to_owned(), changes.into()),
            ("expected_version".to_owned(), version.into()),
        ]);
        data::act(&mut context, "update_order", given).await?;
    }
    let is_wizard = incoming.form.text("do") == "next";
    let id = before.order_id;
    let place = if is_wizard { format!("/orders/{id}/sinks") } else { format!("/orders/{id}") };
    let after = order(&mut context, id).await?.0;
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    let done = (!is_wizard && is_changed).then(|| done(&before, after.row_version));
    Ok((place, done))
}

/// What was changed can be changed back, as long as nobody else changed it again.
fn done(before: &Order, version: i64) -> Done {
    let at = format!("/orders/{}", before.order_id);
    let was = FIELDS.iter().map(|(name, _)| ((*name).to_owned(), kept(before, name)));
    let own = [("version".to_owned(), version.to_string()), ("key".to_owned(), fresh_key())];
    Done {
        undo: format!("{at}/edit"),
        at,
        key: "done-changed".to_owned(),
        fields: was.chain(own).collect(),
        ..Done::default()
    }
}
