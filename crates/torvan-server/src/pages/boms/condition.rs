//! Conditions of rules in words: `$."leg_model" == "DL27"` is "Column = DL27", beside the value that met it.

use serde_json::{Map, Value};

use crate::pages::configurator::labels;
use crate::words::Words;

/// A part of a condition with the value that met it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) text: String,
    pub(super) value: String,
}

/// The parts that all had to hold.
pub(super) fn clauses(words: Words, condition: &str, values: &Map<String, Value>) -> Vec<Clause> {
    let parts = parts(condition, "&&");
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| Clause { text: worded(words, part), value: met_by(words, part, values) })
        .collect()
}

/// What stands between this sign outside of brackets; brackets around the whole do not count.
fn parts<'c>(condition: &'c str, sign: &str) -> Vec<&'c str> {
    let condition = without_brackets(condition);
    let mut found = Vec::new();
    let (mut depth, mut begun, mut in_text) = (0_usize, 0, false);
    for (place, letter) in condition.char_indices() {
        match letter {
            '"' => in_text = !in_text,
            '(' if !in_text => depth += 1,
            ')' if !in_text => depth = depth.saturating_sub(1),
            _ if depth == 0 && !in_text && condition[place..].starts_with(sign) => {
                found.push(condition[begun..place].trim());
                begun = place + sign.len();
            }
            _ => {}
        }
    }
    found.push(condition[begun..].trim());
    if found.len() == 1 { found } else { found.into_iter().flat_map(|part| parts(part, sign)).collect() }
}

fn without_brackets(condition: &str) -> &str {
    let condition = condition.trim();
    let Some(inside) = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return condition;
    };
    let mut depth = 0_i32;
    let closes_early = inside.chars().any(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth < 0
    });
    if closes_early { condition } else { without_brackets(inside) }
}

/// A name of a parameter, with where it stands: `$."v"."body_length"` is `body_length`.
fn names(part: &str) -> Vec<&str> {
    let found = part.split('$').skip(1).map(|rest| {
        let end = rest.find([' ', ')', '=']).unwrap_or(rest.len());
        rest[..end].trim_matches(['"', '.']).rsplit("\".\"").next().unwrap_or_default()
    });
    found.collect()
}

fn named(words: Words, name: &str) -> String {
    words
        .say_if_known(&format!("parameter-{}", name.replace('_', "-")))
        .unwrap_or_else(|| begun(&name.replace('_', " ")))
}

/// A name that rules made up begins as others do.
fn begun(name: &str) -> String {
    let mut signs = name.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}

fn worded(words: Words, part: &str) -> String {
    let alternatives = parts(part, "||");
    if alternatives.len() > 1 {
        let told: Vec<String> = alternatives.into_iter().map(|one| worded(words, one)).collect();
        return told.join(&format!(" {} ", words.say("condition-or")));
    }
    let part = without_brackets(part);
    let name = names(part).first().map(|name| named(words, name)).unwrap_or_default();
    if part.starts_with("exists") {
        return words.say_with("condition-given", &[("what", name.into())]);
    }
    if part.starts_with("!(exists") || part.starts_with("!exists") {
        return words.say_with("condition-not-given", &[("what", name.into())]);
    }
    for (sign, shown) in
        [("==", "="), ("!=", "≠"), ("<>", "≠"), (">=", "≥"), ("<=", "≤"), (">", ">"), ("<", "<")]
    {
        if let Some((_, value)) = part.split_once(&format!(" {sign} ")) {
            return format!("{name} {shown} {}", value_of(words, value.trim()));
        }
    }
    part.to_owned()
}

fn value_of(words: Words, text: &str) -> String {
    match text {
        "true" => words.say("yes"),
        "false" => words.say("no"),
        _ => labels::choice(words, text.trim_matches('"')),
    }
}

fn shown(words: Words, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => labels::choice(words, text),
        other => value_of(words, &other.to_string()),
    }
}

/// Values of the parameters that a part names.
fn met_by(words: Words, part: &str, values: &Map<String, Value>) -> String {
    let mut found: Vec<String> = Vec::new();
    for name in names(part) {
        let value =
            values.iter().find(|(key, _)| key.split_once('.').map_or(key.as_str(), |(_, key)| key) == name);
        let told = value.map(|(_, value)| shown(words, value)).unwrap_or_default();
        if !told.is_empty() && !found.contains(&told) {
            found.push(told);
        }
    }
    found.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::words::Language;

    fn told(condition: &str, values: &Value) -> Vec<(String, String)> {
        let values = values.as_object().cloned().unwrap_or_default();
        let found = clauses(Words::new(Language::En), condition, &values);
        found.into_iter().map(|clause| (clause.text, clause.value)).collect()
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
            pairs(&[("Basin light = Yes", "Yes"), ("Type = E-Sink or Type = E-Sink DI", "E-Sink")])
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
    fn what_cannot_be_worded_stays_as_it_is() {
        assert_eq!(told("$.basins.size() > 2 ? 1", &json!({})).len(), 1);
        assert_eq!(told("", &json!({})), pairs(&[]));
    }
}
