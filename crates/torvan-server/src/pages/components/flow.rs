//! How work goes on: what is next and what blocks it, what was done, what is under way, what somebody else did.

use askama::Template;

use super::{Icon, Link, Tone};

html!(NextBox, Timeline, Empty, Job, Toast, Conflict, Stamp);

/// Whether the next step can be done, and by whom.
#[derive(Debug, Clone)]
pub(crate) enum Doing {
    /// Here.
    Ready(Link),
    /// Not yet: the gates say why.
    Barred(String),
    /// By somebody else.
    NotYours,
}

/// What must hold before the next step.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// How it stands.
    pub(crate) tone: Tone,
    /// What it is about, in short.
    pub(crate) what: String,
    /// More about it.
    pub(crate) about: String,
    /// Where it is mended.
    pub(crate) way: Option<Link>,
    /// Who mends it, where that is somebody else.
    pub(crate) whose: Option<String>,
}

/// Longest text that stands beside what a gate is about; what is longer opens on a press.
const MAX_ABOUT: usize = 64;

impl Gate {
    fn is_long(&self) -> bool {
        self.about.len() > MAX_ABOUT
    }
}

/// The next step with its gates.
#[derive(Debug, Clone, Template)]
#[template(path = "components/next.html")]
pub(crate) struct NextBox {
    /// What comes next.
    pub(crate) title: String,
    /// The step itself.
    pub(crate) doing: Doing,
    /// What must hold; what holds stands last.
    pub(crate) gates: Vec<Gate>,
    /// Whether it leads on: of several, one does.
    pub(crate) is_primary: bool,
}

/// When something happens on a [`Timeline`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It is done.
    Past,
    /// It is under way.
    Now,
    /// It comes.
    Later,
}

/// A step of a [`Timeline`].
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// When.
    pub(crate) moment: Moment,
    /// What.
    pub(crate) title: String,
    /// More about it.
    pub(crate) note: Option<String>,
    /// The time in words.
    pub(crate) time: Option<String>,
}

/// Steps one under the other.
#[derive(Debug, Clone, Template)]
#[template(path = "components/timeline.html")]
pub(crate) struct Timeline {
    /// The steps.
    pub(crate) events: Vec<Event>,
}

/// Nothing is here.
#[derive(Debug, Clone, Template)]
#[template(path = "components/empty.html")]
pub(crate) struct Empty {
    /// Of what there is nothing.
    pub(crate) icon: Icon,
    /// That there is nothing.
    pub(crate) title: String,
    /// When there will be.
    pub(crate) text: String,
    /// One way on.
    pub(crate) way: Option<Link>,
}

/// Long work.
#[derive(Debug, Clone, Template)]
#[template(path = "components/job.html")]
pub(crate) struct Job {
    /// What it is, with its numbers.
    pub(crate) label: String,
    /// How long it still takes.
    pub(crate) left: String,
    /// How much is done.
    pub(crate) done: u64,
    /// Of how much.
    pub(crate) of: u64,
    /// What was found so far.
    pub(crate) found: String,
}

/// Something was done.
#[derive(Debug, Clone, Template)]
#[template(path = "components/toast.html")]
pub(crate) struct Toast {
    /// How it went.
    pub(crate) tone: Tone,
    /// What.
    pub(crate) text: String,
    /// The way back.
    pub(crate) undo: Option<Undo>,
    /// What closing it is called.
    pub(crate) close: String,
}

/// Takes back what was just done.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    /// What the form is sent to.
    pub(crate) action: String,
    /// Its hidden fields.
    pub(crate) fields: Vec<(String, String)>,
    /// What it is called.
    pub(crate) text: String,
}

/// Somebody else changed it meanwhile.
#[derive(Debug, Clone, Template)]
#[template(path = "components/conflict.html")]
pub(crate) struct Conflict {
    /// Who did it.
    pub(crate) title: String,
    /// What, when, and that nothing typed is lost.
    pub(crate) text: String,
    /// Ways on.
    pub(crate) ways: Vec<Link>,
}

/// A signature as it appears on the record.
#[derive(Debug, Clone, Template)]
#[template(path = "components/stamp.html")]
pub(crate) struct Stamp {
    /// Printed name and role.
    pub(crate) name: String,
    /// What it means.
    pub(crate) meaning: String,
    /// When, in UTC and by the clocks of the plant.
    pub(crate) at: String,
    /// Where it appears.
    pub(crate) note: String,
    /// Why it does not hold any more.
    pub(crate) doubt: Option<String>,
}
