//! The view from the front: columns, frame, body, backsplash, board, light; y is the height above the floor.

use super::caption::{Caption, Step};
use super::dimension::{Figures, upright};
use super::layout::{BACKSPLASH, Board, Bowl, FRAME, LEG_INSET, RIM, SKIRT};
use super::pen::{Pen, number, text_width};
use super::sink::{BasinType, BoardType, Feet, LegAdjustment, LegModel};
use super::{Scene, fittings, key};

/// Of the board's tag, in pixels.
const BELOW_EDGE: f64 = 20.0;
/// Control box, as drawn.
const BOX: (f64, f64) = (14.0, 11.0);

pub(super) fn draw(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let (x, floor) = layout.front;
    pen.raw(&format!(
        "<g class=\"g front\" transform=\"translate({} {}) scale({scale} -{scale})\">\n",
        number(x),
        number(floor),
        scale = number(layout.scale)
    ));
    let legs = scene.captions.link(Step::Legs);
    pen.link(legs.as_deref(), |pen| {
        for x in [LEG_INSET, layout.length - LEG_INSET] {
            column(pen, scene, x);
            foot(pen, scene.sink.feet, x);
        }
    });
    pen.rect("rail", [3.0, FRAME.0, layout.length - 6.0, FRAME.1 - FRAME.0, 0.0]);
    for bowl in &layout.bowls {
        plumbing(pen, bowl);
    }
    if scene.facts.control_box.is_some() {
        control_box(pen, scene);
    }
    body(pen, scene);
    for bowl in &layout.bowls {
        outline(pen, bowl);
    }
    if let Some(board) = &layout.board {
        draw_board(pen, scene, board);
    }
    for bowl in &layout.bowls {
        controls(pen, bowl, layout.board.is_none());
    }
    fittings::in_front(pen, scene);
    pen.raw("</g>\n");
    ground(pen, scene);
    dimensions(pen, scene);
    labels(pen, scene);
    key::bubbles_in_front(pen, scene);
}

/// A column: of two stages, the thicker one below (DL27) or above (DL14), or of three (LC1); a fixed one is of one piece.
fn column(pen: &mut Pen, scene: &Scene<'_>, x: f64) {
    let Some(model) = scene.sink.leg_model else {
        pen.group("leg open", |pen| pen.rect("", [x - 2.1, 4.75, 4.2, FRAME.0 - 4.75, 0.0]));
        return;
    };
    let is_fixed = scene.sink.leg_adjustment == Some(LegAdjustment::Fixed);
    pen.group("leg", |pen| {
        for [half, from, to] in stages(model, is_fixed) {
            pen.rect("", [x - half, from, 2.0 * half, to - from, 0.0]);
        }
        pen.rect("", [x - 3.0, 4.75, 6.0, 1.65, 0.0]);
    });
}

/// Half the width of each stage, and the heights that it is between.
pub(super) fn stages(model: LegModel, is_fixed: bool) -> Vec<[f64; 3]> {
    let top = FRAME.0;
    match (model, is_fixed) {
        (LegModel::Dl27, false) => vec![[2.1, 6.4, 19.0], [1.7, 19.0, top]],
        (LegModel::Dl27, true) => vec![[2.1, 6.4, top]],
        (LegModel::Dl14, false) => vec![[1.4, 6.4, 14.0], [1.8, 14.0, top]],
        (LegModel::Dl14, true) => vec![[1.8, 6.4, top]],
        (LegModel::Lc1, _) => vec![[2.4, 6.4, 14.0], [2.0, 14.0, 20.0], [1.6, 20.0, top]],
    }
}

/// A caster, or a plate that is bolted to the floor.
pub(super) fn foot(pen: &mut Pen, feet: Option<Feet>, x: f64) {
    match feet {
        Some(Feet::Casters) => pen.group_at("cast", (x, 0.0), |pen| {
            pen.path("", "M-1.6 4.75L-1.1 2h2.2L1.6 4.75z");
            pen.circle("", (0.0, 1.9), 1.9);
            pen.circle("", (0.0, 1.9), 0.6);
        }),
        Some(Feet::Seismic) => pen.group_at("cast", (x, 0.0), |pen| {
            pen.rect("", [-3.4, 0.0, 6.8, 0.7, 0.0]);
            pen.path("", "M-1.4 4.75L-2 .7h4L1.4 4.75z");
            pen.rect("", [-3.0, 0.7, 0.9, 0.6, 0.0]);
            pen.rect("", [2.1, 0.7, 0.9, 0.6, 0.0]);
        }),
        None => pen.group_at("cast open", (x, 0.0), |pen| pen.rect("", [-1.6, 0.0, 3.2, 4.75, 0.0])),
    }
}

fn plumbing(pen: &mut Pen, bowl: &Bowl) {
    let (Some(bottom), x) = (bowl.bottom(), bowl.centre()) else { return };
    let bottom = bottom.max(18.0);
    pen.group("pipe", |pen| {
        pen.rect("", [x - 0.8, bottom - 8.5, 1.6, 8.5, 0.0]);
        pen.rect("", [x - 2.0, bottom - 5.6, 4.0, 2.6, 0.4]);
        if bowl.basin.p_trap == Some(true) {
            let end = number(bottom - 8.5);
            pen.path(
                "",
                &format!("M{} {end}v-1q0-2.4 2.4-2.4t2.4 2.4v1h-1.4v-1q0-1-1-1t-1 1v1z", number(x - 0.8)),
            );
            pen.rect("", [x + 1.0, bottom - 8.5, 5.6, 3.4, 0.4]);
        }
    });
}

/// Left end of the control box: between two bowls, beside the middle one of one or three.
pub(super) fn control_box_left(scene: &Scene<'_>) -> f64 {
    let layout = &scene.layout;
    let middle = layout.length / 2.0;
    let beside = if layout.bowls.len() % 2 == 1 { 5.0 } else { -BOX.0 / 2.0 };
    (middle + beside).min(layout.length - BOX.0).max(0.0)
}

/// Middle of the control box.
pub(super) fn control_box_middle(scene: &Scene<'_>) -> (f64, f64) {
    (control_box_left(scene) + BOX.0 / 2.0, FRAME.0 - 1.5 - BOX.1 / 2.0)
}

fn control_box(pen: &mut Pen, scene: &Scene<'_>) {
    let left = control_box_left(scene);
    let top = FRAME.0 - 1.5;
    pen.group("box", |pen| {
        pen.rect("", [left, top - BOX.1, BOX.0, BOX.1, 0.5]);
        pen.lines("", &[[left + 2.0, FRAME.0, left + 2.0, top], [left + 12.0, FRAME.0, left + 12.0, top]]);
    });
}

fn body(pen: &mut Pen, scene: &Scene<'_>) {
    let length = scene.layout.length;
    let class = if scene.sink.length().is_some() { "body" } else { "body open" };
    pen.rect(class, [0.0, RIM - SKIRT, length, SKIRT, 0.5]);
    pen.rect(class, [0.0, RIM, length, BACKSPLASH, 0.0]);
}

/// The bowl behind the skirt, and where it wants the room of the lifter frame.
fn outline(pen: &mut Pen, bowl: &Bowl) {
    let Some(bottom) = bowl.bottom() else { return };
    pen.path("hid", &hidden(bowl.x, bowl.width, bottom));
    let from = bottom.max(FRAME.0);
    if from < FRAME.1 {
        fittings::clash(pen, [bowl.x, from, bowl.width, FRAME.1 - from]);
    }
}

/// A bowl as hidden edges.
pub(super) fn hidden(x: f64, width: f64, bottom: f64) -> String {
    let round = 1.2_f64.min(width / 2.0).min(RIM - bottom);
    let r = number(round);
    format!(
        "M{} {}V{}q0 -{r} {r} -{r}H{}q{r} 0 {r} {r}V{}",
        number(x),
        number(RIM),
        number(bottom + round),
        number(x + width - round),
        number(RIM)
    )
}

fn draw_board(pen: &mut Pen, scene: &Scene<'_>, board: &Board) {
    let bottom = RIM + BACKSPLASH;
    let area = [board.x, bottom, board.length, board.height, 0.0];
    let to = scene.captions.link(Step::Pegboard);
    pen.link(to.as_deref(), |pen| {
        pen.group("board", |pen| {
            pen.rect(&format!("cs {}", fittings::color_class(scene.sink.pegboard_color)), area);
            if scene.sink.pegboard_type == Some(BoardType::Perforated) {
                let [x, y, width, height, _] = area.map(number);
                pen.raw(&format!(
                    "<rect class=\"holes\" fill=\"url(#sink-holes)\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n"
                ));
            }
            let edge = if scene.sink.pegboard_type.is_some() { "edge" } else { "edge open" };
            pen.rect(edge, area);
        });
    });
    let top = bottom + board.height;
    let inset = 2.0_f64.min(board.length / 8.0);
    let (left, right) = (board.x + inset, board.x + board.length - inset);
    pen.group("fit light", |pen| {
        let hang = inset + 1.0;
        pen.lines(
            "",
            &[[left + hang, top, left + hang, top + 1.4], [right - hang, top, right - hang, top + 1.4]],
        );
        pen.rect("", [left, top + 1.2, right - left, 1.8, 0.5]);
    });
}

/// What a basin is worked with: a button, or a screen and a stop; a DI basin has a second button. Without a board the screen
/// stands on a post.
fn controls(pen: &mut Pen, bowl: &Bowl, has_post: bool) {
    let x = bowl.centre();
    match bowl.basin.kind {
        None => {}
        Some(BasinType::Drain) => pen.circle("button", (x + 6.0_f64.min(bowl.width / 3.0), 37.0), 0.8),
        Some(kind) => {
            let screen = x + 7.4_f64.min(bowl.width / 4.0);
            pen.group("screen", |pen| {
                if has_post {
                    pen.rect("", [screen + 3.2, 39.0, 0.8, 4.0, 0.0]);
                }
                pen.rect("", [screen, 43.0, 7.2, 4.8, 0.5]);
                pen.rect("glass", [screen + 0.6, 43.6, 6.0, 3.6, 0.2]);
            });
            pen.circle("stop", (screen + 3.6, 37.0), 1.0);
            if kind == BasinType::SinkDi {
                pen.circle("button", (screen + 0.6, 37.0), 0.8);
            }
        }
    }
}

fn ground(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let floor = layout.front.1;
    let from = layout.front.0 - 14.0;
    let to = layout.side.0 + layout.width * layout.scale + 14.0;
    pen.lines("floor", &[[from, floor, to, floor]]);
    pen.raw(&format!(
        "<rect fill=\"url(#sink-ground)\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"5\"/>\n",
        number(from),
        number(floor),
        number(to - from)
    ));
}

fn dimensions(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    let heights = |from: f64, to: f64| [layout.in_front(0.0, to).1, layout.in_front(0.0, from).1];
    upright(pen, 34.0, heights(0.0, RIM), 52.0, &Figures::overall(scene.captions, RIM, false));
    if let Some(board) = &layout.board {
        let bottom = RIM + BACKSPLASH;
        let figures = Figures::overall(scene.captions, board.height, false);
        upright(pen, 34.0, heights(bottom, bottom + board.height), 52.0, &figures);
    }
}

fn labels(pen: &mut Pen, scene: &Scene<'_>) {
    let layout = &scene.layout;
    pen.group("cap", |pen| {
        pen.text("", (layout.front.0, layout.front_top - 9.2), &scene.say(&Caption::Front));
    });
    pen.group("lbl deep", |pen| {
        for bowl in &layout.bowls {
            let Some(depth) = bowl.depth else { continue };
            let text = scene.say(&Caption::Deep(depth));
            if text_width(&text, 10.5) < bowl.width * layout.scale {
                let x = bowl.x + bowl.width / 2.0 - 2.0;
                let (x, y) = layout.in_front(x.max(bowl.x), RIM - 4.0);
                pen.text("s", (x, y), &text);
            }
        }
    });
    if let Some(board) = &layout.board {
        board_label(pen, scene, board);
    }
}

/// A tag under the board's upper edge: no faucet reaches so high.
fn board_label(pen: &mut Pen, scene: &Scene<'_>, board: &Board) {
    let text = scene.say(&Caption::Board {
        length: board.length,
        height: board.height,
        kind: scene.sink.pegboard_type,
        color: scene.sink.pegboard_color,
    });
    let layout = &scene.layout;
    let width = text_width(&text, 10.5) + 20.0;
    let bottom = RIM + BACKSPLASH;
    let (left, middle) =
        layout.in_front(board.x + 5.0_f64.min(board.length / 10.0), bottom + board.height / 2.0);
    let y = middle.min(layout.in_front(0.0, bottom + board.height).1 + BELOW_EDGE);
    let left = left.min(layout.key + 200.0 - width).max(4.0);
    pen.group("lbl tag", |pen| {
        pen.rect("", [left, y - 9.0, width, 18.0, 4.0]);
        pen.text("", (left + width / 2.0, y + 3.7), &text);
    });
}
