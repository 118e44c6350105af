//! Sentences in files of SQL, as formats: `%` is a place, `%%` a per cent sign. Literals alone, in `RAISE`, in `format(…)`,
//! put together by `||`, and each branch of a `CASE` or `coalesce` are found; what is no prose is left out.

use std::collections::BTreeSet;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Text(String),
    Word(String),
    Sign(char),
    Join,
    Group(Vec<Node>),
    /// The results of a `CASE`.
    Choice(Vec<Vec<Node>>),
}

/// Words between which an expression ends; what else stands in one is an operand.
const ENDS: [&str; 36] = [
    "then",
    "else",
    "when",
    "return",
    "select",
    "from",
    "where",
    "and",
    "or",
    "not",
    "using",
    "is",
    "into",
    "values",
    "set",
    "as",
    "in",
    "order",
    "by",
    "loop",
    "like",
    "execute",
    "perform",
    "raise",
    "exception",
    "if",
    "elsif",
    "end",
    "begin",
    "on",
    "distinct",
    "default",
    "query",
    "filter",
    "for",
    "case",
];

/// Beginnings of what is no text for people: statements that are put together, paths, what keys are derived from.
const STATEMENTS: [&str; 27] = [
    "$",
    "strict ",
    "torvan ",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "GRANT ",
    "REVOKE ",
    "SET ",
    "WITH ",
    "TRUNCATE ",
    "LOCK ",
    "REFRESH ",
    "ANALYZE ",
    "COMMENT ON ",
    "EXPLAIN ",
    "FROM ",
    "WHERE ",
    "CROSS JOIN",
    " AND ",
    "CALL ",
    "VACUUM ",
    "EXISTS ",
];

/// The formats of a file; of one whose other texts no page shows, those of refusals and hints.
pub(super) fn formats(sql: &str, is_only_refusals: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let nodes = folded(without_comments(grouped(&mut tokens(sql).into_iter())));
    let mut seen = Found { formats: &mut found, is_only_refusals };
    visit(&nodes, &mut seen);
    found
}

/// What was found.
struct Found<'a> {
    formats: &'a mut BTreeSet<String>,
    is_only_refusals: bool,
}

impl Found<'_> {
    fn add(&mut self, formats: Vec<String>, role: Role) {
        if role == Role::Other && self.is_only_refusals {
            return;
        }
        self.formats.extend(formats.into_iter().filter(|format| is_sentence(format, role)));
    }
}

fn tokens(sql: &str) -> Vec<Node> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(sign) = rest.chars().next() {
        let (node, length) = token(rest, sign);
        found.extend(node);
        rest = &rest[length..];
    }
    found
}

/// The next token, none for space and comments, and its length.
fn token(rest: &str, sign: char) -> (Option<Node>, usize) {
    let up_to = |end: &str| rest.find(end).map_or(rest.len(), |at| at + end.len());
    if rest.starts_with("--") {
        return (None, up_to("\n"));
    }
    if rest.starts_with("/*") {
        return (None, up_to("*/"));
    }
    if rest.starts_with("E'") {
        let (text, length) = quoted(&rest[1..]);
        return (Some(Node::Text(text.replace("\\n", "\n"))), length + 1);
    }
    if rest.starts_with("||") {
        return (Some(Node::Join), 2);
    }
    match sign {
        '\'' => {
            let (text, length) = quoted(rest);
            (Some(Node::Text(text)), length)
        }
        // What is quoted by dollars is SQL too.
        '$' => {
            let end = rest[1..].find(|sign: char| !is_of_word(sign)).map_or(rest.len(), |at| at + 1);
            (None, if rest[end..].starts_with('$') { end + 1 } else { end })
        }
        sign if is_of_word(sign) => {
            let end = rest.find(|sign: char| !is_of_word(sign)).unwrap_or(rest.len());
            (Some(Node::Word(rest[..end].to_lowercase())), end)
        }
        sign if sign.is_whitespace() => (None, sign.len_utf8()),
        sign => (Some(Node::Sign(sign)), sign.len_utf8()),
    }
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// A literal that begins here, and its length.
pub(super) fn quoted(rest: &str) -> (String, usize) {
    let mut at = 1;
    while let Some(end) = rest[at..].find('\'') {
        at += end + 1;
        if !rest[at..].starts_with('\'') {
            return (rest[1..at - 1].replace("''", "'"), at);
        }
        at += 1;
    }
    (String::new(), rest.len())
}

fn grouped(tokens: &mut impl Iterator<Item = Node>) -> Vec<Node> {
    let mut nodes = Vec::new();
    while let Some(node) = tokens.next() {
        match node {
            Node::Sign('(' | '[') => nodes.push(Node::Group(grouped(tokens))),
            Node::Sign(')' | ']') => break,
            other => nodes.push(other),
        }
    }
    nodes
}

fn is_word(node: Option<&Node>, name: &str) -> bool {
    matches!(node, Some(Node::Word(word)) if word == name)
}

fn without_comments(nodes: Vec<Node>) -> Vec<Node> {
    let mut kept = Vec::new();
    let mut nodes = nodes.into_iter().peekable();
    while let Some(node) = nodes.next() {
        if is_word(Some(&node), "comment") && is_word(nodes.peek(), "on") {
            let _ = nodes.by_ref().find(|node| *node == Node::Sign(';'));
        } else {
            kept.push(node);
        }
    }
    kept
}

/// The same with each `CASE … END` as its results.
fn folded(nodes: Vec<Node>) -> Vec<Node> {
    let mut nodes = nodes.into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(node) = nodes.next() {
        match node {
            Node::Group(inner) => kept.push(Node::Group(folded(inner))),
            Node::Word(word) if word == "case" => kept.push(choice(&mut nodes)),
            other => kept.push(other),
        }
    }
    kept
}

fn choice(nodes: &mut impl Iterator<Item = Node>) -> Node {
    let mut results = Vec::new();
    let mut current = Vec::new();
    let mut is_result = false;
    while let Some(node) = nodes.next() {
        match node {
            Node::Word(word) if matches!(word.as_str(), "then" | "else" | "when" | "end") => {
                if is_result {
                    results.push(std::mem::take(&mut current));
                }
                current.clear();
                is_result = matches!(word.as_str(), "then" | "else");
                if word == "end" {
                    break;
                }
            }
            Node::Word(word) if word == "case" => current.push(choice(nodes)),
            Node::Group(inner) => current.push(Node::Group(folded(inner))),
            other => current.push(other),
        }
    }
    Node::Choice(results)
}

/// Every expression among the nodes.
fn visit(nodes: &[Node], found: &mut Found<'_>) {
    let mut start = 0;
    for end in 0..=nodes.len() {
        if nodes.get(end).is_none_or(is_end) {
            let role = Role::before(&nodes[..start]);
            expression(&nodes[start..end], role, found);
            start = end + 1;
        }
    }
}

fn is_end(node: &Node) -> bool {
    match node {
        Node::Word(word) => ENDS.contains(&word.as_str()),
        Node::Sign(sign) => !matches!(sign, ':' | '.' | '-' | '>' | '#'),
        _ => false,
    }
}

/// What an expression is there for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Role {
    /// The format of a `RAISE`.
    Raised,
    /// A hint: it may name statements.
    Hint,
    /// Anything.
    Other,
}

impl Role {
    fn before(nodes: &[Node]) -> Self {
        let from_end = |back: usize| nodes.len().checked_sub(back).and_then(|at| nodes.get(at));
        if is_word(from_end(1), "exception") && is_word(from_end(2), "raise") {
            Self::Raised
        } else if from_end(1) == Some(&Node::Sign('=')) && is_word(from_end(2), "hint") {
            Self::Hint
        } else {
            Self::Other
        }
    }
}

fn expression(nodes: &[Node], role: Role, found: &mut Found<'_>) {
    if let ([Node::Text(text)], Role::Raised) = (nodes, role) {
        found.formats.insert(text.clone());
        return;
    }
    let formats = joined(nodes, role, found);
    found.add(formats, role);
}

/// A sentence, or part of one, has two words, and is no statement.
fn is_sentence(format: &str, role: Role) -> bool {
    if role == Role::Hint {
        return format.chars().any(char::is_alphabetic);
    }
    if is_statement(format) {
        return is_told_of(format);
    }
    let words = plain_words(format);
    words >= 2 || (words >= 1 && format.contains(' ') && !format.contains(NOT_IN_WORDS))
}

/// Signs that stand in patterns, paths and values.
const NOT_IN_WORDS: [char; 5] = ['=', '{', '<', '/', '"'];

fn is_statement(text: &str) -> bool {
    STATEMENTS.iter().any(|start| text.starts_with(start))
}

/// Whether words for people follow a statement, as in `VACUUM (FREEZE); as the owner`: when to give it, or what it shows.
fn is_told_of(statement: &str) -> bool {
    statement.rsplit_once("; ").is_some_and(|(_, rest)| {
        !is_statement(rest) && plain_words(rest) >= 1 && !rest.contains(NOT_IN_WORDS)
    })
}

/// How many words there are that no program would write.
fn plain_words(text: &str) -> usize {
    let is_plain = |word: &&str| {
        let word = word.trim_matches([',', '.', ':', ';', '(', ')', '"', '?']);
        word.len() >= 2 && word.chars().all(|sign| sign.is_ascii_lowercase() || matches!(sign, '\'' | '-'))
    };
    text.split_whitespace().filter(is_plain).count()
}

/// The formats that an expression may have; what is no text is a place.
fn joined(nodes: &[Node], role: Role, found: &mut Found<'_>) -> Vec<String> {
    let mut formats = vec![String::new()];
    let operands: Vec<&[Node]> = nodes.split(|node| *node == Node::Join).collect();
    for operand in &operands {
        let mut ways = operand_formats(operand, role, found);
        if operands.len() > 1 && ways.len() > 1 && ways.iter().any(|way| way == "%") {
            found.add(std::mem::replace(&mut ways, vec!["%".to_owned()]), role);
        }
        formats =
            formats.iter().flat_map(|start| ways.iter().map(move |way| format!("{start}{way}"))).collect();
    }
    formats
}

fn operand_formats(nodes: &[Node], role: Role, found: &mut Found<'_>) -> Vec<String> {
    match nodes {
        [Node::Text(text)] | [Node::Text(text), Node::Sign(':'), ..] => vec![text.replace('%', "%%")],
        [Node::Word(name), Node::Group(inner)] if name == "format" => {
            let arguments = inner.get(1..).unwrap_or_default();
            visit(arguments, found);
            match inner.first() {
                Some(Node::Text(text)) => vec![places(text)],
                _ => vec!["%".to_owned()],
            }
        }
        [Node::Word(name), Node::Group(inner)] if name == "coalesce" => {
            inner.split(|node| *node == Node::Sign(',')).flat_map(|way| ways(way, role, found)).collect()
        }
        [Node::Choice(results)] => results.iter().flat_map(|way| ways(way, role, found)).collect(),
        [Node::Group(inner)] if !inner.iter().any(is_end) => joined(inner, role, found),
        other => {
            inside(other, found);
            vec!["%".to_owned()]
        }
    }
}

fn ways(nodes: &[Node], role: Role, found: &mut Found<'_>) -> Vec<String> {
    if nodes.iter().any(is_end) {
        visit(nodes, found);
        return vec!["%".to_owned()];
    }
    joined(nodes, role, found)
}

fn inside(nodes: &[Node], found: &mut Found<'_>) {
    for node in nodes {
        match node {
            Node::Group(inner) => visit(inner, found),
            Node::Choice(results) => results.iter().for_each(|way| visit(way, found)),
            _ => {}
        }
    }
}

/// `format('%s of %L')` as a format with plain places.
fn places(text: &str) -> String {
    let mut format = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        format.push_str(before);
        format.push('%');
        let skipped = after.find(['s', 'I', 'L', '%']).unwrap_or(0);
        if after[skipped..].starts_with('%') {
            format.push('%');
        }
        rest = after.get(skipped + 1..).unwrap_or_default();
    }
    format.push_str(rest);
    format
}
