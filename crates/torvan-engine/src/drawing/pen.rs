//! Writes SVG: numbers short, texts escaped, groups closed.

use std::fmt::Write as _;

/// An SVG text that grows.
#[derive(Debug, Default)]
pub(super) struct Pen {
    text: String,
}

/// A number as it stands in the drawing: two decimals at most, no trailing zeros, never `-0`.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text between tags or in an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no other control signs.
            sign if sign.is_control() && !matches!(sign, '\t' | '\n') => safe.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => safe.push(' '),
            sign => safe.push(sign),
        }
    }
    safe
}

/// Rough width of a text in pixels, for the gap that a dimension line leaves.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let signs = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(signs) * size * 0.56
}

impl Pen {
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A group with a class.
    pub(super) fn group(&mut self, class: &str, inside: impl FnOnce(&mut Self)) {
        let _ = write!(self.text, "<g class=\"{class}\">");
        inside(self);
        self.raw("</g>\n");
    }

    /// A group with a class, moved to a point.
    pub(super) fn group_at(&mut self, class: &str, (x, y): (f64, f64), inside: impl FnOnce(&mut Self)) {
        let _ =
            write!(self.text, "<g class=\"{class}\" transform=\"translate({} {})\">", number(x), number(y));
        inside(self);
        self.raw("</g>\n");
    }

    /// A group that is a link, if there is a place for it to lead to.
    pub(super) fn link(&mut self, to: Option<&str>, inside: impl FnOnce(&mut Self)) {
        let Some(to) = to else { return inside(self) };
        let _ = write!(self.text, "<a href=\"{}\" tabindex=\"-1\" aria-hidden=\"true\">", escaped(to));
        inside(self);
        self.raw("</a>\n");
    }

    /// A rectangle: left, top, width, height, radius.
    pub(super) fn rect(&mut self, class: &str, [x, y, width, height, radius]: [f64; 5]) {
        let _ = write!(
            self.text,
            "<rect{} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            class_of(class),
            number(x),
            number(y),
            number(width),
            number(height),
        );
        if radius > 0.0 {
            let _ = write!(self.text, " rx=\"{}\"", number(radius.min(width / 2.0).min(height / 2.0)));
        }
        self.raw("/>\n");
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let _ = writeln!(
            self.text,
            "<circle{} cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            class_of(class),
            number(x),
            number(y),
            number(radius)
        );
    }

    /// A path that is written already.
    pub(super) fn path(&mut self, class: &str, path: &str) {
        let _ = writeln!(self.text, "<path{} d=\"{path}\"/>", class_of(class));
    }

    /// Straight lines, each from one point to another.
    pub(super) fn lines(&mut self, class: &str, lines: &[[f64; 4]]) {
        let mut steps = String::new();
        for [x1, y1, x2, y2] in lines {
            let _ = write!(steps, "M{} {}L{} {}", number(*x1), number(*y1), number(*x2), number(*y2));
        }
        self.path(class, &steps);
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let _ = writeln!(
            self.text,
            "<text{} x=\"{}\" y=\"{}\">{}</text>",
            class_of(class),
            number(x),
            number(y),
            escaped(text)
        );
    }
}

fn class_of(class: &str) -> String {
    if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") }
}

#[cfg(test)]
mod tests {
    use super::{escaped, number};

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(72.0, "72"), (0.6, "0.6"), (2.0 / 3.0, "0.67"), (-0.001, "0"), (-1.5, "-1.5")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn texts_cannot_leave_their_place() {
        assert_eq!(escaped("<a b=\"c\">&'\u{7}"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39; ");
    }
}
