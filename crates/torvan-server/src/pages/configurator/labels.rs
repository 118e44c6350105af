//! What parameters and their values are called, on the page and in the drawing.

use std::collections::BTreeMap;

use torvan_engine::drawing::{Caption, Captions, Direction, Step as DrawingStep};

use super::steps::Step;
use crate::words::{Value, Words};

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
        [list, place, name] => format!("{}, {}", element(list, place), parameter(words, name).to_lowercase()),
        _ => pointer.to_owned(),
    }
}

/// A number without needless zeros, with the reader's decimal sign.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
                let side = |side: &Option<f64>| side.map_or_else(|| "?".to_owned(), number);
                let model = model.map_or("", |model| model.code()).to_owned();
                self.with(
                    "drawing-title",
                    &[("model", model), ("length", side(length)), ("width", side(width))],
                )
            }
            Caption::Inches(inches) => self.with("drawing-inches", &[("value", number(*inches))]),
            Caption::Millimetres(millimetres) => {
                self.with("drawing-millimetres", &[("value", number(*millimetres))])
            }
            Caption::Front => words.say("drawing-front"),
            Caption::RightSide => words.say("drawing-right-side"),
            Caption::Flow(Direction::LeftToRight) => words.say("drawing-flow-right"),
            Caption::Flow(Direction::RightToLeft) => words.say("drawing-flow-left"),
            Caption::Basin { number, kind } => {
                format!("{number}  {}", self.choice(kind.map(torvan_engine::drawing::BasinType::code)))
            }
            Caption::Deep(depth) => self.with("drawing-deep", &[("value", number(*depth))]),
            Caption::Board { length, height, kind, color } => {
                let size =
                    self.with("drawing-board", &[("length", number(*length)), ("height", number(*height))]);
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
