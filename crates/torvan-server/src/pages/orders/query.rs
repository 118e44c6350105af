//! What a list of orders was asked for: everything that decides what is seen stands in the address.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::incoming::Incoming;
use crate::pages::components::PHASES;
use crate::pages::page::Frame;
use crate::pages::way::with_query;

/// Parameters of the address, in the order in which they are written.
const NAMES: [&str; 12] = [
    "view",
    "q",
    "phase",
    "customer",
    "want_from",
    "want_to",
    "sort",
    "cols",
    "rows",
    "saved",
    "after",
    "before",
];
/// Those that say how it is shown, not what: they stay when a view is chosen.
const HOW: [&str; 2] = ["cols", "rows"];
/// Orders of a page.
pub(super) const PAGE: usize = 50;

/// Usual ways to look at orders, with the keys of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// All that are not delivered and not cancelled.
    Open,
    /// Those in a phase whose next step is the reader's.
    Waiting,
    /// Open ones past their want date.
    Late,
    /// On hold.
    Held,
    /// Everything there ever was.
    All,
}

/// All views: as they stand in the address, key of the name.
pub(super) const VIEWS: [(View, &str, &str); 5] = [
    (View::Open, "open", "orders-view-open"),
    (View::Waiting, "waiting", "orders-view-waiting"),
    (View::Late, "late", "orders-view-late"),
    (View::Held, "hold", "orders-view-held"),
    (View::All, "all", "orders-view-all"),
];

/// Views of a board, which has the open orders only.
pub(super) const OPEN_VIEWS: [(View, &str, &str); 4] = [VIEWS[0], VIEWS[1], VIEWS[2], VIEWS[3]];

/// Columns that can be chosen: as they stand in the address, key of the head, whether they are usual.
pub(super) const COLUMNS: [(&str, &str, bool); 10] = [
    ("customer", "orders-customer", true),
    ("po", "orders-po", false),
    ("project", "orders-project", false),
    ("builds", "orders-builds", true),
    ("phase", "orders-phase", true),
    ("blocked", "orders-blocked", true),
    ("wanted", "orders-wanted", true),
    ("age", "orders-age", true),
    ("sales", "orders-sales", false),
    ("owner", "orders-owner", true),
];

/// Heights of rows, with the keys of their names; the middle one is usual.
pub(super) const HEIGHTS: [(&str, &str); 3] =
    [("compact", "rows-compact"), ("normal", "rows-normal"), ("roomy", "rows-roomy")];

/// The address of a list, with what it asks for.
#[derive(Debug, Clone)]
pub(super) struct Query {
    path: &'static str,
    pairs: Vec<(&'static str, String)>,
}

impl Query {
    /// Reads an address. What cannot be meant is left out, so that an old link still shows a list.
    pub(super) fn of(incoming: &Incoming, path: &'static str) -> Self {
        let given = |name: &str| incoming.query.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let several = |name: &str| -> Vec<&str> {
            let all = incoming.query.iter().filter(|(key, _)| key == name);
            all.flat_map(|(_, value)| value.split(',')).map(str::trim).collect()
        };
        let mut pairs = Vec::new();
        for name in NAMES {
            let value = match name {
                "phase" => known(&several(name), &PHASES.map(|(code, ..)| code)),
                "cols" => known(&several(name), &COLUMNS.map(|(code, ..)| code)),
                _ => given(name).map(|value| value.trim().to_owned()).unwrap_or_default(),
            };
            if is_meant(name, &value) {
                pairs.push((name, value));
            }
        }
        Self { path, pairs }
    }

    /// A value; empty where it is not given.
    pub(super) fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// All values, for the hidden fields of a form.
    pub(super) fn pairs_without(&self, left_out: &[&str]) -> Vec<(&'static str, &str)> {
        let kept = self.pairs.iter().filter(|(name, _)| !left_out.contains(name));
        kept.map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// The address with another value; an empty one takes it away. Another list begins at its first page.
    pub(super) fn with(&self, name: &'static str, value: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self.pairs_without(&[name, "after", "before"]);
        pairs.push((name, value));
        with_query(self.path, &pairs)
    }

    /// The address without all that narrows the list.
    pub(super) fn cleared(&self) -> String {
        with_query(
            self.path,
            &self.pairs_without(&[
                "q",
                "phase",
                "customer",
                "want_from",
                "want_to",
                "saved",
                "after",
                "before",
            ]),
        )
    }

    /// The address of a view.
    pub(super) fn view_href(&self, code: &str) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .pairs
            .iter()
            .filter(|(name, _)| HOW.contains(name))
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        pairs.push(("view", if code == VIEWS[0].1 { "" } else { code }));
        with_query(self.path, &pairs)
    }

    /// The view.
    pub(super) fn view(&self) -> View {
        let asked = self.get("view");
        VIEWS.iter().find(|(_, code, _)| *code == asked).map_or(View::Open, |(view, ..)| *view)
    }

    /// Phases that are asked for.
    pub(super) fn phases(&self) -> Vec<&str> {
        self.get("phase").split(',').filter(|code| !code.is_empty()).collect()
    }

    /// Columns that are shown.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        let asked: Vec<&str> = self.get("cols").split(',').collect();
        let is_usual = self.get("cols").is_empty();
        let shown =
            COLUMNS.iter().filter(|(code, _, usual)| if is_usual { *usual } else { asked.contains(code) });
        shown.map(|(code, ..)| *code).collect()
    }

    /// The order of the list: name and whether the greatest comes first.
    pub(super) fn sort(&self) -> (&str, bool) {
        let asked = match (self.get("sort"), self.view()) {
            ("", View::Late) => "want_date",
            ("", _) => "-created",
            (asked, _) => asked,
        };
        match asked.strip_prefix('-') {
            Some(name) => (name, true),
            None => (asked, false),
        }
    }

    /// Filters as the database takes them.
    pub(super) fn filters(&self, frame: &Frame) -> Map<String, Value> {
        let mut filters = self.view_filters(frame);
        let phases = self.phases();
        if !phases.is_empty() {
            filters.insert("phase".to_owned(), json!(phases));
        }
        for name in ["customer", "want_from", "want_to"] {
            let value = self.get(name);
            if !value.is_empty() {
                filters.insert(name.to_owned(), value.into());
            }
        }
        filters
    }

    /// The filters of its view alone.
    pub(super) fn view_filters(&self, frame: &Frame) -> Map<String, Value> {
        let mut filters = Map::new();
        let open: Vec<&str> =
            PHASES.iter().map(|(code, ..)| *code).filter(|code| *code != "DELIVERED").collect();
        match self.view() {
            View::Open => {
                filters.insert("phase".to_owned(), json!(open));
                filters.insert("state".to_owned(), json!(["ACTIVE", "ON_HOLD"]));
            }
            View::Waiting => {
                filters.insert("phase".to_owned(), json!(frame.waiting_phases));
                filters.insert("state".to_owned(), json!("ACTIVE"));
            }
            View::Late => drop(filters.insert("overdue".to_owned(), true.into())),
            View::Held => drop(filters.insert("state".to_owned(), json!("ON_HOLD"))),
            View::All => {}
        }
        filters
    }

    /// Whether something narrows the view.
    pub(super) fn is_narrowed(&self) -> bool {
        ["q", "phase", "customer", "want_from", "want_to"].iter().any(|name| !self.get(name).is_empty())
    }
}

/// Those of the values that are known, in their own order.
fn known(given: &[&str], codes: &[&str]) -> String {
    codes.iter().copied().filter(|code| given.contains(code)).collect::<Vec<_>>().join(",")
}

fn is_meant(name: &str, value: &str) -> bool {
    if value.is_empty() || value.len() > 500 {
        return false;
    }
    match name {
        "view" => VIEWS.iter().any(|(_, code, _)| *code == value),
        "want_from" | "want_to" => value.parse::<NaiveDate>().is_ok(),
        "sort" => ["created", "want_date", "order_number"].contains(&value.trim_start_matches('-')),
        "rows" => HEIGHTS.iter().any(|(code, _)| *code == value),
        "saved" => value.parse::<i64>().is_ok(),
        "after" | "before" => serde_json::from_str::<Map<String, Value>>(value).is_ok(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&'static str, &str)]) -> Query {
        Query {
            path: "/orders",
            pairs: pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn what_narrows_a_list_stands_in_its_address_and_can_be_taken_away() {
        let asked = query(&[
            ("view", "late"),
            ("q", "mercy"),
            ("phase", "DRAFT,APPROVAL"),
            ("cols", "customer"),
            ("after", "{}"),
        ]);
        assert_eq!(asked.with("phase", ""), "/orders?view=late&q=mercy&cols=customer");
        assert_eq!(asked.cleared(), "/orders?view=late&cols=customer");
        assert_eq!(asked.view_href("hold"), "/orders?cols=customer&view=hold");
        assert_eq!(asked.view_href("open"), "/orders?cols=customer");
        assert_eq!(asked.phases(), ["DRAFT", "APPROVAL"]);
        assert!(asked.is_narrowed() && !query(&[("view", "late")]).is_narrowed());
    }

    #[test]
    fn a_view_has_its_filters_and_its_order() {
        let frame = Frame { waiting_phases: vec!["APPROVAL".to_owned()], ..Frame::default() };
        assert_eq!(query(&[("view", "late")]).sort(), ("want_date", false));
        assert_eq!(query(&[]).sort(), ("created", true));
        assert_eq!(query(&[("sort", "order_number")]).sort(), ("order_number", false));
        assert_eq!(query(&[("view", "waiting")]).filters(&frame)["phase"], json!(["APPROVAL"]));
        let narrowed = query(&[("phase", "DELIVERED")]).filters(&frame);
        assert_eq!(narrowed["phase"], json!(["DELIVERED"]));
        assert!(query(&[("view", "all")]).filters(&frame).is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        for (name, value) in [
            ("view", "elsewhere"),
            ("want_to", "tomorrow"),
            ("sort", "customer"),
            ("rows", "tall"),
            ("after", "nowhere"),
        ] {
            assert!(!is_meant(name, value), "{name}");
        }
        assert_eq!(known(&["APPROVAL", "nothing", "DRAFT"], &["DRAFT", "APPROVAL"]), "DRAFT,APPROVAL");
    }

    #[test]
    fn the_usual_columns_are_those_of_the_plant() {
        assert_eq!(
            query(&[]).columns(),
            ["customer", "builds", "phase", "blocked", "wanted", "age", "owner"]
        );
        assert_eq!(query(&[("cols", "phase,po")]).columns(), ["po", "phase"]);
    }
}
