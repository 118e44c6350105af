//! The page of a rule: in a draft its form, elsewhere what it says.

use askama::Template;
use axum::http::StatusCode;
use serde_json::Value;
use torvan_store::Context;
use torvan_store::identity::Person;

use super::content::{Draft, Row};
use super::form::{FormView, Offers, ValueView};
use super::names::Names;
use super::view::Against;
use super::{Edition, asked, form, key_of, missing, set_of, view};
use crate::api::dispatch::act;
use crate::api::endpoint::Method;
use crate::http::Answer;
use crate::http::problem::{KEY_REUSED, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Summary};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::endpoint;
use crate::pages::registers::form::{ONCE, VERSION, asked_of};
use crate::pages::way::{path_of, to};

const STORED: &str = "/configuration-rules/{configuration_rule_id}";
const NEW: &str = "/rule-sets/{rule_set_id}/rules";

#[derive(Debug, Template)]
#[template(path = "rules/rule.html")]
struct RulePage {
    page: Page,
    me: Me,
    set: Edition,
    set_called: String,
    code: String,
    action: String,
    version: String,
    once: String,
    is_new: bool,
    summary: Summary,
    conflict: Option<Conflict>,
    form: Option<FormView>,
    /// The rule as data, where it is changed so.
    json: Option<String>,
    json_fault: Option<String>,
    facts: Vec<(String, String)>,
    sentences: Vec<String>,
    runs: String,
    condition: String,
    reads: Vec<(String, String)>,
    findings: Vec<String>,
    against: Against,
    may_try: bool,
}

/// What a page of a rule is shown with.
#[derive(Debug, Default)]
struct Again {
    faults: Vec<(Option<&'static str>, String)>,
    is_stale: bool,
    is_used: bool,
    status: StatusCode,
}

/// What is shown: the rule as it is stored, its set, and what is known there.
struct Shown {
    page: Page,
    me: Me,
    set: Edition,
    names: Names,
    row: Option<(Row, String)>,
}

async fn stored(context: &mut Context, incoming: &Incoming) -> Result<(Row, String), Problem> {
    let _ = key_of(incoming, "configuration_rule_id")?;
    data::one_tagged(context, "configuration_rules", &incoming.path).await?.ok_or_else(missing)
}

fn set_in(row: &Row) -> i64 {
    row.get("rule_set_id").and_then(Value::as_i64).unwrap_or_default()
}

async fn shown(context: &mut Context, incoming: &Incoming, person: &Person) -> Result<Shown, Problem> {
    let is_new = incoming.endpoint.path.ends_with("/new");
    let row = if is_new { None } else { Some(stored(context, incoming).await?) };
    let set_id = match &row {
        Some((row, _)) => set_in(row),
        None => key_of(incoming, "rule_set_id")?,
    };
    let set = set_of(context, set_id).await?;
    let page = Page::signed_in(incoming, context, person, "rule-new").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let names = Names::read(context, &page, set_id).await?;
    Ok(Shown { page, me, set, names, row })
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { rendered_page(&incoming, None, Again::default()).await })
}

pub(super) fn ask(incoming: Incoming) -> Answering {
    Box::pin(async move { rendered_page(&incoming, None, Again::default()).await })
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move { sent(incoming, STORED).await })
}

pub(super) fn add(incoming: Incoming) -> Answering {
    Box::pin(async move { sent(incoming, NEW).await })
}

/// What the form begins with: the rule, one like another one, or an empty one of a kind.
async fn begun(context: &mut Context, incoming: &Incoming, row: Option<&Row>) -> Result<Draft, Problem> {
    if let Some(row) = row {
        return Ok(Draft::of_row(row));
    }
    let like = asked(incoming, "like");
    if like.is_empty() {
        return Ok(Draft::fresh(asked(incoming, "type")));
    }
    let path = [("configuration_rule_id".to_owned(), like.to_owned())];
    let row: Row = data::one(context, "configuration_rules", &path).await?.ok_or_else(missing)?;
    let mut draft = Draft::of_row(&row);
    draft.values.insert("rule_code".to_owned(), String::new());
    Ok(draft)
}

async fn rendered_page(incoming: &Incoming, draft: Option<Draft>, again: Again) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let Shown { mut page, me, set, names, row } = shown(&mut context, incoming, &person).await?;
    let rule_row = row.as_ref().map(|(row, _)| row);
    let is_form = set.is_draft() && me.may("configuration_rule:update");
    let is_json = is_form && (asked(incoming, "as") == "json" || is_data(incoming));
    let draft = match draft {
        Some(draft) => draft,
        None => begun(&mut context, incoming, rule_row).await?,
    };
    let faults = Faults::all(again.faults.clone());
    let form = if is_form && !is_json {
        let offers = Offers::read(&mut context, &page, set.rule_set_id, &names, &draft.list).await?;
        Some(form::view(&page, &draft, &names, offers, &faults))
    } else {
        None
    };
    let code =
        rule_row.and_then(|row| row.get("rule_code")).and_then(Value::as_str).unwrap_or_default().to_owned();
    let findings =
        if code.is_empty() { Vec::new() } else { view::findings(&mut context, &set, &code).await? };
    let against = match rule_row {
        Some(row) => view::against(&mut context, &page, &names, &set, row).await?,
        None => Against::Nothing,
    };
    context.rollback().await?;
    title(&mut page, incoming, rule_row, &again);
    let version = version(incoming, row.as_ref(), &again);
    let view = RulePage {
        set_called: set.called(&page),
        action: path_of(incoming),
        version,
        once: once(incoming, &again),
        is_new: rule_row.is_none(),
        summary: summary(&page, &again),
        conflict: again.is_stale.then(|| conflict(&page, &names, rule_row, &draft)),
        json: is_json.then(|| json(incoming, rule_row)),
        json_fault: faults.told_of("json"),
        facts: rule_row.map(|row| view::facts(&page, &names, row)).unwrap_or_default(),
        sentences: view::sentences(&names, &draft),
        runs: names.runs(&draft.list),
        condition: draft.when.path(),
        reads: rule_row.map(|row| view::reads(&names, row)).unwrap_or_default(),
        may_try: me.may("configuration_rule:simulate"),
        code,
        findings,
        against,
        form,
        set,
        page,
        me,
    };
    rendered(&view, again.status)
}

fn title(page: &mut Page, incoming: &Incoming, row: Option<&Row>, again: &Again) {
    if let Some(title) = row.and_then(|row| row.get("title")).and_then(Value::as_str) {
        page.title = page.words.shipped(title);
    }
    match asked(incoming, "done") {
        "saved" => page.done("rule-saved"),
        "added" => page.done("rule-added"),
        _ => {}
    }
    if !again.faults.is_empty() || again.is_stale || again.is_used {
        page.with_error();
    }
}

fn version(incoming: &Incoming, row: Option<&(Row, String)>, again: &Again) -> String {
    let seen = incoming.form.raw(VERSION);
    if !again.is_stale && !seen.is_empty() {
        return seen.to_owned();
    }
    row.map(|(_, tag)| tag.clone()).unwrap_or_default()
}

/// The key of a form that was refused, or only looked at, stays good.
fn once(incoming: &Incoming, again: &Again) -> String {
    let sent = incoming.form.raw(ONCE);
    if sent.is_empty() || again.is_used { incoming.request_id.clone() } else { sent.to_owned() }
}

/// Whether the rule was sent as data.
fn is_data(incoming: &Incoming) -> bool {
    incoming.form.text("as") == "json"
}

fn json(incoming: &Incoming, row: Option<&Row>) -> String {
    if is_data(incoming) {
        return incoming.form.raw("json").to_owned();
    }
    row.map(view::json).unwrap_or_default()
}

/// What was sent; data that cannot be read says nothing, and the rule stays as it is stored.
fn sent_draft(incoming: &Incoming, shown: &Shown) -> Draft {
    if !is_data(incoming) {
        return Draft::of_form(&incoming.form, &shown.names);
    }
    let typed: Option<Row> = serde_json::from_str(incoming.form.raw("json")).ok();
    let stored = shown.row.as_ref().map(|(row, _)| row);
    typed.as_ref().or(stored).map_or_else(|| Draft::fresh(""), Draft::of_row)
}

fn summary(page: &Page, again: &Again) -> Summary {
    let used = again.is_used.then(|| (None, page.t("register-sent-before")));
    Faults::all(again.faults.iter().cloned().chain(used).collect()).summary(page.t("summary-form"))
}

/// What somebody else stored meanwhile, where it differs from what is typed.
fn conflict(page: &Page, names: &Names, row: Option<&Row>, draft: &Draft) -> Conflict {
    let changed = row.map(|row| draft.body(Some(row))).unwrap_or_default();
    let told = changed.keys().filter_map(|name| {
        Some(format!("{}: {}", view::heading(page, name), view::part(page, names, row?, name)))
    });
    Conflict {
        title: page.t("register-conflict"),
        text: page.tv("register-conflict-text", "now", told.collect::<Vec<_>>().join(" · ")),
        ways: Vec::new(),
    }
}

/// What the form is sent for: to look, to save, to take the rule out.
async fn sent(incoming: Incoming, target: &'static str) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let shown = shown(&mut context, &incoming, &person).await?;
    context.rollback().await?;
    let command = incoming.form.text("do").to_owned();
    let mut draft = sent_draft(&incoming, &shown);
    match command.as_str() {
        "save" => save(&incoming, target, &shown, draft).await,
        "remove" => remove(&incoming, &shown, draft).await,
        command => {
            draft.act(command);
            rendered_page(&incoming, Some(draft), Again::default()).await
        }
    }
}

async fn save(incoming: &Incoming, target: &'static str, shown: &Shown, draft: Draft) -> Answer {
    let row = shown.row.as_ref().map(|(row, _)| row);
    let body = match body(&shown.page, incoming, row, &draft) {
        Ok(body) => body,
        Err(fault) => {
            let again = Again {
                faults: vec![(Some("json"), fault)],
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Again::default()
            };
            return rendered_page(incoming, Some(draft), again).await;
        }
    };
    if row.is_some() && body.is_empty() {
        return Ok(to(&format!("{}?done=saved", path_of(incoming))));
    }
    let method = if row.is_some() { Method::Patch } else { Method::Post };
    let target = endpoint(method, target).ok_or_else(missing)?;
    match act(&asked_of(incoming, target, &Value::Object(body))).await {
        Ok(acted) => {
            let made: Value =
                serde_json::from_slice(&acted.stored().body.unwrap_or_default()).unwrap_or(Value::Null);
            let key = made["configuration_rule_id"].as_i64();
            let place = key.map_or_else(|| shown.set.path(), |key| format!("/configuration-rules/{key}"));
            let done = if row.is_some() { "saved" } else { "added" };
            Ok(to(&format!("{place}?done={done}")))
        }
        Err(problem) => refused(incoming, draft, problem).await,
    }
}

/// What is sent to the API, from the fields or from the data.
fn body(page: &Page, incoming: &Incoming, row: Option<&Row>, draft: &Draft) -> Result<Row, String> {
    if !is_data(incoming) {
        return Ok(draft.body(row));
    }
    let typed: Row = serde_json::from_str(incoming.form.raw("json"))
        .map_err(|error| page.tv("rule-json-bad", "error", error.to_string()))?;
    let Some(row) = row else { return Ok(typed) };
    // What was taken out of the data is cleared.
    let cleared = row.iter().filter(|(name, value)| {
        !value.is_null()
            && !typed.contains_key(*name)
            && !["configuration_rule_id", "rule_set_id", "reads"].contains(&name.as_str())
    });
    let cleared: Vec<(String, Value)> = cleared.map(|(name, _)| (name.clone(), Value::Null)).collect();
    let differs = |(name, value): &(String, Value)| row.get(name) != Some(value);
    Ok(typed.into_iter().filter(differs).chain(cleared).collect())
}

async fn remove(incoming: &Incoming, shown: &Shown, draft: Draft) -> Answer {
    let target = endpoint(Method::Delete, STORED).ok_or_else(missing)?;
    match act(&asked_of(incoming, target, &Value::Null)).await {
        Ok(_) => Ok(to(&format!("{}?done=removed", shown.set.path()))),
        Err(problem) => refused(incoming, draft, problem).await,
    }
}

/// Parts that a fault can be put to.
fn part(name: &str) -> Option<&'static str> {
    let all = super::content::TYPES.iter().flat_map(|kind| super::content::parts(kind));
    super::content::ABOUT
        .iter()
        .chain(all)
        .chain(&["for_each", "condition"])
        .find(|one| **one == name)
        .copied()
}

async fn refused(incoming: &Incoming, draft: Draft, problem: Problem) -> Answer {
    let kind = problem.kind();
    if !kind.status.is_client_error() || kind.status == StatusCode::UNAUTHORIZED {
        return Err(problem);
    }
    let mut again = Again {
        is_stale: kind == STALE,
        is_used: kind == KEY_REUSED,
        status: kind.status,
        ..Again::default()
    };
    if !again.is_stale && !again.is_used {
        let named = |pointer: &Option<String>| match pointer.as_deref().and_then(|one| one.strip_prefix('/'))
        {
            Some(_) if is_data(incoming) => Some("json"),
            Some(name) => part(name),
            None => None,
        };
        again.faults = problem.faults().iter().map(|fault| (named(&fault.pointer), fault.told())).collect();
        if again.faults.is_empty() {
            again.faults.push((None, problem.told()));
        }
    }
    rendered_page(incoming, Some(draft), again).await
}
