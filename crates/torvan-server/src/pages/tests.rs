//! What holds for all templates and catalogues.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::http::problem::KINDS;
use crate::words::{LANGUAGES, Language};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Texts of a catalogue by key, read as lines: `key = …` and what is indented below it.
fn catalogue(language: Language) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let mut key = String::new();
    for line in language.catalogues().iter().flat_map(|text| text.lines()) {
        let begins = line.starts_with(|sign: char| sign.is_ascii_lowercase());
        if let (true, Some((name, text))) = (begins, line.split_once(" = ")) {
            name.clone_into(&mut key);
            assert!(
                texts.insert(key.clone(), text.to_owned()).is_none(),
                "{language:?}: {key} is there twice"
            );
        } else if !line.starts_with('#') {
            texts.entry(key.clone()).or_default().push_str(line);
        }
    }
    texts
}

fn variables(text: &str) -> BTreeSet<&str> {
    let names = text.split('$').skip(1);
    names.filter_map(|rest| rest.split(|sign: char| !sign.is_ascii_alphanumeric()).next()).collect()
}

#[test]
fn catalogues_can_be_read_whole_and_have_the_same_keys_and_values() {
    let english = catalogue(Language::En);
    for language in LANGUAGES {
        for text in language.catalogues() {
            let read = fluent_syntax::parser::parse(*text);
            assert!(read.is_ok(), "{language:?}: {:?}", read.err().map(|(_, faults)| faults));
        }
        let texts = catalogue(language);
        let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
        let missing: Vec<_> = keys(&english).symmetric_difference(&keys(&texts)).cloned().collect();
        assert!(missing.is_empty(), "{language:?} and English differ: {missing:?}");
        for (key, text) in &texts {
            assert_eq!(variables(text), variables(&english[key]), "{language:?}: values of {key}");
        }
    }
}

/// Keys that are put together at run time, by their beginning.
const PUT_TOGETHER: [&str; 26] = [
    "contact-field-",
    "way-",
    "guard-",
    "about-",
    "empty-",
    "aggregate-",
    "operator-",
    "bom-state-",
    "role-",
    "problem-",
    "month-",
    "col-",
    "word-",
    "entry-hint-",
    "blocker-",
    "step-",
    "sub-",
    "history-",
    "meaning-",
    "choice-",
    "parameter-",
    "reason-",
    "unit-of-",
    "permissions-of-",
    "retention-of-",
    "health-of-",
];

#[test]
fn every_key_is_used_and_every_used_key_is_there() {
    let keys: BTreeSet<String> = catalogue(Language::En).into_keys().collect();
    let mut sources = String::new();
    for path in files(&root().join("templates"), "html").iter().chain(&files(&root().join("src"), "rs")) {
        sources.push_str(&fs::read_to_string(path).expect("a source"));
    }
    let unused: Vec<&String> = keys
        .iter()
        .filter(|key| !PUT_TOGETHER.iter().any(|beginning| key.starts_with(beginning)))
        .filter(|key| !sources.contains(&format!("\"{key}\"")))
        .collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
    let mut unknown = Vec::new();
    for call in [".t(\"", ".tv(\"", "say(\"", "say_with(\""] {
        for rest in sources.split(call).skip(1) {
            let key = rest.split('"').next().unwrap_or_default();
            if !keys.contains(key) && key.starts_with(|sign: char| sign.is_ascii_lowercase()) {
                unknown.push(key.to_owned());
            }
        }
    }
    assert!(unknown.is_empty(), "no catalogue has {unknown:?}");
    for key in keys.iter().filter_map(|key| key.strip_prefix("problem-")) {
        let slug = key.strip_suffix("-text").unwrap_or(key);
        assert!(KINDS.iter().any(|kind| kind.slug == slug), "there is no problem {slug}");
    }
}

/// What a template says outside of tags and expressions.
fn bare_text(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(sign) = rest.chars().next() {
        let end = match () {
            () if rest.starts_with("{{") => "}}",
            // A class of the whole page, not a word.
            () if rest.starts_with("{% block width %}") => "{% endblock %}",
            () if rest.starts_with("{%") => "%}",
            () if rest.starts_with("{#") => "#}",
            () if rest.starts_with('<') => ">",
            () => "",
        };
        let length = if end.is_empty() { sign.len_utf8() } else { end_of(rest, end) };
        if end.is_empty() {
            text.push(sign);
        } else {
            text.push(' ');
        }
        rest = &rest[length..];
    }
    text
}

/// Where a tag or an expression ends; expressions inside a tag may hold its end sign.
fn end_of(text: &str, end: &str) -> usize {
    let mut at = 1;
    while at < text.len() && !text[at..].starts_with(end) {
        at += if end == ">" && text[at..].starts_with("{{") {
            text[at..].find("}}").map_or(2, |length| length + 2)
        } else if end == ">" && text[at..].starts_with("{%") {
            text[at..].find("%}").map_or(2, |length| length + 2)
        } else {
            text[at..].chars().next().map_or(1, char::len_utf8)
        };
    }
    (at + end.len()).min(text.len())
}

/// Words that are the same in every language.
const SAME_EVERYWHERE: [&str; 3] = ["Torvan", "torvan", "--help"];

#[test]
fn templates_say_nothing_past_the_catalogues() {
    let mut faults = Vec::new();
    for path in files(&root().join("templates"), "html") {
        // The drawing holds dimensions. How a device comes to trust the server is told in one template per language: the steps
        // differ, not only the words.
        if path.ends_with("components/drawing.html") || path.starts_with(root().join("templates/install")) {
            continue;
        }
        let template = fs::read_to_string(&path).expect("a template");
        for word in bare_text(&template).split_whitespace() {
            if word.contains(char::is_alphabetic) && !SAME_EVERYWHERE.contains(&word) {
                faults.push(format!("{}: {word}", path.display()));
            }
        }
        for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""] {
            for rest in template
                .split(attribute)
                .skip(1)
                .filter(|rest| !rest.starts_with("{{") && !rest.starts_with('"'))
            {
                faults.push(format!("{}: {attribute}{}", path.display(), &rest[..rest.len().min(30)]));
            }
        }
        for forbidden in ["style=\"", "<style", " onclick", "<script>", "|safe"] {
            if template.contains(forbidden) {
                faults.push(format!("{}: {forbidden}", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The classes that a style sheet lays out by themselves, outside media queries; setting a custom property only is no layout.
fn classes_laid_out(sheet: &str) -> BTreeSet<String> {
    let (mut found, mut depth, mut selector) = (BTreeSet::new(), 0_usize, String::new());
    for piece in sheet.split_inclusive(['{', '}']) {
        let (text, end) = piece.split_at(piece.len() - 1);
        if depth == 2
            && end == "}"
            && !text.split(';').all(|one| one.trim().is_empty() || one.trim().starts_with("--"))
        {
            let alone = |one: &&str| {
                one.starts_with('.') && one[1..].chars().all(|c| c.is_alphanumeric() || c == '-')
            };
            found.extend(selector.split(',').map(str::trim).filter(alone).map(str::to_owned));
        }
        if end == "{" {
            depth += 1;
            text.rsplit("*/").next().unwrap_or_default().trim().clone_into(&mut selector);
        } else {
            depth = depth.saturating_sub(1);
        }
    }
    found
}

#[test]
fn a_class_is_laid_out_by_one_component() {
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in files(&root().join("assets/css/components"), "css") {
        let sheet = fs::read_to_string(&path).expect("a style sheet");
        for class in classes_laid_out(&sheet) {
            if let Some(other) = owners.insert(class.clone(), path.clone()) {
                panic!("{class} is laid out by {} and {}", other.display(), path.display());
            }
        }
    }
    assert!(owners.contains_key(".rule-line"), "{owners:?}");
}

#[test]
fn every_style_sheet_is_part_of_the_style() {
    let assets = fs::read_to_string(root().join("src/pages/assets.rs")).expect("the list");
    for path in files(&root().join("assets/css"), "css") {
        let name = path.strip_prefix(root()).expect("ours").display().to_string();
        assert!(assets.contains(&format!("../../{name}")), "{name} is in no list");
    }
}

#[test]
fn every_icon_is_in_the_sprite() {
    let sprite = fs::read_to_string(root().join("assets/art/icons.svg")).expect("the sprite");
    let mut sources = String::new();
    for path in files(&root().join("templates"), "html").iter().chain(&files(&root().join("src/pages"), "rs"))
    {
        sources.push_str(&fs::read_to_string(path).expect("a source"));
    }
    let named = |call: &str| -> Vec<String> {
        sources.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let asked: BTreeSet<String> = [".icon(\"", "Icon(\""].into_iter().flat_map(named).collect();
    let drawn: BTreeSet<String> = sprite
        .split("<symbol id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    let asked: BTreeSet<String> =
        asked.into_iter().filter(|name| name.starts_with(char::is_lowercase)).collect();
    assert_eq!(asked, drawn, "icons that are asked for, and those in the sprite");
}
