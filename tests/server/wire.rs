//! Servers and clients on real sockets: certificates made for one test, bytes written by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use torvan_server::app::Settings;
use torvan_server::server;
use torvan_server::transport::Patience;
use torvan_tests::site::Site;

/// Longer than anything takes that ends at all.
pub(crate) const LONG: Duration = Duration::from_mins(1);

/// A server on a port of this machine, until the test ends.
pub(crate) async fn serve(site: &Site) -> SocketAddr {
    let listener = server::listen("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(server::serve(listener, site.app(), std::future::pending()));
    address
}

/// Everything is over soon, and one address may hold every place.
pub(crate) fn impatient() -> Settings {
    let moment = Duration::from_secs(1);
    Settings {
        patience: Patience { beginning: moment, idle: moment, writing: moment, ..Patience::default() },
        deadline: Duration::from_secs(5),
        trusted_proxies: vec![[127, 0, 0, 1].into()],
        max_connections: 1,
        ..Settings::default()
    }
}

pub(crate) fn client_config(
    root: &[u8],
    versions: &[&'static SupportedProtocolVersion],
    protocol: &[u8],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

pub(crate) async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(config).connect(name, stream).await
}

/// GETs over HTTP/1.1 and reads to the end; status, and all that was answered.
pub(crate) async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> (u16, String) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: torvan.test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let answer = String::from_utf8_lossy(&to_the_end(&mut stream).await).into_owned();
    (answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default(), answer)
}

/// What comes until the other side ends the connection.
pub(crate) async fn to_the_end(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(LONG, stream.read_to_end(&mut bytes)).await;
    // A reset is an end as well.
    let _ = read.expect("the connection ends");
    bytes
}

/// A hello as a client of old sends it: a version and suites, nothing else.
pub(crate) fn hello(version: [u8; 2], suites: &[u16]) -> Vec<u8> {
    let suites: Vec<u8> = suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let length = |bytes: usize| u16::try_from(bytes).expect("short").to_be_bytes();
    // What TLS 1.2 needs to go on: groups, signature algorithms.
    let extensions =
        [&[0, 10, 0, 4, 0, 2, 0, 23][..], &[0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1], &[0, 11, 0, 2, 1, 0]]
            .concat();
    let body = [
        &version[..],
        &[7; 32],
        &[0],
        &length(suites.len()),
        &suites,
        &[1, 0],
        &length(extensions.len()),
        &extensions,
    ]
    .concat();
    let handshake = [&[1, 0], &length(body.len())[..], &body].concat();
    [&[22, 3, 1][..], &length(handshake.len()), &handshake].concat()
}
