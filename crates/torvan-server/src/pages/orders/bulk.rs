//! The same for several orders: each is asked for as if it were alone, and told what became of it.

use std::time::Instant;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::bulk_act::{ACTS, Act};
use super::query::Query;
use super::rows::search;
use crate::api::endpoint::{Endpoint, ListSpec};
use crate::http::Answer;
use crate::http::problem::{FAULT, FORBIDDEN, FieldFault, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, Part, not_signed_in};
use crate::pages::components::{Faults, Field, Link};
use crate::pages::data;
use crate::pages::once::fresh_key;
use crate::pages::page::{Page, rendered};
use crate::pages::registers::endpoint;
use crate::pages::several::{self, AskPage, Change, DonePage, Hidden, MOST, Named as Called, Row};

const ORDERS: ListSpec =
    ListSpec { relation: "orders", filters: &["order_id"], sorts: &["order_id"], key: &[] };

/// Where it is asked about, and done.
pub(super) const PLACE: &str = "/orders/bulk";
/// Keys in one question.
const CHUNK: usize = 200;

/// An order as it is before something is done with it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Picked {
    pub(super) order_id: i64,
    pub(super) order_number: String,
    pub(super) row_version: i64,
    want_date: Option<String>,
    sales_person: Option<String>,
}

impl Picked {
    /// What it has of its own that this act changes, for who takes it back.
    fn own(&self, act: &Act) -> Option<&str> {
        match act.undone_by {
            Some("want-date") => Some(self.want_date.as_deref().unwrap_or_default()),
            Some("sales-person") => Some(self.sales_person.as_deref().unwrap_or_default()),
            _ => None,
        }
    }
}

/// One of the orders that a form names: key, the version that was seen, and a value of its own where something is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    order_id: i64,
    version: Option<i64>,
    value: Option<String>,
}

fn named(text: &str) -> Option<Named> {
    let mut parts = text.splitn(3, ':');
    let order_id = parts.next()?.parse().ok()?;
    let version = parts.next().and_then(|text| text.parse().ok());
    Some(Named { order_id, version, value: parts.next().map(str::to_owned) })
}

/// What the orders had when the form was made: it goes along with it, for what was done cannot be asked any more. What was
/// changed then was changed in just that version.
fn had(incoming: &Incoming) -> Vec<(i64, &str)> {
    let lines = incoming.form.all("was").filter_map(|line| line.split_once(':'));
    lines.filter_map(|(order_id, value)| Some((order_id.parse().ok()?, value))).collect()
}

fn values<'a>(incoming: &'a Incoming, name: &str) -> Vec<&'a str> {
    let asked = incoming.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    incoming.form.all(name).chain(asked).collect()
}

fn act_of(incoming: &Incoming) -> Result<&'static Act, Problem> {
    let code = values(incoming, "act").first().copied().unwrap_or_default();
    let found = ACTS.iter().find(|act| act.code == code);
    found.ok_or_else(|| Problem::new(NOT_FOUND, "There is no such thing to do with several orders."))
}

async fn picked(context: &mut Context, ids: &[i64]) -> Result<Vec<Picked>, Problem> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        let keys = some.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let asked = [("filter[order_id][in]", keys.as_str()), ("limit", "200")];
        found.extend(data::rows::<Picked>(context, &ORDERS, &asked).await?);
    }
    Ok(found)
}

/// Those that were ticked, or all that the list finds; and whether there are more than can be done at once.
async fn chosen(
    context: &mut Context,
    page: &Page,
    incoming: &Incoming,
) -> Result<(Vec<Picked>, bool), Problem> {
    let frame = page.me.as_ref().map(|me| me.frame.clone()).unwrap_or_default();
    let mut ids: Vec<i64> = if values(incoming, "all").is_empty() {
        values(incoming, "id").into_iter().filter_map(|id| id.parse().ok()).collect()
    } else {
        let query = Query::of(incoming, "/orders");
        let (name, is_down) = query.sort();
        let sort = format!("{name}_{}", if is_down { "desc" } else { "asc" });
        // The database gives at most so many at once: who asks for one more is not told of it.
        let found = search(context, query.get("q"), query.filters(&frame), &sort, None, MOST).await?;
        found.iter().map(|row| row.order_id).collect()
    };
    ids.dedup();
    let is_cut = ids.len() >= MOST;
    ids.truncate(MOST);
    Ok((picked(context, &ids).await?, is_cut))
}

/// The act that is asked for; who is there comes before what is missing.
async fn act_asked(incoming: &Incoming) -> Result<&'static Act, Problem> {
    match act_of(incoming) {
        Ok(act) => Ok(act),
        Err(problem) => {
            incoming.peek().await?;
            Err(problem)
        }
    }
}

/// `GET /orders/bulk`.
pub(super) fn ask(incoming: Incoming) -> Answering {
    Box::pin(async move { asked(&incoming, Faults::default(), StatusCode::OK).await })
}

async fn asked(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let act = act_asked(incoming).await?;
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.title).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    require(act, |code| me.may(code))?;
    let is_sent = !incoming.endpoint.method.is_safe();
    let (rows, is_cut) = if is_sent {
        let ids: Vec<i64> = sent(incoming)?.iter().map(|one| one.order_id).collect();
        (picked(&mut context, &ids).await?, false)
    } else {
        chosen(&mut context, &page, incoming).await?
    };
    let people = if act.asks_for_person() { people(&mut context).await? } else { Vec::new() };
    context.commit().await?;
    if !faults.is_empty() {
        page.with_error();
    }
    let mut fields: Vec<Field> = act.fields(&page, |name| incoming.form.raw(name));
    faults.onto_all(&mut fields);
    let told = page.tv("bulk-told", "count", rows.len());
    let called = |row: &Picked| Called::code(row.order_number.clone());
    let (named, more) = several::named(&page, rows.iter().map(called));
    let view = AskPage {
        icon: act.icon,
        action: PLACE,
        told,
        named,
        more,
        notes: is_cut.then(|| page.tv("bulk-cut", "count", MOST)).into_iter().collect(),
        about: None,
        hidden: along(incoming, act, &rows),
        back: back(incoming, &page),
        button: page.t(act.button),
        summary: faults.summary(page.t("summary-form")),
        fields,
        people,
        is_empty: rows.is_empty(),
        page,
        me,
    };
    rendered(&view, status)
}

/// Fields that go along: the orders with the versions that were seen, and what each has of its own. A form that was refused keeps
/// those that it had.
fn along(incoming: &Incoming, act: &Act, rows: &[Picked]) -> Hidden {
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let key = key.map_or_else(fresh_key, str::to_owned);
    let mut hidden = pairs([("key", key), ("act", act.code.to_owned()), ("back", place(incoming))]);
    let lines = |name: &str, of: &dyn Fn(&Picked) -> Option<String>| -> Vec<(String, String)> {
        let lines: Vec<String> = if incoming.endpoint.method.is_safe() {
            rows.iter().filter_map(of).collect()
        } else {
            incoming.form.all(name).map(str::to_owned).collect()
        };
        lines.into_iter().map(|line| (name.to_owned(), line)).collect()
    };
    hidden.extend(lines("order", &|row| Some(format!("{}:{}", row.order_id, row.row_version))));
    hidden.extend(lines("was", &|row| Some(format!("{}:{}", row.order_id, row.own(act)?))));
    hidden
}

fn pairs<const N: usize>(pairs: [(&str, String); N]) -> Hidden {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn require(act: &Act, may: impl Fn(&str) -> bool) -> Result<(), Problem> {
    if act.needs.iter().any(|code| may(code)) {
        return Ok(());
    }
    Err(Problem::new(FORBIDDEN, "You may not do this with orders.")
        .hint("Who may is told in the list of roles."))
}

#[derive(Debug, Deserialize)]
struct Colleague {
    login: String,
    display_name: String,
}

/// People who can be chosen: logins with their names.
pub(super) async fn people(context: &mut Context) -> Result<Vec<(String, String)>, Problem> {
    let found: Vec<Colleague> = data::found(context, "person_names", Map::new()).await?;
    let mut people: Vec<(String, String)> =
        found.into_iter().map(|one| (one.login, one.display_name)).collect();
    people.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(people)
}

/// The list as it was.
fn back(incoming: &Incoming, page: &Page) -> Link {
    Link::new(place(incoming), page.t("nav-orders"), false)
}

/// Where the list was.
fn place(incoming: &Incoming) -> String {
    let sent = incoming.form.raw("back");
    if !sent.is_empty() {
        return crate::pages::way::own_place(sent).to_owned();
    }
    let kept = Query::of(incoming, "/orders");
    crate::pages::way::with_query("/orders", &kept.pairs_without(&[]))
}

fn sent(incoming: &Incoming) -> Result<Vec<Named>, Problem> {
    let sent: Vec<Named> = incoming.form.all("order").filter_map(named).collect();
    if (1..=MOST).contains(&sent.len()) {
        return Ok(sent);
    }
    let detail = format!("Choose 1 to {MOST} orders.");
    Err(Problem::invalid(vec![FieldFault::body("/order", detail)]))
}

/// `POST /orders/bulk`.
pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let act = act_asked(&incoming).await?;
        let page = Page::open(&incoming, None, act.title);
        let missing = act.missing(&page, |name| incoming.form.text(name));
        if !missing.is_empty() {
            return asked(&incoming, missing, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        done(&incoming, act).await
    })
}

async fn done(incoming: &Incoming, act: &'static Act) -> Answer {
    let begun = Instant::now();
    let sent = sent(incoming)?;
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.title).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    require(act, |code| me.may(code))?;
    let ids: Vec<i64> = sent.iter().map(|one| one.order_id).collect();
    let before = picked(&mut context, &ids).await?;
    context.commit().await?;
    let target = endpoint(act.method, act.path).ok_or_else(|| Problem::new(FAULT, FAULT.title))?;
    let was = |one: &Named| before.iter().find(|order| order.order_id == one.order_id);
    let parts = sent.iter().enumerate();
    let parts = parts.map(|(number, one)| part(incoming, act, target, number, one, was(one))).collect();
    let changes = several::each(incoming, begun, parts).await?;
    let outcomes: Vec<(Option<Picked>, Named, Change)> =
        sent.iter().zip(changes).map(|(one, change)| (was(one).cloned(), one.clone(), change)).collect();
    page.title = page.t("bulk-done-title");
    let rows: Vec<Row> =
        outcomes.iter().map(|(was, one, change)| row(&page, was.as_ref(), one, change)).collect();
    let view = DonePage {
        told: several::told(&page, "bulk-done", &rows),
        icon: several::icon(act.icon, &rows),
        action: PLACE,
        again: several::again(incoming, &rows),
        undo: undo(act, &me, &outcomes, &had(incoming))
            .map(|(code, lines)| undoing(incoming, &page, act, code, lines))
            .unwrap_or_default(),
        back: back(incoming, &page),
        rows,
        page,
        me,
    };
    rendered(&view, StatusCode::OK)
}

/// Fields of the form that takes back what was done.
fn undoing(incoming: &Incoming, page: &Page, act: &Act, code: &str, lines: Vec<String>) -> Hidden {
    let mut hidden = pairs([
        ("key", fresh_key()),
        ("act", code.to_owned()),
        ("undoes", act.code.to_owned()),
        ("reason", page.t("bulk-undone")),
        ("back", place(incoming)),
    ]);
    hidden.extend(lines.into_iter().map(|line| ("order".to_owned(), line)));
    hidden
}

/// The request for one order.
fn part(
    incoming: &Incoming,
    act: &Act,
    target: &'static Endpoint,
    number: usize,
    one: &Named,
    was: Option<&Picked>,
) -> Incoming {
    let body = act.body(one.value.as_deref(), |name| incoming.form.text(name));
    let key = incoming.form.raw("key").to_owned();
    let version = one.version.or_else(|| was.map(|order| order.row_version)).filter(|_| act.has_version);
    incoming
        .sent_to(target, &body)
        .at(vec![("order_id".to_owned(), one.order_id.to_string())])
        .with("if-match", &version.map(|version| format!("\"v{version}\"")).unwrap_or_default())
        .part_of(Part { route: format!("page {PLACE} {number}"), key })
}

fn row(page: &Page, was: Option<&Picked>, one: &Named, change: &Change) -> Row {
    let why = match change {
        Change::Done(answer) => {
            let tasks = answer.get("tasks").and_then(Value::as_i64).filter(|tasks| *tasks > 0);
            tasks.map(|count| page.tv("bulk-tasks", "count", count)).unwrap_or_default()
        }
        Change::Refused(problem) => problem.told(),
        Change::NotReached => String::new(),
    };
    let number = was.map_or_else(|| one.order_id.to_string(), |order| order.order_number.clone());
    Row {
        href: format!("/orders/{}", one.order_id),
        named: Called::code(number),
        outcome: change.outcome(),
        why,
    }
}

/// What takes back what was done, order by order; none where nothing does.
fn undo(
    act: &Act,
    me: &crate::pages::page::Me,
    outcomes: &[(Option<Picked>, Named, Change)],
    had: &[(i64, &str)],
) -> Option<(&'static str, Vec<String>)> {
    let back = ACTS.iter().find(|other| Some(other.code) == act.undone_by)?;
    if !back.needs.iter().any(|code| me.may(code)) {
        return None;
    }
    let line = |(_, one, change): &(Option<Picked>, Named, Change)| {
        let Change::Done(answer) = change else { return None };
        let had = || had.iter().find(|(id, _)| *id == one.order_id).map(|(_, value)| *value);
        let version = answer.get("row_version").and_then(Value::as_i64);
        let version = version.or(one.version.map(|version| version + 1)).unwrap_or_default();
        let value = match back.code {
            "want-date" => had()?,
            // Tasks that were given stay given: they had no one before, or several.
            "sales-person" if answer.get("tasks") == Some(&json!(0)) => had()?,
            "sales-person" => return None,
            _ => "",
        };
        Some(format!("{}:{version}:{value}", one.order_id))
    };
    let lines: Vec<String> = outcomes.iter().filter_map(line).collect();
    (!lines.is_empty()).then_some((back.code, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_named_with_its_version_and_what_is_its_own() {
        let named_ = |order_id, version, value: Option<&str>| {
            Some(Named { order_id, version, value: value.map(str::to_owned) })
        };
        assert_eq!(named("7"), named_(7, None, None));
        assert_eq!(named("7:3"), named_(7, Some(3), None));
        assert_eq!(named("7:3:a:b"), named_(7, Some(3), Some("a:b")));
        assert_eq!(named("seven:3"), None);
    }

    #[test]
    fn what_takes_something_back_is_there() {
        for act in ACTS {
            let back = act.undone_by.map(|code| ACTS.iter().any(|other| other.code == code));
            assert_ne!(back, Some(false), "{}", act.code);
        }
    }
}
