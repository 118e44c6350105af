//! Numbers as they stand in the database: no float between `PostgreSQL`'s `numeric` and what a person or program reads.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
use sqlx::{Decode, Type};

/// A number in decimal digits, without trailing zeros; in JSON a number, not a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self(value.normalize().to_string())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.clone()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let first = raw.get().bytes().next().unwrap_or_default();
        if first == b'-' || first.is_ascii_digit() {
            return Ok(Self(without_trailing_zeros(raw.get())));
        }
        Err(D::Error::custom(format_args!("expected a number, found {raw}")))
    }
}

fn without_trailing_zeros(digits: &str) -> String {
    if digits.contains('.') && !digits.contains(['e', 'E']) {
        return digits.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    digits.to_owned()
}

impl Type<Postgres> for Number {
    fn type_info() -> PgTypeInfo {
        <Decimal as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Number {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <Decimal as Decode<Postgres>>::decode(value).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_pass_through_json_unchanged() {
        let text = "[0.1,12345678901234567890.123456789,-3,1e400]";
        let numbers: Vec<Number> = serde_json::from_str(text).unwrap();
        assert_eq!(numbers[1].as_str(), "12345678901234567890.123456789");
        assert_eq!(serde_json::to_string(&numbers).unwrap(), text);
    }

    #[test]
    fn only_numbers_are_read() {
        for text in ["\"1\"", "true", "null", "[1]"] {
            let error = serde_json::from_str::<Number>(text).unwrap_err();
            assert!(error.to_string().contains("expected a number"), "{text}: {error}");
        }
    }

    #[test]
    fn trailing_zeros_say_nothing() {
        let numbers: Vec<Number> = serde_json::from_str("[78.7200, 5.0, 100, 1.50e30]").unwrap();
        assert_eq!(serde_json::to_string(&numbers).unwrap(), "[78.72,5,100,1.50e30]");
        assert_eq!(Number::from(Decimal::new(12_500, 4)).to_string(), "1.25");
        assert_eq!(Number::from(Decimal::new(30_000, 4)).to_string(), "3");
    }
}
