//! Words of pages in the reader's language, from the catalogues in `i18n/`. A test fails where a catalogue lacks a key that
//! another has, or has one that nothing uses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::{LanguageIdentifier, langid};

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

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::En => langid!("en"),
            Self::Fr => langid!("fr"),
        }
    }

    /// The text of its catalogues.
    #[must_use]
    pub fn catalogues(self) -> &'static [&'static str] {
        match self {
            Self::En => &[
                include_str!("../i18n/en/shell.ftl"),
                include_str!("../i18n/en/identity.ftl"),
                include_str!("../i18n/en/home.ftl"),
                include_str!("../i18n/en/errors.ftl"),
            ],
            Self::Fr => &[
                include_str!("../i18n/fr/shell.ftl"),
                include_str!("../i18n/fr/identity.ftl"),
                include_str!("../i18n/fr/home.ftl"),
                include_str!("../i18n/fr/errors.ftl"),
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

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<BTreeMap<Language, Bundle>> =
    LazyLock::new(|| LANGUAGES.into_iter().map(|language| (language, bundle(language))).collect());

fn bundle(language: Language) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
    // Marks around values are for texts that mix directions of writing; none of ours does.
    bundle.set_use_isolating(false);
    for text in language.catalogues() {
        // A catalogue that cannot be read whole fails the tests; what can be read of it is used.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A value inside a text.
pub type Value = FluentValue<'static>;

/// Words in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
}

impl Words {
    /// Words in a language.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language }
    }

    /// The text under a key.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.find(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The text under a key, with its values.
    #[must_use]
    pub fn say_with(self, key: &str, values: &[(&'static str, Value)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.clone());
        }
        self.find(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// The text under a key that is put together at run time; none where the catalogue does not know it.
    #[must_use]
    pub fn say_if_known(self, key: &str) -> Option<String> {
        self.find(key, None)
    }

    fn find(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = BUNDLES.get(&self.language)?;
        let pattern = bundle.get_message(key)?.value()?;
        let mut faults = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut faults);
        if !faults.is_empty() {
            tracing::error!(key, ?faults, "a text could not be put together");
        }
        Some(text.into_owned())
    }
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
}
