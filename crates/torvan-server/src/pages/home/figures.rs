//! Figures of a dashboard: this week and those of the period before it, in one statement for all.

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::period::Period;
use crate::http::problem::Problem;
use crate::pages::components::{Icon, Spark, Tone};
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::reports::{Unit, unit_shown};

/// What is hoped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Better {
    More,
    Less,
    Neither,
}

/// A figure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure {
    /// As the database has it.
    pub(super) name: &'static str,
    /// Key of its name.
    pub(super) label: &'static str,
    pub(super) unit: Unit,
    pub(super) better: Better,
    pub(super) target: Option<f64>,
}

/// A figure as it is shown.
#[derive(Debug)]
pub(super) struct Kpi {
    code: &'static str,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) spark: Spark,
    /// How it changed since the week before: class, icon and words.
    pub(super) change: Option<(&'static str, Icon, String)>,
    pub(super) note: String,
    weeks: Vec<(NaiveDate, Option<f64>)>,
}

impl Kpi {
    /// Its weeks as lines of a file.
    pub(super) fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let line = |(week, value): &(NaiveDate, Option<f64>)| {
            vec![
                self.code.to_owned(),
                week.to_string(),
                value.map(|value| value.to_string()).unwrap_or_default(),
            ]
        };
        self.weeks.iter().map(line)
    }
}

#[derive(Debug, Deserialize)]
struct Week {
    figure: String,
    week: NaiveDate,
    amount: Option<f64>,
}

/// The figures of a board; those that the person may not know are left out.
pub(super) async fn figures(
    context: &mut Context,
    page: &Page,
    asked: &[Figure],
    period: Period,
) -> Result<Vec<Kpi>, Problem> {
    let names: Vec<Value> = asked.iter().map(|figure| figure.name.into()).collect();
    let given = Map::from_iter([
        ("figures".to_owned(), Value::from(names)),
        ("weeks".to_owned(), Value::from(period.weeks())),
    ]);
    let mut weeks: Vec<Week> = data::found(context, "dashboard_figures", given).await?;
    weeks.sort_by_key(|one| one.week);
    let of = |figure: &Figure| -> Vec<(NaiveDate, Option<f64>)> {
        weeks.iter().filter(|one| one.figure == figure.name).map(|one| (one.week, one.amount)).collect()
    };
    let known = asked.iter().map(|figure| (figure, of(figure))).filter(|(_, weeks)| !weeks.is_empty());
    Ok(known.map(|(figure, weeks)| kpi(page, figure, weeks, period)).collect())
}

fn kpi(page: &Page, figure: &Figure, weeks: Vec<(NaiveDate, Option<f64>)>, period: Period) -> Kpi {
    let values: Vec<Option<f64>> = weeks.iter().map(|(_, value)| *value).collect();
    // A week of which nothing is known has no figure; the one before it is not shown in its place.
    let mut latest = values.iter().rev().copied();
    let (now, before) = (latest.next().flatten(), latest.next().flatten());
    let shown = |value: f64| unit_shown(page, figure.unit, &value.to_string());
    let is_average = figure.unit == Unit::Percent || figure.unit == Unit::Days;
    // A week that is not over is not compared with one that is, where things are counted.
    let change = now.zip(before).filter(|_| is_average).map(|(now, before)| now - before);
    let note = match (figure.target, before) {
        (Some(target), _) => page.tv("plot-target", "value", shown(target)),
        (None, Some(before)) if !is_average => page.tv("figure-last-week", "value", shown(before)),
        _ => page.tv("figure-weeks", "count", period.weeks()),
    };
    Kpi {
        code: figure.name,
        name: page.t(figure.label),
        value: now.map_or_else(|| "–".to_owned(), shown),
        spark: Spark::new(&values, figure.target, standing(now, figure.target)),
        change: change.map(|change| changed(page, figure, change)),
        note,
        weeks,
    }
}

/// How a figure stands to its target: amber below it, red when it is far below.
fn standing(now: Option<f64>, target: Option<f64>) -> Tone {
    match now.zip(target) {
        Some((now, target)) if now < target * 0.95 => Tone::Bad,
        Some((now, target)) if now < target => Tone::Warn,
        _ => Tone::None,
    }
}

fn changed(page: &Page, figure: &Figure, change: f64) -> (&'static str, Icon, String) {
    let change = (change * 10.0).round() / 10.0;
    let tone = match figure.better {
        Better::More if change > 0.0 => Tone::Ok,
        Better::Less if change < 0.0 => Tone::Ok,
        Better::More if change < 0.0 => Tone::Bad,
        Better::Less if change > 0.0 => Tone::Bad,
        _ => Tone::None,
    };
    let icon = if change < 0.0 { Icon("trending-down") } else { Icon("trending-up") };
    let size = unit_shown(page, Unit::Count, &change.abs().to_string());
    let key = match (figure.unit, change < 0.0) {
        (Unit::Percent, false) => "figure-points-more",
        (Unit::Percent, true) => "figure-points-less",
        (_, false) => "figure-days-more",
        (_, true) => "figure-days-less",
    };
    (tone.class(), icon, page.tv(key, "value", size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_amber_below_its_target_and_red_far_below() {
        for (now, tone) in [(96.0, Tone::None), (95.0, Tone::None), (93.0, Tone::Warn), (80.0, Tone::Bad)] {
            assert_eq!(standing(Some(now), Some(95.0)), tone, "{now}");
        }
        assert_eq!(standing(Some(1.0), None), Tone::None);
        assert_eq!(standing(None, Some(95.0)), Tone::None);
    }
}
