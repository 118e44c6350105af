//! `OpenAPI` 3.1, made from the tables of endpoints and the words of the database; committed as `docs/openapi.json` and checked
//! for drift.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use torvan_store::surface::{Column, Function, OutcomeKind, Relation, SqlType, surface};

use super::dispatch::takes_version;
use super::endpoint::{Access, Action, CallSpec, Endpoint, ListSpec, Method};
use super::export::{XLSX, is_search};
use super::{DOMAINS, bulk, input, searched};
use crate::events;
use crate::http::problem::KINDS;
use crate::pages::papers::PDF;

/// The document.
#[must_use]
pub fn specification() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
    &DOCUMENT
}

/// `GET /api/v1/openapi.json`.
pub(crate) async fn document() -> Response {
    super::answer::json(StatusCode::OK, specification().to_string())
}

fn build() -> Value {
    let mut paths = Map::new();
    for domain in DOMAINS {
        for endpoint in domain.endpoints() {
            let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            path[endpoint.method.to_string().to_lowercase()] = operation(domain.name, endpoint);
        }
    }
    let tags: Vec<Value> = DOMAINS.iter().map(|domain| json!({"name": domain.name})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Torvan API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Configure-to-order manufacturing of reprocessing sinks, from the customer's order to its delivery. Programs authenticate with an API token (Authorization: Bearer); people with a session (POST /session). Errors are RFC 9457 problems.",
        },
        "servers": [{"url": "/api/v1"}],
        "tags": tags,
        "paths": paths,
        "components": components(),
    })
}

fn components() -> Value {
    let mut components = fixed_components();
    if let Some(schemas) = components["schemas"].as_object_mut() {
        schemas.append(&mut row_schemas());
    }
    components
}

fn fixed_components() -> Value {
    let slugs: Vec<String> = KINDS.iter().map(|kind| format!("/api/docs#{}", kind.slug)).collect();
    json!({
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "API token of a program."},
            "session": {"type": "apiKey", "in": "cookie", "name": crate::incoming::SESSION_COOKIE, "description": "Session of a person; unsafe methods need the header X-CSRF-Token too."},
        },
        "schemas": {
            "Problem": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "request_id"],
                "properties": {
                    "type": {"type": "string", "enum": slugs},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string", "description": "What is wrong, for people."},
                    "hint": {"type": "string", "description": "How to mend it."},
                    "request_id": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "object", "required": ["detail"], "properties": {
                        "pointer": {"type": "string", "description": "JSON Pointer into the body."},
                        "parameter": {"type": "string", "description": "Parameter or header."},
                        "detail": {"type": "string"},
                    }}},
                },
            },
        },
        "responses": {
            "Problem": {"description": "A problem, as RFC 9457 has it.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        },
    })
}

pub(super) fn operation(domain: &str, endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "tags": [domain],
        "operationId": operation_id(endpoint),
        "summary": summary(endpoint),
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
    });
    if let Some(body) = request_body(endpoint) {
        operation["requestBody"] = body;
    }
    match endpoint.access {
        Access::Anyone => operation["security"] = json!([]),
        Access::Session => operation["security"] = json!([{"session": []}]),
        Access::SignedIn => operation["security"] = json!([{"token": []}, {"session": []}]),
        Access::Permission(code) => {
            operation["security"] = json!([{"token": []}, {"session": []}]);
            operation["x-permission"] = code.into();
            let meaning = surface().permissions.get(code).map_or("", String::as_str);
            operation["description"] = format!("Needs the permission `{code}`: {meaning}").into();
        }
    }
    match endpoint.path {
        events::PATH => events::document(&mut operation),
        bulk::PATH => bulk::document(&mut operation),
        _ => {}
    }
    operation
}

fn operation_id(endpoint: &Endpoint) -> String {
    let mut id = endpoint.method.to_string().to_lowercase();
    for part in endpoint.path.split(['/', '-', '{', '}']).filter(|part| !part.is_empty()) {
        let _ = write!(id, "_{part}");
    }
    id
}

/// What an endpoint does, in a line.
pub(super) fn summary(endpoint: &Endpoint) -> String {
    match &endpoint.action {
        Action::List(spec) => format!("List: {}", comment_of(spec.relation)),
        Action::Read { relation } => format!("One: {}", comment_of(relation)),
        Action::Call(spec) => surface()
            .functions
            .get(spec.function)
            .map_or_else(String::new, |function| function.comment.clone()),
        Action::Insert { relation, .. } => format!("Adds one: {}", comment_of(relation)),
        Action::Update { relation } => {
            format!("Changes the given fields of one, null clears: {}", comment_of(relation))
        }
        Action::Delete { relation } => format!("Takes one away: {}", comment_of(relation)),
        Action::Own { summary, .. } => (*summary).to_owned(),
    }
}

fn comment_of(relation: &str) -> &'static str {
    surface().relations.get(relation).map_or("", |relation| &relation.comment)
}

fn schema(kind: &SqlType) -> Value {
    match kind {
        SqlType::Bigint => json!({"type": "integer", "format": "int64"}),
        SqlType::Integer => json!({"type": "integer", "format": "int32"}),
        SqlType::Smallint => json!({"type": "integer", "minimum": -32768, "maximum": 32767}),
        SqlType::Numeric => json!({"type": "number"}),
        SqlType::Boolean => json!({"type": "boolean"}),
        SqlType::Date => json!({"type": "string", "format": "date"}),
        SqlType::Timestamp => json!({"type": "string", "format": "date-time"}),
        SqlType::Uuid => json!({"type": "string", "format": "uuid"}),
        SqlType::Json => json!({}),
        SqlType::Array(element) => json!({"type": "array", "items": schema(element)}),
        SqlType::Text | SqlType::Other(_) => json!({"type": "string"}),
    }
}

fn or_null(mut schema: Value) -> Value {
    if let Some(kind) = schema.get("type").cloned() {
        schema["type"] = json!([kind, "null"]);
    }
    schema
}

fn column_schema(column: &Column, may_be_null: bool) -> Value {
    let mut described = schema(&column.kind);
    if !column.words.is_empty() {
        let mut words: Vec<Value> = column.words.iter().cloned().map(Value::from).collect();
        if may_be_null {
            words.push(Value::Null);
        }
        described["enum"] = Value::Array(words);
    }
    if may_be_null {
        described = or_null(described);
    }
    if !column.comment.is_empty() {
        described["description"] = column.comment.clone().into();
    }
    described
}

/// A row. Of a relation every column may be left out (`fields`).
fn row_schema(columns: &[Column]) -> Value {
    let properties: Map<String, Value> =
        columns.iter().map(|column| (column.name.clone(), column_schema(column, column.nullable))).collect();
    json!({"type": "object", "properties": properties})
}

/// The row of a relation, described once for all endpoints.
fn row_of(relation: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{relation}")})
}

/// Rows of relations that some endpoint shows.
fn row_schemas() -> Map<String, Value> {
    let shown = super::endpoints().filter_map(|endpoint| match &endpoint.action {
        Action::List(spec) => Some(spec.relation),
        Action::Read { relation } | Action::Insert { relation, .. } | Action::Update { relation } => {
            Some(*relation)
        }
        Action::Call(spec) => {
            surface().functions.get(spec.function).map(|function| function.result.type_name.as_str())
        }
        Action::Delete { .. } | Action::Own { .. } => None,
    });
    shown
        .filter_map(|name| {
            surface().relations.get(name).map(|relation| (name.to_owned(), row_schema(&relation.columns)))
        })
        .collect()
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut parameters: Vec<Value> = endpoint
        .path_parameters()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": schema(&path_kind(endpoint, name))}))
        .collect();
    match &endpoint.action {
        Action::List(spec) => parameters.extend(list_parameters(spec)),
        Action::Read { .. } => parameters.push(query(
            "fields",
            &json!({"type": "string"}),
            "Names of the fields wanted, with commas.",
        )),
        Action::Call(spec) => parameters.extend(call_parameters(endpoint, spec)),
        Action::Insert { .. } => parameters.push(idempotency_key()),
        Action::Update { .. } | Action::Delete { .. } => parameters.push(if_match("^\".+\"$")),
        Action::Own { .. } => {}
    }
    if !endpoint.method.is_safe() && endpoint.access != Access::Anyone {
        parameters.push(json!({"name": "X-CSRF-Token", "in": "header", "schema": {"type": "string"}, "description": "With a session: its token against requests from other sites."}));
    }
    parameters
}

fn path_kind(endpoint: &Endpoint, name: &str) -> SqlType {
    let found = match &endpoint.action {
        Action::List(ListSpec { relation, .. })
        | Action::Read { relation }
        | Action::Insert { relation, .. }
        | Action::Update { relation }
        | Action::Delete { relation } => surface()
            .relations
            .get(*relation)
            .and_then(|relation| relation.column(name))
            .map(|column| column.kind.clone()),
        Action::Call(spec) => surface()
            .functions
            .get(spec.function)
            .and_then(|function| input::argument_for(function, name))
            .map(|argument| argument.kind.clone()),
        Action::Own { .. } => None,
    };
    found.unwrap_or(SqlType::Text)
}

fn query(name: &str, schema: &Value, about: &str) -> Value {
    json!({"name": name, "in": "query", "schema": schema, "description": about})
}

fn file_format() -> Value {
    query(
        "format",
        &json!({"type": "string", "enum": ["json", "csv", "xlsx"]}),
        "json: a page; csv, xlsx: a file of all rows.",
    )
}

/// The same where it can be had on paper, in a language.
fn paper_format() -> [Value; 2] {
    [
        query(
            "format",
            &json!({"type": "string", "enum": ["json", "csv", "xlsx", "pdf"]}),
            "json: a page; csv, xlsx: a file of all rows; pdf: all of it on paper.",
        ),
        query(
            "lang",
            &json!({"type": "string", "enum": ["en", "fr"]}),
            "The language of the paper; that of the person where it is not given.",
        ),
    ]
}

fn list_parameters(spec: &ListSpec) -> Vec<Value> {
    let mut sorts = Vec::new();
    for name in spec.sorts.iter().map(|name| name.trim_start_matches('-')) {
        sorts.push(name.to_owned());
        sorts.push(format!("-{name}"));
    }
    let mut parameters = vec![
        query(
            "limit",
            &json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
            "Rows of a page.",
        ),
        query("cursor", &json!({"type": "string"}), "next_cursor of the page before."),
        query(
            "sort",
            &json!({"type": "string", "enum": sorts}),
            "The order; a minus in front: greatest first.",
        ),
        query("fields", &json!({"type": "string"}), "Names of the fields wanted, with commas."),
        query("count", &json!({"type": "boolean"}), "Whether to count all rows too."),
        file_format(),
    ];
    if let Some(found) = searched::of(spec.relation) {
        let about = format!(
            "Words that are all in {}; accents and capitals are no matter.",
            input::listed(found.columns)
        );
        parameters.push(query("q", &json!({"type": "string", "maxLength": 200}), &about));
    }
    let relation = surface().relations.get(spec.relation);
    for name in spec.filters {
        let Some(column) = relation.and_then(|relation| relation.column(name)) else { continue };
        let about = format!("Equal. {}", column.comment);
        parameters.push(query(
            &format!("filter[{name}]"),
            &column_schema(&Column { comment: String::new(), ..column.clone() }, false),
            &about,
        ));
    }
    parameters
}

fn call_parameters(endpoint: &Endpoint, spec: &CallSpec) -> Vec<Value> {
    let Some(function) = surface().functions.get(spec.function) else { return Vec::new() };
    let mut parameters = Vec::new();
    if endpoint.method == Method::Get {
        for argument in free_arguments(endpoint, function) {
            let mut described =
                query(argument.public_name(), &schema(&argument.kind), &input::described(&argument.kind));
            described["required"] = argument.required.into();
            if argument.kind == SqlType::Json {
                described["schema"] = json!({"type": "string"});
                described["description"] = "JSON.".into();
            }
            if matches!(argument.kind, SqlType::Array(_)) {
                described["style"] = "form".into();
                described["explode"] = false.into();
            }
            parameters.push(described);
        }
        match spec.paper {
            Some(_) => parameters.extend(paper_format()),
            None if is_search(function) => parameters.push(file_format()),
            None => {}
        }
    }
    if endpoint.is_made_once() {
        parameters.push(idempotency_key());
        parameters.push(json!({"name": "Signing-Proof", "in": "header", "schema": {"type": "string"}, "description": "For acts that sign: the proof of POST /session/signing-proof."}));
    }
    if takes_version(function) {
        parameters.push(if_match("^\"v[0-9]+\"$"));
    }
    parameters
}

fn idempotency_key() -> Value {
    json!({"name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}, "description": "A new UUID for each new request; the same one when it is sent again."})
}

fn if_match(pattern: &str) -> Value {
    json!({"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string", "pattern": pattern}, "description": "ETag of the version that was read."})
}

fn free_arguments<'f>(
    endpoint: &Endpoint,
    function: &'f Function,
) -> impl Iterator<Item = &'f torvan_store::surface::Argument> {
    let from_path: Vec<&str> = endpoint
        .path_parameters()
        .filter_map(|name| input::argument_for(function, name))
        .map(torvan_store::surface::Argument::public_name)
        .collect();
    function.arguments.iter().filter(move |argument| {
        argument.public_name() != "expected_version" && !from_path.contains(&argument.public_name())
    })
}

fn request_body(endpoint: &Endpoint) -> Option<Value> {
    let (properties, required): (Map<String, Value>, Vec<String>) = match &endpoint.action {
        Action::Call(spec) if endpoint.method != Method::Get => {
            let function = surface().functions.get(spec.function)?;
            let free: Vec<_> = free_arguments(endpoint, function).collect();
            let properties = free.iter().map(|argument| {
                let described =
                    if argument.required { schema(&argument.kind) } else { or_null(schema(&argument.kind)) };
                (argument.public_name().to_owned(), described)
            });
            let required = free
                .iter()
                .filter(|argument| argument.required)
                .map(|argument| argument.public_name().to_owned());
            (properties.collect(), required.collect())
        }
        Action::Insert { relation, .. } => {
            let relation = surface().relations.get(*relation)?;
            let from_path: Vec<&str> = endpoint.path_parameters().collect();
            let mut free = relation.insertable();
            free.retain(|column| !from_path.contains(&column.name.as_str()));
            let required = free.iter().filter(|column| relation.requires(column));
            (properties_of(&free), required.map(|column| column.name.clone()).collect())
        }
        Action::Update { relation } => {
            return Some(changes_body(surface().relations.get(*relation)?));
        }
        Action::Own { body, .. } if !body.is_empty() => {
            let properties = body.iter().map(|field| {
                (field.name.to_owned(), json!({"type": field.kind, "description": field.about}))
            });
            let required = body.iter().filter(|field| field.required).map(|field| field.name.to_owned());
            (properties.collect(), required.collect())
        }
        _ => return None,
    };
    if properties.is_empty() {
        return None;
    }
    let is_needed = !required.is_empty();
    let schema = json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    Some(json!({"required": is_needed, "content": {"application/json": {"schema": schema}}}))
}

fn properties_of(columns: &[&Column]) -> Map<String, Value> {
    columns.iter().map(|column| (column.name.clone(), column_schema(column, column.nullable))).collect()
}

fn changes_body(relation: &Relation) -> Value {
    let schema = json!({"type": "object", "properties": properties_of(&relation.updatable()), "minProperties": 1, "additionalProperties": false});
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}

fn responses(endpoint: &Endpoint) -> Value {
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let mut responses = Map::new();
    let (status, good) = good_response(endpoint);
    responses.insert(status.to_owned(), good);
    responses.insert("default".to_owned(), problem);
    Value::Object(responses)
}

fn content(schema: &Value, about: &str) -> Value {
    json!({"description": about, "content": {"application/json": {"schema": schema}}})
}

/// An answer that is a file where one is asked for.
fn or_file(mut answer: Value) -> Value {
    answer["content"]["text/csv"] = json!({"schema": {"type": "string"}});
    answer["content"][XLSX] = json!({"schema": {"type": "string", "format": "binary"}});
    answer
}

pub(super) fn good_response(endpoint: &Endpoint) -> (&'static str, Value) {
    match &endpoint.action {
        Action::List(spec) => {
            let page = json!({"type": "object", "required": ["items", "next_cursor"], "properties": {
                "items": {"type": "array", "items": row_of(spec.relation)},
                "next_cursor": {"type": ["string", "null"]},
                "count": {"type": "integer"},
            }});
            ("200", or_file(content(&page, "A page; a file where format or Accept asks for one.")))
        }
        Action::Read { relation } => ("200", content(&row_of(relation), "The row; its ETag is the version.")),
        Action::Call(spec) => call_response(endpoint, spec),
        Action::Insert { relation, .. } => {
            ("201", content(&row_of(relation), "The new row; Location says where it is found."))
        }
        Action::Update { relation } => ("200", content(&row_of(relation), "The row as it is now.")),
        Action::Delete { .. } => ("204", json!({"description": "Done."})),
        Action::Own { .. } if endpoint.method == Method::Delete => ("204", json!({"description": "Done."})),
        Action::Own { .. } => (
            "2XX",
            json!({"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}),
        ),
    }
}

fn call_response(endpoint: &Endpoint, spec: &CallSpec) -> (&'static str, Value) {
    let Some(function) = surface().functions.get(spec.function) else {
        return ("200", json!({"description": "Done."}));
    };
    let status = if spec.location.is_some() && endpoint.method == Method::Post { "201" } else { "200" };
    let kind = SqlType::from(function.result.type_name.clone());
    match function.result.kind {
        OutcomeKind::None => ("204", json!({"description": "Done."})),
        OutcomeKind::Rows => {
            let items = returned_row(function).unwrap_or_else(|| or_null(schema(&kind)));
            let rows = json!({"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": items}}});
            if is_search(function) {
                let mut answer = or_file(content(&rows, "Rows; a file where format or Accept asks for one."));
                if spec.paper.is_some() {
                    answer["content"][PDF] = json!({"schema": {"type": "string", "format": "binary"}});
                }
                return (status, answer);
            }
            (status, content(&rows, "Rows."))
        }
        OutcomeKind::Row => {
            let row = returned_row(function).unwrap_or_else(|| json!({}));
            (status, content(&row, "The row as it is now."))
        }
        OutcomeKind::Value if kind == SqlType::Json => (status, content(&json!({}), "The answer.")),
        OutcomeKind::Value => {
            let properties: Map<String, Value> =
                [(spec.returns.to_owned(), or_null(schema(&kind)))].into_iter().collect();
            (status, content(&json!({"type": "object", "properties": properties}), "The answer."))
        }
    }
}

/// A row that a function returns: that of a relation, or one of its own, of whose columns nothing is known.
fn returned_row(function: &Function) -> Option<Value> {
    if !function.result.columns.is_empty() {
        return Some(row_schema(&all_nullable(&function.result.columns)));
    }
    surface().relations.get(&function.result.type_name).map(|_| row_of(&function.result.type_name))
}

fn all_nullable(columns: &[Column]) -> Vec<Column> {
    columns.iter().map(|column| Column { nullable: true, words: Vec::new(), ..column.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each method of each path, and for each schema: what changes is seen in a difference.
    fn lines(value: &Value, levels: usize) -> String {
        let Value::Object(object) = value else { return value.to_string() };
        if levels == 0 || object.is_empty() {
            return value.to_string();
        }
        let parts: Vec<String> = object
            .iter()
            .map(|(name, part)| format!("{}: {}", Value::from(name.as_str()), lines(part, levels - 1)))
            .collect();
        format!("{{\n{}\n}}", parts.join(",\n"))
    }

    #[test]
    fn the_committed_document_is_that_of_the_tables() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let text = lines(specification(), 3) + "\n";
        if std::env::var("TORVAN_OPENAPI").is_ok_and(|mode| mode == "write") {
            std::fs::write(file, &text).expect("the file");
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(committed == text, "docs/openapi.json differs from the endpoints; run script/openapi");
    }
}
