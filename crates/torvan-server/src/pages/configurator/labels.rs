//! What parameters and their values are called, on the page and in the drawing.

use std::collections::BTreeMap;

use torvan_engine::drawing::{Caption, Captions, Direction, Step as DrawingStep};

use super::steps::Step;
use crate::words::{Language, Value, Words};

/// A size as people write it: `24×20×8`.
fn is_size(code: &str) -> bool {
    code.contains('X') && code.chars().all(|sign| sign.is_ascii_digit() || sign == 'X')
}

/// A value in the reader's words; one that has none stays as it is.
pub(in crate::pages) fn choice(words: Words, code: &str) -> String {
    if is_size(code) {
        return code.replace('X', "×");
    }
    let key = format!("choice-{}", code.to_ascii_lowercase().replace('_', "-"));
    words.say_if_known(&key).unwrap_or_else(|| code.to_owned())
}

/// A parameter's own name: `size` of a basin.
pub(in crate::pages) fn parameter(words: Words, name: &str) -> String {
    words.say_if_known(&format!("parameter-{}", name.replace('_', "-"))).unwrap_or_else(|| name.to_owned())
}

/// A parameter with its place: `Basin 2, size`.
pub(super) fn pointer(words: Words, pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let element = |list: &str, place: &str| {
        let number = place.parse::<i64>().map_or_else(|_| place.to_owned(), |place| (place + 1).to_string());
        format!("{} {number}", parameter(words, &format!("one-{list}")))
    };
    match steps.as_slice() {
        [name] => parameter(words, name),
        [list, place] => element(list, place),
        [list, place, name] => format!("{}, {}", element(list, place), inside(words, name)),
        _ => pointer.to_owned(),
    }
}

/// A message as people read it: codes of choices in their words.
pub(super) fn message(words: Words, text: &str) -> String {
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_sign) {
        let (before, from) = rest.split_at(begin);
        let end = from.find(|sign| !is_sign(sign)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        told.push_str(before);
        told.push_str(&if is_code(token) { choice(words, token) } else { token.to_owned() });
        rest = after;
    }
    told.push_str(rest);
    told
}

/// Whether a word is one that only programs say.
fn is_code(token: &str) -> bool {
    let is_loud = token.chars().all(|sign| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_');
    is_loud && token.len() > 2 && token.chars().any(|sign| sign.is_ascii_uppercase())
}

/// What a parameter is called inside a sentence.
fn inside(words: Words, name: &str) -> String {
    let short = words.say_if_known(&format!("parameter-short-{}", name.replace('_', "-")));
    short.unwrap_or_else(|| parameter(words, name).to_lowercase())
}

/// A measure of a drawing: no needless zeros, no groups, the reader's decimal sign.
fn number(words: Words, value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if words.language == Language::Fr { text.replace('.', ",") } else { text.to_owned() }
}

/// Words of the drawing, codes of what was selected, links to the steps.
pub(super) struct DrawingWords {
    pub(super) words: Words,
    pub(super) codes: BTreeMap<String, String>,
    /// Path of the page, where parts of the drawing lead to their steps.
    pub(super) page: Option<String>,
}

impl DrawingWords {
    fn choice(&self, code: Option<&str>) -> String {
        code.map_or_else(|| self.words.say("drawing-open"), |code| choice(self.words, code))
    }

    fn with(&self, key: &str, values: &[(&'static str, String)]) -> String {
        let values: Vec<(&'static str, Value)> =
            values.iter().map(|(name, value)| (*name, Value::from(value.clone()))).collect();
        self.words.say_with(key, &values)
    }
}

fn joined(parts: [Option<String>; 3]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

impl Captions for DrawingWords {
    fn say(&self, caption: &Caption) -> String {
        let words = self.words;
        match caption {
            Caption::Sink { model, length, width } => {
                let side =
                    |side: &Option<f64>| side.map_or_else(|| "?".to_owned(), |side| number(words, side));
                let model = model.map_or("", |model| model.code()).to_owned();
                self.with(
                    "drawing-title",
                    &[("model", model), ("length", side(length)), ("width", side(width))],
                )
            }
            Caption::Inches(inches) => self.with("drawing-inches", &[("value", number(words, *inches))]),
            Caption::Millimetres(millimetres) => {
                self.with("drawing-millimetres", &[("value", number(words, *millimetres))])
            }
            Caption::Bare(value) => number(words, *value),
            Caption::Front => words.say("drawing-front"),
            Caption::RightSide => words.say("drawing-right-side"),
            Caption::Flow(Direction::LeftToRight) => words.say("drawing-flow-right"),
            Caption::Flow(Direction::RightToLeft) => words.say("drawing-flow-left"),
            Caption::Basin { number, kind } => {
                format!("{number}  {}", self.choice(kind.map(torvan_engine::drawing::BasinType::code)))
            }
            Caption::Deep(depth) => self.with("drawing-deep", &[("value", number(words, *depth))]),
            Caption::Board { length, height, kind, color } => {
                let size = self.with(
                    "drawing-board",
                    &[("length", number(words, *length)), ("height", number(words, *height))],
                );
                let kind = kind.map(|kind| choice(words, kind.code()).to_lowercase());
                joined([Some(size), kind, color.map(|color| choice(words, color.code()).to_lowercase())])
            }
            Caption::Faucet { kind, is_placed } => {
                let name =
                    kind.map_or_else(|| words.say("drawing-faucet"), |kind| choice(words, kind.code()));
                if *is_placed { name } else { self.with("drawing-no-place", &[("name", name)]) }
            }
            Caption::AutomaticFaucet => words.say("drawing-added-gooseneck"),
            Caption::Sprayer { kind, side } => {
                let name =
                    kind.map_or_else(|| words.say("drawing-sprayer"), |kind| choice(words, kind.code()));
                match side {
                    Some(side) => joined([Some(name), Some(choice(words, side.code()).to_lowercase()), None]),
                    None => self.with("drawing-no-place", &[("name", name)]),
                }
            }
            Caption::ControlBox(name) => self.with("drawing-control-box", &[("name", name.clone())]),
            Caption::OverheadLight => words.say("drawing-overhead-light"),
            Caption::Legs { model, adjustment: _, feet } => {
                let model =
                    model.map(|model| self.with("drawing-column", &[("name", model.code().to_owned())]));
                joined([model, feet.map(|feet| choice(words, feet.code()).to_lowercase()), None])
            }
            Caption::Stroke => words.say("drawing-stroke"),
        }
    }

    fn code(&self, path: &str) -> String {
        self.codes.get(path).cloned().unwrap_or_default()
    }

    fn link(&self, step: DrawingStep) -> Option<String> {
        let step = match step {
            DrawingStep::Model => Step::Model,
            DrawingStep::Legs => Step::Legs,
            DrawingStep::Basins => Step::Basins,
            DrawingStep::Faucets => Step::Faucets,
            DrawingStep::Sprayers => Step::Sprayers,
            DrawingStep::Pegboard => Step::Pegboard,
        };
        self.page.as_ref().map(|page| format!("{page}?step={}", step.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_words_in_the_place_of_codes() {
        let english = Words::new(Language::En);
        for (text, told) in [
            (
                "Basin type: choose one of E_DRAIN, E_SINK, E_SINK_DI.",
                "Basin type: choose one of E-Drain, E-Sink, E-Sink DI.",
            ),
            ("Size 24X20X10 of T2-OA-MS-1026 on a T2-B2.", "Size 24×20×10 of T2-OA-MS-1026 on a T2-B2."),
            ("DL27 or SOMETHING_ELSE", "DL27 or SOMETHING_ELSE"),
            ("", ""),
        ] {
            assert_eq!(message(english, text), told);
        }
        let french = Words::new(Language::Fr);
        assert_eq!(message(french, "choisissez HEIGHT_ADJUSTABLE"), "choisissez Hauteur réglable");
    }

    #[test]
    fn a_place_is_said_in_a_sentence() {
        let said = |language| pointer(Words::new(language), "/basins/0/size");
        assert_eq!(
            (said(Language::En), said(Language::Fr)),
            ("Basin 1, size".to_owned(), "Bassin 1, taille".to_owned())
        );
    }
}
