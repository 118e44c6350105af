//! Contents of files, in pieces.

use crate::{Context, StoreResult};

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file of an order.
    Attachment,
    /// A version of a document.
    Version,
}

/// What is said of a file beside its content.
#[derive(Debug, Clone)]
pub struct FileName {
    /// Name as it was given.
    pub file_name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub byte_size: Option<i64>,
}

/// Refuses whoever may add neither documents nor files of orders.
pub async fn require_storing(context: &mut Context) -> StoreResult<()> {
    sqlx::query_file!("queries/integration/require_storing.sql").fetch_one(context.connection()).await?;
    Ok(())
}

/// Announces a content of at most 25 MiB by its size in bytes and its SHA-256 (hexadecimal); returns its key.
pub async fn begin_content(
    context: &mut Context,
    media_type: &str,
    byte_size: i64,
    sha256: &str,
) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!("queries/integration/begin_content.sql", byte_size, sha256, media_type)
        .fetch_one(context.connection())
        .await?)
}

/// Adds a piece of at most 1 MiB to a content; pieces are numbered from 1.
pub async fn append_piece(
    context: &mut Context,
    document_content_id: i64,
    number: i32,
    piece: &[u8],
) -> StoreResult<()> {
    sqlx::query_file_scalar!("queries/integration/append_piece.sql", document_content_id, number, piece)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Makes a content reachable whose pieces are all there, and are what was announced.
pub async fn finish_content(context: &mut Context, document_content_id: i64) -> StoreResult<()> {
    sqlx::query_file_scalar!("queries/integration/finish_content.sql", document_content_id)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Name and type of a file that the acting person may see.
pub async fn file_name(context: &mut Context, kind: FileKind, key: i64) -> StoreResult<Option<FileName>> {
    let connection = context.connection();
    Ok(match kind {
        FileKind::Attachment => {
            sqlx::query_file_as!(FileName, "queries/integration/attachment_name.sql", key)
                .fetch_optional(connection)
                .await?
        }
        FileKind::Version => {
            sqlx::query_file_as!(FileName, "queries/integration/version_name.sql", key)
                .fetch_optional(connection)
                .await?
        }
    })
}

/// Where a content lies and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The content.
    pub document_content_id: i64,
    /// `DATABASE`, `LOCAL` or `S3`.
    pub storage: String,
    /// Key of its object; none in the database.
    pub object_key: Option<String>,
    /// Size in bytes.
    pub byte_size: i64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Its bytes in pieces, where the database holds them and they were asked for.
    pub pieces: Option<Vec<Vec<u8>>>,
}

/// Where the content of a file lies that the acting person may see, with its pieces where the database holds them.
pub async fn place(context: &mut Context, kind: FileKind, key: i64) -> StoreResult<Option<Place>> {
    let connection = context.connection();
    Ok(match kind {
        FileKind::Attachment => {
            sqlx::query_file_as!(Place, "queries/integration/attachment_place.sql", key)
                .fetch_optional(connection)
                .await?
        }
        FileKind::Version => {
            sqlx::query_file_as!(Place, "queries/integration/version_place.sql", key)
                .fetch_optional(connection)
                .await?
        }
    })
}
