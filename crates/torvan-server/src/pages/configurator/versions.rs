//! Versions of a configuration side by side, and taking one over from another build.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::answer::{self, Configured, Head};
use super::labels;
use super::state::State;
use super::{asked, build_id, view};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Icon, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::numbers;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{next_of, to, with_query};
use crate::words::Words;

const VERSIONS: ListSpec =
    ListSpec { relation: "configurations", filters: &["build_id"], sorts: &["-version"], key: &[] };
const BUILDS: ListSpec = ListSpec {
    relation: "builds",
    filters: &["build_number", "order_id", "configuration_id"],
    sorts: &["-build_id"],
    key: &[],
};
/// Versions and builds that are offered.
const SHOWN: &str = "30";

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Clone, Deserialize)]
struct Version {
    configuration_id: i64,
    version: i64,
    parameters: Value,
    is_valid: bool,
    created_at: DateTime<Utc>,
}

/// A value or a line that one of the two has otherwise.
#[derive(Debug)]
struct Change {
    tone: Tone,
    icon: Icon,
    what: String,
    before: String,
    after: String,
}

/// Changes under a title.
#[derive(Debug)]
struct Table {
    title: String,
    rows: Vec<Change>,
    /// What the codes of a BOM cost more.
    cost: Option<String>,
    is_bom: bool,
}

#[derive(Debug, Template)]
#[template(path = "configurator/versions.html")]
struct VersionsPage {
    page: Page,
    me: Me,
    head: Head,
    path: String,
    versions: Vec<(i64, String)>,
    left: i64,
    right: i64,
    /// The earlier version that may be taken again: its key and what the button says.
    again: Option<(i64, String)>,
    tables: Vec<Table>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "versions-title").await?;
        page.title = page.tv("versions-of", "build", head.build_number.clone());
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let key = head.build_id.to_string();
        let found: Vec<Version> =
            data::rows(&mut context, &VERSIONS, &[("filter[build_id]", &key), ("limit", SHOWN)]).await?;
        let chosen = |name: &str, usual: usize| {
            let wanted: Option<i64> = asked(&incoming, name).parse().ok();
            found
                .iter()
                .find(|one| Some(one.version) == wanted)
                .or_else(|| found.get(usual))
                .or_else(|| found.first())
        };
        let (left, right) = (chosen("a", 1).cloned(), chosen("b", 0).cloned());
        let (Some(left), Some(right)) = (left, right) else { return Ok(to(&view::path_of(&head))) };
        let language = page.words.language;
        let groups = ["none"];
        let before =
            answer::configured(&mut context, &State(left.parameters.clone()), &groups, language).await?;
        let after =
            answer::configured(&mut context, &State(right.parameters.clone()), &groups, language).await?;
        context.commit().await?;
        let clock = Clock::now(page.words);
        let is_taken = Some(left.configuration_id) == head.configuration_id;
        let again = (head.is_open && head.may_copy && !is_taken)
            .then(|| (left.configuration_id, page.tv("version-again", "version", left.version)));
        let shown = VersionsPage {
            again,
            versions: found.iter().map(|one| (one.version, told(&page, &clock, one))).collect(),
            tables: vec![
                Table {
                    title: page.t("versions-parameters"),
                    rows: changes(&page, &State(left.parameters), &State(right.parameters)),
                    cost: None,
                    is_bom: false,
                },
                Table {
                    title: page.t("versions-lines"),
                    rows: lines(page.words, &before, &after),
                    cost: dearer(page.words, &before, &after),
                    is_bom: true,
                },
            ],
            path: view::path_of(&head),
            left: left.version,
            right: right.version,
            me,
            head,
            page,
        };
        rendered(&shown, StatusCode::OK)
    })
}

fn mark(before: bool, after: bool) -> (Tone, Icon) {
    match (before, after) {
        (false, _) => (Tone::Ok, Icon("plus")),
        (true, false) => (Tone::Bad, Icon("x")),
        (true, true) => (Tone::Info, Icon("pencil-line")),
    }
}

fn changes(page: &Page, before: &State, after: &State) -> Vec<Change> {
    let words = page.words;
    let value = |value: Option<String>| value.map(|value| labels::choice(words, &value)).unwrap_or_default();
    let told = |difference: super::state::Difference| {
        let (tone, icon) = mark(difference.before.is_some(), difference.after.is_some());
        let what = labels::pointer(words, &difference.pointer);
        Change { tone, icon, what, before: value(difference.before), after: value(difference.after) }
    };
    before.differences(after).into_iter().map(told).collect()
}

/// Lines of the BOM that are added, changed or removed.
fn lines(words: Words, before: &Configured, after: &Configured) -> Vec<Change> {
    let quantity = |answer: &Configured, code: &str| -> Option<Decimal> {
        answer.top_level.iter().find(|line| line.code == code).map(|line| line.quantity)
    };
    let mut codes: Vec<&str> =
        before.top_level.iter().chain(&after.top_level).map(|line| line.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let told = |code: &str| {
        let (old, new) = (quantity(before, code), quantity(after, code));
        let (tone, icon) = mark(old.is_some(), new.is_some());
        let shown =
            |value: Option<Decimal>| value.map(|value| numbers::plain(words, value)).unwrap_or_default();
        (old != new).then(|| Change {
            tone,
            icon,
            what: code.to_owned(),
            before: shown(old),
            after: shown(new),
        })
    };
    codes.into_iter().filter_map(told).collect()
}

fn dearer(words: Words, before: &Configured, after: &Configured) -> Option<String> {
    let difference = after.totals.cost? - before.totals.cost?;
    Some(numbers::dearer(words, difference, 0))
}

#[derive(Debug, Clone, Deserialize)]
struct ConfiguredBuild {
    build_id: i64,
    build_number: String,
    order_id: i64,
    configuration_id: Option<i64>,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Order {
    order_id: i64,
    order_number: String,
    customer_id: i64,
}

#[derive(Debug, Deserialize)]
struct Customer {
    customer_id: i64,
    name: String,
}

/// A build whose configuration can be taken.
#[derive(Debug)]
struct Source {
    configuration_id: i64,
    build_number: String,
    /// Order and customer, as far as the reader may see them.
    of_order: String,
    customer: String,
    /// Model and size.
    about: String,
    version: String,
}

#[derive(Debug, Template)]
#[template(path = "configurator/copy.html")]
struct CopyPage {
    page: Page,
    me: Me,
    head: Head,
    path: String,
    find: String,
    sources: Vec<Source>,
    /// Whether something was chosen and not saved.
    has_draft: bool,
}

pub(super) fn ask_source(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "copy-title").await?;
        page.title = page.tv("copy-into", "build", head.build_number.clone());
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let find = asked(&incoming, "find").trim().to_uppercase();
        let found = configured_builds(&mut context, &head, &find).await?;
        let sources = sources(&mut context, &page, found).await?;
        context.commit().await?;
        let path = view::path_of(&head);
        let has_draft =
            head.draft.as_ref().is_some_and(|draft| Some(&draft.parameters) != head.parameters.as_ref());
        rendered(&CopyPage { page, me, head, path, find, sources, has_draft }, StatusCode::OK)
    })
}

/// Configured builds: those whose number begins with what is looked for, else those of the same order and the latest.
async fn configured_builds(
    context: &mut Context,
    head: &Head,
    find: &str,
) -> Result<Vec<ConfiguredBuild>, Problem> {
    let order = head.order_id.to_string();
    let of_order = [("filter[order_id]", order.as_str())];
    let of_number = [("filter[build_number][prefix]", find)];
    let narrowings: &[&[(&str, &str)]] = if find.is_empty() { &[&of_order, &[]] } else { &[&of_number] };
    let mut found: Vec<ConfiguredBuild> = Vec::new();
    for narrowing in narrowings {
        let asked = [&[("filter[configuration_id][null]", "false"), ("limit", SHOWN)], *narrowing].concat();
        found.extend(data::rows::<ConfiguredBuild>(context, &BUILDS, &asked).await?);
    }
    let mut known = vec![head.build_id];
    found.retain(|one| {
        let is_new = !known.contains(&one.build_id);
        known.push(one.build_id);
        is_new
    });
    Ok(found)
}

/// What is known of them, so that the right one is recognized.
async fn sources(
    context: &mut Context,
    page: &Page,
    found: Vec<ConfiguredBuild>,
) -> Result<Vec<Source>, Problem> {
    let configurations: Vec<Version> = with_keys(
        context,
        "configurations",
        "configuration_id",
        found.iter().filter_map(|one| one.configuration_id),
    )
    .await?;
    let orders: Vec<Order> =
        with_keys(context, "orders", "order_id", found.iter().map(|one| one.order_id)).await?;
    let customers: Vec<Customer> =
        with_keys(context, "customers", "customer_id", orders.iter().map(|one| one.customer_id)).await?;
    let clock = Clock::now(page.words);
    let source = |one: ConfiguredBuild| {
        let version =
            configurations.iter().find(|version| Some(version.configuration_id) == one.configuration_id)?;
        let order = orders.iter().find(|order| order.order_id == one.order_id);
        let customer = order
            .and_then(|order| customers.iter().find(|customer| customer.customer_id == order.customer_id));
        Some(Source {
            configuration_id: version.configuration_id,
            build_number: one.build_number,
            of_order: order.map(|order| order.order_number.clone()).unwrap_or_default(),
            customer: customer.map(|customer| customer.name.clone()).unwrap_or_default(),
            about: view::model_and_size(page.words, &State(version.parameters.clone())),
            version: told(page, &clock, version),
        })
    };
    Ok(found.into_iter().filter_map(source).collect())
}

/// Rows with these keys.
async fn with_keys<T: DeserializeOwned>(
    context: &mut Context,
    relation: &'static str,
    column: &'static str,
    keys: impl Iterator<Item = i64>,
) -> Result<Vec<T>, Problem> {
    let keys: BTreeSet<i64> = keys.collect();
    let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    data::named(context, relation, column, &keys).await
}

/// A version, when it was saved and whether the rules find errors in it.
fn told(page: &Page, clock: &Clock, one: &Version) -> String {
    let values = [
        ("version", one.version.into()),
        ("at", clock.exact(one.created_at).into()),
        ("state", page.t(if one.is_valid { "version-valid" } else { "version-invalid" }).into()),
    ];
    page.words.say_with("version-told", &values)
}

pub(super) fn copy(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let mut given = Map::new();
        let chosen = incoming.form.text("configuration_id");
        let chosen = chosen.parse().map_or_else(|_| Value::from(chosen), |key: i64| key.into());
        given.insert("configuration_id".to_owned(), chosen);
        given.insert("build_id".to_owned(), head.build_id.into());
        if let Ok(based_on) = incoming.form.text("based_on").parse::<i64>() {
            given.insert("based_on".to_owned(), based_on.into());
        }
        data::act(&mut context, "copy_configuration", given).await?;
        context.commit().await?;
        let next = next_of(&incoming);
        let is_led = next != "/";
        Ok(to(&if is_led { next } else { with_query(&view::path_of(&head), &[("saved", "1")]) }))
    })
}
