//! The calendar: open orders of a month by the day on which they are wanted.

use askama::Template;
use axum::http::StatusCode;
use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::list::segments;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Icon, PHASES, Segments};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};

/// Orders of a day that are named; the list has the others.
const NAMED: usize = 4;
/// Days of the grid: six weeks hold every month.
const DAYS: u64 = 42;

/// An open order, with how many are wanted on its day.
#[derive(Debug, Deserialize)]
struct Found {
    day: NaiveDate,
    orders: i64,
    /// There are more; they are not counted for somebody who does not see all.
    is_capped: bool,
    order_id: i64,
    order_number: String,
    customer_name: String,
    phase: String,
    is_overdue: bool,
}

#[derive(Debug)]
struct Wanted {
    href: String,
    number: String,
    customer: String,
    icon: Icon,
    phase: usize,
    is_late: bool,
}

#[derive(Debug)]
struct Day {
    name: String,
    label: String,
    is_in_month: bool,
    is_today: bool,
    is_free: bool,
    count: Option<String>,
    orders: Vec<Wanted>,
    more: Option<(String, String)>,
}

#[derive(Debug, Template)]
#[template(path = "orders/calendar.html")]
struct CalendarPage {
    page: Page,
    me: Me,
    segments: Segments,
    month: String,
    told: String,
    before: String,
    now: String,
    after: String,
    weekdays: Vec<String>,
    weeks: Vec<Vec<Day>>,
    /// Said where days without orders are not shown, when no day has any.
    empty: Option<Empty>,
}

/// The first day of the month that is asked for, or of this one.
fn month_asked(incoming: &Incoming, today: NaiveDate) -> NaiveDate {
    let asked =
        incoming.query.iter().find(|(name, _)| name == "month").map(|(_, value)| format!("{value}-01"));
    let first = asked.and_then(|text| text.parse().ok());
    first
        .filter(|day: &NaiveDate| (1900..3000).contains(&day.year()))
        .or_else(|| today.with_day(1))
        .unwrap_or(today)
}

fn month_href(day: Option<NaiveDate>) -> String {
    day.map_or_else(
        || "/orders/calendar".to_owned(),
        |day| format!("/orders/calendar?month={}", day.format("%Y-%m")),
    )
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "nav-calendar").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let today = page.today();
        let first = month_asked(&incoming, today);
        let last = (first + Months::new(1)).pred_opt().unwrap_or(first);
        let given = Map::from_iter([
            ("from".to_owned(), Value::from(first.to_string())),
            ("to".to_owned(), Value::from(last.to_string())),
            ("per_day".to_owned(), Value::from(NAMED)),
        ]);
        let found: Vec<Found> = data::found(&mut context, "order_calendar", given).await?;
        context.commit().await?;
        rendered(&calendar(page, me, first, today, &found), StatusCode::OK)
    })
}

fn calendar(page: Page, me: Me, first: NaiveDate, today: NaiveDate, found: &[Found]) -> CalendarPage {
    let clock = Clock::now(page.words);
    let begin = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    let days: Vec<Day> =
        (0..DAYS).map(|place| day(&page, clock, begin + Days::new(place), first, today, found)).collect();
    let mut weeks = Vec::new();
    let mut week = Vec::new();
    for one in days {
        week.push(one);
        if week.len() == 7 {
            weeks.push(std::mem::take(&mut week));
        }
    }
    // A sixth week that lies in the next month says nothing.
    weeks.retain(|week: &Vec<Day>| week.iter().any(|day| day.is_in_month));
    let weekday =
        |place: u64| page.t(WEEKDAYS.get(usize::try_from(place).unwrap_or(0)).copied().unwrap_or_default());
    let counted: i64 = found
        .chunk_by(|one, next| one.day == next.day)
        .filter_map(<[Found]>::first)
        .map(|one| one.orders)
        .sum();
    let told = if found.iter().any(|one| one.is_capped) {
        page.tv("calendar-more", "count", page.number(counted))
    } else {
        page.tv("orders-count", "count", counted)
    };
    CalendarPage {
        segments: segments(&page, 2),
        month: clock.full_month(first),
        told,
        before: month_href(first.checked_sub_months(Months::new(1))),
        now: month_href(None),
        after: month_href(first.checked_add_months(Months::new(1))),
        weekdays: (0..7).map(weekday).collect(),
        weeks,
        empty: found.is_empty().then(|| empty(&page)),
        page,
        me,
    }
}

fn empty(page: &Page) -> Empty {
    Empty {
        icon: Icon("calendar"),
        title: page.t("calendar-none"),
        text: page.t("calendar-none-text"),
        way: None,
    }
}

const WEEKDAYS: [&str; 7] =
    ["weekday-mon", "weekday-tue", "weekday-wed", "weekday-thu", "weekday-fri", "weekday-sat", "weekday-sun"];

fn day(
    page: &Page,
    clock: Clock,
    day: NaiveDate,
    first: NaiveDate,
    today: NaiveDate,
    found: &[Found],
) -> Day {
    let wanted: Vec<&Found> = found.iter().filter(|one| one.day == day).collect();
    let first_of_day = wanted.first();
    let named_here = i64::try_from(wanted.len()).unwrap_or(i64::MAX);
    let more = first_of_day.filter(|one| one.orders > named_here).map(|one| {
        let words = page.tv("board-more", "count", one.beyond(page, named_here));
        (format!("/orders?want_from={day}&want_to={day}"), words)
    });
    Day {
        name: day.day().to_string(),
        label: clock.full_day(day),
        is_in_month: day.month() == first.month() && day.year() == first.year(),
        is_today: day == today,
        is_free: day.weekday().num_days_from_monday() > 4,
        count: first_of_day.map(|one| one.beyond(page, 0)),
        orders: wanted.iter().take(NAMED).map(|one| named(one)).collect(),
        more,
    }
}

impl Found {
    /// How many are wanted on its day, without so many that are shown.
    fn beyond(&self, page: &Page, shown: i64) -> String {
        let number = page.number(self.orders - shown);
        if self.is_capped { page.tv("board-at-least", "count", number) } else { number }
    }
}

fn named(one: &Found) -> Wanted {
    let place = PHASES.iter().position(|(code, ..)| *code == one.phase).unwrap_or(0);
    Wanted {
        href: format!("/orders/{}", one.order_id),
        number: one.order_number.trim_start_matches("TRV-").to_owned(),
        customer: one.customer_name.clone(),
        icon: PHASES[place].2,
        phase: place + 1,
        is_late: one.is_overdue,
    }
}
