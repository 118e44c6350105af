//! What a form says of a rule, and the same as the API takes it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::condition::{Alternatives, Clause, Operand, lines, listed, written};
use super::names::{Names, list_in};
use super::path::{long, short};
use crate::http::form::Form;

/// A rule as the API tells it.
pub(super) type Row = Map<String, Value>;

/// Kinds of rules in the order in which they work.
pub(super) const TYPES: [&str; 7] = [
    "NORMALISATION",
    "DERIVATION",
    "COMPONENT_SELECTION",
    "REPLACEMENT",
    "PRICING",
    "VALIDATION",
    "COMPATIBILITY",
];

/// What every rule has.
pub(super) const ABOUT: [&str; 6] = ["rule_code", "title", "rule_type", "priority", "stage", "source"];

/// What a rule of a kind has beside that.
pub(super) fn parts(rule_type: &str) -> &'static [&'static str] {
    match rule_type {
        "NORMALISATION" => &["assign"],
        "DERIVATION" => &["derived_name", "aggregate", "expressions", "lookup_code"],
        "COMPONENT_SELECTION" => {
            &["component_code", "quantity", "component_group", "line_note", "custom_kind", "expressions"]
        }
        "REPLACEMENT" => &["inside_code", "replaced_code", "component_code", "custom_kind", "expressions"],
        "PRICING" => &["quantity"],
        _ => &["severity", "message_key", "message_path", "component_group", "quantity"],
    }
}

/// Kinds that run once for the sink.
pub(super) fn runs_once(rule_type: &str) -> bool {
    matches!(rule_type, "DERIVATION" | "REPLACEMENT" | "PRICING")
}

/// When a rule fires, as lines or as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum When {
    Lines(Alternatives),
    Text(String),
}

impl When {
    /// The condition as the database takes it.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Lines(alternatives) => written(alternatives),
            Self::Text(text) => text.trim().to_owned(),
        }
    }
}

/// What a form says.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) values: BTreeMap<String, String>,
    pub(super) list: String,
    pub(super) is_active: bool,
    pub(super) when: When,
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A part of a stored rule as it is typed.
fn typed_of(row: &Row, name: &str) -> String {
    let value = row.get(name);
    match name {
        "quantity" => short(&text_of(value)),
        "expressions" => {
            let paths = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            paths.map(short).collect::<Vec<_>>().join("\n")
        }
        _ => text_of(value),
    }
}

impl Draft {
    /// A rule as it is stored.
    pub(super) fn of_row(row: &Row) -> Self {
        let condition = text_of(row.get("condition"));
        let names = ABOUT.iter().chain(TYPES.iter().flat_map(|kind| parts(kind)));
        Self {
            values: names.map(|name| ((*name).to_owned(), typed_of(row, name))).collect(),
            list: list_in(row.get("for_each").and_then(Value::as_str)),
            is_active: row.get("is_active") != Some(&Value::Bool(false)),
            when: lines(&condition).map_or(When::Text(condition), When::Lines),
        }
    }

    /// A rule that is not there yet.
    pub(super) fn fresh(rule_type: &str) -> Self {
        let rule_type = if TYPES.contains(&rule_type) { rule_type } else { "COMPONENT_SELECTION" };
        let values = [("rule_type", rule_type), ("quantity", "1"), ("stage", "1"), ("severity", "ERROR")];
        Self {
            values: values.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            list: String::new(),
            is_active: true,
            when: When::Lines(vec![vec![Clause::default()]]),
        }
    }

    /// What was sent.
    pub(super) fn of_form(form: &Form, names: &Names) -> Self {
        let values: BTreeMap<String, String> = form
            .pairs()
            .filter(|(name, _)| !name.starts_with("c."))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let rule_type = values.get("rule_type").map_or("", String::as_str);
        let list = if runs_once(rule_type) { String::new() } else { form.text("for_each").to_owned() };
        let when = match form.text("mode") {
            "text" => When::Text(form.raw("condition").to_owned()),
            _ => When::Lines(sent_lines(form, names, &list)),
        };
        Self { is_active: form.raw("is_active") == "true", when, list, values }
    }

    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn rule_type(&self) -> &str {
        self.value("rule_type")
    }

    /// Does what a button says: one line or one alternative more or less, lines in the place of text and the other way round.
    pub(super) fn act(&mut self, command: &str) {
        let mut words = command.split(' ');
        let (verb, places) = (
            words.next().unwrap_or_default(),
            words.filter_map(|word| word.parse::<usize>().ok()).collect::<Vec<_>>(),
        );
        match (verb, &mut self.when) {
            ("text", when) => *when = When::Text(when.path()),
            ("lines", When::Text(text)) => {
                if let Some(found) = lines(text) {
                    self.when = When::Lines(found);
                }
            }
            ("or", When::Lines(groups)) => groups.push(vec![Clause::default()]),
            ("and", When::Lines(groups)) => {
                if let Some(group) = places.first().and_then(|place| groups.get_mut(*place)) {
                    group.push(Clause::default());
                }
            }
            ("drop", When::Lines(groups)) => drop_line(groups, &places),
            _ => {}
        }
    }

    /// The body for the API: all of a new rule, of a stored one what differs.
    pub(super) fn body(&self, row: Option<&Row>) -> Row {
        let mut body = Row::new();
        let stored = row.map(Self::of_row);
        let kept = |name: &str| {
            stored.as_ref().is_some_and(|stored| {
                stored.value(name).replace("\r\n", "\n") == self.value(name).replace("\r\n", "\n")
            })
        };
        for name in ABOUT.iter().chain(parts(self.rule_type())) {
            if !kept(name) {
                body.insert((*name).to_owned(), sent(name, self.value(name)));
            }
        }
        if let Some(former) = stored.as_ref().filter(|former| former.rule_type() != self.rule_type()) {
            body.extend(self.left_behind(former));
        }
        if stored.as_ref().is_none_or(|stored| stored.list != self.list) {
            let path = format!("$.{}[*]", self.list);
            body.insert("for_each".to_owned(), if self.list.is_empty() { Value::Null } else { path.into() });
        }
        if stored.as_ref().is_none_or(|stored| stored.is_active != self.is_active) {
            body.insert("is_active".to_owned(), self.is_active.into());
        }
        if stored.as_ref().is_none_or(|stored| stored.when != self.when) {
            body.insert("condition".to_owned(), self.when.path().into());
        }
        // Of a new rule the database fills in what is left open.
        if row.is_none() {
            body.retain(|_, value| !value.is_null());
        }
        body
    }

    /// What a rule of another kind had and this kind knows nothing of: cleared, or it would stay where nobody sees it. A quantity is
    /// always there; that of a rule which has none is 1.
    fn left_behind(&self, former: &Self) -> Row {
        let own = parts(self.rule_type());
        let foreign = TYPES.iter().flat_map(|kind| parts(kind)).filter(|name| !own.contains(name));
        let gone = foreign.filter(|name| sent(name, former.value(name)) != sent(name, ""));
        gone.map(|name| ((*name).to_owned(), sent(name, ""))).collect()
    }
}

/// A typed part as the API takes it.
fn sent(name: &str, text: &str) -> Value {
    let text = text.trim();
    match name {
        "quantity" if text.is_empty() => "1".into(),
        _ if text.is_empty() => Value::Null,
        "quantity" => long(text).into(),
        "expressions" => text.lines().map(long).filter(|line| !line.is_empty()).collect(),
        "priority" | "stage" => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        "assign" => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

fn drop_line(groups: &mut Alternatives, places: &[usize]) {
    let [group, line] = places else { return };
    let Some(lines) = groups.get_mut(*group).filter(|lines| *line < lines.len()) else { return };
    lines.remove(*line);
    if lines.is_empty() && groups.len() > 1 {
        groups.remove(*group);
    }
}

/// Lines as fields hold them: `c.GROUP.LINE.name`, `.operator`, `.value` (several for "one of").
fn sent_lines(form: &Form, names: &Names, list: &str) -> Alternatives {
    let mut found: BTreeMap<(usize, usize), Clause> = BTreeMap::new();
    let mut values: Vec<((usize, usize), String)> = Vec::new();
    for (name, value) in form.pairs() {
        let mut steps = name.strip_prefix("c.").into_iter().flat_map(|rest| rest.split('.'));
        let mut place = || steps.next().and_then(|step| step.parse::<usize>().ok());
        let (Some(group), Some(line)) = (place(), place()) else { continue };
        let clause = found.entry((group, line)).or_default();
        match steps.next() {
            Some("name") => value.trim().clone_into(&mut clause.name),
            Some("operator") => value.clone_into(&mut clause.operator),
            Some("value") => values.push(((group, line), value.to_owned())),
            _ => {}
        }
    }
    for (place, value) in values {
        let Some(clause) = found.get_mut(&place) else { continue };
        let is_text = names.is_text(&clause.name, list);
        let several = clause.operator == "in";
        let texts = if several { listed(&value) } else { vec![value.trim()] };
        clause.values.extend(
            texts.into_iter().filter(|text| !text.is_empty()).map(|text| Operand::of_text(text, is_text)),
        );
    }
    let mut groups = Alternatives::new();
    let mut former = None;
    for ((group, _), clause) in found {
        if former != Some(group) {
            groups.push(Vec::new());
        }
        former = Some(group);
        if let Some(lines) = groups.last_mut() {
            lines.push(clause);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_of_another_kind_loses_what_only_the_former_kind_has() {
        let row = json!({
            "rule_code": "R1", "rule_type": "COMPONENT_SELECTION", "quantity": "2", "component_code": "T2-FEET",
            "component_group": "feet", "condition": "true"
        });
        let row = row.as_object().cloned().unwrap_or_default();
        let mut draft = Draft::of_row(&row);
        assert_eq!(draft.body(Some(&row)), Row::new(), "what is as it was is not sent");
        draft.values.insert("rule_type".to_owned(), "PRICING".to_owned());
        let expected = json!({"rule_type": "PRICING", "component_code": null, "component_group": null});
        assert_eq!(Value::Object(draft.body(Some(&row))), expected, "the number is one of both kinds");
    }
}
