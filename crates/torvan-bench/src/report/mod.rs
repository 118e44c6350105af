//! What was measured, as a table, JSON, CSV, Markdown and a plot.

pub(crate) mod peers;
mod plot;
mod text;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::machine::Machine;
use crate::statistics::Rounds;

/// A benchmark's outcome.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The command that makes it.
    pub title: String,
    /// When the measurement ended.
    pub taken_at: DateTime<Utc>,
    /// What it ran on.
    pub machine: Machine,
    /// Size of the data.
    pub data: String,
    /// What the figures and their floor are.
    pub method: &'static str,
    /// One row per figure.
    pub rows: Vec<Row>,
    /// Figures of others beside ours.
    pub quoted: Vec<Quoted>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// In what a row is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Time of something that was done once.
    Seconds,
    /// Time of one piece of work.
    Milliseconds,
    /// Time of one value among many.
    Microseconds,
    /// Pieces of work per second.
    PerSecond,
    /// Statements that a client sends.
    Statements,
    /// Memory.
    Megabytes,
}

/// How often and how widely spread.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// 95 % were not longer.
    pub p95: f64,
    /// The longest.
    pub max: f64,
    /// How many were measured.
    pub count: u64,
}

/// One target and whether it was met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The target in words, for example `p50 ≤ 6 ms`.
    pub target: String,
    /// What was measured against it.
    pub measured: f64,
    /// The limit.
    pub limit: f64,
    /// Whether it was met.
    pub met: bool,
}

/// Whether a row reaches its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All of them.
    Met,
    /// Not all of them.
    Missed,
    /// There is none.
    NoTarget,
}

/// One figure with its targets and its floor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Stable name.
    pub key: String,
    /// What was measured.
    pub what: String,
    /// In what it is counted.
    pub unit: Unit,
    /// The figure: the median of a time, else the rate or count.
    pub value: f64,
    /// Spread, where there is one.
    pub figures: Option<Figures>,
    /// Targets.
    pub checks: Vec<Check>,
    /// The same of the bare work.
    pub floor: Option<f64>,
    /// How many times the floor the product takes.
    pub ratio: Option<f64>,
}

/// A figure of somebody else, measured on another day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quoted {
    /// What was measured.
    pub what: String,
    /// Whose figure.
    pub who: String,
    /// Its best and worst, in milliseconds.
    pub milliseconds: (f64, f64),
    /// Our figure of this run.
    pub ours: f64,
    /// How many times faster ours is than their best.
    pub times_faster: f64,
    /// How many times faster it should be, where that was said.
    pub target: Option<f64>,
}

impl Report {
    pub(crate) fn new(title: &str, machine: Machine, data: String, method: &'static str) -> Self {
        Self {
            title: title.to_owned(),
            taken_at: Utc::now(),
            machine,
            data,
            method,
            rows: Vec::new(),
            quoted: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Check {
    pub(crate) fn at_most(what: &str, measured: f64, limit: f64, unit: &str) -> Self {
        Self { target: target(what, '≤', limit, unit), measured, limit, met: measured <= limit }
    }

    pub(crate) fn at_least(what: &str, measured: f64, limit: f64, unit: &str) -> Self {
        Self { target: target(what, '≥', limit, unit), measured, limit, met: measured >= limit }
    }
}

fn target(what: &str, sign: char, limit: f64, unit: &str) -> String {
    format!("{what} {sign} {limit}{unit}")
}

impl Row {
    pub(crate) fn timed(key: &str, what: String, rounds: &Rounds) -> Self {
        Self {
            key: key.to_owned(),
            what,
            unit: Unit::Milliseconds,
            value: rounds.product_ms(0.5).unwrap_or_default(),
            figures: Some(Figures {
                p95: rounds.product_ms(0.95).unwrap_or_default(),
                max: rounds.product_max_ms().unwrap_or_default(),
                count: rounds.count(),
            }),
            checks: Vec::new(),
            floor: rounds.floor_ms(),
            ratio: rounds.ratio(),
        }
    }

    pub(crate) fn single(key: &str, what: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self {
            key: key.to_owned(),
            what: what.into(),
            unit,
            value,
            figures: None,
            checks: Vec::new(),
            floor: None,
            ratio: None,
        }
    }

    pub(crate) fn with_floor(mut self, floor: f64, ratio: f64) -> Self {
        (self.floor, self.ratio) = (Some(floor), Some(ratio));
        self
    }

    pub(crate) fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }

    pub(crate) fn limit_p50(self, limit: f64) -> Self {
        let measured = self.value;
        self.check(Check::at_most("p50", measured, limit, " ms"))
    }

    pub(crate) fn limit_p95(self, limit: f64) -> Self {
        let measured = self.figures.as_ref().map_or(f64::INFINITY, |figures| figures.p95);
        self.check(Check::at_most("p95", measured, limit, " ms"))
    }

    pub(crate) fn limit_ratio(self, limit: f64) -> Self {
        let measured = self.ratio.unwrap_or(f64::INFINITY);
        self.check(Check::at_most("", measured, limit, " × floor"))
    }

    /// Whether all targets are met.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.checks.is_empty(), self.checks.iter().all(|check| check.met)) {
            (true, _) => Verdict::NoTarget,
            (false, true) => Verdict::Met,
            (false, false) => Verdict::Missed,
        }
    }

    /// The verdict in words; of several targets the missed ones are named.
    #[must_use]
    pub fn verdict_text(&self) -> String {
        match self.verdict() {
            Verdict::NoTarget => String::new(),
            Verdict::Met => "met".to_owned(),
            Verdict::Missed if self.checks.len() == 1 => "missed".to_owned(),
            Verdict::Missed => {
                let missed: Vec<&str> =
                    self.checks.iter().filter(|check| !check.met).map(|check| check.target.trim()).collect();
                format!("missed: {}", missed.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::statistics::Samples;

    fn row(product: u64, floor: u64) -> Row {
        let (mut ours, mut bare) = (Samples::new(), Samples::new());
        ours.record(Duration::from_millis(product));
        bare.record(Duration::from_millis(floor));
        let mut rounds = Rounds::default();
        rounds.push(ours, bare);
        Row::timed("sink", "a sink".to_owned(), &rounds)
    }

    #[test]
    fn a_row_is_met_only_when_every_target_is() {
        assert_eq!(row(4, 1).verdict(), Verdict::NoTarget);
        assert_eq!(row(4, 1).limit_p50(6.0).limit_ratio(5.0).verdict_text(), "met");
        let missed = row(4, 1).limit_p50(6.0).limit_ratio(3.0);
        assert_eq!(missed.verdict(), Verdict::Missed);
        assert_eq!(missed.verdict_text(), "missed: ≤ 3 × floor");
        assert_eq!(row(7, 1).limit_p50(6.0).verdict_text(), "missed");
    }

    #[test]
    fn a_ratio_without_a_floor_is_not_met() {
        let mut bare = row(4, 1);
        bare.ratio = None;
        assert_eq!(bare.limit_ratio(5.0).verdict(), Verdict::Missed);
    }

    #[test]
    fn a_rate_is_met_from_its_limit_on() {
        let rate = |rate| {
            Row::single("crowd", "", Unit::PerSecond, rate).check(Check::at_least("rate", rate, 250.0, "/s"))
        };
        assert_eq!(rate(250.0).verdict(), Verdict::Met);
        assert_eq!(rate(249.9).verdict(), Verdict::Missed);
    }
}

#[cfg(test)]
mod tests_support {
    use chrono::TimeZone as _;

    use super::*;
    use crate::machine::Setting;

    /// A report with one row that is met and one that is missed.
    pub(super) fn sample() -> Report {
        let machine = Machine {
            cores: 2,
            memory_gb: Some(24),
            load_before: None,
            client_build: "optimised",
            postgresql: "15.20".to_owned(),
            settings: vec![Setting { name: "fsync".to_owned(), value: "on".to_owned() }],
        };
        let mut report = Report::new("torvan bench bom", machine, "a catalogue".to_owned(), "a method");
        report.taken_at = Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).single().unwrap();
        let timed = Row {
            figures: Some(Figures { p95: 5.5, max: 9.0, count: 600 }),
            ..Row::single("sink", "generate, a two-basin sink", Unit::Milliseconds, 4.238)
        };
        report.rows.push(timed.with_floor(2.119, 2.0).limit_p50(6.0));
        let slow = Row::single("crowd", "many clients, a < b", Unit::PerSecond, 200.0);
        let slow = slow.check(Check::at_least("rate", 200.0, 250.0, "/s"));
        report.rows.push(slow.check(Check::at_least("other", 2.0, 1.0, "")));
        report.quoted.extend(peers::one_sink(4.238));
        report.notes.push("2 BOMs were second revisions".to_owned());
        report
    }
}
