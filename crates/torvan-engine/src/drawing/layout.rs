//! Where everything lies: one scale for three views, bowls with equal gaps, a place or none for each faucet and sprayer.
//!
//! Nominal, until the plant gives figures: gaps between bowls, rear deck, skirt, backsplash, rim, frame.

use super::Facts;
use super::sink::{Basin, BasinType, FaucetType, Placement, Side, Sink, SprayerType};

/// Size of the drawing in pixels.
pub(super) const VIEW: (f64, f64) = (640.0, 536.0);
/// Where the key ends at the right.
pub(super) const KEY_END: f64 = 626.0;
/// Rim above the floor in inches: the least that the lifter frame states.
pub(super) const RIM: f64 = 35.0;
/// Front of the bowl's body.
pub(super) const SKIRT: f64 = 6.0;
/// Above the rim, along the rear.
pub(super) const BACKSPLASH: f64 = 4.0;
/// The lifter frame, between these heights.
pub(super) const FRAME: (f64, f64) = (25.0, 27.0);
/// Of the columns from the ends.
pub(super) const LEG_INSET: f64 = 8.0;
/// Height of stock panels.
const PANEL_HEIGHT: f64 = 36.0;
/// The light above the panel.
const LIGHT: f64 = 3.0;
const REAR_DECK: f64 = 6.2;
const FRONT_DECK: f64 = 1.6;
const LEFT: f64 = 58.0;
const TOP: f64 = 54.0;
const BETWEEN_VIEWS: f64 = 50.0;
const BETWEEN_FRONT_AND_SIDE: f64 = 64.0;
const BELOW: f64 = 16.2;
/// What the key needs, with the dimension between it and the plan.
const KEY_ROOM: f64 = 238.0;
const PIXELS_PER_INCH: f64 = 96.0;
/// Scales to choose from, one inch on paper to so many of the sink.
const DENOMINATORS: [u32; 11] = [25, 30, 35, 40, 50, 60, 70, 80, 100, 150, 200];
/// Where nothing is known: a sink and a bowl as most are.
const USUAL_LENGTH: f64 = 60.0;
const USUAL_WIDTH: f64 = 30.0;
const USUAL_BOWL: [f64; 2] = [20.0, 20.0];

/// A bowl in the plan, in inches from the rear left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bowl {
    pub(super) basin: Basin,
    pub(super) is_known: bool,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) length: f64,
    pub(super) depth: Option<f64>,
}

impl Bowl {
    pub(super) fn centre(&self) -> f64 {
        self.x + self.width / 2.0
    }

    /// Height of its bottom above the floor.
    pub(super) fn bottom(&self) -> Option<f64> {
        self.depth.map(|depth| RIM - depth)
    }
}

/// A fitting on the deck, or a ghost of one that has no place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitting<T> {
    /// Its line; none for what was added by itself.
    pub(super) line: Option<usize>,
    pub(super) kind: Option<T>,
    pub(super) at: (f64, f64),
    pub(super) is_placed: bool,
}

/// The pegboard as hung: from the left edge of the sink, in inches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Board {
    pub(super) x: f64,
    pub(super) length: f64,
    pub(super) height: f64,
}

/// Everything that has a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) length: f64,
    pub(super) width: f64,
    pub(super) bowls: Vec<Bowl>,
    pub(super) faucets: Vec<Fitting<FaucetType>>,
    pub(super) sprayers: Vec<Fitting<SprayerType>>,
    pub(super) board: Option<Board>,
    pub(super) denominator: u32,
    pub(super) scale: f64,
    /// Rear left corner of the plan in pixels.
    pub(super) plan: (f64, f64),
    /// Left end of the floor line under the front.
    pub(super) front: (f64, f64),
    /// Front edge of the sink on the floor line of the side view.
    pub(super) side: (f64, f64),
    /// Top of the front view in pixels.
    pub(super) front_top: f64,
    /// Right end of the plan and of what stands over it.
    pub(super) right: f64,
    /// Where the key begins.
    pub(super) key: f64,
}

impl Layout {
    pub(super) fn new(sink: &Sink, facts: &Facts) -> Self {
        let length = sink.length().unwrap_or(USUAL_LENGTH);
        let width = sink.width().unwrap_or(USUAL_WIDTH);
        let bowls = bowls(sink, length, width);
        let board = board(sink, facts, length);
        let room = Room::new(length, width, &bowls, board.as_ref());
        let denominator = room.denominator();
        let scale = scale_of(denominator);
        let slack = (VIEW.1 - room.height(scale)).max(0.0) / 3.0;
        let x = LEFT + room.over_end * scale;
        let plan = (x, TOP + slack);
        let floor = VIEW.1 - BELOW - slack;
        let right = x + (length + room.over_end) * scale;
        let side = (right + BETWEEN_FRONT_AND_SIDE + room.over_front * scale, floor);
        let mut ghosts = Ghosts { length, count: 0 };
        let faucets = faucets(sink, facts, &bowls, &mut ghosts);
        let sprayers = sprayers(sink, length, &mut ghosts);
        Self {
            length,
            width,
            bowls,
            faucets,
            sprayers,
            board,
            denominator,
            scale,
            plan,
            front: (x, floor),
            side,
            front_top: floor - room.top * scale,
            right,
            key: (right + 44.0).max(399.0),
        }
    }

    /// A place of the plan in pixels.
    pub(super) fn in_plan(&self, x: f64, y: f64) -> (f64, f64) {
        (self.plan.0 + x * self.scale, self.plan.1 + y * self.scale)
    }

    /// A place of the front view in pixels.
    pub(super) fn in_front(&self, x: f64, height: f64) -> (f64, f64) {
        (self.front.0 + x * self.scale, self.front.1 - height * self.scale)
    }
}

fn scale_of(denominator: u32) -> f64 {
    PIXELS_PER_INCH / f64::from(denominator)
}

/// What the three views need, in inches.
struct Room {
    length: f64,
    width: f64,
    depth: f64,
    over_end: f64,
    over_front: f64,
    top: f64,
}

impl Room {
    fn new(length: f64, width: f64, bowls: &[Bowl], board: Option<&Board>) -> Self {
        let over_bowls = bowls.iter().map(|bowl| (-bowl.x).max(bowl.x + bowl.width - length));
        let over_board = board.map_or(0.0, |board| -board.x);
        let front = bowls.iter().map(|bowl| bowl.y + bowl.length).fold(width, f64::max);
        let board_height = board.map_or(PANEL_HEIGHT, |board| board.height.max(PANEL_HEIGHT));
        Self {
            length,
            width,
            depth: front,
            over_end: over_bowls.fold(over_board, f64::max).max(0.0),
            over_front: front - width,
            top: RIM + BACKSPLASH + board_height + LIGHT,
        }
    }

    fn height(&self, scale: f64) -> f64 {
        TOP + self.depth * scale + BETWEEN_VIEWS + self.top * scale + BELOW
    }

    fn fits(&self, scale: f64) -> bool {
        let front = LEFT + (self.length + 2.0 * self.over_end) * scale;
        let side = front + BETWEEN_FRONT_AND_SIDE + (self.width + self.over_front) * scale + BELOW;
        self.height(scale) <= VIEW.1 && front + KEY_ROOM <= VIEW.0 && side <= VIEW.0
    }

    fn denominator(&self) -> u32 {
        let fitting = DENOMINATORS.into_iter().find(|denominator| self.fits(scale_of(*denominator)));
        fitting.unwrap_or(DENOMINATORS[DENOMINATORS.len() - 1])
    }
}

fn bowls(sink: &Sink, length: f64, width: f64) -> Vec<Bowl> {
    let given = sink.drawn_basins();
    let count = given.len().max(sink.model_basins());
    let basins: Vec<Basin> = (0..count).map(|place| given.get(place).cloned().unwrap_or_default()).collect();
    let sides: Vec<Option<[f64; 3]>> = basins.iter().map(Basin::dimensions).collect();
    let width_of = |sides: &Option<[f64; 3]>| sides.map_or(USUAL_BOWL[0], |sides| sides[0]);
    let total: f64 = sides.iter().map(width_of).sum();
    let gaps = f64::from(u32::try_from(count + 1).unwrap_or(1));
    let free = length - total;
    let gap = free.max(0.0) / gaps;
    let mut x = if free < 0.0 { free / 2.0 } else { gap };
    let placed = basins.into_iter().zip(sides).map(|(basin, sides)| {
        let [bowl_width, bowl_length] = sides.map_or(USUAL_BOWL, |sides| [sides[0], sides[1]]);
        let deck = (width - bowl_length - FRONT_DECK).clamp(0.0, REAR_DECK);
        let bowl = Bowl {
            is_known: sides.is_some(),
            x,
            y: deck,
            width: bowl_width,
            length: bowl_length,
            depth: sides.map(|sides| sides[2]),
            basin,
        };
        x += bowl_width + gap;
        bowl
    });
    placed.collect()
}

fn board(sink: &Sink, facts: &Facts, sink_length: f64) -> Option<Board> {
    let (height, length) = sink.board()?;
    let panel = facts.panel.filter(|_| height.is_none() && length.is_none());
    let length = length.or(panel.map(|panel| panel.0)).unwrap_or(sink_length);
    let height = height.or(panel.map(|panel| panel.1)).unwrap_or(PANEL_HEIGHT);
    Some(Board { x: (sink_length - length) / 2.0, length, height })
}

/// Places for what has none: along the rear, from the right.
struct Ghosts {
    length: f64,
    count: u32,
}

impl Ghosts {
    fn next(&mut self) -> (f64, f64) {
        let x = self.length - 3.0 - 6.0 * f64::from(self.count);
        self.count += 1;
        (x.max(3.0), 3.9)
    }
}

/// Where along the sink a faucet stands, if its basins are there.
fn place_of(placement: Placement, bowls: &[Bowl]) -> Option<f64> {
    let (left, right) = placement.basins();
    let (left_bowl, right_bowl) = (bowls.get(left)?, bowls.get(right)?);
    if left == right {
        return Some(left_bowl.centre());
    }
    Some(f64::midpoint(left_bowl.x + left_bowl.width, right_bowl.x))
}

fn faucets(sink: &Sink, facts: &Facts, bowls: &[Bowl], ghosts: &mut Ghosts) -> Vec<Fitting<FaucetType>> {
    let mut taken: Vec<f64> = Vec::new();
    let mut placed = Vec::new();
    for (line, faucet) in sink.drawn_faucets().iter().enumerate() {
        for _ in 0..faucet.count() {
            let free = faucet.placement.and_then(|placement| place_of(placement, bowls));
            let free = free.filter(|x| taken.iter().all(|other| (other - x).abs() > 0.01));
            taken.extend(free);
            let at = free.map_or_else(|| ghosts.next(), |x| (x, REAR_DECK - 2.3));
            placed.push(Fitting { line: Some(line), kind: faucet.kind, at, is_placed: free.is_some() });
        }
    }
    let is_di = |bowl: &&Bowl| bowl.basin.kind == Some(BasinType::SinkDi);
    let is_free = |x: &f64| taken.iter().all(|other| (other - x).abs() > 0.01);
    let added = bowls.iter().filter(is_di).map(Bowl::centre).filter(is_free).take(facts.added_goosenecks);
    let kind = Some(FaucetType::Gooseneck);
    placed.extend(added.map(|x| Fitting { line: None, kind, at: (x, REAR_DECK - 2.3), is_placed: true }));
    placed
}

fn sprayers(sink: &Sink, length: f64, ghosts: &mut Ghosts) -> Vec<Fitting<SprayerType>> {
    let mut at_side = [0_u32; 2];
    let mut placed = Vec::new();
    for (line, sprayer) in sink.drawn_sprayers().iter().enumerate() {
        for _ in 0..sprayer.count() {
            let at = sprayer.location.map_or_else(
                || ghosts.next(),
                |side| {
                    let count = &mut at_side[side as usize];
                    let y = [15.0, 9.5, 20.5][*count as usize % 3];
                    *count += 1;
                    (if side == Side::Left { 3.0 } else { length - 3.0 }, y)
                },
            );
            let is_placed = sprayer.location.is_some();
            placed.push(Fitting { line: Some(line), kind: sprayer.kind, at, is_placed });
        }
    }
    placed
}
