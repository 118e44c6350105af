//! product.md section 4 once more, as plain code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The top lines of a sink, and the panel that takes the place of the generic kit's.
pub struct Wanted {
    pub lines: BTreeMap<String, i64>,
    pub custom_panel: Option<String>,
}

impl Wanted {
    fn add(&mut self, code: impl Into<String>, quantity: i64) {
        *self.lines.entry(code.into()).or_default() += quantity;
    }
}

pub fn as_json(quantities: &BTreeMap<String, i64>) -> Map<String, Value> {
    quantities.iter().map(|(code, quantity)| (code.clone(), json!(quantity))).collect()
}

fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn inches(value: &Value, key: &str) -> String {
    format!("{}", value[key].as_f64().expect("inches"))
}

fn list<'a>(sink: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    sink[key].as_array().into_iter().flatten()
}

fn count(value: &Value) -> i64 {
    value["quantity"].as_i64().unwrap_or(1)
}

#[expect(clippy::cast_possible_truncation, reason = "lengths have three digits")]
pub fn lines(sink: &Value, language: &str) -> Wanted {
    let mut wanted = Wanted { lines: BTreeMap::new(), custom_panel: None };
    let length = sink["length_in"].as_f64().expect("a length").ceil() as i64;
    wanted.add(format!("T2-STD-MANUAL-{}-KIT", if language == "ES" { "SP" } else { language }), 1);
    wanted.add(
        match length {
            ..=60 => "T2-BODY-48-60-HA",
            61..=72 => "T2-BODY-61-72-HA",
            _ => "T2-BODY-73-120-HA",
        },
        1,
    );
    let fixed = if word(sink, "leg_adjustment") == "FIXED_HEIGHT" { "FH-" } else { "" };
    wanted.add(format!("T2-{}-{fixed}KIT", word(sink, "leg_model")), 1);
    wanted.add(
        if word(sink, "feet") == "SEISMIC_FEET" { "T2-SEISMIC-FEET" } else { "T2-LEVELING-CASTOR-475" },
        1,
    );
    if sink["pegboard"] == true {
        pegboard(sink, length, &mut wanted);
    }
    basins(sink, &mut wanted);
    extras(sink, &mut wanted);
    wanted
}

fn stock_length(length: i64) -> i64 {
    [120, 108, 96, 84, 72, 60, 48, 34].into_iter().find(|from| length >= *from).expect("34 or more")
}

fn stock_board(sink: &Value, length: i64) -> Option<String> {
    if word(sink, "pegboard_size_mode") == "SAME_AS_SINK" {
        return Some(stock_length(length).to_string());
    }
    let [width, length] =
        ["pegboard_custom_width_in", "pegboard_custom_length_in"].map(|side| inches(sink, side));
    let is_stock =
        width == "36" && ["34", "48", "60", "72", "84", "96", "108", "120"].contains(&length.as_str());
    is_stock.then_some(length)
}

fn pegboard(sink: &Value, length: i64, wanted: &mut Wanted) {
    wanted.add("T2-OHL-MDRD-KIT", 1);
    let style = if word(sink, "pegboard_type") == "SOLID" { "SOLID" } else { "PERF" };
    let colour = word(sink, "pegboard_color");
    let Some(stock) = stock_board(sink, length) else {
        wanted.add(format!("T2-ADW-PB-{style}-KIT"), 1);
        let [width, length] =
            ["pegboard_custom_width_in", "pegboard_custom_length_in"].map(|side| inches(sink, side));
        wanted.custom_panel = Some(format!("T2-ADW-PB-{width}X{length}"));
        if !colour.is_empty() {
            wanted.add("708.77", 1);
        }
        return;
    };
    let colour = if colour.is_empty() { String::new() } else { format!("{colour}-") };
    wanted.add(format!("T2-ADW-PB-{stock}36-{colour}{style}-KIT"), 1);
}

fn basins(sink: &Value, wanted: &mut Wanted) {
    let (mut drains, mut sinks) = (0, 0);
    for basin in list(sink, "basins") {
        let is_drain = word(basin, "type") == "E_DRAIN";
        wanted.add(
            match word(basin, "type") {
                "E_DRAIN" => "T2-BSN-EDR-KIT",
                "E_SINK" => "T2-BSN-ESK-KIT",
                _ => "T2-BSN-ESK-DI-KIT",
            },
            1,
        );
        let size = match word(basin, "size") {
            "CUSTOM" => ["custom_width_in", "custom_length_in", "custom_depth_in"]
                .map(|side| inches(basin, side))
                .join("X"),
            stock => stock.to_owned(),
        };
        wanted.add(format!("T2-ADW-BASIN{size}"), 1);
        if basin["p_trap"] == true {
            wanted.add("T2-OA-MS-1026", 1);
        }
        if basin["basin_light"] == true {
            wanted.add(format!("T2-OA-BASIN-LIGHT-{}-KIT", if is_drain { "EDR" } else { "ESK" }), 1);
        }
        *(if is_drain { &mut drains } else { &mut sinks }) += 1;
    }
    let parts = [("EDR", drains), ("ESK", sinks)]
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(kind, n)| format!("{kind}{n}"));
    wanted.add(format!("T2-CTRL-{}", parts.collect::<Vec<_>>().join("-")), 1);
}

fn extras(sink: &Value, wanted: &mut Wanted) {
    let treated = list(sink, "basins").filter(|basin| word(basin, "type") == "E_SINK_DI").count();
    let mut goosenecks = 0;
    for faucet in list(sink, "faucets") {
        match word(faucet, "type") {
            "DI_GOOSENECK" => goosenecks += count(faucet),
            "WRIST_BLADE" => wanted.add("T2-OA-STD-FAUCET-WB-KIT", count(faucet)),
            _ => wanted.add("T2-OA-PRE-RINSE-FAUCET-KIT", count(faucet)),
        }
    }
    let goosenecks = goosenecks.max(i64::try_from(treated).expect("few basins"));
    if goosenecks > 0 {
        wanted.add("T2-OA-DI-GOOSENECK-FAUCET-KIT", goosenecks);
    }
    for sprayer in list(sink, "sprayers") {
        let (medium, mount) = word(sprayer, "type").split_once('_').expect("medium and mount");
        wanted.add(format!("T2-OA-{medium}GUN-{mount}-KIT"), count(sprayer));
    }
    for chosen in list(sink, "drawers").chain(list(sink, "accessories")) {
        wanted.add(word(chosen, "code").trim().to_uppercase(), count(chosen));
    }
}
