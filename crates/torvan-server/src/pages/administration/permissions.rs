//! Role × permission: who may do what, narrowed by words or to a role; an administrator changes a cell with a reason.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use crate::api::endpoint::ListSpec;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Link, Views};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::word;
use crate::pages::way::with_query;
use crate::words::Words;

const MATRIX: ListSpec = ListSpec {
    relation: "v_permission_matrix",
    filters: &[],
    sorts: &["permission_code"],
    key: &["permission_code"],
};

/// Permissions of a page of the list; there are more than one has.
const PAGE: usize = 200;

#[expect(clippy::struct_excessive_bools, reason = "the view has a column for each role")]
#[derive(Debug, Deserialize)]
struct Row {
    permission_code: String,
    description: String,
    administrator: bool,
    sales_manager: bool,
    production_manager: bool,
    qc_inspector: bool,
    assembly_technician: bool,
    customer_service: bool,
    other_roles: Vec<String>,
    is_kept_from_administrator: bool,
}

/// Roles with their own column.
const ROLES: [&str; 6] = [
    "ADMINISTRATOR",
    "SALES_MANAGER",
    "PRODUCTION_MANAGER",
    "QC_INSPECTOR",
    "ASSEMBLY_TECHNICIAN",
    "CUSTOMER_SERVICE",
];

impl Row {
    fn held(&self) -> [bool; 6] {
        [
            self.administrator,
            self.sales_manager,
            self.production_manager,
            self.qc_inspector,
            self.assembly_technician,
            self.customer_service,
        ]
    }

    /// Whether its code, or what it allows in the language of the page, has the words that were typed.
    fn fits(&self, language: Words, words: &str, role: Option<usize>) -> bool {
        let has_words = self.permission_code.contains(words)
            || language.shipped(&self.description).to_lowercase().contains(words);
        has_words && role.is_none_or(|place| self.held().get(place) == Some(&true))
    }
}

#[derive(Debug)]
struct Cell {
    is_held: bool,
    /// That it is held or not, and by whom.
    label: String,
    /// Where it is changed.
    href: Option<String>,
}

#[derive(Debug)]
struct Line {
    code: String,
    about: String,
    cells: Vec<Cell>,
    others: String,
    /// Whether the line begins another subject.
    head: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "administration/permissions.html")]
struct PermissionsPage {
    page: Page,
    me: Me,
    told: String,
    words: String,
    role: String,
    views: Views,
    roles: Vec<(String, String)>,
    lines: Vec<Line>,
    may_change: bool,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "permissions-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let mut rows: Vec<Row> = Vec::new();
        let mut given = vec![("limit".to_owned(), PAGE.to_string())];
        loop {
            let (found, next) = data::listed(&mut context, &MATRIX, &[], &given).await?;
            rows.extend(found);
            let Some(cursor) = next else { break };
            given.truncate(1);
            given.push(("cursor".to_owned(), cursor));
        }
        context.commit().await?;
        let asked = |name: &str| {
            incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
        };
        let words = asked("q").trim().to_lowercase();
        let role = ROLES.iter().position(|role| *role == asked("role"));
        let may_change = me.may("role:update");
        let fitting: Vec<&Row> = rows.iter().filter(|row| row.fits(page.words, &words, role)).collect();
        let view = PermissionsPage {
            told: page.tv("permissions-count", "count", fitting.len()),
            views: views(&page, &words, role),
            roles: ROLES.iter().map(|role| ((*role).to_owned(), word(page.words, role))).collect(),
            lines: lines(&page, &fitting, may_change),
            role: role.and_then(|place| ROLES.get(place)).copied().unwrap_or_default().to_owned(),
            words,
            may_change,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

fn views(page: &Page, words: &str, role: Option<usize>) -> Views {
    let all = Link::new(with_query("/permissions", &[("q", words)]), page.t("view-all"), role.is_none());
    let of = ROLES.iter().enumerate().map(|(place, code)| {
        let href = with_query("/permissions", &[("q", words), ("role", code)]);
        Link::new(href, word(page.words, code), role == Some(place))
    });
    Views { label: page.t("permissions-title"), links: std::iter::once(all).chain(of).collect() }
}

fn lines(page: &Page, rows: &[&Row], may_change: bool) -> Vec<Line> {
    let subject = |row: &Row| row.permission_code.split(':').next().unwrap_or_default().to_owned();
    let mut before = String::new();
    let mut lines = Vec::new();
    for row in rows {
        let now = subject(row);
        let head = (now != before).then(|| group(page.words, &now));
        before = now;
        lines.push(Line {
            code: row.permission_code.clone(),
            about: page.words.shipped(&row.description),
            cells: ROLES
                .iter()
                .zip(row.held())
                .map(|(role, is_held)| cell(page, row, role, is_held, may_change))
                .collect(),
            others: row.other_roles.iter().map(|role| word(page.words, role)).collect::<Vec<_>>().join(", "),
            head,
        });
    }
    lines
}

/// What permissions are about.
fn group(words: Words, subject: &str) -> String {
    let key = format!("permissions-of-{}", subject.replace('_', "-"));
    words.say_if_known(&key).unwrap_or_else(|| word(words, subject))
}

fn cell(page: &Page, row: &Row, role: &str, is_held: bool, may_change: bool) -> Cell {
    let is_barred = row.is_kept_from_administrator && role == "ADMINISTRATOR" && !is_held;
    let form = if is_held { "take" } else { "give" };
    let href = with_query(&format!("/roles/{role}/{form}"), &[("permission", &row.permission_code)]);
    let key = match (is_held, is_barred) {
        (true, _) => "permissions-held",
        (false, true) => "permissions-barred",
        (false, false) => "permissions-not-held",
    };
    Cell {
        is_held,
        label: page.tv(key, "role", word(page.words, role)),
        href: (may_change && !is_barred).then_some(href),
    }
}

#[cfg(test)]
mod tests {
    use torvan_store::surface::surface;

    use super::*;
    use crate::words::{LANGUAGES, Language};

    #[test]
    fn every_permission_belongs_to_a_group_with_a_name() {
        let subjects = surface().permissions.keys().filter_map(|code| code.split(':').next());
        for subject in subjects {
            let key = format!("permissions-of-{}", subject.replace('_', "-"));
            for language in LANGUAGES {
                assert!(Words::new(language).say_if_known(&key).is_some(), "{language:?}: {key}");
            }
        }
    }

    #[test]
    fn a_permission_fits_by_its_code_or_words_and_by_who_has_it() {
        let row = Row {
            permission_code: "order:approve".to_owned(),
            description: "Approve orders of others".to_owned(),
            administrator: true,
            sales_manager: false,
            production_manager: true,
            qc_inspector: false,
            assembly_technician: false,
            customer_service: false,
            other_roles: Vec::new(),
            is_kept_from_administrator: false,
        };
        for (language, words, role, fits) in [
            (Language::En, "", None, true),
            (Language::En, "approve", None, true),
            (Language::En, "of others", Some(2), true),
            (Language::En, "approve", Some(1), false),
            (Language::En, "customer", None, false),
            (Language::Fr, "des autres", None, true),
            (Language::Fr, "of others", None, false),
        ] {
            assert_eq!(row.fits(Words::new(language), words, role), fits, "{words} {role:?}");
        }
    }
}
