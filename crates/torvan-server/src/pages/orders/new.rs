//! A new order, step by step: customer and purchase order, sinks with their build numbers, review. The draft in the database is the
//! state of it: whoever leaves goes on later from the page of the order.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::call::Returned;

use super::order_id;
use super::view::order;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Kind, Steps, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::Reference;
use crate::pages::way::{is, to};

const CUSTOMERS: ListSpec =
    ListSpec { relation: "customers", filters: &["is_active"], sorts: &["name", "customer_code"], key: &[] };
const BUILDS: ListSpec =
    ListSpec { relation: "builds", filters: &["order_id"], sorts: &["build_id"], key: &[] };

/// Customers that are offered while a code is typed.
const OFFERED: &str = "200";
/// Sinks that can be added at once.
const MOST_SINKS: usize = 50;

#[derive(Debug, Deserialize)]
struct Customer {
    customer_code: String,
    name: String,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Build {
    build_id: i64,
    build_number: String,
    configuration_id: Option<i64>,
}

#[derive(Debug, Template)]
#[template(path = "orders/new.html")]
struct NewPage {
    page: Page,
    me: Me,
    steps: Steps,
    summary: Summary,
    key: String,
    customers: Vec<Customer>,
    fields: [Field; 7],
}

#[derive(Debug, Template)]
#[template(path = "orders/sinks.html")]
struct SinksPage {
    page: Page,
    me: Me,
    steps: Steps,
    summary: Summary,
    key: String,
    id: i64,
    number: String,
    customer: String,
    builds: Vec<Build>,
    numbers: Field,
}

fn steps(page: &Page, now: usize) -> Steps {
    let names = ["new-step-customer", "new-step-sinks", "new-step-review"].map(|key| page.t(key));
    Steps::new(page.t("new-steps"), names.into(), now)
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { new_page(&incoming, Again::first()).await })
}

async fn new_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "orders-new").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let asked = [("filter[is_active]", "true"), ("limit", OFFERED)];
    let customers: Vec<Customer> = data::rows(&mut context, &CUSTOMERS, &asked).await?;
    let people = Reference::Person.offered(&mut context, page.words).await?;
    context.commit().await?;
    if !again.faults.is_empty() {
        page.with_error();
    }
    let status = again.status;
    let fields = again.faults.onto(fields(&page, &me, incoming, people));
    let view = NewPage {
        steps: steps(&page, 0),
        summary: again.faults.summary(page.t("summary-form")),
        key: fresh_key(),
        customers,
        fields,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

fn fields(page: &Page, me: &Me, incoming: &Incoming, people: Vec<(String, String)>) -> [Field; 7] {
    let typed = |name: &str| incoming.form.text(name).to_owned();
    let sales = if incoming.form.raw("key").is_empty() { me.login.clone() } else { typed("sales_person") };
    let languages = [("EN", "document-en"), ("FR", "document-fr"), ("ES", "document-es")];
    let languages = languages.map(|(code, key)| (code.to_owned(), page.t(key)));
    [
        Field::new("customer_code", page.t("new-customer"), Kind::Code, "off")
            .hint(page.t("new-customer-hint"))
            .value(&typed("customer_code"))
            .list("customers")
            .focus(),
        Field::new("po_number", page.t("new-po"), Kind::Text, "off").value(&typed("po_number")),
        Field::new("want_date", page.t("new-want-date"), Kind::Date, "off").value(&typed("want_date")),
        Field::new("language", page.t("new-language"), Kind::Select, "off")
            .options(languages.into())
            .value(&typed("language")),
        Field::new("sales_person", page.t("new-sales"), Kind::Text, "off")
            .hint(page.t("new-sales-hint"))
            .offered(people, Reference::Person.lookup())
            .value(&sales),
        Field::new("project_name", page.t("new-project"), Kind::Text, "off")
            .value(&typed("project_name"))
            .optional(),
        Field::new("notes", page.t("new-notes"), Kind::Area, "off").value(&typed("notes")).optional(),
    ]
}

/// Fields that must be filled in, and what is said where one is not.
const NEEDED: [(&str, &str); 4] = [
    ("customer_code", "missing-customer"),
    ("po_number", "missing-po"),
    ("want_date", "missing-want-date"),
    ("sales_person", "missing-sales"),
];

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let page = Page::open(&incoming, None, "orders-new");
        let mut faults = Faults::default();
        for (name, key) in NEEDED {
            if incoming.form.text(name).is_empty() {
                faults.add(name, page.t(key));
            }
        }
        if !faults.is_empty() {
            return new_page(&incoming, Again::refused(faults)).await;
        }
        match made(&incoming).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => new_page(&incoming, at_field(problem)?).await,
        }
    })
}

async fn made(incoming: &Incoming) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let names =
        ["customer_code", "po_number", "want_date", "language", "sales_person", "project_name", "notes"];
    let given = names.iter().filter(|name| !incoming.form.text(name).is_empty());
    let given = given.map(|name| ((*name).to_owned(), Value::from(incoming.form.text(name)))).collect();
    let returned = data::act(&mut context, "create_order", given).await?;
    let Returned::One(Some(key)) = returned else {
        return Err(Problem::new(NOT_FOUND, NOT_FOUND.title));
    };
    let place = format!("/orders/{}/sinks", key.get());
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

/// What was refused, at its field where the database names one.
fn at_field(problem: Problem) -> Result<Again, Problem> {
    const FIELDS: [&str; 7] =
        ["customer_code", "po_number", "want_date", "language", "sales_person", "project_name", "notes"];
    if ![INVALID, CONFLICT, NOT_FOUND].iter().any(|kind| is(&problem, *kind)) {
        return Err(problem);
    }
    let mut faults = Faults::default();
    for field in FIELDS {
        if let Some(said) = problem.told_of(field) {
            faults.add(field, said);
        }
    }
    if faults.is_empty() {
        faults = Faults::whole(problem.told());
    }
    let status =
        if is(&problem, NOT_FOUND) { StatusCode::UNPROCESSABLE_ENTITY } else { problem.kind().status };
    Ok(Again { faults, status, retry_after: None })
}

pub(super) fn show_sinks(incoming: Incoming) -> Answering {
    Box::pin(async move { sinks_page(&incoming, Again::first()).await })
}

async fn sinks_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "new-step-sinks").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let (order, customer) = order(&mut context, order_id(incoming)?).await?;
    let builds = builds(&mut context, order.order_id).await?;
    context.commit().await?;
    if !again.faults.is_empty() {
        page.with_error();
    }
    let status = again.status;
    let numbers = Field::new("build_numbers", page.t("new-numbers"), Kind::Area, "off")
        .hint(page.t("new-numbers-hint"))
        .value(incoming.form.text("build_numbers"))
        .focus();
    let [numbers] = again.faults.onto([numbers]);
    let view = SinksPage {
        steps: steps(&page, if builds.is_empty() { 1 } else { 2 }),
        summary: again.faults.summary(page.t("summary-form")),
        key: fresh_key(),
        id: order.order_id,
        number: order.order_number,
        customer,
        builds,
        numbers,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

async fn builds(context: &mut Context, order_id: i64) -> Result<Vec<Build>, Problem> {
    let key = order_id.to_string();
    data::rows(context, &BUILDS, &[("filter[order_id]", key.as_str()), ("limit", "200")]).await
}

pub(super) fn send_sinks(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let numbers: Vec<&str> = incoming
            .form
            .text("build_numbers")
            .split([',', ';', '\n'])
            .map(str::trim)
            .filter(|number| !number.is_empty())
            .collect();
        let page = Page::open(&incoming, None, "new-step-sinks");
        if numbers.is_empty() || numbers.len() > MOST_SINKS {
            let said = page.tv("missing-numbers", "count", MOST_SINKS);
            return sinks_page(&incoming, Again::refused(Faults::of("build_numbers", said))).await;
        }
        match added(&incoming, &numbers).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                let faults = Faults::of("build_numbers", problem.told());
                sinks_page(&incoming, Again { faults, status, retry_after: None }).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// All of the sinks or none.
async fn added(incoming: &Incoming, numbers: &[&str]) -> Result<String, Problem> {
    let order_id = order_id(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    for number in numbers {
        let given = Map::from_iter([
            ("order_id".to_owned(), Value::from(order_id)),
            ("build_number".to_owned(), Value::from(*number)),
        ]);
        data::act(&mut context, "add_build", given).await?;
    }
    let quantity = builds(&mut context, order_id).await?.len();
    let changes = serde_json::json!({"quantity": quantity});
    let given =
        Map::from_iter([("order_id".to_owned(), Value::from(order_id)), ("changes".to_owned(), changes)]);
    data::act(&mut context, "update_order", given).await?;
    let place = format!("/orders/{order_id}/sinks");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}
