//! What CSV files and worksheets have in common: a head that names columns, and rows.

use super::document::{Document, Finding, Reading, Row, Severity};

/// Rows of which examples of a column are taken.
pub(super) const EXAMPLE_ROWS: usize = 20;
/// Most examples of a column.
const EXAMPLES: usize = 3;

/// What the rows of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Categories,
    Subcategories,
    Assemblies,
    Parts,
    Components,
    Aliases,
    Listings,
}

/// Most telling first: a head fits the first kind whose required columns it has.
const KINDS: [(Kind, &str, &[&str]); 7] = [
    (Kind::Components, "components", &["parent", "child", "quantity"]),
    (Kind::Aliases, "aliases", &["alias", "item"]),
    (Kind::Assemblies, "assemblies", &["code", "name", "subcategory"]),
    (Kind::Subcategories, "subcategories", &["category", "code", "name"]),
    (Kind::Listings, "listings", &["subcategory", "code"]),
    (Kind::Parts, "parts", &["code", "name"]),
    (Kind::Categories, "categories", &["code", "name"]),
];

const ITEM_COLUMNS: &[&str] = &[
    "code",
    "name",
    "description",
    "type",
    "status",
    "unit",
    "manufacturer",
    "manufacturer_part_number",
    "standard_cost",
    "list_price",
    "weight_kg",
    "lead_time_days",
    "is_orderable",
];
const ASSEMBLY_COLUMNS: &[&str] = &["category", "subcategory", "is_kit", "labour_hours"];
const CODE_COLUMNS: &[&str] =
    &["code", "parent", "child", "alias", "item", "category", "subcategory", "manufacturer_part_number"];

impl Kind {
    fn entry(self) -> &'static (Kind, &'static str, &'static [&'static str]) {
        KINDS.iter().find(|(kind, _, _)| *kind == self).unwrap_or(&KINDS[0])
    }

    fn by_name(name: &str) -> Option<Self> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = stem.rsplit(['/', '\\']).next().unwrap_or(stem).trim().to_lowercase();
        KINDS.iter().find(|(_, known, _)| *known == stem).map(|(kind, _, _)| *kind)
    }

    fn knows(self, column: &str) -> bool {
        self.columns().contains(&column)
    }

    /// Columns that such a table may have.
    fn columns(self) -> Vec<&'static str> {
        match self {
            Self::Categories => vec!["code", "name", "description", "position"],
            Self::Subcategories => vec!["category", "code", "name", "description", "position"],
            Self::Assemblies => [ITEM_COLUMNS, ASSEMBLY_COLUMNS].concat(),
            Self::Parts => ITEM_COLUMNS.to_vec(),
            Self::Components => vec![
                "parent",
                "child",
                "quantity",
                "unit",
                "scrap_percent",
                "position",
                "is_optional",
                "substitute_group",
                "note",
            ],
            Self::Aliases => vec!["alias", "item", "kind", "origin"],
            Self::Listings => vec!["subcategory", "code", "position"],
        }
    }

    fn keeps_unknown(self) -> bool {
        matches!(self, Self::Assemblies | Self::Parts)
    }
}

/// What the rows of a table can be.
pub fn tables() -> impl Iterator<Item = &'static str> {
    KINDS.iter().rev().map(|(_, name, _)| *name)
}

/// How a table is understood before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Name of its sheet; empty of a CSV file.
    pub sheet: String,
    /// What its rows are; none where neither name nor columns tell.
    pub table: Option<&'static str>,
    /// Its heads.
    pub heads: Vec<Head>,
    /// Columns that such a table may have.
    pub known: Vec<&'static str>,
}

/// A head of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// As it stands there.
    pub text: String,
    /// The column that it is taken for; none where it is none of such a table.
    pub column: Option<String>,
    /// Some of what stands below it.
    pub examples: Vec<String>,
}

/// The name of a column; what `category_code` is depends on whose row it stands in.
fn column_name(kind: Kind, head: &str) -> String {
    let name = head.trim().to_lowercase().replace([' ', '-'], "_");
    let known = match (kind, name.as_str()) {
        (Kind::Categories, "category_code")
        | (Kind::Subcategories, "subcategory_code")
        | (Kind::Assemblies | Kind::Listings, "assembly_code")
        | (Kind::Parts, "part_number" | "part_code") => "code",
        (Kind::Aliases, "short_code") => "alias",
        (Kind::Aliases, "code" | "item_code") => "item",
        (Kind::Components, "assembly" | "assembly_code" | "parent_code") => "parent",
        (Kind::Components, "component" | "component_code" | "child_code" | "part_id") => "child",
        (Kind::Components, "qty") => "quantity",
        (Kind::Components, "scrap") => "scrap_percent",
        (Kind::Components, "optional") => "is_optional",
        (Kind::Components, "notes") => "note",
        (Kind::Subcategories | Kind::Assemblies, "category_code") => "category",
        (Kind::Assemblies | Kind::Listings, "subcategory_code") => "subcategory",
        (Kind::Assemblies | Kind::Parts, "can_order") => "is_orderable",
        (Kind::Assemblies | Kind::Parts, "manufacturer_info" | "vendor") => "manufacturer",
        (_, other) => other,
    };
    known.to_owned()
}

/// A cell as the reader of its format found it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(String),
    /// A number that is no text in its file; as a code it may have lost leading zeros.
    Number(String),
    /// What a spreadsheet shows instead of a value.
    Broken(String),
}

/// One row with its place in the file.
pub(super) struct Line {
    pub location: String,
    pub cells: Vec<Cell>,
}

/// A table to be read.
pub(super) struct Table<'a> {
    pub source: &'a str,
    /// Name that may tell the kind: of the file or of the sheet.
    pub name: &'a str,
    /// Name of the sheet; empty of a CSV file.
    pub sheet: &'a str,
    /// What people said of the tables of the file.
    pub reading: &'a Reading,
    pub head_location: String,
    pub head: Vec<String>,
    pub lines: Vec<Line>,
}

impl Table<'_> {
    /// The kind, as people said, by name or by the columns.
    pub fn kind(&self) -> Option<Kind> {
        let said = self.reading.tables.get(self.sheet).and_then(|table| Kind::by_name(table));
        said.or_else(|| Kind::by_name(self.name))
            .or_else(|| KINDS.iter().map(|(kind, _, _)| *kind).find(|kind| self.fits(*kind)))
    }

    fn fits(&self, kind: Kind) -> bool {
        let columns = self.columns(kind);
        let has = |name: &str| columns.iter().any(|column| column == name);
        // Code and name alone may be a category or a part: only its maker, unit or type makes it a part for certain.
        let is_certain = match kind {
            Kind::Parts => ["manufacturer", "manufacturer_part_number", "unit", "type"].into_iter().any(has),
            Kind::Categories => false,
            _ => true,
        };
        is_certain && kind.entry().2.iter().all(|name| has(name))
    }

    fn columns(&self, kind: Kind) -> Vec<String> {
        self.head.iter().map(|head| self.column(kind, head)).collect()
    }

    fn column(&self, kind: Kind, head: &str) -> String {
        let said = self.reading.heads.get(&Reading::head(self.sheet, head));
        column_name(kind, said.map_or(head, String::as_str))
    }

    /// What the table holds, and what each of its columns is taken for; none for one that is not known there.
    pub fn understood(&self) -> Understood {
        let kind = self.kind();
        let column = |head: &str| {
            let name = self.column(kind?, head);
            kind?.knows(&name).then_some(name)
        };
        let head = |(index, text): (usize, &String)| Head {
            column: column(text),
            text: text.clone(),
            examples: self.examples(index),
        };
        Understood {
            sheet: self.sheet.to_owned(),
            table: kind.map(|kind| kind.entry().1),
            heads: self.head.iter().enumerate().map(head).collect(),
            known: kind.map(Kind::columns).unwrap_or_default(),
        }
    }

    fn examples(&self, index: usize) -> Vec<String> {
        let mut examples: Vec<String> = Vec::new();
        let shown = self.lines.iter().filter_map(|line| match line.cells.get(index)? {
            Cell::Text(text) | Cell::Number(text) | Cell::Broken(text) => Some(text.trim()),
            Cell::Empty => None,
        });
        for text in shown {
            if examples.len() < EXAMPLES && !examples.iter().any(|example| example == text) {
                examples.push(text.to_owned());
            }
        }
        examples
    }

    /// Adds the rows to the document.
    pub fn read(&self, kind: Kind, document: &mut Document) {
        let columns = self.columns(kind);
        if !self.check_head(kind, &columns, document) {
            return;
        }
        for line in self.lines.iter().filter(|line| line.cells.iter().any(|cell| *cell != Cell::Empty)) {
            let row = self.row(kind, &columns, line, document);
            match kind {
                Kind::Categories => document.categories.push(row),
                Kind::Subcategories => document.subcategories.push(row),
                Kind::Assemblies => document.assemblies.push(row),
                Kind::Parts => document.parts.push(row),
                Kind::Components => document.components.push(row),
                Kind::Aliases => document.codes.push(row),
                Kind::Listings => document.listings.push(row),
            }
        }
    }

    fn check_head(&self, kind: Kind, columns: &[String], document: &mut Document) -> bool {
        let (_, name, required) = kind.entry();
        let missing: Vec<&str> =
            required.iter().filter(|r| !columns.iter().any(|c| c == *r)).copied().collect();
        if !missing.is_empty() {
            let message = format!("The head of {name} lacks {}.", missing.join(", "));
            document.findings.push(
                Finding::error(self.source, &self.head_location, message)
                    .field("head")
                    .found(&self.head.join(", "))
                    .expected(&format!("columns {}", required.join(", "))),
            );
            return false;
        }
        let mut is_good = true;
        for (index, column) in columns.iter().enumerate() {
            if !column.is_empty() && columns[..index].contains(column) {
                let message = format!("The head of {name} has the column {column} twice.");
                document
                    .findings
                    .push(Finding::error(self.source, &self.head_location, message).field(column));
                is_good = false;
            } else if !column.is_empty() && !kind.knows(column) {
                self.unknown_column(kind, name, index, document);
            }
        }
        is_good
    }

    fn unknown_column(&self, kind: Kind, name: &str, index: usize, document: &mut Document) {
        let head = &self.head[index];
        let (severity, fate) = if kind.keeps_unknown() {
            (Severity::Note, "it is kept among the attributes")
        } else {
            (Severity::Warning, "it is left out")
        };
        let message = format!("\"{head}\" is no column of {name}; {fate}.");
        document.findings.push(Finding::new(severity, self.source, &self.head_location, message).field(head));
    }

    fn row(&self, kind: Kind, columns: &[String], line: &Line, document: &mut Document) -> Row {
        let mut row = Row::new(self.source, &line.location);
        if line.cells.len() > columns.len()
            && line.cells[columns.len()..].iter().any(|cell| *cell != Cell::Empty)
        {
            let message = format!("The row has {} cells, the head has {}.", line.cells.len(), columns.len());
            document.findings.push(
                Finding::error(self.source, &line.location, message)
                    .found(&line.cells.len().to_string())
                    .expected(&columns.len().to_string()),
            );
        }
        for ((column, head), cell) in columns.iter().zip(&self.head).zip(&line.cells) {
            let Some(text) = self.cell_text(line, column, cell, document) else { continue };
            if kind == Kind::Aliases && column == "alias" {
                row.set("code", text);
            } else if kind.knows(column) {
                row.set(column, text);
            } else if kind.keeps_unknown() && !column.is_empty() {
                row.set_attribute(head.trim(), &text);
            }
        }
        row
    }

    fn cell_text(&self, line: &Line, column: &str, cell: &Cell, document: &mut Document) -> Option<String> {
        match cell {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Number(text) => {
                if CODE_COLUMNS.contains(&column) {
                    let message = format!(
                        "The cell holds the number {text}, not text; leading zeros or last figures may be lost."
                    );
                    document.findings.push(
                        Finding::new(Severity::Warning, self.source, &line.location, message)
                            .field(column)
                            .found(text)
                            .expected("a cell formatted as text"),
                    );
                }
                Some(text.clone())
            }
            Cell::Broken(shown) => {
                let message = format!("The cell shows {shown} instead of a value.");
                document.findings.push(
                    Finding::error(self.source, &line.location, message)
                        .field(column)
                        .found(shown)
                        .expected("a value"),
                );
                None
            }
        }
    }

    /// Tells that nothing says what the table holds.
    pub fn unknown(&self) -> Finding {
        let kinds: Vec<String> =
            KINDS.iter().map(|(_, name, required)| format!("{name} ({})", required.join(", "))).collect();
        Finding::error(
            self.source,
            &self.head_location,
            format!("Neither the name {} nor the columns tell what the table holds.", self.name),
        )
        .field("head")
        .found(&self.head.join(", "))
        .expected(&format!("a name or columns of {}", kinds.join("; ")))
    }
}
