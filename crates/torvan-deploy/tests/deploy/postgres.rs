//! Which server programs are taken, and which are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;
use torvan_deploy::{PostgresBinaries, PostgresError};

/// Programs that say a version and can do nothing else.
fn server(folder: &Path, version: &str) {
    for program in ["initdb", "pg_ctl", "postgres"] {
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_version_before_15_is_refused_with_its_folder_and_the_mend() {
    let folder = TempDir::new().unwrap();
    server(folder.path(), "14.12 (Debian 14.12-1)");

    let error = PostgresBinaries::find(Some(folder.path())).unwrap_err();

    assert!(matches!(error, PostgresError::TooOld { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("14.12") && text.contains("install PostgreSQL 15 or later"), "{text}");
    assert!(text.contains(folder.path().to_str().unwrap()), "{text}");
}

#[test]
fn versions_are_read_as_the_programs_of_different_systems_say_them() {
    for (said, version, major) in
        [("15.18 (Debian 15.18-0+deb12u1)", "15.18", 15), ("18beta1", "18beta1", 18), ("16.3", "16.3", 16)]
    {
        let folder = TempDir::new().unwrap();
        server(folder.path(), said);
        let found = PostgresBinaries::find(Some(folder.path())).unwrap();
        assert_eq!((found.version(), found.major()), (version, major));
    }
}

#[test]
fn a_folder_without_a_server_is_refused_with_what_is_missing() {
    let folder = TempDir::new().unwrap();
    server(folder.path(), "15.1");
    fs::remove_file(folder.path().join("pg_ctl")).unwrap();

    let text = PostgresBinaries::find(Some(folder.path())).unwrap_err().to_string();

    assert!(text.contains("pg_ctl is missing") && text.contains("mend:"), "{text}");
}

#[test]
fn the_newest_installed_server_comes_first() {
    let majors: Vec<u32> = PostgresBinaries::installed().iter().map(PostgresBinaries::major).collect();
    assert!(!majors.is_empty() && majors.is_sorted_by(|one, next| one >= next), "{majors:?}");
}
