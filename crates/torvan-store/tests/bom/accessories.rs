//! The rules R77 to R79 and the checks of product.md 3.4.

use serde_json::{Value, json};

use crate::support::{Plant, Row, pegboard, sink_of, sink_with, with};

#[expect(clippy::needless_pass_by_value, reason = "written with json! at every call")]
fn accessories(list: Value) -> Value {
    sink_with(json!({ "accessories": list }))
}

fn one(code: &str) -> Value {
    json!([{ "code": code }])
}

impl Plant {
    /// Orderable accessories which the sample catalogue leaves out.
    async fn with_accessories(codes: &[&str]) -> Self {
        let plant = Self::new().await;
        sqlx::query(
            "INSERT INTO assemblies (assembly_code, name, subcategory_id)
             SELECT c, c, (SELECT subcategory_id FROM subcategories WHERE subcategory_code = '720.702') FROM unnest($1::text[]) AS c ON CONFLICT DO NOTHING",
        )
        .bind(codes)
        .execute(plant.pool())
        .await
        .expect("accessories");
        plant
    }
}

#[tokio::test]
async fn r77_r78_drawers() {
    let (housing, shelf) = ("T2-OA-2D-152012-STACKED-KIT", "T2-OA-PO-SHLF-1212");
    let drawers = |list: Value| sink_with(json!({ "drawers": list }));
    Plant::new()
        .await
        .check(&[
            Row::new("r77", drawers(json!([{"code": housing, "quantity": 2}])))
                .line(housing, 2.0)
                .line(shelf, 0.0),
            Row::new("r77_by_short_code", drawers(json!([{"code": "707.70"}]))).line(housing, 1.0),
            Row::new("r78", drawers(json!([{"code": shelf, "quantity": 3}])))
                .line(shelf, 3.0)
                .warning("C07 /drawers/0/code"),
            Row::new("r78_by_alias", drawers(json!([{"code": "assy-t2-oa-po-shlf-1212 "}]))).line(shelf, 1.0),
            Row::new("r77_r78_both", drawers(json!([{"code": housing}, {"code": shelf}])))
                .line(housing, 1.0)
                .line(shelf, 1.0),
            Row::new("other_code", drawers(one("T-OA-BINRAIL-24-KIT")))
                .errors(&["P.code /drawers/0/code"])
                .only("T-OA-", &[]),
            Row::new("quantity_0", drawers(json!([{"code": housing, "quantity": 0}])))
                .errors(&["P.quantity /drawers/0/quantity"])
                .only("T2-OA-", &[]),
            Row::new("code_missing", drawers(json!([{"quantity": 1}]))).errors(&["P.code /drawers/0/code"]),
        ])
        .await;
}

#[tokio::test]
async fn r79_accessories_are_summed_whatever_their_spelling() {
    let (rail, light) = ("T-OA-BINRAIL-24-KIT", "T2-OA-BASIN-LIGHT-ESK-KIT");
    let spellings = json!([{"code": rail, "quantity": 2}, {"code": "t-oa-binrail-24-kit "}, {"code": " 702.4", "quantity": 3}]);
    Plant::new()
        .await
        .check(&[
            Row::new("r79_one", accessories(one(rail))).line(rail, 1.0).only("T-OA-", &[rail]),
            Row::new("r79_spellings", accessories(spellings)).line(rail, 6.0).only("T-OA-", &[rail]),
            Row::new("r79_999", accessories(json!([{"code": rail, "quantity": 999}]))).line(rail, 999.0),
            Row::new("quantity_1000", accessories(json!([{"code": rail, "quantity": 1000}])))
                .errors(&["P.quantity /accessories/0/quantity"])
                .only("T-OA-", &[]),
            Row::new("quantity_0", accessories(json!([{"code": rail, "quantity": 0}])))
                .errors(&["P.quantity /accessories/0/quantity"]),
            Row::new("quantity_as_text", accessories(json!([{"code": rail, "quantity": "two"}])))
                .errors(&["P.quantity /accessories/0/quantity"]),
            Row::new(
                "beside_the_same_item_of_a_basin",
                with(
                    accessories(one(light)),
                    json!({"basins": [{"type": "E_SINK", "size": "20X20X8", "basin_light": true}]}),
                ),
            )
            .line(light, 2.0),
        ])
        .await;
}

#[tokio::test]
async fn r79_an_extra_manual_is_an_accessory_and_no_second_manual_of_the_sink() {
    let plant = Plant::new().await;
    plant.text("UPDATE assemblies SET subcategory_id = (SELECT subcategory_id FROM subcategories WHERE subcategory_code = '720.702') WHERE assembly_code LIKE 'T2-STD-MANUAL-%' RETURNING ''").await;
    let seen = plant.preview(&accessories(one("T2-STD-MANUAL-EN-KIT"))).await;
    assert!(seen.is_valid(), "{:?}", seen.messages());
    assert!((seen.quantity("T2-STD-MANUAL-EN-KIT") - 2.0).abs() < 1e-9);
}

#[tokio::test]
async fn r79_refused_codes() {
    let plant = Plant::with_accessories(&["T-OLD", "T-INNER"]).await;
    plant
        .text("UPDATE assemblies SET lifecycle = 'OBSOLETE' WHERE assembly_code = 'T-OLD' RETURNING ''")
        .await;
    plant
        .text("UPDATE assemblies SET is_orderable = false WHERE assembly_code = 'T-INNER' RETURNING ''")
        .await;
    let refused = "P.code /accessories/0/code";
    plant
        .check(&[
            Row::new("unknown", accessories(one("T-OA-NOTHING")))
                .errors(&[refused, "R79 "])
                .line("T-OA-NOTHING", 1.0),
            Row::new("obsolete", accessories(one("T-OLD"))).errors(&[refused]).warning("R79 "),
            Row::new("not_orderable", accessories(one("T-INNER"))).errors(&[refused]),
            Row::new("service_part_of_category_719", accessories(one("T2-CTRL-EDR1"))).errors(&[refused]),
            Row::new("a_part", accessories(one("FST-HEX-M6X20"))).errors(&[refused]),
            Row::new("looks_like_a_template", accessories(one("{p.model}"))).errors(&[refused]),
        ])
        .await;
    let seen = plant.preview(&accessories(one("T-OA-NOTHING"))).await;
    assert_eq!(seen.0["unresolved"], json!(["T-OA-NOTHING"]));
}

#[tokio::test]
async fn c01_instrosink_light_shelf_is_an_error() {
    let sink = accessories(json!([{"code": "T-OA-BINRAIL-24-KIT"}, {"code": "T2-OHL-INSTRO-KIT"}]));
    Plant::new().await.check(&[Row::new("c01", sink).errors(&["C01 /accessories/1/code"])]).await;
}

#[tokio::test]
async fn c02_c03_c04_what_hangs_on_which_board() {
    let bolt_on = ["T-OA-SSSHELF-1812-BOLT-ON-KIT", "T-OA-SSSHELF-3612-BOLT-ON-KIT"];
    let slot = [
        "T-OA-PFW1236FM-KIT",
        "T-OA-PFW1218FM-KIT",
        "T-OA-PFW1818FM-KIT",
        "T-OA-SSSHELF-1812",
        "T-OA-SSSHELF-3612",
        "T-OA-SSSHELF-LGHT-1812-KIT",
        "T-OA-SSSHELF-LGHT-3612-KIT",
    ];
    let board = [
        "T2-OA-LT-SSSHELF-LRG",
        "T2-OA-LT-SSSHELF-SML",
        "T-OA-1BRUSH-ORG-PB-KIT",
        "T-OA-6BRUSH-ORG-PB-KIT",
        "T-OA-WRK-FLW-PB",
        "T-OA-PB-SS-1L-SHLF",
        "T-OA-MLIGHT-PB-KIT",
        "T-OA-DIM-MLIGHT-PB-KIT",
        "T-OA-TASKLIGHT-PB",
        "T-OA-TASKLIGHT-PB-MAG-KIT",
        "T-OA-MMA-PB",
        "T-OA-MNT-SINGLE-COMBO-PB",
    ];
    let plant = Plant::with_accessories(&[&bolt_on[..], &slot, &board].concat()).await;
    let place = "/accessories/0/code";
    let mut rows = Vec::new();
    for (rule, codes, perforated, solid) in
        [("C02", &bolt_on[..], false, true), ("C03", &slot, true, false), ("C04", &board, true, true)]
    {
        for code in codes {
            let sinks = [
                ("none", accessories(one(code)), false),
                ("perforated", pegboard(json!({ "accessories": one(code) })), perforated),
                ("solid", pegboard(json!({"pegboard_type": "SOLID", "accessories": one(code)})), solid),
            ];
            for (fitted, sink, fits) in sinks {
                let row = Row::new(format!("{rule}_{code}_{fitted}"), sink).line(code, 1.0);
                let others = ["C02", "C03", "C04"].into_iter().filter(|&other| other != rule);
                let row = others.fold(row, Row::silent);
                rows.push(if fits { row.silent(rule) } else { row.warning(&format!("{rule} {place}")) });
            }
        }
    }
    plant.check(&rows).await;
}

#[tokio::test]
async fn c05_c06_small_shelves_under_84_large_ones_from_84() {
    let mut rows = Vec::new();
    let place = "/accessories/0/code";
    for shelf in ["T2-OA-CUST-SHELF-HA", "T-OA-RAIL-SHELF-ADDER"] {
        for (length, large) in [(83.0, false), (83.5, false), (84.0, true), (84.5, true), (120.0, true)] {
            let sink = |size: &str| {
                sink_with(json!({"length_in": length, "accessories": one(&format!("{shelf}-{size}"))}))
            };
            let (small_row, large_row) = (
                Row::new(format!("{shelf}-SML {length}"), sink("SML")),
                Row::new(format!("{shelf}-LRG {length}"), sink("LRG")),
            );
            rows.extend(if large {
                [small_row.warning(&format!("C05 {place}")), large_row.silent("C05").silent("C06")]
            } else {
                [small_row.silent("C05").silent("C06"), large_row.warning(&format!("C06 {place}"))]
            });
        }
    }
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn c07_c08_pull_out_shelf_needs_a_bottom_shelf() {
    let (shelf, bottom) = ("T2-OA-PO-SHLF-1212", "T2-OA-CUST-SHELF-HA-SML");
    let both = json!({"drawers": [{"code": shelf}], "accessories": [{"code": bottom}]});
    Plant::new()
        .await
        .check(&[
            Row::new("c07_alone", sink_with(json!({"drawers": [{"code": shelf}]})))
                .warning("C07 /drawers/0/code"),
            Row::new("c07_with_its_shelf", sink_with(both)).silent("C07"),
            Row::new("c08_as_accessory_alone", accessories(one(shelf))).warning("C08 /accessories/0/code"),
            Row::new(
                "c08_as_accessory_with_its_shelf",
                accessories(json!([{"code": shelf}, {"code": bottom}])),
            )
            .silent("C08"),
        ])
        .await;
}

#[tokio::test]
async fn c09_staging_covers_need_their_basin() {
    let mut rows = Vec::new();
    for (cover, fits) in [("2020", "20X20X8"), ("2420", "24X20X10"), ("3020", "30X20X8")] {
        for size in ["20X20X8", "24X20X10", "30X20X8"] {
            let sink = sink_with(
                json!({"basins": [{"type": "E_SINK", "size": size}], "accessories": one(&format!("T2-OA-SC-{cover}-SS"))}),
            );
            let row = Row::new(format!("c09_{cover}_{size}"), sink);
            rows.push(if size == fits { row.silent("C09") } else { row.warning("C09 /accessories/0/code") });
        }
    }
    let second = with(sink_of(&["E_SINK", "E_SINK"]), json!({"accessories": one("T2-OA-SC-2020-SS")}));
    rows.push(Row::new("c09_any_basin_will_do", second).silent("C09"));
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn c10_dosing_shelf_is_inside_the_e_sink_kit_already() {
    let with_shelf =
        |kind: &str| with(sink_of(&[kind]), json!({"accessories": one("T2-OA-DOSINGESK-BTMSHELF")}));
    Plant::new()
        .await
        .check(&[
            Row::new("c10_e_sink", with_shelf("E_SINK"))
                .warning("C10 /accessories/0/code")
                .line("T2-OA-DOSINGESK-BTMSHELF", 1.0),
            Row::new("c10_drain", with_shelf("E_DRAIN")).silent("C10"),
            Row::new("c10_di_kit_has_no_pump", with_shelf("E_SINK_DI")).silent("C10"),
        ])
        .await;
}

#[tokio::test]
async fn r79_an_accessory_that_is_inside_a_kit_too_counts_both_ways() {
    let plant = Plant::new().await;
    let seen = plant.preview(&accessories(one("T2-OA-DOSINGESK-BTMSHELF"))).await;
    let alone = plant.preview(&sink_with(json!({}))).await;
    let tray = "DOS-BOTTLE-TRAY";
    assert!(alone.leaf(tray) > 0.0);
    assert!(
        (seen.leaf(tray) - alone.leaf(tray) - 1.0).abs() < 1e-9,
        "{} {}",
        seen.leaf(tray),
        alone.leaf(tray)
    );
}
