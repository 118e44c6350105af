//! The view from above: deck, bowls, fittings, dimensions, way of the instruments.

use super::caption::{Caption, Step};
use super::dimension::{Figures, across, upright};
use super::fittings;
use super::layout::{Bowl, VIEW};
use super::pen::{Pen, number, text_width};
use super::sink::{BasinType, Direction};
use super::{Scene, key};

/// Thickness of the pegboard, as drawn.
const BOARD: f64 = 1.1;

pub(super) fn draw(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let (x, y) = layout.plan;
    pen.raw(&format!(
        "<g class=\"g plan\" transform=\"translate({} {}) scale({})\">\n",
        number(x),
        number(y),
        number(layout.scale)
    ));
    deck(pen, scene);
    let basins = scene.captions.link(Step::Basins);
    for bowl in &layout.bowls {
        pen.link(basins.as_deref(), |pen| draw_bowl(pen, scene, bowl));
    }
    fittings::in_plan(pen, scene);
    pen.raw("</g>\n");
    dimensions(pen, scene);
    labels(pen, scene);
    flow(pen, scene);
    key::bubbles_in_plan(pen, scene);
}

fn deck(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    if let Some(board) = &layout.board {
        let class = format!("cs {}", fittings::color_class(scene.sink.pegboard_color));
        pen.rect(&class, [board.x, -BOARD, board.length, BOARD, 0.0]);
    }
    let is_known = scene.sink.length().is_some() && scene.sink.width().is_some();
    let model = scene.captions.link(Step::Model);
    pen.link(model.as_deref(), |pen| {
        let class = if is_known { "body" } else { "body open" };
        pen.rect(class, [0.0, 0.0, layout.length, layout.width, 0.6]);
    });
    pen.lines("th", &[[0.0, 1.6, layout.length, 1.6]]);
    pen.rect("th", [0.9, 2.4, layout.length - 1.8, layout.width - 3.3, 0.4]);
}

fn draw_bowl(pen: &mut Pen, scene: &Scene<'_>, bowl: &Bowl) {
    let Bowl { x, y, width, length, .. } = *bowl;
    if !bowl.is_known {
        pen.rect("slot", [x, y, width, length, 1.4]);
        return;
    }
    pen.rect("well", [x, y, width, length, 1.4]);
    let rim = 0.8_f64.min(width / 8.0).min(length / 8.0);
    pen.rect("th", [x + rim, y + rim, width - 2.0 * rim, length - 2.0 * rim, 1.0]);
    drain(pen, bowl);
    if let Some(kind) = bowl.basin.kind {
        inlet(pen, bowl, kind);
    }
    if bowl.basin.basin_light == Some(true) {
        lamp(pen, (x + (width / 6.0).min(4.0), y + length / 2.0 - 0.7));
    }
    outside(pen, scene, bowl);
}

/// The drain at the back, and the falls that lead to it.
fn drain(pen: &mut Pen, bowl: &Bowl) {
    let Bowl { x, y, width, length, .. } = *bowl;
    let (cx, radius) = (bowl.centre(), 1.75_f64.min(width / 5.0).min(length / 5.0));
    let cy = y + 4.2_f64.min(length / 3.0);
    let inset = 1.1_f64.min(width / 6.0);
    let (left, right, near) = (x + inset, x + width - inset, radius + 0.0);
    pen.lines(
        "th",
        &[
            [left, y + inset, cx - near, cy - radius / 2.0],
            [right, y + inset, cx + near, cy - radius / 2.0],
            [left, y + length - inset, cx - near, cy + radius / 1.5],
            [right, y + length - inset, cx + near, cy + radius / 1.5],
        ],
    );
    let cross = radius * 0.63;
    pen.circle("out", (cx, cy), radius);
    pen.circle("th", (cx, cy), cross);
    pen.lines("th", &[[cx - cross, cy, cx + cross, cy], [cx, cy - cross, cx, cy + cross]]);
}

/// What tells the types apart from above: E-Sinks fill themselves, DI ones from a second line.
fn inlet(pen: &mut Pen, bowl: &Bowl, kind: BasinType) {
    if kind == BasinType::Drain {
        return;
    }
    let at = (bowl.x + 1.0, bowl.y - 1.7);
    pen.group("fit inlet", |pen| {
        pen.rect("", [at.0, at.1, 3.2, 1.3, 0.4]);
        if kind == BasinType::SinkDi {
            pen.circle("", (at.0 + 4.6, at.1 + 0.65), 0.65);
        }
    });
}

fn lamp(pen: &mut Pen, (x, y): (f64, f64)) {
    pen.group("lamp", |pen| {
        pen.circle("", (x, y), 1.0);
        pen.lines(
            "",
            &[
                [x, y - 2.3, x, y - 1.6],
                [x, y + 1.6, x, y + 2.3],
                [x - 2.3, y, x - 1.6, y],
                [x + 1.6, y, x + 2.3, y],
            ],
        );
    });
}

/// Hatches what lies beyond the deck: bowls that are wider or longer together than the sink is.
fn outside(pen: &mut Pen, scene: &Scene<'_>, bowl: &Bowl) {
    let (length, width) = (scene.layout.length, scene.layout.width);
    let mut hatch = |[x, y, wide, high]: [f64; 4]| {
        if wide > 0.0 && high > 0.0 {
            fittings::clash(pen, [x, y, wide, high]);
        }
    };
    let right = bowl.x + bowl.width;
    let front = bowl.y + bowl.length;
    hatch([bowl.x, bowl.y, right.min(0.0) - bowl.x, bowl.length]);
    let beyond = bowl.x.max(length);
    hatch([beyond, bowl.y, right - beyond, bowl.length]);
    hatch([bowl.x, bowl.y.max(width), bowl.width, front - bowl.y.max(width)]);
}

fn dimensions(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let top = layout.plan.1;
    let across_sink = [layout.plan.0, layout.in_plan(layout.length, 0.0).0];
    if let Some(length) = scene.sink.length() {
        let figures = Figures::overall(scene.captions, length, true);
        across(pen, across_sink, top - 36.0, top - 8.0, &figures);
    }
    chain(pen, scene, top - 17.0, top - 8.0);
    if let Some(width) = scene.sink.width() {
        let figures = Figures::overall(scene.captions, width, false);
        upright(pen, 34.0, [top, layout.in_plan(0.0, width).1], 52.0, &figures);
    }
    if let Some(bowl) = layout.bowls.iter().rfind(|bowl| bowl.is_known) {
        let (edge, from) = layout.in_plan(bowl.x + bowl.width, bowl.y);
        let to = layout.in_plan(0.0, bowl.y + bowl.length).1;
        upright(
            pen,
            layout.right + 16.0,
            [from, to],
            edge + 2.0,
            &Figures::chain(scene.captions, bowl.length),
        );
    }
}

/// Gap, bowl, gap, bowl, gap.
fn chain(pen: &mut Pen, scene: &Scene<'_>, y: f64, edge: f64) {
    let layout = &scene.layout;
    if scene.sink.length().is_none()
        || layout.bowls.is_empty()
        || layout.bowls.iter().any(|bowl| !bowl.is_known)
    {
        return;
    }
    let ends = layout.bowls.iter().flat_map(|bowl| [bowl.x, bowl.x + bowl.width]);
    let mut points: Vec<f64> = ends.collect();
    points.insert(0, points[0].min(0.0));
    points.push(points[points.len() - 1].max(layout.length));
    for pair in points.windows(2) {
        if pair[1] - pair[0] > 0.05 {
            let ends = [layout.in_plan(pair[0], 0.0).0, layout.in_plan(pair[1], 0.0).0];
            across(pen, ends, y, edge, &Figures::chain(scene.captions, pair[1] - pair[0]));
        }
    }
}

fn labels(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    pen.group("lbl", |pen| {
        for (place, bowl) in layout.bowls.iter().enumerate() {
            let (x, y) = layout.in_plan(bowl.centre(), bowl.y + bowl.length * 0.65);
            let room = bowl.width * layout.scale;
            let name = scene.say(&Caption::Basin { number: place + 1, kind: bowl.basin.kind });
            let name = if text_width(&name, 10.5) > room + 4.0 { (place + 1).to_string() } else { name };
            pen.text("", (x, y), &name);
            let Some(depth) = bowl.depth else { continue };
            let bare = |value: f64| scene.say(&Caption::Bare(value));
            let size = format!("{} × {} × {}", bare(bowl.width), bare(bowl.length), bare(depth));
            if text_width(&size, 10.5) <= room + 4.0 && bowl.length * layout.scale > 40.0 {
                pen.text("s", (x, y + 13.0), &size);
            }
        }
    });
}

fn flow(pen: &mut Pen, scene: &Scene<'_>) {
    let Some(direction) = scene.sink.workflow_direction else { return };
    let layout = &scene.layout;
    let left = layout.plan.0;
    let right = layout.in_plan(layout.length, 0.0).0;
    let bottom = layout.bowls.iter().map(|bowl| bowl.y + bowl.length).fold(layout.width, f64::max);
    let y = layout.in_plan(0.0, bottom).1 + 14.0;
    let text = scene.say(&Caption::Flow(direction));
    let middle = f64::midpoint(left, right).max(text_width(&text, 10.5) / 2.0 + 4.0).min(VIEW.0);
    let half = text_width(&text, 10.5) / 2.0 + 8.0;
    let (from, to) = (left.min(middle - half), right.max(middle + half));
    let model = scene.captions.link(Step::Model);
    pen.link(model.as_deref(), |pen| {
        let d = format!(
            "M{} {y}H{}M{} {y}H{}",
            number(from),
            number(middle - half),
            number(middle + half),
            number(to),
            y = number(y)
        );
        // The arrow's head belongs to the end that the instruments leave at.
        let d = if direction == Direction::LeftToRight {
            d
        } else {
            format!(
                "M{} {y}H{}M{} {y}H{}",
                number(to),
                number(middle + half),
                number(middle - half),
                number(from),
                y = number(y)
            )
        };
        pen.raw(&format!("<path class=\"flow\" d=\"{d}\" marker-end=\"url(#sink-arrow)\"/>\n"));
        pen.text("flow-text", (middle, y + 3.5), &text);
    });
}
