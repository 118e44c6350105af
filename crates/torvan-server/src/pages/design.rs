//! The living page of the components: each with its real markup, in the reader's theme.

use askama::Template;
use axum::http::StatusCode;

use super::components::{
    Avatar, Card, Chip, Choice, Choices, Conflict, Doing, Empty, Event, Faults, Field, Gate, Hash, Heading,
    Icon, Job, Kind, Link, Menu, MenuItem, Moment, NextBox, Notice, PHASES, Pager, Phase, Segments, Stamp,
    Status, Steps, Summary, Switch, Timeline, Toast, Tone, Undo, Views,
};
use super::page;
use super::page::{Me, Page, rendered};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] =
    &[page(Method::Get, "/design", Access::SignedIn, show, "The components of the pages.")];

/// Roles of colours, as the page shows them.
const SURFACES: [&str; 10] =
    ["canvas", "sunken", "panel", "raised", "hover", "press", "selected", "line-1", "line-2", "line-3"];
const INKS: [&str; 8] =
    ["ink-1", "ink-2", "ink-3", "ink-4", "accent", "accent-hover", "accent-line", "accent-soft"];
const HUES: [&str; 10] =
    ["ok", "info", "warn", "bad", "hold", "ok-soft", "info-soft", "warn-soft", "bad-soft", "hold-soft"];

#[derive(Debug, Template)]
#[template(path = "design/design.html")]
struct DesignPage {
    page: Page,
    me: Me,
    statuses: Vec<Status>,
    pills: Vec<Status>,
    phases: Vec<Phase>,
    avatars: Vec<Avatar>,
    views: Views,
    segments: Segments,
    chip: Chip,
    heads: Vec<Heading>,
    pager: Pager,
    fields: Vec<Field>,
    choices: Choices,
    switches: Vec<Switch>,
    summary: Summary,
    toast: Toast,
    empty: Empty,
    menu: Menu,
    job: Job,
    conflict: Conflict,
    stamp: Stamp,
    hash: Hash,
    next: NextBox,
    timeline: Timeline,
    card: Card,
    notices: Vec<Notice>,
    steps: Steps,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "design-title").await?;
        context.commit().await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        rendered(&design_page(page, me), StatusCode::OK)
    })
}

fn here(text: &str) -> Link {
    Link::new("/design".to_owned(), text.to_owned(), false)
}

fn on(text: &str) -> Link {
    Link { is_on: true, ..here(text) }
}

fn tones() -> [(Tone, &'static str); 5] {
    [
        (Tone::Ok, "On time"),
        (Tone::Info, "In progress"),
        (Tone::Warn, "Due soon"),
        (Tone::Bad, "Blocked"),
        (Tone::Hold, "On hold"),
    ]
}

fn undo(me: &Me) -> Undo {
    Undo {
        action: "/preferences".to_owned(),
        fields: vec![("csrf".to_owned(), me.csrf.clone()), ("next".to_owned(), "/design".to_owned())],
        text: "Undo".to_owned(),
    }
}

fn design_page(page: Page, me: Me) -> DesignPage {
    let statuses = tones().map(|(tone, text)| Status::new(tone, text.to_owned()));
    let pills = tones().map(|(tone, text)| Status::pill(tone, text.to_owned()));
    let (fields, summary) = fields(&page);
    DesignPage {
        statuses: statuses.into(),
        pills: pills.into(),
        phases: PHASES.iter().map(|(code, ..)| Phase::of(page.words, code)).collect(),
        avatars: (0..5).map(|place| Avatar::small(place, "RL".to_owned(), "R. L.".to_owned())).collect(),
        views: Views {
            label: page.t("design-tools"),
            links: vec![
                on("Open orders").count(Some("64".to_owned())),
                here("Late").count(Some("5".to_owned())),
            ],
        },
        segments: Segments {
            label: page.t("design-tools"),
            links: vec![on("List").icon(Icon("list")), here("Board").icon(Icon("square-kanban"))],
        },
        chip: Chip {
            field: "Phase".to_owned(),
            how: "is".to_owned(),
            value: "Production".to_owned(),
            without: "/design".to_owned(),
            label: page.t("close"),
        },
        heads: heads(),
        pager: Pager {
            told: page.tv("rows-shown", "count", 50_i64),
            size: page.tv("rows-page", "count", 50_i64),
            first: None,
            newer: None,
            older: Some("/design".to_owned()),
            words: (page.t("pager-newer"), page.t("pager-older")),
        },
        fields,
        summary,
        choices: choices(),
        switches: vec![
            Switch { name: "on", text: "On".to_owned(), is_on: true },
            Switch { name: "off", text: "Off".to_owned(), is_on: false },
        ],
        toast: Toast {
            tone: Tone::Ok,
            text: "Filter saved as “Plant meeting”".to_owned(),
            undo: Some(undo(&me)),
            close: page.t("close"),
        },
        empty: Empty {
            icon: Icon("clipboard-check"),
            title: "No inspections wait for you".to_owned(),
            text: "Builds arrive here after their end-of-line test.".to_owned(),
            way: Some(here("See builds in test")),
        },
        menu: menu(),
        job: Job {
            label: "Import, 312 of 481 parts".to_owned(),
            left: "about 20 s".to_owned(),
            done: 312,
            of: 481,
            found: "309 valid, 3 need a look".to_owned(),
        },
        conflict: Conflict {
            title: "T. S. moved this order meanwhile".to_owned(),
            text: "Approval to Production, 14:06. Your text is kept.".to_owned(),
            ways: vec![here("Show the difference"), here("Use mine")],
        },
        stamp: Stamp {
            name: "R. L., Production Manager".to_owned(),
            meaning: "Approved: bill of materials, rev 2".to_owned(),
            at: "23 Nov 2026, 19:04 UTC (14:04 EST)".to_owned(),
            note: "Appears on every page and print".to_owned(),
            doubt: None,
        },
        hash: Hash::new("2f95f927ede0ffde6fdf42656de39da8"),
        next: next(),
        timeline: timeline(page.words),
        card: card(),
        notices: vec![
            Notice::done("Saved".to_owned()),
            Notice::info("Read only".to_owned()).text("Another person has it open.".to_owned()),
        ],
        steps: Steps::new(
            page.t("design-steps"),
            ["Customer", "Sinks", "Review"].map(str::to_owned).into(),
            1,
        ),
        page,
        me,
    }
}

fn card() -> Card {
    Card {
        href: "/design".to_owned(),
        number: "2026-000431".to_owned(),
        builds: "2".to_owned(),
        customer: "Northfield General".to_owned(),
        status: Some(Status::new(Tone::Warn, "2 drawings missing".to_owned())),
        asked_later: None,
        wanted: "4 Dec".to_owned(),
        is_late: false,
        age: "6 d".to_owned(),
        owner: Some(Avatar::small(2, "RL".to_owned(), "R. L.".to_owned())),
    }
}

fn heads() -> Vec<Heading> {
    let text = |text: &str| text.to_owned();
    vec![
        Heading::new("", text("Order")).sorts("/design".to_owned(), Some(true)),
        Heading::new("", text("Customer")),
        Heading::new("", text("Phase")).filtered(true),
        Heading::new("num", text("Wanted")).sorts("/design".to_owned(), None),
    ]
}

fn fields(page: &Page) -> (Vec<Field>, Summary) {
    let faults = Faults::of("width", "No body below 48 in.".to_owned());
    let fields = [
        Field::new("length", "Length".to_owned(), Kind::Number, "off")
            .value("72")
            .hint("In inches.".to_owned()),
        Field::new("want_date", "Want date".to_owned(), Kind::Date, "off").value("2026-12-04"),
        Field::new("width", "Width".to_owned(), Kind::Number, "off").value("46"),
        Field::new("language", "Language".to_owned(), Kind::Select, "off")
            .options(["EN", "FR", "ES"].map(|code| (code.to_owned(), code.to_owned())).into())
            .value("FR"),
        Field::new("note", "Note".to_owned(), Kind::Area, "off").optional(),
    ];
    let fields = faults.onto(fields);
    let fields = fields.into_iter().map(Field::without_focus).collect();
    (fields, faults.summary(page.t("summary-form")))
}

fn choices() -> Choices {
    let text = |text: &str| text.to_owned();
    Choices::new(
        "basin",
        text("Basin"),
        vec![
            Choice::new("EDR", text("E-Drain"), true).code("713.107"),
            Choice::new("ESK", text("E-Sink"), false).code("713.109").note(text("With touchscreen")),
            Choice::new("DI", text("E-Sink DI"), false).code("713.108").barred(text("Not on T2-B2")),
        ],
    )
}

fn menu() -> Menu {
    let item = |icon: Icon, text: &str, key| MenuItem {
        icon,
        text: text.to_owned(),
        href: "/design".to_owned(),
        key,
        is_danger: false,
        is_dialog: false,
    };
    let cancel = MenuItem { is_danger: true, ..item(Icon("ban"), "Cancel order…", None) };
    Menu {
        label: "More".to_owned(),
        items: vec![
            item(Icon("arrow-right"), "Go to BOM", Some("g m")),
            item(Icon("circle-pause"), "Put on hold…", Some("h")),
            cancel,
        ],
    }
}

fn next() -> NextBox {
    let gate = |tone, what: &str, about: &str, way| Gate {
        tone,
        what: what.to_owned(),
        about: about.to_owned(),
        way,
        whose: None,
    };
    NextBox {
        title: "Next: release to production".to_owned(),
        doing: Doing::Barred("Release".to_owned()),
        gates: vec![
            gate(Tone::Warn, "Approved drawing", "for NG-2217-2", Some(here("Attach"))),
            gate(Tone::Warn, "Part drawing", "for custom 720.215.014", Some(here("Attach"))),
            gate(Tone::Ok, "Both BOMs approved,", "outsourced lines marked", None),
        ],
        is_primary: true,
    }
}

fn timeline(words: crate::words::Words) -> Timeline {
    let event = |(place, (code, ..)): (usize, &(&str, &str, Icon))| Event {
        moment: match place {
            0 | 1 => Moment::Past,
            2 => Moment::Now,
            _ => Moment::Later,
        },
        title: Phase::of(words, code).name().to_owned(),
        note: (place < 3).then(|| "K. M.".to_owned()),
        time: (place < 3).then(|| "17 Nov".to_owned()),
    };
    Timeline { events: PHASES.iter().enumerate().map(event).collect() }
}
