//! What somebody wants to watch, read from the request.

use torvan_store::integration::StreamedEvent;

use crate::http::problem::{FieldFault, Problem};
use crate::incoming::Incoming;

/// Patterns that may be given.
const MAX_PATTERNS: usize = 50;

/// What is wanted, and from where.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Place to go on from.
    pub(super) after: Option<i64>,
    types: Vec<String>,
    subject_type: Option<String>,
    subject_id: Option<i64>,
}

impl Asked {
    /// Reads `types`, `subject_type`, `subject_id`, `after` and the header `Last-Event-ID`, which a browser sends when it comes
    /// again and which therefore goes before `after`.
    pub(super) fn of(incoming: &Incoming) -> Result<Self, Problem> {
        let mut asked = Self::default();
        let mut faults = Vec::new();
        for (name, value) in &incoming.query {
            asked.parameter(name, value).unwrap_or_else(|detail| {
                faults.push(FieldFault::parameter(name.clone(), detail));
            });
        }
        if let Some(last) = incoming.header("last-event-id") {
            match place("Last-Event-ID", last) {
                Ok(place) => asked.after = Some(place),
                Err(detail) => faults.push(FieldFault::parameter("Last-Event-ID", detail)),
            }
        }
        if asked.subject_id.is_some() && asked.subject_type.is_none() {
            let detail = "\"subject_id\" goes with \"subject_type\": keys are those of a table.";
            faults.push(FieldFault::parameter("subject_id", detail));
        }
        if faults.is_empty() { Ok(asked) } else { Err(Problem::invalid(faults)) }
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "after" => self.after = Some(place(name, value)?),
            "types" => self.types = patterns(value)?,
            "subject_type" if is_word(value) => self.subject_type = Some(value.to_owned()),
            "subject_type" => {
                return Err("\"subject_type\" is the name of a table, such as orders.".to_owned());
            }
            "subject_id" => self.subject_id = Some(place(name, value)?),
            _ => {
                return Err(format!(
                    "There is no parameter \"{name}\"; there is types, subject_type, subject_id and after."
                ));
            }
        }
        Ok(())
    }

    /// Whether an event is among what is wanted.
    pub(super) fn wants(&self, event: &StreamedEvent) -> bool {
        let is_type = self.types.is_empty() || self.types.iter().any(|pattern| fits(pattern, event));
        is_type
            && self.subject_type.as_ref().is_none_or(|kind| *kind == event.subject_type)
            && self.subject_id.is_none_or(|key| key == event.subject_id)
    }
}

fn place(name: &str, value: &str) -> Result<i64, String> {
    let read = value.parse().ok().filter(|place: &i64| *place >= 0);
    read.ok_or_else(|| format!("\"{name}\" is a whole number, 0 or more."))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|sign| sign.is_ascii_lowercase() || sign == b'_')
}

fn patterns(value: &str) -> Result<Vec<String>, String> {
    let patterns: Vec<String> = value.split(',').map(str::to_owned).collect();
    let is_pattern = |pattern: &String| {
        pattern
            .split_once('.')
            .is_some_and(|(subject, verb)| is_word(subject) && (verb == "*" || is_word(verb)))
    };
    if patterns.len() <= MAX_PATTERNS && patterns.iter().all(is_pattern) {
        return Ok(patterns);
    }
    Err(format!("\"types\" names up to {MAX_PATTERNS} types with commas, such as order.*,task.blocked."))
}

fn fits(pattern: &str, event: &StreamedEvent) -> bool {
    match pattern.strip_suffix('*') {
        Some(subject) => event.event_type.starts_with(subject),
        None => event.event_type == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event_type: &str) -> StreamedEvent {
        StreamedEvent {
            position: 1,
            event_type: event_type.to_owned(),
            subject_type: "orders".to_owned(),
            subject_id: 5,
            happened_at: chrono::Utc::now(),
        }
    }

    fn asked(pairs: &[(&str, &str)]) -> Result<Asked, String> {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            asked.parameter(name, value)?;
        }
        Ok(asked)
    }

    #[test]
    fn a_pattern_is_a_type_or_all_of_a_subject() {
        let wanted = asked(&[("types", "order.*,task.blocked")]).expect("patterns");
        for (event_type, is_wanted) in
            [("order.advance", true), ("task.blocked", true), ("task.done", false), ("orders.made", false)]
        {
            assert_eq!(wanted.wants(&event(event_type)), is_wanted, "{event_type}");
        }
        for bad in ["", "order", "*", "order.*,", "Order.x", "order.a*", "order.*.x"] {
            assert!(asked(&[("types", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subject_is_a_table_and_a_key_of_it() {
        for (pairs, is_wanted) in [
            (vec![("subject_type", "orders")], true),
            (vec![("subject_type", "orders"), ("subject_id", "5")], true),
            (vec![("subject_type", "orders"), ("subject_id", "6")], false),
            (vec![("subject_type", "builds")], false),
        ] {
            assert_eq!(asked(&pairs).expect("parameters").wants(&event("order.advance")), is_wanted);
        }
        for bad in [
            ("subject_id", "x"),
            ("subject_id", "-1"),
            ("subject_type", "Orders"),
            ("after", ""),
            ("colour", "red"),
        ] {
            assert!(asked(&[bad]).is_err(), "{bad:?}");
        }
    }
}
