//! Words of pages in the reader's language, from the catalogues in `i18n/`. A test fails where a catalogue lacks a key that
//! another has, or has one that nothing uses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono_tz::Tz;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use fluent_syntax::parser::parse;

/// Languages that there are pages in. Another one is a folder in `i18n/`, a line in each function here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

/// All of them, in the order in which they are offered.
pub const LANGUAGES: [Language; 2] = [Language::En, Language::Fr];

impl Language {
    /// As it stands in HTML and in `?lang=`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// As it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Fr => "Français",
        }
    }

    /// The plural category of a number (CLDR): French says nought and one alike.
    fn plural(self, number: i64) -> &'static str {
        let is_one = match self {
            Self::En => number == 1,
            Self::Fr => number == 0 || number == 1,
        };
        if is_one { "one" } else { "other" }
    }

    /// The text of its catalogues.
    #[must_use]
    pub fn catalogues(self) -> &'static [&'static str] {
        match self {
            Self::En => &[
                include_str!("../i18n/en/shell.ftl"),
                include_str!("../i18n/en/registers.ftl"),
                include_str!("../i18n/en/columns.ftl"),
                include_str!("../i18n/en/identity.ftl"),
                include_str!("../i18n/en/home.ftl"),
                include_str!("../i18n/en/administration.ftl"),
                include_str!("../i18n/en/configurator.ftl"),
                include_str!("../i18n/en/errors.ftl"),
                include_str!("../i18n/en/design.ftl"),
                include_str!("../i18n/en/orders.ftl"),
                include_str!("../i18n/en/boms.ftl"),
                include_str!("../i18n/en/rules.ftl"),
                include_str!("../i18n/en/workflow.ftl"),
                include_str!("../i18n/en/catalogue.ftl"),
                include_str!("../i18n/en/tables.ftl"),
                include_str!("../i18n/en/papers.ftl"),
                include_str!("../i18n/en/stock.ftl"),
            ],
            Self::Fr => &[
                include_str!("../i18n/fr/shell.ftl"),
                include_str!("../i18n/fr/registers.ftl"),
                include_str!("../i18n/fr/columns.ftl"),
                include_str!("../i18n/fr/identity.ftl"),
                include_str!("../i18n/fr/home.ftl"),
                include_str!("../i18n/fr/administration.ftl"),
                include_str!("../i18n/fr/configurator.ftl"),
                include_str!("../i18n/fr/errors.ftl"),
                include_str!("../i18n/fr/design.ftl"),
                include_str!("../i18n/fr/orders.ftl"),
                include_str!("../i18n/fr/boms.ftl"),
                include_str!("../i18n/fr/rules.ftl"),
                include_str!("../i18n/fr/workflow.ftl"),
                include_str!("../i18n/fr/catalogue.ftl"),
                include_str!("../i18n/fr/tables.ftl"),
                include_str!("../i18n/fr/papers.ftl"),
                include_str!("../i18n/fr/stock.ftl"),
            ],
        }
    }

    /// The language with this code, in capitals or not; `fr-CA` is French.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let primary = text.split(['-', '_']).next().unwrap_or_default().trim();
        LANGUAGES.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// What a browser's `Accept-Language` likes best of ours; English where it likes none.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let liked = header.split(',').filter_map(|range| {
            let mut parts = range.split(';');
            let language = Self::named(parts.next()?)?;
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok());
            Some((language, weight.unwrap_or(1.0)))
        });
        let best = liked.filter(|(_, weight)| *weight > 0.0).fold(None, |best: Option<(Self, f32)>, next| {
            // Of equals the first.
            if best.is_some_and(|best| best.1 >= next.1) { best } else { Some(next) }
        });
        best.map_or(Self::En, |(language, _)| language)
    }
}

type Texts = BTreeMap<&'static str, Pattern<&'static str>>;

static CATALOGUES: LazyLock<BTreeMap<Language, Texts>> =
    LazyLock::new(|| LANGUAGES.into_iter().map(|language| (language, texts(language))).collect());

/// The catalogues of a language. One that cannot be read whole fails the tests; what can be read of it is used.
fn texts(language: Language) -> Texts {
    let read =
        language.catalogues().iter().flat_map(|text| parse(*text).unwrap_or_else(|(read, _)| read).body);
    let message = |entry| match entry {
        Entry::Message(message) => message.value.map(|value| (message.id.name, value)),
        _ => None,
    };
    read.filter_map(message).collect()
}

/// A value inside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number, which may decide between forms of the text.
    Number(i64),
    /// Words.
    Text(String),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&i64> for Value {
    fn from(number: &i64) -> Self {
        Self::Number(*number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Values by name.
type Values<'a> = &'a [(&'static str, Value)];

/// Words in one language, and times by one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
    /// The clock: that of the plant, or UTC where nobody is signed in.
    pub zone: Tz,
}

impl Words {
    /// Words in a language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, zone: Tz::UTC }
    }

    /// The same by the clocks of a time zone, which has its name as in the IANA database; by the former ones where it is not known.
    #[must_use]
    pub fn by_clocks_of(self, zone: &str) -> Self {
        zone.parse().map_or(self, |zone| Self { zone, ..self })
    }

    /// The text under a key.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The text under a key, with its values.
    #[must_use]
    pub fn say_with(self, key: &str, values: &[(&'static str, Value)]) -> String {
        self.find(key, values).unwrap_or_else(|| key.to_owned())
    }

    /// The text under a key that is put together at run time; none where the catalogue does not know it.
    #[must_use]
    pub fn say_if_known(self, key: &str) -> Option<String> {
        self.find(key, &[])
    }

    /// What a role is called; as the database has it where no catalogue does.
    #[must_use]
    pub fn role(self, code: &str, name: &str) -> String {
        let key = format!("role-{}", code.to_ascii_lowercase().replace('_', "-"));
        self.say_if_known(&key).unwrap_or_else(|| name.to_owned())
    }

    /// What the database or the server said in English; as it is where no catalogue of sentences knows it. Not for what people wrote.
    #[must_use]
    pub fn said(self, text: &str) -> String {
        crate::sentences::in_language(self.language, text).into_owned()
    }

    /// A text that every installation has in its tables, as what a permission allows; as it is where the plant wrote its own.
    #[must_use]
    pub fn shipped(self, text: &str) -> String {
        crate::sentences::reference_in_language(self.language, text).into_owned()
    }

    /// The points of a guard, as `said`: the database joins those of several builds into one text.
    #[must_use]
    pub fn said_points(self, text: &str) -> String {
        crate::sentences::points_in_language(self.language, text).into_owned()
    }

    /// The same with its values.
    #[must_use]
    pub fn say_with_if_known(self, key: &str, values: &[(&'static str, Value)]) -> Option<String> {
        self.find(key, values)
    }

    fn find(self, key: &str, values: Values<'_>) -> Option<String> {
        let mut text = String::new();
        self.push(&mut text, CATALOGUES.get(&self.language)?.get(key)?, values);
        Some(text)
    }

    fn push(self, text: &mut String, pattern: &Pattern<&'static str>, values: Values<'_>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => text.push_str(value),
                PatternElement::Placeable { expression } => self.push_placed(text, expression, values),
            }
        }
    }

    fn push_placed(self, text: &mut String, expression: &Expression<&'static str>, values: Values<'_>) {
        match expression {
            Expression::Inline(inline) => match value_of(inline, values) {
                Some(Value::Number(number)) => text.push_str(&number.to_string()),
                Some(Value::Text(words)) => text.push_str(&words),
                None => {}
            },
            Expression::Select { selector, variants } => {
                if let Some(variant) = self.chosen(value_of(selector, values).as_ref(), variants) {
                    self.push(text, &variant.value, values);
                }
            }
        }
    }

    /// The form with that very number, else that of its plural category, else the usual one.
    fn chosen<'a>(
        self,
        value: Option<&Value>,
        variants: &'a [Variant<&'static str>],
    ) -> Option<&'a Variant<&'static str>> {
        let usual = variants.iter().find(|variant| variant.default);
        let Some(Value::Number(number)) = value else { return usual };
        let exact = variants.iter().find(|variant| {
            matches!(variant.key, VariantKey::NumberLiteral { value } if value.parse() == Ok(*number))
        });
        let category = self.language.plural(*number);
        let plural = variants
            .iter()
            .find(|variant| matches!(variant.key, VariantKey::Identifier { name } if name == category));
        exact.or(plural).or(usual)
    }
}

fn value_of(inline: &InlineExpression<&'static str>, values: Values<'_>) -> Option<Value> {
    match inline {
        InlineExpression::VariableReference { id } => {
            values.iter().find(|(name, _)| *name == id.name).map(|(_, value)| value.clone())
        }
        InlineExpression::StringLiteral { value } => Some(Value::Text((*value).to_owned())),
        _ => None,
    }
}

/// A text as it begins a line or stands on a button: names and sentences of which only the first letter changes.
pub(crate) fn capital(text: &str) -> String {
    let mut signs = text.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_browser_is_found() {
        for (header, language) in [
            ("", Language::En),
            ("fr", Language::Fr),
            ("fr-CA,en;q=0.8", Language::Fr),
            ("de, en;q=0.5, fr;q=0.7", Language::Fr),
            ("en;q=0, fr;q=0.1", Language::Fr),
            ("es;q=nonsense", Language::En),
            ("en,fr", Language::En),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
        assert_eq!(Language::named("FR"), Some(Language::Fr));
        assert_eq!(Language::named("ES"), None);
    }

    #[test]
    fn numbers_choose_the_form_of_a_text() {
        let said =
            |language, count: i64| Words::new(language).say_with("orders-open", &[("count", count.into())]);
        assert_eq!(said(Language::En, 0), "none open");
        assert_eq!(said(Language::En, 1), "one order");
        assert_eq!(said(Language::En, 2), "2 orders");
        assert_eq!(said(Language::Fr, 1), "une commande");
        assert_eq!(said(Language::Fr, 7), "7 commandes");
        let wait = |count: i64| Words::new(Language::Fr).say_with("wait-seconds", &[("count", count.into())]);
        assert_eq!((wait(1).as_str(), wait(2).as_str()), ("dans 1 seconde", "dans 2 secondes"));
        let named = Words::new(Language::En).say_with("sign-as", &[("name", "Ada".to_owned().into())]);
        assert_eq!(named, "You sign as Ada.");
        assert_eq!(Words::new(Language::En).say_if_known("no-such-key"), None);
    }
}
