//! Dimension lines: in pixels, with 45-degree ticks, inches first and millimetres after them.

use super::caption::{Caption, Captions};
use super::pen::{Pen, escaped, number, text_width};

/// Room on both sides of a dimension's figures.
const AIR: f64 = 6.0;
const TICK: f64 = 2.5;
/// Between a tick and the figures.
const CLEAR: f64 = 2.0;
/// Of figures that stand beside their line.
const RAISED: f64 = 5.0;

/// What a dimension says.
pub(super) struct Figures {
    inches: String,
    millimetres: String,
}

impl Figures {
    /// Inches with their unit, and millimetres with or without it.
    pub(super) fn overall(captions: &dyn Captions, inches: f64, with_unit: bool) -> Self {
        let millimetres = (inches * 25.4).round();
        let caption = if with_unit { Caption::Millimetres(millimetres) } else { Caption::Bare(millimetres) };
        let after = captions.say(&caption);
        Self { inches: captions.say(&Caption::Inches(inches)), millimetres: after }
    }

    /// Inches alone under ten, millimetres after them from there.
    pub(super) fn chain(captions: &dyn Captions, inches: f64) -> Self {
        let bare = |value: f64| captions.say(&Caption::Bare(value));
        let millimetres = if inches < 10.0 { String::new() } else { bare((inches * 25.4).round()) };
        Self { inches: bare((inches * 10.0).round() / 10.0), millimetres }
    }

    /// The millimetres make way where there is no room for both between the ticks; where there is none for the inches
    /// either, they stand beside the line.
    fn fitted(&self, length: f64) -> Fitted {
        let inches = Self { inches: self.inches.clone(), millimetres: String::new() };
        let both = Self { inches: self.inches.clone(), millimetres: self.millimetres.clone() };
        let room = length - 2.0 * (TICK + CLEAR);
        match [&both, &inches].iter().position(|figures| figures.width() <= room) {
            Some(0) => Fitted { figures: both, is_raised: false },
            Some(_) => Fitted { figures: inches, is_raised: false },
            None => Fitted { figures: inches, is_raised: true },
        }
    }

    fn width(&self) -> f64 {
        let gap = if self.millimetres.is_empty() { 0.0 } else { 4.0 };
        text_width(&self.inches, 10.5) + gap + text_width(&self.millimetres, 10.0)
    }

    fn spans(&self) -> String {
        let mut spans = format!("<tspan>{}</tspan>", escaped(&self.inches));
        if !self.millimetres.is_empty() {
            spans.push_str("<tspan class=\"mm\" dx=\"4\">");
            spans.push_str(&escaped(&self.millimetres));
            spans.push_str("</tspan>");
        }
        spans
    }
}

/// What is said of a dimension, and whether beside its line.
struct Fitted {
    figures: Figures,
    is_raised: bool,
}

impl Fitted {
    /// How far the line leaves room on both sides of its middle.
    fn half(&self) -> f64 {
        if self.is_raised { 0.0 } else { self.figures.width() / 2.0 + AIR }
    }

    /// How far the baseline is from the line.
    fn drop(&self) -> f64 {
        if self.is_raised { -RAISED } else { 3.5 }
    }
}

/// A dimension above the plan, from one x to another.
pub(super) fn across(pen: &mut Pen, [from, to]: [f64; 2], y: f64, edge: f64, figures: &Figures) {
    let middle = f64::midpoint(from, to);
    let fitted = figures.fitted((to - from).abs());
    let half = fitted.half();
    pen.group("dim", |pen| {
        pen.lines("ex", &[[from, edge, from, y - 3.0], [to, edge, to, y - 3.0]]);
        if to - from > 2.0 * half {
            pen.lines("", &[[from, y, middle - half, y], [middle + half, y, to, y]]);
        }
        pen.lines("tk", &[tick(from, y), tick(to, y)]);
        pen.raw(&format!("<text x=\"{}\" y=\"{}\">", number(middle), number(y + fitted.drop())));
        pen.raw(&fitted.figures.spans());
        pen.raw("</text>\n");
    });
}

/// A dimension beside a view, from one y to another.
pub(super) fn upright(pen: &mut Pen, x: f64, [from, to]: [f64; 2], edge: f64, figures: &Figures) {
    let middle = f64::midpoint(from, to);
    let fitted = figures.fitted((to - from).abs());
    let half = fitted.half();
    let beyond = if edge > x { x - 3.0 } else { x + 3.0 };
    pen.group("dim", |pen| {
        pen.lines("ex", &[[edge, from, beyond, from], [edge, to, beyond, to]]);
        if to - from > 2.0 * half {
            pen.lines("", &[[x, from, x, middle - half], [x, middle + half, x, to]]);
        }
        pen.lines("tk", &[tick(x, from), tick(x, to)]);
        pen.raw(&format!(
            "<text transform=\"translate({} {}) rotate(-90)\">",
            number(x + fitted.drop()),
            number(middle)
        ));
        pen.raw(&fitted.figures.spans());
        pen.raw("</text>\n");
    });
}

fn tick(x: f64, y: f64) -> [f64; 4] {
    [x - TICK, y + TICK, x + TICK, y - TICK]
}
