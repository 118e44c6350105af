//! From what a caller sent to values that the database can read: every fault with its place, all of them at once.

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use torvan_store::surface::{Argument, Function, SqlType};

use crate::http::problem::FieldFault;

/// Longest text of a value: what is longer belongs into a document.
const MAX_TEXT: usize = 100_000;

/// The argument that a path parameter stands for: the one of its name, or of the short name that functions use for the key of
/// their own table (`qc_inspection_id`: `inspection_id`, `outsourced_line_id`: `line_id`).
pub(crate) fn argument_for<'f>(function: &'f Function, parameter: &str) -> Option<&'f Argument> {
    let named = |name: &str| function.arguments.iter().find(|argument| argument.public_name() == name);
    let shorter = parameter
        .match_indices('_')
        .map(|(place, _)| &parameter[place + 1..])
        .filter(|rest| rest.contains('_'));
    std::iter::once(parameter).chain(shorter).find_map(named).or_else(|| {
        let rest = parameter.rsplit_once('_')?.1;
        if rest == "code" || rest == "number" { named(rest) } else { None }
    })
}

/// Checks the values of a call. `fixed` come from path and headers and are not taken from the body.
pub(crate) fn arguments(
    function: &Function,
    mut given: Map<String, Value>,
    fixed: &Map<String, Value>,
    from_query: bool,
) -> Result<Map<String, Value>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let place = |name: &str, detail: String| {
        if from_query { FieldFault::parameter(name, detail) } else { FieldFault::body(pointer(name), detail) }
    };
    let mut taken = Map::new();
    for argument in &function.arguments {
        let name = argument.public_name();
        if let Some(value) = fixed.get(name) {
            taken.insert(name.to_owned(), value.clone());
            continue;
        }
        match given.remove(name) {
            None if argument.required => {
                faults.push(place(
                    name,
                    format!("\"{name}\" is missing; it is {}.", described(&argument.kind)),
                ));
            }
            // The function's default, except where null says something of its own.
            Some(Value::Null) if argument.required => {
                faults.push(place(name, format!("\"{name}\" is null; it is {}.", described(&argument.kind))));
            }
            None | Some(Value::Null) => {}
            Some(value) => match checked(argument, value) {
                Ok(value) => drop(taken.insert(name.to_owned(), value)),
                Err(detail) => faults.push(place(name, detail)),
            },
        }
    }
    let known: Vec<&str> = function
        .arguments
        .iter()
        .map(Argument::public_name)
        .filter(|name| !fixed.contains_key(*name))
        .collect();
    for name in given.keys() {
        faults.push(place(name, format!("There is no \"{name}\" here; there is {}.", listed(&known))));
    }
    if faults.is_empty() { Ok(taken) } else { Err(faults) }
}

/// The JSON Pointer of a name in the body (RFC 6901).
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

pub(crate) fn listed(names: &[&str]) -> String {
    if names.is_empty() { "nothing to give".to_owned() } else { names.join(", ") }
}

fn checked(argument: &Argument, value: Value) -> Result<Value, String> {
    checked_as(argument.public_name(), &argument.kind, value)
}

/// A value of a type, in the form in which it travels to the database.
pub(super) fn checked_as(name: &str, kind: &SqlType, value: Value) -> Result<Value, String> {
    let refused = || Err(format!("\"{name}\" is not {}.", described(kind)));
    match (kind, value) {
        (SqlType::Json, value) | (SqlType::Boolean, value @ Value::Bool(_)) => Ok(value),
        (SqlType::Array(element), Value::Array(items)) => {
            let items = items.into_iter().map(|item| checked_as(name, element, item));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (SqlType::Array(_), _) => refused(),
        (_, Value::Number(number)) => match kind {
            SqlType::Bigint | SqlType::Integer | SqlType::Smallint | SqlType::Numeric => {
                text_of(name, kind, &number.to_string()).map(Value::String)
            }
            _ => refused(),
        },
        (SqlType::Bigint | SqlType::Integer | SqlType::Smallint | SqlType::Boolean, _) => refused(),
        (_, Value::String(text)) => text_of(name, kind, &text).map(Value::String),
        _ => refused(),
    }
}

/// A value given as text, as in a path or a query, in the form in which the database reads its type.
pub(crate) fn text_of(name: &str, kind: &SqlType, text: &str) -> Result<String, String> {
    let fits = match kind {
        SqlType::Bigint => text.parse::<i64>().is_ok(),
        SqlType::Integer => text.parse::<i32>().is_ok(),
        SqlType::Smallint => text.parse::<i16>().is_ok(),
        SqlType::Numeric => text.parse::<Decimal>().is_ok() || Decimal::from_scientific(text).is_ok(),
        SqlType::Boolean => matches!(text, "true" | "false"),
        SqlType::Date => is_date(text),
        SqlType::Timestamp => is_moment(text),
        SqlType::Uuid => is_uuid(text),
        SqlType::Text | SqlType::Other(_) => {
            if text.chars().count() > MAX_TEXT {
                return Err(format!("\"{name}\" is longer than {MAX_TEXT} signs."));
            }
            !text.contains('\0')
        }
        SqlType::Json | SqlType::Array(_) => false,
    };
    if fits { Ok(text.to_owned()) } else { Err(format!("\"{name}\" is not {}.", described(kind))) }
}

// Four digits for the year: what is beyond was never meant.
fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_moment(text: &str) -> bool {
    text.len() <= 40
        && text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, sign)| match place {
            8 | 13 | 18 | 23 => sign == b'-',
            _ => sign.is_ascii_hexdigit(),
        })
}

/// A type in words for people.
pub(crate) fn described(kind: &SqlType) -> String {
    match kind {
        SqlType::Text => "text".to_owned(),
        SqlType::Bigint => "a whole number".to_owned(),
        SqlType::Integer => "a whole number up to 2147483647".to_owned(),
        SqlType::Smallint => "a whole number up to 32767".to_owned(),
        SqlType::Numeric => "a number, or the same as text".to_owned(),
        SqlType::Boolean => "true or false".to_owned(),
        SqlType::Date => "a date, written YYYY-MM-DD".to_owned(),
        SqlType::Timestamp => "a moment, written YYYY-MM-DDThh:mm:ssZ (RFC 3339)".to_owned(),
        SqlType::Uuid => "a UUID".to_owned(),
        SqlType::Json => "JSON".to_owned(),
        SqlType::Array(element) => format!("a list; each entry is {}", described(element)),
        SqlType::Other(name) => format!("text that reads as {name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use torvan_store::surface::surface;

    use super::*;

    fn check(function: &str, body: Value) -> Result<Map<String, Value>, Vec<FieldFault>> {
        let Value::Object(body) = body else { unreachable!() };
        arguments(&surface().functions[function], body, &Map::new(), false)
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let faults = check(
            "create_order",
            json!({"customer_code": 5, "want_date": "soon", "colour": "red", "build_numbers": "A"}),
        )
        .expect_err("refused");
        let pointers: Vec<_> = faults.iter().filter_map(|fault| fault.pointer.as_deref()).collect();
        assert_eq!(
            pointers,
            ["/customer_code", "/po_number", "/sales_person", "/want_date", "/build_numbers", "/colour"]
        );
    }

    #[test]
    fn a_pointer_is_one_step_whatever_the_name() {
        assert_eq!(pointer("a/b~c"), "/a~1b~0c");
    }

    #[test]
    fn values_are_of_their_type_or_refused() {
        for (kind, good, bad) in [
            (
                SqlType::Integer,
                vec![json!(5), json!(-1)],
                vec![json!(2_147_483_648_i64), json!(1.5), json!("5"), json!(true)],
            ),
            (SqlType::Bigint, vec![json!(i64::MAX)], vec![json!(u64::MAX), json!("x")]),
            (
                SqlType::Numeric,
                vec![json!(0.25), json!("12.50"), json!(1e3)],
                vec![json!("NaN"), json!("x"), json!("Infinity")],
            ),
            (SqlType::Boolean, vec![json!(true)], vec![json!("true"), json!(1)]),
            (
                SqlType::Date,
                vec![json!("2027-02-28")],
                vec![json!("2027-02-30"), json!("infinity"), json!("27-1-1"), json!(20_270_101)],
            ),
            (
                SqlType::Timestamp,
                vec![json!("2027-01-01T00:00:00Z")],
                vec![json!("now"), json!("2027-01-01"), json!("-infinity")],
            ),
            (
                SqlType::Array(Box::new(SqlType::Bigint)),
                vec![json!([]), json!([1])],
                vec![json!([1, "x"]), json!([null]), json!(1)],
            ),
            (SqlType::Text, vec![json!("é")], vec![json!(5), json!({}), json!(["a"])]),
        ] {
            for value in good {
                assert!(checked_as("v", &kind, value.clone()).is_ok(), "{kind:?} {value}");
            }
            for value in bad {
                assert!(checked_as("v", &kind, value.clone()).is_err(), "{kind:?} {value}");
            }
        }
    }
}
