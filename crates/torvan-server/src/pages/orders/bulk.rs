//! The same for several orders: each is asked for as if it were alone, and told what became of it.

use std::time::Instant;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::bulk_act::{ACTS, Act};
use super::bulk_view::{AskPage, Change, DonePage, Outcome, Row};
use super::query::Query;
use super::rows::search;
use crate::api::dispatch::{Refusable, act};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{BUSY, FAULT, FORBIDDEN, FieldFault, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, Part, not_signed_in};
use crate::pages::components::{Faults, Field, Icon};
use crate::pages::data;
use crate::pages::once::fresh_key;
use crate::pages::page::{Page, rendered};
use crate::pages::registers::endpoint;

const ORDERS: ListSpec =
    ListSpec { relation: "orders", filters: &["order_id"], sorts: &["order_id"], key: &[] };

/// Orders at once, as in `POST /bulk`.
pub(super) const MOST: usize = 500;
/// Numbers that are told; of the others how many.
const NUMBERS: usize = 12;
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
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let told = page.tv("bulk-told", "count", rows.len());
    // What was refused is about the versions that were seen.
    let lines = |name: &str, of: &dyn Fn(&Picked) -> Option<String>| -> Vec<String> {
        if is_sent {
            incoming.form.all(name).map(str::to_owned).collect()
        } else {
            rows.iter().filter_map(of).collect()
        }
    };
    let view = AskPage {
        icon: act.icon,
        act: act.code,
        told,
        numbers: rows.iter().take(NUMBERS).map(|row| row.order_number.clone()).collect(),
        more: (rows.len() > NUMBERS).then(|| page.tv("bulk-more", "count", rows.len() - NUMBERS)),
        cut: is_cut.then(|| page.tv("bulk-cut", "count", MOST)),
        orders: lines("order", &|row| Some(format!("{}:{}", row.order_id, row.row_version))),
        were: lines("was", &|row| Some(format!("{}:{}", row.order_id, row.own(act)?))),
        key: key.map_or_else(fresh_key, str::to_owned),
        back: back(incoming),
        button: page.t(act.button),
        summary: faults.summary(page.t("summary-form")),
        fields,
        people,
        page,
        me,
    };
    rendered(&view, status)
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

/// Where the list was.
fn back(incoming: &Incoming) -> String {
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
    let Ok(_turn) = incoming.app.bulks().try_acquire() else {
        return Err(Problem::new(BUSY, "Others are changing many orders just now.").retry_after(5));
    };
    let deadline = incoming.app.settings().deadline * 2 / 3;
    let mut outcomes = Vec::with_capacity(sent.len());
    for (place, one) in sent.iter().enumerate() {
        let was = before.iter().find(|order| order.order_id == one.order_id);
        // Whoever is in the way of one must not cost the answer about all: what was cut off is asked for again with the same key.
        let left = deadline.saturating_sub(begun.elapsed());
        let outcome = if left.is_zero() {
            Change::NotReached
        } else {
            let change = tokio::time::timeout(left, change(incoming, act, place, one, was));
            change.await.unwrap_or(Change::NotReached)
        };
        outcomes.push((was.cloned(), one.clone(), outcome));
    }
    page.title = page.t("bulk-done-title");
    let rows: Vec<Row> =
        outcomes.iter().map(|(was, one, change)| row(&page, was.as_ref(), one, change)).collect();
    let undo = undo(act, &me, &outcomes, &had(incoming));
    let left = outcomes.iter().any(|(.., change)| matches!(change, Change::NotReached));
    let count = |wanted: Outcome| rows.iter().filter(|row| row.outcome == wanted).count();
    let view = DonePage {
        told: page.words.say_with(
            "bulk-done",
            &[("done", count(Outcome::Done).into()), ("refused", count(Outcome::Refused).into())],
        ),
        icon: if count(Outcome::Refused) == 0 { Icon("circle-check") } else { act.icon },
        act: act.code,
        again: if left { again(incoming, act) } else { Vec::new() },
        key: incoming.form.raw("key").to_owned(),
        undo_key: fresh_key(),
        back: back(incoming),
        undo,
        rows,
        page,
        me,
    };
    rendered(&view, StatusCode::OK)
}

/// The same form once more: what was done is then told again, and the rest is done.
fn again(incoming: &Incoming, act: &Act) -> Vec<(&'static str, String)> {
    let names = ["order", "was", "undoes"].into_iter().chain(act.asks.iter().copied());
    names.flat_map(|name| incoming.form.all(name).map(move |value| (name, value.to_owned()))).collect()
}

async fn change(
    incoming: &Incoming,
    act_: &'static Act,
    place: usize,
    one: &Named,
    was: Option<&Picked>,
) -> Change {
    let Some(target) = endpoint(act_.method, act_.path) else {
        return Change::Refused(FAULT.title.to_owned());
    };
    let body = act_.body(one.value.as_deref(), |name| incoming.form.text(name));
    let key = incoming.form.raw("key").to_owned();
    let version = one.version.or_else(|| was.map(|order| order.row_version)).filter(|_| act_.has_version);
    let part = incoming
        .sent_to(target, &body)
        .at(vec![("order_id".to_owned(), one.order_id.to_string())])
        .with("if-match", &version.map(|version| format!("\"v{version}\"")).unwrap_or_default())
        .part_of(Part { route: format!("page /orders/bulk {place}"), key });
    let refusable = Refusable::of(&part);
    match act(&part).await {
        Ok(acted) => {
            let answer = acted.stored().body.and_then(|body| serde_json::from_slice(&body).ok());
            Change::Done(answer.unwrap_or(Value::Null))
        }
        Err(problem) => {
            let told = problem.told();
            let is_later = problem.kind().status.is_server_error();
            let _ = refusable.noted(Err(problem)).await;
            if is_later { Change::NotReached } else { Change::Refused(told) }
        }
    }
}

fn row(page: &Page, was: Option<&Picked>, one: &Named, change: &Change) -> Row {
    let (outcome, why) = match change {
        Change::Done(answer) => {
            let tasks = answer.get("tasks").and_then(Value::as_i64).filter(|tasks| *tasks > 0);
            (Outcome::Done, tasks.map(|count| page.tv("bulk-tasks", "count", count)).unwrap_or_default())
        }
        Change::Refused(why) => (Outcome::Refused, why.clone()),
        Change::NotReached => (Outcome::NotReached, String::new()),
    };
    Row {
        id: one.order_id,
        number: was.map_or_else(|| one.order_id.to_string(), |order| order.order_number.clone()),
        outcome,
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
