//! The numbers of a report: one table, from which page, plots and file are made, so that all say the same.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::Value;

use super::{Column, Drawing, Report, Unit};
use crate::api::csv_lines;
use crate::pages::components::{Drawn, Phase, Plot, Point, Rule};
use crate::pages::moment::Clock;
use crate::pages::page::Page;
use crate::pages::registers::{grouped, heading};

/// A row as a function of the database gives it.
pub(super) type Row = BTreeMap<String, Value>;

/// The text of a value as a program reads it.
fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A value with its unit, as people read it; empty where nothing was counted.
pub(in crate::pages) fn unit_shown(page: &Page, unit: Unit, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let number = || grouped(page.words, text);
    match unit {
        Unit::Step => match text.parse::<NaiveDate>() {
            Ok(day) => Clock::now(page.words).day(day),
            Err(_) => text.to_owned(),
        },
        Unit::Phase => Phase::of(page.words, text).name().to_owned(),
        Unit::Age => page.tv("unit-age", "days", text.replace('-', "–")),
        Unit::Count => number(),
        Unit::Percent => page.tv("unit-percent", "value", number()),
        Unit::Days => page.tv("unit-days", "value", number()),
        Unit::Hours => page.tv("unit-hours", "value", number()),
    }
}

/// A cell of the table.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) class: &'static str,
    pub(super) text: String,
}

fn class(unit: Unit) -> &'static str {
    if matches!(unit, Unit::Step | Unit::Phase | Unit::Age) { "key" } else { "num" }
}

/// Heads of the table.
pub(super) fn heads(page: &Page, report: &Report) -> Vec<Cell> {
    let head = |column: &Column| Cell { class: class(column.unit), text: heading(page, column.name) };
    report.columns.iter().map(head).collect()
}

/// Rows of the table.
pub(super) fn cells(page: &Page, report: &Report, rows: &[Row]) -> Vec<Vec<Cell>> {
    let cell = |row: &Row, column: &Column| {
        let text = unit_shown(page, column.unit, &plain(row.get(column.name)));
        Cell { class: class(column.unit), text }
    };
    rows.iter().map(|row| report.columns.iter().map(|column| cell(row, column)).collect()).collect()
}

/// The plots.
pub(super) fn plots(page: &Page, report: &Report, rows: &[Row]) -> Vec<Plot> {
    report.plots.iter().filter_map(|drawing| plot(page, report, drawing, rows)).collect()
}

fn plot(page: &Page, report: &Report, drawing: &Drawing, rows: &[Row]) -> Option<Plot> {
    let column = report.columns.iter().find(|column| column.name == drawing.column)?;
    let kept = report.columns.first()?;
    let point = |row: &Row| {
        let text = plain(row.get(column.name));
        Point {
            label: unit_shown(page, kept.unit, &plain(row.get(kept.name))),
            value: text.parse().ok(),
            shown: unit_shown(page, column.unit, &text),
        }
    };
    let target = drawing.target.map(|value| Rule {
        class: "target",
        value,
        label: page.tv("plot-target", "value", unit_shown(page, column.unit, &value.to_string())),
    });
    let points: Vec<Point> = rows.iter().map(point).collect();
    Some(Plot::new(Drawn {
        words: page.words,
        id: format!("plot-{}", column.name.replace('_', "-")),
        title: heading(page, column.name),
        description: counted(page, &points),
        shape: drawing.shape,
        points,
        rules: target.into_iter().collect(),
    }))
}

/// What a plot shows, in a sentence: from where to where, the least and the greatest value.
pub(in crate::pages) fn counted(page: &Page, points: &[Point]) -> String {
    let known: Vec<(&Point, f64)> =
        points.iter().filter_map(|point| point.value.map(|value| (point, value))).collect();
    let lowest = known.iter().min_by(|one, other| one.1.total_cmp(&other.1));
    let highest = known.iter().max_by(|one, other| one.1.total_cmp(&other.1));
    let (Some((lowest, _)), Some((highest, _))) = (lowest, highest) else { return page.t("plot-nothing") };
    let ends = known.first().zip(known.last());
    let Some(((first, _), (last, _))) = ends else { return page.t("plot-nothing") };
    page.words.say_with(
        "plot-about",
        &[
            ("first", first.label.clone().into()),
            ("start", first.shown.clone().into()),
            ("last", last.label.clone().into()),
            ("end", last.shown.clone().into()),
            ("low", lowest.shown.clone().into()),
            ("least", lowest.label.clone().into()),
            ("high", highest.shown.clone().into()),
            ("greatest", highest.label.clone().into()),
        ],
    )
}

/// The numbers of a report as a file.
pub(super) fn csv(report: &Report, rows: &[Row]) -> Response {
    let names = report.columns.iter().map(|column| column.name.to_owned()).collect();
    let cells = rows
        .iter()
        .map(|row| report.columns.iter().map(|column| plain(row.get(column.name))).collect::<Vec<_>>());
    let name = report.function.replace('_', "-");
    file(&name, std::iter::once(names).chain(cells))
}

/// Lines as a file with a name.
pub(in crate::pages) fn file(name: &str, lines: impl Iterator<Item = Vec<String>>) -> Response {
    let mut response = Response::new(Body::from(csv_lines(lines)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(place) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.csv\"")) {
        headers.insert(header::CONTENT_DISPOSITION, place);
    }
    response
}
