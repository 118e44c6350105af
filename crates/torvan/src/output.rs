//! The three formats of every command: a table for people, JSON for programs, CSV for spreadsheets.

use std::io::{self, Write as _};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use rust_decimal::{Decimal, RoundingStrategy};
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
    /// Money: a figure that a table shows with two decimals.
    Cost(&'static str),
    /// A figure that a table shows with at most two decimals.
    Weight(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Text(head) | Self::Figure(head) | Self::Cost(head) | Self::Weight(head) => head,
        }
    }

    fn shown(self, cell: &str) -> String {
        match self {
            Self::Text(_) | Self::Figure(_) => harmless(cell),
            Self::Cost(_) => cost(&cell),
            Self::Weight(_) => weight(&cell),
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
            table.add_row(used.iter().map(|n| self.columns[*n].shown(&row[*n])));
        }
        for (place, n) in used.iter().enumerate() {
            if let Some(column) = table.column_mut(place)
                && !matches!(self.columns[*n], Column::Text(_))
            {
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

/// Money for people: two decimals. What is no number stays as it is.
pub(crate) fn cost(amount: &impl ToString) -> String {
    rounded(amount).map_or_else(|as_it_is| as_it_is, |amount| format!("{amount:.2}"))
}

/// A weight or the like for people: at most two decimals.
pub(crate) fn weight(amount: &impl ToString) -> String {
    rounded(amount).map_or_else(|as_it_is| as_it_is, |amount| amount.normalize().to_string())
}

fn rounded(amount: &impl ToString) -> Result<Decimal, String> {
    let digits = amount.to_string();
    let number = digits.parse::<Decimal>().map_err(|_| digits)?;
    Ok(number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// A cost with what it lacks: parts whose cost is unknown are not in the sum.
pub(crate) fn cost_in_words<T: ToString>(amount: Option<&T>, uncosted: usize) -> String {
    match (amount, uncosted) {
        (None, _) => "cost unknown".to_owned(),
        (Some(amount), 0) => format!("cost {}", cost(amount)),
        (Some(amount), n) => {
            format!("cost {} (without {} of unknown cost)", cost(amount), counted(n, "part"))
        }
    }
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
    fn costs_and_weights_are_rounded_for_people_only() {
        let mut grid = Grid::new(&[Column::Cost("cost"), Column::Weight("weight")]);
        grid.row([&"5683.4350", &"12.50"]);
        grid.row([&"7", &"0.126"]);
        grid.row([&"", &"1e400"]);
        let table = grid.to_table();
        for word in ["5683.44", "12.5\n", "7.00", "0.13", "1e400"] {
            assert!(table.contains(word), "{word}: {table}");
        }
        assert_eq!(grid.to_csv().unwrap(), "cost,weight\r\n5683.4350,12.50\r\n7,0.126\r\n,1e400\r\n");
    }

    #[test]
    fn a_cost_says_what_it_lacks() {
        assert_eq!(cost_in_words(None::<&String>, 3), "cost unknown");
        assert_eq!(cost_in_words(Some(&"123.454"), 0), "cost 123.45");
        assert_eq!(cost_in_words(Some(&"123.454"), 12), "cost 123.45 (without 12 parts of unknown cost)");
        assert_eq!(cost_in_words(Some(&"1"), 1), "cost 1.00 (without 1 part of unknown cost)");
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
