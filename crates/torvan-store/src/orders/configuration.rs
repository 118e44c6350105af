//! Configuring the builds of an order.

use serde::Serialize;
use sqlx::types::Json;

use crate::bom::{MessageLanguage, Violation};
use crate::{Context, Refusal, RefusalKind, StoreResult};

/// Parameters for one build, as JSON text so that numbers keep every digit.
#[derive(Debug, Clone)]
pub struct BuildParameters {
    /// The build.
    pub build_number: String,
    /// An object of parameters.
    pub parameters: String,
}

/// What a configuration starts from.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Code of the product variant.
    pub variant: Option<String>,
    /// The configuration it is a copy of.
    pub parent_configuration_id: Option<i64>,
    /// Free text.
    pub note: Option<String>,
}

/// A configuration that was saved.
#[derive(Debug, Clone, Serialize)]
pub struct Configured {
    /// Its build.
    pub build_number: String,
    /// Key of the configuration.
    pub configuration_id: i64,
    /// Version for its build.
    pub version: i32,
    /// Whether a BOM can be generated from it.
    pub valid: bool,
    /// What rules and catalogue have against it.
    pub violations: Vec<Violation>,
}

/// Parameters that somebody may start from.
#[derive(Debug, Clone)]
pub struct StoredParameters {
    /// An object of parameters, as JSON text.
    pub parameters: String,
    /// The configuration they belong to, unless they are a variant's.
    pub configuration_id: Option<i64>,
}

/// Saves a configuration for each of the builds, all or none: two statements, however many builds. Mistakes in the
/// parameters are kept with the configuration and returned; they block its BOM, not the saving.
pub async fn configure(
    context: &mut Context,
    order_id: i64,
    builds: &[BuildParameters],
    start: &Start,
    language: MessageLanguage,
) -> StoreResult<Vec<Configured>> {
    let numbers: Vec<String> = builds.iter().map(|build| build.build_number.clone()).collect();
    let parameters: Vec<String> = builds.iter().map(|build| build.parameters.clone()).collect();
    let saved = sqlx::query_file!(
        "queries/orders/save_configurations.sql",
        order_id,
        &numbers,
        &parameters,
        start.variant,
        start.parent_configuration_id,
        start.note
    )
    .fetch_all(context.connection())
    .await?;
    if let Some(row) = saved.iter().find(|row| row.configuration_id.is_none()) {
        return Err(not_of_order(&row.build_number).into());
    }
    let keys: Vec<i64> = saved.iter().filter_map(|row| row.configuration_id).collect();
    configured(context, &keys, language).await
}

async fn configured(
    context: &mut Context,
    keys: &[i64],
    language: MessageLanguage,
) -> StoreResult<Vec<Configured>> {
    let rows = sqlx::query_file!("queries/orders/configured.sql", keys, language.code())
        .fetch_all(context.connection())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let Json(violations) = row.violations;
            let valid = !violations.iter().any(Violation::is_error);
            Configured {
                build_number: row.build_number,
                configuration_id: row.configuration_id,
                version: row.version,
                valid,
                violations,
            }
        })
        .collect())
}

/// The parameters of a product variant.
pub async fn variant_parameters(context: &mut Context, variant: &str) -> StoreResult<StoredParameters> {
    let found = sqlx::query_file!("queries/orders/variant_parameters.sql", variant)
        .fetch_one(context.connection())
        .await?;
    found.parameters.map(|parameters| StoredParameters { parameters, configuration_id: None }).ok_or_else(
        || {
            Refusal {
                kind: RefusalKind::NotFound,
                sqlstate: "TV004".to_owned(),
                message: format!("There is no product variant \"{variant}\"."),
                hint: Some(format!("There are: {}.", found.variants.as_deref().unwrap_or("none"))),
                detail: None,
                fields: Box::default(),
            }
            .into()
        },
    )
}

/// The parameters of a build's present configuration.
pub async fn build_parameters(context: &mut Context, build_number: &str) -> StoreResult<StoredParameters> {
    let found = sqlx::query_file!("queries/orders/build_parameters.sql", build_number)
        .fetch_optional(context.connection())
        .await?;
    found
        .map(|row| StoredParameters {
            parameters: row.parameters,
            configuration_id: Some(row.configuration_id),
        })
        .ok_or_else(|| {
            Refusal {
                kind: RefusalKind::NotFound,
                sqlstate: "TV004".to_owned(),
                message: format!("There is no configured build \"{build_number}\" to copy from."),
                hint: Some("torvan order show ORDER shows which builds are configured.".to_owned()),
                detail: None,
                fields: Box::default(),
            }
            .into()
        })
}

fn not_of_order(build_number: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::NotFound,
        sqlstate: "TV004".to_owned(),
        message: format!("The order has no build \"{build_number}\"."),
        hint: Some(
            "torvan order show ORDER lists its builds; torvan order add-build ORDER BUILD adds one."
                .to_owned(),
        ),
        detail: None,
        fields: Box::default(),
    }
}
