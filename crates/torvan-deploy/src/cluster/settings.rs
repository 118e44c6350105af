//! Settings of the server, written for the machine at each start.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::Durability;
use crate::postgres::PostgresBinaries;

/// Passwords only, and only by the socket: the server listens on no network at all.
pub(super) const HOST_BASED_AUTHENTICATION: &str =
    "# Written by torvan. Nobody comes in by a network.\nlocal all all scram-sha-256\n";

const MEGABYTE: u64 = 1024 * 1024;

/// Characters are classed by UTF-8 where the system can; sorting is by code point everywhere.
pub(super) fn character_classes() -> &'static str {
    let listed = Command::new("locale").arg("-a").output();
    let known = listed.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .any(|name| name.eq_ignore_ascii_case("C.UTF-8") || name.eq_ignore_ascii_case("C.utf8"))
    });
    if known { "C.UTF-8" } else { "C" }
}

/// The text of `torvan.conf`.
pub(super) fn torvan_conf(
    socket_dir: &Path,
    log_dir: &Path,
    durability: Durability,
    binaries: &PostgresBinaries,
) -> String {
    let memory = total_memory().unwrap_or(4096 * MEGABYTE);
    let shared_buffers = match durability {
        Durability::Kept => (memory / 4 / MEGABYTE).clamp(128, 2048),
        Durability::ThrowAway => 128,
    };
    let mut text = format!(
        "# Written by torvan at each start; changes here are lost. Your own settings: ALTER SYSTEM SET ...\n\
         listen_addresses = ''\n\
         unix_socket_directories = {}\n\
         unix_socket_permissions = 0700\n\
         port = 5432\n\
         max_connections = 100\n\
         password_encryption = 'scram-sha-256'\n\
         shared_buffers = {shared_buffers}MB\n\
         effective_cache_size = {}MB\n\
         maintenance_work_mem = {}MB\n\
         work_mem = 16MB\n\
         random_page_cost = 1.1\n\
         jit = off\n\
         max_wal_size = 2GB\n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         log_line_prefix = '%m [%p] %u@%d '\n\
         log_parameter_max_length = 0\n\
         log_parameter_max_length_on_error = 0\n",
        quoted(socket_dir),
        (memory / 2 / MEGABYTE).max(256),
        (memory / 32 / MEGABYTE).clamp(64, 512),
    );
    match durability {
        Durability::Kept => {
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "wal_compression = on\n\
                 logging_collector = on\n\
                 log_directory = {}\n\
                 log_filename = 'postgres-%a.log'\n\
                 log_rotation_age = 1d\n\
                 log_truncate_on_rotation = on\n",
                quoted(log_dir)
            );
        }
        Durability::ThrowAway => text.push_str(
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nmax_connections = 400\nmax_wal_size = 512MB\n",
        ),
    }
    if has_statement_statistics(binaries) {
        text.push_str("shared_preload_libraries = 'pg_stat_statements'\n");
    }
    text
}

/// Preloading a library which is not installed would keep the server from starting.
fn has_statement_statistics(binaries: &PostgresBinaries) -> bool {
    let Some(root) = binaries.folder().parent() else { return false };
    ["lib", "lib/postgresql"].iter().any(|folder| root.join(folder).join("pg_stat_statements.so").is_file())
}

/// Memory of the machine in bytes.
fn total_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "''"))
}
