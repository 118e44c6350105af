//! Random valid sinks.

use serde_json::{Map, Value, json};

use crate::catalogue::Catalogue;

/// A small random generator: the same seed gives the same sinks.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `end` (xorshift64*).
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % end
    }

    pub fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const LENGTHS: [f64; 19] = [
    48.0, 59.0, 60.0, 60.5, 61.0, 71.0, 72.0, 72.25, 73.0, 83.0, 84.0, 95.0, 96.0, 107.0, 108.0, 119.0,
    120.0, 66.0, 100.0,
];
const COLOURS: [&str; 8] = ["GREEN", "BLACK", "YELLOW", "GREY", "RED", "BLUE", "ORANGE", "WHITE"];
const SIZES: [&str; 6] = ["20X20X8", "24X20X8", "24X20X10", "30X20X8", "30X20X10", "CUSTOM"];
const CUSTOM_BOWLS: [[f64; 3]; 7] = [
    [20.0, 20.0, 8.0],
    [24.0, 20.0, 8.0],
    [24.0, 20.0, 10.0],
    [30.0, 20.0, 8.0],
    [30.0, 20.0, 10.0],
    [26.0, 22.0, 9.0],
    [25.5, 20.0, 8.0],
];
const CUSTOM_PANELS: [[f64; 2]; 5] = [[36.0, 60.0], [36.0, 120.0], [40.0, 80.0], [36.0, 70.0], [30.5, 90.0]];

pub fn sink(dice: &mut Dice, plant: &Catalogue) -> Value {
    let count = 1 + dice.below(3);
    let basins: Vec<Value> = (0..count).map(|_| basin(dice)).collect();
    let goosenecks = basins.iter().filter(|basin| basin["type"] == "E_SINK_DI").count();
    let mut sink = json!({
        "model": format!("T2-B{count}"), "width_in": 24 + dice.below(25), "length_in": dice.of(&LENGTHS),
        "feet": dice.of(&["LEVELING_CASTERS", "SEISMIC_FEET"]), "workflow_direction": dice.of(&["LEFT_TO_RIGHT", "RIGHT_TO_LEFT"]),
        "basins": basins, "faucets": faucets(dice, count, goosenecks),
        "accessories": (0..dice.below(5)).map(|_| accessory(dice, plant)).collect::<Vec<_>>(),
    });
    let fields = sink.as_object_mut().expect("an object");
    legs(dice, fields);
    if dice.chance(70) {
        pegboard(dice, fields);
    }
    if dice.chance(60) {
        let types = ["WATER_TURRET", "WATER_ROSETTE", "AIR_TURRET", "AIR_ROSETTE"];
        let sprayers: Vec<Value> =
            (0..=dice.below(2)).map(|_| json!({"type": dice.of(&types), "location": "LEFT_SIDE"})).collect();
        fields.insert("sprayers".to_owned(), json!(sprayers));
    }
    if dice.chance(30) {
        let codes = ["T2-OA-2D-152012-STACKED-KIT", "T2-OA-PO-SHLF-1212"];
        fields
            .insert("drawers".to_owned(), json!([{"code": dice.of(&codes), "quantity": 1 + dice.below(2)}]));
    }
    sink
}

fn basin(dice: &mut Dice) -> Value {
    let mut basin = json!({"type": dice.of(&["E_DRAIN", "E_SINK", "E_SINK_DI"]), "size": dice.of(&SIZES), "p_trap": dice.chance(40), "basin_light": dice.chance(40)});
    if basin["size"] == "CUSTOM" {
        let bowl = dice.of(&CUSTOM_BOWLS);
        for (name, value) in ["custom_width_in", "custom_length_in", "custom_depth_in"].iter().zip(bowl) {
            basin[*name] = json!(value);
        }
    }
    basin
}

fn legs(dice: &mut Dice, fields: &mut Map<String, Value>) {
    let model = *dice.of(&["DL27", "DL14", "LC1"]);
    let adjustments: &[&str] =
        if model == "LC1" { &["HEIGHT_ADJUSTABLE"] } else { &["HEIGHT_ADJUSTABLE", "FIXED_HEIGHT"] };
    fields.insert("leg_model".to_owned(), json!(model));
    fields.insert("leg_adjustment".to_owned(), json!(dice.of(adjustments)));
}

fn pegboard(dice: &mut Dice, fields: &mut Map<String, Value>) {
    fields.insert("pegboard".to_owned(), json!(true));
    fields.insert("pegboard_type".to_owned(), json!(dice.of(&["PERFORATED", "SOLID"])));
    if dice.chance(60) {
        fields.insert("pegboard_color".to_owned(), json!(dice.of(&COLOURS)));
    }
    if dice.chance(50) {
        fields.insert("pegboard_size_mode".to_owned(), json!("SAME_AS_SINK"));
        return;
    }
    let [width, length] = *dice.of(&CUSTOM_PANELS);
    fields.insert("pegboard_size_mode".to_owned(), json!("CUSTOM"));
    fields.insert("pegboard_custom_width_in".to_owned(), json!(width));
    fields.insert("pegboard_custom_length_in".to_owned(), json!(length));
}

fn faucets(dice: &mut Dice, basins: usize, goosenecks: usize) -> Vec<Value> {
    let room = if basins == 3 { 3 } else { 2 } - goosenecks;
    let places: Vec<String> = (1..=basins)
        .map(|n| format!("BASIN_{n}"))
        .chain((1..basins).map(|n| format!("BETWEEN_{n}_{}", n + 1)))
        .collect();
    let wanted = dice.below(room + 1).min(places.len());
    let mut faucets: Vec<Value> = places[..wanted]
        .iter()
        .map(|place| json!({"type": dice.of(&["WRIST_BLADE", "PRE_RINSE"]), "placement": place}))
        .collect();
    if goosenecks > 0 && dice.chance(40) {
        faucets.push(json!({"type": "DI_GOOSENECK", "quantity": 1 + dice.below(goosenecks)}));
    }
    faucets
}

fn accessory(dice: &mut Dice, plant: &Catalogue) -> Value {
    let code = dice.of(&plant.accessories);
    let written = if dice.chance(30) { format!("{} ", code.to_lowercase()) } else { code.clone() };
    json!({"code": written, "quantity": 1 + dice.below(3)})
}
