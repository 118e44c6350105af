//! The rules R70 to R76: faucets with their places and limits, the goosenecks of DI basins, sprayers.

use serde_json::{Value, json};

use crate::support::{Plant, Row, basin, sink_of, sink_with, with};

const WRIST: &str = "T2-OA-STD-FAUCET-WB-KIT";
const RINSE: &str = "T2-OA-PRE-RINSE-FAUCET-KIT";
const GOOSENECK: &str = "T2-OA-DI-GOOSENECK-FAUCET-KIT";

fn faucet(kind: &str, quantity: u32) -> Value {
    json!({"type": kind, "quantity": quantity})
}

fn placed(kind: &str, place: &str) -> Value {
    json!({"type": kind, "placement": place})
}

#[expect(clippy::needless_pass_by_value, reason = "written with json! at every call")]
fn faucets(types: &[&str], faucets: Value) -> Value {
    with(sink_of(types), json!({ "faucets": faucets }))
}

#[tokio::test]
async fn r70_r71_r72_as_chosen() {
    Plant::new()
        .await
        .check(&[
            Row::new("faucets_are_optional", sink_of(&["E_SINK"])).only("T2-OA-", &[]),
            Row::new("r70", faucets(&["E_SINK"], json!([faucet("WRIST_BLADE", 2)]))).line(WRIST, 2.0),
            Row::new("r70_quantity_absent_is_one", faucets(&["E_SINK"], json!([{"type": "wrist_blade"}])))
                .line(WRIST, 1.0),
            Row::new("r71", faucets(&["E_SINK"], json!([faucet("PRE_RINSE", 1)])))
                .line(RINSE, 1.0)
                .line(WRIST, 0.0),
            Row::new("r72_chosen", faucets(&["E_SINK"], json!([faucet("DI_GOOSENECK", 2)])))
                .line(GOOSENECK, 2.0),
            Row::new(
                "r70_r71_r72_mixed",
                faucets(
                    &["E_SINK"; 3],
                    json!([faucet("WRIST_BLADE", 1), faucet("PRE_RINSE", 1), faucet("DI_GOOSENECK", 1)]),
                ),
            )
            .line(WRIST, 1.0)
            .line(RINSE, 1.0)
            .line(GOOSENECK, 1.0),
            Row::new(
                "r70_two_entries_summed",
                faucets(&["E_SINK"; 2], json!([faucet("WRIST_BLADE", 1), faucet("WRIST_BLADE", 1)])),
            )
            .line(WRIST, 2.0),
            Row::new("type_missing", faucets(&["E_SINK"], json!([{"quantity": 1}])))
                .errors(&["P.type /faucets/0/type"])
                .only("T2-OA-", &[]),
            Row::new("quantity_0", faucets(&["E_SINK"], json!([faucet("WRIST_BLADE", 0)])))
                .errors(&["P.quantity /faucets/0/quantity"]),
            Row::new(
                "quantity_a_half",
                faucets(&["E_SINK"], json!([{"type": "WRIST_BLADE", "quantity": 1.5}])),
            )
            .errors(&["P.quantity /faucets/0/quantity"])
            .only("T2-OA-", &[]),
        ])
        .await;
}

#[tokio::test]
async fn r72_goosenecks_are_the_greater_of_chosen_and_di_basins() {
    let di = "E_SINK_DI";
    let row = |name: &str, types: &[&str], chosen: u32, expected: f64| {
        let list = if chosen == 0 { json!([]) } else { json!([faucet("DI_GOOSENECK", chosen)]) };
        Row::new(name, faucets(types, list)).line(GOOSENECK, expected)
    };
    Plant::new()
        .await
        .check(&[
            row("r72_no_di_none_chosen", &["E_SINK"], 0, 0.0),
            row("r72_one_di_none_chosen", &[di], 0, 1.0),
            row("r72_one_di_one_chosen_is_not_counted_twice", &[di], 1, 1.0),
            row("r72_one_di_two_chosen", &[di], 2, 2.0),
            row("r72_two_di_one_chosen", &[di, di], 1, 2.0),
            row("r72_three_di_none_chosen", &[di, di, di], 0, 3.0),
            row("r72_three_di_three_chosen", &[di, di, di], 3, 3.0),
            row("r72_one_di_of_three", &["E_DRAIN", di, "E_SINK"], 0, 1.0),
        ])
        .await;
}

#[tokio::test]
async fn v03_at_most_two_faucets_three_with_three_basins_automatic_ones_counted() {
    let (drain, plain, di) = ("E_DRAIN", "E_SINK", "E_SINK_DI");
    let row = |name: &str, types: &[&str], chosen: Value, allowed: bool| {
        Row::new(name, faucets(types, chosen)).errors(if allowed { &[] } else { &["V03 /faucets"] })
    };
    Plant::new()
        .await
        .check(&[
            row("one_basin_two", &[plain], json!([faucet("WRIST_BLADE", 2)]), true),
            row("one_basin_three", &[plain], json!([faucet("WRIST_BLADE", 3)]), false),
            row(
                "two_basins_two",
                &[plain, drain],
                json!([faucet("WRIST_BLADE", 1), faucet("PRE_RINSE", 1)]),
                true,
            ),
            row(
                "two_basins_three",
                &[plain, drain],
                json!([faucet("WRIST_BLADE", 2), faucet("PRE_RINSE", 1)]),
                false,
            ),
            row("three_basins_three", &[plain, drain, plain], json!([faucet("PRE_RINSE", 3)]), true),
            row(
                "three_basins_four",
                &[plain, drain, plain],
                json!([faucet("PRE_RINSE", 3), faucet("WRIST_BLADE", 1)]),
                false,
            ),
            row("automatic_fits", &[di], json!([faucet("WRIST_BLADE", 1)]), true),
            row("automatic_counts", &[di], json!([faucet("WRIST_BLADE", 2)]), false),
            row("two_automatic_leave_no_room", &[di, di], json!([faucet("WRIST_BLADE", 1)]), false),
            row(
                "chosen_gooseneck_is_the_automatic_one",
                &[di, plain],
                json!([faucet("DI_GOOSENECK", 1), faucet("WRIST_BLADE", 1)]),
                true,
            ),
            row("three_automatic_and_one", &[di, di, di], json!([faucet("PRE_RINSE", 1)]), false),
        ])
        .await;
}

#[tokio::test]
async fn v04_only_places_that_exist() {
    let places = [("BASIN_1", 1), ("BASIN_2", 2), ("BASIN_3", 3), ("BETWEEN_1_2", 2), ("BETWEEN_2_3", 3)];
    let mut rows = Vec::new();
    for (place, needed) in places {
        for basins in 1..=3 {
            let sink = faucets(&vec!["E_SINK"; basins], json!([placed("WRIST_BLADE", place)]));
            let errors: &[&str] = if basins >= needed { &[] } else { &["V04 /faucets/0/placement"] };
            rows.push(Row::new(format!("{place}_with_{basins}"), sink).errors(errors).silent("V07"));
        }
    }
    let unknown = faucets(&["E_SINK"], json!([placed("WRIST_BLADE", "ROOF")]));
    rows.push(Row::new("unknown_place", unknown).errors(&["P.placement /faucets/0/placement"]).silent("V07"));
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn v05_one_faucet_per_place() {
    let two = ["E_SINK", "E_SINK"];
    Plant::new()
        .await
        .check(&[
            Row::new(
                "different_places",
                faucets(&two, json!([placed("WRIST_BLADE", "BASIN_1"), placed("PRE_RINSE", "BASIN_2")])),
            ),
            Row::new(
                "same_place_twice",
                faucets(&two, json!([placed("WRIST_BLADE", "BASIN_1"), placed("PRE_RINSE", "basin_1")])),
            )
            .errors(&["V05 /faucets/0/placement", "V05 /faucets/1/placement"]),
            Row::new(
                "two_pieces_at_one_place",
                faucets(&two, json!([{"type": "WRIST_BLADE", "quantity": 2, "placement": "BASIN_1"}])),
            )
            .errors(&["V05 /faucets/0/placement"]),
            Row::new("two_pieces_without_a_place", faucets(&two, json!([faucet("WRIST_BLADE", 2)])))
                .warning("V07 /faucets/0/placement"),
        ])
        .await;
}

#[tokio::test]
async fn v08_v09_faucets_over_drains_are_warned_of() {
    let (drain, plain) = ("E_DRAIN", "E_SINK");
    Plant::new()
        .await
        .check(&[
            Row::new(
                "v08_centre_of_a_drain",
                faucets(&[plain, drain], json!([placed("WRIST_BLADE", "BASIN_2")])),
            )
            .warning("V08 /faucets/0/placement"),
            Row::new(
                "v08_centre_of_a_sink",
                faucets(&[plain, drain], json!([placed("WRIST_BLADE", "BASIN_1")])),
            )
            .silent("V08")
            .silent("V09"),
            Row::new("v08_between", faucets(&[plain, drain], json!([placed("WRIST_BLADE", "BETWEEN_1_2")])))
                .silent("V08"),
            Row::new(
                "v08_third_of_three",
                faucets(&[plain, plain, drain], json!([placed("WRIST_BLADE", "BASIN_3")])),
            )
            .warning("V08 /faucets/0/placement"),
            Row::new("v09_one_drain_one_faucet", faucets(&[drain], json!([faucet("WRIST_BLADE", 1)])))
                .silent("V09"),
            Row::new("v09_one_drain_two_faucets", faucets(&[drain], json!([faucet("WRIST_BLADE", 2)])))
                .warning("V09 /faucets"),
            Row::new(
                "v09_two_drains_one_faucet",
                faucets(&[drain, drain], json!([faucet("WRIST_BLADE", 1)])),
            )
            .silent("V09"),
            Row::new(
                "v09_two_drains_two_faucets",
                faucets(&[drain, drain], json!([faucet("WRIST_BLADE", 2)])),
            )
            .warning("V09 /faucets"),
            Row::new("v09_three_drains_two_faucets", faucets(&[drain; 3], json!([faucet("WRIST_BLADE", 2)])))
                .silent("V09"),
            Row::new(
                "v09_three_drains_three_faucets",
                faucets(&[drain; 3], json!([faucet("WRIST_BLADE", 3)])),
            )
            .warning("V09 /faucets"),
            Row::new("v09_not_all_drains", faucets(&[drain, plain], json!([faucet("WRIST_BLADE", 2)])))
                .silent("V09"),
        ])
        .await;
}

#[tokio::test]
async fn r73_to_r76_sprayers() {
    let spray = |list: Value| sink_with(json!({ "sprayers": list }));
    let one = |rule: &str, kind: &str, code: &str| {
        Row::new(rule, spray(json!([{"type": kind, "location": "LEFT_SIDE", "quantity": 2}])))
            .line(code, 2.0)
            .only("T2-OA-", &[code])
    };
    let two = json!([{"type": "WATER_TURRET", "location": "LEFT_SIDE"}, {"type": "AIR_ROSETTE", "location": "RIGHT_SIDE"}]);
    Plant::new()
        .await
        .check(&[
            one("r73", "WATER_TURRET", "T2-OA-WATERGUN-TURRET-KIT"),
            one("r74", "WATER_ROSETTE", "T2-OA-WATERGUN-ROSETTE-KIT"),
            one("r75", "AIR_TURRET", "T2-OA-AIRGUN-TURRET-KIT"),
            one("r76", "AIR_ROSETTE", "T2-OA-AIRGUN-ROSETTE-KIT"),
            Row::new("r73_r76_mixed", spray(two))
                .line("T2-OA-WATERGUN-TURRET-KIT", 1.0)
                .line("T2-OA-AIRGUN-ROSETTE-KIT", 1.0),
            Row::new(
                "v06_three_in_two_entries",
                spray(json!([{"type": "WATER_TURRET", "quantity": 2}, {"type": "AIR_TURRET"}])),
            )
            .errors(&["V06 /sprayers"]),
            Row::new("three_in_one_entry", spray(json!([{"type": "WATER_TURRET", "quantity": 3}])))
                .errors(&["P.quantity /sprayers/0/quantity"]),
            Row::new(
                "three_entries",
                spray(json!([{"type": "AIR_TURRET"}, {"type": "AIR_TURRET"}, {"type": "AIR_TURRET"}])),
            )
            .errors(&["P.sprayers /sprayers"]),
            Row::new("type_missing", spray(json!([{"location": "LEFT_SIDE"}])))
                .errors(&["P.type /sprayers/0/type"])
                .only("T2-OA-", &[]),
            Row::new("side_unknown", spray(json!([{"type": "AIR_TURRET", "location": "TOP"}])))
                .errors(&["P.location /sprayers/0/location"]),
        ])
        .await;
}

#[tokio::test]
async fn r72_the_automatic_gooseneck_says_why_it_is_there() {
    let plant = Plant::new().await;
    let seen = plant.preview(&sink_with(json!({"basins": [basin("E_SINK_DI")]}))).await;
    assert!(
        seen.because(GOOSENECK).starts_with("R72 ") && seen.because(GOOSENECK).contains("DI"),
        "{}",
        seen.because(GOOSENECK)
    );
}
