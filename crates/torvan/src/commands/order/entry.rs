//! `torvan order new|change|add-build|note|attach|approve-attachment|review-accessories`: what goes into an order.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::ValueEnum;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use torvan_store::orders::{self, Attachment, AttachmentKind, NewOrder};

use crate::output::emit;
use crate::{Globals, connection};

/// Language of an order's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[value(rename_all = "UPPER")]
#[serde(rename_all = "UPPERCASE")]
enum DocumentLanguage {
    /// English
    En,
    /// French
    Fr,
    /// Spanish
    Es,
}

impl DocumentLanguage {
    fn code(self) -> &'static str {
        match self {
            Self::En => "EN",
            Self::Fr => "FR",
            Self::Es => "ES",
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The customer's purchase order
    PoDocument,
    /// The plant's confirmation
    OrderConfirmation,
    /// Drawing of one sink
    SinkDrawing,
    /// Drawing of a custom part
    CustomPartDrawing,
    /// Photo
    Photo,
    /// Anything else
    Other,
}

impl From<Kind> for AttachmentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::PoDocument => Self::PoDocument,
            Kind::OrderConfirmation => Self::OrderConfirmation,
            Kind::SinkDrawing => Self::SinkDrawing,
            Kind::CustomPartDrawing => Self::CustomPartDrawing,
            Kind::Photo => Self::Photo,
            Kind::Other => Self::Other,
        }
    }
}

/// What `torvan order new` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  torvan --as sample.sales order new --customer STELMO --po PO-2201 --sales-person sample.sales \\
    --want-date 2027-03-01 --language FR --build B-1 --build B-2")]
pub(crate) struct NewArgs {
    /// Code of the customer
    #[arg(long, value_name = "CODE")]
    customer: String,
    /// Make the customer with this name if there is none with the code
    #[arg(long, value_name = "NAME")]
    customer_name: Option<String>,
    /// The customer's purchase order number
    #[arg(long, value_name = "PO")]
    po: String,
    /// Who sells: a login or a name
    #[arg(long, value_name = "NAME")]
    sales_person: String,
    /// When the customer wants delivery
    #[arg(long, value_name = "YYYY-MM-DD")]
    want_date: NaiveDate,
    /// Language of the documents; selects the manual
    #[arg(long, value_enum, ignore_case = true, default_value = "EN")]
    language: DocumentLanguage,
    /// Number of a sink; give one for each
    #[arg(long = "build", value_name = "BUILD")]
    builds: Vec<String>,
    /// The customer's project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
}

/// Runs `torvan order new`.
pub(crate) async fn new(args: NewArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let language = args.language.code();
    let order = NewOrder {
        customer_code: args.customer,
        po_number: args.po,
        sales_person: args.sales_person,
        want_date: args.want_date,
        language: language.to_owned(),
        build_numbers: args.builds,
        project_name: args.project,
        notes: args.notes,
    };
    let number = connection::retrying(globals, async |context| {
        if let Some(name) = &args.customer_name {
            orders::ensure_customer(context, &order.customer_code, name, language).await?;
        }
        let order_id = orders::create(context, &order).await?;
        Ok(orders::number(context, order_id).await?)
    })
    .await?;
    // The number alone, so that a script can take it.
    emit(&format!("{number}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// What `torvan order change` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.sales order change TRV-2026-000123 --want-date 2027-04-15 --quantity 3"
)]
pub(crate) struct ChangeArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    #[command(flatten)]
    fields: Fields,
    /// Version of the order that you saw; if it changed since, nothing is done
    #[arg(long, value_name = "N")]
    expected_version: Option<i32>,
}

#[derive(Debug, clap::Args, Serialize)]
#[group(required = true, multiple = true)]
struct Fields {
    /// The customer's purchase order number
    #[arg(long = "po", value_name = "PO")]
    #[serde(skip_serializing_if = "Option::is_none")]
    po_number: Option<String>,
    /// The customer's project
    #[arg(long = "project", value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    project_name: Option<String>,
    /// Who sells: a login or a name
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_person: Option<String>,
    /// When the customer wants delivery
    #[arg(long, value_name = "YYYY-MM-DD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    want_date: Option<NaiveDate>,
    /// Language of the documents; the builds must be configured again
    #[arg(long, value_enum, ignore_case = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<DocumentLanguage>,
    /// Number of sinks ordered
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i32>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<String>,
}

/// Runs `torvan order change`.
pub(crate) async fn change(args: ChangeArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let changes = serde_json::to_string(&args.fields)?;
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        orders::change(context, order_id, &changes, args.expected_version).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: changed\n", args.order))?;
    Ok(ExitCode::SUCCESS)
}

/// What `torvan order add-build` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan --as sample.sales order add-build TRV-2026-000123 B-3")]
pub(crate) struct AddBuildArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Number of the sink
    #[arg(value_name = "BUILD")]
    build: String,
}

/// Runs `torvan order add-build`.
pub(crate) async fn add_build(args: AddBuildArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        orders::add_build(context, order_id, &args.build).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: added to order {}\n", args.build, args.order))?;
    Ok(ExitCode::SUCCESS)
}

/// What `torvan order note` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production order note TRV-2026-000123 \"Customer calls on Friday\" --urgent"
)]
pub(crate) struct NoteArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// The note
    #[arg(value_name = "TEXT")]
    text: String,
    /// The build it is about
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// Mark it urgent
    #[arg(long)]
    urgent: bool,
}

/// Runs `torvan order note`.
pub(crate) async fn note(args: NoteArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        let build_id = match &args.build {
            Some(build) => Some(orders::find_build(context, order_id, build).await?),
            None => None,
        };
        orders::add_note(context, order_id, &args.text, build_id, args.urgent).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: noted\n", args.order))?;
    Ok(ExitCode::SUCCESS)
}

/// What `torvan order attach` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.sales order attach TRV-2026-000123 PO-2201.pdf --kind po-document
  torvan --as sample.production order attach TRV-2026-000123 B-1.pdf --kind sink-drawing --build B-1

Name, size and SHA-256 are recorded; the file itself stays where it is.")]
pub(crate) struct AttachArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is
    #[arg(long, value_enum)]
    kind: Kind,
    /// The build it belongs to
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// Free text
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Runs `torvan order attach`.
pub(crate) async fn attach(args: AttachArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let attachment = describe(&args.file, args.kind, args.note)?;
    let attachment_id = connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        let build_id = match &args.build {
            Some(build) => Some(orders::find_build(context, order_id, build).await?),
            None => None,
        };
        let attachment_id = orders::add_attachment(context, order_id, build_id, &attachment).await?;
        Ok(attachment_id)
    })
    .await?;
    emit(&format!("{attachment_id}: {} recorded, SHA-256 {}\n", attachment.file_name, attachment.sha256))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(path: &Path, kind: Kind, note: Option<String>) -> anyhow::Result<Attachment> {
    let shown = path.display();
    let file_name = path.file_name().and_then(|name| name.to_str());
    let file_name = file_name.with_context(|| format!("{shown} has no name that can be recorded"))?;
    let mut file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let (byte_size, sha256) = fingerprint(&mut file).with_context(|| format!("cannot read {shown}"))?;
    Ok(Attachment {
        kind: kind.into(),
        file_name: file_name.to_owned(),
        media_type: media_type(path).to_owned(),
        byte_size: i64::try_from(byte_size)?,
        sha256,
        note,
    })
}

/// Size and SHA-256 of what a reader holds, which may be larger than the memory.
fn fingerprint(reader: &mut impl Read) -> io::Result<(usize, String)> {
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = reader.read(&mut piece)?;
        if length == 0 {
            let digits =
                hash.finalize().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
            return Ok((size, digits));
        }
        hash.update(&piece[..length]);
        size += length;
    }
}

fn media_type(path: &Path) -> &'static str {
    let extension =
        path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_lowercase();
    match extension.as_str() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "csv" => "text/csv",
        _ => "application/octet-stream",
    }
}

/// What `torvan order approve-attachment` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan --as sample.production order approve-attachment 17")]
pub(crate) struct ApproveAttachmentArgs {
    /// Number of the attachment, as `torvan order show` lists it
    #[arg(value_name = "ATTACHMENT")]
    attachment: i64,
}

/// Runs `torvan order approve-attachment`.
pub(crate) async fn approve_attachment(
    args: ApproveAttachmentArgs,
    globals: &Globals,
) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        orders::approve_attachment(context, args.attachment).await?;
        Ok(())
    })
    .await?;
    emit(&format!("attachment {}: approved\n", args.attachment))?;
    Ok(ExitCode::SUCCESS)
}

/// What `torvan order review-accessories` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan --as sample.sales order review-accessories TRV-2026-000123")]
pub(crate) struct ReviewArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
}

/// Runs `torvan order review-accessories`.
pub(crate) async fn review_accessories(args: ReviewArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        orders::review_accessories(context, order_id).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: accessories reviewed\n", args.order))?;
    Ok(ExitCode::SUCCESS)
}
