//! Contents whose bytes lie in a folder or bucket: what the database says of them.

use super::Place;
use crate::{Context, StoreResult};

/// A content before it is stored: what the database checks, and where its object goes.
#[derive(Debug, Clone, Copy)]
pub struct NewObject<'a> {
    /// Media type.
    pub media_type: &'a str,
    /// Size in bytes.
    pub byte_size: i64,
    /// Its beginning: 32 bytes, of text the first MiB.
    pub head: &'a [u8],
    /// SHA-256, hexadecimal.
    pub sha256: &'a str,
    /// `LOCAL` or `S3`.
    pub storage: &'a str,
    /// Key of its object.
    pub object_key: &'a str,
}

/// An object that is to be removed.
#[derive(Debug, Clone)]
pub struct Removal {
    /// Key of the wish.
    pub document_object_removal_id: i64,
    /// Key of the object.
    pub object_key: String,
}

/// Refuses what the acting person may not store; else announces its object, which is written when this is committed.
pub async fn announce(context: &mut Context, new: NewObject<'_>) -> StoreResult<()> {
    sqlx::query_file!(
        "queries/integration/announce_content_object.sql",
        new.media_type,
        new.byte_size,
        new.head,
        new.sha256,
        new.storage,
        new.object_key
    )
    .fetch_one(context.connection())
    .await?;
    Ok(())
}

/// Makes a content of an object that was announced and is written; returns its key.
pub async fn store_object(context: &mut Context, new: NewObject<'_>) -> StoreResult<i64> {
    Ok(sqlx::query_file_scalar!(
        "queries/integration/store_object.sql",
        new.media_type,
        new.byte_size,
        new.head,
        new.sha256,
        new.storage,
        new.object_key
    )
    .fetch_one(context.connection())
    .await?)
}

/// The next objects of a storage that are to be removed and have waited so many seconds.
pub async fn waiting_removals(
    context: &mut Context,
    storage: &str,
    after: i64,
    waited: f64,
) -> StoreResult<Vec<Removal>> {
    Ok(sqlx::query_file_as!(Removal, "queries/integration/waiting_removals.sql", storage, after, waited)
        .fetch_all(context.connection())
        .await?)
}

/// Says that objects are gone.
pub async fn finish_removals(context: &mut Context, keys: &[i64]) -> StoreResult<i32> {
    Ok(sqlx::query_file_scalar!("queries/integration/finish_removals.sql", keys)
        .fetch_one(context.connection())
        .await?)
}

/// Some objects that must be in a storage.
pub async fn stored_objects(context: &mut Context, storage: &str) -> StoreResult<Vec<String>> {
    Ok(sqlx::query_file_scalar!("queries/integration/stored_objects.sql", storage)
        .fetch_all(context.connection())
        .await?)
}

/// Tells the Administrators of a content that is not what it must be.
pub async fn raise_damaged(context: &mut Context, place: &Place, finding: &str) -> StoreResult<()> {
    sqlx::query_file!(
        "queries/integration/raise_damaged.sql",
        place.document_content_id,
        place.storage,
        finding
    )
    .fetch_one(context.connection())
    .await?;
    Ok(())
}

/// The next contents, at most 500, without their pieces; those of one storage can be left out. For the owner of the database.
pub async fn places_after(
    context: &mut Context,
    after: i64,
    but_not_in: Option<&str>,
) -> StoreResult<Vec<Place>> {
    Ok(sqlx::query_file_as!(Place, "queries/integration/places_after.sql", after, but_not_in as Option<&str>)
        .fetch_all(context.connection())
        .await?)
}

/// Where a content lies now, with its pieces where the database holds them; none when it was deleted. For the owner of the
/// database.
pub async fn place_of(context: &mut Context, document_content_id: i64) -> StoreResult<Option<Place>> {
    Ok(sqlx::query_file_as!(Place, "queries/integration/place_of_content.sql", document_content_id)
        .fetch_optional(context.connection())
        .await?)
}

/// Which of the objects a content has, or are announced or to be removed anyway. For the owner of the database.
pub async fn known_objects(
    context: &mut Context,
    storage: &str,
    keys: &[String],
) -> StoreResult<Vec<String>> {
    Ok(sqlx::query_file_scalar!("queries/integration/known_objects.sql", storage, keys)
        .fetch_all(context.connection())
        .await?)
}

/// Announces the object to which a content will be moved. For the owner of the database.
pub async fn announce_moved(
    context: &mut Context,
    storage: &str,
    object_key: &str,
    sha256: &str,
) -> StoreResult<()> {
    sqlx::query_file!("queries/integration/announce_object.sql", storage, object_key, sha256)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Says that a content lies elsewhere now; false when it was moved or deleted since it was looked at. For the owner of the
/// database.
pub async fn move_content(
    context: &mut Context,
    from: &Place,
    storage: &str,
    object_key: Option<&str>,
    bytes: Option<&[u8]>,
) -> StoreResult<bool> {
    Ok(sqlx::query_file_scalar!(
        "queries/integration/move_content.sql",
        from.document_content_id,
        from.object_key.as_deref() as Option<&str>,
        storage,
        object_key as Option<&str>,
        bytes as Option<&[u8]>
    )
    .fetch_one(context.connection())
    .await?)
}
