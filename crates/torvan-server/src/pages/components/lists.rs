//! What lists are made of: ways to look at them, filters, heads, pages, cards, menus.

use askama::Template;

use super::{Avatar, Icon, Status};
use crate::pages::page::Page;

html!(Segments, Views, Chip, Heading, Pager, Card, Menu, Tick, TickAll, BulkBar);

/// A place with a name.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Where.
    pub(crate) href: String,
    /// Its name.
    pub(crate) text: String,
    /// Before the name.
    pub(crate) icon: Option<Icon>,
    /// How many are there, in words.
    pub(crate) count: Option<String>,
    /// Whether this is it.
    pub(crate) is_on: bool,
}

impl Link {
    /// A way with a name.
    pub(crate) fn new(href: String, text: String, is_on: bool) -> Self {
        Self { href, text, icon: None, count: None, is_on }
    }

    /// With an icon before the name.
    pub(crate) fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// With a number behind the name.
    pub(crate) fn count(mut self, count: Option<String>) -> Self {
        self.count = count;
        self
    }
}

/// A few ways to look at the same thing.
#[derive(Debug, Template)]
#[template(path = "components/segments.html")]
pub(crate) struct Segments {
    /// What they are ways of, for readers.
    pub(crate) label: String,
    /// The ways.
    pub(crate) links: Vec<Link>,
}

/// Saved ways to look at a list.
#[derive(Debug, Template)]
#[template(path = "components/views.html")]
pub(crate) struct Views {
    /// What they are views of, for readers.
    pub(crate) label: String,
    /// The views.
    pub(crate) links: Vec<Link>,
}

/// A filter that is on.
#[derive(Debug, Template)]
#[template(path = "components/chip.html")]
pub(crate) struct Chip {
    /// What is compared.
    pub(crate) field: String,
    /// How.
    pub(crate) how: String,
    /// With what.
    pub(crate) value: String,
    /// The list without it.
    pub(crate) without: String,
    /// What the way there is called.
    pub(crate) label: String,
}

/// The head of a column.
#[derive(Debug, Template)]
#[template(path = "components/heading.html")]
pub(crate) struct Heading {
    class: String,
    text: String,
    /// The list in the order of this column.
    href: Option<String>,
    /// Whether it is the order now, and whether the greatest comes first.
    order: Option<bool>,
    is_filtered: bool,
    /// The field of the filter that asks for this column, and what the way there is called.
    filter: Option<(String, String)>,
}

impl Heading {
    /// A head with its class: `num` at the right, `mid` in the middle, `more` left out at a phone's width.
    pub(crate) fn new(class: impl Into<String>, text: String) -> Self {
        Self { class: class.into(), text, href: None, order: None, is_filtered: false, filter: None }
    }

    /// With the way to the list in this order.
    pub(crate) fn sorts(mut self, href: String, order: Option<bool>) -> Self {
        self.href = Some(href);
        self.order = order;
        self
    }

    /// With the way to the field of the filter that asks for it; a head that sorts does that instead.
    pub(crate) fn asked_by(mut self, field: &str, label: String) -> Self {
        self.filter = Some((format!("#{field}"), label));
        self
    }

    /// Lit when the list is filtered by it.
    pub(crate) fn filtered(mut self, is_filtered: bool) -> Self {
        self.is_filtered = is_filtered;
        self
    }
}

/// The way to the pages before and after; a count only where it is known.
#[derive(Debug, Template)]
#[template(path = "components/pager.html")]
pub(crate) struct Pager {
    /// What is seen.
    pub(crate) told: String,
    /// How many a page has.
    pub(crate) size: String,
    /// The first page, and what the way there is called.
    pub(crate) first: Option<(String, String)>,
    /// The page before.
    pub(crate) newer: Option<String>,
    /// The page after.
    pub(crate) older: Option<String>,
    /// What the ways are called.
    pub(crate) words: (String, String),
}

/// The tick of a row.
#[derive(Debug, Template)]
#[template(path = "components/tick.html")]
pub(crate) struct Tick {
    /// What is sent.
    pub(crate) value: String,
    /// What is ticked, for readers.
    pub(crate) label: String,
}

impl Tick {
    /// The tick of the row with this key, which is called so.
    pub(crate) fn new(page: &Page, value: String, called: String) -> Self {
        Self { value, label: page.tv("bulk-tick", "number", called) }
    }
}

/// The tick in the head, which ticks the page; without scripts it does nothing.
#[derive(Debug, Template)]
#[template(path = "components/tick_all.html")]
pub(crate) struct TickAll {
    label: String,
}

/// The bar that appears with the first tick: how many there are, and what can be done with them.
#[derive(Debug, Template)]
#[template(path = "components/bulk_bar.html")]
pub(crate) struct BulkBar {
    /// The tick in the head of the list.
    pub(crate) head: TickAll,
    label: String,
    /// What the list was asked for.
    kept: Vec<(String, String)>,
    acts: Vec<BulkAct>,
    words: [String; 3],
}

/// What a [`BulkBar`] offers.
#[derive(Debug)]
pub(crate) struct BulkAct {
    /// Where it is asked about.
    pub(crate) action: &'static str,
    /// As it stands in the address.
    pub(crate) code: &'static str,
    /// Before its name.
    pub(crate) icon: Icon,
    /// Its name.
    pub(crate) text: String,
}

impl BulkBar {
    /// A bar with what can be done; none where that is nothing.
    pub(crate) fn of(
        page: &Page,
        label: &str,
        kept: Vec<(String, String)>,
        acts: Vec<BulkAct>,
    ) -> Option<Self> {
        (!acts.is_empty()).then(|| Self {
            head: TickAll { label: page.t("bulk-tick-page") },
            label: page.t(label),
            kept,
            acts,
            words: ["bulk-count", "bulk-all", "bulk-none"].map(|key| page.t(key)),
        })
    }
}

/// An order on a board.
#[derive(Debug, Template)]
#[template(path = "components/card.html")]
pub(crate) struct Card {
    /// The record.
    pub(crate) href: String,
    /// Its number.
    pub(crate) number: String,
    /// How many builds.
    pub(crate) builds: String,
    /// Whose it is.
    pub(crate) customer: String,
    /// What holds it up.
    pub(crate) status: Option<Status>,
    /// Its key, where that is asked for after the page.
    pub(crate) asked_later: Option<i64>,
    /// When it is wanted.
    pub(crate) wanted: String,
    /// Whether that is past.
    pub(crate) is_late: bool,
    /// How old it is.
    pub(crate) age: String,
    /// Who has it.
    pub(crate) owner: Option<Avatar>,
}

/// Actions behind a button.
#[derive(Debug, Template)]
#[template(path = "components/menu.html")]
pub(crate) struct Menu {
    /// What the button is called.
    pub(crate) label: String,
    /// What can be done.
    pub(crate) items: Vec<MenuItem>,
}

/// An action of a [`Menu`].
#[derive(Debug)]
pub(crate) struct MenuItem {
    /// Before its name.
    pub(crate) icon: Icon,
    /// Its name.
    pub(crate) text: String,
    /// Where it is done.
    pub(crate) href: String,
    /// The key that does the same.
    pub(crate) key: Option<&'static str>,
    /// Whether it takes something away.
    pub(crate) is_danger: bool,
    /// Whether it asks in a dialog.
    pub(crate) is_dialog: bool,
}
