//! The way from the server to a database on another machine: nothing but verified TLS, against a real PostgreSQL.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use torvan_testing::{Issued, Psql};

use crate::machine::{Machine, said, signal};

/// A private cluster that listens on the loopback interface, as one on another machine would.
struct Elsewhere {
    machine: Machine,
    port: u16,
}

impl Elsewhere {
    fn new(issued: &Issued) -> Self {
        let machine = Machine::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let up = machine.up();
        let elsewhere = Self { machine, port };
        elsewhere.put(issued);
        let folder = elsewhere.folder();
        elsewhere.tell("ALTER SYSTEM SET listen_addresses = '127.0.0.1'");
        elsewhere.tell(&format!("ALTER SYSTEM SET port = {port}"));
        elsewhere.tell(&format!("ALTER SYSTEM SET ssl_cert_file = '{}'", folder.join("tls.crt").display()));
        elsewhere.tell(&format!("ALTER SYSTEM SET ssl_key_file = '{}'", folder.join("tls.key").display()));
        elsewhere.tell("ALTER SYSTEM SET ssl = on");
        let mut rules = fs::OpenOptions::new().append(true).open(folder.join("pg_hba.conf")).unwrap();
        writeln!(rules, "host all torvan_app 127.0.0.1/32 scram-sha-256").unwrap();
        up.end();
        elsewhere
    }

    fn folder(&self) -> PathBuf {
        self.machine.data_dir().join("postgres")
    }

    /// Gives the cluster a certificate, and its key to the account that runs it.
    fn put(&self, issued: &Issued) {
        for (from, name) in [(issued.certificate(), "tls.crt"), (issued.key_file(), "tls.key")] {
            let to = self.folder().join(name);
            fs::copy(from, &to).unwrap();
            let mut owner = Command::new("chown");
            owner.arg("--reference").arg(self.folder().join("PG_VERSION")).arg(&to);
            assert!(owner.status().unwrap().success());
        }
    }

    fn superuser_url(&self) -> String {
        let url = self.machine.url("postgres");
        let port = fs::read_to_string(self.folder().join("postmaster.pid")).unwrap();
        url.replace("@localhost/", &format!("@localhost:{}/", port.lines().nth(3).unwrap()))
    }

    fn ask(&self, statement: &str) -> String {
        let answer = Psql::run(&self.superuser_url(), &["-At", "-c", statement]);
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        answer.stdout
    }

    fn tell(&self, statement: &str) {
        self.ask(statement);
    }

    /// New connections come after the settings and certificates were read again.
    fn reload(&self) {
        let before = self.ask("SELECT pg_conf_load_time()");
        self.tell("SELECT pg_reload_conf()");
        while self.ask("SELECT pg_conf_load_time()") == before {}
    }

    /// `torvan serve` on another machine, with these parameters behind the URL.
    fn serve(&self, parameters: &str, variables: &[(&str, &str)]) -> Command {
        let secret = self.machine.data_dir().join("secrets/torvan_app.password");
        let password = fs::read_to_string(secret).unwrap();
        let url = format!(
            "postgres://torvan_app:{}@127.0.0.1:{}/torvan_workflow{parameters}",
            password.trim(),
            self.port
        );
        let mut command = self.machine.command(&["serve", "--new-keys"]);
        command.arg("--keys").arg(self.machine.folder.path().join("elsewhere.keys"));
        command.env("TORVAN_DATABASE_URL", url).env_remove("TORVAN_INSECURE_DB");
        command.envs(variables.iter().copied());
        command
    }

    fn refuses(&self, parameters: &str, words: &[&str]) {
        let (code, shown, error) = said(&self.serve(parameters, &[]).output().unwrap());
        assert_eq!((code, error.lines().count()), (1, 1), "{shown}{error}");
        for word in words.iter().chain(&["mend:"]) {
            assert!(error.contains(word), "{word}: {error}");
        }
    }

    fn starts(&self, parameters: &str, variables: &[(&str, &str)]) {
        let mut command = self.serve(parameters, variables);
        let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let is_serving = line.starts_with("Serving http://");
        assert!(is_serving, "{parameters}: {}", said(&server.wait_with_output().unwrap()).2);
        signal("TERM", &server.id().to_string());
        assert_eq!(server.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_server_starts_only_on_a_database_that_proves_who_it_is() {
    let issued = Issued::new();
    issued.write("127.0.0.1", -1..90);
    let elsewhere = Elsewhere::new(&issued);
    let mut up = elsewhere.machine.up();
    let verified = format!("?sslmode=verify-full&sslrootcert={}", issued.root_file().display());
    elsewhere.starts(&verified, &[]);
    // Without a word about the mode it is the strict one.
    let unsaid = format!("?sslrootcert={}", issued.root_file().display());
    elsewhere.starts(&unsaid, &[]);
    elsewhere.starts("", &[("TORVAN_INSECURE_DB", "1")]);

    elsewhere.refuses("", &["sslrootcert=FILE", "TORVAN_INSECURE_DB=1"]);
    for mode in ["disable", "require", "verify-ca"] {
        let weaker = verified.replace("verify-full", mode);
        elsewhere.refuses(&weaker, &["sslmode=verify-full"]);
    }
    elsewhere.refuses("?sslrootcert=/none/root.crt", &["/none/root.crt"]);

    let stranger = Issued::new();
    let wrong_authority = format!("?sslmode=verify-full&sslrootcert={}", stranger.root_file().display());
    elsewhere.refuses(&wrong_authority, &["does not come from the authority in sslrootcert"]);
    issued.write("db.elsewhere.test", -1..90);
    elsewhere.put(&issued);
    elsewhere.reload();
    elsewhere.refuses(&verified, &["its certificate is for another name"]);
    issued.write("127.0.0.1", -90..-1);
    elsewhere.put(&issued);
    elsewhere.reload();
    elsewhere.refuses(&verified, &["its certificate has ended"]);
    issued.write("127.0.0.1", -1..90);
    elsewhere.put(&issued);
    elsewhere.tell("ALTER SYSTEM SET ssl = off");
    elsewhere.reload();
    elsewhere.refuses(&verified, &["it speaks no TLS"]);

    up.signal("TERM");
    up.process.wait().unwrap();
}
