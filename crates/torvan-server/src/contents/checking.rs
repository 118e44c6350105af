//! Every content read and hashed again, and objects found that belong to none.

use futures_util::TryStreamExt as _;
use torvan_store::integration::{Place, known_objects, place_of, places_after};
use torvan_store::{Actor, Store};

use super::{Contents, ContentsError, ObjectFault, Shelf, Storage};

/// Objects that are asked about together.
const TOGETHER: usize = 500;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The content; none for an object that belongs to none.
    pub document_content_id: Option<i64>,
    /// Where it is, or should be.
    pub storage: Storage,
    /// The object; none in the database.
    pub object_key: Option<String>,
    /// What is wrong.
    pub what: What,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The content is not there.
    Missing,
    /// It is not what it must be.
    Damaged(String),
    /// An object belongs to no content.
    Orphan,
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct Checked {
    /// Contents.
    pub contents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects in folders and buckets.
    pub objects: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Looks at every content and every object.
///
/// # Errors
/// The database or a place cannot be reached.
pub async fn check(
    store: &Store,
    contents: &Contents,
    progress: impl Fn(&Checked),
) -> Result<Checked, ContentsError> {
    let (mut after, mut checked) = (0, Checked::default());
    loop {
        let mut context = store.begin(&Actor::Database).await?;
        let places = places_after(&mut context, after, None).await?;
        context.commit().await?;
        let Some(last) = places.last() else { break };
        after = last.document_content_id;
        for place in places {
            look_at(store, contents, place, &mut checked).await?;
            progress(&checked);
        }
    }
    for shelf in contents.shelves() {
        find_orphans(store, shelf, &mut checked).await?;
        progress(&checked);
    }
    Ok(checked)
}

async fn look_at(
    store: &Store,
    contents: &Contents,
    place: Place,
    checked: &mut Checked,
) -> Result<(), ContentsError> {
    // It may have been deleted or moved since the list was read.
    let mut context = store.begin(&Actor::Database).await?;
    let place = place_of(&mut context, place.document_content_id).await?;
    context.commit().await?;
    let Some(place) = place else { return Ok(()) };
    let storage = Storage::of(&place.storage).unwrap_or_default();
    if storage != Storage::Database && contents.shelf(storage).is_none() {
        return Err(ContentsError::NotTold(storage));
    }
    checked.contents += 1;
    checked.bytes += u64::try_from(place.byte_size).unwrap_or_default();
    let what = match contents.bytes(place.clone()).await {
        Ok(_) => return Ok(()),
        Err(ObjectFault::Gone) => What::Missing,
        Err(ObjectFault::Damaged(what)) => What::Damaged(what),
        Err(fault) => return Err(at(contents, storage, fault)),
    };
    let document_content_id = Some(place.document_content_id);
    checked.findings.push(Finding { document_content_id, storage, object_key: place.object_key, what });
    Ok(())
}

async fn find_orphans(store: &Store, shelf: &Shelf, checked: &mut Checked) -> Result<(), ContentsError> {
    let fault = |fault| ContentsError::Place { place: shelf.location().to_string(), fault };
    let mut listed = shelf.list().try_chunks(TOGETHER);
    while let Some(keys) = listed.try_next().await.map_err(|error| fault(error.1))? {
        checked.objects += keys.len() as u64;
        let mut context = store.begin(&Actor::Database).await?;
        let known = known_objects(&mut context, shelf.storage().code(), &keys).await?;
        context.commit().await?;
        let orphans = keys.into_iter().filter(|key| !known.contains(key));
        checked.findings.extend(orphans.map(|key| Finding {
            document_content_id: None,
            storage: shelf.storage(),
            object_key: Some(key),
            what: What::Orphan,
        }));
    }
    Ok(())
}

fn at(contents: &Contents, storage: Storage, fault: ObjectFault) -> ContentsError {
    let place =
        contents.shelf(storage).map_or_else(|| storage.to_string(), |shelf| shelf.location().to_string());
    ContentsError::Place { place, fault }
}
