//! An order for service parts: a cart without prices, filled by Customer Service, decided on by procurement, ordered and received.

mod acts;
mod view;

use super::{field, form, page};
use crate::api::endpoint::{Access, Endpoint, Method};

const READ: Access = Access::Permission("service_order:read");
const OWN: Access = Access::Permission("service_order:update_own");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/service-orders/{service_order_id}", READ, view::show, "An order for service parts."),
    form(
        "/service-orders/{service_order_id}/items",
        OWN,
        acts::set_item,
        &[field("item_code", "Code of the part."), field("quantity", "How many; 0 takes it out.")],
        "Puts a part into the cart, or takes it out.",
    ),
    form("/service-orders/{service_order_id}/submit", OWN, acts::submit, &[], "Submits the cart."),
    form(
        "/service-orders/{service_order_id}/decide",
        Access::Permission("service_order:approve"),
        acts::decide,
        &[field("approve", "true or false."), field("reason", "Why.")],
        "Approves or rejects the order.",
    ),
    form(
        "/service-orders/{service_order_id}/ship",
        Access::Permission("service_order:ship"),
        acts::ship,
        &[],
        "Notes that the parts are ordered or on their way.",
    ),
    form(
        "/service-orders/{service_order_id}/receive",
        Access::Permission("service_order:receive"),
        acts::receive,
        &[],
        "Notes that the parts are there.",
    ),
];
