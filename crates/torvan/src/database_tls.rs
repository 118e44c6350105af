//! Whether the way to the database is safe enough for a server: on this machine, or encrypted and verified.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::connection;

/// The variable with which somebody says that a database of this machine may be spoken to in clear.
const INSECURE: &str = "TORVAN_INSECURE_DB";

/// How a server speaks with its database.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) options: PgConnectOptions,
    /// Over the loopback interface, whoever answers there, because somebody chose so.
    pub(crate) is_unverified: bool,
}

impl Way {
    /// Through the socket of a private cluster.
    pub(crate) fn of_socket(options: PgConnectOptions) -> Self {
        Self { options, is_unverified: false }
    }

    /// Connects once: a pool tries again and again, and then only says that it timed out.
    pub(crate) async fn prove(self) -> anyhow::Result<PgConnectOptions> {
        connection::reach(&self.options).await?.close().await?;
        Ok(self.options)
    }
}

/// The way that a server takes; without a word it is TLS with everything verified. Refuses what is less.
pub(crate) fn way(options: PgConnectOptions) -> anyhow::Result<Way> {
    let is_chosen = std::env::var(INSECURE).is_ok_and(|value| value == "1");
    way_when(options, is_chosen)
}

fn way_when(options: PgConnectOptions, may_be_unverified: bool) -> anyhow::Result<Way> {
    if options.get_socket().is_some() || options.get_host().starts_with('/') {
        return Ok(Way::of_socket(options));
    }
    let host = options.get_host().to_owned();
    if may_be_unverified {
        anyhow::ensure!(
            is_loopback(&host),
            "{INSECURE}=1 is for a database on this machine, not for {host}; mend: leave it out, and write ?sslmode=verify-full&sslrootcert=FILE into --database-url"
        );
        return Ok(Way { options, is_unverified: true });
    }
    let is_weaker = match options.get_ssl_mode() {
        // What stands there when nothing was said.
        PgSslMode::Prefer | PgSslMode::VerifyFull => false,
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Require | PgSslMode::VerifyCa => true,
    };
    anyhow::ensure!(
        !is_weaker,
        "the sslmode given for the database at {host} lets others listen or answer in its place; mend: write sslmode=verify-full into --database-url{}",
        exemption(&host)
    );
    let Some(root) = root_certificate(&options) else {
        anyhow::bail!(
            "the database at {host} must prove who it is; mend: write ?sslmode=verify-full&sslrootcert=FILE into --database-url, with the certificate of the authority that its certificate comes from{}",
            exemption(&host)
        );
    };
    if let Some(file) = root.strip_prefix(FILE) {
        std::fs::metadata(file).map_err(|error| {
            anyhow::anyhow!(
                "the file {file} that sslrootcert names cannot be read ({error}); mend: correct the path in --database-url"
            )
        })?;
    }
    Ok(Way { options: options.ssl_mode(PgSslMode::VerifyFull), is_unverified: false })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|host| host.is_loopback())
}

fn exemption(host: &str) -> String {
    if is_loopback(host) {
        format!(", or set {INSECURE}=1 for this machine's own database")
    } else {
        String::new()
    }
}

/// What the driver writes before the path of a file; without it the text is the certificate itself.
const FILE: &str = "file: ";

/// What `sslrootcert` or PGSSLROOTCERT says; the driver tells it only in its URL.
fn root_certificate(options: &PgConnectOptions) -> Option<String> {
    let url = options.to_url_lossy();
    url.query_pairs().find(|(name, _)| name == "sslrootcert").map(|(_, root)| root.into_owned())
}

/// What a failed TLS connection means.
pub(crate) fn cause(place: &str, error: &(dyn std::error::Error + 'static)) -> String {
    let said = error.to_string();
    let told = said.to_lowercase();
    let (what, mend) = if told.contains("does not support tls") {
        ("it speaks no TLS", "set ssl = on there, with a certificate (ssl_cert_file, ssl_key_file)")
    } else if told.contains("expired") {
        ("its certificate has ended", "renew the certificate of the database")
    } else if told.contains("notvalidforname") || told.contains("not valid for name") {
        (
            "its certificate is for another name",
            "write the name that stands in the certificate into --database-url, or have one issued for this name",
        )
    } else if told.contains("unknownissuer") || told.contains("badsignature") {
        (
            "its certificate does not come from the authority in sslrootcert",
            "name the file of the right authority, or find out who answers there",
        )
    } else {
        (said.as_str(), "check the certificate of the database and the file in sslrootcert")
    };
    format!("the database at {place} is not trusted: {what}; mend: {mend}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str, may_be_unverified: bool) -> String {
        let options = url.parse().expect("a URL");
        way_when(options, may_be_unverified).map(|_| ()).expect_err("refused").to_string()
    }

    #[test]
    fn a_database_elsewhere_must_prove_who_it_is() {
        let bare = refusal("postgres://torvan_app@db.example/x", false);
        assert!(bare.contains("sslrootcert=FILE") && !bare.contains(INSECURE), "{bare}");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        for weaker in ["disable", "allow", "require", "verify-ca"] {
            let url = format!("postgres://torvan_app@db.example/x?sslmode={weaker}&sslrootcert={root}");
            assert!(refusal(&url, false).contains("sslmode=verify-full"), "{weaker}");
        }
        let gone = refusal("postgres://torvan_app@db.example/x?sslrootcert=/none/ca.crt", false);
        assert!(gone.contains("/none/ca.crt") && gone.contains("mend:"), "{gone}");
        let plain = refusal("postgres://torvan_app@db.example/x", true);
        assert!(plain.contains("not for db.example"), "{plain}");
        let url = format!("postgres://torvan_app@db.example/x?sslrootcert={root}");
        let way = way_when(url.parse().expect("a URL"), false).expect("a way");
        assert!(matches!(way.options.get_ssl_mode(), PgSslMode::VerifyFull) && !way.is_unverified);
    }

    #[test]
    fn this_machine_is_exempt_by_its_socket_or_by_choice() {
        for url in ["postgres://a@localhost/x?host=/run/pg", "postgres://a@%2Frun%2Fpg/x"] {
            assert!(!way_when(url.parse().expect("a URL"), false).expect("a way").is_unverified, "{url}");
        }
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            let url = format!("postgres://a@{host}/x");
            assert!(refusal(&url, false).contains("TORVAN_INSECURE_DB=1"), "{host}");
            assert!(way_when(url.parse().expect("a URL"), true).expect("a way").is_unverified, "{host}");
        }
    }
}
