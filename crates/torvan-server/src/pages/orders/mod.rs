//! Orders: the list, one of them, the board, the calendar, and what is done with them.

mod accessories;
mod acts;
mod board;
mod bulk;
mod bulk_act;
mod calendar;
mod corrections;
mod detail;
mod edit;
mod files;
mod gates;
mod lines;
mod list;
mod new;
mod outsourcing;
mod papers;
mod people;
mod quality;
mod query;
mod rows;
mod story;
mod view;
mod wizard;

pub(in crate::pages) use board::open_by_phase;
pub(in crate::pages) use gates::asked;
pub(in crate::pages) use rows::Facts;

use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::Problem;
use crate::incoming::Incoming;
use crate::pages::{field, form, page};

const READ: Access = Access::Permission("order:read");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/orders", READ, list::show, "Orders by views, words and filters, page by page."),
    page(Method::Get, "/orders/blockers", READ, list::blockers, "What blocks some orders, in short."),
    page(Method::Get, bulk::PLACE, READ, bulk::ask, "Asks before the same is done with several orders."),
    form(
        bulk::PLACE,
        READ,
        bulk::send,
        &[field("act", "What is done."), field("order", "Each order with the version that was seen.")],
        "Does the same with several orders, and tells what became of each.",
    ),
    page(Method::Get, "/orders/board", READ, board::show, "Open orders by phase."),
    page(
        Method::Get,
        "/orders/calendar",
        READ,
        calendar::show,
        "Open orders of a month by the day they are wanted.",
    ),
    page(
        Method::Get,
        "/orders/new",
        Access::Permission("order:create"),
        new::show,
        "Asks what a new order is about.",
    ),
    form(
        "/orders/new",
        Access::Permission("order:create"),
        new::send,
        &[
            field("customer_code", "Code of the customer."),
            field("po_number", "Number of their purchase order."),
            field("sales_person", "Login or name of who sells."),
            field("want_date", "Day on which it is wanted."),
            field("language", "Language of the documents."),
            field("file", "The purchase order itself; it can be added later."),
        ],
        "Makes an order in DRAFT.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/sinks",
        Access::Permission("order:update"),
        new::show_sinks,
        "Asks for the build numbers of a draft.",
    ),
    form(
        "/orders/{order_id}/sinks",
        Access::Permission("order:update"),
        new::send_sinks,
        &[field("build_numbers", "Build numbers, one a line.")],
        "Adds sinks to a draft.",
    ),
    page(Method::Get, "/orders/{order_id}/edit", READ, edit::show, "The order form, to be corrected."),
    form(
        "/orders/{order_id}/edit",
        READ,
        edit::send,
        &[
            field("version", "The version that was seen."),
            field("po_number", "What it should be, for each field."),
        ],
        "Changes what is in the order form.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/configure",
        READ,
        wizard::show_configure,
        "The sinks of an order that are to be configured.",
    ),
    form(
        "/orders/{order_id}/configure",
        Access::Permission("bom:create"),
        wizard::send_configure,
        &[],
        "Makes the bills of material of all its sinks.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/accessories",
        Access::Permission("configuration:read"),
        accessories::show,
        "What comes with each sink of an order.",
    ),
    form(
        "/orders/{order_id}/accessories",
        Access::Permission("order:update"),
        accessories::send,
        &[field("seen", "The configurations that were seen.")],
        "Declares that the accessories were reviewed.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/review",
        READ,
        wizard::show_review,
        "An order as a whole before it goes on.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/outsourcing",
        Access::Permission("outsourced_line:read"),
        outsourcing::show,
        "What of an order goes to an external shop.",
    ),
    form(
        "/orders/{order_id}/outsourcing",
        Access::Permission("outsourced_line:create"),
        outsourcing::send,
        &[
            field("do", "mark, none, give or order."),
            field("build_id", "The sink."),
            field("line", "Lines of its bill of materials."),
            field("supplier", "Code of the external shop."),
            field("expected_on", "When it is expected back."),
        ],
        "Marks what goes out, states that nothing does, or says to whom and until when.",
    ),
    page(
        Method::Get,
        "/builds/{build_id}/outsourcing",
        Access::Permission("outsourced_line:read"),
        outsourcing::of_sink,
        "Leads to what of the order of a sink goes out.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/builds/{build_id}/cancel",
        READ,
        acts::show_cancel_build,
        "Asks why a sink is taken out of an order.",
    ),
    form(
        "/orders/{order_id}/builds/{build_id}/cancel",
        READ,
        acts::send_cancel_build,
        &[field("reason", "Why.")],
        "Takes a sink out of an order.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/builds/{build_id}/rename",
        Access::Permission("order:update"),
        corrections::show_rename_build,
        "Asks for the right number of a sink.",
    ),
    form(
        "/orders/{order_id}/builds/{build_id}/rename",
        Access::Permission("order:update"),
        corrections::send_rename_build,
        &[field("build_number", "Its right number."), field("version", "The version that was seen.")],
        "Corrects the number of a sink.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}",
        READ,
        detail::show,
        "An order with what is next and all that belongs to it.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/drawer",
        READ,
        detail::drawer,
        "An order as the list shows it beside itself.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/transition",
        READ,
        acts::show_transition,
        "Asks before an order takes a step.",
    ),
    form(
        "/orders/{order_id}/transition",
        READ,
        acts::send_transition,
        &[field("to", "The phase."), field("version", "The version that was seen.")],
        "Takes an order to another phase, signed where the step asks for it.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/hold",
        Access::Permission("order:hold"),
        acts::show_hold,
        "Asks why an order is held.",
    ),
    form(
        "/orders/{order_id}/hold",
        Access::Permission("order:hold"),
        acts::send_hold,
        &[field("reason", "Why.")],
        "Puts an order on hold.",
    ),
    page(Method::Get, "/orders/{order_id}/resume", READ, acts::show_resume, "Asks why a hold ends."),
    form("/orders/{order_id}/resume", READ, acts::send_resume, &[field("reason", "Why.")], "Ends a hold."),
    page(
        Method::Get,
        "/orders/{order_id}/cancel",
        READ,
        acts::show_cancel,
        "Asks why an order is cancelled.",
    ),
    form(
        "/orders/{order_id}/cancel",
        READ,
        acts::send_cancel,
        &[field("reason", "Why.")],
        "Cancels an order.",
    ),
    form(
        "/orders/{order_id}/notes",
        Access::Permission("order_note:create"),
        papers::add_note,
        &[field("body", "The note."), field("is_urgent", "Whether it is urgent.")],
        "Adds a note to an order.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/notes/{order_note_id}/edit",
        Access::Permission("order_note:create"),
        corrections::show_edit_note,
        "Asks for the text of an own note.",
    ),
    form(
        "/orders/{order_id}/notes/{order_note_id}/edit",
        Access::Permission("order_note:create"),
        corrections::send_edit_note,
        &[field("note", "What it should say.")],
        "Changes an own note.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/notes/{order_note_id}/mark",
        Access::Permission("order_note:pin"),
        corrections::show_mark_note,
        "Asks whether a note is pinned and urgent.",
    ),
    form(
        "/orders/{order_id}/notes/{order_note_id}/mark",
        Access::Permission("order_note:pin"),
        corrections::send_mark_note,
        &[field("pinned", "Whether it stands first."), field("urgent", "Whether it is urgent.")],
        "Pins a note, marks it urgent, or takes that back.",
    ),
    page(
        Method::Get,
        "/orders/{order_id}/notes/{order_note_id}/delete",
        Access::Permission("order_note:delete"),
        corrections::show_delete_note,
        "Asks why a note is taken away.",
    ),
    form(
        "/orders/{order_id}/notes/{order_note_id}/delete",
        Access::Permission("order_note:delete"),
        corrections::send_delete_note,
        &[field("reason", "Why.")],
        "Takes a note away.",
    ),
    form(
        "/orders/{order_id}/documents",
        Access::Permission("order_attachment:create"),
        papers::attach,
        &[
            field("kind", "What it is."),
            field("file_name", "Its name."),
            field("content", "Key of its stored content."),
        ],
        "Adds a file whose content was stored to an order.",
    ),
];

/// The key of the order in the path.
fn order_id(incoming: &Incoming) -> Result<i64, Problem> {
    incoming.key("order_id")
}
