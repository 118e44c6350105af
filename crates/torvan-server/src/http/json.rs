//! JSON as it is taken from strangers: no name twice, and no sign that the database cannot store.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::http::problem::{MALFORMED, Problem};

/// Reads one JSON document.
///
/// # Errors
/// A problem of kind `malformed` with the place in the text.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        Problem::new(MALFORMED, format!("The body is not JSON that can be taken: {error}."))
            .hint("Send one JSON document in UTF-8, each name once in an object.")
    })
}

/// Reads a JSON object; no body at all is an empty one.
///
/// # Errors
/// As [`parse`], and where the document is something else.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match parse(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(Problem::new(MALFORMED, "The body is not a JSON object.")
            .hint("Send the values by name: {\"name\": value}.")),
    }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn storable<E: de::Error>(text: &str) -> Result<String, E> {
    if text.contains('\0') {
        return Err(E::custom("a text holds the sign U+0000, which cannot be stored"));
    }
    Ok(text.to_owned())
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        storable(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let name = storable(&name)?;
            let value = entries.next_value_seed(Strict)?;
            if object.insert(name.clone(), value).is_some() {
                return Err(de::Error::custom(format!("\"{name}\" is there twice")));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_reader_might_read_otherwise_is_refused() {
        for bad in [
            r#"{"a": 1, "a": 2}"#,
            r#"{"a": {"b": 1, "b": 1}}"#,
            r#"{"a": "\u0000"}"#,
            r#"{"a\u0000": 1}"#,
            r#"{"a": "\ud800"}"#,
            r#"{"a": NaN}"#,
            r#"{"a": 1e999}"#,
            "{} {}",
            "{",
            "\u{feff}{}",
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(parse(deep.as_bytes()).is_err());
        assert!(parse(b"\xff").is_err());
    }

    #[test]
    fn a_document_is_read_as_it_is() {
        let text = r#"{"b":[1,-2,0.5,null,true,"é"],"a":{}}"#;
        assert_eq!(parse(text.as_bytes()).map(|value| value.to_string()).ok().as_deref(), Some(text));
    }
}
