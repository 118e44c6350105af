//! The letters that papers are set in, and how a text becomes glyphs.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser::Tag;
use rustybuzz::{Direction, Feature, Script, ShapePlan, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};

use crate::pdf::PrintError;

/// How strong letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As text.
    Regular,
    /// As heads, codes and sums.
    Strong,
}

/// A font, for shaping and for the file.
struct Face {
    shapes: rustybuzz::Face<'static>,
    font: Font,
    /// How letters of a script are set in a direction: found out once, since every measuring of a line asks for it.
    plans: Mutex<Vec<(Direction, Script, Arc<ShapePlan>)>>,
}

impl Face {
    fn read(data: &'static [u8]) -> Result<Self, PrintError> {
        let shapes = rustybuzz::Face::from_slice(data, 0).ok_or(PrintError::Font)?;
        let font = Font::new(data.into(), 0).ok_or(PrintError::Font)?;
        Ok(Self { shapes, font, plans: Mutex::default() })
    }

    fn plan(&self, direction: Direction, script: Script) -> Arc<ShapePlan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let known = plans.iter().find(|(is, of, _)| *is == direction && *of == script);
        if let Some((.., plan)) = known {
            return Arc::clone(plan);
        }
        let plan = Arc::new(ShapePlan::new(&self.shapes, direction, Some(script), None, &features()));
        plans.push((direction, script, Arc::clone(&plan)));
        plan
    }

    fn has(&self, sign: char) -> bool {
        self.shapes.glyph_index(sign).is_some_and(|glyph| glyph.0 != 0)
    }
}

/// The fonts of papers: two weights of one family, and a wider one for letters that the family lacks.
pub struct Fonts {
    regular: Face,
    strong: Face,
    wide: Face,
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fonts").finish_non_exhaustive()
    }
}

/// Glyphs of one font, in the order in which they stand.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) font: Font,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// In ems.
    pub(crate) width: f32,
}

/// A text in one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
}

impl Line {
    /// Width at a size.
    pub(crate) fn width(&self, size: f32) -> f32 {
        self.runs.iter().map(|run| run.width).sum::<f32>() * size
    }
}

impl Fonts {
    /// Reads TrueType fonts.
    pub fn new(
        regular: &'static [u8],
        strong: &'static [u8],
        wide: &'static [u8],
    ) -> Result<Self, PrintError> {
        Ok(Self { regular: Face::read(regular)?, strong: Face::read(strong)?, wide: Face::read(wide)? })
    }

    fn faces(&self, weight: Weight) -> [&Face; 2] {
        match weight {
            Weight::Regular => [&self.regular, &self.wide],
            Weight::Strong => [&self.strong, &self.wide],
        }
    }

    /// Whether there are glyphs for a sign in each weight.
    pub(crate) fn has(&self, sign: char) -> bool {
        [Weight::Regular, Weight::Strong]
            .iter()
            .all(|weight| self.faces(*weight).iter().any(|face| face.has(sign)))
    }

    /// Sets a text, of which every sign has glyphs, in one line; what is written from right to left stands so.
    pub(crate) fn set(&self, text: &str, weight: Weight) -> Line {
        let bidi = BidiInfo::new(text, Some(Level::ltr()));
        let mut runs = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in ranges {
                let is_rtl = levels.get(range.start).is_some_and(Level::is_rtl);
                runs.extend(self.runs(text.get(range).unwrap_or_default(), weight, is_rtl));
            }
        }
        Line { runs }
    }

    /// A text of one direction.
    fn runs(&self, text: &str, weight: Weight, is_rtl: bool) -> Vec<Run> {
        let faces = self.faces(weight);
        let mut runs: Vec<Run> = pieces(text, &faces)
            .into_iter()
            .map(|(face, range)| shaped(face, text.get(range).unwrap_or_default(), is_rtl))
            .collect();
        if is_rtl {
            runs.reverse();
        }
        runs
    }
}

/// Which part of a text stands in which font: the first that has its signs. What joins a letter stays with it where it can.
fn pieces<'f>(text: &str, faces: &[&'f Face; 2]) -> Vec<(&'f Face, Range<usize>)> {
    let mut pieces: Vec<(&'f Face, Range<usize>, usize)> = Vec::new();
    for (place, sign) in text.char_indices() {
        let end = place + sign.len_utf8();
        let first = usize::from(!faces[0].has(sign));
        match pieces.last_mut() {
            Some((face, range, at)) if *at == first || (!sign.is_alphanumeric() && face.has(sign)) => {
                range.end = end;
            }
            _ => pieces.push((faces[first], place..end, first)),
        }
    }
    pieces.into_iter().map(|(face, range, _)| (face, range)).collect()
}

/// Figures of one width, and letters as they were typed: `->` does not become an arrow.
fn features() -> [Feature; 3] {
    [
        Feature::new(Tag::from_bytes(b"tnum"), 1, ..),
        Feature::new(Tag::from_bytes(b"calt"), 0, ..),
        Feature::new(Tag::from_bytes(b"liga"), 0, ..),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "units of a font are small")]
fn shaped(face: &Face, text: &str, is_rtl: bool) -> Run {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    let plan = face.plan(buffer.direction(), buffer.script());
    let shaped = rustybuzz::shape_with_plan(&face.shapes, &plan, buffer);
    let em = face.shapes.units_per_em() as f32;
    let mut begins: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    begins.sort_unstable();
    begins.dedup();
    let end_of = |begin: usize| {
        let next = begins.partition_point(|other| *other <= begin);
        begins.get(next).copied().unwrap_or(text.len())
    };
    let glyph = |(info, position): (&rustybuzz::GlyphInfo, &rustybuzz::GlyphPosition)| {
        let begin = info.cluster as usize;
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            position.x_advance as f32 / em,
            position.x_offset as f32 / em,
            position.y_offset as f32 / em,
            position.y_advance as f32 / em,
            begin..end_of(begin),
            None,
        )
    };
    let glyphs: Vec<KrillaGlyph> =
        shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(glyph).collect();
    let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
    Run { font: face.font.clone(), text: text.to_owned(), glyphs, width }
}
