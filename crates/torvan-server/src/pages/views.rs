//! Saved views: ways to look at a list that people gave a name, for themselves or for roles. What a view shows stands in the
//! address; here is kept what it is called and who sees it.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::components::{Conflict, Faults, Field, Icon, Kind, Link, Summary};
use super::once::{Once, fresh_key};
use super::page::{Me, Page, rendered};
use super::way::{is, to, with_query};
use super::{data, field, form, page, registers};
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

/// Parameter of an address with the key of the saved view that it began with.
pub(super) const SAVED: &str = "saved";
/// Parameters that say what was just done; they are no part of a view.
pub(super) const TOLD: [&str; 2] = ["done", "undo"];

const OWN: Access = Access::Permission("saved_view:create");
const NAME: [crate::api::endpoint::Field; 1] = [field("name", "What it is called.")];

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/views/new", OWN, ask_new, "Asks for the name of a view that is to be saved."),
    form("/views/new", OWN, save, &NAME, "Saves a view of a list."),
    page(Method::Get, "/views/{saved_view_id}/edit", OWN, ask_change, "Asks how a saved view changes."),
    form("/views/{saved_view_id}/edit", OWN, change, &NAME, "Renames a saved view, shares it anew."),
    form(
        "/views/{saved_view_id}/query",
        OWN,
        requery,
        &[field("query", "Filters, order and columns.")],
        "Gives a saved view the filters that are shown.",
    ),
    form("/views/{saved_view_id}/remove", OWN, remove, &[], "Takes a saved view away."),
    form("/views/{saved_view_id}/restore", OWN, restore, &[], "Brings a saved view back."),
];

const VIEWS: ListSpec = ListSpec {
    relation: "saved_views",
    filters: &["list_path", "saved_view_id"],
    sorts: &["name"],
    key: &["saved_view_id"],
};
const ROLES: ListSpec =
    ListSpec { relation: "roles", filters: &["is_for_programs"], sorts: &["role_id"], key: &["role_id"] };

/// Views that stand in the bar; the others are behind a button.
const SHOWN: usize = 4;

#[derive(Debug, Clone, Deserialize)]
struct View {
    saved_view_id: i64,
    list_path: String,
    name: String,
    query: String,
    owner_id: i64,
    shared_with: Vec<String>,
    row_version: i64,
}

#[derive(Debug, Deserialize)]
struct Role {
    role_code: String,
    name: String,
}

/// Saved views of a list as its page shows them.
#[derive(Debug)]
pub(super) struct Saved {
    /// In the bar.
    pub(super) shown: Vec<Link>,
    /// Behind a button.
    pub(super) more: Vec<Link>,
    /// Where the view that is seen is saved.
    pub(super) save: Option<String>,
    /// The one that is seen, where it is the reader's own.
    pub(super) own: Option<OwnView>,
}

/// A view that its owner looks at.
#[derive(Debug)]
pub(super) struct OwnView {
    /// Its key.
    pub(super) id: i64,
    /// Its name.
    pub(super) name: String,
    /// As it was read.
    pub(super) version: i64,
    /// What is seen, where that is no longer what was saved.
    pub(super) changed: Option<String>,
}

/// The values of an address in one order, to tell whether two show the same.
fn sorted(query: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    pairs.sort();
    pairs
}

fn query_of(pairs: &[(&str, &str)]) -> String {
    with_query("", pairs).trim_start_matches('?').to_owned()
}

impl Saved {
    /// Reads the views of a list; `pairs` is what its address asks for, but for the place in it.
    pub(super) async fn of(
        context: &mut Context,
        me: &Me,
        user_id: i64,
        list: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Self, Problem> {
        let found: Vec<View> =
            data::rows(context, &VIEWS, &[("filter[list_path]", list), ("limit", "200")]).await?;
        let chosen = pairs.iter().find(|(name, _)| *name == SAVED).and_then(|(_, id)| id.parse::<i64>().ok());
        let kept: Vec<(&str, &str)> =
            pairs.iter().filter(|(name, _)| *name != SAVED && !TOLD.contains(name)).copied().collect();
        let now = query_of(&kept);
        let link = |view: &View| {
            let link = Link::new(view.href(), view.name.clone(), chosen == Some(view.saved_view_id));
            if view.owner_id == user_id { link } else { link.icon(Icon("users")) }
        };
        // The one that is seen is never behind the button.
        let is_front = |(place, view): &(usize, &View)| *place < SHOWN || chosen == Some(view.saved_view_id);
        let (front, back): (Vec<_>, Vec<_>) = found.iter().enumerate().partition(is_front);
        let own = found.iter().find(|view| chosen == Some(view.saved_view_id) && view.owner_id == user_id);
        let own = own.map(|view| OwnView {
            id: view.saved_view_id,
            name: view.name.clone(),
            version: view.row_version,
            changed: (sorted(&view.query) != sorted(&now)).then(|| now.clone()),
        });
        let save =
            me.may("saved_view:create").then(|| with_query("/views/new", &[("list", list), ("query", &now)]));
        Ok(Self {
            shown: front.into_iter().map(|(_, view)| link(view)).collect(),
            more: back.into_iter().map(|(_, view)| link(view)).collect(),
            save,
            own,
        })
    }
}

impl View {
    fn href(&self) -> String {
        let id = self.saved_view_id.to_string();
        let pairs = sorted(&self.query);
        let mut pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.push((SAVED, &id));
        with_query(&self.list_path, &pairs)
    }
}

/// Says what was just done with a view, as the address tells.
pub(super) fn say_done(incoming: &Incoming, page: &mut Page) {
    match incoming.asked("done") {
        "view-saved" => page.done("view-done-saved"),
        "view-changed" => page.done("view-done-changed"),
        "view-back" => page.done("view-done-back"),
        "view-removed" => {
            let id = incoming.asked("undo").parse::<i64>().unwrap_or_default();
            page.done_with_undo("view-done-removed", format!("/views/{id}/restore"));
        }
        _ => {}
    }
}

/// Whether there is such a list.
fn is_list(path: &str) -> bool {
    matches!(path, "/orders" | "/orders/board") || registers::has_register(path)
}

#[derive(Debug)]
struct RoleTick {
    code: String,
    name: String,
    is_on: bool,
}

#[derive(Debug, Template)]
#[template(path = "views/edit.html")]
struct EditPage {
    page: Page,
    me: Me,
    summary: Summary,
    conflict: Option<Conflict>,
    name: Field,
    roles: Vec<RoleTick>,
    action: String,
    back: String,
    list: String,
    query: String,
    key: String,
    version: String,
    is_new: bool,
}

/// What the dialog is about.
#[derive(Debug, Default)]
struct Shown {
    view: Option<View>,
    list: String,
    query: String,
    again: Again,
}

/// Why it is shown again.
#[derive(Debug, Default)]
struct Again {
    faults: Faults,
    /// What is said where it was changed meanwhile.
    conflict: Option<&'static str>,
    status: StatusCode,
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

fn view_id(incoming: &Incoming) -> Result<i64, Problem> {
    incoming.key("saved_view_id")
}

async fn found(context: &mut Context, id: i64) -> Result<View, Problem> {
    let id = id.to_string();
    let found: Vec<View> = data::rows(context, &VIEWS, &[("filter[saved_view_id]", id.as_str())]).await?;
    found.into_iter().next().ok_or_else(missing)
}

fn ask_new(incoming: Incoming) -> Answering {
    Box::pin(async move { new_page(&incoming, Again::default()).await })
}

async fn new_page(incoming: &Incoming, again: Again) -> Answer {
    let (list, query) = (incoming.typed("list").to_owned(), incoming.typed("query").to_owned());
    if !is_list(&list) {
        // Who is there comes before what is missing.
        incoming.peek().await?;
        return Err(missing());
    }
    dialog(incoming, Shown { view: None, list, query, again }).await
}

fn ask_change(incoming: Incoming) -> Answering {
    Box::pin(async move { change_page(&incoming, Again::default()).await })
}

async fn change_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let view = found(&mut context, view_id(incoming)?).await?;
    context.commit().await?;
    if view.owner_id != person.user_id {
        return Err(Problem::new(FORBIDDEN, "The view belongs to somebody else.")
            .hint("Only its owner changes it; save one of your own from it."));
    }
    let query = incoming.form.all("query").next().unwrap_or(&view.query).to_owned();
    dialog(incoming, Shown { list: view.list_path.clone(), query, view: Some(view), again }).await
}

async fn dialog(incoming: &Incoming, shown: Shown) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let title = if shown.view.is_some() { "view-change" } else { "view-save" };
    let mut page = Page::signed_in(incoming, &mut context, &person, title).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let roles: Vec<Role> = if me.may("saved_view:share") {
        data::rows(&mut context, &ROLES, &[("filter[is_for_programs]", "false")]).await?
    } else {
        Vec::new()
    };
    context.commit().await?;
    let Again { faults, conflict, status } = shown.again;
    if !faults.is_empty() || conflict.is_some() {
        page.with_error();
    }
    let stored = shown.view.as_ref();
    let typed = incoming.form.all("name").next();
    let typed = typed.unwrap_or_else(|| stored.map_or("", |view| view.name.as_str()));
    let has_ticks = incoming.form.all("shown").next().is_some();
    let is_on = |code: &str| match stored {
        Some(view) if !has_ticks => view.shared_with.iter().any(|one| one == code),
        _ => incoming.form.all("role").any(|one| one == code),
    };
    let tick = |role: Role| RoleTick {
        is_on: is_on(&role.role_code),
        name: page.role(&role.role_code, &role.name),
        code: role.role_code,
    };
    let name = Field::new("name", page.t("view-name"), Kind::Text, "off").value(typed).focus();
    let [name] = faults.onto([name]);
    let key =
        Some(incoming.form.raw("key")).filter(|key| !key.is_empty()).map_or_else(fresh_key, str::to_owned);
    let view = EditPage {
        roles: roles.into_iter().map(tick).collect(),
        name,
        summary: faults.summary(page.t("summary-form")),
        conflict: stored.zip(conflict).map(|(view, text)| changed_meanwhile(&page, view, text)),
        action: stored
            .map_or_else(|| "/views/new".to_owned(), |view| format!("/views/{}/edit", view.saved_view_id)),
        back: stored.map_or_else(|| place(&shown.list, &shown.query), View::href),
        version: stored.map(|view| view.row_version.to_string()).unwrap_or_default(),
        is_new: stored.is_none(),
        list: shown.list,
        query: shown.query,
        key,
        page,
        me,
    };
    rendered(&view, status)
}

/// Only its owner changes a view: somebody who did so in another window.
fn changed_meanwhile(page: &Page, view: &View, text: &str) -> Conflict {
    Conflict {
        title: page.t("view-conflict"),
        text: page.tv(text, "now", view.name.clone()),
        ways: vec![Link::new(view.href(), page.t("view-conflict-see"), false)],
    }
}

fn place(list: &str, query: &str) -> String {
    let pairs = sorted(query);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    with_query(list, &pairs)
}

/// Roles that a view is then shared with; none where nobody was asked. Those that were not shown stay.
fn sharing(incoming: &Incoming, stored: &[String]) -> Option<Value> {
    let shown: Vec<&str> = incoming.form.all("shown").collect();
    if shown.is_empty() {
        return None;
    }
    let kept = stored.iter().map(String::as_str).filter(|code| !shown.contains(code));
    let ticked = incoming.form.all("role").filter(|code| shown.contains(code));
    Some(kept.chain(ticked).map(Value::from).collect())
}

/// What is refused about the words of a view goes to its field; the rest is a problem of its own.
fn again_of(problem: Problem, conflict: &'static str) -> Result<Again, Problem> {
    let is_stale = is(&problem, STALE);
    if !is_stale && !is(&problem, INVALID) && !is(&problem, CONFLICT) {
        return Err(problem);
    }
    let faults = match problem.told_of("name") {
        _ if is_stale => Faults::default(),
        Some(told) => Faults::of("name", told),
        None => Faults::whole(problem.told()),
    };
    Ok(Again { faults, conflict: is_stale.then_some(conflict), status: problem.kind().status })
}

fn save(incoming: Incoming) -> Answering {
    Box::pin(async move {
        match saved(&incoming).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => new_page(&incoming, again_of(problem, "view-conflict-text")?).await,
        }
    })
}

async fn saved(incoming: &Incoming) -> Result<String, Problem> {
    let (list, query) = (incoming.form.text("list"), incoming.form.text("query"));
    if !is_list(list) {
        incoming.peek().await?;
        return Err(missing());
    }
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let mut given = Map::from_iter([
        ("list_path".to_owned(), Value::from(list)),
        ("name".to_owned(), incoming.form.text("name").into()),
        ("query".to_owned(), query.into()),
    ]);
    given.extend(sharing(incoming, &[]).map(|roles| ("shared_with".to_owned(), roles)));
    let made: Vec<i64> = data::found(&mut context, "save_view", given).await?;
    let id = made.first().copied().unwrap_or_default().to_string();
    let mut pairs = sorted(query);
    pairs.push((SAVED.to_owned(), id));
    pairs.push(("done".to_owned(), "view-saved".to_owned()));
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let place = with_query(list, &pairs);
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

/// Calls a function about the view of the path, and leads back to the list with what it then asks for. What it is given may
/// depend on what is stored.
async fn acted(
    incoming: &Incoming,
    function: &'static str,
    given: impl FnOnce(&View) -> Map<String, Value>,
    leads: impl Fn(&View) -> String,
) -> Result<String, Problem> {
    let id = view_id(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let before = found(&mut context, id).await?;
    let mut all = given(&before);
    // What cannot be read is no version that was seen.
    let version = incoming.form.text("version").parse::<i64>().unwrap_or_default();
    all.insert("expected_version".to_owned(), version.into());
    all.insert("saved_view_id".to_owned(), id.into());
    data::act(&mut context, function, all).await?;
    // One that is taken away can no longer be looked at.
    let view = if function == "remove_view" { before } else { found(&mut context, id).await? };
    let place = leads(&view);
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

fn told(href: &str, pairs: &[(&str, &str)]) -> String {
    let sign = if href.contains('?') { '&' } else { '?' };
    format!("{href}{sign}{}", query_of(pairs))
}

/// What was not done with a view is told in its dialog.
async fn answered(incoming: &Incoming, acted: Result<String, Problem>, conflict: &'static str) -> Answer {
    match acted {
        Ok(place) => Ok(to(&place)),
        Err(problem) => change_page(incoming, again_of(problem, conflict)?).await,
    }
}

fn led_to_changed(view: &View) -> String {
    told(&view.href(), &[("done", "view-changed")])
}

fn change(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let given = |view: &View| {
            let name = ("name".to_owned(), Value::from(incoming.form.text("name")));
            let query = incoming.form.all("query").next().map(|query| ("query".to_owned(), query.into()));
            let roles = sharing(&incoming, &view.shared_with).map(|roles| ("shared_with".to_owned(), roles));
            [Some(name), query, roles].into_iter().flatten().collect()
        };
        let acted = acted(&incoming, "update_view", given, led_to_changed).await;
        answered(&incoming, acted, "view-conflict-text").await
    })
}

fn requery(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let given =
            |_: &View| Map::from_iter([("query".to_owned(), Value::from(incoming.form.text("query")))]);
        let acted = acted(&incoming, "update_view", given, led_to_changed).await;
        answered(&incoming, acted, "view-conflict-text").await
    })
}

fn remove(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let leads = |view: &View| {
            let id = view.saved_view_id.to_string();
            told(&place(&view.list_path, &view.query), &[("done", "view-removed"), ("undo", &id)])
        };
        let acted = acted(&incoming, "remove_view", |_| Map::new(), leads).await;
        answered(&incoming, acted, "view-conflict-there").await
    })
}

fn restore(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let id = view_id(&incoming)?;
        let (mut context, _) = incoming.enter().await?;
        let once = Once::of(&incoming)?;
        if let Some(place) = once.begin(&mut context).await? {
            return Ok(to(&place));
        }
        data::act(
            &mut context,
            "restore_view",
            Map::from_iter([("saved_view_id".to_owned(), Value::from(id))]),
        )
        .await?;
        let view = found(&mut context, id).await?;
        let place = told(&view.href(), &[("done", "view-back")]);
        once.finish(&mut context, &place).await?;
        context.commit().await?;
        Ok(to(&place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_show_the_same_in_whatever_order_they_ask() {
        assert_eq!(sorted("b=2&a=1&c="), sorted("a=1&b=2"));
        assert_ne!(sorted("a=1"), sorted("a=2"));
    }

    #[test]
    fn what_was_done_is_told_behind_what_is_asked() {
        assert_eq!(told("/orders", &[("done", "x")]), "/orders?done=x");
        assert_eq!(told("/orders?a=1", &[("done", "x")]), "/orders?a=1&done=x");
        assert_eq!(place("/orders", ""), "/orders");
    }
}
