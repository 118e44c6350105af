//! Says what to do where the front end's files of others are not installed; the compiler would only name a file.

use std::path::Path;

fn main() {
    let lock = "assets/vendor/package-lock.json";
    let installed = "assets/vendor/node_modules/.package-lock.json";
    println!("cargo:rerun-if-changed={lock}");
    println!("cargo:rerun-if-changed={installed}");
    assert!(
        Path::new(installed).exists(),
        "the files of the front end are not installed; mend: run script/bootstrap, or `npm ci` in crates/torvan-server/assets/vendor"
    );
}
