//! Contact persons of a customer. What is known of a person is read only where somebody asks for it, since each reading is written
//! down: so contacts have a page of their own beside that of the customer.

mod contacts;
mod forms;

use serde::Deserialize;
use torvan_store::Context;

use super::{field, form, page};
use crate::api::dispatch::use_keys;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::incoming::Incoming;
use crate::pages::data;

/// As the endpoints of the API have it.
const READ: Access = Access::Permission("customer:read");
const CHANGE: Access = Access::Permission("customer:update_contact");

const LIST: &str = "/customers/{customer_id}/contacts";
const ADD: &str = "/customers/{customer_id}/contacts/new";
const EDIT: &str = "/customers/{customer_id}/contacts/{subject_id}/edit";
const ADDRESS: &str = "/customers/{customer_id}/contacts/{subject_id}/address";
const END: &str = "/customers/{customer_id}/contacts/{subject_id}/end";

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Method::Get,
        LIST,
        READ,
        contacts::show,
        "Contact persons of a customer; that they were read is written down.",
    ),
    page(Method::Get, ADD, CHANGE, forms::show, "Asks for a new contact person."),
    form(
        ADD,
        CHANGE,
        forms::send,
        &[field("name", "Name of the person."), field("role", "What the person does for the customer.")],
        "Adds a contact person.",
    ),
    page(Method::Get, EDIT, CHANGE, forms::show, "Asks what of a contact person is otherwise."),
    form(EDIT, CHANGE, forms::send, &[field("name", "Name of the person.")], "Changes a contact person."),
    page(Method::Get, ADDRESS, CHANGE, forms::show, "Asks for an address of a contact person."),
    form(
        ADDRESS,
        CHANGE,
        forms::send,
        &[field("address", "Its lines."), field("country_code", "Country, two letters.")],
        "Adds an address of a contact person.",
    ),
    page(Method::Get, END, CHANGE, forms::show, "Asks since when a contact person is not needed any more."),
    form(END, CHANGE, forms::send, &[], "Notes that a contact person is not needed any more."),
];

/// Whose contacts they are.
#[derive(Debug, Deserialize)]
struct Customer {
    customer_id: i64,
    customer_code: String,
    name: String,
}

impl Customer {
    /// The customer that a path names; from here on the transaction has the keys, without which no contact can be read.
    async fn unlocked(context: &mut Context, incoming: &Incoming) -> Result<Self, Problem> {
        use_keys(context, &incoming.app).await?;
        let key = incoming.key("customer_id")?;
        let found = data::one(context, "customers", &[("customer_id".to_owned(), key.to_string())]).await?;
        found.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
    }

    fn contacts(&self) -> String {
        format!("/customers/{}/contacts", self.customer_id)
    }
}

/// What was typed into a form of these: it is there again when somebody has to prove first who they are.
pub(super) fn typed(incoming: &Incoming) -> Option<Vec<(&str, &str)>> {
    let is_own = PAGES.iter().any(|page| page.path == incoming.endpoint.path);
    if !is_own || incoming.endpoint.method.is_safe() {
        return None;
    }
    Some(incoming.form.pairs().filter(|(name, _)| forms::is_asked(name)).collect())
}
