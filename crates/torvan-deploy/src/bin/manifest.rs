//! Writes `database/deployment/manifest.sql` and the steps of `database/deploy_database.sql`; with `--check` only compares.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use torvan_deploy::{Tree, TreeError};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: script/manifest [--check]");
            return ExitCode::from(2);
        }
    };
    // Where the script stands, not where this program was built: checkouts may share their build output.
    match run(Path::new("database"), check) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(database: &Path, check: bool) -> Result<String, TreeError> {
    let tree = Tree::from_dir(database)?;
    let manifest = tree.manifest()?;
    let findings = manifest.findings(&tree);
    if !findings.is_empty() {
        return Err(TreeError::Findings(findings));
    }
    let wanted = [
        ("deployment/manifest.sql", manifest.to_sql()),
        ("deploy_database.sql", manifest.update_psql_script(tree.text("deploy_database.sql")?)?),
    ];
    let stale: Vec<&(&str, String)> =
        wanted.iter().filter(|(path, text)| tree.text(path).ok() != Some(text)).collect();
    if check && !stale.is_empty() {
        let names = stale
            .iter()
            .map(|(path, _)| format!("database/{path} is stale; mend: script/manifest"))
            .collect();
        return Err(TreeError::Findings(names));
    }
    for (path, text) in &stale {
        write(&database.join(path), text)?;
    }
    Ok(format!("manifest: {} files, {} rewritten", manifest.steps.len(), stale.len()))
}

fn write(path: &PathBuf, text: &str) -> Result<(), TreeError> {
    fs::write(path, text).map_err(|source| TreeError::Read { path: path.clone(), source })
}
