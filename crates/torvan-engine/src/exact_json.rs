//! JSON as it was written: no digit of a number is lost, and a key that is given twice is a mistake.
//!
//! A parser that keeps the last of two equal keys, or reads numbers as floats, changes what somebody ordered without saying so.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper nesting than any document of the product has; the reader is recursive.
const MAX_DEPTH: usize = 64;

/// Longest number that is read, and its largest power of ten.
const MAX_DIGITS: usize = 200;
const MAX_EXPONENT: i32 = 999;

/// A JSON value. Numbers, texts, `true`, `false` and `null` stay as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExactJson {
    /// Keys with their values, in the order of the text.
    Object(Vec<(String, ExactJson)>),
    /// Elements.
    List(Vec<ExactJson>),
    /// Anything else, as JSON text.
    Literal(String),
}

/// Why a text is no JSON document that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

/// Why a value cannot be set at a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A list has no element of this number.
    #[error("\"{path}\": {name} has {length} element(s), counted from 0")]
    NoElement {
        /// The whole path.
        path: String,
        /// The list.
        name: String,
        /// Its length.
        length: usize,
    },
    /// The path goes on below something that is neither object nor list.
    #[error("\"{path}\": {name} holds no further values")]
    NotAContainer {
        /// The whole path.
        path: String,
        /// Where it ends.
        name: String,
    },
    /// A part of the path is empty.
    #[error("\"{path}\": a name is empty; write for example length_in or basins.0.size")]
    EmptyName {
        /// The whole path.
        path: String,
    },
}

impl ExactJson {
    /// Reads a document; a byte order mark in front is passed over.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| JsonError {
            line: error.line().max(1),
            column: error.column().max(1),
            reason: without_place(&error),
        })?;
        Reader { text }.value(raw, MAX_DEPTH)
    }

    /// Reads a word of a command line: JSON if it is JSON, else the text itself.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::parse(word).unwrap_or_else(|_| Self::text(word))
    }

    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Literal(serde_json::Value::from(text).to_string())
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Literal(literal) => serde_json::from_str(literal).ok(),
            _ => None,
        }
    }

    /// The value of a key, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Takes a key out of an object.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let Self::Object(entries) = self else { return None };
        let place = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(place).1)
    }

    /// Sets what a path names, for example `length_in` or `basins.0.size`. A key that is not there is added, and so is the
    /// element after the last one of a list.
    pub fn set(&mut self, path: &str, value: Self) -> Result<(), PathError> {
        let mut here = self;
        let mut name = String::from("the document");
        for step in path.split('.') {
            if step.is_empty() {
                return Err(PathError::EmptyName { path: path.to_owned() });
            }
            here = here.step(step, path, &name)?;
            step.clone_into(&mut name);
        }
        *here = value;
        Ok(())
    }

    fn step(&mut self, step: &str, path: &str, name: &str) -> Result<&mut Self, PathError> {
        // What was just added for a path like basins.0.size turns out to be a list.
        if step == "0" && matches!(self, Self::Object(entries) if entries.is_empty()) {
            *self = Self::List(Vec::new());
        }
        match self {
            Self::Object(entries) => {
                let place = entries.iter().position(|(key, _)| key == step).unwrap_or_else(|| {
                    entries.push((step.to_owned(), Self::Object(Vec::new())));
                    entries.len() - 1
                });
                Ok(&mut entries[place].1)
            }
            Self::List(elements) => {
                let length = elements.len();
                let place = step.parse::<usize>().ok().filter(|place| *place <= length).ok_or_else(|| {
                    PathError::NoElement { path: path.to_owned(), name: name.to_owned(), length }
                })?;
                if place == length {
                    elements.push(Self::Object(Vec::new()));
                }
                Ok(&mut elements[place])
            }
            Self::Literal(_) => {
                Err(PathError::NotAContainer { path: path.to_owned(), name: name.to_owned() })
            }
        }
    }
}

impl fmt::Display for ExactJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(entries) => {
                f.write_str("{")?;
                for (n, (key, value)) in entries.iter().enumerate() {
                    let comma = if n == 0 { "" } else { "," };
                    write!(f, "{comma}{}:{value}", serde_json::Value::from(key.as_str()))?;
                }
                f.write_str("}")
            }
            Self::List(elements) => {
                f.write_str("[")?;
                for (n, element) in elements.iter().enumerate() {
                    let comma = if n == 0 { "" } else { "," };
                    write!(f, "{comma}{element}")?;
                }
                f.write_str("]")
            }
            Self::Literal(literal) => f.write_str(literal),
        }
    }
}

/// Reads pieces of one text, so that a mistake can be told by its place.
struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&self, raw: &'a RawValue, depth: usize) -> Result<ExactJson, JsonError> {
        let piece = raw.get();
        match piece.as_bytes().first() {
            Some(b'{' | b'[') if depth == 0 => {
                Err(self.error(piece, format!("nested more than {MAX_DEPTH} levels deep")))
            }
            Some(b'{') => self.object(piece, depth - 1),
            Some(b'[') => self.list(piece, depth - 1),
            Some(b'"') => self.text(piece),
            Some(b'-' | b'0'..=b'9') if is_beyond_measure(piece) => {
                Err(self.error(piece, "this number is beyond all measure".to_owned()))
            }
            _ => Ok(ExactJson::Literal(piece.to_owned())),
        }
    }

    fn object(&self, piece: &'a str, depth: usize) -> Result<ExactJson, JsonError> {
        let pairs = serde_json::Deserializer::from_str(piece)
            .deserialize_map(Pairs)
            .map_err(|error| self.error(piece, without_place(&error)))?;
        let mut entries: Vec<(String, ExactJson)> = Vec::with_capacity(pairs.len());
        let mut seen = std::collections::HashSet::with_capacity(pairs.len());
        for (key, raw) in pairs {
            if !seen.insert(key.clone()) {
                return Err(self.error(raw.get(), format!("the key \"{key}\" is given twice")));
            }
            entries.push((key, self.value(raw, depth)?));
        }
        Ok(ExactJson::Object(entries))
    }

    fn list(&self, piece: &'a str, depth: usize) -> Result<ExactJson, JsonError> {
        let elements: Vec<&'a RawValue> =
            serde_json::from_str(piece).map_err(|error| self.error(piece, without_place(&error)))?;
        elements.into_iter().map(|raw| self.value(raw, depth)).collect::<Result<_, _>>().map(ExactJson::List)
    }

    fn text(&self, piece: &'a str) -> Result<ExactJson, JsonError> {
        let text: String =
            serde_json::from_str(piece).map_err(|error| self.error(piece, without_place(&error)))?;
        if text.contains('\0') {
            return Err(self.error(piece, "a text holds the character zero".to_owned()));
        }
        Ok(ExactJson::Literal(piece.to_owned()))
    }

    fn error(&self, piece: &str, reason: String) -> JsonError {
        let offset = piece.as_ptr().addr() - self.text.as_ptr().addr();
        let before = &self.text[..offset];
        let line_begin = before.rfind('\n').map_or(0, |place| place + 1);
        JsonError {
            line: before.matches('\n').count() + 1,
            column: before[line_begin..].chars().count() + 1,
            reason,
        }
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// Whether writing a number out would fill pages: nothing that is ordered is counted or measured so.
fn is_beyond_measure(number: &str) -> bool {
    let exponent = number.split_once(['e', 'E']).map_or(Ok(0), |(_, exponent)| exponent.parse::<i32>());
    number.len() > MAX_DIGITS || !exponent.is_ok_and(|exponent| exponent.abs() <= MAX_EXPONENT)
}

/// The reader's words without the place, which is told apart.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> JsonError {
        ExactJson::parse(text).unwrap_err()
    }

    #[test]
    fn every_digit_stays() {
        let text = r#"{"a":[60.0,1e400,0.1234567890123456789,-0],"b":"x\u00e9","c":null,"d":{"e":true}}"#;
        assert_eq!(ExactJson::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(ExactJson::parse("\u{feff}[1]").unwrap().to_string(), "[1]");
    }

    #[test]
    fn broken_text_is_told_by_line_and_column() {
        let found = error("{\n  \"a\": 1,\n  \"b\" 2\n}");
        assert_eq!((found.line, found.column), (3, 7));
        assert_eq!(found.reason, "expected `:`");
        assert_eq!(error("").line, 1);
        assert_eq!(error("{\"a\": 1} x").reason, "trailing characters");
    }

    #[test]
    fn a_key_given_twice_is_refused_wherever_it_stands() {
        let found = error("{\"a\": [{\"b\": 1,\n  \"b\": 2}]}");
        assert_eq!(found.to_string(), "line 2, column 8: the key \"b\" is given twice");
        assert!(error(r#"{"a": 1, "\u0061": 2}"#).reason.contains("given twice"));
    }

    #[test]
    fn what_the_database_could_not_keep_is_refused() {
        assert!(error(r#"["\u0000"]"#).reason.contains("character zero"));
        assert_eq!(error(r#"{"a": "\ud800"}"#).column, 7);
    }

    #[test]
    fn numbers_have_an_end() {
        for number in ["1e1000", "1E-1000", "1e99999999999999999999", &"9".repeat(201)] {
            assert!(error(&format!("[1, {number}]")).reason.contains("beyond all measure"), "{number}");
        }
        assert!(ExactJson::parse("[1e+999, -1e-999]").is_ok());
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(ExactJson::parse(&deep(MAX_DEPTH)).is_ok());
        assert!(error(&deep(MAX_DEPTH + 1)).reason.contains("levels deep"));
        assert!(!error(&deep(100_000)).reason.is_empty());
    }

    #[test]
    fn values_are_set_by_their_path() {
        let mut document = ExactJson::parse(r#"{"length_in":60,"basins":[{"size":"20X20X8"}]}"#).unwrap();
        document.set("length_in", ExactJson::from_word("60.50")).unwrap();
        document.set("basins.0.size", ExactJson::from_word("24X20X8")).unwrap();
        document.set("basins.1.type", ExactJson::from_word("E_SINK")).unwrap();
        document.set("pegboard", ExactJson::from_word("true")).unwrap();
        document.set("drawers.0.code", ExactJson::from_word("707.71x")).unwrap();
        let expected = concat!(
            r#"{"length_in":60.50,"basins":[{"size":"24X20X8"},{"type":"E_SINK"}],"#,
            r#""pegboard":true,"drawers":[{"code":"707.71x"}]}"#
        );
        assert_eq!(document.to_string(), expected);
    }

    #[test]
    fn a_path_to_nowhere_is_refused() {
        let mut document = ExactJson::parse(r#"{"a":1,"b":[1]}"#).unwrap();
        let mut refused = |path: &str| document.set(path, ExactJson::text("x")).unwrap_err().to_string();
        assert_eq!(refused("a.b"), "\"a.b\": a holds no further values");
        assert_eq!(refused("b.2"), "\"b.2\": b has 1 element(s), counted from 0");
        assert!(refused("a..b").contains("a name is empty"));
        assert!(refused("").contains("a name is empty"));
    }
}
