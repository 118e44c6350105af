//! The catalogues say what the SQL and the server say, all of it and nothing else, with the same places.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::format::Format;
use super::{FRENCH, Sentences, in_language, points_in_language, reference_in_language, seed, sql};
use crate::words::{LANGUAGES, Language, Words};

/// Folders whose sentences come to pages. What a deployment or a measurement says is read by who runs it, at psql.
const FOLDERS: [&str; 2] = ["functions", "triggers"];

/// Files of which only refusals come to pages: the others are names of measurements, data of tests, and notes on tables.
const ONLY_REFUSALS: [&str; 4] =
    ["governance", "performance_benchmarks", "performance_data", "performance_removal"];

/// Texts that no person reads.
const NO_SENTENCES: [&str; 7] = [
    "%",
    " or ",
    "\"not stated\"",
    "coalesce(o.want_date, 'infinity')",
    "pii_users, users",
    "5 minutes",
    r#"{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}"#,
];

/// The catalogue of a file, by the beginning of its name.
const DOMAINS: [(&str, &[&str]); 11] = [
    (
        "audit",
        &[
            "archives",
            "audit",
            "governance",
            "legal",
            "retention",
            "signature",
            "encryption",
            "classification",
        ],
    ),
    ("privacy", &["privacy"]),
    ("boms", &["bom", "configurations", "custom", "rule", "structure"]),
    ("catalogue", &["catalogue", "inventory"]),
    ("orders", &["order", "build_workflow", "service", "saved", "reports", "dashboards"]),
    ("production", &["production", "shop"]),
    ("quality", &["quality"]),
    ("stock", &["stock"]),
    ("identity", &["identity", "security", "core", "row"]),
    ("integration", &["integration"]),
    ("monitoring", &[""]),
];

const HOW_TO: &str = "\nA sentence of the database needs its French line. Add the missing ones with\n\
    TORVAN_SENTENCES=write cargo nextest run -p torvan-server sentences\n\
    then fill in each empty msgstr in crates/torvan-server/i18n/fr/database/: %1 is the value of the first place as it is,\n\
    %{1} the same where it is a state, a name of a column or another sentence, %[1] where it is one code or number. Take out what is no longer said.";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each sentence of the database with the file that says it first.
fn said() -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for folder in FOLDERS {
        let folder = root().join("database").join(folder);
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()).collect();
        files.sort();
        for file in files {
            let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).expect("text");
            for format in sql::formats(&text, ONLY_REFUSALS.contains(&stem.as_str())) {
                said.entry(format).or_insert_with(|| stem.clone());
            }
        }
    }
    said.retain(|format, _| !NO_SENTENCES.contains(&format.as_str()));
    said
}

/// Every entry of a catalogue, also those that nobody has translated yet.
fn messages(text: &str) -> Vec<(String, String)> {
    let catalogue = polib::po_file::parse_from_reader(text.as_bytes()).expect("a catalogue");
    let entry = |message: &dyn polib::message::MessageView| {
        (message.msgid().to_owned(), message.msgstr().expect("one form").to_owned())
    };
    catalogue.messages().map(entry).collect()
}

fn of_database() -> impl Iterator<Item = (String, String)> {
    FRENCH
        .iter()
        .filter(|(domain, _)| !["server", "words", "rules", "reference"].contains(domain))
        .flat_map(|(_, text)| messages(text))
}

fn write(missing: &[(&String, &String)]) {
    for (format, stem) in missing {
        let is_of = |(_, starts): &&(&str, &[&str])| starts.iter().any(|start| stem.starts_with(start));
        let (domain, _) = DOMAINS.iter().find(is_of).expect("the last takes all");
        let path = root().join(format!("crates/torvan-server/i18n/fr/database/{domain}.po"));
        let mut text = fs::read_to_string(&path).expect("the catalogue");
        let quoted = format.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(text, "\n#: {stem}.sql\nmsgid \"{quoted}\"\nmsgstr \"\"\n").expect("a text");
        fs::write(&path, text).expect("the catalogue");
    }
}

#[test]
fn every_sentence_of_the_database_has_a_french_one() {
    let said = said();
    assert!(said.len() > 1_500, "{} sentences were found", said.len());
    let known: BTreeMap<String, String> = of_database().collect();
    let missing: Vec<_> = said.iter().filter(|(format, _)| !known.contains_key(*format)).collect();
    if std::env::var("TORVAN_SENTENCES").is_ok_and(|wish| wish == "write") {
        write(&missing);
    }
    let untranslated: Vec<_> =
        known.iter().filter(|(_, french)| french.is_empty()).map(|(format, _)| format).collect();
    let gone: Vec<_> = known.keys().filter(|format| !said.contains_key(*format)).collect();
    assert!(
        missing.is_empty() && untranslated.is_empty() && gone.is_empty(),
        "missing: {missing:#?}\nwithout French: {untranslated:#?}\nno longer said: {gone:#?}{HOW_TO}"
    );
}

#[test]
fn every_sentence_stands_once_in_the_catalogues() {
    let mut seen = BTreeSet::new();
    let twice: Vec<_> =
        of_database().map(|(format, _)| format).filter(|format| !seen.insert(format.clone())).collect();
    assert!(twice.is_empty(), "{twice:#?}");
    for (domain, text) in FRENCH {
        let lines = text.lines().filter(|line| line.starts_with("msgid ")).count();
        assert_eq!(lines - 1, messages(text).len(), "a sentence stands twice in {domain}.po");
    }
}

#[test]
fn places_agree() {
    let all = FRENCH.iter().flat_map(|(_, text)| messages(text));
    let wrong: Vec<_> = all.filter(|(english, french)| Format::new(english, french).is_none()).collect();
    assert!(wrong.is_empty(), "a place is missing, or is not one of the sentence: {wrong:#?}{HOW_TO}");
}

#[test]
fn what_the_server_says_still_stands_in_its_source() {
    let mut source = String::new();
    for folder in ["crates/torvan-server/src", "crates/torvan-store/src"] {
        read_all(&root().join(folder), &mut source);
    }
    let (_, text) =
        FRENCH.iter().find(|(domain, _)| *domain == "server").expect("the catalogue of the server");
    for (english, _) in messages(text) {
        let fixed = english.replace('\\', "\\\\").replace('"', "\\\"");
        let longest = fixed.split('%').max_by_key(|part| part.len()).expect("a part");
        assert!(source.contains(longest), "nothing says {english:?} any more");
    }
}

/// What a data quality rule asks for and how to mend it, but for statements.
#[test]
fn every_rule_of_data_quality_has_a_french_one() {
    let sql =
        fs::read_to_string(root().join("database/seed/reference_quality_rules.sql")).expect("the rules");
    let rows = sql.lines().filter(|line| line.starts_with("  ('"));
    let quoted = |row: &str| {
        row.replace("''", "\u{0}")
            .split('\'')
            .skip(1)
            .step_by(2)
            .map(|text| text.replace('\u{0}', "'"))
            .collect::<Vec<_>>()
    };
    let said: BTreeSet<String> = rows
        .flat_map(|row| quoted(row).into_iter().skip(4).take(2))
        .filter(|text| !text.starts_with("SELECT "))
        .collect();
    let (_, text) = FRENCH.iter().find(|(domain, _)| *domain == "rules").expect("the catalogue of rules");
    let known: BTreeSet<String> =
        messages(text).into_iter().filter(|(_, french)| !french.is_empty()).map(|(rule, _)| rule).collect();
    let missing: Vec<_> = said.difference(&known).collect();
    let gone: Vec<_> = known.difference(&said).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "i18n/fr/database/rules.po lacks {missing:#?}, and has what no rule says any more: {gone:#?}"
    );
}

/// What a file of reference data fills and pages show: the file, how the statement begins, and the places of the texts in a row.
const REFERENCE_DATA: [(&str, &str, &[usize]); 24] = [
    ("seed/reference_identity", "INSERT INTO roles ", &[1, 2]),
    ("seed/reference_identity", "INSERT INTO permission_matrix", &[1]),
    ("seed/reference_identity", "INSERT INTO users ", &[3]),
    ("seed/reference_governance", "INSERT INTO data_retention_policies ", &[1, 6]),
    // Beside the table: each deployment classifies the columns before any seed.
    ("schemas/07_data_security_audit", "INSERT INTO retention_classes ", &[2, 5]),
    ("seed/reference_monitoring", "INSERT INTO performance_thresholds ", &[2]),
    ("seed/reference_checklists_10_gates", "INSERT INTO qc_gates ", &[2]),
    ("seed/reference_checklists_10_gates", "INSERT INTO category_seed", &[5]),
    ("seed/reference_checklists_10_gates", "INSERT INTO qc_processes ", &[4, 7]),
    ("seed/reference_production", "INSERT INTO skills ", &[1, 2]),
    ("seed/reference_production", "INSERT INTO resource_calendars ", &[1]),
    ("seed/reference_production", "INSERT INTO production_resources ", &[1]),
    ("seed/reference_production", "INSERT INTO work_instructions ", &[2]),
    ("seed/reference_production", "INSERT INTO task_templates ", &[2]),
    ("seed/reference_workflow", "INSERT INTO order_workflow_rules ", &[3]),
    ("seed/reference_workflow", "INSERT INTO build_workflow_rules ", &[3]),
    ("seed/reference_rules_mdrd", "INSERT INTO product_families ", &[1, 2]),
    ("seed/reference_rules_mdrd", "INSERT INTO rule_sets ", &[2]),
    ("seed/reference_rules_mdrd", "priority, title, for_each, condition, assign, source)", &[3]),
    ("seed/reference_rules_mdrd", "priority, stage, title, derived_name, ", &[4]),
    ("seed/reference_rules_mdrd", "priority, title, for_each, condition, quantity, ", &[3]),
    ("seed/reference_rules_mdrd", "priority, title, condition, component_code, ", &[3]),
    ("seed/reference_rules_mdrd", "priority, title, condition, quantity, component_group, severity", &[3]),
    ("seed/reference_rules_mdrd", "priority, title, for_each, condition, severity, ", &[3]),
];

/// Texts that stand in no row, with their file: what a query writes, and a finding of a single word.
const BY_THEMSELVES: [(&str, &str); 2] =
    [("seed/reference_identity", "first Administrator"), ("functions/monitoring", "none")];

/// Columns with words.
const TEXTS: [&str; 10] = [
    "title",
    "name",
    "description",
    "label",
    "help",
    "note",
    "unit",
    "state_reason",
    "grant_reason",
    "start_event",
];

/// Tables whose texts the catalogue of reference data has: as files fill them.
const TRANSLATED: [&str; 18] = [
    "roles",
    "permissions",
    "users",
    "user_roles",
    "data_retention_policies",
    "qc_gates",
    "nonconformity_categories",
    "qc_processes",
    "skills",
    "resource_calendars",
    "production_resources",
    "work_instructions",
    "task_templates",
    "order_workflow_rules",
    "build_workflow_rules",
    "product_families",
    "rule_sets",
    "configuration_rules",
];

/// Tables whose texts have their French elsewhere, or that no page shows.
const ELSEWHERE: [(&str, &str); 13] = [
    ("data_quality_rules", "rules.po"),
    ("units", "the keys unit-of-… of pages"),
    ("build_sub_states", "the keys sub-… of pages"),
    ("workflow_guards", "the keys guard-… of pages"),
    ("site_settings", "the page of settings has its own words"),
    ("qc_process_item_choices", "the table translations"),
    ("configuration_parameters", "the table translations"),
    ("performance_thresholds", "pages show the codes of metrics, and their units, which are translated"),
    ("security_settings", "no page shows them"),
    ("security_event_types", "the keys word-… of pages"),
    ("external_system_objects", "no page shows them"),
    ("tool_kinds", "no page shows them"),
    ("serial_kinds", "no page shows them"),
];

fn database(file: &str) -> String {
    fs::read_to_string(root().join(format!("database/{file}.sql"))).expect("text")
}

/// A title of a task with its values as places.
fn as_format(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts
        .fold(first, |format, part| format!("{format}%{}", part.split_once('}').map_or("", |(_, rest)| rest)))
}

/// Every text of reference data that pages show.
fn shipped() -> BTreeSet<String> {
    let mut shipped: BTreeSet<String> = BY_THEMSELVES.into_iter().map(|(_, text)| text.to_owned()).collect();
    for (file, begins, places) in REFERENCE_DATA {
        let rows = seed::rows(&database(file), begins);
        assert!(!rows.is_empty(), "{file}: no rows behind {begins:?}");
        for row in rows {
            let texts = places.iter().filter_map(|place| row.get(*place)?.as_deref());
            shipped.extend(texts.map(as_format));
        }
    }
    shipped
}

#[test]
fn every_text_of_reference_data_has_a_french_one() {
    let shipped = shipped();
    assert!(shipped.len() > 400, "{} texts were found", shipped.len());
    let (_, text) = FRENCH.iter().find(|(domain, _)| *domain == "reference").expect("the catalogue");
    let known: BTreeSet<String> =
        messages(text).into_iter().filter(|(_, french)| !french.is_empty()).map(|(text, _)| text).collect();
    let missing: Vec<_> = shipped.difference(&known).collect();
    let gone: Vec<_> = known.difference(&shipped).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "i18n/fr/database/reference.po lacks {missing:#?}, and has what no table holds any more: {gone:#?}"
    );
    for (file, text) in BY_THEMSELVES {
        assert!(database(file).contains(&format!("'{text}'")), "nothing says {text:?} any more");
    }
}

#[test]
fn every_table_of_reference_data_with_texts_is_known() {
    let mut unknown = BTreeSet::new();
    let folder = root().join("database/seed");
    for file in fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file").path()) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        if !name.starts_with("reference_") {
            continue;
        }
        let sql = fs::read_to_string(&file).expect("text");
        for (table, columns) in seed::filled(&sql) {
            let is_known = TRANSLATED.contains(&table) || ELSEWHERE.iter().any(|(name, _)| *name == table);
            if !is_known && columns.iter().any(|column| TEXTS.contains(column)) {
                unknown.insert(format!("{name}: {table}"));
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "say where these have their French, in REFERENCE_DATA and TRANSLATED, or in ELSEWHERE: {unknown:#?}"
    );
}

#[test]
fn every_unit_has_its_word() {
    for row in seed::rows(&database("seed/reference_units"), "INSERT INTO units ") {
        let code = row[0].as_deref().expect("a code");
        for language in LANGUAGES {
            let key = format!("unit-of-{code}");
            assert!(Words::new(language).say_if_known(&key).is_some(), "{language:?}: {key}");
        }
    }
}

#[test]
fn reference_data_is_said_in_french_and_what_the_plant_wrote_stays() {
    for (english, expected) in [
        ("Approve orders of others", "Approuver les commandes des autres"),
        ("Pack", "Emballer"),
        ("Every part in a released revision has a cost.", "Chaque pièce d’une révision publiée a un coût."),
        ("Pack two at a time", "Pack two at a time"),
        // Sentences are for what the database says.
        ("Lot 5 is free already.", "Lot 5 is free already."),
    ] {
        assert_eq!(reference_in_language(Language::Fr, english), expected);
        assert_eq!(reference_in_language(Language::En, english), english);
    }
    for (english, expected) in [
        ("none", "aucune"),
        ("Install basin 2", "Installer le bassin 2"),
        (
            "Fit faucet 1: wrist blade, between 1 2",
            "Poser le robinet 1\u{a0}: «\u{a0}Leviers longs\u{a0}», «\u{a0}1 à 2\u{a0}»",
        ),
        ("Fit 2 x T2-OA-PO-SHLF-1212", "Poser 2 × T2-OA-PO-SHLF-1212"),
        ("never verified", "jamais vérifiée"),
        ("SELECT run_audit_verification(); each day", "SELECT run_audit_verification(); chaque jour"),
        (
            "version 1.0.0 succeeded at 2026-11-27 12:14:24 UTC",
            "version 1.0.0 «\u{a0}Réussi\u{a0}» le 2026-11-27 12:14:24 UTC",
        ),
    ] {
        assert_eq!(french(english), expected);
    }
}

#[test]
fn words_of_places_still_stand_in_the_sql() {
    let mut source = String::new();
    read_all(&root().join("database"), &mut source);
    let source = source.to_lowercase();
    let (_, text) = FRENCH.iter().find(|(domain, _)| *domain == "words").expect("the catalogue of words");
    for (english, _) in messages(text) {
        // Names of kinds stand in sentences with a small letter.
        let is_there = source.contains(&format!("'{}'", english.to_lowercase()));
        assert!(is_there, "nothing says {english:?} any more");
    }
}

fn read_all(folder: &Path, source: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, source);
        } else {
            source.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

fn french(text: &str) -> String {
    in_language(Language::Fr, text).into_owned()
}

#[test]
fn sentences_are_said_in_french() {
    for (english, expected) in [
        (
            "Order 1042 cannot go from APPROVAL to PRODUCTION.",
            "La commande 1042 ne peut pas passer de «\u{a0}Approbation\u{a0}» à «\u{a0}Production\u{a0}».",
        ),
        ("the PO number is missing", "le numéro de bon de commande manque"),
        (
            "builds T-1, T-2: the BOM is not approved",
            "éviers T-1, T-2\u{a0}: la nomenclature n’est pas approuvée",
        ),
        (
            "Order 7 cannot go to APPROVAL: the PO number is missing; build T-1: no BOM of the present configuration.",
            "La commande 7 ne peut pas passer à «\u{a0}Approbation\u{a0}»\u{a0}: le numéro de bon de commande manque\u{a0}; évier T-1\u{a0}: pas de nomenclature de la configuration actuelle.",
        ),
        ("Change 5 is adopted already.", "Le changement 5 est déjà à l’état «\u{a0}Adoptée\u{a0}»."),
        ("\"want_date\" is missing.", "«\u{a0}Souhaité\u{a0}» manque."),
        ("\"want_date\" names nothing in orders.", "«\u{a0}Souhaité\u{a0}» ne désigne rien dans orders."),
        ("the fullest is parts_id at 97 %", "la plus remplie est parts_id à 97 %"),
        (
            "Order 7 cannot go to SHIPPING: tasks_finished: build T-1: 2 tasks are open; packing_confirmed: the packing is not begun.",
            "La commande 7 ne peut pas passer à «\u{a0}Expédition\u{a0}»\u{a0}: tasks_finished\u{a0}: évier T-1\u{a0}: 2 tâches sont ouvertes\u{a0}; packing_confirmed\u{a0}: emballage\u{a0}: pas commencé.",
        ),
        ("There is no customer \"(none)\".", "Il n’y a pas de client \"(rien)\"."),
        ("Lot 5 is free already.", "Le lot 5 est déjà libre."),
        (
            "Roles with it: Administrator, Production Manager.",
            "Rôles qui l’ont\u{a0}: Administrateur, Responsable de production.",
        ),
        ("Nobody wrote this sentence.", "Nobody wrote this sentence."),
    ] {
        assert_eq!(french(english), expected);
        assert_eq!(in_language(Language::En, english), english);
    }
}

/// Files of functions that say why a step is not open.
const GUARDS: [&str; 3] = ["order_guards", "production_guards", "quality_guards"];

/// A sentence in both languages, as a guard of several builds tells it.
fn of_build(english: &str, french: &str) -> (String, String) {
    let is_named = english.starts_with("build ");
    let (here, there) = if is_named { ("", "") } else { ("build Q9X: ", "évier Q9X\u{a0}: ") };
    (format!("{here}{english}"), format!("{there}{french}"))
}

#[test]
fn what_guards_say_of_several_builds_is_french_throughout() {
    let known: BTreeMap<String, String> = of_database().collect();
    let values = ["Q1X", "Q2X", "Q3X", "Q4X", "Q5X"];
    let (other, autre) =
        ("build Q8X: the packing is not begun", "évier Q8X\u{a0}: emballage\u{a0}: pas commencé");
    let mut told = 0;
    for file in GUARDS {
        let path = root().join(format!("database/functions/{file}.sql"));
        let formats = sql::formats(&fs::read_to_string(path).expect("text"), false);
        for english in formats.iter().filter(|format| !NO_SENTENCES.contains(&format.as_str())) {
            let french = known.get(english).unwrap_or_else(|| panic!("no French for {english:?}{HOW_TO}"));
            let format = Format::new(english, french).unwrap_or_else(|| panic!("{english:?}"));
            let (english, french) =
                of_build(&format.english(&values[..format.places()]), &format.filled(&values));
            for (english, french) in [
                (english.clone(), french.clone()),
                (format!("{english}; {other}"), format!("{french}\u{a0}; {autre}")),
                (format!("{other}; {english}"), format!("{autre}\u{a0}; {french}")),
            ] {
                assert_eq!(points_in_language(Language::Fr, &english), french, "{english:?}");
            }
            told += 1;
        }
    }
    assert!(told > 50, "{told} sentences of guards were found");
}

#[test]
fn points_of_guards_are_said_in_french() {
    for (english, expected) in [
        (
            "build SAMPLE-001: the pre-production check is not begun; build SAMPLE-002: serial numbers missing: touchscreen of basin 1, control box",
            "évier SAMPLE-001\u{a0}: contrôle de pré-production\u{a0}: pas commencé\u{a0}; évier SAMPLE-002\u{a0}: numéros de série manquants\u{a0}: écran tactile du bassin 1, boîtier de commande",
        ),
        (
            "build A: serial numbers missing: touchscreen of basin 1; build B: 25 tasks are open; build C: 1 task is open",
            "évier A\u{a0}: numéros de série manquants\u{a0}: écran tactile du bassin 1\u{a0}; évier B\u{a0}: 25 tâches sont ouvertes\u{a0}; évier C\u{a0}: 1 tâche est ouverte",
        ),
        (
            "build A: the first task (10 Weld: the frame) is assigned to Terry Tech, who has no valid skill WELDING at level 2; build B: the first task (R1 Polish) is assigned to nobody",
            "évier A\u{a0}: la première tâche (10 Weld: the frame) est confiée à Terry Tech, qui n’a pas la qualification valable WELDING au niveau 2\u{a0}; évier B\u{a0}: la première tâche (R1 Polish) n’est confiée à personne",
        ),
        (
            "build A: not yet back from the external shop: T2-X, T2-Y; build B: T2-Z has no supplier; T2-DL27-KIT (legs) is not in the sent set",
            "évier A\u{a0}: pas encore revenu de l’atelier externe\u{a0}: T2-X, T2-Y\u{a0}; évier B\u{a0}: T2-Z n’a pas de fournisseur\u{a0}; T2-DL27-KIT (piétement) n’est pas dans l’ensemble envoyé",
        ),
        (
            "A is PLANNING, not EOL_PASSED; B is READY, not EOL_PASSED",
            "A est à l’état «\u{a0}planification\u{a0}», non «\u{a0}essai final réussi\u{a0}»\u{a0}; B est à l’état «\u{a0}Prêt\u{a0}», non «\u{a0}essai final réussi\u{a0}»",
        ),
    ] {
        assert_eq!(points_in_language(Language::Fr, english), expected);
        assert_eq!(points_in_language(Language::En, english), english);
    }
}

#[test]
fn what_people_wrote_is_not_read() {
    for (english, expected) in [
        ("There is no customer \"Order % cannot go\".", "Il n’y a pas de client \"Order % cannot go\"."),
        (
            "There is no customer \"the PO number is missing\".",
            "Il n’y a pas de client \"the PO number is missing\".",
        ),
        ("customer PRODUCTION is not active", "le client PRODUCTION n’est pas actif"),
        ("cancelled: no BOM; the PO number is missing", "annulé\u{a0}: no BOM; the PO number is missing"),
        // Two readings: it stays as it is.
        ("Outsourced line 1 cannot go from a to b to c.", "Outsourced line 1 cannot go from a to b to c."),
    ] {
        assert_eq!(french(english), expected);
    }
}

static FORMATS: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let all = FRENCH.iter().flat_map(|(_, text)| messages(text));
    all.filter_map(|(english, french)| Format::new(&english, &french))
        .filter(|format| format.places() > 0)
        .collect()
});

fn without_space(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_whitespace()).collect()
}

#[test]
fn every_format_is_found_by_its_own_sentence() {
    let sentences = Sentences::read(&FRENCH);
    let values = ["Q1X", "Q2X", "Q3X", "Q4X", "Q5X", "Q6X"];
    let lost: Vec<String> = FORMATS
        .iter()
        .filter(|format| format.is_telling())
        .filter_map(|format| {
            let (english, expected) = (format.english(&values[..format.places()]), format.filled(&values));
            (sentences.whole(&english).as_deref() != Some(&expected)).then_some(english)
        })
        .collect();
    assert!(lost.is_empty(), "other formats say these: {lost:#?}");
}

proptest! {
    #[test]
    fn values_come_back_as_they_were(which in any::<prop::sample::Index>(), values in prop::collection::vec("\\PC{0,24}", 6)) {
        let format = which.get(&FORMATS);
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let english = format.english(&values[..format.places()]);
        if let Some(reading) = format.reading(&english, &|_| None) {
            prop_assert_eq!(without_space(&reading.text), without_space(&format.filled(&values)));
        }
    }

    #[test]
    fn codes_come_back_in_every_sentence(which in any::<prop::sample::Index>(), values in prop::collection::vec("[0-9][0-9A-Z]{2,12}", 6)) {
        let format = which.get(&FORMATS);
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let english = format.english(&values[..format.places()]);
        let reading = format.reading(&english, &|_| None);
        prop_assert_eq!(reading.map(|reading| reading.text), Some(format.filled(&values)));
    }
}
