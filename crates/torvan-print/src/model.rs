//! What stands on a paper.

use chrono::{DateTime, Utc};

use crate::fonts::Weight;

/// Sizes of sheets, upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// 8½ × 11 inches.
    Letter,
    /// 210 × 297 mm.
    A4,
}

impl Sheet {
    /// The sheet with this name, in capitals or not.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        [(Self::Letter, "letter"), (Self::A4, "a4")]
            .into_iter()
            .find_map(|(sheet, name)| name.eq_ignore_ascii_case(text).then_some(sheet))
    }

    /// Width and height in points.
    pub(crate) fn size(self) -> (f32, f32) {
        match self {
            Self::Letter => (612.0, 792.0),
            Self::A4 => (595.28, 841.89),
        }
    }
}

/// A paper before it is set.
#[derive(Debug, Clone)]
pub struct Paper {
    /// What it is printed on.
    pub sheet: Sheet,
    /// Code of its language, such as `en`.
    pub language: String,
    /// Title of the document, as readers of files show it.
    pub title: String,
    /// Who issues it: on the left of each page's head.
    pub issuer: String,
    /// What it is: on the right of each page's head.
    pub head: String,
    /// What tells it from others: on the left of each page's foot.
    pub foot: String,
    /// Says which page of how many it is: `Page {page} of {pages}`.
    pub page_of: String,
    /// When the record was made that it is of.
    pub dated: Option<DateTime<Utc>>,
    /// Identity of the record, the same for each print of it.
    pub identity: String,
    /// What stands on it, from the top.
    pub blocks: Vec<Block>,
}

/// A part of a paper.
#[derive(Debug, Clone)]
pub enum Block {
    /// The title, with a line about it.
    Title(String, String),
    /// Begins a section, with a line about it.
    Heading(String, String),
    /// Names with values, in this many columns.
    Facts(usize, Vec<Fact>),
    /// Numbers that matter, with their names.
    Figures(Vec<(String, String)>),
    /// What is to heed.
    Notices(Vec<Notice>),
    /// Signatures.
    Stamps(Vec<Stamp>),
    /// Rows under heads.
    Table(Table),
}

/// A name with a value.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// How many columns it takes.
    pub span: usize,
}

impl Fact {
    /// A fact that takes one column.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), span: 1 }
    }

    /// The same, over several columns.
    #[must_use]
    pub fn over(self, span: usize) -> Self {
        Self { span, ..self }
    }
}

/// How something is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// By the way.
    Soft,
    /// As something that went well.
    Good,
    /// As something to look at.
    Warn,
    /// As something wrong.
    Bad,
}

/// Something to heed.
#[derive(Debug, Clone)]
pub struct Notice {
    /// How it is to be taken.
    pub tone: Tone,
    /// What it is.
    pub text: String,
}

/// A signature.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Printed name of the signer.
    pub name: String,
    /// What the signature means.
    pub meaning: String,
    /// When, with the zone.
    pub at: String,
    /// Whether it still holds, where it does not.
    pub doubt: Option<String>,
}

/// Where a column's texts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At its left.
    Left,
    /// At its right: numbers.
    Right,
}

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Width {
    /// So many points.
    Fixed(f32),
    /// So many shares of what is left.
    Share(f32),
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// How wide.
    pub width: Width,
    /// Where its texts stand.
    pub align: Align,
}

impl Column {
    /// A column with texts.
    #[must_use]
    pub fn left(title: impl Into<String>, width: Width) -> Self {
        Self { title: title.into(), width, align: Align::Left }
    }

    /// A column with numbers.
    #[must_use]
    pub fn right(title: impl Into<String>, width: Width) -> Self {
        Self { title: title.into(), width, align: Align::Right }
    }
}

/// A text that wraps.
#[derive(Debug, Clone)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// How strong.
    pub weight: Weight,
    /// How it is to be taken.
    pub tone: Tone,
}

impl Text {
    /// An ordinary text.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), weight: Weight::Regular, tone: Tone::Plain }
    }

    /// A text that stands out.
    #[must_use]
    pub fn strong(text: impl Into<String>) -> Self {
        Self { weight: Weight::Strong, ..Self::plain(text) }
    }

    /// The same in another tone.
    #[must_use]
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// A cell: texts one below the other.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Its texts.
    pub texts: Vec<Text>,
    /// How many steps it is set in.
    pub level: usize,
}

impl From<Text> for Cell {
    fn from(text: Text) -> Self {
        Self { texts: vec![text], level: 0 }
    }
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// One of many.
    Line,
    /// The sum of those above, which does not stand on a page without one of them.
    Sum,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// Rows under heads, which are repeated on each page.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
}
