//! Hints of the database speak to somebody at psql: here they name the routes of the API that do the same.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use torvan_store::surface::surface;

use crate::api::endpoint::{Action, Endpoint};
use crate::api::endpoints;
use crate::words::Words;

/// Routes by the function that they call, or the relation that they list.
static ROUTES: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    // Orders are listed by the function that finds them.
    let mut routes = BTreeMap::from([("orders", "GET /api/v1/orders".to_owned())]);
    for endpoint in endpoints() {
        if let Some(name) = named_in_sql(endpoint) {
            routes.entry(name).or_insert_with(|| format!("{} /api/v1{}", endpoint.method, endpoint.path));
        }
    }
    // A table that is listed by a view of it alone.
    let views: Vec<(&str, String)> =
        routes.iter().filter_map(|(name, route)| Some((name.strip_prefix("v_")?, route.clone()))).collect();
    for (table, route) in views {
        routes.entry(table).or_insert(route);
    }
    routes
});

fn named_in_sql(endpoint: &Endpoint) -> Option<&'static str> {
    match &endpoint.action {
        Action::Call(spec) => Some(spec.function),
        // Lists of something else's rows come second: which, a hint does not know.
        Action::List(spec) if endpoint.path_parameters().count() == 0 => Some(spec.relation),
        _ => None,
    }
}

/// A hint as a caller of the API can follow it; none where there is no way to do so here.
pub(crate) fn here(hint: &str) -> Option<String> {
    let translated = translated(hint, told);
    let sentences = translated.split_inclusive(". ");
    let kept: String = sentences.filter(|sentence| !sentence.contains("SELECT ")).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// A hint as somebody at a page can follow it, in the words of their language; none where there is no way to do so there.
pub(crate) fn on_pages(words: Words, hint: &str) -> Option<String> {
    let translated = translated(hint, |text| told_on_pages(words, text));
    let is_for_pages = |sentence: &&str| {
        !["SELECT ", "psql", "begin_as", "BEGIN;", "/api/"].iter().any(|sign| sentence.contains(sign))
    };
    let kept: String = translated.split_inclusive(". ").filter(is_for_pages).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// The next word, or the query that begins with it, in the words of pages, and what comes behind.
fn told_on_pages(words: Words, text: &str) -> (String, &str) {
    if let Some(rest) = text.strip_prefix("SELECT ") {
        return query_on_pages(words, rest).unwrap_or_else(|| ("SELECT ".to_owned(), rest));
    }
    let (word, after) = word(text);
    let is_function = word.contains('_') && surface().functions.contains_key(word);
    if !is_function {
        return (word.strip_prefix("p_").unwrap_or(word).to_owned(), after);
    }
    (way_on_pages(words, word), behind_parentheses(after))
}

fn query_on_pages(words: Words, rest: &str) -> Option<(String, &str)> {
    let (called, after) = word(rest);
    if after.starts_with('(') && surface().functions.contains_key(called) {
        return Some((way_on_pages(words, called), behind_parentheses(after)));
    }
    let (source, after) = word(rest.split_once(" FROM ")?.1);
    let title = words.say(crate::pages::title_of(source)?);
    let told = words.say_with("way-page", &[("title", title.into())]);
    Some((told, behind_condition(behind_parentheses(after))))
}

/// What somebody at a page knows a function as: words of its own, the title of the form that calls it, else its name in words.
fn way_on_pages(words: Words, function: &str) -> String {
    if let Some(known) = words.say_if_known(&format!("way-{}", function.replace('_', "-"))) {
        return known;
    }
    let title =
        crate::pages::title_of_form(function).map_or_else(|| in_words(function), |key| words.say(key));
    words.say_with("way-act", &[("title", title.into())])
}

fn in_words(function: &str) -> String {
    let words = function.replace('_', " ");
    let (first, rest) = words.split_at(words.len().min(1));
    format!("{}{rest}", first.to_uppercase())
}

fn translated(hint: &str, told: impl Fn(&str) -> (String, &str)) -> String {
    let mut text = String::new();
    let mut rest = hint;
    while let Some(start) = rest.find(is_of_word) {
        text.push_str(&rest[..start]);
        let (told, after) = told(&rest[start..]);
        text.push_str(&told);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The next word, or the query that begins with it, in the words of the API, and what comes behind.
fn told(text: &str) -> (String, &str) {
    if let Some(found) = query(text) {
        return found;
    }
    let (word, after) = word(text);
    match ROUTES.get(word).filter(|_| word.contains('_')) {
        Some(route) => (route.clone(), behind_parentheses(after)),
        None => (word.strip_prefix("p_").unwrap_or(word).to_owned(), after),
    }
}

/// `SELECT f(…)` or `SELECT … FROM name WHERE …`.
fn query(text: &str) -> Option<(String, &str)> {
    let rest = text.strip_prefix("SELECT ")?;
    let (called, after) = word(rest);
    if let Some(route) = ROUTES.get(called).filter(|_| after.starts_with('(')) {
        return Some((route.clone(), behind_parentheses(after)));
    }
    let (source, after) = word(rest.split_once(" FROM ")?.1);
    Some((ROUTES.get(source)?.clone(), behind_condition(behind_parentheses(after))))
}

fn is_of_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|sign| !is_of_word(sign)).unwrap_or(text.len()))
}

fn behind_parentheses(text: &str) -> &str {
    let inside = text.strip_prefix('(').and_then(|inside| inside.split_once(')'));
    inside.map_or(text, |(_, behind)| behind)
}

fn behind_condition(text: &str) -> &str {
    let Some(condition) = text.strip_prefix(" WHERE ") else { return text };
    let (_, rest) = word(condition);
    if let Some(behind) = rest.strip_prefix(" IS NULL").or_else(|| rest.strip_prefix(" IS NOT NULL")) {
        return behind;
    }
    match rest.strip_prefix(" = ") {
        Some(value) => &value[value.find(' ').unwrap_or(value.len())..],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::words::Language;

    #[test]
    fn a_hint_names_the_route_in_the_place_of_the_statement() {
        for (hint, expected) in [
            (
                "SELECT order_id, order_number, phase FROM orders lists them.",
                Some("GET /api/v1/orders lists them."),
            ),
            (
                "SELECT login, display_name FROM users WHERE is_active lists them.",
                Some("GET /api/v1/users lists them."),
            ),
            (
                "SELECT * FROM legal_holds WHERE released_at IS NULL lists them.",
                Some("GET /api/v1/legal-holds lists them."),
            ),
            (
                "SELECT * FROM retention_runs WHERE status = 'awaiting_signature' lists them.",
                Some("GET /api/v1/retention/runs lists them."),
            ),
            (
                "SELECT * FROM outsourced_lines WHERE build_id = … lists those of a build.",
                Some("GET /api/v1/outsourced-lines lists those of a build."),
            ),
            (
                "order_next_actions(order_id) lists each open point with where to mend it.",
                Some(
                    "GET /api/v1/orders/{order_id}/next-actions lists each open point with where to mend it.",
                ),
            ),
            (
                "Give each new custom part its drawing (attach_custom_part_drawing); correct codes that name nothing.",
                Some(
                    "Give each new custom part its drawing (PUT /api/v1/custom-parts/{custom_number}/drawing); correct codes that name nothing.",
                ),
            ),
            ("Give p_adopt: true to adopt the change.", Some("Give adopt: true to adopt the change.")),
            ("Clear this up first. SELECT verify_audit() names everything.", Some("Clear this up first.")),
            ("BEGIN; SELECT begin_as(…); COMMIT;", None),
            ("Choose EN, FR or ES.", Some("Choose EN, FR or ES.")),
        ] {
            assert_eq!(here(hint).as_deref(), expected, "{hint}");
        }
    }

    /// Texts of hints in a file of SQL, without what is put into them.
    fn hints(sql: &str) -> Vec<String> {
        let mut hints = Vec::new();
        for part in sql.split("HINT = ").skip(1) {
            // Behind the last quoted text of the statement comes its semicolon.
            let mut texts = part.split('\'');
            while let (Some(between), Some(text)) = (texts.next(), texts.next()) {
                if between.contains(';') {
                    break;
                }
                hints.push(text.to_owned());
            }
        }
        hints
    }

    #[test]
    fn a_hint_on_a_page_names_what_pages_have() {
        for (hint, expected) in [
            (
                "A second person verifies it: verify_identity('login', 'how').",
                Some("A second person verifies it: “Verify identity” on the page of the person."),
            ),
            (
                "SELECT login, display_name FROM users WHERE is_active lists them.",
                Some("The page “People” lists them."),
            ),
            ("Use submit_bom, approve_bom, reject_bom or release_bom after begin_as.", None),
            (
                "Begin a new attempt with start_inspection.",
                Some("Begin a new attempt with “Start inspection”."),
            ),
            ("At psql: BEGIN; SELECT begin_as('login', 'reason'); then the step; COMMIT.", None),
            ("Choose EN, FR or ES.", Some("Choose EN, FR or ES.")),
        ] {
            let english = Words::new(Language::En);
            assert_eq!(on_pages(english, hint).as_deref(), expected, "{hint}");
        }
    }

    #[test]
    fn a_hint_on_a_french_page_names_what_french_pages_have() {
        for (hint, expected) in [
            (
                "Une seconde personne la vérifie : verify_identity('login', 'how').",
                "Une seconde personne la vérifie : « Vérifier l’identité » sur la page de la personne.",
            ),
            ("SELECT login FROM users les énumère.", "La page « Personnes » les énumère."),
        ] {
            let told = on_pages(Words::new(Language::Fr), hint);
            assert_eq!(told.map(|told| told.replace('\u{a0}', " ")).as_deref(), Some(expected), "{hint}");
        }
    }

    #[test]
    fn no_hint_tells_a_page_of_routes_statements_or_functions() {
        let english = Words::new(Language::En);
        for hint in all_hints() {
            let told = on_pages(english, &hint).unwrap_or_default();
            let mut words = told.split(|sign| !is_of_word(sign));
            let left = words.find(|word| word.contains('_') && surface().functions.contains_key(*word));
            assert_eq!(left, None, "{hint}: {told}");
            assert!(!told.contains("SELECT ") && !told.contains("/api/"), "{hint}: {told}");
        }
    }

    /// The hints of all functions and triggers.
    fn all_hints() -> Vec<String> {
        let database = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../database");
        let mut found = Vec::new();
        for folder in ["functions", "triggers"] {
            for file in std::fs::read_dir(database.join(folder)).expect("the folder") {
                let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
                found.extend(hints(&text));
            }
        }
        found
    }

    #[test]
    fn no_hint_sends_a_caller_of_the_api_to_a_function_that_has_a_route() {
        let database = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../database");
        let mut seen = 0;
        for folder in ["functions", "triggers"] {
            for file in std::fs::read_dir(database.join(folder)).expect("the folder") {
                let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
                for hint in hints(&text) {
                    seen += 1;
                    let told = here(&hint).unwrap_or_default();
                    let mut words = told.split(|sign| !is_of_word(sign));
                    let left = words.find(|word| {
                        word.contains('_')
                            && surface().functions.contains_key(*word)
                            && ROUTES.contains_key(word)
                    });
                    assert_eq!(left, None, "{hint}: {told}");
                    assert!(!told.contains("SELECT "), "{hint}: {told}");
                }
            }
        }
        assert!(seen > 300, "{seen} hints were found");
    }
}
