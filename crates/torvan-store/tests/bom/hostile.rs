//! Input that nobody means well: refused in words, in reasonable time, never with an error of the database's own.

use serde_json::{Value, json};

use crate::support::{Plant, Refusal, refusal, sink, sink_with, text};

impl Plant {
    /// The answer to a document as it came over the wire: numbers and nesting that a JSON library would not let through.
    async fn raw(&self, document: &str) -> Result<Value, Refusal> {
        let query = sqlx::query_scalar("SELECT preview_bom($1::text::jsonb)").bind(document);
        query.fetch_one(self.pool()).await.map_err(|error| refusal(&error))
    }

    async fn raw_sink_refused(&self, changes: &str) -> Refusal {
        self.raw(&raw_document(changes)).await.expect_err(changes)
    }

    async fn raw_sink(&self, changes: &str) -> Value {
        let document = raw_document(changes);
        self.raw(&document).await.unwrap_or_else(|refused| panic!("{changes:.80}: {refused:?}"))["sinks"][0]
            .clone()
    }
}

fn raw_document(changes: &str) -> String {
    let sink = sink().to_string();
    let open = sink.strip_suffix('}').unwrap_or_default();
    format!(r#"{{"sinks": [{open},{changes}}}]}}"#)
}

fn errors(sink: &Value) -> Vec<&str> {
    let found = sink["violations"].as_array().expect("violations").iter();
    found.filter(|found| found["severity"] == "error").map(|found| text(&found["path"])).collect()
}

#[tokio::test]
async fn extreme_numbers_are_out_of_range_and_nothing_worse() {
    let plant = Plant::new().await;
    let places = [
        ("/length_in", r#""length_in": #"#),
        ("/accessories/0/quantity", r#""accessories": [{"code": "T-OA-BINRAIL-24-KIT", "quantity": #}]"#),
        (
            "/basins/0/custom_width_in",
            r#""basins": [{"type": "E_SINK", "size": "CUSTOM", "custom_width_in": #, "custom_length_in": 20, "custom_depth_in": 8}]"#,
        ),
    ];
    for (path, changes) in places {
        for number in
            ["1e-30", "60.00000000000000000000000000000000001", "0", "-0", "-0.0", "99999999999999", "-1e15"]
        {
            let seen = plant.raw_sink(&changes.replace('#', number)).await;
            assert_eq!(errors(&seen), [format!("/sinks/0{path}")], "{number}");
            let message = text(&seen["violations"][0]["message"]);
            assert!(message.chars().count() < 200, "{number}: {message}");
        }
        for number in ["1e400", "-1e400", "1e131071", "9999999999999999999999"] {
            let refused = plant.raw_sink_refused(&changes.replace('#', number)).await;
            let field = path.split('/').nth(1).unwrap_or_default();
            assert!(refused.code == "TV022" && refused.message.contains(field), "{number}: {refused:?}");
        }
    }
    let same = plant.raw_sink(r#""length_in": 6000e-2"#).await;
    assert_eq!((&same["valid"], &same["parameters"]["length_in"]), (&json!(true), &json!(60)));
}

#[tokio::test]
async fn the_last_of_two_equal_keys_counts() {
    let plant = Plant::new().await;
    let seen = plant.raw_sink(r#""length_in": 500, "length_in": 72"#).await;
    assert_eq!(seen["valid"], true);
    assert_eq!(seen["parameters"]["length_in"], 72);
}

#[tokio::test]
async fn deep_and_wide_documents_are_answered() {
    let plant = Plant::new().await;
    for (depth, is_refused) in [(2, false), (1000, true)] {
        let deep = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for field in ["length_in", "basins", "depth"] {
            let answer = plant.raw(&raw_document(&format!(r#""{field}": {deep}"#))).await;
            match answer {
                Ok(seen) => assert!(!is_refused && !errors(&seen["sinks"][0]).is_empty(), "{field}"),
                Err(refused) => assert!(
                    is_refused && refused.code == "TV022" && refused.message.contains(field),
                    "{refused:?}"
                ),
            }
        }
    }
    let many: Vec<Value> =
        (0..10_000).map(|n| json!({"code": format!("X{n}"), "quantity": "two", "colour": 1})).collect();
    let seen = plant.preview(&sink_with(json!({ "accessories": many }))).await;
    assert!(seen.found("error").contains(&"P.accessories /accessories".to_owned()));
    assert!(seen.violations().count() < 2000, "what is beyond the limit is not judged one by one");
    let faucets: Vec<Value> = (0..10_000).map(|_| json!({"type": "WRIST_BLADE"})).collect();
    let seen = plant.preview(&sink_with(json!({"faucets": faucets}))).await;
    assert!(seen.violations().count() < 20, "{}", seen.violations().count());
    let keys: serde_json::Map<String, Value> = (0..5_000).map(|n| (format!("key{n}"), json!(n))).collect();
    assert_eq!(plant.preview(&sink_with(Value::Object(keys))).await.found("error").len(), 5_000);
}

#[tokio::test]
async fn two_hundred_accessories_are_summed() {
    let plant = Plant::new().await;
    let list: Vec<Value> = (0..200)
        .map(|n| json!({"code": if n % 2 == 0 { "702.4" } else { "T-OA-B110505" }, "quantity": 999}))
        .collect();
    let seen = plant.preview(&sink_with(json!({ "accessories": list }))).await;
    assert!(seen.is_valid(), "{:?}", seen.messages());
    assert!((seen.quantity("T-OA-BINRAIL-24-KIT") - 99_900.0).abs() < 1e-9);
    let one_more: Vec<Value> = (0..201).map(|_| json!({"code": "702.4"})).collect();
    let seen = plant.preview(&sink_with(json!({ "accessories": one_more }))).await;
    assert_eq!(seen.found("error"), ["P.accessories /accessories"]);
}

#[tokio::test]
async fn odd_texts_are_quoted_and_refused() {
    let plant = Plant::new().await;
    let long = "Ä".repeat(100_000);
    for word in [
        "'; DROP TABLE boms; --",
        "\u{202e}FR",
        "%s %I {}",
        "\\",
        "\u{1F6B0}",
        "é",
        "ﬁ",
        "\t\n",
        long.as_str(),
    ] {
        let seen = plant.preview(&sink_with(json!({"feet": word, "accessories": [{ "code": word }]}))).await;
        assert!(!seen.is_valid(), "{word:.20}");
        assert!(seen.messages().iter().all(|message| message.chars().count() < 400), "{word:.20}");
    }
    assert_ne!(plant.text("SELECT count(*)::text FROM boms").await, "0");
}

#[tokio::test]
async fn parameters_that_are_no_object_are_refused_at_every_door() {
    let plant = Plant::new().await;
    for parameters in ["null", "[]", "1", "\"sink\""] {
        for door in ["preview_sink", "save_configuration"] {
            let refused = plant.refused(&format!("SELECT {door}('{parameters}'::jsonb)::text")).await;
            assert_eq!(refused.code, "TV022", "{door} {parameters}: {}", refused.message);
        }
    }
    for door in ["preview_sink", "save_configuration", "preview_bom"] {
        assert_eq!(plant.refused(&format!("SELECT {door}(NULL::jsonb)::text")).await.code, "TV022", "{door}");
    }
}
