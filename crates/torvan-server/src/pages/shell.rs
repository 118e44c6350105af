//! What belongs to the frame: choices of this browser, and the own notifications.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::components::{Empty, Icon, Link, Pager, Views};
use super::moment::Clock;
use super::page::{Me, Page, THEMES, keep_own_language, keep_theme, rendered};
use super::way::{next_of, to, with_query};
use super::{data, field, form, page, registers};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::{FieldFault, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::words::Language;

const OWN: Access = Access::Permission("notification:read_own");

pub(super) const PAGES: &[Endpoint] = &[
    form(
        "/preferences",
        Access::SignedIn,
        prefer,
        &[field("theme", "auto, light or dark."), field("language", "en or fr.")],
        "Keeps the theme or the language for this browser.",
    ),
    page(
        Method::Get,
        "/preview",
        Access::SignedIn,
        registers::preview,
        "A row of a register, shown beside its list.",
    ),
    page(Method::Get, "/notifications", OWN, show, "The own notifications."),
    form("/notifications/read", OWN, read_all, &[], "Notes that all own notifications were read."),
    form(
        "/notifications/{notification_id}/read",
        OWN,
        read_one,
        &[],
        "Notes that one of the own notifications was read.",
    ),
];

fn prefer(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.enter().await?;
        context.commit().await?;
        let mut response = to(&next_of(&incoming));
        let theme = incoming.form.text("theme");
        if let Some((code, ..)) = THEMES.iter().find(|(code, ..)| *code == theme) {
            keep_theme(&mut response, code);
        }
        if let Some(language) = Language::named(incoming.form.text("language")) {
            keep_own_language(&mut response, &person, language);
        }
        Ok(response)
    })
}

/// Notifications of a page.
const PAGE: usize = 50;

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Notification {
    notification_id: i64,
    order_id: Option<i64>,
    title: String,
    body: String,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Row {
    id: i64,
    href: Option<String>,
    title: String,
    body: String,
    at: String,
    is_unread: bool,
}

#[derive(Debug, Template)]
#[template(path = "shell/notifications.html")]
struct NotificationsPage {
    page: Page,
    me: Me,
    views: Views,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "notifications-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let value =
            |name: &str| incoming.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let is_all = value("show") == Some("all");
        let before = value("before").and_then(|text| text.parse::<i64>().ok());
        let mut given = Map::new();
        given.insert("only_unread".to_owned(), (!is_all).into());
        given.insert("limit".to_owned(), (PAGE + 1).into());
        if let Some(before) = before {
            given.insert("before".to_owned(), before.into());
        }
        let mut found: Vec<Notification> = data::found(&mut context, "my_notifications", given).await?;
        context.commit().await?;
        let has_more = found.len() > PAGE;
        found.truncate(PAGE);
        let shown = if is_all { "all" } else { "" };
        let last = found.last().map(|one| one.notification_id.to_string()).unwrap_or_default();
        let clock = Clock::now(page.words);
        let pager = Pager {
            told: page.tv("rows-shown", "count", found.len()),
            size: page.tv("rows-page", "count", PAGE),
            first: None,
            newer: before.map(|_| with_query("/notifications", &[("show", shown)])),
            older: has_more.then(|| with_query("/notifications", &[("show", shown), ("before", &last)])),
            words: (page.t("pager-newer"), page.t("pager-older")),
        };
        let view = NotificationsPage {
            views: views(&page, &me, is_all),
            rows: found.into_iter().map(|one| row(clock, one)).collect(),
            empty: empty(&page, is_all),
            pager,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

fn row(clock: Clock, one: Notification) -> Row {
    Row {
        id: one.notification_id,
        href: one.order_id.map(|order_id| format!("/orders/{order_id}")),
        title: one.title,
        body: one.body,
        at: clock.ago(one.created_at),
        is_unread: one.read_at.is_none(),
    }
}

fn views(page: &Page, me: &Me, is_all: bool) -> Views {
    let unread = Link::new("/notifications".to_owned(), page.t("notifications-unread"), !is_all);
    let all = Link::new("/notifications?show=all".to_owned(), page.t("notifications-all"), is_all);
    Views { label: page.t("notifications-title"), links: vec![unread.count(me.unread()), all] }
}

fn empty(page: &Page, is_all: bool) -> Empty {
    let way = (!is_all)
        .then(|| Link::new("/notifications?show=all".to_owned(), page.t("notifications-see-all"), false));
    Empty {
        icon: Icon("inbox"),
        title: page.t(if is_all { "notifications-none" } else { "notifications-none-unread" }),
        text: page.t("notifications-none-text"),
        way,
    }
}

fn read_all(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        data::act(&mut context, "mark_all_notifications_read", Map::new()).await?;
        context.commit().await?;
        Ok(to("/notifications"))
    })
}

fn read_one(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let key = incoming.path_value("notification_id").and_then(|text| text.parse::<i64>().ok());
        let key = key.ok_or_else(|| {
            let detail = "\"notification_id\" is not a whole number.".to_owned();
            Problem::invalid(vec![FieldFault::parameter("notification_id", detail)])
        })?;
        let given = Map::from_iter([("notification_id".to_owned(), Value::from(key))]);
        data::act(&mut context, "mark_notification_read", given).await?;
        context.commit().await?;
        Ok(to("/notifications"))
    })
}
