//! Versions of the rules: released ones are fixed, mistakes are found before release, a gap is an error and no shorter BOM.

use serde_json::{Value, json};

use crate::support::{Plant, Preview, custom_pegboard, pegboard, sink, sink_of, sink_with};

impl Plant {
    /// A draft copy of the rules in force.
    async fn draft(&self) -> String {
        self.text("SELECT copy_rule_set(rule_set_id, 'test')::text FROM rule_sets WHERE family_code = 'MDRD' AND state = 'RELEASED'").await
    }

    /// A copy with one change, in force; `{}` in the change is the copy.
    async fn with_rules(change: &str) -> Self {
        let plant = Self::new().await;
        let draft = plant.draft().await;
        plant.text(&change.replace("{}", &draft)).await;
        plant.text(&format!("SELECT release_rule_set({draft})::text")).await;
        plant
    }

    /// Why a copy with one change cannot be released.
    async fn unreleasable(&self, change: &str) -> String {
        let draft = self.draft().await;
        self.text(&change.replace("{}", &draft)).await;
        let refused = self.refused(&format!("SELECT release_rule_set({draft})::text")).await;
        assert_eq!(refused.code, "TV022", "{change}: {refused:?}");
        refused.message
    }
}

fn without(rule: &str) -> String {
    format!("DELETE FROM configuration_rules WHERE rule_set_id = {{}} AND rule_code = '{rule}' RETURNING ''")
}

#[tokio::test]
async fn released_rules_are_fixed() {
    let plant = Plant::new().await;
    for change in [
        "UPDATE configuration_rules SET quantity = '2' WHERE rule_code = 'R10' RETURNING ''",
        "UPDATE configuration_rules SET is_active = false WHERE rule_code = 'R10' RETURNING ''",
        "DELETE FROM configuration_rules WHERE rule_code = 'R10' RETURNING ''",
        "INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, component_code, source) SELECT rule_set_id, 'X1', 'COMPONENT_SELECTION', 1, 'x', 'X', 'x' FROM rule_sets RETURNING ''",
        "UPDATE configuration_parameters SET maximum = 500 WHERE parameter_code = 'length_in' RETURNING ''",
        "DELETE FROM configuration_parameters WHERE parameter_code = 'length_in' RETURNING ''",
        "UPDATE configuration_lookups SET value = '6036' RETURNING ''",
        "DELETE FROM configuration_lookups RETURNING ''",
        "UPDATE rule_sets SET note = 'changed' RETURNING ''",
        "UPDATE rule_sets SET state = 'DRAFT', released_at = NULL RETURNING ''",
        "DELETE FROM rule_sets RETURNING ''",
    ] {
        let refused = plant.refused(change).await;
        assert!(refused.code == "TV003" && refused.message.contains("released"), "{change}: {refused:?}");
    }
}

#[tokio::test]
async fn a_copy_takes_everything_and_may_change_until_it_is_released() {
    let plant = Plant::new().await;
    let draft = plant.draft().await;
    for table in ["configuration_rules", "configuration_parameters", "configuration_lookups"] {
        let key = if table == "configuration_rules" {
            "configuration_rule_id"
        } else if table == "configuration_parameters" {
            "configuration_parameter_id"
        } else {
            "configuration_lookup_id"
        };
        let difference = plant
            .text(&format!(
                "SELECT count(*)::text FROM (SELECT to_jsonb(t) - '{key}' - 'rule_set_id' FROM {table} t WHERE rule_set_id = 1 EXCEPT SELECT to_jsonb(t) - '{key}' - 'rule_set_id' FROM {table} t WHERE rule_set_id = {draft}) d"
            ))
            .await;
        assert_eq!(difference, "0", "{table}");
    }
    plant.text(&format!("UPDATE configuration_rules SET title = 'Body, small' WHERE rule_set_id = {draft} AND rule_code = 'R10' RETURNING ''")).await;
    assert_eq!(
        plant.preview(&sink()).await.because("T2-BODY-48-60-HA"),
        "R10 Body for 48 to 60 in (body length 60)",
        "a draft is not in force"
    );
    plant.text(&format!("SELECT release_rule_set({draft}, 'clearer title')::text")).await;
    assert_eq!(plant.preview(&sink()).await.because("T2-BODY-48-60-HA"), "R10 Body, small (body length 60)");
    let sets = plant.text("SELECT string_agg(version || ' ' || state, ', ' ORDER BY version) FROM rule_sets WHERE family_code = 'MDRD'").await;
    assert_eq!(sets, "1 SUPERSEDED, 2 RELEASED");
    assert_eq!(plant.refused(&format!("SELECT release_rule_set({draft})::text")).await.code, "TV009");
    assert_eq!(plant.refused("SELECT release_rule_set(4711)::text").await.code, "TV004");
    assert_eq!(plant.refused("SELECT copy_rule_set(4711, 'a look')::text").await.code, "TV004");
}

#[tokio::test]
async fn a_configuration_keeps_the_rules_it_was_made_with() {
    let plant = Plant::new().await;
    let configuration = plant.save(&sink()).await;
    let draft = plant.draft().await;
    plant.text(&format!("UPDATE configuration_rules SET component_code = 'T2-SEISMIC-FEET' WHERE rule_set_id = {draft} AND rule_code = 'R25' RETURNING ''")).await;
    plant.text(&format!("SELECT release_rule_set({draft})::text")).await;
    assert!(
        plant.preview(&sink()).await.line("T2-SEISMIC-FEET").is_some(),
        "new configurations follow the new rules"
    );
    let old = plant.text(&format!("SELECT generate_bom({configuration})::text")).await;
    let feet = plant
        .text(&format!(
            "SELECT item_code FROM bom_line_items WHERE bom_id = {old} AND component_group = 'feet'"
        ))
        .await;
    assert_eq!(feet, "T2-LEVELING-CASTOR-475");
}

#[tokio::test]
async fn r11_missing_is_a_gap_and_no_shorter_bom() {
    let plant = Plant::with_rules(&without("R11")).await;
    let seen = plant.preview(&sink_with(json!({"length_in": 65}))).await;
    assert_eq!(seen.found("error"), ["R04.BODY /length_in"]);
    assert_eq!(seen.messages(), ["No body exists for a length of 65 in: choose 48 to 120."]);
    let refused = plant.generate(&sink_with(json!({"length_in": 65}))).await.expect_err("no BOM");
    assert!(refused.code == "TV023" && refused.message.contains("R04.BODY"), "{refused:?}");
    assert!(
        plant.preview(&sink_with(json!({"length_in": 73}))).await.is_valid(),
        "other lengths are covered"
    );
}

#[tokio::test]
async fn r04_every_group_has_its_gap() {
    let delete = |rules: &str| {
        format!(
            "DELETE FROM configuration_rules WHERE rule_set_id = {{}} AND rule_code IN ({rules}) RETURNING ''"
        )
    };
    let cases: [(&str, String, Value, &str, &str); 8] = [
        ("R04.MANUAL", delete("'R02'"), sink_with(json!({"language": "FR"})), "/language", "FR"),
        ("R04.LEGS", delete("'R20'"), sink(), "/leg_model", "DL27"),
        ("R04.FEET", delete("'R25'"), sink(), "/feet", "LEVELING_CASTERS"),
        ("R04.BASINKIT", delete("'R42'"), sink_of(&["E_DRAIN", "E_SINK"]), "/basins", "kit"),
        ("R04.BASINBOWL", delete("'R43'"), sink(), "/basins", "bowl"),
        ("R04.CONTROLBOX", delete("'R61'"), sink(), "/basins", "0 E-Drain and 1 E-Sink"),
        ("R04.PEGBOARD", "DELETE FROM configuration_lookups WHERE rule_set_id = {} AND lookup_code = 'PEGBOARD_SIZE' AND value = '6036' RETURNING ''".to_owned(), pegboard(json!({})), "/pegboard_size_mode", "pegboard"),
        ("R04.BODY", "UPDATE configuration_rules SET condition = '$v.body_length >= 48' WHERE rule_set_id = {} AND rule_code = 'R12' RETURNING ''".to_owned(), sink(), "/length_in", "60"),
    ];
    for (rule, change, sink, path, word) in cases {
        let plant = Plant::with_rules(&change).await;
        let seen = plant.preview(&sink).await;
        assert_eq!(seen.found("error"), [format!("{rule} {path}")], "{:?}", seen.messages());
        let french = plant.preview_in(&sink, "FR").await.messages();
        assert!(
            seen.messages()[0].contains(word)
                && !seen.messages()[0].contains('{')
                && !french[0].contains('{'),
            "{rule}: {:?} {french:?}",
            seen.messages()
        );
        assert_ne!(seen.messages(), french);
    }
}

#[tokio::test]
async fn a_code_that_cannot_be_worked_out_is_a_gap() {
    let plant = Plant::with_rules("UPDATE configuration_rules SET component_code = 'T2-ADW-PB-{v.pegboard_size}-{p.pegboard_color}-KIT' WHERE rule_set_id = {} AND rule_code = 'R31' RETURNING ''").await;
    let seen = plant.preview(&pegboard(json!({}))).await;
    assert!(seen.found("error").contains(&"R31 ".to_owned()), "{:?}", seen.messages());
    assert!(seen.codes("").iter().all(|code| !code.contains('{')), "{:?}", seen.codes(""));
    let plant = Plant::with_rules("UPDATE configuration_rules SET quantity = '$.model' WHERE rule_set_id = {} AND rule_code = 'R30' RETURNING ''").await;
    let seen = plant.preview(&pegboard(json!({}))).await;
    assert_eq!(seen.found("error"), ["R30 "], "a quantity that is no number");
    assert!(seen.messages()[0].contains("T2-OHL-MDRD-KIT"), "{:?}", seen.messages());
}

#[tokio::test]
async fn a_rule_that_is_removed_takes_its_line_along_and_nothing_else() {
    let codes = |seen: &Preview| seen.codes("").into_iter().map(str::to_owned).collect::<Vec<_>>();
    let plant = Plant::new().await;
    let sink = custom_pegboard(
        40.0,
        80.0,
        json!({"pegboard_color": "RED", "basins": [{"type": "E_SINK_DI", "size": "CUSTOM", "custom_width_in": 26, "custom_length_in": 22, "custom_depth_in": 9, "p_trap": true, "basin_light": true}],
        "sprayers": [{"type": "AIR_TURRET"}], "drawers": [{"code": "707.70"}], "accessories": [{"code": "702.4"}]}),
    );
    let whole = plant.preview(&sink).await;
    for line in whole.0["top_level"].as_array().unwrap() {
        let rule = line["because"].as_str().unwrap().split(' ').next().unwrap();
        let draft = plant.draft().await;
        plant.text(&without(rule).replace("{}", &draft)).await;
        // Tried without release: some of these sets have a gap.
        let left: Vec<String> = sqlx::query_scalar("SELECT l.item_code FROM unnest((evaluate_rules($1::text::bigint, $2)).top_lines) l ORDER BY l.priority, l.item_code").bind(&draft).bind(&sink).fetch_all(plant.pool()).await.expect("lines");
        let mut expected = codes(&whole);
        expected.retain(|code| line["code"] != code.as_str());
        assert_eq!(left, expected, "without {rule}");
    }
}

#[tokio::test]
async fn names_that_nothing_defines_are_found_before_release() {
    let plant = Plant::new().await;
    let rule = |change: &str, code: &str| {
        format!(
            "UPDATE configuration_rules SET {change} WHERE rule_set_id = {{}} AND rule_code = '{code}' RETURNING ''"
        )
    };
    for (change, word) in [
        (rule("condition = '$.lenght_in >= 48'", "R10"), "p.lenght_in"),
        (rule("condition = '$.Length_in >= 48'", "R10"), "p.Length_in"),
        (rule("condition = '$v.body_lenght >= 48'", "R10"), "v.body_lenght"),
        (rule("condition = '$e.kind == \"E_DRAIN\"'", "R40"), "e.kind"),
        (rule("quantity = '$e.pieces'", "R70"), "e.pieces"),
        (rule("component_code = 'T2-{p.modle}'", "R10"), "p.modle"),
        (rule("component_code = 'T2-{model}'", "R10"), "{model}"),
        (rule("line_note = '{e.code}'", "R10"), "e.code"),
        (rule("expressions = ARRAY['$.basins[*] ? (@.tipe == \"E_DRAIN\")'::jsonpath]", "D02"), "tipe"),
        (rule("expressions = ARRAY['$.sprayers[*].quanttity'::jsonpath]", "D08"), "quanttity"),
        (rule("expressions = ARRAY['$v.faucet_total'::jsonpath]", "D23"), "v.faucet_total"),
        (rule("is_active = false", "D05"), "v.body_length"),
        (rule("lookup_code = 'NOWHERE'", "D14"), "NOWHERE"),
        (rule("message_key = 'no.such.message'", "V01"), "no.such.message"),
        (rule("component_group = 'engine'", "R04.BODY"), "engine"),
        (rule("assign = '{\"langage\": \"ES\"}'", "N01"), "langage"),
        (rule("for_each = '$.tubs[*]'", "R40"), "tubs"),
        (rule("for_each = '$.basins[*]'", "D01"), "DERIVATION"),
        (rule("for_each = '$.basins[*]'", "R04.BODY"), "cannot run over a list"),
        ("UPDATE configuration_parameters SET visible_when = '$.peg_board == true' WHERE rule_set_id = {} AND parameter_code = 'pegboard_type' RETURNING ''".to_owned(), "p.peg_board"),
        ("UPDATE configuration_parameters SET visible_when = '$e.sise == \"CUSTOM\"' WHERE rule_set_id = {} AND parameter_code = 'custom_width_in' RETURNING ''".to_owned(), "e.sise"),
        ("UPDATE configuration_lookups SET key_to = 95, key_from = 84 WHERE rule_set_id = {} AND value = '9636' AND key_from IS NOT NULL RETURNING ''".to_owned(), "two values for 84"),
        ("DELETE FROM configuration_lookups WHERE rule_set_id = {} AND lookup_code = 'PEGBOARD_STYLE' RETURNING ''".to_owned(), "PEGBOARD_STYLE"),
    ] {
        let message = plant.unreleasable(&change).await;
        assert!(message.contains(word), "{change}: {message}");
    }
}

#[tokio::test]
async fn what_can_never_work_is_refused_when_it_is_stored() {
    let plant = Plant::new().await;
    let draft = plant.draft().await;
    for (change, word) in [
        ("condition = '$.length_in' WHERE rule_code = 'R10'", "neither true nor false"),
        ("condition = '$w.x == 1' WHERE rule_code = 'R10'", "\"w\""),
        ("condition = '$e.type == \"E_DRAIN\"' WHERE rule_code = 'R10'", "\"e\""),
        ("condition = '$v.basin_count == 1' WHERE rule_code = 'N01'", "\"v\""),
        ("quantity = '$q' WHERE rule_code = 'R10'", "\"q\""),
        ("expressions = ARRAY['$e.quantity'::jsonpath] WHERE rule_code = 'D06'", "\"e\""),
        ("for_each = '$.basins[0]' WHERE rule_code = 'R40'", "not a list"),
    ] {
        let refused = plant
            .refused(&format!(
                "UPDATE configuration_rules SET {change} AND rule_set_id = {draft} RETURNING ''"
            ))
            .await;
        assert!(refused.code == "TV022" && refused.message.contains(word), "{change}: {refused:?}");
    }
    let syntax = plant.refused(&format!("UPDATE configuration_rules SET condition = '$.a ==' WHERE rule_code = 'R10' AND rule_set_id = {draft} RETURNING ''")).await;
    assert_eq!(syntax.code, "42601", "jsonpath itself refuses what is no jsonpath");
}

#[tokio::test]
async fn a_lower_stage_is_finished_before_the_next_begins() {
    let plant = Plant::with_rules(
        "INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, stage, priority, title, condition, assign, source)
         SELECT {}, v.code, 'NORMALISATION', v.stage, 1, v.code, v.condition::jsonpath, v.assign::jsonb, 'test'
           FROM (VALUES ('N90', 3, '$.leg_model == \"LC1\"', '{\"feet\": \"SEISMIC_FEET\"}'), ('N91', 2, '$.leg_model == \"DL27\"', '{\"leg_model\": \"LC1\"}')) v (code, stage, condition, assign) RETURNING ''",
    )
    .await;
    let seen = plant.preview(&sink()).await;
    assert_eq!(
        (seen.codes("T2-LC1"), seen.codes("T2-SEISMIC")),
        (vec!["T2-LC1-KIT"], vec!["T2-SEISMIC-FEET"])
    );
}

#[tokio::test]
async fn priced_rules_add_to_the_price() {
    let plant = Plant::with_rules(
        "INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, condition, quantity, source)
         VALUES ({}, 'P01', 'PRICING', 1, 'Long sinks', '$v.body_length > 72', '100 + $v.basin_count * 10', 'test') RETURNING ''",
    )
    .await;
    let price = |seen: &Preview| seen.0["totals"]["price"].as_f64().expect("a price");
    let (short, long) = (
        plant.preview(&sink_with(json!({"length_in": 61}))).await,
        plant.preview(&sink_with(json!({"length_in": 73}))).await,
    );
    let bodies = plant.text("SELECT (max(list_price) FILTER (WHERE assembly_code = 'T2-BODY-73-120-HA') - max(list_price) FILTER (WHERE assembly_code = 'T2-BODY-61-72-HA'))::text FROM assemblies").await;
    let bodies: f64 = bodies.parse().expect("a difference");
    assert!(
        (price(&long) - price(&short) - bodies - 110.0).abs() < 0.005,
        "{} {}",
        price(&long),
        price(&short)
    );
}
