//! What the tests of the whole database share: people who act, orders that are ready for a step, errors with their SQLSTATE.

pub mod live;
pub mod site;

use sqlx::postgres::{PgConnection, PgDatabaseError};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgPool, Row as _};

/// SQLSTATE and message of a refused statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE, for example `TV024`.
    pub code: String,
    /// Message of the error.
    pub message: String,
    /// Hint of the error, empty when it has none.
    pub hint: String,
}

/// Result of a statement: the first column of the first row as text (empty for none), or why it was refused.
pub type Outcome = Result<String, Refusal>;

/// Runs one statement on behalf of a person (or of nobody when `login` is empty), in a transaction of its own.
///
/// # Panics
/// When the connection breaks.
pub async fn act(pool: &PgPool, login: &str, statement: &str) -> Outcome {
    let mut connection = pool.acquire().await.expect("a connection");
    act_on(&mut connection, login, statement).await
}

/// As [`act`], on a connection of the caller's.
///
/// # Panics
/// When the connection breaks.
pub async fn act_on(connection: &mut PgConnection, login: &str, statement: &str) -> Outcome {
    let mut transaction = connection.begin().await.expect("a transaction");
    if !login.is_empty() {
        sqlx::query("SELECT begin_as($1, 'test')")
            .bind(login)
            .execute(&mut *transaction)
            .await
            .map_err(|error| refusal(&error))?;
    }
    let row = sqlx::query(AssertSqlSafe(statement.to_owned()))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(|error| refusal(&error))?;
    transaction.commit().await.map_err(|error| refusal(&error))?;
    Ok(row.and_then(|row| row.try_get_unchecked::<Option<String>, _>(0).ok().flatten()).unwrap_or_default())
}

/// The single text which a query returns.
///
/// # Panics
/// When the statement is refused.
pub async fn text(pool: &PgPool, statement: &str) -> String {
    act(pool, "", statement).await.unwrap_or_else(|refused| panic!("{statement}: {refused:?}"))
}

/// SQLSTATE, message and hint of an error of the database.
///
/// # Panics
/// When the error does not come from the database.
#[must_use]
pub fn refusal(error: &sqlx::Error) -> Refusal {
    let Some(database) = error.as_database_error() else { panic!("not an error of the database: {error}") };
    let error: &PgDatabaseError = database.downcast_ref();
    Refusal {
        code: error.code().to_owned(),
        message: error.message().to_owned(),
        hint: error.hint().unwrap_or_default().to_owned(),
    }
}

/// Brings the sinks of an order in PRODUCTION on to another phase, or to a step of it, by the sample people whose job it is.
///
/// # Panics
/// When a step is refused.
pub async fn bring_order(pool: &PgPool, order_id: i64, to: &str) {
    let shop_floor = sqlx::raw_sql(include_str!("../stories/_shop_floor.sql"));
    pool.execute(shop_floor).await.unwrap_or_else(|error| panic!("the shop floor: {error}"));
    text(pool, &format!("SELECT testing.bring_order({order_id}, '{to}')")).await;
}

/// Parameters of a valid sink with one E-Drain basin, as JSON.
pub const SMALL_SINK: &str = r#"{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
  "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}"#;

/// Login of the sample person with a role code.
///
/// # Panics
/// For a role that has no sample person.
#[must_use]
pub fn person(role: &str) -> &'static str {
    match role {
        "ADMINISTRATOR" => "sample.admin",
        "SALES_MANAGER" => "sample.sales",
        "PRODUCTION_MANAGER" => "sample.production",
        "QC_INSPECTOR" => "sample.quality",
        "ASSEMBLY_TECHNICIAN" => "sample.technician",
        "CUSTOMER_SERVICE" => "sample.service",
        other => panic!("no sample person is {other}"),
    }
}

/// The six roles of the plant.
pub const ROLES: [&str; 6] = [
    "ADMINISTRATOR",
    "SALES_MANAGER",
    "PRODUCTION_MANAGER",
    "QC_INSPECTOR",
    "ASSEMBLY_TECHNICIAN",
    "CUSTOMER_SERVICE",
];

/// The eight phases, in order.
pub const PHASES: [&str; 8] = [
    "DRAFT",
    "CONFIGURATION",
    "APPROVAL",
    "PRODUCTION",
    "QUALITY_CONTROL",
    "PACKAGING",
    "SHIPPING",
    "DELIVERED",
];

/// An order that grows step by step: everything that the next step asks for is there.
#[derive(Debug, Clone)]
pub struct GrowingOrder {
    /// Key of the order.
    pub order_id: i64,
    /// Key of its only build.
    pub build_id: i64,
}

impl GrowingOrder {
    /// A complete order form in DRAFT.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn draft(pool: &PgPool, name: &str) -> Self {
        let made = format!(
            "SELECT create_order('STELMO', 'PO {name}', 'sample.sales', current_date + 30, 'EN', ARRAY['{name}'])::text"
        );
        let order_id = act(pool, "sample.sales", &made).await.expect("an order").parse().expect("a key");
        let build_id =
            text(pool, &format!("SELECT build_id::text FROM builds WHERE order_id = {order_id}")).await;
        Self { order_id, build_id: build_id.parse().expect("a key") }
    }

    /// In CONFIGURATION, with everything that submission asks for.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn configured(pool: &PgPool, name: &str) -> Self {
        let order = Self::draft(pool, name).await;
        order.steps(pool, "sample.sales", &["SELECT transition_order({order}, 'CONFIGURATION')::text"]).await;
        let save = format!("SELECT save_configuration('{SMALL_SINK}', {{build}})::text");
        let steps = [
            save.as_str(),
            "SELECT count(*)::text FROM generate_order_boms({order})",
            "SELECT add_attachment({order}, 'PO_DOCUMENT', 'po.pdf')::text",
            "SELECT review_accessories({order})::text",
        ];
        order.steps(pool, "sample.sales", &steps).await;
        order
    }

    /// In APPROVAL, with everything that approval asks for.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn submitted(pool: &PgPool, name: &str) -> Self {
        let order = Self::configured(pool, name).await;
        order.steps(pool, "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"]).await;
        let steps = [
            "SELECT approve_bom(bom_id)::text FROM builds WHERE order_id = {order}",
            "SELECT approve_attachment(add_attachment({order}, 'SINK_DRAWING', 'sink.pdf', p_build_id => {build}))::text",
            "SELECT state_no_outsourcing({build})::text",
        ];
        order.steps(pool, "sample.production", &steps).await;
        order
    }

    /// In PRODUCTION.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn in_production(pool: &PgPool, name: &str) -> Self {
        let order = Self::submitted(pool, name).await;
        order
            .steps(pool, "sample.production", &["SELECT transition_order({order}, 'PRODUCTION')::text"])
            .await;
        order
    }

    /// From PRODUCTION on to another phase, or to a step of it (`PRODUCTION/IN_ASSEMBLY`): everything done and signed on the way.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn bring(&self, pool: &PgPool, to: &str) {
        bring_order(pool, self.order_id, to).await;
    }

    /// Puts the keys of the order and of its build into a statement.
    #[must_use]
    pub fn fill(&self, statement: &str) -> String {
        statement
            .replace("{order}", &self.order_id.to_string())
            .replace("{build}", &self.build_id.to_string())
    }

    /// Takes one step as a person.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn step(&self, pool: &PgPool, login: &str, statement: &str) -> Outcome {
        act(pool, login, &self.fill(statement)).await
    }

    /// Takes steps as a person, each of which must succeed.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn steps(&self, pool: &PgPool, login: &str, statements: &[&str]) {
        for statement in statements {
            let outcome = self.step(pool, login, statement).await;
            assert!(outcome.is_ok(), "{}: {outcome:?}", self.fill(statement));
        }
    }
}
