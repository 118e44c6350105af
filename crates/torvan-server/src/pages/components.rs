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

html!(Icon, Field, Summary, Notice, Steps, Qr);

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

/// What a browser does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A line of text.
    Text,
    /// A secret; it can be shown while it is typed, and is never sent back.
    Password,
    /// A code.
    Code,
    /// A whole number.
    Number,
}

/// A field of a form with its label.
#[derive(Debug, Template)]
#[template(path = "components/field.html")]
pub(crate) struct Field {
    name: &'static str,
    label: String,
    kind: Kind,
    autocomplete: &'static str,
    hint: Option<String>,
    value: String,
    error: Option<String>,
    has_focus: bool,
    /// "Show" and "hide" of a password.
    reveal: Option<(String, String)>,
}

impl Field {
    /// A field; `autocomplete` says in the browser's words what belongs into it.
    pub(crate) fn new(name: &'static str, label: String, kind: Kind, autocomplete: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            autocomplete,
            hint: None,
            value: String::new(),
            error: None,
            has_focus: false,
            reveal: None,
        }
    }

    /// A line under the label.
    pub(crate) fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What was typed before. Secrets are never sent back.
    pub(crate) fn value(mut self, value: &str) -> Self {
        if self.kind != Kind::Password {
            value.clone_into(&mut self.value);
        }
        self
    }

    /// Offers to show what is typed.
    pub(crate) fn reveal(mut self, show: String, hide: String) -> Self {
        self.reveal = Some((show, hide));
        self
    }

    /// Begins here.
    pub(crate) fn focus(mut self) -> Self {
        self.has_focus = true;
        self
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Password => "password",
            Kind::Number => "number",
            Kind::Text | Kind::Code => "text",
        }
    }

    fn described_by(&self) -> String {
        let hint = self.hint.is_some().then(|| format!("{}-hint", self.name));
        let error = self.error.is_some().then(|| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// What is wrong with a form, on top of it, with links to the fields.
#[derive(Debug, Default, Template)]
#[template(path = "components/summary.html")]
pub(crate) struct Summary {
    title: String,
    faults: Vec<(Option<&'static str>, String)>,
}

/// Faults of a form that go to its fields and its summary.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Option<&'static str>, String)>);

impl Faults {
    /// A fault of a field.
    pub(crate) fn of(field: &'static str, text: String) -> Self {
        Self(vec![(Some(field), text)])
    }

    /// A fault of the whole.
    pub(crate) fn whole(text: String) -> Self {
        Self(vec![(None, text)])
    }

    /// One more.
    pub(crate) fn add(&mut self, field: &'static str, text: String) {
        self.0.push((Some(field), text));
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts each to its field; the first wrong one, or else the first of all, has the focus.
    pub(crate) fn onto<const N: usize>(&self, mut fields: [Field; N]) -> [Field; N] {
        for field in &mut fields {
            field.error =
                self.0.iter().find(|(name, _)| *name == Some(field.name)).map(|(_, text)| text.clone());
        }
        let first_wrong = fields.iter().position(|field| field.error.is_some());
        if let Some(place) = first_wrong {
            for field in &mut fields {
                field.has_focus = false;
            }
            fields[place].has_focus = true;
        }
        fields
    }

    /// The summary under this title.
    pub(crate) fn summary(self, title: String) -> Summary {
        Summary { title, faults: self.0 }
    }
}

/// Something that a page says before anything else.
#[derive(Debug, Template)]
#[template(path = "components/notice.html")]
pub(crate) struct Notice {
    /// `ok` or `info`.
    tone: &'static str,
    icon: Icon,
    title: String,
    text: Option<String>,
}

impl Notice {
    /// Something is done.
    pub(crate) fn done(title: String) -> Self {
        Self { tone: "ok", icon: Icon("circle-check"), title, text: None }
    }

    /// Something to know.
    pub(crate) fn info(title: String) -> Self {
        Self { tone: "info", icon: Icon("circle-dot"), title, text: None }
    }

    /// More about it.
    pub(crate) fn text(mut self, text: String) -> Self {
        self.text = Some(text);
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
    is_done: bool,
    is_now: bool,
}

impl Steps {
    /// Steps by name, and which is now (from 0).
    pub(crate) fn new(label: String, names: Vec<String>, now: usize) -> Self {
        let step = |(place, name)| Step { name, is_done: place < now, is_now: place == now };
        Self { label, steps: names.into_iter().enumerate().map(step).collect() }
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
