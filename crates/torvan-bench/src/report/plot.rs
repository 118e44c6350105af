//! The report as bars: each figure as a part of its limit, the limit as one line over all.

use std::fmt::Write as _;

use super::text::figure;
use super::{Check, Report, Row, Unit};

const WIDTH: f64 = 960.0;
const LABEL_WIDTH: f64 = 400.0;
const LIMIT_X: f64 = 800.0;
const ROW_HEIGHT: f64 = 34.0;
const BAR_HEIGHT: f64 = 14.0;
const HEAD: f64 = 64.0;
/// A bar that would run out of the picture ends here; its number says how far it goes.
const LONGEST: f64 = 1.3;

const INK: &str = "#1f2430";
const PALE: &str = "#6b7280";
const MET: &str = "#2f6fdd";
const MISSED: &str = "#c2410c";
const FLOOR: &str = "#111827";

impl Report {
    /// A plot as SVG.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let bars: Vec<(&Row, &Check)> =
            self.rows.iter().filter_map(|row| row.checks.first().map(|check| (row, check))).collect();
        let rows = u32::try_from(bars.len()).unwrap_or(u32::MAX);
        let height = HEAD + f64::from(rows) * ROW_HEIGHT + 40.0;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\">{}</text>\n",
            escaped(&format!("{}, {}", self.title, self.taken_at.format("%Y-%m-%d"))),
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"46\" fill=\"{PALE}\">{}</text>",
            escaped(&format!("measured as a part of its limit; ◆ floor. {}", self.machine.in_one_line()))
        );
        let mut y = HEAD;
        for (row, check) in &bars {
            svg.push_str(&bar(row, check, y));
            y += ROW_HEIGHT;
        }
        let _ = write!(
            svg,
            "<line x1=\"{LIMIT_X}\" x2=\"{LIMIT_X}\" y1=\"{}\" y2=\"{y}\" stroke=\"{INK}\" stroke-dasharray=\"4 3\"/>\n\
             <text x=\"{LIMIT_X}\" y=\"{}\" text-anchor=\"middle\">limit</text>\n</svg>\n",
            HEAD - 6.0,
            y + 18.0
        );
        svg
    }
}

fn bar(row: &Row, check: &Check, y: f64) -> String {
    let full = LIMIT_X - LABEL_WIDTH;
    let share = check.measured / check.limit;
    let width = (share.min(LONGEST) * full).max(1.0);
    let colour = if check.met { MET } else { MISSED };
    let unit = match row.unit {
        Unit::Seconds => " s",
        Unit::Milliseconds => " ms",
        Unit::Microseconds => " µs",
        Unit::PerSecond => "/s",
        Unit::Megabytes => " MB",
        Unit::Statements => "",
    };
    let beyond = if share > LONGEST { " ▸" } else { "" };
    let number = format!("{}{unit} ({}){beyond}", figure(check.measured), check.target.trim());
    let inside = width > full * 0.55;
    let (number_x, anchor, number_colour) = if inside {
        (LABEL_WIDTH + width - 8.0, "end", "#ffffff")
    } else {
        (LABEL_WIDTH + width + 8.0, "start", INK)
    };
    let middle = y + BAR_HEIGHT - 3.0;
    let mut text = format!(
        "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LABEL_WIDTH}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR_HEIGHT}\" rx=\"2\" fill=\"{colour}\"/>\n",
        LABEL_WIDTH - 10.0,
        escaped(&shortened(&row.what)),
    );
    if let Some(floor) = row.floor.filter(|_| row.unit == Unit::Milliseconds) {
        let x = LABEL_WIDTH + (floor / check.limit).min(LONGEST) * full;
        let _ = writeln!(
            text,
            "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{FLOOR}\">◆</text>",
            y + BAR_HEIGHT + 9.0
        );
    }
    let _ = writeln!(
        text,
        "<text x=\"{number_x:.1}\" y=\"{middle}\" text-anchor=\"{anchor}\" font-size=\"11\" fill=\"{number_colour}\">{}</text>",
        escaped(&number)
    );
    text
}

fn shortened(text: &str) -> String {
    const LONGEST_LABEL: usize = 62;
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST_LABEL - 1).collect();
    format!("{}…", kept.trim_end())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use crate::report::tests_support::sample;

    #[test]
    fn bars_are_as_long_as_their_part_of_the_limit() {
        let svg = sample().to_svg();
        // 4.238 of 6 ms, and 200 of 250 per second: the whole way to the limit is 400.
        assert!(svg.contains("width=\"282.5\"") && svg.contains("width=\"320.0\""), "{svg}");
        assert!(svg.contains("4.24 ms (p50 ≤ 6 ms)"), "{svg}");
        assert!(svg.contains("a &lt; b"), "markup in a label must not become markup");
        assert_eq!(svg.matches("◆</text>").count(), 1, "one row has a floor in milliseconds");
    }
}
