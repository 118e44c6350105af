//! Conditions of rules in words: `$."leg_model" == "DL27"` is "Column = DL27", beside the value that met it. They are read where
//! rules are changed; what is more than lines can show stays as it stands.

use serde_json::{Map, Value};

use crate::pages::configurator::labels;
use crate::pages::rules::condition::{Clause, Operand, lines};
use crate::pages::rules::names::Names;
use crate::words::{Words, capital};

/// A part of a condition with the value that met it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) value: String,
}

/// Signs of comparisons; the others have words.
const SIGNS: [(&str, &str); 8] = [
    ("is", "="),
    ("in", "="),
    ("not", "≠"),
    ("differs", "≠"),
    ("less", "<"),
    ("most", "≤"),
    ("least", "≥"),
    ("more", ">"),
];

/// The parts that all had to hold.
pub(super) fn parts(
    words: Words,
    called: Option<(&Names, &str)>,
    condition: &str,
    values: &Map<String, Value>,
) -> Vec<Part> {
    let condition = condition.trim();
    let seen = Seen { words, called, values };
    match lines(condition) {
        _ if condition.is_empty() => Vec::new(),
        Some(alternatives) => seen.parts(&alternatives),
        None => vec![Part { text: condition.to_owned(), value: seen.all() }],
    }
}

/// What a rule looked at, in the reader's words.
struct Seen<'v> {
    words: Words,
    /// What the rules call their values, and the list that this one runs over.
    called: Option<(&'v Names, &'v str)>,
    values: &'v Map<String, Value>,
}

impl Seen<'_> {
    /// What every alternative asks for stands alone; what is left of them is one part.
    fn parts(&self, alternatives: &[Vec<Clause>]) -> Vec<Part> {
        let Some((first, others)) = alternatives.split_first() else { return Vec::new() };
        let is_common = |clause: &Clause| others.iter().all(|group| group.contains(clause));
        let is_own = |clause: &&Clause| !(first.contains(clause) && is_common(clause));
        let mut found: Vec<Part> = first
            .iter()
            .filter(|clause| is_common(clause))
            .map(|clause| self.part(&[vec![clause]]))
            .collect();
        let left: Vec<Vec<&Clause>> =
            alternatives.iter().map(|group| group.iter().filter(is_own).collect()).collect();
        if left.iter().all(|group| !group.is_empty()) {
            found.push(self.part(&left));
        }
        found
    }

    fn part(&self, alternatives: &[Vec<&Clause>]) -> Part {
        let and = format!(" {} ", self.words.say("rule-and"));
        let or = format!(", {} ", self.words.say("condition-or"));
        let group = |clauses: &Vec<&Clause>| {
            clauses.iter().map(|clause| self.worded(clause)).collect::<Vec<_>>().join(&and)
        };
        let mut told: Vec<String> = Vec::new();
        for value in alternatives.iter().flatten().flat_map(|clause| self.met_by(clause)) {
            if !value.is_empty() && !told.contains(&value) {
                told.push(value);
            }
        }
        let text = alternatives.iter().map(group).collect::<Vec<_>>().join(&or);
        Part { text, value: told.join(", ") }
    }

    fn worded(&self, clause: &Clause) -> String {
        let name = self.named(&clause.name);
        let operator = clause.operator.as_str();
        match operator {
            "given" => return self.words.say_with("condition-given", &[("what", name.into())]),
            "missing" => return self.words.say_with("condition-not-given", &[("what", name.into())]),
            _ => {}
        }
        let sign = SIGNS.iter().find(|(code, _)| *code == operator).map(|(_, sign)| (*sign).to_owned());
        let sign = sign.unwrap_or_else(|| self.words.say(&format!("operator-{operator}")));
        let value = |operand: &Operand| match operand {
            Operand::Name(name) => self.named(name),
            Operand::Constant(value) => self.shown(value),
        };
        let or = format!(" {} ", self.words.say("condition-or"));
        let values = clause.values.iter().map(value).collect::<Vec<_>>().join(&or);
        format!("{name} {sign} {values}")
    }

    /// `p.basins[0].type` is "Basin 1, type".
    fn named(&self, name: &str) -> String {
        if let Some(label) = self.called.and_then(|(names, list)| names.known(name, list)) {
            return label;
        }
        let path = name.split_once('.').map_or(name, |(_, path)| path);
        let Some((list, rest)) = path.split_once('[') else { return self.plain(path) };
        let (place, rest) = rest.split_once(']').unwrap_or((rest, ""));
        let one = self.words.say_if_known(&format!("parameter-one-{}", list.replace('_', "-")));
        let one = one.unwrap_or_else(|| self.plain(list));
        let element =
            place.parse::<i64>().map_or_else(|_| one.clone(), |place| format!("{one} {}", place + 1));
        match rest.trim_start_matches('.') {
            "" => element,
            rest => format!("{element}, {}", self.plain(rest).to_lowercase()),
        }
    }

    fn plain(&self, path: &str) -> String {
        let name = path.rsplit('.').next().unwrap_or(path);
        let known = self.words.say_if_known(&format!("parameter-{}", name.replace('_', "-")));
        known.unwrap_or_else(|| capital(&name.replace('_', " ")))
    }

    fn shown(&self, value: &Value) -> String {
        match value {
            Value::Null | Value::Object(_) => String::new(),
            Value::Bool(is) => self.words.say(if *is { "yes" } else { "no" }),
            Value::String(code) => labels::choice(self.words, code),
            Value::Number(number) => number.to_string(),
            Value::Array(elements) => {
                let told = elements.iter().map(|one| self.shown(one)).filter(|text| !text.is_empty());
                told.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Values of what a clause names.
    fn met_by(&self, clause: &Clause) -> Vec<String> {
        let compared = clause.values.iter().filter_map(|operand| match operand {
            Operand::Name(name) => Some(name),
            Operand::Constant(_) => None,
        });
        let names = std::iter::once(&clause.name).chain(compared);
        names.filter_map(|name| self.value_at(name)).map(|value| self.shown(value)).collect()
    }

    /// What was seen is kept by the first step of a name, a list as a whole.
    fn value_at(&self, name: &str) -> Option<&Value> {
        let (scope, path) = name.split_once('.')?;
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (first, rest) = path.split_at(end);
        let seen = self.values.get(&format!("{scope}.{first}"))?;
        let mut steps = rest.split(['.', '[', ']']).filter(|step| !step.is_empty());
        steps.try_fold(seen, |value, step| match step.parse::<usize>() {
            Ok(place) => value.get(place),
            Err(_) => value.get(step),
        })
    }

    /// All that was seen, for a condition that stays as it stands.
    fn all(&self) -> String {
        let told = |(name, value): (&String, &Value)| {
            let value = self.shown(value);
            (!value.is_empty()).then(|| format!("{} = {value}", self.named(name)))
        };
        self.values.iter().filter_map(told).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::words::Language;

    fn told(condition: &str, values: &Value) -> Vec<(String, String)> {
        let values = values.as_object().cloned().unwrap_or_default();
        let found = parts(Words::new(Language::En), None, condition, &values);
        found.into_iter().map(|part| (part.text, part.value)).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(text, value)| ((*text).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_part_stands_alone_with_what_met_it() {
        let condition = r#"($"v"."body_length" >= 73 && $"v"."body_length" <= 120)"#;
        assert_eq!(
            told(condition, &json!({"v.body_length": 84})),
            pairs(&[("Body length ≥ 73", "84"), ("Body length ≤ 120", "84")])
        );
        let condition = r#"($."leg_model" == "DL27" && $."leg_adjustment" == "HEIGHT_ADJUSTABLE")"#;
        let values = json!({"p.leg_model": "DL27", "p.leg_adjustment": "HEIGHT_ADJUSTABLE"});
        assert_eq!(
            told(condition, &values),
            pairs(&[("Column = DL27", "DL27"), ("Adjustment = Height adjustable", "Height adjustable")])
        );
    }

    #[test]
    fn alternatives_and_what_is_only_given_are_told() {
        let condition =
            r#"($"e"."basin_light" == true && ($"e"."type" == "E_SINK" || $"e"."type" == "E_SINK_DI"))"#;
        assert_eq!(
            told(condition, &json!({"e.basin_light": true, "e.type": "E_SINK"})),
            pairs(&[("Basin light = Yes", "Yes"), ("Type = E-Sink or E-Sink DI", "E-Sink")])
        );
        let condition =
            r#"(($."pegboard" == true && exists ($"v"."pegboard_size")) && !(exists ($."pegboard_color")))"#;
        assert_eq!(
            told(condition, &json!({"p.pegboard": true, "v.pegboard_size": "8436"})),
            pairs(&[
                ("Pegboard = Yes", "Yes"),
                ("Pegboard size is given", "8436"),
                ("Colorsafe+ colour is not given", "")
            ])
        );
    }

    #[test]
    fn or_binds_weaker_than_and() {
        let condition =
            r#"($."model" == "T2-B1" && $."length_in" < 60 || $."model" == "T2-B2" && $."length_in" >= 72)"#;
        assert_eq!(
            told(condition, &json!({"p.model": "T2-B2", "p.length_in": 84})),
            pairs(&[(
                "Model = T2-B1 and Length, left to right < 60, or Model = T2-B2 and Length, left to right ≥ 72",
                "T2-B2, 84"
            )])
        );
        let condition = r#"$."pegboard" == true && ($."length_in" < 60 || $."model" == "T2-B2")"#;
        assert_eq!(
            told(condition, &json!({"p.pegboard": true, "p.model": "T2-B2", "p.length_in": 84})),
            pairs(&[
                ("Pegboard = Yes", "Yes"),
                ("Length, left to right < 60, or Model = T2-B2", "84, T2-B2")
            ])
        );
    }

    #[test]
    fn what_must_not_be_says_so() {
        assert_eq!(
            told(r#"!($."pegboard" == true)"#, &json!({"p.pegboard": false})),
            pairs(&[("Pegboard ≠ Yes", "No")])
        );
        let condition = r#"!($."pegboard" == true && $."pegboard_type" == "SOLID")"#;
        let found = told(condition, &json!({"p.pegboard": true, "p.pegboard_type": "PERFORATED"}));
        assert_eq!(found.len(), 1);
        assert!(found[0].0.starts_with("Pegboard ≠ Yes, or ") && found[0].0.contains('≠'), "{found:?}");
    }

    #[test]
    fn a_place_in_a_list_is_named() {
        let condition = r#"$."basins"[0]."type" == "E_DRAIN" && $"e"."code" starts with "T2-""#;
        let values = json!({"p.basins": [{"type": "E_DRAIN"}, {"type": "E_SINK"}], "e.code": "T2-X"});
        assert_eq!(
            told(condition, &values),
            pairs(&[("Basin 1, type = E-Drain", "E-Drain"), ("Code begins with T2-", "T2-X")])
        );
    }

    #[test]
    fn what_cannot_be_worded_stays_as_it_is() {
        let condition = r#"exists ($."basins"[*]?(@."size" starts with "20X20"))"#;
        assert_eq!(
            told(condition, &json!({"p.length_in": 60})),
            pairs(&[(condition, "Length, left to right = 60")])
        );
        assert_eq!(told("", &json!({})), pairs(&[]));
        assert_eq!(told("true", &json!({})), pairs(&[]));
    }
}
