//! What is missing: over all builds, or for one of them.

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, json};
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Faults, Field, Icon, Kind, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{Reference, grouped, list};
use crate::pages::reports::file;
use crate::pages::way::with_query;

const BUILDS: ListSpec =
    ListSpec { relation: "builds", filters: &["build_number"], sorts: &["build_id"], key: &[] };

#[derive(Debug, Deserialize)]
struct Build {
    build_id: i64,
}

#[derive(Debug, Deserialize)]
struct Short {
    item_code: String,
    item_name: String,
    quantity_short: serde_json::Number,
    quantity_available: serde_json::Number,
    builds: String,
    first_want_date: Option<NaiveDate>,
}

#[derive(Debug)]
struct Line {
    code: String,
    name: String,
    short: String,
    available: String,
    builds: Vec<(String, String)>,
    more: Option<String>,
    wanted: String,
    status: Option<Status>,
}

#[derive(Debug, Template)]
#[template(path = "administration/shortages.html")]
struct ShortagesPage {
    page: Page,
    me: Me,
    told: String,
    build: Field,
    csv: String,
    lines: Vec<Line>,
    empty: Empty,
}

/// Builds of a line that are named.
const NAMED: usize = 3;

/// One build is asked about in full; over all of them it is a list like the others.
pub(super) fn show(incoming: Incoming) -> Answering {
    if incoming.asked("build").trim().is_empty() && incoming.asked("format") != "csv" {
        return list::show(incoming);
    }
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "shortages-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let asked = |name: &str| {
            incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
        };
        let number = asked("build").to_uppercase();
        let found = shortages(&mut context, &number).await?;
        context.commit().await?;
        let faults = match found {
            Some(_) => Faults::default(),
            None => Faults::of("build", page.tv("shortages-no-build", "build", number.clone())),
        };
        let found = found.unwrap_or_default();
        if asked("format") == "csv" && faults.is_empty() {
            return Ok(csv(&found));
        }
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let field = Field::new("build", page.t("shortages-build"), Kind::Code, "off");
        let field = field.value(&number).optional().offered(Vec::new(), Reference::Build.lookup());
        let [build] = faults.onto([field]);
        let clock = Clock::now(page.words);
        let view = ShortagesPage {
            told: page.tv("shortages-count", "count", found.len()),
            build,
            csv: with_query("/shortages", &[("build", &number), ("format", "csv")]),
            lines: found.iter().map(|short| line(&page, clock, short)).collect(),
            empty: Empty {
                icon: Icon("package-check"),
                title: page.t("shortages-none"),
                text: page.t("shortages-none-text"),
                way: None,
            },
            page,
            me,
        };
        rendered(&view, status)
    })
}

/// What is short; none where there is no such build.
async fn shortages(context: &mut Context, build: &str) -> Result<Option<Vec<Short>>, Problem> {
    let mut given = Map::new();
    if !build.is_empty() {
        let asked = [("filter[build_number]", build), ("limit", "1")];
        let builds: Vec<Build> = data::rows(context, &BUILDS, &asked).await?;
        let Some(build) = builds.first() else { return Ok(None) };
        given.insert("build_id".to_owned(), json!(build.build_id));
    }
    Ok(Some(data::found(context, "shortages", given).await?))
}

fn line(page: &Page, clock: Clock, short: &Short) -> Line {
    let builds: Vec<&str> = short.builds.split(", ").collect();
    let named = builds
        .iter()
        .take(NAMED)
        .map(|build| (with_query("/shortages", &[("build", build)]), (*build).to_owned()));
    let more = builds.len().saturating_sub(NAMED);
    let days = short.first_want_date.map(|day| page.days_until(day));
    let status = match days {
        Some(days) if days < 0 => Some(Status::new(Tone::Bad, page.tv("shortages-late", "count", -days))),
        Some(days) if days <= 7 => Some(Status::new(Tone::Warn, page.tv("shortages-soon", "count", days))),
        _ => None,
    };
    Line {
        code: short.item_code.clone(),
        name: short.item_name.clone(),
        short: grouped(page.words, &short.quantity_short.to_string()),
        available: grouped(page.words, &short.quantity_available.to_string()),
        builds: named.collect(),
        more: (more > 0).then(|| page.tv("shortages-more", "count", more)),
        wanted: short.first_want_date.map(|day| clock.day(day)).unwrap_or_default(),
        status,
    }
}

fn csv(found: &[Short]) -> axum::response::Response {
    let heads =
        ["item_code", "item_name", "quantity_short", "quantity_available", "builds", "first_want_date"];
    let row = |short: &Short| {
        vec![
            short.item_code.clone(),
            short.item_name.clone(),
            short.quantity_short.to_string(),
            short.quantity_available.to_string(),
            short.builds.clone(),
            short.first_want_date.map(|day| day.to_string()).unwrap_or_default(),
        ]
    };
    file("shortages", std::iter::once(heads.map(str::to_owned).to_vec()).chain(found.iter().map(row)))
}
