//! The view from the right: the front edge of the sink at x 0, y is the height above the floor.

use super::caption::{Caption, Step};
use super::front::{foot, hidden, stages};
use super::layout::{BACKSPLASH, FRAME, RIM, SKIRT};
use super::pen::{Pen, number};
use super::sink::{BasinType, LegAdjustment, LegModel};
use super::{Scene, fittings};

/// How far the columns lift, in inches; shown nominally where the catalogue does not say it.
const STROKE: f64 = 300.0 / 25.4;

pub(super) fn draw(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let (x, floor) = layout.side;
    pen.raw(&format!(
        "<g class=\"g side\" transform=\"translate({} {}) scale({scale} -{scale})\">\n",
        number(x),
        number(floor),
        scale = number(layout.scale)
    ));
    let legs = scene.captions.link(Step::Legs);
    pen.link(legs.as_deref(), |pen| stand(pen, scene));
    body(pen, scene);
    if layout.board.is_some() {
        board(pen, scene);
    }
    fittings::at_side(pen, scene);
    if layout.bowls.iter().any(|bowl| matches!(bowl.basin.kind, Some(BasinType::Sink | BasinType::SinkDi))) {
        pen.group("screen", |pen| {
            pen.rect("", [layout.width - 2.1, 43.0, 1.3, 4.8, 0.4]);
            if layout.board.is_none() {
                pen.rect("", [layout.width - 1.4, 39.0, 0.6, 4.0, 0.0]);
            }
        });
    }
    pen.raw("</g>\n");
    pen.group("cap", |pen| {
        pen.text("", (x, layout.front_top - 9.2), &scene.say(&Caption::RightSide));
    });
    if scene.sink.leg_adjustment == Some(LegAdjustment::HeightAdjustable) {
        stroke(pen, scene);
    }
}

fn stand(pen: &mut Pen, scene: &Scene<'_>) {
    let width = scene.layout.width;
    let (middle, inset) = (width / 2.0, 5.0_f64.min(width / 4.0));
    for x in [inset, width - inset] {
        foot(pen, scene.sink.feet, x);
    }
    let is_fixed = scene.sink.leg_adjustment == Some(LegAdjustment::Fixed);
    let class = if scene.sink.leg_model.is_some() { "leg" } else { "leg open" };
    pen.group(class, |pen| {
        pen.rect("", [inset - 2.5, 4.75, width - 2.0 * inset + 5.0, 1.65, 0.0]);
        match scene.sink.leg_model {
            Some(model) => {
                for [half, from, to] in stages(model, is_fixed) {
                    let half = half + 0.25;
                    pen.rect("", [middle - half, from, 2.0 * half, to - from, 0.0]);
                }
            }
            None => pen.rect("", [middle - 2.4, 6.4, 4.8, FRAME.0 - 6.4, 0.0]),
        }
    });
    let frame = 6.0_f64.min(width / 4.0);
    pen.rect("rail", [frame, FRAME.0, width - 2.0 * frame, FRAME.1 - FRAME.0, 0.0]);
}

fn body(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let width = layout.width;
    let class = if scene.sink.width().is_some() { "body" } else { "body open" };
    pen.rect(class, [0.0, RIM - SKIRT, width, SKIRT, 0.5]);
    let mut drawn: Vec<String> = Vec::new();
    for bowl in &layout.bowls {
        let Some(bottom) = bowl.bottom() else { continue };
        let path = hidden(width - bowl.y - bowl.length, bowl.length, bottom);
        if !drawn.contains(&path) {
            pen.path("hid", &path);
            drawn.push(path);
        }
    }
    pen.rect(class, [width - 1.6, RIM, 1.6, BACKSPLASH, 0.0]);
}

/// The board at the rear and the light that hangs over it.
fn board(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let Some(board) = &layout.board else { return };
    let (rear, bottom) = (layout.width, RIM + BACKSPLASH);
    let top = bottom + board.height;
    let class = format!("cs {} edge", fittings::color_class(scene.sink.pegboard_color));
    pen.rect(&class, [rear - 0.8, bottom, 0.8, board.height, 0.0]);
    let reach = 12.2_f64.min(rear);
    pen.group("fit light", |pen| {
        pen.lines("", &[[rear - 0.8, top - 1.0, rear - 0.8 - reach, top + 1.6]]);
        pen.rect("", [rear - 4.4 - reach, top + 0.8, 4.4, 1.8, 0.5]);
    });
}

/// The arrow of the height range.
fn stroke(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let (side, floor) = layout.side;
    let rim = floor - RIM * layout.scale;
    let raised = rim - STROKE * layout.scale;
    let x = side - 16.0;
    pen.group("dim lift", |pen| {
        pen.raw(&format!(
            "<path d=\"M{x} {}V{}\" marker-end=\"url(#sink-arrow)\"/>\n",
            number(rim),
            number(raised),
            x = number(x)
        ));
        pen.lines("ex", &[[x - 7.0, raised, x + 61.0, raised], [x - 7.0, rim, side - 2.0, rim]]);
        let middle = f64::midpoint(rim, raised) + 2.0;
        pen.text("", (side + 18.0, middle), &scene.say(&Caption::Stroke));
        // Only this column's catalogue text says how far it lifts.
        if scene.sink.leg_model == Some(LegModel::Dl27) {
            pen.text("mm", (side + 18.0, middle + 12.0), &scene.say(&Caption::Millimetres(300.0)));
        }
    });
}
