//! Registers: lists, records and forms that pages show as the API has them. What is in them, who may, what is filtered and sorted
//! by, and which values a form takes is read from the API's own tables and from the database; here stands how a person sees it.
//!
//! How to add one: `docs/adding-a-page.md`.

mod bom;
mod bulk;
mod calendars;
pub(super) mod cell;
mod columns;
mod entry;
pub(super) mod form;
mod governance;
mod height;
mod identity;
mod integration;
mod inventory;
pub(super) mod list;
mod orders;
pub(super) mod past;
mod preview;
mod privacy;
mod production;
mod record;
mod reference;
mod shipped;

pub(super) use reference::{PAGES as LOOKUPS, Reference};

pub(super) use cell::{number as grouped, told, tone_of, word};
pub(super) use list::heading;
pub(super) use preview::show as preview;
pub(super) use record::{History, history};
pub(super) use shipped::told as shipped_text;

use super::components::{Icon, Link};
use super::page::{Me, Page};
use crate::api::endpoint::{Access, Action, Endpoint, ListSpec, Method};
use crate::incoming::Incoming;

/// A list of the API as a page with the same path.
#[derive(Debug)]
pub(super) struct Register {
    /// Path of both.
    pub(super) path: &'static str,
    /// Key of its title.
    pub(super) title: &'static str,
    /// Its icon.
    pub(super) icon: Icon,
    /// Columns in their order.
    pub(super) columns: &'static [Column],
    /// Ways to look at it, the usual one first: key of the name and the query.
    pub(super) views: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// Path of a record, with the columns of the row in it.
    pub(super) record: Option<&'static str>,
    /// The page with the form that adds one.
    pub(super) add: Option<&'static str>,
    /// Registers that stand beside it, itself among them.
    pub(super) room: &'static [&'static str],
    /// Paths of forms of its records that can be done with several rows at once.
    pub(super) bulk: &'static [&'static str],
}

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What tells the row apart, as a code.
    Code,
    /// What it is called.
    Name,
    /// Words.
    Text,
    /// Words of the product, in the reader's language.
    Said,
    /// Words of a fixed list, one or more, without a hue.
    Words,
    /// Names with their values.
    Pairs,
    /// A number, at the right.
    Number,
    /// A word of a fixed list, with its hue.
    Mark,
    /// Yes or nothing.
    Flag,
    /// A day.
    Day,
    /// An instant.
    Moment,
    /// A permission: what it allows, and its code.
    Permission,
    /// A time of day.
    Hour,
    /// A day of the week by its number.
    Weekday,
    /// Years, months and days.
    Period,
    /// A person by key.
    Person,
    /// A person by login.
    Login,
}

/// A column of a list, or a fact of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Column of the relation.
    pub(super) name: &'static str,
    /// How it is shown.
    pub(super) kind: Kind,
}

const fn code(name: &'static str) -> Column {
    Column { name, kind: Kind::Code }
}

const fn name(name: &'static str) -> Column {
    Column { name, kind: Kind::Name }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn said(name: &'static str) -> Column {
    Column { name, kind: Kind::Said }
}

const fn words(name: &'static str) -> Column {
    Column { name, kind: Kind::Words }
}

const fn pairs(name: &'static str) -> Column {
    Column { name, kind: Kind::Pairs }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn mark(name: &'static str) -> Column {
    Column { name, kind: Kind::Mark }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

const fn day(name: &'static str) -> Column {
    Column { name, kind: Kind::Day }
}

const fn moment(name: &'static str) -> Column {
    Column { name, kind: Kind::Moment }
}

const fn hour(name: &'static str) -> Column {
    Column { name, kind: Kind::Hour }
}

const fn weekday(name: &'static str) -> Column {
    Column { name, kind: Kind::Weekday }
}

const fn period(name: &'static str) -> Column {
    Column { name, kind: Kind::Period }
}

const fn person(name: &'static str) -> Column {
    Column { name, kind: Kind::Person }
}

const fn permission_of(name: &'static str) -> Column {
    Column { name, kind: Kind::Permission }
}

const fn login(name: &'static str) -> Column {
    Column { name, kind: Kind::Login }
}

/// A row that the API reads, as a page with the same path.
#[derive(Debug)]
pub(super) struct Record {
    /// Path of both.
    pub(super) path: &'static str,
    /// The register it belongs to.
    pub(super) register: &'static str,
    /// Columns whose values are its title.
    pub(super) title: &'static [&'static str],
    /// What is told of it.
    pub(super) facts: &'static [Column],
    /// Lists of what belongs to it.
    pub(super) lists: &'static [Related],
}

/// A list of the API with what belongs to a record.
#[derive(Debug)]
pub(super) struct Related {
    /// Key of its title.
    pub(super) title: &'static str,
    /// Path of the API's list.
    pub(super) path: &'static str,
    /// What it is filtered by beside the path: its column, and the record's.
    pub(super) by: Option<(&'static str, &'static str)>,
    /// Columns in their order.
    pub(super) columns: &'static [Column],
    /// Path of a record of it.
    pub(super) record: Option<&'static str>,
}

/// A column and the values that it has one of.
pub(super) type Condition = (&'static str, &'static [&'static str]);

/// A form that does what an endpoint of the API does.
#[derive(Debug)]
pub(super) struct Form {
    /// Its own page.
    pub(super) path: &'static str,
    /// Key of its title, which is also what the way to it is called.
    pub(super) title: &'static str,
    /// Icon of that way.
    pub(super) icon: Icon,
    /// The endpoint.
    pub(super) method: Method,
    /// Path of the endpoint.
    pub(super) target: &'static str,
    /// Values that are asked for, in their order; the endpoint says of which kind they are.
    pub(super) fields: &'static [&'static str],
    /// Where it leads: a path with columns of the record, or of what was made.
    pub(super) back: &'static str,
    /// Whether the way to it stands out.
    pub(super) is_main: bool,
    /// Columns and their values with which it makes sense; none: always. Whoever goes there all the same
    /// is told by the database, or before they sign.
    pub(super) while_in: &'static [Condition],
}

/// A page of its own that belongs to a record.
struct Beside {
    /// Path of the record.
    record: &'static str,
    /// Its own path, with columns of the record.
    path: &'static str,
    /// Key of its name.
    title: &'static str,
    /// Its icon.
    icon: Icon,
    /// Who may see it; none: whoever may see the record.
    needs: Option<&'static str>,
    /// A column and its values with which it makes sense; none: always.
    while_in: Option<Condition>,
}

/// What can be done with a row of a list on a record's page.
struct RowAct {
    /// Key of the list's title.
    list: &'static str,
    /// Its form, with columns of the row and of the record.
    path: &'static str,
    /// Key of its name.
    title: &'static str,
    /// Who may; none: whoever sees the row.
    needs: Option<&'static str>,
    /// Columns that are empty while it makes sense.
    while_empty: &'static [&'static str],
}

const ROW_ACTS: [RowAct; 2] = [
    RowAct {
        list: "user-roles",
        path: "/users/{login}/roles/{role_code}/take",
        title: "user-role-take",
        needs: Some("role:assign"),
        while_empty: &["ended_by", "end_reason", "delegated_by"],
    },
    RowAct {
        list: "user-sessions",
        path: "/users/{login}/sessions/{user_session_id}/end",
        title: "user-session-end",
        needs: Some("session:revoke"),
        while_empty: &[],
    },
];

const BESIDE: [Beside; 14] = [
    Beside {
        record: "/customers/{customer_id}",
        path: "/customers/{customer_id}/contacts",
        title: "contacts-title",
        icon: Icon("users"),
        needs: Some("customer:read"),
        while_in: None,
    },
    Beside {
        record: "/users/{login}",
        path: "/users/{login}/setup-code",
        title: "setup-code-new",
        icon: Icon("key-round"),
        needs: Some("user:update"),
        while_in: None,
    },
    Beside {
        record: "/users/{login}",
        path: "/audit/trail?table=users&record={user_id}",
        title: "user-trail",
        icon: Icon("history"),
        needs: Some("audit:read"),
        while_in: None,
    },
    Beside {
        record: "/external-systems/{system_code}",
        path: "/external-systems/{system_code}/webhook-secret",
        title: "webhook-secret-new",
        icon: Icon("key-round"),
        needs: Some("external_system:update"),
        while_in: Some(("system_kind", &["WEBHOOK"])),
    },
    Beside {
        record: "/outsourced-lines/{outsourced_line_id}",
        path: "/builds/{build_id}/outsourcing",
        title: "outsourcing-of-order",
        icon: Icon("handshake"),
        needs: None,
        while_in: None,
    },
    Beside {
        record: "/assemblies/{assembly_code}",
        path: "/assemblies/{assembly_code}/structure",
        title: "structure-way",
        icon: Icon("boxes"),
        needs: None,
        while_in: None,
    },
    Beside {
        record: "/parts/{part_number}",
        path: "/parts/{part_number}/where-used",
        title: "where-used-title",
        icon: Icon("boxes"),
        needs: None,
        while_in: None,
    },
    Beside {
        record: "/privacy/requests/{privacy_request_id}",
        path: "/privacy/subjects/{subject_id}",
        title: "privacy-subject",
        icon: Icon("circle-user"),
        needs: Some("privacy:handle"),
        while_in: None,
    },
    Beside {
        record: "/stock-balances/{item_code}",
        path: "/stock/contents/receive?code={item_code}",
        title: "stock-receive",
        icon: Icon("plus"),
        needs: Some("stock:create"),
        while_in: None,
    },
    Beside {
        record: "/stock-balances/{item_code}",
        path: "/stock/contents/transfer?code={item_code}",
        title: "stock-transfer",
        icon: Icon("arrow-left-right"),
        needs: Some("stock:create"),
        while_in: None,
    },
    Beside {
        record: "/stock-balances/{item_code}",
        path: "/stock/contents/count?code={item_code}",
        title: "stock-count",
        icon: Icon("list-checks"),
        needs: Some("stock:adjust"),
        while_in: None,
    },
    Beside {
        record: "/stock-balances/{item_code}",
        path: "/stock/contents/scrap?code={item_code}",
        title: "stock-scrap",
        icon: Icon("trash-2"),
        needs: Some("stock:adjust"),
        while_in: None,
    },
    Beside {
        record: "/stock-lots/{stock_lot_id}",
        path: "/stock-lots/block?code={item_code}&lot_number={lot_number}",
        title: "lot-block",
        icon: Icon("ban"),
        needs: Some("stock:adjust"),
        while_in: None,
    },
    Beside {
        record: "/stock-lots/{stock_lot_id}",
        path: "/stock-balances/{item_code}",
        title: "stock-of-item",
        icon: Icon("warehouse"),
        needs: None,
        while_in: None,
    },
];

/// All registers.
const REGISTERS: [&[Register]; 9] = [
    orders::REGISTERS,
    bom::REGISTERS,
    inventory::REGISTERS,
    production::REGISTERS,
    calendars::REGISTERS,
    integration::REGISTERS,
    identity::REGISTERS,
    governance::REGISTERS,
    privacy::REGISTERS,
];

/// All records.
const RECORDS: [&[Record]; 9] = [
    orders::RECORDS,
    bom::RECORDS,
    inventory::RECORDS,
    production::RECORDS,
    calendars::RECORDS,
    integration::RECORDS,
    identity::RECORDS,
    governance::RECORDS,
    privacy::RECORDS,
];

/// All forms.
const FORMS: [&[Form]; 9] = [
    orders::FORMS,
    bom::FORMS,
    inventory::FORMS,
    production::FORMS,
    calendars::FORMS,
    integration::FORMS,
    identity::FORMS,
    governance::FORMS,
    privacy::FORMS,
];

/// Their pages.
pub(super) const PAGES: [&[Endpoint]; 9] = [
    orders::PAGES,
    bom::PAGES,
    inventory::PAGES,
    production::PAGES,
    calendars::PAGES,
    integration::PAGES,
    identity::PAGES,
    governance::PAGES,
    privacy::PAGES,
];

fn register(path: &str) -> Option<&'static Register> {
    REGISTERS.into_iter().flatten().find(|register| register.path == path)
}

/// Whether there is a register with this path.
pub(super) fn has_register(path: &str) -> bool {
    register(path).is_some()
}

/// Whether somebody may see the list at a path.
fn may_see(me: &Me, path: &str) -> bool {
    endpoint(Method::Get, path).and_then(permission).is_none_or(|code| me.may(code))
}

/// Lists that this person may see: path, name, icon.
pub(super) fn places(page: &Page, me: &Me) -> Vec<(&'static str, String, Icon)> {
    let shown = REGISTERS.into_iter().flatten().filter(|register| may_see(me, register.path));
    shown.map(|register| (register.path, page.t(register.title), register.icon)).collect()
}

/// What this person may add to the lists.
pub(super) fn adding(page: &Page, me: &Me) -> Vec<Link> {
    REGISTERS.into_iter().flatten().filter_map(|register| list::add(page, me, register)).collect()
}

/// Key of the title of the register that lists a relation, or a view of it.
pub(super) fn title_of(relation: &str) -> Option<&'static str> {
    let is_of = |listed: &str| listed == relation || listed.strip_prefix("v_") == Some(relation);
    let is_it = |one: &&Register| list_spec(one.path).is_some_and(|spec| is_of(spec.relation));
    REGISTERS.into_iter().flatten().find(is_it).map(|found| found.title)
}

/// The way to the form that calls a function, for whoever may: none where it is about one record.
pub(super) fn way_of(page: &Page, me: &Me, function: &str) -> Option<Link> {
    let calls = |form: &&Form| {
        let target = endpoint(form.method, form.target);
        let is_called =
            |one: &Endpoint| matches!(&one.action, Action::Call(spec) if spec.function == function);
        target.is_some_and(|one| is_called(one) && permission(one).is_none_or(|code| me.may(code)))
    };
    let form = FORMS.into_iter().flatten().find(calls).filter(|form| !form.path.contains('{'))?;
    Some(Link::new(form.path.to_owned(), page.t(form.title), false))
}

/// Key of the title of the form that calls a function.
pub(super) fn title_of_form(function: &str) -> Option<&'static str> {
    let calls = |form: &&Form| {
        endpoint(form.method, form.target)
            .is_some_and(|one| matches!(&one.action, Action::Call(spec) if spec.function == function))
    };
    FORMS.into_iter().flatten().find(calls).map(|form| form.title)
}

fn record(path: &str) -> Option<&'static Record> {
    RECORDS.into_iter().flatten().find(|record| record.path == path)
}

fn form(path: &str) -> Option<&'static Form> {
    FORMS.into_iter().flatten().find(|form| form.path == path)
}

/// Forms that stand on the page of a record.
fn forms_of(path: &str) -> impl Iterator<Item = &'static Form> {
    FORMS.into_iter().flatten().filter(move |form| {
        form.path.rsplit_once('/').is_some_and(|(page, _)| page == path) && form.path.contains('{')
    })
}

/// An endpoint of the API.
pub(super) fn endpoint(method: Method, path: &str) -> Option<&'static Endpoint> {
    crate::api::endpoints().find(|endpoint| endpoint.method == method && endpoint.path == path)
}

/// Registers whose list the API has under another path: that of the page is a question there.
const LISTED_AS: [(&str, &str); 1] = [("/shortages", "/shortage-lines")];

/// Path of the API's list.
fn listed_as(path: &str) -> &str {
    LISTED_AS.iter().find(|(page, _)| *page == path).map_or(path, |(_, list)| list)
}

fn list_spec(path: &str) -> Option<&'static ListSpec> {
    match &endpoint(Method::Get, listed_as(path))?.action {
        Action::List(spec) => Some(spec),
        _ => None,
    }
}

fn relation_of(path: &str) -> Option<&'static str> {
    match endpoint(Method::Get, path)?.action {
        Action::Read { relation } => Some(relation),
        _ => None,
    }
}

/// The path of the record that a form is about, where it is about one.
fn record_path(form: &Form) -> Option<&'static str> {
    let (page, _) = form.path.rsplit_once('/')?;
    record(page).map(|record| record.path)
}

/// Permissions that ways to registers, lists and forms need, so that the frame asks for all of them at once.
pub(super) fn asked() -> impl Iterator<Item = &'static str> {
    let forms = FORMS.into_iter().flatten().map(|form| (form.method, form.target));
    let registers = REGISTERS.into_iter().flatten().map(|register| (Method::Get, register.path));
    let lists = RECORDS.into_iter().flatten().flat_map(|record| record.lists);
    let lists = lists.map(|list| (Method::Get, list.path));
    let shown = forms.chain(registers).chain(lists);
    let doors = REGISTERS.into_iter().flatten().flat_map(bulk::doors).map(|(door, _)| door);
    shown.filter_map(|(method, path)| endpoint(method, path)).chain(doors).filter_map(permission)
}

fn permission(endpoint: &Endpoint) -> Option<&'static str> {
    match endpoint.access {
        Access::Permission(code) => Some(code),
        _ => None,
    }
}

/// What was typed into a form of these: it is there again when somebody has to prove first who they are.
pub(super) fn typed(incoming: &Incoming) -> Option<Vec<(&str, &str)>> {
    if incoming.endpoint.method.is_safe() {
        return None;
    }
    let Some(form) = form(incoming.endpoint.path) else { return bulk::typed(incoming) };
    Some(typed_of(form, incoming).collect())
}

/// Values of a form's fields, but secrets. Names with values stand behind a dot; beside a switch stands what it is when it is off.
fn typed_of<'a>(form: &'static Form, incoming: &'a Incoming) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_of_field = move |name: &str| {
        let name = name.split_once('.').map_or(name, |(name, _)| name);
        form.fields.contains(&name) && !entry::SECRET.contains(&name)
    };
    incoming.form.pairs().filter(move |(name, _)| is_of_field(name))
}

/// The page of a register.
const fn listed(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::page(Method::Get, path, access, list::show, summary)
}

/// The page of a record.
const fn shown(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::page(Method::Get, path, access, record::show, summary)
}

/// The page of a form.
const fn asking(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::page(Method::Get, path, access, form::show, summary)
}

/// What a form is sent to.
const fn doing(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::form(path, access, form::send, &[], summary)
}

/// The page that asks before the same is done with several rows.
const fn asking_bulk(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::page(Method::Get, path, access, bulk::ask, summary)
}

/// What that page is sent to.
const fn doing_bulk(path: &'static str, access: Access, summary: &'static str) -> Endpoint {
    super::form(path, access, bulk::send, &[], summary)
}

/// Names in a path.
fn names_in(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// A path with values in the place of its names.
pub(super) fn filled(path: &str, value: impl Fn(&str) -> String) -> String {
    let mut whole = String::with_capacity(path.len() + 16);
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        whole.extend(form_urlencoded::byte_serialize(value(name).as_bytes()));
        rest = after;
    }
    whole.push_str(rest);
    // A path knows no plus for a blank.
    whole.replace('+', "%20")
}

#[cfg(test)]
mod tests;
