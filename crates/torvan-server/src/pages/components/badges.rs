//! Marks of how things stand: status, phase, person.

use askama::Template;

use super::Icon;
use crate::words::Words;

html!(Status, Phase, Avatar, Hash);

/// The five hues of a status, and none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Passed, approved, in time.
    Ok,
    /// Under way.
    Info,
    /// Due soon, missing.
    Warn,
    /// Blocked, failed, late.
    Bad,
    /// On hold.
    Hold,
    /// Nothing to heed.
    None,
}

impl Tone {
    /// Its class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Hold => "hold",
            Self::None => "none",
        }
    }

    /// Its icon: a hue alone says nothing.
    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon("circle-check"),
            Self::Info => Icon("circle-dot"),
            Self::Warn => Icon("triangle-alert"),
            Self::Bad => Icon("octagon-alert"),
            Self::Hold => Icon("circle-pause"),
            Self::None => Icon("circle-dashed"),
        }
    }
}

/// How something stands, in words.
#[derive(Debug, Clone, Template)]
#[template(path = "components/status.html")]
pub(crate) struct Status {
    tone: Tone,
    text: String,
    /// As a filled pill, for where it stands alone.
    is_pill: bool,
}

impl Status {
    /// Words in a hue.
    pub(crate) fn new(tone: Tone, text: String) -> Self {
        Self { tone, text, is_pill: false }
    }

    /// The same as a pill.
    pub(crate) fn pill(tone: Tone, text: String) -> Self {
        Self { tone, text, is_pill: true }
    }
}

/// Phases of an order: code, key of the name, icon. Later is greener.
pub(crate) const PHASES: [(&str, &str, Icon); 8] = [
    ("DRAFT", "phase-draft", Icon("pencil-line")),
    ("CONFIGURATION", "phase-configuration", Icon("sliders-horizontal")),
    ("APPROVAL", "phase-approval", Icon("stamp")),
    ("PRODUCTION", "phase-production", Icon("hammer")),
    ("QUALITY_CONTROL", "phase-quality-control", Icon("scan-search")),
    ("PACKAGING", "phase-packaging", Icon("package")),
    ("SHIPPING", "phase-shipping", Icon("truck")),
    ("DELIVERED", "phase-delivered", Icon("package-check")),
];

/// Where an order is.
#[derive(Debug, Clone, Template)]
#[template(path = "components/phase.html")]
pub(crate) struct Phase {
    number: usize,
    icon: Icon,
    name: String,
}

impl Phase {
    /// The badge of a phase; a code that there is not stays as it is.
    pub(crate) fn of(words: Words, code: &str) -> Self {
        let found = PHASES.iter().enumerate().find(|(_, (known, ..))| *known == code);
        match found {
            Some((place, (_, key, icon))) => Self { number: place + 1, icon: *icon, name: words.say(key) },
            None => Self { number: 1, icon: PHASES[0].2, name: code.to_owned() },
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// A person by their initials, as a list shows people.
#[derive(Debug, Clone, Template)]
#[template(path = "components/avatar.html")]
pub(crate) struct Avatar {
    initials: String,
    hue: i64,
    /// For readers, and under the pointer.
    name: String,
    is_small: bool,
}

/// Soft hues of people.
const HUES: i64 = 5;

impl Avatar {
    /// In a list.
    pub(crate) fn small(user_id: i64, initials: String, name: String) -> Self {
        Self { initials, hue: user_id.rem_euclid(HUES) + 1, name, is_small: true }
    }

    /// Beside a name.
    pub(crate) fn new(user_id: i64, initials: String, name: String) -> Self {
        Self { is_small: false, ..Self::small(user_id, initials, name) }
    }
}

/// A checksum in groups of four signs; what is copied has no gaps.
#[derive(Debug, Clone, Template)]
#[template(path = "components/hash.html")]
pub(crate) struct Hash {
    groups: Vec<String>,
}

impl Hash {
    /// Signs of a group.
    const GROUP: usize = 4;

    /// A checksum as it is stored.
    pub(crate) fn new(text: &str) -> Self {
        let signs: Vec<char> = text.chars().collect();
        Self { groups: signs.chunks(Self::GROUP).map(|group| group.iter().collect()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn a_phase_has_its_name_and_a_hue_of_its_own() {
        let words = Words::new(Language::Fr);
        let badges: Vec<Phase> = PHASES.iter().map(|(code, ..)| Phase::of(words, code)).collect();
        assert_eq!(badges[4].name(), "Contrôle qualité");
        assert!(badges.iter().enumerate().all(|(place, badge)| badge.number == place + 1));
        assert_eq!(Phase::of(words, "LATER").name(), "LATER");
    }

    #[test]
    fn a_checksum_is_read_in_groups_and_copied_as_one() {
        let shown = Hash::new("2f95f9").to_string();
        assert_eq!(shown, "<span class=\"hash\"><span>2f95</span><span>f9</span></span>");
    }

    #[test]
    fn a_status_never_is_a_hue_alone() {
        for tone in [Tone::Ok, Tone::Info, Tone::Warn, Tone::Bad, Tone::Hold, Tone::None] {
            let html = Status::new(tone, "<late>".to_owned()).to_string();
            assert!(html.contains('#') && html.contains("&#60;late&#62;"), "{html}");
        }
    }
}
