//! Keys of the encryption, which the database never keeps, and the seal of the audit trail, which is signed by one of them.

use crate::{Context, StoreResult};

/// Lines of a new key file; they are kept nowhere else.
pub async fn fresh_key_lines(context: &mut Context) -> StoreResult<Vec<String>> {
    Ok(sqlx::query_file_scalar!("queries/governance/generate_key_file.sql")
        .fetch_all(context.connection())
        .await?)
}

/// Registers the keys of a file; for the owner of the database. Returns how many are new.
pub async fn register_keys(context: &mut Context, lines: &[String]) -> StoreResult<i32> {
    // A temporary table, as at psql: no key stands in a statement. It cannot be described before it is there.
    sqlx::query("CREATE TEMPORARY TABLE key_file (line text) ON COMMIT DROP")
        .execute(context.connection())
        .await?;
    sqlx::query("INSERT INTO pg_temp.key_file SELECT unnest($1::text[])")
        .bind(lines)
        .execute(context.connection())
        .await?;
    Ok(sqlx::query_file_scalar!("queries/governance/register_keys.sql")
        .fetch_one(context.connection())
        .await?)
}

/// Whether any key was ever registered.
pub async fn has_keys(context: &mut Context) -> StoreResult<bool> {
    Ok(sqlx::query_file_scalar!("queries/governance/has_keys.sql").fetch_one(context.connection()).await?)
}

/// Makes a key usable until the end of the transaction.
pub async fn use_key(context: &mut Context, key_id: i16, key: &[u8]) -> StoreResult<()> {
    sqlx::query_file!("queries/governance/use_key.sql", key_id, key).fetch_one(context.connection()).await?;
    Ok(())
}

/// Seals rows of the audit trail that wait, up to so many; signed where the transaction has the key for it. It has to be the first
/// that writes in its transaction: else the stretch that is looked at grows.
pub async fn seal_audit(context: &mut Context, most: i32) -> StoreResult<()> {
    sqlx::query_file!("queries/governance/seal_audit.sql", most).fetch_one(context.connection()).await?;
    Ok(())
}
