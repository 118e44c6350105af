//! What a field points to: a role, a person, an item … Short lists are chosen from; of long ones some are offered while somebody
//! types, and a script finds the others.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;
use torvan_store::surface::surface;

use super::cell::{self, Row};
use super::{shipped, word};
use crate::api::dispatch::use_keys;
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::data;
use crate::pages::numbers::unit;
use crate::reader;
use crate::words::Words;

/// What is offered at once.
const OFFERED: usize = 200;
/// What is found for some letters.
const FOUND: usize = 20;

/// What a value is the code of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum Reference {
    /// A role.
    Role,
    /// Somebody's login.
    Person,
    /// A customer.
    Customer,
    /// An item of the catalogue.
    Item,
    /// A sink.
    Build,
    /// A place of the store.
    Location,
    /// A lot.
    Lot,
    /// A supplier.
    Supplier,
    /// A permission.
    Permission,
    /// A kind of event.
    EventType,
    /// A message of notifications.
    Message,
    /// A person about whom data is kept, by number.
    Subject,
    /// A unit.
    Unit,
    /// A group of the catalogue, by number.
    Subcategory,
    /// A skill, by number.
    Skill,
    /// A table.
    Table,
    /// A rule of the quality of data.
    DataRule,
    /// A day of the week, by number.
    Weekday,
    /// An order.
    Order,
    /// What a legal hold is placed on: an order, a build, a customer, a person, a retention class.
    Held,
}

use Reference::{
    Build, Customer, DataRule, EventType, Held, Item, Location, Lot, Message, Order, Permission, Person,
    Role, Skill, Subcategory, Subject, Supplier, Table, Unit, Weekday,
};

/// Functions and relations (none: any function), what they take, and what that points to.
const POINTING: &[(Option<&str>, &str, Reference)] = &[
    (None, "role_code", Role),
    (Some("notification_rules"), "role_code", Role),
    (None, "to_login", Person),
    (Some("create_user"), "customer_code", Customer),
    (Some("create_service_order"), "customer_code", Customer),
    (Some("create_service_order"), "build_number", Build),
    (Some("receive_stock"), "code", Item),
    (Some("transfer_stock"), "code", Item),
    (Some("count_stock"), "code", Item),
    (Some("scrap_stock"), "code", Item),
    (Some("set_lot_blocked"), "code", Item),
    (Some("issue_stock"), "code", Item),
    (Some("return_stock"), "code", Item),
    (Some("issue_stock"), "location_code", Location),
    (Some("return_stock"), "location_code", Location),
    (Some("issue_stock"), "lot_number", Lot),
    (Some("return_stock"), "lot_number", Lot),
    (Some("receive_stock"), "location_code", Location),
    (Some("count_stock"), "location_code", Location),
    (Some("scrap_stock"), "location_code", Location),
    (None, "from_code", Location),
    (None, "to_code", Location),
    (Some("transfer_stock"), "lot_number", Lot),
    (Some("count_stock"), "lot_number", Lot),
    (Some("scrap_stock"), "lot_number", Lot),
    (Some("set_lot_blocked"), "lot_number", Lot),
    (Some("grant_permission"), "permission", Permission),
    (Some("revoke_permission"), "permission", Permission),
    (Some("notification_rules"), "event_type", EventType),
    (Some("notification_rules"), "message_key", Message),
    (None, "subject_id", Subject),
    (None, "supplier", Supplier),
    (Some("parts"), "unit_code", Unit),
    (Some("assemblies"), "unit_code", Unit),
    (Some("assemblies"), "subcategory_id", Subcategory),
    (Some("user_skills"), "skill_id", Skill),
    (Some("detect_pii"), "table", Table),
    (Some("run_data_quality_rules"), "rule_code", DataRule),
    (Some("place_hold"), "scope_code", Held),
    (Some("calendar_shifts"), "weekday", Weekday),
];

/// What a value of a function or relation points to.
pub(super) fn pointed_at(of: &str, name: &str) -> Option<Reference> {
    let is_function = surface().functions.contains_key(of);
    let is_it = |(owner, argument, _): &&(Option<&str>, &str, Reference)| {
        *argument == name && owner.map_or(is_function, |owner| owner == of)
    };
    POINTING.iter().find(is_it).map(|(.., reference)| *reference)
}

/// Where more of a kind is found: `/lookup/{kind}`.
const LOOKUPS: [(&str, Reference); 7] = [
    ("people", Person),
    ("customers", Customer),
    ("items", Item),
    ("builds", Build),
    ("lots", Lot),
    ("subjects", Subject),
    ("held", Held),
];

pub(in crate::pages) const PAGES: &[Endpoint] = &[crate::pages::page(
    Method::Get,
    "/lookup/{kind}",
    Access::SignedIn,
    find,
    "What goes with the letters that somebody types into a field.",
)];

/// Codes with their names.
pub(in crate::pages) type Offers = Vec<(String, String)>;

#[derive(Debug, Deserialize)]
struct Colleague {
    login: String,
    display_name: String,
}

#[derive(Debug, Deserialize)]
struct Found {
    code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Contact {
    subject_id: i64,
    customer_code: Option<String>,
    name: Option<String>,
}

/// A list of the database as offers: relation, sorted by, filtered by, what is sent, what is read.
struct Listed {
    spec: ListSpec,
    only: &'static [(&'static str, &'static str)],
    code: &'static str,
    name: &'static str,
}

const fn listed(
    relation: &'static str,
    filters: &'static [&'static str],
    sorts: &'static [&'static str],
    only: &'static [(&'static str, &'static str)],
    code: &'static str,
    name: &'static str,
) -> Listed {
    Listed { spec: ListSpec { relation, filters, sorts, key: &[] }, only, code, name }
}

const ACTIVE: &[(&str, &str)] = &[("filter[is_active]", "true")];

impl Reference {
    /// Whether all of them fit into a list to choose from.
    pub(super) fn is_choice(self) -> bool {
        matches!(self, Role | Unit | Subcategory | Skill | Weekday | EventType)
    }

    /// Whether it is a code, as opposed to a word.
    pub(super) fn is_code(self) -> bool {
        !matches!(self, Person | Message | Subject)
    }

    /// Where a script finds more.
    pub(in crate::pages) fn lookup(self) -> Option<String> {
        LOOKUPS.iter().find(|(_, one)| *one == self).map(|(kind, _)| format!("/lookup/{kind}"))
    }

    fn listed(self) -> Option<Listed> {
        Some(match self {
            Role => listed("roles", &["is_for_programs"], &["name", "role_code"], &[], "role_code", "name"),
            Customer => listed(
                "customers",
                &["is_active", "customer_code", "name"],
                &["name", "customer_code"],
                ACTIVE,
                "customer_code",
                "name",
            ),
            Order => listed("orders", &["order_number"], &["-order_id"], &[], "order_number", "project_name"),
            Held => listed(
                "retention_classes",
                &["retention_class"],
                &["retention_class"],
                &[],
                "retention_class",
                "title",
            ),
            Build => listed("builds", &["build_number"], &["-build_id"], &[], "build_number", "sub_state"),
            Location => {
                listed("stock_locations", &["is_active"], &["location_code"], ACTIVE, "location_code", "name")
            }
            Lot => {
                listed("stock_lots", &["lot_number"], &["-stock_lot_id"], &[], "lot_number", "received_on")
            }
            Supplier => listed(
                "suppliers",
                &["is_active"],
                &["name", "supplier_code"],
                ACTIVE,
                "supplier_code",
                "name",
            ),
            Permission => {
                listed("permissions", &[], &["permission_code"], &[], "permission_code", "description")
            }
            Message => listed("notification_rules", &[], &["message_key"], &[], "message_key", "event_type"),
            Unit => listed("units", &[], &["unit_code"], &[], "unit_code", "name"),
            Subcategory => listed("subcategories", &[], &["name"], &[], "subcategory_id", "name"),
            Skill => listed("skills", &[], &["name"], &[], "skill_id", "name"),
            DataRule => listed(
                "data_quality_rules",
                &["is_active"],
                &["rule_code"],
                ACTIVE,
                "rule_code",
                "description",
            ),
            Person | Item | Subject | Table | Weekday | EventType => return None,
        })
    }

    /// What is offered before anything is typed.
    pub(in crate::pages) async fn offered(
        self,
        context: &mut Context,
        words: Words,
    ) -> Result<Offers, Problem> {
        match self {
            Person => people(context, "", OFFERED).await,
            Table => Ok(tables()),
            Weekday => Ok(cell::weekdays(words)),
            EventType => events(context, words).await,
            Item | Subject => Ok(Offers::new()),
            _ => self.rows(context, words, &[]).await,
        }
    }

    async fn rows(
        self,
        context: &mut Context,
        words: Words,
        asked: &[(&str, &str)],
    ) -> Result<Offers, Problem> {
        let Some(listed) = self.listed() else { return Ok(Offers::new()) };
        let limit = OFFERED.to_string();
        let given: Vec<(&str, &str)> = listed
            .only
            .iter()
            .copied()
            .chain(asked.iter().copied())
            .chain([("limit", limit.as_str())])
            .collect();
        let rows: Vec<Row> = data::rows(context, &listed.spec, &given).await?;
        let offer = |row: &Row| {
            let code = cell::text_of(row, listed.code)?;
            let name = cell::text_of(row, listed.name).unwrap_or_default();
            let name = match self {
                Role => words.role(&code, &name),
                Build | Message => word(words, &name),
                Unit => unit(words, &code),
                _ => shipped::told(words, listed.spec.relation, listed.name, &name).unwrap_or(name),
            };
            Some((code, name))
        };
        // Messages stand in several rules.
        let mut offers: Offers = rows.iter().filter_map(offer).collect();
        offers.dedup_by(|one, other| one.0 == other.0);
        Ok(offers)
    }

    /// What goes with some letters.
    async fn found(self, context: &mut Context, incoming: &Incoming, typed: &str) -> Result<Offers, Problem> {
        let capitals = typed.to_uppercase();
        let words = Words::new(reader::language());
        match self {
            Person => people(context, typed, FOUND).await,
            Item => {
                let given = Map::from_iter([
                    ("query".to_owned(), Value::from(typed)),
                    ("max_results".to_owned(), json!(FOUND)),
                ]);
                let found: Vec<Found> = data::found(context, "search_catalogue", given).await?;
                Ok(found.into_iter().map(|one| (one.code, one.name)).collect())
            }
            Customer => customers(context, words, typed).await,
            Build => self.rows(context, words, &[("filter[build_number][prefix]", &capitals)]).await,
            Lot => self.rows(context, words, &[("filter[lot_number][prefix]", typed)]).await,
            Subject => contacts(context, incoming, typed).await,
            Order => self.rows(context, words, &[("filter[order_number][prefix]", &capitals)]).await,
            // What begins with a digit may be a telephone number; numbers of orders begin with letters.
            Held if typed.contains('@')
                || typed.starts_with(|sign: char| sign == '+' || sign.is_ascii_digit()) =>
            {
                contacts(context, incoming, typed).await
            }
            Held => {
                let mut found =
                    Order.rows(context, words, &[("filter[order_number][prefix]", &capitals)]).await?;
                found.extend(
                    Build.rows(context, words, &[("filter[build_number][prefix]", &capitals)]).await?,
                );
                found.extend(customers(context, words, typed).await?);
                found.extend(people(context, typed, FOUND).await?);
                found.extend(
                    self.rows(context, words, &[("filter[retention_class][prefix]", &capitals)]).await?,
                );
                Ok(found)
            }
            _ => Ok(Offers::new()),
        }
    }
}

/// Tables whose rows can be looked through.
fn tables() -> Offers {
    let is_table = |name: &&String| !name.starts_with("v_");
    surface().relations.keys().filter(is_table).map(|name| (name.clone(), String::new())).collect()
}

/// Kinds of events that happen, by their names.
async fn events(context: &mut Context, words: Words) -> Result<Offers, Problem> {
    let all: Vec<String> = data::found(context, "event_types", Map::new()).await?;
    let mut named: Offers = all.into_iter().map(|code| (code.clone(), word(words, &code))).collect();
    named.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(named)
}

async fn customers(context: &mut Context, words: Words, typed: &str) -> Result<Offers, Problem> {
    let capitals = typed.to_uppercase();
    let mut found = Customer.rows(context, words, &[("filter[customer_code][prefix]", &capitals)]).await?;
    found.extend(Customer.rows(context, words, &[("filter[name][prefix]", typed)]).await?);
    Ok(found)
}

async fn people(context: &mut Context, typed: &str, most: usize) -> Result<Offers, Problem> {
    let typed = typed.to_lowercase();
    let all: Vec<Colleague> = data::found(context, "person_names", Map::new()).await?;
    let mut found: Offers = all
        .into_iter()
        .filter(|one| one.login.contains(&typed) || one.display_name.to_lowercase().contains(&typed))
        .map(|one| (one.login, one.display_name))
        .collect();
    found.sort_by(|one, other| one.1.cmp(&other.1));
    found.truncate(most);
    Ok(found)
}

/// A contact is found by the whole address or number: what is encrypted has no beginning.
async fn contacts(context: &mut Context, incoming: &Incoming, typed: &str) -> Result<Offers, Problem> {
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    let (function, name) = match typed {
        _ if typed.contains('@') && typed.contains('.') => ("find_contact_by_email", "email"),
        _ if digits >= 7 => ("find_contact_by_phone", "phone"),
        _ => return Ok(Offers::new()),
    };
    use_keys(context, &incoming.app).await?;
    let given = Map::from_iter([(name.to_owned(), Value::from(typed))]);
    let found: Vec<Contact> = data::found(context, function, given).await?;
    let told = |one: Contact| {
        let parts: Vec<String> = one.name.into_iter().chain(one.customer_code).collect();
        (one.subject_id.to_string(), parts.join(", "))
    };
    Ok(found.into_iter().map(told).collect())
}

/// What is offered for each field of a form that points to something.
pub(super) type OffersOf = BTreeMap<&'static str, Offers>;

/// Longest text that is looked for.
const LONGEST: usize = 100;

fn find(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let kind = incoming.path_value("kind").unwrap_or_default();
        let reference = LOOKUPS.iter().find(|(name, _)| *name == kind).map(|(_, reference)| *reference);
        let reference = reference.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        let asked = incoming.query.iter().find(|(name, _)| name == "words");
        let typed: String = asked.map_or("", |(_, value)| value.trim()).chars().take(LONGEST).collect();
        let mut found = if typed.is_empty() {
            Offers::new()
        } else {
            reference.found(&mut context, &incoming, &typed).await?
        };
        context.commit().await?;
        found.truncate(FOUND);
        let body = json!(found).to_string();
        let mut response = (StatusCode::OK, body).into_response();
        let kind = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        Ok(response)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fields_point_to_is_there() {
        for (owner, name, reference) in POINTING {
            if let Some(listed) = reference.listed() {
                let relation = &surface().relations[listed.spec.relation];
                for column in [listed.code, listed.name].iter().chain(listed.spec.filters) {
                    assert!(relation.column(column).is_some(), "{reference:?}: no column {column}");
                }
            }
            let Some(owner) = owner else { continue };
            let function = surface().functions.get(*owner);
            let has = match function {
                Some(function) => function.arguments.iter().any(|one| one.public_name() == *name),
                None => surface().relations.get(*owner).is_some_and(|one| one.column(name).is_some()),
            };
            assert!(has, "{owner} has no {name}");
        }
    }

    #[test]
    fn a_code_that_is_typed_anew_points_to_nothing() {
        assert_eq!(pointed_at("customers", "customer_code"), None);
        assert_eq!(pointed_at("create_customer", "code"), None);
        assert_eq!(pointed_at("grant_role", "role_code"), Some(Role));
        assert_eq!(pointed_at("count_stock", "code"), Some(Item));
    }
}
