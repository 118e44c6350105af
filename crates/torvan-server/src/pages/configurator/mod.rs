//! The configurator: steps at the left, the fields of a screen in the middle, drawing, BOM and findings at the right.
//!
//! The form carries the whole state, each value under its JSON pointer; what the screen does not ask for travels in hidden
//! fields. So nothing that was typed can be lost, and nothing is stored before somebody saves: a saved configuration is a
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
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Map;
use torvan_engine::drawing::Look;
use torvan_store::Context;
use torvan_store::identity::Person;

use self::answer::{Configured, Head};
use self::state::State;
use self::steps::Step;
use self::view::{BomLine, Card, Finding, Item, Measure, More, Question, Row, Scene, StepLink, Toggle};
use super::components::{Icon, Phase, Status, Tone};
use super::moment::Clock;
use super::page::{Me, Page, rendered};
use super::way::{to, with_query};
use super::{data, field, form, page};
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem, STALE};
use crate::identity::{Answering, fault};
use crate::incoming::{Incoming, not_signed_in};

pub(super) use view::money;

const READ: Access = Access::Permission("configuration:read");
const COPY: Access = Access::Permission("configuration:copy");
const SAVE: Access = Access::Permission("configuration:create");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/builds/{build_id}/configuration", READ, show, "Configures a sink."),
    form(
        "/builds/{build_id}/configuration",
        SAVE,
        send,
        &[
            field("do", "What the pressed button does: save, undo, or changes of parameters."),
            field("step", "The screen."),
            field("based_on", "Key of the version that the form began with."),
        ],
        "Shows what the parameters of the form make, or saves them as the next version.",
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
        &[field("configuration_id", "Key of the other build's configuration.")],
        "Takes over the configuration of another build as the next version.",
    ),
    form(
        "/builds/{build_id}/configuration/bom",
        Access::Permission("bom:create"),
        make_bom,
        &[],
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
/// Found items that are shown.
const FOUND: usize = 12;

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
    based_on: String,
    conflict: Option<Conflict>,
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
    let differences = State(before).differences(&State(after));
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
    based_on: Option<i64>,
}

fn build_id(incoming: &Incoming) -> Result<i64, Problem> {
    let text = incoming.path_value("build_id").unwrap_or_default();
    text.parse().map_err(|_| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

fn asked(incoming: &Incoming, name: &str) -> String {
    let found = incoming.query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let state = head.of_order(head.saved());
        let told =
            Told { step: asked(&incoming, "step"), based_on: head.configuration_id, ..Told::default() };
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
        if wanted == "undo" {
            state = was.clone().unwrap_or(state);
        } else {
            state.act(wanted);
        }
        let state = head.of_order(state);
        if matches!(wanted, "save" | "save over") {
            let based_on = if wanted == "save over" { head.configuration_id } else { based_on };
            let saved = answer::save(&mut context, head.build_id, &state, based_on).await;
            if saved.is_ok() {
                context.commit().await?;
                let path = view::path_of(&head);
                return Ok(to(&with_query(&path, &[("step", incoming.form.text("step")), ("saved", "1")])));
            }
            context.rollback().await?;
            return match saved {
                Err(problem) if problem.kind() == STALE => stale(&incoming, state, was, based_on).await,
                Err(problem) => Err(problem),
                Ok(()) => Err(Problem::new(NOT_FOUND, NOT_FOUND.title)),
            };
        }
        let changed = before.filter(|before| *before != state);
        let is_changed = changed.is_some() && wanted != "undo";
        let told = Told {
            step: screen.unwrap_or(incoming.form.raw("step")).to_owned(),
            find: incoming.form.text("find").to_owned(),
            was: if wanted == "undo" { None } else { changed.or(was) },
            cost: incoming.form.text(if is_changed { "cost" } else { "was_cost" }).parse().ok(),
            codes: Some(incoming.form.raw("codes").to_owned()).filter(|codes| !codes.is_empty()),
            conflict: None,
            based_on,
        };
        let view = configurator(&incoming, &mut context, &person, head, state, told).await?;
        context.commit().await?;
        rendered(&view, StatusCode::OK)
    })
}

/// Somebody saved another version meanwhile: says what they changed, keeps what is in the form.
async fn stale(incoming: &Incoming, state: State, was: Option<State>, based_on: Option<i64>) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let head = answer::head(&mut context, build_id(incoming)?).await?;
    let page = Page::open(incoming, Some(&person), "configurator-title");
    let began = began_with(&mut context, based_on).await?;
    let clock = Clock::now(page.words);
    let at = head.saved_at.map(|at| clock.exact(at)).unwrap_or_default();
    let values = [
        ("who", head.saved_by.clone().unwrap_or_default().into()),
        ("version", head.version.unwrap_or_default().into()),
        ("at", at.into()),
    ];
    let theirs = began.map(|began| began.differences(&head.saved())).unwrap_or_default();
    let conflict = Conflict {
        title: page.words.say_with("conflict-title", &values),
        changes: theirs.iter().map(|difference| told_difference(&page, difference)).collect(),
    };
    let told = Told {
        step: incoming.form.text("step").to_owned(),
        was,
        conflict: Some(conflict),
        based_on,
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
        value
            .as_deref()
            .filter(|value| !value.is_empty())
            .map_or_else(|| page.t("value-none"), |value| labels::choice(words, value))
    };
    let values = [
        ("what", labels::pointer(words, &difference.pointer).into()),
        ("before", value(&difference.before).into()),
        ("after", value(&difference.after).into()),
    ];
    words.say_with("change-told", &values)
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
    let answer = answer::configured(context, &state, step.groups(), page.words.language).await?;
    let state = State(answer.parameters.clone());
    let found = offers(context, step, &told.find).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    Ok(made(page, me, head, &state, &answer, told, step, found))
}

/// Accessories and drawers that could be added: those of the catalogue that match, and those that the rules name.
async fn offers(context: &mut Context, step: Step, find: &str) -> Result<[Vec<Offer>; 2], Problem> {
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
    Ok([of_drawers.collect(), others.map(|row| offer(row, "accessories")).collect()])
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
    let scene = Scene { words: page.words, state, answer, path: &path };
    let steps = scene.steps(step);
    let done = steps.iter().filter(|link| matches!(link.tone, Tone::Ok | Tone::Warn)).count();
    let (svg, denominator) = scene.drawing(Look::Page);
    let is_dirty = head.parameters.as_ref() != Some(&answer.parameters);
    let (before, after) = step.neighbours();
    let named = |step: Step| (step, page.t(step.name()));
    let lines = scene.lines(told.codes.as_deref());
    let next = next(&page, &head, answer, is_dirty);
    ConfiguratorPage {
        phase: Phase::of(page.words, &head.phase),
        about: about(&page, &head),
        saved: saved(&page, &head, is_dirty),
        is_editable: head.is_editable(),
        done: page.words.say_with("steps-done", &[("done", done.into()), ("of", steps.len().into())]),
        progress: done * 100 / steps.len().max(1),
        before: before.map(named),
        after: after.map(named),
        hidden: hidden(state, step),
        last: last_change(&page, state, answer, &told),
        was: told.was.as_ref().map(|was| was.0.to_string()).unwrap_or_default(),
        state: state.0.to_string(),
        codes: answer.top_level.iter().map(|line| line.code.as_str()).collect::<Vec<_>>().join(" "),
        cost: answer.totals.cost.map(|cost| cost.to_string()).unwrap_or_default(),
        based_on: told.based_on.map(|key| key.to_string()).unwrap_or_default(),
        conflict: told.conflict,
        scale: page.tv("drawing-scale", "value", i64::from(denominator)),
        svg: Svg(svg),
        totals: totals(&page, answer),
        findings: scene.findings(),
        found: counts(&page, answer),
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
    // The element itself is always said: one without values must not get lost.
    let element = |pointer: &str| pointer.matches('/').count() == 2;
    let mut pairs = state.flat();
    pairs.retain(|(pointer, _)| elsewhere(pointer) || is_order(pointer) || element(pointer));
    pairs
}

fn last_change(page: &Page, state: &State, answer: &Configured, told: &Told) -> Option<LastChange> {
    let differences = told.was.as_ref()?.differences(state);
    let first = differences.first()?;
    let mut text = told_difference(page, first);
    if differences.len() > 1 {
        text.push_str(", ");
        text.push_str(&page.tv("change-more", "count", differences.len() - 1));
    }
    let dearer = told.cost.zip(answer.totals.cost).map(|(before, now)| now - before);
    let cost = dearer.filter(|dearer| !dearer.is_zero()).map(|dearer| {
        let sign = if dearer.is_sign_positive() { "+" } else { "−" };
        format!("{sign} ${}", money(dearer.abs(), 0))
    });
    Some(LastChange { text, cost })
}

fn totals(page: &Page, answer: &Configured) -> Vec<(String, String)> {
    let totals = &answer.totals;
    let mut figures =
        vec![(answer.top_level.len().to_string(), page.tv("total-lines", "count", totals.leaves))];
    if let Some(cost) = totals.cost {
        figures.push((format!("${}", money(cost, 0)), page.t("total-cost")));
    }
    let pounds = (totals.weight_kg * Decimal::new(220_462, 5)).round();
    figures.push((
        format!("{} kg", money(totals.weight_kg, 0)),
        page.tv("total-weight", "pounds", money(pounds, 0)),
    ));
    figures.push((format!("{} h", money(totals.labour_hours, 1)), page.t("total-hours")));
    figures
}

fn counts(page: &Page, answer: &Configured) -> Vec<Status> {
    let errors = answer.violations.iter().filter(|one| one.is_error()).count();
    let warnings = answer.violations.len() - errors;
    let mut found = Vec::new();
    if errors > 0 {
        found.push(Status::pill(Tone::Bad, page.tv("found-errors", "count", errors)));
    }
    if warnings > 0 {
        found.push(Status::pill(Tone::Warn, page.tv("found-warnings", "count", warnings)));
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
        Ok(to(&with_query(&view::path_of(&head), &[("made", "1")])))
    })
}

fn drawing(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let head = answer::head(&mut context, build_id(&incoming)?).await?;
        let page = Page::open(&incoming, Some(&person), "configurator-title");
        let state = head.of_order(head.saved());
        let answer = answer::configured(&mut context, &state, &["none"], page.words.language).await?;
        context.commit().await?;
        let state = State(answer.parameters.clone());
        let path = view::path_of(&head);
        let scene = Scene { words: page.words, state: &state, answer: &answer, path: &path };
        file(&head.build_number, scene.drawing(Look::Standalone).0)
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
