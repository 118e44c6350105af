//! Components of pages: each is a type here, a template in `templates/components/` and a style sheet in
//! `assets/css/components/`.

use std::fmt;

use askama::{FastWritable, Template, Values};
use qrcode::{Color, EcLevel, QrCode};

use super::assets;
use crate::http::problem::Problem;
use crate::identity::fault;

/// Marks a component as HTML: it escaped what is in it.
macro_rules! html {
    ($($name:ty),*) => {
        $(impl askama::filters::HtmlSafe for $name {})*
    };
}

mod badges;
mod flow;
mod form;
mod lists;
mod plot;
mod tree;

pub(crate) use badges::{Avatar, Hash, PHASES, Phase, Status, Tone};
pub(crate) use flow::{
    Conflict, Doing, Empty, Event, Gate, Job, Moment, NextBox, Stamp, Timeline, Toast, Undo,
};
pub(crate) use form::{Choice, Choices, Faults, Field, FilePick, Kind, Pairs, Several, Summary, Switch};
pub(crate) use lists::{
    BulkAct, BulkBar, Card, Chip, Heading, Link, Menu, MenuItem, Pager, Segments, Tick, Views,
};
pub(crate) use plot::{Drawn, Plot, Point, Rule, Shape, Spark};
pub(crate) use tree::{Branch, BranchPart, More, Open, Tree, TreeCell, TreeLine, Twist};

html!(Icon, Notice, Steps, Qr);

/// An icon of the sprite, beside words that say the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Icon(pub(crate) &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{}#{}\"/></svg>",
            assets::url("icons.svg"),
            self.0
        )
    }
}

impl FastWritable for Icon {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        write!(dest, "{self}").map_err(askama::Error::from)
    }
}

/// Something that a page says before anything else.
#[derive(Debug, Template)]
#[template(path = "components/notice.html")]
pub(crate) struct Notice {
    /// `ok`, `info` or `hold`.
    tone: &'static str,
    icon: Icon,
    title: String,
    text: Option<String>,
    way: Option<Link>,
}

impl Notice {
    /// Something is done.
    pub(crate) fn done(title: String) -> Self {
        Self { tone: "ok", icon: Icon("circle-check"), title, text: None, way: None }
    }

    /// Something rests.
    pub(crate) fn hold(title: String) -> Self {
        Self { tone: "hold", icon: Icon("circle-pause"), title, text: None, way: None }
    }

    /// Something to know.
    pub(crate) fn info(title: String) -> Self {
        Self { tone: "info", icon: Icon("circle-dot"), title, text: None, way: None }
    }

    /// More about it.
    pub(crate) fn text(mut self, text: String) -> Self {
        self.text = Some(text);
        self
    }

    /// The way that mends it.
    pub(crate) fn way(mut self, way: Option<Link>) -> Self {
        self.way = way;
        self
    }
}

/// How far somebody is in a chain of pages.
#[derive(Debug, Template)]
#[template(path = "components/steps.html")]
pub(crate) struct Steps {
    label: String,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    href: Option<String>,
    is_done: bool,
    is_now: bool,
    lacks: Option<String>,
}

impl Steps {
    /// Steps by name, and which is now (from 0).
    pub(crate) fn new(label: String, names: Vec<String>, now: usize) -> Self {
        let step = |(place, name)| Step {
            name,
            href: None,
            is_done: place < now,
            is_now: place == now,
            lacks: None,
        };
        Self { label, steps: names.into_iter().enumerate().map(step).collect() }
    }

    /// Steps that can be taken in any order: each with its way, and whether what it asks for is there.
    pub(crate) fn with_ways(mut self, ways: impl IntoIterator<Item = (String, bool)>) -> Self {
        for (step, (href, is_done)) in self.steps.iter_mut().zip(ways) {
            step.href = Some(href).filter(|_| !step.is_now);
            step.is_done = is_done;
        }
        self
    }

    /// Says what the first step still lacks; work goes on without it.
    pub(crate) fn first_lacks(mut self, what: Option<String>) -> Self {
        if let Some(first) = self.steps.first_mut() {
            first.lacks = what;
        }
        self
    }
}

/// A QR code, dark on light in every theme: cameras do not read it the other way round.
#[derive(Debug, Template)]
#[template(path = "components/qr.html")]
pub(crate) struct Qr {
    label: String,
    side: usize,
    path: String,
}

/// Empty modules around a QR code, as its standard asks for.
const QUIET_ZONE: usize = 4;

impl Qr {
    /// The code of a text.
    pub(crate) fn of(text: &str, label: String) -> Result<Self, Problem> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|error| fault(&error))?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            push_row(&mut path, y + QUIET_ZONE, row);
        }
        Ok(Self { label, side: width + 2 * QUIET_ZONE, path })
    }
}

/// One rectangle for each run of dark modules.
fn push_row(path: &mut String, y: usize, row: &[Color]) {
    use fmt::Write as _;
    let mut x = 0;
    for run in row.chunk_by(|one, other| one == other) {
        if run[0] == Color::Dark {
            let _ = write!(path, "M{} {y}h{}v1h-{}z", x + QUIET_ZONE, run.len(), run.len());
        }
        x += run.len();
    }
}
