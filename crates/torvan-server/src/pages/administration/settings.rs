//! The settings of the plant: one form, changed all at once or not at all.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Kind, Summary, Switch};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::word;
use crate::pages::registers::{History, history};
use crate::pages::way::{is, to};
use crate::reader;
use crate::words::Words;

const SETTINGS: ListSpec =
    ListSpec { relation: "site_settings", filters: &[], sorts: &["setting_code"], key: &[] };

/// Settings that are texts, and those that are on or off, with the keys of their words.
const TEXTS: [(&str, &str, &str); 4] = [
    ("legal_name", "setting-legal-name", "setting-legal-name-hint"),
    ("time_zone", "setting-time-zone", "setting-time-zone-hint"),
    ("currency", "setting-currency", "setting-currency-hint"),
    ("paper", "setting-paper", "setting-paper-hint"),
];
const SWITCHES: [(&str, &str); 3] = [
    ("one_running_task", "setting-one-running-task"),
    ("partial_shipment", "setting-partial-shipment"),
    ("email_by_default", "setting-email-by-default"),
];
const DAYS: [(&str, &str, i64); 7] = [
    ("day_1", "day-monday", 1),
    ("day_2", "day-tuesday", 2),
    ("day_3", "day-wednesday", 3),
    ("day_4", "day-thursday", 4),
    ("day_5", "day-friday", 5),
    ("day_6", "day-saturday", 6),
    ("day_7", "day-sunday", 7),
];
const LANGUAGES: [(&str, &str, &str); 2] =
    [("language_en", "setting-english", "EN"), ("language_fr", "setting-french", "FR")];

const CURRENCIES: [&str; 12] =
    ["CAD", "USD", "EUR", "GBP", "CHF", "AUD", "BRL", "CNY", "INR", "JPY", "MXN", "SEK"];

type Settings = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
struct Setting {
    setting_code: String,
    value: Value,
}

#[derive(Debug, Template)]
#[template(path = "administration/settings.html")]
struct SettingsPage {
    page: Page,
    me: Me,
    may_change: bool,
    summary: Summary,
    texts: [Field; 4],
    days: Vec<Switch>,
    hours: [Field; 2],
    languages: Vec<Switch>,
    switches: Vec<Switch>,
    /// The values that are seen, so that what somebody else changes is not lost.
    before: String,
    others: Vec<(String, String)>,
    history: Option<History>,
}

async fn settings(context: &mut Context) -> Result<Settings, Problem> {
    let rows: Vec<Setting> = data::rows(context, &SETTINGS, &[("limit", "100")]).await?;
    Ok(rows.into_iter().map(|row| (row.setting_code, row.value)).collect())
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Faults::default(), StatusCode::OK).await })
}

/// Time zones, asked for once: the database reads all their files for the answer (40 ms), and they change with its release alone.
async fn zones(context: &mut Context) -> Result<&'static [String], Problem> {
    static ZONES: OnceCell<Vec<String>> = OnceCell::const_new();
    let zones = ZONES.get_or_try_init(|| data::found(context, "time_zones", Map::new())).await?;
    Ok(zones)
}

async fn form(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "settings-title").await?;
    let stored = settings(&mut context).await?;
    let history = history(&mut context, &page, "site_settings", None).await?;
    let zones = zones(&mut context).await?;
    context.commit().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let is_sent = !incoming.endpoint.method.is_safe();
    if !faults.is_empty() {
        page.with_error();
    }
    if incoming.query.iter().any(|(name, _)| name == "done") {
        page.done("settings-done");
    }
    let seen = if is_sent { seen(incoming, &stored) } else { stored.clone() };
    let is_stale = status == STALE.status;
    let shown = match is_sent {
        true if is_stale => merged(&sent(incoming, &stored), &seen, &stored),
        true => sent(incoming, &stored),
        false => stored.clone(),
    };
    // Only whoever was told what changed meanwhile has seen it.
    let before = if is_stale { stored.clone() } else { seen };
    let text = |code: &str| shown.get(code).and_then(Value::as_str).unwrap_or_default().to_owned();
    let zones: Vec<(String, String)> = zones.iter().map(|zone| (zone.clone(), String::new())).collect();
    let fields = TEXTS.map(|(code, label, hint)| {
        let field =
            |kind: Kind| Field::new(code, page.t(label), kind, "off").hint(page.t(hint)).value(&text(code));
        match code {
            "time_zone" => field(Kind::Code).offered(zones.clone(), None),
            "currency" => field(Kind::Select).options(currencies(&page, &text(code))),
            "paper" => field(Kind::Select)
                .options(["Letter", "A4"].map(|sheet| (sheet.to_owned(), sheet.to_owned())).to_vec()),
            _ => field(Kind::Text),
        }
    });
    let hours = |part: &str| {
        let value = shown.get("working_hours").and_then(|hours| hours.get(part)).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let known: Vec<&str> = TEXTS
        .iter()
        .map(|(code, ..)| *code)
        .chain(SWITCHES.iter().map(|(code, _)| *code))
        .chain(["working_hours", "languages"])
        .collect();
    let others = stored.iter().filter(|(code, _)| !known.contains(&code.as_str()));
    let view = SettingsPage {
        may_change: me.may("setting:update"),
        texts: faults.onto(fields),
        hours: faults.onto([
            Field::new("opens", page.t("setting-opens"), Kind::Text, "off").value(&hours("from")),
            Field::new("closes", page.t("setting-closes"), Kind::Text, "off").value(&hours("to")),
        ]),
        days: DAYS
            .iter()
            .map(|(name, label, day)| {
                switch(&page, name, label, has(&shown, "working_hours", "days", &json!(day)))
            })
            .collect(),
        languages: LANGUAGES
            .iter()
            .map(|(name, label, code)| switch(&page, name, label, has(&shown, "languages", "", &json!(code))))
            .collect(),
        switches: SWITCHES
            .iter()
            .map(|(code, label)| switch(&page, code, label, shown.get(*code) == Some(&Value::Bool(true))))
            .collect(),
        before: Value::from_iter(before).to_string(),
        others: others.map(|(code, value)| (code.clone(), value.to_string())).collect(),
        summary: faults.summary(page.t("summary-form")),
        history,
        page,
        me,
    };
    rendered(&view, status)
}

/// Currencies to choose from, and the one that is set.
fn currencies(page: &Page, present: &str) -> Vec<(String, String)> {
    let others = CURRENCIES.iter().copied().filter(|code| *code != present);
    let all = std::iter::once(present).chain(others).filter(|code| !code.is_empty());
    let mut all: Vec<(String, String)> =
        all.map(|code| (code.to_owned(), format!("{} ({code})", word(page.words, code)))).collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    all
}

fn switch(page: &Page, name: &'static str, label: &str, is_on: bool) -> Switch {
    Switch { name, text: page.t(label), is_on }
}

/// Whether a list of a setting has a value.
fn has(settings: &Settings, code: &str, part: &str, value: &Value) -> bool {
    let list = settings.get(code).map(|setting| if part.is_empty() { setting } else { &setting[part] });
    list.and_then(Value::as_array).is_some_and(|list| list.contains(value))
}

/// What the person had before their eyes when they began to change it.
fn seen(incoming: &Incoming, stored: &Settings) -> Settings {
    let before: Settings = serde_json::from_str(incoming.form.raw("before")).unwrap_or_default();
    if before.is_empty() { stored.clone() } else { before }
}

/// What was typed, and in the place of what was not touched what is stored now.
fn merged(sent: &Settings, seen: &Settings, stored: &Settings) -> Settings {
    let value =
        |code: &String| if sent.get(code) == seen.get(code) { stored.get(code) } else { sent.get(code) };
    stored.keys().filter_map(|code| Some((code.clone(), value(code)?.clone()))).collect()
}

/// The settings as the form has them.
fn sent(incoming: &Incoming, stored: &Settings) -> Settings {
    let is_on = |name: &str| incoming.form.text(name) == "true";
    let mut settings = stored.clone();
    for (code, ..) in TEXTS {
        settings.insert(code.to_owned(), incoming.form.text(code).into());
    }
    for (code, _) in SWITCHES {
        settings.insert(code.to_owned(), is_on(code).into());
    }
    let days: Vec<i64> = DAYS.iter().filter(|(name, ..)| is_on(name)).map(|(.., day)| *day).collect();
    let (opens, closes) = (incoming.form.text("opens"), incoming.form.text("closes"));
    settings.insert("working_hours".to_owned(), json!({"days": days, "from": opens, "to": closes}));
    let languages: Vec<&str> =
        LANGUAGES.iter().filter(|(name, ..)| is_on(name)).map(|(.., code)| *code).collect();
    settings.insert("languages".to_owned(), json!(languages));
    settings
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let stored = settings(&mut context).await?;
        // What the form does not differ in from what was seen, it does not change.
        let before = seen(&incoming, &stored);
        let changed: Map<String, Value> = sent(&incoming, &stored)
            .into_iter()
            .filter(|(code, value)| before.get(code) != Some(value))
            .collect();
        let given = Map::from_iter([
            ("values".to_owned(), Value::Object(changed)),
            ("before".to_owned(), Value::from_iter(before)),
        ]);
        match data::act(&mut context, "update_site_settings", given).await {
            Ok(_) => {
                context.commit().await?;
                Ok(to("/site-settings?done=saved"))
            }
            Err(problem) if [INVALID, CONFLICT, STALE].iter().any(|kind| is(&problem, *kind)) => {
                context.rollback().await?;
                let words = Words::new(reader::language());
                form(&incoming, faults(words, &problem), problem.kind().status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// What is asked for where a value is refused: setting, the field beside which it is told (none: above all), key of its words.
const WANTED: [(&str, Option<&str>, &str); 6] = [
    ("legal_name", Some("legal_name"), "setting-legal-name-wanted"),
    ("time_zone", Some("time_zone"), "setting-time-zone-wanted"),
    ("currency", Some("currency"), "setting-currency-wanted"),
    ("paper", Some("paper"), "setting-paper-wanted"),
    ("working_hours", Some("opens"), "setting-hours-wanted"),
    ("languages", None, "setting-languages-wanted"),
];

/// What was refused, beside the field that it is about, in words that know no codes of settings and no JSON.
fn faults(words: Words, problem: &Problem) -> Faults {
    let is_stale = is(problem, STALE);
    let placed = WANTED.iter().filter(|(code, ..)| problem.told_of(code).is_some());
    let told = |key: &str| words.say(if is_stale { "setting-stale" } else { key });
    let placed: Vec<_> = placed.map(|(_, field, key)| (*field, told(key))).collect();
    if placed.is_empty() { Faults::whole(problem.told()) } else { Faults::all(placed) }
}
