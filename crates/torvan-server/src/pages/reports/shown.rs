//! The page of a report.

use askama::Template;
use axum::http::StatusCode;
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};
use torvan_store::Context;

use super::table::{self, Cell, Row};
use super::{Narrowed, REPORTS, Report};
use crate::http::problem::{INVALID, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Icon, Kind, Link, Plot, Segments, Summary, Views};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to, with_query};

#[derive(Debug, Template)]
#[template(path = "reports/report.html")]
struct ReportPage {
    page: Page,
    me: Me,
    icon: Icon,
    about: String,
    reports: Views,
    ranges: Option<Segments>,
    summary: Summary,
    action: &'static str,
    fields: Vec<Field>,
    csv: String,
    plots: Vec<Plot>,
    heads: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

/// What was asked for in the address.
#[derive(Debug, Clone)]
struct Asked {
    from: String,
    to: String,
    step: String,
    narrowed: String,
}

pub(super) fn first(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, _) = incoming.enter().await?;
        context.commit().await?;
        Ok(to(REPORTS[0].path))
    })
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let report = REPORTS.iter().find(|report| report.path == incoming.endpoint.path);
        let report = report.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        let asked = asked(&incoming, report);
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, report.title).await?;
        let (rows, faults) = match rows(&mut context, report, &asked).await {
            Ok(rows) => (rows, Faults::default()),
            Err(problem) if is(&problem, INVALID) || is(&problem, NOT_FOUND) => {
                (Vec::new(), faults(report, &problem))
            }
            Err(problem) => return Err(problem),
        };
        // What was refused ended the transaction.
        if faults.is_empty() {
            context.commit().await?;
        } else {
            context.rollback().await?;
        }
        let wants_file = incoming.query.iter().any(|(name, value)| name == "format" && value == "csv");
        if wants_file && faults.is_empty() {
            return Ok(table::csv(report, &rows));
        }
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        if !faults.is_empty() {
            page.with_error();
        }
        let mut fields = fields(&page, report, &asked);
        faults.onto_all(&mut fields);
        let view = ReportPage {
            icon: report.icon,
            about: page.t(report.about),
            reports: reports(&page, report),
            ranges: ranges(&page, report, &asked),
            summary: faults.summary(page.t("summary-form")),
            action: report.path,
            csv: asked.address(report, Some("csv")),
            plots: table::plots(&page, report, &rows),
            heads: table::heads(&page, report),
            rows: table::cells(&page, report, &rows),
            fields,
            me: page.me.clone().ok_or_else(not_signed_in)?,
            page,
        };
        rendered(&view, status)
    })
}

fn asked(incoming: &Incoming, report: &Report) -> Asked {
    let value = |name: &str| {
        let found = incoming.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    Asked {
        from: value("from"),
        to: value("to"),
        step: value("step").to_uppercase(),
        narrowed: report.narrowed.map(|narrowed| value(narrowed.name)).unwrap_or_default(),
    }
}

impl Asked {
    fn address(&self, report: &Report, format: Option<&str>) -> String {
        let narrowed = report.narrowed.map_or("", |narrowed| narrowed.name);
        with_query(
            report.path,
            &[
                ("from", &self.from),
                ("to", &self.to),
                ("step", &self.step),
                (narrowed, &self.narrowed),
                ("format", format.unwrap_or_default()),
            ],
        )
    }
}

async fn rows(context: &mut Context, report: &Report, asked: &Asked) -> Result<Vec<Row>, Problem> {
    let mut given = Map::new();
    let mut give = |name: &str, value: &str| {
        if !value.is_empty() {
            given.insert(name.to_owned(), Value::from(value));
        }
    };
    if report.has_range {
        give("from", &asked.from);
        give("to", &asked.to);
    }
    if report.has_step {
        give("step", &asked.step);
    }
    if let Some(narrowed) = report.narrowed {
        give(narrowed.name, &asked.narrowed);
    }
    data::found(context, report.function, given).await
}

/// What the database refused, beside the fields that it names.
fn faults(report: &Report, problem: &Problem) -> Faults {
    let narrowed = report.narrowed.map(|narrowed| narrowed.name);
    let fields = ["from", "to", "step"].into_iter().chain(narrowed);
    let placed: Vec<_> = fields.filter_map(|field| Some((Some(field), problem.told_of(field)?))).collect();
    if placed.is_empty() { Faults::whole(problem.told()) } else { Faults::all(placed) }
}

fn reports(page: &Page, own: &Report) -> Views {
    let link = |report: &Report| {
        Link::new(report.path.to_owned(), page.t(report.title), report.path == own.path).icon(report.icon)
    };
    Views { label: page.t("nav-reports"), links: REPORTS.iter().map(link).collect() }
}

/// Usual ranges: the last twelve weeks, half a year by weeks, a year and three by months.
fn ranges(page: &Page, report: &Report, asked: &Asked) -> Option<Segments> {
    if !report.has_range {
        return None;
    }
    let today = page.today();
    let since = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let month = |day: NaiveDate| day.format("%Y-%m-01").to_string();
    let range = |key: &str, from: String, step: &str| {
        let step = if report.has_step { step.to_owned() } else { String::new() };
        let one = Asked { from, to: String::new(), step, narrowed: asked.narrowed.clone() };
        let is_on = one.from == asked.from && asked.to.is_empty() && one.step == asked.step;
        Link::new(one.address(report, None), page.t(key), is_on)
    };
    let links = vec![
        range("report-weeks", String::new(), ""),
        range("report-half-year", month(since(182)), "WEEK"),
        range("report-year", month(since(334)), "MONTH"),
        range("report-years", month(since(1064)), "MONTH"),
    ];
    Some(Segments { label: page.t("report-range"), links })
}

fn fields(page: &Page, report: &Report, asked: &Asked) -> Vec<Field> {
    let mut fields = Vec::new();
    if report.has_range {
        fields
            .push(Field::new("from", page.t("report-from"), Kind::Date, "off").value(&asked.from).optional());
        fields.push(Field::new("to", page.t("report-to"), Kind::Date, "off").value(&asked.to).optional());
    }
    if report.has_step {
        let steps = [("WEEK", "report-by-week"), ("DAY", "report-by-day"), ("MONTH", "report-by-month")];
        let options = steps.map(|(code, key)| (code.to_owned(), page.t(key))).to_vec();
        let step = if asked.step.is_empty() { "WEEK" } else { &asked.step };
        fields.push(
            Field::new("step", page.t("report-step"), Kind::Select, "off").options(options).value(step),
        );
    }
    fields.extend(report.narrowed.map(|narrowed| narrowing(page, narrowed, &asked.narrowed)));
    fields
}

fn narrowing(page: &Page, narrowed: Narrowed, value: &str) -> Field {
    let label = page.t(narrowed.label);
    if narrowed.choices.is_empty() {
        return Field::new(narrowed.name, label, Kind::Text, "off").value(value).optional();
    }
    let all = (String::new(), page.t("report-all"));
    let choices = narrowed.choices.iter().map(|(code, key)| ((*code).to_owned(), page.t(key)));
    let options = std::iter::once(all).chain(choices).collect();
    Field::new(narrowed.name, label, Kind::Select, "off").options(options).value(value).optional()
}
