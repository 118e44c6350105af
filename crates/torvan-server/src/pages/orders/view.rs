//! One order as its page and the drawer show it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::pages::components::{
    Doing, Event, Gate, Icon, Link, Moment, NextBox, Notice, PHASES, Phase, Status, Timeline, Tone,
};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page};
use crate::pages::way::with_query;
use crate::words::capital;

use super::gates::{Whose, mended};
use super::people::People;
use super::rows::hold_words;

const ORDERS: ListSpec =
    ListSpec { relation: "orders", filters: &["order_id"], sorts: &["order_id"], key: &[] };
const CUSTOMERS: ListSpec =
    ListSpec { relation: "customers", filters: &["customer_id"], sorts: &["customer_id"], key: &[] };
const BUILDS: ListSpec =
    ListSpec { relation: "builds", filters: &["order_id"], sorts: &["build_id"], key: &[] };
const BOMS: ListSpec =
    ListSpec { relation: "v_order_boms", filters: &["order_id"], sorts: &["bom_id"], key: &["bom_id"] };
const HISTORY: ListSpec = ListSpec {
    relation: "order_status_history",
    filters: &["order_id"],
    sorts: &["order_status_history_id"],
    key: &[],
};

/// Phases in which no material is reserved for a build yet.
const BEFORE_MATERIAL: [&str; 3] = ["DRAFT", "CONFIGURATION", "APPROVAL"];

/// Languages of documents, with the keys of their names.
pub(super) const LANGUAGES: [(&str, &str); 3] =
    [("EN", "document-en"), ("FR", "document-fr"), ("ES", "document-es")];

/// An order.
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    pub(super) order_id: i64,
    pub(super) order_number: String,
    pub(super) customer_id: i64,
    pub(super) po_number: Option<String>,
    pub(super) project_name: Option<String>,
    pub(super) sales_person: Option<String>,
    pub(super) sales_person_id: Option<i64>,
    pub(super) want_date: Option<NaiveDate>,
    pub(super) language: String,
    pub(super) quantity: Option<i64>,
    pub(super) notes: Option<String>,
    pub(super) accessories_reviewed_at: Option<DateTime<Utc>>,
    pub(super) accessories_reviewed_by: Option<i64>,
    pub(super) phase: String,
    pub(super) phase_entered_at: DateTime<Utc>,
    pub(super) state: String,
    pub(super) state_reason: Option<String>,
    pub(super) hold_kind: Option<String>,
    pub(super) carrier: Option<String>,
    pub(super) tracking_number: Option<String>,
    pub(super) dispatched_on: Option<NaiveDate>,
    pub(super) delivered_on: Option<NaiveDate>,
    pub(super) row_version: i64,
    pub(super) created_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct Customer {
    name: String,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
pub(super) struct Build {
    pub(super) build_id: i64,
    pub(super) build_number: String,
    pub(super) phase: String,
    pub(super) sub_state: Option<String>,
    pub(super) state: String,
    pub(super) bom_id: Option<i64>,
    pub(super) configuration_id: Option<i64>,
    pub(super) row_version: i64,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
pub(super) struct Bom {
    pub(super) bom_id: i64,
    pub(super) build_number: String,
    pub(super) configuration_id: i64,
    pub(super) revision: i64,
    pub(super) state: String,
    pub(super) created_by: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) decided_by: Option<i64>,
    pub(super) decided_at: Option<DateTime<Utc>>,
}

/// A step that an order took.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    pub(super) action: String,
    pub(super) from_phase: Option<String>,
    pub(super) to_phase: Option<String>,
    pub(super) from_state: Option<String>,
    pub(super) to_state: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) changed_by: Option<i64>,
    pub(super) changed_by_name: Option<String>,
    pub(super) created_at: DateTime<Utc>,
}

/// A step that an order may take.
#[derive(Debug, Deserialize)]
pub(super) struct NextAction {
    pub(super) action: String,
    pub(super) to_phase: String,
    title: String,
    pub(super) permission: String,
    pub(super) is_allowed: bool,
    pub(super) is_ready: bool,
    pub(super) blockers: Vec<Blocker>,
    /// Whether the plant gave it its title.
    is_reworded: bool,
}

/// A step that comes after the next one.
#[derive(Debug, Deserialize)]
struct LaterAction {
    from_phase: String,
    action: String,
    to_phase: String,
    title: String,
    permission: String,
    is_allowed: bool,
    blockers: Vec<Blocker>,
    is_reworded: bool,
}

impl LaterAction {
    /// The phase from which it leads on, and the step.
    fn parts(self) -> (String, NextAction) {
        let action = NextAction {
            action: self.action,
            to_phase: self.to_phase,
            title: self.title,
            permission: self.permission,
            is_allowed: self.is_allowed,
            is_ready: false,
            blockers: self.blockers,
            is_reworded: self.is_reworded,
        };
        (self.from_phase, action)
    }
}

/// What holds a step up.
#[derive(Debug, Deserialize)]
pub(super) struct Blocker {
    pub(super) guard: String,
    message: Option<String>,
}

/// A build as the page shows it.
#[derive(Debug)]
pub(super) struct BuildRow {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) step: String,
    pub(super) bom: Option<(i64, Status)>,
    /// Its pick list and its shortages: once its bill of materials is approved.
    pub(super) material: Option<(String, String)>,
}

/// What is read of an order.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) order: Order,
    pub(super) customer: String,
    pub(super) actions: Vec<NextAction>,
    pub(super) history: Vec<Step>,
    pub(super) builds: Vec<Build>,
    pub(super) boms: Vec<Bom>,
    pub(super) people: People,
    whose: Whose,
}

/// An order, shown.
#[derive(Debug)]
pub(super) struct OrderView {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) customer: String,
    pub(super) about: String,
    pub(super) phase: Phase,
    pub(super) notice: Option<Notice>,
    pub(super) nexts: Vec<NextBox>,
    pub(super) pace: String,
    pub(super) timeline: Timeline,
    pub(super) builds: Vec<BuildRow>,
    pub(super) facts: Vec<(String, String)>,
}

/// An order and whose it is; one that is not there, or not in sight, is not found.
pub(super) async fn order(context: &mut Context, order_id: i64) -> Result<(Order, String), Problem> {
    let key = order_id.to_string();
    let found: Vec<Order> = data::rows(context, &ORDERS, &[("filter[order_id]", &key)]).await?;
    let order = found.into_iter().next().ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
    let key = order.customer_id.to_string();
    let customers: Vec<Customer> = data::rows(context, &CUSTOMERS, &[("filter[customer_id]", &key)]).await?;
    let name = customers.into_iter().next().map(|one| one.name).unwrap_or_default();
    Ok((order, name))
}

/// Sinks of an order, also those that were taken out.
pub(super) async fn builds(context: &mut Context, order_id: i64) -> Result<Vec<Build>, Problem> {
    let key = order_id.to_string();
    data::every(context, &BUILDS, &[("filter[order_id]", key.as_str())]).await
}

/// Steps that an order took, the first one first.
pub(super) async fn history(context: &mut Context, me: &Me, order_id: i64) -> Result<Vec<Step>, Problem> {
    if !me.may("order:read_history") {
        return Ok(Vec::new());
    }
    let key = order_id.to_string();
    data::rows(context, &HISTORY, &[("filter[order_id]", key.as_str()), ("limit", "200")]).await
}

impl Read {
    /// Reads an order with its next steps, its builds and what happened to it.
    pub(super) async fn of(context: &mut Context, me: &Me, order_id: i64) -> Result<Self, Problem> {
        let (order, customer) = order(context, order_id).await?;
        let given = Map::from_iter([("order_id".to_owned(), Value::from(order_id))]);
        let actions = data::found(context, "order_next_actions", given).await?;
        let key = order_id.to_string();
        let builds = builds(context, order_id).await?;
        let boms = if me.may("bom:read") {
            data::every(context, &BOMS, &[("filter[order_id]", key.as_str())]).await?
        } else {
            Vec::new()
        };
        let history = history(context, me, order_id).await?;
        let actions: Vec<NextAction> = actions;
        let whose = Whose::of(context, me, &actions).await?;
        let people = People::of(context, &order, &history, &boms).await?;
        Ok(Self { order, customer, actions, history, builds, boms, people, whose })
    }

    /// Its sinks that are still made.
    pub(super) fn active_builds(&self) -> impl Iterator<Item = &Build> {
        self.builds.iter().filter(|build| build.state == "ACTIVE")
    }

    /// The bill of materials that a sink has now.
    pub(super) fn present_bom(&self, build: &Build) -> Option<&Bom> {
        build.bom_id.and_then(|id| self.boms.iter().find(|bom| bom.bom_id == id))
    }

    /// Keys and numbers of its builds.
    pub(super) fn build_numbers(&self) -> Vec<(i64, &str)> {
        self.builds.iter().map(|build| (build.build_id, build.build_number.as_str())).collect()
    }

    /// The same for the page.
    pub(super) fn view(&self, page: &Page) -> OrderView {
        let clock = Clock::now(page.words);
        let order = &self.order;
        let about = [order.po_number.as_ref().map(|po| page.purchase_order(po)), order.project_name.clone()];
        OrderView {
            id: order.order_id,
            number: order.order_number.clone(),
            customer: self.customer.clone(),
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            phase: Phase::of(page.words, &order.phase),
            notice: notice(page, order),
            nexts: self.actions.iter().map(|action| self.next_box(page, action)).collect(),
            pace: pace(page, clock, order),
            timeline: self.timeline(page, clock),
            builds: self.builds.iter().map(|build| self.build_row(page, build)).collect(),
            facts: facts(page, clock, self),
        }
    }

    /// A step with what must hold before it.
    pub(super) fn next_box(&self, page: &Page, action: &NextAction) -> NextBox {
        let order = &self.order;
        let title = step_title(page, &order.phase, action);
        let is_back = action.action != "ADVANCE";
        let href = format!("/orders/{}/transition?to={}", order.order_id, action.to_phase);
        let act = capital(&title);
        let doing = match (action.is_allowed, action.is_ready) {
            (true, true) => Doing::Ready(Link::new(href, act, false)),
            (true, false) => Doing::Barred(act),
            (false, _) => Doing::NotYours,
        };
        let mut gates: Vec<Gate> =
            action.blockers.iter().map(|blocker| gate(page, order, &self.whose, blocker)).collect();
        if gates.is_empty() && !is_back {
            gates.push(told(Tone::Ok, page.t("order-all-gates")));
        }
        if action.is_allowed && !is_back && page.cannot_sign() {
            gates.insert(0, told(Tone::Hold, page.t("sign-unverified-steps")));
        }
        if !action.is_allowed {
            let whose = self.whose.of_permission(page, &action.permission);
            gates.push(Gate { whose, ..told(Tone::None, page.t("order-not-yours")) });
        }
        let key = if is_back { "order-or" } else { "order-next" };
        NextBox { title: page.tv(key, "step", title), doing, gates, is_primary: !is_back }
    }

    /// What the step after the next one will ask for, and the order lacks: told before its turn, so that it can be made ready.
    pub(super) async fn later_boxes(
        &self,
        context: &mut Context,
        page: &Page,
        me: &Me,
    ) -> Result<Vec<NextBox>, Problem> {
        let order = &self.order;
        let given = Map::from_iter([("order_id".to_owned(), Value::from(order.order_id))]);
        let later: Vec<LaterAction> = data::found(context, "order_later_actions", given).await?;
        let (phases, actions): (Vec<String>, Vec<NextAction>) =
            later.into_iter().map(LaterAction::parts).unzip();
        let whose = Whose::of(context, me, &actions).await?;
        let lacking = phases.iter().zip(&actions).filter(|(_, action)| !action.blockers.is_empty());
        let later = |(phase, action): (&String, &NextAction)| NextBox {
            title: page.tv("order-later", "step", step_title(page, phase, action)),
            doing: Doing::NotYours,
            gates: action.blockers.iter().map(|blocker| gate(page, order, &whose, blocker)).collect(),
            is_primary: false,
        };
        Ok(lacking.map(later).collect())
    }

    fn build_row(&self, page: &Page, build: &Build) -> BuildRow {
        let bom = self.present_bom(build);
        BuildRow {
            id: build.build_id,
            number: build.build_number.clone(),
            step: self.step_of(page, build),
            bom: bom.map(|bom| (bom.bom_id, bom_status(page, bom))),
            material: (!BEFORE_MATERIAL.contains(&build.phase.as_str())).then(|| {
                let shortages = with_query("/shortages", &[("build", &build.build_number)]);
                (format!("/builds/{}/pick-list", build.build_id), shortages)
            }),
        }
    }

    /// How far a sink is, in words.
    #[expect(clippy::unused_self, reason = "beside what else is known of a sink")]
    pub(super) fn step_of(&self, page: &Page, build: &Build) -> String {
        let phase = Phase::of(page.words, &build.phase).name().to_owned();
        match (&build.sub_state, build.state.as_str()) {
            (_, "CANCELLED") => page.t("state-cancelled"),
            (Some(step), _) => {
                let key = format!("sub-{}", step.to_ascii_lowercase().replace('_', "-"));
                format!("{phase}, {}", page.words.say_if_known(&key).unwrap_or_else(|| step.clone()))
            }
            _ => phase,
        }
    }

    fn timeline(&self, page: &Page, clock: Clock) -> Timeline {
        let now = PHASES.iter().position(|(code, ..)| *code == self.order.phase).unwrap_or(0);
        let event = |(place, (code, ..)): (usize, &(&str, &str, Icon))| {
            let entered = self.history.iter().rev().find(|step| {
                step.to_phase.as_deref() == Some(code) && step.from_phase.as_deref() != Some(code)
            });
            let moment = match place.cmp(&now) {
                std::cmp::Ordering::Less => Moment::Past,
                std::cmp::Ordering::Equal => Moment::Now,
                std::cmp::Ordering::Greater => Moment::Later,
            };
            Event {
                moment,
                title: Phase::of(page.words, code).name().to_owned(),
                note: entered.filter(|_| place <= now).and_then(|step| self.people.of_step(step)),
                time: match moment {
                    Moment::Past => entered.map(|step| clock.day(clock.day_of(step.created_at))),
                    Moment::Now => Some(page.tv(
                        "order-since",
                        "day",
                        clock.day(clock.day_of(self.order.phase_entered_at)),
                    )),
                    Moment::Later if *code == "DELIVERED" => {
                        self.order.want_date.map(|day| page.tv("order-wanted-on", "day", clock.day(day)))
                    }
                    Moment::Later => None,
                },
            }
        };
        Timeline { events: PHASES.iter().enumerate().map(event).collect() }
    }
}

fn notice(page: &Page, order: &Order) -> Option<Notice> {
    let title = match order.state.as_str() {
        "ON_HOLD" => hold_words(page, order.hold_kind.as_deref().unwrap_or("GENERAL")),
        "CANCELLED" => page.t("state-cancelled"),
        _ => return None,
    };
    Some(Notice::hold(title).text(order.state_reason.clone().unwrap_or_default()))
}

pub(super) fn bom_status(page: &Page, bom: &Bom) -> Status {
    let (tone, key) = match bom.state.as_str() {
        "APPROVED" => (Tone::Ok, "bom-approved"),
        "RELEASED" => (Tone::Ok, "bom-released"),
        "SUBMITTED" => (Tone::Info, "bom-submitted"),
        "REJECTED" => (Tone::Bad, "bom-rejected"),
        "SUPERSEDED" => (Tone::None, "bom-superseded"),
        _ => (Tone::Warn, "bom-draft"),
    };
    Status::new(tone, page.tv(key, "revision", bom.revision))
}

/// What a step is called.
pub(super) fn step_title(page: &Page, from: &str, action: &NextAction) -> String {
    let part = |code: &str| code.to_ascii_lowercase().replace('_', "-");
    let key = format!("step-{}-{}", part(from), part(&action.to_phase));
    let known = page.words.say_if_known(&key).filter(|_| !action.is_reworded);
    known.unwrap_or_else(|| action.title.clone())
}

fn told(tone: Tone, what: String) -> Gate {
    Gate { tone, what, about: String::new(), way: None, whose: None }
}

fn gate(page: &Page, order: &Order, whose: &Whose, blocker: &Blocker) -> Gate {
    let key = format!("blocker-{}", blocker.guard.replace('_', "-"));
    let message =
        blocker.message.as_deref().map(|message| page.words.said_points(message)).unwrap_or_default();
    let known = page.words.say_if_known(&key);
    let about = if known.is_some() { message.clone() } else { String::new() };
    let (way, whose) = mended(page, order, whose, &blocker.guard);
    Gate {
        tone: if blocker.guard == "order_active" { Tone::Hold } else { Tone::Warn },
        what: known.unwrap_or(message),
        about,
        way,
        whose,
    }
}

fn pace(page: &Page, clock: Clock, order: &Order) -> String {
    let in_work = page.tv("order-days-in-work", "count", clock.days_since(order.created_at));
    let left = order.want_date.filter(|_| order.phase != "DELIVERED").map(|day| page.days_until(day));
    match left {
        Some(left) if left < 0 => format!("{in_work}, {}", page.tv("order-days-late", "count", -left)),
        Some(left) => format!("{in_work}, {}", page.tv("order-days-left", "count", left)),
        None => in_work,
    }
}

fn facts(page: &Page, clock: Clock, read: &Read) -> Vec<(String, String)> {
    let order = &read.order;
    let day = |day: Option<NaiveDate>| day.map(|day| clock.full_day(day));
    let language = LANGUAGES.iter().find(|(code, _)| *code == order.language);
    let language = language.map_or_else(|| order.language.clone(), |(_, key)| page.t(key));
    let reviewed = order.accessories_reviewed_at.map(|at| {
        let who = order.accessories_reviewed_by.and_then(|key| read.people.of_key(key));
        who.into_iter().chain([clock.exact(at)]).collect::<Vec<_>>().join(", ")
    });
    let facts = [
        ("orders-wanted", day(order.want_date)),
        ("orders-po", order.po_number.clone()),
        ("orders-project", order.project_name.clone()),
        ("orders-sales", order.sales_person.as_deref().map(|login| read.people.of_login(login))),
        ("order-language", Some(language)),
        ("order-made", Some(clock.exact(order.created_at))),
        ("order-reviewed", reviewed),
        ("order-carrier", order.carrier.clone()),
        ("order-tracking", order.tracking_number.clone()),
        ("order-dispatched", day(order.dispatched_on)),
        ("order-delivered", day(order.delivered_on)),
        ("order-remarks", order.notes.clone()),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}
