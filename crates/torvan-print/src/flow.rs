//! How the parts of a paper follow each other on pages.

use crate::fonts::{Fonts, Line, Weight};
use crate::lines::{fitted, wrapped};
use crate::marks::{Hue, Mark};
use crate::model::{Align, Block, Fact, Notice, Paper, Sheet, Stamp, Text, Tone};
use crate::table;

/// Space at the sides.
const MARGIN: f32 = 42.0;
/// Where the text of a page begins, and how much is kept free below it.
const TOP: f32 = 56.0;
const BOTTOM: f32 = 52.0;
/// Between columns of facts and stamps.
const GUTTER: f32 = 14.0;
/// From line to line, as a multiple of the size.
const LEADING: f32 = 1.34;
/// Height of capital letters, as a part of the size.
const CAPITAL: f32 = 0.727;

/// Something that is set, from its own upper edge on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Piece {
    pub(crate) marks: Vec<Mark>,
    pub(crate) height: f32,
}

impl Piece {
    /// Puts lines below what is there.
    pub(crate) fn add_lines(
        &mut self,
        lines: Vec<Line>,
        size: f32,
        tone: Tone,
        span: (f32, f32),
        align: Align,
    ) {
        let lead = size * LEADING;
        let (left, width) = span;
        for line in lines {
            let x = match align {
                Align::Left => left,
                Align::Right => left + width - line.width(size),
            };
            let y = self.height + lead.midpoint(size * CAPITAL);
            self.marks.push(Mark::Text { x, y, size, tone, line });
            self.height += lead;
        }
    }

    /// Puts another piece beside what is there, a distance below its upper edge.
    pub(crate) fn beside(&mut self, other: Self, below: f32) {
        self.height = self.height.max(other.height + below);
        self.marks.extend(other.marks.into_iter().map(|mark| mark.lowered(below)));
    }
}

/// A section, for the list of them in readers of files.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) page: usize,
    pub(crate) y: f32,
}

/// Pages that are being filled.
#[derive(Debug)]
pub(crate) struct Flow<'f> {
    pub(crate) fonts: &'f Fonts,
    sheet: Sheet,
    pub(crate) pages: Vec<Vec<Mark>>,
    pub(crate) sections: Vec<Section>,
    y: f32,
    /// The head of a section waits for the first thing in it: it does not stand at the end of a page alone.
    waiting: Option<(String, Piece)>,
}

impl<'f> Flow<'f> {
    pub(crate) fn new(fonts: &'f Fonts, sheet: Sheet) -> Self {
        Self { fonts, sheet, pages: vec![Vec::new()], sections: Vec::new(), y: TOP, waiting: None }
    }

    /// Left edge and width of the text.
    pub(crate) fn span(&self) -> (f32, f32) {
        (MARGIN, self.sheet.size().0 - 2.0 * MARGIN)
    }

    fn end(&self) -> f32 {
        self.sheet.size().1 - BOTTOM
    }

    /// Whether there is room for so much on this page.
    pub(crate) fn fits(&self, height: f32) -> bool {
        let waiting = self.waiting.as_ref().map_or(0.0, |(_, piece)| piece.height);
        self.y + waiting + height <= self.end()
    }

    /// Begins a page.
    pub(crate) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Leaves room, except at the top of a page.
    pub(crate) fn space(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Puts a piece where the last one ends, or on the next page where it does not fit.
    pub(crate) fn put(&mut self, piece: Piece) {
        if !self.fits(piece.height) && self.y > TOP {
            self.turn();
        }
        if let Some((name, head)) = self.waiting.take() {
            self.sections.push(Section { name, page: self.pages.len() - 1, y: self.y });
            self.place(head);
        }
        self.place(piece);
    }

    /// What is higher than a page goes on on the next one, line by line.
    fn place(&mut self, mut piece: Piece) {
        let is_high = piece.height > self.end() - TOP;
        if is_high {
            piece.marks.sort_by(|one, other| one.top().total_cmp(&other.top()));
        }
        let begin = self.y;
        let mut turned = 0.0;
        for mark in piece.marks {
            while is_high && begin + mark.bottom() - turned > self.end() {
                turned = begin + mark.top() - TOP;
                self.turn();
            }
            let page = self.pages.len() - 1;
            if let Some(marks) = self.pages.get_mut(page) {
                marks.push(mark.lowered(begin - turned));
            }
        }
        self.y = begin + piece.height - turned;
    }

    /// Lines of a text.
    pub(crate) fn lines(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<Line> {
        wrapped(self.fonts, text, weight, size, width)
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(title, about) => self.title(title, about),
            Block::Heading(title, about) => self.heading(title, about),
            Block::Facts(columns, facts) => self.facts(*columns, facts),
            Block::Figures(figures) => self.figures(figures),
            Block::Notices(notices) => notices.iter().for_each(|notice| self.notice(notice)),
            Block::Stamps(stamps) => self.stamps(stamps),
            Block::Table(table) => table::put(self, table),
        }
    }

    fn title(&mut self, title: &str, about: &str) {
        let (left, width) = self.span();
        let mut piece = Piece::default();
        piece.add_lines(
            self.lines(title, Weight::Strong, 19.0, width),
            19.0,
            Tone::Plain,
            (left, width),
            Align::Left,
        );
        let about = self.lines(about, Weight::Regular, 9.5, width);
        piece.add_lines(about, 9.5, Tone::Soft, (left, width), Align::Left);
        piece.height += 8.0;
        self.put(piece);
    }

    fn heading(&mut self, title: &str, about: &str) {
        self.space(12.0);
        let (left, width) = self.span();
        let mut piece = Piece::default();
        let lines = self.lines(title, Weight::Strong, 11.0, width);
        piece.add_lines(lines, 11.0, Tone::Plain, (left, width), Align::Left);
        if !about.is_empty() {
            let lines = self.lines(about, Weight::Regular, 7.5, width);
            piece.add_lines(lines, 7.5, Tone::Soft, (left, width), Align::Left);
        }
        piece.height += 4.0;
        self.waiting = Some((title.to_owned(), piece));
    }

    #[expect(clippy::cast_precision_loss, reason = "columns are few")]
    fn facts(&mut self, columns: usize, facts: &[Fact]) {
        let (left, width) = self.span();
        let columns = columns.max(1);
        let step = (width + GUTTER) / columns as f32;
        let mut row = Piece::default();
        let mut at = 0;
        for fact in facts {
            let span = fact.span.clamp(1, columns);
            if at + span > columns {
                row.height += 5.0;
                self.put(std::mem::take(&mut row));
                at = 0;
            }
            let place = (left + step * at as f32, step * span as f32 - GUTTER);
            let mut piece = Piece::default();
            let name = self.lines(&fact.name, Weight::Regular, 6.8, place.1);
            piece.add_lines(name, 6.8, Tone::Soft, place, Align::Left);
            let value = self.lines(&fact.value, Weight::Regular, 8.5, place.1);
            piece.add_lines(value, 8.5, Tone::Plain, place, Align::Left);
            row.beside(piece, 0.0);
            at += span;
        }
        row.height += 5.0;
        self.put(row);
    }

    #[expect(clippy::cast_precision_loss, reason = "figures are few")]
    fn figures(&mut self, figures: &[(String, String)]) {
        let (left, width) = self.span();
        let step = width / figures.len().max(1) as f32;
        let mut row = Piece::default();
        for (place, (value, name)) in figures.iter().enumerate() {
            let span = (left + step * place as f32 + 8.0, step - 12.0);
            let mut piece = Piece::default();
            let value = self.lines(value, Weight::Strong, 13.0, span.1);
            piece.add_lines(value, 13.0, Tone::Plain, span, Align::Left);
            let name = self.lines(name, Weight::Regular, 6.8, span.1);
            piece.add_lines(name, 6.8, Tone::Soft, span, Align::Left);
            row.beside(piece, 5.0);
        }
        row.height += 6.0;
        let field = Mark::Field { x: left, y: 0.0, width, height: row.height, hue: Hue::Field };
        row.marks.insert(0, field);
        row.height += 6.0;
        self.space(4.0);
        self.put(row);
    }

    fn notice(&mut self, notice: &Notice) {
        let (left, width) = self.span();
        let mut piece = Piece { height: 2.0, ..Piece::default() };
        let lines = self.lines(&notice.text, Weight::Regular, 8.5, width - 10.0);
        piece.add_lines(lines, 8.5, notice.tone, (left + 8.0, width - 10.0), Align::Left);
        let hue = Hue::Tone(notice.tone);
        piece.marks.push(Mark::Field { x: left, y: 2.0, width: 2.0, height: piece.height - 2.0, hue });
        piece.height += 2.0;
        self.put(piece);
    }

    fn stamps(&mut self, stamps: &[Stamp]) {
        let (left, width) = self.span();
        let wide = (width - GUTTER) / 2.0;
        for pair in stamps.chunks(2) {
            let pieces: Vec<Piece> = [left, left + wide + GUTTER]
                .into_iter()
                .zip(pair)
                .map(|(x, stamp)| self.stamp(stamp, (x + 9.0, wide - 18.0)))
                .collect();
            let height = pieces.iter().map(|piece| piece.height).fold(0.0, f32::max) + 12.0;
            let mut row = Piece::default();
            for (piece, x) in pieces.into_iter().zip([left, left + wide + GUTTER]) {
                row.beside(piece, 6.0);
                row.marks.extend(frame((x, 0.0), (wide, height)));
            }
            row.height = height + 8.0;
            self.put(row);
        }
    }

    fn stamp(&self, stamp: &Stamp, span: (f32, f32)) -> Piece {
        let mut piece = Piece::default();
        let texts = [
            (Text::strong(stamp.name.clone()), 9.5),
            (Text::plain(stamp.meaning.clone()), 8.5),
            (Text::plain(stamp.at.clone()).tone(Tone::Soft), 8.5),
        ];
        let doubt = stamp.doubt.clone().map(|doubt| (Text::strong(doubt).tone(Tone::Bad), 8.5));
        for (text, size) in texts.into_iter().chain(doubt) {
            let lines = self.lines(&text.text, text.weight, size, span.1);
            piece.add_lines(lines, size, text.tone, span, Align::Left);
        }
        piece
    }

    /// Head and foot of a page.
    fn around(&self, paper: &Paper, page: usize) -> Vec<Mark> {
        let (left, width) = self.span();
        let height = self.sheet.size().1;
        let half = width * 0.48;
        let number = |text: &str| text.replace("{page}", &(page + 1).to_string());
        let page_of = number(&paper.page_of.replace("{pages}", &self.pages.len().to_string()));
        let line = |text: &str, weight, size, room| fitted(self.fonts, text, weight, size, room);
        let text = |x: f32, y: f32, size, tone, line| Mark::Text { x, y, size, tone, line };
        let issuer = line(&paper.issuer, Weight::Strong, 7.8, half);
        let head = line(&paper.head, Weight::Regular, 7.8, half);
        let page_of = line(&page_of, Weight::Regular, 7.2, width * 0.25);
        let foot = line(&paper.foot, Weight::Regular, 7.2, width * 0.72);
        let (head_x, page_x) = (left + width - head.width(7.8), left + width - page_of.width(7.2));
        vec![
            text(left, 35.0, 7.8, Tone::Plain, issuer),
            text(head_x, 35.0, 7.8, Tone::Soft, head),
            Mark::rule(left, 41.0, width, 0.6, Hue::Line),
            Mark::rule(left, height - 40.0, width, 0.6, Hue::Line),
            text(left, height - 29.0, 7.2, Tone::Soft, foot),
            text(page_x, height - 29.0, 7.2, Tone::Soft, page_of),
        ]
    }
}

fn frame((x, y): (f32, f32), (width, height): (f32, f32)) -> [Mark; 4] {
    let field = |x, y, width, height| Mark::Field { x, y, width, height, hue: Hue::Line };
    [
        field(x, y, width, 0.7),
        field(x, y + height - 0.7, width, 0.7),
        field(x, y, 0.7, height),
        field(x + width - 0.7, y, 0.7, height),
    ]
}

/// Sets a paper on pages.
pub(crate) fn set<'f>(paper: &Paper, fonts: &'f Fonts) -> Flow<'f> {
    let mut flow = Flow::new(fonts, paper.sheet);
    for block in &paper.blocks {
        flow.block(block);
    }
    for page in 0..flow.pages.len() {
        let mut marks = flow.around(paper, page);
        if let Some(body) = flow.pages.get_mut(page) {
            marks.append(body);
            *body = marks;
        }
    }
    flow
}
