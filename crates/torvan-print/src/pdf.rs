//! The file: pages with their marks, sections, and what is known of the record.

use chrono::{DateTime as Moment, Datelike as _, Timelike as _, Utc};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, Configuration, ConfigurationError};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;

use crate::flow::{Section, set};
use crate::fonts::Fonts;
use crate::marks::{Hue, Mark};
use crate::model::Paper;
use crate::shown::shown;

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// A font cannot be read.
    #[error("a font of the papers cannot be read")]
    Font,
    /// The sheet has no area.
    #[error("the sheet has no area")]
    Sheet,
    /// No file of the kind that archives take can be made.
    #[error("there is no such kind of file: {0:?}")]
    Kind(ConfigurationError),
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    File(String),
}

impl From<KrillaError> for PrintError {
    fn from(error: KrillaError) -> Self {
        match error {
            KrillaError::Validation(found) => Self::File(format!("{found:?}")),
            other => Self::File(other.to_string()),
        }
    }
}

/// Prints a paper.
pub fn print(paper: &Paper, fonts: &Fonts) -> Result<Vec<u8>, PrintError> {
    let flow = set(paper, fonts);
    let (width, height) = paper.sheet.size();
    let mut document = Document::new_with(SerializeSettings {
        configuration: archival()?,
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    for marks in &flow.pages {
        let settings = PageSettings::from_wh(width, height).ok_or(PrintError::Sheet)?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, mark);
        }
        surface.finish();
        page.finish();
    }
    document.set_outline(outline(&flow.sections, fonts));
    document.set_metadata(metadata(paper, fonts));
    Ok(document.finish()?)
}

fn archival() -> Result<Configuration, PrintError> {
    krilla::configure::ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_U)
        .finish()
        .map_err(PrintError::Kind)
}

fn fill(hue: Hue) -> Fill {
    let (red, green, blue) = hue.rgb();
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark) {
    match mark {
        Mark::Text { x, y, size, tone, line } => {
            surface.set_fill(Some(fill(Hue::Tone(*tone))));
            let mut x = *x;
            for run in &line.runs {
                let start = Point::from_xy(x, *y);
                surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &run.text, *size, false);
                x += run.width * size;
            }
        }
        Mark::Field { x, y, width, height, hue } => {
            let mut path = PathBuilder::new();
            let Some(rect) = Rect::from_xywh(*x, *y, *width, *height) else { return };
            path.push_rect(rect);
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*hue)));
                surface.draw_path(&path);
            }
        }
    }
}

fn outline(sections: &[Section], fonts: &Fonts) -> Outline {
    let mut outline = Outline::new();
    for section in sections {
        let place = XyzDestination::new(section.page, Point::from_xy(0.0, section.y));
        outline.push_child(OutlineNode::new(shown(fonts, &section.name), place));
    }
    outline
}

fn metadata(paper: &Paper, fonts: &Fonts) -> Metadata {
    let metadata = Metadata::new()
        .title(shown(fonts, &paper.title))
        .authors(vec![shown(fonts, &paper.issuer)])
        .language(paper.language.clone())
        .document_id(paper.identity.clone())
        .producer("Torvan".to_owned());
    match paper.dated {
        Some(dated) => metadata.creation_date(date(dated)),
        None => metadata,
    }
}

fn date(at: Moment<Utc>) -> DateTime {
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
