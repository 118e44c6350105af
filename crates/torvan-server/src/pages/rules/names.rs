//! Names that rules of a set can look at: parameters of the sink, of the elements of its lists, derived values.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use torvan_store::Context;

use super::condition::{Alternatives, Clause, Operand, meant};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::configurator::labels;
use crate::pages::data;
use crate::pages::page::Page;
use crate::words::Words;

/// Definitions of the parameters of a set.
pub(super) const PARAMETERS: ListSpec = ListSpec {
    relation: "configuration_parameters",
    filters: &["rule_set_id"],
    sorts: &["position"],
    key: &[],
};
const DERIVED: ListSpec = ListSpec {
    relation: "configuration_rules",
    filters: &["rule_set_id", "rule_type", "is_active"],
    sorts: &["rule_code"],
    key: &[],
};

const TRANSLATIONS: ListSpec = ListSpec {
    relation: "translations",
    filters: &["entity", "language"],
    sorts: &["translation_key"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Translation {
    translation_key: String,
    body: String,
}

/// A parameter as it is defined.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::pages) struct Definition {
    pub(super) list_code: String,
    pub(super) parameter_code: String,
    pub(super) value_type: String,
    pub(super) unit_code: Option<String>,
    pub(super) minimum: Option<Value>,
    pub(super) maximum: Option<Value>,
    pub(super) choices: Option<Vec<String>>,
    pub(super) is_required: bool,
    pub(super) label: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Derivation {
    derived_name: Option<String>,
    title: String,
}

/// What is known in a set.
#[derive(Debug, Clone)]
pub(in crate::pages) struct Names {
    words: Words,
    pub(super) definitions: Vec<Definition>,
    derived: Vec<Derivation>,
    /// Labels in the reader's language, by parameter.
    labels: BTreeMap<String, String>,
}

/// A name with what it is called.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) code: String,
    pub(super) label: String,
}

impl Names {
    pub(in crate::pages) async fn read(
        context: &mut Context,
        page: &Page,
        rule_set_id: i64,
    ) -> Result<Self, Problem> {
        let set = rule_set_id.to_string();
        let parameters = [("filter[rule_set_id]", set.as_str()), ("limit", "200")];
        let definitions = data::rows(context, &PARAMETERS, &parameters).await?;
        let derivations = [
            ("filter[rule_set_id]", set.as_str()),
            ("filter[rule_type]", "DERIVATION"),
            ("filter[is_active]", "true"),
            ("limit", "200"),
        ];
        let derived = data::rows(context, &DERIVED, &derivations).await?;
        let language = page.words.language.code().to_uppercase();
        let asked =
            [("filter[entity]", "parameter"), ("filter[language]", language.as_str()), ("limit", "200")];
        let labels: Vec<Translation> = data::rows(context, &TRANSLATIONS, &asked).await?;
        let labels = labels.into_iter().map(|one| (one.translation_key, one.body)).collect();
        Ok(Self { words: page.words, definitions, derived, labels })
    }

    /// Lists that a rule can run over.
    pub(super) fn lists(&self) -> Vec<Named> {
        let is_list = |one: &&Definition| one.value_type == "LIST";
        let named = |one: &Definition| Named { code: one.parameter_code.clone(), label: self.label_of(one) };
        self.definitions.iter().filter(is_list).map(named).collect()
    }

    /// Names that a rule which runs over this list can look at, those of the element first.
    pub(super) fn for_list(&self, list: &str) -> Vec<Named> {
        let of = |scope: &'static str, list: String| {
            move |one: &Definition| {
                let is_of = one.list_code == list && one.value_type != "LIST";
                is_of.then(|| Named { code: format!("{scope}.{}", one.parameter_code), label: String::new() })
            }
        };
        let mut names: Vec<Named> = Vec::new();
        if !list.is_empty() {
            names.extend(self.definitions.iter().filter_map(of("e", list.to_owned())));
        }
        names.extend(self.definitions.iter().filter_map(of("p", String::new())));
        let codes = self.derived.iter().filter_map(|one| one.derived_name.as_ref());
        names.extend(codes.map(|name| Named { code: format!("v.{name}"), label: String::new() }));
        for name in &mut names {
            name.label = self.label(&name.code, list);
        }
        names
    }

    fn definition(&self, name: &str, list: &str) -> Option<&Definition> {
        let (scope, code) = name.split_once('.')?;
        let (list, code) = match (scope, code.split_once('[')) {
            ("e", _) => (list, code),
            ("p", None) => ("", code),
            // An element of a list by its place: basins[0].type.
            ("p", Some((of, rest))) => (of, rest.split_once('.')?.1),
            _ => return None,
        };
        self.definitions.iter().find(|one| one.list_code == list && one.parameter_code == code)
    }

    pub(in crate::pages) fn label_of(&self, definition: &Definition) -> String {
        let key = match definition.list_code.as_str() {
            "" => definition.parameter_code.clone(),
            list => format!("{list}.{}", definition.parameter_code),
        };
        self.labels.get(&key).unwrap_or(&definition.label).clone()
    }

    /// What a name is called, where the set knows it.
    pub(in crate::pages) fn known(&self, name: &str, list: &str) -> Option<String> {
        let is_derived =
            |code: &str| self.derived.iter().any(|one| one.derived_name.as_deref() == Some(code));
        let is_known = match name.strip_prefix("v.") {
            Some(code) => is_derived(code.split('[').next().unwrap_or(code)),
            None => self.definition(name, list).is_some(),
        };
        is_known.then(|| self.label(name, list))
    }

    /// A text of a rule with its names in words: conditions that lines cannot say, codes with gaps.
    pub(super) fn worded(&self, text: &str, list: &str) -> String {
        let mut told = text.to_owned();
        for one in self.for_list(list) {
            let Some((scope, code)) = one.code.split_once('.') else { continue };
            let label = format!("«{}»", one.label);
            let path =
                if scope == "p" { format!("$.\"{code}\"") } else { format!("$\"{scope}\".\"{code}\"") };
            let bare = if scope == "p" { format!("$.{code}") } else { format!("${scope}.{code}") };
            for written in [path, bare, format!("{{{}}}", one.code)] {
                told = told.replace(&written, &label);
            }
        }
        told
    }

    /// Values that a rule sets, in words.
    pub(super) fn assigned(&self, text: &str, list: &str) -> String {
        let Ok(Value::Object(values)) = serde_json::from_str(text) else { return text.to_owned() };
        let scope = if list.is_empty() { "p" } else { "e" };
        let told = |(code, value): (&String, &Value)| {
            format!("{} = {}", self.label(&format!("{scope}.{code}"), list), self.shown(value))
        };
        values.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    /// What a rule is called in the reader's language, where the product has it.
    pub(super) fn title(&self, title: &str) -> String {
        self.words.shipped(title)
    }

    /// What a name is called.
    pub(in crate::pages) fn label(&self, name: &str, list: &str) -> String {
        if let Some(code) = name.strip_prefix("v.") {
            let plain = code.split('[').next().unwrap_or(code);
            let found = self.derived.iter().find(|one| one.derived_name.as_deref() == Some(plain));
            return found.map_or_else(|| code.replace('_', " "), |one| self.title(&one.title));
        }
        let Some(definition) = self.definition(name, list) else { return name.to_owned() };
        let place =
            name.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(place, _)| place);
        let number = place.parse::<i64>().map(|place| format!(" {}", place + 1)).unwrap_or_default();
        format!("{}{number}", self.label_of(definition))
    }

    /// Values that can be chosen for a name, with their words; empty where they are typed.
    pub(super) fn choices(&self, name: &str, list: &str) -> Vec<(String, String)> {
        let Some(definition) = self.definition(name, list) else { return Vec::new() };
        if definition.value_type == "BOOLEAN" {
            return ["true", "false"]
                .map(|value| (value.to_owned(), self.value(&serde_json::json!(value == "true"))))
                .into();
        }
        let word = |code: &String| (code.clone(), labels::choice(self.words, code));
        definition.choices.iter().flatten().map(word).collect()
    }

    /// Whether its values are texts, even those of figures.
    pub(super) fn is_text(&self, name: &str, list: &str) -> bool {
        let kind = self.definition(name, list).map_or("", |one| one.value_type.as_str());
        matches!(kind, "CHOICE" | "TEXT" | "ITEM")
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Bool(true) => self.words.say("yes"),
            Value::Bool(false) => self.words.say("no"),
            Value::String(code) => labels::choice(self.words, code),
            Value::Null => "–".to_owned(),
            other => other.to_string(),
        }
    }

    /// A value of a name in words.
    pub(super) fn shown(&self, value: &Value) -> String {
        match value {
            Value::Array(elements) if elements.iter().any(Value::is_object) => self.words.say_with(
                "rule-elements",
                &[("count", i64::try_from(elements.len()).unwrap_or_default().into())],
            ),
            Value::Array(elements) => {
                elements.iter().map(|one| self.value(one)).collect::<Vec<_>>().join(", ")
            }
            other => self.value(other),
        }
    }

    /// A line in words.
    pub(super) fn sentence(&self, clause: &Clause, list: &str) -> String {
        let value = |one: &Operand| match one {
            Operand::Name(name) => self.label(name, list),
            Operand::Constant(value) => self.value(value),
        };
        let values = clause.values.iter().map(value).collect::<Vec<_>>().join(", ");
        let key = format!("operator-{}", clause.operator);
        let operator = self.words.say_if_known(&key).unwrap_or_else(|| clause.operator.clone());
        [self.label(&clause.name, list), operator, values].join(" ").trim_end().to_owned()
    }

    /// Alternatives in words, one text each; a rule that always holds says so.
    pub(super) fn sentences(&self, alternatives: &Alternatives, list: &str) -> Vec<String> {
        let and = self.words.say("rule-and");
        let group = |lines: Vec<&Clause>| {
            let lines = lines.into_iter().map(|line| self.sentence(line, list));
            lines.collect::<Vec<_>>().join(&format!(" {and} "))
        };
        let told: Vec<String> = meant(alternatives).into_iter().map(group).collect();
        if told.is_empty() { vec![self.words.say("rule-always")] } else { told }
    }

    /// Where a rule runs: once, or for each element of a list.
    pub(super) fn runs(&self, list: &str) -> String {
        if list.is_empty() {
            return self.words.say("rule-once");
        }
        let one = labels::parameter(self.words, &format!("one-{list}"));
        self.words.say_with("rule-for-each", &[("one", one.to_lowercase().into())])
    }
}

/// The list in `$."basins"[*]`, or as somebody writes it: `$.basins[*]`.
pub(in crate::pages) fn list_in(for_each: Option<&str>) -> String {
    let path = for_each.and_then(|path| path.trim().strip_prefix("$.")).unwrap_or_default();
    path.split('[').next().unwrap_or_default().trim_matches('"').to_owned()
}
