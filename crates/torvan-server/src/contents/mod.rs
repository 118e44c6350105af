//! Contents of files outside the database: in a folder or an S3 bucket, where an operator chose so.
//!
//! The row in the database is the truth. An object is announced there before it is written, and becomes a content in one
//! transaction afterwards; what is not claimed in time, or whose content is deleted or moved, stands in a queue and is removed
//! (`removing`). So an object may be there without a row for some minutes, and a row is never there without its object. What is
//! read is hashed on its way out (`reading`). `moving` and `checking` are for the command line.

mod bucket;
pub mod checking;
mod error;
mod location;
pub mod moving;
mod reading;
pub mod removing;
mod shelf;

pub use bucket::BucketAccess;
pub use error::{ContentsError, ObjectFault};
pub use location::{Location, Storage};
pub use reading::in_pieces;
pub use shelf::Shelf;

use torvan_store::integration::stored_objects;
use torvan_store::{Actor, Store};

/// Where contents lie. The default: in the database, and nowhere else.
#[derive(Debug, Default)]
pub struct Contents {
    first: Storage,
    shelves: Vec<Shelf>,
}

impl Contents {
    /// Opens the places that were named: new contents go into the first; the others are read, while contents are moved.
    ///
    /// # Errors
    /// A place cannot be used as it is named, or two of one kind are.
    pub fn open(locations: &[Location], access: &BucketAccess) -> Result<Self, ContentsError> {
        let mut contents = Self::default();
        for location in locations {
            if contents.shelf(location.storage()).is_some() {
                return Err(ContentsError::Twice);
            }
            contents.shelves.extend(Shelf::open(location, access)?);
        }
        contents.first = locations.first().map(Location::storage).unwrap_or_default();
        Ok(contents)
    }

    /// The folder or bucket for new contents; none: they go into the database.
    #[must_use]
    pub fn for_new(&self) -> Option<&Shelf> {
        self.shelf(self.first)
    }

    /// The folder or bucket of a kind.
    #[must_use]
    pub fn shelf(&self, storage: Storage) -> Option<&Shelf> {
        self.shelves.iter().find(|shelf| shelf.storage() == storage)
    }

    /// Every folder and bucket.
    pub fn shelves(&self) -> impl Iterator<Item = &Shelf> {
        self.shelves.iter()
    }

    /// Proves that every place can be written and read, and that what the database says lies there does.
    ///
    /// # Errors
    /// It cannot, or contents lie where this server was not told to look.
    pub async fn prove(&self, store: &Store) -> Result<(), ContentsError> {
        for storage in [Storage::Local, Storage::S3] {
            let mut context = store.begin(&Actor::Database).await?;
            let keys = stored_objects(&mut context, storage.code()).await?;
            context.commit().await?;
            match self.shelf(storage) {
                Some(found) => found.prove(&keys).await?,
                None if keys.is_empty() => {}
                None => return Err(ContentsError::NotTold(storage)),
            }
        }
        Ok(())
    }
}
