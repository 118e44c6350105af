//! The drawing against its parameters: each one moves what it should and nothing else, and everything stays in the picture.

mod measure;
mod words;

use std::collections::BTreeMap;
use std::{env, fs};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Drawing, Facts, Look, Sink, View, draw, draw_view};
use measure::{Shape, shapes, views};
use words::English;

fn facts() -> Facts {
    Facts { control_box: Some("EDR1-ESK1".to_owned()), ..Facts::default() }
}

fn drawn_with(parameters: &Value, facts: &Facts) -> Drawing {
    draw(&Sink::read(parameters), facts, &English, Look::Page)
}

fn drawn(parameters: &Value) -> Drawing {
    drawn_with(parameters, &facts())
}

/// The sink of the design: an error, a clash, a coloured board.
fn design() -> Value {
    json!({
        "family": "MDRD", "language": "EN", "model": "T2-B2", "width_in": 30, "length_in": 72,
        "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
        "workflow_direction": "LEFT_TO_RIGHT",
        "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_color": "GREEN", "pegboard_size_mode": "SAME_AS_SINK",
        "basins": [
            {"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false},
            {"type": "E_SINK", "size": "30X20X10", "p_trap": false, "basin_light": true}
        ],
        "faucets": [
            {"type": "WRIST_BLADE", "quantity": 1, "placement": "BASIN_2"},
            {"type": "PRE_RINSE", "quantity": 1, "placement": "BETWEEN_2_3"}
        ],
        "sprayers": [{"type": "WATER_TURRET", "location": "RIGHT_SIDE", "quantity": 1}],
        "drawers": [], "accessories": []
    })
}

/// The shortest sink with nothing that need not be.
fn plain() -> Value {
    json!({
        "model": "T2-B1", "width_in": 24, "length_in": 48, "leg_model": "DL14", "leg_adjustment": "FIXED_HEIGHT",
        "feet": "SEISMIC_FEET", "workflow_direction": "RIGHT_TO_LEFT",
        "basins": [{"type": "E_SINK", "size": "CUSTOM", "custom_width_in": 26.5, "custom_length_in": 18, "custom_depth_in": 6,
                    "p_trap": true}]
    })
}

/// The longest, with everything.
fn full() -> Value {
    json!({
        "model": "T2-B3", "width_in": 48, "length_in": 120, "leg_model": "LC1", "leg_adjustment": "HEIGHT_ADJUSTABLE",
        "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
        "pegboard": true, "pegboard_type": "SOLID", "pegboard_size_mode": "CUSTOM", "pegboard_custom_width_in": 48,
        "pegboard_custom_length_in": 110,
        "basins": [
            {"type": "E_SINK_DI", "size": "30X20X8", "basin_light": true},
            {"type": "E_DRAIN", "size": "20X20X8", "p_trap": true},
            {"type": "E_SINK_DI", "size": "30X20X10"}
        ],
        "faucets": [{"type": "PRE_RINSE", "placement": "BETWEEN_1_2"}],
        "sprayers": [{"type": "AIR_ROSETTE", "location": "LEFT_SIDE", "quantity": 2}]
    })
}

fn is_as_in(name: &str, drawing: &Drawing) {
    let path = format!("{}/src/drawing/tests/golden/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("TORVAN_GOLDEN").is_some() {
        fs::write(&path, &drawing.svg).expect("the golden file is written");
    }
    let expected = fs::read_to_string(&path).expect("there is a golden file");
    assert!(
        drawing.svg == expected,
        "{name} is drawn differently; TORVAN_GOLDEN=write writes the files anew: look at them"
    );
}

#[test]
fn three_sinks_are_drawn_as_they_were() {
    is_as_in("design", &drawn(&design()));
    is_as_in("plain", &drawn_with(&plain(), &Facts::default()));
    let facts = Facts { control_box: Some("EDR1-ESK2".to_owned()), added_goosenecks: 2, panel: None };
    let standalone = draw(&Sink::read(&full()), &facts, &English, Look::Standalone);
    is_as_in("full", &standalone);
}

#[test]
fn one_view_is_larger_and_holds_nothing_of_the_others() {
    let one = |view| draw_view(&Sink::read(&design()), &facts(), &English, Look::Page, view).svg;
    let (all, plan, front) = (one(View::All), one(View::Plan), one(View::Front));
    assert_eq!(all, drawn(&design()).svg);
    assert!(plan.contains("class=\"g plan\"") && !plan.contains("class=\"g front\""), "{plan}");
    assert!(front.contains("class=\"g front\"") && !front.contains("class=\"g plan\""), "{front}");
    for cut in [&plan, &front] {
        assert!(!cut.contains("viewBox=\"0 0 640 536\"") && !cut.contains("class=\"key"), "{cut}");
    }
}

#[test]
fn figures_keep_clear_of_their_ticks() {
    let mut sink = design();
    sink["length_in"] = json!(60);
    let svg = drawn(&sink).svg;
    let plan = svg.split("class=\"g plan\"").nth(1).expect("a plan");
    // 60 less 24 and 30: three gaps of 2 in, whose figures stand above the line.
    let lifted =
        plan.split("class=\"dim\"").filter(|dim| dim.contains("<tspan>2</tspan>")).collect::<Vec<_>>();
    assert_eq!(lifted.len(), 3, "{plan}");
    let y = |text: &str, from: &str| -> f64 {
        let rest = text.split(from).nth(1).expect("a place");
        rest.split('"').next().and_then(|text| text.parse().ok()).expect("a number")
    };
    let long = plan.split("class=\"dim\"").find(|dim| dim.contains("<tspan>24</tspan>")).expect("a bowl");
    assert!(lifted.iter().all(|dim| y(dim, "\" y=\"") < y(long, "\" y=\"") - 6.0), "{plan}");
}

#[test]
fn dimensions_can_be_read_back_in_inches() {
    for (parameters, length, width, bowls) in [
        (design(), 72.0, 30.0, vec![[24.0, 20.0], [30.0, 20.0]]),
        (plain(), 48.0, 24.0, vec![[26.5, 18.0]]),
        (full(), 120.0, 48.0, vec![[30.0, 20.0], [20.0, 20.0], [30.0, 20.0]]),
    ] {
        let views = views(&drawn(&parameters).svg);
        let sizes = |view: &str, class: &str| -> Vec<[f64; 2]> {
            let of_class = views[view].iter().filter(|shape| shape.class == class);
            of_class.map(|shape| [shape.number("width"), shape.number("height")]).collect()
        };
        assert_eq!(sizes("plan", "body"), [[length, width]]);
        assert_eq!(sizes("plan", "well"), bowls);
        assert_eq!(sizes("front", "body"), [[length, 6.0], [length, 4.0]]);
        assert_eq!(sizes("side", "body").first(), Some(&[width, 6.0]));
    }
    let views = views(&drawn(&full()).svg);
    let board = views["front"].iter().find(|shape| shape.class == "edge").expect("a board");
    assert_eq!(vec![board.number("width"), board.number("height")], vec![110.0, 48.0]);
}

#[test]
fn gaps_between_bowls_are_equal() {
    let views = views(&drawn(&full()).svg);
    let wells: Vec<&Shape> = views["plan"].iter().filter(|shape| shape.class == "well").collect();
    let ends = wells.iter().flat_map(|well| [well.number("x"), well.number("x") + well.number("width")]);
    let points: Vec<f64> = [0.0].into_iter().chain(ends).chain([120.0]).collect();
    let gaps: Vec<f64> = points.chunks(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps, [10.0, 10.0, 10.0, 10.0]);
}

fn with(mut parameters: Value, pointer: &str, value: Value) -> Value {
    *parameters.pointer_mut(pointer).expect("the design has the parameter") = value;
    parameters
}

/// Each parameter, another value of it, and the views that look at it.
fn moves() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/model", json!("T2-B3"), "plan front side"),
        ("/width_in", json!(36), "plan side"),
        ("/length_in", json!(80), "plan front"),
        ("/leg_model", json!("DL14"), "front side"),
        ("/leg_adjustment", json!("FIXED_HEIGHT"), "front side"),
        ("/feet", json!("SEISMIC_FEET"), "front side"),
        ("/workflow_direction", json!("RIGHT_TO_LEFT"), "flow"),
        ("/pegboard", json!(false), "plan front side"),
        ("/pegboard_type", json!("SOLID"), "front"),
        ("/pegboard_color", json!("BLUE"), "plan front side"),
        ("/pegboard_size_mode", json!("CUSTOM"), ""),
        ("/basins/0/type", json!("E_SINK_DI"), "plan front"),
        ("/basins/0/size", json!("20X20X8"), "plan front"),
        ("/basins/1/size", json!("30X20X8"), "front side"),
        ("/basins/0/p_trap", json!(true), "front"),
        ("/basins/0/basin_light", json!(true), "plan"),
        ("/faucets/0/type", json!("DI_GOOSENECK"), "plan front side"),
        ("/faucets/0/placement", json!("BASIN_1"), "plan front"),
        ("/faucets/0/quantity", json!(2), "plan"),
        ("/faucets/1/placement", json!("BETWEEN_1_2"), "plan front side"),
        ("/sprayers/0/type", json!("AIR_ROSETTE"), "plan front"),
        ("/sprayers/0/location", json!("LEFT_SIDE"), "plan front"),
        ("/sprayers/0/quantity", json!(2), "plan front"),
        ("/language", json!("FR"), ""),
        ("/drawers", json!([{"code": "T2-OA-PO-SHLF-1212", "quantity": 1}]), ""),
        ("/accessories", json!([{"code": "T2-OA-SC-2020-SS", "quantity": 1}]), ""),
    ]
}

#[test]
fn each_parameter_moves_its_views_and_no_other() {
    let before = views(&drawn(&design()).svg);
    for (pointer, value, expected) in moves() {
        let after = views(&drawn(&with(design(), pointer, value)).svg);
        let named = |name: &str| expected.split(' ').any(|view| view == name);
        for view in ["plan", "front", "side"] {
            assert_eq!(before[view] != after[view], named(view), "{pointer} and the view {view}");
        }
        let flows: Vec<&Vec<Shape>> = [&before, &after].into_iter().map(|views| &views["flow"]).collect();
        let has_turned = flows[0][0].class == "flow" && direction(flows[0]) != direction(flows[1]);
        assert_eq!(has_turned, named("flow"), "{pointer} and the arrow");
    }
}

/// Whether the arrow's first point is left of its last.
fn direction(flow: &[Shape]) -> bool {
    let points = &flow[0].points;
    points[0].0 < points[points.len() - 1].0
}

#[test]
fn a_custom_size_moves_its_own_part() {
    let basin = json!({"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 22, "custom_length_in": 19, "custom_depth_in": 7});
    let first = with(design(), "/basins/0", basin);
    for (pointer, expected) in [
        ("/basins/0/custom_width_in", "plan front"),
        ("/basins/0/custom_length_in", "plan side"),
        ("/basins/0/custom_depth_in", "front side"),
    ] {
        let (before, after) =
            (views(&drawn(&first).svg), views(&drawn(&with(first.clone(), pointer, json!(6.5))).svg));
        for view in ["plan", "front", "side"] {
            assert_eq!(before[view] != after[view], expected.contains(view), "{pointer} and the view {view}");
        }
    }
    let before = views(&drawn(&full()).svg);
    for (pointer, expected) in
        [("/pegboard_custom_width_in", "front side"), ("/pegboard_custom_length_in", "plan front")]
    {
        let after = views(&drawn(&with(full(), pointer, json!(50))).svg);
        for view in ["plan", "front", "side"] {
            assert_eq!(before[view] != after[view], expected.contains(view), "{pointer} and the view {view}");
        }
    }
}

fn classes(svg: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for shape in shapes(svg) {
        *counts.entry(shape.class).or_insert(0) += 1;
    }
    counts
}

#[test]
fn errors_are_in_the_drawing() {
    let counts = classes(&drawn(&design()).svg);
    assert_eq!(counts.get("clash"), Some(&1), "the 10 in bowl meets the 8 in frame");
    assert_eq!(counts.get("ghost"), Some(&1), "the faucet without a place");
    let mended = with(design(), "/basins/1/size", json!("30X20X8"));
    let mended = with(mended, "/faucets/1/placement", json!("BETWEEN_1_2"));
    let counts = classes(&drawn(&mended).svg);
    assert_eq!((counts.get("clash"), counts.get("ghost")), (None, None));
    let taken = with(mended, "/faucets/1/placement", json!("BASIN_2"));
    assert_eq!(classes(&drawn(&taken).svg).get("ghost"), Some(&1), "one faucet a place");
}

#[test]
fn bowls_that_are_wider_than_the_sink_stand_over_its_ends() {
    let basins: Vec<Value> = (0..3).map(|_| json!({"type": "E_DRAIN", "size": "30X20X8"})).collect();
    let wide = json!({"model": "T2-B3", "length_in": 80, "width_in": 30, "basins": basins});
    let views = views(&drawn(&wide).svg);
    let wells: Vec<f64> =
        views["plan"].iter().filter(|shape| shape.class == "well").map(|well| well.number("x")).collect();
    assert_eq!(wells, [-5.0, 25.0, 55.0]);
    assert_eq!(views["plan"].iter().filter(|shape| shape.class == "clash").count(), 2);
}

#[test]
fn what_is_not_known_is_drawn_open() {
    let nothing = drawn_with(&json!({}), &Facts::default());
    let counts = classes(&nothing.svg);
    assert!(counts.contains_key("body open") && !counts.contains_key("well"), "{counts:?}");
    let model =
        drawn_with(&json!({"model": "T2-B3", "length_in": "long", "basins": "three"}), &Facts::default());
    assert_eq!(classes(&model.svg).get("slot"), Some(&3));
    assert_eq!(drawn_with(&json!([1, 2]), &Facts::default()), nothing);
}

#[test]
fn a_di_basin_shows_the_gooseneck_that_it_needs() {
    let di = with(design(), "/basins/0/type", json!("E_SINK_DI"));
    let without = views(&drawn(&di).svg);
    let facts = Facts { added_goosenecks: 1, ..facts() };
    let with = views(&drawn_with(&di, &facts).svg);
    assert_ne!(without["plan"], with["plan"]);
    assert!(drawn_with(&di, &facts).svg.contains(">Gooseneck for the DI basin<"));
}

#[test]
fn colours_come_from_classes_and_texts_cannot_break_out() {
    for look in [Look::Page, Look::Standalone] {
        let svg = draw(&Sink::read(&design()), &facts(), &words::Hostile, look).svg;
        assert!(!svg.contains("style=") && !svg.contains("stroke=") && !svg.contains("<script"), "{svg}");
        assert!(svg.contains("&lt;script&gt;"));
        let fills = svg.matches(" fill=").count();
        assert_eq!(fills, svg.matches(" fill=\"url(#sink-").count(), "only patterns are filled by attribute");
        assert_eq!(svg.contains("<style>"), look == Look::Standalone);
    }
}

fn choice(codes: &'static [&'static str]) -> BoxedStrategy<Value> {
    let known = proptest::sample::select(codes).prop_map(|code| json!(code));
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(json!("OTHER")), 1 => Just(json!(7))].boxed()
}

fn inches(least: f64, most: f64) -> BoxedStrategy<Value> {
    let usual = (least..most).prop_map(|value| json!((value * 4.0).round() / 4.0));
    let odd = proptest::sample::select(vec![
        json!(-1),
        json!(0),
        json!(1e300),
        json!("x"),
        Value::Null,
        json!(0.001),
    ]);
    prop_oneof![8 => usual, 1 => odd].boxed()
}

fn truth() -> BoxedStrategy<Value> {
    prop_oneof![4 => any::<bool>().prop_map(|value| json!(value)), 1 => Just(Value::Null)].boxed()
}

fn object(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let make =
        move |values: Vec<Value>| names.iter().map(|name| (*name).to_owned()).zip(values).collect::<Value>();
    values.prop_map(make).boxed()
}

fn any_basin() -> BoxedStrategy<Value> {
    object(vec![
        ("type", choice(&["E_DRAIN", "E_SINK", "E_SINK_DI"])),
        ("size", choice(&["20X20X8", "24X20X8", "24X20X10", "30X20X8", "30X20X10", "CUSTOM", "1X2", "XXX"])),
        ("custom_width_in", inches(1.0, 50.0)),
        ("custom_length_in", inches(1.0, 50.0)),
        ("custom_depth_in", inches(1.0, 20.0)),
        ("p_trap", truth()),
        ("basin_light", truth()),
    ])
}

fn any_faucet() -> BoxedStrategy<Value> {
    let places = choice(&["BASIN_1", "BASIN_2", "BASIN_3", "BETWEEN_1_2", "BETWEEN_2_3"]);
    object(vec![
        ("type", choice(&["WRIST_BLADE", "PRE_RINSE", "DI_GOOSENECK"])),
        ("quantity", (0..9).prop_map(|n| json!(n)).boxed()),
        ("placement", places),
    ])
}

fn any_sprayer() -> BoxedStrategy<Value> {
    object(vec![
        ("type", choice(&["WATER_TURRET", "WATER_ROSETTE", "AIR_TURRET", "AIR_ROSETTE"])),
        ("quantity", (0..9).prop_map(|n| json!(n)).boxed()),
        ("location", choice(&["LEFT_SIDE", "RIGHT_SIDE"])),
    ])
}

fn list(of: BoxedStrategy<Value>, most: usize) -> BoxedStrategy<Value> {
    prop_oneof![9 => proptest::collection::vec(of, 0..=most).prop_map(Value::Array), 1 => Just(json!("none"))]
        .boxed()
}

fn any_sink() -> BoxedStrategy<Value> {
    object(vec![
        ("model", choice(&["T2-B1", "T2-B2", "T2-B3"])),
        ("width_in", inches(24.0, 48.0)),
        ("length_in", inches(48.0, 120.0)),
        ("leg_model", choice(&["DL27", "DL14", "LC1"])),
        ("leg_adjustment", choice(&["HEIGHT_ADJUSTABLE", "FIXED_HEIGHT"])),
        ("feet", choice(&["LEVELING_CASTERS", "SEISMIC_FEET"])),
        ("workflow_direction", choice(&["LEFT_TO_RIGHT", "RIGHT_TO_LEFT"])),
        ("pegboard", truth()),
        ("pegboard_type", choice(&["PERFORATED", "SOLID"])),
        ("pegboard_color", choice(&["NONE", "GREEN", "BLACK", "WHITE"])),
        ("pegboard_size_mode", choice(&["SAME_AS_SINK", "CUSTOM"])),
        ("pegboard_custom_width_in", inches(12.0, 60.0)),
        ("pegboard_custom_length_in", inches(12.0, 130.0)),
        ("basins", list(any_basin(), 5)),
        ("faucets", list(any_faucet(), 8)),
        ("sprayers", list(any_sprayer(), 5)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_is_given_the_drawing_is_whole(parameters in any_sink(), box_is_known: bool, added in 0..4_usize) {
        let facts = Facts {
            control_box: box_is_known.then(|| "EDR1-ESK1".to_owned()),
            added_goosenecks: added,
            panel: Some((72.0, 36.0)),
        };
        let svg = drawn_with(&parameters, &facts).svg;
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        for shape in shapes(&svg) {
            for (x, y) in &shape.on_paper {
                let is_inside = (-0.5..=640.5).contains(x) && (-0.5..=536.5).contains(y);
                prop_assert!(is_inside, "{} at {x}, {y} of {parameters}", shape.class);
            }
        }
    }
}
