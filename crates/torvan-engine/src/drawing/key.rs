//! The key: a number in the drawing, its name and short code beside it.

use super::caption::Caption;
use super::front::control_box_middle;
use super::layout::{BACKSPLASH, Fitting, KEY_END, LEG_INSET, Layout, RIM};
use super::pen::{Pen, number};
use super::sink::Sink;
use super::{Facts, Scene};

/// Row height where there is room, and the least one.
const PITCH: (f64, f64) = (22.0, 14.0);

/// Numbers of what has one, after those of the bowls.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Line, number: in the order of the key.
    rows: Vec<(Entry, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Faucet(usize),
    AddedFaucet,
    Sprayer(usize),
    ControlBox,
    Light,
    Legs,
}

impl Numbers {
    pub(super) fn new(sink: &Sink, facts: &Facts, layout: &Layout) -> Self {
        let mut entries: Vec<Entry> = (0..sink.drawn_faucets().len()).map(Entry::Faucet).collect();
        if layout.faucets.iter().any(|faucet| faucet.line.is_none()) {
            entries.push(Entry::AddedFaucet);
        }
        entries.extend((0..sink.drawn_sprayers().len()).map(Entry::Sprayer));
        entries.extend(facts.control_box.is_some().then_some(Entry::ControlBox));
        entries.extend(layout.board.is_some().then_some(Entry::Light));
        let stands = sink.leg_model.is_some() || sink.feet.is_some();
        entries.extend(stands.then_some(Entry::Legs));
        let first = layout.bowls.len() + 1;
        Self { rows: entries.into_iter().enumerate().map(|(place, entry)| (entry, first + place)).collect() }
    }

    fn of(&self, entry: Entry) -> Option<usize> {
        self.rows.iter().find(|(one, _)| *one == entry).map(|(_, number)| *number)
    }
}

struct Row {
    number: usize,
    text: String,
    code: String,
    is_bad: bool,
}

fn has_place<T>(fittings: &[Fitting<T>], line: usize) -> bool {
    fittings.iter().filter(|fitting| fitting.line == Some(line)).all(|fitting| fitting.is_placed)
}

fn row(scene: &Scene<'_>, entry: Entry, number: usize) -> Row {
    let sink = scene.sink;
    let (caption, path, is_bad) = match entry {
        Entry::Faucet(line) => {
            let is_placed = has_place(&scene.layout.faucets, line);
            let caption = Caption::Faucet { kind: sink.faucets[line].kind, is_placed };
            (caption, format!("/faucets/{line}"), !is_placed)
        }
        Entry::AddedFaucet => (Caption::AutomaticFaucet, "/faucets/added".to_owned(), false),
        Entry::Sprayer(line) => {
            let sprayer = &sink.sprayers[line];
            let caption = Caption::Sprayer { kind: sprayer.kind, side: sprayer.location };
            (caption, format!("/sprayers/{line}"), sprayer.location.is_none())
        }
        Entry::ControlBox => {
            let name = scene.facts.control_box.clone().unwrap_or_default();
            (Caption::ControlBox(name), "/control_box".to_owned(), false)
        }
        Entry::Light => (Caption::OverheadLight, "/overhead_light".to_owned(), false),
        Entry::Legs => {
            let (model, adjustment, feet) = (sink.leg_model, sink.leg_adjustment, sink.feet);
            (Caption::Legs { model, adjustment, feet }, "/leg_model".to_owned(), false)
        }
    };
    Row { number, text: scene.say(&caption), code: scene.captions.code(&path), is_bad }
}

fn rows(scene: &Scene<'_>) -> Vec<Row> {
    scene.numbers.rows.iter().map(|(entry, number)| row(scene, *entry, *number)).collect()
}

/// What the drawing shows, in words.
pub(super) fn description(scene: &Scene<'_>) -> String {
    let bowls = scene.layout.bowls.iter().enumerate();
    let bowls =
        bowls.map(|(place, bowl)| scene.say(&Caption::Basin { number: place + 1, kind: bowl.basin.kind }));
    let rows = rows(scene).into_iter().map(|row| format!("{} {}", row.number, row.text));
    bowls.chain(rows).collect::<Vec<_>>().join("; ")
}

pub(super) fn draw(pen: &mut Pen, scene: &Scene<'_>) {
    let rows = rows(scene);
    let left = scene.layout.key;
    let room = scene.layout.front_top - 9.2 - 24.0 - 12.0;
    let count = f64::from(u32::try_from(rows.len().max(1)).unwrap_or(1));
    let pitch = (room / count).clamp(PITCH.1, PITCH.0);
    pen.group("key", |pen| {
        let mut y = 24.0;
        for row in &rows {
            bubble(pen, (left + 7.0, y), row.number, row.is_bad);
            pen.text(if row.is_bad { "bad" } else { "" }, (left + 22.0, y + 4.0), &row.text);
            if !row.code.is_empty() {
                pen.text("c", (KEY_END, y + 4.0), &row.code);
            }
            y += pitch;
        }
    });
}

fn bubble(pen: &mut Pen, (x, y): (f64, f64), label: usize, is_bad: bool) {
    pen.group(if is_bad { "bub bad" } else { "bub" }, |pen| {
        pen.circle("", (x, y), 7.0);
        pen.raw(&format!("<text x=\"{}\" y=\"{}\">{label}</text>\n", number(x), number(y + 3.3)));
    });
}

/// Numbers of faucets and sprayers.
pub(super) fn bubbles_in_plan(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    for faucet in &layout.faucets {
        let entry = faucet.line.map_or(Entry::AddedFaucet, Entry::Faucet);
        let Some(number) = scene.numbers.of(entry) else { continue };
        let away = if faucet.is_placed { (8.6, 5.5) } else { (0.0, 0.0) };
        let at = layout.in_plan(faucet.at.0 + away.0, faucet.at.1 + away.1);
        bubble(pen, at, number, !faucet.is_placed);
    }
    let mut marked = None;
    for sprayer in &layout.sprayers {
        let Some(number) = sprayer.line.and_then(|line| scene.numbers.of(Entry::Sprayer(line))) else {
            continue;
        };
        // Two of a line stand close together: one number is enough for them.
        if sprayer.is_placed && marked.replace(number) == Some(number) {
            continue;
        }
        let up = if sprayer.is_placed { -17.0 } else { 0.0 };
        let (x, y) = layout.in_plan(sprayer.at.0, sprayer.at.1);
        bubble(pen, (x, y + up), number, !sprayer.is_placed);
    }
}

/// Numbers of the control box, the light and the columns.
pub(super) fn bubbles_in_front(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let mut mark = |entry: Entry, (x, height): (f64, f64)| {
        if let Some(number) = scene.numbers.of(entry) {
            bubble(pen, layout.in_front(x, height), number, false);
        }
    };
    mark(Entry::ControlBox, control_box_middle(scene));
    if let Some(board) = &layout.board {
        let x = board.x + (board.length / 6.0).min(12.0);
        mark(Entry::Light, (x, RIM + BACKSPLASH + board.height + 2.1));
    }
    mark(Entry::Legs, (LEG_INSET, 15.5));
}
