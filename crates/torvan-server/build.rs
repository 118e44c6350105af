//! Says what to do where the front end's files of others are not installed; the compiler would only name a file.

use std::path::Path;

fn main() {
    // The last that was added: who has it has the others.
    let newest = "assets/vendor/node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf";
    let lock = "assets/vendor/package-lock.json";
    let installed = "assets/vendor/node_modules/.package-lock.json";
    println!("cargo:rerun-if-changed={lock}");
    println!("cargo:rerun-if-changed={installed}");
    assert!(
        Path::new(installed).exists() && Path::new(newest).exists(),
        "the files of the front end are not installed; mend: run script/bootstrap, or `npm ci` in crates/torvan-server/assets/vendor"
    );
}
