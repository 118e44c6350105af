//! Fields of a form from what an endpoint takes, and what was typed as the endpoint takes it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use torvan_store::surface::{Argument, Column, SqlType, surface};

use super::cell::{self, Row};
use super::list::heading;
use super::reference::{OffersOf, Reference, pointed_at};
use super::{Form, endpoint};
use crate::api::endpoint::Action;
use crate::http::form::Form as Sent;
use crate::pages::components::{Field, Kind, Pairs};
use crate::pages::numbers;
use crate::pages::page::Page;
use crate::reader;
use crate::words::Words;

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
    /// What it points to.
    pub(super) reference: Option<Reference>,
}

/// Argument of a function with the fields that change.
const CHANGES: &str = "changes";

/// Values of a form that is sent, by the names of its endpoint.
pub(super) type Values = Map<String, Value>;

/// Instants that were typed by the clocks of the plant, by their fields, as the endpoint takes them.
pub(super) type Instants = BTreeMap<&'static str, String>;

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
        is_required: argument.required || NEEDED.contains(&(name_of, name)),
        words,
        is_nullable: true,
        is_change: false,
        proposed: proposed(name_of, name),
        reference: pointed_at(name_of, name),
    })
}

/// A field that a function changes, of the kind that the record's column has.
fn changed(form: &Form, name_of: &str, name: &'static str) -> Option<Entry> {
    let function = surface().functions.get(name_of)?;
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
        reference: pointed_at(name_of, name),
    })
}

fn column(name_of: &str, name: &'static str, is_new: bool) -> Option<Entry> {
    let relation = surface().relations.get(name_of)?;
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
        proposed: if is_new { proposed(name_of, name) } else { "" },
        reference: pointed_at(name_of, name),
    })
}

/// Arguments whose words are those of a column: function (none: any), argument, relation, column.
const WORDS: &[(Option<&str>, &str, &str, &str)] = &[
    (None, "language", "customers", "language"),
    (Some("create_user"), "kind", "users", "kind"),
    (Some("open_privacy_request"), "kind", "privacy_requests", "request_kind"),
    (Some("open_privacy_request"), "law", "privacy_requests", "law"),
    (Some("decide_pii_finding"), "state", "pii_findings", "state"),
    (Some("place_hold"), "scope_kind", "legal_holds", "scope_kind"),
    (Some("create_external_system"), "system_kind", "external_systems", "system_kind"),
    (Some("create_external_system"), "direction", "external_systems", "direction"),
    (Some("give_system_credentials"), "scheme", "external_systems", "credential_scheme"),
];

/// What a form proposes: function or relation, value's name, value: defaults of the database, and what destroys is counted first.
const PROPOSED: &[(&str, &str, &str)] = &[
    ("execute_retention_policy", "dry_run", "true"),
    ("create_external_system", "direction", "BOTH"),
    ("create_user", "language", "EN"),
    ("create_user", "kind", "STAFF"),
    ("create_customer", "language", "EN"),
    ("open_privacy_request", "law", "GDPR"),
    ("notification_rules", "is_active", "true"),
    ("notification_rules", "channels", "IN_APP"),
    ("notification_rules", "priority", "NORMAL"),
    ("assemblies", "is_orderable", "true"),
    ("set_lot_blocked", "blocked", "true"),
    ("user_skills", "level", "2"),
];

/// Arguments with a default that the function refuses all the same: who gives a role says why.
const NEEDED: [(&str, &str); 1] = [("grant_role", "reason")];

/// Lists of which several are chosen: name and its words.
const SEVERAL: [(&str, &[&str]); 1] = [("channels", &["IN_APP", "EMAIL", "WEBHOOK"])];

/// Objects that are names with values.
const PAIRS: [&str; 2] = ["condition", "settings"];

/// What is typed unseen and never shown again.
pub(super) const SECRET: [&str; 1] = ["secret"];

/// Keys of records that go along without being typed.
const HIDDEN: [&str; 1] = ["user_id"];

fn proposed(of: &str, argument: &str) -> &'static str {
    let found = PROPOSED.iter().find(|(owner, name, _)| *owner == of && *name == argument);
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
    pub(super) fn field(&self, page: &Page, value: &str, offers: &OffersOf) -> Field {
        let label = heading(page, self.name);
        let kind = self.asked_as();
        let value = &if self.is_number() { numbers::typed(page.words, value) } else { value.to_owned() };
        let mut field = Field::new(self.name, label, kind, "off").value(value);
        if let Some(hint) = self.hint(page) {
            field = field.hint(hint);
        }
        match kind {
            Kind::Select | Kind::Ticks => field = field.options(self.options(page, value, offers)),
            Kind::Pairs => field = field.pairs(Self::pairs(page, value)),
            Kind::Text | Kind::Code => field = self.with_offers(field, offers),
            _ => {}
        }
        if !self.is_required {
            return field.optional();
        }
        if kind == Kind::Switch { field } else { field.mark(page.t("entry-required")) }
    }

    /// How it is asked for.
    fn asked_as(&self) -> Kind {
        match self.kind {
            _ if HIDDEN.contains(&self.name) => Kind::Hidden,
            _ if SECRET.contains(&self.name) => Kind::Password,
            SqlType::Boolean => Kind::Switch,
            SqlType::Array(_) if self.several().is_some() => Kind::Ticks,
            _ if !self.words.is_empty() || self.reference.is_some_and(Reference::is_choice) => Kind::Select,
            SqlType::Date => Kind::Date,
            SqlType::Timestamp => Kind::Moment,
            SqlType::Json if self.is_pairs() => Kind::Pairs,
            SqlType::Json => Kind::Data,
            SqlType::Array(_) => Kind::Area,
            _ if LONG.contains(&self.name) => Kind::Area,
            _ if self.reference.is_some_and(Reference::is_code) => Kind::Code,
            _ => Kind::Text,
        }
    }

    fn is_pairs(&self) -> bool {
        *self.kind == SqlType::Json && PAIRS.contains(&self.name)
    }

    /// Whether it is a number that may have decimals.
    fn is_number(&self) -> bool {
        *self.kind == SqlType::Numeric
    }

    /// Whether it is asked for by the clocks of the plant.
    pub(super) fn is_moment(&self) -> bool {
        *self.kind == SqlType::Timestamp
    }

    /// Whether it says why something is changed.
    pub(super) fn is_reason(&self) -> bool {
        self.name == "reason"
    }

    fn several(&self) -> Option<&'static [&'static str]> {
        SEVERAL.iter().find(|(name, _)| *name == self.name).map(|(_, words)| *words)
    }

    fn with_offers(&self, field: Field, offers: &OffersOf) -> Field {
        let keys = match self.kind {
            SqlType::Bigint | SqlType::Integer | SqlType::Smallint => Some("numeric"),
            SqlType::Numeric => Some("decimal"),
            _ => None,
        };
        // A contact is found by letters too.
        let field = match keys.filter(|_| self.reference.is_none()) {
            Some(keys) => field.keys(keys),
            None => field,
        };
        let Some(reference) = self.reference else { return field };
        field.offered(offers.get(self.name).cloned().unwrap_or_default(), reference.lookup())
    }

    fn options(&self, page: &Page, value: &str, offers: &OffersOf) -> Vec<(String, String)> {
        if let Some(words) = self.several() {
            return words.iter().map(|code| ((*code).to_owned(), cell::word(page.words, code))).collect();
        }
        let none = (String::new(), String::new());
        if self.reference.is_some_and(Reference::is_choice) {
            let offered = offers.get(self.name).cloned().unwrap_or_default();
            let is_there = value.is_empty() || offered.iter().any(|(code, _)| code == value);
            // What is no longer offered stays what it is until somebody chooses another.
            let kept = (!is_there).then(|| (value.to_owned(), value.to_owned()));
            let offered = offered.into_iter().map(|(code, name)| {
                let is_name = code.bytes().all(|sign| sign.is_ascii_digit()) || code == name;
                let text = if is_name { name } else { format!("{name} ({code})") };
                (code, text)
            });
            return std::iter::once(none).chain(kept).chain(offered).collect();
        }
        let blank = (!self.is_required).then_some(none);
        let words = self.words.iter().map(|code| (code.clone(), cell::word(page.words, code)));
        blank.into_iter().chain(words).collect()
    }

    fn pairs(page: &Page, value: &str) -> Pairs {
        let object: Map<String, Value> = serde_json::from_str(value).unwrap_or_default();
        Pairs {
            rows: object.iter().map(|(name, value)| (name.clone(), typed_as(value))).collect(),
            name: page.t("entry-pair-name"),
            value: page.t("entry-pair-value"),
            more: page.t("entry-pair-more"),
        }
    }

    fn hint(&self, page: &Page) -> Option<String> {
        let own = page.words.say_if_known(&format!("entry-hint-{}", self.name.replace('_', "-")));
        if self.is_moment() {
            let zone = page.tv("entry-moment", "zone", page.zone());
            return Some(own.map_or_else(|| zone.clone(), |own| format!("{own}. {zone}")));
        }
        own.or_else(|| match self.kind {
            SqlType::Array(_) if self.several().is_none() => Some(page.t("entry-lines")),
            SqlType::Json if !self.is_pairs() => Some(page.t("entry-json")),
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

    /// What the row has, as it is read.
    pub(super) fn shown(&self, page: &Page, typed: &str) -> String {
        match self.kind {
            _ if typed.is_empty() => "–".to_owned(),
            SqlType::Boolean => page.t(if typed == "true" { "yes" } else { "no" }),
            SqlType::Timestamp => typed.replace('T', " "),
            SqlType::Array(_) => typed.lines().collect::<Vec<_>>().join(", "),
            SqlType::Numeric => cell::number(page.words, typed),
            _ if self.words.iter().any(|word| word == typed) => cell::word(page.words, typed),
            _ => typed.to_owned(),
        }
    }

    /// What a form has for it, numbers as the database writes them; none where it was not asked.
    pub(super) fn sent(&self, sent: &Sent) -> Option<String> {
        if self.is_pairs() && sent.has(&format!("{}.name", self.name)) {
            return Some(self.sent_pairs(sent));
        }
        if !sent.has(self.name) {
            return None;
        }
        let mut all = sent.all(self.name);
        match self.asked_as() {
            // Beside the switch stands what it is when it is off.
            Kind::Switch if sent.all(self.name).any(|value| value == "true") => Some("true".to_owned()),
            Kind::Switch => Some(all.last().unwrap_or_default().trim().to_owned()),
            Kind::Ticks => {
                Some(all.map(str::trim).filter(|value| !value.is_empty()).collect::<Vec<_>>().join("\n"))
            }
            // Spaces of a secret belong to it.
            Kind::Password => all.next().map(str::to_owned),
            _ => Some(self.plain(all.next().unwrap_or_default().trim())),
        }
    }

    /// What is no number stays as it was typed.
    fn plain(&self, text: &str) -> String {
        let number = self.is_number().then(|| numbers::read(Words::new(reader::language()), text)).flatten();
        number.map_or_else(|| text.to_owned(), |number| number.to_string())
    }

    fn sent_pairs(&self, sent: &Sent) -> String {
        let rows = self.sent_rows(sent).into_iter().filter(|(name, _)| !name.is_empty());
        let object: Map<String, Value> = rows.map(|(name, value)| (name.to_owned(), meant(value))).collect();
        Value::Object(object).to_string()
    }

    /// Names with their values, as they were typed.
    fn sent_rows<'a>(&self, sent: &'a Sent) -> Vec<(&'a str, &'a str)> {
        let (name, value) = (format!("{}.name", self.name), format!("{}.value", self.name));
        sent.all(&name).map(str::trim).zip(sent.all(&value).map(str::trim)).collect()
    }

    /// What is wrong with what was typed, in the reader's words; the database says what else is.
    pub(super) fn fault(&self, page: &Page, sent: &Sent, is_change_of_row: bool) -> Option<String> {
        let text = self.sent(sent);
        if text.is_none() && is_change_of_row {
            return None;
        }
        let text = text.unwrap_or_default();
        let label = heading(page, self.name);
        let said = |key: &str| Some(page.tv(key, "field", label.clone()));
        let kind = self.asked_as();
        if text.is_empty() {
            let is_missed = self.is_required && kind != Kind::Switch;
            let is_chosen = matches!(kind, Kind::Select | Kind::Ticks);
            return is_missed
                .then(|| said(if is_chosen { "entry-choose" } else { "entry-missing" }))
                .flatten();
        }
        if !self.words.is_empty() {
            let is_known = self.words.iter().any(|word| *word == text.to_uppercase());
            return if is_known { None } else { said("entry-choose") };
        }
        match self.kind {
            SqlType::Bigint | SqlType::Integer | SqlType::Smallint if text.parse::<i64>().is_err() => {
                said(if self.reference.is_some() { "entry-pick" } else { "entry-whole" })
            }
            SqlType::Numeric if !numbers::is_plain(&text) || text.parse::<Decimal>().is_err() => {
                said("entry-number")
            }
            SqlType::Date if NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_err() => said("entry-date"),
            SqlType::Timestamp if !is_plant_time(&text) && DateTime::parse_from_rfc3339(&text).is_err() => {
                said("entry-time")
            }
            SqlType::Json if self.is_pairs() => self.pairs_fault(page, sent),
            SqlType::Json => {
                let error = serde_json::from_str::<Value>(&text).err()?;
                Some(page.tv("entry-json-wrong", "place", error.column()))
            }
            _ => None,
        }
    }

    fn pairs_fault(&self, page: &Page, sent: &Sent) -> Option<String> {
        let mut seen = Vec::new();
        for (name, value) in self.sent_rows(sent) {
            if name.is_empty() && !value.is_empty() {
                return Some(page.tv("entry-pair-unnamed", "value", value.to_owned()));
            }
            if !name.is_empty() && seen.contains(&name) {
                return Some(page.tv("entry-pair-twice", "name", name.to_owned()));
            }
            seen.push(name);
        }
        None
    }

    /// What was sent, as the endpoint takes it; what it cannot take goes there all the same, so that the answer says why.
    pub(super) fn value(&self, sent: &str, instants: &Instants) -> Value {
        if SECRET.contains(&self.name) && !sent.is_empty() {
            return Value::String(sent.to_owned());
        }
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
            SqlType::Timestamp => instants.get(self.name).map_or_else(plain, |at| Value::String(at.clone())),
            SqlType::Json => serde_json::from_str(text).unwrap_or_else(|_| plain()),
            SqlType::Array(_) => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
            _ => plain(),
        }
    }

    /// Whether two texts of it say the same. Browsers send lines with another end than the database has.
    pub(super) fn is_same(&self, one: &str, other: &str) -> bool {
        let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
        let read = |text: &str| serde_json::from_str::<Value>(text).ok();
        match self.kind {
            SqlType::Json if read(one).is_some() => read(one) == read(other),
            SqlType::Numeric => match (one.trim().parse::<Decimal>(), other.trim().parse::<Decimal>()) {
                (Ok(one), Ok(other)) => one == other,
                _ => plain(one) == plain(other),
            },
            _ => plain(one) == plain(other),
        }
    }
}

/// A value of an object as it is typed: texts as they are, unless they would be taken for something else.
fn typed_as(value: &Value) -> String {
    match value {
        Value::String(text) if meant(text) == *value => text.clone(),
        other => other.to_string(),
    }
}

/// What a typed value is: a number, yes or no or data where it reads as such, else a text.
fn meant(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Whether it is a time as a field for date and time sends it.
pub(super) fn is_plant_time(text: &str) -> bool {
    let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
    forms.iter().any(|form| chrono::NaiveDateTime::parse_from_str(text, form).is_ok())
}

/// The body of an endpoint from a form: for a change only what differs from the row.
pub(super) fn body(entries: &[Entry], sent: &Sent, row: Option<&Row>, instants: &Instants) -> Values {
    let (together, plain): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|entry| entry.is_change);
    let mut values = values_of(&plain, sent, row, instants);
    let differing = values_of(&together, sent, row, instants);
    if !differing.is_empty() {
        values.insert(CHANGES.to_owned(), Value::Object(differing));
    }
    values
}

fn values_of(entries: &[&Entry], sent: &Sent, row: Option<&Row>, instants: &Instants) -> Values {
    let mut values = Values::new();
    for entry in entries {
        // What a form does not ask for stays as it is.
        let Some(text) = entry.sent(sent) else { continue };
        match row {
            Some(row) if entry.is_same(&text, &entry.typed(row)) => {}
            Some(_) if !text.is_empty() || entry.is_nullable => {
                values.insert(entry.name.to_owned(), entry.value(&text, instants));
            }
            None if !text.is_empty() => {
                values.insert(entry.name.to_owned(), entry.value(&text, instants));
            }
            // Left out, a value that must be there is missed in the endpoint's own words.
            Some(_) => drop(values.insert(entry.name.to_owned(), Value::String(String::new()))),
            None => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_an_object_are_typed_and_read_back_as_they_were() {
        for value in [
            json!("APPROVAL"),
            json!("12"),
            json!(12),
            json!(true),
            json!("true"),
            json!(null),
            json!({"a": [1]}),
        ] {
            assert_eq!(meant(&typed_as(&value)), value, "{value}");
        }
        assert_eq!(typed_as(&json!("https://erp.example/v1")), "https://erp.example/v1");
    }

    #[test]
    fn a_secret_keeps_its_spaces() {
        let form = super::super::form("/external-systems/{system_code}/credentials").expect("a form");
        let sent = Sent::read(b"scheme=BASIC&account=+me+&secret=+open+sesame+");
        let values = body(&entries(form), &sent, None, &Instants::new());
        assert_eq!(
            Value::Object(values),
            json!({"scheme": "BASIC", "account": "me", "secret": " open sesame "})
        );
    }

    #[test]
    fn times_are_those_that_a_field_sends() {
        for good in ["2026-12-31T08:00", "2026-12-31T08:00:30"] {
            assert!(is_plant_time(good), "{good}");
        }
        for bad in ["2026-12-31", "2026-02-30T08:00", "2026-12-31T25:00", "soon", ""] {
            assert!(!is_plant_time(bad), "{bad}");
        }
    }
}
