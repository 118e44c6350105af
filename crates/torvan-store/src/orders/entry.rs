//! Making orders and adding to them.

use chrono::NaiveDate;

use super::standing;
use crate::{Context, Refusal, RefusalKind, StoreResult};

/// The head of an order form.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Code of the customer.
    pub customer_code: String,
    /// The customer's purchase order number.
    pub po_number: String,
    /// Login or name.
    pub sales_person: String,
    /// When the customer wants delivery.
    pub want_date: NaiveDate,
    /// `EN`, `FR` or `ES`.
    pub language: String,
    /// One number for each sink.
    pub build_numbers: Vec<String>,
    /// The customer's project.
    pub project_name: Option<String>,
    /// Free text.
    pub notes: Option<String>,
}

/// What a file of an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentKind {
    /// The customer's purchase order.
    PoDocument,
    /// The plant's confirmation.
    OrderConfirmation,
    /// Drawing of one sink.
    SinkDrawing,
    /// Drawing of a custom part.
    CustomPartDrawing,
    /// Photo.
    Photo,
    /// Anything else.
    Other,
}

impl AttachmentKind {
    /// Code as the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PoDocument => "PO_DOCUMENT",
            Self::OrderConfirmation => "ORDER_CONFIRMATION",
            Self::SinkDrawing => "SINK_DRAWING",
            Self::CustomPartDrawing => "CUSTOM_PART_DRAWING",
            Self::Photo => "PHOTO",
            Self::Other => "OTHER",
        }
    }
}

/// A file of an order: what it is and its hash.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Name without a path.
    pub file_name: String,
    /// For example `application/pdf`.
    pub media_type: String,
    /// Size in bytes.
    pub byte_size: i64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Free text.
    pub note: Option<String>,
}

/// Makes the customer unless there is one with this code; refuses a name that differs from the one on file.
pub async fn ensure_customer(
    context: &mut Context,
    code: &str,
    name: &str,
    language: &str,
) -> StoreResult<()> {
    let customer = sqlx::query_file!("queries/orders/ensure_customer.sql", code, name, language)
        .fetch_one(context.connection())
        .await?;
    match customer.on_file {
        Some(on_file) if on_file != name.trim() => Err(Refusal {
            kind: RefusalKind::Conflict,
            sqlstate: "TV009".to_owned(),
            message: format!("Customer {} is named \"{on_file}\".", code.trim().to_uppercase()),
            hint: Some("Leave the name out to use this customer, or choose another code.".to_owned()),
            detail: None,
            fields: Box::default(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// Makes an order in DRAFT with its builds and returns its key.
pub async fn create(context: &mut Context, order: &NewOrder) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!(
        "queries/orders/create_order.sql",
        order.customer_code,
        order.po_number,
        order.sales_person,
        order.want_date,
        order.language,
        &order.build_numbers,
        order.project_name,
        order.notes
    )
    .fetch_one(context.connection())
    .await?)
}

/// Changes fields of the order form, given as a JSON object: `{"want_date": "2027-01-31"}`.
pub async fn change(
    context: &mut Context,
    order_id: i64,
    changes: &str,
    expected_version: Option<i32>,
) -> StoreResult<()> {
    sqlx::query_file!("queries/orders/update_order.sql", order_id, changes, expected_version)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Number of an order.
pub async fn number(context: &mut Context, order_id: i64) -> StoreResult<String> {
    Ok(standing(context, order_id).await?.order_number)
}

/// Key of the order with this number; a number that is only digits may be the key itself.
pub async fn find(context: &mut Context, order: &str) -> StoreResult<i64> {
    let found = sqlx::query_file_scalar!("queries/orders/find_order.sql", order)
        .fetch_optional(context.connection())
        .await?;
    found.ok_or_else(|| {
        Refusal {
            kind: RefusalKind::NotFound,
            sqlstate: "TV004".to_owned(),
            message: format!("There is no order \"{order}\"."),
            hint: Some("torvan order list shows the orders.".to_owned()),
            detail: None,
            fields: Box::default(),
        }
        .into()
    })
}

/// Key of a build of an order.
pub async fn find_build(context: &mut Context, order_id: i64, build_number: &str) -> StoreResult<i64> {
    let found = sqlx::query_file!("queries/orders/find_build.sql", order_id, build_number)
        .fetch_one(context.connection())
        .await?;
    found.build_id.ok_or_else(|| {
        Refusal {
            kind: RefusalKind::NotFound,
            sqlstate: "TV004".to_owned(),
            message: format!("Order {} has no build \"{build_number}\".", found.order_number),
            hint: Some(format!("Its builds: {}.", found.builds.as_deref().unwrap_or("none"))),
            detail: None,
            fields: Box::default(),
        }
        .into()
    })
}

/// Adds one sink to an order that is not yet submitted.
pub async fn add_build(context: &mut Context, order_id: i64, build_number: &str) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!("queries/orders/add_build.sql", order_id, build_number)
        .fetch_one(context.connection())
        .await?)
}

/// Adds a note to an order or to one of its builds.
pub async fn add_note(
    context: &mut Context,
    order_id: i64,
    body: &str,
    build_id: Option<i64>,
    is_urgent: bool,
) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!("queries/orders/add_note.sql", order_id, body, build_id, is_urgent)
        .fetch_one(context.connection())
        .await?)
}

/// Records a file of an order or of one of its builds; the same name and kind again is its next version.
pub async fn add_attachment(
    context: &mut Context,
    order_id: i64,
    build_id: Option<i64>,
    attachment: &Attachment,
) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!(
        "queries/orders/add_attachment.sql",
        order_id,
        attachment.kind.code(),
        attachment.file_name,
        attachment.media_type,
        attachment.byte_size,
        attachment.sha256,
        build_id,
        attachment.note
    )
    .fetch_one(context.connection())
    .await?)
}

/// Approves a drawing or document.
pub async fn approve_attachment(context: &mut Context, order_attachment_id: i64) -> StoreResult<()> {
    sqlx::query_file!("queries/orders/approve_attachment.sql", order_attachment_id)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Notes that the acting person reviewed the accessories.
pub async fn review_accessories(context: &mut Context, order_id: i64) -> StoreResult<()> {
    sqlx::query_file!("queries/orders/review_accessories.sql", order_id)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}
