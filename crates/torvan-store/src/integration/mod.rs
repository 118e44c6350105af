//! Files: contents in and out of the database. Events: their stream, for whoever watches.

mod contents;
mod stream;

pub use contents::{FileKind, FileName, file_name, pieces, store};
pub use stream::{EventListener, StreamedEvent, visible_subjects};
