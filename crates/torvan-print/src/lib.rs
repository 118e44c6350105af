//! Papers: data in, the bytes of a PDF out.
//!
//! Whoever makes a paper says what stands on it ([`Paper`], [`Block`]) in words that are ready to be read; how it is set on pages
//! is decided here, once for all papers: a head and a foot on each page, heads of tables repeated, rows that wrap and are never
//! split, sums that do not stand alone. Nothing of the moment of printing gets into the file: the same paper gives the same bytes.
//! Files are PDF/A-2u, so that they can be archived and their text can be read back.

mod flow;
mod fonts;
mod lines;
mod marks;
mod model;
mod pdf;
mod shown;
mod table;

pub use fonts::{Fonts, Weight};
pub use model::{
    Align, Block, Cell, Column, Fact, Notice, Paper, Row, RowKind, Sheet, Stamp, Table, Text, Tone, Width,
};
pub use pdf::{PrintError, print};

#[cfg(test)]
mod tests;
