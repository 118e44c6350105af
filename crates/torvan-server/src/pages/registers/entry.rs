//! Fields of a form from what an endpoint takes, and what was typed as the endpoint takes it.

use serde_json::{Map, Value};
use torvan_store::surface::{Argument, Column, SqlType, surface};

use super::cell::{self, Row};
use super::list::heading;
use super::{Form, endpoint};
use crate::api::endpoint::Action;
use crate::http::form::Form as Sent;
use crate::pages::components::{Field, Kind};
use crate::pages::page::Page;

/// A value that an endpoint takes.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    kind: &'static SqlType,
    is_required: bool,
    /// Words to choose from; none: typed.
    words: &'static [String],
    /// Whether it may be cleared.
    is_nullable: bool,
    /// What is there when nothing was typed yet.
    pub(super) proposed: &'static str,
    /// Whether it is one of the fields that a function takes together, as its argument `changes`.
    pub(super) is_change: bool,
}

/// Argument of a function with the fields that change.
const CHANGES: &str = "changes";

/// Values of a form that is sent, by the names of its endpoint.
pub(super) type Values = Map<String, Value>;

/// What a form asks for, in its order.
pub(super) fn entries(form: &Form) -> Vec<Entry> {
    let Some(endpoint) = endpoint(form.method, form.target) else { return Vec::new() };
    let of = |name: &&'static str| match &endpoint.action {
        Action::Call(spec) => argument(spec.function, name).or_else(|| changed(form, spec.function, name)),
        Action::Insert { relation, .. } => column(relation, name, true),
        Action::Update { relation } => column(relation, name, false),
        _ => None,
    };
    form.fields.iter().filter_map(of).collect()
}

fn argument(name_of: &str, name: &'static str) -> Option<Entry> {
    let function = surface().functions.get(name_of)?;
    let argument = function.arguments.iter().find(|argument| argument.public_name() == name)?;
    let words = words_of(name_of, name);
    Some(Entry {
        name,
        kind: &argument.kind,
        is_required: argument.required,
        words,
        is_nullable: true,
        is_change: false,
        proposed: proposed(name_of, name),
    })
}

/// A field that a function changes, of the kind that the record's column has.
fn changed(form: &Form, function: &str, name: &'static str) -> Option<Entry> {
    let function = surface().functions.get(function)?;
    let takes = |argument: &&Argument| argument.public_name() == CHANGES && argument.kind == SqlType::Json;
    function.arguments.iter().find(takes)?;
    let relation = surface().relations.get(super::relation_of(super::record_path(form)?)?)?;
    let column = relation.column(name);
    Some(Entry {
        name,
        kind: column.map_or(&SqlType::Text, |column| &column.kind),
        is_required: false,
        words: column.map_or(&[], |column| &column.words),
        is_nullable: true,
        is_change: true,
        proposed: "",
    })
}

fn column(relation: &str, name: &'static str, is_new: bool) -> Option<Entry> {
    let relation = surface().relations.get(relation)?;
    let columns = if is_new { relation.insertable() } else { relation.updatable() };
    let column: &'static Column = columns.into_iter().find(|column| column.name == name)?;
    let is_required = if is_new { relation.requires(column) } else { !column.nullable };
    Some(Entry {
        name,
        kind: &column.kind,
        is_required,
        words: &column.words,
        is_nullable: column.nullable,
        is_change: false,
        proposed: "",
    })
}

/// Arguments whose words are those of a column: function (none: any), argument, relation, column.
const WORDS: &[(Option<&str>, &str, &str, &str)] = &[
    (None, "language", "customers", "language"),
    (Some("open_privacy_request"), "kind", "privacy_requests", "request_kind"),
    (Some("open_privacy_request"), "law", "privacy_requests", "law"),
    (Some("decide_pii_finding"), "state", "pii_findings", "state"),
    (Some("place_hold"), "scope_kind", "legal_holds", "scope_kind"),
    (Some("create_external_system"), "system_kind", "external_systems", "system_kind"),
    (Some("create_external_system"), "direction", "external_systems", "direction"),
];

/// What a form proposes: function, argument, value. What destroys is counted first.
const PROPOSED: &[(&str, &str, &str)] =
    &[("execute_retention_policy", "dry_run", "true"), ("create_external_system", "direction", "BOTH")];

fn proposed(function: &str, argument: &str) -> &'static str {
    let found = PROPOSED.iter().find(|(of, name, _)| *of == function && *name == argument);
    found.map_or("", |(.., value)| value)
}

fn words_of(function: &str, argument: &str) -> &'static [String] {
    let is_it = |(of, name, ..): &&(Option<&str>, &str, _, _)| {
        *name == argument && of.is_none_or(|of| of == function)
    };
    let Some((_, _, relation, column)) = WORDS.iter().find(is_it) else { return &[] };
    let relation = surface().relations.get(*relation);
    relation.and_then(|relation| relation.column(column)).map_or(&[], |column| &column.words)
}

/// Names whose text is longer than a line.
const LONG: [&str; 9] =
    ["changes", "method", "description", "notes", "note", "reason", "body", "mend", "sourcing_note"];

impl Entry {
    /// Its field with what was typed, or what the row has.
    pub(super) fn field(&self, page: &Page, value: &str) -> Field {
        let label = heading(page, self.name);
        let is_switch = *self.kind == SqlType::Boolean;
        let kind = match self.kind {
            _ if is_switch || !self.words.is_empty() => Kind::Select,
            SqlType::Date => Kind::Date,
            SqlType::Json | SqlType::Array(_) => Kind::Area,
            _ if LONG.contains(&self.name) => Kind::Area,
            _ => Kind::Text,
        };
        let mut field = Field::new(self.name, label, kind, "off").value(value);
        if let Some(hint) = self.hint(page) {
            field = field.hint(hint);
        }
        if kind == Kind::Select {
            field = field.options(self.options(page));
        }
        if self.is_required { field } else { field.optional() }
    }

    fn options(&self, page: &Page) -> Vec<(String, String)> {
        let none = (String::new(), String::new());
        let mut options =
            if self.is_required && *self.kind != SqlType::Boolean { Vec::new() } else { vec![none] };
        if *self.kind == SqlType::Boolean {
            options.truncate(usize::from(!self.is_required));
            options.extend([("true".to_owned(), page.t("yes")), ("false".to_owned(), page.t("no"))]);
        } else {
            options.extend(self.words.iter().map(|code| (code.clone(), cell::word(page.words, code))));
        }
        options
    }

    fn hint(&self, page: &Page) -> Option<String> {
        let own = page.words.say_if_known(&format!("entry-hint-{}", self.name.replace('_', "-")));
        own.or_else(|| match self.kind {
            SqlType::Timestamp => Some(page.t("entry-moment")),
            SqlType::Array(_) => Some(page.t("entry-lines")),
            SqlType::Json => Some(page.t("entry-json")),
            _ => None,
        })
    }

    /// What the row has, as it is typed.
    pub(super) fn typed(&self, row: &Row) -> String {
        match (self.kind, row.get(self.name)) {
            (SqlType::Json, Some(raw)) if raw.get() != "null" => raw.get().to_owned(),
            (SqlType::Array(_), _) => cell::text_of(row, self.name).unwrap_or_default().replace(", ", "\n"),
            _ => cell::text_of(row, self.name).unwrap_or_default(),
        }
    }

    /// What was sent, as the endpoint takes it; what it cannot take goes there all the same, so that the answer says why.
    pub(super) fn value(&self, sent: &str) -> Value {
        let text = sent.trim();
        let plain = || Value::String(text.to_owned());
        if text.is_empty() {
            return Value::Null;
        }
        match self.kind {
            SqlType::Boolean => match text {
                "true" => true.into(),
                "false" => false.into(),
                _ => plain(),
            },
            SqlType::Bigint | SqlType::Integer | SqlType::Smallint => {
                text.parse::<i64>().map_or_else(|_| plain(), Value::from)
            }
            SqlType::Json => serde_json::from_str(text).unwrap_or_else(|_| plain()),
            SqlType::Array(_) => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
            _ => plain(),
        }
    }
}

/// The body of an endpoint from a form: for a change only what differs from the row.
pub(super) fn body(entries: &[Entry], sent: &Sent, row: Option<&Row>) -> Values {
    let (together, plain): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.is_change);
    let mut values = values_of(&plain, sent, row);
    let differing = values_of(&together, sent, row);
    if !differing.is_empty() {
        values.insert(CHANGES.to_owned(), Value::Object(differing));
    }
    values
}

fn values_of(entries: &[&Entry], sent: &Sent, row: Option<&Row>) -> Values {
    let mut values = Values::new();
    for entry in entries {
        let text = sent.raw(entry.name).trim();
        match row {
            Some(row) if same(text, &entry.typed(row)) => {}
            Some(_) if !text.is_empty() || entry.is_nullable => {
                values.insert(entry.name.to_owned(), entry.value(text));
            }
            None if !text.is_empty() => drop(values.insert(entry.name.to_owned(), entry.value(text))),
            // Left out, a value that must be there is missed in the endpoint's own words.
            Some(_) => drop(values.insert(entry.name.to_owned(), Value::String(String::new()))),
            None => {}
        }
    }
    values
}

/// Browsers send lines with another end than the database has.
fn same(sent: &str, stored: &str) -> bool {
    sent.replace("\r\n", "\n").trim() == stored.replace("\r\n", "\n").trim()
}
