//! What is put on a page: lines of text, rules and fields, each at its place in points from the upper left corner.

use crate::fonts::Line;
use crate::model::Tone;

/// Colours of rules and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    /// Of a tone.
    Tone(Tone),
    /// Between rows.
    Faint,
    /// Around tables and parts.
    Line,
    /// Below the heads of tables.
    Field,
}

impl Hue {
    pub(crate) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Tone(Tone::Plain) => (0x15, 0x1b, 0x21),
            Self::Tone(Tone::Soft) => (0x5f, 0x69, 0x71),
            Self::Tone(Tone::Good) => (0x1f, 0x6b, 0x3f),
            Self::Tone(Tone::Warn) => (0x91, 0x57, 0x0a),
            Self::Tone(Tone::Bad) => (0xc4, 0x2a, 0x25),
            Self::Faint => (0xe4, 0xe8, 0xea),
            Self::Line => (0x9a, 0xa5, 0xad),
            Self::Field => (0xf3, 0xf5, 0xf6),
        }
    }
}

/// Something on a page.
#[derive(Debug, Clone)]
pub(crate) enum Mark {
    /// Text from a point on its baseline on.
    Text { x: f32, y: f32, size: f32, tone: Tone, line: Line },
    /// A filled rectangle; rules are thin ones.
    Field { x: f32, y: f32, width: f32, height: f32, hue: Hue },
}

impl Mark {
    /// A rule from left to right.
    pub(crate) fn rule(x: f32, y: f32, width: f32, weight: f32, hue: Hue) -> Self {
        Self::Field { x, y: y - weight / 2.0, width, height: weight, hue }
    }

    /// Where it begins.
    pub(crate) fn top(&self) -> f32 {
        match self {
            Self::Text { y, size, .. } => y - size,
            Self::Field { y, .. } => *y,
        }
    }

    /// Where its text stands; fields may be cut off.
    pub(crate) fn bottom(&self) -> f32 {
        match self {
            Self::Text { y, .. } | Self::Field { y, .. } => *y,
        }
    }

    /// The same further down.
    pub(crate) fn lowered(self, by: f32) -> Self {
        match self {
            Self::Text { x, y, size, tone, line } => Self::Text { x, y: y + by, size, tone, line },
            Self::Field { x, y, width, height, hue } => Self::Field { x, y: y + by, width, height, hue },
        }
    }
}
