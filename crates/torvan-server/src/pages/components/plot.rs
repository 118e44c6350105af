//! Plots as SVG, drawn here: a title, a description for readers, at most five lines of a grid, each value under the pointer.

use std::fmt::Write as _;

use askama::Template;

use super::Tone;
use crate::pages::numbers::number;
use crate::words::Words;

html!(Plot, Spark);

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 176.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 24.0;
/// Right of the plot; wider where rules have their names there.
const RIGHT: f64 = 12.0;
const RIGHT_OF_RULES: f64 = 68.0;
/// Widest bar.
const BAR: f64 = 28.0;
/// Names under the plot, at most.
const MAX_TICKS: usize = 7;
/// Parts of the grid, at most.
const MAX_STEPS: f64 = 4.0;

/// How values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Joined, in the order of time.
    Line,
    /// Each for itself.
    Bars,
}

/// A value of a plot.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    /// What it is the value of.
    pub(crate) label: String,
    /// None where nothing was counted.
    pub(crate) value: Option<f64>,
    /// The value in words.
    pub(crate) shown: String,
}

/// A line across: a target, a mean, a limit.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `target`, `mean` or `limit`.
    pub(crate) class: &'static str,
    /// Where.
    pub(crate) value: f64,
    /// Its name.
    pub(crate) label: String,
}

#[derive(Debug)]
struct Grid {
    y: String,
    text_y: String,
    label: String,
}

#[derive(Debug)]
struct RuleLine {
    class: &'static str,
    y: String,
    text_y: String,
    label: String,
}

#[derive(Debug)]
struct Mark {
    x: String,
    y: String,
    width: String,
    height: String,
    title: String,
    is_outside: bool,
}

#[derive(Debug)]
struct Tick {
    x: String,
    text: String,
}

/// A plot.
#[derive(Debug, Template)]
#[template(path = "components/plot.html")]
pub(crate) struct Plot {
    id: String,
    /// What is plotted.
    pub(crate) title: String,
    description: String,
    is_line: bool,
    right: String,
    grid: Vec<Grid>,
    rules: Vec<RuleLine>,
    path: String,
    marks: Vec<Mark>,
    ticks: Vec<Tick>,
}

/// What a plot is made of.
#[derive(Debug)]
pub(crate) struct Drawn {
    /// The reader's words.
    pub(crate) words: Words,
    /// Tells the plots of a page apart.
    pub(crate) id: String,
    /// What is plotted.
    pub(crate) title: String,
    /// The same in a sentence, for readers.
    pub(crate) description: String,
    /// How.
    pub(crate) shape: Shape,
    /// Its values.
    pub(crate) points: Vec<Point>,
    /// Lines across.
    pub(crate) rules: Vec<Rule>,
}

/// Distance of the lines of a grid up to a value: 1, 2 or 5 of some power of ten.
fn step_to(greatest: f64) -> f64 {
    let least = (greatest / MAX_STEPS).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(least.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().map(|one| one * power);
    nice.into_iter().find(|one| *one >= least * 0.999_999).unwrap_or(power)
}

fn at(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A number of the grid as it is written.
fn gridded(words: Words, value: f64) -> String {
    number(words, &format!("{value:.1}"))
}

/// Where values lie.
#[derive(Debug, Clone, Copy)]
struct Scale {
    top: f64,
    slot: f64,
}

impl Scale {
    fn x(self, place: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a plot has a few hundred values")]
        let place = place as f64;
        LEFT + self.slot * (place + 0.5)
    }

    fn y(self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top
    }
}

impl Plot {
    /// Draws it.
    pub(crate) fn new(drawn: Drawn) -> Self {
        let values = drawn.points.iter().filter_map(|point| point.value);
        let greatest = values.chain(drawn.rules.iter().map(|rule| rule.value)).fold(0.0_f64, f64::max);
        let step = step_to(if greatest > 0.0 { greatest } else { MAX_STEPS });
        // What is counted has no halves.
        let is_counted =
            drawn.points.iter().filter_map(|point| point.value).all(|value| value.fract() == 0.0);
        let step = if is_counted { step.max(1.0) } else { step };
        let top = (greatest / step).ceil().max(1.0) * step;
        let right = WIDTH - if drawn.rules.is_empty() { RIGHT } else { RIGHT_OF_RULES };
        #[expect(clippy::cast_precision_loss, reason = "a plot has a few hundred values")]
        let slot = (right - LEFT) / drawn.points.len().max(1) as f64;
        let scale = Scale { top, slot };
        let is_line = drawn.shape == Shape::Line;
        Self {
            grid: grid(drawn.words, scale, step),
            rules: drawn.rules.iter().map(|rule| ruled(scale, rule)).collect(),
            path: if is_line { joined(scale, &drawn.points) } else { String::new() },
            marks: marks(scale, &drawn),
            ticks: ticks(scale, &drawn.points),
            right: at(right),
            id: drawn.id,
            title: drawn.title,
            description: drawn.description,
            is_line,
        }
    }
}

fn grid(words: Words, scale: Scale, step: f64) -> Vec<Grid> {
    let values = std::iter::successors(Some(0.0), |value| Some(value + step));
    let line = |value: f64| {
        let y = scale.y(value);
        Grid { y: at(y), text_y: at(y + 3.5), label: gridded(words, value) }
    };
    values.take_while(|value| *value <= scale.top * 1.000_001).map(line).collect()
}

fn ruled(scale: Scale, rule: &Rule) -> RuleLine {
    let y = scale.y(rule.value);
    RuleLine { class: rule.class, y: at(y), text_y: at(y + 3.5), label: rule.label.clone() }
}

/// One stroke for each run of values.
fn joined(scale: Scale, points: &[Point]) -> String {
    let mut path = String::new();
    let mut is_open = false;
    for (place, point) in points.iter().enumerate() {
        let Some(value) = point.value else {
            is_open = false;
            continue;
        };
        let begin = if is_open { 'L' } else { 'M' };
        let _ = write!(path, "{begin}{} {}", at(scale.x(place)), at(scale.y(value)));
        is_open = true;
    }
    path
}

fn marks(scale: Scale, drawn: &Drawn) -> Vec<Mark> {
    let limits: Vec<f64> =
        drawn.rules.iter().filter(|rule| rule.class == "limit").map(|rule| rule.value).collect();
    let highest = limits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let lowest = limits.iter().copied().fold(f64::INFINITY, f64::min);
    let mark = |(place, point): (usize, &Point)| {
        let value = point.value?;
        let (x, y) = (scale.x(place), scale.y(value));
        let width = (scale.slot * 0.64).min(BAR);
        let left = if drawn.shape == Shape::Bars { x - width / 2.0 } else { x };
        Some(Mark {
            x: at(left),
            y: at(y),
            width: at(width),
            height: at(scale.y(0.0) - y),
            title: format!("{}: {}", point.label, point.shown),
            is_outside: limits.len() == 2 && (value > highest || value < lowest),
        })
    };
    drawn.points.iter().enumerate().filter_map(mark).collect()
}

fn ticks(scale: Scale, points: &[Point]) -> Vec<Tick> {
    let every = points.len().div_ceil(MAX_TICKS).max(1);
    let tick = |(place, point): (usize, &Point)| Tick { x: at(scale.x(place)), text: point.label.clone() };
    points.iter().enumerate().step_by(every).map(tick).collect()
}

/// A line as small as a word: where a figure comes from.
#[derive(Debug, Template)]
#[template(path = "components/spark.html")]
pub(crate) struct Spark {
    class: &'static str,
    path: String,
    area: String,
    last: Option<(String, String)>,
    target: Option<String>,
}

const SPARK_WIDTH: f64 = 100.0;
const SPARK_HEIGHT: f64 = 20.0;

impl Spark {
    /// Values in the order of time, with a target where there is one; it turns red or amber only when its figure does.
    pub(crate) fn new(values: &[Option<f64>], target: Option<f64>, tone: Tone) -> Self {
        let all = || values.iter().flatten().copied().chain(target);
        let least = all().fold(f64::INFINITY, f64::min);
        let greatest = all().fold(f64::NEG_INFINITY, f64::max);
        let range = if greatest > least { greatest - least } else { 1.0 };
        let y = |value: f64| 4.0 + SPARK_HEIGHT * (1.0 - (value - least) / range);
        #[expect(clippy::cast_precision_loss, reason = "a spark has a few dozen values")]
        let x = |place: usize| 2.0 + SPARK_WIDTH * place as f64 / (values.len().max(2) - 1) as f64;
        let placed: Vec<(f64, f64)> = values
            .iter()
            .enumerate()
            .filter_map(|(place, value)| value.map(|value| (x(place), y(value))))
            .collect();
        let points: Vec<String> = placed.iter().map(|(x, y)| format!("{} {}", at(*x), at(*y))).collect();
        let path = if points.is_empty() { String::new() } else { format!("M{}", points.join("L")) };
        let area = match (placed.first(), placed.last()) {
            (Some((first, _)), Some((end, _))) if placed.len() > 1 => {
                format!("{path}L{} 28L{} 28z", at(*end), at(*first))
            }
            _ => String::new(),
        };
        Self {
            class: match tone {
                Tone::Bad => "bad",
                Tone::Warn => "warn",
                _ => "",
            },
            path,
            area,
            last: placed.last().map(|(x, y)| (at(*x), at(*y))),
            target: target.filter(|_| !placed.is_empty()).map(|target| at(y(target))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(shape: Shape, values: &[Option<f64>]) -> Plot {
        let point = |value: &Option<f64>| Point {
            label: "week <1>".to_owned(),
            value: *value,
            shown: "so much".to_owned(),
        };
        Plot::new(Drawn {
            words: Words::new(crate::words::Language::En),
            id: "a".to_owned(),
            title: "Orders".to_owned(),
            description: "Of twelve weeks.".to_owned(),
            shape,
            points: values.iter().map(point).collect(),
            rules: Vec::new(),
        })
    }

    #[test]
    fn the_grid_has_round_numbers_and_holds_every_value() {
        for (greatest, step) in
            [(0.7, 0.2), (4.0, 1.0), (93.0, 50.0), (100.0, 50.0), (800.0, 200.0), (1200.0, 500.0)]
        {
            assert!((step_to(greatest) - step).abs() < 1e-9, "{greatest}: {}", step_to(greatest));
        }
        let plot = drawn(Shape::Bars, &[Some(0.0), Some(93.0)]);
        assert_eq!(plot.grid.iter().map(|line| line.label.as_str()).collect::<Vec<_>>(), ["0", "50", "100"]);
    }

    #[test]
    fn what_is_counted_has_no_halves() {
        let labels = |values: &[Option<f64>]| -> Vec<String> {
            drawn(Shape::Bars, values).grid.into_iter().map(|line| line.label).collect()
        };
        assert_eq!(labels(&[Some(1.0), Some(2.0)]), ["0", "1", "2"]);
        assert_eq!(labels(&[Some(1.0)]), ["0", "1"]);
        assert_eq!(labels(&[Some(0.5), Some(1.0)]), ["0", "0.5", "1"]);
    }

    #[test]
    fn nothing_counted_is_a_gap_and_no_nought() {
        let plot = drawn(Shape::Line, &[Some(1.0), None, Some(2.0)]);
        assert_eq!(plot.path.matches('M').count(), 2, "{}", plot.path);
        assert_eq!(plot.marks.len(), 2);
    }

    #[test]
    fn a_plot_says_what_it_shows_and_escapes_it() {
        let html = drawn(Shape::Bars, &[Some(3.0)]).to_string();
        assert!(
            html.contains("role=\"img\"") && html.contains("<title id=\"a-title\">Orders</title>"),
            "{html}"
        );
        assert!(html.contains("week &#60;1&#62;: so much"), "{html}");
        let none = drawn(Shape::Line, &[]).to_string();
        assert!(!none.contains("NaN") && !none.contains("inf"), "{none}");
    }

    #[test]
    fn what_lies_outside_of_its_limits_is_marked() {
        let rule = |value| Rule { class: "limit", value, label: "limit".to_owned() };
        let point = |value| Point { label: String::new(), value: Some(value), shown: String::new() };
        let plot = Plot::new(Drawn {
            words: Words::new(crate::words::Language::En),
            id: "b".to_owned(),
            title: String::new(),
            description: String::new(),
            shape: Shape::Line,
            points: vec![point(5.0), point(19.0)],
            rules: vec![rule(2.0), rule(17.0)],
        });
        assert_eq!(plot.marks.iter().map(|mark| mark.is_outside).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_spark_of_nothing_is_empty_and_of_equal_values_level() {
        let none = Spark::new(&[None, None], Some(95.0), Tone::None).to_string();
        assert!(!none.contains("NaN") && !none.contains("inf"), "{none}");
        let level = Spark::new(&[Some(3.0), Some(3.0)], None, Tone::Bad);
        assert_eq!(level.path, "M2 24L102 24");
        assert_eq!(level.class, "bad");
    }
}
