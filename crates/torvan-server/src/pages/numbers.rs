//! Numbers, money and units as the reader's language writes them.

use rust_decimal::Decimal;

use crate::words::{Language, Words};

/// A number with the groups and the sign for decimals of the reader's language; what is no number stays as it is.
pub(super) fn number(words: Words, digits: &str) -> String {
    let digits = digits.trim();
    let rest = digits.split_once('.').map_or("", |(_, rest)| rest);
    let kept = rest.trim_end_matches('0').len();
    written(words, digits, kept)
}

/// The same with so many decimals.
pub(super) fn amount(words: Words, amount: Decimal, decimals: u32) -> String {
    let text = format!("{:.*}", decimals as usize, amount.round_dp(decimals));
    written(words, &text, decimals as usize)
}

/// A quantity: as many decimals as it has.
pub(super) fn plain(words: Words, amount: Decimal) -> String {
    number(words, &amount.normalize().to_string())
}

/// A number as it is typed: without groups, with the sign for decimals of the reader's language; what is no number stays as it is.
pub(super) fn typed(words: Words, digits: &str) -> String {
    match words.language {
        Language::Fr if digits.parse::<Decimal>().is_ok() => digits.replace('.', ","),
        _ => digits.to_owned(),
    }
}

/// A number that somebody typed in their language. A comma in English is refused: it may be meant for groups; and so is an
/// exponent, which nobody means: `1e3` is a code that went into the wrong field.
pub(super) fn read(words: Words, text: &str) -> Option<Decimal> {
    let text = text.trim();
    if !is_plain(text) {
        return None;
    }
    match words.language {
        Language::En => text.parse().ok(),
        Language::Fr => text.replace([' ', '\u{a0}', '\u{202f}'], "").replace(',', ".").parse().ok(),
    }
}

/// Whether a text has no letters, as the exponent of a number is one.
pub(super) fn is_plain(text: &str) -> bool {
    !text.contains(char::is_alphabetic)
}

/// An amount of money with its sign: `$13,710`, `13 710 $`.
pub(super) fn money(words: Words, sum: Decimal, decimals: u32) -> String {
    let sign = if sum.round_dp(decimals).is_sign_negative() && !sum.is_zero() { "\u{2212}" } else { "" };
    let digits = amount(words, sum.abs(), decimals);
    match words.language {
        Language::En => format!("{sign}${digits}"),
        Language::Fr => format!("{sign}{digits}\u{a0}$"),
    }
}

/// What something costs more or less than before.
pub(super) fn dearer(words: Words, difference: Decimal, decimals: u32) -> String {
    let sign = if difference.is_sign_negative() { "\u{2212}" } else { "+" };
    format!("{sign} {}", money(words, difference.abs(), decimals))
}

/// The word for a unit of the catalogue; one that has none stays as it is called there.
pub(super) fn unit(words: Words, code: &str) -> String {
    words.say_if_known(&format!("unit-of-{}", code.to_lowercase())).unwrap_or_else(|| code.to_owned())
}

fn written(words: Words, digits: &str, decimals: usize) -> String {
    let (sign, figures) = digits.strip_prefix('-').map_or(("", digits), |rest| ("\u{2212}", rest));
    if !figures.bytes().all(|sign| sign.is_ascii_digit() || sign == b'.') {
        return digits.to_owned();
    }
    let (whole, rest) = figures.split_once('.').unwrap_or((figures, ""));
    let (group, point) = match words.language {
        Language::En => (",", "."),
        Language::Fr => ("\u{202f}", ","),
    };
    let mut text = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push_str(group);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push_str(point);
        text.push_str(rest.get(..decimals).unwrap_or(rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Words = Words { language: Language::En, zone: chrono_tz::Tz::UTC };
    const FR: Words = Words { language: Language::Fr, zone: chrono_tz::Tz::UTC };

    fn of(text: &str) -> Decimal {
        text.parse().expect("an amount")
    }

    #[test]
    fn numbers_are_written_as_the_reader_writes_them() {
        for (digits, en, fr) in [
            ("0", "0", "0"),
            ("1234.5000", "1,234.5", "1\u{202f}234,5"),
            ("-1000000", "\u{2212}1,000,000", "\u{2212}1\u{202f}000\u{202f}000"),
            ("999", "999", "999"),
            ("-about six", "-about six", "-about six"),
        ] {
            assert_eq!(number(EN, digits), en);
            assert_eq!(number(FR, digits), fr);
        }
        assert_eq!(plain(FR, of("2.500")), "2,5");
    }

    #[test]
    fn a_number_is_read_as_it_is_typed() {
        for (words, text, is) in [
            (EN, "12.5", Some("12.5")),
            (EN, "12,5", None),
            (EN, "1,234", None),
            (FR, "12,5", Some("12.5")),
            (FR, "12.5", Some("12.5")),
            (FR, "1\u{202f}234,50", Some("1234.50")),
            (FR, "1,2,3", None),
            (EN, "1e3", None),
            (FR, "2E-1", None),
            (FR, "bientôt", None),
        ] {
            assert_eq!(read(words, text), is.map(of), "{text}");
        }
        for digits in ["12.5", "-0.25", "7"] {
            assert_eq!(read(FR, &typed(FR, digits)), Some(of(digits)));
            assert_eq!(typed(EN, digits), digits);
        }
    }

    #[test]
    fn amounts_keep_their_decimals() {
        for (sum, en, fr) in [
            ("0", "0.00", "0,00"),
            ("3778.7", "3,778.70", "3\u{202f}778,70"),
            ("-24171.999", "\u{2212}24,172.00", "\u{2212}24\u{202f}172,00"),
        ] {
            assert_eq!(amount(EN, of(sum), 2), en);
            assert_eq!(amount(FR, of(sum), 2), fr);
        }
    }

    #[test]
    fn money_has_its_sign_where_the_language_has_it() {
        assert_eq!(
            (money(EN, of("13710.4"), 0), money(FR, of("13710.4"), 0)),
            ("$13,710".into(), "13\u{202f}710\u{a0}$".into())
        );
        assert_eq!(money(EN, of("-5"), 2), "\u{2212}$5.00");
        assert_eq!(money(EN, of("0"), 2), "$0.00");
        assert_eq!(
            (dearer(EN, of("245"), 0), dearer(FR, of("-1245"), 0)),
            ("+ $245".into(), "\u{2212} 1\u{202f}245\u{a0}$".into())
        );
    }

    #[test]
    fn units_are_words() {
        assert_eq!(
            (unit(EN, "each"), unit(FR, "each"), unit(FR, "furlong")),
            ("each".into(), "unité".into(), "furlong".into())
        );
    }
}
