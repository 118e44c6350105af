//! Faucets, sprayers and what else sits on the deck, in all views; shapes are nominal.

use super::Scene;
use super::caption::Step;
use super::layout::{BACKSPLASH, Fitting, RIM};
use super::pen::{Pen, number};
use super::sink::{BoardColor, FaucetType, SprayerType};

/// Class that fills a board with its colour.
pub(super) const fn color_class(color: Option<BoardColor>) -> &'static str {
    match color {
        None => "cs-none",
        Some(BoardColor::Green) => "cs-green",
        Some(BoardColor::Black) => "cs-black",
        Some(BoardColor::Yellow) => "cs-yellow",
        Some(BoardColor::Grey) => "cs-grey",
        Some(BoardColor::Red) => "cs-red",
        Some(BoardColor::Blue) => "cs-blue",
        Some(BoardColor::Orange) => "cs-orange",
        Some(BoardColor::White) => "cs-white",
    }
}

/// A hatched rectangle: two things that want the same room.
pub(super) fn clash(pen: &mut Pen, [x, y, width, height]: [f64; 4]) {
    pen.raw(&format!(
        "<rect class=\"clash\" fill=\"url(#sink-clash)\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
        number(x),
        number(y),
        number(width),
        number(height)
    ));
}

/// Everything on the deck, from above.
pub(super) fn in_plan(pen: &mut Pen, scene: &Scene<'_>) {
    let to = scene.captions.link(Step::Faucets);
    pen.link(to.as_deref(), |pen| {
        for faucet in &scene.layout.faucets {
            fitting(pen, faucet, faucet_from_above);
        }
    });
    let to = scene.captions.link(Step::Sprayers);
    pen.link(to.as_deref(), |pen| {
        for sprayer in &scene.layout.sprayers {
            fitting(pen, sprayer, sprayer_from_above);
        }
    });
}

fn fitting<T: Copy>(pen: &mut Pen, fitting: &Fitting<T>, draw: fn(&mut Pen, (f64, f64), Option<T>)) {
    if fitting.is_placed {
        draw(pen, fitting.at, fitting.kind);
    } else {
        pen.group("ghost", |pen| pen.circle("", fitting.at, 2.6));
    }
}

fn faucet_from_above(pen: &mut Pen, at: (f64, f64), kind: Option<FaucetType>) {
    pen.group_at("fit faucet", at, |pen| match kind {
        Some(FaucetType::WristBlade) => {
            pen.rect("", [-4.6, -1.0, 9.2, 1.5, 0.7]);
            pen.path("", "M-4.6 -.7l-3 1.5.5 1 2.9-1.2zM4.6 -.7l3 1.5-.5 1-2.9-1.2z");
            pen.rect("", [-0.65, -0.5, 1.3, 7.6, 0.65]);
        }
        Some(FaucetType::PreRinse) => {
            pen.rect("", [-4.6, -1.0, 9.2, 1.5, 0.7]);
            pen.circle("", (-4.0, -0.25), 1.1);
            pen.circle("", (4.0, -0.25), 1.1);
            pen.rect("", [-0.5, -0.5, 1.0, 8.6, 0.5]);
            pen.circle("", (0.0, 8.6), 1.5);
        }
        Some(FaucetType::Gooseneck) => {
            pen.circle("", (0.0, 0.0), 1.5);
            pen.rect("", [-0.45, 0.0, 0.9, 6.4, 0.45]);
        }
        None => pen.circle("", (0.0, 0.0), 1.8),
    });
}

fn sprayer_from_above(pen: &mut Pen, at: (f64, f64), kind: Option<SprayerType>) {
    pen.group_at("fit sprayer", at, |pen| match kind {
        Some(SprayerType::WaterTurret | SprayerType::AirTurret) => {
            pen.circle("", (0.0, 0.0), 1.7);
            pen.circle("", (0.0, 0.0), 0.8);
        }
        Some(SprayerType::WaterRosette | SprayerType::AirRosette) => {
            pen.rect("", [-1.7, -1.7, 3.4, 3.4, 0.5]);
            pen.circle("", (0.0, 0.0), 0.9);
        }
        None => pen.circle("", (0.0, 0.0), 1.4),
    });
    let hose = match kind {
        Some(SprayerType::WaterTurret | SprayerType::WaterRosette) => {
            "M0 1.7c0 2-1.4 2.1-1.4 3.4s2.2 1.4 2.2 2.6"
        }
        Some(_) => "M0 1.7l-.9.6 1.8.8-1.8.8 1.8.8-1.8.8 1.8.8",
        None => return,
    };
    pen.group_at("", at, |pen| pen.path("hose", hose));
}

/// Faucets and sprayers from the front; what has no place is only in the plan.
pub(super) fn in_front(pen: &mut Pen, scene: &Scene<'_>) {
    let to = scene.captions.link(Step::Faucets);
    pen.link(to.as_deref(), |pen| {
        for faucet in scene.layout.faucets.iter().filter(|faucet| faucet.is_placed) {
            faucet_from_the_front(pen, faucet.at.0, faucet.kind);
        }
    });
    let to = scene.captions.link(Step::Sprayers);
    pen.link(to.as_deref(), |pen| {
        for sprayer in scene.layout.sprayers.iter().filter(|sprayer| sprayer.is_placed) {
            // Two at one side stand one behind the other.
            let x = sprayer.at.0 + (sprayer.at.1 - 15.0) / 5.5 * 1.6;
            sprayer_from_the_front(pen, x, sprayer.kind);
        }
    });
}

fn faucet_from_the_front(pen: &mut Pen, x: f64, kind: Option<FaucetType>) {
    pen.group_at("fit faucet", (x, RIM), |pen| match kind {
        Some(FaucetType::WristBlade) => {
            pen.rect("", [-4.6, 1.6, 9.2, 1.5, 0.7]);
            pen.path("", "M-4.4 2.8l-3.2 2.2.6.9 3.2-1.8zM4.4 2.8l3.2 2.2-.6.9-3.2-1.8z");
            pen.path("", "M-.7 2.4v4.8q0 1.4 .7 1.4t.7-1.4v-4.8z");
        }
        Some(FaucetType::PreRinse) => {
            pen.rect("", [-4.6, 1.6, 9.2, 1.5, 0.7]);
            pen.rect("", [-0.45, 3.1, 0.9, 14.5, 0.3]);
            pen.path("", "M-.5 17.6q0 2.6 2 2.6t2-2.6v-4.6h-1v4.4q0 1.4-1 1.4t-1-1.4z");
            pen.rect("", [2.3, 9.6, 1.4, 3.6, 0.4]);
        }
        Some(FaucetType::Gooseneck) => {
            pen.rect("", [-1.1, 0.0, 2.2, 1.4, 0.4]);
            pen.path("", "M-.4 1.4v8q0 2.4 1.9 2.4t1.9-2.4v-1.8h-.8v1.7q0 1.6-1.1 1.6t-1.1-1.6v-7.9z");
        }
        None => pen.rect("", [-0.8, 0.0, 1.6, 5.0, 0.4]),
    });
}

fn sprayer_from_the_front(pen: &mut Pen, x: f64, kind: Option<SprayerType>) {
    pen.group_at("fit sprayer", (x, RIM), |pen| match kind {
        Some(SprayerType::WaterTurret) => {
            pen.rect("", [-0.6, 0.0, 1.2, 3.4, 0.0]);
            pen.path("", "M-1.4 3.4h2.8l-.5 2.2h-1.8z");
        }
        Some(SprayerType::AirTurret) => {
            pen.rect("", [-0.6, 0.0, 1.2, 3.4, 0.0]);
            pen.path("", "M-.9 3.4h1.8v1.4h1.6v.8h-3.4z");
        }
        Some(SprayerType::WaterRosette) => {
            pen.circle("", (0.0, 2.2), 1.5);
            pen.path("", "M-1 2.2h2l-.4 3.2h-1.2z");
        }
        Some(SprayerType::AirRosette) => {
            pen.circle("", (0.0, 2.2), 1.5);
            pen.path("", "M-.5 2.2h1v2h1.4v.7h-2.4z");
        }
        None => pen.rect("", [-0.6, 0.0, 1.2, 3.0, 0.2]),
    });
}

/// The highest of the placed faucets from the right side, where they cover each other.
pub(super) fn at_side(pen: &mut Pen, scene: &Scene<'_>) {
    let width = scene.layout.width;
    let mut kinds: Vec<Option<FaucetType>> = Vec::new();
    for faucet in scene.layout.faucets.iter().filter(|faucet| faucet.is_placed) {
        if !kinds.contains(&faucet.kind) {
            kinds.push(faucet.kind);
        }
    }
    for kind in kinds {
        pen.group_at("fit faucet", (width - BACKSPLASH, RIM), |pen| match kind {
            Some(FaucetType::WristBlade) | None => {
                pen.path("", "M2.4 1.7h-7.2q-1.3 0-1.3 -1.1v-.6h1.1q0 .6.5 .6h6.9z");
            }
            Some(FaucetType::PreRinse) => {
                pen.rect("", [1.2, 1.6, 0.9, 16.0, 0.3]);
                pen.path("", "M2.1 17.6q0 2.6-3 2.6t-3-2.6v-4.4h1v4.2q0 1.4 2 1.4t2-1.4z");
                pen.rect("", [-4.1, 9.6, 1.4, 3.6, 0.4]);
            }
            Some(FaucetType::Gooseneck) => {
                pen.path("", "M1.8 0v9.4q0 2.4-2.9 2.4t-2.9-2.4v-1.8h.8v1.7q0 1.6 2.1 1.6t2.1-1.6v-9.3z");
            }
        });
    }
}
