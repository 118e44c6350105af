//! How an endpoint is done: enter, check, act, commit, answer. One place for all of them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use torvan_store::governance::use_key;
use torvan_store::identity::{Credential, StoredAnswer, note_refused};
use torvan_store::surface::{Function, Relation, SqlType, surface};
use torvan_store::{Context, Refusal, RefusalKind, StoreError, StoreResult, call, list};

use super::answer::{Made, json, push_rows, replayed, tag_of, tagged, version_of};
use super::asked::{Asked, asked, asked_one};
use super::endpoint::{Access, Action, CallSpec, Endpoint, ListSpec, Method};
use super::once::Once;
use super::{export, input, places, rows};
use crate::app::App;
use crate::http::Answer;
use crate::http::json::parse_object;
use crate::http::problem::{
    CSRF, FAULT, FORBIDDEN, FieldFault, MEDIA_TYPE, NOT_FOUND, Problem, SECOND_PERSON, VERSION_REQUIRED,
};
use crate::incoming::Incoming;

/// How often a request that met another one is made in all.
const ATTEMPTS: u32 = 3;

/// What is written down when a permission is missing (assurance.md A10), whether we or the database found out.
pub(crate) struct Refusable {
    app: App,
    credential: Option<Credential>,
    request_id: String,
    endpoint: &'static Endpoint,
}

impl Refusable {
    pub(crate) fn of(incoming: &Incoming) -> Self {
        Self {
            app: incoming.app.clone(),
            credential: incoming.credential(),
            request_id: incoming.request_id.clone(),
            endpoint: incoming.endpoint,
        }
    }

    /// The same answer, written down where it is a refusal.
    pub(crate) async fn noted(self, answer: Answer) -> Answer {
        if let Err(problem) = &answer {
            self.note_if_refused(problem).await;
        }
        answer
    }

    /// Writes the problem down where it is a refusal that nobody has written down yet.
    pub(crate) async fn note_if_refused(self, problem: &Problem) {
        if !problem.is_noted() && [FORBIDDEN, SECOND_PERSON, CSRF].contains(&problem.kind()) {
            self.note().await;
        }
    }

    async fn note(self) {
        let Some(credential) = self.credential else { return };
        let permission = match self.endpoint.access {
            Access::Permission(code) => code,
            _ => "decided by the record",
        };
        let noted =
            note_refused(self.app.store(), &credential, &self.request_id, &self.endpoint.name(), permission)
                .await;
        if let Err(error) = noted {
            tracing::error!(error = error.for_log(), "a refusal could not be written down");
        }
    }
}

/// Does what the endpoint says.
pub(crate) async fn dispatch(incoming: Incoming) -> Answer {
    match &incoming.endpoint.action {
        Action::List(spec) => list_rows(&incoming, spec).await,
        Action::Read { relation } => read_row(&incoming, relation).await,
        Action::Call(CallSpec { paper: Some(print), .. }) if wants_paper(&incoming)? => {
            let endpoint = incoming.endpoint;
            print(incoming).await.map_err(|problem| places::placed(problem, endpoint))
        }
        Action::Call(spec) => match file_of_search(&incoming, spec).await {
            Some(answer) => answer,
            None => act(&incoming).await.map(Acted::response),
        },
        Action::Insert { .. } | Action::Update { .. } | Action::Delete { .. } => {
            act(&incoming).await.map(Acted::response)
        }
        Action::Own { handler, .. } => handler(incoming).await,
    }
}

fn wants_paper(incoming: &Incoming) -> Result<bool, Problem> {
    Ok(export::format_asked(incoming)?.0 == export::Format::Pdf)
}

/// How often something was tried, and how.
#[derive(Debug)]
pub(super) struct Tries {
    failed: u32,
    with_keys: bool,
}

impl Tries {
    /// The first one of these endpoints, which happen together.
    pub(super) fn of<'a>(mut endpoints: impl Iterator<Item = &'a Endpoint>) -> Self {
        let opens = |endpoint: &Endpoint| matches!(endpoint.action, Action::Call(spec) if spec.opens);
        Self { failed: 0, with_keys: endpoints.any(opens) }
    }

    pub(super) fn with_keys(&self) -> bool {
        self.with_keys
    }

    /// Whether to try again: nothing of the failed attempt is left.
    pub(super) fn again(&mut self, failed: Failed, app: &App) -> Result<(), Problem> {
        match failed {
            Failed::Busy(_) if self.failed + 1 < ATTEMPTS => self.failed += 1,
            // Few calls open encrypted values: only those get the keys.
            Failed::Locked(_) if !self.with_keys && !app.encryption().is_empty() => self.with_keys = true,
            failed => return Err(failed.into()),
        }
        Ok(())
    }
}

/// What was done now, or what was answered when it was done before.
pub(crate) enum Acted {
    Now(Made),
    Before(StoredAnswer),
}

impl Acted {
    pub(crate) fn response(self) -> Response {
        match self {
            Self::Now(made) => made.response(),
            Self::Before(answer) => replayed(answer),
        }
    }

    pub(crate) fn stored(self) -> StoredAnswer {
        match self {
            Self::Now(made) => made.stored(),
            Self::Before(answer) => answer,
        }
    }
}

/// Does what an endpoint changes.
pub(crate) async fn act(incoming: &Incoming) -> Result<Acted, Problem> {
    let mut tries = Tries::of(std::iter::once(incoming.endpoint));
    loop {
        match attempt(incoming, tries.with_keys).await {
            Ok(acted) => return Ok(acted),
            Err(failed) => tries
                .again(failed, &incoming.app)
                .map_err(|problem| places::placed(problem, incoming.endpoint))?,
        }
    }
}

/// Whether what a request carries can be read at all, before anything is done.
pub(crate) fn check(incoming: &Incoming) -> Result<(), Problem> {
    match &incoming.endpoint.action {
        Action::Call(spec) => arguments_of(incoming, function_named(spec.function)?).map(drop),
        _ => Ok(()),
    }
}

/// What was answered to the same request before; none where it is to be done now.
pub(crate) async fn answered_before(incoming: &Incoming) -> Result<Option<StoredAnswer>, Problem> {
    let Some(once) = Once::of(incoming)? else { return Ok(None) };
    let (mut context, _) = incoming.look().await?;
    let before = once.begin(&mut context).await?;
    context.rollback().await?;
    Ok(before)
}

/// Why it was not done.
pub(crate) enum Failed {
    Problem(Problem),
    Busy(StoreError),
    Locked(Refusal),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::Busy(error),
            StoreError::Refused(refusal) if refusal.kind == RefusalKind::Key => Self::Locked(refusal),
            other => Self::Problem(other.into()),
        }
    }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Problem(problem) => problem,
            Failed::Busy(error) => error.into(),
            Failed::Locked(refusal) => refusal.into(),
        }
    }
}

pub(super) fn relation_named(name: &str) -> Result<&'static Relation, Problem> {
    surface()
        .relations
        .get(name)
        .ok_or_else(|| Problem::new(FAULT, format!("There is no relation {name} in this release.")))
}

pub(super) fn function_named(name: &str) -> Result<&'static Function, Problem> {
    surface()
        .functions
        .get(name)
        .ok_or_else(|| Problem::new(FAULT, format!("There is no function {name} in this release.")))
}

async fn list_rows(incoming: &Incoming, spec: &ListSpec) -> Answer {
    let (mut context, _) = incoming.enter().await?;
    let relation = relation_named(spec.relation)?;
    let (format, parameters) = export::format_asked(incoming)?;
    let asked = asked(spec, relation, &incoming.path, &parameters).map_err(Problem::invalid)?;
    if format != export::Format::Json {
        context.commit().await?;
        let source = export::Source::list(asked.query);
        return export::answer(incoming, source, format).await;
    }
    let page = list::page(&mut context, &asked.query).await?;
    let total = if asked.with_count { Some(list::count(&mut context, &asked.query).await?) } else { None };
    context.commit().await?;
    Ok(page_answer(incoming, &asked, page, total))
}

fn page_answer(incoming: &Incoming, asked: &Asked<'_>, page: list::Page, total: Option<i64>) -> Response {
    let mut body = String::from("{\"items\":[");
    push_rows(&mut body, &page.rows);
    body.push(']');
    let next = page.next.map(|place| asked.cursor(place));
    match &next {
        Some(cursor) => body.push_str(&[",\"next_cursor\":\"", cursor, "\""].concat()),
        None => body.push_str(",\"next_cursor\":null"),
    }
    if let Some(total) = total {
        body.push_str(",\"count\":");
        body.push_str(&total.to_string());
    }
    body.push('}');
    let mut response = json(StatusCode::OK, body);
    if let Some(link) = next.and_then(|cursor| next_link(incoming, &cursor)) {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

fn next_link(incoming: &Incoming, cursor: &str) -> Option<HeaderValue> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in incoming.query.iter().filter(|(name, _)| name != "cursor") {
        query.append_pair(name, value);
    }
    query.append_pair("cursor", cursor);
    let mut path = incoming.endpoint.path.to_owned();
    for (name, value) in &incoming.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    HeaderValue::from_str(&format!("</api/v1{path}?{}>; rel=\"next\"", query.finish())).ok()
}

async fn read_row(incoming: &Incoming, name: &'static str) -> Answer {
    let (mut context, _) = incoming.enter().await?;
    let relation = relation_named(name)?;
    let query = asked_one(name, relation, &incoming.path, &incoming.query).map_err(Problem::invalid)?;
    let row = list::one(&mut context, &query).await?;
    context.commit().await?;
    let row = row.ok_or_else(|| nothing_here(incoming))?;
    // Some of its fields are not the row: what is told of them is not its version.
    let is_whole = query.fields.len() == relation.columns.len();
    let tag = if is_whole { Some(tag_of(&row)) } else { version_of(&row) };
    if let (Some(tag), Some(known)) = (&tag, incoming.header("if-none-match"))
        && known.split(',').any(|one| one.trim() == tag)
    {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    Ok(tagged(json(StatusCode::OK, row.get().to_owned()), tag))
}

/// The row that the path names is not there, or not for this person.
pub(super) fn nothing_here(incoming: &Incoming) -> Problem {
    let named: Vec<String> = incoming.path.iter().map(|(name, value)| format!("{name} {value}")).collect();
    Problem::new(NOT_FOUND, format!("There is nothing with {} here.", named.join(", ")))
        .hint("It does not exist, or is not among those that you may see.")
}

/// The rows of a search as a file, where one was asked for.
async fn file_of_search(incoming: &Incoming, spec: &CallSpec) -> Option<Answer> {
    let function = surface().functions.get(spec.function).filter(|function| export::is_search(function))?;
    let format = match export::format_asked(incoming) {
        Ok((format, _)) => format,
        Err(problem) => return Some(Err(problem)),
    };
    if format == export::Format::Json {
        return None;
    }
    let arguments = match arguments_of(incoming, function) {
        Ok(arguments) => arguments,
        Err(problem) => return Some(Err(problem)),
    };
    let search = export::Search { name: spec.function, function, arguments };
    let answer = export::answer(incoming, export::Source::search(search, spec.paper.is_some()), format).await;
    Some(answer.map_err(|problem| places::placed(problem, incoming.endpoint)))
}

async fn attempt(incoming: &Incoming, with_keys: bool) -> Result<Acted, Failed> {
    let (mut context, _) = incoming.enter().await?;
    if with_keys {
        use_keys(&mut context, &incoming.app).await?;
    }
    let once = Once::of(incoming)?;
    if let Some(once) = &once
        && let Some(answer) = once.begin(&mut context).await?
    {
        return Ok(Acted::Before(answer));
    }
    let made = match effect(&mut context, incoming).await {
        Ok(made) => made,
        Err(failed) => return Err(undone(context, failed).await),
    };
    if let Some(once) = &once {
        once.finish(&mut context, &made.stored()).await?;
    }
    context.commit().await?;
    Ok(Acted::Now(made))
}

/// A refusal is answered when nothing of the attempt is left: its key is free for the next one.
pub(super) async fn undone(context: Context, failed: Failed) -> Failed {
    // Where even that cannot be said, the connection is lost and the database undoes it.
    let _ = context.rollback().await;
    failed
}

/// What an endpoint changes, in the transaction of a person that has begun.
pub(super) async fn effect(context: &mut Context, incoming: &Incoming) -> Result<Made, Failed> {
    match &incoming.endpoint.action {
        Action::Call(spec) => {
            let function = function_named(spec.function)?;
            let arguments = arguments_of(incoming, function)?;
            let returned = call::call(context, spec.function, function, &arguments).await?;
            Ok(Made::of(spec, function, incoming.endpoint, returned))
        }
        Action::Insert { relation, location } => rows::add(context, incoming, relation, location).await,
        Action::Update { relation } => rows::change(context, incoming, relation).await,
        Action::Delete { relation } => rows::remove(context, incoming, relation).await,
        Action::List(_) | Action::Read { .. } | Action::Own { .. } => {
            Err(Problem::new(FAULT, FAULT.title).into())
        }
    }
}

/// Gives the keys of the encryption to this transaction.
pub(crate) async fn use_keys(context: &mut Context, app: &App) -> StoreResult<()> {
    for (key_id, key) in app.encryption().iter() {
        use_key(context, *key_id, key.expose_secret()).await?;
    }
    Ok(())
}

/// Arguments from path, header and body or query.
pub(super) fn arguments_of(incoming: &Incoming, function: &Function) -> Result<Map<String, Value>, Problem> {
    let mut faults = Vec::new();
    let mut fixed = Map::new();
    for (name, text) in &incoming.path {
        let Some(argument) = input::argument_for(function, name) else { continue };
        match input::text_of(name, &argument.kind, text) {
            Ok(value) => drop(fixed.insert(argument.public_name().to_owned(), Value::String(value))),
            Err(detail) => faults.push(FieldFault::parameter(name.clone(), detail)),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    if takes_version(function) {
        fixed.insert("expected_version".to_owned(), expected_version(incoming)?);
    }
    let from_query = incoming.endpoint.method == Method::Get;
    require_json(incoming)?;
    let given = if from_query { query_values(incoming, function)? } else { parse_object(&incoming.body)? };
    input::arguments(function, given, &fixed, from_query).map_err(Problem::invalid)
}

/// A page of another site can send plain text and forms without being asked; JSON it cannot (assurance.md S5).
pub(crate) fn require_json(incoming: &Incoming) -> Result<(), Problem> {
    let kind = incoming.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if incoming.body.is_empty() || kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(MEDIA_TYPE, "The body is not said to be JSON.")
        .hint("Send it with Content-Type: application/json."))
}

/// Whether a call says which version it saw.
pub(super) fn takes_version(function: &Function) -> bool {
    function.arguments.iter().any(|argument| argument.public_name() == "expected_version")
}

/// The header with the version that the caller saw.
pub(super) fn version_seen(incoming: &Incoming) -> Result<&str, Problem> {
    let tag = incoming.header("if-match").ok_or_else(|| {
        Problem::new(VERSION_REQUIRED, "The header If-Match is missing.").hint(
            "Send the ETag with which you read it, so that a change of somebody else is not overwritten.",
        )
    })?;
    if tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"') { Ok(tag) } else { Err(no_tag()) }
}

fn no_tag() -> Problem {
    Problem::invalid(vec![FieldFault::parameter(
        "If-Match",
        "If-Match is not the ETag of one version, such as \"v3\".",
    )])
}

fn expected_version(incoming: &Incoming) -> Result<Value, Problem> {
    let tag = version_seen(incoming)?;
    let version = tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
    let version = version.and_then(|version| version.parse::<i32>().ok());
    version.map(|version| Value::String(version.to_string())).ok_or_else(no_tag)
}

fn query_values(incoming: &Incoming, function: &Function) -> Result<Map<String, Value>, Problem> {
    let mut values = Map::new();
    for (name, text) in &incoming.query {
        if name == "format" && export::is_search(function) {
            continue;
        }
        let kind = function
            .arguments
            .iter()
            .find(|argument| argument.public_name() == name)
            .map(|argument| &argument.kind);
        let value = match kind {
            Some(SqlType::Bigint | SqlType::Integer | SqlType::Smallint | SqlType::Numeric) => {
                text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from)
            }
            Some(SqlType::Boolean) if text == "true" || text == "false" => Value::Bool(text == "true"),
            Some(SqlType::Array(_)) => text.split(',').map(|part| Value::String(part.to_owned())).collect(),
            Some(SqlType::Json) => crate::http::json::parse(text.as_bytes())?,
            _ => Value::String(text.clone()),
        };
        if values.insert(name.clone(), value).is_some() {
            return Err(Problem::invalid(vec![FieldFault::parameter(
                name.clone(),
                format!("\"{name}\" is there twice."),
            )]));
        }
    }
    Ok(values)
}
