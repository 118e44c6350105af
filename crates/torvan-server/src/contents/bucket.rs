//! The way to an S3 bucket: endpoint, region, credentials. Secrets come from a file or the environment, never from the command
//! line.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::ContentsError;
use crate::credentials::sealing::{SealingError, read_text};

/// Names of what a file or the environment says.
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const TOKEN: &str = "AWS_SESSION_TOKEN";

/// A place that does not answer is said to be so before who waits gives up.
const CONNECTING: Duration = Duration::from_secs(3);
const READING: Duration = Duration::from_secs(10);
const RETRYING: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
    },
    max_retries: 2,
    retry_timeout: Duration::from_secs(8),
};

/// How a bucket is reached.
#[derive(Debug, Clone, Default)]
pub struct BucketAccess {
    /// URL of the server; none: Amazon's, by the region.
    pub endpoint: Option<String>,
    /// Region; none: `us-east-1`.
    pub region: Option<String>,
    /// File with the credentials; none: the environment.
    pub credentials: Option<PathBuf>,
}

struct Credentials {
    key_id: String,
    secret: SecretString,
    token: Option<SecretString>,
}

/// Opens the way to a bucket; nothing is sent yet.
pub(super) fn open(name: &str, access: &BucketAccess) -> Result<AmazonS3, ContentsError> {
    let credentials = credentials(access.credentials.as_deref())?;
    let is_plain = access.endpoint.as_deref().map(checked_endpoint).transpose()?.unwrap_or(false);
    let client = ClientOptions::new()
        .with_allow_http(is_plain)
        .with_connect_timeout(CONNECTING)
        .with_read_timeout(READING)
        .with_timeout_disabled();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_access_key_id(credentials.key_id)
        .with_secret_access_key(credentials.secret.expose_secret())
        .with_client_options(client)
        .with_retry(RETRYING)
        // Not every server knows the request that deletes many.
        .with_disable_bulk_delete(true)
        .with_checksum_algorithm(Checksum::SHA256);
    if let Some(token) = credentials.token {
        builder = builder.with_token(token.expose_secret());
    }
    if let Some(endpoint) = &access.endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    if let Some(region) = &access.region {
        builder = builder.with_region(region);
    }
    // The ways through TLS use what is the process's own.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder.build().map_err(|_| {
        unusable("the endpoint or region cannot be used", "correct --contents-endpoint and --contents-region")
    })
}

fn unusable(what: impl Into<String>, mend: &'static str) -> ContentsError {
    ContentsError::Access { what: what.into(), mend }
}

/// Whether the endpoint is without TLS, which is for this machine alone: what goes there others could read.
fn checked_endpoint(endpoint: &str) -> Result<bool, ContentsError> {
    let url = Url::parse(endpoint).ok().filter(|url| url.has_host() && url.query().is_none());
    let url = url.ok_or_else(|| {
        unusable(
            "the endpoint is not a URL",
            "write it like https://s3.plant.example in --contents-endpoint (TORVAN_CONTENTS_ENDPOINT)",
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable(
            "credentials do not stand in the endpoint",
            "put them into the file of --contents-credentials",
        ));
    }
    match url.scheme() {
        "https" => Ok(false),
        "http" if is_this_machine(&url) => Ok(true),
        _ => Err(unusable(
            "the endpoint is without TLS, where others could read contents",
            "use https:// in --contents-endpoint; http:// is for 127.0.0.1 alone",
        )),
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn credentials(file: Option<&Path>) -> Result<Credentials, ContentsError> {
    let found = match file {
        Some(path) => {
            let text = read_text(path).map_err(|error| unread(path, &error))?;
            gathered(|name| value_in(&text, name))
        }
        None => gathered(|name| std::env::var(name).ok()),
    };
    found.ok_or_else(|| {
        unusable(
            format!("{KEY_ID} and {SECRET} are not given"),
            "name a file with the lines AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=… in --contents-credentials (TORVAN_CONTENTS_CREDENTIALS), or set both in the environment",
        )
    })
}

fn unread(path: &Path, error: &SealingError) -> ContentsError {
    let what = match error {
        SealingError::Missing(_) => format!("there is no file {}", path.display()),
        other => other.to_string(),
    };
    unusable(
        what,
        "name a file with the credentials that nobody but its owner may read in --contents-credentials (TORVAN_CONTENTS_CREDENTIALS)",
    )
}

fn gathered(value: impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    let value = |name| value(name).filter(|value| !value.is_empty());
    Some(Credentials {
        key_id: value(KEY_ID)?,
        secret: value(SECRET)?.into(),
        token: value(TOKEN).map(SecretString::from),
    })
}

/// A value of `NAME=value` lines, as a unit's `EnvironmentFile` has them.
fn value_in(text: &str, name: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.trim().split_once('='));
    let (_, value) = lines.rev().find(|(key, _)| key.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, BucketAccess) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s3");
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let access = BucketAccess { credentials: Some(path), ..BucketAccess::default() };
        (folder, access)
    }

    const GOOD: &str = "# the plant's\nAWS_ACCESS_KEY_ID=AKIAPLANT\nAWS_SECRET_ACCESS_KEY=\"hush hush\"\n";

    #[test]
    fn credentials_come_from_a_file_that_others_may_not_read() {
        let (_folder, access) = written(GOOD, 0o600);
        let read = credentials(access.credentials.as_deref()).expect("credentials");
        assert_eq!((read.key_id.as_str(), read.secret.expose_secret()), ("AKIAPLANT", "hush hush"));
        for (text, mode, word) in [
            (GOOD, 0o644, "chmod 600"),
            ("AWS_ACCESS_KEY_ID=AKIAPLANT\n", 0o600, "AWS_SECRET_ACCESS_KEY"),
            ("AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=x\n", 0o600, "AWS_ACCESS_KEY_ID"),
        ] {
            let (_folder, access) = written(text, mode);
            let said = open("plant", &access).expect_err(word).to_string();
            assert!(said.contains(word) && said.contains("mend") && !said.contains("hush"), "{said}");
        }
        let missing = BucketAccess { credentials: Some("/nowhere/s3".into()), ..BucketAccess::default() };
        assert!(open("plant", &missing).expect_err("no file").to_string().contains("/nowhere/s3"));
    }

    #[test]
    fn an_endpoint_without_tls_is_for_this_machine_alone() {
        for (endpoint, is_taken) in [
            ("https://s3.plant.example", true),
            ("http://127.0.0.1:9000", true),
            ("http://[::1]:9000/", true),
            ("http://localhost:9000", true),
            ("http://s3.plant.example", false),
            ("http://127.0.0.1.example", false),
            ("https://key:hush@s3.plant.example", false),
            ("ftp://127.0.0.1", false),
            ("s3.plant.example", false),
        ] {
            let (_folder, access) = written(GOOD, 0o600);
            let access = BucketAccess { endpoint: Some(endpoint.to_owned()), ..access };
            let opened = open("plant", &access);
            assert_eq!(opened.is_ok(), is_taken, "{endpoint}");
            let said = opened.err().map(|error| error.to_string()).unwrap_or_default();
            assert!(!said.contains("hush"), "{said}");
        }
    }
}
