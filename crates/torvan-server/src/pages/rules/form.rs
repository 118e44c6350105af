//! The form of a rule: what it is, when it fires, what it makes.

use std::collections::BTreeSet;

use serde::Deserialize;
use torvan_store::Context;

use super::condition::{Clause, OPERATORS, Operand, in_list};
use super::content::{Draft, TYPES, When, parts, runs_once};
use super::names::Names;
use super::view::heading;
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::{Faults, Field, Kind, Switch};
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::registers::cell;

const RULES: ListSpec =
    ListSpec { relation: "configuration_rules", filters: &["rule_set_id"], sorts: &["rule_code"], key: &[] };
const MESSAGES: ListSpec = ListSpec {
    relation: "translations",
    filters: &["entity", "language"],
    sorts: &["translation_key"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Used {
    component_group: Option<String>,
    lookup_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    translation_key: String,
    body: String,
}

/// What fields offer while they are typed into.
#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) lists: Vec<(&'static str, Vec<(String, String)>)>,
}

impl Offers {
    pub(super) async fn read(
        context: &mut Context,
        page: &Page,
        rule_set_id: i64,
        names: &Names,
        list: &str,
    ) -> Result<Self, Problem> {
        let set = rule_set_id.to_string();
        let used: Vec<Used> =
            data::rows(context, &RULES, &[("filter[rule_set_id]", set.as_str()), ("limit", "200")]).await?;
        let language = page.words.language.code().to_uppercase();
        let asked =
            [("filter[entity]", "message"), ("filter[language]", language.as_str()), ("limit", "200")];
        let messages: Vec<Message> = data::rows(context, &MESSAGES, &asked).await?;
        let once =
            |texts: BTreeSet<String>| texts.into_iter().map(|text| (text, String::new())).collect::<Vec<_>>();
        let values = names.for_list(list).into_iter().map(|name| (name.code, name.label)).collect();
        Ok(Self {
            lists: vec![
                ("groups", once(used.iter().filter_map(|one| one.component_group.clone()).collect())),
                ("lookups", once(used.iter().filter_map(|one| one.lookup_code.clone()).collect())),
                ("messages", messages.into_iter().map(|one| (one.translation_key, one.body)).collect()),
                ("values", values),
            ],
        })
    }
}

/// The form as it is shown.
#[derive(Debug)]
pub(super) struct FormView {
    pub(super) about: Vec<Field>,
    pub(super) active: Switch,
    pub(super) runs: Option<Field>,
    pub(super) groups: Vec<Vec<LineView>>,
    /// What is wrong with the condition, where lines show it.
    pub(super) condition_fault: Option<String>,
    /// The condition as it stands, where lines do not show it.
    pub(super) text: Option<TextView>,
    pub(super) parts: Vec<Field>,
    pub(super) offers: Offers,
}

/// A condition as text.
#[derive(Debug)]
pub(super) struct TextView {
    pub(super) field: Field,
    /// Whether lines can show it.
    pub(super) has_lines: bool,
}

/// One line of a condition.
#[derive(Debug)]
pub(super) struct LineView {
    /// `c.GROUP.LINE`.
    pub(super) id: String,
    pub(super) names: Vec<Pick>,
    pub(super) operators: Vec<Pick>,
    pub(super) value: ValueView,
    pub(super) drop: String,
}

/// Something that can be chosen.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) is_on: bool,
}

/// How a value is given.
#[derive(Debug)]
pub(super) enum ValueView {
    Nothing,
    Select(Vec<Pick>),
    Ticks(Vec<Pick>),
    Text(String),
}

/// Fields whose texts are longer than a line.
const LONG: [&str; 2] = ["expressions", "assign"];

pub(super) fn view(page: &Page, draft: &Draft, names: &Names, offers: Offers, faults: &Faults) -> FormView {
    let field = |name: &&'static str| field(page, draft, name);
    let mut about: Vec<Field> = super::content::ABOUT.iter().map(field).collect();
    let mut parts: Vec<Field> = parts(draft.rule_type()).iter().map(field).collect();
    faults.onto_all(&mut about);
    faults.onto_all(&mut parts);
    let (groups, text) = match &draft.when {
        When::Lines(groups) => (lines(page, groups, names, &draft.list), None),
        When::Text(text) => {
            let field = Field::new("condition", page.t("rule-condition"), Kind::Area, "off")
                .hint(page.t("rule-condition-hint"))
                .value(text);
            let [field] = faults.onto([field]);
            (Vec::new(), Some(TextView { field, has_lines: super::condition::lines(text).is_some() }))
        }
    };
    let active = Switch { name: "is_active", text: page.t("col-is-active"), is_on: draft.is_active };
    let runs = runs(page, draft, names, faults);
    let condition_fault = text.is_none().then(|| faults.told_of("condition")).flatten();
    FormView { about, active, runs, groups, condition_fault, text, parts, offers }
}

fn runs(page: &Page, draft: &Draft, names: &Names, faults: &Faults) -> Option<Field> {
    if runs_once(draft.rule_type()) {
        return None;
    }
    let lists = names.lists().into_iter().map(|list| (list.code.clone(), names.runs(&list.code)));
    let options = std::iter::once((String::new(), page.t("rule-once"))).chain(lists).collect();
    let field =
        Field::new("for_each", page.t("rule-runs"), Kind::Select, "off").options(options).value(&draft.list);
    let [field] = faults.onto([field.optional()]);
    Some(field)
}

/// Words of a fixed list that a part is chosen from.
fn words(page: &Page, name: &str) -> Option<Vec<(String, String)>> {
    let codes: &[&str] = match name {
        "rule_type" => &TYPES,
        "custom_kind" => &["", "BASIN", "PEGBOARD"],
        "severity" => &["ERROR", "WARNING"],
        "aggregate" => &["first", "count", "sum", "min", "max", "all", "repeated"],
        _ => return None,
    };
    let word = |code: &&str| {
        let key = format!("aggregate-{code}");
        let aggregate = (name == "aggregate").then(|| page.words.say_if_known(&key)).flatten();
        let text = if code.is_empty() {
            "–".to_owned()
        } else {
            aggregate.unwrap_or_else(|| cell::word(page.words, code))
        };
        ((*code).to_owned(), text)
    };
    Some(codes.iter().map(word).collect())
}

/// Parts that may stay open.
const OPTIONAL: [&str; 5] = ["component_group", "line_note", "custom_kind", "lookup_code", "expressions"];

fn field(page: &Page, draft: &Draft, name: &'static str) -> Field {
    let options = words(page, name);
    let kind = match options {
        Some(_) => Kind::Select,
        None if LONG.contains(&name) => Kind::Area,
        None if name == "priority" || name == "stage" => Kind::Number,
        None => Kind::Text,
    };
    let mut field = Field::new(name, heading(page, name), kind, "off").value(draft.value(name));
    if let Some(options) = options {
        field = field.options(options);
    }
    if let Some(hint) = page.words.say_if_known(&format!("entry-hint-rule-{}", name.replace('_', "-"))) {
        field = field.hint(hint);
    }
    let list = match name {
        "component_group" => Some("groups"),
        "lookup_code" => Some("lookups"),
        "message_key" => Some("messages"),
        "quantity" => Some("values"),
        _ => None,
    };
    if let Some(list) = list {
        field = field.list(list);
    }
    let is_open = OPTIONAL.contains(&name) && !(name == "expressions" && draft.rule_type() == "DERIVATION");
    if is_open { field.optional() } else { field }
}

fn lines(page: &Page, groups: &[Vec<Clause>], names: &Names, list: &str) -> Vec<Vec<LineView>> {
    let group = |(place, lines): (usize, &Vec<Clause>)| {
        lines
            .iter()
            .enumerate()
            .map(|(line, clause)| line_view(page, names, list, (place, line), clause))
            .collect()
    };
    groups.iter().enumerate().map(group).collect()
}

fn line_view(page: &Page, names: &Names, list: &str, place: (usize, usize), clause: &Clause) -> LineView {
    let mut known = names.for_list(list);
    if !clause.name.is_empty() && !known.iter().any(|one| one.code == clause.name) {
        let label = names.label(&clause.name, list);
        known.push(super::names::Named { code: clause.name.clone(), label });
    }
    let mut picks =
        vec![Pick { value: String::new(), text: page.t("rule-choose"), is_on: clause.name.is_empty() }];
    picks.extend(known.into_iter().map(|one| Pick {
        is_on: one.code == clause.name,
        value: one.code,
        text: one.label,
    }));
    let operator = |(code, _): &(&str, bool)| {
        let text = page.words.say_if_known(&format!("operator-{code}")).unwrap_or_default();
        Pick { value: (*code).to_owned(), text, is_on: *code == clause.operator }
    };
    LineView {
        id: format!("c.{}.{}", place.0, place.1),
        names: picks,
        operators: OPERATORS.iter().map(operator).collect(),
        value: value_view(page, names.choices(&clause.name, list), clause),
        drop: format!("drop {} {}", place.0, place.1),
    }
}

fn value_view(page: &Page, choices: Vec<(String, String)>, clause: &Clause) -> ValueView {
    let takes_value =
        OPERATORS.iter().find(|(code, _)| *code == clause.operator).is_none_or(|(_, takes)| *takes);
    if !takes_value {
        return ValueView::Nothing;
    }
    let several = clause.operator == "in";
    let as_typed = |one: &Operand| if several { one.listed() } else { one.typed() };
    let typed: Vec<String> = clause.values.iter().map(as_typed).collect();
    let in_field = |(code, text): (String, String)| (if several { in_list(&code) } else { code }, text);
    let choices: Vec<(String, String)> = choices.into_iter().map(in_field).collect();
    let known = |text: &String| choices.iter().any(|(code, _)| code == text);
    let is_choice = !choices.is_empty()
        && typed.iter().all(known)
        && !matches!(clause.operator.as_str(), "begins" | "matches");
    let pick = |(value, text): (String, String)| Pick { is_on: typed.contains(&value), value, text };
    if !is_choice {
        return ValueView::Text(typed.join(", "));
    }
    if several {
        return ValueView::Ticks(choices.into_iter().map(pick).collect());
    }
    let none = Pick { value: String::new(), text: page.t("rule-choose"), is_on: typed.is_empty() };
    ValueView::Select(std::iter::once(none).chain(choices.into_iter().map(pick)).collect())
}
