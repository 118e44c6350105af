//! Dimension lines: in pixels, with 45-degree ticks, inches first and millimetres after them.

use super::caption::{Caption, Captions};
use super::pen::{Pen, escaped, number, text_width};

/// Room on both sides of a dimension's figures.
const AIR: f64 = 6.0;
const TICK: f64 = 2.5;

/// What a dimension says.
pub(super) struct Figures {
    inches: String,
    millimetres: String,
}

impl Figures {
    /// Inches with their unit, and millimetres with or without it.
    pub(super) fn overall(captions: &dyn Captions, inches: f64, with_unit: bool) -> Self {
        let millimetres = (inches * 25.4).round();
        let after =
            if with_unit { captions.say(&Caption::Millimetres(millimetres)) } else { number(millimetres) };
        Self { inches: captions.say(&Caption::Inches(inches)), millimetres: after }
    }

    /// Inches alone under ten, millimetres after them from there.
    pub(super) fn chain(inches: f64) -> Self {
        let shown = (inches * 10.0).round() / 10.0;
        let millimetres = if inches < 10.0 { String::new() } else { number((inches * 25.4).round()) };
        Self { inches: number(shown), millimetres }
    }

    /// The millimetres make way where there is no room for both.
    fn fitted(&self, room: f64) -> Option<Self> {
        let inches = Self { inches: self.inches.clone(), millimetres: String::new() };
        let both = Self { inches: self.inches.clone(), millimetres: self.millimetres.clone() };
        [both, inches].into_iter().find(|figures| figures.width() <= room)
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

/// A dimension above the plan, from one x to another.
pub(super) fn across(pen: &mut Pen, [from, to]: [f64; 2], y: f64, edge: f64, figures: &Figures) {
    let middle = f64::midpoint(from, to);
    let figures = figures.fitted(to - from);
    let half = figures.as_ref().map_or(0.0, |figures| figures.width() / 2.0 + AIR);
    pen.group("dim", |pen| {
        pen.lines("ex", &[[from, edge, from, y - 3.0], [to, edge, to, y - 3.0]]);
        if to - from > 2.0 * half {
            pen.lines("", &[[from, y, middle - half, y], [middle + half, y, to, y]]);
        }
        pen.lines("tk", &[tick(from, y), tick(to, y)]);
        if let Some(figures) = figures {
            pen.raw(&format!("<text x=\"{}\" y=\"{}\">", number(middle), number(y + 3.5)));
            pen.raw(&figures.spans());
            pen.raw("</text>\n");
        }
    });
}

/// A dimension beside a view, from one y to another.
pub(super) fn upright(pen: &mut Pen, x: f64, [from, to]: [f64; 2], edge: f64, figures: &Figures) {
    let middle = f64::midpoint(from, to);
    let figures = figures.fitted(to - from);
    let half = figures.as_ref().map_or(0.0, |figures| figures.width() / 2.0 + AIR);
    let beyond = if edge > x { x - 3.0 } else { x + 3.0 };
    pen.group("dim", |pen| {
        pen.lines("ex", &[[edge, from, beyond, from], [edge, to, beyond, to]]);
        if to - from > 2.0 * half {
            pen.lines("", &[[x, from, x, middle - half], [x, middle + half, x, to]]);
        }
        pen.lines("tk", &[tick(x, from), tick(x, to)]);
        if let Some(figures) = figures {
            pen.raw(&format!(
                "<text transform=\"translate({} {}) rotate(-90)\">",
                number(x + 3.5),
                number(middle)
            ));
            pen.raw(&figures.spans());
            pen.raw("</text>\n");
        }
    });
}

fn tick(x: f64, y: f64) -> [f64; 4] {
    [x - TICK, y + TICK, x + TICK, y - TICK]
}
