//! Orders: entry, configuration of their builds, the way through the phases, lists.

mod configuration;
mod counters;
mod entry;
mod list;
mod sheet;
mod workflow;

pub use configuration::{
    BuildParameters, Configured, Start, StoredParameters, build_parameters, configure, variant_parameters,
};
pub use entry::{
    Attachment, AttachmentKind, NewOrder, add_attachment, add_build, add_note, approve_attachment, change,
    create, ensure_customer, find, find_build, number, review_accessories,
};
pub use list::{ListCursor, ListFilter, OrderPage, OrderRow, list};
pub use sheet::{AttachmentRow, Blocker, BuildRow, HistoryRow, NextAction, NoteRow, OrderSheet, sheet};
pub use workflow::{
    HoldKind, OutsourcedBuild, Outsourcing, Step, advance, cancel, cancel_build, hold, move_build, outsource,
    record_delivery, record_shipment, resume, standing,
};
