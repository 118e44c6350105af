//! Files: contents in and out of the database.

mod contents;

pub use contents::{FileKind, FileName, file_name, pieces, store};
