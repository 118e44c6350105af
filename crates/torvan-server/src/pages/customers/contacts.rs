//! The contact persons of a customer, in clear.

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::Customer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::word;

/// A contact as the database tells it: null where the person is hidden.
#[derive(Debug, Deserialize)]
pub(super) struct Contact {
    pub(super) subject_id: i64,
    customer_code: String,
    pub(super) role_at_customer: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) job_title: Option<String>,
    is_erased: bool,
    purpose_ended_on: Option<NaiveDate>,
}

impl Contact {
    /// The contact that a path names, of the customer that it names.
    pub(super) async fn of(
        context: &mut Context,
        incoming: &Incoming,
        customer: &Customer,
    ) -> Result<Self, Problem> {
        let subject = incoming.key("subject_id")?;
        let given = Map::from_iter([("subject_id".to_owned(), Value::from(subject))]);
        let found: Vec<Self> = data::found(context, "contact_of", given).await?;
        let own = found.into_iter().find(|one| one.customer_code == customer.customer_code);
        own.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
    }

    /// What it is called on pages: a person who is hidden has no name there.
    pub(super) fn called(&self, page: &Page) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None if self.is_erased => page.t("contact-erased"),
            None => page.t("contact-restricted"),
        }
    }

    /// Whether it may be changed: neither hidden nor gone.
    pub(super) fn is_open(&self) -> bool {
        !self.is_erased && self.name.is_some()
    }
}

#[derive(Debug, Deserialize)]
struct Address {
    subject_id: i64,
    address_kind: String,
    country_code: String,
    recipient: Option<String>,
    address: Option<String>,
}

/// A contact as the page shows it.
#[derive(Debug)]
struct Row {
    id: i64,
    name: String,
    about: String,
    ended: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    addresses: Vec<(String, String)>,
    is_open: bool,
    may_end: bool,
}

#[derive(Debug, Template)]
#[template(path = "customers/contacts.html")]
struct ContactsPage {
    page: Page,
    me: Me,
    customer: Customer,
    rows: Vec<Row>,
    may_change: bool,
}

/// `GET /customers/{customer_id}/contacts`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "contacts-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let customer = Customer::unlocked(&mut context, &incoming).await?;
        let given =
            Map::from_iter([("customer_code".to_owned(), Value::from(customer.customer_code.as_str()))]);
        let contacts: Vec<Contact> = data::found(&mut context, "contacts_of_customer", given.clone()).await?;
        let addresses: Vec<Address> = data::found(&mut context, "addresses_of_customer", given).await?;
        let rows = contacts.into_iter().map(|contact| row(&page, contact, &addresses)).collect();
        // That they were read stays written down.
        context.commit().await?;
        match incoming.asked("done") {
            "added" => page.done("did-added"),
            "saved" => page.done("did-saved"),
            _ => {}
        }
        let may_change = me.may("customer:update_contact");
        rendered(&ContactsPage { page, me, customer, rows, may_change }, StatusCode::OK)
    })
}

fn row(page: &Page, contact: Contact, addresses: &[Address]) -> Row {
    let own = addresses.iter().filter(|one| one.subject_id == contact.subject_id);
    let addresses = own.filter(|_| contact.is_open()).map(|one| told(page, one)).collect();
    let role = word(page.words, &contact.role_at_customer);
    let ended = contact.purpose_ended_on.map(|day| Clock::now(page.words).full_day(day));
    Row {
        id: contact.subject_id,
        name: contact.called(page),
        about: std::iter::once(role).chain(contact.job_title.clone()).collect::<Vec<_>>().join(" · "),
        ended: ended.map(|day| page.tv("contact-ended-on", "day", day)),
        addresses,
        is_open: contact.is_open(),
        may_end: contact.is_open() && contact.purpose_ended_on.is_none(),
        email: contact.email,
        phone: contact.phone,
    }
}

/// An address in a line, with its kind.
fn told(page: &Page, one: &Address) -> (String, String) {
    let lines = one.address.as_deref().unwrap_or_default();
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let parts: Vec<String> =
        one.recipient.clone().into_iter().chain(lines).chain([one.country_code.clone()]).collect();
    (word(page.words, &one.address_kind), parts.join(", "))
}
