//! Connections to providers of identities: only where an Administrator allowed it, to the very addresses that were looked at,
//! without redirects and proxies, and not for long.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use torvan_store::{Store, StoreError};

/// Longest time for one answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest answer in bytes: lists of keys are some thousand.
const MAX_ANSWER: usize = 1024 * 1024;

/// Why an answer did not come.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutboundError {
    #[error("{0} is on no allowed host; mend: allow its host (POST /api/v1/allowed-hosts)")]
    NotAllowed(String),
    #[error("{0} has a private address; mend: allow the host with may_be_private, if it is meant")]
    Private(String),
    #[error("{0} has no address")]
    NoAddress(String),
    #[error("the answer is longer than {MAX_ANSWER} bytes")]
    TooLong,
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("no connection with TLS: {0}")]
    Tls(#[from] rustls::Error),
    #[error("the answer cannot be read: {0}")]
    Form(#[from] axum::http::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends one request.
pub(super) async fn send(store: Store, request: HttpRequest) -> Result<HttpResponse, OutboundError> {
    let client = client_for(&store, &request.uri().to_string()).await?;
    let mut answer = client.execute(request.try_into()?).await?;
    let mut response = axum::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            return Err(OutboundError::TooLong);
        }
    }
    Ok(response.body(body)?)
}

/// A client that reaches nothing but this host, at the addresses that it has now: a name that means another one a moment later
/// leads nowhere.
async fn client_for(store: &Store, address: &str) -> Result<reqwest::Client, OutboundError> {
    let rule = store.provider_address(address).await?;
    let shown = || address.split('?').next().unwrap_or_default().to_owned();
    if !rule.is_allowed {
        return Err(OutboundError::NotAllowed(shown()));
    }
    let url = reqwest::Url::parse(address).map_err(|_| OutboundError::NoAddress(shown()))?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(OutboundError::NoAddress(shown()));
    };
    let found = tokio::net::lookup_host((host, port)).await.map_err(|_| OutboundError::NoAddress(shown()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(OutboundError::NoAddress(shown()));
    }
    if !rule.may_be_private && !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(OutboundError::Private(shown()));
    }
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(TIMEOUT)
        .no_proxy()
        .resolve_to_addrs(host, &addresses);
    let builder =
        if url.scheme() == "http" { builder.tls_backend_preconfigured(without_roots()?) } else { builder };
    Ok(builder.build()?)
}

/// Where there is no TLS, no certificates of the system need to be there either.
fn without_roots() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// Whether an address is one of the open network: not of this machine, of a site, or of a cloud's own services.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => is_public_four(four),
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or_else(|| is_public_six(six), is_public_four),
    }
}

fn is_public_four(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || is_shared
        || first == 0
        || first >= 240)
}

fn is_public_six(address: Ipv6Addr) -> bool {
    // Global unicast is 2000::/3; of it, 2002::/16 and 64:ff9b:: carry an IPv4 address inside.
    let first = address.segments()[0];
    first & 0xe000 == 0x2000 && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_machines_and_sites_are_not_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["93.184.216.34", "100.128.0.1", "2606:2800:220:1::1", "::ffff:93.184.216.34"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
