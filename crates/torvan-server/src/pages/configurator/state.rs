//! The parameters as the form carries them: each value under its JSON pointer, so that nothing typed is ever lost, and what
//! buttons do to them.

use serde_json::{Map, Value, json};

use crate::http::form::Form;

/// Elements of a list that a form can carry.
const MAX_ELEMENTS: usize = 200;
/// Longest value that a form can carry.
const MAX_VALUE: usize = 200;
/// Parameters that are said with yes or no.
const SWITCHES: [&str; 3] = ["pegboard", "p_trap", "basin_light"];

/// Parameters of a sink while they are being chosen.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pages) struct State(pub(in crate::pages) Value);

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) pointer: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// Whether a pointer is that of a yes or no.
pub(super) fn is_switch(pointer: &str) -> bool {
    pointer.rsplit('/').next().is_some_and(|name| SWITCHES.contains(&name))
}

impl State {
    /// What a form holds.
    pub(in crate::pages) fn of_form(form: &Form) -> Self {
        let mut state = Self(json!({}));
        for (name, value) in form.pairs().filter(|(name, _)| name.starts_with('/')) {
            state.put(name, value);
        }
        state
    }

    /// What a saved text holds; nothing if it is none of ours.
    pub(in crate::pages) fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(Value::is_object).map(Self)
    }

    /// Puts a value at a pointer; an empty one only says that the element is there.
    pub(in crate::pages) fn put(&mut self, pointer: &str, text: &str) {
        let text = text.trim();
        if text.chars().count() > MAX_VALUE {
            return;
        }
        let steps: Vec<&str> = pointer.split('/').skip(1).collect();
        let Some(root) = self.0.as_object_mut() else { return };
        match steps.as_slice() {
            [name] => put_in(root, name, text),
            [list, place] => {
                element(root, list, place);
            }
            [list, place, name] => {
                if let Some(object) = element(root, list, place) {
                    put_in(object, name, text);
                }
            }
            _ => {}
        }
    }

    /// Does what a button says: `set /path=value`, `add /list`, `add /list/CODE`, `remove /list/place`; several after each other.
    pub(in crate::pages) fn act(&mut self, commands: &str) {
        for command in commands.split(';') {
            match command.trim().split_once(' ') {
                Some(("set", what)) => {
                    let (pointer, value) = what.split_once('=').unwrap_or((what, ""));
                    self.put(pointer, value);
                }
                Some(("add", what)) => self.add(what),
                Some(("remove", pointer)) => self.remove(pointer),
                _ => {}
            }
        }
    }

    fn add(&mut self, what: &str) {
        let mut steps = what.split('/').skip(1);
        let (Some(list), code) = (steps.next(), steps.next()) else { return };
        let Some(elements) = self.0.as_object_mut().map(|root| root.entry(list).or_insert_with(|| json!([])))
        else {
            return;
        };
        let Some(elements) = elements.as_array_mut() else { return };
        let has_room = elements.len() < MAX_ELEMENTS;
        let same = elements.iter_mut().find(|one| code.is_some() && one["code"].as_str() == code);
        match (same, code) {
            // The same item once more is a greater number of it.
            (Some(one), _) => one["quantity"] = json!(one["quantity"].as_i64().unwrap_or(1) + 1),
            (None, Some(code)) if has_room => elements.push(json!({"code": code, "quantity": 1})),
            (None, None) if has_room => elements.push(json!({})),
            (None, _) => {}
        }
    }

    fn remove(&mut self, pointer: &str) {
        let Some((list, place)) = pointer.rsplit_once('/') else { return };
        let Some(elements) = self.0.pointer_mut(list).and_then(Value::as_array_mut) else { return };
        if let Some(place) = place.parse().ok().filter(|place: &usize| *place < elements.len()) {
            elements.remove(place);
        }
    }

    /// A value as text.
    pub(in crate::pages) fn text(&self, pointer: &str) -> String {
        self.0.pointer(pointer).map(shown).unwrap_or_default()
    }

    /// How many elements a list has.
    pub(super) fn len(&self, list: &str) -> usize {
        self.0[list].as_array().map_or(0, Vec::len)
    }

    /// Pointers of the elements of all lists.
    pub(super) fn elements(&self) -> Vec<String> {
        let of = |(list, value): (&String, &Value)| {
            let count = value.as_array().map_or(0, Vec::len);
            (0..count).map(|place| format!("/{list}/{place}")).collect::<Vec<_>>()
        };
        self.0.as_object().into_iter().flatten().flat_map(of).collect()
    }

    /// Every value under its pointer; an element without values under its own.
    pub(super) fn flat(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        flatten(&self.0, String::new(), &mut pairs);
        pairs
    }

    /// What is different after a change, as a person tells it: elements that are new or gone, then the values of the others.
    pub(super) fn changes(&self, after: &Self) -> Vec<Difference> {
        let (old, new) = (self.elements(), after.elements());
        let code = |state: &Self, pointer: &String| Some(state.text(&format!("{pointer}/code")));
        let added = new.iter().filter(|pointer| !old.contains(pointer));
        let gone = old.iter().filter(|pointer| !new.contains(pointer));
        let mut changes: Vec<Difference> = added
            .map(|pointer| Difference { pointer: pointer.clone(), before: None, after: code(after, pointer) })
            .chain(gone.map(|pointer| Difference {
                pointer: pointer.clone(),
                before: code(self, pointer),
                after: None,
            }))
            .collect();
        let is_told = |one: &Difference| {
            changes.iter().any(|change| {
                one.pointer
                    .strip_prefix(&change.pointer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let values: Vec<Difference> =
            self.differences(after).into_iter().filter(|one| !is_told(one)).collect();
        changes.extend(values);
        changes
    }

    /// What is different after a change.
    pub(super) fn differences(&self, after: &Self) -> Vec<Difference> {
        let (old, new) = (self.flat(), after.flat());
        let value = |pairs: &[(String, String)], pointer: &str| {
            pairs.iter().find(|(one, _)| one == pointer).map(|(_, value)| value.clone())
        };
        let mut pointers: Vec<&String> = old.iter().map(|(pointer, _)| pointer).collect();
        pointers.extend(new.iter().map(|(pointer, _)| pointer).filter(|one| value(&old, one).is_none()));
        let differ = |pointer: &&String| value(&old, pointer) != value(&new, pointer);
        let tell = |pointer: &String| Difference {
            pointer: pointer.clone(),
            before: value(&old, pointer),
            after: value(&new, pointer),
        };
        pointers.into_iter().filter(differ).map(tell).collect()
    }
}

/// The element of a list, which is made with those before it.
fn element<'a>(
    root: &'a mut Map<String, Value>,
    list: &str,
    place: &str,
) -> Option<&'a mut Map<String, Value>> {
    let place: usize = place.parse().ok().filter(|place| *place < MAX_ELEMENTS)?;
    let elements = root.entry(list).or_insert_with(|| json!([])).as_array_mut()?;
    while elements.len() <= place {
        elements.push(json!({}));
    }
    elements[place].as_object_mut()
}

fn put_in(object: &mut Map<String, Value>, name: &str, text: &str) {
    if text.is_empty() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), typed(name, text));
    }
}

/// A typed text as the value that it means; what is no number stays as it was typed, and its check says so.
fn typed(name: &str, text: &str) -> Value {
    if SWITCHES.contains(&name) {
        return Value::Bool(text == "true");
    }
    let number = text.replace(',', ".");
    let is_number = name.ends_with("_in") || name == "quantity";
    match serde_json::from_str::<Value>(&number) {
        Ok(value) if is_number && value.is_number() => value,
        _ => Value::String(text.to_owned()),
    }
}

/// A value as a person reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        other => other.to_string(),
    }
}

fn flatten(value: &Value, at: String, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            // An element whose values are all still open must not get lost.
            if at.matches('/').count() == 2 && fields.is_empty() {
                pairs.push((at.clone(), String::new()));
            }
            for (name, field) in fields {
                flatten(field, format!("{at}/{name}"), pairs);
            }
        }
        Value::Array(elements) => {
            for (place, element) in elements.iter().enumerate() {
                flatten(element, format!("{at}/{place}"), pairs);
            }
        }
        Value::Null => {}
        other => pairs.push((at, shown(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> State {
        State::of_form(&Form::read(body.as_bytes()))
    }

    #[test]
    fn a_form_carries_everything() {
        let state = form(
            "csrf=x&%2Fmodel=T2-B2&%2Flength_in=60%2C5&%2Fwidth_in=wide&%2Fbasins%2F1%2Ftype=E_SINK&%2Fbasins%2F1%2Fp_trap=true&%2Ffaucets%2F0=&%2Fnote%2Fa%2Fb%2Fc=1",
        );
        let expected = json!({"model": "T2-B2", "length_in": 60.5, "width_in": "wide",
            "basins": [{}, {"type": "E_SINK", "p_trap": true}], "faucets": [{}]});
        assert_eq!(state.0, expected);
        let again: String = state
            .flat()
            .iter()
            .map(|(name, value)| {
                form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish() + "&"
            })
            .collect();
        assert_eq!(form(&again), state);
    }

    #[test]
    fn buttons_change_it() {
        let mut state = form("%2Fmodel=T2-B2&%2Fbasins%2F0%2Ftype=E_SINK");
        state.act("add /basins;set /model=T2-B3");
        state.act("add /accessories/T2-A;add /accessories/T2-A;add /accessories/T2-B");
        assert_eq!(state.0["basins"], json!([{"type": "E_SINK"}, {}]));
        assert_eq!(state.0["accessories"][0], json!({"code": "T2-A", "quantity": 2}));
        state.act("remove /basins/0;remove /basins/9;remove /nothing/0;dance");
        assert_eq!(state.0["basins"], json!([{}]));
        assert_eq!(state.text("/model"), "T2-B3");
    }

    #[test]
    fn changes_tell_elements_that_are_new_or_gone() {
        let before = form("%2Fmodel=T2-B2&%2Fbasins%2F0%2Ftype=E_SINK&%2Faccessories%2F0%2Fcode=T2-A");
        let mut after = form("%2Fmodel=T2-B3&%2Fbasins%2F0%2Ftype=E_SINK");
        after.0["basins"][0]["p_trap"] = json!(false);
        after.act("add /basins");
        let text = |text: &str| Some(text.to_owned());
        let told: Vec<_> =
            before.changes(&after).into_iter().map(|one| (one.pointer, one.before, one.after)).collect();
        assert_eq!(
            told,
            [
                ("/basins/1".to_owned(), None, text("")),
                ("/accessories/0".to_owned(), text("T2-A"), None),
                ("/model".to_owned(), text("T2-B2"), text("T2-B3")),
                ("/basins/0/p_trap".to_owned(), None, text("false")),
            ]
        );
        assert_eq!(after.elements(), ["/basins/0", "/basins/1"]);
    }

    #[test]
    fn no_form_makes_it_large() {
        let long = "x".repeat(MAX_VALUE + 1);
        assert_eq!(form(&format!("%2Fmodel={long}&%2Fbasins%2F5000%2Ftype=E_SINK")).len("basins"), 0);
    }

    #[test]
    fn differences_name_what_was_and_what_is() {
        let before = form("%2Fmodel=T2-B1&%2Fbasins%2F0%2Fsize=24X20X8&%2Ffeet=SEISMIC_FEET");
        let after = form("%2Fmodel=T2-B1&%2Fbasins%2F0%2Fsize=30X20X8&%2Fbasins%2F1%2Ftype=E_SINK");
        let told: Vec<(String, Option<String>, Option<String>)> =
            before.differences(&after).into_iter().map(|one| (one.pointer, one.before, one.after)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("/basins/0/size".to_owned(), text("24X20X8"), text("30X20X8")),
                ("/feet".to_owned(), text("SEISMIC_FEET"), None),
                ("/basins/1/type".to_owned(), None, text("E_SINK")),
            ]
        );
    }
}
