//! The page of a pick list.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::{build_id, place_of};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Faults, Icon, Notice, Phase, Status, Summary, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::numbers::{plain, typed, unit};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::filled;
use crate::pages::way::with_query;

const RESERVED: ListSpec = ListSpec {
    relation: "v_stock_reservations",
    filters: &["build_id"],
    sorts: &["stock_reservation_id"],
    key: &["stock_reservation_id"],
};
const MOVED: ListSpec = ListSpec {
    relation: "v_stock_moves",
    filters: &["build_id"],
    sorts: &["stock_move_id"],
    key: &["stock_move_id"],
};

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Build {
    build_id: i64,
    build_number: String,
    order_id: i64,
    phase: String,
}

#[derive(Debug, Deserialize)]
struct Order {
    order_number: String,
    customer_id: i64,
    want_date: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct Customer {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Location {
    location_code: String,
    name: String,
}

/// What is to be taken of an item from a place; without one, what its reservation lacks.
#[derive(Debug, Deserialize)]
struct Pick {
    item_code: String,
    item_name: String,
    location_code: Option<String>,
    lot_number: Option<String>,
    quantity_to_pick: Option<Decimal>,
}

#[derive(Debug, Deserialize)]
struct Reserved {
    item_code: String,
    item_name: String,
    quantity_required: Decimal,
    quantity_reserved: Decimal,
    quantity_issued: Decimal,
    quantity_short: Decimal,
    unit_code: String,
    state: String,
}

impl Reserved {
    fn is_open(&self) -> bool {
        self.state == "OPEN"
    }

    /// Whether it still says something: one that ended before anything was issued does not.
    fn is_told(&self) -> bool {
        self.is_open() || !self.quantity_issued.is_zero()
    }
}

#[derive(Debug, Deserialize)]
struct Move {
    move_kind: String,
    item_code: String,
    item_name: String,
    quantity: Decimal,
    unit_code: String,
    from_location_code: Option<String>,
    lot_number: Option<String>,
}

/// What the database knows of the material of a build.
struct Read {
    build: Build,
    /// Whether material goes to it now.
    is_open: bool,
    order: Option<Order>,
    customer: Option<String>,
    picks: Vec<Pick>,
    reserved: Vec<Reserved>,
    moves: Vec<Move>,
    locations: Vec<Location>,
}

/// A place with what is taken there.
#[derive(Debug)]
struct Place {
    code: String,
    name: String,
    lines: Vec<Line>,
}

/// An item of a lot that is to be taken.
#[derive(Debug)]
struct Line {
    number: usize,
    item: Item,
    place: String,
    take: String,
    unit: String,
    progress: String,
    /// What stands in its field: all of it, or what was typed and refused.
    typed: String,
    error: Option<String>,
    done: Option<Status>,
}

#[derive(Debug)]
struct Item {
    code: String,
    name: String,
    href: String,
    lot: Option<String>,
}

/// An item of which something is missing.
#[derive(Debug)]
struct Lack {
    item: Item,
    progress: String,
    status: Status,
    receive: String,
}

/// What a build was given of a lot and still has.
#[derive(Debug)]
struct Held {
    item: Item,
    quantity: String,
    place: Option<String>,
    done: Option<Status>,
    give_back: String,
}

#[derive(Debug, Template)]
#[template(path = "stock/pick_list.html")]
struct PickPage {
    page: Page,
    me: Me,
    id: i64,
    build: String,
    /// The order: its page, its number.
    order: Option<(String, String)>,
    phase: Phase,
    heading: String,
    summary: Summary,
    notice: Option<Notice>,
    /// Whether material may go to the build now.
    is_open: bool,
    has_promises: bool,
    has_picks: bool,
    figures: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    places: Vec<Place>,
    lacks: Vec<Lack>,
    held: Vec<Held>,
    empty: Empty,
    shortages: String,
}

/// `GET /builds/{build_id}/pick-list`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { answered(&incoming, Faults::default(), StatusCode::OK).await })
}

impl Read {
    async fn of(context: &mut Context, build_id: i64) -> Result<Self, Problem> {
        let key = build_id.to_string();
        let build: Option<Build> =
            data::one(context, "builds", &[("build_id".to_owned(), key.clone())]).await?;
        let build = build.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        let of_order = [("order_id".to_owned(), build.order_id.to_string())];
        let order: Option<Order> = data::one(context, "orders", &of_order).await?;
        let customer = match &order {
            Some(order) => customer(context, order.customer_id).await?,
            None => None,
        };
        let given = Map::from_iter([("build_id".to_owned(), Value::from(build_id))]);
        let picks: Vec<Pick> = data::found(context, "pick_list", given.clone()).await?;
        let takes: Vec<bool> = data::found(context, "takes_material", given).await?;
        let is_open = takes.first().copied().unwrap_or_default();
        let of_build = [("filter[build_id]", key.as_str())];
        let mut reserved: Vec<Reserved> = data::every(context, &RESERVED, &of_build).await?;
        reserved.retain(Reserved::is_told);
        let moves = data::every(context, &MOVED, &of_build).await?;
        let mut codes: Vec<&str> = picks.iter().filter_map(|pick| pick.location_code.as_deref()).collect();
        codes.dedup();
        let locations = data::named(context, "stock_locations", "location_code", &codes).await?;
        Ok(Self { build, is_open, order, customer, picks, reserved, moves, locations })
    }

    fn reserved_of(&self, code: &str) -> Option<&Reserved> {
        self.reserved.iter().find(|one| one.item_code == code)
    }

    /// Whether something is to be taken at all.
    fn has_picks(&self) -> bool {
        self.picks.iter().any(|pick| pick.location_code.is_some())
    }
}

async fn customer(context: &mut Context, customer_id: i64) -> Result<Option<String>, Problem> {
    let path = [("customer_id".to_owned(), customer_id.to_string())];
    let found: Option<Customer> = data::one(context, "customers", &path).await?;
    Ok(found.map(|one| one.name))
}

/// The page, with what was refused.
pub(super) async fn answered(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let id = build_id(incoming)?;
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "pick-list-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, id).await?;
    context.commit().await?;
    say_done(incoming, &mut page, id);
    if !faults.is_empty() {
        page.with_error();
    }
    let telling = Telling { incoming, fault: faults.told_of("quantity") };
    let places = places(&page, &read, &telling);
    let is_at_line = places.iter().flat_map(|place| &place.lines).any(|line| line.error.is_some());
    // A line that is gone meanwhile has no field that the fault could stand at.
    let faults = match telling.fault {
        Some(told) if !is_at_line => Faults::whole(told),
        _ => faults,
    };
    let number = read.build.build_number.clone();
    page.title = page.tv("pick-list-of", "build", number.clone());
    let view = PickPage {
        id: read.build.build_id,
        order: read
            .order
            .as_ref()
            .map(|order| (format!("/orders/{}", read.build.order_id), order.order_number.clone())),
        phase: Phase::of(page.words, &read.build.phase),
        heading: page.title.clone(),
        summary: faults.summary(page.t("summary-form")),
        notice: (!read.is_open).then(|| Notice::hold(page.t("pick-closed")).text(page.t("pick-closed-text"))),
        is_open: read.is_open,
        has_promises: read.reserved.iter().any(|one| !one.quantity_reserved.is_zero()),
        has_picks: read.has_picks(),
        figures: figures(&page, &read),
        facts: facts(&page, &read),
        lacks: lacks(&page, &read),
        held: held(&page, &read, incoming),
        empty: empty(&page, &read),
        shortages: with_query("/shortages", &[("build", &number)]),
        build: number,
        places,
        page,
        me,
    };
    rendered(&view, status)
}

/// Says what was just done, as the address tells; a line says it at its own place too.
fn say_done(incoming: &Incoming, page: &mut Page, id: i64) {
    let count: i64 = incoming.asked("count").parse().unwrap_or_default();
    match incoming.asked("done") {
        "reserved" if count == 0 => page.done("pick-done-reserved"),
        "reserved" => page.done_as(page.tv("pick-done-reserved-short", "count", count)),
        "released" => page.done_with_undo("pick-done-released", format!("{}/reserve", place_of(id))),
        "all" => page.done_as(page.tv("pick-done-all", "count", count)),
        "line" => page.done("pick-done-line"),
        _ => {}
    }
}

/// What is told at a line: what was just issued there, or what was refused.
struct Telling<'a> {
    incoming: &'a Incoming,
    fault: Option<String>,
}

impl Telling<'_> {
    fn is_sent(&self, pick: &Pick) -> bool {
        let sent = |name: &str| self.incoming.form.text(name);
        sent("item_code") == pick.item_code
            && sent("location_code") == pick.location_code.as_deref().unwrap_or_default()
            && sent("lot_number") == pick.lot_number.as_deref().unwrap_or_default()
    }

    fn error(&self, pick: &Pick) -> Option<String> {
        self.fault.clone().filter(|_| self.is_sent(pick))
    }

    /// What was typed at a line and refused.
    fn typed(&self, pick: &Pick) -> Option<String> {
        (self.fault.is_some() && self.is_sent(pick)).then(|| self.incoming.form.text("quantity").to_owned())
    }
}

/// That something of a lot was just issued, from a place where one is named.
fn just_issued(
    page: &Page,
    incoming: &Incoming,
    place: Option<&str>,
    code: &str,
    lot: Option<&str>,
) -> Option<Status> {
    let is_it = incoming.asked("done") == "line"
        && place.is_none_or(|place| incoming.asked("place") == place)
        && incoming.asked("code") == code
        && incoming.asked("lot") == lot.unwrap_or_default();
    let quantity: Decimal = incoming.asked("quantity").parse().ok().filter(|_| is_it)?;
    Some(Status::new(Tone::Ok, page.tv("pick-just-issued", "quantity", plain(page.words, quantity))))
}

fn item(code: &str, name: &str, lot: Option<&str>) -> Item {
    Item {
        code: code.to_owned(),
        name: name.to_owned(),
        href: filled("/stock-balances/{item_code}", |_| code.to_owned()),
        lot: lot.map(str::to_owned),
    }
}

fn progress(page: &Page, one: &Reserved) -> String {
    let values = [
        ("issued", plain(page.words, one.quantity_issued).into()),
        ("reserved", plain(page.words, one.quantity_reserved).into()),
        ("required", plain(page.words, one.quantity_required).into()),
    ];
    page.words.say_with("pick-progress", &values)
}

fn counted(page: &Page, quantity: Decimal, unit_code: &str) -> String {
    format!("{} {}", plain(page.words, quantity), unit(page.words, unit_code))
}

/// What is to be taken, place by place in the order of their codes.
fn places(page: &Page, read: &Read, telling: &Telling) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let picks = read.picks.iter().filter_map(|pick| Some((pick, pick.location_code.as_ref()?)));
    for (number, (pick, code)) in picks.enumerate() {
        if places.last().is_none_or(|place| place.code != *code) {
            let named = read.locations.iter().find(|one| one.location_code == *code);
            let name = named.map(|one| one.name.clone()).unwrap_or_default();
            places.push(Place { code: code.clone(), name, lines: Vec::new() });
        }
        if let Some(place) = places.last_mut() {
            place.lines.push(line(page, read, telling, pick, number + 1));
        }
    }
    places
}

fn line(page: &Page, read: &Read, telling: &Telling, pick: &Pick, number: usize) -> Line {
    let reserved = read.reserved_of(&pick.item_code);
    let quantity = pick.quantity_to_pick.unwrap_or_default().normalize();
    let lot = pick.lot_number.as_deref();
    Line {
        number,
        item: item(&pick.item_code, &pick.item_name, lot),
        place: pick.location_code.clone().unwrap_or_default(),
        take: plain(page.words, quantity),
        unit: reserved.map(|one| unit(page.words, &one.unit_code)).unwrap_or_default(),
        progress: reserved.map(|one| progress(page, one)).unwrap_or_default(),
        typed: telling.typed(pick).unwrap_or_else(|| typed(page.words, &quantity.to_string())),
        error: telling.error(pick),
        done: just_issued(page, telling.incoming, pick.location_code.as_deref(), &pick.item_code, lot),
    }
}

/// Items that the build lacks.
fn lacks(page: &Page, read: &Read) -> Vec<Lack> {
    let short = read.reserved.iter().filter(|one| !one.quantity_short.is_zero());
    let lack = |one: &Reserved| {
        let missing = counted(page, one.quantity_short, &one.unit_code);
        Lack {
            item: item(&one.item_code, &one.item_name, None),
            progress: progress(page, one),
            status: Status::new(Tone::Warn, page.tv("pick-short-by", "quantity", missing)),
            receive: with_query("/stock/contents/receive", &[("code", &one.item_code)]),
        }
    };
    let mut lacks: Vec<Lack> = short.map(lack).collect();
    lacks.sort_by(|one, other| one.item.code.cmp(&other.item.code));
    lacks
}

/// What a build was given of a lot, less what it gave back; and where it came from last.
struct Given<'a> {
    last: &'a Move,
    place: Option<&'a str>,
    quantity: Decimal,
}

fn given(moves: &[Move]) -> BTreeMap<(&str, Option<&str>), Given<'_>> {
    let mut given: BTreeMap<(&str, Option<&str>), Given> = BTreeMap::new();
    for one in moves {
        let key = (one.item_code.as_str(), one.lot_number.as_deref());
        let so_far = given.entry(key).or_insert(Given { last: one, place: None, quantity: Decimal::ZERO });
        match one.move_kind.as_str() {
            "ISSUE" => {
                so_far.quantity += one.quantity;
                so_far.place = one.from_location_code.as_deref();
            }
            "RETURN" => so_far.quantity -= one.quantity,
            _ => {}
        }
    }
    given.retain(|_, one| one.quantity > Decimal::ZERO);
    given
}

fn held(page: &Page, read: &Read, incoming: &Incoming) -> Vec<Held> {
    let place = place_of(read.build.build_id);
    let row = |((code, lot), one): ((&str, Option<&str>), Given)| {
        let quantity = typed(page.words, &one.quantity.normalize().to_string());
        let asked = [
            ("code", code),
            ("quantity", quantity.as_str()),
            ("location_code", one.place.unwrap_or_default()),
            ("lot_number", lot.unwrap_or_default()),
        ];
        Held {
            item: item(code, &one.last.item_name, lot),
            quantity: counted(page, one.quantity, &one.last.unit_code),
            place: one.place.map(str::to_owned),
            done: just_issued(page, incoming, None, code, lot),
            give_back: with_query(&format!("{place}/return"), &asked),
        }
    };
    given(&read.moves).into_iter().map(row).collect()
}

fn figures(page: &Page, read: &Read) -> Vec<(String, String)> {
    let all = read.reserved.len();
    let of_all =
        |count: usize| page.words.say_with("pick-of", &[("count", count.into()), ("all", all.into())]);
    let lines = read.picks.iter().filter(|pick| pick.location_code.is_some()).count();
    let issued = read.reserved.iter().filter(|one| one.quantity_issued >= one.quantity_required).count();
    let promised = read.reserved.iter().filter(|one| !one.quantity_reserved.is_zero()).count();
    let short = read.reserved.iter().filter(|one| !one.quantity_short.is_zero()).count();
    vec![
        (page.number(i64::try_from(lines).unwrap_or(i64::MAX)), page.t("pick-lines")),
        (of_all(promised), page.t("pick-reserved")),
        (of_all(issued), page.t("pick-issued")),
        (of_all(short), page.t("pick-short")),
    ]
}

fn facts(page: &Page, read: &Read) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let order = read.order.as_ref();
    let facts = [
        ("pick-order", order.map(|order| order.order_number.clone())),
        ("pick-customer", read.customer.clone()),
        ("orders-wanted", order.and_then(|order| order.want_date).map(|day| clock.full_day(day))),
        ("pick-phase", Some(Phase::of(page.words, &read.build.phase).name().to_owned())),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

/// Why nothing is to be taken, and what comes next.
fn empty(page: &Page, read: &Read) -> Empty {
    let is_short = read.reserved.iter().any(|one| !one.quantity_short.is_zero());
    let text = match () {
        () if !read.reserved.iter().any(Reserved::is_open) => "pick-none-reserved",
        () if is_short => "pick-none-there",
        () => "pick-none-left",
    };
    Empty { icon: Icon("package-check"), title: page.t("pick-none"), text: page.t(text), way: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(kind: &str, quantity: i64, lot: Option<&str>, from: Option<&str>) -> Move {
        Move {
            move_kind: kind.to_owned(),
            item_code: "BOLT".to_owned(),
            item_name: "Bolt".to_owned(),
            quantity: quantity.into(),
            unit_code: "each".to_owned(),
            from_location_code: from.map(str::to_owned),
            lot_number: lot.map(str::to_owned),
        }
    }

    #[test]
    fn a_build_holds_what_it_was_given_and_did_not_give_back() {
        let moves = [
            moved("ISSUE", 4, Some("L1"), Some("A-01")),
            moved("ISSUE", 2, Some("L1"), Some("A-02")),
            moved("RETURN", 1, Some("L1"), None),
            moved("ISSUE", 3, None, Some("A-01")),
            moved("RETURN", 3, None, None),
        ];
        let held = given(&moves);
        let told: Vec<_> = held.iter().map(|(key, one)| (*key, one.quantity, one.place)).collect();
        assert_eq!(told, [(("BOLT", Some("L1")), Decimal::from(5), Some("A-02"))]);
    }
}
