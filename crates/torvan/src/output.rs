//! The three formats of every command: a table for people, JSON for programs, CSV for spreadsheets.

use std::io::{self, Write as _};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;

/// One line under the heads and none between the rows: the eye needs no more.
const TABLE_STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// How a command shows its result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For spreadsheets (RFC 4180)
    Csv,
}

/// Head of a column, and on which side its cells stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// Words, on the left.
    Text(&'static str),
    /// Figures, on the right.
    Figure(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Text(head) | Self::Figure(head) => head,
        }
    }
}

/// Rows of cells under heads, to be shown as a table or as CSV.
#[derive(Debug)]
pub(crate) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A grid without rows.
    pub(crate) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell for each column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&dyn ToString; N]) {
        debug_assert_eq!(N, self.columns.len(), "a cell for each column");
        self.rows.push(cells.iter().map(|cell| cell.to_string()).collect());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As a table; columns without any content are left out, since they say nothing to people.
    pub(crate) fn to_table(&self) -> String {
        let used: Vec<usize> =
            (0..self.columns.len()).filter(|n| self.rows.iter().any(|row| !row[*n].is_empty())).collect();
        let mut table = Table::new();
        table.load_style(TABLE_STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(used.iter().map(|n| self.columns[*n].head()));
        for row in &self.rows {
            table.add_row(used.iter().map(|n| harmless(&row[*n])));
        }
        for (place, n) in used.iter().enumerate() {
            if let (Column::Figure(_), Some(column)) = (self.columns[*n], table.column_mut(place)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
    }

    /// As CSV with a head line. A cell that a spreadsheet would take for a formula is marked as text.
    pub(crate) fn to_csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.head()))?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| without_formula(cell)))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

/// The value as indented JSON.
pub(crate) fn to_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Writes to standard output. A reader that has gone, as in `torvan … | head`, is no failure.
pub(crate) fn emit(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// What there is, or nothing.
pub(crate) fn or_blank<T: ToString>(value: Option<&T>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// `1 sink`, `2 sinks`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The text without the signs by which data could steer a terminal.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() && sign != '\n' { '\u{fffd}' } else { sign }).collect()
}

fn without_formula(cell: &str) -> String {
    let is_suspect = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_number = cell.parse::<f64>().is_ok();
    if is_suspect && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[Column::Text("code"), Column::Figure("quantity"), Column::Text("note")]);
        grid.row([&"A,1", &-2.5, &""]);
        grid.row([&"=1+1", &10, &""]);
        grid
    }

    #[test]
    fn csv_quotes_what_must_be_quoted_and_defuses_formulas() {
        assert_eq!(grid().to_csv().unwrap(), "code,quantity,note\r\n\"A,1\",-2.5,\r\n'=1+1,10,\r\n");
    }

    #[test]
    fn data_cannot_steer_the_terminal() {
        let mut grid = Grid::new(&[Column::Text("name")]);
        grid.row([&"\u{1b}[2Jgone"]);
        assert!(!grid.to_table().contains('\u{1b}'));
        assert!(grid.to_csv().unwrap().contains('\u{1b}'), "data itself is not changed");
    }

    #[test]
    fn a_table_leaves_empty_columns_out_and_sets_figures_on_the_right() {
        let table = grid().to_table();
        assert!(!table.contains("note"), "{table}");
        assert!(table.lines().any(|line| line.trim_end().ends_with("      10")), "{table}");
    }
}
