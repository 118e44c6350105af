//! One sentence of the database and what it is in another language: which values a text puts into its places, and the same values
//! in the other sentence.

/// What the database writes for a value that is not there.
const NOTHING: [&str; 2] = ["(none)", "(empty)"];

/// Most ways of reading a text that are looked at; one with more is not understood.
const MOST_READINGS: usize = 32;

/// Places that are looked at to find these ways: a long text in which the words between stand often has too many.
const MOST_LOOKS: usize = 2_000;

/// Letters that a format has at least, where it may stand inside another sentence: `% of %` would read almost anything.
const FEWEST_LETTERS: usize = 4;

/// A part of the sentence in the other language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words.
    Text(String),
    /// The value of a place, as it is: `%1`.
    Value(usize),
    /// The value of a place, which is of the product's own words: `%{1}`.
    Said(usize),
    /// The value of a place, which is one code or number and so has no spaces: `%[1]`.
    Code(usize),
}

impl Piece {
    fn place(&self) -> Option<usize> {
        match self {
            Self::Text(_) => None,
            Self::Value(place) | Self::Said(place) | Self::Code(place) => Some(*place),
        }
    }
}

/// A sentence in both languages.
#[derive(Debug, Clone)]
pub(super) struct Format {
    /// What stands before, between and behind the places.
    literals: Vec<String>,
    pieces: Vec<Piece>,
}

/// A text in the other language, and how much of what stands in its places was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// The text.
    pub(super) text: String,
    /// How many places hold the product's own words.
    pub(super) understood: usize,
    /// How many should.
    pub(super) wanted: usize,
}

impl Format {
    /// From what stands in a catalogue; none where a place has another number than the sentence has places.
    pub(super) fn new(msgid: &str, msgstr: &str) -> Option<Self> {
        let literals = literals(msgid);
        let pieces = pieces(msgstr);
        let count = literals.len() - 1;
        let places: Vec<usize> = pieces.iter().filter_map(Piece::place).collect();
        let is_there = |place: usize| places.contains(&place);
        let is_known = |place: &usize| *place < count;
        ((0..count).all(is_there) && places.iter().all(is_known)).then_some(Self { literals, pieces })
    }

    /// How much of it is fixed: the more, the surer it is the right one.
    pub(super) fn weight(&self) -> usize {
        self.literals.iter().map(String::len).sum()
    }

    /// Whether it says enough by itself to be found inside another sentence.
    pub(super) fn is_telling(&self) -> bool {
        let letters =
            self.literals.iter().flat_map(|literal| literal.chars()).filter(|sign| sign.is_alphabetic());
        letters.count() >= FEWEST_LETTERS
    }

    /// How many places it has.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.literals.len() - 1
    }

    /// The sentence with these values.
    #[cfg(test)]
    pub(super) fn english(&self, values: &[&str]) -> String {
        let values = values.iter().copied().chain(std::iter::once(""));
        self.literals.iter().zip(values).flat_map(|(literal, value)| [literal.as_str(), value]).collect()
    }

    /// The sentence in the other language with these values, as they are.
    #[cfg(test)]
    pub(super) fn filled(&self, values: &[&str]) -> String {
        self.read(values, &|_| None).text
    }

    /// What the text is in the other language; none where it is another sentence, or could be read in several ways.
    pub(super) fn reading(&self, text: &str, say: &dyn Fn(&str) -> Option<String>) -> Option<Reading> {
        let inner = text.strip_prefix(self.literals.first()?.as_str())?;
        let [_, between @ ..] = self.literals.as_slice() else { return None };
        let Some((last, between)) = between.split_last() else {
            return inner.is_empty().then(|| self.read(&[], say));
        };
        let inner = inner.strip_suffix(last.as_str())?;
        let splits = Splits::of(inner, between)?;
        let may_be = splits.iter().filter(|values| self.has_its_codes(values));
        let readings: Vec<Reading> = may_be.map(|values| self.read(values, say)).collect();
        let most = readings.iter().map(|reading| reading.understood).max()?;
        let mut best = readings.into_iter().filter(|reading| reading.understood == most);
        let first = best.next()?;
        // The same words, whichever spaces stand between: the first place is the short one then.
        best.all(|other| is_same(&other.text, &first.text)).then_some(first)
    }

    /// Whether what would stand in the places of codes can be one.
    fn has_its_codes(&self, values: &[&str]) -> bool {
        let is_code = |value: &str| !value.is_empty() && !value.contains(char::is_whitespace);
        self.pieces.iter().all(|piece| match piece {
            Piece::Code(place) => is_code(values[*place]),
            Piece::Text(_) | Piece::Value(_) | Piece::Said(_) => true,
        })
    }

    fn read(&self, values: &[&str], say: &dyn Fn(&str) -> Option<String>) -> Reading {
        let mut reading = Reading { text: String::new(), understood: 0, wanted: 0 };
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => reading.text.push_str(text),
                Piece::Code(place) => reading.text.push_str(values[*place]),
                Piece::Value(place) => {
                    let nothing = NOTHING.contains(&values[*place]).then(|| say(values[*place])).flatten();
                    reading.text.push_str(nothing.as_deref().unwrap_or(values[*place]));
                }
                Piece::Said(place) => {
                    let said = say(values[*place]);
                    reading.wanted += 1;
                    reading.understood += usize::from(said.is_some());
                    reading.text.push_str(said.as_deref().unwrap_or(values[*place]));
                }
            }
        }
        reading
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let signs = |text: &str| -> String { text.chars().filter(|sign| !sign.is_whitespace()).collect() };
    signs(one) == signs(other)
}

/// Every way to find some texts one behind the other in another.
#[derive(Debug, Default)]
struct Splits<'a> {
    found: Vec<&'a str>,
    all: Vec<Vec<&'a str>>,
    looks: usize,
}

impl<'a> Splits<'a> {
    /// None where there are too many, or too much would be looked at.
    fn of(text: &'a str, between: &[String]) -> Option<Vec<Vec<&'a str>>> {
        let mut splits = Self::default();
        splits.find(text, between);
        (!splits.is_spent()).then_some(splits.all)
    }

    fn is_spent(&self) -> bool {
        self.all.len() > MOST_READINGS || self.looks > MOST_LOOKS
    }

    fn find(&mut self, text: &'a str, between: &[String]) {
        let Some((next, behind)) = between.split_first() else {
            self.all.push(self.found.iter().copied().chain(std::iter::once(text)).collect());
            return;
        };
        for (at, _) in text.match_indices(next.as_str()) {
            self.looks += 1;
            if self.is_spent() {
                return;
            }
            self.found.push(&text[..at]);
            self.find(&text[at + next.len()..], behind);
            self.found.pop();
        }
    }
}

/// The texts around the places of a format: `%` is one, `%%` a per cent sign.
fn literals(format: &str) -> Vec<String> {
    let mut literals = vec![String::new()];
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == '%' && signs.next_if_eq(&'%').is_none() {
            literals.push(String::new());
        } else if let Some(literal) = literals.last_mut() {
            literal.push(sign);
        }
    }
    literals
}

/// The parts of a sentence whose places have numbers: `%1`, `%{1}`, `%[1]`; `%%` is a per cent sign.
fn pieces(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        text.push_str(before);
        let (piece, behind) = place(behind);
        match piece {
            Some(piece) => pieces.extend([Piece::Text(std::mem::take(&mut text)), piece]),
            None => text.push('%'),
        }
        rest = behind;
    }
    text.push_str(rest);
    pieces.push(Piece::Text(text));
    pieces
}

/// The place that begins behind a per cent sign, and what comes behind it.
fn place(behind: &str) -> (Option<Piece>, &str) {
    let at = |digit: &str| digit.parse::<usize>().ok()?.checked_sub(1);
    if let Some(place) = behind.get(..1).and_then(at) {
        return (Some(Piece::Value(place)), &behind[1..]);
    }
    let inside = |open: char, close: char| {
        let (digit, rest) = behind.strip_prefix(open)?.split_once(close)?;
        Some((at(digit)?, rest))
    };
    if let Some((place, rest)) = inside('{', '}') {
        return (Some(Piece::Said(place)), rest);
    }
    if let Some((place, rest)) = inside('[', ']') {
        return (Some(Piece::Code(place)), rest);
    }
    (None, behind.strip_prefix('%').unwrap_or(behind))
}
