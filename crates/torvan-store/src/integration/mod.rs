//! Files: contents in and out of the database, and what it says of those that lie elsewhere.

mod contents;
mod objects;

pub use contents::{FileKind, FileName, Place, file_name, pieces, place, store};
pub use objects::{
    NewObject, Removal, check_storable, content, finish_removals, known_objects, move_content, place_of,
    places_after, raise_damaged, store_object, waiting_removals,
};
