//! Conditions as the database writes them (jsonpath), read into a tree as far as a form can show them. What cannot be read is no
//! mistake: it is shown and changed as it stands.

use serde_json::Value;

/// What is compared: a value by its name (`p.` of the sink, `e.` of the element, `v.` derived), or a constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Name(String),
    Constant(Value),
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Always,
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Exists(Term),
    Compare(Term, &'static str, Term),
    Begins(Term, String),
    Matches(Term, String),
}

const OPERATORS: [&str; 7] = ["==", "!=", "<=", ">=", "<>", "<", ">"];
/// Deepest nesting that is read.
const MAX_DEPTH: u8 = 24;

/// Reads a condition; none where it is more than a form can show.
pub(super) fn read(text: &str) -> Option<Expr> {
    let mut reader = Reader { rest: text.trim(), depth: 0 };
    let found = reader.any()?;
    reader.rest.trim().is_empty().then_some(found)
}

struct Reader<'a> {
    rest: &'a str,
    depth: u8,
}

impl Reader<'_> {
    fn take(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        self.rest = rest;
        true
    }

    fn any(&mut self) -> Option<Expr> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Some(joined(parts, Expr::Any))
    }

    fn all(&mut self) -> Option<Expr> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Some(joined(parts, Expr::All))
    }

    fn one(&mut self) -> Option<Expr> {
        self.depth += 1;
        let found = if self.depth > MAX_DEPTH { None } else { self.predicate() };
        self.depth -= 1;
        found
    }

    fn predicate(&mut self) -> Option<Expr> {
        if self.take("!") {
            return Some(Expr::Not(Box::new(self.one()?)));
        }
        if self.take("exists") {
            let is_open = self.take("(");
            let term = self.term()?;
            return (is_open && self.take(")")).then_some(Expr::Exists(term));
        }
        if self.take("(") {
            let inner = self.any()?;
            return self.take(")").then_some(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Expr> {
        let left = self.term()?;
        if self.take("starts with") {
            return Some(Expr::Begins(left, self.string()?));
        }
        if self.take("like_regex") {
            return Some(Expr::Matches(left, self.string()?));
        }
        let Some(operator) = OPERATORS.into_iter().find(|sign| self.take(sign)) else {
            return (left == Term::Constant(Value::Bool(true))).then_some(Expr::Always);
        };
        let operator = if operator == "<>" { "!=" } else { operator };
        Some(Expr::Compare(left, operator, self.term()?))
    }

    fn term(&mut self) -> Option<Term> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('$') {
            return self.name().map(Term::Name);
        }
        if self.rest.starts_with('"') {
            return self.string().map(|text| Term::Constant(Value::String(text)));
        }
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.take(word) {
                return Some(Term::Constant(value));
            }
        }
        let length = self
            .rest
            .find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-'))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(length);
        let number = serde_json::from_str(number).ok().filter(Value::is_number)?;
        self.rest = rest;
        Some(Term::Constant(number))
    }

    fn string(&mut self) -> Option<String> {
        self.rest = self.rest.trim_start();
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        let text = values.next()?.ok()?;
        let read = values.byte_offset();
        self.rest = &self.rest[read..];
        Some(text)
    }

    /// `$."model"`, `$"e"."size"`, `$."basins"[0]."type"`.
    fn name(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('$')?;
        let mut name = match self.word() {
            None => "p".to_owned(),
            Some(scope) if scope == "e" || scope == "v" => scope,
            Some(_) => return None,
        };
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                name.push('.');
                name.push_str(&self.word()?);
            } else if self.rest.starts_with('[') {
                let end = self.rest.find(']')?;
                let place = &self.rest[1..end];
                let is_plain =
                    place == "*" || !place.is_empty() && place.bytes().all(|sign| sign.is_ascii_digit());
                is_plain.then_some(())?;
                name.push_str(&self.rest[..=end]);
                self.rest = &self.rest[end + 1..];
            } else {
                break;
            }
        }
        // A method or a filter is more than a name.
        let is_name = name.len() > 2 && !self.rest.starts_with(['(', '?']);
        is_name.then_some(name)
    }

    /// A key, in quotes or not.
    fn word(&mut self) -> Option<String> {
        if self.rest.starts_with('"') {
            return self.string();
        }
        let length = self
            .rest
            .find(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'))
            .unwrap_or(self.rest.len());
        if length == 0 {
            return None;
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(word.to_owned())
    }
}

/// Parts of one kind side by side; what is of the same kind inside is one of them.
fn joined(mut parts: Vec<Expr>, kind: fn(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    let is_all = matches!(kind(Vec::new()), Expr::All(_));
    let flat = parts.into_iter().flat_map(|part| match part {
        Expr::All(inner) if is_all => inner,
        Expr::Any(inner) if !is_all => inner,
        other => vec![other],
    });
    kind(flat.collect())
}

/// A name as it stands in a condition: `e.size` is `$e.size`, `p.model` is `$.model`.
pub(super) fn path_of(name: &str) -> String {
    match name.strip_prefix("p.") {
        Some(rest) => format!("$.{rest}"),
        None => format!("${name}"),
    }
}

/// A path as it is typed: a name or a number where it is one, else as it stands.
pub(super) fn short(text: &str) -> String {
    let mut reader = Reader { rest: text, depth: 0 };
    match reader.term() {
        Some(Term::Name(name)) if reader.rest.is_empty() => name,
        Some(Term::Constant(value)) if reader.rest.is_empty() => value.to_string(),
        _ => text.to_owned(),
    }
}

/// What was typed as a path.
pub(super) fn long(text: &str) -> String {
    let text = text.trim();
    if is_name(text) { path_of(text) } else { text.to_owned() }
}

/// Whether a text is the name of a value.
pub(super) fn is_name(text: &str) -> bool {
    let rest =
        text.strip_prefix("p.").or_else(|| text.strip_prefix("e.")).or_else(|| text.strip_prefix("v."));
    rest.is_some_and(|rest| {
        rest.starts_with(|sign: char| sign.is_ascii_lowercase())
            && rest
                .chars()
                .all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "_.[]*".contains(sign))
    })
}
