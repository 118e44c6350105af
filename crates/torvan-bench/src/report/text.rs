//! The report in letters.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::{Report, Row, Unit};
use crate::BenchError;

/// As every table of the command line: one line under the heads.
const TABLE_STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

const HEADS: [&str; 8] = ["what", "measured", "p95", "max", "target", "floor", "× floor", "verdict"];
const QUOTED_HEADS: [&str; 5] = ["quoted, not measured here", "whose", "theirs", "ours", "verdict"];

impl Report {
    /// Tables for a terminal.
    #[must_use]
    pub fn to_table(&self) -> String {
        let mut table = new_table(&HEADS);
        self.rows.iter().for_each(|row| {
            table.add_row(cells(row));
        });
        for column in [1, 2, 3, 5, 6] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut quoted = new_table(&QUOTED_HEADS);
        for cells in self.quoted_cells() {
            quoted.add_row(cells);
        }
        format!("{table}\n\n{quoted}\n\n{}", self.footnotes(""))
    }

    /// All figures with full precision.
    pub fn to_json(&self) -> Result<String, BenchError> {
        serde_json::to_string_pretty(self)
            .map_err(|error| BenchError::Render { format: "JSON", reason: error.to_string() })
    }

    /// One line per row, without the quoted figures.
    pub fn to_csv(&self) -> Result<String, BenchError> {
        let failed = |reason: String| BenchError::Render { format: "CSV", reason };
        let mut writer = csv::Writer::from_writer(Vec::new());
        let heads =
            ["key", "what", "unit", "value", "p95", "max", "count", "targets", "floor", "ratio", "verdict"];
        writer.write_record(heads).map_err(|error| failed(error.to_string()))?;
        for row in &self.rows {
            writer.write_record(record(row)).map_err(|error| failed(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    }

    /// A page for the documentation; `plot` is the file name of the plot beside it.
    #[must_use]
    pub fn to_markdown(&self, plot: Option<&str>) -> String {
        let mut page = format!("# {}, {}\n\n", self.title, self.taken_at.format("%Y-%m-%d"));
        page.push_str(&markdown_table(&HEADS, self.rows.iter().map(cells)));
        page.push('\n');
        page.push_str(&markdown_table(&QUOTED_HEADS, self.quoted_cells()));
        if let Some(plot) = plot {
            // Writing to a string cannot fail.
            let _ = write!(page, "\n![Measured beside its targets]({plot})\n");
        }
        page.push('\n');
        page.push_str(&self.footnotes("- "));
        page
    }

    fn quoted_cells(&self) -> impl Iterator<Item = Vec<String>> {
        self.quoted.iter().map(|quoted| {
            let (low, high) = quoted.milliseconds;
            let times = format!("{} × faster", figure(quoted.times_faster));
            let verdict = quoted.target.map_or(times.clone(), |target| {
                let met = if quoted.times_faster >= target { "met" } else { "missed" };
                format!("{times} (target {target} ×): {met}")
            });
            vec![
                quoted.what.clone(),
                quoted.who.clone(),
                format!("{low:.0}-{high:.0} ms"),
                format!("{} ms", figure(quoted.ours)),
                verdict,
            ]
        })
    }

    fn footnotes(&self, bullet: &str) -> String {
        let settings: Vec<String> = self
            .machine
            .settings
            .iter()
            .map(|setting| format!("{} = {}", setting.name, setting.value))
            .collect();
        let mut lines = vec![
            format!("{}, {}", self.machine.in_one_line(), self.data),
            settings.join(", "),
            self.method.to_owned(),
        ];
        lines.extend(self.notes.iter().cloned());
        lines.iter().fold(String::new(), |text, line| text + bullet + line + "\n")
    }
}

fn cells(row: &Row) -> Vec<String> {
    let unit = match row.unit {
        Unit::Seconds => " s",
        Unit::Milliseconds => " ms",
        Unit::Microseconds => " µs",
        Unit::PerSecond => "/s",
        Unit::Megabytes => " MB",
        Unit::Statements => "",
    };
    let spread = |figure_of: fn(&super::Figures) -> f64| {
        row.figures.as_ref().map_or_else(String::new, |figures| format!("{} ms", figure(figure_of(figures))))
    };
    let targets: Vec<&str> = row.checks.iter().map(|check| check.target.trim()).collect();
    vec![
        row.what.clone(),
        format!("{}{unit}", figure(row.value)),
        spread(|figures| figures.p95),
        spread(|figures| figures.max),
        targets.join(", "),
        row.floor.map_or_else(String::new, |floor| format!("{}{unit}", figure(floor))),
        row.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        row.verdict_text(),
    ]
}

fn record(row: &Row) -> Vec<String> {
    let optional = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    let figures = row.figures.as_ref();
    let targets: Vec<&str> = row.checks.iter().map(|check| check.target.trim()).collect();
    let unit = match row.unit {
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Microseconds => "us",
        Unit::PerSecond => "per second",
        Unit::Megabytes => "megabytes",
        Unit::Statements => "statements",
    };
    vec![
        row.key.clone(),
        row.what.clone(),
        unit.to_owned(),
        format!("{:.4}", row.value),
        optional(figures.map(|figures| figures.p95)),
        optional(figures.map(|figures| figures.max)),
        figures.map_or_else(String::new, |figures| figures.count.to_string()),
        targets.join("; "),
        optional(row.floor),
        optional(row.ratio),
        row.verdict_text(),
    ]
}

/// Three digits that count, and no more.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 || large.fract() == 0.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn new_table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(TABLE_STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(heads);
    table
}

fn markdown_table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for cells in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests_support::sample;

    #[test]
    fn figures_keep_three_digits() {
        assert_eq!([4.238, 42.38, 423.8, 1.0, 0.0381].map(figure), ["4.24", "42.4", "424", "1", "0.04"]);
    }

    #[test]
    fn the_table_shows_figure_target_floor_and_verdict() {
        let table = sample().to_table();
        for wanted in [
            "two-basin",
            "4.24 ms",
            "p50 ≤ 6 ms",
            "2.12 ms",
            "2.00",
            "met",
            "missed: rate ≥ 250/s",
            "Tryton",
            "quoted, not measured here",
        ] {
            assert!(table.contains(wanted), "no {wanted} in\n{table}");
        }
    }

    #[test]
    fn csv_has_a_record_for_each_row_and_keeps_commas() {
        let csv = sample().to_csv().unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2);
        assert_eq!(&records[0][1], "generate, a two-basin sink");
        assert_eq!(&records[0][3], "4.2380");
        assert_eq!(&records[1][10], "missed: rate ≥ 250/s");
    }

    #[test]
    fn json_keeps_full_precision() {
        let parsed: serde_json::Value = serde_json::from_str(&sample().to_json().unwrap()).unwrap();
        assert_eq!(parsed["rows"][0]["value"], 4.238);
        assert_eq!(parsed["rows"][1]["checks"][0]["met"], false);
        assert_eq!(parsed["machine"]["cores"], 2);
    }

    #[test]
    fn the_page_names_date_machine_settings_and_plot() {
        let page = sample().to_markdown(Some("bom.svg"));
        for wanted in [
            "# torvan bench bom, 2026-11-23",
            "2 cores, 24 GB",
            "fsync = on",
            "](bom.svg)",
            "second revisions",
        ] {
            assert!(page.contains(wanted), "no {wanted} in\n{page}");
        }
    }
}
