//! TLS of `torvan up` and `torvan serve`: the plant's own authority, certificates from files, and what is refused.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use torvan_testing::{Issued, write_key};

use crate::machine::{Machine, said, signal};

/// Answer of a GET over TLS, and the certificate that was shown; the client trusts one authority alone.
fn get(port: &str, name: &str, root: &CertificateDer<'static>, path: &str) -> (String, Vec<u8>) {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let shown = stream.conn.peer_certificates().unwrap()[0].to_vec();
    (String::from_utf8_lossy(&answer).into_owned(), shown)
}

/// As a service has it: no terminal anywhere.
fn without_terminal(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn port(line: &str) -> String {
    line.rsplit(':').next().unwrap().chars().take_while(char::is_ascii_digit).collect()
}

#[test]
fn up_for_a_host_makes_an_authority_that_devices_can_trust() {
    let machine = Machine::new();
    let arguments = ["up", "--no-sample-data", "--host", "torvan.test", "--host", "127.0.0.1"];
    let mut up = machine.start(&arguments);
    let line = up.shown.lines().find(|line| line.starts_with("Serving https://torvan.test:")).unwrap();
    let port = port(line);
    assert!(up.shown.contains(&format!("Serving https://127.0.0.1:{port}\n")), "{}", up.shown);
    let file = machine.data_dir().join("secrets/torvan-ca.crt");
    assert!(up.shown.contains(&format!("Certificate authority: {}.", file.display())), "{}", up.shown);
    let fingerprint =
        up.shown.lines().map(str::trim).find(|line| line.len() == 95 && line.contains(':')).unwrap();

    let root = CertificateDer::from_pem_file(&file).unwrap();
    for name in ["torvan.test", "127.0.0.1", "localhost"] {
        let (page, _) = get(&port, name, &root, "/install");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        assert!(page.contains(&fingerprint[..23]) && page.contains(&fingerprint[72..]), "{page}");
    }
    let fingerprint = fingerprint.to_owned();
    up.signal("TERM");
    up.process.wait().unwrap();

    let again = machine.start(&arguments);
    assert!(again.shown.contains(&fingerprint), "devices trust on: {}", again.shown);
    again.end();
    let (code, _, error) = said(&machine.run(&["up", "--no-sample-data", "--host", "elsewhere.test"]));
    assert_eq!((code, error.lines().count()), (1, 1), "{error}");
    assert!(error.contains("does not stand for elsewhere.test") && error.contains("mend:"), "{error}");
}

#[test]
fn a_hangup_reads_the_certificate_again_where_there_is_no_terminal_and_ends_what_has_none() {
    let machine = Machine::new();
    let issued = Issued::new();
    let first = issued.write("torvan.test", -1..90);
    let root = CertificateDer::from(issued.root());
    let mut command = machine.command(&["up", "--no-sample-data"]);
    command.arg("--tls-certificate").arg(issued.certificate()).arg("--tls-key").arg(issued.key_file());
    let mut up = without_terminal(command);
    let mut lines = BufReader::new(up.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("Serving https://")).unwrap();
    let port = port(&line);
    lines.find(|line| line.starts_with("Running.")).unwrap();
    let mut log = BufReader::new(up.stderr.take().unwrap()).lines().map(Result::unwrap);
    let pid = up.id().to_string();
    assert_eq!(get(&port, "torvan.test", &root, "/healthz").1, first);
    assert!(get(&port, "torvan.test", &root, "/metrics").0.contains("torvan_tls_certificate_days_left 89"));

    let second = issued.write("torvan.test", -1..10);
    signal("HUP", &pid);
    log.find(|line| line.contains("was read again")).unwrap();
    assert_eq!(get(&port, "torvan.test", &root, "/healthz").1, second);
    write_key(&issued.key_file(), "nothing", 0o600);
    signal("HUP", &pid);
    let why = log.find(|line| line.contains("the former one stays in force")).unwrap();
    assert!(why.contains("holds no private key"), "{why}");
    assert_eq!(get(&port, "torvan.test", &root, "/healthz").1, second);
    signal("TERM", &pid);
    assert_eq!(up.wait().unwrap().code(), Some(0));

    let mut plain = without_terminal(machine.command(&["up", "--no-sample-data"]));
    let mut lines = BufReader::new(plain.stdout.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|line| line.starts_with("Running.")).unwrap();
    signal("HUP", &plain.id().to_string());
    assert_eq!(plain.wait().unwrap().code(), Some(0));
    assert_eq!(machine.postmaster(), None);
}

#[test]
fn a_certificate_that_ends_soon_is_told_at_the_start() {
    let machine = Machine::new();
    let cluster = machine.up();
    let issued = Issued::new();
    for (days, words) in [(20, "the TLS certificate ends"), (2, "nobody can sign in")] {
        issued.write("torvan.test", -1..days);
        let mut command = machine.command(&["serve"]);
        command.env("TORVAN_TLS_CERTIFICATE", issued.certificate()).env("TORVAN_TLS_KEY", issued.key_file());
        let mut server = without_terminal(command);
        let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
        let line = log.find(|line| line.contains(words)).unwrap();
        assert!(line.contains("SIGHUP"), "{line}");
        signal("TERM", &server.id().to_string());
        server.wait().unwrap();
    }
    cluster.end();
}

#[test]
fn what_would_carry_passwords_in_clear_is_refused_before_anything_starts() {
    let machine = Machine::new();
    for arguments in [&["serve", "--listen", "0.0.0.0:0"][..], &["up", "--listen", "[::]:0"]] {
        let (code, _, error) = said(&machine.run(arguments));
        assert_eq!((code, error.lines().count()), (1, 1), "{error}");
        for mend in ["--tls-certificate", "--host", "--trusted-proxy", "127.0.0.1"] {
            assert!(error.contains(mend), "{error}");
        }
    }
    assert!(!machine.data_dir().exists(), "nothing was made");
    for (arguments, named) in [
        (&["serve", "--tls-certificate", "a.crt"][..], "--tls-key"),
        (&["serve", "--tls-key", "a.key"], "--tls-certificate"),
        (&["up", "--host", "https://torvan.test"], "without scheme and port"),
        (&["up", "--host", "torvan.test", "--tls-certificate", "a", "--tls-key", "b"], "--tls-certificate"),
    ] {
        let (code, _, error) = said(&machine.run(arguments));
        assert!(code == 2 && error.contains(named), "{arguments:?}: {error}");
    }
}

#[test]
fn a_certificate_that_would_not_serve_is_one_line() {
    let machine = Machine::new();
    let cluster = machine.up();
    let issued = Issued::new();
    let refusal = |named: &str| {
        let mut command = machine.command(&["serve"]);
        command.arg("--tls-certificate").arg(issued.certificate()).arg("--tls-key").arg(issued.key_file());
        let (code, shown, error) = said(&command.output().unwrap());
        assert_eq!((code, error.lines().count()), (1, 1), "{shown}{error}");
        assert!(error.contains(named) && error.contains("mend:"), "{error}");
    };
    refusal("there is no TLS certificate");
    issued.write("torvan.test", -90..-1);
    refusal("ended on");
    issued.write("torvan.test", -1..90);
    let key = std::fs::read_to_string(issued.key_file()).unwrap();
    write_key(&issued.key_file(), &key, 0o644);
    refusal("open to others than its owner");
    cluster.end();
}
