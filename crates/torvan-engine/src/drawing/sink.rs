//! The parameters of a sink as the drawing reads them: the same JSON as the preview of a bill of materials.
//!
//! A drawing is made while somebody is still choosing, so nothing is refused here: what is missing, mistyped or outside what
//! can be drawn is unknown, and the rules in the database say what is wrong with it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Longest and widest sink that is still drawn, in inches.
const DRAWABLE: (f64, f64) = (12.0, 240.0);

/// Bowls that are drawn; a sink has three at most, and one too many has to be seen.
const MAX_BASINS: usize = 4;
const MAX_FAUCETS: usize = 6;
const MAX_SPRAYERS: usize = 4;

macro_rules! choice {
    ($(#[$about:meta])* $name:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[expect(missing_docs, reason = "the codes are those of the parameters")]
        pub enum $name { $(#[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every choice.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Code of the choice.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

choice!(/// Model of the sink.
Model { B1 = "T2-B1", B2 = "T2-B2", B3 = "T2-B3" });
choice!(/// Lifting columns.
LegModel { Dl27 = "DL27", Dl14 = "DL14", Lc1 = "LC1" });
choice!(/// Whether the columns lift.
LegAdjustment { HeightAdjustable = "HEIGHT_ADJUSTABLE", Fixed = "FIXED_HEIGHT" });
choice!(/// What the sink stands on.
Feet { Casters = "LEVELING_CASTERS", Seismic = "SEISMIC_FEET" });
choice!(/// Way of the instruments over the sink.
Direction { LeftToRight = "LEFT_TO_RIGHT", RightToLeft = "RIGHT_TO_LEFT" });
choice!(/// Surface of the pegboard.
BoardType { Perforated = "PERFORATED", Solid = "SOLID" });
choice!(/// Colour of the pegboard.
BoardColor {
    Green = "GREEN", Black = "BLACK", Yellow = "YELLOW", Grey = "GREY", Red = "RED", Blue = "BLUE",
    Orange = "ORANGE", White = "WHITE",
});
choice!(/// Size of the pegboard.
BoardSize { SameAsSink = "SAME_AS_SINK", Custom = "CUSTOM" });
choice!(/// Type of a basin.
BasinType { Drain = "E_DRAIN", Sink = "E_SINK", SinkDi = "E_SINK_DI" });
choice!(/// Type of a faucet.
FaucetType { WristBlade = "WRIST_BLADE", PreRinse = "PRE_RINSE", Gooseneck = "DI_GOOSENECK" });
choice!(/// Place of a faucet.
Placement {
    Basin1 = "BASIN_1", Basin2 = "BASIN_2", Basin3 = "BASIN_3", Between12 = "BETWEEN_1_2",
    Between23 = "BETWEEN_2_3",
});
choice!(/// Type of a sprayer.
SprayerType {
    WaterTurret = "WATER_TURRET", WaterRosette = "WATER_ROSETTE", AirTurret = "AIR_TURRET",
    AirRosette = "AIR_ROSETTE",
});
choice!(/// Side of a sprayer.
Side { Left = "LEFT_SIDE", Right = "RIGHT_SIDE" });

/// Parameters of one sink; what is not known is absent.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sink {
    /// Model.
    #[serde(deserialize_with = "known")]
    pub model: Option<Model>,
    /// Front to back, in inches.
    #[serde(deserialize_with = "known")]
    pub width_in: Option<f64>,
    /// Left to right, in inches.
    #[serde(deserialize_with = "known")]
    pub length_in: Option<f64>,
    /// Columns.
    #[serde(deserialize_with = "known")]
    pub leg_model: Option<LegModel>,
    /// Whether the columns lift.
    #[serde(deserialize_with = "known")]
    pub leg_adjustment: Option<LegAdjustment>,
    /// Casters or feet.
    #[serde(deserialize_with = "known")]
    pub feet: Option<Feet>,
    /// Way of the instruments.
    #[serde(deserialize_with = "known")]
    pub workflow_direction: Option<Direction>,
    /// Whether there is a pegboard.
    #[serde(deserialize_with = "known")]
    pub pegboard: Option<bool>,
    /// Its surface.
    #[serde(deserialize_with = "known")]
    pub pegboard_type: Option<BoardType>,
    /// Its colour.
    #[serde(deserialize_with = "known")]
    pub pegboard_color: Option<BoardColor>,
    /// Its size.
    #[serde(deserialize_with = "known")]
    pub pegboard_size_mode: Option<BoardSize>,
    /// Its height as hung, if it is custom.
    #[serde(deserialize_with = "known")]
    pub pegboard_custom_width_in: Option<f64>,
    /// Its length, if it is custom.
    #[serde(deserialize_with = "known")]
    pub pegboard_custom_length_in: Option<f64>,
    /// Basins, left to right.
    #[serde(deserialize_with = "list")]
    pub basins: Vec<Basin>,
    /// Faucets.
    #[serde(deserialize_with = "list")]
    pub faucets: Vec<Faucet>,
    /// Sprayers.
    #[serde(deserialize_with = "list")]
    pub sprayers: Vec<Sprayer>,
}

/// One basin.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Basin {
    /// Type.
    #[serde(rename = "type", deserialize_with = "known")]
    pub kind: Option<BasinType>,
    /// A stock size, width X length X depth, or `CUSTOM`.
    #[serde(deserialize_with = "known")]
    pub size: Option<String>,
    /// Left to right, if the size is custom.
    #[serde(deserialize_with = "known")]
    pub custom_width_in: Option<f64>,
    /// Front to back, if the size is custom.
    #[serde(deserialize_with = "known")]
    pub custom_length_in: Option<f64>,
    /// Depth, if the size is custom.
    #[serde(deserialize_with = "known")]
    pub custom_depth_in: Option<f64>,
    /// Disinfection drain unit.
    #[serde(deserialize_with = "known")]
    pub p_trap: Option<bool>,
    /// Light of the basin.
    #[serde(deserialize_with = "known")]
    pub basin_light: Option<bool>,
}

/// Faucets of one type.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Faucet {
    /// Type.
    #[serde(rename = "type", deserialize_with = "known")]
    pub kind: Option<FaucetType>,
    /// How many.
    #[serde(deserialize_with = "known")]
    pub quantity: Option<u32>,
    /// Where.
    #[serde(deserialize_with = "known")]
    pub placement: Option<Placement>,
}

/// Sprayers of one type.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sprayer {
    /// Type.
    #[serde(rename = "type", deserialize_with = "known")]
    pub kind: Option<SprayerType>,
    /// How many.
    #[serde(deserialize_with = "known")]
    pub quantity: Option<u32>,
    /// At which side.
    #[serde(deserialize_with = "known")]
    pub location: Option<Side>,
}

fn known<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

fn list<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(elements) = Value::deserialize(from)? else { return Ok(Vec::new()) };
    Ok(elements.into_iter().map(|element| serde_json::from_value(element).unwrap_or_default()).collect())
}

fn within(value: Option<f64>, least: f64, most: f64) -> Option<f64> {
    value.filter(|value| (least..=most).contains(value))
}

impl Sink {
    /// Reads parameters; what is not an object is a sink of which nothing is known.
    #[must_use]
    pub fn read(parameters: &Value) -> Self {
        serde_json::from_value(parameters.clone()).unwrap_or_default()
    }

    /// The first number of the key: those before it are the basins'.
    #[must_use]
    pub fn first_key_number(&self) -> usize {
        self.drawn_basins().len().max(self.model_basins()) + 1
    }

    pub(super) fn length(&self) -> Option<f64> {
        within(self.length_in, DRAWABLE.0, DRAWABLE.1)
    }

    pub(super) fn width(&self) -> Option<f64> {
        within(self.width_in, DRAWABLE.0, DRAWABLE.1 / 2.0)
    }

    /// How many basins the model has.
    pub(super) fn model_basins(&self) -> usize {
        self.model.map_or(0, |model| model as usize + 1)
    }

    pub(super) fn drawn_basins(&self) -> &[Basin] {
        &self.basins[..self.basins.len().min(MAX_BASINS)]
    }

    pub(super) fn drawn_faucets(&self) -> &[Faucet] {
        &self.faucets[..self.faucets.len().min(MAX_FAUCETS)]
    }

    pub(super) fn drawn_sprayers(&self) -> &[Sprayer] {
        &self.sprayers[..self.sprayers.len().min(MAX_SPRAYERS)]
    }

    /// Height and length of the pegboard as hung.
    pub(super) fn board(&self) -> Option<(Option<f64>, Option<f64>)> {
        self.pegboard.filter(|there_is| *there_is)?;
        if self.pegboard_size_mode != Some(BoardSize::Custom) {
            return Some((None, None));
        }
        let height = within(self.pegboard_custom_width_in, 4.0, 96.0);
        Some((height, within(self.pegboard_custom_length_in, 4.0, DRAWABLE.1)))
    }
}

impl Basin {
    /// Width, length and depth in inches.
    pub(super) fn dimensions(&self) -> Option<[f64; 3]> {
        let size = self.size.as_deref()?;
        let drawable =
            |sides: [f64; 3]| sides.iter().all(|side| (1.0..=100.0).contains(side)).then_some(sides);
        if size.eq_ignore_ascii_case("CUSTOM") {
            return drawable([self.custom_width_in?, self.custom_length_in?, self.custom_depth_in?]);
        }
        let mut sides = size.split(['X', 'x']).map(str::parse::<f64>);
        let mut next = || sides.next()?.ok();
        let found = [next()?, next()?, next()?];
        drawable(found)
    }
}

impl Faucet {
    pub(super) fn count(&self) -> u32 {
        self.quantity.unwrap_or(1).clamp(1, 3)
    }
}

impl Sprayer {
    pub(super) fn count(&self) -> u32 {
        self.quantity.unwrap_or(1).clamp(1, 2)
    }
}

impl Placement {
    /// The basins that it lies at, counted from 0: one for its centre, two for the gap between them.
    #[must_use]
    pub const fn basins(self) -> (usize, usize) {
        match self {
            Self::Basin1 => (0, 0),
            Self::Basin2 => (1, 1),
            Self::Basin3 => (2, 2),
            Self::Between12 => (0, 1),
            Self::Between23 => (1, 2),
        }
    }
}
