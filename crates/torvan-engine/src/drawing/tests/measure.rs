//! Reads a drawing back: its shapes with their attributes, and where their points lie on the paper.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// A shape as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    /// Its own class, or that of the group around it.
    pub(super) class: String,
    pub(super) attributes: BTreeMap<String, String>,
    /// Points in the units of its view: inches.
    pub(super) points: Vec<(f64, f64)>,
    /// Points in pixels.
    pub(super) on_paper: Vec<(f64, f64)>,
    view: String,
}

impl Shape {
    pub(super) fn number(&self, name: &str) -> f64 {
        self.attributes[name].parse().expect("a number")
    }
}

/// Moves and stretches: x and y by the same amount or by two.
#[derive(Debug, Clone, Copy)]
struct Placing {
    x: f64,
    y: f64,
    wide: f64,
    high: f64,
}

const NOWHERE: Placing = Placing { x: 0.0, y: 0.0, wide: 1.0, high: 1.0 };

impl Placing {
    fn inside(self, transform: &str) -> Self {
        let mut placing = self;
        for step in transform.split(')').filter(|step| !step.trim().is_empty()) {
            let (name, values) = step.trim().split_once('(').expect("a transform");
            let values: Vec<f64> = values.split(' ').map(|value| value.parse().expect("a number")).collect();
            match (name, values.as_slice()) {
                ("translate", [x, y]) => {
                    placing.x += x * placing.wide;
                    placing.y += y * placing.high;
                }
                ("scale", [scale]) => {
                    (placing.wide, placing.high) = (placing.wide * scale, placing.high * scale);
                }
                ("scale", [wide, high]) => {
                    (placing.wide, placing.high) = (placing.wide * wide, placing.high * high);
                }
                ("rotate", [_]) => {}
                _ => panic!("{transform} is not understood"),
            }
        }
        placing
    }

    fn of(self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x + x * self.wide, self.y + y * self.high)
    }
}

#[derive(Debug, Clone)]
struct Around {
    placing: Placing,
    in_view: Placing,
    class: String,
    view: String,
    is_drawn: bool,
}

/// All shapes that are drawn; panics if the file is not well formed.
pub(super) fn shapes(svg: &str) -> Vec<Shape> {
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    let mut around = vec![Around {
        placing: NOWHERE,
        in_view: NOWHERE,
        class: String::new(),
        view: String::new(),
        is_drawn: true,
    }];
    let mut found = Vec::new();
    loop {
        match reader.read_event().expect("the drawing is well formed") {
            Event::Start(tag) => {
                let inner = enter(&tag, around.last().expect("an outer element"));
                found.extend(shape(&tag, &inner));
                around.push(inner);
            }
            Event::Empty(tag) => {
                let inner = enter(&tag, around.last().expect("an outer element"));
                found.extend(shape(&tag, &inner));
            }
            Event::End(_) => {
                around.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(around.len(), 1, "every element is closed");
    found
}

/// Shapes by view: `plan`, `front`, `side`, and `flow` with the arrow under the plan.
pub(super) fn views(svg: &str) -> BTreeMap<&'static str, Vec<Shape>> {
    let shapes = shapes(svg);
    let of = |name: &'static str| {
        let mut shapes: Vec<Shape> = shapes.iter().filter(|shape| shape.view == name).cloned().collect();
        // The same things on another scale are the same things.
        shapes.iter_mut().filter(|_| name != "flow").for_each(|shape| shape.on_paper.clear());
        (name, shapes)
    };
    ["plan", "front", "side", "flow"].into_iter().map(of).collect()
}

fn attributes(tag: &BytesStart<'_>) -> BTreeMap<String, String> {
    let read = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let name = String::from_utf8(attribute.key.as_ref().to_vec()).expect("a name");
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("a value");
        (name, value.into_owned())
    };
    tag.attributes().map(|attribute| read(attribute.expect("an attribute"))).collect()
}

fn enter(tag: &BytesStart<'_>, outer: &Around) -> Around {
    let attributes = attributes(tag);
    let class = attributes.get("class").cloned();
    let name = tag.name().as_ref().to_vec();
    let view = class.as_deref().and_then(|class| class.strip_prefix("g ")).map(str::to_owned);
    let view = view.or_else(|| class.as_deref().filter(|class| *class == "flow").map(str::to_owned));
    let inside =
        |placing: Placing| attributes.get("transform").map_or(placing, |transform| placing.inside(transform));
    let is_view = class.as_deref().is_some_and(|class| class.starts_with("g "));
    Around {
        placing: inside(outer.placing),
        in_view: if is_view { NOWHERE } else { inside(outer.in_view) },
        class: class.filter(|class| !class.is_empty()).unwrap_or_else(|| outer.class.clone()),
        view: view.unwrap_or_else(|| outer.view.clone()),
        is_drawn: outer.is_drawn && name != b"defs",
    }
}

fn shape(tag: &BytesStart<'_>, inner: &Around) -> Option<Shape> {
    let attributes = attributes(tag);
    let number = |name: &str| attributes.get(name).map_or(0.0, |value| value.parse().expect("a number"));
    let points = match tag.name().as_ref() {
        b"rect" => {
            let (x, y) = (number("x"), number("y"));
            vec![(x, y), (x + number("width"), y + number("height"))]
        }
        b"circle" => {
            let (x, y, r) = (number("cx"), number("cy"), number("r"));
            vec![(x - r, y - r), (x + r, y + r)]
        }
        b"path" => path_points(&attributes["d"]),
        b"text" => vec![(number("x"), number("y"))],
        _ => return None,
    };
    let on_paper = points.iter().map(|point| inner.placing.of(*point)).collect();
    let points = points.iter().map(|point| inner.in_view.of(*point)).collect();
    let is_drawn = inner.is_drawn;
    let (class, view) = (inner.class.clone(), inner.view.clone());
    is_drawn.then_some(Shape { class, attributes, points, on_paper, view })
}

/// The points of a path, curves by their ends and handles.
fn path_points(path: &str) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    let mut at = (0.0, 0.0);
    for step in steps(path) {
        let (command, values) = step;
        let origin = if command.is_ascii_lowercase() { at } else { (0.0, 0.0) };
        match command.to_ascii_uppercase() {
            'H' => at.0 = origin.0 + values[0],
            'V' => at.1 = origin.1 + values[0],
            'Z' => continue,
            _ => {
                let pairs: Vec<(f64, f64)> =
                    values.chunks(2).map(|pair| (origin.0 + pair[0], origin.1 + pair[1])).collect();
                points.extend(&pairs);
                at = pairs[pairs.len() - 1];
            }
        }
        points.push(at);
    }
    points
}

/// Commands with as many values as each takes at a time.
fn steps(path: &str) -> Vec<(char, Vec<f64>)> {
    let mut steps = Vec::new();
    for part in path.split_inclusive(|sign: char| sign.is_ascii_alphabetic()).collect::<Vec<_>>().windows(2) {
        let command = part[0].chars().next_back().expect("a command");
        let values = values(part[1].trim_end_matches(|sign: char| sign.is_ascii_alphabetic()));
        let size = match command.to_ascii_uppercase() {
            'Z' => 0,
            'H' | 'V' => 1,
            'M' | 'L' | 'T' => 2,
            'S' | 'Q' => 4,
            'C' => 6,
            _ => panic!("{command} is not understood"),
        };
        if size == 0 {
            steps.push((command, Vec::new()));
        }
        steps.extend(values.chunks(size.max(1)).map(|values| (command, values.to_vec())));
    }
    steps
}

/// Numbers of a path, which may stand without anything between them: `-.7-3 1.5.5`.
fn values(text: &str) -> Vec<f64> {
    let mut parts: Vec<String> = vec![String::new()];
    for sign in text.chars() {
        let last = parts.last().expect("a part").clone();
        let begins = sign == '-' && !last.is_empty() || sign == '.' && last.contains('.');
        if begins || !sign.is_ascii_digit() && !matches!(sign, '.' | '-') {
            parts.push(String::new());
        }
        if sign.is_ascii_digit() || matches!(sign, '.' | '-') {
            parts.last_mut().expect("a part").push(sign);
        }
    }
    parts.iter().filter(|part| !part.is_empty()).map(|part| part.parse().expect("a number")).collect()
}
