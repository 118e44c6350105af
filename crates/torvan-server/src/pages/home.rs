//! The home page: who is signed in, what is open, and where the work is done.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use torvan_store::Context;
use torvan_store::identity::Person;

use super::components::{Icon, PHASES};
use super::page::{Me, Page, keep_language, rendered};
use super::{data, page};
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] =
    &[page(Method::Get, "/", Access::SignedIn, show, "The home page of whoever is signed in.")];

const ORDERS: ListSpec = ListSpec { relation: "orders", filters: &[], sorts: &["order_id"], key: &[] };
const OPEN_ORDERS: ListSpec =
    ListSpec { relation: "v_open_orders", filters: &[], sorts: &["phase"], key: &["phase"] };
const SESSIONS: ListSpec = ListSpec {
    relation: "v_open_sessions",
    filters: &[],
    sorts: &["user_session_id"],
    key: &["user_session_id"],
};
const ALERTS: ListSpec =
    ListSpec { relation: "system_alerts", filters: &["state"], sorts: &["system_alert_id"], key: &[] };

/// Width of the bar in its own units, and the gap between two phases.
const BAR: i64 = 720;
const GAP: i64 = 2;

#[derive(Debug)]
struct Phase {
    name: String,
    icon: Icon,
    number: usize,
    count: i64,
    x: i64,
    width: i64,
}

#[derive(Debug, Template)]
#[template(path = "home/home.html")]
struct HomePage {
    page: Page,
    me: Me,
    /// Open orders by phase, for those who may read orders.
    phases: Option<Vec<Phase>>,
    open_orders: i64,
    /// Facts about the system, for those who may know them.
    system: Option<SystemFacts>,
    is_first: bool,
}

#[derive(Debug)]
struct SystemFacts {
    sessions: i64,
    alerts: i64,
    release: &'static str,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let view = home_page(&incoming, &mut context, &person).await?;
        context.commit().await?;
        let mut response = rendered(&view, StatusCode::OK)?;
        keep_language(&incoming, &mut response);
        Ok(response)
    })
}

async fn home_page(incoming: &Incoming, context: &mut Context, person: &Person) -> Result<HomePage, Problem> {
    let page = Page::signed_in(incoming, context, person, "home-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let phases =
        if data::may(context, "order:read").await? { Some(phases(context, &page).await?) } else { None };
    let open_orders = phases.iter().flatten().map(|phase| phase.count).sum();
    let system =
        if data::may(context, "system_alert:read").await? { Some(facts(context).await?) } else { None };
    let is_first = phases.is_some() && open_orders == 0 && has_no_order(context).await?;
    Ok(HomePage { page, me, phases, open_orders, system, is_first })
}

async fn has_no_order(context: &mut Context) -> Result<bool, Problem> {
    let found: Vec<IgnoredAny> =
        data::rows(context, &ORDERS, &[("limit", "1"), ("fields", "order_id")]).await?;
    Ok(found.is_empty())
}

/// How many orders are open in a phase.
#[derive(Debug, Deserialize)]
struct OpenOrders {
    phase: String,
    orders: i64,
}

async fn facts(context: &mut Context) -> Result<SystemFacts, Problem> {
    Ok(SystemFacts {
        sessions: data::count(context, &SESSIONS, &[]).await?,
        alerts: data::count(context, &ALERTS, &[("filter[state]", "OPEN")]).await?,
        release: env!("CARGO_PKG_VERSION"),
    })
}

async fn phases(context: &mut Context, page: &Page) -> Result<Vec<Phase>, Problem> {
    let open: Vec<OpenOrders> = data::rows(context, &OPEN_ORDERS, &[]).await?;
    let count_of = |code: &str| open.iter().find(|one| one.phase == code).map_or(0, |one| one.orders);
    let open_phases = &PHASES[..PHASES.len() - 1];
    let counts: Vec<i64> = open_phases.iter().map(|(code, ..)| count_of(code)).collect();
    let all: i64 = counts.iter().sum::<i64>().max(1);
    let mut x = 0;
    let phases = open_phases.iter().zip(counts).enumerate().map(|(place, ((_, key, icon), count))| {
        let width = BAR * count / all;
        let phase = Phase {
            name: page.t(key),
            icon: *icon,
            number: place + 1,
            count,
            x,
            width: (width - GAP).max(0),
        };
        x += width;
        phase
    });
    Ok(phases.collect())
}
