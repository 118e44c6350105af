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
    // Letters stand closer or wider beside each other than alone: what is measured is the line.
    let fits = |line: &str, more: &str| measure(&[line, more].concat()) <= width;
    for piece in pieces(&text) {
        let mut has_room = fits(&line, piece.trim_end());
        if !has_room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            has_room = fits("", piece.trim_end());
        }
        if has_room {
            line.push_str(piece);
            continue;
        }
        for grapheme in piece.graphemes(true) {
            if !line.is_empty() && !fits(&line, grapheme) {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
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
    let cut = |kept: &str| fonts.set(&format!("{}…", kept.trim_end()), weight);
    let mut kept = String::new();
    for grapheme in text.graphemes(true) {
        let longer = [kept.as_str(), grapheme].concat();
        if cut(&longer).width(size) > width {
            break;
        }
        kept = longer;
    }
    cut(&kept)
}
