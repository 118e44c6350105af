//! Catalogue: finding items, what they are made of, where they go, and taking a catalogue in.

mod catalogue;
mod import;

pub use catalogue::{
    ItemDetails, RollUp, SearchHit, SearchRequest, StructureLine, Use, item_details, roll_up, search,
    structure, where_used,
};
pub use import::{
    Finding, ImportMode, ImportReport, KindCounts, import_catalogue, import_place, remembered_heads,
};
