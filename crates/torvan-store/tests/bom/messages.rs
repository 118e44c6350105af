//! Every message: reached by a configuration or document that deserves it, filled in, in English and in French.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Plant, basin, custom_pegboard, sink, sink_of, sink_with, text, with};

/// Sinks that together deserve every message about parameters, checks and catalogue.
fn bad_sinks() -> Vec<Value> {
    let accessory = |code: &str| sink_with(json!({"accessories": [{ "code": code }]}));
    let faucets = |sink: Value, list: Value| with(sink, json!({ "faucets": list }));
    let placed = |place: &str| json!([{"type": "WRIST_BLADE", "placement": place}]);
    vec![
        json!({}),
        sink_with(json!({"qqqqq": 1, "lenght_in": 1, "pegboard_type": "SOLID", "width_in": "30"})),
        sink_with(json!({"length_in": 60.00001, "pegboard": "yes", "model": 7, "sprayers": {}})),
        sink_with(json!({"basins": ["E_SINK", null], "feet": "WHEELS", "length_in": 47})),
        sink_with(json!({"length_in": 121, "basins": [], "width_in": null})),
        sink_of(&["E_DRAIN"; 4]),
        with(sink_of(&["E_DRAIN", "E_DRAIN"]), json!({"model": "T2-B1"})),
        sink_with(json!({"faucets": [{"type": "PRE_RINSE", "quantity": 1.5}]})),
        sink_with(json!({"leg_model": "LC1", "leg_adjustment": "FIXED_HEIGHT"})),
        sink_with(
            json!({"length_in": 48, "model": "T2-B2", "basins": [{"type": "E_SINK", "size": "30X20X10"}, {"type": "E_SINK", "size": "30X20X10"}]}),
        ),
        faucets(sink(), json!([{"type": "WRIST_BLADE", "quantity": 3}])),
        faucets(sink(), placed("BASIN_3")),
        faucets(
            sink(),
            json!([{"type": "WRIST_BLADE", "placement": "BASIN_1"}, {"type": "PRE_RINSE", "placement": "BASIN_1"}]),
        ),
        faucets(sink_of(&["E_DRAIN"]), placed("BASIN_1")),
        faucets(sink_of(&["E_DRAIN"]), json!([{"type": "WRIST_BLADE", "quantity": 2}])),
        sink_with(json!({"sprayers": [{"type": "AIR_TURRET", "quantity": 2}, {"type": "AIR_TURRET"}]})),
        sink_with(json!({"drawers": [{"code": "707.71"}]})),
        accessory("T-OA-NOTHING"),
        accessory("T-OLD"),
        accessory("T-INNER"),
        accessory("T2-CTRL-EDR1"),
        accessory("T2-OHL-INSTRO-KIT"),
        accessory("T-OA-SSSHELF-1812-BOLT-ON-KIT"),
        accessory("T-OA-SSSHELF-1812"),
        accessory("T-OA-MMA-PB"),
        with(accessory("T2-OA-CUST-SHELF-HA-SML"), json!({"length_in": 84})),
        accessory("T2-OA-CUST-SHELF-HA-LRG"),
        accessory("T2-OA-SC-3020-SS"),
        accessory("T2-OA-DOSINGESK-BTMSHELF"),
        sink_with(json!({"family": "ENDOSCOPE"})),
        custom_pegboard(40.0, 80.0, json!({})),
    ]
}

/// Messages of gaps in a rule set, which only another rule set can show (`rule_sets`), and of lengths that no parameter has now.
const SHOWN_ELSEWHERE: [&str; 12] = [
    "rule.incomplete",
    "rule.uncovered",
    "rule.uncovered_basins",
    "rule.uncovered_body",
    "rule.uncovered_control_box",
    "rule.uncovered_feet",
    "rule.uncovered_legs",
    "rule.uncovered_manual",
    "rule.uncovered_pegboard",
    "parameter.too_long",
    "parameter.too_short",
    "parameter.choice_of_text",
];

impl Plant {
    async fn with_faults() -> Self {
        let plant = Self::new().await;
        plant
            .text(
                "INSERT INTO assemblies (assembly_code, name, subcategory_id, lifecycle, is_orderable)
                 SELECT v.c, v.c, s.subcategory_id, v.l, v.o FROM (VALUES ('T-OLD', 'OBSOLETE', true), ('T-INNER', 'ACTIVE', false)) v (c, l, o), subcategories s
                  WHERE s.subcategory_code = '720.702' RETURNING ''",
            )
            .await;
        // The generic kit no longer holds the panel that is to be replaced.
        plant.text("UPDATE assembly_revisions SET state = 'SUPERSEDED', effective_to = now() WHERE assembly_id = (SELECT assembly_id FROM assemblies WHERE assembly_code = 'T2-ADW-PB-PERF-KIT') RETURNING ''").await;
        plant
    }

    /// Keys of the messages whose text, with anything in its gaps, is the given one.
    async fn keys(&self, language: &str, message: &str) -> Vec<String> {
        let query = sqlx::query_scalar(
            "SELECT translation_key FROM translations
              WHERE entity = 'message' AND language = $1 AND $2 LIKE regexp_replace(replace(replace(body, '%', '\\%'), '_', '\\_'), '\\{[^{}]+\\}', '%', 'g')",
        );
        query.bind(language).bind(message).fetch_all(self.pool()).await.expect("keys")
    }
}

#[tokio::test]
async fn every_message_is_reached_and_filled_in_in_both_languages() {
    let plant = Plant::with_faults().await;
    let mut reached = BTreeSet::new();
    let mut faults = Vec::new();
    for sink in bad_sinks() {
        let (english, french) = (plant.preview_in(&sink, "EN").await, plant.preview_in(&sink, "FR").await);
        assert!(english.violations().next().is_some(), "{sink} deserves a message");
        assert_eq!(english.violations().count(), french.violations().count());
        for (one, other) in english.violations().zip(french.violations()) {
            let (one, other) = (text(&one["message"]), text(&other["message"]));
            let keys = (plant.keys("EN", one).await, plant.keys("FR", other).await);
            if keys.0.is_empty() || keys.1.is_empty() || one == other {
                faults.push(format!("no message in both languages: {one} / {other}"));
            }
            if [one, other].iter().any(|message| message.replace("{}", "").contains('{')) {
                faults.push(format!("not filled in: {one} / {other}"));
            }
            reached.extend(keys.0);
        }
    }
    for document in [
        json!({"sinks": [with(sink(), json!({"build_number": "-1"}))]}),
        json!({"sinks": [with(sink(), json!({"build_number": "A"})), with(sink(), json!({"build_number": "a"}))]}),
    ] {
        for violation in
            plant.document(&document).await.expect("a preview")["sinks"][0]["violations"].as_array().unwrap()
        {
            reached.extend(plant.keys("EN", text(&violation["message"])).await);
        }
    }
    let ours: Vec<String> = sqlx::query_scalar(
        "SELECT translation_key FROM translations WHERE entity = 'message' AND language = 'EN'
            AND split_part(translation_key, '.', 1) IN ('parameter', 'family', 'build_number', 'bom', 'rule', 'model', 'legs', 'width', 'basins', 'faucets', 'sprayers', 'accessory')",
    )
    .fetch_all(plant.pool())
    .await
    .expect("keys");
    faults.extend(
        ours.into_iter()
            .filter(|key| !reached.contains(key) && !SHOWN_ELSEWHERE.contains(&key.as_str()))
            .map(|key| format!("never reached: {key}")),
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_text_exists_in_english_and_french_with_the_same_gaps() {
    let plant = Plant::new().await;
    let odd = plant
        .text(
            "SELECT string_agg(t.translation_key || ' ' || t.gaps::text, '; ') FROM (
               SELECT translation_key, count(DISTINCT language) FILTER (WHERE language IN ('EN', 'FR')) AS languages,
                      array_agg(DISTINCT ARRAY(SELECT DISTINCT split_part(m[1], '|', 1) FROM regexp_matches(body, '\\{([^}]*)\\}', 'g') m ORDER BY 1)::text) AS gaps
                 FROM translations WHERE entity = 'message' GROUP BY translation_key) t
              WHERE t.languages <> 2 OR cardinality(t.gaps) <> 1",
        )
        .await;
    assert_eq!(odd, "");
    let labels = plant
        .text(
            "SELECT string_agg(DISTINCT d.parameter_code, ' ') FROM configuration_parameters d
              WHERE NOT EXISTS (SELECT FROM translations t WHERE t.entity = 'parameter' AND t.language = 'FR' AND t.translation_key = concat_ws('.', nullif(d.list_code, ''), d.parameter_code))",
        )
        .await;
    assert_eq!(labels, "", "labels without French");
}

#[tokio::test]
async fn a_message_names_the_field_in_its_language_and_the_values_that_are_possible() {
    let plant = Plant::new().await;
    let sink =
        sink_with(json!({"feet": "WHEELS", "basins": [with(basin("E_SINK"), json!({"type": "TUB"}))]}));
    let english = plant.preview_in(&sink, "EN").await.messages();
    let french = plant.preview_in(&sink, "FR").await.messages();
    assert_eq!(
        english,
        [
            "Feet is WHEELS: choose one of LEVELING_CASTERS, SEISMIC_FEET.",
            "Basin type is TUB: choose one of E_DRAIN, E_SINK, E_SINK_DI."
        ]
    );
    assert_eq!(
        french,
        [
            "Roulettes ou pieds vaut WHEELS : choisissez parmi LEVELING_CASTERS, SEISMIC_FEET.",
            "Type de bassin vaut TUB : choisissez parmi E_DRAIN, E_SINK, E_SINK_DI."
        ]
    );
    assert_eq!(plant.preview_in(&sink, "XX").await.messages(), english, "an unknown language reads English");
}

#[tokio::test]
async fn a_value_that_looks_like_a_gap_stays_as_it_was_typed() {
    let plant = Plant::new().await;
    let seen = plant.preview(&sink_with(json!({"feet": "{choices}", "leg_model": "{label}"}))).await;
    assert!(
        seen.messages()
            .iter()
            .any(|message| message.starts_with("Feet is {choices}: choose one of LEVELING")),
        "{:?}",
        seen.messages()
    );
    assert!(
        seen.messages().iter().any(|message| message.starts_with("Leg model is {label}: choose")),
        "{:?}",
        seen.messages()
    );
}
