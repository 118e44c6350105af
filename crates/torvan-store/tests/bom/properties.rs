//! Properties that hold for any structure and any sink. `TORVAN_TEST_SEED` repeats a run with the seed it printed.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::structure::{Edge, edge};
use crate::support::{Plant, with};

fn runner(cases: u32) -> TestRunner {
    let seed: u64 =
        env::var("TORVAN_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |passed| u64::from(passed.subsec_nanos()))
        });
    println!("TORVAN_TEST_SEED={seed} repeats this run");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn prepared() -> (Runtime, Plant) {
    let runtime = Runtime::new().expect("a runtime");
    let plant = runtime.block_on(Plant::new());
    (runtime, plant)
}

/// Assemblies in four layers, each made of items of deeper layers; halves, so that four decimals are exact.
fn structures() -> impl Strategy<Value = Vec<(usize, usize, f64)>> {
    let quantity = select(vec![0.5, 1.0, 1.5, 2.0, 3.0, 7.0]);
    vec((0..12usize, 0..18usize, quantity), 1..60).prop_map(|edges| {
        let mut distinct = BTreeMap::new();
        for (parent, child, quantity) in edges {
            if child / 3 > parent / 3 {
                distinct.insert((parent, child), quantity);
            }
        }
        distinct.into_iter().map(|((parent, child), quantity)| (parent, child, quantity)).collect()
    })
}

/// Items 0 to 11 are assemblies, 12 to 17 parts.
fn code(case: u32, item: usize) -> String {
    if item < 12 { format!("G{case}-{item:02}") } else { format!("P-{case}-{item:02}") }
}

/// Adds what one path after another brings.
fn walk(
    edges: &[(usize, usize, f64)],
    parent: usize,
    quantity: f64,
    depth: i32,
    seen: &mut BTreeMap<(usize, usize), (f64, i32)>,
) {
    for &(from, child, per) in edges.iter().filter(|edge| edge.0 == parent) {
        let entry = seen.entry((from, child)).or_insert((0.0, 0));
        *entry = (entry.0 + quantity * per, entry.1.max(depth));
        walk(edges, child, quantity * per, depth + 1, seen);
    }
}

#[test]
fn explosion_equals_brute_force_and_quantities_conserve() {
    let (runtime, plant) = prepared();
    let cases = Cell::new(0);
    let roots = vec((0..12usize, select(vec![1.0, 2.0, 0.5, 13.0])), 1..4);
    let outcome = runner(25).run(&(structures(), roots), |(edges, roots)| {
        let case = cases.get();
        cases.set(case + 1);
        let named: Vec<Edge> = edges
            .iter()
            .map(|&(parent, child, per)| edge(code(case, parent), code(case, child), per))
            .collect();
        let tops: Vec<(String, f64)> =
            roots.iter().map(|&(item, quantity)| (code(case, item), quantity)).collect();
        let seen = runtime.block_on(async {
            plant.structure(&named).await;
            plant.explode(&tops).await.expect("a graph")
        });
        let mut expected = BTreeMap::new();
        // A root that no edge mentions is not in the catalogue: it has no components either.
        for &(item, quantity) in &roots {
            walk(&edges, item, quantity, 1, &mut expected);
        }
        let expected: BTreeMap<(String, String), (f64, i32)> = expected
            .into_iter()
            .map(|((parent, child), value)| ((code(case, parent), code(case, child)), value))
            .collect();
        prop_assert_eq!(seen.len(), expected.len(), "each edge once");
        for (parent, child, per, total, depth) in seen {
            let wanted = expected.get(&(parent.clone(), child.clone())).copied();
            prop_assert_eq!(wanted, Some((total, depth)), "{} {}", &parent, &child);
            prop_assert!(named.contains(&(parent, child, per)));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

fn any_basin() -> impl Strategy<Value = Value> {
    let stock = select(vec!["20X20X8", "24X20X8", "24X20X10", "30X20X8", "30X20X10"])
        .prop_map(|size| json!({ "size": size }));
    let custom = (1..=50i64, 1..=50i64, 1..=20i64)
        .prop_map(|(width, length, depth)| json!({"size": "CUSTOM", "custom_width_in": width, "custom_length_in": length, "custom_depth_in": depth}));
    let kind = select(vec!["E_DRAIN", "E_SINK", "E_SINK_DI"]);
    (prop_oneof![3 => stock, 1 => custom], kind, any::<bool>(), any::<bool>()).prop_map(
        |(size, kind, p_trap, light)| {
            with(size, json!({"type": kind, "p_trap": p_trap, "basin_light": light}))
        },
    )
}

fn any_pegboard() -> impl Strategy<Value = Value> {
    let kind = select(vec!["PERFORATED", "SOLID"]);
    let colour = select(vec!["", "GREEN", "BLACK", "YELLOW", "GREY", "RED", "BLUE", "ORANGE", "WHITE"]);
    let custom = (12..=60i64, 12..=130i64).prop_map(|(width, length)| json!({"pegboard_size_mode": "CUSTOM", "pegboard_custom_width_in": width, "pegboard_custom_length_in": length}));
    let size = prop_oneof![Just(json!({"pegboard_size_mode": "SAME_AS_SINK"})), custom];
    let board = (kind, colour, size).prop_map(|(kind, colour, size)| {
        let colour = if colour.is_empty() { Value::Null } else { json!(colour) };
        with(size, json!({"pegboard": true, "pegboard_type": kind, "pegboard_color": colour}))
    });
    prop_oneof![Just(json!({})), board]
}

/// Sinks that can be built: what the checks forbid is left out from the start.
fn any_sink() -> impl Strategy<Value = Value> {
    let legs = select(vec![
        ("DL27", "HEIGHT_ADJUSTABLE"),
        ("DL27", "FIXED_HEIGHT"),
        ("DL14", "HEIGHT_ADJUSTABLE"),
        ("DL14", "FIXED_HEIGHT"),
        ("LC1", "HEIGHT_ADJUSTABLE"),
    ]);
    let body =
        (96..=240u32, select(vec!["LEVELING_CASTERS", "SEISMIC_FEET"]), legs, select(vec!["EN", "FR", "ES"]));
    let sprayers = vec(select(vec!["WATER_TURRET", "WATER_ROSETTE", "AIR_TURRET", "AIR_ROSETTE"]), 0..=2);
    let accessories = vec(
        (
            select(vec!["702.4", "T-OA-B110505", "T-OA-MMA-PB", "703.38", "702.28", "T2-OA-SINK-STRAINER"]),
            1..=9u32,
        ),
        0..4,
    );
    let faucets = vec(select(vec!["WRIST_BLADE", "PRE_RINSE", "DI_GOOSENECK"]), 0..=3);
    (body, vec(any_basin(), 1..=3), any_pegboard(), sprayers, accessories, faucets).prop_map(|(body, basins, board, sprayers, accessories, faucets)| {
        let (halves, feet, (legs, adjustment), language) = body;
        let treated = basins.iter().filter(|basin| basin["type"] == "E_SINK_DI").count();
        let limit = if basins.len() == 3 { 3 } else { 2 };
        let mut chosen: Vec<&str> = Vec::new();
        for faucet in faucets {
            let necks = |list: &[&str]| list.iter().filter(|&&kind| kind == "DI_GOOSENECK").count();
            let longer = [chosen.as_slice(), &[faucet]].concat();
            if necks(&longer).max(treated) + longer.len() - necks(&longer) <= limit {
                chosen = longer;
            }
        }
        let sink = json!({
            "language": language, "model": format!("T2-B{}", basins.len()), "width_in": 30, "length_in": f64::from(halves) / 2.0,
            "leg_model": legs, "leg_adjustment": adjustment, "feet": feet, "workflow_direction": "LEFT_TO_RIGHT", "basins": basins,
            "faucets": chosen.iter().map(|kind| json!({ "type": kind })).collect::<Vec<_>>(),
            "sprayers": sprayers.iter().map(|kind| json!({ "type": kind })).collect::<Vec<_>>(),
            "accessories": accessories.iter().map(|(code, quantity)| json!({"code": code, "quantity": quantity})).collect::<Vec<_>>(),
        });
        with(sink, board)
    })
}

/// Rules that fired more than once for one element, and groups that are not covered as they should be.
const ODD: &str = "
    SELECT string_agg(odd, '; ') FROM (
      WITH result AS MATERIALIZED (SELECT (evaluate_rules(released_rule_set('MDRD'), $1)).*),
           fired AS (SELECT p ->> 'rule' AS rule, p ->> 'place' AS place, p ->> 'group' AS component_group, (p ->> 'quantity')::numeric AS quantity
                       FROM result r CROSS JOIN LATERAL unnest(r.top_lines) l CROSS JOIN LATERAL jsonb_array_elements(l.provenance) p)
      SELECT rule || ' fired twice' AS odd FROM fired GROUP BY rule, place HAVING count(*) > 1
      UNION ALL
      SELECT g.component_group || ' counted ' || coalesce(sum(f.quantity), 0)
        FROM (VALUES ('manual', 1), ('body', 1), ('legs', 1), ('feet', 1), ('control_box', 1), ('basin_kit', jsonb_array_length($1 -> 'basins')),
                     ('basin_bowl', jsonb_array_length($1 -> 'basins')), ('pegboard', CASE WHEN $1 -> 'pegboard' = 'true' THEN 1 ELSE 0 END)) g (component_group, expected)
        LEFT JOIN fired f USING (component_group) GROUP BY g.component_group, g.expected HAVING coalesce(sum(f.quantity), 0) <> g.expected) odds";

#[test]
fn every_sink_that_passes_the_checks_has_a_whole_bom_and_no_rule_fires_twice() {
    let (runtime, plant) = prepared();
    let outcome = runner(60).run(&any_sink(), |sink| {
        let (seen, odd) = runtime.block_on(async {
            let odd: Option<String> =
                sqlx::query_scalar(ODD).bind(&sink).fetch_one(plant.pool()).await.expect("an answer");
            (plant.preview(&sink).await, odd)
        });
        prop_assert!(seen.is_valid(), "{:?}", seen.messages());
        prop_assert_eq!(&seen.0["unresolved"], &json!([]));
        prop_assert_eq!(odd, None);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The same JSON in another spelling: keys turned around, text in lower case, whole numbers with decimals.
fn respelt(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .rev()
                .map(|(key, value)| format!("{}:{}", json!(key), respelt(value)))
                .collect();
            format!("{{{}}}", fields.join(" , "))
        }
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(respelt).collect::<Vec<_>>().join(",\n"))
        }
        Value::String(word) => json!(format!(" {}", word.to_lowercase())).to_string(),
        Value::Number(number) if number.is_i64() => format!("{number}.00"),
        other => other.to_string(),
    }
}

#[test]
fn one_configuration_has_one_hash_whatever_its_spelling() {
    let (runtime, plant) = prepared();
    let outcome = runner(25).run(&any_sink(), |sink| {
        let (one, other, saved) = runtime.block_on(async {
            let other: Value = sqlx::query_scalar("SELECT preview_sink($1::text::jsonb)").bind(respelt(&sink)).fetch_one(plant.pool()).await.expect("a preview");
            let ids: (i64, i64) = sqlx::query_as("SELECT save_configuration($1), save_configuration($2::text::jsonb)").bind(&sink).bind(respelt(&sink)).fetch_one(plant.pool()).await.expect("saved");
            let saved = plant.text(&format!("SELECT count(DISTINCT parameters_hash)::text FROM configurations WHERE configuration_id IN ({}, {})", ids.0, ids.1)).await;
            (plant.preview(&sink).await, other, saved)
        });
        prop_assert_eq!(&one.0["content_hash"], &other["content_hash"]);
        prop_assert_eq!(&one.0["parameters"], &other["parameters"]);
        prop_assert_eq!(saved, "1");
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Values that have no business where they end up.
fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1000i64..1000).prop_map(Value::from),
        any::<f64>()
            .prop_filter_map("a number", |number| serde_json::Number::from_f64(number).map(Value::Number)),
        ".{0,12}".prop_map(|word| Value::from(word.replace('\0', ""))),
        select(vec!["E_SINK", "CUSTOM", "T2-B2", "{p.model}", "$.basins", "707.71", ""])
            .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{"type": "E_DRAIN"}]])),
        Just(json!({"type": "E_DRAIN", "size": "CUSTOM", "quantity": 1e9})),
    ]
}

#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    Remove,
    Rename(String),
    Double,
}

fn mutations() -> impl Strategy<Value = Vec<(usize, Mutation)>> {
    let one = prop_oneof![
        4 => junk().prop_map(Mutation::Replace),
        1 => Just(Mutation::Remove),
        1 => "[a-z_/~]{0,8}".prop_map(Mutation::Rename),
        1 => Just(Mutation::Double),
    ];
    vec((any::<usize>(), one), 1..5)
}

/// Applies a mutation to the n-th place of a document, counted depth first.
fn mutate(value: &mut Value, n: &mut usize, mutation: &Mutation) -> bool {
    match value {
        Value::Object(fields) => mutate_fields(fields, n, mutation),
        Value::Array(elements) => {
            for place in 0..elements.len() {
                if *n == 0 {
                    match mutation {
                        Mutation::Replace(other) => elements[place] = other.clone(),
                        Mutation::Double => elements.push(elements[place].clone()),
                        Mutation::Remove | Mutation::Rename(_) => drop(elements.remove(place)),
                    }
                    return true;
                }
                *n -= 1;
                if mutate(&mut elements[place], n, mutation) {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

fn mutate_fields(fields: &mut Map<String, Value>, n: &mut usize, mutation: &Mutation) -> bool {
    for key in fields.keys().cloned().collect::<Vec<_>>() {
        if *n == 0 {
            let old = fields.remove(&key).unwrap_or_default();
            match mutation {
                Mutation::Replace(other) => drop(fields.insert(key, other.clone())),
                Mutation::Rename(name) => drop(fields.insert(name.clone(), old)),
                Mutation::Double => drop(fields.insert(key, json!([old.clone(), old]))),
                Mutation::Remove => {}
            }
            return true;
        }
        *n -= 1;
        if fields.get_mut(&key).is_some_and(|value| mutate(value, n, mutation)) {
            return true;
        }
    }
    false
}

#[test]
fn a_spoilt_document_is_answered_in_words() {
    let (runtime, plant) = prepared();
    let outcome = runner(120).run(&(vec(any_sink(), 1..3), mutations()), |(sinks, mutations)| {
        let mut document = json!({"language": "EN", "sinks": sinks});
        for (place, mutation) in mutations {
            mutate(&mut document, &mut (place % 60), &mutation);
        }
        match runtime.block_on(plant.document(&document)) {
            Err(refused) => prop_assert!(refused.code.starts_with("TV"), "{:?} {}", refused, document),
            Ok(seen) => {
                for sink in seen["sinks"].as_array().unwrap() {
                    let errors = sink["violations"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter(|found| found["severity"] == "error")
                        .count();
                    prop_assert_eq!(sink["valid"] == true, errors == 0);
                }
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
