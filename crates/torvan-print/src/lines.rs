//! Texts that wrap: after spaces and the signs that codes are divided by, within a word only where it is wider than its column.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::fonts::{Fonts, Line, Weight};
use crate::shown::shown;

/// Puts a text into lines of a width.
pub(crate) fn wrapped(fonts: &Fonts, text: &str, weight: Weight, size: f32, width: f32) -> Vec<Line> {
    let text = shown(fonts, text);
    let measure = |piece: &str| fonts.set(piece, weight).width(size);
    if measure(&text) <= width {
        return vec![fonts.set(&text, weight)];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    for piece in pieces(&text) {
        let wide = measure(piece.trim_end());
        if used + wide > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0.0;
        }
        if wide <= width {
            line.push_str(piece);
            used += measure(piece);
            continue;
        }
        for grapheme in piece.graphemes(true) {
            let wide = measure(grapheme);
            if used + wide > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push_str(grapheme);
            used += wide;
        }
    }
    lines.push(line);
    lines.iter().map(|line| fonts.set(line.trim_end(), weight)).collect()
}

/// Parts that a line may end after.
fn pieces(text: &str) -> Vec<&str> {
    text.split_inclusive([' ', '-', '/', '_', ';', '›']).collect()
}

/// The text in one line; what does not fit is cut off, and an ellipsis says so.
pub(crate) fn fitted(fonts: &Fonts, text: &str, weight: Weight, size: f32, width: f32) -> Line {
    let text = shown(fonts, text);
    let whole = fonts.set(&text, weight);
    if whole.width(size) <= width {
        return whole;
    }
    let mut kept = String::new();
    let mut used = fonts.set("…", weight).width(size);
    for grapheme in text.graphemes(true) {
        used += fonts.set(grapheme, weight).width(size);
        if used > width {
            break;
        }
        kept.push_str(grapheme);
    }
    fonts.set(&format!("{}…", kept.trim_end()), weight)
}
