//! What a drawing says, in the words of its reader.

use super::sink::{
    BasinType, BoardColor, BoardType, Direction, FaucetType, Feet, LegAdjustment, LegModel, Model, Side,
    SprayerType,
};

/// A text in a drawing.
#[derive(Debug, Clone, PartialEq)]
pub enum Caption {
    /// Title of the whole drawing, for readers who hear it.
    Sink {
        /// Model, if it is known.
        model: Option<Model>,
        /// Left to right in inches.
        length: Option<f64>,
        /// Front to back in inches.
        width: Option<f64>,
    },
    /// A number of inches with its unit.
    Inches(f64),
    /// A measure without its unit.
    Bare(f64),
    /// A number of millimetres with its unit.
    Millimetres(f64),
    /// Name of the view from the front.
    Front,
    /// Name of the view from the right.
    RightSide,
    /// Way of the instruments.
    Flow(Direction),
    /// A basin.
    Basin {
        /// From the left, from 1.
        number: usize,
        /// Its type.
        kind: Option<BasinType>,
    },
    /// Depth of a bowl in inches.
    Deep(f64),
    /// The pegboard.
    Board {
        /// Left to right in inches.
        length: f64,
        /// As hung, in inches.
        height: f64,
        /// Its surface.
        kind: Option<BoardType>,
        /// Its colour.
        color: Option<BoardColor>,
    },
    /// Faucets of a line.
    Faucet {
        /// Their type.
        kind: Option<FaucetType>,
        /// Whether there is a place for all of them.
        is_placed: bool,
    },
    /// Goosenecks that DI basins need.
    AutomaticFaucet,
    /// Sprayers of a line.
    Sprayer {
        /// Their type.
        kind: Option<SprayerType>,
        /// Where.
        side: Option<Side>,
    },
    /// The control box, by its own name.
    ControlBox(String),
    /// Light above the pegboard.
    OverheadLight,
    /// Columns and what they stand on.
    Legs {
        /// Columns.
        model: Option<LegModel>,
        /// Whether they lift.
        adjustment: Option<LegAdjustment>,
        /// Feet.
        feet: Option<Feet>,
    },
    /// How far the columns lift.
    Stroke,
}

/// A part of the configurator that a part of the drawing leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Model and size.
    Model,
    /// Legs and feet.
    Legs,
    /// Basins.
    Basins,
    /// Faucets.
    Faucets,
    /// Sprayers.
    Sprayers,
    /// Pegboard.
    Pegboard,
}

/// Words of the reader, codes of the catalogue, places to go to.
pub trait Captions {
    /// A text in the reader's language.
    fn say(&self, caption: &Caption) -> String;

    /// Short code of what the parameter at a JSON pointer selects (`/faucets/0`), or of `/control_box` and `/overhead_light`;
    /// empty if there is none.
    fn code(&self, _path: &str) -> String {
        String::new()
    }

    /// Where a click on a part leads.
    fn link(&self, _step: Step) -> Option<String> {
        None
    }
}
