//! What a text looks like on paper: nothing in it vanishes, nothing in it changes what stands beside it.

use crate::fonts::Fonts;

/// Signs that have no look of their own: on paper they would vanish, or turn what follows.
fn is_unseen(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{E000}'..='\u{F8FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{FFFE}' | '\u{FFFF}' | '\u{F0000}'..)
}

/// The text as it is set: white space is a space, and a sign that the fonts lack is told by its number, `‹U+1F600›`.
pub(crate) fn shown(fonts: &Fonts, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            sign if is_unseen(sign) || !fonts.has(sign) => {
                let number = format!("‹U+{:04X}›", u32::from(sign));
                shown.push_str(&number);
            }
            sign => shown.push(sign),
        }
    }
    shown
}
