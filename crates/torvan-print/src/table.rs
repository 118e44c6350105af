//! Tables: columns that line up, heads on each page, rows that stay whole.

use crate::flow::{Flow, Piece};
use crate::fonts::Weight;
use crate::marks::{Hue, Mark};
use crate::model::{Align, Cell, Column, Row, RowKind, Table, Text, Tone, Width};

/// Size of the texts.
const SIZE: f32 = 7.8;
/// Size of the heads.
const HEAD: f32 = 6.8;
/// Beside the texts of a cell.
const PAD: f32 = 4.0;
/// Above and below them.
const AIR: f32 = 2.2;
/// How far a level is set in, and how many levels are.
const STEP: f32 = 7.0;
const LEVELS: usize = 9;

/// A column with its place.
struct Place {
    left: f32,
    width: f32,
    align: Align,
}

fn places(columns: &[Column], (left, width): (f32, f32)) -> Vec<Place> {
    let fixed = |column: &Column| if let Width::Fixed(width) = column.width { width } else { 0.0 };
    let shares = |column: &Column| if let Width::Share(shares) = column.width { shares } else { 0.0 };
    let free = (width - columns.iter().map(fixed).sum::<f32>()).max(0.0);
    let all = columns.iter().map(shares).sum::<f32>().max(1.0);
    let mut x = left;
    let place = |column: &Column| {
        let width = fixed(column) + free * shares(column) / all;
        let place = Place { left: x, width, align: column.align };
        x += width;
        place
    };
    columns.iter().map(place).collect()
}

/// A line of cells, with air around them.
fn cells<'c>(flow: &Flow<'_>, places: &[Place], cells: impl Iterator<Item = &'c Cell>, size: f32) -> Piece {
    let mut row = Piece::default();
    for (place, cell) in places.iter().zip(cells) {
        let mut piece = Piece::default();
        for text in &cell.texts {
            let inner = inner(place, cell.level);
            let lines = flow.lines(&text.text, text.weight, size, inner.1);
            piece.add_lines(lines, size, text.tone, inner, place.align);
        }
        row.beside(piece, AIR);
    }
    row.height += AIR;
    row
}

#[expect(clippy::cast_precision_loss, reason = "levels are few")]
fn inner(place: &Place, level: usize) -> (f32, f32) {
    let step = STEP * level.min(LEVELS) as f32;
    (place.left + PAD + step, (place.width - 2.0 * PAD - step).max(SIZE * 2.0))
}

fn head(flow: &Flow<'_>, places: &[Place], columns: &[Column]) -> Piece {
    let title = |column: &Column| {
        Cell::from(Text { weight: Weight::Strong, ..Text::plain(&column.title).tone(Tone::Soft) })
    };
    let titles: Vec<Cell> = columns.iter().map(title).collect();
    let mut piece = cells(flow, places, titles.iter(), HEAD);
    let (left, width) = flow.span();
    let field = Mark::Field { x: left, y: 0.0, width, height: piece.height, hue: Hue::Field };
    piece.marks.insert(0, field);
    piece.marks.push(Mark::rule(left, piece.height, width, 0.7, Hue::Line));
    piece
}

fn row(flow: &Flow<'_>, places: &[Place], row: &Row) -> Piece {
    let mut piece = cells(flow, places, row.cells.iter(), SIZE);
    let (left, width) = flow.span();
    if row.kind == RowKind::Sum {
        piece.marks.push(Mark::rule(left, 0.0, width, 0.7, Hue::Tone(Tone::Plain)));
    } else {
        piece.marks.push(Mark::rule(left, piece.height, width, 0.5, Hue::Faint));
    }
    piece
}

/// Puts a table: what does not fit goes on on the next page, below the same heads.
pub(crate) fn put(flow: &mut Flow<'_>, table: &Table) {
    let places = places(&table.columns, flow.span());
    let head = head(flow, &places, &table.columns);
    let mut is_begun = false;
    let mut rows = table.rows.iter().peekable();
    while let Some(first) = rows.next() {
        let mut group = row(flow, &places, first);
        // A sum stays with the row above it.
        while let Some(sum) = rows.next_if(|row| row.kind == RowKind::Sum) {
            let below = group.height;
            group.beside(row(flow, &places, sum), below);
        }
        let wanted = group.height + if is_begun { 0.0 } else { head.height };
        if !is_begun || !flow.fits(wanted) {
            group = below(&head, group);
        }
        flow.put(group);
        is_begun = true;
    }
}

/// A row with the heads above it: one piece, so that they are not parted.
fn below(head: &Piece, row: Piece) -> Piece {
    let mut whole = head.clone();
    whole.beside(row, head.height);
    whole
}
