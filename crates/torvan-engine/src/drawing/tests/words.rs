//! Words for the tests.

use crate::drawing::{
    BasinType, Caption, Captions, Direction, FaucetType, LegModel, Model, Side, SprayerType, Step,
};

pub(super) struct English;

impl Captions for English {
    fn say(&self, caption: &Caption) -> String {
        match caption {
            Caption::Sink { model, length, width } => {
                let side = |side: &Option<f64>| side.map_or("?".to_owned(), |side| side.to_string());
                let model = model.map_or("sink", Model::code);
                format!("{model}, {} by {} inches, to scale", side(length), side(width))
            }
            Caption::Inches(inches) => format!("{inches} in"),
            Caption::Bare(value) => format!("{value}"),
            Caption::Millimetres(millimetres) => format!("{millimetres} mm"),
            Caption::Front => "Front".to_owned(),
            Caption::RightSide => "Right side".to_owned(),
            Caption::Flow(Direction::LeftToRight) => "Flow left to right".to_owned(),
            Caption::Flow(Direction::RightToLeft) => "Flow right to left".to_owned(),
            Caption::Basin { number, kind } => format!("{number}  {}", kind.map_or("?", BasinType::code)),
            Caption::Deep(depth) => format!("{depth} deep"),
            Caption::Board { length, height, kind, color } => {
                let kind = kind.map_or("?", |kind| kind.code());
                format!("{length} × {height} in, {kind}, {}", color.map_or("no colour", |color| color.code()))
            }
            Caption::Faucet { kind, is_placed } => {
                let kind = kind.map_or("Faucet", FaucetType::code);
                format!("{kind}{}", if *is_placed { "" } else { ": no place" })
            }
            Caption::AutomaticFaucet => "Gooseneck for the DI basin".to_owned(),
            Caption::Sprayer { kind, side } => {
                format!(
                    "{}, {}",
                    kind.map_or("Sprayer", SprayerType::code),
                    side.map_or("no side", Side::code)
                )
            }
            Caption::ControlBox(name) => format!("Control box {name}"),
            Caption::OverheadLight => "Overhead light".to_owned(),
            Caption::Legs { model, adjustment, feet } => {
                let words = [
                    model.map_or("?", LegModel::code),
                    adjustment.map_or("?", |one| one.code()),
                    feet.map_or("?", |one| one.code()),
                ];
                words.join(", ")
            }
            Caption::Stroke => "stroke".to_owned(),
        }
    }

    fn code(&self, path: &str) -> String {
        if path == "/control_box" { "719.178".to_owned() } else { String::new() }
    }
}

/// Somebody who writes markup into every text.
pub(super) struct Hostile;

impl Captions for Hostile {
    fn say(&self, _: &Caption) -> String {
        "<script>alert(1)</script>\" onload=\"x".to_owned()
    }

    fn code(&self, _: &str) -> String {
        "]]><script>".to_owned()
    }

    fn link(&self, _: Step) -> Option<String> {
        Some("?a=1&b=\"<script>\"".to_owned())
    }
}
