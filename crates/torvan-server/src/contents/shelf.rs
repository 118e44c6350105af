//! A folder or bucket with objects in it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::sync::OwnedSemaphorePermit;
use torvan_store::integration::Place;

use super::bucket::{self, BucketAccess};
use super::{ContentsError, Location, ObjectFault, Storage};
use crate::credentials::random_bytes;
use crate::documents::Kept;

/// What is written and taken away again to prove that it is possible.
const PROBE: &[u8] = b"torvan";

/// Parts in which an object is written that is longer than one: S3 wants at least 5 MiB.
const PART: usize = 5 * 1024 * 1024;

/// A folder or bucket.
#[derive(Debug)]
pub struct Shelf {
    location: Location,
    store: Arc<dyn ObjectStore>,
    /// Device and number of the folder.
    identity: Option<(u64, u64)>,
    is_well: AtomicBool,
}

/// Bytes of an object as they come.
pub(super) type Pieces = BoxStream<'static, Result<Bytes, ObjectFault>>;

impl Shelf {
    /// Opens a place; none for the database.
    pub(super) fn open(location: &Location, access: &BucketAccess) -> Result<Option<Self>, ContentsError> {
        let mut identity = None;
        let store: Arc<dyn ObjectStore> = match location {
            Location::Database => return Ok(None),
            Location::Folder(folder) => {
                let (store, found) = open_folder(folder)?;
                identity = Some(found);
                Arc::new(store)
            }
            Location::Bucket { name, prefix } if prefix.is_empty() => Arc::new(bucket::open(name, access)?),
            Location::Bucket { name, prefix } => {
                Arc::new(PrefixStore::new(bucket::open(name, access)?, prefix.as_str()))
            }
        };
        Ok(Some(Self { location: location.clone(), store, identity, is_well: AtomicBool::new(true) }))
    }

    /// Its kind.
    #[must_use]
    pub fn storage(&self) -> Storage {
        self.location.storage()
    }

    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether it did its work when it was last asked.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// A key that no other object has: the hash, and random digits.
    pub(crate) fn new_key(sha256: &str) -> Result<String, ObjectFault> {
        Ok(format!("{}/{sha256}-{}", sha256.get(..2).unwrap_or_default(), random_digits()?))
    }

    /// Writes an object; it is there when this returns, and only as a whole.
    ///
    /// # Errors
    /// The place cannot be reached or is full.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), ObjectFault> {
        self.require_folder()?;
        let written = self.store.put(&ObjectPath::from(key), PutPayload::from(bytes)).await;
        self.noted(written).map(|_| ())
    }

    /// As [`Shelf::put`], with no more than a part of it in memory.
    ///
    /// # Errors
    /// As [`Shelf::put`], or the file on its way cannot be read.
    pub(crate) async fn put_in_pieces(
        &self,
        key: &str,
        kept: Kept,
        place: OwnedSemaphorePermit,
    ) -> Result<(), ObjectFault> {
        if kept.length() <= PART {
            let whole = kept.piece(0, PART).await.map_err(|error| unread(&error))?;
            return self.put(key, whole).await;
        }
        self.require_folder()?;
        // It goes on when nobody waits any more, and keeps its place: S3 would keep the parts of what was broken off.
        let (store, path) = (Arc::clone(&self.store), ObjectPath::from(key));
        let writing = async move {
            let _place = place;
            put_parts(store, path, kept).await
        };
        let written = tokio::spawn(writing).await.map_err(io::Error::other).flatten();
        self.noted(written.map_err(|error| unread(&error))?)
    }

    /// The bytes of a content as they are there, not yet checked but for their number.
    pub(super) async fn pieces(&self, place: &Place) -> Result<Pieces, ObjectFault> {
        let key = place.object_key.as_deref().ok_or(ObjectFault::Gone)?;
        let found = self.noted(self.store.get(&ObjectPath::from(key)).await)?;
        if i64::try_from(found.meta.size) != Ok(place.byte_size) {
            return Err(ObjectFault::Damaged(format!(
                "it has {} bytes instead of {}",
                found.meta.size, place.byte_size
            )));
        }
        Ok(found.into_stream().map_err(ObjectFault::from).boxed())
    }

    /// Removes objects; says of each, in their order, whether it is gone now.
    pub(super) async fn remove(&self, keys: Vec<String>) -> Vec<Result<(), ObjectFault>> {
        let paths = keys.into_iter().map(|key| Ok(ObjectPath::from(key)));
        let removed = self.store.delete_stream(stream::iter(paths).boxed());
        let removed = removed.map(|outcome| match self.noted(outcome) {
            Ok(_) | Err(ObjectFault::Gone) => Ok(()),
            Err(fault) => Err(fault),
        });
        removed.collect().await
    }

    /// Keys of all objects that are there.
    pub(super) fn list(&self) -> BoxStream<'static, Result<String, ObjectFault>> {
        let listed = self.store.list(None);
        listed.map_ok(|found| found.location.to_string()).map_err(ObjectFault::from).boxed()
    }

    /// Proves that it can be written, read and emptied, and that one at least of the objects is there that must be.
    pub(super) async fn prove(&self, keys: &[String]) -> Result<(), ContentsError> {
        self.probe().await.map_err(|fault| self.unfit(&fault))?;
        for key in keys {
            match self.noted(self.store.head(&ObjectPath::from(key.as_str())).await) {
                Ok(_) => return Ok(()),
                Err(ObjectFault::Gone) => {}
                Err(fault) => return Err(self.unfit(&fault)),
            }
        }
        if keys.is_empty() { Ok(()) } else { Err(ContentsError::NotThere(self.location.to_string())) }
    }

    /// Finds out whether a place does its work again that did not: nobody may ask it for long.
    pub(super) async fn look_again(&self) {
        if !self.is_well() && self.probe().await.is_ok() {
            self.is_well.store(true, Ordering::Relaxed);
        }
    }

    /// Missing folders would be made on the way to an object: what is written must not go to where the disk should be.
    fn require_folder(&self) -> Result<(), ObjectFault> {
        let Some(folder) = self.folder() else { return Ok(()) };
        if fs::metadata(folder).ok().map(|facts| identity(&facts)) == self.identity {
            return Ok(());
        }
        self.is_well.store(false, Ordering::Relaxed);
        Err(ObjectFault::Unreachable("the folder is gone, or another one".to_owned()))
    }

    async fn probe(&self) -> Result<(), ObjectFault> {
        self.require_folder()?;
        let path = ObjectPath::from(format!("torvan-probe-{}", random_digits()?));
        self.store.put(&path, PutPayload::from_static(PROBE)).await?;
        let found = self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        if found == PROBE {
            return Ok(());
        }
        Err(ObjectFault::Damaged("what was written comes back as something else".to_owned()))
    }

    fn unfit(&self, fault: &ObjectFault) -> ContentsError {
        let mend = match (fault, self.storage()) {
            (_, Storage::Local) => {
                "give the folder to the account that runs torvan (chown), and look whether the disk is full"
            }
            (ObjectFault::Refused, _) => {
                "correct the credentials in the file of --contents-credentials, and let them read, write and delete in the bucket"
            }
            _ => {
                "look whether the store runs, and correct --contents, --contents-endpoint and --contents-region"
            }
        };
        ContentsError::Unfit { place: self.location.to_string(), what: fault.to_string(), mend }
    }

    /// The folder, where it is one.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.location {
            Location::Folder(folder) => Some(folder),
            _ => None,
        }
    }

    /// Takes down whether the place does its work. A folder that is gone as a whole says nothing of one content.
    fn noted<T>(&self, outcome: object_store::Result<T>) -> Result<T, ObjectFault> {
        let outcome = outcome.map_err(ObjectFault::from).map_err(|fault| match self.require_folder() {
            Err(gone) if fault == ObjectFault::Gone => gone,
            _ => fault,
        });
        let is_well = outcome.as_ref().err().is_none_or(ObjectFault::is_of_the_content);
        if self.is_well.swap(is_well, Ordering::Relaxed) && !is_well {
            metrics::counter!("torvan_contents_failures").increment(1);
        }
        outcome
    }
}

/// Writes an object part by part, and leaves none of them where one fails.
async fn put_parts(
    store: Arc<dyn ObjectStore>,
    path: ObjectPath,
    kept: Kept,
) -> io::Result<object_store::Result<()>> {
    let mut upload = match store.put_multipart(&path).await {
        Ok(upload) => upload,
        Err(error) => return Ok(Err(error)),
    };
    let written = put_each(upload.as_mut(), &kept).await;
    if !matches!(written, Ok(Ok(()))) {
        // What failed is told; that its parts stay, too, is a matter of the store's own rules.
        let _ = upload.abort().await;
    }
    written
}

async fn put_each(upload: &mut dyn MultipartUpload, kept: &Kept) -> io::Result<object_store::Result<()>> {
    for from in (0..kept.length()).step_by(PART) {
        let part = kept.piece(from, PART).await?;
        if let Err(error) = upload.put_part(part.into()).await {
            return Ok(Err(error));
        }
    }
    Ok(upload.complete().await.map(|_| ()))
}

fn unread(error: &io::Error) -> ObjectFault {
    ObjectFault::Unreachable(format!("the file on its way cannot be read ({error})"))
}

fn random_digits() -> Result<String, ObjectFault> {
    let bytes = random_bytes::<16>().map_err(|error| ObjectFault::Unreachable(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// It is not made where it is missing: a disk that is not mounted would be taken for an empty one.
fn open_folder(folder: &Path) -> Result<(LocalFileSystem, (u64, u64)), ContentsError> {
    let refused = |what: String, mend| ContentsError::Folder { path: PathBuf::from(folder), what, mend };
    let facts = fs::metadata(folder).map_err(|error| {
        refused(
            format!("cannot be used ({error})"),
            "make it, for the account that runs torvan alone (mkdir -m 700), or mount it",
        )
    })?;
    if !facts.is_dir() {
        return Err(refused("is none".to_owned(), "name a folder in --contents (TORVAN_CONTENTS)"));
    }
    let mode = facts.mode() & 0o7777;
    if mode & 0o027 != 0 {
        return Err(refused(format!("is open to others (mode {mode:04o})"), "chmod 700 the folder"));
    }
    let store = LocalFileSystem::new_with_prefix(folder)
        .map_err(|error| refused(error.to_string(), "name another folder in --contents (TORVAN_CONTENTS)"))?;
    Ok((store.with_fsync(true), identity(&facts)))
}

/// What tells a folder from another of the same name.
fn identity(facts: &fs::Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}
