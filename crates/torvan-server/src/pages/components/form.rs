//! Fields, choices and what is wrong with them.

use askama::Template;

use super::Icon;

html!(Field, Summary, Choices, Switch, FilePick, Attributes);

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
    /// A day.
    Date,
    /// A day and a time, by the clocks of the plant.
    Moment,
    /// Several lines of text.
    Area,
    /// Several lines that a program reads.
    Data,
    /// One of a list, which is given with [`Field::options`].
    Select,
    /// On or off.
    Switch,
    /// Several of a list, which is given with [`Field::options`]; its value has one a line.
    Ticks,
    /// Names with values, which are given with [`Field::pairs`].
    Pairs,
    /// Goes along without being seen.
    Hidden,
}

/// What a control says of itself beside its name and its value.
#[derive(Debug)]
struct Attributes(String);

impl std::fmt::Display for Attributes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Attributes {
    fn write_into(&self, dest: &mut dyn std::fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        write!(dest, "{self}").map_err(askama::Error::from)
    }
}

/// Names with values, and the words around them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs {
    /// What is there.
    pub(crate) rows: Vec<(String, String)>,
    /// What the names are called.
    pub(crate) name: String,
    /// What the values are called.
    pub(crate) value: String,
    /// Offers another row.
    pub(crate) more: String,
}

/// Rows that are empty: without scripts nobody adds any.
const EMPTY_ROWS: usize = 2;

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
    is_required: bool,
    list: Option<&'static str>,
    options: Vec<(String, String)>,
    /// Values that are offered while something is typed, with their names.
    offered: Vec<(String, String)>,
    /// Where more of them are found.
    lookup: Option<String>,
    /// Says that it must be filled in.
    mark: Option<String>,
    /// Keys that a screen shows for it.
    keys: Option<&'static str>,
    pairs: Pairs,
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
            is_required: true,
            list: None,
            options: Vec::new(),
            offered: Vec::new(),
            lookup: None,
            mark: None,
            keys: None,
            pairs: Pairs::default(),
        }
    }

    /// Offers values with their names while something is typed, and takes others too; a script finds more where `lookup` says.
    pub(crate) fn offered(mut self, offered: Vec<(String, String)>, lookup: Option<String>) -> Self {
        self.offered = offered;
        self.lookup = lookup;
        self
    }

    /// Says in words that it must be filled in.
    pub(crate) fn mark(mut self, word: String) -> Self {
        self.mark = Some(word);
        self
    }

    /// The keys that a screen shows for it: `numeric`, `decimal`, `url`.
    pub(crate) fn keys(mut self, keys: &'static str) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Names with values.
    pub(crate) fn pairs(mut self, pairs: Pairs) -> Self {
        self.pairs = pairs;
        self
    }

    fn has_offers(&self) -> bool {
        !self.offered.is_empty() || self.lookup.is_some()
    }

    fn is_ticked(&self, value: &str) -> bool {
        self.value.lines().any(|line| line == value)
    }

    fn rows(&self) -> Vec<(&str, &str)> {
        let filled = self.pairs.rows.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        filled.chain(std::iter::repeat_n(("", ""), EMPTY_ROWS)).collect()
    }

    /// Names of fields are our own words: nothing in these is from outside.
    fn attributes(&self) -> Attributes {
        let mut text = String::new();
        if self.is_required && self.kind != Kind::Switch {
            text.push_str(" required");
        }
        if self.error.is_some() {
            text.push_str(" aria-invalid=\"true\"");
        }
        let described = self.described_by();
        if !described.is_empty() {
            text.extend([" aria-describedby=\"", &described, "\""]);
        }
        if self.has_focus {
            text.push_str(" autofocus");
        }
        Attributes(text)
    }

    /// A line under the control; under the label of a group.
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

    /// It may stay empty.
    pub(crate) fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// Offers what the list with this identity has, and takes other values too.
    pub(crate) fn list(mut self, list: &'static str) -> Self {
        self.list = Some(list);
        self
    }

    /// What can be chosen: values with their words.
    pub(crate) fn options(mut self, options: Vec<(String, String)>) -> Self {
        self.options = options;
        self
    }

    /// Begins here.
    pub(crate) fn focus(mut self) -> Self {
        self.has_focus = true;
        self
    }

    /// Does not begin here after all.
    pub(crate) fn without_focus(mut self) -> Self {
        self.has_focus = false;
        self
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Password => "password",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Moment => "datetime-local",
            Kind::Hidden => "hidden",
            Kind::Text
            | Kind::Code
            | Kind::Area
            | Kind::Data
            | Kind::Select
            | Kind::Switch
            | Kind::Ticks
            | Kind::Pairs => "text",
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
#[derive(Debug, Default, Clone)]
pub(crate) struct Faults(Vec<(Option<&'static str>, String)>);

impl Faults {
    /// A fault of a field.
    pub(crate) fn of(field: &'static str, text: String) -> Self {
        Self(vec![(Some(field), text)])
    }

    /// Several, of fields or of the whole.
    pub(crate) fn all(faults: Vec<(Option<&'static str>, String)>) -> Self {
        Self(faults)
    }

    /// A fault of the whole.
    pub(crate) fn whole(text: String) -> Self {
        Self(vec![(None, text)])
    }

    /// One more.
    pub(crate) fn add(&mut self, field: &'static str, text: String) {
        self.0.push((Some(field), text));
    }

    /// What is wrong with a field.
    pub(crate) fn told_of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| *name == Some(field)).map(|(_, text)| text.clone())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts each to its field; the first wrong one, or else the first of all, has the focus.
    pub(crate) fn onto<const N: usize>(&self, mut fields: [Field; N]) -> [Field; N] {
        self.onto_all(&mut fields);
        fields
    }

    /// The same for any number of fields.
    pub(crate) fn onto_all(&self, fields: &mut [Field]) {
        for field in fields.iter_mut() {
            field.error =
                self.0.iter().find(|(name, _)| *name == Some(field.name)).map(|(_, text)| text.clone());
        }
        let first_wrong = fields.iter().position(|field| field.error.is_some());
        if let Some(place) = first_wrong {
            for field in fields.iter_mut() {
                field.has_focus = false;
            }
            fields[place].has_focus = true;
        }
    }

    /// The summary under this title.
    pub(crate) fn summary(self, title: String) -> Summary {
        Summary { title, faults: self.0 }
    }
}

/// One of a few ways, each with its words; what cannot be chosen says why.
#[expect(clippy::struct_field_names, reason = "each has its word in the template")]
#[derive(Debug, Template)]
#[template(path = "components/choices.html")]
pub(crate) struct Choices {
    name: &'static str,
    legend: String,
    choices: Vec<Choice>,
}

/// A way in [`Choices`].
#[derive(Debug)]
pub(crate) struct Choice {
    /// What is sent.
    pub(crate) value: String,
    /// What it is called.
    pub(crate) text: String,
    /// What it means, or why it cannot be chosen.
    pub(crate) note: Option<String>,
    /// Its code, at the right.
    pub(crate) code: Option<String>,
    /// Whether it is the chosen one.
    pub(crate) is_on: bool,
    /// Whether it cannot be chosen.
    pub(crate) is_barred: bool,
}

impl Choice {
    /// A way that can be chosen.
    pub(crate) fn new(value: &str, text: String, is_on: bool) -> Self {
        Self { value: value.to_owned(), text, note: None, code: None, is_on, is_barred: false }
    }

    /// What it means, or why it cannot be chosen.
    pub(crate) fn note(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }

    /// Its code.
    pub(crate) fn code(mut self, code: &str) -> Self {
        self.code = Some(code.to_owned());
        self
    }

    /// Stays to be seen, and cannot be chosen.
    pub(crate) fn barred(mut self, why: String) -> Self {
        self.note = Some(why);
        self.is_barred = true;
        self
    }
}

impl Choices {
    /// Ways under a legend.
    pub(crate) fn new(name: &'static str, legend: String, choices: Vec<Choice>) -> Self {
        Self { name, legend, choices }
    }
}

/// Something that is on or off.
#[derive(Debug, Template)]
#[template(path = "components/switch.html")]
pub(crate) struct Switch {
    /// Name of the field.
    pub(crate) name: &'static str,
    /// What is on or off.
    pub(crate) text: String,
    /// Whether it is on.
    pub(crate) is_on: bool,
}

/// Where a file is chosen, or dropped; what is wrong with it stands there.
#[derive(Debug, Template)]
#[template(path = "components/file_pick.html")]
pub(crate) struct FilePick {
    /// What it is called.
    pub(crate) label: String,
    /// What is taken.
    pub(crate) hint: String,
    /// That it can be dropped.
    pub(crate) drop: String,
    /// What is said of one that is too large.
    pub(crate) too_large: String,
    /// What is said when the session is over.
    pub(crate) session_over: String,
    /// What is said when the server cannot be reached.
    pub(crate) offline: String,
    /// What is said when it answers with something else than reasons.
    pub(crate) failed: String,
    /// Key of the content that is stored already; empty where there is none.
    pub(crate) content: String,
    /// Its name.
    pub(crate) file_name: String,
    /// Says that it is there.
    pub(crate) kept: Option<String>,
    /// What is wrong with the one that was sent.
    pub(crate) error: Option<String>,
    /// Where it takes several files.
    pub(crate) several: Option<Several>,
}

/// What a field takes that several files are chosen in.
#[derive(Debug)]
pub(crate) struct Several {
    /// Ends of the names that are taken.
    pub(crate) accept: String,
    /// Most files.
    pub(crate) most: usize,
    /// What is said of more.
    pub(crate) too_many: String,
}

impl FilePick {
    /// The same for several files.
    pub(crate) fn several(mut self, label: String, several: Several) -> Self {
        self.label = label;
        self.several = Some(several);
        self
    }
}
