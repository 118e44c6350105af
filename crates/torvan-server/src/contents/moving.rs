//! Contents brought from one place to another, one after the other: whoever breaks off goes on later.

use bytes::Bytes;
use torvan_store::integration::{Place, announce_moved, move_content, place_of, places_after};
use torvan_store::{Actor, Store};

use super::{Contents, ContentsError, ObjectFault, Shelf, Storage};

/// A content that stays where it is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The content.
    pub document_content_id: i64,
    /// Where it should be.
    pub storage: Storage,
    /// Why it was not moved.
    pub fault: ObjectFault,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Moved {
    /// Contents that lie in the new place now.
    pub moved: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Contents that stay where they are.
    pub left: Vec<Left>,
}

/// Moves every content to the place for new ones. Its bytes are proved right before and after they are written; the former
/// object is queued for removal in the transaction that says where the content lies now.
///
/// # Errors
/// The database or a place cannot be reached. What was moved until then stays moved.
pub async fn move_all(
    store: &Store,
    contents: &Contents,
    progress: impl Fn(&Moved),
) -> Result<Moved, ContentsError> {
    let (mut after, mut done) = (0, Moved::default());
    loop {
        let mut context = store.begin(&Actor::Database).await?;
        let places = places_after(&mut context, after, Some(contents.first.code())).await?;
        context.commit().await?;
        let Some(last) = places.last() else { return Ok(done) };
        after = last.document_content_id;
        for place in places {
            move_one(store, contents, place.document_content_id, &mut done).await?;
            progress(&done);
        }
    }
}

async fn move_one(
    store: &Store,
    contents: &Contents,
    document_content_id: i64,
    done: &mut Moved,
) -> Result<(), ContentsError> {
    let mut context = store.begin(&Actor::Database).await?;
    let place = place_of(&mut context, document_content_id).await?;
    context.commit().await?;
    // Deleted in the meantime.
    let Some(place) = place else { return Ok(()) };
    let storage = Storage::of(&place.storage).unwrap_or_default();
    let size = u64::try_from(place.byte_size).unwrap_or_default();
    match contents.bytes(place.clone()).await {
        Ok(bytes) => {
            if written(store, contents, &place, bytes.into()).await? {
                done.moved += 1;
                done.bytes += size;
            }
        }
        Err(fault) if fault.is_of_the_content() => {
            done.left.push(Left { document_content_id, storage, fault });
        }
        Err(fault) => return Err(at(contents.shelf(storage), storage, fault)),
    }
    Ok(())
}

/// Writes a content into the new place and says so; false when it was deleted or moved in the meantime.
async fn written(
    store: &Store,
    contents: &Contents,
    from: &Place,
    bytes: Bytes,
) -> Result<bool, ContentsError> {
    let Some(shelf) = contents.for_new() else {
        let mut context = store.begin(&Actor::Database).await?;
        let moved = move_content(&mut context, from, Storage::Database.code(), None, Some(&bytes)).await?;
        context.commit().await?;
        return Ok(moved);
    };
    let fault = |fault| at(Some(shelf), shelf.storage(), fault);
    let key = Shelf::new_key(&from.sha256).map_err(fault)?;
    let mut context = store.begin(&Actor::Database).await?;
    announce_moved(&mut context, shelf.storage().code(), &key, &from.sha256).await?;
    context.commit().await?;
    shelf.put(&key, bytes).await.map_err(fault)?;
    let is_there =
        Place { storage: shelf.storage().code().to_owned(), object_key: Some(key.clone()), ..from.clone() };
    contents.bytes(is_there).await.map_err(fault)?;
    let mut context = store.begin(&Actor::Database).await?;
    let moved = move_content(&mut context, from, shelf.storage().code(), Some(&key), None).await?;
    context.commit().await?;
    Ok(moved)
}

fn at(shelf: Option<&Shelf>, storage: Storage, fault: ObjectFault) -> ContentsError {
    match shelf {
        Some(shelf) => ContentsError::Place { place: shelf.location().to_string(), fault },
        None => ContentsError::NotTold(storage),
    }
}
