//! A database, a valid sink to vary, and answers that read well.

use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use torvan_testing::TestDatabase;

/// The deployed database with its sample catalogue.
pub struct Plant {
    pub db: TestDatabase,
}

impl Plant {
    pub async fn new() -> Self {
        Self { db: TestDatabase::new().await }
    }

    pub fn pool(&self) -> &PgPool {
        self.db.pool()
    }

    /// What the BOM of one sink would be.
    pub async fn preview(&self, sink: &Value) -> Preview {
        self.preview_in(sink, "EN").await
    }

    pub async fn preview_in(&self, sink: &Value, language: &str) -> Preview {
        let query = sqlx::query_scalar("SELECT preview_sink($1, $2)").bind(sink).bind(language);
        Preview(query.fetch_one(self.pool()).await.unwrap_or_else(|error| panic!("{sink}: {error}")))
    }

    /// What the BOMs of a whole document would be.
    pub async fn document(&self, document: &Value) -> Result<Value, Refusal> {
        let query = sqlx::query_scalar("SELECT preview_bom($1)").bind(document);
        query.fetch_one(self.pool()).await.map_err(|error| refusal(&error))
    }

    /// A statement's first column as text, run by the owner without a person.
    pub async fn ask(&self, statement: &str) -> Result<String, Refusal> {
        ask(self.pool(), statement).await
    }

    /// As [`Plant::ask`], for what cannot fail.
    pub async fn text(&self, statement: &str) -> String {
        self.ask(statement).await.unwrap_or_else(|refused| panic!("{statement}: {refused:?}"))
    }

    /// SQLSTATE with which a statement is refused.
    pub async fn refused(&self, statement: &str) -> Refusal {
        self.ask(statement).await.expect_err(statement)
    }

    /// As a person of the sample data, in one transaction.
    pub async fn act(&self, login: &str, statement: &str) -> Result<String, Refusal> {
        let mut transaction = self.pool().begin().await.expect("a transaction");
        let person = sqlx::query("SELECT begin_as($1, 'test')").bind(login).execute(&mut *transaction).await;
        person.map_err(|error| refusal(&error))?;
        let statement = AssertSqlSafe(format!("SELECT (r.*)::text FROM ({statement}) r"));
        let answer: Option<Option<String>> = sqlx::query_scalar(statement)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(|error| refusal(&error))?;
        transaction.commit().await.map_err(|error| refusal(&error))?;
        Ok(answer.flatten().unwrap_or_default())
    }

    pub async fn save(&self, sink: &Value) -> i64 {
        let query = sqlx::query_scalar("SELECT save_configuration($1)").bind(sink);
        query.fetch_one(self.pool()).await.unwrap_or_else(|error| panic!("{sink}: {error}"))
    }

    /// The BOM of a configuration of its own.
    pub async fn generate(&self, sink: &Value) -> Result<i64, Refusal> {
        let configuration = self.save(sink).await;
        let query = sqlx::query_scalar("SELECT generate_bom($1)").bind(configuration);
        query.fetch_one(self.pool()).await.map_err(|error| refusal(&error))
    }

    /// A pool with room for as many sessions as a test needs at once.
    pub fn crowd(&self, sessions: u32) -> PgPool {
        PgPoolOptions::new().max_connections(sessions).connect_lazy_with(self.db.options())
    }

    /// Checks every row of a table and tells all that fail.
    pub async fn check(&self, rows: &[Row]) {
        let mut failures = Vec::new();
        for row in rows {
            let seen = self.preview(&row.sink).await;
            failures
                .extend(row.failures(&seen).into_iter().map(|failure| format!("{}: {failure}", row.name)));
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}

pub async fn ask(pool: &PgPool, statement: &str) -> Result<String, Refusal> {
    let answer: Result<Option<Option<String>>, sqlx::Error> =
        sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_optional(pool).await;
    Ok(answer.map_err(|error| refusal(&error))?.flatten().unwrap_or_default())
}

/// Why the database refused a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

pub fn refusal(error: &sqlx::Error) -> Refusal {
    let Some(database) = error.as_database_error() else { panic!("not an error of the database: {error}") };
    Refusal { code: database.code().unwrap_or_default().into_owned(), message: database.message().to_owned() }
}

/// What `preview_sink` answered.
#[derive(Debug)]
pub struct Preview(pub Value);

impl Preview {
    pub fn is_valid(&self) -> bool {
        self.0["valid"] == true
    }

    /// Quantity of a top line; 0 if it is not there.
    pub fn quantity(&self, code: &str) -> f64 {
        self.line(code).map_or(0.0, |line| line["quantity"].as_f64().expect("a quantity"))
    }

    pub fn line(&self, code: &str) -> Option<&Value> {
        self.0["top_level"].as_array().expect("lines").iter().find(|line| line["code"] == code)
    }

    pub fn because(&self, code: &str) -> &str {
        self.line(code).and_then(|line| line["because"].as_str()).unwrap_or_default()
    }

    /// Codes of the top lines that begin so.
    pub fn codes(&self, prefix: &str) -> Vec<&str> {
        let lines = self.0["top_level"].as_array().expect("lines").iter();
        lines.filter_map(|line| line["code"].as_str()).filter(|code| code.starts_with(prefix)).collect()
    }

    /// Total of an item without components; 0 if there is none.
    pub fn leaf(&self, code: &str) -> f64 {
        self.0["leaf_totals"][code].as_f64().unwrap_or(0.0)
    }

    /// Violations of a severity as "rule path".
    pub fn found(&self, severity: &str) -> Vec<String> {
        self.violations()
            .filter(|violation| violation["severity"] == severity)
            .map(|violation| format!("{} {}", text(&violation["rule"]), text(&violation["path"])))
            .collect()
    }

    pub fn violations(&self) -> impl Iterator<Item = &Value> {
        self.0["violations"].as_array().expect("violations").iter()
    }

    pub fn messages(&self) -> Vec<String> {
        self.violations().map(|violation| text(&violation["message"]).to_owned()).collect()
    }

    pub fn hash(&self) -> &str {
        text(&self.0["content_hash"])
    }
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// One row of a table: a sink, and what is expected of it. Its name carries the code of the rule.
pub struct Row {
    name: String,
    sink: Value,
    lines: Vec<(String, f64)>,
    /// Groups of codes, by their beginning, of which exactly these lines are there.
    only: Vec<(String, Vec<String>)>,
    errors: Option<Vec<String>>,
    warnings: Vec<String>,
    silent: Vec<String>,
}

impl Row {
    pub fn new(name: impl Into<String>, sink: Value) -> Self {
        let (lines, only, warnings, silent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name: name.into(), sink, lines, only, errors: Some(Vec::new()), warnings, silent }
    }

    /// A top line with its quantity.
    pub fn line(mut self, code: &str, quantity: f64) -> Self {
        self.lines.push((code.to_owned(), quantity));
        self
    }

    /// No other top line begins so.
    pub fn only(mut self, prefix: &str, codes: &[&str]) -> Self {
        self.only.push((prefix.to_owned(), codes.iter().map(|&code| code.to_owned()).collect()));
        self
    }

    /// Exactly these errors, each as "rule path"; without any the sink has to be valid.
    pub fn errors(mut self, errors: &[&str]) -> Self {
        self.errors = Some(errors.iter().map(|&error| error.to_owned()).collect());
        self
    }

    /// A warning, as "rule path".
    pub fn warning(mut self, warning: &str) -> Self {
        self.warnings.push(warning.to_owned());
        self
    }

    /// A rule that must not say anything.
    pub fn silent(mut self, rule: &str) -> Self {
        self.silent.push(rule.to_owned());
        self
    }

    fn failures(&self, seen: &Preview) -> Vec<String> {
        let mut failures = Vec::new();
        for (code, quantity) in &self.lines {
            if (seen.quantity(code) - quantity).abs() > 1e-9 {
                failures.push(format!("{quantity} {code} expected, {} found", seen.quantity(code)));
            }
        }
        for (prefix, codes) in &self.only {
            if seen.codes(prefix) != *codes {
                failures
                    .push(format!("only {codes:?} expected among {prefix}…, {:?} found", seen.codes(prefix)));
            }
        }
        if let Some(errors) = &self.errors
            && (seen.found("error") != *errors || seen.is_valid() != errors.is_empty())
        {
            failures.push(format!(
                "errors {errors:?} expected, {:?} found: {:?}",
                seen.found("error"),
                seen.messages()
            ));
        }
        let warnings = seen.found("warning");
        let missing = self.warnings.iter().filter(|&warning| !warnings.contains(warning));
        failures.extend(missing.map(|warning| format!("warning {warning:?} expected, {warnings:?} found")));
        let loud = self.silent.iter().filter(|rule| {
            seen.violations().any(|violation| violation["rule"].as_str() == Some(rule.as_str()))
        });
        failures.extend(loud.map(|rule| format!("{rule} has to be silent, {:?} found", seen.messages())));
        failures
    }
}

/// A valid sink with one E-Sink basin, 60 in long.
pub fn sink() -> Value {
    json!({
        "language": "EN", "model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27",
        "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
        "basins": [basin("E_SINK")],
    })
}

pub fn basin(kind: &str) -> Value {
    json!({"type": kind, "size": "20X20X8"})
}

/// The valid sink with other values; null takes a key away.
pub fn sink_with(changes: Value) -> Value {
    with(sink(), changes)
}

pub fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (key, value) in changes {
        let fields = object.as_object_mut().expect("an object");
        if value.is_null() {
            fields.remove(&key);
        } else {
            fields.insert(key, value);
        }
    }
    object
}

/// A sink with these types of basins, of the model that has room for them.
pub fn sink_of(types: &[&str]) -> Value {
    let basins: Vec<Value> = types.iter().map(|kind| basin(kind)).collect();
    sink_with(json!({"model": format!("T2-B{}", types.len()), "length_in": 96, "basins": basins}))
}

/// A sink with a pegboard.
pub fn pegboard(changes: Value) -> Value {
    let board =
        json!({"pegboard": true, "pegboard_type": "PERFORATED", "pegboard_size_mode": "SAME_AS_SINK"});
    with(sink_with(board), changes)
}

/// A sink with a pegboard of custom size.
pub fn custom_pegboard(width: f64, length: f64, changes: Value) -> Value {
    let size = json!({"pegboard_size_mode": "CUSTOM", "pegboard_custom_width_in": width, "pegboard_custom_length_in": length});
    with(pegboard(size), changes)
}
