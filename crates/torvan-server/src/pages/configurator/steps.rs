//! The steps of the configurator: which parameters each asks for, and what can be chosen on its screen.

/// A step, in the order in which they are offered; any order of entry is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Model and size.
    Model,
    /// Legs and feet.
    Legs,
    /// Basins.
    Basins,
    /// Faucets; on the screen of the basins, since their places are between those.
    Faucets,
    /// Sprayers.
    Sprayers,
    /// Pegboard.
    Pegboard,
    /// Drawers.
    Drawers,
    /// Accessories.
    Accessories,
}

impl Step {
    /// All of them.
    pub(super) const ALL: [Self; 8] = [
        Self::Model,
        Self::Legs,
        Self::Basins,
        Self::Faucets,
        Self::Sprayers,
        Self::Pegboard,
        Self::Drawers,
        Self::Accessories,
    ];

    /// As it stands in addresses.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Legs => "legs",
            Self::Basins => "basins",
            Self::Faucets => "faucets",
            Self::Sprayers => "sprayers",
            Self::Pegboard => "pegboard",
            Self::Drawers => "drawers",
            Self::Accessories => "accessories",
        }
    }

    /// Key of its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Model => "step-model",
            Self::Legs => "step-legs",
            Self::Basins => "step-basins",
            Self::Faucets => "step-faucets",
            Self::Sprayers => "step-sprayers",
            Self::Pegboard => "step-pegboard",
            Self::Drawers => "step-drawers",
            Self::Accessories => "step-accessories",
        }
    }

    /// The step with a code; an unknown one begins.
    pub(super) fn named(code: &str) -> Self {
        Self::ALL.into_iter().find(|step| step.code() == code).unwrap_or(Self::Model)
    }

    /// The step that asks for a parameter.
    pub(super) fn of_pointer(pointer: &str) -> Self {
        match pointer.split('/').nth(1).unwrap_or_default() {
            "leg_model" | "leg_adjustment" | "feet" => Self::Legs,
            "basins" => Self::Basins,
            "faucets" => Self::Faucets,
            "sprayers" => Self::Sprayers,
            "drawers" => Self::Drawers,
            "accessories" => Self::Accessories,
            name if name.starts_with("pegboard") => Self::Pegboard,
            _ => Self::Model,
        }
    }

    /// The step whose screen shows it.
    pub(super) const fn screen(self) -> Self {
        match self {
            Self::Faucets => Self::Basins,
            Self::Accessories => Self::Drawers,
            other => other,
        }
    }

    /// Groups of parameters on its screen.
    pub(super) const fn groups(self) -> &'static [&'static str] {
        match self.screen() {
            Self::Legs => &["legs"],
            Self::Basins | Self::Faucets => &["basins", "faucets"],
            Self::Sprayers => &["sprayers"],
            Self::Pegboard => &["pegboard"],
            Self::Drawers | Self::Accessories => &["accessories"],
            Self::Model => &["sink"],
        }
    }

    /// Whether a sink can be without it.
    pub(super) const fn is_optional(self) -> bool {
        matches!(self, Self::Faucets | Self::Sprayers | Self::Pegboard | Self::Drawers | Self::Accessories)
    }

    /// The screens before and after this one.
    pub(super) fn neighbours(self) -> (Option<Self>, Option<Self>) {
        let screens: Vec<Self> = Self::ALL.into_iter().filter(|step| step.screen() == *step).collect();
        let place = screens.iter().position(|step| *step == self.screen()).unwrap_or(0);
        (place.checked_sub(1).map(|place| screens[place]), screens.get(place + 1).copied())
    }
}
