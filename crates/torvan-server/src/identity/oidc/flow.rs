//! One way to a provider and back, as the browser carries it: sealed, short-lived, bound to this browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::provider::Secrets;
use crate::credentials::sealing::{SealingError, SealingKeys};

/// Seconds within which somebody must be back.
pub(super) const LIFE: i64 = 600;

/// What the cookie belongs to: nothing else of ours opens as one.
const SEALED_FOR: &[u8] = b"torvan oidc flow";

/// What somebody goes to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    SignIn,
    StepUp,
    Link,
}

/// Short names: what is sealed has 512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Flow {
    /// 256 random bits; state, nonce and verifier come from it.
    #[serde(rename = "s")]
    pub(super) secret: String,
    #[serde(rename = "p")]
    pub(super) purpose: Purpose,
    /// Code of the provider.
    #[serde(rename = "c")]
    pub(super) provider: String,
    /// Path of ours to which they go then.
    #[serde(rename = "n")]
    pub(super) next: String,
    /// Hash of the token of the session that went.
    #[serde(rename = "h")]
    pub(super) session: Option<String>,
    /// Seconds since 1970 at which it is over.
    #[serde(rename = "e")]
    pub(super) ends_at: i64,
}

impl Flow {
    pub(super) fn secrets(&self) -> Secrets {
        Secrets {
            state: self.derived("state"),
            nonce: self.derived("nonce"),
            verifier: self.derived("verifier"),
        }
    }

    fn derived(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("torvan oidc {what} {}", self.secret)))
    }

    pub(super) fn sealed(&self, keys: &SealingKeys) -> Result<String, SealingError> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let (sealed, key_id) = keys.seal(&text, SEALED_FOR)?;
        Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(key_id), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The flow of a cookie; none for one that we did not make, or whose time is over.
    pub(super) fn opened(cookie: &str, keys: &SealingKeys) -> Option<Self> {
        let (key_id, sealed) = cookie.split_once('.')?;
        let key_id = String::from_utf8(URL_SAFE_NO_PAD.decode(key_id).ok()?).ok()?;
        let text = keys.open(&URL_SAFE_NO_PAD.decode(sealed).ok()?, &key_id, SEALED_FOR).ok()?;
        let flow: Self = serde_json::from_slice(text.expose_secret()).ok()?;
        (flow.ends_at > Utc::now().timestamp()).then_some(flow)
    }
}

/// Whether a path is one of ours: nothing that a browser could take for another host.
pub(super) fn is_own_path(path: &str) -> bool {
    path.len() <= 200
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::sealing::WhenMissing;

    fn keys() -> SealingKeys {
        let folder = tempfile::tempdir().unwrap();
        SealingKeys::load(&folder.path().join("keys"), WhenMissing::Create).unwrap()
    }

    fn flow() -> Flow {
        Flow {
            secret: "s".repeat(43),
            purpose: Purpose::StepUp,
            provider: "P".repeat(40),
            next: format!("/{}", "n".repeat(199)),
            session: Some("f".repeat(64)),
            ends_at: Utc::now().timestamp() + LIFE,
        }
    }

    #[test]
    fn the_longest_flow_fits_and_comes_back_as_it_was() {
        let keys = keys();
        let cookie = flow().sealed(&keys).unwrap();
        assert_eq!(Flow::opened(&cookie, &keys), Some(flow()));
        assert!(!cookie.contains(&"s".repeat(43)));
    }

    #[test]
    fn changed_foreign_and_old_flows_do_not_open() {
        let keys_here = keys();
        let cookie = flow().sealed(&keys_here).unwrap();
        let changed = if cookie.ends_with('A') { "B" } else { "A" };
        assert_eq!(Flow::opened(&format!("{}{changed}", &cookie[..cookie.len() - 1]), &keys_here), None);
        assert_eq!(Flow::opened(&cookie, &keys()), None);
        assert_eq!(Flow::opened("", &keys_here), None);
        let old = Flow { ends_at: Utc::now().timestamp(), ..flow() };
        assert_eq!(Flow::opened(&old.sealed(&keys_here).unwrap(), &keys_here), None);
    }

    #[test]
    fn the_secrets_of_a_flow_differ_from_each_other() {
        let secrets = flow().secrets();
        assert!(secrets.state != secrets.nonce && secrets.nonce != secrets.verifier);
        assert_eq!(secrets.verifier.len(), 43);
    }

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        for good in ["/", "/orders?page=2", "/orders#a"] {
            assert!(is_own_path(good), "{good}");
        }
        for bad in [
            "",
            "orders",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/a\nb",
            "/\t/evil",
        ] {
            assert!(!is_own_path(bad), "{bad:?}");
        }
    }
}
