//! The first steps of a new order: customer, purchase order and its document; then the sinks with their build numbers. What comes
//! after them is in `wizard`.

use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::call::Returned;

use super::corrections::rename_way;
use super::order_id;
use super::view::{LANGUAGES, Read, builds, order};
use super::wizard::{Stage, steps, steps_of_new};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, FAULT, FORBIDDEN, INVALID, MEDIA_TYPE, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, FilePick, Kind, Steps, Summary};
use crate::pages::data;
use crate::pages::documents::{Brought, brought, file_pick};
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::Reference;
use crate::pages::way::{is, leading_to, to};

const CUSTOMERS: ListSpec =
    ListSpec { relation: "customers", filters: &["is_active"], sorts: &["name", "customer_code"], key: &[] };

/// Customers that are offered while a code is typed.
const OFFERED: &str = "200";
/// Sinks that can be added at once.
const MOST_SINKS: usize = 50;

#[derive(Debug, Deserialize)]
struct Customer {
    customer_code: String,
    name: String,
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
    file: FilePick,
}

#[derive(Debug, Template)]
#[template(path = "orders/sinks.html")]
struct SinksPage {
    page: Page,
    me: Me,
    steps: Option<Steps>,
    summary: Summary,
    key: String,
    id: i64,
    number: String,
    customer: String,
    builds: Vec<Given>,
    numbers: Field,
}

/// A sink that the order has.
#[derive(Debug)]
struct Given {
    number: String,
    is_configured: bool,
    /// Where its number is corrected.
    rename: Option<String>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { new_page(&incoming, Again::first(), None).await })
}

async fn new_page(incoming: &Incoming, again: Again, file: Option<&Brought>) -> Answer {
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
        steps: steps_of_new(&page),
        file: file_pick(&page, file, again.faults.told_of("file")),
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
    let languages = LANGUAGES.map(|(code, key)| (code.to_owned(), page.t(key)));
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

/// All of them.
const FIELDS: [&str; 7] =
    ["customer_code", "po_number", "want_date", "language", "sales_person", "project_name", "notes"];

/// Fields that must be filled in, and what is said where one is not.
const NEEDED: [(&str, &str); 4] = [
    ("customer_code", "missing-customer"),
    ("po_number", "missing-po"),
    ("want_date", "missing-want-date"),
    ("sales_person", "missing-sales"),
];

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        // Sent twice, the file is stored once.
        if let Some(place) = Once::led(&incoming).await? {
            return Ok(to(&place));
        }
        let (file, mut faults) = match brought(&incoming).await {
            Ok(file) => (file, Faults::default()),
            Err(problem) if [INVALID, CONFLICT, MEDIA_TYPE].iter().any(|kind| is(&problem, *kind)) => {
                (None, Faults::of("file", problem.told()))
            }
            Err(problem) => return Err(problem),
        };
        check(&incoming, &mut faults).await?;
        if !faults.is_empty() {
            return new_page(&incoming, Again::refused(faults), file.as_ref()).await;
        }
        match made(&incoming, file.as_ref()).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => new_page(&incoming, Again::at_fields(problem, &FIELDS)?, file.as_ref()).await,
        }
    })
}

#[derive(Debug, Deserialize)]
struct Refused {
    field: String,
    message: String,
    hint: String,
}

/// What is wrong with the form, all of it at once; the rules are those of the database.
async fn check(incoming: &Incoming, faults: &mut Faults) -> Result<(), Problem> {
    let page = Page::open(incoming, None, "orders-new");
    let typed = |name: &str| incoming.form.text(name);
    for (name, key) in NEEDED {
        if typed(name).is_empty() {
            faults.add(name, page.t(key));
        }
    }
    let date = typed("want_date");
    let is_day = date.parse::<NaiveDate>().is_ok();
    if !date.is_empty() && !is_day {
        faults.add("want_date", page.tv("entry-date", "field", page.t("new-want-date")));
    }
    let names = ["customer_code", "po_number", "sales_person", "project_name"];
    let mut given: Map<String, Value> =
        names.into_iter().map(|name| (name.to_owned(), Value::from(typed(name)))).collect();
    if is_day {
        given.insert("want_date".to_owned(), date.into());
    }
    let (mut context, _) = incoming.look().await?;
    let refused: Vec<Refused> = data::found(&mut context, "order_form_faults", given).await?;
    context.rollback().await?;
    for one in refused {
        let told = Problem::new(INVALID, one.message).hint(one.hint).told();
        if let Some(name) = FIELDS.iter().find(|name| **name == one.field) {
            faults.add(name, told);
        }
    }
    Ok(())
}

async fn made(incoming: &Incoming, file: Option<&Brought>) -> Result<String, Problem> {
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
    let key: i64 = key.get().parse().map_err(|_| Problem::new(FAULT, FAULT.title))?;
    if let Some(file) = file {
        let given = Map::from_iter([
            ("order_id".to_owned(), Value::from(key)),
            ("kind".to_owned(), "PO_DOCUMENT".into()),
            ("file_name".to_owned(), file.name.as_str().into()),
            ("document_content_id".to_owned(), file.content.into()),
        ]);
        data::act(&mut context, "attach_content", given).await?;
    }
    let place = format!("/orders/{key}/sinks");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

pub(super) fn show_sinks(incoming: Incoming) -> Answering {
    Box::pin(async move { sinks_page(&incoming, Again::first()).await })
}

async fn sinks_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "new-step-sinks").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    let steps = steps(&mut context, &page, &read, Stage::Sinks).await?;
    if steps.is_none() {
        let told = format!("Order {} takes no more sinks.", read.order.order_number);
        return Err(Problem::new(FORBIDDEN, told).hint("They are fixed once it is submitted."));
    }
    context.commit().await?;
    if !again.faults.is_empty() {
        page.with_error();
    }
    if incoming.asked("done") == "renamed" {
        page.done("done-renamed");
    }
    let status = again.status;
    let numbers = Field::new("build_numbers", page.t("new-numbers"), Kind::Area, "off")
        .hint(page.t("new-numbers-hint"))
        .value(incoming.form.text("build_numbers"))
        .focus();
    let [numbers] = again.faults.onto([numbers]);
    let view = SinksPage {
        steps,
        summary: again.faults.summary(page.t("summary-form")),
        key: fresh_key(),
        id: read.order.order_id,
        number: read.order.order_number.clone(),
        customer: read.customer.clone(),
        builds: read
            .active_builds()
            .map(|build| Given {
                number: build.build_number.clone(),
                is_configured: build.configuration_id.is_some(),
                rename: rename_way(&me, &read.order, build)
                    .map(|way| leading_to(&way, &format!("/orders/{}/sinks", read.order.order_id))),
            })
            .collect(),
        numbers,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
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
    // The number of sinks grows with them; what was ordered and is not there yet is no longer meant.
    let quantity = builds(&mut context, order_id).await?.iter().filter(|one| one.state == "ACTIVE").count();
    let (order, _) = order(&mut context, order_id).await?;
    if order.quantity != i64::try_from(quantity).ok() {
        let changes = serde_json::json!({"quantity": quantity});
        let given =
            Map::from_iter([("order_id".to_owned(), Value::from(order_id)), ("changes".to_owned(), changes)]);
        data::act(&mut context, "update_order", given).await?;
    }
    let place = format!("/orders/{order_id}/sinks");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}
