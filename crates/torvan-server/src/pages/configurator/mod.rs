//! The configurator: steps at the left, the fields of a screen in the middle, drawing, BOM and findings at the right.
//!
//! The form carries the whole state, each value under its JSON pointer; what the screen does not ask for travels in hidden
//! fields, and what is not saved is kept for the one who chose it, so that nothing can be lost. A saved configuration is a
//! version that never changes. Every answer comes from `configure_sink`; no rule stands here.

mod answer;
pub(super) mod labels;
pub(super) mod state;
mod steps;
mod versions;
mod view;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Map;
use torvan_engine::drawing::{Look, View};
use torvan_store::Context;
use torvan_store::identity::Person;

use self::answer::{Configured, Head};
use self::state::State;
use self::steps::Step;
use self::view::{BomLine, Card, Finding, Item, Measure, More, Question, Row, Scene, StepLink, Toggle};
use super::components::{Icon, Phase, Status, Tone};
use super::moment::Clock;
use super::numbers;
use super::page::{Me, Page, rendered};
use super::way::{to, with_query};
use super::{data, field, form, page};
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem, STALE};
use crate::identity::{Answering, fault};
use crate::incoming::{Incoming, not_signed_in};
use crate::words::Language;

const READ: Access = Access::Permission("configuration:read");
const COPY: Access = Access::Permission("configuration:copy");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/builds/{build_id}/configuration", READ, show, "Configures a sink."),
    form(
        "/builds/{build_id}/configuration",
        READ,
        send,
        &[
            field(
                "do",
                "What the pressed button does: save, propose, undo, discard, or changes of parameters.",
            ),
            field("step", "The screen."),
            field("based_on", "Key of the version that the form began with."),
            field("theirs", "Key of the version of somebody else over which one's own is saved."),
            field("view", "What the drawing shows: all, plan or front."),
            field("ruler", "Whether the drawing has its dimensions."),
        ],
        "Shows what the parameters of the form make, saves them as the next version, or proposes them after approval.",
    ),
    page(
        Method::Get,
        "/builds/{build_id}/configuration/versions",
        READ,
        versions::show,
        "Compares two versions.",
    ),
    page(
        Method::Get,
        "/builds/{build_id}/configuration/copy",
        COPY,
        versions::ask_source,
        "Asks for another build.",
    ),
    form(
        "/builds/{build_id}/configuration/copy",
        COPY,
        versions::copy,
        &[
            field("configuration_id", "Key of the other build's configuration, or of an earlier version."),
            field("based_on", "Key of the version that the form began with."),
        ],
        "Takes over the configuration of another build, or an earlier version, as the next version.",
    ),
    form(
        "/builds/{build_id}/configuration/bom",
        Access::Permission("bom:create"),
        make_bom,
        &[field("step", "The screen that is come back to.")],
        "Makes the bill of materials of the present configuration.",
    ),
    page(Method::Get, "/builds/{build_id}/drawing.svg", READ, drawing, "The drawing of a sink as a file."),
];

/// Items that can be chosen as accessories.
const CATALOGUE: ListSpec = ListSpec {
    relation: "v_assemblies",
    filters: &["category_code", "is_orderable"],
    sorts: &["assembly_code"],
    key: &["assembly_id"],
};
/// Definitions of the parameters, for the items that a list of drawers can hold.
const DEFINITIONS: ListSpec = ListSpec {
    relation: "configuration_parameters",
    filters: &["list_code", "parameter_code"],
    sorts: &["-rule_set_id"],
    key: &[],
};
/// Found items that are shown at once; the rest is scrolled to.
const FOUND: usize = 200;

/// Fields of the screen that is shown.
#[derive(Debug)]
enum Screen {
    Model { questions: Vec<Question>, measures: Vec<Measure>, direction: Question },
    Legs { questions: Vec<Question> },
    Basins { cards: Vec<Card>, more: Option<More>, findings: Vec<Finding>, faucets: Lines },
    Sprayers { sprayers: Lines },
    Pegboard { has_board: Toggle, questions: Vec<Question>, measures: Vec<Measure> },
    Items { drawers: Vec<Item>, offered: Vec<Offer>, accessories: Vec<Item>, find: String, found: Vec<Offer> },
}

/// Faucets or sprayers.
#[derive(Debug)]
struct Lines {
    rows: Vec<Row>,
    /// What the rules add to what is chosen.
    added: Option<String>,
    more: Option<More>,
    findings: Vec<Finding>,
}

/// An item that could be added.
#[derive(Debug)]
struct Offer {
    code: String,
    name: String,
    short_code: String,
    add: String,
    /// Why it does not go with what is chosen, and whether that bars it.
    objection: Option<(Tone, String)>,
    is_barred: bool,
}

impl Offer {
    fn judged(mut self, objections: &[answer::Objection]) -> Self {
        let found = objections.iter().find(|one| one.is_of(&self.code));
        self.is_barred = found.is_some_and(answer::Objection::is_error);
        let tone = if self.is_barred { Tone::Bad } else { Tone::Warn };
        self.objection = found.map(|one| (tone, one.message.clone()));
        self
    }
}

/// What was changed last, and the way back.
#[derive(Debug)]
struct LastChange {
    text: String,
    cost: Option<String>,
}

/// What somebody else saved meanwhile.
#[derive(Debug)]
struct Conflict {
    title: String,
    changes: Vec<String>,
    /// Key of the version that is told of: over that one, and no later one, the own choices may be saved.
    theirs: String,
}

#[derive(Debug, Template)]
#[template(path = "configurator/page.html")]
struct ConfiguratorPage {
    page: Page,
    me: Me,
    head: Head,
    path: String,
    phase: Phase,
    about: String,
    saved: Status,
    /// Whether the way on is the page's one primary button: there is nothing to save or to make.
    has_primary: bool,
    is_editable: bool,
    /// Key of the words that say why it is not.
    closed: &'static str,
    steps: Vec<StepLink>,
    done: String,
    progress: usize,
    step: Step,
    before: Option<(Step, String)>,
    after: Option<(Step, String)>,
    screen: Screen,
    hidden: Vec<(String, String)>,
    last: Option<LastChange>,
    was: String,
    state: String,
    codes: String,
    cost: String,
    /// What it cost before the last change.
    was_cost: String,
    based_on: String,
    conflict: Option<Conflict>,
    /// When the choices were made that are shown and not saved, where the form begins with them.
    draft: Option<String>,
    views: [(&'static str, String, bool); 3],
    has_ruler: bool,
    /// Why a change was not proposed.
    refused: Option<String>,
    reason: String,
    svg: Svg,
    scale: String,
    totals: Vec<(String, String)>,
    lines: Vec<BomLine>,
    findings: Vec<Finding>,
    found: Vec<Status>,
    next: Next,
}

/// A drawing: SVG that the engine wrote and escaped.
#[derive(Debug)]
struct Svg(String);

impl std::fmt::Display for Svg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// What one set of parameters has otherwise than another, in words.
pub(super) fn told_changes(page: &Page, before: serde_json::Value, after: serde_json::Value) -> Vec<String> {
    let differences = State(before).changes(&State(after));
    differences.iter().map(|difference| told_difference(page, difference)).collect()
}

/// Parameters with their values, in words.
pub(super) fn told_parameters(
    words: crate::words::Words,
    parameters: &serde_json::Value,
) -> Vec<(String, String)> {
    let told = |(pointer, value): (String, String)| {
        let inches = if pointer.ends_with("_in") { " in" } else { "" };
        (labels::pointer(words, &pointer), format!("{}{inches}", labels::choice(words, &value)))
    };
    State(parameters.clone()).flat().into_iter().filter(|(_, value)| !value.is_empty()).map(told).collect()
}

/// The next action in the bar.
#[derive(Debug)]
enum Next {
    /// Nothing that this person does here.
    Nothing,
    /// Saving.
    Save,
    /// Proposing it as a change of what is approved.
    Propose,
    /// The BOM of the saved version, or why there cannot be one.
    Bom(Option<String>),
    /// Submitting the BOM of the saved version.
    Submit(i64),
}

/// What a form knows beside the parameters.
#[derive(Debug, Default)]
struct Told {
    step: String,
    find: String,
    was: Option<State>,
    cost: Option<Decimal>,
    codes: Option<String>,
    conflict: Option<Conflict>,
    refused: Option<String>,
    reason: String,
    based_on: Option<i64>,
    /// When what is shown was chosen, where it comes from a draft.
    draft: Option<DateTime<Utc>>,
    /// Whether what is not saved is to be kept.
    is_kept: bool,
    seen: Seen,
}

/// How the drawing is looked at.
#[derive(Debug, Default)]
struct Seen {
    view: View,
    is_bare: bool,
}

impl Seen {
    fn of(view: &str, ruler: &str) -> Self {
        let view = match view {
            "plan" => View::Plan,
            "front" => View::Front,
            _ => View::All,
        };
        Self { view, is_bare: ruler == "off" }
    }

    fn views(&self, page: &Page) -> [(&'static str, String, bool); 3] {
        let all = [
            ("all", "drawing-view-all", View::All),
            ("plan", "drawing-view-plan", View::Plan),
            ("front", "drawing-view-front", View::Front),
        ];
        all.map(|(code, key, view)| (code, page.t(key), view == self.view))
    }
}

fn build_id(incoming: &Incoming) -> Result<i64, Problem> {
    let text = incoming.path_value("build_id").unwrap_or_default();
    text.parse().map_err(|_| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

fn asked(incoming: &Incoming, name: &str) -> String {
    let found = incoming.query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn seen(incoming: &Incoming) -> Seen {
    let pressed = incoming.form.raw("do").strip_prefix("ruler ");
    Seen::of(incoming.form.raw("view"), pressed.unwrap_or(incoming.form.raw("ruler")))
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        // What equals the saved version is no draft: it was on its way when that was saved.
        let is_unsaved = |draft: &answer::Draft| Some(&draft.parameters) != head.parameters.as_ref();
        let draft = head.draft.clone().filter(|draft| head.is_editable() && is_unsaved(draft));
        let mut told =
            Told { step: asked(&incoming, "step"), based_on: head.configuration_id, ..Told::default() };
        told.seen = Seen::of(&asked(&incoming, "view"), &asked(&incoming, "ruler"));
        let mut state = head.saved();
        if let Some(draft) = draft {
            state = State(draft.parameters);
            told.based_on = draft.based_on;
            told.draft = Some(draft.at);
            if told.step.is_empty() {
                told.step = draft.step;
            }
        }
        let state = head.of_order(state);
        let view = configurator(&incoming, &mut context, &person, head, state, told).await?;
        context.commit().await?;
        rendered(&view, StatusCode::OK)
    })
}

fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let wanted = incoming.form.raw("do");
        let based_on = incoming.form.text("based_on").parse().ok();
        let before = State::of_text(incoming.form.raw("state"));
        let was = State::of_text(incoming.form.raw("was"));
        let mut state = State::of_form(&incoming.form);
        let screen = wanted.strip_prefix("go ");
        if wanted == "discard" {
            answer::give_up(&mut context, head.build_id).await?;
            context.commit().await?;
            return Ok(to(&with_query(&view::path_of(&head), &[("step", incoming.form.text("step"))])));
        }
        if wanted == "undo" {
            state = was.clone().unwrap_or(state);
        } else {
            state.act(wanted);
        }
        let state = head.of_order(state);
        if wanted == "propose" {
            let proposed = propose(&mut context, &incoming, &head, &state).await;
            if proposed.is_ok() {
                context.commit().await?;
                return Ok(to(&format!("/orders/{}?panel=lines&done=proposed", head.order_id)));
            }
            context.rollback().await?;
            return match proposed {
                Err(problem) if matches!(problem.kind(), INVALID | CONFLICT) => {
                    refused(&incoming, state, was, based_on, &problem).await
                }
                Err(problem) => Err(problem),
                Ok(()) => Err(Problem::new(NOT_FOUND, NOT_FOUND.title)),
            };
        }
        if matches!(wanted, "save" | "save over") {
            let over =
                if wanted == "save over" { incoming.form.text("theirs").parse().ok() } else { based_on };
            let Err(problem) = answer::save(&mut context, head.build_id, &state, over).await else {
                context.commit().await?;
                let path = view::path_of(&head);
                return Ok(to(&with_query(&path, &[("step", incoming.form.text("step")), ("saved", "1")])));
            };
            context.rollback().await?;
            if problem.kind() != STALE {
                return Err(problem);
            }
            return stale(&incoming, state, was, based_on).await;
        }
        let changed = before.filter(|before| !before.differences(&state).is_empty());
        let is_touched = changed.is_some() || incoming.form.raw("state").is_empty();
        let is_changed = changed.is_some() && wanted != "undo";
        let told = Told {
            step: screen.unwrap_or(incoming.form.raw("step")).to_owned(),
            find: incoming.form.text("find").to_owned(),
            was: if wanted == "undo" { None } else { changed.or(was) },
            cost: incoming.form.text(if is_changed { "cost" } else { "was_cost" }).parse().ok(),
            codes: Some(incoming.form.raw("codes").to_owned()).filter(|codes| !codes.is_empty()),
            reason: incoming.form.text("reason").to_owned(),
            based_on,
            is_kept: is_touched || head.draft.is_some(),
            seen: seen(&incoming),
            ..Told::default()
        };
        let view = configurator(&incoming, &mut context, &person, head, state, told).await?;
        context.commit().await?;
        rendered(&view, StatusCode::OK)
    })
}

/// Proposes parameters for a sink that is approved; somebody else decides about it.
async fn propose(
    context: &mut Context,
    incoming: &Incoming,
    head: &Head,
    state: &State,
) -> Result<(), Problem> {
    let given = Map::from_iter([
        ("build_id".to_owned(), head.build_id.into()),
        ("parameters".to_owned(), state.0.clone()),
        ("reason".to_owned(), incoming.form.text("reason").into()),
    ]);
    data::act(context, "propose_order_change", given).await.map(drop)
}

/// A change that was not proposed: says why, keeps what is in the form.
async fn refused(
    incoming: &Incoming,
    state: State,
    was: Option<State>,
    based_on: Option<i64>,
    problem: &Problem,
) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let head = answer::head(&mut context, build_id(incoming)?).await?;
    let told = Told {
        step: incoming.form.text("step").to_owned(),
        was,
        refused: Some(problem.told()),
        reason: incoming.form.text("reason").to_owned(),
        based_on,
        ..Told::default()
    };
    let view = configurator(incoming, &mut context, &person, head, state, told).await?;
    context.commit().await?;
    rendered(&view, problem.kind().status)
}

/// Somebody saved another version meanwhile: says what they changed, keeps what is in the form.
async fn stale(incoming: &Incoming, state: State, was: Option<State>, based_on: Option<i64>) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let head = answer::head(&mut context, build_id(incoming)?).await?;
    // Its times are those of the plant's clocks, as everywhere.
    let page = Page::signed_in(incoming, &mut context, &person, "configurator-title").await?;
    let began = began_with(&mut context, based_on).await?;
    let clock = Clock::now(page.words);
    let at = head.saved_at.map(|at| clock.exact(at)).unwrap_or_default();
    let values = [
        ("who", head.saved_by.clone().unwrap_or_default().into()),
        ("version", head.version.unwrap_or_default().into()),
        ("at", at.into()),
    ];
    let theirs = began.map(|began| began.changes(&head.saved())).unwrap_or_default();
    let conflict = Conflict {
        title: page.words.say_with("conflict-title", &values),
        changes: theirs.iter().map(|difference| told_difference(&page, difference)).collect(),
        theirs: head.configuration_id.map(|key| key.to_string()).unwrap_or_default(),
    };
    let told = Told {
        step: incoming.form.text("step").to_owned(),
        was,
        conflict: Some(conflict),
        based_on,
        is_kept: true,
        seen: seen(incoming),
        ..Told::default()
    };
    let view = configurator(incoming, &mut context, &person, head, state, told).await?;
    context.commit().await?;
    rendered(&view, StatusCode::CONFLICT)
}

const VERSIONS: ListSpec = ListSpec {
    relation: "configurations",
    filters: &["configuration_id"],
    sorts: &["configuration_id"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Version {
    parameters: serde_json::Value,
}

/// The version that a form began with.
async fn began_with(context: &mut Context, based_on: Option<i64>) -> Result<Option<State>, Problem> {
    let Some(based_on) = based_on else { return Ok(None) };
    let key = based_on.to_string();
    let found: Vec<Version> = data::rows(context, &VERSIONS, &[("filter[configuration_id]", &key)]).await?;
    Ok(found.into_iter().next().map(|version| State(version.parameters)))
}

fn told_difference(page: &Page, difference: &state::Difference) -> String {
    let words = page.words;
    let value = |value: &Option<String>| {
        value.as_deref().filter(|value| !value.is_empty()).map(|value| labels::choice(words, value))
    };
    let (before, after) = (value(&difference.before), value(&difference.after));
    let key = match (&before, &after) {
        (Some(_), Some(_)) => "change-told",
        (Some(_), None) => "change-left-out",
        (None, Some(_)) => "change-chosen",
        (None, None) if difference.after.is_some() => "change-element-new",
        (None, None) => "change-element-gone",
    };
    let values = [
        ("what", labels::pointer(words, &difference.pointer).into()),
        ("before", before.unwrap_or_default().into()),
        ("after", after.unwrap_or_default().into()),
    ];
    words.say_with(key, &values)
}

async fn configurator(
    incoming: &Incoming,
    context: &mut Context,
    person: &Person,
    head: Head,
    state: State,
    told: Told,
) -> Result<ConfiguratorPage, Problem> {
    let mut page = Page::signed_in(incoming, context, person, "configurator-title").await?;
    page.is_wide = true;
    page.title = page.tv("configurator-of", "build", head.build_number.clone());
    if !asked(incoming, "saved").is_empty() {
        page.done("configurator-saved");
    }
    if !asked(incoming, "made").is_empty() {
        page.done("bom-made");
    }
    let step = Step::named(&told.step);
    let mut answer = answer::configured(context, &state, step.groups(), page.words.language).await?;
    let state = State(answer.parameters.clone());
    let is_saved = head.parameters.as_ref() == Some(&answer.parameters);
    if !is_saved {
        answer.leave_out_echoes();
    }
    if told.is_kept && head.is_editable() && !is_saved {
        answer::keep(context, head.build_id, &state, told.based_on, step.code()).await?;
    } else if told.is_kept && head.draft.is_some() {
        answer::give_up(context, head.build_id).await?;
    }
    let found = offers(context, page.words.language, &state, step, &told.find).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    Ok(made(page, me, head, &state, &answer, told, step, found))
}

/// Accessories and drawers that could be added: those of the catalogue that match, and those that the rules name.
async fn offers(
    context: &mut Context,
    language: Language,
    state: &State,
    step: Step,
    find: &str,
) -> Result<[Vec<Offer>; 2], Problem> {
    #[derive(Deserialize)]
    struct Row {
        assembly_code: String,
        name: String,
        short_codes: Option<String>,
    }
    #[derive(Deserialize)]
    struct Definition {
        choices: Option<Vec<String>>,
    }
    if step.screen() != Step::Drawers {
        return Ok([Vec::new(), Vec::new()]);
    }
    let filters = [("filter[category_code]", "720"), ("filter[is_orderable]", "true"), ("limit", "200")];
    let rows: Vec<Row> = data::rows(context, &CATALOGUE, &filters).await?;
    let filters = [("filter[list_code]", "drawers"), ("filter[parameter_code]", "code"), ("limit", "1")];
    let definitions: Vec<Definition> = data::rows(context, &DEFINITIONS, &filters).await?;
    let drawers: Vec<String> = definitions.into_iter().filter_map(|one| one.choices).flatten().collect();
    let offer = |row: &Row, list: &str| Offer {
        code: row.assembly_code.clone(),
        name: row.name.clone(),
        short_code: row.short_codes.clone().unwrap_or_default(),
        add: format!("add /{list}/{}", row.assembly_code),
        objection: None,
        is_barred: false,
    };
    let find = find.to_lowercase();
    let matches = |row: &&Row| {
        let all =
            format!("{} {} {}", row.assembly_code, row.name, row.short_codes.as_deref().unwrap_or_default());
        find.split_whitespace().all(|word| all.to_lowercase().contains(word))
    };
    let of_drawers =
        rows.iter().filter(|row| drawers.contains(&row.assembly_code)).map(|row| offer(row, "drawers"));
    let others = rows.iter().filter(|row| !drawers.contains(&row.assembly_code)).filter(matches).take(FOUND);
    let others = others.map(|row| offer(row, "accessories"));
    Ok([
        judged(context, language, state, "drawers", of_drawers.collect()).await?,
        judged(context, language, state, "accessories", others.collect()).await?,
    ])
}

/// Items with what the rules object to.
async fn judged(
    context: &mut Context,
    language: Language,
    state: &State,
    list: &str,
    offers: Vec<Offer>,
) -> Result<Vec<Offer>, Problem> {
    let codes: Vec<&str> = offers.iter().map(|offer| offer.code.as_str()).collect();
    let objections = answer::objections(context, state, list, &codes, language).await?;
    Ok(offers.into_iter().map(|offer| offer.judged(&objections)).collect())
}

#[expect(clippy::too_many_arguments, reason = "what a page is made of")]
fn made(
    page: Page,
    me: Me,
    head: Head,
    state: &State,
    answer: &Configured,
    told: Told,
    step: Step,
    found: [Vec<Offer>; 2],
) -> ConfiguratorPage {
    let path = view::path_of(&head);
    let is_dirty = head.parameters.as_ref() != Some(&answer.parameters);
    let scene = Scene { words: page.words, state, answer, path: &path, is_saved: !is_dirty };
    let steps = scene.steps(step);
    let done = steps.iter().filter(|link| link.is_done).count();
    let (svg, denominator) = scene.drawing(Look::Page, told.seen.view);
    let (before, after) = step.neighbours();
    let named = |step: Step| (step, page.t(step.name()));
    // Who may not read bills of material is not told of their lines by what the page remembers either.
    let lines = if me.may("bom:read") { scene.lines(told.codes.as_deref()) } else { Vec::new() };
    let may_propose = may_propose(&me, &head);
    let next = if may_propose && is_dirty { Next::Propose } else { next(&page, &head, answer, is_dirty) };
    ConfiguratorPage {
        phase: Phase::of(page.words, &head.phase),
        about: about(&page, &head),
        saved: saved(&page, &head, is_dirty),
        is_editable: head.is_editable() || may_propose,
        closed: why_closed(&head),
        refused: told.refused.clone(),
        reason: told.reason.clone(),
        done: page.words.say_with("steps-done", &[("done", done.into()), ("of", steps.len().into())]),
        progress: done * 100 / steps.len().max(1),
        before: before.map(named),
        after: after.map(named),
        hidden: hidden(state, step),
        last: last_change(&page, state, answer, &told),
        was: told.was.as_ref().map(|was| was.0.to_string()).unwrap_or_default(),
        state: state.0.to_string(),
        codes: lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>().join(" "),
        cost: answer.totals.cost.map(|cost| cost.to_string()).unwrap_or_default(),
        was_cost: told.cost.map(|cost| cost.to_string()).unwrap_or_default(),
        based_on: told.based_on.map(|key| key.to_string()).unwrap_or_default(),
        conflict: told.conflict,
        draft: told.draft.filter(|_| is_dirty).map(|at| draft_told(&page, at)),
        views: told.seen.views(&page),
        has_ruler: !told.seen.is_bare,
        scale: page.tv("drawing-scale", "value", i64::from(denominator)),
        svg: Svg(svg),
        totals: totals(&page, answer),
        findings: scene.findings(),
        found: counts(&page, &scene),
        has_primary: matches!(next, Next::Nothing | Next::Bom(Some(_))),
        next,
        screen: screen(&scene, step, told.find, found),
        lines,
        steps,
        step,
        path: path.clone(),
        page,
        me,
        head,
    }
}

fn draft_told(page: &Page, at: DateTime<Utc>) -> String {
    page.tv("draft-of", "at", Clock::now(page.words).exact(at))
}

/// Whether another configuration is a change of what is approved, which this person may propose.
fn may_propose(me: &Me, head: &Head) -> bool {
    matches!(head.phase.as_str(), "PRODUCTION" | "QUALITY_CONTROL" | "PACKAGING")
        && me.may("configuration:change_approved")
}

/// Why nothing can be changed here, and what leads on.
fn why_closed(head: &Head) -> &'static str {
    match head.phase.as_str() {
        "DRAFT" | "CONFIGURATION" => "configurator-read-only",
        "APPROVAL" => "configurator-closed",
        "PRODUCTION" | "QUALITY_CONTROL" | "PACKAGING" => "configurator-approved",
        _ => "configurator-over",
    }
}

fn about(page: &Page, head: &Head) -> String {
    let day = Clock::now(page.words).day(head.want_date);
    let values = [
        ("customer", head.customer.clone().into()),
        ("family", head.family.clone().into()),
        ("day", day.into()),
    ];
    page.words.say_with("configurator-about", &values)
}

fn saved(page: &Page, head: &Head, is_dirty: bool) -> Status {
    match (head.version, is_dirty) {
        (None, _) => Status::new(Tone::None, page.t("saved-never")),
        (Some(version), true) => Status::new(Tone::Warn, page.tv("saved-not", "version", version)),
        (Some(version), false) => {
            let at = head.saved_at.map(|at| Clock::now(page.words).ago(at)).unwrap_or_default();
            let values = [("version", version.into()), ("at", at.into())];
            Status::new(Tone::None, page.words.say_with("saved-at", &values))
        }
    }
}

fn next(page: &Page, head: &Head, answer: &Configured, is_dirty: bool) -> Next {
    if head.is_editable() && is_dirty {
        return Next::Save;
    }
    if let (true, Some(bom), Some("DRAFT")) = (head.may_submit_bom, head.bom_id, head.bom_state.as_deref()) {
        return Next::Submit(bom);
    }
    if !head.is_open || !head.may_make_bom || head.bom_id.is_some() {
        return Next::Nothing;
    }
    Next::Bom((!answer.valid).then(|| page.t("bom-needs-valid")))
}

/// What the screen does not ask for goes along unseen.
fn hidden(state: &State, step: Step) -> Vec<(String, String)> {
    let elsewhere = |pointer: &str| Step::of_pointer(pointer).screen() != step.screen();
    let is_order = |pointer: &str| matches!(pointer, "/family" | "/language");
    let mut pairs = state.flat();
    pairs.retain(|(pointer, _)| elsewhere(pointer) || is_order(pointer));
    // A switch that is off sends nothing; whoever left it so did not change it.
    let switches =
        state.flat().into_iter().filter(|(pointer, _)| !elsewhere(pointer) && state::is_switch(pointer));
    pairs.extend(switches.map(|(pointer, _)| (pointer, "false".to_owned())));
    // Each element of the screen is said for itself: fields of one that nobody touched may send nothing.
    pairs.extend(
        state
            .elements()
            .into_iter()
            .filter(|pointer| !elsewhere(pointer))
            .map(|pointer| (pointer, String::new())),
    );
    pairs
}

fn last_change(page: &Page, state: &State, answer: &Configured, told: &Told) -> Option<LastChange> {
    let differences = told.was.as_ref()?.changes(state);
    let first = differences.first()?;
    let mut text = told_difference(page, first);
    if differences.len() > 1 {
        text.push_str(", ");
        text.push_str(&page.tv("change-more", "count", differences.len() - 1));
    }
    let dearer = told.cost.zip(answer.totals.cost).map(|(before, now)| now - before);
    let cost = dearer.filter(|dearer| !dearer.is_zero()).map(|dearer| numbers::dearer(page.words, dearer, 0));
    Some(LastChange { text, cost })
}

fn totals(page: &Page, answer: &Configured) -> Vec<(String, String)> {
    let totals = &answer.totals;
    let amount = |amount: Decimal, decimals: u32| numbers::amount(page.words, amount, decimals);
    let mut figures =
        vec![(answer.top_level.len().to_string(), page.tv("total-lines", "count", totals.leaves))];
    if let Some(cost) = totals.cost {
        figures.push((numbers::money(page.words, cost, 0), page.t("total-cost")));
    }
    let pounds = (totals.weight_kg * Decimal::new(220_462, 5)).round();
    figures.push((
        format!("{} kg", amount(totals.weight_kg, 0)),
        page.tv("total-weight", "pounds", amount(pounds, 0)),
    ));
    figures.push((format!("{} h", amount(totals.labour_hours, 1)), page.t("total-hours")));
    figures
}

fn counts(page: &Page, scene: &Scene<'_>) -> Vec<Status> {
    let found = scene.findings();
    let count = |tone: Tone| found.iter().filter(|finding| finding.tone() == tone).count();
    let (errors, warnings, open) = (count(Tone::Bad), count(Tone::Warn), count(Tone::None));
    let mut found = Vec::new();
    if errors > 0 {
        found.push(Status::pill(Tone::Bad, page.tv("found-errors", "count", errors)));
    }
    if warnings > 0 {
        found.push(Status::pill(Tone::Warn, page.tv("found-warnings", "count", warnings)));
    }
    if open > 0 {
        found.push(Status::pill(Tone::None, page.tv("found-open", "count", open)));
    }
    if found.is_empty() {
        found.push(Status::pill(Tone::Ok, page.t("found-nothing")));
    }
    found
}

fn screen(scene: &Scene<'_>, step: Step, find: String, [offered, found]: [Vec<Offer>; 2]) -> Screen {
    let questions = |pointers: &[&str]| pointers.iter().map(|pointer| scene.question(pointer)).collect();
    let measures = |pointers: &[&str]| pointers.iter().map(|pointer| scene.measure(pointer)).collect();
    let lines = |list: &str, place: &str| Lines {
        rows: scene.rows(list, place),
        added: scene.added(list),
        more: scene.more(list),
        findings: scene.found_at(&format!("/{list}")),
    };
    match step.screen() {
        Step::Legs => Screen::Legs { questions: questions(&["/leg_model", "/leg_adjustment", "/feet"]) },
        Step::Basins | Step::Faucets => Screen::Basins {
            cards: scene.cards(),
            more: scene.more("basins"),
            findings: scene.found_at("/basins"),
            faucets: lines("faucets", "placement"),
        },
        Step::Sprayers => Screen::Sprayers { sprayers: lines("sprayers", "location") },
        Step::Pegboard => {
            let has_board = scene.toggle("/pegboard");
            let is_custom = scene.state.text("/pegboard_size_mode") == "CUSTOM";
            let shown: &[&str] = &["/pegboard_type", "/pegboard_color", "/pegboard_size_mode"];
            let custom: &[&str] = &["/pegboard_custom_width_in", "/pegboard_custom_length_in"];
            Screen::Pegboard {
                questions: if has_board.is_on { questions(shown) } else { Vec::new() },
                measures: if has_board.is_on && is_custom { measures(custom) } else { Vec::new() },
                has_board,
            }
        }
        Step::Drawers | Step::Accessories => Screen::Items {
            drawers: scene.items("drawers"),
            offered,
            accessories: scene.items("accessories"),
            find,
            found,
        },
        Step::Model => Screen::Model {
            questions: questions(&["/model"]),
            measures: measures(&["/length_in", "/width_in"]),
            direction: scene.question("/workflow_direction"),
        },
    }
}

fn make_bom(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let mut given = Map::new();
        given.insert("configuration_id".to_owned(), head.configuration_id.into());
        data::act(&mut context, "generate_bom", given).await?;
        context.commit().await?;
        let step = incoming.form.text("step");
        Ok(to(&with_query(&view::path_of(&head), &[("step", step), ("made", "1")])))
    })
}

fn drawing(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let page = Page::open(&incoming, Some(&person), "configurator-title");
        // What is not saved yet is what the page shows.
        let draft = head.draft.clone().filter(|_| head.is_editable());
        let chosen = draft.map_or_else(|| head.saved(), |draft| State(draft.parameters));
        let state = head.of_order(chosen);
        let answer = answer::configured(&mut context, &state, &["none"], page.words.language).await?;
        context.commit().await?;
        let state = State(answer.parameters.clone());
        let path = view::path_of(&head);
        let scene = Scene { words: page.words, state: &state, answer: &answer, path: &path, is_saved: true };
        let seen = Seen::of(&asked(&incoming, "view"), "");
        file(&head.build_number, scene.drawing(Look::Standalone, seen.view).0)
    })
}

/// An SVG file to be kept.
fn file(build_number: &str, svg: String) -> Answer {
    let name: String =
        build_number.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
    let mut response = Response::new(svg.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    let kept = HeaderValue::from_str(&format!("attachment; filename=\"{name}.svg\""))
        .map_err(|error| fault(&error))?;
    headers.insert(header::CONTENT_DISPOSITION, kept);
    Ok(response)
}
