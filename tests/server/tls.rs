//! TLS of the server: versions and suites, certificates that are refused, and new ones taken under load.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::Method;
use bytes::Bytes;
use chrono::{Duration, Utc};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use torvan_server::app::Settings;
use torvan_server::transport::authority::{HostName, LocalAuthority};
use torvan_server::transport::tls::Tls;
use torvan_testing::{Issued, TestDatabase, write_key};
use torvan_tests::site::Site;

use crate::wire::{client_config, connect, get, hello, serve, to_the_end};

fn tls(issued: &Issued) -> Arc<Tls> {
    Arc::new(Tls::from_files(issued.certificate(), issued.key_file()).expect("a certificate"))
}

async fn server(db: &TestDatabase, tls: &Arc<Tls>) -> (Site, SocketAddr) {
    let site = Site::with(db, Settings { tls: Some(Arc::clone(tls)), ..Settings::default() }).await;
    let address = serve(&site).await;
    (site, address)
}

#[tokio::test]
async fn only_versions_1_3_and_1_2_with_forward_secrecy_are_spoken() {
    let (db, issued) = (TestDatabase::bare().await, Issued::new());
    issued.write("torvan.test", -1..90);
    let (_site, address) = server(&db, &tls(&issued)).await;
    for (asked, spoken) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        let config = client_config(&issued.root(), &[asked], b"http/1.1");
        let stream = connect(address, config, "torvan.test").await.expect("a handshake");
        assert_eq!(stream.get_ref().1.protocol_version(), Some(spoken));
        let suite = format!("{:?}", stream.get_ref().1.negotiated_cipher_suite().expect("a suite").suite());
        assert!(suite.contains("GCM") || suite.contains("CHACHA20_POLY1305"), "{suite}");
        assert!(spoken == ProtocolVersion::TLSv1_3 || suite.contains("ECDHE"), "{suite}");
        let (status, answer) = get(stream, "/healthz").await;
        assert_eq!(status, 200);
        assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    }
    // Alerts (level, description): 70 protocol_version, 40 handshake_failure.
    for (version, suites, alert) in [
        ([3, 1], &[0xc009, 0xc013, 0x002f][..], 70),
        ([3, 2], &[0xc009, 0xc013, 0x002f], 70),
        // 1.2 with CBC, with RSA key exchange, with RC4.
        ([3, 3], &[0xc009, 0xc023, 0xc013], 40),
        ([3, 3], &[0x009c, 0x003c, 0x002f], 40),
        ([3, 3], &[0xc007, 0x0005], 40),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(&hello(version, suites)).await.expect("sent");
        let answer = to_the_end(&mut stream).await;
        assert_eq!(
            (answer.first(), answer.get(6)),
            (Some(&21), Some(&alert)),
            "{version:?} {suites:x?}: {answer:?}"
        );
    }
    // The hand-written hello is refused for what it asks, not for its form: a good suite gets a server hello.
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(&hello([3, 3], &[0xc02b])).await.expect("sent");
    let mut first = [0; 6];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut first).await.expect("an answer");
    assert_eq!((first[0], first[5]), (22, 2), "{first:?}");
}

#[tokio::test]
async fn plain_http_on_a_port_with_tls_is_told_so() {
    let (db, issued) = (TestDatabase::bare().await, Issued::new());
    issued.write("torvan.test", -1..90);
    let (_site, address) = server(&db, &tls(&issued)).await;
    let (status, answer) = get(TcpStream::connect(address).await.expect("a connection"), "/healthz").await;
    assert!(status == 400 && answer.contains("https://"), "{answer}");
}

#[tokio::test]
async fn http_2_knows_its_own_origin() {
    let (db, issued) = (TestDatabase::bare().await, Issued::new());
    issued.write("torvan.test", -1..90);
    let (_site, address) = server(&db, &tls(&issued)).await;
    let config = client_config(&issued.root(), &[&TLS13], b"h2");
    let stream = connect(address, config, "torvan.test").await.expect("a handshake");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("h2");
    tokio::spawn(connection);
    for (origin, status) in [("https://torvan.test:8443", 401), ("https://elsewhere.test", 403)] {
        let request = axum::http::Request::builder()
            .method(Method::POST)
            .uri("https://torvan.test:8443/api/v1/session")
            .header("origin", origin)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from_static(br#"{"login": "nobody", "password": "wrong"}"#)))
            .expect("a request");
        let answer = sender.send_request(request).await.expect("an answer");
        assert_eq!(answer.version(), axum::http::Version::HTTP_2);
        assert_eq!(answer.status(), status, "{origin}");
        let length = answer.headers().get("content-length").cloned();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(length.and_then(|length| length.to_str().ok()?.parse().ok()), Some(body.len()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_taken_under_load_and_a_bad_one_is_not() {
    let (db, issued) = (TestDatabase::bare().await, Issued::new());
    issued.write("torvan.test", -1..90);
    let tls = tls(&issued);
    let (_site, address) = server(&db, &tls).await;
    let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut people = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
        let config = client_config(&issued.root(), &[&TLS13, &TLS12], b"http/1.1");
        people.spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                let stream = connect(address, Arc::clone(&config), "torvan.test").await.expect("a handshake");
                assert_eq!(get(stream, "/healthz").await.0, 200);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut newest = None;
    for days in 91..111 {
        let before = answered.load(Ordering::Relaxed);
        newest = Some(issued.write("torvan.test", -1..days));
        let ends = tls.reload().expect("taken");
        assert!((ends - Utc::now()).num_days() >= days - 1);
        while answered.load(Ordering::Relaxed) < before + 4 {
            tokio::task::yield_now().await;
        }
    }
    std::fs::write(issued.certificate(), "nothing").expect("written");
    let refused = tls.reload().expect_err("refused").to_string();
    assert!(refused.contains("holds no certificate") && refused.contains("mend:"), "{refused}");
    is_over.store(true, Ordering::Relaxed);
    while let Some(person) = people.join_next().await {
        person.expect("no request failed");
    }
    let config = client_config(&issued.root(), &[&TLS13], b"http/1.1");
    let stream = connect(address, config, "torvan.test").await.expect("the former one serves on");
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(|first| first.to_vec());
    assert_eq!(shown, newest);
}

#[test]
fn a_certificate_that_would_not_serve_is_refused_with_the_mend() {
    let issued = Issued::new();
    let refusal = || {
        let outcome = Tls::from_files(issued.certificate(), issued.key_file());
        let said = outcome.map(|_| ()).expect_err("refused").to_string();
        assert!(said.contains("mend:") && said.lines().count() == 1, "{said}");
        said
    };
    assert!(refusal().contains("there is no TLS certificate"));
    issued.write("torvan.test", -1..90);
    let key = std::fs::read_to_string(issued.key_file()).expect("a key");
    for mode in [0o640, 0o604, 0o660] {
        write_key(&issued.key_file(), &key, mode);
        assert!(refusal().contains("open to others than its owner"), "{mode:o}");
    }
    std::fs::remove_file(issued.key_file()).expect("gone");
    assert!(refusal().contains("there is no TLS key"));
    write_key(&issued.key_file(), "nothing", 0o600);
    assert!(refusal().contains("holds no private key"));
    let other = KeyPair::generate().expect("a key").serialize_pem();
    write_key(&issued.key_file(), &other, 0o600);
    assert!(refusal().contains("is not that of the certificate"));
    issued.write("torvan.test", -90..-1);
    assert!(refusal().contains("ended on"));
    issued.write("torvan.test", 1..90);
    assert!(refusal().contains("is good only from"));
    std::fs::write(issued.certificate(), &key).expect("written");
    assert!(refusal().contains("holds no certificate"));
}

fn host(name: &str) -> HostName {
    name.parse().expect("a host")
}

#[tokio::test]
async fn the_local_authority_stands_for_its_names_only_and_renews_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let hosts = [host("Torvan.Plant.test"), host("192.168.7.20")];
    let open = |hosts: &[HostName]| LocalAuthority::open(folder.path(), hosts, Utc::now()).expect("open");
    let authority = open(&hosts);
    let root = authority.authority().der.clone();
    authority.renew(Utc::now()).expect("made");
    for (file, mode) in [("torvan-ca.key", 0o600), ("torvan-tls.key", 0o600), ("torvan-ca.crt", 0o644)] {
        use std::os::unix::fs::PermissionsExt as _;
        let facts = std::fs::metadata(folder.path().join(file)).expect(file);
        assert_eq!(facts.permissions().mode() & 0o777, mode, "{file}");
    }

    let db = TestDatabase::bare().await;
    let tls = Arc::new(Tls::of_authority(open(&hosts)).expect("TLS"));
    let days = (tls.ends() - Utc::now()).num_days();
    assert!((300..=397).contains(&days), "{days}");
    let (_site, address) = server(&db, &tls).await;
    for name in ["torvan.plant.test", "192.168.7.20", "localhost", "127.0.0.1"] {
        let config = client_config(&root, &[&TLS13], b"http/1.1");
        let stream = connect(address, config, name).await.expect(name);
        assert_eq!(get(stream, "/healthz").await.0, 200, "{name}");
    }

    let file = || std::fs::read(folder.path().join("torvan-tls.crt")).expect("a certificate");
    let first = file();
    authority.renew(Utc::now() + Duration::days(300)).expect("nothing to do");
    assert_eq!(file(), first);
    authority.renew(Utc::now() + Duration::days(365)).expect("renewed");
    assert_ne!(file(), first);
    assert_eq!(open(&hosts).authority().der, root, "devices trust on");
    authority.renew(Utc::now()).expect("from the future");

    let other = open(&[host("bank.test")]).renew(Utc::now()).expect_err("refused").to_string();
    assert!(other.contains("does not stand for bank.test") && other.contains("mend:"), "{other}");
    // Who steals the key of the authority cannot pass for others.
    let key = std::fs::read_to_string(folder.path().join("torvan-ca.key")).expect("a key");
    let key = KeyPair::from_pem(&key).expect("a key");
    let thief = Issuer::from_ca_cert_der(&root, key).expect("an issuer");
    let own = KeyPair::generate().expect("a key");
    let stolen = CertificateParams::new(vec!["bank.test".to_owned()]).expect("parameters");
    let stolen = stolen.signed_by(&own, &thief).expect("a certificate");
    let issued = Issued::new();
    std::fs::write(issued.certificate(), stolen.pem()).expect("written");
    write_key(&issued.key_file(), &own.serialize_pem(), 0o600);
    let (_site, address) = server(&db, &self::tls(&issued)).await;
    let refused = connect(address, client_config(&root, &[&TLS13], b"http/1.1"), "bank.test").await;
    let said = refused.map(|_| ()).expect_err("refused").to_string();
    assert!(said.contains("NameConstraint"), "{said}");

    std::fs::remove_file(folder.path().join("torvan-ca.key")).expect("gone");
    let half = LocalAuthority::open(folder.path(), &hosts, Utc::now()).map(|_| ()).expect_err("refused");
    assert!(half.to_string().contains("mend: put it back"), "{half}");
}

#[test]
fn a_host_is_a_name_or_an_address_and_nothing_else() {
    for good in ["torvan", "torvan.plant.example", "192.168.1.20", "fd00::20"] {
        assert!(good.parse::<HostName>().is_ok(), "{good}");
    }
    assert_eq!(host("fd00::20").in_url(), "[fd00::20]");
    for bad in ["", "https://torvan", "torvan:8443", "torvan/x", "0.0.0.0", "::", "a b", "*.plant.example"] {
        assert!(bad.parse::<HostName>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn the_install_page_hands_out_the_authority_in_two_languages() {
    let db = TestDatabase::bare().await;
    let folder = tempfile::tempdir().expect("a folder");
    let authority = LocalAuthority::open(folder.path(), &[host("torvan.test")], Utc::now()).expect("made");
    let (fingerprint, der) = (authority.authority().fingerprint.clone(), authority.authority().der.clone());
    let tls = Some(Arc::new(Tls::of_authority(authority).expect("TLS")));
    let site = Site::with(&db, Settings { tls, ..Settings::default() }).await;
    let mut stranger = site.stranger();

    let page = stranger.get("//install").await.expect(200);
    let text = String::from_utf8_lossy(&page.bytes).replace("</span><span>", ":");
    assert!(text.contains(&fingerprint) && fingerprint.len() == 95, "{text}");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(!text.contains("<script") && !text.contains("style="), "{text}");
    for (path, language, own) in [
        ("//install", "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("//install", "de,en;q=0.5,fr;q=0.4", "en"),
        ("//install?lang=en", "fr", "en"),
        ("//install?lang=fr", "en", "fr"),
    ] {
        let page = stranger.send(Method::GET, path, None, &[("accept-language", language)]).await.expect(200);
        assert_eq!(page.header("content-language"), own, "{path} {language}");
        assert!(String::from_utf8_lossy(&page.bytes).contains(&format!("<html lang=\"{own}\">")));
    }
    let file = stranger.get("//install/torvan-ca.crt").await.expect(200);
    assert_eq!(file.header("content-type"), "application/x-x509-ca-cert");
    assert_eq!(file.bytes, der.to_vec());
    assert!(stranger.get("//install.css").await.expect(200).header("content-type").starts_with("text/css"));

    let mut elsewhere = Site::new(&db).await.stranger();
    let page = elsewhere.get("//install").await.expect(200);
    assert!(String::from_utf8_lossy(&page.bytes).contains("Nothing is to be installed"));
    let _ = elsewhere.get("//install/torvan-ca.crt").await.expect(404);
}
