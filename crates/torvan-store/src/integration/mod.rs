//! Files: contents in and out of the database, and what it says of those that lie elsewhere. Events: their stream, for whoever
//! watches.

mod contents;
mod objects;
mod stream;

pub use contents::{
    FileKind, FileName, Place, append_piece, begin_content, file_name, finish_content, place, require_storing,
};
pub use objects::{
    NewObject, Removal, announce, announce_moved, finish_removals, known_objects, move_content, place_of,
    places_after, raise_damaged, store_object, stored_objects, waiting_removals,
};
pub use stream::{EventListener, StreamedEvent, visible_subjects};
