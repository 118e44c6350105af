//! What a part of a dashboard is made of.

use crate::pages::components::{Avatar, Icon, Link, Phase, Plot, Status};
use crate::pages::page::{Me, Page};

/// A part.
#[derive(Debug)]
pub(in crate::pages) struct Section {
    pub(in crate::pages) title: String,
    /// How it stands as a whole.
    pub(in crate::pages) status: Option<Status>,
    /// How many there are, in words.
    pub(in crate::pages) note: String,
    /// Where there is more of it.
    pub(in crate::pages) way: Option<Link>,
    pub(in crate::pages) body: Body,
    /// Its numbers, for the file: of what, and how much.
    pub(in crate::pages) numbers: Vec<(String, String)>,
    /// Its name in the file.
    pub(in crate::pages) code: &'static str,
}

/// What is in it.
#[derive(Debug)]
pub(in crate::pages) enum Body {
    /// Nothing, and why that is so.
    Nothing(String),
    /// Nothing yet, which is neither good nor bad.
    Yet(String),
    /// Open orders by phase; the first time with what to do.
    Phases { bars: Vec<Bar>, first: Option<String> },
    /// Records, one a line.
    Table { heads: Vec<(&'static str, String)>, rows: Vec<Vec<Td>> },
    /// What waits, with the way to act.
    Waiting(Vec<Waiting>),
    /// A few lines: how each stands, what it is, and a figure.
    Lines(Vec<Line>),
    /// A plot.
    Plot(Box<Plot>),
    /// Load of resources by week.
    Load { weeks: Vec<String>, rows: Vec<Load> },
    /// Facts.
    Facts(Vec<(String, String)>),
}

/// A phase in the bar of phases.
#[derive(Debug)]
pub(in crate::pages) struct Bar {
    pub(in crate::pages) name: String,
    pub(in crate::pages) icon: Icon,
    pub(in crate::pages) number: usize,
    pub(in crate::pages) count: i64,
    pub(in crate::pages) href: String,
    /// Where it begins, of ten thousand.
    pub(in crate::pages) x: i64,
    /// How long it is, of ten thousand.
    pub(in crate::pages) width: i64,
}

/// Shortest part of the bar, of ten thousand, that has room for its count on a phone.
const ROOM: i64 = 600;

impl Bar {
    pub(in crate::pages) fn left(&self) -> String {
        percent(self.x)
    }

    pub(in crate::pages) fn length(&self) -> String {
        percent(self.width)
    }

    pub(in crate::pages) fn middle(&self) -> String {
        percent(self.x + self.width / 2)
    }

    pub(in crate::pages) const fn holds_its_count(&self) -> bool {
        self.width >= ROOM
    }
}

/// Of ten thousand, as an attribute of a drawing says it: text in it keeps its shape at every width.
fn percent(of: i64) -> String {
    format!("{}.{:02}%", of / 100, of % 100)
}

/// A cell.
#[derive(Debug)]
pub(in crate::pages) enum Td {
    Code { text: String, href: String },
    Text(String),
    Number(String),
    Status(Status),
    Phase(Phase),
    Who(Option<Avatar>),
}

impl Td {
    pub(in crate::pages) fn class(&self) -> &'static str {
        match self {
            Self::Code { .. } => "key",
            Self::Number(_) => "num",
            Self::Who(_) => "mid",
            Self::Text(_) | Self::Status(_) | Self::Phase(_) => "",
        }
    }
}

/// Something that waits.
#[derive(Debug)]
pub(in crate::pages) struct Waiting {
    pub(in crate::pages) title: String,
    pub(in crate::pages) about: String,
    pub(in crate::pages) status: Option<Status>,
    pub(in crate::pages) age: String,
    pub(in crate::pages) act: Link,
    pub(in crate::pages) is_dialog: bool,
}

/// A line.
#[derive(Debug)]
pub(in crate::pages) struct Line {
    pub(in crate::pages) status: Status,
    pub(in crate::pages) text: String,
    pub(in crate::pages) href: Option<String>,
    pub(in crate::pages) value: String,
}

/// The load of a resource.
#[derive(Debug)]
pub(in crate::pages) struct Load {
    pub(in crate::pages) name: String,
    pub(in crate::pages) weeks: Vec<LoadBar>,
}

/// The load of a resource in a week.
#[derive(Debug)]
pub(in crate::pages) struct LoadBar {
    /// Of a hundred, at most a hundred.
    pub(in crate::pages) filled: String,
    /// What exceeds it, of a hundred, at most thirty.
    pub(in crate::pages) over: Option<String>,
    /// Hours planned of those there are.
    pub(in crate::pages) told: String,
    pub(in crate::pages) status: Option<Status>,
    pub(in crate::pages) left: String,
}

impl Section {
    /// A part under a title.
    pub(in crate::pages) fn new(code: &'static str, title: String, body: Body) -> Self {
        Self { title, status: None, note: String::new(), way: None, body, numbers: Vec::new(), code }
    }

    /// With a way to more.
    pub(in crate::pages) fn way(mut self, href: &str, text: String) -> Self {
        self.way = Some(Link::new(href.to_owned(), text, false));
        self
    }

    /// With how it stands.
    pub(in crate::pages) fn status(mut self, status: Option<Status>) -> Self {
        self.status = status;
        self
    }

    /// With how many there are.
    pub(in crate::pages) fn note(mut self, note: String) -> Self {
        self.note = note;
        self
    }

    /// With numbers for the file.
    pub(in crate::pages) fn numbers(mut self, numbers: Vec<(String, String)>) -> Self {
        self.numbers = numbers;
        self
    }

    /// Its numbers as lines of a file.
    pub(in crate::pages) fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        self.numbers.iter().map(|(of, value)| vec![self.code.to_owned(), of.clone(), value.clone()])
    }
}

/// What somebody without a dashboard sees: who they are.
pub(in crate::pages) fn own(page: &Page, me: &Me) -> Section {
    let roles = if me.roles.is_empty() { page.t("roles-none") } else { me.roles.join(", ") };
    let facts = vec![(page.t("field-login"), me.login.clone()), (page.t("roles"), roles)];
    Section::new("person", page.t("person-title"), Body::Facts(facts)).way("/account", page.t("home-account"))
}
