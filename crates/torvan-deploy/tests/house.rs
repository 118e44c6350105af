//! Who may know whom: the arrows between the crates of this workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each crate and the crates it may know. `torvan-testing` is for tests and may be known by all of them, but only there.
const ALLOWED: &[(&str, &[&str])] = &[
    ("torvan-engine", &[]),
    ("torvan-print", &[]),
    ("torvan-store", &["torvan-engine"]),
    ("torvan-deploy", &[]),
    ("torvan-bench", &["torvan-store", "torvan-engine"]),
    ("torvan-testing", &["torvan-deploy"]),
    ("torvan-server", &["torvan-store", "torvan-engine", "torvan-print"]),
    ("torvan", &["torvan-bench", "torvan-deploy", "torvan-engine", "torvan-server", "torvan-store"]),
];

/// The crates of this workspace that a manifest names, in sections for the product and in those for tests.
fn known_crates(manifest: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut product, mut tests) = (BTreeSet::new(), BTreeSet::new());
    let mut section = String::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
            // [dependencies.torvan-store] names it in the head.
            if let Some((above, name)) = section.clone().rsplit_once('.')
                && name.starts_with("torvan")
            {
                above.clone_into(&mut section);
                note(&section, name, &mut product, &mut tests);
            }
            continue;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if name.starts_with("torvan") {
            note(&section, name, &mut product, &mut tests);
        }
    }
    (product, tests)
}

fn note(section: &str, name: &str, product: &mut BTreeSet<String>, tests: &mut BTreeSet<String>) {
    if section.ends_with("dev-dependencies") {
        tests.insert(name.to_owned());
    } else if section.ends_with("dependencies") {
        product.insert(name.to_owned());
    }
}

/// Every arrow of a manifest that is not allowed.
fn forbidden(name: &str, manifest: &str) -> Vec<String> {
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![format!("{name} is not in the list of crates; mend: say in house.rs whom it may know")];
    };
    let (product, tests) = known_crates(manifest);
    let product = product.into_iter().filter(|known| !allowed.contains(&known.as_str()));
    let tests =
        tests.into_iter().filter(|known| !allowed.contains(&known.as_str()) && known != "torvan-testing");
    product.chain(tests).map(|known| format!("{name} must not know {known}")).collect()
}

#[test]
fn no_crate_knows_one_it_must_not_know() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    let mut findings = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        findings.extend(forbidden(&name, &manifest));
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} crates found");
    assert_eq!(findings, Vec::<String>::new());
}

#[test]
fn a_forbidden_arrow_is_found_in_every_way_of_writing_it() {
    for manifest in [
        "[dependencies]\ntorvan-store.workspace = true\n",
        "[dependencies]\ntorvan-store = { path = \"../torvan-store\" }\n",
        "[dependencies.torvan-store]\npath = \"../torvan-store\"\n",
        "[target.'cfg(unix)'.dependencies]\ntorvan-store = \"1\"\n",
        "[build-dependencies]\ntorvan-store.workspace = true\n",
        "[dev-dependencies]\ntorvan-store.workspace = true\n",
    ] {
        assert_eq!(
            forbidden("torvan-deploy", manifest),
            ["torvan-deploy must not know torvan-store"],
            "{manifest}"
        );
    }
    let tests_only = "[dev-dependencies]\ntorvan-testing.workspace = true\n";
    assert_eq!(forbidden("torvan-engine", tests_only), Vec::<String>::new());
    let in_the_product = "[dependencies]\ntorvan-testing.workspace = true\n";
    assert_eq!(forbidden("torvan-engine", in_the_product), ["torvan-engine must not know torvan-testing"]);
}
