//! Sentences of the database and of the server in the reader's language.
//!
//! The database speaks English. What it says is found again in a catalogue in `i18n/`, whose keys are the formats as they stand in SQL
//! (gettext's idea), and said in the other language with the same values. A text that no format fits, or that could be read in
//! several ways, stays as it is. Programs get it as the database said it: only pages ask here.

mod format;
#[cfg(test)]
mod seed;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use format::{Format, Reading};

use crate::words::{Language, Words};

/// Catalogues of French sentences, by domain.
pub(crate) const FRENCH: [(&str, &str); 15] = [
    ("audit", include_str!("../../i18n/fr/database/audit.po")),
    ("boms", include_str!("../../i18n/fr/database/boms.po")),
    ("catalogue", include_str!("../../i18n/fr/database/catalogue.po")),
    ("identity", include_str!("../../i18n/fr/database/identity.po")),
    ("integration", include_str!("../../i18n/fr/database/integration.po")),
    ("monitoring", include_str!("../../i18n/fr/database/monitoring.po")),
    ("orders", include_str!("../../i18n/fr/database/orders.po")),
    ("privacy", include_str!("../../i18n/fr/database/privacy.po")),
    ("production", include_str!("../../i18n/fr/database/production.po")),
    ("quality", include_str!("../../i18n/fr/database/quality.po")),
    ("stock", include_str!("../../i18n/fr/database/stock.po")),
    ("reference", include_str!("../../i18n/fr/database/reference.po")),
    ("rules", include_str!("../../i18n/fr/database/rules.po")),
    ("words", include_str!("../../i18n/fr/database/words.po")),
    ("server", include_str!("../../i18n/fr/server.po")),
];

/// Catalogues of what tables hold in every installation: a text of them stands by itself, never inside a sentence.
const REFERENCE: [&str; 2] = ["reference", "rules"];

/// Between the parts of a list that the database puts together.
const SEPARATORS: [(&str, &str); 5] =
    [("; ", "\u{a0}; "), (", ", ", "), (" or ", " ou "), (" and ", " et "), ("/", "/")];

/// Beginnings of the keys of words for states, kinds, roles and columns.
const WORDS: [&str; 8] = ["word-", "sub-", "phase-", "task-", "state-", "role-", "bom-state-", "col-"];

static READ_FRENCH: LazyLock<Sentences> = LazyLock::new(|| Sentences::read(&FRENCH));

/// A text in a language; as it is where the catalogue does not know it.
pub(crate) fn in_language(language: Language, text: &str) -> Cow<'_, str> {
    let sentences = match language {
        Language::En => return Cow::Borrowed(text),
        Language::Fr => &*READ_FRENCH,
    };
    sentences.whole(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Points that the database joined into one text, as guards do for several builds, in a language: each is a sentence of its own.
pub(crate) fn points_in_language(language: Language, text: &str) -> Cow<'_, str> {
    let sentences = match language {
        Language::En => return Cow::Borrowed(text),
        Language::Fr => &*READ_FRENCH,
    };
    sentences.points(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A text of reference data in a language; as it is where the plant wrote its own.
pub(crate) fn reference_in_language(language: Language, text: &str) -> Cow<'_, str> {
    let sentences = match language {
        Language::En => return Cow::Borrowed(text),
        Language::Fr => &*READ_FRENCH,
    };
    sentences.reference.get(text).map_or(Cow::Borrowed(text), |known| Cow::Owned(known.clone()))
}

/// The sentences of a language.
#[derive(Debug)]
struct Sentences {
    words: Words,
    /// What tables hold in every installation.
    reference: HashMap<String, String>,
    /// Those without places.
    fixed: HashMap<String, String>,
    /// Those with places, the most specific first.
    formats: Vec<Format>,
}

impl Sentences {
    /// A catalogue that cannot be read fails the tests; the others are used.
    fn read(catalogues: &[(&str, &str)]) -> Self {
        let mut sentences = Self {
            words: Words::new(Language::Fr),
            reference: HashMap::new(),
            fixed: HashMap::new(),
            formats: Vec::new(),
        };
        for (domain, text) in catalogues {
            for (msgid, msgstr) in entries(text) {
                if REFERENCE.contains(domain) && !has_places(&msgid) {
                    sentences.reference.insert(msgid, msgstr);
                } else {
                    sentences.add(&msgid, &msgstr);
                }
            }
        }
        sentences.formats.sort_by_key(|format| std::cmp::Reverse(format.weight()));
        sentences
    }

    fn add(&mut self, msgid: &str, msgstr: &str) {
        if has_places(msgid) {
            self.formats.extend(Format::new(msgid, msgstr));
            return;
        }
        let (said, french) = (msgid.replace("%%", "%"), msgstr.replace("%%", "%"));
        // Pages show the finding of a check and what mends it, which it says in two lines, apart.
        if said.lines().count() == french.lines().count() {
            let lines = said.lines().zip(french.lines());
            self.fixed.extend(lines.map(|(line, french)| (line.to_owned(), french.to_owned())));
        }
        self.fixed.insert(said, french);
    }

    /// A text of a table, a sentence, or several that were put together.
    fn whole(&self, text: &str) -> Option<String> {
        let known = self.reference.get(text).cloned();
        known.or_else(|| self.sentence(text, false)).or_else(|| self.list(text, &SEPARATORS[..1]))
    }

    /// Several sentences first: the last place of the first one would take in all that is behind it.
    fn points(&self, text: &str) -> Option<String> {
        self.list(text, &SEPARATORS[..1]).or_else(|| self.whole(text))
    }

    fn sentence(&self, text: &str, is_inside: bool) -> Option<String> {
        if let Some(known) = self.fixed.get(text).filter(|_| is_inside || text.contains(' ')) {
            return Some(known.clone());
        }
        let say = |value: &str| self.words(value);
        // Inside another sentence a format that says nothing by itself would read anything.
        let may_be = self.formats.iter().filter(|format| !is_inside || format.is_telling());
        let read = may_be.filter_map(|format| Some((format, format.reading(text, &say)?)));
        let mut readings = read.filter(|(format, reading)| format.is_telling() || reading.understood > 0);
        let (first, reading) = readings.next()?;
        let is_alike = |(format, _): &(&Format, Reading)| format.weight() == first.weight();
        let differs = readings.take_while(is_alike).any(|(_, other)| other.text != reading.text);
        (!differs).then_some(reading.text)
    }

    /// What stands in a place: sentences, names of columns, states, and lists of these. None where a part of it is something else.
    /// The parts of a list come first: the last place of a sentence would take in all that is behind it.
    fn words(&self, value: &str) -> Option<String> {
        let list = self.list(value, &SEPARATORS[..1]);
        list.or_else(|| self.single(value)).or_else(|| self.list(value, &SEPARATORS[1..]))
    }

    fn single(&self, value: &str) -> Option<String> {
        self.sentence(value, true)
            .or_else(|| self.column(value))
            .or_else(|| self.state(value))
            .or_else(|| self.labelled(value))
    }

    fn list(&self, text: &str, separators: &[(&str, &str)]) -> Option<String> {
        separators.iter().find_map(|(separator, between)| {
            text.match_indices(separator).find_map(|(at, _)| {
                let first = self.single(&text[..at])?;
                let rest = &text[at + separator.len()..];
                let rest = self.list(rest, &[(*separator, *between)]).or_else(|| self.single(rest))?;
                Some(format!("{first}{between}{rest}"))
            })
        })
    }

    /// `po_number_given: the PO number is missing`: the code of a gate, and what it says.
    fn labelled(&self, value: &str) -> Option<String> {
        let (code, rest) = value.split_once(": ")?;
        let is_code = code.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_');
        let said = self.single(rest).filter(|_| is_code)?;
        Some(format!("{code}\u{a0}: {said}"))
    }

    /// `want_date` under the name that lists have for it.
    fn column(&self, value: &str) -> Option<String> {
        let quoted = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        let name = quoted.or_else(|| value.contains('_').then_some(value))?;
        Some(quoted_in_french(&self.words.say_if_known(&format!("col-{}", name.replace('_', "-")))?))
    }

    /// `IN_PROGRESS`, or the same in small letters, as `between 1 2`.
    fn state(&self, value: &str) -> Option<String> {
        let is_code = |sign: char| sign.is_ascii_uppercase() || sign == '_';
        let is_small = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == ' ';
        if value.is_empty() || !(value.chars().all(is_code) || value.chars().all(is_small)) {
            return None;
        }
        let name = value.to_lowercase().replace(['_', ' '], "-");
        let word = WORDS.iter().find_map(|kind| self.words.say_if_known(&format!("{kind}{name}")));
        word.or_else(|| self.choice(&name)).map(|word| quoted_in_french(&word))
    }

    /// A choice of a configuration. One of a single word, as `none`, may mean something else in a sentence.
    fn choice(&self, name: &str) -> Option<String> {
        self.words.say_if_known(&format!("choice-{name}")).filter(|_| name.contains('-'))
    }
}

/// Whether values stand in a sentence: `%%` is a per cent sign.
fn has_places(msgid: &str) -> bool {
    msgid.replace("%%", "").contains('%')
}

/// A word of a list or a form inside a sentence: quoted, it needs no article and no agreement.
fn quoted_in_french(word: &str) -> String {
    format!("«\u{a0}{word}\u{a0}»")
}

/// Translated sentences of a catalogue.
fn entries(text: &str) -> Vec<(String, String)> {
    let Ok(catalogue) = polib::po_file::parse_from_reader(text.as_bytes()) else { return Vec::new() };
    let entry = |message: &dyn polib::message::MessageView| {
        let msgstr = message.msgstr().ok()?.to_owned();
        (!msgstr.is_empty()).then(|| (message.msgid().to_owned(), msgstr))
    };
    catalogue.messages().filter_map(entry).collect()
}
