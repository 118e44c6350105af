//! What the database answers: the build, and everything the rules say about the parameters.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::state::State;
use crate::http::problem::{FAULT, Problem};
use crate::pages::data;
use crate::words::Language;

/// A build with its order and its present configuration.
#[expect(clippy::struct_excessive_bools, reason = "what the database answers, one by one")]
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Head {
    pub(super) build_id: i64,
    pub(super) build_number: String,
    pub(super) phase: String,
    pub(super) order_id: i64,
    pub(super) order_number: String,
    pub(super) customer: String,
    pub(super) family: String,
    pub(super) want_date: NaiveDate,
    pub(super) language: String,
    pub(super) bom_id: Option<i64>,
    pub(super) bom_state: Option<String>,
    pub(super) may_submit_bom: bool,
    pub(super) is_open: bool,
    pub(super) may_save: bool,
    pub(super) may_copy: bool,
    pub(super) may_make_bom: bool,
    pub(super) configuration_id: Option<i64>,
    pub(super) version: Option<i64>,
    pub(super) saved_at: Option<DateTime<Utc>>,
    pub(super) saved_by: Option<String>,
    pub(super) parameters: Option<Value>,
    pub(super) usual: Option<Value>,
    pub(super) versions: i64,
    pub(super) draft: Option<Draft>,
}

/// What the person chose and has not saved.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Draft {
    pub(super) parameters: Value,
    pub(super) based_on: Option<i64>,
    pub(super) step: String,
    pub(super) at: DateTime<Utc>,
}

impl Head {
    /// Whether the person can change it now.
    pub(super) fn is_editable(&self) -> bool {
        self.is_open && self.may_save
    }

    /// What is saved, or what most sinks are where nothing is yet.
    pub(super) fn saved(&self) -> State {
        let saved = self.parameters.clone().or_else(|| self.usual.clone());
        State(saved.filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new())))
    }

    /// The same as the parameters of the build's own order.
    pub(super) fn of_order(&self, mut state: State) -> State {
        state.0["family"] = self.family.clone().into();
        state.0["language"] = self.language.clone().into();
        state
    }
}

/// What the rules say.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Configured {
    pub(super) valid: bool,
    pub(super) parameters: Value,
    pub(super) violations: Vec<Violation>,
    pub(super) top_level: Vec<Line>,
    pub(super) totals: Totals,
    pub(super) choices: Vec<Choice>,
}

impl Configured {
    /// Of what is not chosen yet, that alone is told: what rules say of its absence says it again.
    pub(super) fn leave_out_echoes(&mut self) {
        let open: Vec<String> =
            self.violations.iter().filter(|one| one.is_open()).map(|one| one.path.clone()).collect();
        self.violations.retain(|one| one.is_open() || !open.contains(&one.path));
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Violation {
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) path: String,
    pub(super) message: String,
    /// Key of the message.
    #[serde(default)]
    pub(super) key: String,
}

impl Violation {
    pub(super) fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Whether only something is not chosen yet.
    pub(super) fn is_open(&self) -> bool {
        self.key.starts_with("parameter.required")
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Line {
    pub(super) code: String,
    pub(super) short_code: Option<String>,
    pub(super) name: String,
    pub(super) group: Option<String>,
    pub(super) quantity: Decimal,
    pub(super) because: Option<String>,
    pub(super) cost: Option<Decimal>,
    #[serde(default)]
    pub(super) places: Vec<usize>,
    #[serde(default)]
    pub(super) unresolved: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Totals {
    pub(super) leaves: i64,
    pub(super) cost: Option<Decimal>,
    pub(super) weight_kg: Decimal,
    pub(super) labour_hours: Decimal,
}

/// One thing that could be chosen.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Choice {
    pub(super) path: String,
    pub(super) value: Option<Value>,
    pub(super) short_code: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) key: Option<String>,
    /// Where the mistake would be.
    pub(super) at: Option<String>,
    pub(super) message: Option<String>,
    pub(super) mend: Option<Mend>,
    #[serde(default)]
    pub(super) clears: Vec<String>,
}

/// The one other choice that makes it possible.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Mend {
    pub(super) path: String,
    pub(super) value: String,
}

impl Choice {
    /// Its value as the form sends it.
    pub(super) fn text(&self) -> String {
        match &self.value {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }

    /// Whether it would bring a mistake.
    pub(super) fn is_barred(&self) -> bool {
        self.severity.as_deref() == Some("error")
    }
}

impl Configured {
    /// Choices at a place, in the order of their definition.
    pub(super) fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Choice> {
        self.choices.iter().filter(move |choice| choice.path == path)
    }
}

fn lost(what: &str) -> Problem {
    tracing::error!(what, "a function of the configurator answered nothing");
    Problem::new(FAULT, FAULT.title)
}

/// The build that is configured.
pub(super) async fn head(context: &mut Context, build_id: i64) -> Result<Head, Problem> {
    let mut given = Map::new();
    given.insert("build_id".to_owned(), build_id.into());
    let found: Vec<Head> = data::found(context, "sink_to_configure", given).await?;
    found.into_iter().next().ok_or_else(|| lost("sink_to_configure"))
}

/// What the rules say about parameters, with the choices of some groups of them.
pub(super) async fn configured(
    context: &mut Context,
    state: &State,
    groups: &[&str],
    language: Language,
) -> Result<Configured, Problem> {
    let mut given = Map::new();
    given.insert("parameters".to_owned(), state.0.clone());
    given.insert("groups".to_owned(), groups.iter().map(|group| Value::from(*group)).collect());
    given.insert("language".to_owned(), language.code().to_ascii_uppercase().into());
    let found: Vec<Configured> = data::found(context, "configure_sink", given).await?;
    found.into_iter().next().ok_or_else(|| lost("configure_sink"))
}

/// Why an item does not go with what is chosen.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Objection {
    item_code: String,
    severity: String,
    pub(super) message: String,
}

impl Objection {
    pub(super) fn is_of(&self, code: &str) -> bool {
        self.item_code == code
    }

    pub(super) fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

/// What the rules object to, of items that could be added to a list.
pub(super) async fn objections(
    context: &mut Context,
    state: &State,
    list: &str,
    codes: &[&str],
    language: Language,
) -> Result<Vec<Objection>, Problem> {
    let mut given = Map::new();
    given.insert("parameters".to_owned(), state.0.clone());
    given.insert("list".to_owned(), list.into());
    given.insert("codes".to_owned(), codes.iter().map(|code| Value::from(*code)).collect());
    given.insert("language".to_owned(), language.code().to_ascii_uppercase().into());
    data::found(context, "item_objections", given).await
}

/// Keeps what is not saved, for the one who chose it.
pub(super) async fn keep(
    context: &mut Context,
    build_id: i64,
    state: &State,
    based_on: Option<i64>,
    step: &str,
) -> Result<(), Problem> {
    let mut given = Map::new();
    given.insert("build_id".to_owned(), build_id.into());
    given.insert("parameters".to_owned(), state.0.clone());
    given.insert("step".to_owned(), step.into());
    if let Some(based_on) = based_on {
        given.insert("based_on".to_owned(), based_on.into());
    }
    data::act(context, "keep_configuration_draft", given).await.map(drop)
}

/// Gives up what is not saved.
pub(super) async fn give_up(context: &mut Context, build_id: i64) -> Result<(), Problem> {
    let given = Map::from_iter([("build_id".to_owned(), build_id.into())]);
    data::act(context, "drop_configuration_draft", given).await.map(drop)
}

/// Saves as the next version; refused where somebody saved another one since `based_on`.
pub(super) async fn save(
    context: &mut Context,
    build_id: i64,
    state: &State,
    based_on: Option<i64>,
) -> Result<(), Problem> {
    let mut given = Map::new();
    given.insert("build_id".to_owned(), build_id.into());
    given.insert("parameters".to_owned(), state.0.clone());
    if let Some(based_on) = based_on {
        given.insert("based_on".to_owned(), based_on.into());
    }
    data::act(context, "save_build_configuration", given).await.map(drop)
}
