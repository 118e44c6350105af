//! A condition as a planner sees it: some alternatives, each a few lines that must all hold.

use serde_json::Value;

use super::path::{Expr, Term, is_name, path_of, read};

/// How a value is compared: code, whether a value is given beside it.
pub(super) const OPERATORS: [(&str, bool); 12] = [
    ("is", true),
    ("in", true),
    ("not", true),
    ("differs", true),
    ("less", true),
    ("most", true),
    ("least", true),
    ("more", true),
    ("given", false),
    ("missing", false),
    ("begins", true),
    ("matches", true),
];
/// More alternatives than these are not shown as lines.
const MAX_ALTERNATIVES: usize = 6;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::pages) struct Clause {
    /// Name of the value.
    pub(in crate::pages) name: String,
    /// Code of the comparison.
    pub(in crate::pages) operator: String,
    /// What it is compared with: texts, numbers, names of other values; several for `in`.
    pub(in crate::pages) values: Vec<Operand>,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pages) enum Operand {
    Name(String),
    Constant(Value),
}

impl Operand {
    /// As it stands in a field. A text that looks like something else stands in quotes.
    pub(super) fn typed(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Constant(Value::String(text)) if Self::of_text(text, false) == *self => text.clone(),
            Self::Constant(value) => value.to_string(),
        }
    }

    /// As it stands among several in one field: what has a comma or a quote stands in quotes.
    pub(super) fn listed(&self) -> String {
        match self {
            Self::Constant(Value::String(text)) if text.contains(NOT_BARE) => in_list(text),
            other => other.typed(),
        }
    }

    /// What a text in a field says; where the value is a text anyway, figures are one.
    pub(super) fn of_text(text: &str, is_text: bool) -> Self {
        let text = text.trim();
        if is_name(text) {
            return Self::Name(text.to_owned());
        }
        let constant = serde_json::from_str::<Value>(text).ok();
        let plain = || Value::String(text.to_owned());
        Self::Constant(match constant {
            Some(Value::String(quoted)) => Value::String(quoted),
            Some(value @ (Value::Number(_) | Value::Bool(_))) if !is_text => value,
            _ => plain(),
        })
    }

    fn path(&self) -> String {
        match self {
            Self::Name(name) => path_of(name),
            Self::Constant(value) => value.to_string(),
        }
    }
}

/// What does not stand in a list without quotes.
const NOT_BARE: [char; 2] = [',', '"'];

/// A text as it stands among several in one field.
pub(super) fn in_list(text: &str) -> String {
    if text.contains(NOT_BARE) { Value::from(text).to_string() } else { text.to_owned() }
}

/// The values of a field that holds several: apart by commas, but for those inside quotes.
pub(super) fn listed(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begun, mut is_quoted, mut is_escaped) = (0, false, false);
    for (place, sign) in text.char_indices() {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_quoted || text[begun..place].trim().is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                found.push(text[begun..place].trim());
                begun = place + 1;
            }
            _ => {}
        }
    }
    found.push(text[begun..].trim());
    found
}

/// Lines of each alternative.
pub(in crate::pages) type Alternatives = Vec<Vec<Clause>>;

/// The alternatives of a condition; none where it is more than lines can show.
pub(in crate::pages) fn lines(text: &str) -> Option<Alternatives> {
    let found = alternatives(&read(text)?).filter(|found| found.len() <= MAX_ALTERNATIVES)?;
    // An alternative that asks for nothing always holds, and with it the whole.
    let is_always = found.iter().any(Vec::is_empty);
    Some(if is_always { vec![Vec::new()] } else { found })
}

fn alternatives(expr: &Expr) -> Option<Alternatives> {
    match expr {
        Expr::Always => Some(vec![Vec::new()]),
        Expr::Any(parts) => match one_of(parts) {
            Some(clause) => Some(vec![vec![clause]]),
            None => Some(parts.iter().map(alternatives).collect::<Option<Vec<_>>>()?.concat()),
        },
        Expr::All(parts) => {
            let parts = parts.iter().map(alternatives).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().fold(vec![Vec::new()], |so_far, part| product(&so_far, &part)))
        }
        Expr::Not(inner) => alternatives(&negated(inner)?),
        other => Some(vec![vec![clause(other)?]]),
    }
}

/// Both hold: each alternative of the one with each of the other.
fn product(left: &[Vec<Clause>], right: &[Vec<Clause>]) -> Alternatives {
    left.iter()
        .take(MAX_ALTERNATIVES + 1)
        .flat_map(|one| right.iter().map(move |other| [one.as_slice(), other.as_slice()].concat()))
        .collect()
}

/// What holds where the inner one does not; "not known" stays so (both are three-valued).
fn negated(inner: &Expr) -> Option<Expr> {
    let not = |expr: &Expr| Expr::Not(Box::new(expr.clone()));
    match inner {
        Expr::All(parts) => Some(Expr::Any(parts.iter().map(not).collect())),
        Expr::Any(parts) => Some(Expr::All(parts.iter().map(not).collect())),
        Expr::Not(twice) => Some((**twice).clone()),
        Expr::Exists(Term::Name(name)) => {
            Some(Expr::Compare(Term::Name(name.clone()), "missing", Term::Constant(Value::Null)))
        }
        Expr::Compare(left, "==", right) => Some(Expr::Compare(left.clone(), "not", right.clone())),
        _ => None,
    }
}

/// `x == "A" || x == "B"` as one line.
fn one_of(parts: &[Expr]) -> Option<Clause> {
    let mut name = None;
    let mut values = Vec::new();
    for part in parts {
        let Expr::Compare(Term::Name(left), "==", Term::Constant(value)) = part else { return None };
        if *name.get_or_insert(left) != left {
            return None;
        }
        values.push(Operand::Constant(value.clone()));
    }
    Some(Clause { name: name?.clone(), operator: "in".to_owned(), values })
}

fn clause(expr: &Expr) -> Option<Clause> {
    let made = |name: &str, operator: &str, values: Vec<Operand>| {
        Some(Clause { name: name.to_owned(), operator: operator.to_owned(), values })
    };
    match expr {
        Expr::Exists(Term::Name(name)) => made(name, "given", Vec::new()),
        Expr::Compare(Term::Name(name), "missing", _) => made(name, "missing", Vec::new()),
        Expr::Compare(Term::Name(name), operator, right) => made(name, code(operator)?, vec![operand(right)]),
        Expr::Begins(Term::Name(name), text) => {
            made(name, "begins", vec![Operand::Constant(text.clone().into())])
        }
        Expr::Matches(Term::Name(name), text) => {
            made(name, "matches", vec![Operand::Constant(text.clone().into())])
        }
        _ => None,
    }
}

fn operand(term: &Term) -> Operand {
    match term {
        Term::Name(name) => Operand::Name(name.clone()),
        Term::Constant(value) => Operand::Constant(value.clone()),
    }
}

const SIGNS: [(&str, &str); 7] = [
    ("is", "=="),
    ("differs", "!="),
    ("less", "<"),
    ("most", "<="),
    ("least", ">="),
    ("more", ">"),
    ("not", "not"),
];

fn code(sign: &str) -> Option<&'static str> {
    SIGNS.iter().find(|(_, known)| *known == sign).map(|(code, _)| *code)
}

/// The lines that say something, of the alternatives that have any.
pub(super) fn meant(alternatives: &[Vec<Clause>]) -> Vec<Vec<&Clause>> {
    let named = alternatives.iter().map(|lines| lines.iter().filter(|line| !line.name.is_empty()).collect());
    named.filter(|lines: &Vec<&Clause>| !lines.is_empty()).collect()
}

/// Writes alternatives as a condition; without any line it always holds.
pub(super) fn written(alternatives: &[Vec<Clause>]) -> String {
    let group = |lines: &Vec<&Clause>| lines.iter().map(|one| line(one)).collect::<Vec<_>>().join(" && ");
    let parts: Vec<String> = meant(alternatives).iter().map(group).collect();
    match parts.as_slice() {
        [] => "true".to_owned(),
        [one] => one.clone(),
        several => several.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" || "),
    }
}

fn line(clause: &Clause) -> String {
    let name = path_of(&clause.name);
    let value = clause.values.first().map_or_else(|| "\"\"".to_owned(), Operand::path);
    match clause.operator.as_str() {
        "given" => format!("exists({name})"),
        "missing" => format!("!exists({name})"),
        "not" => format!("!({name} == {value})"),
        "begins" => format!("{name} starts with {}", quoted(&value)),
        "matches" => format!("{name} like_regex {}", quoted(&value)),
        "in" if clause.values.len() > 1 => {
            let each = clause.values.iter().map(|value| format!("{name} == {}", value.path()));
            format!("({})", each.collect::<Vec<_>>().join(" || "))
        }
        operator => {
            let sign = SIGNS.iter().find(|(code, _)| *code == operator).map_or("==", |(_, sign)| *sign);
            format!("{name} {sign} {value}")
        }
    }
}

/// These two take texts only.
fn quoted(value: &str) -> String {
    if value.starts_with('"') { value.to_owned() } else { Value::from(value).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Vec<String>> {
        let shown = |clause: &Clause| {
            let values: Vec<String> = clause.values.iter().map(Operand::typed).collect();
            format!("{} {} {}", clause.name, clause.operator, values.join(","))
        };
        let found = lines(text).unwrap_or_else(|| panic!("{text} is not read"));
        found.iter().map(|group| group.iter().map(shown).collect()).collect()
    }

    #[test]
    fn conditions_are_read_as_the_database_writes_them() {
        for (text, expected) in [
            ("true", vec![vec![]]),
            ("($.\"language\" == \"EN\")", vec![vec!["p.language is EN"]]),
            (
                "(($.\"pegboard\" == true && exists ($\"v\".\"pegboard_size\")) && !(exists ($.\"pegboard_color\")))",
                vec![vec!["p.pegboard is true", "v.pegboard_size given ", "p.pegboard_color missing "]],
            ),
            (
                "($\"e\".\"basin_light\" == true && ($\"e\".\"type\" == \"E_SINK\" || $\"e\".\"type\" == \"E_SINK_DI\"))",
                vec![vec!["e.basin_light is true", "e.type in E_SINK,E_SINK_DI"]],
            ),
            (
                "($.\"model\" == \"T2-B1\" && $\"v\".\"basin_count\" != 1 || $.\"model\" == \"T2-B2\" && $\"v\".\"basin_count\" > $\"v\".\"di_count\")",
                vec![
                    vec!["p.model is T2-B1", "v.basin_count differs 1"],
                    vec!["p.model is T2-B2", "v.basin_count more v.di_count"],
                ],
            ),
            (
                "($\"e\".\"code\" like_regex \"-PB$\" && !($.\"pegboard\" == true && $.\"pegboard_type\" == \"SOLID\"))",
                vec![
                    vec!["e.code matches -PB$", "p.pegboard not true"],
                    vec!["e.code matches -PB$", "p.pegboard_type not SOLID"],
                ],
            ),
            (
                "($\"e\".\"placement\" == \"BASIN_1\" && $.\"basins\"[0].\"type\" == \"E_DRAIN\")",
                vec![vec!["e.placement is BASIN_1", "p.basins[0].type is E_DRAIN"]],
            ),
            ("$.\"code\" == \"48\"", vec![vec!["p.code is \"48\""]]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_lines_cannot_show_is_left_as_it_stands() {
        for text in [
            "exists ($.\"basins\"[*]?(@.\"size\" starts with \"20X20\"))",
            "$.\"length_in\".ceiling() == 3",
            "!($.\"a\" < 3)",
            "$.\"a\" == 1 &&",
            "$.\"a\" like_regex \"x\" flag \"i\"",
            "",
        ] {
            assert_eq!(lines(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in [
            "true",
            "$.language == \"EN\"",
            "$.pegboard == true && !exists($v.pegboard_size)",
            "($e.type == \"A\" || $e.type == \"B\") && $e.quantity >= 2",
            "($.model == \"T2-B1\" && $v.basin_count != 1) || ($.model == \"T2-B2\")",
            "!($.pegboard == true)",
            "$e.code starts with \"T2-\"",
        ] {
            let read = lines(text).expect("readable");
            assert_eq!(lines(&written(&read)), Some(read), "{text}");
        }
        assert_eq!(written(&[]), "true");
        assert_eq!(lines("true || $.a == 1"), Some(vec![Vec::new()]), "what always holds holds always");
        let named = Clause { name: "p.a".to_owned(), operator: "given".to_owned(), values: Vec::new() };
        assert_eq!(
            written(&[vec![Clause::default()], vec![named.clone(), Clause::default()]]),
            "exists($.a)",
            "a line that says nothing is no alternative"
        );
        assert_eq!(meant(&[vec![Clause::default()], vec![named.clone()]]), [[&named]]);
        assert_eq!(written(&[vec![Clause::default()]]), "true");
    }

    #[test]
    fn values_with_commas_stay_whole() {
        let values = ["Stainless, brushed", "24\" wide", "PLAIN", "a\\,b"];
        let operands = values.map(|text| Operand::Constant(text.into()));
        let field = operands.each_ref().map(Operand::listed).join(", ");
        let read: Vec<Operand> =
            listed(&field).into_iter().map(|text| Operand::of_text(text, true)).collect();
        assert_eq!(read, operands, "{field}");
        assert_eq!(listed("a, 24\" b,\"c, d\""), ["a", "24\" b", "\"c, d\""]);
    }

    #[test]
    fn a_field_holds_texts_numbers_and_names() {
        for (text, is_text, expected) in [
            ("48", false, Operand::Constant(48.into())),
            ("48", true, Operand::Constant("48".into())),
            ("\"48\"", false, Operand::Constant("48".into())),
            ("true", false, Operand::Constant(true.into())),
            (" v.di_count ", false, Operand::Name("v.di_count".to_owned())),
            ("T2-B1", false, Operand::Constant("T2-B1".into())),
        ] {
            assert_eq!(Operand::of_text(text, is_text), expected, "{text}");
        }
    }
}
